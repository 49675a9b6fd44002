import {
  CODEX_CONFIG_FILE,
  type CodexConfig,
  findListing,
  ownsListed,
  type ProjectPlace,
  parseCodexConfig,
  placeEnvironment,
} from '../codex/codex-config.ts';
import { place } from '../codex/publication.ts';
import { CodexSyncError } from '../errors.ts';
import { type BranchTip, type CodexApi, type CodexRepository, checkOpen } from '../github/codex-api.ts';
import type { Environment, SourceEnvironment } from '../inputs/environment.ts';
import { checkDefaultBranch } from '../inputs/guards.ts';
import type { WritingRequest } from '../inputs/request.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import { together } from './parallel.ts';
import type { Session } from './session.ts';

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

/**
 * The guards that need the codex's answer, for every run that writes to it.
 * @throws CodexSyncError `refused-by-guard`, or `remote-refused` when it is archived or disabled
 */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkOpen(codex);
}

/** What a repository is called now, as far as one of the tokens may see it. */
export async function tryName(repository: string, { projectApiOf, codexApi }: Session): Promise<string | undefined> {
  const found = (await projectApiOf(repository).tryRepository()) ?? (await codexApi.tryRepository(repository));
  return found === 'not-found' ? undefined : found?.fullName;
}

/** The banner has said another branch. */
export function noticeBranch(
  before: Environment,
  { name, branch }: Environment,
  { config }: OpenedCodex,
  { notice }: Pick<Session, 'notice'>,
): void {
  if (before.branch !== branch) notice(`Environment ${name} is branch ${printable(branch)}, as ${config?.file} says.`);
}

/**
 * Makes sure that a project may be published from a repository, as far as the codex lists projects.
 * @param tryName what a repository is called now, which GitHub is asked only where the names differ
 * @returns whether the codex lists the project for it: then no other owner's manifest is in the way
 * @throws CodexSyncError `not-owner` where it lists the project for another one, or lists it not and the list is closed
 */
export async function checkListed(
  project: string,
  ours: ProjectPlace,
  codexConfig: CodexConfig | undefined,
  tryName: (repository: string) => Promise<string | undefined>,
): Promise<boolean> {
  const listing = findListing(codexConfig, project);
  if (listing.kind === 'free') return false;
  if (listing.kind === 'unlisted') {
    throw new CodexSyncError(
      'not-owner',
      `Project ${project} is not under projects in ${listing.file}, which refuses what it does not list. Ask whoever keeps the codex to add "${project}: ${ours.repository}", or give the input "project" the name that is listed.`,
    );
  }
  const { owner, name, file } = listing;
  const owns = ownsListed(owner, ours);
  if (owns === 'yes') return true;
  if (owns === 'if renamed') {
    const now = await tryName(owner.repository);
    if (now !== undefined && sameRepository(now, ours.repository)) return true;
  }
  throw new CodexSyncError(
    'not-owner',
    `Project ${name} belongs to ${place(owner)}, as projects in ${file} says, and this is ${place(ours)}. ` +
      'Give this one another name with the input "project", or have that entry changed.',
  );
}
