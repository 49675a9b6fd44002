import { type BlobId, type BranchName, blobId, branchName } from '../../src/text/ids.ts';

/** Path -> blob id, for short names that a test uses as ids; `null` stays. */
export function blobIds(documents: Readonly<Record<string, string>>): Map<string, BlobId>;
export function blobIds(documents: Readonly<Record<string, string | null>>): Map<string, BlobId | null>;
export function blobIds(documents: Readonly<Record<string, string | null>>): Map<string, BlobId | null> {
  return new Map(Object.entries(documents).map(([path, id]) => [path, id === null ? null : blobId(id)]));
}

/** Environment -> its branch. */
export function branchNames<Name extends string>(branches: Readonly<Record<Name, string>>): Record<Name, BranchName>;
export function branchNames(branches: Readonly<Record<string, string>>): Record<string, BranchName> {
  return Object.fromEntries(Object.entries(branches).map(([name, branch]) => [name, branchName(branch)]));
}
