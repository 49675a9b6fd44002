import {
  CODEX_CONFIG_FILE,
  type CodexConfig,
  checkCodexConfig,
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
  failRefusals,
  faultChecks,
  folderCheck,
  gitCheck,
  leftoverPreviewsCheck,
  look,
  NO_ANSWER,
  NO_PROJECT_TOKEN,
  notChecked,
  notLookedAt,
  ok,
  patternsChecks,
  projectChecks,
  refusal,
  warning,
  workflowsCheck,
} from './checks.ts';
import type { CheckName } from './faults.ts';
import { lookAtOrganization, lookAtProposal, type Rules, tryNameNow } from './published.ts';
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
  // `Promise.all` handles its rejection.
  codex.catch(() => {});
  const [git, checkout, { checks, mayPush, unreachable }, project, cache] = await Promise.all([
    look('git', async () => [gitCheck(await session.checkGit())]),
    lookAtCheckout(request, session),
    codex,
    lookAtProject(request, codex, session),
    lookAtCache(request, session),
  ]);
  const given = [
    ...faultChecks(request, 'inputs', 'server', 'token', 'checkout'),
    ...configurationChecks(unreachable ? { ...request, unmerged: undefined } : request),
    ...(unreachable && request.unmerged
      ? [notLookedAt('configuration', `${NO_ANSWER}, so the merged configuration is not known`)]
      : []),
  ];
  const all = [...git, ...given, ...checkout.checks, ...checks, ...project, ...cache];
  const publishes = mayPush === 'yes' && checkout.selects;
  return { request, checks: withoutRepeated(failRefusals(all, publishes)) };
}

/** One cause is one line: without git, for example, several reads fail alike. A check that has no other is not checked. */
function withoutRepeated(checks: readonly Check[]): Check[] {
  const isFinding = ({ state }: Check) => state === 'failed' || state === 'warning';
  const causes = new Map<string, Check>();
  for (const one of checks) {
    const cause = causes.get(causeOf(one));
    // The proposed configuration of a codex is that of the checkout, and has its own check.
    const isBetter = !cause || (cause.check === 'configuration' && one.check === 'proposed-configuration');
    if (isFinding(one) && isBetter) causes.set(causeOf(one), one);
  }
  const repeats = (one: Check) => {
    const cause = isFinding(one) ? causes.get(causeOf(one)) : undefined;
    return cause && cause.check !== one.check && (cause.state === 'failed' || one.state === 'warning')
      ? cause
      : undefined;
  };
  const reported = new Set(checks.filter((one) => !repeats(one)).map(({ check }) => check));
  return checks.flatMap((one) => {
    const cause = repeats(one);
    if (!cause) return [one];
    if (reported.has(one.check)) return [];
    reported.add(one.check);
    return [notLookedAt(one.check, `see "${cause.check.replaceAll('-', ' ')}"`)];
  });
}

