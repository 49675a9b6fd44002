import { compileGlobs, isGlob } from '../documents/patterns.ts';
import type { Line } from './manifest.ts';

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
export function isReleaseRef(
  production: RefGlobs,
  ref: string | undefined,
  defaultBranch: string | undefined,
): boolean {
  if (ref === undefined) return false;
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

/** What decides which refs of a project are stable (design section 2, "release line" and "stable ref"). */
export interface StableRefs {
  readonly defaultBranch: string | undefined;
  readonly production: RefGlobs;
  readonly stable: RefGlobs;
}

/** @param lists the entries of `production-refs` and `stable-refs`, as inputs and the merged configuration have them */
export function parseStableRefs(
  defaultBranch: string | undefined,
  lists: { readonly stable: readonly string[]; readonly production: readonly string[] },
): StableRefs {
  return { defaultBranch, production: parseRefGlobs(lists.production), stable: parseRefGlobs(lists.stable) };
}

/**
 * The line of a ref: `release`, or `stable` for a ref that publishes `documents` outside production only.
 * @param isProtected what GitHub says of a branch for which `needsProtection` is true
 * @returns `undefined` for every other ref
 */
export function lineOfRef(
  refs: StableRefs,
  ref: string | undefined,
  isProtected: boolean | undefined,
): Line | undefined {
  if (ref === undefined) return undefined;
  const { defaultBranch, production, stable } = refs;
  const release = releaseLineOf(production, ref, defaultBranch);
  if (release === 'yes' || (release === 'if protected' && isProtected === true)) return 'release';
  return matchesRef(stable, ref) === 'no' ? undefined : 'stable';
}

/** Whether what GitHub says of the ref's protection decides its line. */
export function needsProtection({ defaultBranch, production }: StableRefs, ref: string | undefined): boolean {
  return releaseLineOf(production, ref, defaultBranch) === 'if protected';
}

/**
 * Whether a ref belongs to the release line. A branch that only a glob names does where it is protected, since anybody who may
 * push can create one.
 */
export function releaseLineOf(
  production: RefGlobs,
  ref: string | undefined,
  defaultBranch: string | undefined,
): 'yes' | 'no' | 'if protected' {
  if (ref === undefined || !isReleaseRef(production, ref, defaultBranch)) return 'no';
  if (!ref.startsWith(HEADS) || ref === `${HEADS}${defaultBranch}`) return 'yes';
  return matchesRef(production, ref) === 'by name' ? 'yes' : 'if protected';
}

/** Whether runs of the default branch publish `documents`. */
export function isDefaultBranchStable(refs: StableRefs): boolean {
  return refs.defaultBranch !== undefined && lineOfRef(refs, `${HEADS}${refs.defaultBranch}`, undefined) !== undefined;
}

/**
 * Branches besides the default one that may be stable, by what the lists name, in the order of their names.
 * @param names full names of refs
 */
export function candidateBranches(refs: StableRefs, names: Iterable<string>): string[] {
  const isNamed = (ref: string) =>
    ref.startsWith(HEADS) &&
    ref !== `${HEADS}${refs.defaultBranch}` &&
    (matchesRef(refs.production, ref) !== 'no' || matchesRef(refs.stable, ref) !== 'no');
  return [...names].filter(isNamed).sort();
}

const HEADS = 'refs/heads/';
