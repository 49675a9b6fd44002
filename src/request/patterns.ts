import picomatch from 'picomatch';
import { CodexSyncError } from '../errors.ts';
import { printable } from './printable.ts';

export const DEFAULT_INCLUDE = ['docs/**', 'README.md', 'CLAUDE.md', '.claude/**'];
export const DEFAULT_EXCLUDE = ['**/node_modules/**', '**/*.log'];

export interface PatternWords {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly includeIgnored: readonly string[];
}

export interface Patterns extends PatternWords {
  /** Whether the patterns select `path` (relative to the project's directory, `/` between the parts). */
  readonly selects: (path: string) => boolean;
  /** Whether `path` is published although git ignores it. */
  readonly selectsIgnored: (path: string) => boolean;
  /** Folders below which every ignored document lies, so that git need not list the rest (`node_modules`). */
  readonly ignoredUnder: readonly string[];
}

// Dotfiles count (`.claude/**`), a name may hold a line break ('s'), and nothing is a regular expression or a
// command: brackets, braces and extended globs are picomatch's own.
const OPTIONS = { dot: true, flags: 's' } satisfies picomatch.PicomatchOptions;

/**
 * Compiles the globs of a run; `exclude` wins and the order does not matter.
 * @throws CodexSyncError `bad-input` naming the glob that cannot match a path of the project
 */
export function parsePatterns(words: PatternWords): Patterns {
  for (const glob of [...words.include, ...words.exclude, ...words.includeIgnored]) checkGlob(glob);
  const included = matcher(words.include);
  const excluded = matcher(words.exclude);
  const ignored = matcher(words.includeIgnored);
  return {
    ...words,
    selects: (path) => (included(path) || ignored(path)) && !excluded(path),
    selectsIgnored: (path) => ignored(path) && !excluded(path),
    ignoredUnder: words.includeIgnored.map(folderOf),
  };
}

/** The folder that a glob cannot leave. */
function folderOf(glob: string): string {
  return picomatch.scan(glob).base.replace(/\\(.)/g, '$1') || '.';
}

function matcher(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs], OPTIONS);
}

function checkGlob(glob: string): void {
  const refuse = (why: string) => {
    throw new CodexSyncError('bad-input', `Pattern "${printable(glob, 100)}" ${why}`);
  };
  if (glob.startsWith('!') && !glob.startsWith('!('))
    refuse('starts with "!". List what to leave out under "exclude" (exclude_patterns).');
  if (glob.startsWith('/') || /^[A-Za-z]:/.test(glob)) {
    refuse('is an absolute path. Give it relative to the working directory, such as docs/**.');
  }
  if (glob.endsWith('/')) refuse(`names a folder. To select what is in it, say "${printable(glob, 100)}**".`);
  if (glob.split('/').includes('..')) refuse('leaves the project. Patterns select below the working directory only.');
}
