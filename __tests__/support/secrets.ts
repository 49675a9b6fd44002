import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalGitHub } from './github.ts';
import type { ActionRun } from './runner.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Every form in which a token must not be shown. */
export function formsOf(token: string): string[] {
  return [token, base64(token), base64(`x-access-token:${token}`)];
}

/** A git that notes its arguments and its environment before it does its work. */
export async function spyOnGit(github: LocalGitHub) {
  const [folder, notes, path] = [await github.scratch('spy'), await github.scratch('notes'), process.env.PATH ?? ''];
  const lines = [
    '#!/bin/sh',
    `printf '%s\\n' "$@" > '${notes}/'$$.argv`,
    `env > '${notes}/'$$.environment`,
    `PATH='${path}' exec git "$@"`,
  ];
  await writeFile(join(folder, 'git'), lines.join('\n'));
  await chmod(join(folder, 'git'), 0o755);
  const read = async (kind: string) => {
    const names = (await readdir(notes)).filter((name) => name.endsWith(`.${kind}`));
    return Promise.all(names.map((name) => readFile(join(notes, name), 'utf8')));
  };
  return { env: { PATH: `${folder}:${path}` }, argv: () => read('argv'), environments: () => read('environment') };
}

/** Files below a folder that hold one of the secrets. */
export async function leaks(folder: string, secrets: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    const text = (await readFile(file)).toString('latin1');
    if (secrets.some((secret) => text.includes(secret))) found.push(file);
  }
  return found;
}

/** What was printed before the runner masks anything, without the lines that ask it to. */
export function printed({ stdout, stderr }: ActionRun): string {
  return [...stdout.split('\n').filter((line) => !line.startsWith('::add-mask::')), stderr].join('\n');
}
