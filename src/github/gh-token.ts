import { execFile } from 'node:child_process';

type Variables = Readonly<Record<string, string | undefined>>;

/** The variables whose token `gh` hands out for any host of their kind, be it logged in there or not. */
const TOKENS = ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];

/**
 * The token that GitHub's own terminal program has for a host; `undefined` without it.
 * @param isKnown whether the host may have a token of the variables too; else it has to be logged in there
 */
export function tryReadGhToken(
  host: string,
  isKnown: boolean,
  variables: Variables,
  debug: (line: string) => void,
): Promise<string | undefined> {
  const env = Object.fromEntries(Object.entries(variables).filter(([name]) => isKnown || !TOKENS.includes(name)));
  return new Promise((resolve) => {
    execFile('gh', ['auth', 'token', '--hostname', host], { env, timeout: 10_000 }, (error, stdout) => {
      if (error) debug(`gh auth token: ${error.message}`);
      resolve(error ? undefined : stdout.trim() || undefined);
    });
  });
}
