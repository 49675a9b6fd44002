import type { Random } from '../random.ts';
import {
  dispatchEvent,
  pullEvent,
  pushEvent,
  type Run,
  type RunEvent,
  type RunOptions,
  scheduleEvent,
  terminalEvent,
} from '../world/runs.ts';
import {
  type Changes,
  CONFIG_FILE,
  changeSettings,
  closePull,
  commit,
  mergePull,
  openPull,
  type Pull,
  type Repository,
  renderConfig,
  reopenPull,
  setBranch,
  setTag,
} from '../world/world.ts';
import {
  codexRules,
  configureCodex,
  EVENTS,
  type EventKind,
  FETCHED,
  folderOf,
  previewsOf,
  pulls,
  release,
  withoutIgnored,
} from './events.ts';
import type { Play } from './play.ts';

/** Withholds each deletion. */
const NO_DELETIONS = { 'deletion-threshold': '0' };

/** One run of a project, as its workflow has it. */
function asRun(
  play: Play,
  event: RunEvent,
  env: string,
  { inputs = {}, checkout }: Pick<RunOptions, 'inputs' | 'checkout'> = {},
): RunOptions {
  const codex = play.setup.hasConfiguration ? {} : { 'codex-repository': 'acme/codex' };
  return { mode: 'sync-project', event, inputs: { ...codex, env, ...inputs }, ...(checkout && { checkout }) };
}

const publish = (play: Play, event: RunEvent, env: string, more?: Parameters<typeof asRun>[3]): Promise<Run> =>
  play.runAlone(asRun(play, event, env, more));

/** Commits to the default branch, or to another one that begins there. */
function commitTo(play: Play, project: Repository, branch: string, changes: Changes): void {
  const tip = project.branches.get(branch) ?? project.branches.get(project.defaultBranch);
  if (tip === undefined) return;
  if (!project.branches.has(branch)) setBranch(play.world, project, branch, tip);
  commit(play.world, project, branch, changes);
}

/** An open pull request of a branch of the repository, with a preview. */
async function previewed(play: Play, random: Random, changes: Changes) {
  const project = play.project(random);
  const open = pulls(project, 'open').filter(
    ({ fork, base, headBranch }) => !fork && base === project.defaultBranch && headBranch !== base,
  );
  const headBranch = open[0]?.headBranch ?? `topic-${project.pulls.size}`;
  commitTo(play, project, headBranch, changes);
  const pull = open[0] ?? openPull(play.world, project, { headBranch });
  if (pull) await publish(play, pullEvent(project, pull, 'synchronize'), 'test');
  return pull && { project, pull };
}

/** Lets the world go on until something has happened to a run, or it has ended. */
async function until(play: Play, run: Run, happened: () => boolean): Promise<void> {
  while (run.end === undefined && !happened() && (await play.world.step()));
}

const hasMoved = (play: Play, { number }: Run) =>
  play.world.steps.some((step) => step.kind === 'branch' && step.by === number);

/** What others do to a branch of the codex while a run of the project goes on. */
function interfere(play: Play, random: Random, project: Repository, env: string): void {
  const { world } = play;
  const branch = play.branchOf(env);
  const path = `projects/${folderOf(project)}/${random.pick(play.paths)}`;
  switch (random.below(3)) {
    case 0:
      if (world.codex.branches.has(branch)) commit(world, world.codex, branch, { 'notes.md': play.text() });
      break;
    case 1:
      if (world.codex.branches.has(branch) && play.has('edits'))
        commit(world, world.codex, branch, { [path]: play.text() });
      break;
    default:
      commit(world, project, project.defaultBranch, { [random.pick(play.paths)]: play.text() });
      play.start(asRun(play, pushEvent(project), env));
  }
}

const terminalOf = (project: Repository) => terminalEvent(project, project.defaultBranch);
const someText = (play: Play, random: Random): Changes => ({ [random.pick(play.paths)]: play.text() });
const manyGone = (files: ReadonlyMap<string, string>): Changes =>
  Object.fromEntries(
    [...files.keys()].flatMap((path, index) => (path.startsWith('docs/') && index % 3 > 0 ? [[path, null]] : [])),
  );

