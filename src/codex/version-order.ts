/** How the version that a tag names stands to that of another tag; `undefined` where their names do not tell. */
export type VersionOrder = 'higher' | 'lower' | 'same' | undefined;

/** A version in a tag's name: `gears-v1.2.0-rc.1`. */
interface TaggedVersion {
  /** What is before the version: `gears-v`. */
  readonly prefix: string;
  /** The version as it was written. */
  readonly text: string;
  readonly numbers: readonly bigint[];
  /** Parts of a pre-release; none for a release. */
  readonly preRelease: readonly string[];
}

// The first that fits: a name of a product may have numbers of its own (`s3-v1.0.0`), but rarely dots between them. No digit
// and no dot ends the prefix, so `v2026.11.3` is one version. Build metadata (`+`) has no precedence.
const AFTER = '(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?';
const TAGS = ['(?:\\.\\d+){2,}', '\\.\\d+'].map(
  (more) => new RegExp(`^refs/tags/(.*?)(?<![\\d.])((\\d+${more})${AFTER})$`, 's'),
);
const SINGLE = /^refs\/tags\/(.*?)(?<![\d.])((\d+))$/s;

/** A full version never moves; `v2` and `v2.1` may be tags that follow their releases. */
const FULL = 3;

function parseTag(ref: string): TaggedVersion | undefined {
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
 * Orders two tags by the precedence of their versions (semver.org, section 11): numbers as numbers, pre-releases before
 * their release. Tags of different prefixes belong to different products, and `v2.1` may be a tag that moves to each
 * `v2.1.x`: of those only the commits tell.
 */
export function orderVersions(ref: string, other: string): VersionOrder {
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

/** A number is before a word. */
function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isAlsoNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isAlsoNumber) return compare(BigInt(one), BigInt(other));
  if (isNumber || isAlsoNumber) return isNumber ? -1 : 1;
  return compare(one, other);
}

/** The first difference decides; of lists of which one begins the other, the longer one is higher. */
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
