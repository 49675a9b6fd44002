import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Hold, LINES, type Manifest, parseManifest, renderManifest } from '../../src/codex/manifest.ts';
import {
  branchOf,
  type Preview,
  type PreviewKey,
  parsePreviewKey,
  pullRequestKey,
  pullRequestOf,
} from '../../src/codex/overlay.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { blobId } from '../../src/text/ids.ts';
import { brokenText } from '../support/mutations.ts';
import { runs } from '../support/runs.ts';

const WHERE = 'projects/widgets/.codex-sync.json';
const hexId = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 }).map(blobId);
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
const time = fc.constant('2026-11-22T10:00:00Z');
const texts = fc.array(fc.tuple(path, fc.option(hexId))).map((entries) => new Map(entries));
const preview: fc.Arbitrary<Preview> = fc
  .record({ commit: hexId, date: fc.option(time, { nil: undefined }), documents: texts, local: fc.option(time) })
  .map(({ local, ...rest }) => ({ ...rest, ...(local !== null && { local }) }));
const branch = fc.oneof(fc.constantFrom('main', '12', 'heads/x', '__proto__', 'a\nb'), name);
const key: fc.Arbitrary<PreviewKey> = fc.oneof(
  fc.integer({ min: 1, max: 10_000 }).map(pullRequestKey),
  branch.filter((one) => !one.includes('\\')).map((one): PreviewKey => `heads/${one}`),
);
const ref = fc.constantFrom('refs/heads/main', 'refs/tags/v1', 'refs/heads/release/9');
const source = fc.record(
  {
    ...{ commit: hexId, date: time, ref, line: fc.constantFrom(...LINES), uncommitted: fc.nat() },
    ...{ directory: fc.constantFrom('.', 'packages/a'), repository: fc.constant('acme/widgets') },
  },
  { requiredKeys: ['directory', 'repository'] },
);
const held: fc.Arbitrary<Hold> = fc
  .record(
    { commit: hexId, documents: texts, since: time, ref, run: fc.constant('https://x.test/1'), reason: name },
    { requiredKeys: ['commit', 'documents', 'since'] },
  )
  .filter(({ reason = '' }) => !/\p{Cc}/u.test(reason));
const manifest: fc.Arbitrary<Manifest> = fc.record(
  {
    documents: fc.array(fc.tuple(path, hexId)).map((entries) => new Map(entries)),
    source,
    previews: fc.array(fc.tuple(key, preview)).map((entries) => new Map(entries)),
    held,
    withheldOf: fc.nat(),
  },
  { requiredKeys: ['documents', 'source', 'previews'] },
);

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
        const { documents, previews } = written;
        const reversed = {
          ...written,
          documents: new Map([...documents].reverse()),
          previews: new Map([...previews].reverse()),
        };
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

function pathsOf({ documents, previews, held }: Manifest): string[] {
  return [documents, held?.documents ?? new Map(), ...[...previews.values()].map((one) => one.documents)].flatMap(
    (one) => [...one.keys()],
  );
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
      const { documents, previews, source, held } = found;
      const overlay = [...previews.values(), ...(held ? [held] : [])];
      const ids = [...documents.values(), ...overlay.flatMap((one) => [one.commit, ...one.documents.values()])];
      const given = [...ids, source?.commit].filter((id) => id != null);
      const lines = [source?.ref, source?.date, held?.ref, held?.run, held?.reason, held?.since];
      expect({
        paths: pathsOf(found).filter((path) => !staysInside(path)),
        ids: given.filter((id) => !/^[0-9a-f]{40}$/.test(id)),
        keys: [...previews.keys()].filter((one) => parsePreviewKey(one) !== one),
        pulls: [...previews.keys()]
          .map(pullRequestOf)
          .filter((one) => one !== undefined && !(one > 0 && Number.isSafeInteger(one))),
        branches: [...previews.keys()].map(branchOf).filter((one) => one === '' || one?.includes('\0')),
        words: lines.filter((line) => line !== undefined && /\p{Cc}/u.test(line)),
        counted: [source?.uncommitted ?? 0].filter((count) => !Number.isSafeInteger(count) || count < 0),
        line: [source?.line ?? 'release'].filter((line) => !LINES.includes(line)),
      }).toEqual({ paths: [], ids: [], keys: [], pulls: [], branches: [], words: [], counted: [], line: [] });
      // Node misreads escaped keys, see above.
      if (!pathsOf(found).some((path) => path.includes('\\'))) expect(read(renderManifest(found))).toEqual(found);
    }),
    { numRuns: runs(500) },
  );
  expect(whole).toBeGreaterThan(50);
});
