import type { Line } from './manifest.ts';
import { isReleaseRef, matchesRef, parseRefGlobs, type RefGlobs } from './ref-globs.ts';

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
export function lineOfRef(refs: StableRefs, ref: string, isProtected: boolean | undefined): Line | undefined {
  const { defaultBranch, production, stable } = refs;
  const release = releaseLineOf(production, ref, defaultBranch);
  if (release === 'yes' || (release === 'if protected' && isProtected === true)) return 'release';
  return matchesRef(stable, ref) === 'no' ? undefined : 'stable';
}

/** Whether what GitHub says of the ref's protection decides its line. */
export function needsProtection({ defaultBranch, production }: StableRefs, ref: string): boolean {
  return releaseLineOf(production, ref, defaultBranch) === 'if protected';
}

/**
 * Whether a ref belongs to the release line. A branch that only a glob names does where it is protected, since anybody who may
 * push can create one.
 */
export function releaseLineOf(
  production: RefGlobs,
  ref: string,
  defaultBranch: string | undefined,
): 'yes' | 'no' | 'if protected' {
  if (!isReleaseRef(production, ref, defaultBranch)) return 'no';
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
