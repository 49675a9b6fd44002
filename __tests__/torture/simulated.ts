import { drawHistory } from '../simulation/histories/draw.ts';
import type { History } from '../simulation/histories/play.ts';
import { MAX_SEED, nameOf, seedOfHistory } from '../simulation/random.ts';
import { type Replayed, replayHistory } from '../simulation/replay/replay.ts';
import type { Tally } from './tally.ts';

/** So many histories are played at the same time, each on a GitHub of its own. */
const AT_ONCE = 4;

/** How many events of a drawn history are played: a run of the bundle takes a hundred times as long as a simulated one. */
const MAX_EVENTS = 25;

/** The simulator's histories of a seed, cut to what the bundle plays in a minute. */
export function drawReplays(seed: number, count: number): History[] {
  return Array.from({ length: count }, (_, number) => shortened(drawHistory(seedOfHistory(seed % MAX_SEED, number))));
}

export function shortened(history: History, events = MAX_EVENTS): History {
  return { ...history, events: history.events.slice(0, events) };
}

/** What the replay itself cannot do is a difference as well. */
const crashed =
  ({ seed }: History) =>
  (error: Error): Replayed => ({ seed, runs: 0, faults: 0, difference: `${error.stack}`, leftOut: [], log: undefined });

/** Plays histories on the bundle; every step comes to what the simulator says. */
export async function simulated(histories: readonly History[]): Promise<Tally> {
  const waiting = [...histories];
  const ended: Replayed[] = [];
  const playSome = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      ended.push(await replayHistory(next).catch(crashed(next)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playSome));
  const differing = ended.filter(({ difference }) => difference !== undefined);
  const all = ended.flatMap(({ leftOut }) => leftOut);
  const notes = [...new Set(all)].sort().map((what) => {
    const count = all.filter((one) => one === what).length;
    return `without ${what}: ${count} of ${histories.length} histories`;
  });
  return {
    runs: ended.reduce((sum, { runs }) => sum + runs, 0),
    faults: ended.reduce((sum, { faults }) => sum + faults, 0),
    expected: histories.length,
    found: histories.length - differing.length,
    ...{ lost: [], leaked: [], notes },
    wrong: differing.map(({ seed, difference }) => `${difference}\n  npm run simulate -- --replay ${nameOf(seed)}`),
  };
}
