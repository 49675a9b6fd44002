import { expect, test } from '@jest/globals';
import type { Change } from '../../src/codex/changes.ts';
import { NO_PULLS } from '../../src/codex/pull-plan.ts';
import { withEarlier } from '../../src/promote/earlier.ts';
import { outcome } from '../../src/promote/report.ts';

const change = (path: string): Change => ({ path, action: 'delete', document: undefined });
const planOf = (...paths: string[]) => ({
  ...NO_PULLS,
  ...{ changes: paths.map(change), drifted: [], conflicts: [], withheld: [], unowned: [], skippedInCodex: [] },
  documents: new Map(),
});
const [first, second] = ['1'.repeat(40), '2'.repeat(40)];
const published = outcome('widgets', { changes: true, plan: planOf('a'), warnings: ['one'] });
const earlier = [{ commit: second, parent: first, planned: { publication: undefined, projects: [published] } }];

test('what an earlier commit of the run did is listed with what the last one did', () => {
  const last = outcome('widgets', { plan: planOf('b') });
  const { plan, changes } = withEarlier(last, earlier, second);
  expect(changes).toBe(true);
  expect(plan?.changes.map(({ path, parent }) => [path, parent])).toEqual([
    ['a', first],
    ['b', second],
  ]);
});

test.each([
  ['fails', { error: 'It cannot be read.' }],
  ['is held', { skipped: 'held' as const }],
])('and where its last plan %s, it is listed with that', (_, facts) => {
  const shown = withEarlier(outcome('widgets', { ...facts, warnings: ['two'] }), earlier, second);
  expect(shown).toMatchObject({ ...facts, changes: true, warnings: ['one', 'two'] });
  expect(shown.plan?.changes.map(({ path }) => path)).toEqual(['a']);
});

test('another project is left as it is', () => {
  const other = outcome('gears', { error: 'It cannot be read.' });
  expect(withEarlier(other, earlier, second)).toBe(other);
});
