import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGit, type GitOptions } from '../git/run.ts';
import type { CredentialOptions } from './open-credentials.ts';

type TemporaryOptions = Pick<CredentialOptions, 'console'> & { readonly variables: GitOptions['environment'] };

/** Lets `use` work in a folder of its own, with a git that can do what is asked of it. */
export function withTemporary<T>(options: TemporaryOptions, use: (temporary: string) => Promise<T>): Promise<T> {
  return withFolder(options, async (directory) => {
    await checkGit({ directory, environment: options.variables, debug: options.console.debug });
    return use(directory);
  });
}

/** The same whatever git there is. */
export async function withFolder<T>(
  { variables, console }: TemporaryOptions,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  // At once, for a signal must not come between a folder and the word that it has to go; and on every way out, since a
  // cancelled job and an exception that nobody catches do not come to the end of this function.
  const directory = mkdtempSync(join(variables.RUNNER_TEMP || tmpdir(), 'codex-sync-'));
  const removeNow = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', removeNow);
  try {
    return await use(directory);
  } finally {
    // What is published is published, even where a scanner still holds a file of ours open.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      console.debug(String(error)),
    );
    process.off('exit', removeNow);
  }
}
