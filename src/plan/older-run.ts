import { CodexSyncError } from '../errors.ts';
import type { Source } from './manifest.ts';

/** The commit of a run, and how it was said. */
export interface RunCommit {
  readonly commit: string;
  /** Committer date, UTC; unknown where the checkout does not have the commit. */
  readonly date: string | undefined;
  readonly ref: string;
}

/** How the manifest's commit stands to the run's: which of the two contains the other. */
export const RELATIONS = ['same', 'contained', 'newer', 'diverged', 'unknown'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Whether anybody has to be asked how the commits stand to each other: only if an answer could stop the run. */
export function asksForRelation(published: Source | undefined, mine: RunCommit, production: boolean): boolean {
  if (!published?.commit || published.commit === mine.commit) return false;
  return production || published.ref === mine.ref;
}

/** What the commit dates tell, when neither checkout nor GitHub knows the manifest's commit. */
export function relationByDates(published: Source, mine: RunCommit): Relation {
  const theirs = Date.parse(published.date ?? '');
  const ours = Date.parse(mine.date ?? '');
  if (Number.isNaN(theirs) || Number.isNaN(ours)) return 'unknown';
  return theirs > ours ? 'newer' : 'contained';
}

/**
 * The rule of older runs (design section 4): `superseded` when a newer commit of the very same ref was published
 * already; in production a commit that mine does not contain is an error.
 * @returns `unsure` when nothing tells, outside of production
 * @throws CodexSyncError `older-commit`
 */
export function planOlderRun(
  relation: Relation,
  published: Source | undefined,
  mine: RunCommit,
  options: { readonly production: boolean; readonly allowOlder: boolean },
): 'go' | 'superseded' | 'unsure' {
  if (options.allowOlder || relation === 'same' || relation === 'contained') return 'go';
  if (relation === 'newer' && published?.ref === mine.ref) return 'superseded';
  if (!options.production) return relation === 'unknown' ? 'unsure' : 'go';
  const theirs = `commit ${published?.commit} (${published?.ref ?? 'of an unknown ref'})`;
  const what =
    relation === 'unknown'
      ? `Nothing tells whether commit ${mine.commit} (${mine.ref}) contains ${theirs}`
      : `Commit ${mine.commit} (${mine.ref}) does not contain ${theirs}`;
  throw new CodexSyncError(
    'older-commit',
    `${what}, which is published in production. If an older or another line shall replace it, say "allow-older: true".`,
  );
}
