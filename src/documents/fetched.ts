import { isObject, parseObject } from '../text/json.ts';
import { ENVIRONMENT_NAME } from '../text/names.ts';
import { foldedPath, foldersOf } from './paths.ts';

/** Where the index stands in the cache directory (design section 3.5). */
export const INDEX_FILE = '.cache-index.json';
/** The layout of the earlier tool, `<org>/<project>/<path>`, which knew no environments. */
export const OLD_VERSION = '3.0';
/** What becomes of the earlier tool's index when a new one is written. */
export const OLD_INDEX_FILE = '.cache-index-3.0.json';

/** A file that says of its folder that a fetch writes there. */
export interface FetchRecord {
  /** From the repository's root. */
  readonly path: string;
  /** `undefined` where it cannot be read: too large, a link, not on disk. */
  readonly text: string | undefined;
}

/** What the cache directory holds so that git ignores all of it, this file included. */
export const IGNORE_FILE = '.gitignore';
export const IGNORE_TEXT = '# Written by Codex Sync: what it fetched is no document of this repository.\n*\n';

/** Records larger than this are not read: whoever may commit could write one of any size. */
export const LARGEST_RECORD = 1024 * 1024;

/**
 * Whether a fetch wrote the file at this path, below the folder of a record.
 * @param isInside whether that folder is inside the project: one around all of it says less
 */
type Rule = (path: string, isInside: boolean) => boolean;

/** One row for each kind of record: its name, and how its text tells what was fetched; `undefined` where it is no record. */
const RECORDS: readonly { readonly name: string; readonly read: (text: string | undefined) => Rule | undefined }[] = [
  { name: INDEX_FILE, read: (text) => readIndex(text, false) },
  { name: OLD_INDEX_FILE, read: (text) => readIndex(text, true) },
];
const OWN_FILES = [...RECORDS.map(({ name }) => name), IGNORE_FILE];
/** Every record covers files that are this many folders below its own, or more. */
const LEAST_DEPTH = 2;

/**
 * Tells what a fetch wrote, of the paths of a project.
 * @param prefix the project's directory from the repository's root: empty, or with a slash at its end
 */
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

/** Where records would be that cover any of these paths of a project: paths from the repository's root. */
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
 * The rule of a cache directory: below `<organization>/<project>/<env>`, of the organizations that its index names. What
 * an earlier run fetched may be in no index any more, so the folders count and not the entries; and a folder of the
 * project's own may be the cache directory, so other organizations' names do not. Where the whole project is in it, only the
 * folders that the index names. An index that names none leaves no choice.
 */
function readIndex(text: string | undefined, wasPutAside: boolean): Rule | undefined {
  const json = text === undefined ? undefined : parseObject(text);
  if (json && typeof json.version !== 'string' && !Array.isArray(json.entries)) return undefined;
  // The earlier tool knew no environments.
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

/** The organizations of an index's entries, and their folders of this depth; `undefined` unless every entry names both. */
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

/** The folder of a path, and its last part. */
function splitPath(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}
