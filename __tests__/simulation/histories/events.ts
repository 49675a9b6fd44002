import { manifestOf } from '../oracle/manifests.ts';
import type { Random } from '../random.ts';
import {
  deleteEvent,
  dispatchEvent,
  pullEvent,
  pushEvent,
  type RunEvent,
  releaseEvent,
  scheduleEvent,
  terminalEvent,
  workflowRunEvent,
} from '../world/runs.ts';
import {
  type Changes,
  CODEX_CONFIG_FILE,
  CONFIG_FILE,
  changeSettings,
  closePull,
  commit,
  commitOn,
  configure,
  deleteBranch,
  mergePull,
  openPull,
  type Pull,
  publishRelease,
  pushToFork,
  type Repository,
  renameBranch,
  renderConfig,
  reopenPull,
  retargetPull,
  revert,
  setBranch,
  setProtected,
  setTag,
} from '../world/world.ts';
import type { Feature, Play } from './play.ts';

type Perform = (play: Play, random: Random) => void | Promise<void>;

export interface EventKind {
  readonly weight: number;
  readonly needs?: Feature;
  /** Runs go on at the same time in it, or an edge is away: a replay on the bundle leaves it out. */
  readonly overlaps?: true;
  readonly perform: Perform;
}

const BRANCHES = ['feature', 'fix', 'topic', 'tags/v1'];
const FORK = 'stranger/fork';
/** A cache directory that the patterns of documents select. */
export const FETCHED = 'docs/fetched';

/** What an author does to documents. */
function edit(play: Play, random: Random, files: ReadonlyMap<string, string>, project: Repository): Changes {
  const path = random.pick(play.paths);
  const folder = (name: string) => [...files.keys()].filter((one) => one.startsWith(`docs/${name}/`));
  switch (random.below(12)) {
    case 0:
      return { [path]: null };
    case 1: {
      // A folder is renamed, with other words or the same inside.
      const [from, to] = random.pick([
        ['x', 'y'],
        ['y', 'x'],
        ['many', 'more'],
        ['more', 'many'],
      ]);
      const isMove = random.chance(0.5);
      return Object.fromEntries(
        folder(from ?? '').flatMap((one) => [
          [one, null],
          [one.replace(`docs/${from}/`, `docs/${to}/`), isMove ? (files.get(one) ?? play.text()) : play.text()],
        ]),
      );
    }
    case 2:
      // Many go at once.
      return Object.fromEntries(
        [...files.keys()]
          .filter((one) => one.startsWith('docs/'))
          .slice(1)
          .map((one) => [one, null]),
      );
    case 3:
      return Object.fromEntries(play.paths.slice(0, 4).map((one) => [one, play.text()]));
    case 4:
      return Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`docs/many/${index}.md`, play.text()]));
    case 5: {
      // What the codex shows there, merged or not.
      const shown = [...play.filesOn(play.world.codex, random.pick(['test', 'main']))].flatMap(([full, text]) => {
        const [, own] = full.split(`projects/${project.id.split('/')[1]}/`);
        return own?.startsWith('docs/') ? [[own, text] as const] : [];
      });
      return shown.length > 0 ? Object.fromEntries([random.pick(shown)]) : { [path]: play.text() };
    }
    case 6:
      return { 'src/main.ts': play.text() };
    case 7: {
      const texts = [...project.commits.values()].flatMap(({ files: old }) => old.get(path) ?? []);
      return { [path]: texts.length > 0 ? random.pick(texts) : play.text() };
    }
    default:
      return { [path]: play.text() };
  }
}

function change(play: Play, random: Random, project: Repository, branch: string): void {
  const tip = project.branches.get(branch) ?? project.branches.get(project.defaultBranch);
  if (tip === undefined) return;
  if (!project.branches.has(branch)) setBranch(play.world, project, branch, tip);
  commit(play.world, project, branch, edit(play, random, play.filesOn(project, branch), project));
  pushed(play, project, branch);
}

