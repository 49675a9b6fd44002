import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import { nameSome } from '../text/phrases.ts';

export const ACTIONS = ['add', 'modify', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** Whether both sides have the same content with the same bit, or both nothing. */
export function sameDocument(one: Document | undefined, other: Document | undefined): boolean {
  return one?.id === other?.id && one?.executable === other?.executable;
}

/** What a side does to the document that stands on the other one. */
export function actionOf(ours: Document | undefined, theirs: Document | undefined): Action {
  if (!ours) return 'delete';
  return theirs ? 'modify' : 'add';
}

export type Comparison = 'equal' | 'project changed' | 'codex changed' | 'both changed' | 'only in codex';

/**
 * Who changed a document since project and codex last agreed on it. Compared by blob id and executable bit; a bit
 * alone that differs is the project's change.
 * @param base the manifest's blob id
 * @param differs who changed a document that both have and that they never agreed on
 */
export function compareThreeWay(
  project: Document | undefined,
  codex: Document | undefined,
  base: string | undefined,
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

/** Number of paths that the error of a conflict names: it has no summary that lists the others. */
export const MAX_NAMED = 20;

/** What the project and someone in the codex both changed, and what becomes of it. */
export interface Conflict {
  readonly path: string;
  readonly kept: 'project' | 'codex';
}

/** Which side of a conflict stays. Between an edit and a deletion the edit wins, whatever the rule says. */
export function sideToKeep(
  ours: Document | undefined,
  theirs: Document | undefined,
  rule: ConflictRule,
): Conflict['kept'] {
  if (!ours) return 'codex';
  return theirs && rule === 'codex' ? 'codex' : 'project';
}

/** @throws CodexSyncError `conflict` when the rule is `fail` and something is in conflict */
export function checkConflicts(
  conflicts: readonly Conflict[],
  rule: ConflictRule,
  changedIn: 'project' | 'pull request',
): void {
  if (rule !== 'fail' || conflicts.length === 0) return;
  const paths = conflicts.map(({ path }) => path);
  throw new CodexSyncError(
    'conflict',
    `Changed both in the ${changedIn} and in the codex: ${nameSome(paths, MAX_NAMED)}. Nothing was written (on-conflict: fail).`,
    `Bring the codex's version into the ${changedIn}, or choose "on-conflict: project" or "codex".`,
  );
}
