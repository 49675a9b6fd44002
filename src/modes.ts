import type { DecidedConfig } from './codex/merged-config.ts';
import type { FaultCollector } from './doctor/faults.ts';
import { renderDoctorBanner, renderDoctorOutputs, reportDoctor } from './doctor/report.ts';
import { isUnknown, parseDoctor } from './doctor/request.ts';
import { examine } from './doctor/run.ts';
import { withDoctorSession } from './doctor/session.ts';
import { CodexSyncError, type Problem } from './errors.ts';
import { listCache } from './fetch/cache-folder.ts';
import { fetchQuestion } from './fetch/lookup.ts';
import {
  renderCacheListOutputs,
  renderFetchBanner,
  renderFetchOutputs,
  reportCacheList,
  reportFetch,
} from './fetch/report.ts';
import { parseCacheList, parseFetch } from './fetch/request.ts';
import { fetchDocuments } from './fetch/run.ts';
import { openCacheListSession, withFetchSession } from './fetch/session.ts';
import { createGit, type Git } from './git/exec.ts';
import { PROJECT_DISK, type ProjectDisk, type ProjectPlace } from './git/find-config.ts';
import { DEFAULT_CONFIG, type ParsedConfig, parseConfig } from './inputs/config.ts';
import type { ConfigSource } from './inputs/config-file.ts';
import { type InputName, publishes } from './inputs/definitions.ts';
import { type Environment, isBuiltIn, PRODUCTION_NAMES, resolveEnvironment } from './inputs/environment.ts';
import { checkEventAndHead } from './inputs/guards.ts';
import type { Inputs } from './inputs/parse.ts';
import { type Mode, writes } from './inputs/readers.ts';
import type { WritingRequest } from './inputs/request.ts';
import { isAboutHead, type RunTrigger } from './inputs/trigger.ts';
import { followSyncOrg, renderSyncOrgBanner, renderSyncOrgOutputs, reportSyncOrg } from './org/report.ts';
import { parseSyncOrg } from './org/request.ts';
import { syncOrganization } from './org/run.ts';
import { withSyncOrgSession } from './org/session.ts';
import { type ReleaseResult, renderReleaseBanner, renderReleaseOutputs, reportRelease } from './promote/report.ts';
import { type PromoteRequest, parsePromote, parseRetire, type RetireRequest } from './promote/request.ts';
import { retire } from './promote/retire.ts';
import { promote } from './promote/run.ts';
import { type ConfigFacts, type ReadConfig, readMergedConfig } from './publish/read-merged-config.ts';
import { openProjectApi, type SessionOptions, withCheckout, withSession } from './publish/session.ts';
import { writeLog } from './report/log.ts';
import type { Report } from './report/model.ts';
import { type Outputs, writeOutputs } from './report/outputs.ts';
import { renderSummary } from './report/summary.ts';
import { renderStatusBanner, renderStatusOutputs, reportStatus } from './status/report.ts';
import { parseStatus } from './status/request.ts';
import { compareEnvironments } from './status/run.ts';
import { closePreview } from './sync/close-pull-request.ts';
import { saveComment } from './sync/comment.ts';
import { renderSyncBanner, renderSyncOutputs, reportSync } from './sync/report.ts';
import { parseSyncProject } from './sync/request.ts';
import { firstQuestion, syncProject } from './sync/run.ts';
import { sameRepository } from './text/names.ts';

/** Everything outside of the process that a run of a mode reaches: files, git, GitHub. A simulation gives another. */
export interface Edges {
  readonly disk: ProjectDisk;
  /** Git in the root of the project's checkout, for its configuration. */
  readonly openGit: (root: string, options: SessionOptions) => Git;
  /** Pure; a simulation parses each text once. */
  readonly parseConfig: (source: ConfigSource) => ParsedConfig | undefined;
  readonly openProjectApi: typeof openProjectApi;
  readonly withSession: typeof withSession;
  readonly withCheckout: typeof withCheckout;
  readonly withFetchSession: typeof withFetchSession;
  readonly withSyncOrgSession: typeof withSyncOrgSession;
}

export const EDGES: Edges = {
  disk: PROJECT_DISK,
  openGit: (directory, { variables, console }) =>
    createGit({ directory, environment: variables, protocols: 'none', debug: console.debug }),
  parseConfig,
  ...{ openProjectApi, withSession, withCheckout, withFetchSession, withSyncOrgSession },
};

export interface ModeCall {
  readonly inputs: Inputs;
  readonly found: ReadConfig | undefined;
  readonly place: ProjectPlace;
  readonly trigger: RunTrigger;
  /** Asks before a write to production that no input of this run names; throws when the user declines. */
  readonly confirmProduction: (environment: Environment, configFile: string | undefined) => Promise<void>;
  readonly options: SessionOptions;
  readonly edges: Edges;
  readonly parse: ConfigFacts['parse'];
  /** Set if only an unmerged configuration describes the run, which then may publish only a preview. */
  readonly previewsOnly: DecidedConfig['previewsOnly'];
  /** Why `doctor` checks the configuration on disk, although another one may be decisive. */
  readonly unmerged?: Problem;
  /** The problems of a run of `doctor`, which end a run of another mode. */
  readonly faults: FaultCollector | undefined;
  /** The inputs whose values such a run does not know, with the reason. */
  readonly invalid: ReadonlyMap<InputName, string>;
}

