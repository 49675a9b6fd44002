import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobId } from '../codex/blob-id.ts';

/** Where a document's content came from. */
export const SOURCES = ['codex', 'Actions cache', 'cache directory'] as const;
export type DocumentSource = (typeof SOURCES)[number];

/** Contents by blob id, each proved by its hash before it counts. */
export interface BlobPool {
  /** A folder in which a file named by an id is that blob, once it was proved. */
  readonly directory: string;
  /** Where a blob came from; `undefined` while the pool does not have it. */
  readonly source: (id: string) => DocumentSource | undefined;
  /** Bytes of a blob that the pool has. */
  readonly size: (id: string) => number;
  readonly file: (id: string) => string;
  /** Takes a content over if it is that blob; `false` otherwise. */
  readonly offer: (id: string, content: Buffer | undefined, source: DocumentSource) => Promise<boolean>;
  /** Takes over what was written into `directory` under these ids; returns those that are not what their names say. */
  readonly prove: (ids: readonly string[], source: DocumentSource) => Promise<string[]>;
}

/** @param directory is created */
export async function createBlobPool(directory: string): Promise<BlobPool> {
  await mkdir(directory, { recursive: true });
  const proved = new Map<string, { readonly source: DocumentSource; readonly size: number }>();
  const file = (id: string) => join(directory, id);
  return {
    directory,
    source: (id) => proved.get(id)?.source,
    size: (id) => proved.get(id)?.size ?? 0,
    file,
    async offer(id, content, source) {
      if (content === undefined || blobId(content) !== id) return false;
      if (proved.has(id)) return true;
      await writeFile(file(id), content);
      proved.set(id, { source, size: content.length });
      return true;
    },
    async prove(ids, source) {
      const wrong: string[] = [];
      for (const id of ids) {
        const content = await readPlain(file(id));
        if (content !== undefined && blobId(content) === id) proved.set(id, { source, size: content.length });
        else wrong.push(id);
      }
      return wrong;
    },
  };
}

/** No document is larger: GitHub refuses such files. */
const LARGEST_FILE = 100 * 1024 * 1024;

/** A regular file's content; `undefined` for anything else: a link, a larger file, one that cannot be read. */
export async function readPlain(path: string): Promise<Buffer | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size > LARGEST_FILE) return undefined;
  return readFile(path).catch(() => undefined);
}
