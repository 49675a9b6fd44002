import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, nearest } from '../../src/text/phrases.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['', 'env', 3],
    ['env', 'env', 0],
    ['enviroment', 'environment', 1],
    ['tokens', 'token', 1],
    ['evn', 'env', 1],
    ['syncPatterns', 'sync_patterns', 2],
    ['kitten', 'sitting', 3],
    ['abcd', 'acxd', 2],
    ['abcd', 'axbd', 2],
    ['abcd', 'axyd', 2],
    ['ab', 'ba', 1],
    ['abc', 'cab', 2],
    ['ab', 'xaby', 2],
    ['abab', 'baba', 2],
  ])('%j to %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is the same in both directions, zero only for equal words, and at most the longer length', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('nearest', () => {
  const words = ['mode', 'env', 'token', 'project-token', 'dry-run', 'environment'];

  test.each([
    ['dry_run', 'dry-run'],
    ['dryrun', 'dry-run'],
    ['enviroment', 'environment'],
    ['tokne', 'token'],
    ['env', 'env'],
    ['evn', 'env'],
    ['project-tkoen', 'project-token'],
  ])('%s resembles %s', (word, meant) => {
    expect(nearest(word, words)).toBe(meant);
  });

  test.each([
    ['more than two edits', 'dry-runner'],
    ['two edits in a short word are more than a third of it', 'moat'],
    ['one edit in a word of two letters', 'en'],
    ['nothing', ''],
    ['something else', 'colour'],
  ])('%s: no suggestion', (_, word) => {
    expect(nearest(word, words)).toBeUndefined();
  });

  test('the nearer word wins over an earlier one, the earlier one over an equally near one', () => {
    expect(nearest('branches', ['brunchez', 'branche', 'branchs'])).toBe('branche');
  });

  test('an endless word costs nothing', () => {
    expect(nearest('x'.repeat(10_000_000), words)).toBeUndefined();
  });
});
