import { type CodexRepository, checkOpen } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/codex.ts';
import type { Environment } from '../inputs/environment.ts';
import { checkDefaultBranch } from '../inputs/guards.ts';
import { printable } from '../text/printable.ts';
import type { OpenedCodex } from './read-tip.ts';
import type { CodexWorld } from './session.ts';

/**
 * The guards that need the codex's answer, for every run that writes to it.
 * @throws CodexSyncError `refused-by-guard`, or `remote-refused` when it is archived or disabled
 */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkOpen(codex);
}

/** What a repository is called now, as far as one of the tokens may see it. */
export async function tryName(repository: string, { projectApiOf, codexApi }: CodexWorld): Promise<string | undefined> {
  const found = (await projectApiOf(repository).tryRepository()) ?? (await codexApi.tryRepository(repository));
  return found === 'not-found' ? undefined : found?.fullName;
}

/** The banner has said another branch. */
export function tellPlace(
  before: Environment,
  { name, branch }: Environment,
  { config }: OpenedCodex,
  { notice }: Pick<CodexWorld, 'notice'>,
): void {
  if (before.branch !== branch) notice(`Environment ${name} is branch ${printable(branch)}, as ${config?.file} says.`);
}
