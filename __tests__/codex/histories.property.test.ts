import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ModelHistory } from '../support/model-history.ts';
import { runs } from '../support/runs.ts';

// Each number is a step: what happens, to what, and with which options.
const steps = fc.array(fc.noBias(fc.maxSafeNat()), { minLength: 10, maxLength: 30, size: 'max' });

/** What must have happened often, or the property says nothing. */
const OFTEN = [
  'sync test: published',
  'sync test: preview',
  'sync test: superseded',
  'sync test: refused-by-guard',
  'sync prod: published',
  'sync prod: refused-by-guard',
  'sync prod: held',
  'sync-org prod: published',
  'closed: published',
  'retire: published',
  'promote test to prod: published',
  'promote test to prod: stable',
  'promote test to prod: held',
  'promote prod to prod: published',
  'promote prod to test: published',
];

test('whatever happens in whatever order, production has what was released, and documents what was on a stable ref', async () => {
  const conclusions = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(steps, async (numbers) => {
      const history = new ModelHistory();
      try {
        await history.begin(numbers[0] ?? 0);
        for (const number of numbers) await history.step(number);
      } catch (error) {
        throw new Error(`${(error as Error).message}, after\n${history.trace.join('\n')}`, { cause: error });
      }
      for (const [name, times] of history.runs.conclusions) conclusions.set(name, (conclusions.get(name) ?? 0) + times);
    }),
    { numRuns: runs(20_000) },
  );
  expect(OFTEN.filter((name) => (conclusions.get(name) ?? 0) < 10)).toEqual([]);
});
