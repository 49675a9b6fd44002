// Git, Windows (short forms, trailing dots and spaces, streams) or macOS (ignorable characters) read these as `.git`.
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;
const GIT_NAME = /^(?:\.git|git~\d+)[. ]*(?::.*)?$/i;

export function withoutIgnorable(path: string): string {
  return path.replace(IGNORED_BY_HFS, '');
}

/** Whether a part of a path means `.git` on some system. */
export function isGitName(part: string): boolean {
  return GIT_NAME.test(withoutIgnorable(part));
}

// A percent-encoded dot, slash, backslash or NUL, however often encoded: some other program might decode it.
const ENCODED = /%(?:25)*(?:2e|2f|5c|00)/i;
// Git for Windows refuses a device's name even with blanks before its extension.
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\..*)?$/i;

/** The longest name on Linux and macOS. */
const MAX_PART_BYTES = 255;
/** macOS takes 1,024 bytes; the rest is for the workspace and the cache directory around a document. */
const MAX_PATH_BYTES = 800;

export interface PathRule {
  /**
   * `misleading`: leaves the folder, or is another path on another system. `windows`: Windows cannot write it. `too
   * long`: some system cannot write it.
   */
  readonly kind: 'misleading' | 'windows' | 'too long';
  readonly example: string;
  /** The end of a sentence that begins with the path. */
  readonly problem: string;
  readonly applies: (path: string, parts: readonly string[]) => boolean;
}

/** Rules against paths of documents; the first match gives the reason. */
export const PATH_RULES: readonly PathRule[] = [
  { kind: 'misleading', example: '/docs/a.md', problem: 'is absolute', applies: (path) => path.startsWith('/') },
  {
    kind: 'misleading',
    example: 'docs//a.md',
    problem: 'has an empty part (a slash too many)',
    applies: (_, parts) => parts.includes(''),
  },
  {
    kind: 'misleading',
    example: 'docs/../a.md',
    problem: 'has a part "." or ".."',
    applies: (_, parts) => parts.some((part) => part === '.' || part === '..'),
  },
  {
    kind: 'misleading',
    example: 'docs/back\\slash.md',
    problem: 'has a backslash',
    applies: (path) => path.includes('\\'),
  },
  {
    kind: 'misleading',
    example: 'docs/line\nfeed.md',
    problem: 'has a control character',
    applies: (path) => /\p{Cc}/u.test(path),
  },
  {
    kind: 'misleading',
    example: 'c:guide.md',
    problem: 'has a part that begins with a drive letter',
    applies: (_, parts) => parts.some((part) => /^[A-Za-z]:/.test(part)),
  },
  {
    kind: 'misleading',
    example: 'docs/%2e%2e/a.md',
    problem: 'has an encoded dot, slash or backslash',
    applies: (path) => ENCODED.test(path),
  },
  {
    kind: 'misleading',
    example: 'docs/.git/a.md',
    problem: "has a name of git's own",
    applies: (_, parts) => parts.some(isGitName),
  },
  {
    kind: 'windows',
    example: 'docs/why?.md',
    problem: 'has a character that Windows does not allow',
    applies: (path) => /[<>:"|?*]/.test(path),
  },
  {
    kind: 'windows',
    example: 'docs/end./a.md',
    problem: 'has a part that ends in a dot or a space, which Windows drops',
    applies: (_, parts) => parts.some((part) => /[. ]$/.test(part)),
  },
  {
    kind: 'windows',
    example: 'docs/aux.md',
    problem: 'has the name of a device of Windows',
    applies: (_, parts) => parts.some((part) => DEVICE.test(part)),
  },
  {
    kind: 'too long',
    example: `docs/${'a'.repeat(MAX_PART_BYTES)}.md`,
    problem: `has a part of more than ${MAX_PART_BYTES} bytes`,
    applies: (_, parts) => parts.some((part) => byteLength(part) > MAX_PART_BYTES),
  },
  {
    kind: 'too long',
    example: `${'docs/'.repeat(MAX_PATH_BYTES / 5)}a.md`,
    problem: `has more than ${MAX_PATH_BYTES} bytes, which not every system can hold with the folders around it`,
    applies: (path) => byteLength(path) > MAX_PATH_BYTES,
  },
];

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

// No rule matches a short path of plain characters, as nearly all are: this keeps 100,000 paths fast.
const MAYBE_PROBLEM = /[^\w./-]|(?:^|\/)(?:[./]|$|con|prn|aux|nul|com\d|lpt\d)|\.(?:\/|$)/i;

function firstProblem(path: string, kinds: readonly PathRule['kind'][]): string | undefined {
  if (path.length <= MAX_PART_BYTES && !MAYBE_PROBLEM.test(path)) return undefined;
  const parts = path.split('/');
  return PATH_RULES.find(({ kind, applies }) => kinds.includes(kind) && applies(path, parts))?.problem;
}

/** Why a path is unsafe below a folder: it leaves it, or is another path elsewhere. `undefined` when safe. */
export function pathProblem(path: string): string | undefined {
  return firstProblem(path, ['misleading']);
}

/** Why this system cannot hold a document of the codex; else `undefined`. */
export function fetchProblem(path: string, onWindows: boolean): string | undefined {
  return firstProblem(path, onWindows ? ['misleading', 'windows', 'too long'] : ['misleading', 'too long']);
}

/** Why a document is not published: some system could not hold it. So every system can fetch all others. */
export function unholdableReason(path: string): string | undefined {
  return fetchProblem(path, true);
}

const ASCII = /^[\0-\x7f]*$/;

/** Paths with equal folded forms are one on systems that fold case or the Unicode form of letters. */
export function foldedPath(path: string): string {
  // Upper case unifies both small forms of a sigma, and "ß" with "ss".
  return (ASCII.test(path) ? path : path.normalize('NFC').toUpperCase().normalize('NFC')).toLowerCase();
}

/** Why the second path is skipped: where case or Unicode forms fold, both are one file, or a file and a folder. */
export function collisionReason(path: string, otherSpelling: string, where = ''): string {
  if (foldedPath(path) !== foldedPath(otherSpelling)) {
    return `cannot be beside ${otherSpelling}${where}: apart from case, a file and a folder have one name`;
  }
  const inCase = path.toUpperCase() === otherSpelling.toUpperCase();
  return `differs from ${otherSpelling}${where} only in ${inCase ? 'case' : 'the Unicode form of its letters'}`;
}

/** The folders above a path, outermost first. */
export function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) folders.push(path.slice(0, end));
  return folders;
}

/** The manifest in `projects/<project>` (design section 3.4). */
export const MANIFEST_FILE = '.codex-sync.json';
