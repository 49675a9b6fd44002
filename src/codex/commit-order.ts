import { CodexSyncError } from '../errors.ts';
import type { Source } from './manifest.ts';
import { orderVersions, type VersionOrder } from './version-order.ts';

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
export function asksForRelation(published: Source | undefined, thisRun: RunCommit, production: boolean): boolean {
  if (!published?.commit || published.commit === thisRun.commit) return false;
  if (!production) return published.ref === thisRun.ref;
  const versions = orderVersions(thisRun.ref, published.ref ?? '');
  return versions === undefined || versions === 'same';
}

/** Clocks differ, and a commit may be a moment old; a date that is further ahead says that a clock is wrong. */
const MAX_AHEAD_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * What the commit dates tell outside of production, when neither checkout nor GitHub knows the manifest's commit. A date in the
 * future tells nothing: a commit of a machine with a wrong clock would hide every run for years.
 */
export function relationByDates(published: Source, thisRun: RunCommit, now: Date): Relation {
  const theirs = Date.parse(published.date ?? '');
  const ours = Date.parse(thisRun.date ?? '');
  if (Number.isNaN(theirs) || Number.isNaN(ours)) return 'unknown';
  if (Math.max(theirs, ours) > now.getTime() + MAX_AHEAD_MILLISECONDS) return 'unknown';
  return theirs > ours ? 'newer' : 'contained';
}

interface OlderRunOptions {
  readonly production: boolean;
  readonly allowOlder: boolean;
  /** Whether a checkout of the project could tell the order; a promotion has none. */
  readonly hasCheckout?: boolean;
}

/**
 * The rule of older runs (design section 4): `superseded` when a newer commit of the very same ref was published
 * already; in production the precedence of version tags decides, else a commit that mine does not contain is an error.
 * @param relation counts only where `asksForRelation` asks for it
 * @returns `unsure` when nothing tells, outside of production
 * @throws CodexSyncError `older-commit`
 */
export function planOlderRun(
  relation: Relation,
  published: Source | undefined,
  thisRun: RunCommit,
  options: OlderRunOptions,
): 'go' | 'superseded' | 'unsure' {
  if (options.allowOlder || !published?.commit || published.commit === thisRun.commit) return 'go';
  const versions = options.production ? orderVersions(thisRun.ref, published.ref ?? '') : undefined;
  if (versions === 'higher') return 'go';
  if (versions === undefined && (relation === 'same' || relation === 'contained')) return 'go';
  if (versions !== 'lower' && relation === 'newer' && published.ref === thisRun.ref) return 'superseded';
  if (!options.production) return relation === 'unknown' ? 'unsure' : 'go';
  throw new CodexSyncError('older-commit', olderSentence(relation, versions, published, thisRun, options));
}

function olderSentence(
  relation: Relation,
  versions: VersionOrder,
  published: Source,
  thisRun: RunCommit,
  { hasCheckout = true }: OlderRunOptions,
): string {
  const ours = `commit ${thisRun.commit} (${thisRun.ref || 'of an unknown ref'})`;
  const theirs = `commit ${published.commit} (${published.ref ?? 'of an unknown ref'})`;
  const allow = 'say "allow-older: true".';
  if (versions === 'lower') {
    return `C${ours.slice(1)} is a lower version than ${theirs}, which is published in production. If the lower version shall replace it, ${allow}`;
  }
  if (versions === 'same') {
    return `C${ours.slice(1)} is not the commit of that tag that is published in production: ${theirs}. A version does not change: publish the new text under a higher one. If this commit shall replace it, ${allow}`;
  }
  const what =
    relation === 'unknown'
      ? `Nothing tells whether ${ours} contains ${theirs}`
      : `C${ours.slice(1)} does not contain ${theirs}`;
  const checkOut = hasCheckout ? ', or check the project out with "fetch-depth: 0"' : '';
  const how =
    relation === 'unknown'
      ? ` Let "project-token" read ${published.repository} ("contents: read"), so that GitHub can compare them${checkOut}.`
      : '';
  return `${what}, which is published in production.${how} If an older or another line shall replace it, ${allow}`;
}
