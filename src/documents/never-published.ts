import { isObject, parseObject } from '../text/bytes.ts';
import { ENVIRONMENT_NAME } from '../text/names.ts';
import { foldedPath, foldersOf, isGitName, MANIFEST_FILE, withoutIgnorable } from './paths.ts';

const GIT_FILE = /^\.(?:gitattributes|gitmodules)$/i;
// Templates of an environment file are for readers: they hold no values.
const ENV_FILE = /^\.env(?!\.(?:example|sample|template)$)(?:\..*)?$/i;
const KEY_FILE = /^id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$|\.(?:ppk|p12|pfx)$/i;
const HALF_WRITTEN = /^\.codex-sync-[0-9a-f]{8}$/;

/** Temporary name of a document during a write, which a killed run leaves: eight hexadecimal digits. */
export function halfWrittenName(digits: string): string {
  return `.codex-sync-${digits}`;
}

export interface NeverPublishedRule {
  readonly examples: readonly string[];
  readonly reason: string;
  /** `parts` of a path, the name last. */
  readonly applies: (name: string, parts: readonly string[]) => boolean;
}

/** A row for each kind; the first match gives the reason. */
export const NEVER_PUBLISHED: readonly NeverPublishedRule[] = [
  {
    examples: ['.git', 'git~1'],
    reason: "a name of git's own",
    applies: (_, parts) => parts.some(isGitName),
  },
  {
    examples: ['.gitattributes', '.gitmodules'],
    reason: 'a file that configures git',
    applies: (name) => GIT_FILE.test(name),
  },
  {
    examples: [MANIFEST_FILE],
    reason: "the codex's own manifest",
    applies: (_, parts) => parts[0]?.toLowerCase() === MANIFEST_FILE,
  },
  {
    examples: [halfWrittenName('0123abcd')],
    reason: 'left by a run that was killed while it wrote',
    applies: (name) => HALF_WRITTEN.test(name),
  },
  {
    examples: ['.env', '.env.*'],
    reason: 'an environment file, which usually holds secrets',
    applies: (name) => ENV_FILE.test(name),
  },
  {
    examples: [
      'id_rsa',
      'id_dsa',
      'id_ecdsa',
      'id_ecdsa_sk',
      'id_ed25519',
      'id_ed25519_sk',
      'id_xmss',
      '*.pfx',
      '*.p12',
      '*.ppk',
    ],
    reason: 'named like a private key',
    applies: (name) => KEY_FILE.test(name),
  },
];

/** Why a name is never published, whatever the patterns (design section 4, "Which documents"); else `undefined`. */
export function neverPublished(path: string): string | undefined {
  const parts = withoutIgnorable(path).split('/');
  const name = parts.at(-1) ?? '';
  return NEVER_PUBLISHED.find(({ applies }) => applies(name, parts))?.reason;
}

const PRIVATE_KEY = /^\s*-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY(?: BLOCK)?-----/;
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;
const LARGEST_POINTER = 1024;
export const LFS_POINTER_REASON = 'a Git LFS pointer';

/** Number of bytes that `unpublishableContent` needs. */
export const CONTENT_START = 100;

/** Why a content is not published: a private key, or a pointer whose content is elsewhere. */
export function unpublishableContent(start: string, size: number): string | undefined {
  if (PRIVATE_KEY.test(start)) return 'holds a private key';
  if (size < LARGEST_POINTER && LFS_POINTER.test(start)) return LFS_POINTER_REASON;
  return undefined;
}

/** The index in the cache directory (design section 3.5). */
export const INDEX_FILE = '.cache-index.json';
/** The earlier tool's layout, `<org>/<project>/<path>`, without environments. */
export const OLD_VERSION = '3.0';
/** The earlier tool's index gets this name when a new one is written. */
export const OLD_INDEX_FILE = '.cache-index-3.0.json';

/** A file that marks its folder as one that a fetch writes into. */
export interface FetchRecord {
  /** From the repository's root. */
  readonly path: string;
  /** `undefined` for an unreadable record: too large, a link, not on disk. */
  readonly text: string | undefined;
}

/** Makes git ignore the whole cache directory, including this file. */
export const IGNORE_FILE = '.gitignore';
export const IGNORE_TEXT = '# Written by Codex Sync: fetched files are not documents of this repository.\n*\n';

