import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tryGit } from '../support/git.ts';
import { createEdge } from './edge.ts';
import { commitOn, createWorld, moveBranch, type World } from './organization.ts';
import { createRandom, type Random } from './random.ts';
import type { Task } from './scheduler.ts';
import { createMachine, createVirtualGit, SERVER } from './store.ts';

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
  const virtual = createVirtualGit(createEdge(world, task(1)), createMachine(), directory);
  return {
    directory,
    virtual,
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
  const { both, directory } = await createPair(world, 'objects.git');
  const variables = { GIT_INDEX_FILE: join(directory, 'test-index') };
  const trees: string[] = [];
  await both(['read-tree', '--empty'], { variables });
  for (let round = 0; round < 25; round++) {
    const ids: string[] = [];
    for (let count = random.below(3) + 1; count > 0; count--)
      ids.push(await both(['hash-object', '-w', '--stdin'], { input: `${random.pick(NAMES)} ${random.below(9)}\n` }));
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
    const listed = await both(['ls-tree', '-z', tree]);
    const shuffled = listed.split('\0').filter(Boolean).reverse();
    await both(['mktree', '-z', '--missing'], { input: shuffled.map((line) => `${line}\0`).join('') });
    const unknown = 'f'.repeat(40);
    const input = [...ids, unknown].map((id) => `${id}\n`).join('');
    await both(['cat-file', '--batch', '--buffer'], { input });
    await both(['cat-file', '--batch-check', '--buffer'], { input });
    const date = `${1_700_000_000 + random.below(1e6)} +0000`;
    const who = { NAME: random.pick(NAMES.slice(0, 4)), EMAIL: 'a@example.com', DATE: date };
    const people = ['AUTHOR', 'COMMITTER'].flatMap((kind) =>
      Object.entries(who).map(([key, value]) => [`GIT_${kind}_${key}`, value]),
    );
    const message = random.pick(['one line', 'a subject\n\nand more\n', 'trailing\n\n\n']);
    const first = await both(['commit-tree', '-F', '-', tree], {
      input: message,
      variables: Object.fromEntries(people),
    });
    await both(['commit-tree', '-p', first, '-F', '-', tree], {
      input: message,
      variables: Object.fromEntries(people),
    });
  }
});

test('a push answers as that of real git: a new branch, a move, a stale lease', async () => {
  const world = createWorld({ seed: 2, faults: { latency: 1 } });
  const { both, virtual, directory } = await createPair(world, 'local.git');
  const bare = join(folder, 'remote.git');
  await tryGit(folder, ['init', '--quiet', '--bare', '--template=', bare], { env: { GIT_DIR: bare } });
  const url = `${SERVER}/acme/codex`;
  const date = '1700000000 +0000';
  const who = { NAME: 'Pat', EMAIL: 'pat@example.com', DATE: date };
  const variables = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((kind) => Object.entries(who).map(([key, value]) => [`GIT_${kind}_${key}`, value])),
  );
  const tree = await both(['mktree', '-z', '--missing'], { input: '' });
  const one = await both(['commit-tree', '-F', '-', tree], { input: 'one\n', variables });
  const two = await both(['commit-tree', '-p', one, '-F', '-', tree], { input: 'two\n', variables });

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
  const { stdout } = await git(['commit-tree', '-p', first, '-F', '-', world.database.commit(first)?.tree ?? ''], {
    input: 'ours\n',
  });
  const ours = stdout.toString().trim();
  const ref = 'refs/heads/main';
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
  const { directory, both } = await createPair(world, 'history.git');
  const { database } = world;
  const ids: string[] = [];
  for (let number = 0; number < 30; number++) {
    const parents = [
      ...new Set(ids.length === 0 ? [] : [random.pick(ids), ...(random.chance(0.4) ? [random.pick(ids)] : [])]),
    ];
    const people = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((kind) => [
        [`GIT_${kind}_NAME`, 'Pat'],
        [`GIT_${kind}_EMAIL`, 'pat@example.com'],
        [`GIT_${kind}_DATE`, `${1_700_000_000 + number} +0000`],
      ]),
    );
    const tree = await both(['mktree', '-z', '--missing'], { input: '' });
    const args = ['commit-tree', ...parents.flatMap((parent) => ['-p', parent]), '-F', '-', tree];
    ids.push(await both(args, { input: `${number}\n`, variables: people }));
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
