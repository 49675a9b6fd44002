import { copyFile, lstat, mkdir, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { foldersOf } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { Git } from './run.ts';
import { type StagingStore, tryStage } from './working-tree.ts';

/** Where a checkout is, and what git keeps of it. */
export interface CheckoutPlace {
  /** The root of its working tree. */
  readonly top: string;
  /** The project's directory below that: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly gitDirectory: string;
  readonly index: string;
  readonly objects: string;
}

/**
 * What git would commit of files, if they stood at paths of the checkout: with its attributes, line ends and encodings. They
 * are copied into a working tree of our own for that; the checkout is not written to.
 * @param files path below the project's directory -> path of a file with the text
 * @returns without those that git would not take: outside of a sparse checkout, not in the encoding that is asked for, or
 * with a path that is too long
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
  // One text that is not in its encoding stops git; the others may be right.
  const staged = new Map<string, Document>();
  for (const path of paths) for (const [name, one] of (await stage([path])).staged ?? []) staged.set(name, one);
  return staged;
}

/** Attributes that are in no commit yet are those of the next one. */
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
