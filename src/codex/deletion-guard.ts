import type { DeletionThreshold } from '../inputs/request.ts';
import { DEFAULT_THRESHOLD } from '../inputs/request.ts';
import type { Action } from './three-way.ts';

/** Up to this many deletions always pass the defaults; a number that someone chose is obeyed as it is. */
const PASS_DEFAULTS = 5;

/**
 * Whether these deletions are more than the threshold allows; one that equals the defaults is the default.
 * @param passing how many always pass the defaults
 */
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

/** Why a document is removed whose text stands elsewhere, or whose name differs in case: it has moved. */
const MOVES: readonly (string | undefined)[] = ['moved', 'renamed in case'];

interface Deletable {
  readonly path: string;
  readonly action: Action;
  readonly because?: string;
}

/** The deletions that are no moves. */
export function listDeletions<T extends Deletable>(changes: readonly T[]): T[] {
  return changes.filter(({ action, because }) => action === 'delete' && !MOVES.includes(because));
}

/** What a plan knows of its deletions besides their number. */
interface DeletionFacts {
  /** Other patterns selected some of the documents: then the exception for a few deletions does not hold. */
  readonly otherPatterns?: boolean;
  /** Paths whose deletion is withheld whatever the threshold, and does not count. */
  readonly always?: ReadonlyMap<string, unknown>;
}

/**
 * All deletions but moves, if they are more than the threshold allows, and those that are always withheld.
 */
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
