import { availableParallelism } from 'node:os';
import { afterAll, expect, test } from '@jest/globals';
import { playAll, playSabotaged, readSabotaged, SABOTAGES, SEED } from './sabotages.ts';

const names = SABOTAGES.map(({ name }) => name);
const findings = playAll(Math.min(2, availableParallelism()));
const played: number[] = [];

test('there are at least twenty sabotages, each under one name', () => {
  expect(new Set(names).size).toBe(SABOTAGES.length);
  expect(SABOTAGES.length).toBeGreaterThanOrEqual(20);
});

test.each(SABOTAGES)('the text that "$name" replaces is in the product once', (sabotage) => {
  expect(readSabotaged(sabotage)).toContain(sabotage.to);
});

test.each(SABOTAGES)(
  `"$name" is found within $within histories of seed ${SEED} (npm run simulate -- --sabotage "$name")`,
  async ({ name }) => {
    const finding = await findings.get(name);
    played.push(finding?.histories ?? 0);
    expect(finding?.found?.promise).toBeDefined();
    // A crash would be found without any promise.
    expect(finding?.found?.promise).not.toBe('the simulation does not crash');
  },
  600_000,
);

test('without a sabotage the same histories keep every promise', async () => {
  const histories = Math.max(...played);
  const share = { sabotage: undefined, seed: SEED, histories, tells: false };
  expect(await playSabotaged(share)).toMatchObject({ histories, found: undefined });
}, 600_000);

afterAll(async () => {
  await Promise.allSettled(findings.values());
});
