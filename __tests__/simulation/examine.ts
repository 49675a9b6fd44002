import { drawHistory, playHistory } from './histories/draw.ts';
import type { History } from './histories/play.ts';
import { shrinkHistory } from './histories/shrink.ts';
import type { Violation, WorldLog } from './log.ts';
import { judge, type Watch } from './oracle/oracle.ts';
import { type Counts, countSituations } from './oracle/situations.ts';
import { tellStory } from './story.ts';

/** What a history came to. */
export interface Outcome {
  /** Of the history, for `--replay`. */
  readonly seed: number;
  readonly runs: number;
  readonly violations: readonly Violation[];
  readonly situations: Counts;
}

/** Plays a history and judges it. A crash of the simulation counts as a violation, so that it is found and shrunk too. */
async function examine(history: History): Promise<Outcome & { readonly log: WorldLog | undefined }> {
  const situations: Counts = new Map();
  try {
    const log = await playHistory(history);
    const violations = violationsOf(log, (moment) => countSituations(situations, moment));
    const runs = log.steps.filter(({ kind }) => kind === 'end').length;
    return { seed: history.seed, runs, violations, situations, log };
  } catch (error) {
    const text = String(error instanceof Error ? error.stack : error);
    const crash: Violation = { promise: 'the simulation does not crash', step: 0, text };
    return { seed: history.seed, runs: 0, violations: [crash], situations, log: undefined };
  }
}

/** Everything that is wrong with a history: broken promises, and runs that fail unexpectedly or do not end. */
export function violationsOf(log: WorldLog, watch?: Watch): Violation[] {
  return [...judge(log, watch), ...unexpected(log)];
}

/** A run ends, and an error that it did not foresee is a defect: of the product, or of the world. */
function unexpected(log: WorldLog): Violation[] {
  const begun = new Set<number>();
  const found: Violation[] = [];
  log.steps.forEach((step, index) => {
    if (step.kind === 'start') begun.add(step.run);
    if (step.kind !== 'end') return;
    begun.delete(step.run);
    const { error } = step;
    if (error && ['unexpected', 'simulation'].includes(error.code))
      found.push({ promise: 'no run fails unexpectedly', step: index, text: error.message });
  });
  for (const run of begun)
    found.push({ promise: 'every run ends', step: log.steps.length - 1, text: `run ${run} did not end` });
  return found;
}

export function examineSeed(seed: number): Promise<Outcome & { readonly log: WorldLog | undefined }> {
  return examine(drawHistory(seed));
}

/** The shortest history found that breaks the same promise; the same one, if it breaks none. */
export async function shorten(history: History): Promise<History> {
  const [first] = (await examine(history)).violations;
  if (first === undefined) return history;
  return shrinkHistory(history, async (candidate) =>
    (await examine(candidate)).violations.some(({ promise }) => promise === first.promise),
  );
}

/** A history as it is played, and what it breaks. */
export async function tell(
  history: History,
): Promise<{ readonly story: string; readonly violations: readonly Violation[] }> {
  const { log, violations } = await examine(history);
  const events = history.events.map(({ kind, draw, wait }) => `${kind} (${draw}, then ${wait} ms)`).join(', ');
  const told = log === undefined ? violations.map(({ text }) => text).join('\n') : tellStory(log, violations);
  return { story: `${told}\n\nEvents: ${events}`, violations };
}

/** Plays a history, which may have no name, beside the bundle. */
export const replayCommand = (history: History): string => `npm run simulate -- --replay '${JSON.stringify(history)}'`;

export interface Total {
  runs: number;
  histories: number;
  readonly situations: Counts;
  /** By the number of the history. */
  readonly failures: { readonly seed: number; readonly violations: readonly Violation[] }[];
}

export const emptyTotal = (): Total => ({ runs: 0, histories: 0, situations: new Map(), failures: [] });

export function addOutcome(total: Total, { seed, runs, violations, situations }: Outcome): void {
  total.runs += runs;
  total.histories += 1;
  for (const [name, count] of situations) total.situations.set(name, (total.situations.get(name) ?? 0) + count);
  if (violations.length > 0) total.failures.push({ seed, violations });
}

export function addTotal(total: Total, other: Total): void {
  total.runs += other.runs;
  total.histories += other.histories;
  for (const [name, count] of other.situations) total.situations.set(name, (total.situations.get(name) ?? 0) + count);
  total.failures.push(...other.failures);
}
