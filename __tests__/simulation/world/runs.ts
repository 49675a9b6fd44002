import type { ActionsCache } from '../../../src/cache/actions-cache.ts';
import type { BlobPool, CacheDirectory } from '../../../src/cache/directory.ts';
import { IGNORE_FILE, IGNORE_TEXT, INDEX_FILE, OLD_INDEX_FILE } from '../../../src/documents/never-published.ts';
import { type ObjectStore, openObjectStore, type Remote, withObjects } from '../../../src/git/object-store.ts';
import { movedRepository } from '../../../src/github/failures.ts';
import { parseConfig } from '../../../src/inputs/config.ts';
import type { ConfigSource } from '../../../src/inputs/config-file.ts';
import type { RunContext } from '../../../src/inputs/trigger.ts';
import type { Edges } from '../../../src/modes.ts';
import { createAuthorReader } from '../../../src/publish/author.ts';
import type { CodexRequest, Session, SessionOptions } from '../../../src/publish/session.ts';
import type { Console } from '../../../src/report/log.ts';
import { createRun } from '../../../src/run.ts';
import { hashBlob } from '../../../src/text/bytes.ts';
import type { Files, RunEnd, RunMode, Visibility } from '../log.ts';
import {
  addCheckoutPool,
  CHECKOUT_OBJECTS,
  type Clone,
  createCheckoutGit,
  createClone,
  createVirtualCheckout,
  createVirtualDisk,
  createVirtualFiles,
  pathFromRoot,
  WORKSPACE,
} from './checkout.ts';
import { createEdge, type RunEdge } from './edge.ts';
import { createVirtualCodexApi, createVirtualOrganizationApi, createVirtualProjectApi } from './github.ts';
import type { Task } from './scheduler.ts';
import { createMachine, createVirtualGit, type Machine, poolOf, SERVER, writeObjects } from './store.ts';
import {
  CODEX_CONFIG_FILE,
  CONFIG_FILE,
  filesOn,
  findRepository,
  type Pull,
  type Repository,
  type World,
} from './world.ts';

/**
 * An event of GitHub, or a command at a terminal, as it was at its moment. A run may begin later, or several times, from
 * the same event; the world has then gone on.
 */
export interface RunEvent {
  readonly event: string;
  readonly action?: string;
  readonly number?: number;
  /** Full ref name, as GITHUB_REF. */
  readonly ref: string;
  /** As GITHUB_SHA; at a terminal HEAD. */
  readonly commit: string;
  /** The commit that the payload names, where the event is about another one. */
  readonly about?: string;
  /** Event and ref of the run that a `workflow_run` follows, and its pull request. */
  readonly follows?: { readonly event: string; readonly ref: string; readonly number?: number };
  /** The default branch that the payload names. */
  readonly defaultBranch: string;
  readonly repository: Repository;
  readonly payload: unknown;
}

function repositoryBody({ name, defaultBranch, visibility }: Repository) {
  return { full_name: name, default_branch: defaultBranch, visibility, private: visibility !== 'public' };
}

function tipOf(repository: Repository, ref: string): string {
  const branch = /^refs\/heads\/(.*)$/s.exec(ref)?.[1];
  const tag = /^refs\/tags\/(.*)$/s.exec(ref)?.[1];
  const tip = branch === undefined ? repository.tags.get(tag ?? '') : repository.branches.get(branch);
  if (tip === undefined) throw new Error(`${repository.name} has no ${ref}.`);
  return tip;
}

function eventOn(repository: Repository, ref: string, event: string, payload: object): RunEvent {
  const commit = tipOf(repository, ref);
  const { defaultBranch } = repository;
  return {
    ...{ event, ref, commit, defaultBranch, repository },
    payload: { repository: repositoryBody(repository), ...payload },
  };
}

function defaultRef({ defaultBranch }: Repository): string {
  return `refs/heads/${defaultBranch}`;
}

