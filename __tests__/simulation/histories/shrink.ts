import type { DrawnEvent, History } from './play.ts';

/**
 * Removes events while the violation stays: first halves, then smaller and smaller parts (delta debugging), at last one by
 * one. Events are data, and each draws from a number of its own, so what is left means the same.
 * @param stillFails plays a history and says whether it breaks the same promise
 */
export async function shrinkHistory(
  history: History,
  stillFails: (history: History) => Promise<boolean>,
  mostPlays = 400,
): Promise<History> {
  let best = history;
  let plays = 0;
  const tries = async (candidate: History): Promise<boolean> => {
    if (plays >= mostPlays) return false;
    plays += 1;
    if (!(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(history.events.length / 2); size >= 1; ) {
    const isSmaller = await removeParts(size);
    if (size === 1 && !isSmaller) break;
    if (!isSmaller || size > best.events.length) size = Math.max(1, Math.floor(size / 2));
    if (plays >= mostPlays) break;
  }
  await simplify();
  return best;

  async function removeParts(size: number): Promise<boolean> {
    let isSmaller = false;
    // From the end: later events depend on earlier ones.
    for (let start = best.events.length - size; start > -size; start -= size) {
      const from = Math.max(0, start);
      const rest = best.events.filter((_, index) => index < from || index >= start + size);
      if (rest.length < best.events.length && (await tries({ ...best, events: rest }))) isSmaller = true;
    }
    return isSmaller;
  }

  /** A story without faults, in which nothing happens at once, and with fewer projects, is easier to read. */
  async function simplify(): Promise<void> {
    const slow = (event: DrawnEvent): DrawnEvent => ({ ...event, wait: Math.max(event.wait, 60_000) });
    await tries({ ...best, setup: { ...best.setup, faults: { latency: best.setup.faults.latency ?? 400 } } });
    await tries({ ...best, events: best.events.map(slow) });
    for (const projects of [1, 2])
      if (projects < best.setup.projects && (await tries({ ...best, setup: { ...best.setup, projects } }))) break;
    for (const documents of [1, 3])
      if (documents < best.setup.documents && (await tries({ ...best, setup: { ...best.setup, documents } }))) break;
    if (best.setup.isPublished) await tries({ ...best, setup: { ...best.setup, isPublished: false } });
  }
}
