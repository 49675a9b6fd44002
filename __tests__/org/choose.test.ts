import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ListedRepository } from '../../src/github/organization-api.ts';
import { chooseRepositories, inBatches, isInShard, ownNames } from '../../src/org/request.ts';
import { branchName } from '../../src/text/ids.ts';

const repository = (name: string, more: Partial<ListedRepository> = {}): ListedRepository => ({
  fullName: `acme/${name}`,
  name,
  archived: false,
  disabled: false,
  fork: false,
  defaultBranch: branchName('main'),
  visibility: 'private',
  ...more,
});
const all: Parameters<typeof chooseRepositories>[1] = { repositories: [], excluded: [], shard: { index: 1, count: 1 } };
const choose = (listed: readonly ListedRepository[], asked: Partial<typeof all> = {}) =>
  chooseRepositories(listed, { ...all, ...asked }, 'Acme/Codex.acme.com');
const names = ({ chosen }: ReturnType<typeof choose>) => chosen.map(({ name }) => name);

describe('which repositories', () => {
  test('all that the codex can have, by name; the others with their reason', () => {
    const listed = [
      repository('widgets'),
      repository('codex.acme.com'),
      repository('old', { archived: true, fork: true }),
      repository('off', { disabled: true }),
      repository('copy', { fork: true }),
      repository('.github'),
    ];
    const choice = choose(listed);
    expect(names(choice)).toEqual(['.github', 'widgets']);
    expect(Object.fromEntries(choice.skipped)).toEqual({
      'codex.acme.com': 'the codex itself',
      old: 'archived',
      off: 'disabled',
      copy: 'a fork',
    });
    expect([choice.leftOut, choice.elsewhere, choice.unmatched]).toEqual([[], 0, []]);
  });

  test('globs choose, exclusion wins, and one that matches nothing is told', () => {
    const listed = ['doc-a', 'doc-b', 'tool'].map((name) => repository(name));
    const choice = choose(listed, { repositories: ['doc-*', 'toolbox'], excluded: ['*-b', 'x*'] });
    expect(names(choice)).toEqual(['doc-a']);
    expect(choice.leftOut).toEqual(['doc-b', 'tool']);
    expect(choice.unmatched).toEqual(['toolbox', 'x*']);
    expect(names(choose(listed, { excluded: ['tool'] }))).toEqual(['doc-a', 'doc-b']);
  });

  test('no list at all is no choice', () => {
    expect(choose([])).toMatchObject({ chosen: [], leftOut: [], elsewhere: 0 });
  });
});

test('the name of a project is kept for the repository of that name, where the codex can have that', () => {
  const listed = [repository('Widgets'), repository('old', { archived: true }), repository('codex.acme.com')];
  expect(Object.fromEntries(ownNames(listed, 'acme/codex.acme.com'))).toEqual({ widgets: 'Widgets' });
});

describe('a share', () => {
  test('has each repository in exactly one job, whatever the others are called', () => {
    // No two repositories of an owner differ in case alone.
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), { selector: (name) => name.toLowerCase() }),
        fc.integer({ min: 1, max: 20 }),
        (all, count) => {
          const listed = all.map((name) => repository(name));
          const shares = Array.from({ length: count }, (_, index) =>
            choose(listed, { shard: { index: index + 1, count } }),
          );
          expect(shares.flatMap(names).sort()).toEqual([...all].sort());
          for (const share of shares) expect(share.elsewhere + share.chosen.length).toBe(all.length);
        },
      ),
    );
  });

  test('stays what it is when repositories come and go, and in any case of letters', () => {
    const shard = { index: 2, count: 3 };
    const mine = ['alpha', 'beta', 'gamma', 'delta'].filter((name) => isInShard(name, shard));
    expect(
      names(
        choose(
          [...mine, 'epsilon', 'zeta'].map((name) => repository(name)),
          { shard },
        ),
      ),
    ).toEqual(expect.arrayContaining(mine));
    for (const name of mine) expect(isInShard(name.toUpperCase(), shard)).toBe(true);
    // What jobs of this version agree on, those of the next one have to agree on too.
    expect(
      ['alpha', 'beta', 'gamma', 'delta'].map((name) =>
        [1, 2, 3].find((index) => isInShard(name, { index, count: 3 })),
      ),
    ).toEqual([2, 3, 3, 3]);
  });

  test('of many repositories is about as large as any other', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
    const sizes = [1, 2, 3, 4].map((index) => many.filter((name) => isInShard(name, { index, count: 4 })).length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1000);
    expect(Math.min(...sizes)).toBeGreaterThan(200);
  });
});

describe('batches', () => {
  test.each([
    [0, []],
    [1, [1]],
    [5, [5]],
    [21, [20, 1]],
    [62, [20, 20, 20, 2]],
    [200, Array(10).fill(20)],
  ])('of %i', (count, sizes) => {
    const all = Array.from({ length: count }, (_, index) => index);
    const batches = inBatches(all);
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat()).toEqual(all);
  });
});
