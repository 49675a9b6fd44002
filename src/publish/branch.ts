import { CodexSyncError } from '../errors.ts';
import { makeEmptyCommit } from '../git/codex-commit.ts';
import { EMPTY_TREE } from '../git/codex-folder.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchName } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import type { FoundCodex } from './codex.ts';
import { pushUntilAccepted } from './push.ts';
import type { Session } from './session.ts';

export interface FoundBranch {
  /** The tip of the branch; if it is missing, of the production branch; `undefined` in a codex without commits. */
  readonly tip: BranchTip | undefined;
  readonly exists: boolean;
}

/** @throws CodexSyncError `not-found` when the production branch is missing in a codex that has commits */
export async function findBranch(
  { environment }: WritingRequest,
  { codex, tip }: FoundCodex,
  session: Session,
): Promise<FoundBranch> {
  const { production, productionBranch } = environment;
  if (tip) return { tip, exists: true };
  const base = production ? undefined : await session.codexApi.readBranch(productionBranch);
  if (base || (await session.codexApi.isEmpty())) return { tip: base, exists: false };
  throw missingProduction(productionBranch, codex);
}

export function missingProduction(branch: BranchName, { fullName, defaultBranch }: CodexRepository): CodexSyncError {
  return new CodexSyncError(
    'not-found',
    `The production branch ${printable(branch)} does not exist in ${fullName}, whose default branch is ` +
      `${printable(defaultBranch)}.`,
    `Create ${printable(branch)} there and make it the default branch, or, if ${printable(defaultBranch)} is the branch of released documents, set environments.branches.prod to "${printable(defaultBranch)}" in the configuration.`,
  );
}

/** Works through GitHub's API; an empty codex gets an empty first commit. Another run may create the branch first. */
export async function createBranch(
  request: WritingRequest,
  codex: CodexRepository,
  base: BranchTip | undefined,
  session: Session,
): Promise<{ tip: BranchTip; how: 'found' | 'created' }> {
  const { branch, production } = request.environment;
  const first = base ? { tip: base, how: 'found' as const } : await initialise(request, codex, session);
  if (production) return first;

  const refusal = await session.codexApi.tryCreateBranch(branch, first.tip.commit);
  if (refusal === undefined) return { tip: first.tip, how: 'created' };
  const others = await session.codexApi.readBranch(branch);
  if (others) return { tip: others, how: 'found' };
  await checkNameIsFree(request, codex, session);
  throw new CodexSyncError(
    'remote-refused',
    `GitHub refused to create branch ${printable(branch)} in ${codex.fullName}: ${refusal}.`,
    "Allow the token's owner to create it, or create it by hand.",
  );
}

/** @throws CodexSyncError `remote-refused` on a clash of names: GitHub reports none, and git reports a lost race */
export async function checkNameIsFree(
  { environment: { name, branch } }: Pick<WritingRequest, 'environment'>,
  { fullName }: Pick<CodexRepository, 'fullName'>,
  { codexApi }: Pick<Session, 'codexApi'>,
): Promise<void> {
  const clash = await codexApi.findClash(branch);
  if (clash === undefined) return;
  throw new CodexSyncError(
    'remote-refused',
    `Branch ${printable(branch)} (environment ${name}) cannot be created in ${fullName}, which has branch ${printable(clash)}: git cannot hold both.`,
    `Map ${name} to another branch under environments.branches, or rename ${printable(clash)} there.`,
  );
}

async function initialise(
  { environment }: WritingRequest,
  codex: CodexRepository,
  session: Session,
): Promise<{ tip: BranchTip; how: 'found' | 'created' }> {
  const { productionBranch: branch } = environment;
  const made = makeEmptyCommit(session.store, {
    message: 'sync: Begin the codex\n',
    author: await session.author(),
    now: session.now(),
  });
  const { commit } = made;
  const result = { tip: { commit, tree: EMPTY_TREE }, how: 'created' as const };
  return pushUntilAccepted(session, { branch, codex: codex.fullName }, async (attempts, last) => {
    const others = attempts === 1 ? undefined : await session.codexApi.readBranch(branch);
    if (others) return { kind: 'done', result: { tip: others, how: others.commit === commit ? 'created' : 'found' } };
    if (last?.kind === 'rejected') await checkNameIsFree({ environment: { ...environment, branch } }, codex, session);
    return { kind: 'push', made, isNew: true, result };
  });
}
