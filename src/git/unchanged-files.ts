import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryReadBlobId } from './file-hash.ts';
import { type IndexTime, readIndexStats } from './index-stats.ts';
import { createListing } from './porcelain.ts';
import { expectPieces, type Git } from './run.ts';
import { lookAt } from './working-tree.ts';

/** Where a checkout is, and a folder of our own. */
export interface UnchangedPlace {
  /** The project's directory. */
  readonly directory: string;
  /** Where that is in the working tree: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly gitDirectory: string;
  readonly temporary: string;
}

/**
 * The regular files among these whose bytes on disk are the text that git has of them, as it is or as git checks it out now or did before. What
 * git itself says depends on the clock: where the times of a file are those of the index it is unchanged, else git converts the
 * file, and of some texts (CRLF under `text`, an expanded `$Id$`) that makes another one.
 * @param ids path below the project's directory -> blob id
 * @param indexed whether the index holds these ids; else it is asked
 */
export async function findUnchanged(
  git: Git,
  place: UnchangedPlace,
  ids: ReadonlyMap<string, string>,
  indexed: 'in the index' | 'unknown',
): Promise<Set<string>> {
  const unchanged = new Set<string>();
  const others = new Map<string, string>();
  const onDisk = await lookAt(place.directory, [...ids.keys()]);
  for (const [path, id] of ids) {
    if (onDisk.get(path)?.kind !== 'file') continue;
    const found = await tryReadBlobId(join(place.directory, path), id.length);
    if (found === id) unchanged.add(path);
    else if (found !== undefined) others.set(path, found);
  }
  const held = indexed === 'unknown' && others.size > 0 ? await readIndex(git) : ids;
  const asked = new Map([...others].filter(([path]) => held.get(path) === ids.get(path)));
  for (const path of await findCheckedOut(git, place, asked)) unchanged.add(path);
  const left = [...asked.keys()].filter((path) => !unchanged.has(path));
  for (const path of await findUntouched(git, place.directory, left)) unchanged.add(path);
  return unchanged;
}

/**
 * The files among these that are, to the nanosecond, as git last wrote or compared them. A checkout of another commit leaves a
 * file as it is whose blob is the same, also where attributes changed that make other line ends of it; and git, which counts
 * in seconds, takes that for a change if both checkouts were made in one.
 */
async function findUntouched(git: Git, directory: string, paths: readonly string[]): Promise<string[]> {
  const untouched: string[] = [];
  for (const [path, known] of await readIndexStats(git, paths)) {
    const stats = await lstat(join(directory, path), { bigint: true }).catch(() => undefined);
    if (!stats?.isFile() || known.mtime.nanoseconds === 0) continue;
    const isSame =
      stats.mtimeNs === inNanoseconds(known.mtime) &&
      stats.ctimeNs === inNanoseconds(known.ctime) &&
      BigInt.asUintN(32, stats.ino) === BigInt(known.inode) &&
      (known.size === 0 || stats.size === BigInt(known.size));
    if (isSame) untouched.push(path);
  }
  return untouched;
}

function inNanoseconds({ seconds, nanoseconds }: IndexTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

async function readIndex(git: Git): Promise<Map<string, string>> {
  const { add, listed } = createListing();
  await expectPieces(git, ['ls-files', '-z', '-t', '--stage'], add);
  return new Map([...listed().index].map(([path, { id }]) => [path, id]));
}

/**
 * The files among these that are as git would check them out now.
 * @param found path -> blob id of the bytes on disk
 */
async function findCheckedOut(
  git: Git,
  { prefix, gitDirectory, temporary }: UnchangedPlace,
  found: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (found.size === 0) return [];
  const tree = await mkdtemp(join(temporary, 'checked-out-'));
  const project = join(tree, prefix);
  await mkdir(project, { recursive: true });
  // In an empty working tree git goes by the attributes of the index, as it did when it checked the files out.
  const variables = { GIT_DIR: gitDirectory, GIT_WORK_TREE: tree };
  const input = [...found.keys()].map((path) => `${path}\0`).join('');
  // What git cannot write (of a partial checkout) is as good as changed.
  await git(['-C', project, 'checkout-index', '--ignore-skip-worktree-bits', '-z', '--stdin'], { variables, input });
  const same: string[] = [];
  for (const [path, id] of found) if ((await tryReadBlobId(join(project, path), id.length)) === id) same.push(path);
  await rm(tree, { recursive: true, force: true });
  return same;
}
