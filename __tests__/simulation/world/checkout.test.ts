import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openCheckout } from '../../../src/git/checkout.ts';
import { createGit } from '../../../src/git/exec.ts';
import { createObjectStore } from '../../../src/git/object-store.ts';
import { tryListCommitted, tryReadCommitted } from '../../../src/git/read-commit.ts';
import { blobId } from '../../../src/text/ids.ts';
import { cleanGitEnvironment, gitText } from '../../support/git.ts';
import { createRandom, type Random } from '../random.ts';
import { addCheckoutPool, createCheckoutGit, createClone, createVirtualCheckout } from './checkout.ts';
import { createEdge } from './edge.ts';
import { saveRepository } from './real-objects.ts';
import { createMachine, SERVER } from './store.ts';
import * as people from './world.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'simulation-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PATHS = ['README.md', 'docs/a.md', 'docs/b.md', 'docs/x/c.md', 'docs/x.md', 'é.md', people.CONFIG_FILE];

/** A project with branches that were merged and forced. */
function createHistory(world: people.World, random: Random): people.Repository {
  const project = people.createProject(world, 'widgets', new Map([['README.md', 'w\n']]));
  for (let turn = 0; turn < 12; turn++) {
    const branch = random.pick(['main', 'feature']);
    if (!project.branches.has(branch)) people.setBranch(world, project, branch, project.branches.get('main') ?? '');
    people.commit(world, project, branch, { [random.pick(PATHS)]: random.chance(0.2) ? null : `${random.below(4)}\n` });
    const pull = random.chance(0.3) ? people.openPull(world, project, { headBranch: 'feature' }) : undefined;
    if (pull && random.chance(0.7)) people.mergePull(world, project, pull.number);
    if (random.chance(0.2)) people.setTag(world, project, `v${turn}`, project.branches.get('main') ?? '');
  }
  return project;
}

test.each(['shallow', 'deep'] as const)('a virtual %s checkout answers as a real one', async (depth) => {
  const seed = Number(process.env.FC_SEED ?? Date.now());
  const random = createRandom(seed, depth);
  const world = people.createWorld({ seed });
  const project = createHistory(world, random);
  const { database } = world;
  const all = [...project.commits.keys()].filter((id) => project.objects.has(id));
  const head = random.pick([...project.branches.values()]);
  const gone = random.pick([...people.filesAt(world, head).keys()]);
  const dirty = { [random.pick(PATHS)]: 'dirty\n', 'docs/new.md': 'new\n', [gone]: null };
  const edge = createEdge(world, { number: 1, killed: false, points: 0 });
  const clone = createClone(edge, project, head, { depth, dirty });
  const machine = createMachine();
  addCheckoutPool(edge, machine, clone);

  const directory = join(folder, depth);
  await mkdir(directory);
  await gitText(directory, ['init', '--quiet', '--initial-branch=main']);
  const git = join(directory, '.git');
  const commits = all.filter(clone.commits);
  const objects = commits.flatMap((id) => [id, ...database.objectsBelow(database.commit(id)?.tree ?? '')]);
  await saveRepository(git, database, objects, clone.refs);
  if (depth === 'shallow') await writeFile(join(git, 'shallow'), `${head}\n`);
  await gitText(directory, ['checkout', '--quiet', '--detach', head]);
  await gitText(directory, ['remote', 'add', 'origin', `${SERVER}/${clone.origin}`]);
  const committed = people.filesAt(world, head);
  for (const path of new Set([...committed.keys(), ...clone.working.keys()])) {
    const text = clone.working.get(path);
    if (text === committed.get(path)) continue;
    await rm(join(directory, path), { force: true, recursive: true });
  }
  for (const [path, text] of clone.working) {
    if (text === committed.get(path)) continue;
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }

  const temporary = await mkdtemp(join(folder, 'temporary-'));
  const environment = cleanGitEnvironment();
  const ignore = () => undefined;
  const real = await openCheckout(directory, temporary, environment, ignore);
  const virtual = createVirtualCheckout(edge, machine, clone, { path: '.' });
  const differences: unknown[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown) => {
    if (!isDeepStrictEqual(ours, theirs)) differences.push({ what, virtual: ours, real: theirs });
  };
  const sides = [virtual, real] as const;
  async function both(what: string, ask: (side: typeof virtual) => Promise<unknown>): Promise<void> {
    const [ours, theirs] = [await ask(sides[0]), await ask(sides[1])];
    compare(what, ours, theirs);
  }

  compare('head', virtual.head, real.head);
  compare('origin', virtual.origin, real.origin);
  await both('list', async (side) => ({
    ...(await side.list([])),
    index: [...(await side.list([])).index].toSorted(),
  }));
  const paths = [...PATHS, 'docs/new.md', 'none.md', 'docs'];
  await both('on disk', (side) => side.lookAt(paths));
  await both('staged', (side) => side.tryListStaged());
  const ids = new Map(paths.map((path) => [path, blobId(database.writeBlob(committed.get(path) ?? 'dirty\n'))]));
  await both('unchanged', (side) => side.listUnchanged(ids));
  const stores = await Promise.all(
    ['real', 'virtual'].map((name) =>
      createObjectStore({ directory: join(temporary, name), environment, debug: ignore, sleep: async () => {} }),
    ),
  );
  const there = [...clone.working.keys()];
  await both('stage', async (side) => {
    const [store] = stores.splice(0, 1);
    return store && new Map([...(await side.stage(there, store, 'as on disk'))].toSorted());
  });
  await both('ignored', (side) => side.listIgnored(paths));
  for (let round = 0; round < 15; round++) {
    const [one, other] = [random.pick([...all, head, head]), random.pick([...all, head])];
    await both(`contains ${one} ${other}`, (side) => side.contains(one, other));
    await both(`commit ${one}`, (side) => side.readCommit(one));
    await both(`base ${one} ${other}`, (side) => side.tryMergeBase(one, other));
    await both(`changed ${one} ${other}`, async (side) => (await side.tryChanged(one, other))?.toSorted());
    await both(`since ${one} ${other}`, async (side) =>
      (await side.tryCommitsSince(one, other))?.map(({ id }) => id).toSorted(),
    );
  }
  for (const ref of ['HEAD', 'refs/remotes/origin/main', 'refs/tags/v1', 'refs/heads/none', ...all.slice(0, 3)])
    await both(`resolve ${ref}`, (side) => side.tryResolve(ref));

  const gits = [
    createCheckoutGit(edge, clone),
    createGit({ directory, environment, protocols: 'none', debug: ignore }),
  ] as const;
  for (const name of ['HEAD', ...all.slice(0, 4), head]) {
    const [ours, theirs] = await Promise.all(gits.map((one) => tryReadCommitted(one, name, PATHS)));
    compare(`files of ${name}`, ours, theirs);
    const [listed, reallyListed] = await Promise.all(gits.map((one) => tryListCommitted(one, name, PATHS)));
    if (name !== 'HEAD') compare(`paths of ${name}`, listed, reallyListed);
    const asked = ['merge-base', '--is-ancestor', 'HEAD', 'refs/remotes/origin/main'];
    const [is, reallyIs] = await Promise.all(gits.map(async (one) => (await one(asked)).exitCode));
    compare('pushed', is, reallyIs);
  }
  expect({ seed, differences }).toEqual({ seed, differences: [] });
});
