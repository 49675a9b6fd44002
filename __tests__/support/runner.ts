import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { SubAction } from '../../src/inputs/sub-actions.ts';
import type { CacheService } from './cache-service.ts';
import type { LocalGitHub } from './github.ts';
import type { Access, Permission, Permissions } from './github-access.ts';
import { pullVersion } from './github-pull-store.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import type { RecordedRequest } from './github-requests.ts';
import { kept } from './kept.ts';
import { startRecord } from './record.ts';
import { runnerEnvironment } from './runner-environment.ts';
import {
  type EventFacts,
  eventPayload,
  isPullRequestEvent,
  mergePayload,
  type PayloadChanges,
  type PullAction,
  pullRequestRef,
  readHead,
} from './runner-event.ts';
import { computeInputs, type GivenInputs, parseOutputs } from './runner-files.ts';
import { type EndedProcess, follow } from './runner-process.ts';
import {
  defaultPlace,
  type EventPlace,
  type EventSubject,
  type ResolvedSubject,
  resolveSubject,
  subjectPlace,
} from './runner-subject.ts';
import { type Annotation, stepLog } from './workflow-commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const summaryLimit = 1024 * 1024;

/** Where Node keeps the compiled bundle from run to run, which a runner has no second one for: a third of a run's start. */
const compiled = join(kept, 'codex-sync-compiled');

/** Lets a run fill its memory instead of tidying it ten times: a twentieth of its time. What is measured gets none of it. */
const roomy = ['--min-semi-space-size=16'];

