import { createHash } from 'node:crypto';
import { violationsOf } from './examine.ts';
import type { Violation, WorldLog } from './log.ts';
import { dispatchEvent, pullEvent, pushEvent, type RunEvent, type RunOptions, startRun } from './world/runs.ts';
import {
  type Changes,
  closePull,
  commit,
  copyWorld,
  createProject,
  createWorld,
  filesOn,
  mergePull,
  openPull,
  type Pull,
  type Repository,
  setBranch,
  type World,
} from './world/world.ts';

/**
 * Small worlds completely: every history up to a depth of one project with two documents and two pull requests, beside
 * another project and people who edit the codex. What can happen next depends on the state alone, so of the histories
 * that lead to equal states one goes on.
 */
export interface SmallWorld {
  readonly world: World;
  /** Subject (`main`, `one`, `two`) -> its event as it was before the last change: a workflow that begins too late. */
  readonly late: ReadonlyMap<string, RunEvent>;
  /** What happened. */
  readonly trail: readonly string[];
}

interface Scene {
  readonly world: World;
  readonly project: Repository;
  readonly gears: Repository;
  readonly late: Map<string, RunEvent>;
}

/** Returns `false` where the event cannot happen. */
type Act = (scene: Scene) => boolean | Promise<boolean>;

const A = 'docs/a.md';
const B = 'docs/b.md';
const IN_CODEX = 'projects/widgets';
const INPUTS = { 'codex-repository': 'acme/codex' };
/** Between two events, in milliseconds: longer than a second, so that no two commits have one date. */
const PAUSE = 5000;

/** The other of two texts, so that earlier states come back. */
const turn = (now: string | undefined, one: string | null, other: string | null) => (now === one ? other : one);

function pullOf({ project }: Scene, branch: string): Pull | undefined {
  return [...project.pulls.values()].find(({ headBranch }) => headBranch === branch);
}

/** The event that a change of the subject starts, as it is now. */
function eventOf(scene: Scene, subject: string): RunEvent | undefined {
  if (subject === 'main') return pushEvent(scene.project);
  const pull = pullOf(scene, subject);
  return pull?.state === 'open' ? pullEvent(scene.project, pull, 'synchronize') : undefined;
}

function push(scene: Scene, subject: string, path: string, one: string | null, other: string | null): boolean {
  const { world, project, late } = scene;
  if (!project.branches.has(subject)) return false;
  const event = eventOf(scene, subject);
  if (event) late.set(subject, event);
  const now = filesOn(world, project, subject).get(path);
  commit(world, project, subject, { [path]: turn(now, one, other) });
  return true;
}

function propose(scene: Scene, branch: string, changes: Changes): boolean {
  const { world, project } = scene;
  const tip = project.branches.get('main');
  if (project.branches.has(branch) || tip === undefined) return false;
  setBranch(world, project, branch, tip);
  commit(world, project, branch, changes);
  return openPull(world, project, { headBranch: branch }) !== undefined;
}

function merge(scene: Scene, branch: string): boolean {
  const pull = pullOf(scene, branch);
  if (pull?.state !== 'open') return false;
  for (const subject of ['main', branch]) scene.late.set(subject, eventOf(scene, subject) as RunEvent);
  return mergePull(scene.world, scene.project, pull.number) !== undefined;
}

function close(scene: Scene, branch: string): boolean {
  const pull = pullOf(scene, branch);
  if (pull?.state !== 'open') return false;
  scene.late.set(branch, eventOf(scene, branch) as RunEvent);
  closePull(scene.world, scene.project, pull.number);
  return true;
}

function editCodex({ world }: Scene, branch: string, path: string, one: string | null, other: string | null): boolean {
  const full = `${IN_CODEX}/${path}`;
  const now = filesOn(world, world.codex, branch).get(full);
  if (now === undefined && one === null) return false;
  commit(world, world.codex, branch, { [full]: turn(now, one, other) });
  return true;
}

const sync = (event: RunEvent, env = 'test'): RunOptions => ({
  mode: 'sync-project',
  event,
  inputs: { ...INPUTS, env },
});

/** Runs at the same time, from the same moment. */
async function start({ world }: Scene, ...runs: readonly (RunOptions | undefined)[]): Promise<boolean> {
  const options = runs.filter((one) => one !== undefined);
  if (options.length < runs.length) return false;
  for (const one of options) startRun(world, one);
  await world.settle();
  return true;
}

