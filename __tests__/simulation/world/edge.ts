import type { Random } from '../random.ts';
import type { Task } from './scheduler.ts';
import type { World } from './world.ts';

/** One run's way to the outside: each pass takes time, in which others go on. */
export interface RunEdge {
  readonly world: World;
  readonly task: Task;
  readonly random: Random;
  /** Waits for the way of a call; `what` names it for stories. */
  readonly pass: (what: string) => Promise<void>;
  /** Draws whether a call goes wrong, unless that is certain, and logs it. */
  readonly fails: (
    fault: 'noAnswer' | 'stale' | 'fetchFails' | 'lostAnswer' | 'pushFails' | 'refused',
    more?: { readonly late?: number; readonly about?: string },
    isCertain?: boolean,
  ) => boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** What it passed, in order. */
  readonly passed: string[];
}

/** What an outage of GitHub looks like. */
const UNREACHABLE: readonly string[] = ['noAnswer', 'fetchFails', 'pushFails'];

export function createEdge(world: World, task: Task): RunEdge {
  const random = world.random.split(`run ${task.number}`);
  const passed: string[] = [];
  return {
    ...{ world, task, random, passed },
    pass(what) {
      passed.push(what);
      const { latency, slow } = world.faults;
      return world.scheduler.wait(task, 1 + random.below(random.chance(slow) ? 50 * latency : latency));
    },
    fails(fault, more, isCertain = false) {
      const isOut = world.now() < world.outageUntil && UNREACHABLE.includes(fault);
      if (!isOut && !isCertain && !random.chance(world.faults[fault])) return false;
      world.steps.push({ kind: 'fault', at: world.now(), run: task.number, fault, calls: passed.length, ...more });
      return true;
    },
    sleep: (milliseconds) => world.scheduler.wait(task, milliseconds),
  };
}
