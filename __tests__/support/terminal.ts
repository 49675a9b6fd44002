import { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalGitHub } from './github.ts';
import type { RecordedRequest } from './github-requests.ts';
import { kept } from './kept.ts';
import { startRecord } from './record.ts';
import { type EndedProcess, follow } from './runner-process.ts';

const bundled = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface TerminalRun extends EndedProcess {
  /** What standard output says as one JSON document. */
  readonly json: ReturnType<typeof JSON.parse>;
  readonly requests: RecordedRequest[];
  /** The steps that took so long that they were named. A slow machine has more of them, so `stderr` is without them. */
  readonly steps: readonly string[];
}

export interface TerminalOptions {
  readonly github: LocalGitHub;
  /** The folder that the command is typed in. */
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the command is installed, if it is not the bundle of this checkout. */
  readonly command?: string;
  /** Programs of the machine besides git, by name: the text of a shell script. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Hears each line as soon as it is said. */
  readonly hears?: (line: string) => void;
}

/**
 * Types a command as a person does: no variable of a runner is set, of the user's there are those that name the server and the token, and standard output is
 * a pipe. Expects that nothing is left on disk, and that nothing said is a command of GitHub's runner.
 */
export async function typeCommand(words: readonly string[], options: TerminalOptions): Promise<TerminalRun> {
  const record = startRecord();
  const { github, directory, env = {}, command = bundled, programs = {}, hears = () => {} } = options;
  const place = await github.scratch('terminal');
  const [home, system, bin] = [join(place, 'home'), join(place, 'tmp'), join(place, 'bin')];
  await Promise.all([home, system, bin].map((folder) => mkdir(folder)));
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const before = new Set(github.requests);
  const child = spawn(process.execPath, [command, ...words], {
    cwd: directory,
    env: {
      HOME: home,
      TMPDIR: system,
      LANG: 'C.UTF-8',
      PATH: `${bin}:${process.env.PATH}`,
      NODE_COMPILE_CACHE: join(kept, 'codex-sync-compiled'),
      // A server that only a checkout names gets no token.
      GH_HOST: new URL(github.serverUrl).host,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { steps, ...exited } = withoutSteps(await follow(child, hears, 60_000));
  await github.settled();
  await record(exited);
  deepEqual([...(await readdir(system))], [], 'A command leaves something on disk');
  const spoken = /^\s*::|##\[/m.test(`${exited.stdout}\n${exited.stderr}`);
  equal(spoken, false, 'What a command says is a command of the runner');
  return {
    ...exited,
    steps,
    get json() {
      return JSON.parse(exited.stdout);
    },
    requests: github.requests.filter((request) => !before.has(request)),
  };
}

/** Takes the lines that name a slow step out of `stderr`. */
export function withoutSteps(exited: EndedProcess) {
  const lines = exited.stderr.split(/(?<=\n)/);
  const isStep = (line: string) => /^(?!Error: |Warning: |Note: ).*…\n$/.test(line);
  return {
    ...exited,
    stderr: lines.filter((line) => !isStep(line)).join(''),
    steps: lines.filter(isStep).map((line) => line.trimEnd()),
  };
}
