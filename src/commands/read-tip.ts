import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { Environment } from '../request/environment.ts';
import { printable } from '../request/printable.ts';
import type { SourceEnvironment } from '../request/source-environment.ts';
import { together } from './in-parallel.ts';

/** A codex, and where a branch of it stands; `undefined` where there is none of this name. */
export interface FoundCodex {
  readonly codex: CodexRepository;
  readonly tip: BranchTip | undefined;
}

/** What every run asks first, both at once. */
export async function readCodex(branch: string, codexApi: CodexApi): Promise<FoundCodex> {
  const [codex, tip] = await together([codexApi.readRepository(), codexApi.readBranch(branch)]);
  return { codex, tip };
}

/**
 * The tip of the branch of an environment that is only read.
 * @param instead what the message proposes besides publishing there
 * @throws CodexSyncError `not-found` when there is no such branch
 */
export function expectTip(
  { name, branch }: Environment,
  { fullName }: CodexRepository,
  tip: BranchTip | undefined,
  instead: string,
): BranchTip {
  if (tip) return tip;
  throw new CodexSyncError(
    'not-found',
    `Branch ${printable(branch)} of ${fullName} (environment ${name}) does not exist: nothing was published there yet. Publish to it first, or ${instead}.`,
  );
}

/** A commit of an environment's branch, and whether the branch stands there now. */
export interface SourceTip extends BranchTip {
  readonly isTip: boolean;
}

/**
 * What `from` names: the tip of the environment's branch, or an earlier commit of that branch.
 * @param found that tip
 * @throws CodexSyncError `not-found` when there is no such branch, or the commit is not in its history (GitHub would serve
 * commits of other branches and of forks all the same)
 */
export async function readSource(
  { environment, commit }: SourceEnvironment,
  codex: CodexRepository,
  found: BranchTip | undefined,
  codexApi: CodexApi,
): Promise<SourceTip> {
  const tip = expectTip(environment, codex, found, 'name another environment as "from"');
  if (commit === undefined || commit === tip.commit) return { ...tip, isTip: true };
  const earlier = await codexApi.readCommit(commit);
  if (earlier && (await codexApi.contains(tip.commit, earlier.commit))) return { ...earlier, isTip: false };
  throw new CodexSyncError(
    'not-found',
    `Commit ${commit} (input "from") is not in the history of branch ${printable(environment.branch)} of ${codex.fullName}. Use the full id of a commit of that branch.`,
  );
}