/** Modes that write, and `doctor`, use the merged configuration. */
export async function runMode(call: ModeCall): Promise<void> {
  const { mode } = call.inputs;
  if (mode === 'doctor') return RUN_MODE.doctor(await withMergedConfigIfKnown(call));
  await RUN_MODE[mode](writes(mode) ? await withMergedConfig(call) : call);
}

async function withMergedConfig(call: ModeCall): Promise<ModeCall> {
  try {
    checkBefore(call);
    return await mergeCall(call);
  } catch (error) {
    recordConfiguration(call);
    throw error;
  }
}

/** Without the environment, which may be unknown: `doctor` reports that as one of its checks. */
async function withMergedConfigIfKnown(call: ModeCall): Promise<ModeCall> {
  const { inputs, faults } = call;
  // Without a server nothing can be asked.
  if (faults?.faults.some(({ check }) => check === 'server')) return call;
  try {
    return { ...(await mergeCall({ ...call, inputs: { ...inputs, env: undefined } })), inputs };
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    if (error.code !== 'bad-input' && error.code !== 'bad-config') return { ...call, unmerged: error };
    faults?.add('configuration', error.parts);
    return call;
  }
}

/** The only place that decides which configuration counts. Requests use decided values only. */
async function mergeCall(call: ModeCall): Promise<ModeCall> {
  const { inputs, found: own, place, trigger, options, parse, edges } = call;
  const { console } = options;
  console.progress('Reading the merged configuration');
  const projectApi = edges.openProjectApi(trigger, options);
  const { projectRepository } = inputs;
  const isOfAnother = projectRepository !== undefined && !sameRepository(projectRepository, trigger.repository);
  const { head, found, notices, previewsOnly } = await readMergedConfig({
    ...{ inputs, own, place, trigger, parse, projectApi, disk: edges.disk },
    git: edges.openGit(place.root, options),
    pull: trigger.pullRequest,
    trustsWorkingTree: isAboutHead(trigger),
    countsAsItIs: isOfAnother,
  });
  console.progress();
  const messages = { notices: [...(own?.notices ?? []), ...notices], warnings: own?.warnings ?? [] };
  return {
    ...call,
    found: found && { ...found, ...messages },
    previewsOnly,
    options: { ...options, head, ...(!isOfAnother && { projectApi }) },
  };
}

/** Refuses before any request: an unknown environment, an event's restrictions, and production by its own name. */
function checkBefore({ inputs, found, trigger, options }: ModeCall): void {
  // The configuration of a closed pull request is requested later, and may know the name.
  if (trigger.pullRequest?.closed && !isBuiltIn(inputs.env)) return;
  const { environments } = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, environments, found?.file);
  const production = environment.production && isGiven(environment);
  options.record({ env: environment.name, branch: environment.branch });
  checkEventAndHead(trigger, { ...environment, production });
}