/** GitHub starts runs for a branch that moved, and for the pull requests from it. */
function pushed(play: Play, project: Repository, branch: string): void {
  if (!project.branches.has(branch)) return;
  const isRelease = branch === project.defaultBranch || ['develop', 'release'].includes(branch);
  if (isRelease || play.has('branches')) play.enqueue(project, pushEvent(project, `refs/heads/${branch}`));
  for (const pull of project.pulls.values())
    if (pull.state === 'open' && pull.fork === undefined && pull.headBranch === branch)
      play.enqueue(project, pullEvent(project, pull, 'synchronize'));
}

export function pulls(project: Repository, state: Pull['state']): Pull[] {
  return [...project.pulls.values()].filter((pull) => pull.state === state);
}

function withPull(
  play: Play,
  random: Random,
  state: Pull['state'],
  act: (project: Repository, pull: Pull) => void,
): void {
  const project = play.project(random);
  const found = pulls(project, state);
  if (found.length > 0) act(project, random.pick(found));
}

export const folderOf = ({ id }: Repository) => id.split('/')[1] ?? id;
const THRESHOLDS: readonly Record<string, string>[] = [
  {},
  {},
  {},
  { 'deletion-threshold': '1000', 'deletion-threshold-percent': '100' },
  { 'deletion-threshold': '0' },
  { 'deletion-threshold': '2', 'deletion-threshold-percent': '50' },
];

/** Inputs that any workflow of a project may have. */
function someInputs(play: Play, random: Random): Record<string, string> {
  const inputs: Record<string, string> = { ...random.pick(THRESHOLDS) };
  if (!play.setup.hasConfiguration) inputs['codex-repository'] = 'acme/codex';
  if (random.chance(0.15)) inputs['on-conflict'] = random.pick(['codex', 'fail', 'project']);
  if (random.chance(play.setup.rates.dry)) inputs['dry-run'] = 'true';
  if (random.chance(0.1)) inputs['allow-empty'] = 'true';
  if (random.chance(0.05)) inputs.comment = 'true';
  if (play.has('roll-backs') && random.chance(0.1)) inputs['allow-older'] = 'true';
  if (play.has('roll-backs') && random.chance(0.05)) inputs['release-hold'] = 'true';
  if (play.has('both ways') && random.chance(0.4)) inputs.direction = random.pick(['bidirectional', 'from-codex']);
  return inputs;
}

/** The environment that the workflow of an event names. */
function environmentOf(play: Play, random: Random, { event, ref }: RunEvent): string {
  const { production, strange } = play.setup.rates;
  if (play.has('staging') && random.chance(0.2)) return 'staging';
  const isOfPull = event.startsWith('pull_request') || event === 'issue_comment';
  const isTag = ref.startsWith('refs/tags/');
  const chance = isOfPull ? strange / 2 : isTag ? 0.85 : production;
  return random.chance(chance) ? random.pick(['prod', 'production']) : 'test';
}

function checkoutOf(play: Play, random: Random, project: Repository) {
  const { deep, dirty, strange } = play.setup.rates;
  const others = play.has('wrong checkouts') && random.chance(strange) ? [...project.branches.values()] : [];
  return {
    depth: random.chance(deep) ? ('deep' as const) : ('shallow' as const),
    ...(others.length > 0 && { commit: random.pick(others) }),
    ...(play.has('working trees') && random.chance(dirty) && { dirty: workingTree(play, random, project) }),
  };
}

