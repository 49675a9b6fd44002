import { describe, expect, test } from '@jest/globals';
import { independentArrivals, type Race, raceFigures, seededRandom, simulateRace } from '../scripts/scale/race.ts';

const race = (arrivals: readonly number[], critical: number, die: number): Race => ({
  arrivals,
  critical,
  random: () => die,
});

describe('a race for one branch, by hand', () => {
  test('of two at once one lands, and the other waits half of half a second and lands behind it', async () => {
    expect(await simulateRace(race([0, 0], 1000, 0.5))).toEqual([
      { attempts: 1, at: 1000, took: 1000, landed: true },
      { attempts: 2, at: 2250, took: 2250, landed: true },
    ]);
  });

  test('who comes when the other has landed loses nothing; who comes before loses once', async () => {
    expect(await simulateRace(race([0, 1001, 1500], 1000, 0))).toEqual([
      { attempts: 1, at: 1000, took: 1000, landed: true },
      { attempts: 1, at: 2001, took: 1000, landed: true },
      { attempts: 2, at: 3500, took: 2000, landed: true },
    ]);
  });

  test('ten at once that need a minute each: six land, the last of them begun within five minutes', async () => {
    const ended = await simulateRace(race(Array(10).fill(0), 60_000, 0));
    expect(ended.filter(({ landed }) => landed).map(({ at }) => at / 60_000)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ended.filter(({ landed }) => !landed).map(({ attempts }) => attempts)).toEqual([6, 6, 6, 6]);
    const attempts = 1 + 2 + 3 + 4 + 5 + 6 + 4 * 6;
    expect(raceFigures(ended)).toEqual({ attempts: attempts / 10, lost: 1 - 6 / attempts, most: 360_000, failed: 0.4 });
  });
});

describe('a race of many', () => {
  const many = (seed: number) => {
    const random = seededRandom(seed);
    return simulateRace({ arrivals: independentArrivals(1000, 1, random), critical: 2000, random });
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
    const arrivals = independentArrivals(1000, 10, seededRandom(4));
    // Three deviations of ten thousand are three hundred.
    expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(300);
    expect(arrivals).toEqual([...arrivals].sort((one, other) => one - other));
  });
});
