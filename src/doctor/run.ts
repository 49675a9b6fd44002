import { CODEX_CONFIG_FILE, parseCodexConfig, placeEnvironment } from '../codex/codex-config.ts';
import { parseRefGlobs, type RefGlobs } from '../codex/stable-refs.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { NO_FOLDER } from '../git/codex-folder.ts';
import type { CodexApi, CodexRepository } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { BranchProtection, ProjectRulesApi, Unavailable } from '../github/rules-api.ts';
import type { Environment } from '../inputs/environment.ts';
import { missingProduction } from '../publish/branch.ts';
import { parseProject } from '../publish/snapshot.ts';
import type { Tristate } from '../text/ids.ts';
import {
  branchChecks,
  CACHE_AT_TERMINAL,
  cacheCheck,
  cacheDirectoryCheck,
  cacheNotWantedCheck,
  codexChecks,
  codexConfigChecks,
  configurationChecks,
  emptyCodexCheck,
  gitCheck,
  look,
  NO_PROJECT_TOKEN,
  notLookedAt,
  PROJECT_IS_MISSING,
  projectChecks,
} from './checks.ts';
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
import type { Check, CheckName, DoctorResult } from './report.ts';
import type { DoctorRequest } from './request.ts';
import type { DoctorSession } from './session.ts';

/** Checks everything that a run needs, without writing. A failure skips only the checks that depend on it. */
export async function examine(request: DoctorRequest, session: DoctorSession): Promise<DoctorResult> {
  const codex = lookAtCodex(request, session);
  const found = codex.then((one) => one.found);
  // Both promises reject together, and one handler is enough.
  found.catch(() => {});
  const [git, { checks }, project, cache] = await Promise.all([
    look('git', async () => [gitCheck(await session.checkGit())]),
    codex,
    lookAtProject(
      request,
      codex.then(({ found }) => found),
      session,
    ),
    lookAtCache(request, session),
  ]);
  return { request, checks: [...git, ...configurationChecks(request), ...checks, ...project, ...cache] };
}

interface CodexFound {
  readonly found: CodexOfProject | undefined;
  readonly checks: readonly Check[];
}

async function lookAtCodex(request: DoctorRequest, session: DoctorSession): Promise<CodexFound> {
  let repository: CodexRepository | undefined;
  const codex = await look('codex', async () => {
    repository = await session.codexApi.readRepository();
    return codexChecks(request, repository);
  });
  if (!repository) {
    const behind = ['codex-configuration', 'write-permission', 'branches', 'rules', 'production-token'] as const;
    const checks = behind.map((check) => notLookedAt(check, 'the codex could not be read'));
    return { found: undefined, checks: [...codex, ...checks] };
  }
  const [write, { environment, own, branch }] = await Promise.all([
    lookAtPermission(repository, session),
    lookAtEnvironment(request, repository, session),
  ]);
  const token = productionToken(environment, repository, write.mayPush, branch.production, session);
  return {
    found: { repository, environment },
    checks: [...codex, ...own, ...write.checks, ...branch.checks, ...token],
  };
}

async function lookAtEnvironment(request: DoctorRequest, repository: CodexRepository, session: DoctorSession) {
  const { environment, checks: own } = await lookAtCodexConfig(request, repository, session);
  return { environment, own, branch: await lookAtBranches(environment, repository, session) };
}

async function lookAtCodexConfig(
  request: DoctorRequest,
  repository: CodexRepository,
  { codexApi }: DoctorSession,
): Promise<{ environment: Environment; checks: Check[] }> {
  let { environment } = request;
  const checks = await look('codex-configuration', async () => {
    const text = await codexApi.readDefaultFile(CODEX_CONFIG_FILE);
    const config = text === undefined ? undefined : parseCodexConfig(text, repository.fullName);
    environment = placeEnvironment(environment, config, repository);
    return codexConfigChecks(config, repository, environment);
  });
  return { environment, checks };
}

interface PermissionFound {
  readonly mayPush: Tristate;
  readonly checks: readonly Check[];
}

