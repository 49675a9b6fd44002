import { expect, test } from '@jest/globals';
import type { Files } from '../log.ts';
import { judge } from '../oracle/oracle.ts';
import { createRandom } from '../random.ts';
import * as runs from './runs.ts';
import * as people from './world.ts';

const CONFIG = people.renderConfig({
  organization: 'acme',
  codex_repo: 'codex',
  sync_patterns: ['docs/**/*.md'],
});

function filesOf(docs: Readonly<Record<string, string>>): Files {
  return new Map([...Object.entries(docs), [people.CONFIG_FILE, CONFIG]]);
}

/** Documents of a project in the codex, without the manifest. */
function published(world: people.World, branch: string, project = 'widgets'): Record<string, string> {
  const prefix = `projects/${project}/`;
  const files = [...people.filesOn(world, world.codex, branch)].filter(
    ([path]) => path.startsWith(prefix) && !path.endsWith('.codex-sync.json'),
  );
  return Object.fromEntries(files.map(([path, text]) => [path.slice(prefix.length), text]));
}

function conclusionOf({ end }: runs.Run): unknown {
  return end?.error ?? end?.outputs.conclusion;
}

test('a history of pushes, a pull request, a release, edits and a promotion gives the codex that a person expects', async () => {
  const world = people.createWorld({ seed: 1 });
  const { codex } = world;
  const widgets = people.createProject(world, 'widgets', filesOf({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' }));
  const gears = people.createProject(world, 'gears', filesOf({ 'docs/g.md': 'g\n' }));
  const run = async (options: runs.RunOptions) => {
    const started = runs.startRun(world, options);
    await world.settle();
    return conclusionOf(started);
  };
  const sync = (event: runs.RunEvent, env: string, more: Partial<runs.RunOptions> = {}) =>
    run({ mode: 'sync-project', event, inputs: { env }, ...more });

  expect(await sync(runs.pushEvent(widgets), 'test')).toBe('published');
  expect(await sync(runs.pushEvent(gears), 'test')).toBe('published');
  expect(await sync(runs.pushEvent(widgets), 'test')).toBe('unchanged');

  people.setBranch(world, widgets, 'feature', widgets.branches.get('main') ?? '');
  people.commit(world, widgets, 'feature', { 'docs/b.md': null, 'docs/c.md': 'c\n' });
  const pull = people.openPull(world, widgets, { headBranch: 'feature' });
  if (!pull) throw new Error('The pull request was not opened.');
  expect(await sync(runs.pullEvent(widgets, pull, 'opened'), 'test')).toBe('published');
  expect(published(world, 'test')).toEqual({ 'docs/a.md': 'a\n', 'docs/c.md': 'c\n' });
  expect(await sync(runs.pullEvent(widgets, pull, 'opened'), 'prod')).toMatchObject({ code: 'refused-by-guard' });

  people.mergePull(world, widgets, pull.number, 'squash');
  expect(await sync(runs.pullEvent(widgets, pull, 'closed'), 'test')).toBe('unchanged');
  expect(await sync(runs.pushEvent(widgets), 'test')).toBe('published');
  people.commit(world, codex, 'test', { 'projects/widgets/docs/a.md': 'edited\n' });
  expect(await sync(runs.pushEvent(widgets), 'test')).toBe('unchanged');
  expect(published(world, 'test')).toEqual({ 'docs/a.md': 'edited\n', 'docs/c.md': 'c\n' });

  const released = { from: 'test', env: 'prod', 'release-edits': 'true' };
  people.publishRelease(world, widgets, 'v1', widgets.branches.get('main') ?? '');
  expect(await sync(runs.releaseEvent(widgets, 'v1'), 'prod')).toBe('published');
  expect(await run({ mode: 'promote', event: runs.dispatchEvent(widgets), inputs: released })).toBe('published');
  expect(published(world, 'main')).toEqual({ 'docs/a.md': 'edited\n', 'docs/c.md': 'c\n' });
  expect(
    await run({
      mode: 'sync-org',
      event: runs.scheduleEvent(gears),
      inputs: { env: 'prod', 'source-ref': 'default-branch', repositories: 'gears' },
    }),
  ).toBe('published');
  expect(published(world, 'main', 'gears')).toEqual({ 'docs/g.md': 'g\n' });
  expect(await run({ mode: 'retire', event: runs.dispatchEvent(gears), inputs: { env: 'test' } })).toBe('published');
  expect(published(world, 'test', 'gears')).toEqual({});

  const cache = new Map<string, string>();
  const fetch = runs.startRun(world, {
    mode: 'fetch',
    event: runs.dispatchEvent(gears),
    inputs: { env: 'prod', references: 'codex://acme/widgets/docs/*.md' },
    cache,
  });
  await world.settle();
  expect(fetch.end?.fetched).toEqual(
    new Map([
      ['widgets/docs/a.md', 'edited\n'],
      ['widgets/docs/c.md', 'c\n'],
    ]),
  );
  const { steps } = world.log();
  expect(steps.filter(({ kind }) => kind === 'start')).toHaveLength(world.runs);
  expect(steps.filter(({ kind }) => kind === 'end')).toHaveLength(world.runs);
});

/** Some runs and people at once, under every fault. */
async function playBusyHistory(seed: number) {
  const faults = {
    ...{ noAnswer: 0.02, stale: 0.1, fetchFails: 0.05, lostAnswer: 0.2, pushFails: 0.1, refused: 0.02 },
    latency: 900,
  };
  const world = people.createWorld({ seed, faults });
  const random = createRandom(seed, 'busy');
  const projects = ['widgets', 'gears'].map((name) =>
    people.createProject(world, name, filesOf({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' })),
  );
  const started: runs.Run[] = [];
  for (let turn = 0; turn < 25; turn++) {
    const project = random.pick(projects);
    if (random.chance(0.5)) people.commit(world, project, 'main', { [`docs/${turn}.md`]: `${turn}\n` });
    const env = random.pick(['test', 'prod']);
    const checkout = { depth: random.pick(['shallow', 'deep'] as const) };
    started.push(
      runs.startRun(world, { mode: 'sync-project', event: runs.pushEvent(project), inputs: { env }, checkout }),
    );
    await world.advance(random.below(3000));
    if (random.chance(0.15)) random.pick(started).kill();
  }
  await world.settle();
  return { world, started };
}

test('the same seed gives the same log twice, and another seed another one', async () => {
  const [first, second, other] = [await playBusyHistory(7), await playBusyHistory(7), await playBusyHistory(8)];
  expect(first.world.log()).toEqual(second.world.log());
  expect(first.started.map(({ said }) => said)).toEqual(second.started.map(({ said }) => said));
  expect(first.started.map(({ passed }) => passed)).toEqual(second.started.map(({ passed }) => passed));
  expect(other.world.log()).not.toEqual(first.world.log());
});

test('no run of a busy history finds a defect of product or simulation, and races happen', async () => {
  let attempts = 0;
  let killed = 0;
  for (let seed = 100; seed < 110; seed++) {
    const { started } = await playBusyHistory(seed);
    for (const { end, said } of started) {
      const code = end?.error?.code ?? '';
      expect({ seed, said, isDefect: ['unexpected', 'simulation'].includes(code) }).toEqual({
        seed,
        said,
        isDefect: false,
      });
      attempts = Math.max(attempts, Number(end?.outputs.attempts ?? 0));
      if (end?.killed) killed += 1;
    }
  }
  expect(attempts).toBeGreaterThan(2);
  expect(killed).toBeGreaterThan(5);
});

async function beginWidgets(faults: Partial<people.Faults>) {
  const world = people.createWorld({ seed: 5, faults });
  const widgets = people.createProject(world, 'widgets', filesOf({ 'docs/a.md': 'a\n' }));
  people.setBranch(world, world.codex, 'main', people.commitOn(world, world.codex, undefined, { 'README.md': 'r\n' }));
  const run = runs.startRun(world, { mode: 'sync-project', event: runs.pushEvent(widgets), inputs: { env: 'prod' } });
  return { world, widgets, run };
}

test('a push whose answer is lost counts as accepted, and is made once', async () => {
  const { world, run } = await beginWidgets({ lostAnswer: 1 });
  const before = world.codex.branches.get('main');
  await world.settle();
  expect(conclusionOf(run)).toBe('published');
  const tip = world.codex.branches.get('main') ?? '';
  expect(run.end?.outputs['commit-sha']).toBe(tip);
  expect(world.database.commit(tip)?.parents).toEqual([before]);
});

test('a second commit after a lost answer is reported with the first one, and with the edit that it replaced', async () => {
  const { world, widgets } = await beginWidgets({});
  await world.settle();
  const edited = people.commit(world, world.codex, 'main', { 'projects/widgets/docs/a.md': 'edited\n' });
  people.commit(world, widgets, 'main', { 'docs/a.md': 'a 2\n', 'docs/b.md': 'b\n' });
  const run = runs.startRun(world, { mode: 'sync-project', event: runs.pushEvent(widgets), inputs: { env: 'prod' } });
  await loseAnswer(world, run);
  people.commit(world, world.codex, 'main', { 'projects/widgets/docs/b.md': null });
  await world.settle();
  expect(conclusionOf(run)).toBe('published');
  const { outputs } = run.end ?? {};
  expect(outputs).toMatchObject({ 'files-modified': '1', 'files-added': '2' });
  expect(outputs?.result).toMatchObject({
    replaced: [{ path: 'docs/a.md', url: expect.stringContaining(`/blob/${edited}/projects/widgets/docs/a.md`) }],
    warnings: expect.arrayContaining([expect.stringContaining('is published as well')]),
  });
});

test('a run that asks git again and again whether its push arrived counts its pushes alone as attempts', async () => {
  const twin = await beginWidgets({});
  await twin.world.settle();
  const { world, run } = await beginWidgets({ pushFails: 1 });
  while (!world.steps.some(({ kind }) => kind === 'fault')) await world.step();
  // Meanwhile others publish the very same.
  people.commit(world, world.codex, 'main', Object.fromEntries(people.filesOn(twin.world, twin.world.codex, 'main')));
  Object.assign(world.faults, { pushFails: 0 });
  const passed = (call: string) => run.passed.filter((one) => one === call).length;
  while (run.end === undefined && (await world.step()))
    Object.assign(world.faults, { noAnswer: run.passed.at(-1) === 'ls-remote' && passed('ls-remote') < 4 ? 1 : 0 });
  expect(conclusionOf(run)).toBe('unchanged');
  expect([passed('ls-remote'), passed('push'), run.end?.outputs.attempts]).toEqual([4, 1, '1']);
  expect(judge(world.log())).toEqual([]);
});

/** A run that has got no answer to its push, in a world without faults from then on. */
async function loseAnswer(world: people.World, run: runs.Run): Promise<string> {
  Object.assign(world.faults, { lostAnswer: 1 });
  await until(world, run, 'push answered');
  while (!world.steps.some(({ kind }) => kind === 'fault')) await world.step();
  Object.assign(world.faults, { lostAnswer: 0 });
  return world.codex.branches.get('main') ?? '';
}

test('a run whose push is refused after an earlier one was accepted without an answer names the commit that is there', async () => {
  for (const mode of ['sync-project', 'sync-org'] as const) {
    const { world, widgets } = await beginWidgets({});
    people.createProject(world, 'gears', filesOf({ 'docs/g.md': 'g\n' }));
    await world.settle();
    people.commit(world, widgets, 'main', { 'docs/a.md': 'a 2\n' });
    const inputs = { env: 'prod', 'codex-repository': 'acme/codex' };
    const source = mode === 'sync-org' ? { 'source-ref': 'default-branch' } : {};
    const run = runs.startRun(world, { mode, event: runs.pushEvent(widgets), inputs: { ...inputs, ...source } });
    const first = await loseAnswer(world, run);
    people.commit(world, world.codex, 'main', { 'projects/widgets/docs/a.md': null });
    people.setProtected(world, world.codex, 'main', true);
    await world.settle();
    expect(run.end?.error?.message).toContain(`Branch main has commit ${first}, which this run published before.`);
    expect(run.end?.error?.message).not.toContain('nothing was published');
    expect(judge(world.log())).toEqual([]);
  }
});

test('an organization whose push gets no answer before GitHub is out says that its projects may be published', async () => {
  const { world, widgets } = await beginWidgets({});
  await world.settle();
  people.commit(world, widgets, 'main', { 'docs/a.md': 'a 2\n' });
  const inputs = { env: 'prod', 'codex-repository': 'acme/codex', 'source-ref': 'default-branch' };
  const run = runs.startRun(world, { mode: 'sync-org', event: runs.pushEvent(widgets), inputs });
  const first = await loseAnswer(world, run);
  people.beginOutage(world, 3_600_000);
  await world.settle();
  const { message = '' } = run.end?.error ?? {};
  expect(message).toContain(`It is unknown whether branch main has commit ${first}: check the branch.`);
  expect(message).not.toContain('nothing was published');
  expect(run.end?.outputs.result).toMatchObject({
    failures: [{ repository: 'widgets', error: 'The run stopped here, and may have published it.' }],
  });
  expect(judge(world.log())).toEqual([]);
});

test('an organization is reported with the commits of a push whose answer was lost, before a second push for one project', async () => {
  const { world, widgets } = await beginWidgets({});
  const gears = people.createProject(world, 'gears', filesOf({ 'docs/g.md': 'g\n' }));
  await world.settle();
  people.commit(world, widgets, 'main', { 'docs/a.md': 'a 2\n' });
  const inputs = { env: 'prod', 'codex-repository': 'acme/codex', 'source-ref': 'default-branch' };
  const run = runs.startRun(world, { mode: 'sync-org', event: runs.scheduleEvent(gears), inputs });
  const first = await loseAnswer(world, run);
  people.commit(world, world.codex, 'main', { 'projects/gears/docs/g.md': null });
  await world.settle();
  expect(conclusionOf(run)).toBe('published');
  const { outputs } = run.end ?? {};
  expect(outputs).toMatchObject({ 'files-modified': '1', 'files-added': '2', succeeded: '2', failed: '0' });
  expect(outputs?.['commit-sha']).toBe(world.codex.branches.get('main'));
  expect(outputs?.result).toMatchObject({
    projects: [
      { project: 'gears', changed: true, changes: Array(2).fill({ action: 'add', path: 'docs/g.md' }) },
      {
        project: 'widgets',
        changed: true,
        changes: [{ action: 'modify', path: 'docs/a.md' }],
      },
    ],
    warnings: [expect.stringContaining(`/commit/${first} is published as well`)],
  });
  expect(judge(world.log())).toEqual([]);
});

/** Lets the world go on until the run has passed a call. */
async function until(world: people.World, run: runs.Run, call: string) {
  while (!run.passed.includes(call)) if (!(await world.step())) throw new Error(`The run never came to "${call}".`);
}

test('of two runs in a race the later one plans again, and the codex has the documents of both', async () => {
  const { world, run } = await beginWidgets({});
  const gears = people.createProject(world, 'gears', filesOf({ 'docs/g.md': 'g\n' }));
  await until(world, run, 'push');
  const other = runs.startRun(world, { mode: 'sync-project', event: runs.pushEvent(gears), inputs: { env: 'prod' } });
  people.commit(world, world.codex, 'main', { 'README.md': 'faster\n' });
  await world.settle();
  expect([conclusionOf(run), conclusionOf(other)]).toEqual(['published', 'published']);
  expect(Number(run.end?.outputs.attempts)).toBeGreaterThan(1);
  expect([published(world, 'main'), published(world, 'main', 'gears')]).toEqual([
    { 'docs/a.md': 'a\n' },
    { 'docs/g.md': 'g\n' },
  ]);
  expect(people.filesOn(world, world.codex, 'main').get('README.md')).toBe('faster\n');
});

test('a run that is killed before its push changes nothing, and one after it has published', async () => {
  const before = await beginWidgets({});
  await until(before.world, before.run, 'push');
  before.run.kill();
  await before.world.settle();
  expect(before.run.end).toEqual({ run: 1, outputs: {}, killed: true });
  expect(published(before.world, 'main')).toEqual({});

  const after = await beginWidgets({});
  await until(after.world, after.run, 'push answered');
  after.run.kill();
  await after.world.settle();
  expect(after.run.end?.killed).toBe(true);
  expect(published(after.world, 'main')).toEqual({ 'docs/a.md': 'a\n' });
});

test('in an outage a run fails, and a consumer gets the copies of the same environment', async () => {
  const { world, widgets, run } = await beginWidgets({});
  await world.settle();
  expect(conclusionOf(run)).toBe('published');
  const cache = new Map<string, string>();
  const inputs = { env: 'prod', references: 'codex://acme/widgets/docs/a.md', 'fallback-to-stale': 'true' };
  const fetch = () => runs.startRun(world, { mode: 'fetch', event: runs.dispatchEvent(widgets), inputs, cache });
  fetch();
  await world.settle();
  people.beginOutage(world, 3_600_000);
  const [stale, sync] = [
    fetch(),
    runs.startRun(world, { mode: 'sync-project', event: runs.pushEvent(widgets), inputs: { env: 'prod' } }),
  ];
  await world.settle();
  expect(conclusionOf(sync)).toMatchObject({ code: 'remote-failed' });
  expect(stale.end?.outputs).toMatchObject({ conclusion: 'fetched', stale: 'true' });
  expect(stale.end?.fetched).toEqual(new Map([['widgets/docs/a.md', 'a\n']]));
});

test('GitHub keeps the default branch, and makes none of a branch that is not there', async () => {
  const { world, widgets } = await beginWidgets({});
  const before = world.steps.length;
  people.deleteBranch(world, widgets, 'main');
  people.changeSettings(world, widgets, { defaultBranch: 'none' });
  expect([widgets.defaultBranch, widgets.branches.has('main'), world.steps.length]).toEqual(['main', true, before]);
});

test('events of strangers, queues and following workflows publish no more than their guards allow', async () => {
  const world = people.createWorld({ seed: 9 });
  const widgets = people.createProject(world, 'widgets', filesOf({ 'docs/a.md': 'a\n' }));
  people.setBranch(world, widgets, 'topic', widgets.branches.get('main') ?? '');
  people.commit(world, widgets, 'topic', { 'docs/topic.md': 'topic\n' });
  people.configure(world, widgets, 'topic', { organization: 'acme', codex_repo: 'codex', sync_patterns: ['**/*.md'] });
  people.pushToFork(world, widgets, 'eve/widgets', 'evil', { 'docs/evil.md': 'evil\n' });
  const own = people.openPull(world, widgets, { headBranch: 'topic' });
  const foreign = people.openPull(world, widgets, { headBranch: 'evil', fork: 'eve/widgets' });
  if (!own || !foreign) throw new Error('The pull requests were not opened.');
  people.publishRelease(world, widgets, 'v1', widgets.branches.get('main') ?? '');
  const of = async (event: runs.RunEvent, env: string, checkout?: { commit: string; depth: 'deep' }) => {
    const run = runs.startRun(world, {
      ...{ mode: 'sync-project', event, inputs: { env } },
      ...(checkout && { checkout }),
    });
    await world.settle();
    return run.end?.error?.code ?? run.end?.outputs.conclusion;
  };
  const evil = { commit: foreign.head, depth: 'deep' } as const;
  expect(await of(runs.pullEvent(widgets, foreign, 'opened'), 'test')).toBe('skipped');
  expect(await of(runs.pullTargetEvent(widgets, foreign, 'opened'), 'test', evil)).toBe('refused-by-guard');
  expect(await of(runs.commentEvent(widgets, foreign), 'test', evil)).toBe('refused-by-guard');
  expect(await of(runs.commentEvent(widgets, own), 'prod')).toBe('refused-by-guard');
  const opened = runs.pullEvent(widgets, foreign, 'opened');
  expect(await of(runs.workflowRunEvent(widgets, opened), 'test', evil)).toBe('refused-by-guard');
  expect(await of(runs.repositoryDispatchEvent(widgets), 'prod', evil)).toBe('refused-by-guard');
  expect(await of(runs.mergeQueueEvent(widgets, own), 'prod')).toBe('skipped');
  expect(world.codex.branches.size).toBe(0);
  expect(await of(runs.createEvent(widgets, 'refs/tags/v1'), 'prod')).toBe('published');
  expect(await of(runs.workflowRunEvent(widgets, runs.pushEvent(widgets)), 'prod')).toBe('unchanged');
  const ours = { commit: own.head, depth: 'deep' } as const;
  const ofOwn = runs.workflowRunEvent(widgets, runs.pullEvent(widgets, own, 'opened'));
  expect(await of(ofOwn, 'test', ours)).toBe('published');
  expect(published(world, 'test')).toEqual({ 'docs/a.md': 'a\n', 'docs/topic.md': 'topic\n' });
  expect(published(world, 'main')).toEqual({ 'docs/a.md': 'a\n' });
});
