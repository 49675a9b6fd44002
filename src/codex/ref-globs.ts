import { compileGlobs, isGlob } from '../documents/patterns.ts';

/** How a list names a ref. */
export type RefMatch = 'no' | 'by name' | 'by glob';

/** A list of full ref names and globs on them, as `production-refs` and `stable-refs` hold one. */
export interface RefGlobs {
  /** Entries without a glob sign: exactly these refs. */
  readonly names: ReadonlySet<string>;
  readonly globs: readonly string[];
  readonly isGlobbed: (ref: string) => boolean;
  /** Whether an entry that begins with `!` names the ref, which holds for the default branch and tags too. */
  readonly isTakenAway: (ref: string) => boolean;
}

/** Compiles the entries of a list, which `refGlobProblem` has nothing against. Their order does not matter. */
export function parseRefGlobs(lines: readonly string[]): RefGlobs {
  const given = split(lines.filter((line) => !line.startsWith('!')));
  const away = split(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
  const isGlobbedAway = compileGlobs(away.globs);
  return {
    ...given,
    isGlobbed: compileGlobs(given.globs),
    isTakenAway: (ref) => away.names.has(ref) || isGlobbedAway(ref),
  };
}

/**
 * How the list names `ref`. What an entry with `!` takes away is not named, whatever the others say. A ref that only a glob
 * names is told apart: anybody who may push can create a branch that a glob matches, so such a branch needs protection.
 */
export function matchesRef({ names, isGlobbed, isTakenAway }: RefGlobs, ref: string): RefMatch {
  if (isTakenAway(ref)) return 'no';
  if (names.has(ref)) return 'by name';
  return isGlobbed(ref) ? 'by glob' : 'no';
}

/**
 * Whether a ref belongs to the release line as far as its name tells: the default branch, tags, and what `production-refs`
 * names besides or takes away.
 */
export function isReleaseRef(production: RefGlobs, ref: string, defaultBranch: string | undefined): boolean {
  if (production.isTakenAway(ref)) return false;
  if (matchesRef(production, ref) !== 'no') return true;
  if (ref.startsWith(TAGS)) return !namesTags(production);
  return defaultBranch !== undefined && ref === `refs/heads/${defaultBranch}`;
}

/** Whether the list names tags: then only those tags belong to the release line. */
export function namesTags({ names, globs }: RefGlobs): boolean {
  return [...names, ...globs].some((entry) => entry.startsWith(TAGS));
}

const TAGS = 'refs/tags/';

/** A name is compared as it is: for picomatch `refs/heads/a+b` and parentheses could mean something else. */
function split(entries: readonly string[]): Pick<RefGlobs, 'names' | 'globs'> {
  return { names: new Set(entries.filter((entry) => !isGlob(entry))), globs: entries.filter((entry) => isGlob(entry)) };
}
