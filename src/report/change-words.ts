import type { Change } from '../plan/changes.ts';
import type { Environment } from '../request/environment.ts';
import { printable } from '../request/printable.ts';
import type { DeletionThreshold } from '../request/sync-project.ts';
import type { Conclusion } from './outputs.ts';
import { count, nameSome } from './phrases.ts';

/** How the environment's branch was met by a run that writes. */
export type BranchState = 'found' | 'created' | 'would be created';

/** What a change does, in the log (all of one width). */
export const DONE = { add: 'added   ', modify: 'modified', delete: 'deleted ' } as const;

/** The same in the summary. */
export const ICONS = { add: '🟢 added', modify: '🟡 modified', delete: '🔴 deleted' } as const;

/** What stands behind the branch's name. */
export const BRANCH_NOTES: Readonly<Record<BranchState, string>> = {
  created: ' (created)',
  'would be created': ' (does not exist; would be created)',
  found: '',
};

export function iconOf(conclusion: Conclusion): string {
  if (conclusion === 'failed') return '❌';
  if (conclusion === 'withheld') return '⚠️';
  return conclusion === 'dry-run' ? '🔍' : '✅';
}

/** That the branch was created, or would be; `undefined` where it is there. */
export function branchSentence(state: BranchState, environment: Environment): string | undefined {
  if (state === 'found') return undefined;
  const name = printable(environment.branch);
  const begun = environment.production
    ? 'begun with an empty commit'
    : `created from ${printable(environment.productionBranch)}`;
  return state === 'created' ? `Branch ${name} was ${begun}` : `Branch ${name} does not exist; it would be ${begun}`;
}

/** Why deletions were not made, and what to do. */
export function withheldSentence(paths: readonly string[], threshold: DeletionThreshold, be = ''): string {
  return (
    `${count(paths.length, 'deletion')} ${be}withheld, more than ${threshold.count} documents or ${threshold.percent} per cent of the published ones: ${nameSome(paths)}. ` +
    'If they are meant, raise the inputs "deletion-threshold" and "deletion-threshold-percent".'
  );
}

/** Changes as `result` lists them. */
export function changesJson(changes: readonly Change[]) {
  return changes.map(({ path, action, because }) => ({ path, action, ...(because && { because }) }));
}
