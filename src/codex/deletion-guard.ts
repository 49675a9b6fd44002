import type { DeletionThreshold } from '../inputs/request.ts';
import { DEFAULT_THRESHOLD } from '../inputs/request.ts';
import type { Action } from './three-way.ts';

/** The defaults always pass this many deletions; an explicit number applies as it is. */
const PASS_DEFAULTS = 5;

/** A value that equals the defaults counts as default; the defaults always pass `passing` deletions. */
export function isOverThreshold(
  deletions: number,
  owned: number,
  threshold: DeletionThreshold,
  passing = PASS_DEFAULTS,
): boolean {
  const { count, percent } = threshold;
  const isDefault = count === DEFAULT_THRESHOLD.count && percent === DEFAULT_THRESHOLD.percent;
  if (isDefault && deletions <= passing) return false;
  return deletions > count || deletions * 100 > percent * owned;
}

/** Reasons of a removal that is a move: the text is elsewhere, or the name differs in case. */
const MOVES: readonly (string | undefined)[] = ['moved', 'renamed in case'];

interface Deletable {
  readonly path: string;
  readonly action: Action;
  readonly because?: string;
}

export function isMove({ action, because }: Deletable): boolean {
  return action === 'delete' && MOVES.includes(because);
}

export function listDeletions<T extends Deletable>(changes: readonly T[]): T[] {
  return changes.filter((change) => change.action === 'delete' && !isMove(change));
}

/**
 * The number of documents that the guard takes its share of. While withheld deletions wait it does not grow with the
 * documents that runs add: the same run again would delete what it withheld before.
 * @param earlier `withheldOf` of the manifest
 */
export function shareBase(owned: number, earlier: number | undefined): number {
  return Math.min(owned, earlier ?? owned);
}

/** `withheldOf` after a run that withheld `withheld` deletions, and left `owned` documents. */
export function shareAfter(base: number, owned: number, withheld: number): number | undefined {
  return withheld > 0 && owned > base ? base : undefined;
}

interface DeletionFacts {
  /** Other patterns selected some documents: then the exception for a few deletions does not hold. */
  readonly otherPatterns?: boolean;
  /** Paths that are withheld whatever the threshold, and do not count. */
  readonly always?: ReadonlyMap<string, unknown>;
}

/** All deletions except moves, if over the threshold, and those that are always withheld. */
export function deletionsToWithhold(
  changes: readonly Deletable[],
  owned: number,
  threshold: DeletionThreshold,
  { otherPatterns = false, always = new Map() }: DeletionFacts = {},
): Set<string> {
  const deletions = listDeletions(changes);
  const counted = deletions.filter(({ path }) => !always.has(path));
  const isOver = isOverThreshold(counted.length, owned, threshold, otherPatterns ? 0 : undefined);
  return new Set(deletions.map(({ path }) => path).filter((path) => isOver || always.has(path)));
}
