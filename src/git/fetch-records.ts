import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FetchRecord, fetchedFinder, LARGEST_RECORD, recordPlaces } from '../plan/fetched.ts';
import { type CheckoutListing, isRegular } from '../plan/selection.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { scanObjects } from './scan-objects.ts';

/** What git tracks, by path below the project's directory. */
export type Tracked = CheckoutListing['index'];

/**
 * Tells what a fetch wrote, of paths of the working tree. The disk is asked, since git says nothing of a record that it
 * ignores.
 */
export async function readFetched(
  { top, prefix }: { readonly top: string; readonly prefix: string },
  paths: readonly string[],
  tracked: Tracked,
): Promise<(path: string) => boolean> {
  const records = recordPlaces(paths, prefix).map(async (path): Promise<FetchRecord | undefined> => {
    const stats = tryLook(join(top, path));
    if (!stats) return isTracked(path) ? { path, text: undefined } : undefined;
    const isSmall = stats.isFile() && stats.size <= LARGEST_RECORD;
    return { path, text: isSmall ? await readFile(join(top, path), 'utf8').catch(() => undefined) : undefined };
  });
  // A sparse checkout has documents that the index knows, and not the record.
  function isTracked(path: string): boolean {
    return path.startsWith(prefix) && tracked.has(path.slice(prefix.length));
  }
  const found = await Promise.all(records);
  return fetchedFinder(
    found.filter((record) => record !== undefined),
    prefix,
  );
}

/** The same of the paths of a tree that is not checked out. */
export async function readFetchedOfTree(
  store: ObjectStore,
  project: Remote,
  paths: readonly string[],
  tracked: Tracked,
): Promise<(path: string) => boolean> {
  const places = recordPlaces(paths).filter((path) => tracked.has(path));
  if (places.length === 0) return () => false;
  const idOf = (path: string) => {
    const entry = tracked.get(path);
    return entry && isRegular(entry.mode) ? entry.id : undefined;
  };
  const ids = new Set(places.map(idOf).filter((id) => id !== undefined));
  const texts = new Map<string | undefined, string>();
  await scanObjects(store, project, [...ids], LARGEST_RECORD, (id, { size, start }) => {
    if (size <= LARGEST_RECORD) texts.set(id, start.toString('utf8'));
  });
  return fetchedFinder(places.map((path) => ({ path, text: texts.get(idOf(path)) })));
}

/** At once and not by promises: most of thousands of places hold nothing. */
function tryLook(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
