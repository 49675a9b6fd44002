import { describe, expect, test } from '@jest/globals';
import { checkManifestSize, MAX_MANIFEST_BYTES, type Manifest, renderManifest } from '../../src/codex/manifest.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';
import { keyOf } from '../support/layered-codex.ts';

const id = blobId('a'.repeat(40));
const source = { repository: 'acme/widgets', directory: '.' };
const none: Manifest = { documents: new Map(), previews: new Map(), source };

/** Documents with long paths: a manifest of the largest size has few thousand of them. */
function documents(count: number, length = 4000): Map<string, BlobId> {
  const paths = Array.from({ length: count }, (_, index) => `docs/${index}-${'x'.repeat(length)}`);
  return new Map(paths.map((path) => [path, id]));
}

/** A manifest whose text has exactly so many bytes. */
function manifestOf(bytes: number): Manifest {
  const most = { ...none, documents: documents(Math.floor(bytes / 4100)) };
  const missing = bytes - Buffer.byteLength(renderManifest(most));
  const line = ',\n    "": ""'.length + id.length;
  const last = `z${'y'.repeat(missing - line - 1)}`;
  return { ...most, documents: new Map([...most.documents, [last, id]]) };
}

const check = (...manifests: (Manifest | undefined)[]) => checkManifestSize('widgets', manifests);

describe('the size of a manifest', () => {
  test('may be the limit to the byte, and one more is refused with what to do', () => {
    const [largest, larger] = [manifestOf(MAX_MANIFEST_BYTES), manifestOf(MAX_MANIFEST_BYTES + 1)];
    expect(Buffer.byteLength(renderManifest(largest))).toBe(MAX_MANIFEST_BYTES);
    expect(() => check(largest, undefined)).not.toThrow();
    expect(() => check(none, larger)).toThrow(
      expect.objectContaining({
        code: 'too-many-documents',
        message:
          `projects/widgets would have ${larger.documents.size.toLocaleString('en')} documents including those of its previews, and .codex-sync.json there would be 16.0 MB; ` +
          'the limit is 16 MB, so nothing was published. Publish the project in packages, each with a "working-directory" and a "project" of its own, ' +
          'or select less with "include" and "exclude".',
      }),
    );
  });

  test('counts previews and what a roll-back holds, too', () => {
    const half = documents(MAX_MANIFEST_BYTES / 8000);
    const preview = { commit: id, date: undefined, documents: half };
    const held = { commit: id, documents: half, since: '2026-01-01T00:00:00Z' };
    expect(() => check({ ...none, documents: half })).not.toThrow();
    expect(() => check({ ...none, documents: half, previews: new Map([[keyOf('7'), preview]]) })).toThrow('16.');
    expect(() => check({ ...none, documents: half, held })).toThrow('16.');
  });

  test('is counted in bytes, not in characters', () => {
    const wide = Array.from({ length: 2000 }, (_, index) => `docs/${index}-${'測'.repeat(3000)}`);
    expect(() => check({ ...none, documents: new Map(wide.map((path) => [path, id])) })).toThrow('17.');
  });
});
