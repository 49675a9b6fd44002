import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FetchRecord, fetchedFinder, LARGEST_RECORD, recordPlaces } from '../documents/fetched.ts';
import { type CheckoutListing, isRegular } from '../documents/select.ts';
import { scanObjects } from './blobs.ts';
import type { ObjectStore, Remote } from './object-store.ts';

/** What git tracks, by path below the project's directory. */
export type Tracked = CheckoutListing['index'];

/** Reads the records among blobs of the project: id -> text, without those that are too large. */
export type RecordReader = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Reads them from the objects that are here; what is missing is fetched. */
export function createRecordReader(store: ObjectStore, project: Remote): RecordReader {
  return async (ids) => {
    const texts = new Map<string, string>();
    await scanObjects(store, project, [...new Set(ids)], LARGEST_RECORD, (id, { size, start }) => {
      if (size <= LARGEST_RECORD) texts.set(id, start.toString('utf8'));
    });
    return texts;
  };
}

/**
 * Tells what a fetch wrote, of paths of the working tree. The disk is asked, since git says nothing of a record that it
 * ignores; a record that a sparse checkout hides counts as the index has it.
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

/** The same of the paths of a tree that is not checked out. */
export async function readFetchedOfTree(
  paths: readonly string[],
  tracked: Tracked,
  readRecords: RecordReader,
): Promise<(path: string) => boolean> {
  const places = recordPlaces(paths).filter((path) => tracked.has(path));
  return places.length === 0 ? () => false : fetchedFinder(await readTracked(places, tracked, readRecords));
}

/** Records as the index, or a tree, has them. */
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
  return paths.map((path) => ({ path, text: texts.get(idOf(path) ?? '') }));
}

/** At once and not by promises: most of thousands of places hold nothing. */
function tryLook(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
