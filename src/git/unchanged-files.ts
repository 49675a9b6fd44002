import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expectGit, expectPieces, type Git } from './exec.ts';
import { createListing, splitNul } from './porcelain.ts';
import { lookAt } from './working-tree.ts';

export interface UnchangedPlace {
  readonly directory: string;
  /** The project's directory in the working tree: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly gitDirectory: string;
  readonly temporary: string;
}

/**
 * Returns the regular files whose bytes on disk are git's text, directly or after git's current or earlier conversion.
 * Git's own answer depends on the clock: with the index's times a file is unchanged, else git converts it, and that
 * changes some texts (CRLF under `text`, an expanded `$Id$`).
 * @param ids path below the project's directory -> blob id
 * @param indexed whether the index holds these ids; else the index is read
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
 * Returns the files that are, to the nanosecond, as git last wrote or compared them. A checkout of another commit
 * leaves a file with the same blob, even when attributes change its line ends. Git, which counts in seconds, reports a
 * change when both checkouts were in the same one.
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

/** Returns the files that equal a checkout now; `found` maps path -> blob id of the bytes on disk. */
async function findCheckedOut(
  git: Git,
  { prefix, gitDirectory, temporary }: UnchangedPlace,
  found: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (found.size === 0) return [];
  const tree = await mkdtemp(join(temporary, 'checked-out-'));
  const project = join(tree, prefix);
  await mkdir(project, { recursive: true });
  // In an empty working tree git uses the attributes of the index, as in the original checkout.
  const variables = { GIT_DIR: gitDirectory, GIT_WORK_TREE: tree };
  const input = [...found.keys()].map((path) => `${path}\0`).join('');
  // A file that git cannot write (in a partial checkout) counts as changed.
  await git(['-C', project, 'checkout-index', '--ignore-skip-worktree-bits', '-z', '--stdin'], { variables, input });
  const same: string[] = [];
  for (const [path, id] of found) if ((await tryReadBlobId(join(project, path), id.length)) === id) same.push(path);
  await rm(tree, { recursive: true, force: true });
  return same;
}

/** A time in the index; without nanoseconds where the file system has none. */
interface IndexTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The index's data of a file when git last wrote or compared it. */
export interface IndexStats {
  readonly ctime: IndexTime;
  readonly mtime: IndexTime;
  /** The lower 32 bits. */
  readonly inode: number;
  /** 0 when git must compare contents whatever the times. */
  readonly size: number;
}

export async function readIndexStats(git: Git, paths: readonly string[]): Promise<Map<string, IndexStats>> {
  const found = new Map<string, IndexStats>();
  if (paths.length === 0) return found;
  const wanted = new Set(paths);
  let path: string | undefined;
  // `<path>\0<five lines of data><path>\0…`
  for (const piece of splitNul(await expectGit(git, ['ls-files', '-z', '--debug']))) {
    const text = piece.toString('utf8');
    const [known = ''] = /^(?: {2}.*\n){5}/.exec(text) ?? [];
    const stats = path !== undefined && wanted.has(path) ? parseStats(known) : undefined;
    if (path !== undefined && stats) found.set(path, stats);
    path = text.slice(known.length);
  }
  return found;
}

const STATS =
  /^ {2}ctime: (\d+):(\d+)\n {2}mtime: (\d+):(\d+)\n {2}dev: \d+\tino: (\d+)\n {2}uid: \d+\tgid: \d+\n {2}size: (\d+)\t/;

function parseStats(text: string): IndexStats | undefined {
  const numbers = STATS.exec(text)?.slice(1).map(Number);
  if (!numbers) return undefined;
  const [changed = 0, changedPart = 0, modified = 0, modifiedPart = 0, inode = 0, size = 0] = numbers;
  return {
    ctime: { seconds: changed, nanoseconds: changedPart },
    mtime: { seconds: modified, nanoseconds: modifiedPart },
    inode,
    size,
  };
}

const PIECE = 1024 * 1024;

function blobHash(size: number, idLength: number): Hash {
  return createHash(idLength === 40 ? 'sha1' : 'sha256').update(`blob ${size}\0`);
}

/** The blob id of a file's bytes, unconverted; `undefined` for a link, an unreadable file, or one being written. */
async function tryReadBlobId(file: string, idLength: number): Promise<string | undefined> {
  const [id] = (await tryReadHashes(file, (size) => [blobHash(size, idLength)])) ?? [];
  return id;
}

/** The same with SHA-1 ids, if the bytes have this `size` and SHA-256. */
export async function tryReadNamedBlobId(
  file: string,
  { oid, size }: { readonly oid: string; readonly size: number },
): Promise<string | undefined> {
  const begin = (found: number) => (found === size ? [blobHash(size, 40), createHash('sha256')] : undefined);
  const [id, content] = (await tryReadHashes(file, begin)) ?? [];
  return content === oid ? id : undefined;
}

async function tryReadHashes(
  file: string,
  begin: (size: number) => readonly Hash[] | undefined,
): Promise<string[] | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    const hashes = begin(size);
    if (!hashes) return undefined;
    const piece = Buffer.allocUnsafe(Math.min(PIECE, size + 1));
    let total = 0;
    for (;;) {
      const { bytesRead } = await handle.read(piece);
      if (bytesRead === 0) return total === size ? hashes.map((hash) => hash.digest('hex')) : undefined;
      for (const hash of hashes) hash.update(piece.subarray(0, bytesRead));
      total += bytesRead;
    }
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
