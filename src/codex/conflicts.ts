import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import { nameSome } from '../text/phrases.ts';

/** Number of paths that the error of a conflict names: it has no summary that lists the others. */
export const MAX_NAMED = 20;

/** What the project and someone in the codex both changed, and what becomes of it. */
export interface Conflict {
  readonly path: string;
  readonly kept: 'project' | 'codex';
}

/** Which side of a conflict stays. Between an edit and a deletion the edit wins, whatever the rule says. */
export function sideToKeep(
  mine: Document | undefined,
  theirs: Document | undefined,
  rule: ConflictRule,
): Conflict['kept'] {
  if (!mine) return 'codex';
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
    `Changed both in the ${changedIn} and in the codex: ${nameSome(paths, MAX_NAMED)}. Nothing was ` +
      `written (on-conflict: fail). Bring the codex's version into the ${changedIn}, or choose "on-conflict: project" or "codex".`,
  );
}
