import { expect, test } from '@jest/globals';
import { drawHistory } from './draw.ts';
import type { History } from './play.ts';
import { shrinkHistory } from './shrink.ts';

const history = Array.from({ length: 50 }, (_, seed) => drawHistory(seed)).find(
  ({ events }) => events.length > 60,
) as History;

test('only the events that a violation needs are left, in their order', async () => {
  const needed = [5, 33, 34, 58].map((index) => history.events[index]);
  const fails = async ({ events }: History) => needed.every((event) => events.some(({ draw }) => draw === event?.draw));
  const { events } = await shrinkHistory(history, fails);
  expect(events.map(({ kind, draw }) => ({ kind, draw }))).toEqual(
    needed.map((event) => ({ kind: event?.kind, draw: event?.draw })),
  );
});

test('a history that needs all its events stays as it is, and the search ends', async () => {
  let plays = 0;
  const fails = async ({ events }: History) => {
    plays += 1;
    return events.length === history.events.length;
  };
  expect((await shrinkHistory(history, fails)).events).toHaveLength(history.events.length);
  expect(plays).toBeLessThanOrEqual(400);
});

test('a history is the same whenever it is drawn from its seed', () => {
  expect(drawHistory(7)).toEqual(drawHistory(7));
  expect(drawHistory(7)).not.toEqual(drawHistory(8));
});
