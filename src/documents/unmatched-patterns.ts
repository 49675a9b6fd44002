import { type Problem, problemText } from '../errors.ts';
import { nameSome, nearest, printable } from '../text/phrases.ts';
import { inputName, spelled } from '../text/spell-inputs.ts';
import { foldersOf, unholdableReason } from './paths.ts';
import { compileGlobs, compileInAnyCase, folderOf, isGlob, type Patterns } from './patterns.ts';
import { type CheckoutListing, leftOut, type Selection } from './select.ts';

export interface UnmatchedPattern {
  readonly input: 'include' | 'include-ignored';
  readonly glob: string;
  readonly why: UnmatchedReason;
}

type UnmatchedReason =
  | { readonly kind: 'nothing matches' }
  /** A similar path exists, or a similar pattern matches. */
  | { readonly kind: 'misspelled'; readonly meant: string; readonly inCaseOnly: boolean }
  /** `exclude` covers all its matches. */
  | { readonly kind: 'excluded'; readonly path: string }
  /** No match may be published; `reason` is that of the first path. */
  | { readonly kind: 'left out'; readonly path: string; readonly reason: string }
  | { readonly kind: 'another repository'; readonly path: string }
  /** In `include`: git ignores it. */
  | { readonly kind: 'ignored'; readonly path: string }
  /** In `include-ignored`: git does not ignore it. */
  | { readonly kind: 'not ignored'; readonly path: string };

/** Limit of the search for similar words, so that a mistyped pattern in a huge project stays cheap. */
const MAX_COMPARED = 20_000;

/**
 * Finds patterns that select nothing. `include` counts only when written for this project: a default, or a pattern for
 * a whole organization, may match nothing here. For the same reason `exclude` does not count. Without any document all of
 * `include` counts, because the error that follows explains it.
 */
export function findUnmatched(
  listing: CheckoutListing,
  selection: Selection,
  patterns: Pick<Patterns, 'include' | 'ownInclude' | 'includeIgnored' | 'excludes'>,
): UnmatchedPattern[] {
  const documents = [...selection.documents.keys()];
  const ignored = new Set(listing.ignored);
  const repositories = [...listing.nested, ...listing.nestedIgnored, ...listing.nestedSelected];
  const known = knownPaths(listing);
  const reasons = leftOut(selection);

  const whyUnmatched = (glob: string, paths: readonly string[]): UnmatchedReason => {
    const matches = compileGlobs([glob]);
    const matched = paths.filter(matches);
    const kept = matched.find((path) => !patterns.excludes(path));
    if (kept !== undefined && reasons.has(kept))
      return { kind: 'left out', path: kept, reason: reasons.get(kept) ?? '' };
    if (kept === undefined && matched[0] !== undefined) return { kind: 'excluded', path: matched[0] };
    const folder = folderOf(glob);
    const nested = repositories.find((path) => matches(path) || isBelow(folder, path));
    return nested === undefined ? { kind: 'nothing matches' } : { kind: 'another repository', path: nested };
  };

  const counted = documents.length === 0 ? patterns.include : (patterns.ownInclude ?? []);
  const include = counted.flatMap((glob): UnmatchedPattern[] => {
    if (documents.some(compileGlobs([glob]))) return [];
    return [{ input: 'include', glob, why: whyUnmatched(glob, known) }];
  });
  const published = documents.filter((path) => ignored.has(path));
  const includeIgnored = patterns.includeIgnored.flatMap((glob): UnmatchedPattern[] => {
    const matches = compileGlobs([glob]);
    if (published.some(matches)) return [];
    const why = whyUnmatched(glob, listing.ignored);
    const other = why.kind === 'nothing matches' ? known.find(matches) : undefined;
    return [{ input: 'include-ignored', glob, why: other === undefined ? why : { kind: 'not ignored', path: other } }];
  });
  return [...include, ...includeIgnored];
}

function knownPaths({ index, untracked, undecodable, deleted, unmerged }: CheckoutListing): string[] {
  const isThere = (path: string) => !deleted.has(path) || unmerged.has(path);
  return [...index.keys(), ...untracked, ...undecodable].filter(isThere);
}

export function isUnexplained({ why }: UnmatchedPattern): boolean {
  return why.kind === 'nothing matches';
}

/** Finds the intended paths. A wholly ignored folder is one entry of `ignored` that ends in a slash. */
export function explainUnmatched(
  unmatched: readonly UnmatchedPattern[],
  listing: CheckoutListing,
  ignored: readonly string[],
): UnmatchedPattern[] {
  const findLike = { include: similarFinder(knownPaths(listing)), 'include-ignored': similarFinder(ignored) };
  return unmatched.map((one) => {
    const { input, glob } = one;
    if (!isUnexplained(one)) return one;
    const hidden = input === 'include' ? ignored.find(coverage(glob, folderOf(glob))) : undefined;
    return { ...one, why: hidden === undefined ? findLike[input](glob) : { kind: 'ignored', path: hidden } };
  });
}

