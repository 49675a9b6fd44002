import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const PIECE = 1024 * 1024;

/** The hash by which a repository names a blob of this size. */
function blobHash(size: number, idLength: number): Hash {
  return createHash(idLength === 40 ? 'sha1' : 'sha256').update(`blob ${size}\0`);
}

/**
 * The blob id of the bytes in a file, without any conversion; no link is followed.
 * @param idLength of an id in this repository
 * @returns `undefined` where the file cannot be read, or is written to at this moment
 */
export async function tryReadBlobId(file: string, idLength: number): Promise<string | undefined> {
  const [id] = (await tryReadHashes(file, (size) => [blobHash(size, idLength)])) ?? [];
  return id;
}

/** The same in a repository with SHA-1 ids, if the bytes are as many as `size` and have this SHA-256. */
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
