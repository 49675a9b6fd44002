import { compileGlobs, isGlob } from '../documents/patterns.ts';
import type { BranchName } from '../text/ids.ts';
import type { Line } from './manifest.ts';

export type RefMatch = 'no' | 'by name' | 'by glob';

/** Full ref names and globs on them, as in `production-refs` and `stable-refs`. */
export interface RefGlobs {
  /** Exact refs: entries without a glob sign. */
  readonly names: ReadonlySet<string>;
  readonly globs: readonly string[];
  readonly isGlobbed: (ref: string) => boolean;
  /** Whether a `!` entry names the ref; this holds for the default branch and tags as well. */
  readonly isTakenAway: (ref: string) => boolean;
}

/** Compiles entries that `refGlobProblem` accepts, in any order. */
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
 * How the list names `ref`; a `!` entry always wins. A match by glob alone is distinct: anyone who can push can create
 * such a branch, so it needs protection.
 */
export function matchesRef({ names, isGlobbed, isTakenAway }: RefGlobs, ref: string): RefMatch {
  if (isTakenAway(ref)) return 'no';
  if (names.has(ref)) return 'by name';
  return isGlobbed(ref) ? 'by glob' : 'no';
}

/**
 * Whether the name of a ref puts it into the release line: the default branch, tags, and the refs that `production-refs`
 * adds or removes.
 */
export function isReleaseRef(
  production: RefGlobs,
  ref: string | undefined,
  defaultBranch: BranchName | undefined,
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

/** Names are compared exactly: picomatch could read `refs/heads/a+b` and parentheses differently. */
function split(entries: readonly string[]): Pick<RefGlobs, 'names' | 'globs'> {
  return { names: new Set(entries.filter((entry) => !isGlob(entry))), globs: entries.filter((entry) => isGlob(entry)) };
}

/** Decides which refs of a project are stable (design section 2, "release line" and "stable ref"). */
export interface StableRefs {
  readonly defaultBranch: BranchName | undefined;
  readonly production: RefGlobs;
  readonly stable: RefGlobs;
}

/** @param lists entries of `production-refs` and `stable-refs`, from inputs and the merged configuration */
export function parseStableRefs(
  defaultBranch: BranchName | undefined,
  lists: { readonly stable: readonly string[]; readonly production: readonly string[] },
): StableRefs {
  return { defaultBranch, production: parseRefGlobs(lists.production), stable: parseRefGlobs(lists.stable) };
}

/**
 * The line of a ref: `release`, or `stable` for a ref that publishes `documents` outside production only.
 * @param isProtected GitHub's answer for a branch for which `needsProtection` is true
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

/** Whether the ref's protection on GitHub decides its line. */
export function needsProtection({ defaultBranch, production }: StableRefs, ref: string | undefined): boolean {
  return releaseLineOf(production, ref, defaultBranch) === 'if protected';
}

/** A branch that only a glob names must be protected: anyone who can push can create one. */
export function releaseLineOf(
  production: RefGlobs,
  ref: string | undefined,
  defaultBranch: BranchName | undefined,
): 'yes' | 'no' | 'if protected' {
  if (ref === undefined || !isReleaseRef(production, ref, defaultBranch)) return 'no';
  if (!ref.startsWith(HEADS) || ref === `${HEADS}${defaultBranch}`) return 'yes';
  return matchesRef(production, ref) === 'by name' ? 'yes' : 'if protected';
}

export function isDefaultBranchStable(refs: StableRefs): boolean {
  return refs.defaultBranch !== undefined && lineOfRef(refs, `${HEADS}${refs.defaultBranch}`, undefined) !== undefined;
}

/** Branches that the lists may make stable in addition to the default one, sorted; `names` are full names of refs. */
export function candidateBranches(refs: StableRefs, names: Iterable<string>): string[] {
  const isNamed = (ref: string) =>
    ref.startsWith(HEADS) &&
    ref !== `${HEADS}${refs.defaultBranch}` &&
    (matchesRef(refs.production, ref) !== 'no' || matchesRef(refs.stable, ref) !== 'no');
  return [...names].filter(isNamed).sort();
}

const HEADS = 'refs/heads/';