function causeOf({ message }: Check): string {
  return message.replace(/^pull request #\d+:/, '');
}

interface CheckoutFound {
  readonly checks: readonly Check[];
  /** Whether the patterns select a document. */
  readonly selects: boolean;
}

/** Checks the checkout, what the patterns select in it, and the workflows that publish it. */
async function lookAtCheckout(request: DoctorRequest, session: DoctorSession): Promise<CheckoutFound> {
  if (request.faults.some(({ check }) => check === 'checkout')) {
    return { checks: [notLookedAt('patterns', 'the checkout cannot be used')], selects: false };
  }
  const workflows = await session.readWorkflows();
  let checkout: Checkout;
  try {
    checkout = await session.openCheckout();
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    const isBroken = await session.isInRepository();
    const because = isBroken ? 'the checkout cannot be used' : 'there is no checkout';
    // A job that only fetches documents needs none.
    const own: Check = { ...failed('checkout', error), state: isBroken ? 'failed' : 'warning' };
    return { checks: [own, notLookedAt('patterns', because)], selects: false };
  }
  const { patterns, noRepository } = request;
  let selects = false;
  const ofPatterns = isUnknown(patterns)
    ? [notLookedAt('patterns', patterns.unknown)]
    : await look('patterns', async () => {
        const { documents, unmatched } = await session.readSelection(checkout, patterns);
        selects = documents.size > 0;
        return patternsChecks(patterns.include, documents.size, unmatched);
      });
  const facts = [...workflows].flatMap(([file, text]) => {
    const parsed = parseWorkflow(text);
    return parsed ? [[file, parsed] as const] : [];
  });
  const ofWorkflows = workflowsCheck(new Map(facts));
  const own = [checkoutCheck(checkout.head.id), ...(noRepository ? [failed('checkout', noRepository)] : [])];
  return { checks: [...own, ...ofPatterns, ...(ofWorkflows ? [ofWorkflows] : [])], selects };
}

interface CodexFound {
  readonly found: CodexOfProject | undefined;
  readonly checks: readonly Check[];
  readonly mayPush: Tristate;
  /** Whether GitHub did not answer at all. */
  readonly unreachable: boolean;
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
  const { codex: name, organization } = request;
  async function without(checks: readonly Check[], because: string, unreachable = false): Promise<CodexFound> {
    const proposal = await lookAtProposal(request, { unknown: because }, session);
    const whom = organization === undefined ? [] : [notLookedAt('organization', because)];
    const behind = OF_CODEX.map((check) => notLookedAt(check, because));
    return {
      ...{ found: undefined, mayPush: 'unknown', unreachable },
      checks: [...checks, ...proposal.checks, ...whom, ...behind],
    };
  }
  const faults = faultChecks(request, 'codex');
  if (isUnknown(name)) {
    return without(faults.length > 0 ? faults : [notLookedAt('codex', name.unknown)], name.unknown);
  }
  if (!access) {
    const because = isServerUnknown(request) ? NO_SERVER : 'there is no token for the codex';
    return without([notLookedAt('codex', because)], because);
  }
  let repository: CodexRepository | undefined;
  let unreachable = false;
  const codex = await look('codex', async () => {
    try {
      repository = await access.codexApi.readRepository();
      return codexChecks(name, repository);
    } catch (error) {
      unreachable = error instanceof CodexSyncError && error.code === 'remote-failed';
      throw error;
    }
  });
  if (!repository) return without(codex, 'the codex could not be read', unreachable);
  const [write, { environment, own, branch }] = await Promise.all([
    lookAtPermission(repository, access),
    lookAtEnvironment(request, repository, access, session),
  ]);
  const token = isUnknown(environment)
    ? [notLookedAt('production-token', environment.unknown)]
    : productionToken(environment, repository, write.mayPush, branch.production, access);
  return {
    found: { repository, environment },
    ...{ mayPush: write.mayPush, unreachable },
    checks: [...codex, ...own, ...write.checks, ...branch.checks, ...token],
  };
}

const NO_SERVER = 'the server is not known';

function isServerUnknown({ faults }: DoctorRequest): boolean {
  return faults.some(({ check }) => check === 'server');
}

async function lookAtEnvironment(
  request: DoctorRequest,
  repository: CodexRepository,
  access: ExaminedCodex,
  session: DoctorSession,
) {
  const { environment, rules, checks } = await lookAtCodexConfig(request, repository, access);
  const placed = { ...request, environment };
  const proposal = await lookAtProposal(placed, { repository, rules, access }, session);
  const organization = await lookAtOrganization(placed, repository, proposal.rules, access);
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
): Promise<{ environment: DoctorRequest['environment']; rules: Rules; checks: Check[] }> {
  const check = 'codex-configuration';
  const unread = { unknown: "the codex's configuration cannot be read" };
  let rules: Rules = unread;
  const failures = await look(check, async () => {
    const text = await codexApi.readDefaultFile(CODEX_CONFIG_FILE);
    rules = { config: text === undefined ? undefined : parseCodexConfig(text, repository.fullName) };
    return [];
  });
  if (isUnknown(rules)) return { environment: unread, rules, checks: failures };
  const { config } = rules;
  let environment: DoctorRequest['environment'] = { unknown: 'the codex refuses the environment' };
  const refused = await look(check, async () => {
    if (isUnknown(request.environment) && config) checkCodexConfig(config, repository);
    environment = isUnknown(request.environment)
      ? request.environment
      : placeEnvironment(request.environment, config, repository);
    return [];
  });
  const read = refused.length > 0 ? [] : codexConfigChecks(config, repository, environment);
  const listing = await lookAtListing(request, repository, config, codexApi);
  return { environment, rules, checks: [...read, ...refused, ...listing] };
}

/** Whether the codex's list lets this repository publish the project. One that only fetches is in no list. */
async function lookAtListing(
  { project, directory, repository }: DoctorRequest,
  { fullName }: CodexRepository,
  config: CodexConfig | undefined,
  codexApi: CodexApi,
): Promise<Check[]> {
  if (isUnknown(project) || isUnknown(repository) || sameRepository(repository, fullName)) return [];
  const check = 'codex-configuration';
  try {
    const isListed = await checkListed(project, { repository, directory }, config, (name) =>
      tryNameNow(name, codexApi),
    );
    return isListed ? [ok(check, `It lists project ${project} for ${repository}.`)] : [];
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    return [refusal(check, error)];
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
    const { useCache } = request;
    if (isUnknown(useCache)) return [notLookedAt('cache', useCache.unknown)];
    if (!useCache) return [cacheNotWantedCheck()];
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
  codex: Promise<CodexFound>,
  { project, codex: access }: DoctorSession,
): Promise<Check[]> {
  const { repository: ours, productionRefs } = request;
  const because = (reason: string) => notChecked(request, BEHIND, reason);
  const without = (reason: string) => [notLookedAt('project-token', reason), ...because(reason)];
  if (isServerUnknown(request)) return without(NO_SERVER);
  if (isUnknown(ours)) return without(ours.unknown);
  if (!project) return [NO_PROJECT_TOKEN, ...because('the project could not be read')];
  const { api, rules } = project;
  const [repository, line, environments, folder] = await Promise.all([
    api.tryRepository(),
    isUnknown(productionRefs) ? undefined : askReleaseLine(productionRefs, rules),
    isUnknown(productionRefs) ? undefined : rules.tryEnvironments(),
    lookAtFolder(request, codex, api, access?.codexApi),
  ]);
  const { found, unreachable } = await codex;
  if (!repository && unreachable) return without(NO_ANSWER);
  const checks = projectChecks(ours, repository, found?.repository.visibility, request.allowPublic);
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
  codex: Promise<CodexFound>,
  projectApi: ProjectApi,
  codexApi: CodexApi | undefined,
): Promise<Check[]> {
  const pulls = createPullReader(projectApi);
  const [{ found }, answers] = await Promise.all([codex, pulls.answers()]);
  const { project, directory, repository, adopt } = request;
  const environment = found?.environment ?? request.environment;
  const because = (reason: string) => notChecked(request, ['project-folder', 'previews'], reason);
  if (isUnknown(environment)) return because(environment.unknown);
  const { name, production, branch } = environment;
  const answered = answers && !production ? [previewsCheck(name, undefined)] : [];
  const missing = (reason: string) =>
    because(reason).filter(({ check }) => check !== 'previews' || (!answers && !production));
  if (!found || !codexApi) return [...missing('the codex could not be read'), ...answered];
  if (isUnknown(project)) return [...missing(project.unknown), ...answered];
  if (isUnknown(adopt)) return [...missing(adopt.unknown), ...answered];
  let manifest: Manifest | undefined;
  const folder = await look('project-folder', async () => {
    const there = await codexApi.tryFolder(`projects/${project}`, branch);
    const blob = there?.files.get(MANIFEST_FILE);
    const text = blob === undefined ? undefined : await codexApi.readText(blob);
    const read = parseProject(project, NO_FOLDER, text);
    if (read.warning !== undefined)
      return [warning('project-folder', read.warning, 'Restore that file, or publish again.')];
    manifest = read.manifest;
    const ours = { repository: isUnknown(repository) ? '' : repository, directory };
    return [folderCheck(project, name, manifest, ours, await isOwner(manifest.source, ours, codexApi), adopt)];
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
