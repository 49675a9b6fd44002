import { posix } from 'node:path';
import {
  CODEX_CONFIG_FILE,
  type CodexConfig,
  checkCodexConfig,
  type DocumentsPlace,
  parseCodexConfig,
  placeEnvironment,
} from '../codex/codex-config.ts';
import { lineOf, type Source } from '../codex/manifest.ts';
import { CodexSyncError, type Problem } from '../errors.ts';
import { CONFIG_FILES } from '../git/find-config.ts';
import type { CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { ListedRepository } from '../github/organization-api.ts';
import type { RepositoryFiles } from '../github/project-api.ts';
import { DEFAULT_CONFIG, parseConfig } from '../inputs/config.ts';
import { DEFAULT_BRANCHES, environmentName, resolveEnvironment } from '../inputs/environment.ts';
import { isMoreVisible } from '../inputs/guards.ts';
import { checkListed } from '../publish/codex.ts';
import { parseFirst } from '../publish/read-merged-config.ts';
import { AT_A_TIME, inParallel } from '../publish/session.ts';
import { listSnapshots } from '../publish/snapshot.ts';
import { askOnce, type BranchName } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { count, nameSome, printable } from '../text/phrases.ts';
import { inputValue, modeName, spelled, tokenPhrase } from '../text/spell-inputs.ts';
import { advice, failed, look, notLookedAt, ok, warning } from './checks.ts';
import type { CheckName } from './faults.ts';
import type { Check } from './report.ts';
import { type DoctorRequest, isUnknown, type Known } from './request.ts';
import type { DoctorSession, ExaminedCodex, ExaminedOrganization } from './session.ts';

const PROPOSED = 'proposed-configuration' satisfies CheckName;
const ORGANIZATION = 'organization' satisfies CheckName;
/** Maximum number of findings of each kind with a line of their own. */
const MAX_LINES = 50;

/** A project that this tool published to a branch of the codex. */
interface PublishedProject {
  readonly project: string;
  readonly branch: BranchName;
  readonly source: Source;
}

/** A folder whose manifest this version cannot use. */
interface UnusableFolder {
  readonly project: string;
  readonly branch: BranchName;
  readonly problem: Problem;
}

interface PublishedProjects {
  readonly projects: readonly PublishedProject[];
  readonly unusable: readonly UnusableFolder[];
}

/** Lists the projects of all branches together. A folder without a manifest is not ours. */
async function listPublished(
  branches: readonly BranchName[],
  { codexApi, openSession }: ExaminedCodex,
): Promise<PublishedProjects> {
  const tips = await inParallel(branches, AT_A_TIME, (branch) => codexApi.readBranch(branch));
  const there = branches.flatMap((branch, index) => {
    const tip = tips[index];
    return tip ? [{ branch, tip }] : [];
  });
  if (there.length === 0) return { projects: [], unusable: [] };
  const all = there.map(({ tip }) => tip);
  const listed = await listSnapshots(all, await openSession());
  const readings = await listed.projects([...new Set(listed.names.flat())].sort());
  const projects: PublishedProject[] = [];
  const unusable: UnusableFolder[] = [];
  for (const [index, { branch }] of there.entries()) {
    for (const [project, reading] of readings[index] ?? []) {
      if ('error' in reading) unusable.push({ project, branch, problem: reading.error });
      else if (reading.warning !== undefined) unusable.push({ project, branch, problem: { problem: reading.warning } });
      else if (reading.manifest.source) projects.push({ project, branch, source: reading.manifest.source });
    }
  }
  return { projects, unusable };
}

/** Each project once for each source: it is usually on several branches. */
function bySource(projects: readonly PublishedProject[]): PublishedProject[] {
  const key = ({ project, source }: PublishedProject) =>
    `${project} ${source.repository} ${source.directory}`.toLowerCase();
  return [...new Map(projects.map((one) => [key(one), one])).values()];
}

/** The current full name of a repository, as far as the credentials for the codex see it. */
export async function tryNameNow(repository: string, codexApi: CodexApi): Promise<string | undefined> {
  const found = await codexApi.findRepository(repository);
  return found.kind === 'found' ? found.fullName : undefined;
}

/** Tells why the codex's list refuses a project's source, if it does. Asks about each listed owner once. */
function createListReader({ codexApi }: ExaminedCodex) {
  const nameNow = askOnce(String, (repository: string) => tryNameNow(repository, codexApi));
  return async (project: string, source: DocumentsPlace, config: CodexConfig | undefined) => {
    try {
      await checkListed(project, source, config, nameNow);
      return undefined;
    } catch (error) {
      if (error instanceof CodexSyncError) return error;
      throw error;
    }
  };
}

type ListReader = ReturnType<typeof createListReader>;

/** The codex's own configuration, if it has one. */
export type Rules = Known<{ readonly config: CodexConfig | undefined }>;

interface Proposal {
  readonly checks: readonly Check[];
  /** The codex's configuration after the merge; outside of a pull request of the codex, the current one. */
  readonly rules: Rules;
}

/** The codex as far as it could be read. */
interface ReadCodex {
  readonly repository: CodexRepository;
  readonly rules: Rules;
  readonly access: ExaminedCodex;
}

/**
 * In a pull request of the codex: reads the configuration that it proposes, and lists the projects it would refuse. Without
 * the codex only the file is checked.
 */
export async function lookAtProposal(
  request: DoctorRequest,
  codex: Known<ReadCodex>,
  session: DoctorSession,
): Promise<Proposal> {
  const { repository, pullRequest } = request.trigger;
  const name = isUnknown(codex) ? request.codex : codex.repository.fullName;
  const current: Rules = isUnknown(codex) ? codex : codex.rules;
  if (!pullRequest || pullRequest.closed || isUnknown(name) || !sameRepository(repository, name)) {
    return { checks: [], rules: current };
  }
  const unread = { unknown: 'the proposed configuration cannot be read' };
  if (request.faults.some((fault) => fault.check === 'checkout')) {
    return { checks: [notLookedAt(PROPOSED, 'the checkout cannot be used')], rules: unread };
  }
  if (!(await session.isInRepository())) return { checks: [noCheckoutOfProposal()], rules: unread };
  let rules: Rules = unread;
  const checks = await look(PROPOSED, async () => {
    const text = await session.tryRead(CODEX_CONFIG_FILE);
    if (text === undefined) {
      rules = { config: undefined };
      return [isUnknown(current) || current.config ? fileIsGone(current) : NO_PROPOSAL];
    }
    const config = parseCodexConfig(text, `pull request #${pullRequest.number}`);
    const warnings = config.warnings.map((one) => warning(PROPOSED, one, 'Correct the key, or remove it.'));
    if (isUnknown(codex)) return [notLookedAt(PROPOSED, codex.unknown), ...warnings];
    checkCodexConfig(config, codex.repository);
    rules = { config };
    const now = isUnknown(current) ? undefined : current.config;
    const { projects } = await listPublished(branchesOf(request, now), codex.access);
    return [
      ...(await lookAtList(projects, now, config, codex.access)),
      ...lookAtEnvironments(projects, now, config),
      ...warnings,
    ];
  });
  return { checks, rules };
}

const NO_PROPOSAL = ok(PROPOSED, `There is no ${CODEX_CONFIG_FILE}, as on the default branch.`);

/** Such a job would pass whatever the pull request proposes. */
function noCheckoutOfProposal(): Check {
  const problem = 'There is no checkout, so the proposed configuration cannot be read.';
  const hint = spelled({
    workflow: 'Run actions/checkout before this step.',
    terminal: 'Run this inside a checkout of the codex.',
  });
  return failed(PROPOSED, { problem, hint });
}

function fileIsGone(current: Rules): Check {
  const file = isUnknown(current) ? 'it' : (current.config?.file ?? 'it');
  const message = `The checkout has no ${CODEX_CONFIG_FILE}. Without ${file} every project maps environments itself, and may use a free folder.`;
  return warning(
    PROPOSED,
    message,
    `Restore the file${spelled({ workflow: ', or run actions/checkout before this step', terminal: '' })}.`,
  );
}

function branchesOf({ environment }: DoctorRequest, current: CodexConfig | undefined): BranchName[] {
  const mapped = Object.values(current?.config.environments.branches ?? DEFAULT_BRANCHES);
  const own = isUnknown(environment) ? [] : [environment.branch, environment.productionBranch];
  return [...new Set([...mapped, ...own])];
}

async function lookAtList(
  projects: readonly PublishedProject[],
  current: CodexConfig | undefined,
  proposed: CodexConfig,
  access: ExaminedCodex,
): Promise<Check[]> {
  const readRefusal = createListReader(access);
  const refused: Check[] = [];
  const already: string[] = [];
  for (const { project, source } of bySource(projects)) {
    const refusal = await readRefusal(project, source, proposed);
    if (!refusal) continue;
    if (await readRefusal(project, source, current)) {
      already.push(project);
      continue;
    }
    const problem = `${source.repository} could not publish any more. ${refusal.problem}`;
    const hint = `Correct the list, or remove the project from the codex first ("${modeName('retire')}").`;
    refused.push(failed(PROPOSED, { problem, hint }));
  }
  const names = new Set(projects.map(({ project }) => project));
  const more = refused.length - MAX_LINES;
  return [
    ...(refused.length > 0
      ? refused.slice(0, MAX_LINES)
      : [ok(PROPOSED, `Its list refuses no more than today of ${count(names.size, 'published project')}.`)]),
    ...(more > 0 ? [failed(PROPOSED, { problem: `${count(more, 'more project')} could not publish any more.` })] : []),
    ...(already.length > 0
      ? [warning(PROPOSED, `Refused today as well: ${nameSome(already)}.`, 'Correct the list, or retire them.')]
      : []),
  ];
}

/** Environments with documents that the codex would map no more, or to another branch. */
function lookAtEnvironments(
  projects: readonly PublishedProject[],
  current: CodexConfig | undefined,
  { config: { environments } }: CodexConfig,
): Check[] {
  const { branches, written } = environments;
  if (!written) return [];
  const production = branches.prod ?? DEFAULT_BRANCHES.prod;
  const before = Object.entries(current?.config.environments.branches ?? DEFAULT_BRANCHES);
  return before.flatMap(([name, branch]) => {
    const now = Object.hasOwn(branches, name) ? branches[name] : undefined;
    const there = [...new Set(projects.filter((one) => one.branch === branch).map(({ project }) => project))];
    // "production" is another name of "prod".
    if (now === branch || environmentName(name) !== name) return [];
    if (now === production && name !== 'prod') return [becomesProduction(name, production)];
    if (there.length === 0) return [];
    const those = `${count(there.length, 'project')} on branch ${printable(branch)} (${nameSome(there)})`;
    if (now === undefined) {
      const problem = `Environment ${name} is mapped no more, so its runs are refused. It has ${those}.`;
      return [
        failed(PROPOSED, { problem, hint: 'Keep it under environments.branches, or retire its documents first.' }),
      ];
    }
    const message = `Environment ${name} moves to branch ${printable(now)}. It has ${those}, which stay there.`;
    return [warning(PROPOSED, message, 'Publish them again after the merge.')];
  });
}

/** Runs of pull requests are refused then, and all others release. */
function becomesProduction(name: string, branch: BranchName): Check {
  const problem = `Environment ${name} becomes production: it is mapped to branch ${printable(branch)}, as prod is.`;
  return failed(PROPOSED, { problem, hint: `Map ${name} to a branch of its own under environments.branches.` });
}

interface ExaminedProject extends PublishedProject {
  readonly refused: readonly Problem[];
  readonly warned: readonly Problem[];
  /** Whether GitHub returned its configuration. */
  readonly isRead: boolean;
}

/** Checks what this version of codex-sync refuses, or warns about, in every project of the codex. */
export async function lookAtOrganization(
  { organization, environment }: DoctorRequest,
  codex: CodexRepository,
  rules: Rules,
  access: ExaminedCodex,
): Promise<Check[]> {
  if (organization === undefined) return [];
  if (isUnknown(organization)) return [notLookedAt(ORGANIZATION, organization.unknown)];
  if (isUnknown(rules)) return [notLookedAt(ORGANIZATION, rules.unknown)];
  if (isUnknown(environment)) return [notLookedAt(ORGANIZATION, environment.unknown)];
  const { config } = rules;
  return look(ORGANIZATION, async () => {
    const examined = access.openOrganization(organization);
    const branches = [...new Set([environment.branch, environment.productionBranch])];
    const [repositories, { projects, unusable }] = await Promise.all([
      examined.api.listRepositories(),
      listPublished(branches, access),
    ]);
    const listed = new Map(repositories.map((one) => [one.fullName.toLowerCase(), one]));
    const readFiles = createFileReader(examined);
    const readRefusal = createListReader(access);
    const found = await inParallel(bySource(projects), AT_A_TIME, async (one) => {
      const repository = listed.get(one.source.repository.toLowerCase());
      const files = await readFiles(one.source);
      return examineProject(one, { repository, files, codex, config, readRefusal });
    });
    return organizationChecks(codex.fullName, found, unusable);
  });
}

/** Reads the configurations of a project's default branch, with one request for each repository and directory. */
function createFileReader({ projectApiOf }: ExaminedOrganization) {
  return askOnce(
    ({ repository, directory }: Source) => `${repository} ${directory}`,
    ({ repository, directory }) => projectApiOf(repository).tryFiles([], configPathsIn(directory)),
  );
}

/** As in a checkout: in the project's directory first, then in the root of its repository. */
function configPathsIn(directory: string): string[] {
  const own = directory === '.' ? [] : CONFIG_FILES.map((file) => posix.join(directory, file));
  return [...own, ...CONFIG_FILES];
}

interface ProjectFacts {
  readonly repository: ListedRepository | undefined;
  readonly files: RepositoryFiles | undefined;
  readonly codex: CodexRepository;
  readonly config: CodexConfig | undefined;
  readonly readRefusal: ListReader;
}

/** Applies the parser and the guards of this version. */
async function examineProject(
  one: PublishedProject,
  { repository, files, codex, config, readRefusal }: ProjectFacts,
): Promise<ExaminedProject> {
  const { project, source } = one;
  const refused: Problem[] = [];
  function attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      refused.push(...error.parts);
      return undefined;
    }
  }
  const parsed = files && attempt(() => parseFirstOf(files, source.directory));
  const { environments } = parsed?.config ?? DEFAULT_CONFIG;
  for (const name of environments.written ?? []) {
    attempt(() => placeEnvironment(resolveEnvironment(name, environments, parsed?.file), config, codex));
  }
  const refusal = await readRefusal(project, source, config);
  if (refusal) refused.push(refusal);
  const warned = (parsed?.warnings ?? []).map((problem): Problem => ({ problem }));
  if (repository && isMoreVisible(codex.visibility, repository.visibility)) {
    const problem = `The project is ${repository.visibility} and the codex is ${codex.visibility}, so it needs "${inputValue('allow-public', 'true')}".`;
    warned.push({ problem });
  }
  return { ...one, refused, warned, isRead: files !== undefined };
}

