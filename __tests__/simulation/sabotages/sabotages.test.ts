import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from '@jest/globals';
import { seedOf } from '../random.ts';
import { brokenWithout, playAll, readRecords, readSabotaged, SABOTAGES, type Sabotage, SEEDS } from './sabotages.ts';

/** The command plays every history from the first on; here only the one that found the sabotage is played again. */
const AGAIN = 'npm run simulate -- --sabotages --write';
const records = readRecords();
const recorded = ({ name }: Sabotage) =>
  SEEDS.map((_, index) => {
    const seed = seedOf(records.get(name)?.histories[index] ?? '');
    return seed === undefined ? [] : [seed];
  });
const findings = playAll(Math.min(2, availableParallelism()), recorded);

test('there are at least forty sabotages, each under one name', () => {
  expect(new Set(SABOTAGES.map(({ name }) => name)).size).toBe(SABOTAGES.length);
  expect(SABOTAGES.length).toBeGreaterThanOrEqual(40);
});

test.each(SABOTAGES)('the text that "$name" replaces is in the product once', (sabotage) => {
  expect(readSabotaged(sabotage)).toContain(sabotage.to);
});

test.each(SABOTAGES)(
  `"$name" is found within $within histories of each of seeds ${SEEDS.join(' and ')} (${AGAIN})`,
  async ({ name, within }) => {
    const numbers = records.get(name)?.histories.map((history) => Number(history?.split('/')[1])) ?? [];
    expect(numbers).toHaveLength(SEEDS.length);
    for (const number of numbers) expect(number).toBeLessThan(within);
    const played = (await findings.get(name)) ?? [];
    expect(played).toHaveLength(SEEDS.length);
    for (const { found } of played) {
      const [first] = found?.violations ?? [];
      expect(first?.promise).toBeDefined();
      // Code that is broken altogether would be found without any promise; a second guard of the product may throw.
      expect(`${first?.promise}: ${first?.text}`).not.toMatch(
        /does not crash|is not defined|is not a function|Cannot read/,
      );
    }
  },
  600_000,
);

test('without a sabotage the same histories keep every promise', async () => {
  const seeds = [...new Set(SABOTAGES.flatMap(recorded).flat())];
  expect(seeds.length).toBeGreaterThan(SEEDS.length);
  expect(await brokenWithout(seeds)).toEqual(new Set());
}, 600_000);

afterAll(async () => {
  await Promise.allSettled(findings.values());
});
