import { posix } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CachedDocument,
  type CopyRecord,
  parseIndex,
  parseRecord,
  pathOnDisk,
  renderIndex,
  renderRecord,
} from '../../src/fetch/cache-index.ts';
import { blobId } from '../../src/text/ids.ts';
import { brokenText } from '../support/mutations.ts';
import { runs } from '../support/runs.ts';

// Both files lie where anything of a job may write, or come out of a cache that others fill.
const id = fc.constantFrom('a'.repeat(40), '0123456789'.repeat(4)).map(blobId);
const path = fc.constantFrom('README.md', 'docs/a.md', 'docs/é b.md', 'docs/__proto__', 'constructor', '12');
const date = fc.constantFrom('2026-11-24T06:00:00.000Z', '2026-11-24T06:00:00Z');
const origin = {
  codex: fc.constant('acme/codex.acme.com'),
  organization: fc.constant('acme'),
  project: fc.constantFrom('widgets', 'gadgets'),
  environment: fc.constantFrom('test', 'prod'),
  branch: fc.constantFrom('test', 'main'),
};
const document = fc.record({ id, executable: fc.boolean() });
const record: fc.Arbitrary<CopyRecord> = fc.record({
  ...origin,
  commit: id,
  cachedAt: date,
  documents: fc.array(fc.tuple(path, document)).map((entries) => new Map(entries)),
});
const cached: fc.Arbitrary<CachedDocument> = fc.record({
  ...origin,
  path,
  commit: id,
  blob: id,
  cachedAt: date,
  ttl: fc.integer({ min: 1, max: 315_360_000 }),
  size: fc.nat(),
});
const index = fc.uniqueArray(cached, { selector: pathOnDisk, maxLength: 4 });

function staysInside(path: string): boolean {
  return posix.join('/cache', path) === `/cache/${path}` && !path.includes('\0');
}

test("what was written of a copy is read again, and anything else is none or stays in the copy's folder", () => {
  let whole = 0;
  fc.assert(fc.property(record, (written) => expect(parseRecord(renderRecord(written))).toEqual(written)));
  const text = brokenText(record.map((one): unknown => JSON.parse(renderRecord(one))));
  fc.assert(
    fc.property(text, (given) => {
      const found = parseRecord(given);
      if (found === undefined) return;
      whole += 1;
      expect([...found.documents.keys()].filter((one) => !staysInside(one))).toEqual([]);
      expect(parseRecord(renderRecord(found))).toEqual(found);
    }),
    { numRuns: runs(500) },
  );
  expect(whole).toBeGreaterThan(50);
});

test('what was written of an index is read again, and of anything else what is whole, and stays in the directory', () => {
  let whole = 0;
  const sorted = (documents: readonly CachedDocument[]) => new Set(documents);
  fc.assert(
    fc.property(index, (written) => {
      const { found, documents } = parseIndex(renderIndex(written));
      expect([found, sorted(documents)]).toEqual(['index', sorted(written)]);
    }),
  );
  const text = brokenText(index.map((one): unknown => JSON.parse(renderIndex(one))));
  fc.assert(
    fc.property(text, (given) => {
      const { documents } = parseIndex(given);
      whole += documents.length;
      expect(documents.map(pathOnDisk).filter((one) => !staysInside(one))).toEqual([]);
      expect(parseIndex(renderIndex(documents))).toEqual({ found: 'index', documents: expect.any(Array) });
      expect(sorted(parseIndex(renderIndex(documents)).documents)).toEqual(sorted(documents));
    }),
    { numRuns: runs(500) },
  );
  expect(whole).toBeGreaterThan(50);
});