const run =
  (subject: string, env?: string): Act =>
  (scene) => {
    const event = eventOf(scene, subject);
    return start(scene, event && sync(event, env));
  };

const runLate =
  (subject: string, env?: string): Act =>
  (scene) => {
    const event = scene.late.get(subject);
    return start(scene, event && sync(event, env));
  };

const runClosed =
  (branch: string): Act =>
  (scene) => {
    const pull = pullOf(scene, branch);
    const isOver = pull && pull.state !== 'open';
    return start(scene, isOver ? sync(pullEvent(scene.project, pull, 'closed')) : undefined);
  };

const promotion = ({ world }: Scene): RunOptions => ({
  mode: 'promote',
  event: dispatchEvent(world.codex),
  inputs: { ...INPUTS, from: 'test', env: 'prod', project: 'widgets' },
});

/** The other project has something new each time. */
function runOfGears({ world, gears }: Scene): RunOptions {
  const now = filesOn(world, gears, 'main').get('docs/g.md');
  commit(world, gears, 'main', { 'docs/g.md': turn(now, 'g 1\n', 'g 2\n') });
  return sync(pushEvent(gears));
}

/** Something happens while a run has read the codex and has not written yet, or has written and does not know. */
const during =
  (options: (scene: Scene) => RunOptions | undefined, happens: (scene: Scene) => boolean): Act =>
  async (scene) => {
    const { world } = scene;
    const given = options(scene);
    if (given === undefined) return false;
    const begun = startRun(world, given);
    const isBeforePush = () => !begun.passed.some((what) => what.startsWith('push'));
    while (isBeforePush() && (await world.step()));
    const possible = happens(scene);
    await world.settle();
    return possible;
  };

const withLostAnswer =
  (act: Act): Act =>
  async (scene) => {
    const { world } = scene;
    const { faults } = world;
    world.faults = { ...faults, lostAnswer: 1 };
    const happened = await act(scene);
    world.faults = faults;
    return happened;
  };

const ofMain = (scene: Scene) => sync(pushEvent(scene.project));
const ofOne = (scene: Scene) => {
  const event = eventOf(scene, 'one');
  return event && sync(event);
};

/** Everything that can happen. */
export const SMALL_EVENTS: Readonly<Record<string, Act>> = {
  'main changes a': (scene) => push(scene, 'main', A, 'a 1\n', 'a 2\n'),
  'main removes b, or brings it back': (scene) => push(scene, 'main', B, null, 'b 0\n'),
  'one is opened, which changes a': (scene) => propose(scene, 'one', { [A]: 'one 1\n' }),
  'one changes a again': (scene) =>
    pullOf(scene, 'one')?.state === 'open' && push(scene, 'one', A, 'one 1\n', 'one 2\n'),
  'one is merged': (scene) => merge(scene, 'one'),
  'one is closed': (scene) => close(scene, 'one'),
  'two is opened, which moves b over a': (scene) => propose(scene, 'two', { [A]: 'b 0\n', [B]: null }),
  'two changes b': (scene) => pullOf(scene, 'two')?.state === 'open' && push(scene, 'two', B, 'two 1\n', null),
  'two is merged': (scene) => merge(scene, 'two'),
  'two is closed': (scene) => close(scene, 'two'),
  'run of main': run('main'),
  'run of one': run('one'),
  'run of two': run('two'),
  'run of one, closed': runClosed('one'),
  'run of two, closed': runClosed('two'),
  'late run of main': runLate('main'),
  'late run of one': runLate('one'),
  'release of main': run('main', 'prod'),
  'late release of main': runLate('main', 'prod'),
  promotion: (scene) => start(scene, promotion(scene)),
  'a is edited in test': (scene) => editCodex(scene, 'test', A, 'test 1\n', 'test 2\n'),
  'b is removed in test, or edited': (scene) => editCodex(scene, 'test', B, null, 'test 3\n'),
  'a is edited in production': (scene) => editCodex(scene, 'main', A, 'main 1\n', 'main 2\n'),
  'runs of main and one at once': (scene) => start(scene, ofMain(scene), ofOne(scene)),
  'runs of main and gears at once': (scene) => start(scene, ofMain(scene), runOfGears(scene)),
  'run of main and promotion at once': (scene) => start(scene, ofMain(scene), promotion(scene)),
  'run of main, while a is edited': during(ofMain, (scene) => editCodex(scene, 'test', A, 'test 1\n', 'test 2\n')),
  'run of one, while it is merged': during(ofOne, (scene) => merge(scene, 'one')),
  'run of main, its answer lost': withLostAnswer(run('main')),
  'run of one, its answer lost': withLostAnswer(run('one')),
};