/** Each mode from its inputs to its report. Entry points know no more about a mode. */
const RUN_MODE: Readonly<Record<Mode, (call: ModeCall) => Promise<void>>> = {
  async 'sync-project'(call) {
    const { inputs, found, place, trigger, options, edges } = call;
    const parsed = parseReporting(call, () => parseSyncProject(inputs, found, place.path, trigger));
    const request = { ...parsed, previewsOnly: call.previewsOnly };
    begin(call, request.environment, renderSyncBanner(request, found?.file));
    checkEventAndHead(trigger, request.environment);
    recordConfiguration(call);
    if (publishes(request.direction)) await confirm(call, request);
    const { pullRequest } = request.trigger;
    const result = await (pullRequest?.closed
      ? edges.withSession(request, options, async (session) =>
          saveComment(await closePreview(request, pullRequest, session), session),
        )
      : edges.withCheckout(
          request,
          options,
          async (session) => saveComment(await syncProject(request, session), session),
          firstQuestion(request),
        ));
    await writeReport(call, result, reportSync, renderSyncOutputs);
  },

  async 'sync-org'(call) {
    const { inputs, found, trigger, options, edges } = call;
    const request = parseReporting(call, () => parseSyncOrg(inputs, found, trigger));
    begin(call, request.environment, renderSyncOrgBanner(request, found?.file));
    checkEventAndHead(trigger, request.environment);
    recordConfiguration(call);
    await confirm(call, request);
    const result = await edges.withSyncOrgSession(request, options, (session) =>
      syncOrganization(request, session, followSyncOrg(options.console, session.now)),
    );
    await writeReport(call, result, reportSyncOrg, renderSyncOrgOutputs);
  },

  async status(call) {
    const { inputs, found, trigger, options, edges } = call;
    const request = parseReporting(call, () => parseStatus(inputs, found, trigger));
    begin(call, request.environment, renderStatusBanner(request));
    recordConfiguration(call);
    const result = await edges.withSession(request, options, (session) => compareEnvironments(request, session));
    await writeReport(call, result, reportStatus, renderStatusOutputs);
  },

  async promote(call) {
    const { inputs, found, place, trigger, options, edges } = call;
    const request = parseReporting(call, () => parsePromote(inputs, found, place.path, trigger));
    await release(call, request, () => edges.withSession(request, options, (session) => promote(request, session)));
  },

  async retire(call) {
    const { inputs, found, place, trigger, options, edges } = call;
    const request = parseReporting(call, () => parseRetire(inputs, found, place.path, trigger));
    await release(call, request, () => edges.withSession(request, options, (session) => retire(request, session)));
  },

  async fetch(call) {
    const { inputs, found, trigger, options, edges } = call;
    const request = parseReporting(call, () => parseFetch(inputs, found, options.workspace, trigger));
    begin(call, request.environment, renderFetchBanner(request));
    recordConfiguration(call);
    const result = await edges.withFetchSession(
      request,
      options,
      (session) => fetchDocuments(request, session),
      fetchQuestion(request),
    );
    await writeReport(call, result, reportFetch, renderFetchOutputs);
  },

  async 'cache-list'(call) {
    const { inputs, found, trigger, options } = call;
    const request = parseReporting(call, () => parseCacheList(inputs, found, options.workspace, trigger));
    recordConfiguration(call);
    const result = await listCache(request, openCacheListSession(request, options));
    await writeReport(call, result, reportCacheList, renderCacheListOutputs);
  },

  async doctor(call) {
    const { inputs, found, place, trigger, options } = call;
    const places = { workspace: options.workspace, directory: place.path };
    const faults = call.faults?.faults ?? [];
    const request = parseDoctor(inputs, found, places, trigger, {
      unmerged: call.unmerged,
      faults,
      invalid: call.invalid,
    });
    const { environment } = request;
    begin(call, isUnknown(environment) ? undefined : environment, renderDoctorBanner(request));
    options.console.progress('Checking the requirements');
    const result = await withDoctorSession(request, options, (session) => examine(request, session));
    await writeReport(call, result, reportDoctor, renderDoctorOutputs);
  },
};

async function release(
  call: ModeCall,
  request: PromoteRequest | RetireRequest,
  run: () => Promise<ReleaseResult>,
): Promise<void> {
  begin(call, request.environment, renderReleaseBanner(request));
  checkEventAndHead(call.trigger, request.environment);
  recordConfiguration(call);
  await confirm(call, request);
  await writeReport(call, await run(), reportRelease, renderReleaseOutputs);
}

/** Writes the log, then summary and outputs. */
async function writeReport<Result extends object>(
  call: ModeCall,
  result: Result,
  report: (result: Result) => Report,
  render: (result: Result) => Outputs,
): Promise<void> {
  const { console } = call.options;
  const logged = report(result);
  console.progress();
  writeLog(logged, console);
  const reported = withConfigurationWarnings(call, result);
  await console.summary(renderSummary(reported === result ? logged : report(reported)));
  writeOutputs(render(reported), console);
}

function begin({ options }: ModeCall, environment: Environment | undefined, banner: readonly string[]): void {
  if (environment) options.record({ env: environment.name, branch: environment.branch });
  for (const line of banner) options.console.line(line);
}

async function confirm({ confirmProduction, found }: ModeCall, request: WritingRequest): Promise<void> {
  const { environment, dryRun } = request;
  if (environment.production && !isGiven(environment) && !dryRun) await confirmProduction(environment, found?.file);
}

/** Whether the input is production's own name; other names mean production only through the configuration. */
function isGiven({ origin, name }: Environment): boolean {
  return origin === 'input' && name === PRODUCTION_NAMES[0];
}

/** A misspelt key is the likeliest cause of a failed request, so its warning appears even then. */
function parseReporting<T>(call: ModeCall, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    recordConfiguration(call);
    throw error;
  }
}

/** The warnings were annotated before the run; summary and outputs list them with the others. */
function withConfigurationWarnings<Result extends object>({ found }: ModeCall, result: Result): Result {
  const warnings = found?.warnings ?? [];
  if (warnings.length === 0 || !('warnings' in result) || !Array.isArray(result.warnings)) return result;
  return { ...result, warnings: [...warnings, ...result.warnings] };
}

function recordConfiguration({ found, options }: ModeCall): void {
  for (const notice of found?.notices ?? []) options.console.notice(notice);
  for (const warning of found?.warnings ?? []) options.console.warning(warning);
}
