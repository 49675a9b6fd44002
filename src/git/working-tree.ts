import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Document, indexedDocument, isRegular, type OnDisk } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { askOnce, type BlobId, blobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { createGit, expectGit, expectPieces, type Git, type GitCall, type GitOptions } from './exec.ts';
import { createListing, decodeName, lastMessage, quoteName, splitNul } from './porcelain.ts';

/** Follows no link. */
export async function lookAt(directory: string, paths: readonly string[]): Promise<Map<string, OnDisk>> {
  /** Every part of the way must be a real folder: content behind a link is not the project's. */
  const isReached: (folder: string) => Promise<boolean> = askOnce(String, async (folder) => {
    if (folder === '.') return true;
    if (!(await isReached(posix.dirname(folder)))) return false;
    const stats = await lstat(join(directory, folder)).catch(() => undefined);
    return stats?.isDirectory() ?? false;
  });

  const found = new Map<string, OnDisk>();
  for (const path of paths) {
    const file = join(directory, path);
    const stats = (await isReached(posix.dirname(path))) ? await lstat(file).catch(() => undefined) : undefined;
    if (!stats || stats.isDirectory()) found.set(path, { kind: 'gone' });
    else if (stats.isSymbolicLink()) found.set(path, { kind: 'link', target: await readlink(file) });
    else found.set(path, stats.isFile() ? { kind: 'file', size: stats.size } : { kind: 'other' });
  }
  return found;
}

export async function readExecutable(directory: string, paths: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of paths) {
    const stats = await lstat(join(directory, path)).catch(() => undefined);
    if (stats && (stats.mode & constants.S_IXUSR) !== 0) found.add(path);
  }
  return found;
}

/** The state of an entry with assume-unchanged or skip-worktree, for which git ignores the disk. */
export type Flagged = 'as indexed' | 'as on disk';

export interface StagingStore {
  readonly directory: string;
  readonly objects: string;
}

interface Staged {
  readonly index: string;
  readonly objects: string;
}

/**
 * Adds files of the working tree to a copy of the index, so that git itself produces the committed form: end-of-line
 * conversion, executable bits and the rest. Content goes into `store`; the checkout is not written to.
 * @throws CodexSyncError `bad-checkout` when git cannot read a file
 */
export async function stageFiles(
  git: Git,
  place: Staged,
  paths: readonly string[],
  store: StagingStore,
  flagged: Flagged,
): Promise<Map<string, Document>> {
  const { staged, stderr } = await tryStage(git, place, paths, store, { flagged, sparse: 'ignored' });
  if (staged) return staged;
  throw new CodexSyncError(
    'bad-checkout',
    `git cannot read the working tree: ${printable(lastMessage(stderr))}.`,
    'Repair the checkout, then run this again.',
  );
}

/** The same, where git may refuse. `how` decides about files outside a sparse checkout; no `staged` means failure. */
export async function tryStage(
  git: Git,
  { index, objects }: Staged,
  paths: readonly string[],
  store: StagingStore,
  how: { readonly flagged: Flagged; readonly sparse: 'ignored' | 'as it is' },
): Promise<{ readonly staged: Map<string, Document> | undefined; readonly stderr: string }> {
  if (paths.length === 0) return { staged: new Map(), stderr: '' };
  const copy = join(store.directory, 'checkout-index');
  // Git trusts an entry's times unless the file is as young as the index, so the copy gets the index's age.
  await copyIndex(index, copy, (mtime) => mtime);
  const variables = {
    GIT_INDEX_FILE: copy,
    GIT_OBJECT_DIRECTORY: store.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects),
  };
  if (how.flagged === 'as on disk') await clearFlags(git, variables, paths);
  const everywhere = how.sparse === 'ignored' ? ['--sparse'] : [];
  const add = ['--literal-pathspecs', 'add', '--force', ...everywhere, '--pathspec-from-file=-', '--pathspec-file-nul'];
  const { exitCode, stderr } = await git(add, { variables, input: paths.map((path) => `${path}\0`).join('') });
  // Exit code 1: some files are outside the sparse checkout; the others are staged.
  if (exitCode !== 0 && (how.sparse === 'ignored' || exitCode !== 1)) return { staged: undefined, stderr };
  const { add: addEntry, listed } = createListing();
  await expectPieces(git, ['ls-files', '-z', '-t', '--stage'], addEntry, { variables });
  const { index: indexed } = listed();
  const staged = paths.flatMap((path): [string, Document][] => {
    const entry = indexed.get(path);
    // Where git writes links as text (core.symlinks), the index still records them as links.
    return entry && isRegular(entry.mode) ? [[path, indexedDocument(entry)]] : [];
  });
  return { staged: new Map(staged), stderr };
}

