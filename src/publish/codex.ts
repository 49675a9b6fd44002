import { CODEX_CONFIG_FILE, type CodexConfig, parseCodexConfig, placeEnvironment } from '../codex/codex-config.ts';
import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { Environment, SourceEnvironment } from '../inputs/environment.ts';
import { printable } from '../text/printable.ts';
import { together } from './parallel.ts';

/** A codex with its own configuration. */
export interface OpenedCodex extends CodexRepository {
  readonly config: CodexConfig | undefined;
}

/** A codex, and where the branch of an environment is; `undefined` where there is none of this name. */
export interface FoundCodex {
  readonly codex: OpenedCodex;
  /** On the branch that the codex says. */
  readonly environment: Environment;
  readonly tip: BranchTip | undefined;
}

/** The codex with its own configuration, both asked at once. */
export async function openCodex(codexApi: CodexApi): Promise<OpenedCodex> {
  const [codex, text] = await together([codexApi.readRepository(), codexApi.readDefaultFile(CODEX_CONFIG_FILE)]);
  return { ...codex, config: text === undefined ? undefined : parseCodexConfig(text, codex.fullName) };
}

/**
 * What every run asks first, all at once. The branch is the one that the project names; only where the codex says another one
 * that is read behind it.
 * @throws CodexSyncError `bad-config` where the codex's own configuration cannot be read, or contradicts the project's
 */
export async function readCodex(environment: Environment, codexApi: CodexApi): Promise<FoundCodex> {
  const [codex, tip] = await together([openCodex(codexApi), codexApi.readBranch(environment.branch)]);
  return { codex, ...(await placeTip(environment, codex, tip, codexApi)) };
}

/** An environment on the branch that the codex says, and the tip of that. */
export async function placeTip(
  environment: Environment,
  codex: OpenedCodex,
  tip: BranchTip | undefined,
  codexApi: CodexApi,
): Promise<Pick<FoundCodex, 'environment' | 'tip'>> {
  const placed = placeEnvironment(environment, codex.config, codex);
  const isSame = placed.branch === environment.branch;
  return { environment: placed, tip: isSame ? tip : await codexApi.readBranch(placed.branch) };
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