/** Returns a test: the glob matches this file, or (with a slash at the end) this folder holds the glob's folder. */
function coverage(glob: string, folder: string): (path: string) => boolean {
  const matches = compileGlobs([glob]);
  return (path) => (path.endsWith('/') ? isBelow(folder, path.slice(0, -1)) : matches(path));
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function similarFinder(all: readonly string[]): (glob: string) => UnmatchedReason {
  const paths = all.slice(0, MAX_COMPARED);
  const folders = [...new Set(paths.flatMap(foldersOf))];
  const nearestPlain = (path: string) => {
    const folder = folders.includes(path) ? path : undefined;
    const file = folder === undefined ? nearest(path, paths) : undefined;
    const found = file ?? folder ?? nearest(path, folders);
    return found === undefined || found === file ? found : `${found}/**`;
  };
  const nearestGlob = (glob: string) => {
    const folder = folderOf(glob);
    if (!glob.startsWith(`${folder}/`) || folders.includes(folder)) return undefined;
    const found = nearest(folder, folders);
    const meant = found && found + glob.slice(folder.length);
    return meant && paths.some(coverage(meant, found)) ? meant : undefined;
  };
  return (glob) => {
    const [matches, inAnyCase] = [compileGlobs([glob]), compileInAnyCase(glob)];
    // Git lists an ignored folder without its files, and the pattern may name an empty one.
    const inCase = paths.find((path) => inAnyCase(path) && !matches(path));
    if (inCase !== undefined) return { kind: 'misspelled', meant: inCase, inCaseOnly: true };
    const meant = isGlob(glob) ? nearestGlob(glob) : nearestPlain(glob);
    return meant === undefined ? { kind: 'nothing matches' } : { kind: 'misspelled', meant, inCaseOnly: false };
  };
}

/** Published documents of `include-ignored` that no generator produced this time: path -> pattern. */
export interface MissingGenerated {
  readonly certain: ReadonlyMap<string, string>;
  /** The same for ignored paths only: `include` selects them as well, and the pattern matches committed documents. */
  readonly ifIgnored: ReadonlyMap<string, string>;
}

/**
 * Finds documents that a failed or missing generator would delete: of each pattern of `include-ignored` without an
 * ignored file, all its matches among `published`.
 */
export function findMissingGenerated(
  unmatched: readonly UnmatchedPattern[],
  published: Iterable<string>,
  { documents }: Pick<Selection, 'documents'>,
  patterns: Pick<Patterns, 'selectsKnown' | 'selectsIgnored'>,
): MissingGenerated {
  // With all its files excluded: a failed generator may have left its log there.
  const hasFiles = ({ why }: UnmatchedPattern) => why.kind === 'left out';
  const globs = unmatched
    .filter((one) => one.input === 'include-ignored' && !hasFiles(one))
    .map((one) => ({ ...one, matches: compileGlobs([one.glob]) }));
  const certain = new Map<string, string>();
  const ifIgnored = new Map<string, string>();
  if (globs.length === 0) return { certain, ifIgnored };
  for (const path of published) {
    if (documents.has(path) || !patterns.selectsIgnored(path) || unholdableReason(path) !== undefined) continue;
    const matching = globs.filter(({ matches }) => matches(path));
    const alone = matching.find(({ why }) => why.kind !== 'not ignored' || !patterns.selectsKnown(path));
    if (alone) certain.set(path, alone.glob);
    else if (matching[0]) ifIgnored.set(path, matching[0].glob);
  }
  return { certain, ifIgnored };
}

const MAX_SHOWN = 200;

export function unmatchedSentences(unmatched: readonly UnmatchedPattern[]): string[] {
  return unmatchedProblems(unmatched).map(problemText);
}

export function unmatchedProblems(unmatched: readonly UnmatchedPattern[]): Problem[] {
  return (['include', 'include-ignored'] as const).flatMap((input) => {
    const named = unmatched.filter((one) => one.input === input).map(unmatchedPhrase);
    if (named.length === 0) return [];
    const list = `${inputName(input)}${input === 'include' ? ' (sync_patterns)' : ''}`;
    return named.length === 1
      ? [{ problem: `A pattern of ${list} selects no document: ${named[0]}.`, hint: 'Correct or remove it.' }]
      : [
          {
            problem: `Patterns of ${list} select no document: ${nameSome(named)}.`,
            hint: 'Correct or remove them.',
          },
        ];
  });
}

/** All patterns of `include`, with a suggestion for each that selects nothing. */
export function includePhrases(include: readonly string[], unmatched: readonly UnmatchedPattern[]): string[] {
  const known = new Map(unmatched.flatMap((one) => (one.input === 'include' ? [[one.glob, one] as const] : [])));
  return include.map((glob) => {
    const one = known.get(glob);
    return one ? unmatchedPhrase(one) : printable(glob, MAX_SHOWN);
  });
}

/** For example `CHANGLOG.md (did you mean CHANGELOG.md?)`. */
function unmatchedPhrase(one: UnmatchedPattern): string {
  const why = reasonOf(one);
  return `${printable(one.glob, MAX_SHOWN)}${why === undefined ? '' : ` (${why})`}`;
}

function reasonOf({ input, why }: UnmatchedPattern): string | undefined {
  switch (why.kind) {
    case 'misspelled': {
      const meant = printable(why.meant, MAX_SHOWN);
      return why.inCaseOnly ? `${meant} differs from it in case` : `did you mean ${meant}?`;
    }
    case 'excluded':
      return `${inputName('exclude')} leaves out all that it matches, such as ${printable(why.path, MAX_SHOWN)}`;
    case 'left out':
      return `nothing that it matches is published: ${printable(why.path, MAX_SHOWN)}, ${printable(why.reason)}`;
    case 'another repository':
      return `${printable(why.path, MAX_SHOWN)} is another repository: remove its .git ${spelled({ workflow: 'before this step', terminal: 'first' })}, or publish it from there`;
    case 'ignored':
      return `git ignores ${printable(why.path, MAX_SHOWN)}: name it in ${inputName('include-ignored')}`;
    case 'not ignored':
      return `git does not ignore the files that it matches, such as ${printable(why.path, MAX_SHOWN)}: name them in ${inputName('include')}`;
    default:
      return input === 'include' ? undefined : 'no file that git ignores';
  }
}
