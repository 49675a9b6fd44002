import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deletionsToWithhold, isOverThreshold } from '../../src/codex/deletion-guard.ts';
import { DEFAULT_THRESHOLD } from '../../src/inputs/request.ts';

const number = fc.integer({ min: 0, max: 60 });
const threshold = fc.record({
  count: fc.oneof(fc.constant(DEFAULT_THRESHOLD.count), number),
  percent: fc.oneof(fc.constant(DEFAULT_THRESHOLD.percent), fc.integer({ min: 0, max: 100 })),
});

test('the defaults are 50 and 20 per cent', () => {
  expect(DEFAULT_THRESHOLD).toEqual({ count: 50, percent: 20 });
});

test('a chosen number is obeyed as it is; five or fewer pass only where both numbers are the defaults', () => {
  fc.assert(
    fc.property(number, number, threshold, (deletions, owned, { count, percent }) => {
      const isOver = deletions > count || deletions * 100 > percent * owned;
      const isDefault = count === 50 && percent === 20;
      expect(isOverThreshold(deletions, owned, { count, percent })).toBe(isOver && !(isDefault && deletions <= 5));
    }),
  );
});

test('whoever wrote the defaults down has the defaults', () => {
  expect(isOverThreshold(5, 5, { ...DEFAULT_THRESHOLD })).toBe(false);
  expect(isOverThreshold(6, 6, { ...DEFAULT_THRESHOLD })).toBe(true);
});

test('with a threshold of 0, or of 0 per cent, nothing is ever deleted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), number, threshold, (deletions, owned, given) => {
      expect(isOverThreshold(deletions, owned, { ...given, count: 0 })).toBe(true);
      expect(isOverThreshold(deletions, owned, { ...given, percent: 0 })).toBe(true);
    }),
  );
});

test('all deletions are withheld or none, and a move is neither counted nor withheld', () => {
  const change = fc.record({
    action: fc.constantFrom('add' as const, 'modify' as const, 'delete' as const),
    because: fc.constantFrom(undefined, 'moved', 'renamed in case'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), number, threshold, (changes, owned, given) => {
      const named = changes.map(({ action, because }, index) => {
        return { path: `${index}.md`, action, ...(because && { because }) };
      });
      const deletions = named.filter((one) => one.action === 'delete' && one.because === undefined);
      const isOver = isOverThreshold(deletions.length, owned, given);
      const withheld = deletionsToWithhold(named, owned, given);
      expect([...withheld]).toEqual(isOver ? deletions.map(({ path }) => path) : []);
    }),
  );
});

test('not even five pass where other patterns selected the documents: a generator may have made them, or another workflow', () => {
  const gone = (because?: string) => [{ path: 'a.md', action: 'delete' as const, ...(because && { because }) }];
  const withheld = (because: string | undefined, otherPatterns: boolean, owned = 2) =>
    deletionsToWithhold(gone(because), owned, DEFAULT_THRESHOLD, { otherPatterns }).size;
  expect([
    withheld('no longer selected', true),
    withheld('no longer selected', false),
    withheld(undefined, true),
    withheld('moved', true),
  ]).toEqual([1, 0, 1, 0]);
  // The share is obeyed.
  expect(withheld('no longer selected', true, 5)).toBe(0);
});

test('what must not be deleted is withheld whatever the threshold, and the others are counted without it', () => {
  const deletion = (path: string, because?: string) => ({
    path,
    action: 'delete' as const,
    ...(because && { because }),
  });
  const changes = [deletion('a'), deletion('b'), deletion('c', 'moved'), deletion('d')];
  const always = new Map(['a', 'c', 'x'].map((path) => [path, 'dist/**']));
  const withheld = (count: number) => [...deletionsToWithhold(changes, 10, { count, percent: 100 }, { always })];
  expect(withheld(2)).toEqual(['a']);
  expect(withheld(1)).toEqual(['a', 'b', 'd']);
});