/** A project that was never published, and one that is in both environments. */
async function beginnings(): Promise<SmallWorld[]> {
  const unpublished = await begin('a new project');
  const published = await begin('a published project');
  const scene = sceneOf(published);
  for (const env of ['test', 'prod']) {
    await start(scene, sync(pushEvent(scene.project), env));
    await published.world.advance(PAUSE);
  }
  return [unpublished, published];
}

async function begin(title: string): Promise<SmallWorld> {
  const world = createWorld({ seed: 1, faults: { latency: 100 } });
  commit(world, world.codex, 'main', { 'README.md': '# Codex\n' });
  setBranch(world, world.codex, 'test', world.codex.branches.get('main') ?? '');
  const documents = { [A]: 'a 0\n', [B]: 'b 0\n' };
  createProject(world, 'widgets', new Map(Object.entries(documents)));
  createProject(world, 'gears', new Map([['docs/g.md', 'g 0\n']]));
  await world.advance(PAUSE);
  return { world, late: new Map(), trail: [title] };
}

function sceneOf({ world, late }: Pick<SmallWorld, 'world' | 'late'>): Scene {
  const [project, gears] = ['acme/widgets', 'acme/gears'].map((id) => world.projects.get(id));
  if (!project || !gears) throw new Error('A small world has two projects.');
  // Events name their repository, and a copied world has its own.
  const own = [...late].map(([subject, event]) => [subject, { ...event, repository: project }] as const);
  return { world, project, gears, late: new Map(own) };
}

/** The world after one more event; `undefined` where that cannot happen. The given one stays as it is. */
export async function next(from: SmallWorld, name: string): Promise<SmallWorld | undefined> {
  const act = SMALL_EVENTS[name];
  if (!act) throw new Error(`There is no event "${name}".`);
  const scene = sceneOf({ world: copyWorld(from.world), late: from.late });
  if (!(await act(scene))) return undefined;
  await scene.world.advance(PAUSE);
  return { world: scene.world, late: scene.late, trail: [...from.trail, name] };
}

/**
 * A state without the times and ids that tell only when it was reached. Commits are numbered by their dates; of each
 * remain its tree and which others it contains. What was ever released or written by a person stays in it, since the
 * promises ask about that.
 */
function stateOf({ world, late }: SmallWorld): string {
  const { database, codex } = world;
  const { project, gears } = sceneOf({ world, late });
  const manifests = [...codex.branches.keys()].map(
    (branch) => [branch, filesOn(world, codex, branch).get(`${IN_CODEX}/.codex-sync.json`) ?? ''] as const,
  );
  const commits = [
    ...project.branches.values(),
    ...[...project.pulls.values()].flatMap(({ head, merge }) => [head, merge]),
  ];
  for (const event of late.values()) commits.push(event.commit, ...headOf(event));
  for (const [, text] of manifests) commits.push(...(text.match(/\b[0-9a-f]{40}\b/g) ?? []));
  const live = new Set(commits.filter((id) => project.commits.has(id)));
  for (const one of [...live])
    for (const other of [...live]) {
      const base = database.mergeBase(one, other);
      if (base !== undefined) live.add(base);
    }
  const order = [...live].map((id) => stored(world, id));
  order.sort((one, other) => one.time - other.time || (one.tree < other.tree ? -1 : 1));
  const numbers = new Map(order.map(({ id }, index) => [id, `#${index}`]));
  const numbered = (text: string) =>
    text.replace(/\b[0-9a-f]{40}\b/g, (id) => numbers.get(id) ?? id).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');
  const released = new Set<string>();
  for (const [id] of project.commits)
    if (database.contains(project.branches.get('main') ?? '', id))
      for (const [path, text] of database.filesOf(stored(world, id).tree)) released.add(`${path}=${text}`);
  return JSON.stringify({
    graph: order.map(({ id, tree }) => [
      tree,
      order.flatMap(({ id: other }, index) => (other !== id && database.contains(id, other) ? [index] : [])),
    ]),
    refs: [...project.branches].map(([name, id]) => [name, numbers.get(id)]).sort(),
    pulls: [...project.pulls.values()].map(({ headBranch, state, head, merge }) => [
      ...[headBranch, state, numbers.get(head)],
      state === 'open' && numbers.get(merge),
    ]),
    late: [...late]
      .map(([subject, event]) => [subject, numbers.get(event.commit), ...headOf(event).map((id) => numbers.get(id))])
      .sort(),
    codex: [...codex.branches.keys()]
      .sort()
      .map((branch) => [
        branch,
        [...filesOn(world, codex, branch)].filter(([path]) => !path.endsWith('.codex-sync.json')).sort(),
      ]),
    manifests: manifests.map(([branch, text]) => [branch, numbered(text)]).sort(),
    gears: [...filesOn(world, gears, 'main')],
    released: [...released].sort(),
    written: writtenByPersons(world),
  });
}

