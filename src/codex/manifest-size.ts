import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { type Manifest, renderManifest } from './manifest.ts';

/**
 * The largest manifest that is written, and that every reader takes: two hundred thousand documents, in half a second and 400 MB
 * of memory. Until manifests are small in themselves, what is larger must not be published: later runs could not read it.
 */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

const MEGABYTE = 1024 * 1024;
const MAX_SHOWN = `${MAX_MANIFEST_BYTES / MEGABYTE} MB`;

/** What a line has besides its path; and what is neither a document nor in a preview. */
const [LINE_BYTES, FRAME_BYTES] = [64, 16 * 1024];
/** JSON writes a UTF-16 unit with so many bytes at most. */
const UNIT_BYTES = 6;
const SPLIT =
  'Publish the project in packages, each with a "working-directory" and a "project" of its own, or select less with "include" and "exclude".';

/**
 * @param manifests that a push writes one after the other
 * @throws CodexSyncError `too-many-documents`
 */
export function checkManifestSize(project: string, manifests: readonly (Manifest | undefined)[]): void {
  for (const manifest of manifests) {
    if (!manifest || mostBytes(manifest) <= MAX_MANIFEST_BYTES) continue;
    const size = Buffer.byteLength(renderManifest(manifest));
    if (size <= MAX_MANIFEST_BYTES) continue;
    const documents = [...manifest.previews.values()].reduce(
      (sum, preview) => sum + preview.documents.size,
      manifest.documents.size,
    );
    throw new CodexSyncError(
      'too-many-documents',
      `projects/${project} would have ${documents.toLocaleString('en')} documents with those of its previews, and ${MANIFEST_FILE} there would be ${(size / MEGABYTE).toFixed(1)} MB; ` +
        `at most ${MAX_SHOWN} are written and read, so nothing was published. ${SPLIT}`,
    );
  }
}

/** More than the text can have, without writing it. */
function mostBytes({ documents, previews, held }: Manifest): number {
  const lists = [documents, held?.documents ?? new Map(), ...[...previews.values()].map((one) => one.documents)];
  let bytes = FRAME_BYTES * (2 + previews.size);
  for (const list of lists) for (const path of list.keys()) bytes += path.length * UNIT_BYTES + LINE_BYTES;
  return bytes;
}

/** That a manifest is too large to be read; it may be one of an earlier version of this tool. */
export function tooLargeToRead(where: string): string {
  return `${where} is larger than ${MAX_SHOWN}, the most that is written and read. It cannot be compared or promoted. ${SPLIT}`;
}
