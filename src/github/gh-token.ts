import { execFile } from 'node:child_process';

/** The token with which GitHub's own terminal program is logged in at a host; `undefined` without it. */
export function tryReadGhToken(host: string, debug: (line: string) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('gh', ['auth', 'token', '--hostname', host], { timeout: 10_000 }, (error, stdout) => {
      if (error) debug(`gh auth token: ${error.message}`);
      resolve(error ? undefined : stdout.trim() || undefined);
    });
  });
}
