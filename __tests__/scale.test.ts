import { describe, expect, test } from '@jest/globals';
import { independentRacers, raceFigures, seededRandom, simulateRace } from '../scripts/scale/race.ts';

/** All need the same time, and the die always falls the same way. */
const race = (arrivals: readonly number[], critical: number, die: number) =>
  simulateRace(
    arrivals.map((arrival) => ({ arrival, critical })),
    () => die,
  );

describe('a race for one branch, by hand', () => {
  test('of two at once one lands, and the other waits half of half a second and lands behind it', async () => {
    expect(await race([0, 0], 1000, 0.5)).toEqual([
      { attempts: 1, at: 1000, took: 1000, landed: true },
      { attempts: 2, at: 2250, took: 2250, landed: true },
    ]);
  });

  test('who comes when the other has landed loses nothing; who comes before loses once', async () => {
    expect(await race([0, 1001, 1500], 1000, 0)).toEqual([
      { attempts: 1, at: 1000, took: 1000, landed: true },
      { attempts: 1, at: 2001, took: 1000, landed: true },
      { attempts: 2, at: 3500, took: 2000, landed: true },
    ]);
  });

  test('ten at once that need a minute each: six land, the last of them begun within five minutes', async () => {
    const ended = await race(Array(10).fill(0), 60_000, 0);
    expect(ended.filter(({ landed }) => landed).map(({ at }) => at / 60_000)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ended.filter(({ landed }) => !landed).map(({ attempts }) => attempts)).toEqual([6, 6, 6, 6]);
    const attempts = 1 + 2 + 3 + 4 + 5 + 6 + 4 * 6;
    expect(raceFigures(ended)).toEqual({ attempts: attempts / 10, most: 360_000, failed: 0.4 });
  });
});

test('a long push loses to every short one that lands meanwhile', async () => {
  const short = [1000, 3000, 5000].map((arrival) => ({ arrival, critical: 500 }));
  const ended = await simulateRace([{ arrival: 0, critical: 2500 }, ...short], () => 0);
  // It loses at 2.5 and at 5 seconds; the third one lands at 5.5, so it loses at 7.5 too, and then nobody is left.
  expect(ended[0]).toEqual({ attempts: 4, at: 10_000, took: 10_000, landed: true });
  expect(ended.slice(1).map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
});

// What docs/SCALE.md holds against the 527 attempts of 64 writers who raced in earnest.
test.each([
  [500, 479],
  [1000, 627],
])('64 at once that need %s milliseconds each make %s attempts', async (critical, attempts) => {
  const ended = await simulateRace(
    Array.from({ length: 64 }, () => ({ arrival: 0, critical })),
    seededRandom(1),
  );
  expect(ended.reduce((sum, one) => sum + one.attempts, 0)).toBe(attempts);
  expect(ended.every(({ landed }) => landed)).toBe(true);
});

describe('a race of many', () => {
  const many = (seed: number) => {
    const random = seededRandom(seed);
    return simulateRace(independentRacers(1000, 1000, 2000, random), random);
  };

  test('is the same for the same seed, and another one for another', async () => {
    expect(await many(1)).toEqual(await many(1));
    expect(await many(1)).not.toEqual(await many(2));
  });

  test('lands never more often than once in the time that a push needs', async () => {
    const landings = (await many(3)).filter(({ landed }) => landed).map(({ at }) => at);
    expect(landings.length).toBeGreaterThan(900);
    const sorted = landings.sort((one, other) => one - other);
    // The clock counts in fractions of a millisecond.
    for (const [index, at] of sorted.slice(1).entries()) expect(at - (sorted[index] ?? 0)).toBeGreaterThan(1999.999);
  });

  test('of arrivals that are as many an hour as they should be', () => {
    const arrivals = independentRacers(1000, 10_000, 1, seededRandom(4)).map(({ arrival }) => arrival);
    // Ten hours, give or take three deviations of a hundredth.
    expect(Math.abs((arrivals.at(-1) ?? 0) / 3_600_000 - 10)).toBeLessThan(0.3);
    expect(arrivals).toEqual([...arrivals].sort((one, other) => one - other));
  });
});
