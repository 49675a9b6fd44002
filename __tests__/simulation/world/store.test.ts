import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { blobObject, commitObject, type GitObject, renderPack, treeObject } from '../../../src/git/objects.ts';
import { commitId, treeId } from '../../../src/text/ids.ts';
import { tryGit } from '../../support/git.ts';
import { createRandom, type Random } from '../random.ts';
import { createEdge } from './edge.ts';
import type { Task } from './scheduler.ts';
import { createMachine, createVirtualGit, poolOf, SERVER, writeObjects } from './store.ts';
import { commitOn, createWorld, moveBranch, type World } from './world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulation-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Call {
  readonly input?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Asks real git and the virtual one the same; both must answer the same bytes. */
async function createPair(world: World, name: string) {
  const directory = join(folder, name);
  await tryGit(folder, ['init', '--quiet', '--bare', '--template=', directory], { env: { GIT_DIR: directory } });
  const machine = createMachine();
  const virtual = createVirtualGit(createEdge(world, task(1)), machine, directory);
  return {
    directory,
    virtual,
    /** An object that the product made, in both. */
    async write(object: GitObject): Promise<string> {
      const env = { GIT_DIR: directory };
      await tryGit(directory, ['index-pack', '--stdin'], { env, input: await renderPack([object]) });
      writeObjects(world.database, poolOf(machine, directory), [object]);
      const { stdout } = await tryGit(directory, ['cat-file', object.type, object.id], { env });
      expect(stdout).toEqual(object.content);
      return object.id;
    },
    async both(args: readonly string[], { input, variables = {} }: Call = {}): Promise<string> {
      const env = { GIT_DIR: directory, ...variables };
      const real = await tryGit(directory, args, { env, ...(input !== undefined && { input }) });
      const ours = await virtual(args, { variables, ...(input !== undefined && { input }) });
      expect({ args, exitCode: ours.exitCode, stdout: ours.stdout.toString() }).toEqual({
        ...{ args, exitCode: real.exitCode },
        stdout: real.stdout.toString(),
      });
      return real.stdout.toString().trim();
    },
  };
}

function task(number: number): Task {
  return { number, killed: false, points: 0 };
}

// Git sorts a folder as if its name ended in a slash: between `a-b`, `a.b` and `a0`.
const NAMES = ['a', 'a-b', 'a.b', 'a0', 'B', 'é', 'b c', 'ab', '日本', '\u{1f600}', '\ufb01'];

function randomPath(random: Random): string {
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(NAMES)).join('/');
}

test('objects have the ids, and plumbing prints the bytes, of real git', async () => {
  const random = createRandom(Number(process.env.FC_SEED ?? Date.now()));
  const world = createWorld({ seed: 1 });
  const { both, write, directory } = await createPair(world, 'objects.git');
  const variables = { GIT_INDEX_FILE: join(directory, 'test-index') };
  const trees: string[] = [];
  await both(['read-tree', '--empty'], { variables });
  for (let round = 0; round < 25; round++) {
    const ids: string[] = [];
    for (let count = random.below(3) + 1; count > 0; count--)
      ids.push(await write(blobObject(Buffer.from(`${random.pick(NAMES)} ${random.below(9)}\n`))));
    if (random.chance(0.2)) await both(['read-tree', random.pick(['--empty', ...trees])], { variables });
    const entries = Array.from({ length: random.below(6) }, () => {
      const path = randomPath(random);
      const isRemoved = random.chance(0.25);
      if (isRemoved) return `0 ${'0'.repeat(40)}\t${path}\0`;
      return `${random.pick(['100644', '100755'])} ${random.pick(ids)}\t${path}\0`;
    });
    await both(['update-index', '-z', '--index-info'], { variables, input: entries.join('') });
    const tree = await both(['write-tree', '--missing-ok'], { variables });
    trees.push(tree);
    await both(['ls-tree', '-z', '-r', tree]);
    await both(['cat-file', 'tree', tree]);
    const lines = ids.map((id, name) => `100644 blob ${id}\t${name}\0`).toReversed();
    await both(['mktree', '-z'], { input: lines.join('') });
    const unknown = 'f'.repeat(40);
    const input = [...ids, unknown].map((id) => `${id}\n`).join('');
    await both(['cat-file', '--batch', '--buffer'], { input });
    await both(['cat-file', '--batch-check', '--buffer'], { input });
    const details = {
      author: { name: random.pick(NAMES.slice(0, 4)), email: 'a@example.com' },
      message: random.pick(['one line', 'a subject\n\nand more\n', 'trailing\n\n\n']),
      now: new Date(1_700_000_000_000 + random.below(1e9)),
    };
    const first = await write(commitObject(treeId(tree), undefined, details));
    await write(commitObject(treeId(tree), commitId(first), details));
  }
});