/** A push to a branch, or of a tag, as it is now; `ref` is a full name. */
export function pushEvent(repository: Repository, ref: string = defaultRef(repository)): RunEvent {
  return eventOn(repository, ref, 'push', { ref });
}

/** `opened`, `synchronize`, `reopened`, `closed`, `edited`, … of a pull request, as it is now. */
export function pullEvent(repository: Repository, pull: Pull, action: string): RunEvent {
  const { number, head, headBranch, base, fork, state } = pull;
  const payload = {
    action,
    number,
    repository: repositoryBody(repository),
    pull_request: {
      number,
      head: { sha: head, ref: headBranch, repo: { full_name: fork ?? repository.name } },
      base: { sha: repository.branches.get(base) ?? head, ref: base },
      merged: state === 'merged',
    },
  };
  // Of a merged one GitHub names the branch that it was merged into.
  const ref = state === 'merged' ? `refs/heads/${base}` : `refs/pull/${number}/merge`;
  const commit = pull.mergeCommit ?? pull.merge;
  const { defaultBranch } = repository;
  return { event: 'pull_request', action, number, ref, commit, defaultBranch, repository, payload };
}

export function releaseEvent(repository: Repository, tag: string): RunEvent {
  const action = 'published';
  return { action, ...eventOn(repository, `refs/tags/${tag}`, 'release', { action, release: { tag_name: tag } }) };
}

/** On the default branch. */
export function scheduleEvent(repository: Repository): RunEvent {
  return { ...eventOn(repository, defaultRef(repository), 'schedule', {}), payload: { schedule: '0 3 * * *' } };
}

/** On any branch or tag, by a full ref name. */
export function dispatchEvent(repository: Repository, ref: string = defaultRef(repository)): RunEvent {
  return eventOn(repository, ref, 'workflow_dispatch', { ref });
}

/** A branch was deleted; the run is on the default branch. */
export function deleteEvent(repository: Repository, branch: string): RunEvent {
  return eventOn(repository, defaultRef(repository), 'delete', { ref_type: 'branch', ref: branch });
}

