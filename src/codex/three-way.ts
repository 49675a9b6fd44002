import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import type { BlobId } from '../text/ids.ts';
import { nameSome } from '../text/phrases.ts';
import { inputValue } from '../text/spell-inputs.ts';

const ACTIONS = ['add', 'modify', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

export function sameDocument(one: Document | undefined, other: Document | undefined): boolean {
  return one?.id === other?.id && one?.executable === other?.executable;
}

export function actionOf(ours: Document | undefined, theirs: Document | undefined): Action {
  if (!ours) return 'delete';
  return theirs ? 'modify' : 'add';
}

export type Comparison = 'equal' | 'project changed' | 'codex changed' | 'both changed' | 'only in codex';

/**
 * Finds the side that changed a document since the last agreement (`base`), by blob id and executable bit. A bit alone
 * that differs is the project's change.
 * @param differs who changed a document that both have and that they never agreed on
 */
export function compareThreeWay(
  project: Document | undefined,
  codex: Document | undefined,
  base: BlobId | undefined,
  differs: Comparison = 'both changed',
): Comparison {
  if (project?.id === codex?.id) return project?.executable === codex?.executable ? 'equal' : 'project changed';
  if (base === undefined) {
    if (!codex) return 'project changed';
    return project ? differs : 'only in codex';
  }
  if (codex?.id === base) return 'project changed';
  return project?.id === base ? 'codex changed' : 'both changed';
}

/** Number of paths in the error of a conflict, which has no summary for the others. */
export const MAX_NAMED = 20;

export interface Conflict {
  readonly path: string;
  readonly kept: 'project' | 'codex';
}

/** Between an edit and a deletion the edit wins, whatever the rule. */
export function sideToKeep(
  ours: Document | undefined,
  theirs: Document | undefined,
  rule: ConflictRule,
): Conflict['kept'] {
  if (!ours) return 'codex';
  return theirs && rule === 'codex' ? 'codex' : 'project';
}

/** @throws CodexSyncError `conflict` for a conflict under the rule `fail` */
export function checkConflicts(
  conflicts: readonly Conflict[],
  rule: ConflictRule,
  changedIn: 'project' | 'pull request',
): void {
  if (rule !== 'fail' || conflicts.length === 0) return;
  const paths = conflicts.map(({ path }) => path);
  throw new CodexSyncError(
    'conflict',
    `Changed both in the ${changedIn} and in the codex: ${nameSome(paths, MAX_NAMED)}. Nothing was written (${inputValue('on-conflict', 'fail')}).`,
    `Bring the codex's version into the ${changedIn}, or choose "${inputValue('on-conflict', 'project')}" or "codex".`,
  );
}