async function lookAtPermission(
  { fullName, archived, mayPush: mayPushByRole }: CodexRepository,
  session: DoctorSession,
): Promise<PermissionFound> {
  if (archived) {
    return { mayPush: 'no', checks: [notLookedAt('write-permission', 'an archived repository accepts no push')] };
  }
  let mayPush: Tristate = 'unknown';
  const checks = await look('write-permission', async () => {
    try {
      const answer = await session.mayPush();
      // If git does not answer, a role without write access decides; a role with it proves nothing about the token.
      mayPush = answer === 'unknown' && mayPushByRole === 'no' ? 'no' : answer;
      return [writeCheck(fullName, session.actor, mayPush)];
    } catch (error) {
      // A read-only App gets no token for writing.
      if (!(error instanceof CodexSyncError) || error.code !== 'no-permission' || !session.actor.isApp) throw error;
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
  session: DoctorSession,
): Promise<BranchesFound> {
  const { branch, production, productionBranch } = environment;
  const { readProtection, tryRules } = session.rulesApi;
  let seen: { readonly own: BranchProtection | undefined; readonly base: BranchProtection | undefined } | undefined;
  const branches = await look('branches', async () => {
    const [own, other] = await Promise.all([
      readProtection(branch),
      production ? undefined : readProtection(productionBranch),
    ]);
    const base = production ? own : other;
    seen = { own, base };
    if (base) return branchChecks(environment, own !== undefined, codex);
    if (!own && (await session.codexApi.isEmpty())) return [emptyCodexCheck(environment)];
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
      return rulesChecks(branch, session.actor, own, refusals);
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
  { actor }: DoctorSession,
): Check[] {
  if (production || archived) return [];
  if (!guards) return [notLookedAt('production-token', 'the production branch could not be read')];
  return [productionTokenCheck(actor, name, { ...guards, branch, mayPush })];
}

/** A key that no run saves. */
const NO_KEY = 'codex/doctor';

async function lookAtCache(request: DoctorRequest, { cache, directory }: DoctorSession): Promise<Check[]> {
  const service = await look('cache', async () => {
    if (!request.useCache) return [cacheNotWantedCheck()];
    if (request.trigger.kind === 'terminal') return [CACHE_AT_TERMINAL];
    const { trouble } = await cache.restore([{ name: 'doctor', keys: [NO_KEY] }], true);
    return [cacheCheck(trouble)];
  });
  const place = await look('cache', async () => {
    await directory.check();
    return [cacheDirectoryCheck(request)];
  });
  return [...service, ...place];
}

interface CodexOfProject {
  readonly repository: CodexRepository;
  readonly environment: Environment;
}

const BEHIND = ['release-line', 'github-environment', 'previews'] as const satisfies readonly CheckName[];

/** Maximum number of entries of `production-refs` to read rules for. */
const MAX_ENTRIES = 10;

/** Checks release line, secrets and previews. Requests run in parallel; only the messages wait for the codex. */
async function lookAtProject(
  request: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  { project, codexApi }: DoctorSession,
): Promise<Check[]> {
  const { repository: ours } = request.trigger;
  const because = (reason: string) => BEHIND.map((check) => notLookedAt(check, reason));
  if (ours === undefined) return [PROJECT_IS_MISSING, ...because('this run belongs to no repository')];
  if (!project) return [NO_PROJECT_TOKEN, ...because('the project could not be read')];
  const { api, rules } = project;
  const [repository, line, environments, previews] = await Promise.all([
    api.tryRepository(),
    askReleaseLine(request.productionRefs, rules),
    rules.tryEnvironments(),
    lookAtPreviews(request, codex, api, codexApi),
  ]);
  const checks = projectChecks(ours, repository, (await codex)?.repository.visibility);
  if (!repository) return [...checks, ...because('the project could not be read')];
  const { fullName, defaultBranch } = repository;
  return [
    ...checks,
    releaseListCheck(request, defaultBranch),
    ...releaseLineChecks(fullName, parseRefGlobs(request.productionRefs), line),
    environmentsCheck(fullName, environments, request.productionRefs, defaultBranch),
    ...previews,
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

/** Reads the manifest in the codex only if GitHub does not answer about pull requests. */
async function lookAtPreviews(
  { project, environment }: DoctorRequest,
  codex: Promise<CodexOfProject | undefined>,
  projectApi: ProjectApi,
  codexApi: CodexApi,
): Promise<Check[]> {
  const [found, pulls] = await Promise.all([codex, projectApi.tryRecentPulls()]);
  const check = 'previews';
  const { name, production, branch } = found?.environment ?? environment;
  if (production) return [];
  if (pulls) return [previewsCheck(name, undefined)];
  if (!found) return [notLookedAt(check, 'the codex could not be read')];
  if (project === undefined) return [notLookedAt(check, 'the project is unknown')];
  return look(check, async () => {
    const folder = await codexApi.tryFolder(`projects/${project}`, branch);
    const blob = folder?.files.get(MANIFEST_FILE);
    const text = blob === undefined ? undefined : await codexApi.readText(blob);
    const { manifest, warning } = parseProject(project, NO_FOLDER, text);
    if (warning !== undefined) return [{ check, state: 'not-looked-at', message: `Not checked: ${warning}`, hint: '' }];
    return [previewsCheck(name, [...manifest.previews.keys()])];
  });
}
