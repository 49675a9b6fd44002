import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { type Manifest, parseManifest, renderManifest } from '../../src/plan/manifest.ts';
import { brokenText } from '../support/mutations.ts';
import { runs } from '../support/runs.ts';

const WHERE = 'projects/widgets/.codex-sync.json';
const SOURCE = {
  commit: 'c'.repeat(40),
  date: '2026-11-22T10:00:00Z',
  directory: '.',
  ref: 'refs/heads/main',
  repository: 'acme/widgets',
};

const hexId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 });
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '12', 'é.md', 'a\nb', '"'),
  fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[/\0]/.test(text) && !/^\.{0,2}$|^\.git$/i.test(text)),
);
// Without backslashes: after a key that ends in one, Node itself misreads escaped keys (nodejs/node#63785).
const path = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'))
  .filter((text) => text !== '.codex-sync.json' && !text.includes('\\'));
const preview = fc.record({
  commit: hexId,
  date: fc.option(fc.constant('2026-11-22T10:00:00Z'), { nil: undefined }),
  documents: fc.array(fc.tuple(path, fc.option(hexId))).map((entries) => new Map(entries)),
});
const manifest: fc.Arbitrary<Manifest> = fc.record({
  documents: fc.array(fc.tuple(path, hexId)).map((entries) => new Map(entries)),
  source: fc.constant(SOURCE),
  previews: fc.array(fc.tuple(fc.integer({ min: 1, max: 10_000 }), preview)).map((entries) => new Map(entries)),
});

describe('a manifest that is written and read again', () => {
  test('says the same', () => {
    fc.assert(
      fc.property(manifest, (written) => {
        expect(parseManifest(renderManifest(written), WHERE)).toEqual(written);
      }),
    );
  });

  test('is the same text, in whatever order its documents came', () => {
    fc.assert(
      fc.property(manifest, (written) => {
        const reversed = { ...written, documents: new Map([...written.documents].reverse()) };
        expect(renderManifest(reversed)).toBe(renderManifest(written));
      }),
    );
  });
});

/** What a text says; a newer version says nothing that this one could go by. */
function read(text: string): Manifest | undefined {
  try {
    return parseManifest(text, WHERE);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'newer-manifest') return undefined;
    throw error;
  }
}

const json = manifest.map((one): unknown => JSON.parse(renderManifest(one)));

function pathsOf({ documents, previews }: Manifest): string[] {
  return [documents, ...[...previews.values()].map((one) => one.documents)].flatMap((one) => [...one.keys()]);
}

/** By the rules of Linux, and git's: it takes no name of its own. */
function staysInside(path: string): boolean {
  const isOurs = !/\0|(?:^|\/)\.git(?:\/|$)|^\.codex-sync\.json$/i.test(path);
  return isOurs && posix.join('/codex', 'widgets', path) === `/codex/widgets/${path}`;
}

test('whatever stands in its place is none, or one whose paths stay in the folder and whose ids are ids', () => {
  let whole = 0;
  fc.assert(
    fc.property(brokenText(json), (text) => {
      const found = read(text);
      if (found === undefined) return;
      whole += 1;
      const { documents, previews, source } = found;
      const layers = [...previews.values()];
      const ids = [...documents.values(), ...layers.flatMap((one) => [one.commit, ...one.documents.values()])];
      const given = [...ids, source?.commit].filter((id) => id != null);
      const numbers = [...previews.keys()];
      expect({
        paths: pathsOf(found).filter((path) => !staysInside(path)),
        ids: given.filter((id) => !/^[0-9a-f]{40}$/.test(id)),
        numbers: numbers.filter((number) => !Number.isSafeInteger(number) || number < 1),
      }).toEqual({ paths: [], ids: [], numbers: [] });
      // Node misreads escaped keys, see above.
      if (!pathsOf(found).some((path) => path.includes('\\'))) expect(read(renderManifest(found))).toEqual(found);
    }),
    { numRuns: runs(500) },
  );
  expect(whole).toBeGreaterThan(50);
});