/** Makes git check flagged files again, in the index of `variables`. */
async function clearFlags(
  git: Git,
  variables: NonNullable<GitCall['variables']>,
  paths: readonly string[],
): Promise<void> {
  const wanted = new Set<string | undefined>(paths);
  const listed = splitNul(await expectGit(git, ['ls-files', '-z', '-v'], { variables }));
  // Lower case: assume-unchanged. `S`: skip-worktree.
  const flagged = listed.filter((entry) => /^[a-zS] /.test(entry.subarray(0, 2).toString('latin1')));
  const names = flagged.map((entry) => decodeName(entry.subarray(2))).filter((path) => wanted.has(path));
  if (names.length === 0) return;
  const input = names.map((path) => `${path}\0`).join('');
  // With both flags in one call, git clears only the first.
  for (const flag of ['--no-assume-unchanged', '--no-skip-worktree'])
    await expectGit(git, ['update-index', flag, '-z', '--stdin'], { variables, input });
}

/** Copies an index with the requested age; a checkout without any added file has no index. */
export async function copyIndex(index: string, copy: string, age: (mtime: Date) => Date): Promise<void> {
  const stats = await stat(index).catch(() => undefined);
  if (!stats) return;
  await copyFile(index, copy);
  await utimes(copy, age(stats.mtime), age(stats.mtime));
}

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
  ids: ReadonlyMap<string, BlobId>,
  indexed: 'in the index' | 'unknown',
): Promise<Set<string>> {
  const unchanged = new Set<string>();
  const others = new Map<string, BlobId>();
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

async function readIndex(git: Git): Promise<Map<string, BlobId>> {
  const { add, listed } = createListing();
  await expectPieces(git, ['ls-files', '-z', '-t', '--stage'], add);
  return new Map([...listed().index].map(([path, { id }]) => [path, id]));
}

/** Returns the files that equal a checkout now; `found` maps path -> blob id of the bytes on disk. */
async function findCheckedOut(
  git: Git,
  { prefix, gitDirectory, temporary }: UnchangedPlace,
  found: ReadonlyMap<string, BlobId>,
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
async function tryReadBlobId(file: string, idLength: number): Promise<BlobId | undefined> {
  const [id] = (await tryReadHashes(file, (size) => [blobHash(size, idLength)])) ?? [];
  return id === undefined ? undefined : blobId(id);
}

/** The same with SHA-1 ids, if the bytes have this `size` and SHA-256. */
export async function tryReadNamedBlobId(
  file: string,
  { oid, size }: { readonly oid: string; readonly size: number },
): Promise<BlobId | undefined> {
  const begin = (found: number) => (found === size ? [blobHash(size, 40), createHash('sha256')] : undefined);
  const [id, content] = (await tryReadHashes(file, begin)) ?? [];
  return id !== undefined && content === oid ? blobId(id) : undefined;
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

/** Files of a folder that git has, or would add. */
export interface ExposedFiles {
  readonly committed: readonly string[];
  readonly unignored: readonly string[];
  /** Whether git ignores a file that is written there. */
  readonly isIgnored: boolean;
}

/**
 * Lists what git knows of a folder below the directory; `undefined` outside of a repository.
 * @param ignoreFile the folder's own list of ignored files, which a run writes if it is missing
 */
export async function tryListExposed(
  options: Pick<GitOptions, 'directory' | 'environment' | 'debug'>,
  folder: string,
  ignoreFile: string,
): Promise<ExposedFiles | undefined> {
  const git = createGit({ ...options, protocols: 'none' });
  const list = async (...args: string[]) => {
    const { exitCode, stdout } = await git(['ls-files', '-z', ...args, '--', `:(literal)${folder}`]);
    return exitCode === 0 ? splitNul(stdout).map((name) => name.toString('utf8')) : undefined;
  };
  const [committed, unignored, ignored, own] = await Promise.all([
    list('--cached'),
    list('--others', '--exclude-standard'),
    git(['check-ignore', '--quiet', '--', `${folder}/document.md`]),
    lstat(join(options.directory, folder, ignoreFile)).catch(() => undefined),
  ]);
  if (!committed || !unignored) return undefined;
  const isOwn = (path: string) => path === `${folder}/${ignoreFile}`;
  return {
    committed: committed.filter((path) => !isOwn(path)),
    unignored: unignored.filter((path) => !isOwn(path)),
    isIgnored: ignored.exitCode === 0 || !own,
  };
}

const WORKFLOWS = '.github/workflows';
const MAX_WORKFLOWS = 200;
const MAX_BYTES = 500_000;

/** The workflows of a checkout, by path. No link is followed. */
export async function readWorkflows(root: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(join(root, WORKFLOWS), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name)).map(({ name }) => name);
  const texts = new Map<string, string>();
  for (const name of names.sort().slice(0, MAX_WORKFLOWS)) {
    const path = `${WORKFLOWS}/${name}`;
    const text = await tryReadRegular(root, path);
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

/** Returns `undefined` for a path with a link in it, a large file, or none. */
async function tryReadRegular(root: string, path: string): Promise<string | undefined> {
  const file = join(await realpath(root), path);
  const found = await lstat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > MAX_BYTES || (await realpath(file)) !== file) return undefined;
  return readFile(file, 'utf8');
}