/** What a job has beside its commit: generated documents, or what another job built from a branch. */
function workingTree(play: Play, random: Random, project: Repository): Record<string, string | null> {
  // What a step before fetched among the documents, and added without what git ignores.
  const fetched = withoutIgnored(play.cacheOf(project));
  if (fetched.length > 0 && random.chance(0.3)) return Object.fromEntries(fetched);
  if (random.chance(0.5)) return { [random.pick(play.paths)]: play.text(), 'docs/generated.md': play.text() };
  const branch = random.pick([...project.branches.keys()]);
  const own = play.filesOn(project, project.defaultBranch);
  const changed = [...play.filesOn(project, branch)].filter(
    ([path, text]) => own.get(path) !== text && !path.startsWith('.fractary/'),
  );
  return changed.length > 0 ? Object.fromEntries(changed) : { [random.pick(play.paths)]: play.text() };
}

/** What a fetch wrote among the documents, without the file that makes git ignore it. */
export function withoutIgnored(cache: ReadonlyMap<string, string>): [path: string, text: string][] {
  return [...cache].filter(([path]) => path.startsWith(`${FETCHED}/`) && !path.endsWith('/.gitignore'));
}

/** The previews of a project in an environment: key -> paths that they show. */
export function previewsOf(play: Play, project: Repository, env: string): Map<string, string[]> {
  const text = play.filesOn(play.world.codex, play.branchOf(env)).get(`projects/${folderOf(project)}/.codex-sync.json`);
  const { previews } = manifestOf(text);
  return new Map(
    [...previews].map(([key, { documents }]) => [
      key,
      [...documents].flatMap(([path, id]) => (id === null ? [] : [path])),
    ]),
  );
}

function deliver(play: Play, random: Random, event: RunEvent, project: Repository): void {
  if (event.commit === undefined) return;
  const env = environmentOf(play, random, event);
  const isDefault = random.chance(0.15) && env === 'test';
  play.start({
    mode: 'sync-project',
    event,
    inputs: { ...someInputs(play, random), ...(!isDefault && { env }) },
    checkout: checkoutOf(play, random, project),
  });
}

/** A person writes the codex's own configuration; `undefined` removes it. */
export function configureCodex({ world }: Play, rules: Readonly<Record<string, unknown>> | undefined): void {
  const { codex } = world;
  commit(world, codex, codex.defaultBranch, { [CODEX_CONFIG_FILE]: rules ? renderConfig(rules) : null });
}

const listed = (projects: readonly Repository[]) =>
  Object.fromEntries(projects.map((project) => [folderOf(project), project.name]));

/** What a codex may say for every project. */
export function codexRules(play: Play, random: Random): readonly (Readonly<Record<string, unknown>> | undefined)[] {
  const all = [...play.world.projects.values()];
  const others = Object.fromEntries(all.map((project) => [folderOf(project), random.pick(all).name]));
  const mapped = (branches: Readonly<Record<string, string>>) => ({ environments: { branches } });
  const [test, staging] = [random.pick(['drafts', 'test', 'test', 'main']), random.pick(['staging', 'drafts'])];
  return [
    undefined,
    mapped({ test, prod: 'main', staging }),
    mapped({ test: 'drafts' }),
    // On a default branch that is not production.
    ...(random.chance(0.3) ? [mapped({ test: 'test', prod: 'live' })] : []),
    { projects: listed(all), unlisted: 'refuse' },
    { projects: random.chance(0.5) ? listed(all.slice(1)) : others, unlisted: 'refuse' },
    { projects: others, ...mapped({ test, prod: 'main' }) },
  ];
}

/** In the codex itself, started by hand. */
export function release(
  play: Play,
  random: Random,
  mode: 'promote' | 'retire' | 'status' | 'sync-org',
  inputs: Record<string, string>,
): void {
  const { world } = play;
  if (!world.codex.branches.has(world.codex.defaultBranch)) return;
  const dry = mode !== 'status' && random.chance(play.setup.rates.dry) ? { 'dry-run': 'true' } : {};
  const given = { 'codex-repository': 'acme/codex', ...random.pick(THRESHOLDS), ...dry, ...inputs };
  if (mode === 'status')
    for (const name of Object.keys(given))
      if (name.startsWith('deletion')) delete (given as Record<string, string>)[name];
  if (mode === 'retire') delete (given as Record<string, string>)['deletion-threshold-percent'];
  play.start({ mode, event: dispatchEvent(world.codex), inputs: given });
}