/** A branch or a tag was created, by a full ref name. */
export function createEvent(repository: Repository, ref: string): RunEvent {
  const isBranch = ref.startsWith('refs/heads/');
  const payload = { ref: ref.replace(/^refs\/(?:heads|tags)\//, ''), ref_type: isBranch ? 'branch' : 'tag' };
  return eventOn(repository, ref, 'create', payload);
}

/** The event of a pull request with the secrets of the repository: it runs on the tip of the base. */
export function pullTargetEvent(repository: Repository, pull: Pull, action: string): RunEvent {
  const { payload, number } = pullEvent(repository, pull, action);
  const ref = `refs/heads/${repository.branches.has(pull.base) ? pull.base : repository.defaultBranch}`;
  return { ...eventOn(repository, ref, 'pull_request_target', {}), action, payload, ...(number && { number }) };
}

/** Someone comments on a pull request; the run is on the default branch. */
export function commentEvent(repository: Repository, { number }: Pull): RunEvent {
  const payload = { action: 'created', issue: { number, pull_request: {} } };
  return { ...eventOn(repository, defaultRef(repository), 'issue_comment', payload), action: 'created', number };
}

/** A workflow follows another one, which an event started; the run is on the default branch. */
export function workflowRunEvent(repository: Repository, upstream: RunEvent): RunEvent {
  const { number } = upstream;
  const pull = number === undefined ? undefined : repository.pulls.get(number);
  const isOfPull = upstream.event.startsWith('pull_request') && pull !== undefined;
  const ends = pull && {
    head: { sha: pull.head, ref: pull.headBranch },
    base: { sha: repository.branches.get(pull.base) ?? pull.head, ref: pull.base },
  };
  const workflow_run = {
    event: upstream.event,
    head_branch: isOfPull ? pull.headBranch : upstream.ref.replace(/^refs\/(?:heads|tags)\//, ''),
    head_sha: isOfPull ? pull.head : upstream.commit,
    head_repository: { full_name: (isOfPull && pull.fork) || repository.name },
    // GitHub lists no pull requests of forks there.
    pull_requests: isOfPull && pull.fork === undefined ? [{ number, ...ends }] : [],
  };
  const payload = { action: 'completed', workflow_run };
  const about = workflow_run.head_sha;
  const follows = { event: upstream.event, ref: upstream.ref, ...(number !== undefined && { number }) };
  return {
    ...eventOn(repository, defaultRef(repository), 'workflow_run', payload),
    action: 'completed',
    about,
    follows,
  };
}

/** A merge queue tries a merge, on a branch of its own. */
export function mergeQueueEvent(repository: Repository, { number, base, merge }: Pull): RunEvent {
  const ref = `refs/heads/gh-readonly-queue/${base}/pr-${number}-${merge}`;
  const payload = { action: 'checks_requested', repository: repositoryBody(repository) };
  const { defaultBranch } = repository;
  const action = 'checks_requested';
  return { event: 'merge_group', action, number, ref, commit: merge, defaultBranch, repository, payload };
}

/** Another program starts the workflow on the default branch. */
export function repositoryDispatchEvent(repository: Repository): RunEvent {
  return eventOn(repository, defaultRef(repository), 'repository_dispatch', { action: 'documents' });
}

/** A person's clone on a branch, at its tip or at another commit (of `commitOn`, which need not be pushed). */
export function terminalEvent(repository: Repository, branch: string, commit?: string): RunEvent {
  const ref = `refs/heads/${branch}`;
  const { defaultBranch } = repository;
  return { event: 'terminal', ref, commit: commit ?? tipOf(repository, ref), defaultBranch, repository, payload: {} };
}

export interface RunOptions {
  readonly mode: RunMode;
  readonly event: RunEvent;
  /** Inputs as a workflow gives them: `env`, `dry-run`, `from`, `project`, `references`, … Tokens are given by default. */
  readonly inputs?: Readonly<Record<string, string>>;
  /**
   * What is checked out; default: the event's commit, shallow, as actions/checkout does (deep at a terminal). `none` for a
   * workflow without a checkout.
   */
  readonly checkout?:
    | 'none'
    | {
        readonly commit?: string;
        readonly depth?: 'shallow' | 'deep';
        /** Files of the working tree that differ from the commit's: `null` for a deleted one. */
        readonly dirty?: Readonly<Record<string, string | null>>;
      };
  /** Files of the cache directory from earlier runs of `fetch`, by path in the workspace; changed by this one. */
  readonly cache?: Map<string, string>;
}

/** A run that is under way or has ended. It goes on while the world does (`advance`, `step`, `settle`). */
export interface Run {
  readonly number: number;
  readonly task: Task;
  /** `undefined` while it is under way. */
  readonly end: RunEnd | undefined;
  /** The log's lines, for stories. */
  readonly said: readonly string[];
  /** The calls to the outside so far. */
  readonly passed: readonly string[];
  /** The working tree, with what the run wrote into it; `undefined` without a checkout. */
  readonly working: Files | undefined;
  /** Kills the process here: it does nothing more, and `end` says so. Has no effect after the end. */
  readonly kill: () => void;
}

/** Starts a run of the product: it is logged at once, and does nothing before the world goes on. */
export function startRun(world: World, options: RunOptions): Run {
  world.runs += 1;
  const number = world.runs;
  const task: Task = { number, killed: false, points: 0 };
  const edge = createEdge(world, task);
  const machine = createMachine();
  const { event, inputs = {}, checkout = {} } = options;
  const { repository } = event;
  const isTerminal = event.event === 'terminal';
  const clone =
    checkout === 'none'
      ? undefined
      : createClone(edge, repository, checkout.commit ?? event.commit, {
          depth: checkout.depth ?? (isTerminal ? 'deep' : 'shallow'),
          dirty: checkout.dirty,
        });
  if (clone) addCheckoutPool(edge, machine, clone);
  logStart(world, number, options, clone);

  const outputs: Record<string, string> = {};
  const said: string[] = [];
  const errors: string[] = [];
  let failed = false;
  let end: RunEnd | undefined;
  const before = clone?.working;
  const finish = (given: RunEnd) => {
    const wrote = writtenSince(before, clone?.working);
    end = { ...given, ...(wrote && { wrote }) };
    world.steps.push({ kind: 'end', at: world.now(), ...end });
  };
  const console = createConsole(
    said,
    errors,
    (name, value) => {
      outputs[name] = value;
    },
    () => {
      failed = true;
    },
  );
  const cache = options.cache ?? new Map<string, string>();
  const run = createRun(console, createEdges(edge, machine, clone, cache));
  const given: Record<string, string> = { INPUT_TOKEN: 'token', 'INPUT_PROJECT-TOKEN': 'project-token' };
  given.INPUT_MODE = options.mode;
  for (const [name, value] of Object.entries(inputs)) given[`INPUT_${name.toUpperCase()}`] = value;
  const context = contextOf(event, number);
  const start = async () => {
    // Nothing happens before the world goes on.
    await edge.pass('start');
    await run
      .start({
        ...{ given, workspace: WORKSPACE, variables: {}, cacheClient: '' },
        context,
        ...(isTerminal && { organization: world.owner }),
        confirmProduction: async () => {},
      })
      .catch(run.fail);
    const { result, ...others } = outputs;
    const parsed = result === undefined ? {} : (JSON.parse(result) as Record<string, unknown>);
    const error = parsed.error as RunEnd['error'];
    finish({
      run: number,
      ...(failed && { error: error ?? { code: 'failed', message: errors.join('\n') } }),
      outputs: { ...others, result: parsed },
      killed: false,
      ...(options.mode === 'fetch' && { fetched: fetchedTexts(parsed.documents, cache) }),
    });
  };
  // A defect of the simulation itself must not look like a run that never ends.
  start().catch((error: unknown) => {
    said.push(String(error instanceof Error ? error.stack : error));
    finish({ run: number, error: { code: 'simulation', message: String(error) }, outputs: {}, killed: false });
  });
  return {
    ...{ number, task, said, passed: edge.passed },
    get end() {
      return end;
    },
    get working() {
      return clone?.working;
    },
    kill() {
      if (end) return;
      task.killed = true;
      finish({ run: number, outputs: {}, killed: true });
    },
  };
}

/** What a run wrote into the working tree, or removed from it; `undefined` for nothing. */
function writtenSince(before: Files | undefined, after: Files | undefined): RunEnd['wrote'] {
  if (before === undefined || after === undefined || before === after) return undefined;
  const paths = new Set([...before.keys(), ...after.keys()]);
  return new Map(
    [...paths].flatMap((path): [string, string | null][] =>
      before.get(path) === after.get(path) ? [] : [[path, after.get(path) ?? null]],
    ),
  );
}

/** The texts that a consumer finds where the run says that it put them: `<project>/<path>` -> text. */
function fetchedTexts(documents: unknown, cache: ReadonlyMap<string, string>): Files {
  const listed = Array.isArray(documents) ? (documents as { readonly reference: string; readonly path: string }[]) : [];
  return new Map(
    listed.map(({ reference, path }) => [
      reference.replace(/^(?:@codex|codex:\/\/[^/]+)\//, ''),
      cache.get(path) ?? `There is no file ${path}.`,
    ]),
  );
}

/** Configured values that the log needs, read without the product: a configuration is JSON here. */
interface ConfigFacts {
  readonly project_name?: string;
  readonly environments?: { readonly default?: string; readonly branches?: Readonly<Record<string, string>> };
}

const configs = new Map<string, ConfigFacts>();

function configOf(text: string | undefined): ConfigFacts {
  if (text === undefined) return {};
  const known = configs.get(text);
  if (known) return known;
  let config: ConfigFacts = {};
  try {
    config = JSON.parse(text) as ConfigFacts;
  } catch {
    // A broken configuration maps nothing, and the run will say so.
  }
  configs.set(text, config);
  return config;
}

/** The environment, its branch and the project by the merged configurations of project and codex as they are now. */
function placeOf(
  world: World,
  repository: Repository,
  inputs: Readonly<Record<string, string>>,
  mode: RunMode,
): {
  readonly env: string;
  readonly branch: string;
  readonly source: string | undefined;
  readonly project: string;
} {
  const merged = filesOn(world, repository, repository.defaultBranch);
  const ofPackage = merged.get(`${inputs['working-directory'] ?? ''}/${CONFIG_FILE}`);
  const own = configOf(ofPackage ?? merged.get(CONFIG_FILE));
  const codex = configOf(filesOn(world, world.codex, world.codex.defaultBranch).get(CODEX_CONFIG_FILE));
  const named = (env: string) => (env === 'production' ? 'prod' : env);
  // Status compares for a release.
  const env = named(inputs.env || (mode === 'status' ? 'prod' : (own.environments?.default ?? 'test')));
  const from = named((inputs.from ?? 'test').split('@')[0] ?? '');
  const branches: Record<string, string> = {
    ...{ test: 'test', prod: 'main' },
    ...(codex.environments?.branches ?? own.environments?.branches),
  };
  const project = inputs.project?.trim() || own.project_name || (repository.name.split('/')[1] ?? '');
  const source = mode === 'promote' || mode === 'status' ? branches[from] : undefined;
  return { env, branch: branches[env] ?? '', source, project };
}

function logStart(world: World, run: number, { mode, event, inputs = {} }: RunOptions, clone: Clone | undefined): void {
  const { repository, event: name, action, number, ref, commit: sha, about, follows, defaultBranch } = event;
  const place = placeOf(world, repository, inputs, mode);
  const { visibility } =
    (event.payload as { readonly repository?: { readonly visibility?: Visibility } }).repository ?? {};
  const { env: _, 'dry-run': dryRun, ...others } = inputs;
  const head = clone && world.database.commit(clone.head);
  const committed = head && world.database.filesOf(head.tree);
  const dirty = new Map([...(clone?.working ?? [])].filter(([path, text]) => committed?.get(path) !== text));
  const gone = [...(committed?.keys() ?? [])].filter((path) => !clone?.working.has(path));
  const several = (inputs.project ?? '').split('\n').map((one) => one.trim());
  world.steps.push({
    ...{ kind: 'start', at: world.now(), run, mode, env: place.env, branch: place.branch },
    ...(place.source !== undefined && { source: place.source }),
    repository: repository.id,
    projects: inputs.project ? several.filter((one) => one !== '') : [place.project],
    dryRun: dryRun === 'true',
    inputs: others,
    trigger: {
      event: name,
      ...(action !== undefined && { action }),
      ...(number !== undefined && { number }),
      ref,
      sha,
      ...(about !== undefined && { about }),
      ...(follows && { follows }),
      defaultBranch,
      ...(visibility !== undefined && { visibility }),
    },
    ...(clone && { commit: clone.head, depth: clone.isShallow ? 'shallow' : 'deep' }),
    ...(dirty.size > 0 && { dirty }),
    ...(gone.length > 0 && { gone }),
  });
}

function contextOf({ event, ref, commit, repository, payload }: RunEvent, run: number): RunContext {
  const servers = { serverUrl: SERVER, apiUrl: 'https://api.github.com' };
  const { name } = repository;
  if (event === 'terminal') {
    const defaultBranch = repository.defaultBranch as NonNullable<RunContext & { kind: 'terminal' }>['defaultBranch'];
    return { kind: 'terminal', repository: name, ref, commit, defaultBranch, ...servers };
  }
  const about = { runId: `${run}`, workflowRef: `${name}/.github/workflows/codex.yml@${ref}`, actor: 'pat' };
  return { kind: 'workflow', event, ref, commit, repository: name, payload, ...about, ...servers };
}

function createConsole(
  said: string[],
  errors: string[],
  output: (name: string, value: string) => void,
  fail: () => void,
): Console {
  const say = (text: string) => void said.push(text);
  const ignore = () => {};
  return {
    ...{ line: say, notice: say, warning: say, output, fail },
    ...{ debug: ignore, secret: ignore, progress: ignore },
    error(text) {
      said.push(text);
      errors.push(text);
    },
    group: (title, lines) => void said.push(title, ...lines),
    summary: async () => {},
  };
}

const parsedConfigs = new Map<string, ReturnType<typeof parseConfig>>();
const MAX_PARSED = 1000;

/** Parses each text once: that takes a tenth of a run. Frozen, since runs share the value; an error is found again. */
function parseOnce(source: ConfigSource): ReturnType<typeof parseConfig> {
  const key = `${source.file}\0${source.section ?? ''}\0${source.text}`;
  if (parsedConfigs.has(key)) return parsedConfigs.get(key);
  const parsed = deepFreeze(parseConfig(source));
  if (parsedConfigs.size >= MAX_PARSED) parsedConfigs.clear();
  parsedConfigs.set(key, parsed);
  return parsed;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

const STORE = '/simulated/objects.git';
const POOL = '/simulated/blobs';

function createEdges(edge: RunEdge, machine: Machine, clone: Clone | undefined, cache: Map<string, string>): Edges {
  const { world } = edge;

  function createStore(directory: string, objects: string, checkoutObjects?: string): ObjectStore {
    const git = createVirtualGit(edge, machine, objects);
    return openObjectStore({
      ...{ directory, objects, git, sleep: edge.sleep, afterFetch: async () => {} },
      writeObjects: async (all) => writeObjects(world.database, poolOf(machine, objects), all),
      ...(checkoutObjects !== undefined && { checkoutObjects }),
    });
  }

  function createRemote(name: string): Remote {
    return {
      name,
      url: `${SERVER}/${name}`,
      settings: async () => [],
      async explain() {
        await edge.pass('service');
        const found = findRepository(world, name);
        if (found && found.name.toLowerCase() !== name.toLowerCase()) throw movedRepository(name, found.name);
      },
    };
  }

  function createSession(request: CodexRequest, options: SessionOptions, checkoutObjects?: string): Session {
    const { console, record } = options;
    const { trigger } = request;
    let name = request.codex;
    const access = 'write' as const;
    const codexApi = createVirtualCodexApi(edge, { repository: request.codex, by: 'token', access }, (found) => {
      name = found;
    });
    return {
      store: createStore(STORE, `${STORE}/objects`, checkoutObjects),
      codex: {
        get name() {
          return name;
        },
        get url() {
          return `${SERVER}/${name}`;
        },
        settings: async () => [],
        explain: codexApi.checkFetch,
      },
      codexApi,
      author: createAuthorReader(request.author, undefined, console.notice).read,
      projectApi: options.projectApi ?? createVirtualProjectApi(edge, trigger.repository),
      projectApiOf: (repository) => createVirtualProjectApi(edge, repository),
      now: () => new Date(world.now()),
      random: edge.random.next,
      sleep: edge.sleep,
      ...{ notice: console.notice, progress: console.progress, record },
    };
  }

  return {
    disk: createVirtualDisk(clone),
    parseConfig: parseOnce,
    openGit: () => createCheckoutGit(edge, clone),
    openProjectApi: (trigger, _, repository = trigger.repository) => createVirtualProjectApi(edge, repository),
    withSession: async (request, options, use) => use(createSession(request, options)),
    async withCheckout(request, options, use) {
      if (!clone) throw new Error('This mode needs a checkout.');
      const path = pathFromRoot(options.directory) || '.';
      const checkout = createVirtualCheckout(edge, machine, clone, { path });
      const files = createVirtualFiles(edge, machine, clone, { path });
      const project = createRemote(request.trigger.repository);
      const session = createSession(request, options, CHECKOUT_OBJECTS);
      return use({ ...session, checkout, files, history: checkout, project });
    },
    async withFetchSession(request, options, use) {
      return use({
        ...createSession(request, options),
        cache: NO_CACHE,
        directory: createVirtualDirectory(machine, request.cacheDir, cache),
        blobs: createVirtualPool(machine),
        rules: { onWindows: false },
        // A consumer has no files of its own there.
        tryListExposed: async () => undefined,
      });
    },
    async withSyncOrgSession(request, options, use) {
      const session = createSession(request, options);
      const organizationApi = createVirtualOrganizationApi(edge, request.organization);
      let batches = 0;
      let opened = 0;
      return use({
        ...session,
        organizationApi,
        withBatch(act) {
          batches += 1;
          const objects = `/simulated/batch-${batches}/objects`;
          return act({
            ...session,
            store: withObjects(session.store, objects),
            organizationApi,
            async openRepository(fullName) {
              opened += 1;
              const store = createStore(`/simulated/${opened}.git`, objects);
              return {
                ...session,
                ...{ store, project: createRemote(fullName), projectApi: createVirtualProjectApi(edge, fullName) },
              };
            },
          });
        },
      });
    },
  };
}

/** A repository whose cache service does not answer. */
const NO_CACHE: ActionsCache = {
  restore: async () => ({
    keys: new Map(),
    readRecord: async () => undefined,
    readBlob: async () => undefined,
    trouble: undefined,
  }),
  save: async () => ({ names: new Set(), trouble: undefined }),
};

function createVirtualPool(machine: Machine): BlobPool {
  const files = new Map<string, Buffer>();
  machine.folders.set(POOL, files);
  const proved = new Map<string, { readonly source: ReturnType<BlobPool['source']>; readonly size: number }>();
  return {
    directory: POOL,
    source: (id) => proved.get(id)?.source,
    size: (id) => proved.get(id)?.size ?? 0,
    file: (id) => `${POOL}/${id}`,
    async offer(id, content, source) {
      if (content === undefined || hashBlob(content) !== id) return false;
      if (proved.has(id)) return true;
      files.set(id, content);
      proved.set(id, { source, size: content.length });
      return true;
    },
    async prove(ids, source) {
      const wrong = ids.filter((id) => !files.has(id));
      for (const id of ids) {
        const content = files.get(id);
        if (content) proved.set(id, { source, size: content.length });
      }
      return wrong;
    },
  };
}

function createVirtualDirectory({ folders }: Machine, cacheDir: string, files: Map<string, string>): CacheDirectory {
  const place = (path: string) => `${cacheDir}/${path}`;
  return {
    readIndex: async () => files.get(place(INDEX_FILE)),
    writeIndex: async (text) => void files.set(place(INDEX_FILE), text),
    async ensureIgnored() {
      if (!files.has(place(IGNORE_FILE))) files.set(place(IGNORE_FILE), IGNORE_TEXT);
    },
    async keepOldIndex() {
      const old = files.get(place(INDEX_FILE));
      if (old !== undefined) files.set(place(OLD_INDEX_FILE), old);
    },
    async read(path) {
      const text = files.get(place(path));
      return text === undefined ? undefined : Buffer.from(text);
    },
    async write(path, file) {
      const text = folders
        .get(POOL)
        ?.get(file.slice(POOL.length + 1))
        ?.toString('utf8');
      if (text === undefined) throw new Error(`There is no file ${file} on the virtual machine.`);
      files.set(place(path), text);
    },
    remove: async (path) => files.delete(place(path)),
    check: async () => {},
    async clear(folder) {
      for (const path of [...files.keys()]) if (path.startsWith(`${place(folder)}/`)) files.delete(path);
    },
  };
}