test('a push answers as that of real git: a new branch, a move, a stale lease', async () => {
  const world = createWorld({ seed: 2, faults: { latency: 1 } });
  const { write, virtual, directory } = await createPair(world, 'local.git');
  const bare = join(folder, 'remote.git');
  await tryGit(folder, ['init', '--quiet', '--bare', '--template=', bare], { env: { GIT_DIR: bare } });
  const url = `${SERVER}/acme/codex`;
  const author = { name: 'Pat', email: 'pat@example.com' };
  const tree = treeObject(Buffer.alloc(0));
  await write(tree);
  const details = { author, now: new Date(1_700_000_000_000) };
  const one = await write(commitObject(tree.id, undefined, { ...details, message: 'one\n' }));
  const two = await write(commitObject(tree.id, commitId(one), { ...details, message: 'two\n' }));

  async function push(commit: string, lease: string) {
    const ref = 'refs/heads/main';
    const args = ['push', '--porcelain', `--force-with-lease=${ref}:${lease}`];
    const real = await tryGit(directory, [...args, bare, `${commit}:${ref}`], { env: { GIT_DIR: directory } });
    const answer = virtual([...args, url, `${commit}:${ref}`]);
    await world.settle();
    const { exitCode, stdout } = await answer;
    const expected = { exitCode: real.exitCode, stdout: real.stdout.toString().replaceAll(bare, url) };
    expect({ exitCode, stdout: stdout.toString() }).toEqual(expected);
    return exitCode;
  }
  expect(await push(one, '')).toBe(0);
  expect(await push(two, '')).toBe(1);
  expect(await push(two, one)).toBe(0);
  expect(await push(one, one)).toBe(1);
  expect(world.codex.branches.get('main')).toBe(two);
});

test('a push that another one overtakes on the server is rejected there, and nothing is lost', async () => {
  const world = createWorld({ seed: 3 });
  const machine = createMachine();
  const first = commitOn(world, world.codex, undefined, { 'a.md': 'a\n' });
  moveBranch(world, world.codex, 'main', first, 'person');
  const git = createVirtualGit(createEdge(world, task(1)), machine, '/objects');
  const author = { name: 'Pat', email: 'pat@example.com' };
  const tree = treeId(world.database.commit(first)?.tree ?? '');
  const made = commitObject(tree, commitId(first), { author, message: 'ours\n', now: new Date(0) });
  writeObjects(world.database, poolOf(machine, '/objects'), [made]);
  const ours = made.id;
  const ref = 'refs/heads/main';
  const named = git(['ls-remote', '--quiet', `${SERVER}/acme/codex`, ref]);
  await world.settle();
  expect((await named).stdout.toString()).toBe(`${first}\t${ref}\n`);
  const push = git([
    'push',
    '--porcelain',
    `--force-with-lease=${ref}:${first}`,
    `${SERVER}/acme/codex`,
    `${ours}:${ref}`,
  ]);
  await world.step();
  const theirs = commitOn(world, world.codex, first, { 'b.md': 'b\n' });
  moveBranch(world, world.codex, 'main', theirs, 'person');
  await world.settle();
  const { exitCode, stdout: reply } = await push;
  expect(exitCode).toBe(1);
  expect(reply.toString()).toContain(
    `[remote rejected] (cannot lock ref '${ref}': is at ${theirs} but expected ${first})`,
  );
  expect(world.codex.branches.get('main')).toBe(theirs);
});

test('ancestors and merge bases are those of real git', async () => {
  const random = createRandom(Number(process.env.FC_SEED ?? Date.now()));
  const world = createWorld({ seed: 4 });
  const { directory, write } = await createPair(world, 'history.git');
  const { database } = world;
  const tree = await write(treeObject(Buffer.alloc(0)));
  const ids: string[] = [];
  for (let number = 0; number < 30; number++) {
    const parents = [
      ...new Set(ids.length === 0 ? [] : [random.pick(ids), ...(random.chance(0.4) ? [random.pick(ids)] : [])]),
    ];
    const args = ['commit-tree', ...parents.flatMap((parent) => ['-p', parent]), '-F', '-', tree];
    const env = Object.fromEntries([
      ...['AUTHOR', 'COMMITTER'].flatMap((kind) => [
        [`GIT_${kind}_NAME`, 'Pat'],
        [`GIT_${kind}_EMAIL`, 'pat@example.com'],
        [`GIT_${kind}_DATE`, `${1_700_000_000 + number} +0000`],
      ]),
      ['GIT_DIR', directory],
    ]);
    const made = await tryGit(directory, args, { env, input: `${number}\n` });
    const [time, author] = [1_700_000_000 + number, 'Pat <pat@example.com>'];
    ids.push(database.writeCommit({ tree, parents, author, time, message: `${number}\n` }));
    expect(ids.at(-1)).toBe(made.stdout.toString().trim());
  }
  const real = async (...args: string[]) => {
    const { exitCode, stdout } = await tryGit(directory, args, { env: { GIT_DIR: directory } });
    return { exitCode, lines: stdout.toString().split('\n').filter(Boolean) };
  };
  for (let round = 0; round < 40; round++) {
    const [one, other] = [random.pick(ids), random.pick(ids)];
    const contained = (await real('merge-base', '--is-ancestor', other, one)).exitCode === 0;
    expect(database.contains(one, other)).toBe(contained);
    const bases = (await real('merge-base', '--all', one, other)).lines;
    const base = database.mergeBase(one, other);
    expect(bases.length === 0 ? base === undefined : bases.includes(base ?? '')).toBe(true);
    const since = (await real('rev-list', one, `^${other}`)).lines;
    expect(database.commitsSince(other, one).toSorted()).toEqual(since.toSorted());
  }
});
