import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** How a program ended, and what it said. */
export interface EndedProcess {
  /** `null` when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Follows the output of a program line by line; kills it when it takes longer than so many milliseconds. */
export function follow(child: ChildProcess, read: (line: string) => void, timeout: number): Promise<EndedProcess> {
  return new Promise((resolve, reject) => {
    const collect = (stream: NodeJS.ReadableStream | null) => {
      const [decoder, all] = [new StringDecoder('utf8'), { text: '', rest: '' }];
      const take = (text: string) => {
        all.text += text;
        // As .NET reads them: a carriage return ends a line too, but for one that may be half of a pair.
        const lines = (all.rest + text).split(/\r\n|\n|\r(?!$)/);
        all.rest = lines.pop() ?? '';
        for (const line of lines) read(line);
      };
      stream?.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
      stream?.on('end', () => {
        take(decoder.end());
        if (all.rest !== '') read(all.rest);
      });
      return all;
    };
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal, stdout: stdout.text, stderr: stderr.text });
    });
  });
}

/** Command lines of the processes that have this text in their environment; none where the system does not tell. */
export async function runningWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const look = (id: string, file: string) => readFile(`/proc/${id}/${file}`, 'latin1').catch(() => '');
  const found = await Promise.all(
    ids.map(async (id) =>
      (await look(id, 'environ')).includes(text) ? (await look(id, 'cmdline')).replaceAll('\0', ' ') : '',
    ),
  );
  return found.filter((line) => line !== '');
}