function stored({ database }: World, id: string) {
  const found = database.commit(id);
  if (!found) throw new Error(`There is no commit ${id}.`);
  return found;
}

function headOf({ payload }: RunEvent): string[] {
  const { pull_request: pull } = payload as {
    readonly pull_request?: Record<'head' | 'base', { readonly sha: string }>;
  };
  return pull ? [pull.head.sha, pull.base.sha] : [];
}

function writtenByPersons({ steps, codex }: World): string[] {
  const written = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'branch' || step.repository !== codex.id || step.by !== 'person' || !step.to) continue;
    const [after, before] = [step.to, step.from].map((id) => codex.commits.get(id ?? '')?.files);
    for (const [path, text] of after ?? [])
      if (before?.get(path) !== text) written.add(`${step.branch}:${path}=${text}`);
  }
  return [...written].sort();
}

export interface SmallFailure {
  readonly trail: readonly string[];
  readonly violations: readonly Violation[];
  readonly log: WorldLog;
}

export interface SmallLevel {
  readonly depth: number;
  /** States that no shorter history reaches. */
  readonly states: number;
  /** Histories of this length, each different sequence of events counted. */
  readonly histories: number;
  /** Events that were played for it. */
  readonly played: number;
  readonly runs: number;
}

export interface SmallResult {
  readonly levels: readonly SmallLevel[];
  readonly failures: readonly SmallFailure[];
}

export interface SmallOptions {
  readonly receive?: (level: SmallLevel) => void;
  /** Called with two worlds of one state, reached by different histories. */
  readonly compare?: (one: SmallWorld, other: SmallWorld) => Promise<void>;
}

/** Visits every state up to a depth, the nearest first, and judges each history that reaches one. */
export async function exploreSmallWorlds(depth: number, options: SmallOptions = {}): Promise<SmallResult> {
  const { receive, compare } = options;
  const levels: SmallLevel[] = [];
  const failures: SmallFailure[] = [];
  const worlds = new Map<string, SmallWorld | undefined>();
  /** State -> the state after each event, once it was visited. */
  const following = new Map<string, readonly string[]>();
  for (const world of await beginnings()) worlds.set(keyOf(world), world);
  let ways = new Map([...worlds.keys()].map((key) => [key, 1]));
  let frontier = [...worlds.keys()];
  for (let length = 1; length <= depth; length++) {
    const reached: string[] = [];
    let [played, runs] = [0, 0];
    for (const key of frontier) {
      const from = worlds.get(key);
      if (!from) continue;
      const after: string[] = [];
      for (const name of Object.keys(SMALL_EVENTS)) {
        const world = await next(from, name);
        if (!world) continue;
        played += 1;
        runs += world.world.runs - from.world.runs;
        const log = world.world.log();
        const violations = violationsOf(log).filter(({ step }) => step >= from.world.steps.length);
        if (violations.length > 0) failures.push({ trail: world.trail, violations, log });
        const found = keyOf(world);
        after.push(found);
        const known = worlds.get(found);
        if (known) await compare?.(known, world);
        if (worlds.has(found)) continue;
        reached.push(found);
        // The worlds of the last level go nowhere.
        worlds.set(found, length < depth || compare ? world : undefined);
      }
      following.set(key, after);
      if (!compare) worlds.set(key, undefined);
    }
    ways = histories(ways, following);
    const level = { depth: length, states: reached.length, histories: sum(ways.values()), played, runs };
    levels.push(level);
    receive?.(level);
    frontier = reached;
  }
  return { levels, failures };
}

/** How many histories lead to each state with one event more. */
function histories(ways: ReadonlyMap<string, number>, following: ReadonlyMap<string, readonly string[]>) {
  const longer = new Map<string, number>();
  for (const [key, count] of ways)
    for (const after of following.get(key) ?? []) longer.set(after, (longer.get(after) ?? 0) + count);
  return longer;
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);

export function keyOf(world: SmallWorld): string {
  return createHash('sha1').update(stateOf(world)).digest('base64');
}