/** Several events in the order that makes a difference, where single events seldom meet so. */
const SCENES: Readonly<Record<string, EventKind>> = {
  'two runs at once': {
    weight: 2,
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      const env = random.pick(['test', 'prod']);
      commit(play.world, project, project.defaultBranch, someText(play, random));
      play.start(asRun(play, pushEvent(project), env));
      for (let passes = random.below(12); passes > 0; passes--) await play.world.step();
      interfere(play, random, project, env);
    },
  },
  'an answer is lost, and others publish': {
    weight: 2,
    needs: 'faults',
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      const env = random.pick(['test', 'prod']);
      const { world } = play;
      await world.settle();
      await play.calmly(async () => {
        commit(world, project, project.defaultBranch, someText(play, random));
        const run = play.start(asRun(play, pushEvent(project), env));
        const calm = world.faults;
        world.faults = { ...calm, lostAnswer: 1 };
        await until(play, run, () => world.steps.some((step) => step.kind === 'fault' && step.run === run.number));
        world.faults = calm;
        interfere(play, random, project, env);
        await world.settle();
      });
    },
  },
  'a run is killed when it has pushed': {
    weight: 1,
    needs: 'kills',
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      commit(play.world, project, project.defaultBranch, someText(play, random));
      const run = play.start(asRun(play, pushEvent(project), random.pick(['test', 'prod'])));
      await until(play, run, () => hasMoved(play, run));
      run.kill();
    },
  },
  'fetch, then publish': {
    weight: 2,
    needs: 'fetch',
    async perform(play, random) {
      const project = play.project(random);
      const env = random.pick(['test', 'prod']);
      if (!play.world.codex.branches.has(play.branchOf(env))) return;
      const references = `@codex/${folderOf(play.project(random))}/docs/**`;
      const cache = play.cacheOf(project);
      const inputs = { 'codex-repository': 'acme/codex', references, env, 'cache-dir': FETCHED };
      await play.runAlone({ mode: 'fetch', event: scheduleEvent(project), inputs, cache });
      const dirty = Object.fromEntries(withoutIgnored(cache));
      await publish(play, pushEvent(project), random.pick(['test', 'prod']), { checkout: { dirty } });
    },
  },
  'fetch while GitHub is away': {
    weight: 1,
    needs: 'fetch',
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      const cache = play.cacheOf(project);
      const references = `@codex/${folderOf(play.project(random))}/**`;
      const fetch = (env: string, more: Readonly<Record<string, string>> = {}) =>
        play.runAlone({
          mode: 'fetch',
          event: scheduleEvent(project),
          inputs: { 'codex-repository': 'acme/codex', references, env, ...more },
          cache,
        });
      const env = random.pick(['test', 'prod']);
      await fetch(env);
      play.beginOutage(3_600_000);
      const other = random.chance(0.7) ? env : random.pick(['test', 'prod']);
      await fetch(other, random.chance(0.25) ? { 'fallback-to-stale': 'false' } : {});
      play.beginOutage(0);
    },
  },
  'close and open again, and the first event is late': {
    weight: 2,
    needs: 'pull requests',
    async perform(play, random) {
      const found = await previewed(play, random, someText(play, random));
      if (!found) return;
      const { project, pull } = found;
      closePull(play.world, project, pull.number);
      const closed = pullEvent(project, pull, 'closed');
      reopenPull(play.world, project, pull.number);
      await publish(play, closed, 'test');
    },
  },
  'edit a preview, then end it': {
    weight: 2,
    needs: 'pull requests',
    async perform(play, random) {
      const changes = { ...someText(play, random), [`docs/new-${random.below(3)}.md`]: play.text() };
      const found = await previewed(play, random, changes);
      if (!found || !play.has('edits')) return;
      const { project, pull } = found;
      const { codex } = play.world;
      const shown = previewsOf(play, project, 'test').get(`${pull.number}`) ?? [];
      if (shown.length > 0 && random.chance(0.8))
        commit(play.world, codex, 'test', { [`projects/${folderOf(project)}/${random.pick(shown)}`]: play.text() });
      await end(play, random, project, pull);
    },
  },
  'merge what was never previewed': {
    weight: 2,
    needs: 'pull requests',
    async perform(play, random) {
      const added = `docs/new-${random.below(3)}.md`;
      const found = await previewed(play, random, { ...someText(play, random), [added]: play.text() });
      if (!found) return;
      const { project, pull } = found;
      commit(play.world, project, pull.headBranch, {
        ...(random.chance(0.7) && { [added]: null }),
        ...someText(play, random),
        ...(random.chance(0.5) && manyGone(play.filesOn(project, pull.headBranch))),
      });
      mergePull(play.world, project, pull.number, random.pick(['merge', 'squash', 'rebase']));
      const inputs = random.chance(0.6) ? NO_DELETIONS : {};
      for (const env of random.pick([['test'], ['test', 'prod'], ['prod', 'test']]))
        await publish(play, pushEvent(project), env, { inputs });
    },
  },
  'the default branch follows develop, and is released': {
    weight: 2,
    needs: 'stable refs',
    async perform(play, random) {
      const project = play.project(random);
      const more = `docs/develop-${random.below(3)}.md`;
      commitTo(play, project, 'develop', { ...someText(play, random), [more]: play.text() });
      await publish(play, pushEvent(project, 'refs/heads/develop'), 'test');
      commit(play.world, project, project.defaultBranch, someText(play, random));
      const inputs = random.chance(0.7) ? NO_DELETIONS : {};
      await publish(play, pushEvent(project), 'test', { inputs });
      release(play, random, 'promote', { from: 'test', env: 'prod', project: folderOf(project) });
      await play.world.settle();
    },
  },
  'many documents go, and an older run is late': {
    weight: 1,
    async perform(play, random) {
      const project = play.project(random);
      const env = random.pick(['test', 'prod']);
      commit(play.world, project, project.defaultBranch, someText(play, random));
      const late = pushEvent(project);
      commit(play.world, project, project.defaultBranch, {
        ...manyGone(play.filesOn(project, project.defaultBranch)),
        ...someText(play, random),
      });
      await publish(play, pushEvent(project), env, { inputs: NO_DELETIONS });
      await publish(play, late, 'test');
      await publish(play, dispatchEvent(project), env, { inputs: NO_DELETIONS });
    },
  },
  'a branch brings a configuration': {
    weight: 3,
    needs: 'configurations',
    async perform(play, random) {
      const project = play.project(random);
      const branch = `configure-${random.below(2)}`;
      const branches = { test: random.pick(['drafts', 'main', 'test']), prod: 'main' };
      const itself = [`refs/heads/${branch}`];
      const lists = random.pick<Record<string, unknown>>([{}, { stable_refs: itself }, { production_refs: itself }]);
      const name: Record<string, unknown> = random.chance(0.3) ? { project_name: folderOf(play.project(random)) } : {};
      const config = play.configuration(random, { environments: { branches, ...lists }, ...name });
      commitTo(play, project, branch, { [CONFIG_FILE]: renderConfig(config), ...someText(play, random) });
      await publish(play, pushEvent(project, `refs/heads/${branch}`), 'test');
      const pull = random.chance(0.5) ? openPull(play.world, project, { headBranch: branch }) : undefined;
      if (pull) await publish(play, pullEvent(project, pull, 'opened'), 'test');
    },
  },
  'a version, then a lower one': {
    weight: 1,
    needs: 'tags',
    async perform(play, random) {
      const project = play.project(random);
      const number = project.tags.size;
      const inputs = random.chance(0.2) ? { 'allow-older': 'true' } : {};
      for (const tag of [`v1.3.${number}`, `v1.${random.pick([1, 2, 4])}.${number}`]) {
        const id = commit(play.world, project, project.defaultBranch, someText(play, random));
        if (project.tags.has(tag)) return;
        setTag(play.world, project, tag, id);
        await publish(play, pushEvent(project, `refs/tags/${tag}`), 'prod', { inputs });
      }
    },
  },
  'roll back, then publish again': {
    weight: 2,
    needs: 'roll-backs',
    async perform(play, random) {
      const project = play.project(random);
      const { world } = play;
      const path = random.pick(play.paths);
      commit(world, project, project.defaultBranch, { [path]: play.text() });
      await publish(play, pushEvent(project), 'prod');
      const right = world.codex.branches.get('main');
      commit(world, project, project.defaultBranch, { [path]: play.text() });
      const late = pushEvent(project);
      await publish(play, late, 'prod');
      if (right === undefined) return;
      const back = { from: `prod@${right}`, env: 'prod', 'allow-older': 'true', reason: 'It was wrong.' };
      release(play, random, 'promote', { ...back, project: folderOf(project) });
      await world.settle();
      // Another document, or the one that was taken back.
      commit(
        world,
        project,
        project.defaultBranch,
        random.chance(0.6) ? { 'src/main.ts': play.text() } : { [path]: play.text() },
      );
      for (const event of random.pick([[late], [pushEvent(project)], [late, pushEvent(project)]]))
        await publish(play, event, 'prod');
    },
  },
  'edit, then release or retire': {
    weight: 2,
    needs: 'edits',
    async perform(play, random) {
      const project = play.project(random);
      const { codex } = play.world;
      const env = random.pick(['test', 'test', 'prod']);
      const folder = `projects/${folderOf(project)}/`;
      const there = [...play.filesOn(codex, play.branchOf(env)).keys()].filter(
        (path) => path.startsWith(folder) && !path.endsWith('.codex-sync.json'),
      );
      if (there.length === 0) return;
      commit(play.world, codex, play.branchOf(env), { [random.pick(there)]: play.text() });
      if (env === 'test' && random.chance(0.7)) {
        const told: Record<string, string> = random.chance(0.3) ? { 'release-edits': 'true' } : {};
        release(play, random, 'promote', { from: 'test', env: 'prod', project: folderOf(project), ...told });
      } else if (play.has('retirement')) release(play, random, 'retire', { env, project: folderOf(project) });
      await play.world.settle();
    },
  },
  'the codex is public for a while': {
    weight: 2,
    needs: 'visibility',
    async perform(play, random) {
      const project = play.project(random);
      const { world } = play;
      await world.settle();
      changeSettings(world, world.codex, { visibility: 'public' });
      if (random.chance(0.2)) changeSettings(world, project, { visibility: random.pick(['public', 'private']) });
      commit(world, project, project.defaultBranch, someText(play, random));
      const allow: Record<string, string> = random.chance(0.2) ? { 'allow-public': 'true' } : {};
      if (play.has('organization') && random.chance(0.4)) {
        release(play, random, 'sync-org', {
          env: 'test',
          organization: 'acme',
          'source-ref': 'default-branch',
          ...allow,
        });
        await world.settle();
      } else await publish(play, pushEvent(project), random.pick(['test', 'prod']), { inputs: allow });
      changeSettings(world, world.codex, { visibility: 'private' });
    },
  },
  'the codex maps an environment anew while runs go on': {
    weight: 3,
    needs: 'codex configuration',
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      const { world } = play;
      await world.settle();
      const rules = () => random.pick(codexRules(play, random));
      if (random.chance(0.7)) configureCodex(play, rules());
      commit(world, project, project.defaultBranch, someText(play, random));
      play.start(asRun(play, pushEvent(project), random.pick(['test', 'test', 'prod'])));
      if (play.has('promotion')) release(play, random, 'promote', { from: 'test', env: 'prod', project: '*' });
      if (play.has('fetch')) {
        const references = `@codex/${folderOf(project)}/**`;
        const inputs = { 'codex-repository': 'acme/codex', references, env: 'test' };
        play.start({ mode: 'fetch', event: scheduleEvent(project), inputs, cache: play.cacheOf(project) });
      }
      for (let passes = random.below(20); passes > 0; passes--) await world.step();
      configureCodex(play, rules());
      await world.settle();
    },
  },
  'the codex is internal, and GitHub hides who sees a project': {
    weight: 3,
    needs: 'internal repositories',
    overlaps: true,
    async perform(play, random) {
      const project = play.project(random);
      const { world } = play;
      await world.settle();
      const faults = world.faults;
      changeSettings(world, world.codex, { visibility: random.pick(['internal', 'internal', 'public']) });
      changeSettings(world, project, { visibility: random.pick(['private', 'private', 'internal', 'public']) });
      commit(world, project, project.defaultBranch, someText(play, random));
      const isHidden = random.chance(0.6);
      if (isHidden) world.faults = { ...faults, unanswered: ["project's visibility"] };
      // The payload of a schedule names no repository, and a terminal has none.
      const event = random.pick([pushEvent, scheduleEvent, scheduleEvent, terminalOf])(project);
      const allow: Record<string, string> = random.chance(0.15) ? { 'allow-public': 'true' } : {};
      if (random.chance(0.3)) changeSettings(world, project, { visibility: 'private' });
      await publish(play, event, random.pick(['test', 'test', 'prod']), { inputs: allow });
      world.faults = faults;
      changeSettings(world, world.codex, { visibility: 'private' });
      if (random.chance(0.7)) changeSettings(world, project, { visibility: 'private' });
    },
  },
  'pull over text in no commit': {
    weight: 4,
    needs: 'pulls',
    async perform(play, random) {
      const project = play.project(random);
      const { world } = play;
      const env = random.pick(['test', 'test', 'prod']);
      await publish(play, pushEvent(project), env);
      const branch = play.branchOf(env);
      const prefix = `projects/${folderOf(project)}/`;
      const there = [...play.filesOn(world.codex, branch).keys()].flatMap((path) =>
        path.startsWith(`${prefix}docs/`) ? [path.slice(prefix.length)] : [],
      );
      if (there.length === 0) return;
      const edited = random.pick(there);
      const added = `docs/pulled-${random.below(3)}.md`;
      commit(world, world.codex, branch, {
        [prefix + edited]: random.chance(0.2) ? null : play.text(),
        ...(random.chance(0.6) && { [prefix + added]: play.text() }),
      });
      const dirty: Record<string, string | null> = {
        ...(random.chance(0.7) && { [edited]: random.chance(0.2) ? null : play.text() }),
        ...(random.chance(0.4) && { [added]: play.text() }),
        ...(random.chance(0.3) && { [random.pick(there)]: play.text() }),
      };
      const inputs = {
        direction: random.pick(['bidirectional', 'from-codex']),
        'on-conflict': random.pick(['codex', 'codex', 'project']),
        ...(random.chance(0.1) && { 'dry-run': 'true' }),
      };
      const event = random.pick([dispatchEvent, pushEvent, terminalOf])(project);
      await publish(play, event, env, { inputs, checkout: { dirty } });
    },
  },
  "publish into another project's folder": {
    weight: 2,
    needs: 'foreign folders',
    async perform(play, random) {
      const project = play.project(random);
      const others = [...play.world.projects.values()].filter((other) => other !== project);
      if (others.length === 0) return;
      const other = random.pick(others);
      const env = random.pick(['test', 'prod']);
      const adopt: Record<string, string> = random.chance(0.4) ? { adopt: 'true' } : {};
      if (random.chance(0.2)) changeSettings(play.world, other, { archived: !other.archived });
      const head = random.chance(0.7) ? project.defaultBranch : random.pick([...project.branches.keys()]);
      const inputs = { project: folderOf(other), ...adopt };
      await publish(play, pushEvent(project, `refs/heads/${head}`), env, { inputs });
    },
  },
};

async function end(play: Play, random: Random, project: Repository, pull: Pull): Promise<void> {
  switch (random.below(4)) {
    case 0:
      mergePull(play.world, project, pull.number, random.pick(['merge', 'squash']));
      await publish(play, pushEvent(project), 'test');
      break;
    case 1:
      release(play, random, 'retire', { env: 'test', project: folderOf(project), preview: `${pull.number}` });
      await play.world.settle();
      break;
    default:
      closePull(play.world, project, pull.number);
      await publish(play, random.chance(0.7) ? pullEvent(project, pull, 'closed') : pushEvent(project), 'test');
  }
}

/** Everything that can happen in a history. */
export const KINDS: Readonly<Record<string, EventKind>> = { ...EVENTS, ...SCENES };
