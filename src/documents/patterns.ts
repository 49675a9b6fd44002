import { createHash } from 'node:crypto';
import picomatch from 'picomatch';
import { printable } from '../text/phrases.ts';
import { inputName } from '../text/spell-inputs.ts';

const README = 'README.md';
export const DEFAULT_INCLUDE = ['docs/**', README, 'CLAUDE.md', '.claude/**'];
export const DEFAULT_EXCLUDE = ['**/node_modules/**', '**/*.log'];

export interface PatternLists {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly includeIgnored: readonly string[];
  /** The part of `include` that is for this project; other patterns, such as defaults, may match nothing. */
  readonly ownInclude?: readonly string[];
}

export interface Patterns extends PatternLists {
  /** Whether any pattern selects `path` (from the project's directory, with `/`). The codex records no more. */
  readonly selects: (path: string) => boolean;
  /** The same for a file that git tracks or would track. */
  readonly selectsKnown: (path: string) => boolean;
  readonly selectsIgnored: (path: string) => boolean;
  readonly excludes: (path: string) => boolean;
  /** Whether other projects published `path`, because this one is the codex; then `selects` is false. */
  readonly isOfOtherProjects: (path: string) => boolean;
  /** Folders of all ignored documents, so that git need not list the rest (`node_modules`). */
  readonly ignoredUnder: readonly string[];
}

// Dotfiles count (`.claude/**`). A name may hold a line break ('s'). `[!_]*` is a name that does not begin with "_"
// ('posix'; else picomatch reads "!" as a character). Nothing is a regular expression or a command: brackets, braces
// and extended globs are picomatch's own.
const OPTIONS = { dot: true, flags: 's', posix: true } satisfies picomatch.PicomatchOptions;

/** Compiles globs that `globProblem` accepts; `exclude` wins, and the order does not matter. */
export function parsePatterns(
  text: PatternLists,
  isOfOtherProjects: Patterns['isOfOtherProjects'] = () => false,
): Patterns {
  const included = compileGlobs(text.include);
  const excluded = compileGlobs(text.exclude);
  const ignored = compileGlobs(text.includeIgnored);
  return {
    ...text,
    selects: (path) => (included(path) || ignored(path)) && !excluded(path) && !isOfOtherProjects(path),
    selectsKnown: (path) => included(path) && !excluded(path),
    selectsIgnored: (path) => ignored(path) && !excluded(path),
    excludes: excluded,
    isOfOtherProjects,
    ignoredUnder: text.includeIgnored.map(folderOf),
  };
}

/** Identifies a set of patterns in any order: 16 hexadecimal digits. */
export function digestPatterns({ include, exclude, includeIgnored }: PatternLists): string {
  const sets = [include, exclude, includeIgnored].map((globs) => [...new Set(globs)].sort());
  return createHash('sha256').update(JSON.stringify(sets)).digest('hex').slice(0, 16);
}

/** The folder of all possible matches. */
export function folderOf(glob: string): string {
  return picomatch.scan(glob).base.replace(/\\(.)/g, '$1') || '.';
}

/** A star alone matches no slash. */
const IN_ONE_FOLDER = /^[^/\\[\](){}|!@+]*$/;

/** Whether a glob may match something below a folder at the top. Certain of the answer "no" alone. */
export function mayReach(glob: string, folder: string): boolean {
  const base = folderOf(glob);
  if (base !== '.') return base.split('/')[0] === folder;
  return glob.includes('**') || !IN_ONE_FOLDER.test(glob);
}

export function compileGlobs(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs], OPTIONS);
}

/**
 * Converts a pattern of Fractary's own command line (node-glob) for picomatch: in node-glob, `**` means folders only as
 * a whole part of a path, and `//` and `/./` are one slash.
 */
export function fromNodeGlob(glob: string): string {
  const whole = glob
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  return whole.replace(/\*{2,}/g, (stars, offset: number) => {
    const before = whole[offset - 1] ?? '/';
    const after = whole[offset + stars.length] ?? '/';
    return stars === '**' && '/{,(|'.includes(before) && '/},)|'.includes(after) ? stars : '*';
  });
}

export function compileInAnyCase(glob: string): (path: string) => boolean {
  return picomatch([glob], { ...OPTIONS, nocase: true, flags: `${OPTIONS.flags}i` });
}

/** Extensions of a README file, the usual one first. */
const README_EXTENSIONS = ['.md', '.markdown', '.mdx', '.rst', '.adoc', '.txt', ''];

/** Its place in that list; `-1` for another file. */
function readmeRank(file: string): number {
  const [, extension] = /^readme(\.[a-z]+)?$/i.exec(file) ?? [file, '/'];
  return README_EXTENSIONS.indexOf((extension ?? '').toLowerCase());
}

/** A list that may be a copy of the defaults, with the default's spelling of the README file. */
export function withUsualReadme(globs: readonly string[]): string[] {
  return globs.map((glob) => (readmeRank(glob) < 0 ? glob : README));
}

/** The defaults, with the README file that exists among `files` of the root: patterns distinguish case. */
export function includeFor(files: readonly string[]): string[] {
  const found = files.filter((file) => readmeRank(file) >= 0).sort();
  const [best = README] = found.includes(README)
    ? [README]
    : found.sort((one, other) => readmeRank(one) - readmeRank(other));
  return DEFAULT_INCLUDE.map((glob) => (glob === README ? best : glob));
}

export function isGlob(text: string): boolean {
  return picomatch.scan(text).isGlob;
}

/** Far above any useful path; regular expressions have a limit of their own. */
const MAX_GLOB_LENGTH = 1000;

/** The end of a sentence "Use …"; `undefined` for an acceptable length. */
export function lengthProblem(glob: string): string | undefined {
  return glob.length > MAX_GLOB_LENGTH ? 'a pattern of at most 1,000 characters' : undefined;
}

/** Why a glob matches no path of a project, as the end of "Use …"; else `undefined`. */
export function globProblem(glob: string): string | undefined {
  const tooLong = lengthProblem(glob);
  if (tooLong !== undefined) return tooLong;
  if (glob.startsWith('!') && !glob.startsWith('!('))
    return `a pattern without "!", and list exclusions under ${inputName('exclude')} (exclude_patterns)`;
  if (glob.startsWith('/') || /^[A-Za-z]:/.test(glob))
    return 'a path that is not absolute but relative to the working directory, such as docs/**';
  if (glob.endsWith('/')) return `"${printable(glob, 100)}**" to select the files in a folder`;
  if (glob.split('/').includes('..'))
    return 'a pattern without "..": nothing outside of the working directory is selected';
  return undefined;
}

/** Why an entry of a list of refs matches no ref, as the end of "Use …"; else `undefined`. */
export function refGlobProblem(entry: string): string | undefined {
  const ref = entry.replace(/^!/, '');
  const tooLong = lengthProblem(ref);
  if (tooLong !== undefined) return tooLong;
  if (!ref.startsWith('refs/') || globProblem(ref) !== undefined) {
    return 'full ref names or globs on them, such as refs/heads/develop or refs/heads/release/*; "!" before one removes it';
  }
  return undefined;
}
