import { type BlobId, blobId } from '../../src/text/ids.ts';

/** Path -> blob id, for short names that a test uses as ids; `null` stays. */
export function blobIds(documents: Readonly<Record<string, string>>): Map<string, BlobId>;
export function blobIds(documents: Readonly<Record<string, string | null>>): Map<string, BlobId | null>;
export function blobIds(documents: Readonly<Record<string, string | null>>): Map<string, BlobId | null> {
  return new Map(Object.entries(documents).map(([path, id]) => [path, id === null ? null : blobId(id)]));
}
