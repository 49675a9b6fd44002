import { expect, test } from '@jest/globals';
import { exploreSmallWorlds, keyOf, next, SMALL_EVENTS, type SmallWorld } from './small-worlds.ts';
import { tellStory } from './story.ts';

test('every history of two events in a small world keeps every promise (npm run simulate -- --small 4)', async () => {
  const { levels, failures } = await exploreSmallWorlds(2);
  const [first] = failures;
  if (first) throw new Error(`${first.trail.join(', then ')}:\n${tellStory(first.log, first.violations)}`);
  // Each event happens in some state, and many histories end in one state.
  const [, second] = levels;
  expect(second?.states).toBeGreaterThan(100);
  expect(second?.histories).toBeGreaterThan((second?.states ?? 0) * 2);
});

test('what can happen next depends on the state alone, however it was reached', async () => {
  const different: string[] = [];
  const chosen = Math.floor(Math.random() * 10);
  let [met, compared] = [0, 0];
  const compare = async (one: SmallWorld, other: SmallWorld) => {
    // Some of them, since each costs as much as thirty histories.
    met += 1;
    if (met % 10 !== chosen) return;
    compared += 1;
    for (const name of Object.keys(SMALL_EVENTS)) {
      const [first, second] = [await next(one, name), await next(other, name)];
      if ((first && keyOf(first)) === (second && keyOf(second))) continue;
      different.push(`${name}, after ${one.trail.join(', ')} or ${other.trail.join(', ')}`);
    }
  };
  await exploreSmallWorlds(2, { compare });
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(5);
});
