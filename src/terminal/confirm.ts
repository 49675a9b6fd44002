import { CodexSyncError } from '../errors.ts';
import { ENVIRONMENT_DEFAULT, type Environment, PRODUCTION_NAMES } from '../inputs/environment.ts';
import { printable } from '../text/printable.ts';

/**
 * Asks a person to confirm production when only the configuration names it: as its default, or by another name for the
 * branch. At a terminal no payload gives the purpose of a run, so `--env prod` has to (the specification's safety).
 * @param ask `undefined` without a person
 * @throws CodexSyncError `refused-by-guard` without confirmation
 */
export async function confirmProduction(
  { name, branch }: Environment,
  configFile: string | undefined,
  ask: Ask | undefined,
): Promise<void> {
  const where = `Production (branch ${printable(branch)})`;
  const file = printable(configFile ?? 'the configuration');
  // An explicit `prod` needs no question.
  const isDefault = name === PRODUCTION_NAMES[0];
  const because = isDefault ? `only environments.default in ${file} names it` : `${file} maps ${name} to that branch`;
  const advice = `Say "--env ${PRODUCTION_NAMES[0]}" or "--yes" if it is meant${name === ENVIRONMENT_DEFAULT ? '' : `, or "--env ${ENVIRONMENT_DEFAULT}"`}.`;
  if (ask === undefined) {
    throw new CodexSyncError(
      'refused-by-guard',
      `${where} is not written to: ${because}, and nobody is here to confirm it.`,
      advice,
    );
  }
  const answer = await ask(`${where} is about to be written, and ${because}. Go on? [y/N] `);
  if (isYes(answer, false)) return;
  throw new CodexSyncError('refused-by-guard', `${where} was not confirmed, so nothing was written.`, advice);
}

export type Ask = (question: string) => Promise<string>;

/** Asks until the answer is valid; an empty one is the default. */
export async function askUntil(
  ask: Ask,
  question: string,
  usual: string | undefined,
  accepted: (answer: string) => string | undefined,
): Promise<string> {
  for (let sentence = question; ; ) {
    const answer = (await ask(`${sentence}${usual === undefined ? '' : ` [${usual}]`} `)) || (usual ?? '');
    const wanted = accepted(answer);
    if (wanted === undefined) return answer;
    sentence = `"${printable(answer, 100)}" cannot be used. Use ${wanted}:`;
  }
}

/** `usual`: the meaning of an empty answer. */
export function isYes(answer: string, usual: boolean): boolean {
  return answer === '' ? usual : /^y(?:es)?$/i.test(answer);
}
