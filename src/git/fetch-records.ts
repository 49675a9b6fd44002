import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FetchRecord, fetchedFinder, LARGEST_RECORD, recordPlaces } from '../documents/never-published.ts';
import { type CheckoutListing, isRegular } from '../documents/select.ts';
import type { BlobId } from '../text/ids.ts';
import { scanObjects } from './blobs.ts';
import type { ObjectStore, Remote } from './object-store.ts';

/** Index entries by path below the project's directory. */
export type Tracked = CheckoutListing['index'];

/** Reads records by blob id: id -> text, without oversized ones. */
export type RecordReader = (ids: readonly BlobId[]) => Promise<ReadonlyMap<BlobId, string>>;

export function createRecordReader(store: ObjectStore, project: Remote): RecordReader {
  return async (ids) => {
    const texts = new Map<BlobId, string>();
    await scanObjects(store, project, [...new Set(ids)], LARGEST_RECORD, (id, { size, start }) => {
      if (size <= LARGEST_RECORD) texts.set(id, start.toString('utf8'));
    });
    return texts;
  };
}

/**
 * Returns a test for working-tree paths: did a fetch write this file? It reads the disk, because git does not list
 * ignored records; for a record that a sparse checkout hides, the index counts.
 */
export async function readFetched(
  { top, prefix }: { readonly top: string; readonly prefix: string },
  paths: readonly string[],
  tracked: Tracked,
  readRecords: RecordReader,
): Promise<(path: string) => boolean> {
  const hidden: string[] = [];
  const onDisk = recordPlaces(paths, prefix).map(async (path): Promise<FetchRecord | undefined> => {
    const stats = tryLook(join(top, path));
    if (!stats) {
      if (path.startsWith(prefix) && tracked.has(path.slice(prefix.length))) hidden.push(path);
      return undefined;
    }
    const isSmall = stats.isFile() && stats.size <= LARGEST_RECORD;
    return { path, text: isSmall ? await readFile(join(top, path), 'utf8').catch(() => undefined) : undefined };
  });
  const found = (await Promise.all(onDisk)).filter((record) => record !== undefined);
  const below = await readTracked(
    hidden.map((path) => path.slice(prefix.length)),
    tracked,
    readRecords,
  );
  return fetchedFinder([...found, ...below.map(({ path, text }) => ({ path: prefix + path, text }))], prefix);
}

/** The same for a tree without a checkout. */
export async function readFetchedOfTree(
  paths: readonly string[],
  tracked: Tracked,
  readRecords: RecordReader,
): Promise<(path: string) => boolean> {
  const places = recordPlaces(paths).filter((path) => tracked.has(path));
  return places.length === 0 ? () => false : fetchedFinder(await readTracked(places, tracked, readRecords));
}

async function readTracked(
  paths: readonly string[],
  tracked: Tracked,
  readRecords: RecordReader,
): Promise<FetchRecord[]> {
  if (paths.length === 0) return [];
  const idOf = (path: string) => {
    const entry = tracked.get(path);
    return entry && isRegular(entry.mode) ? entry.id : undefined;
  };
  const texts = await readRecords(paths.map(idOf).filter((id) => id !== undefined));
  return paths.map((path) => {
    const id = idOf(path);
    return { path, text: id && texts.get(id) };
  });
}

/** Synchronous, without promises: most of thousands of places are empty. */
function tryLook(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
