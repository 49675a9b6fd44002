import { join } from 'node:path';
import { type LfsPointer, POINTER_START, parseLfsPointer } from '../documents/lfs.ts';
import { LFS_DRIVER } from '../documents/select.ts';
import { scanObjects } from './blobs.ts';
import type { Git } from './exec.ts';
import { readFilters } from './listing.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { tryReadNamedBlobId } from './unchanged-files.ts';
import type { StagingStore } from './working-tree.ts';

/** Paths that attributes assign to Git LFS, whether it is installed or not. */
export async function listLfsPaths(git: Git, paths: readonly string[]): Promise<string[]> {
  const filters = await readFilters(git, paths);
  return paths.filter((path) => filters.get(path) === LFS_DRIVER);
}

export async function readPointers(
  store: ObjectStore,
  project: Remote,
  ids: ReadonlyMap<string, string>,
): Promise<Map<string, LfsPointer>> {
  const pointerOf = new Map<string, LfsPointer>();
  await scanObjects(store, project, [...new Set(ids.values())], POINTER_START, (id, { size, start }) => {
    const pointer = size <= POINTER_START ? parseLfsPointer(start.toString('utf8')) : undefined;
    if (pointer) pointerOf.set(id, pointer);
  });
  const found = [...ids].map(([path, id]) => [path, pointerOf.get(id)] as const);
  return new Map(found.flatMap(([path, pointer]) => (pointer ? [[path, pointer]] : [])));
}

/** Number of files per process. */
const AT_ONCE = 100;

/** Writes files that match their pointers (path on disk -> pointer) into `store`; returns path -> blob id. */
export async function writeLfsContents(
  git: Git,
  directory: string,
  pointers: ReadonlyMap<string, LfsPointer>,
  { objects }: StagingStore,
): Promise<Map<string, string>> {
  const named = new Map<string, string>();
  for (const [path, pointer] of pointers) {
    const id = await tryReadNamedBlobId(join(directory, path), pointer);
    if (id !== undefined) named.set(path, id);
  }
  const written = new Map<string, string>();
  const paths = [...named.keys()];
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE);
    const { stdout } = await git(['hash-object', '-w', '--no-filters', '--', ...some], {
      variables: { GIT_OBJECT_DIRECTORY: objects },
      // Images are compressed already.
      settings: [['core.looseCompression', '0']],
    });
    // A file that changed at this moment does not match its pointer.
    for (const [index, id] of stdout.toString('latin1').split('\n').entries()) {
      const path = some[index];
      if (path !== undefined && named.get(path) === id) written.set(path, id);
    }
  }
  return written;
}
