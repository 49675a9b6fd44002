/**
 * The virtual clock, and which of several runs goes on next. A run waits at each edge (an answer of the API, a fetch, a
 * push, a pause); the earliest waiter goes on, and only when nothing else can: so the order of everything is decided here.
 */
export interface Scheduler {
  /** Milliseconds of the virtual clock. */
  readonly now: () => number;
  /** Waits so long. A task that was killed waits for ever. */
  readonly wait: (task: Task, milliseconds: number) => Promise<void>;
  /** Lets everything happen that is due in this time, then puts the clock there. */
  readonly advance: (milliseconds: number) => Promise<void>;
  /** Lets the next waiter go on; `false` when none waits. */
  readonly step: () => Promise<boolean>;
  /** Steps until none waits. */
  readonly settle: () => Promise<void>;
}

/** One run, as the scheduler sees it. */
export interface Task {
  readonly number: number;
  killed: boolean;
  /** How many edges it has passed. */
  points: number;
}

interface Waiter {
  readonly task: Task;
  readonly due: number;
  readonly order: number;
  readonly go: () => void;
}

export function createScheduler(start: number): Scheduler {
  let time = start;
  let order = 0;
  // Few wait at a time, so a search is faster than a heap.
  let waiters: Waiter[] = [];

  /** Everything that a run does between two edges is microtasks, and those are over when this ends. */
  const drained = () => new Promise<void>((resolve) => setImmediate(resolve));

  function takeFirst(until: number): Waiter | undefined {
    if (waiters.some(({ task }) => task.killed)) waiters = waiters.filter(({ task }) => !task.killed);
    let first: Waiter | undefined;
    for (const waiter of waiters)
      if (!first || waiter.due < first.due || (waiter.due === first.due && waiter.order < first.order)) first = waiter;
    if (!first || first.due > until) return undefined;
    waiters.splice(waiters.indexOf(first), 1);
    return first;
  }

  async function step(until: number): Promise<boolean> {
    await drained();
    const first = takeFirst(until);
    if (!first) return false;
    time = Math.max(time, first.due);
    first.task.points += 1;
    first.go();
    return true;
  }

  return {
    now: () => time,
    wait(task, milliseconds) {
      if (task.killed) return new Promise(() => {});
      return new Promise((go) => {
        waiters.push({ task, due: time + Math.max(0, milliseconds), order: order++, go });
      });
    },
    async advance(milliseconds) {
      const until = time + milliseconds;
      while (await step(until));
      time = until;
    },
    async step() {
      const wentOn = await step(Number.POSITIVE_INFINITY);
      await drained();
      return wentOn;
    },
    async settle() {
      while (await step(Number.POSITIVE_INFINITY));
    },
  };
}
