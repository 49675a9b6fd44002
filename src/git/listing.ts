import { copyFile, lstat, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { foldersOf } from '../documents/paths.ts';
import type { Patterns } from '../documents/patterns.ts';
import { type CheckoutListing, type Document, indexedDocument, isRegular } from '../documents/select.ts';
import type { BlobId } from '../text/ids.ts';
import { expectGit, expectPieces, type Git } from './exec.ts';
import { createListing, decodeName, splitNul } from './porcelain.ts';
import {
  copyIndex,
  findUnchanged,
  readExecutable,
  readIndexStats,
  type StagingStore,
  tryStage,
  type UnchangedPlace,
} from './working-tree.ts';

export interface ListingPlace extends UnchangedPlace {
  readonly index: string;
  readonly drivers: ReadonlySet<string>;
  /** Whether git reads executable bits from the disk. */
  readonly trustsBits: boolean;
}

const OTHERS = ['--others', '--exclude-standard'];

export async function listFiles(
  git: Git,
  place: ListingPlace,
  ignoredUnder: readonly string[],
): Promise<CheckoutListing> {
  const { add, addIgnored, listed } = createListing();
  const tracked = ['-t', '--stage', '--cached', '--modified', '--deleted'];
  await expectPieces(git, ['ls-files', '-z', ...tracked, ...OTHERS], add);
  const folders = ignoredUnder.map((base) => `:(literal)${base}`);
  if (folders.length > 0)
    await expectPieces(git, ['ls-files', '-z', '--ignored', ...OTHERS, '--', ...folders], addIgnored);
  const { driverOf, listing } = await withoutFalseChanges(git, place, withHidden(listed()));
  return withFiltered(await withoutUnchanged(git, place, listing), driverOf);
}

/** Adds tracked files behind an untracked link on disk: git reports them as present, and commits their removal. */
function withHidden(listing: CheckoutListing): CheckoutListing {
  if (listing.untracked.length === 0) return listing;
  const untracked = new Set(listing.untracked);
  const hidden: string[] = [];
  let last = '';
  let isHidden = false;
  // Git lists a folder's files in sequence, and there may be very many.
  for (const path of listing.index.keys()) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder !== last) isHidden = foldersOf(folder).some((one) => untracked.has(one));
    last = folder;
    if (isHidden) hidden.push(path);
  }
  return hidden.length === 0 ? listing : { ...listing, deleted: new Set([...listing.deleted, ...hidden]) };
}

/** Removes changes of files whose text is the index's, whatever git would convert it to. */
async function withoutUnchanged(git: Git, place: ListingPlace, listing: CheckoutListing): Promise<CheckoutListing> {
  const { index, deleted, unmerged } = listing;
  const ids = new Map<string, BlobId>();
  for (const path of listing.changed) {
    const entry = index.get(path);
    if (entry && isRegular(entry.mode) && !deleted.has(path) && !unmerged.has(path) && !isEmpty(entry.id))
      ids.set(path, entry.id);
  }
  if (ids.size === 0) return listing;
  const unchanged = await findUnchanged(git, place, ids, 'in the index');
  const executable = place.trustsBits ? await readExecutable(place.directory, [...unchanged]) : undefined;
  const changed = new Set(listing.changed);
  const bitAlone = new Map<string, Document>();
  for (const path of unchanged) {
    const entry = index.get(path);
    if (!entry) continue;
    const before = indexedDocument(entry);
    const now = { ...before, executable: executable?.has(path) ?? before.executable };
    if (now.executable === before.executable) changed.delete(path);
    else bitAlone.set(path, now);
  }
  return { ...listing, changed, bitAlone };
}

const EMPTY = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/** No conversion produces a text from nothing. An empty file from `add --intent-to-add` is a change. */
function isEmpty(id: BlobId): boolean {
  return EMPTY.includes(id);
}

/** Ignored paths of git's current directory; a wholly ignored folder is one entry that ends in a slash. */
export async function listIgnoredFolders(git: Git): Promise<string[]> {
  const output = await expectGit(git, ['ls-files', '-z', '--ignored', '--directory', ...OTHERS]);
  return splitNul(output)
    .map(decodeName)
    .filter((path) => path !== undefined);
}

// These drivers keep content out of git (secrets, large files) that is clear in the working tree.
const HIDING_DRIVERS = /lfs|crypt|sops|vault|secret/i;

interface FilteredListing {
  readonly listing: CheckoutListing;
  /** Path -> driver, for changed and untracked files. */
  readonly driverOf: ReadonlyMap<string, string>;
}

/**
 * Corrects a listing without filter drivers. Git compares times first; when it compares contents (a fresh checkout is
 * as young as its index), it reports a filtered file as changed. A second listing with an older index finds the real
 * changes. Files with restored commit times are older than git wrote them, and of equal size.
 */
async function withoutFalseChanges(git: Git, place: ListingPlace, listing: CheckoutListing): Promise<FilteredListing> {
  const { changed, untracked, ignored } = listing;
  if (place.drivers.size === 0) return { listing, driverOf: new Map() };
  const filters = await readFilters(git, [...changed, ...untracked, ...ignored]);
  const driverOf = new Map([...filters].filter(([, driver]) => place.drivers.has(driver)));
  if (driverOf.size === 0) return { listing, driverOf };
  const reallyChanged = await readChangedByTimes(git, place);
  const touched = [...changed].filter((path) => driverOf.has(path) && reallyChanged.has(path));
  const aged = await findAged(git, place, touched);
  const isChanged = (path: string) => !driverOf.has(path) || (reallyChanged.has(path) && !aged.has(path));
  return { listing: { ...listing, changed: new Set([...changed].filter(isChanged)) }, driverOf };
}