const someProjects = (play: Play, random: Random) => (random.chance(0.3) ? '*' : folderOf(play.project(random)));
const environments = (play: Play) => ['test', 'prod', ...(play.has('staging') ? ['staging'] : [])];

/** Everything that people and GitHub do. */
export const EVENTS: Readonly<Record<string, EventKind>> = {
  deliver: {
    weight: 30,
    perform(play, random) {
      const { late, cancelled } = play.setup.rates;
      if (play.queue.length === 0) return;
      const index = random.chance(late) ? random.below(play.queue.length) : 0;
      const [queued] = play.queue.splice(index, 1);
      if (!queued || random.chance(cancelled)) return;
      play.delivered.push(queued);
      deliver(play, random, queued.options.event, queued.project);
    },
  },
  repeat: {
    weight: 4,
    perform(play, random) {
      if (play.delivered.length === 0 || !random.chance(play.setup.rates.repeated * 4)) return;
      const { options, project } = random.pick(play.delivered);
      deliver(play, random, options.event, project);
    },
  },
  push: {
    weight: 12,
    perform: (play, random) => {
      const project = play.project(random);
      change(play, random, project, project.defaultBranch);
    },
  },
  'push to a branch': {
    weight: 8,
    perform(play, random) {
      const project = play.project(random);
      const branch = random.pick(BRANCHES);
      change(play, random, project, branch);
      // Protection alone does not put a branch on the release line.
      if (random.chance(0.4)) setProtected(play.world, project, branch, true);
    },
  },
  'push to develop': {
    weight: 5,
    needs: 'stable refs',
    perform: (play, random) => change(play, random, play.project(random), 'develop'),
  },
  'push to release': {
    weight: 4,
    needs: 'production refs',
    perform(play, random) {
      const project = play.project(random);
      change(play, random, project, 'release');
      setProtected(play.world, project, 'release', random.chance(0.8));
    },
  },
  'protect a branch': {
    weight: 3,
    needs: 'production refs',
    perform(play, random) {
      const project = play.project(random);
      setProtected(play.world, project, random.pick(['release', ...BRANCHES]), random.chance(0.6));
    },
  },
  revert: {
    weight: 3,
    perform(play, random) {
      const project = play.project(random);
      const tip = project.branches.get(project.defaultBranch);
      if (tip === undefined || project.commits.get(tip)?.parents.length === 0) return;
      revert(play.world, project, project.defaultBranch, tip);
      pushed(play, project, project.defaultBranch);
    },
  },
  propose: {
    weight: 8,
    needs: 'pull requests',
    perform(play, random) {
      const project = play.project(random);
      const headBranch = random.pick(BRANCHES);
      const base = random.chance(0.8) ? project.defaultBranch : random.pick([...project.branches.keys()]);
      if (base === headBranch || pulls(project, 'open').some((pull) => pull.headBranch === headBranch)) return;
      if (!project.branches.has(headBranch)) change(play, random, project, headBranch);
      const pull = openPull(play.world, project, { headBranch, base });
      if (pull) play.enqueue(project, pullEvent(project, pull, 'opened'));
    },
  },
  merge: {
    weight: 6,
    needs: 'pull requests',
    perform: (play, random) =>
      withPull(play, random, 'open', (project, pull) => {
        mergePull(play.world, project, pull.number, random.pick(['merge', 'squash', 'rebase']));
        // The closed event may be lost.
        if (random.chance(0.8)) play.enqueue(project, pullEvent(project, pull, 'closed'));
        pushed(play, project, pull.base);
        if (random.chance(0.5) && pull.fork === undefined && pull.headBranch !== project.defaultBranch)
          deleteBranch(play.world, project, pull.headBranch);
      }),
  },
  close: {
    weight: 3,
    needs: 'pull requests',
    perform: (play, random) =>
      withPull(play, random, 'open', (project, pull) => {
        closePull(play.world, project, pull.number);
        if (random.chance(0.8)) play.enqueue(project, pullEvent(project, pull, 'closed'));
      }),
  },
  reopen: {
    weight: 2,
    needs: 'pull requests',
    perform: (play, random) =>
      withPull(play, random, 'closed', (project, pull) => {
        reopenPull(play.world, project, pull.number);
        if (pull.state === 'open') play.enqueue(project, pullEvent(project, pull, 'reopened'));
      }),
  },
  retarget: {
    weight: 1,
    needs: 'pull requests',
    perform: (play, random) =>
      withPull(play, random, 'open', (project, pull) => {
        const bases = [...project.branches.keys()].filter((branch) => branch !== pull.headBranch);
        if (bases.length === 0) return;
        retargetPull(play.world, project, pull.number, random.pick(bases));
        play.enqueue(project, pullEvent(project, pull, 'edited'));
      }),
  },
  'push to a fork': {
    weight: 4,
    needs: 'forks',
    perform(play, random) {
      const project = play.project(random);
      const id = pushToFork(play.world, project, FORK, 'patch', { [random.pick(play.paths)]: play.text() });
      if (id === undefined) return;
      const open = pulls(project, 'open').find((pull) => pull.fork === FORK);
      const pull = open ?? openPull(play.world, project, { headBranch: 'patch', fork: FORK });
      if (pull) play.enqueue(project, pullEvent(project, pull, open ? 'synchronize' : 'opened'));
    },
  },
  tag: {
    weight: 5,
    needs: 'tags',
    perform(play, random) {
      const project = play.project(random);
      const branch = random.chance(0.8) ? project.defaultBranch : random.pick([...project.branches.keys()]);
      const tip = project.branches.get(branch);
      if (tip === undefined) return;
      const tag = random.chance(0.8)
        ? `v1.${random.below(3)}.${project.tags.size}`
        : random.pick(['v1', 'latest', 'rc-1']);
      if (random.chance(0.5)) {
        publishRelease(play.world, project, tag, tip);
        play.enqueue(project, releaseEvent(project, tag));
      } else {
        setTag(play.world, project, tag, tip);
        play.enqueue(project, pushEvent(project, `refs/tags/${tag}`));
      }
    },
  },
  'delete a tag': {
    weight: 1,
    needs: 'tags',
    perform(play, random) {
      const project = play.project(random);
      if (project.tags.size > 0) setTag(play.world, project, random.pick([...project.tags.keys()]), undefined);
    },
  },
  'delete a branch': {
    weight: 2,
    needs: 'branches',
    perform(play, random) {
      const project = play.project(random);
      const branch = random.pick(BRANCHES);
      if (!project.branches.has(branch) || branch === project.defaultBranch) return;
      deleteBranch(play.world, project, branch);
      if (random.chance(0.5)) play.enqueue(project, deleteEvent(project, branch));
    },
  },
  'force a branch': {
    weight: 4,
    needs: 'forced pushes',
    perform(play, random) {
      const project = play.project(random);
      const branch = random.pick([...BRANCHES, ...BRANCHES, project.defaultBranch]);
      const tip = project.branches.get(branch);
      const parent = tip === undefined ? undefined : project.commits.get(tip)?.parents[0];
      if (parent === undefined) return;
      const files = play.world.database.filesOf(play.world.database.commit(parent)?.tree ?? '');
      // Amended, or the last commit is dropped.
      const to = random.chance(0.7)
        ? commitOn(play.world, project, parent, edit(play, random, files, project))
        : parent;
      setBranch(play.world, project, branch, to);
      pushed(play, project, branch);
    },
  },
  'rename the default branch': {
    weight: 1,
    needs: 'renames',
    perform(play, random) {
      const project = play.project(random);
      const to = project.defaultBranch === 'main' ? 'trunk' : 'main';
      if (project.branches.has(to)) return;
      renameBranch(play.world, project, project.defaultBranch, to);
    },
  },
  'rename a repository': {
    weight: 1,
    needs: 'renames',
    perform(play, random) {
      const project = play.project(random);
      changeSettings(play.world, project, { renamedTo: `acme/${folderOf(project)}-${random.below(3)}` });
    },
  },
  'make develop the default branch': {
    weight: 1,
    needs: 'renames',
    perform(play, random) {
      const project = play.project(random);
      const others = [...project.branches.keys()].filter((branch) => branch !== project.defaultBranch);
      if (others.length > 0) changeSettings(play.world, project, { defaultBranch: random.pick(others) });
    },
  },
  configure: {
    weight: 2,
    needs: 'configurations',
    perform(play, random) {
      const project = play.project(random);
      const more = random.pick<Record<string, unknown>>([
        {},
        { sync_patterns: ['docs/**'] },
        { exclude_patterns: ['docs/x/**'] },
        { handlers: { sync: { options: { github: { deletion_threshold: 3, deletion_threshold_percent: 100 } } } } },
      ]);
      const config = play.configuration(random, more);
      configure(play.world, project, project.defaultBranch, config);
      pushed(play, project, project.defaultBranch);
    },
  },
  'configure a branch': {
    weight: 3,
    needs: 'configurations',
    perform(play, random) {
      const project = play.project(random);
      const branch = random.pick(BRANCHES);
      const config = play.configuration(
        random,
        random.pick<Record<string, unknown>>([
          { environments: { branches: { test: 'main', prod: 'main' } } },
          { environments: { branches: { test: 'drafts', prod: 'main' } } },
          { environments: { branches: { test: 'test', prod: 'main' }, stable_refs: [`refs/heads/${branch}`] } },
          { environments: { branches: { test: 'test', prod: 'main' }, production_refs: [`refs/heads/${branch}`] } },
          { project_name: 'gears' },
        ]),
      );
      const tip = project.branches.get(branch) ?? project.branches.get(project.defaultBranch);
      if (tip === undefined) return;
      if (!project.branches.has(branch)) setBranch(play.world, project, branch, tip);
      commit(play.world, project, branch, {
        [CONFIG_FILE]: renderConfig(config),
        [random.pick(play.paths)]: play.text(),
      });
      pushed(play, project, branch);
      play.enqueue(project, pushEvent(project, `refs/heads/${branch}`));
    },
  },
  'configure the codex': {
    weight: 3,
    needs: 'codex configuration',
    perform: (play, random) => configureCodex(play, random.pick(codexRules(play, random))),
  },
  'edit the codex': {
    weight: 6,
    needs: 'edits',
    perform(play, random) {
      const { codex } = play.world;
      const branch = random.pick([...codex.branches.keys()]);
      const folder = `projects/${folderOf(play.project(random))}`;
      const there = [...play.filesOn(codex, branch).keys()].filter(
        (path) => path.startsWith(`${folder}/`) && !path.endsWith('.codex-sync.json'),
      );
      const path = there.length > 0 && random.chance(0.7) ? random.pick(there) : `${folder}/${random.pick(play.paths)}`;
      const removes = there.includes(path) && random.chance(0.3);
      commit(play.world, codex, branch, { [path]: removes ? null : play.text() });
    },
  },
  'write beside the projects': {
    weight: 2,
    needs: 'edits',
    perform(play, random) {
      const { codex } = play.world;
      commit(play.world, codex, random.pick([...codex.branches.keys()]), { 'notes.md': play.text() });
    },
  },
  'damage a manifest': {
    weight: 1,
    needs: 'damage',
    perform(play, random) {
      const { codex } = play.world;
      const branch = random.pick([...codex.branches.keys()]);
      const path = `projects/${folderOf(play.project(random))}/.codex-sync.json`;
      if (play.filesOn(codex, branch).has(path))
        commit(play.world, codex, branch, { [path]: random.chance(0.5) ? null : '{' });
    },
  },
  'delete test': {
    weight: 1,
    needs: 'damage',
    perform(play) {
      if (play.world.codex.branches.has('test')) deleteBranch(play.world, play.world.codex, 'test');
    },
  },
  dispatch: {
    weight: 4,
    perform(play, random) {
      const project = play.project(random);
      const refs = [...project.branches.keys()].map((branch) => `refs/heads/${branch}`);
      deliver(play, random, dispatchEvent(project, random.pick(refs)), project);
    },
  },
  /** Another workflow has ended, which an event started. */
  follow: {
    weight: 3,
    perform(play, random) {
      if (play.delivered.length === 0) return;
      const { options, project } = random.pick(play.delivered);
      deliver(play, random, workflowRunEvent(project, options.event), project);
    },
  },
  schedule: {
    weight: 2,
    perform(play, random) {
      const project = play.project(random);
      deliver(play, random, scheduleEvent(project), project);
    },
  },
  terminal: {
    weight: 4,
    needs: 'terminals',
    perform(play, random) {
      const project = play.project(random);
      const branch = random.pick([...project.branches.keys()]);
      const tip = project.branches.get(branch);
      if (tip === undefined) return;
      const local = random.chance(0.3)
        ? commitOn(play.world, project, tip, { [random.pick(play.paths)]: play.text() }, 'Local')
        : undefined;
      const event = terminalEvent(project, branch, local);
      const env = random.chance(play.setup.rates.production) ? 'prod' : 'test';
      const dirty = random.chance(0.4) ? { dirty: workingTree(play, random, project) } : {};
      const depth = random.chance(0.8) ? ('deep' as const) : ('shallow' as const);
      play.start({
        mode: 'sync-project',
        event,
        inputs: { ...someInputs(play, random), env },
        checkout: { depth, ...dirty },
      });
    },
  },
  promote: {
    weight: 6,
    needs: 'promotion',
    perform(play, random) {
      const from = random.chance(0.75) ? 'test' : random.pick(['prod', ...environments(play)]);
      const env =
        from === 'test' && random.chance(0.8) ? 'prod' : random.pick(environments(play).filter((one) => one !== from));
      const edits = random.chance(0.15) ? { 'release-edits': 'true' } : {};
      const conflict = random.chance(0.2) ? { 'on-conflict': random.pick(['codex', 'fail']) } : {};
      const older = random.chance(0.1) ? { 'allow-older': 'true' } : {};
      release(play, random, 'promote', {
        from,
        env,
        project: someProjects(play, random),
        ...edits,
        ...conflict,
        ...older,
      });
    },
  },
  'roll back': {
    weight: 4,
    needs: 'roll-backs',
    perform(play, random) {
      const moves = (play.world.codex.moves.get('main') ?? []).flatMap(({ value }) => value ?? []);
      if (moves.length === 0) return;
      const commit = random.pick(moves.slice(-6));
      const hold = random.chance(0.15) ? { 'release-hold': 'true' } : {};
      const older = random.chance(0.9) ? { 'allow-older': 'true' } : {};
      release(play, random, 'promote', {
        from: `prod@${commit}`,
        env: 'prod',
        project: someProjects(play, random),
        reason: 'It was wrong.',
        ...hold,
        ...older,
      });
    },
  },
  retire: {
    weight: 2,
    needs: 'retirement',
    perform(play, random) {
      const env = random.chance(0.7) ? 'test' : 'prod';
      const project = play.project(random);
      const shown = [...previewsOf(play, project, env).keys()];
      const preview =
        env === 'test' && random.chance(0.5)
          ? { preview: shown.length > 0 ? random.pick(shown) : 'heads/feature' }
          : {};
      release(play, random, 'retire', { env, project: folderOf(project), ...preview });
    },
  },
  organization: {
    weight: 3,
    needs: 'organization',
    perform(play, random) {
      const env = random.chance(0.4) ? 'prod' : 'test';
      const ref = random.chance(0.5) ? 'latest-release' : 'default-branch';
      release(play, random, 'sync-org', {
        env,
        organization: 'acme',
        'source-ref': ref,
        ...(random.chance(0.3) && { shard: '1/2' }),
      });
    },
  },
  status: {
    weight: 1,
    needs: 'promotion',
    perform(play, random) {
      const moves = (play.world.codex.moves.get('main') ?? []).flatMap(({ value }) => value ?? []);
      const others = [{ from: 'prod', env: 'test' }, ...moves.slice(-3).map((commit) => ({ from: `prod@${commit}` }))];
      release(play, random, 'status', random.chance(0.3) ? random.pick<Record<string, string>>(others) : {});
    },
  },
  fetch: {
    weight: 6,
    needs: 'fetch',
    perform(play, random) {
      const env = random.pick(environments(play));
      const project = play.project(random);
      const wanted = random.chance(0.3) ? [...play.world.projects.values()] : [play.project(random)];
      const references = wanted.map(
        (one) => `@codex/${folderOf(one)}/${random.pick(['docs/**', 'docs/x/*', 'README.md', '**'])}`,
      );
      const place = random.chance(0.3) ? { 'cache-dir': FETCHED } : {};
      const stale = random.chance(0.3) ? { 'fallback-to-stale': 'false' } : {};
      const inputs = { 'codex-repository': 'acme/codex', references: references.join('\n'), env, ...place, ...stale };
      if (play.world.codex.branches.has(play.branchOf(env)))
        play.start({
          mode: 'fetch',
          event: scheduleEvent(project),
          inputs,
          ...(random.chance(0.7) && { cache: play.cacheOf(project) }),
        });
    },
  },
  /** A dry run, the run, and the run again, with nothing between. */
  'look, then leap': {
    weight: 3,
    needs: 'dry runs',
    async perform(play, random) {
      await play.world.settle();
      const project = play.project(random);
      const open = pulls(project, 'open').filter((pull) => pull.fork === undefined);
      const event =
        random.chance(0.5) && open.length > 0
          ? pullEvent(project, random.pick(open), 'synchronize')
          : dispatchEvent(project, `refs/heads/${random.pick([...project.branches.keys()])}`);
      const env = environmentOf(play, random, event);
      const { 'dry-run': _, ...inputs } = someInputs(play, random);
      const options = { mode: 'sync-project', event, checkout: checkoutOf(play, random, project) } as const;
      const promotes = play.has('promotion') && random.chance(0.3);
      const again = promotes ? ({ mode: 'promote', event: dispatchEvent(play.world.codex) } as const) : options;
      const given: Record<string, string> = promotes
        ? { 'codex-repository': 'acme/codex', from: 'test', env: 'prod', project: folderOf(project) }
        : { ...inputs, env };
      const act = async () => {
        if (random.chance(0.7)) await play.runAlone({ ...again, inputs: { ...given, 'dry-run': 'true' } });
        await play.runAlone({ ...again, inputs: given });
        await play.runAlone({ ...again, inputs: given });
      };
      await (random.chance(0.7) ? play.calmly(act) : act());
    },
  },
  kill: {
    weight: 3,
    needs: 'kills',
    async perform(play, random) {
      const passes = random.below(25);
      for (let index = 0; index < passes; index++) await play.world.step();
      const running = play.running.filter(({ end }) => end === undefined);
      if (running.length > 0) random.pick(running).kill();
    },
  },
  'wait for days': { weight: 1, perform: (play, random) => play.world.advance((1 + random.below(9)) * 86_400_000) },
};