function parseFirstOf({ defaultBranch, onDefaultBranch }: RepositoryFiles, directory: string) {
  return parseFirst(configPathsIn(directory), defaultBranch, onDefaultBranch, (text) => ({
    ...parseConfig(text),
    file: text.file,
  }));
}

function organizationChecks(
  codex: string,
  found: readonly ExaminedProject[],
  unusable: readonly UnusableFolder[],
): Check[] {
  const label = ({ project, source }: PublishedProject) => `${project} (${source.repository})`;
  const labels = (those: readonly PublishedProject[]) => nameSome([...new Set(those.map(label))]);
  const problemsOf = (kind: 'refused' | 'warned') =>
    found.flatMap((one) => one[kind].map(({ problem, hint }) => ({ problem: `${label(one)}: ${problem}`, hint })));
  const folders = unusable.map(({ project, branch, problem }) => ({
    problem: `${project} (branch ${branch}): ${problem.problem}`,
    hint: problem.hint ?? 'Restore the manifest, or publish the project again.',
  }));
  const refused = [...problemsOf('refused'), ...folders];
  const warned = problemsOf('warned');
  const names = new Set([...found, ...unusable].map(({ project }) => project));
  const hidden = Math.max(0, refused.length - MAX_LINES) + Math.max(0, warned.length - MAX_LINES);
  const checks = [
    ...refused.slice(0, MAX_LINES).map((problem) => failed(ORGANIZATION, problem)),
    ...warned
      .slice(0, MAX_LINES)
      .map(({ problem, hint = 'Correct it in that repository.' }) => warning(ORGANIZATION, problem, hint)),
  ];
  if (hidden > 0)
    checks.push(warning(ORGANIZATION, `${count(hidden, 'more finding')} not listed.`, 'Correct these first.'));
  const unread = found.filter(({ isRead }) => !isRead);
  if (unread.length > 0) {
    const because = `GitHub does not return the configuration of ${labels(unread)}`;
    checks.push(
      notLookedAt(ORGANIZATION, because, `Give the ${tokenPhrase('token')} "contents: read" on these repositories.`),
    );
  }
  const earlier = found.filter(({ source }) => isOfFirstVersion(source));
  if (earlier.length > 0) {
    const message = `A version with manifests of version 1 published last: ${labels(earlier)}. Their next publication writes version 2, which such a version refuses.`;
    checks.push(advice(ORGANIZATION, message, 'Update all workflows of a project together.'));
  }
  const kinds = `${count(refused.length, 'refusal')}, ${count(warned.length, 'warning')}`;
  return [
    ok(ORGANIZATION, `Compared ${count(names.size, 'project')} of ${codex} with this version of codex-sync: ${kinds}.`),
    ...checks,
  ];
}

/** Manifests of version 1 have no line. */
function isOfFirstVersion(source: Source): boolean {
  return source.line === undefined && lineOf(source) !== undefined;
}
