import { randomBytes } from 'node:crypto';
import { chmodSync, constants, copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { access, lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { halfWrittenName, IGNORE_FILE, IGNORE_TEXT, INDEX_FILE, OLD_INDEX_FILE } from '../documents/never-published.ts';
import { CodexSyncError } from '../errors.ts';
import { hashBlob } from '../text/bytes.ts';
import type { BlobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { inputName } from '../text/spell-inputs.ts';

export const SOURCES = ['codex', 'Actions cache', 'cache directory'] as const;
export type DocumentSource = (typeof SOURCES)[number];

/** Contents by blob id, each verified by its hash. */
export interface BlobPool {
  /** Verified blobs, each in a file named by its id. */
  readonly directory: string;
  readonly source: (id: BlobId) => DocumentSource | undefined;
  /** Bytes. */
  readonly size: (id: BlobId) => number;
  readonly file: (id: BlobId) => string;
  /** Adds a content if it is that blob; `false` otherwise. */
  readonly offer: (id: BlobId, content: Buffer | undefined, source: DocumentSource) => Promise<boolean>;
  /** Verifies files in `directory` named by these ids; returns the ids that do not match. */
  readonly prove: (ids: readonly BlobId[], source: DocumentSource) => Promise<BlobId[]>;
}

/** Creates `directory`. */
export async function createBlobPool(directory: string): Promise<BlobPool> {
  await mkdir(directory, { recursive: true });
  const proved = new Map<BlobId, { readonly source: DocumentSource; readonly size: number }>();
  const file = (id: BlobId) => join(directory, id);
  return {
    directory,
    source: (id) => proved.get(id)?.source,
    size: (id) => proved.get(id)?.size ?? 0,
    file,
    async offer(id, content, source) {
      if (content === undefined || hashBlob(content) !== id) return false;
      if (proved.has(id)) return true;
      await writeFile(file(id), content);
      proved.set(id, { source, size: content.length });
      return true;
    },
    async prove(ids, source) {
      const wrong: BlobId[] = [];
      for (const id of ids) {
        const content = await readPlain(file(id));
        if (content !== undefined && hashBlob(content) === id) proved.set(id, { source, size: content.length });
        else wrong.push(id);
      }
      return wrong;
    },
  };
}

/** GitHub refuses larger files. */
const LARGEST_FILE = 100 * 1024 * 1024;

/** Reads a regular file; `undefined` for a link, a larger file, or an unreadable one. */
export async function readPlain(path: string): Promise<Buffer | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size > LARGEST_FILE) return undefined;
  return readFile(path).catch(() => undefined);
}

/** The cache directory in the workspace. No link is followed: a checkout may hold one that leads anywhere. */
export interface CacheDirectory {
  readonly readIndex: () => Promise<string | undefined>;
  readonly writeIndex: (text: string) => Promise<void>;
  /** Makes git ignore the whole directory; an existing file of this name stays. */
  readonly ensureIgnored: () => Promise<void>;
  readonly keepOldIndex: () => Promise<void>;
  /** Reads a regular file below the directory; else `undefined`. */
  readonly read: (path: string) => Promise<Buffer | undefined>;
  /** Copies `file` to a path below the directory, atomically. */
  readonly write: (path: string, file: string, executable: boolean) => Promise<void>;
  /** Removes a file or link, and the folders that become empty; returns whether it existed. */
  readonly remove: (path: string) => Promise<boolean>;
  /** @throws CodexSyncError `bad-input` when documents cannot be written; creates nothing */
  readonly check: () => Promise<void>;
  readonly clear: (folder: string) => Promise<void>;
}

/** `workspace` is an absolute path; `cacheDir` is below it, with `/`. */
export function openCacheDirectory(workspace: string, cacheDir: string): CacheDirectory {
  const fail = (path: string, why: string): never => {
    throw new CodexSyncError(
      'bad-input',
      `Nothing can be written to "${printable(path)}" in the workspace: ${why}.`,
      `Remove that entry, or choose another ${inputName('cache-dir')}.`,
    );
  };

  /** The kind of entry at `path` below the workspace, or of an obstacle on the way. */
  async function look(path: string): Promise<'file' | 'folder' | 'nothing' | 'link' | 'link on the way' | 'other'> {
    const parts = path.split('/');
    for (const [index] of parts.entries()) {
      const stats = await lstat(join(workspace, ...parts.slice(0, index + 1))).catch(() => undefined);
      if (!stats) return 'nothing';
      const last = index === parts.length - 1;
      if (stats.isSymbolicLink()) return last ? 'link' : 'link on the way';
      if (last) return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
      if (!stats.isDirectory()) return 'other';
    }
    return 'nothing';
  }

  /** Whether a folder is at `path`, except the workspace itself; throws for any other entry there or on the way. */
  async function isFolder(path: string): Promise<boolean> {
    if (path === '.') return true;
    const found = await look(path);
    if (found === 'link' || found === 'link on the way') fail(path, 'a symbolic link is on the way');
    if (found !== 'nothing' && found !== 'folder') fail(path, 'a file is where a folder should be');
    return found === 'folder';
  }

  async function ensureFolder(path: string): Promise<void> {
    if (await isFolder(path)) return;
    await ensureFolder(posix.dirname(path));
    await mkdir(join(workspace, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') fail(path, error.code ?? error.message);
    });
  }

  /** Writes beside and renames, so readers never see half a file; synchronous, so no signal leaves the file beside. */
  async function place(path: string, put: (beside: string) => void): Promise<void> {
    await ensureFolder(posix.dirname(path));
    const found = await look(path);
    if (found === 'folder') fail(path, 'a folder is where a file should be');
    const target = join(workspace, path);
    const beside = join(dirname(target), halfWrittenName(randomBytes(4).toString('hex')));
    try {
      put(beside);
      renameSync(beside, target);
    } catch (error) {
      rmSync(beside, { force: true });
      fail(path, (error as NodeJS.ErrnoException).code ?? String(error));
    }
  }

  const below = (path: string) => `${cacheDir}/${path}`;
  return {
    readIndex: async () => (await readRegular(below(INDEX_FILE)))?.toString('utf8'),
    writeIndex: (text) => place(below(INDEX_FILE), (beside) => writeFileSync(beside, text)),
    async ensureIgnored() {
      await ensureFolder(cacheDir);
      // `wx` follows no link and replaces nothing.
      await writeFile(join(workspace, below(IGNORE_FILE)), IGNORE_TEXT, { flag: 'wx' }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') fail(below(IGNORE_FILE), error.code ?? error.message);
        },
      );
    },
    async keepOldIndex() {
      if ((await look(below(INDEX_FILE))) !== 'file') return;
      await rename(join(workspace, below(INDEX_FILE)), join(workspace, below(OLD_INDEX_FILE)));
    },
    read: (path) => readRegular(below(path)),
    write: (path, file, executable) =>
      place(below(path), (beside) => {
        copyFileSync(file, beside);
        chmodSync(beside, executable ? 0o755 : 0o644);
      }),
    async remove(path) {
      if (!['file', 'link'].includes(await look(below(path)))) return false;
      await rm(join(workspace, below(path)), { force: true });
      for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
        const emptied = await rmdir(join(workspace, below(folder))).then(
          () => true,
          () => false,
        );
        if (!emptied) break;
      }
      return true;
    },
    async check() {
      let folder = cacheDir;
      while (!(await isFolder(folder))) folder = posix.dirname(folder);
      await access(join(workspace, folder), constants.W_OK).catch((error: NodeJS.ErrnoException) =>
        fail(cacheDir, error.code ?? error.message),
      );
    },
    async clear(folder) {
      if ((await look(below(folder))) === 'folder') await rm(join(workspace, below(folder)), { recursive: true });
    },
  };

  async function readRegular(path: string): Promise<Buffer | undefined> {
    return (await look(path)) === 'file' ? readPlain(join(workspace, path)) : undefined;
  }
}
