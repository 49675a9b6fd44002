import {
  CODEX_CONFIG_FILE,
  type CodexConfig,
  type DocumentsPlace,
  ownsListed,
  parseCodexConfig,
  placeEnvironment,
} from '../codex/codex-config.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { branchOf, isBeneath, type PreviewKey, type Previews, pullRequestOf } from '../codex/overlay.ts';
import { parseRefGlobs, type RefGlobs } from '../codex/stable-refs.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import type { Checkout } from '../git/checkout.ts';
import { NO_FOLDER } from '../git/codex-folder.ts';
import type { CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { BranchProtection, ProjectRulesApi, Unavailable } from '../github/rules-api.ts';
import type { Environment } from '../inputs/environment.ts';
import { parseWorkflow } from '../inputs/workflow-file.ts';
import { createPullReader, type PullReader } from '../previews/find-closed.ts';
import { missingProduction } from '../publish/branch.ts';
import { checkListed } from '../publish/codex.ts';
import { parseProject } from '../publish/snapshot.ts';
import type { Tristate } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import {
  branchChecks,
  CACHE_AT_TERMINAL,
  cacheCheck,
  cacheDirectoryCheck,
  cacheNotWantedCheck,
  checkoutCheck,
  codexChecks,
  codexConfigChecks,
  configurationChecks,
  emptyCodexCheck,
  exposedChecks,
  failed,
  faultChecks,
  folderCheck,
  gitCheck,
  leftoverPreviewsCheck,
  look,
  NO_PROJECT_TOKEN,
  notLookedAt,
  ok,
  PROJECT_IS_MISSING,
  patternsChecks,
  projectChecks,
  warning,
  workflowsCheck,
} from './checks.ts';
import type { CheckName } from './faults.ts';
import { lookAtOrganization, lookAtProposal, tryNameNow } from './published.ts';
import {
  branchesOfEntry,
  branchesOfEntryCheck,
  branchesUnavailableCheck,
  environmentsCheck,
  exampleBranch,
  noWriteCheck,
  type ProductionFacts,
  planRefusals,
  previewsCheck,
  productionTokenCheck,
  releaseBranches,
  releaseListCheck,
  releaseTags,
  rulesChecks,
  tagsCheck,
  writeCheck,
} from './release-checks.ts';
import type { Check, DoctorResult } from './report.ts';
import { type DoctorRequest, isUnknown } from './request.ts';
import type { DoctorSession, ExaminedCodex } from './session.ts';

/** Checks everything that a run needs, without writing. A failure skips only the checks that depend on it. */
export async function examine(request: DoctorRequest, session: DoctorSession): Promise<DoctorResult> {
  const codex = lookAtCodex(request, session);
  const found = codex.then((one) => one.found);
  // Both promises reject together, and one handler is enough.
  found.catch(() => {});
  const [git, checkout, { checks }, project, cache] = await Promise.all([
    look('git', async () => [gitCheck(await session.checkGit())]),
    lookAtCheckout(request, session),
    codex,
    lookAtProject(
      request,
      codex.then(({ found }) => found),
      session,
    ),
    lookAtCache(request, session),
  ]);
  const given = [...faultChecks(request, 'inputs', 'token', 'checkout'), ...configurationChecks(request)];
  return { request, checks: withoutRepeated([...git, ...given, ...checkout, ...checks, ...project, ...cache]) };
}

/** One cause is one line: without git, for example, several reads fail alike. */
function withoutRepeated(checks: readonly Check[]): Check[] {
  const causes = new Map(checks.map((one) => [one.message, one] as const).reverse());
  const isRepeated = (one: Check) => {
    const first = causes.get(one.message);
    return first !== one && first?.state === 'failed' && first.check !== one.check;
  };
  return checks.filter((one) => !isRepeated(one));
}

/** Checks the checkout, what the patterns select in it, and the workflows that publish it. */
async function lookAtCheckout(request: DoctorRequest, session: DoctorSession): Promise<Check[]> {
  if (request.faults.some(({ check }) => check === 'checkout')) {
    return [notLookedAt('patterns', 'the checkout cannot be used')];
  }
  const workflows = await session.readWorkflows();
  let checkout: Checkout;
  try {
    checkout = await session.openCheckout();
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    // A job that only fetches documents needs none.
    return [{ ...failed('checkout', error), state: 'warning' }, notLookedAt('patterns', 'there is no checkout')];
  }
  const { patterns } = request;
  const ofPatterns = isUnknown(patterns)
    ? [notLookedAt('patterns', patterns.unknown)]
    : await look('patterns', async () => {
        const { documents, unmatched } = await session.readSelection(checkout, patterns);
        return patternsChecks(patterns.include, documents.size, unmatched);
      });
  const facts = [...workflows].flatMap(([file, text]) => {
    const parsed = parseWorkflow(text);
    return parsed ? [[file, parsed] as const] : [];
  });
  const ofWorkflows = workflowsCheck(new Map(facts));
  return [checkoutCheck(checkout.head.id), ...ofPatterns, ...(ofWorkflows ? [ofWorkflows] : [])];
}

interface CodexFound {
  readonly found: CodexOfProject | undefined;
  readonly checks: readonly Check[];
}

const OF_CODEX = [
  'codex-configuration',
  'write-permission',
  'branches',
  'rules',
  'production-token',
] as const satisfies readonly CheckName[];

async function lookAtCodex(request: DoctorRequest, session: DoctorSession): Promise<CodexFound> {
  const access = session.codex;
  const without = (checks: readonly Check[], because: string): CodexFound => ({
    found: undefined,
    checks: [...checks, ...OF_CODEX.map((check) => notLookedAt(check, because))],
  });
  const { codex: name } = request;
  const faults = faultChecks(request, 'codex');
  if (isUnknown(name)) {
    return without(faults.length > 0 ? faults : [notLookedAt('codex', name.unknown)], name.unknown);
  }
  if (!access) {
    const because = 'there is no token for the codex';
    return without([notLookedAt('codex', because)], because);
  }
  let repository: CodexRepository | undefined;
  const codex = await look('codex', async () => {
    repository = await access.codexApi.readRepository();
    return codexChecks(name, repository);
  });
  if (!repository) return without(codex, 'the codex could not be read');
  const [write, { environment, own, branch }] = await Promise.all([
    lookAtPermission(repository, access),
    lookAtEnvironment(request, repository, access, session),
  ]);
  const token = isUnknown(environment)
    ? [notLookedAt('production-token', environment.unknown)]
    : productionToken(environment, repository, write.mayPush, branch.production, access);
  return {
    found: { repository, environment },
    checks: [...codex, ...own, ...write.checks, ...branch.checks, ...token],
  };
}

async function lookAtEnvironment(
  request: DoctorRequest,
  repository: CodexRepository,
  access: ExaminedCodex,
  session: DoctorSession,
) {
  const { environment, config, checks } = await lookAtCodexConfig(request, repository, access);
  const placed = { ...request, environment };
  const proposal = await lookAtProposal(placed, repository, config, access, session);
  const organization = await lookAtOrganization(placed, repository, proposal.config, access);
  const own = [...checks, ...proposal.checks, ...organization];
  const branch = isUnknown(environment)
    ? {
        production: undefined,
        checks: (['branches', 'rules'] as const).map((check) => notLookedAt(check, environment.unknown)),
      }
    : await lookAtBranches(environment, repository, access);
  return { environment, own, branch };
}

async function lookAtCodexConfig(
  request: DoctorRequest,
  repository: CodexRepository,
  { codexApi }: ExaminedCodex,
): Promise<{ environment: DoctorRequest['environment']; config: CodexConfig | undefined; checks: Check[] }> {
  let { environment } = request;
  let config: CodexConfig | undefined;
  const checks = await look('codex-configuration', async () => {
    const text = await codexApi.readDefaultFile(CODEX_CONFIG_FILE);
    config = text === undefined ? undefined : parseCodexConfig(text, repository.fullName);
    if (!isUnknown(environment)) environment = placeEnvironment(environment, config, repository);
    return [
      ...codexConfigChecks(config, repository, environment),
      ...(await lookAtListing(request, repository, config, codexApi)),
    ];
  });
  return { environment, config, checks };
}

/** Whether the codex's list lets this repository publish the project. One that only fetches is in no list. */
async function lookAtListing(
  { project, directory, trigger: { repository } }: DoctorRequest,
  { fullName }: CodexRepository,
  config: CodexConfig | undefined,
  codexApi: CodexApi,
): Promise<Check[]> {
  if (project === undefined || repository === undefined || sameRepository(repository, fullName)) return [];
  const check = 'codex-configuration';
  try {
    const isListed = await checkListed(project, { repository, directory }, config, (name) =>
      tryNameNow(name, codexApi),
    );
    return isListed ? [ok(check, `It lists project ${project} for ${repository}.`)] : [];
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    return [{ ...failed(check, error), state: 'warning' }];
  }
}

interface PermissionFound {
  readonly mayPush: Tristate;
  readonly checks: readonly Check[];
}

async function lookAtPermission(
  { fullName, archived, mayPush: mayPushByRole }: CodexRepository,
  access: ExaminedCodex,
): Promise<PermissionFound> {
  if (archived) {
    return { mayPush: 'no', checks: [notLookedAt('write-permission', 'an archived repository accepts no push')] };
  }
  let mayPush: Tristate = 'unknown';
  const checks = await look('write-permission', async () => {
    try {
      const answer = await access.mayPush();
      // If git does not answer, a role without write access decides; a role with it proves nothing about the token.
      mayPush = answer === 'unknown' && mayPushByRole === 'no' ? 'no' : answer;
      return [writeCheck(fullName, access.actor, mayPush)];
    } catch (error) {
      // A read-only App gets no token for writing.
      if (!(error instanceof CodexSyncError) || error.code !== 'no-permission' || !access.actor.isApp) throw error;
      mayPush = 'no';
      return [noWriteCheck(error.problem, error.hint ?? '')];
    }
  });
  return { mayPush, checks };
}

interface BranchesFound {
  /** `undefined` if the production branch could not be read. */
  readonly production: Pick<ProductionFacts, 'protection' | 'rules'> | undefined;
  readonly checks: readonly Check[];
}

async function lookAtBranches(
  environment: Environment,
  codex: CodexRepository,
  access: ExaminedCodex,
): Promise<BranchesFound> {
  const { branch, production, productionBranch } = environment;
  const { readProtection, tryRules } = access.rulesApi;
  let seen: { readonly own: BranchProtection | undefined; readonly base: BranchProtection | undefined } | undefined;
  const branches = await look('branches', async () => {
    const [own, other] = await Promise.all([
      readProtection(branch),
      production ? undefined : readProtection(productionBranch),
    ]);
    const base = production ? own : other;
    seen = { own, base };
    if (base) return branchChecks(environment, own !== undefined, codex);
    if (!own && (await access.codexApi.isEmpty())) return [emptyCodexCheck(environment)];
    throw missingProduction(productionBranch, codex);
  });
  if (!seen) {
    return { production: undefined, checks: [...branches, notLookedAt('rules', 'the branch could not be read')] };
  }
  const { own, base } = seen;
  // An error in the rules of one branch does not affect the other.
  const ofProduction = production || !base ? undefined : tryRules(productionBranch).catch(asUnavailable);
  const [rulesOfProduction, rules] = await Promise.all([
    ofProduction,
    look('rules', async () => {
      const listed = await tryRules(branch);
      const refusals = 'unavailable' in listed ? listed : planRefusals(listed, own !== undefined);
      return rulesChecks(branch, access.actor, own, refusals);
    }),
  ]);
  const guards = rulesOfProduction && { protection: base, rules: rulesOfProduction };
  return { production: guards, checks: [...branches, ...rules] };
}

function asUnavailable(error: unknown): Unavailable {
  if (error instanceof CodexSyncError) return { unavailable: error.message };
  throw error;
}

/** Runs for production need the permission; for all others this reports whether they have it. */
function productionToken(
  { name, production, productionBranch: branch }: Environment,
  { archived }: CodexRepository,
  mayPush: Tristate,
  guards: BranchesFound['production'],
  { actor }: ExaminedCodex,
): Check[] {
  if (production || archived) return [];
  if (!guards) return [notLookedAt('production-token', 'the production branch could not be read')];
  return [productionTokenCheck(actor, name, { ...guards, branch, mayPush })];
}

/** A key that no run saves. */
const NO_KEY = 'codex/doctor';

async function lookAtCache(
  request: DoctorRequest,
  { cache, openCacheDirectory, tryListExposed }: DoctorSession,
): Promise<Check[]> {
  const service = await look('cache', async () => {
    if (!request.useCache) return [cacheNotWantedCheck()];
    if (request.trigger.kind === 'terminal') return [CACHE_AT_TERMINAL];
    const { trouble } = await cache.restore([{ name: 'doctor', keys: [NO_KEY] }], true);
    return [cacheCheck(trouble)];
  });
  const { cacheDir } = request;
  if (cacheDir === undefined) return [...service, ...faultChecks(request, 'cache')];
  const place = await look('cache', async () => {
    await openCacheDirectory(cacheDir).check();
    const exposed = await tryListExposed(cacheDir).catch(() => undefined);
    return [cacheDirectoryCheck(cacheDir), ...(exposed ? exposedChecks(cacheDir, exposed) : [])];
  });
  return [...service, ...place];
}

interface CodexOfProject {
  readonly repository: CodexRepository;
  readonly environment: DoctorRequest['environment'];
}

const BEHIND = [
  'release-line',
  'github-environment',
  'project-folder',
  'previews',
] as const satisfies readonly CheckName[];

/** Maximum number of entries of `production-refs` to read rules for. */
const MAX_ENTRIES = 10;

/** Checks release line, secrets and previews. Requests run in parallel; only the messages wait for the codex. */
async function lookAtProject(
  request: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  { project, codex: access }: DoctorSession,
): Promise<Check[]> {
  const { repository: ours } = request.trigger;
  const { productionRefs } = request;
  const because = (reason: string) => BEHIND.map((check) => notLookedAt(check, reason));
  if (ours === undefined) return [PROJECT_IS_MISSING, ...because('this run belongs to no repository')];
  if (!project) return [NO_PROJECT_TOKEN, ...because('the project could not be read')];
  const { api, rules } = project;
  const [repository, line, environments, folder] = await Promise.all([
    api.tryRepository(),
    isUnknown(productionRefs) ? undefined : askReleaseLine(productionRefs, rules),
    isUnknown(productionRefs) ? undefined : rules.tryEnvironments(),
    lookAtFolder(request, codex, api, access?.codexApi),
  ]);
  const checks = projectChecks(ours, repository, (await codex)?.repository.visibility);
  if (!repository) return [...checks, ...because('the project could not be read')];
  const { fullName, defaultBranch } = repository;
  if (isUnknown(productionRefs) || !line || !environments) {
    const because = isUnknown(productionRefs) ? productionRefs.unknown : '';
    const behind = (['release-line', 'github-environment'] as const).map((check) => notLookedAt(check, because));
    return [...checks, ...behind, ...folder];
  }
  return [
    ...checks,
    releaseListCheck(productionRefs, request, defaultBranch),
    ...releaseLineChecks(fullName, parseRefGlobs(productionRefs), line),
    environmentsCheck(fullName, environments, productionRefs, defaultBranch),
    ...folder,
  ];
}

type ReleaseLine = Awaited<ReturnType<typeof askReleaseLine>>;

async function askReleaseLine(productionRefs: readonly string[], rules: ProjectRulesApi) {
  const tags = releaseTags(productionRefs);
  const entries = releaseBranches(productionRefs);
  const [rulesets, branches, ...rulesOfEntries] = await Promise.all([
    tags.length > 0 ? rules.tryTagRulesets() : undefined,
    entries.length > 0 ? rules.tryBranches() : undefined,
    ...entries.slice(0, MAX_ENTRIES).map((entry) => {
      const example = exampleBranch(entry);
      return example === undefined ? undefined : rules.tryRules(example);
    }),
  ]);
  return {
    tags,
    rulesets,
    branches,
    entries: entries.map((entry, index) => ({ entry, rules: rulesOfEntries[index] })),
  };
}

function releaseLineChecks(
  repository: string,
  production: RefGlobs,
  { tags, rulesets, branches, entries }: ReleaseLine,
): Check[] {
  const ofTags = tagsCheck(repository, tags, rulesets);
  if (!branches) return [ofTags];
  if ('unavailable' in branches) return [ofTags, branchesUnavailableCheck(repository, branches)];
  const ofBranches = entries.map(({ entry, rules }) =>
    branchesOfEntryCheck(repository, branchesOfEntry(entry, production, branches.branches, rules), branches.isComplete),
  );
  return [ofTags, ...ofBranches];
}

/** Checks the project's folder in the codex, and its previews. */
async function lookAtFolder(
  request: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  projectApi: ProjectApi,
  codexApi: CodexApi | undefined,
): Promise<Check[]> {
  const pulls = createPullReader(projectApi);
  const [found, answers] = await Promise.all([codex, pulls.answers()]);
  const { project, directory, trigger } = request;
  const environment = found?.environment ?? request.environment;
  const because = (reason: string) =>
    (['project-folder', 'previews'] as const).map((check) => notLookedAt(check, reason));
  if (isUnknown(environment)) return because(environment.unknown);
  const { name, production, branch } = environment;
  const answered = answers && !production ? [previewsCheck(name, undefined)] : [];
  const missing = (reason: string) =>
    because(reason).filter(({ check }) => check !== 'previews' || (!answers && !production));
  if (!found || !codexApi) return [...missing('the codex could not be read'), ...answered];
  if (project === undefined) return [...missing('the project is unknown'), ...answered];
  let manifest: Manifest | undefined;
  const folder = await look('project-folder', async () => {
    const there = await codexApi.tryFolder(`projects/${project}`, branch);
    const blob = there?.files.get(MANIFEST_FILE);
    const text = blob === undefined ? undefined : await codexApi.readText(blob);
    const read = parseProject(project, NO_FOLDER, text);
    if (read.warning !== undefined)
      return [warning('project-folder', read.warning, 'Restore that file, or publish again.')];
    manifest = read.manifest;
    const ours = { repository: trigger.repository ?? '', directory };
    return [folderCheck(project, name, manifest, ours, await isOwner(manifest.source, ours, codexApi))];
  });
  if (production) return folder;
  if (!manifest)
    return [...folder, ...answered, ...(answers ? [] : [notLookedAt('previews', 'the manifest cannot be read')])];
  if (!answers) return [...folder, previewsCheck(name, [...manifest.previews.keys()])];
  const leftover = await findLeftover(manifest.previews, pulls, projectApi);
  return [...folder, ...answered, ...leftoverPreviewsCheck(name, leftover)];
}

async function isOwner(source: Source | undefined, ours: DocumentsPlace, codexApi: CodexApi): Promise<boolean> {
  if (!source) return true;
  const owns = ownsListed(source, ours);
  // A renamed repository keeps its folder.
  return (
    owns === 'yes' ||
    (owns === 'if renamed' && sameRepository(await tryNameNow(source.repository, codexApi), ours.repository))
  );
}

const GONE = 'its branch is gone';
/** Maximum number of branches of previews to ask about. */
const MAX_BRANCHES = 5;

/** Previews whose pull request is merged or closed, or whose branch is gone, with the reason. */
async function findLeftover(
  previews: Previews,
  pulls: PullReader,
  projectApi: ProjectApi,
): Promise<ReadonlyMap<PreviewKey, string>> {
  const leftover = new Map<PreviewKey, string>();
  let asked = 0;
  for (const [key, preview] of previews) {
    const [number, branch] = [pullRequestOf(key), branchOf(key)];
    if (number !== undefined) {
      const pull = await pulls.any(number);
      if (pull && !pull.open) leftover.set(key, pull.merged ? 'merged' : 'closed');
    } else if (
      branch !== undefined &&
      preview.local === undefined &&
      !isBeneath(key, preview) &&
      asked < MAX_BRANCHES
    ) {
      asked += 1;
      if ((await projectApi.hasBranch(branch)) === 'no') leftover.set(key, GONE);
    }
  }
  // GitHub may hide all branches from the token.
  const isSeen = ![...leftover.values()].includes(GONE) || (await seesBranches(projectApi));
  return isSeen ? leftover : new Map([...leftover].filter(([, why]) => why !== GONE));
}

async function seesBranches(projectApi: ProjectApi): Promise<boolean> {
  const repository = await projectApi.tryRepository();
  return repository !== undefined && (await projectApi.hasBranch(repository.defaultBranch)) === 'yes';
}