/** `permissions:` of a workflow. */
type WorkflowPermissions = Readonly<Partial<Record<Spelled<Permission>, Access | 'none'>>>;
type Spelled<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}-${Spelled<Tail>}` : Name;

export interface ActionOptions {
  github: LocalGitHub;
  /** The checkout; an empty folder where the workflow makes none. */
  workspace: string;
  /** What the workflow says behind `with:`. */
  inputs?: GivenInputs;
  event?: string;
  /**
   * Number of the pull request, for events about one; the one that `payload` or `ref` names, else 1, unless told. Ref,
   * commit and payload follow from it where the local GitHub knows it: a checkout of an earlier merge commit, or of an
   * earlier head, is a late run.
   */
  pullRequest?: number;
  /**
   * What the event is about, for events about something: ref, commit and payload follow, as GitHub documents them. Of
   * `schedule`, `repository_dispatch` and their like, which are about nothing, `{}` gives the payload.
   */
  about?: EventSubject;
  /** What happened to the pull request; it was pushed to (`synchronize`) unless told. */
  action?: PullAction;
  /** Laid over the standard payload, key by key; `undefined` removes a key. */
  payload?: PayloadChanges;
  ref?: string;
  sha?: string;
  repository?: string;
  actor?: string;
  /** What `github.token` is; an installation token that may write to `repository`, unless given. */
  githubToken?: string;
  /** The workflow's `permissions:`, where it has some: what is not named is not granted to that token. */
  permissions?: WorkflowPermissions;
  /** Where the run finds its caches; without it the runner has none. */
  cache?: CacheService;
  /** Added last: overrides everything. */
  env?: Readonly<Record<string, string>>;
  /** Runs the action of that folder instead of the one in the root. */
  subAction?: SubAction;
  /** A file to run instead of the one that action.yml names. */
  entry?: string;
  /** Milliseconds until the process is killed; a minute unless told. */
  timeout?: number;
  onStart?: (child: ChildProcess) => void;
  /** Runs the file through another program, a meter for instance; `place` is the folder of all that is the run's own. */
  through?: (command: readonly string[], place: string) => readonly string[];
  /** As on a fresh runner: nothing that Node compiled for an earlier run is there. */
  cold?: boolean;
}

export interface ActionRun extends EndedProcess {
  /** What a person sees. */
  log: string;
  annotations: Annotation[];
  /** What the action declared secret. */
  masks: string[];
  outputs: Record<string, string>;
  /** The job summary; empty when the runner would not take it. */
  summary: string;
  /** What the step wrote for later steps and for its own end: GITHUB_ENV, GITHUB_STATE, GITHUB_PATH. */
  handedOn: { env: string; state: string; path: string };
  /** What the runner itself has to complain about. */
  runnerWarnings: string[];
  /** What the local GitHub was asked while the action ran; runs at the same time see each other's. */
  requests: RecordedRequest[];
  /** RUNNER_TEMP. */
  temp: string;
  /** Names left in RUNNER_TEMP, and as `tmp/…` in the system's folder for temporary files. */
  leftovers: string[];
}

interface ActionFile {
  inputs?: Record<string, { default?: unknown } | null>;
  runs?: { using?: string; main?: string };
}

/** Each is read once for all runs. */
const actions = new Map<string, ActionFile>();

function readAction(entry: string | undefined, subAction: SubAction | undefined) {
  const folder = join(root, subAction ?? '');
  const action = actions.get(folder) ?? (parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as ActionFile);
  actions.set(folder, action);
  const main = entry ?? (action.runs?.main === undefined ? undefined : join(folder, action.runs.main));
  if (main === undefined) throw new Error('action.yml names no file to run');
  return { inputs: action.inputs ?? {}, main, using: action.runs?.using ?? 'node24' };
}

/** Where a run for an event that is not a pull request's stands; nothing where only the checkout tells. */
async function placeOf(
  hosted: Repository,
  event: string,
  subject: ResolvedSubject | undefined,
): Promise<EventPlace | undefined> {
  if (isPullRequestEvent(event) && event !== 'pull_request_target') return undefined;
  return (await defaultPlace(hosted, event)) ?? (subject && subjectPlace(event, subject));
}

/** What happened, and the payload with which a run is told of it. */
export interface DescribedEvent {
  readonly facts: EventFacts;
  readonly payload: PayloadChanges;
}

/** What starts a run that these options describe. */
export async function describeEvent(options: ActionOptions): Promise<DescribedEvent> {
  const { github, event = 'push', repository = 'acme/widgets', actor = 'mona', action = 'synchronize' } = options;
  const head = await readHead(options.workspace);
  const onMerge = isPullRequestEvent(event) && event !== 'pull_request_target';
  const pull = options.payload?.pull_request as { head?: { ref?: string }; base?: { ref?: string } } | undefined;
  const given = options.pullRequest ?? options.about?.pullRequest ?? options.payload?.number;
  const number = typeof given === 'number' ? given : Number(/^refs\/pull\/(\d+)\//.exec(options.ref ?? '')?.[1] ?? 1);
  const hosted = github.repository(repository);
  const known = isPullRequestEvent(event) ? hosted.pulls.get(number) : undefined;
  const version = known && pullVersion(known, action === 'closed' ? undefined : (options.sha ?? head.sha));
  const subject = options.about && (await resolveSubject(github, repository, event, options.about));
  const place = await placeOf(hosted, event, subject);
  const usual = { ref: onMerge ? `refs/pull/${number}/merge` : 'refs/heads/main', sha: head.sha };
  const { ref, sha } = known && version && onMerge ? pullRequestRef(known, action, version) : (place ?? usual);
  const facts = {
    event,
    ref: options.ref ?? ref,
    sha: options.sha ?? sha,
    repository,
    actor,
    number,
    baseRef: pull?.base?.ref ?? known?.base ?? defaultBranchOf(hosted),
    headRef: pull?.head?.ref ?? known?.head ?? 'feature',
    action,
    ...(version && { version }),
    ...(subject && { subject }),
  };
  const standard = eventPayload(github, facts, head.parents.length > 1 ? head.parents : []);
  return { facts, payload: mergePayload(standard, options.payload ?? {}) };
}

/** The token that a run is given for itself; of one repository, runs with other permissions have others. */
function addRunToken(github: LocalGitHub, repository: string, asked: WorkflowPermissions | undefined): string {
  const spelled = asked === undefined ? '' : JSON.stringify(asked);
  const token = `ghs_runner${Buffer.from(`${repository}${spelled}`).toString('hex').padEnd(30, '0')}`;
  const named = Object.entries(asked ?? {}).filter(([, access]) => access !== 'none');
  const permissions = Object.fromEntries(named.map(([name, access]) => [name.replaceAll('-', '_'), access]));
  const granted = asked && { permissions: permissions as Permissions };
  github.addToken(token, { [repository]: 'write' }, { kind: 'installation', ...granted });
  return token;
}

/** Runs the action as GitHub's runner does and returns everything that it did for others to see. */
export async function runAction(options: ActionOptions): Promise<ActionRun> {
  const record = startRecord();
  const { github } = options;
  const action = readAction(options.entry, options.subAction);
  const [major] = process.versions.node.split('.');
  if (action.using !== `node${major}`) throw new Error(`action.yml names ${action.using}, this is node${major}`);
  const { facts, payload } = await describeEvent(options);
  const githubToken = options.githubToken ?? addRunToken(github, facts.repository, options.permissions);

  const place = await github.scratch('runner');
  const [home, temp, system] = [join(place, 'home'), join(place, '_temp'), join(place, 'tmp')];
  const event = join(temp, '_github_workflow', 'event.json');
  const commands = join(temp, '_runner_file_commands');
  const folders = [home, system, join(place, 'tools'), join(temp, '_github_workflow'), commands];
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(join(home, '.gitconfig'), '');
  await writeFile(event, JSON.stringify(payload, null, 2));
  const files = { output: '', step_summary: '', env: '', state: '', path: '' };
  for (const name of Object.keys(files) as (keyof typeof files)[]) {
    files[name] = join(commands, name);
    await writeFile(files[name], '');
  }

  const places = { workspace: options.workspace, place, home, temp, system, event };
  const standard = runnerEnvironment(github, facts, places, options.cache);
  const context: Record<string, string> = { 'github.token': githubToken };
  for (const [name, value] of Object.entries(standard)) {
    if (name.startsWith('GITHUB_')) context[`github.${name.slice(7).toLowerCase()}`] = value;
  }
  const inputs = computeInputs(action.inputs, options.inputs ?? {}, context);
  const fileVariables = Object.entries(files).map(([name, path]) => [`GITHUB_${name.toUpperCase()}`, path]);
  const variables = { ...standard, ...Object.fromEntries(fileVariables), ...inputs.variables, ...options.env };

  const secrets = [githubToken, standard.ACTIONS_RUNTIME_TOKEN].filter((secret) => secret !== undefined);
  const log = stepLog(secrets);
  // By what was there before, not by number: a test may clear the list while the action runs.
  const before = new Set(github.requests);
  const measures = options.cold === true || options.through !== undefined;
  const command = [process.execPath, ...(measures ? [] : roomy), action.main];
  const [program = '', ...words] = options.through?.(command, place) ?? command;
  const child = spawn(program, words, {
    cwd: options.workspace,
    env: { ...(!options.cold && { NODE_COMPILE_CACHE: compiled }), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  const exited = await follow(child, log.read, options.timeout ?? 60_000);
  await github.settled();

  const runnerWarnings = inputs.warnings;
  const read = (file: string) => readFile(file, 'utf8');
  let summary = await read(files.step_summary);
  if (Buffer.byteLength(summary) > summaryLimit) {
    runnerWarnings.push('$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k');
    summary = '';
  }
  const [env, state, path] = await Promise.all([read(files.env), read(files.state), read(files.path)]);
  const [left, tmp] = await Promise.all([readdir(temp), readdir(system)]);
  const outputs = parseOutputs(await read(files.output));
  await record(exited, { outputs, summary });
  return {
    ...exited,
    log: log.lines.join('\n'),
    annotations: log.annotations,
    masks: log.masks.slice(secrets.length),
    outputs,
    summary,
    handedOn: { env, state, path },
    runnerWarnings,
    requests: github.requests.filter((request) => !before.has(request)),
    temp,
    leftovers: [...left.filter((name) => !name.startsWith('_')), ...tmp.map((name) => `tmp/${name}`)].sort(),
  };
}