function withFiltered(listing: CheckoutListing, driverOf: FilteredListing['driverOf']): CheckoutListing {
  const { changed, untracked, ignored } = listing;
  const hiding = [...driverOf].filter(([, driver]) => HIDING_DRIVERS.test(driver));
  if (hiding.length === 0) return listing;
  const candidates = new Set([...changed, ...untracked, ...ignored]);
  return { ...listing, filtered: new Map(hiding.filter(([path]) => candidates.has(path))) };
}

/** Filter drivers in attributes, configured or not; `from` selects those of working tree or index. */
export async function readFilters(
  git: Git,
  paths: readonly string[],
  from: 'working tree' | 'index' = 'working tree',
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const cached = from === 'index' ? ['--cached'] : [];
  const input = paths.map((path) => `${path}\0`).join('');
  const answer = splitNul(await expectGit(git, ['check-attr', '-z', ...cached, '--stdin', 'filter'], { input })).map(
    decodeName,
  );
  const found = new Map<string, string>();
  for (let at = 0; at + 2 < answer.length; at += 3) {
    const [path, , driver] = answer.slice(at, at + 3);
    if (path !== undefined && driver !== undefined) found.set(path, driver);
  }
  return found;
}

/** Files of git's size with an older time: tools restore commit times, and no edit sets an older time. */
async function findAged(git: Git, { directory }: ListingPlace, paths: readonly string[]): Promise<Set<string>> {
  const aged = new Set<string>();
  if (paths.length === 0) return aged;
  for (const [path, { mtime, size }] of await readIndexStats(git, paths)) {
    const stats = await lstat(join(directory, path)).catch(() => undefined);
    if (stats?.isFile() && stats.size === size && stats.mtimeMs < mtime.seconds * 1000) aged.add(path);
  }
  return aged;
}

async function readChangedByTimes(git: Git, { index, temporary }: ListingPlace): Promise<Set<string | undefined>> {
  const copy = join(temporary, 'young-index');
  await copyIndex(index, copy, (mtime) => new Date(mtime.getTime() + 24 * 60 * 60 * 1000));
  const output = await expectGit(git, ['ls-files', '-z', '--modified'], { variables: { GIT_INDEX_FILE: copy } });
  return new Set(splitNul(output).map(decodeName));
}

/** With more entries, a repository counts as one with a selected file: a superfluous report is harmless. */
const MAX_ENTRIES = 20_000;

/** Other repositories in the working tree that hold a file which the patterns would select. */
export async function findSelected(
  directory: string,
  { nested, nestedIgnored }: Pick<CheckoutListing, 'nested' | 'nestedIgnored'>,
  { selectsKnown, selectsIgnored }: Patterns,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of nested) if (await holds(directory, path, selectsKnown)) found.add(path);
  for (const path of nestedIgnored) if (await holds(directory, path, selectsIgnored)) found.add(path);
  return found;
}

async function holds(directory: string, folder: string, selects: (path: string) => boolean): Promise<boolean> {
  const folders = [folder];
  let entries = 0;
  for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
    for (const entry of await readdir(join(directory, next), { withFileTypes: true }).catch(() => [])) {
      const path = `${next}/${entry.name}`;
      if (entry.name === '.git') continue;
      entries += 1;
      if (entry.isDirectory()) folders.push(path);
      else if (selects(path) || entries > MAX_ENTRIES) return true;
    }
  }
  return false;
}

export interface CheckoutPlace {
  readonly top: string;
  /** The project's directory below `top`: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly gitDirectory: string;
  readonly index: string;
  readonly objects: string;
}

/**
 * Reads files as git would commit them at paths of the checkout, with its attributes, line ends and encodings. Copies
 * them into a working tree of our own; the checkout is not written to.
 * @param files path below the project's directory -> path of a file with the text
 * @returns without paths outside a sparse checkout, overlong paths, and texts not in their required encoding
 */
export async function stageCopies(
  git: Git,
  place: CheckoutPlace,
  files: ReadonlyMap<string, string>,
  store: StagingStore,
): Promise<Map<string, Document>> {
  const tree = await mkdtemp(join(store.directory, 'copies-'));
  const project = join(tree, place.prefix);
  await mkdir(project, { recursive: true });
  await copyAttributes(
    place.top,
    tree,
    [...files.keys()].map((path) => place.prefix + path),
  );
  const paths: string[] = [];
  for (const [path, file] of files) if (await tryCopy(file, join(project, path))) paths.push(path);

  const variables = { GIT_DIR: place.gitDirectory, GIT_WORK_TREE: tree };
  const there: Git = (args, call) =>
    git(['-C', project, ...args], { ...call, variables: { ...call?.variables, ...variables } });
  const stage = (some: readonly string[]) =>
    tryStage(there, place, some, store, { flagged: 'as on disk', sparse: 'as it is' });
  const all = await stage(paths);
  if (all.staged) return all.staged;
  // Git stops at one text with a wrong encoding; the others may be valid.
  const staged = new Map<string, Document>();
  for (const path of paths) for (const [name, one] of (await stage([path])).staged ?? []) staged.set(name, one);
  return staged;
}

/** Uncommitted attributes are those of the next commit. */
async function copyAttributes(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const folder of new Set(['', ...paths.flatMap(foldersOf)])) {
    const attributes = join(folder, '.gitattributes');
    const stats = await lstat(join(from, attributes)).catch(() => undefined);
    if (stats?.isFile()) await tryCopy(join(from, attributes), join(to, attributes));
  }
}

async function tryCopy(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return false;
    throw error;
  }
}
