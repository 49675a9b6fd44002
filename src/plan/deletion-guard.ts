import type { DeletionThreshold } from '../request/sync-project.ts';
import type { Action } from './verdict.ts';

/** Up to this many deletions always pass. */
const ALWAYS_PASS = 5;

/** Whether so many deletions of so many owned documents are more than the threshold allows. */
export function isOverThreshold(deletions: number, owned: number, { count, percent }: DeletionThreshold): boolean {
  return deletions > ALWAYS_PASS && (deletions > count || deletions * 100 > percent * owned);
}

/** All deletions but moves, if they are more than the threshold allows; else none. */
export function deletionsToWithhold(
  changes: readonly { readonly path: string; readonly action: Action; readonly because?: string }[],
  owned: number,
  threshold: DeletionThreshold,
): Set<string> {
  const deletions = changes.filter(({ action, because }) => action === 'delete' && because !== 'moved');
  return new Set(isOverThreshold(deletions.length, owned, threshold) ? deletions.map(({ path }) => path) : []);
}
