import { randomBytes } from 'node:crypto';
import { type BigIntStats, chmodSync, constants, copyFileSync, renameSync, rmSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, realpath, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { IN_NO_COMMIT } from '../codex/pull-plan.ts';
import { halfWrittenName } from '../documents/never-published.ts';
import { foldersOf } from '../documents/paths.ts';
import { isObject, parseObject } from '../text/bytes.ts';
import type { BlobId, BranchName } from '../text/ids.ts';
import type { Checkout } from './checkout.ts';
import type { ObjectStore } from './object-store.ts';

export interface Wanted {
  readonly path: string;
  /** Blob id of the committed text in the checkout; `undefined` for no file. */
  readonly holds: BlobId | undefined;
  /** Blob id of the new text, and a file with it; `undefined` removes. */
  readonly writes: { readonly id: BlobId; readonly file: string } | undefined;
}

/** `free`: path -> stats at the check; a run touches only these files. */
export interface Places {
  readonly free: ReadonlyMap<string, BigIntStats | undefined>;
  readonly refused: ReadonlyMap<string, string>;
}

const NOT_TAKEN =
  'git would not add it here (outside of the sparse checkout, not in the encoding of its attributes, or too long a path)';

/**
 * Checks which files a run may write or remove; writes nothing. The text on disk must be the committed one, or no file
 * may exist. Refuses paths behind a link, in another repository, or that git would not commit.
 */
export async function findPlaces(checkout: Checkout, wanted: readonly Wanted[], store: ObjectStore): Promise<Places> {
  const free = new Map<string, BigIntStats | undefined>();
  const refused = new Map<string, string>();
  const removed = new Set(wanted.filter(({ writes }) => !writes).map(({ path }) => path));
  for (const { path, holds } of wanted) {
    const found = await look(checkout.directory, path, holds !== undefined, removed);
    if (found.reason === undefined) free.set(path, found.stats);
    else refused.set(path, found.reason);
  }
  const refuse = (path: string, reason: string) => {
    free.delete(path);
    refused.set(path, reason);
  };
  // Git ignores no tracked file; no commit holds the text of an ignored document.
  for (const path of await checkout.listIgnored([...free.keys()]))
    refuse(path, 'git ignores it there, so it cannot be committed');
  const isFetched = await checkout.readFetched([...free.keys()], new Map(), async () => new Map());
  for (const path of [...free.keys()].filter(isFetched))
    refuse(path, 'in a cache directory, which holds fetched documents');
  const held = new Map(
    wanted.flatMap(({ path, holds }) => (free.has(path) && holds !== undefined ? [[path, holds] as const] : [])),
  );
  const unchanged = await checkout.listUnchanged(held);
  const others = [...held].filter(([path]) => !unchanged.has(path));
  const staged = await checkout.stage(
    others.map(([path]) => path),
    store,
    'as on disk',
  );
  for (const [path, holds] of others) if (staged.get(path)?.id !== holds) refuse(path, IN_NO_COMMIT);
  // The written file would be a different text in the commit: a change of the project that no person made.
  const texts = wanted
    .filter(({ path }) => free.has(path))
    .flatMap(({ path, writes }) => (writes ? [{ path, ...writes }] : []));
  const committed = await checkout.stageCopies(new Map(texts.map(({ path, file }) => [path, file])), store);
  for (const { path, id } of texts) {
    const found = committed.get(path);
    if (!found) refuse(path, NOT_TAKEN);
    else if (found.id !== id) refuse(path, 'git would commit it differently here (line ends or encoding)');
  }
  return { free, refused };
}

/**
 * Atomically writes a copy of the file `content`, or removes the file and emptied folders. Checks the place again: a
 * file that differs from `seen` stays. Returns the reason for no action; `undefined` on success.
 */
export async function writeCheckoutFile(
  { directory }: Pick<Checkout, 'directory'>,
  path: string,
  seen: BigIntStats | undefined,
  content: string | undefined,
): Promise<string | undefined> {
  const file = join(directory, path);
  const obstacle = await obstacleTo(directory, path);
  if (obstacle !== undefined) return obstacle;
  const now = await tryLook(file);
  if (now?.isDirectory()) return 'a folder is where the file should be';
  if (!isSame(seen, now)) return 'changed during this run';
  if (content === undefined) {
    await rm(file, { force: true });
    await removeEmptyFolders(directory, path);
    return undefined;
  }
  await mkdir(join(directory, posix.dirname(path)), { recursive: true });
  const beside = join(directory, posix.dirname(path), halfWrittenName(randomBytes(4).toString('hex')));
  // Synchronous: a cancelling signal acts before or after, so the next run finds no half-done change to publish.
  try {
    copyFileSync(content, beside, constants.COPYFILE_EXCL);
    if (now) chmodSync(beside, Number(now.mode) & 0o777);
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
  return undefined;
}

/** Returns the obstacle on the way to a file, if any. Files of `removed` do not count. */
async function obstacleTo(
  directory: string,
  path: string,
  removed: ReadonlySet<string> = new Set(),
): Promise<string | undefined> {
  const root = await realpath(directory);
  for (const folder of foldersOf(path)) {
    const place = join(directory, folder);
    const stats = await tryLook(place);
    if (!stats) return undefined;
    if (stats.isSymbolicLink()) return `${folder} is a symbolic link`;
    if (!stats.isDirectory()) return removed.has(folder) ? undefined : `${folder} is a file`;
    if (await tryLook(join(place, '.git'))) return `${folder} is another repository`;
    // Another spelling of the folder, on systems that fold case or Unicode forms.
    if ((await realpath(place)) !== join(root, folder)) return `${folder} is there in another spelling`;
  }
  return undefined;
}

async function look(
  directory: string,
  path: string,
  isExpected: boolean,
  removed: ReadonlySet<string>,
): Promise<{ reason: string | undefined; stats?: BigIntStats | undefined }> {
  try {
    const obstacle = await obstacleTo(directory, path, removed);
    if (obstacle !== undefined) return { reason: obstacle };
    const stats = await tryLook(join(directory, path));
    if (stats?.isDirectory() && !(await isEmptied(directory, path, removed)))
      return { reason: 'a folder is where the file should be' };
    return { stats, reason: unlike(stats, isExpected) };
  } catch (error) {
    // An overlong name or an unreadable folder must not stop the other files.
    return { reason: `cannot be read (${(error as NodeJS.ErrnoException).code ?? error})` };
  }
}

/** Whether a folder holds only files of `removed`, so that it disappears with them. */
async function isEmptied(directory: string, folder: string, removed: ReadonlySet<string>): Promise<boolean> {
  const entries = await readdir(join(directory, folder), { withFileTypes: true });
  for (const entry of entries) {
    const path = posix.join(folder, entry.name);
    if (!(entry.isDirectory() ? await isEmptied(directory, path, removed) : removed.has(path))) return false;
  }
  return entries.length > 0;
}

function unlike(stats: BigIntStats | undefined, isExpected: boolean): string | undefined {
  // A folder may become empty when other files are removed.
  if (!isExpected) return !stats || stats.isDirectory() ? undefined : 'an uncommitted file is there: commit it first';
  if (!stats) return 'removed in the checkout, or not checked out: commit the removal, or check it out first';
  if (stats.isSymbolicLink()) return 'a symbolic link in the checkout';
  return stats.isFile() ? undefined : 'not a regular file in the checkout';
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  if (!one || one.isDirectory() || !other) return !other && (!one || one.isDirectory());
  return (
    one.ino === other.ino && one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs
  );
}

async function removeEmptyFolders(directory: string, path: string): Promise<void> {
  for (const folder of foldersOf(path).reverse()) {
    const removed = await rmdir(join(directory, folder)).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

async function tryLook(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** In git's own folder: no run publishes it, and a fresh checkout has none. */
const RECORD_FILE = 'codex-sync-pulled.json';

/**
 * Files that runs wrote into a checkout: path from the repository's root -> the environment's `<codex> <branch>`. Until
 * they are committed, no other environment gets them (design section 4, "Whose text").
 */
export type PulledRecord = ReadonlyMap<string, string>;

/** The files of a checkout that a run writes, and its records of them. */
export interface CheckoutFiles {
  readonly readPulled: () => Promise<PulledRecord>;
  /** Callers do this before they write into the checkout. */
  readonly savePulled: (pulled: PulledRecord) => Promise<void>;
  /** Creates a folder of the run's own for contents. */
  readonly createFolder: () => Promise<string>;
  readonly findPlaces: (wanted: readonly Wanted[]) => Promise<Places>;
  readonly write: (
    path: string,
    seen: BigIntStats | undefined,
    content: string | undefined,
  ) => Promise<string | undefined>;
}

export function openCheckoutFiles(checkout: Checkout, store: ObjectStore): CheckoutFiles {
  return {
    readPulled: () => readPulled(checkout),
    savePulled: (pulled) => savePulled(checkout, pulled),
    async createFolder() {
      const directory = join(store.directory, 'pulled');
      await mkdir(directory, { recursive: true });
      return directory;
    },
    findPlaces: (wanted) => findPlaces(checkout, wanted, store),
    write: (path, seen, content) => writeCheckoutFile(checkout, path, seen, content),
  };
}

/** Names an environment by codex and branch, independent of its name in a configuration. */
export function pulledFrom(codex: string, branch: BranchName): string {
  return `${codex.toLowerCase()} ${branch}`;
}

async function readPulled({ gitDirectory }: Pick<Checkout, 'gitDirectory'>): Promise<PulledRecord> {
  const text = await readFile(join(gitDirectory, RECORD_FILE), 'utf8').catch(() => '');
  const paths = parseObject(text)?.pulled;
  if (!isObject(paths)) return new Map();
  return new Map(Object.entries(paths).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Adds to the record. */
async function savePulled(checkout: Pick<Checkout, 'gitDirectory'>, pulled: PulledRecord): Promise<void> {
  if (pulled.size === 0) return;
  const all = new Map([...(await readPulled(checkout)), ...pulled]);
  const text = JSON.stringify({ version: 1, pulled: Object.fromEntries(all) }, undefined, 2);
  await writeFile(join(checkout.gitDirectory, RECORD_FILE), `${text}\n`);
}
