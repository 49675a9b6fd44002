import { setImmediate } from 'node:timers/promises';
import { createBackoff } from '../../src/publish/push.ts';

/** A run that publishes to the branch. */
export interface Racer {
  /** When it reads the branch's tip for the first time, in milliseconds. */
  readonly arrival: number;
  /** Milliseconds from reading the tip to the push's answer: whoever lands in between makes the push a lost one. */
  readonly critical: number;
}

/** How a run of a race ended. */
export interface Ended {
  readonly attempts: number;
  /** When, in milliseconds. */
  readonly at: number;
  /** Milliseconds since it read the tip for the first time. */
  readonly took: number;
  readonly landed: boolean;
}

/**
 * Lets the runs race on a clock of their own, each as the product goes about it: read the tip, push, and after a lost race
 * wait as `createPatience` says, which here is the product's own, and read the tip again. A push that loses takes as long as
 * one that lands.
 */
export async function simulateRace(racers: readonly Racer[], random: () => number): Promise<Ended[]> {
  const { now, sleep, run } = virtualClock();
  let landings = 0;

  async function publish({ arrival, critical }: Racer): Promise<Ended> {
    await sleep(arrival);
    const wait = createBackoff({ now: () => new Date(now()), random, sleep }, 'the branch');
    const ended = (attempts: number, landed: boolean) => ({ attempts, at: now(), took: now() - arrival, landed });
    for (let attempts = 1; ; attempts++) {
      const tip = landings;
      await sleep(critical);
      if (tip === landings) {
        landings += 1;
        return ended(attempts, true);
      }
      try {
        await wait(attempts, { kind: 'rejected' });
      } catch {
        return ended(attempts, false);
      }
    }
  }

  const all = Promise.all(racers.map(publish));
  await run();
  return all;
}

/** A clock that jumps to the next moment at which a sleeper wakes; of several at one moment the first that slept is the first. */
function virtualClock() {
  let now = 0;
  /** The last one wakes first. */
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  function sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      const at = now + milliseconds;
      let [low, high] = [0, sleepers.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sleepers[middle]?.at ?? 0) > at) low = middle + 1;
        else high = middle;
      }
      sleepers.splice(low, 0, { at, wake });
    });
  }

  async function run(): Promise<void> {
    for (let next = sleepers.pop(); next; next = sleepers.pop()) {
      now = next.at;
      next.wake();
      // Whatever follows from that, up to the next sleep.
      await setImmediate();
    }
  }

  return { now: () => now, sleep, run };
}

/** A die that falls the same way for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Runs that know nothing of each other and come, on average, so many an hour. */
export function independentRacers(perHour: number, count: number, critical: number, random: () => number): Racer[] {
  let arrival = 0;
  return Array.from({ length: count }, () => {
    arrival -= (Math.log(1 - random()) * 3_600_000) / perHour;
    return { arrival, critical };
  });
}

/** What a race came to. */
export interface RaceFigures {
  /** Attempts of a run, on average. */
  readonly attempts: number;
  /** Milliseconds within which 95 of 100 runs had ended. */
  readonly most: number;
  /** The share of the runs that gave up. */
  readonly failed: number;
}

export function raceFigures(ended: readonly Ended[]): RaceFigures {
  const attempts = ended.reduce((sum, one) => sum + one.attempts, 0);
  const landed = ended.filter((one) => one.landed).length;
  const times = ended.map(({ took }) => took).sort((one, other) => one - other);
  return {
    attempts: attempts / ended.length,
    most: times[Math.ceil(times.length * 0.95) - 1] ?? 0,
    failed: 1 - landed / ended.length,
  };
}
