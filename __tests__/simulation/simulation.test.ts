import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { addOutcome, emptyTotal, examineSeed, shorten, tell } from './examine.ts';
import { drawHistory, playHistory } from './histories/draw.ts';
import type { WorldLog } from './log.ts';
import { LONG_RUN, neverReached, SITUATIONS } from './oracle/situations.ts';
import { nameOf, seedOfHistory } from './random.ts';

const HISTORIES = 60;
const random = Math.floor(Math.random() * 1_000_000);

test.each([
  [7, 5 * HISTORIES],
  [random, 2 * HISTORIES],
])(
  'histories of seed %d keep every promise, %d of them (npm run simulate -- --seed <seed>)',
  async (seed, histories) => {
    const total = emptyTotal();
    for (let number = 0; number < histories; number++)
      addOutcome(total, await examineSeed(seedOfHistory(seed, number)));
    const [first] = total.failures;
    if (first) {
      const { story } = await tell(await shorten(drawHistory(first.seed)));
      throw new Error(`History ${nameOf(first.seed)} breaks "${first.violations[0]?.promise}":\n${story}`);
    }
    expect(total.runs).toBeGreaterThan(histories * 5);
  },
);

test('at least forty situations are counted, each under one name', () => {
  expect(SITUATIONS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(SITUATIONS).size).toBe(SITUATIONS.length);
});

test('a few recorded histories reach every situation (npm run simulate -- --situations --write)', async () => {
  const seeds: number[] = JSON.parse(readFileSync(new URL('./oracle/situations.json', import.meta.url), 'utf8'));
  const total = emptyTotal();
  for (const seed of seeds) addOutcome(total, await examineSeed(seed));
  expect(SITUATIONS.filter((name) => !total.situations.has(name))).toEqual([]);
  expect(total.failures).toEqual([]);
});

test('a long simulation fails without each situation, and a short one cannot tell', () => {
  const counts = new Map(SITUATIONS.map((name) => [name, 1]));
  expect(neverReached(counts, LONG_RUN)).toEqual([]);
  const [first = '', ...rest] = SITUATIONS;
  counts.delete(first);
  expect(neverReached(counts, LONG_RUN)).toEqual([first]);
  expect(neverReached(counts, LONG_RUN - 1)).toEqual([]);
  expect(neverReached(new Map(), LONG_RUN)).toEqual([first, ...rest]);
});

test('one seed is one history, to the last text and millisecond', async () => {
  for (const seed of [random, random + 1, random + 2]) {
    const [once, again] = [await playHistory(drawHistory(seed)), await playHistory(drawHistory(seed))];
    expect(again.steps.length).toBeGreaterThan(0);
    expect(comparable(again)).toEqual(comparable(once));
  }
});

const comparable = ({ steps, codex, projects }: WorldLog) => ({
  steps,
  codex: [...codex.commits.keys()],
  projects: [...projects].map(([name, { commits }]) => [name, [...commits.keys()]]),
});
