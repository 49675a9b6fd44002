import { CodexSyncError } from '../errors.ts';
import { deepCheckout, setInput, tokenName } from '../text/spell-inputs.ts';
import type { Source } from './manifest.ts';

export interface RunCommit {
  readonly commit: string;
  /** Committer date, UTC; unknown when the checkout lacks the commit. */
  readonly date: string | undefined;
  /** `undefined` without a ref. */
  readonly ref: string | undefined;
}

/** The relation of the manifest's commit to the run's: which of the two contains the other. */
export const RELATIONS = ['same', 'contained', 'newer', 'diverged', 'unknown'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Whether the relation is needed: only if it could stop the run. */
export function asksForRelation(published: Source | undefined, thisRun: RunCommit, production: boolean): boolean {
  if (!published?.commit || published.commit === thisRun.commit) return false;
  if (!production) return isOfSameRef(published, thisRun);
  const versions = orderVersions(thisRun.ref, published.ref);
  return versions === undefined || versions === 'same';
}

/** Two commits without a ref are not of one ref. */
function isOfSameRef(published: Source, { ref }: RunCommit): boolean {
  return ref !== undefined && published.ref === ref;
}

/** Clocks differ, and a commit may be a moment old; a date further ahead proves a wrong clock. */
const MAX_AHEAD_MILLISECONDS = 24 * 60 * 60 * 1000;

/**
 * The relation by commit dates, outside production, when checkout and GitHub do not know the manifest's commit. A
 * future date proves nothing: a commit of a machine with a wrong clock would hide every run for years.
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
  /** Whether a checkout of the project could give the order; a promotion has none. */
  readonly hasCheckout?: boolean;
}

/**
 * The rule for older runs (design section 4): `superseded` when a newer commit of the same ref is published; in
 * production version tags decide, else a published commit that ours does not contain is an error.
 * @param relation counts only if `asksForRelation`
 * @returns `unsure` without information, outside production
 * @throws CodexSyncError `older-commit`
 */
export function planOlderRun(
  relation: Relation,
  published: Source | undefined,
  thisRun: RunCommit,
  options: OlderRunOptions,
): 'go' | 'superseded' | 'unsure' {
  if (options.allowOlder || !published?.commit || published.commit === thisRun.commit) return 'go';
  const versions = options.production ? orderVersions(thisRun.ref, published.ref) : undefined;
  if (versions === 'higher') return 'go';
  if (versions === undefined && (relation === 'same' || relation === 'contained')) return 'go';
  if (versions !== 'lower' && relation === 'newer' && isOfSameRef(published, thisRun)) return 'superseded';
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
  const ours = `commit ${thisRun.commit} (${thisRun.ref ?? 'of an unknown ref'})`;
  const theirs = `commit ${published.commit} (${published.ref ?? 'of an unknown ref'})`;
  const allow = `${setInput('allow-older', 'true')}.`;
  if (versions === 'lower') {
    return `C${ours.slice(1)} is a lower version than ${theirs}, which is published in production. To replace it with the lower version, ${allow}`;
  }
  if (versions === 'same') {
    return `C${ours.slice(1)} is not the commit of that tag that is published in production: ${theirs}. A version does not change: publish the new text under a higher one. To replace it with this commit, ${allow}`;
  }
  const what =
    relation === 'unknown'
      ? `It is unknown whether ${ours} contains ${theirs}`
      : `C${ours.slice(1)} does not contain ${theirs}`;
  const checkOut = hasCheckout ? `, or ${deepCheckout(0)}` : '';
  const how =
    relation === 'unknown'
      ? ` Let ${tokenName('project-token')} read ${published.repository} ("contents: read"), so that GitHub can compare them${checkOut}.`
      : '';
  return `${what}, which is published in production.${how} To replace it with an older commit or another line, ${allow}`;
}

export interface RunOrder {
  readonly order: ReturnType<typeof planOlderRun>;
  /** The source of the present `documents` or preview that the run replaces. */
  readonly published: Source | undefined;
  readonly rollsBack: boolean;
}

/** The order of two version tags; `undefined` when their names do not decide. */
export type VersionOrder = 'higher' | 'lower' | 'same' | undefined;

/** A version in a tag's name: `gears-v1.2.0-rc.1`. */
interface TaggedVersion {
  /** The part before the version: `gears-v`. */
  readonly prefix: string;
  readonly text: string;
  readonly numbers: readonly bigint[];
  /** Parts of a pre-release; none for a release. */
  readonly preRelease: readonly string[];
}

// The first match counts: a product's name may contain numbers (`s3-v1.0.0`), but rarely dots between them. The prefix
// ends in no digit and no dot, so `v2026.11.3` is one version. Build metadata (`+`) has no precedence.
const AFTER = '(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?';
const TAGS = ['(?:\\.\\d+){2,}', '\\.\\d+'].map(
  (more) => new RegExp(`^refs/tags/(.*?)(?<![\\d.])((\\d+${more})${AFTER})$`, 's'),
);
const SINGLE = /^refs\/tags\/(.*?)(?<![\d.])((\d+))$/s;

/** A full version never moves; `v2` and `v2.1` may follow their releases. */
const FULL = 3;

function parseTag(ref: string | undefined): TaggedVersion | undefined {
  if (ref === undefined) return undefined;
  const found = [...TAGS, SINGLE].map((pattern) => pattern.exec(ref)).find((match) => match !== null);
  const [, prefix, text, numbers, preRelease] = found ?? [];
  if (prefix === undefined || text === undefined || numbers === undefined) return undefined;
  return {
    prefix,
    text,
    numbers: numbers.split('.').map(BigInt),
    preRelease: preRelease === undefined ? [] : preRelease.split('.'),
  };
}

/**
 * Orders tags by version precedence (semver.org, section 11): numbers as numbers, pre-releases before their release.
 * Different prefixes belong to different products, and `v2.1` may move to each `v2.1.x`: for those only the commits
 * decide.
 */
export function orderVersions(ref: string | undefined, other: string | undefined): VersionOrder {
  const [one, two] = [parseTag(ref), parseTag(other)];
  if (!one || !two || one.prefix !== two.prefix) return undefined;
  const common = Math.min(one.numbers.length, two.numbers.length);
  const order =
    compareLists(one.numbers.slice(0, common), two.numbers.slice(0, common), compare) ||
    (one.numbers.length === two.numbers.length ? comparePreReleases(one.preRelease, two.preRelease) : undefined);
  if (order === undefined) return undefined;
  if (order !== 0) return order > 0 ? 'higher' : 'lower';
  return one.text === two.text && one.numbers.length >= FULL ? 'same' : undefined;
}

function comparePreReleases(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return compare(other.length, one.length);
  return compareLists(one, other, compareIdentifiers);
}

/** Numbers come before words. */
function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isAlsoNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isAlsoNumber) return compare(BigInt(one), BigInt(other));
  if (isNumber || isAlsoNumber) return isNumber ? -1 : 1;
  return compare(one, other);
}

/** The first difference decides; a list is higher than its own prefix. */
function compareLists<T>(one: readonly T[], other: readonly T[], compareItems: (a: T, b: T) => number): number {
  for (const [index, item] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    const order = compareItems(item, against);
    if (order !== 0) return order;
  }
  return compare(one.length, other.length);
}

function compare<T extends string | number | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
