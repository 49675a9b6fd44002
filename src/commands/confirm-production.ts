import { CodexSyncError } from '../errors.ts';
import type { Environment } from '../request/environment.ts';
import { printable } from '../request/printable.ts';

/**
 * Lets a person say that production is meant, where nothing but the configuration's default names it. At a terminal no
 * payload tells what a run is for, so `--env prod` has to (the specification's safety).
 * @param ask `undefined` where nobody is there
 * @throws CodexSyncError `refused-by-guard` unless it is
 */
export async function confirmProduction(
  { name, branch }: Environment,
  configFile: string | undefined,
  ask: ((question: string) => Promise<string>) | undefined,
): Promise<void> {
  const where = `Production (branch ${printable(branch)})`;
  const because = `only environments.default in ${printable(configFile ?? 'the configuration')} names it`;
  if (ask === undefined) {
    throw new CodexSyncError(
      'refused-by-guard',
      `${where} is not published: ${because}, and nobody is here to confirm it. Say "--env ${name}" or "--yes" to publish it, or "--env test".`,
    );
  }
  const answer = await ask(`${where} is about to be written, and ${because}. Go on? [y/N] `);
  if (/^y(?:es)?$/i.test(answer)) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `${where} was not confirmed, so nothing was published. Say "--env test" for the test environment.`,
  );
}