/** A limit, because anyone who can commit could write a record of any size. */
export const LARGEST_RECORD = 1024 * 1024;

/** `isInside`: the record's folder is inside the project; a folder around the whole project proves less. */
type Rule = (path: string, isInside: boolean) => boolean;

/** A row for each kind of record: its name, and its parser, which returns `undefined` for other files. */
const RECORDS: readonly { readonly name: string; readonly read: (text: string | undefined) => Rule | undefined }[] = [
  { name: INDEX_FILE, read: (text) => readIndex(text, false) },
  { name: OLD_INDEX_FILE, read: (text) => readIndex(text, true) },
];
const OWN_FILES = [...RECORDS.map(({ name }) => name), IGNORE_FILE];
/** Every record covers files at least this many folders below its own. */
const LEAST_DEPTH = 2;

/** Returns a test: did a fetch write this path of the project? `prefix` is empty, or ends in a slash. */
export function fetchedFinder(records: readonly FetchRecord[], prefix = ''): (path: string) => boolean {
  const rules = new Map<string, Rule[]>();
  for (const { path, text } of records) {
    const [folder, name] = splitPath(path);
    const rule = RECORDS.find((row) => row.name === name)?.read(text);
    if (rule) rules.set(folder, [...(rules.get(folder) ?? []), rule]);
  }
  if (rules.size === 0) return () => false;
  return (path) => {
    const full = prefix + path;
    return ['', ...foldersOf(full)].some((folder) => {
      const below = folder === '' ? full : full.slice(folder.length + 1);
      const isInside = folder.length >= prefix.length && folder !== '';
      return rules.get(folder)?.some((covers) => OWN_FILES.includes(below) || covers(below, isInside)) ?? false;
    });
  };
}

/** Possible locations of records that cover these paths; all paths are from the repository's root. */
export function recordPlaces(paths: Iterable<string>, prefix = ''): string[] {
  const folders = new Set<string>();
  const places = new Set<string>();
  for (const path of paths) {
    const [folder, name] = splitPath(prefix + path);
    if (OWN_FILES.includes(name)) places.add(folder);
    folders.add(folder);
  }
  for (const folder of folders) {
    const above = foldersOf(`${folder}/`);
    if (folder !== '') for (const one of ['', ...above].slice(0, -LEAST_DEPTH)) places.add(one);
  }
  return [...places].flatMap((folder) => RECORDS.map(({ name }) => (folder === '' ? name : `${folder}/${name}`)));
}

/**
 * The rule of a cache directory: files below `<organization>/<project>/<env>` of the organizations in its index.
 * Folders count, not entries, because the index may lack earlier fetches. Other organizations' names do not count,
 * because the project's own folder may be the cache directory. If the whole project is in it, only the folders in the
 * index count. Without names in the index, every such folder counts.
 */
function readIndex(text: string | undefined, wasPutAside: boolean): Rule | undefined {
  const json = text === undefined ? undefined : parseObject(text);
  if (json && typeof json.version !== 'string' && !Array.isArray(json.entries)) return undefined;
  // The earlier tool had no environments.
  const depth = wasPutAside || json?.version === OLD_VERSION ? LEAST_DEPTH : LEAST_DEPTH + 1;
  const named = foldersNamed(json?.entries, depth);
  return (path, isInside) => {
    const folders = foldersOf(path);
    const [organization = ''] = folders;
    const folder = folders[depth - 1];
    if (folder === undefined) return false;
    if (named) return named.has(foldedPath(isInside ? organization : folder));
    return depth === LEAST_DEPTH || ENVIRONMENT_NAME.pattern.test(splitPath(folder)[1].toLowerCase());
  };
}

/** Organizations of the entries, and their folders at this depth; `undefined` unless every entry has both. */
function foldersNamed(entries: unknown, depth: number): Set<string> | undefined {
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  const found = new Set<string>();
  for (const entry of entries) {
    const path = isObject(entry) && typeof entry.path === 'string' ? entry.path : '';
    const [organization, ...others] = foldersOf(foldedPath(path));
    const folder = others[depth - 2];
    if (!organization || folder === undefined) return undefined;
    found.add(organization).add(folder);
  }
  return found;
}

function splitPath(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}
