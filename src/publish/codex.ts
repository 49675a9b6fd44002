import {
  CODEX_CONFIG_FILE,
  type CodexConfig,
  type DocumentsPlace,
  findListing,
  ownsListed,
  parseCodexConfig,
  placeEnvironment,
} from '../codex/codex-config.ts';
import { place } from '../codex/publication.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { PROJECTS } from '../git/codex-folder.ts';
import {
  type BranchTip,
  type CodexApi,
  type CodexQuestion,
  type CodexRepository,
  checkOpen,
} from '../github/codex-api.ts';
import type { Environment, SourceEnvironment } from '../inputs/environment.ts';
import { checkDefaultBranch } from '../inputs/guards.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchName } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputName, inputPhrase, theInput } from '../text/spell-inputs.ts';
import { type Session, together } from './session.ts';

export interface OpenedCodex extends CodexRepository {
  readonly config: CodexConfig | undefined;
}

export interface FoundCodex {
  readonly codex: OpenedCodex;
  /** The environment, on the branch that the codex's configuration maps it to. */
  readonly environment: Environment;
  readonly tip: BranchTip | undefined;
}

export async function openCodex(codexApi: CodexApi): Promise<OpenedCodex> {
  const [codex, text] = await together([codexApi.readRepository(), codexApi.readDefaultFile(CODEX_CONFIG_FILE)]);
  return { ...codex, config: text === undefined ? undefined : parseCodexConfig(text, codex.fullName) };
}

/** What a run reads of the codex besides its own environment's branch, as far as it is known by then. */
export interface Foreseen {
  readonly branches?: readonly BranchName[];
  readonly projects?: readonly string[];
  /** Files that it needs with their texts. */
  readonly documents?: readonly (readonly [project: string, path: string])[];
}

/** What a run asks about the codex, as far as it is known before it begins. */
export function questionAbout(
  environment: Pick<Environment, 'branch'>,
  { branches = [], projects = [], documents = [] }: Foreseen,
): CodexQuestion {
  return {
    branches: [...new Set([environment.branch, ...branches])],
    folders: projects.map((project) => `${PROJECTS}/${project}`),
    ...{ configFile: CODEX_CONFIG_FILE, manifestFile: MANIFEST_FILE },
    documents: documents.map(([project, path]) => `${PROJECTS}/${project}/${path}`),
  };
}

/**
 * Reads a second branch only if the codex maps the environment to another one than the project does.
 * @throws CodexSyncError `bad-config` if the codex's configuration is unreadable or contradicts the project's
 */
export async function readCodex(
  environment: Environment,
  codexApi: CodexApi,
  foreseen: Foreseen = {},
): Promise<FoundCodex> {
  codexApi.ask(questionAbout(environment, foreseen));
  const [codex, tip] = await together([openCodex(codexApi), codexApi.readBranch(environment.branch)]);
  return { codex, ...(await placeTip(environment, codex, tip, codexApi)) };
}

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

/** @throws CodexSyncError `not-found` when the branch does not exist; the message proposes `instead` */
export function expectTip(
  { name, branch }: Environment,
  { fullName }: CodexRepository,
  tip: BranchTip | undefined,
  instead: string,
): BranchTip {
  if (tip) return tip;
  throw new CodexSyncError(
    'not-found',
    `Branch ${printable(branch)} of ${fullName} (environment ${name}) does not exist: nothing was published there yet.`,
    `Publish to it first, or ${instead}.`,
  );
}

export interface SourceTip extends BranchTip {
  readonly isTip: boolean;
}

/**
 * @throws CodexSyncError `not-found` when the branch is missing or its history lacks the commit: GitHub serves commits
 * of other branches and of forks as well
 */
export async function readSource(
  { environment, commit }: SourceEnvironment,
  codex: CodexRepository,
  found: BranchTip | undefined,
  codexApi: CodexApi,
): Promise<SourceTip> {
  const tip = expectTip(environment, codex, found, `name another environment as ${inputName('from')}`);
  if (commit === undefined || commit === tip.commit) return { ...tip, isTip: true };
  const earlier = await codexApi.readCommit(commit);
  if (earlier && (await codexApi.contains(tip.commit, earlier.commit))) return { ...earlier, isTip: false };
  throw new CodexSyncError(
    'not-found',
    `Commit ${commit} (${inputPhrase('from')}) is not in the history of branch ${printable(environment.branch)} of ${codex.fullName}.`,
    'Use the full id of a commit of that branch.',
  );
}

/** @throws CodexSyncError `refused-by-guard`, or `remote-refused` when the codex is archived or disabled */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkOpen(codex);
}

/** Returns the current name of a repository, if one of the tokens can see it. */
export async function tryName(repository: string, { projectApiOf, codexApi }: Session): Promise<string | undefined> {
  const known = await projectApiOf(repository).tryRepository();
  if (known) return known.fullName;
  const found = await codexApi.findRepository(repository);
  return found.kind === 'found' ? found.fullName : undefined;
}

/** The outputs of a run that fails name the branch of its environment, as the codex maps it. */
export function recordBranch(
  before: Environment,
  environment: Environment,
  codex: OpenedCodex,
  { notice, record }: Pick<Session, 'notice' | 'record'>,
): void {
  record({ branch: environment.branch });
  noticeBranch(before, environment, codex, { notice });
}

/** The banner named the project's branch, so a notice names the codex's. */
export function noticeBranch(
  before: Environment,
  { name, branch }: Environment,
  { config }: OpenedCodex,
  { notice }: Pick<Session, 'notice'>,
): void {
  if (before.branch !== branch)
    notice(`Environment ${name} is branch ${printable(branch)}, as set in ${config?.file}.`);
}

/**
 * @returns whether the codex lists the project for this repository, which overrides another owner in the manifest
 * @throws CodexSyncError `not-owner` if the list names another owner, or is closed and lacks the project
 */
export async function checkListed(
  project: string,
  ours: DocumentsPlace,
  codexConfig: CodexConfig | undefined,
  tryName: (repository: string) => Promise<string | undefined>,
): Promise<boolean> {
  const listing = findListing(codexConfig, project);
  if (listing.kind === 'free') return false;
  if (listing.kind === 'unlisted') {
    throw new CodexSyncError(
      'not-owner',
      `Project ${project} is not under projects in ${listing.file}, which refuses unlisted projects.`,
      `Ask the maintainers of the codex to add "${project}: ${ours.repository}", or give ${theInput('project')} the name that is listed.`,
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
    `Project ${name} belongs to ${place(owner)}, as listed under projects in ${file}, and this is ${place(ours)}.`,
    `Give this one another name with ${theInput('project')}, or have that entry changed.`,
  );
}
