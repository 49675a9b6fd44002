/** Seeded numbers. Nothing else in a simulation is random, so one seed decides a whole history. */
export interface Random {
  /** At least 0 and less than 1. */
  readonly next: () => number;
  /** A whole number from 0 to `limit - 1`. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** An independent generator: what is drawn from it changes nothing here, and the reverse. */
  readonly split: (name: string) => Random;
}

const WHOLE = 2 ** 32;

/** Mixes the bits of a number (the finalizer of MurmurHash 3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export function createRandom(seed: number, name = ''): Random {
  // A seed may be larger than 32 bits.
  let start = mix((seed >>> 0) ^ mix(Math.floor(seed / WHOLE) + 0x9e3779b9));
  for (let at = 0; at < name.length; at++) start = mix(Math.imul(start, 31) + name.charCodeAt(at));
  let state = start;
  const next = () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / WHOLE;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    chance: (probability) => probability > 0 && next() < probability,
    pick(from) {
      if (from.length === 0) throw new Error('Nothing to pick from.');
      return from[Math.floor(next() * from.length)] as (typeof from)[number];
    },
    split: (other) => createRandom(start, other),
  };
}

const MAX_HISTORIES = 10_000_000;

/** Beyond it the seeds of histories are not exact. */
export const MAX_SEED = 900_000_000;

/** Histories of one seed are numbered from 0; each has a seed of its own. */
export function seedOfHistory(seed: number, number: number): number {
  return seed * MAX_HISTORIES + number;
}

/** A history by the seed that it was asked for with, and its number: `7/12`. */
export function nameOf(historySeed: number): string {
  return `${Math.floor(historySeed / MAX_HISTORIES)}/${historySeed % MAX_HISTORIES}`;
}

/** The reverse of `nameOf`; `undefined` for another text. */
export function seedOf(name: string): number | undefined {
  const [seed, number] =
    name
      .match(/^(\d{1,9})\/(\d{1,7})$/)
      ?.slice(1)
      .map(Number) ?? [];
  return seed === undefined || number === undefined || seed > MAX_SEED ? undefined : seedOfHistory(seed, number);
}
