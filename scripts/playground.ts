// A shell in which codex-sync can be typed, in a checkout of a project whose codex is on a GitHub of this machine.
import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitHub } from '../__tests__/support/github.ts';
import { createProject } from '../__tests__/support/project.ts';
import { CODEX, firstDate, say, TOKEN } from './demo-step.ts';

const COMMAND = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const DOCUMENTS = {
  'README.md': '# Widgets\n\nWhat everybody needs.\n',
  'docs/README.md': '# Documents\n\nBegin with the [guide](guide.md).\n',
  'docs/guide.md': '# Guide\n\nTurn the widget until it stops.\n',
};

const github = await startGitHub();
try {
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  const { directory, fullName, git } = await createProject(github, 'acme/widgets', DOCUMENTS, { date: firstDate });
  // As a clone has it.
  await git('remote', 'set-head', 'origin', 'main');
  github.addToken(TOKEN, { [CODEX]: 'write', [fullName]: 'write' });
  const bin = await installCommand(await github.scratch('bin'));
  say(`A GitHub on this machine: ${github.serverUrl}
Its codex is ${CODEX}. You are in a checkout of ${fullName}; type codex-sync, and "exit" when you have seen enough.`);
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    GITHUB_TOKEN: TOKEN,
    // The token is meant for this server.
    GITHUB_SERVER_URL: github.serverUrl,
  };
  await openShell(directory, env);
} finally {
  await github.close();
}

/** Puts the committed bundle where a shell finds it as `codex-sync`. */
async function installCommand(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'codex-sync');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`);
  await chmod(file, 0o755);
  await writeFile(`${file}.cmd`, `@"${process.execPath}" "${COMMAND}" %*\r\n`);
  return folder;
}

/** Resolves when the person leaves. */
function openShell(cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const shell = process.platform === 'win32' ? (env.ComSpec ?? 'cmd.exe') : (env.SHELL ?? '/bin/sh');
  return new Promise((resolve, reject) => {
    const child = spawn(shell, { cwd, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', () => resolve());
    // What a person interrupts in the shell is a command of the shell.
    process.on('SIGINT', () => {});
  });
}
