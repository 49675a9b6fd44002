import type { Document } from '../documents/select.ts';

export const ACTIONS = ['add', 'modify', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

/** Whether both sides have the same content with the same bit, or both nothing. */
export function sameDocument(one: Document | undefined, other: Document | undefined): boolean {
  return one?.id === other?.id && one?.executable === other?.executable;
}

/** What a side does to the document that stands on the other one. */
export function actionOf(mine: Document | undefined, theirs: Document | undefined): Action {
  if (!mine) return 'delete';
  return theirs ? 'modify' : 'add';
}

export type Verdict = 'equal' | 'project changed' | 'codex changed' | 'both changed' | 'only in codex';

/**
 * Who changed a document since project and codex last agreed on it. Compared by blob id and executable bit; a bit
 * alone that differs is the project's change.
 * @param base the manifest's blob id
 * @param differs who changed a document that both have and that they never agreed on
 */
export function judge(
  project: Document | undefined,
  codex: Document | undefined,
  base: string | undefined,
  differs: Verdict = 'both changed',
): Verdict {
  if (project?.id === codex?.id) return project?.executable === codex?.executable ? 'equal' : 'project changed';
  if (base === undefined) {
    if (!codex) return 'project changed';
    return project ? differs : 'only in codex';
  }
  if (codex?.id === base) return 'project changed';
  return project?.id === base ? 'codex changed' : 'both changed';
}
