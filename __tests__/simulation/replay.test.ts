import { expect, test } from '@jest/globals';
import { drawReplays } from '../torture/simulated.ts';
import { replayHistory } from './replay.ts';

// More of them, and other ones each time: npm run torture -- --only simulated
test.each(
  drawReplays(7, 3).map((history) => [history.seed, { ...history, events: history.events.slice(0, 8) }] as const),
)('the bundle does what the simulator does in history %d', async (_, history) => {
  const { runs, difference } = await replayHistory(history);
  expect(difference).toBeUndefined();
  expect(runs).toBeGreaterThan(2);
});
