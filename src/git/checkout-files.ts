import { randomBytes } from 'node:crypto';
import { type BigIntStats, chmodSync, constants, copyFileSync, renameSync, rmSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, realpath, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { IN_NO_COMMIT } from '../codex/pull-plan.ts';
import { halfWrittenName } from '../documents/never-published.ts';
import { foldersOf } from '../documents/paths.ts';
import { isObject, parseObject } from '../text/json.ts';
import type { Checkout } from './checkout.ts';
import type { ObjectStore } from './object-store.ts';

/** A file of the checkout that a run wants to write or to remove. */
export interface Wanted {
  readonly path: string;
  /** Blob id of the committed text that the checkout holds there; `undefined` where it holds nothing. */
  readonly holds: string | undefined;
  /** What is written: the blob id of a text, and a file that has it; `undefined` removes. */
  readonly writes: { readonly id: string; readonly file: string } | undefined;
}

/** What may be touched, as it was when it was looked at, and what may not. */
export interface Places {
  readonly free: ReadonlyMap<string, BigIntStats | undefined>;
  /** Path -> why not. */
  readonly refused: ReadonlyMap<string, string>;
}

const NOT_TAKEN =
  'git would not take it here (outside of the sparse checkout, not in the encoding of its attributes, or too long a path)';

/**
 * Looks whether files may be written or removed: only where the text on disk is the committed one, or where nothing is; never
 * through a link, into another repository, or where git would not commit it. Nothing is written.
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
  // What git tracks it does not ignore; of a document that it ignores no commit has the text.
  for (const path of await checkout.listIgnored([...free.keys()]))
    refuse(path, 'git ignores it there, so nobody could commit it');
  const isFetched = await checkout.readFetched([...free.keys()], new Map(), async () => new Map());
  for (const path of [...free.keys()].filter(isFetched))
    refuse(path, 'in a cache directory, which holds what was fetched');
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
  // Written and committed it would be another text: changed in the project as it seems, and by nobody.
  const texts = wanted
    .filter(({ path }) => free.has(path))
    .flatMap(({ path, writes }) => (writes ? [{ path, ...writes }] : []));
  const committed = await checkout.stageCopies(new Map(texts.map(({ path, file }) => [path, file])), store);
  for (const { path, id } of texts) {
    const found = committed.get(path);
    if (!found) refuse(path, NOT_TAKEN);
    else if (found.id !== id) refuse(path, 'git would commit it otherwise here (line ends or encoding)');
  }
  return { free, refused };
}

/**
 * Puts a copy of a file at a path of the checkout, whole or not at all, or removes what is there with the folders that it
 * leaves empty. Looked at once more: what somebody touched meanwhile is left alone.
 * @param seen what `findPlaces` found there
 * @param content path of a file with the text; `undefined` removes
 * @returns why nothing was done; `undefined` when it was
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
  if (!isSame(seen, now)) return 'changed while this run went on';
  if (content === undefined) {
    await rm(file, { force: true });
    await removeEmptyFolders(directory, path);
    return undefined;
  }
  await mkdir(join(directory, posix.dirname(path)), { recursive: true });
  const beside = join(directory, posix.dirname(path), halfWrittenName(randomBytes(4).toString('hex')));
  // At once: a signal that cancels the run is heard before or after, and the next run would publish what was left between.
  try {
    copyFileSync(content, beside, constants.COPYFILE_EXCL);
    if (now) chmodSync(beside, Number(now.mode) & 0o777);
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
  return undefined;
}

/**
 * What on the way to a file is no folder of this project; `undefined` when the way is free, or not there yet.
 * @param removed files that will be gone by then
 */
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
    // Another spelling of the same folder, where case or the form of letters does not count.
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
    // A name that is too long here, a folder that may not be read: no reason to leave the others.
    return { reason: `cannot be looked at (${(error as NodeJS.ErrnoException).code ?? error})` };
  }
}

/** Whether nothing is in a folder but files that will be gone by then, so that it goes with them. */
async function isEmptied(directory: string, folder: string, removed: ReadonlySet<string>): Promise<boolean> {
  const entries = await readdir(join(directory, folder), { withFileTypes: true });
  for (const entry of entries) {
    const path = posix.join(folder, entry.name);
    if (!(entry.isDirectory() ? await isEmptied(directory, path, removed) : removed.has(path))) return false;
  }
  return entries.length > 0;
}

/** Why what lies on disk is not what the plan counted on. */
function unlike(stats: BigIntStats | undefined, isExpected: boolean): string | undefined {
  // A folder may become empty while other files are removed.
  if (!isExpected)
    return !stats || stats.isDirectory() ? undefined : 'a file that is in no commit is there: commit it first';
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

/** What lies there, links not followed; `undefined` for nothing. */
async function tryLook(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** Lies in git's own folder: nothing publishes it, and a fresh checkout has none. */
const RECORD_FILE = 'codex-sync-pulled.json';

/**
 * What runs wrote into a checkout: path from the repository's root -> the environment's branch that it came from, as
 * `<codex> <branch>`. Until it is committed it is published to no other (design section 4, "Whose text").
 */
export type PulledRecord = ReadonlyMap<string, string>;

/** How the record names an environment: by what it is, not by what a configuration calls it. */
export function pulledFrom(codex: string, branch: string): string {
  return `${codex.toLowerCase()} ${branch}`;
}

/** What earlier runs wrote into this checkout; nothing where no record is there, or none that can be read. */
export async function readPulled({ gitDirectory }: Pick<Checkout, 'gitDirectory'>): Promise<PulledRecord> {
  const text = await readFile(join(gitDirectory, RECORD_FILE), 'utf8').catch(() => '');
  const paths = parseObject(text)?.pulled;
  if (!isObject(paths)) return new Map();
  return new Map(Object.entries(paths).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Adds to the record, before anything is written into the checkout. */
export async function savePulled(checkout: Pick<Checkout, 'gitDirectory'>, pulled: PulledRecord): Promise<void> {
  if (pulled.size === 0) return;
  const all = new Map([...(await readPulled(checkout)), ...pulled]);
  const text = JSON.stringify({ version: 1, pulled: Object.fromEntries(all) }, undefined, 2);
  await writeFile(join(checkout.gitDirectory, RECORD_FILE), `${text}\n`);
}
