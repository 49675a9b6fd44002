import { describe, expect, test } from '@jest/globals';
import {
  type CachedDocument,
  expiresAt,
  isOfTheFuture,
  parseIndex,
  pathOnDisk,
  planIndex,
  planRemovals,
  renderIndex,
} from '../../src/fetch/cache-index.ts';
import { parseReferences } from '../../src/inputs/references.ts';
import { blobId } from '../../src/text/ids.ts';

function cached(path: string, more: Partial<CachedDocument> = {}): CachedDocument {
  return {
    codex: 'acme/codex.acme.com',
    organization: 'acme',
    project: 'widgets',
    environment: 'test',
    branch: 'test',
    path,
    commit: 'c'.repeat(40),
    blob: blobId('a'.repeat(40)),
    cachedAt: '2026-11-24T06:00:00.000Z',
    ttl: 3600,
    size: 12,
    ...more,
  };
}
const A = cached('docs/a.md');
const entry = () => (JSON.parse(renderIndex([A])) as { entries: Record<string, unknown>[] }).entries[0] ?? {};
const withEntry = (more: object) => JSON.stringify({ version: '4.0', entries: [{ ...entry(), ...more }, entry()] });

test.each([
  ['2026-11-24T06:00:00.000Z', false],
  ['2026-11-24T06:05:00.000Z', false],
  ['2026-11-24T06:05:00.001Z', true],
  ['9999-12-31T00:00:00.000Z', true],
])('what was cached at %s is of the future, more than five minutes ahead: %j', (cachedAt, expected) => {
  expect(isOfTheFuture({ cachedAt }, new Date(A.cachedAt))).toBe(expected);
});

describe('the index', () => {
  test('has the fields of the layout, entries by path', () => {
    const text = renderIndex([cached('docs/b.md'), A]);
    expect(JSON.parse(text)).toMatchObject({ version: '4.0', entries: [{ path: 'acme/widgets/test/docs/a.md' }, {}] });
    expect(entry()).toEqual({
      uri: 'codex://acme/widgets/docs/a.md',
      reference: '@codex/widgets/docs/a.md',
      path: 'acme/widgets/test/docs/a.md',
      env: 'test',
      codex: 'acme/codex.acme.com',
      branch: 'test',
      commit: 'c'.repeat(40),
      blob: blobId('a'.repeat(40)),
      cached_at: '2026-11-24T06:00:00.000Z',
      expires_at: '2026-11-24T07:00:00.000Z',
      ttl: 3600,
      size_bytes: 12,
    });
    expect(expiresAt(A)).toBe('2026-11-24T07:00:00.000Z');
  });

  test('is read back as it was', () => {
    expect(parseIndex(renderIndex([A]))).toEqual({ documents: [A], found: 'index' });
  });

  test.each([
    ['none', undefined, 'nothing'],
    ['half of one', renderIndex([A]).slice(0, 40), 'damaged'],
    ['one without entries', '{"version":"4.0"}', 'damaged'],
    ['one of a version to come', '{"version":"5.0","entries":[]}', 'damaged'],
    ["the earlier tool's", '{"version":"3.0","entries":[{"path":"acme/widgets/docs/a.md"}]}', 'old layout'],
  ] as const)('%s holds no documents: %s', (_, text, found) => {
    expect(parseIndex(text)).toEqual({ documents: [], found });
  });

  test.each<[string, object]>([
    ['lies elsewhere than its name says', { path: 'acme/widgets/prod/docs/a.md' }],
    ['leaves the directory', { uri: 'codex://acme/widgets/../../x', path: 'acme/widgets/test/../../x' }],
    ['has no name', { uri: undefined }],
    ['has no blob id', { blob: 'x' }],
    ['has no time', { cached_at: 'yesterday' }],
    ['has a time to live beyond all times', { ttl: 9_999_999_999_999 }],
    ['ended before all times', { ttl: Number.MIN_SAFE_INTEGER }],
    ['has a time to live in words', { ttl: '3600' }],
    ['has no commit', { commit: 'HEAD' }],
    ['has no size', { size_bytes: 'many' }],
    ['is smaller than nothing', { size_bytes: -12 }],
    ['has no environment', { env: null }],
    ['has a number for its codex', { codex: 1 }],
    ['has another scheme', { uri: 'xcodex://acme/widgets/docs/a.md' }],
    ['has a day that no month has', { cached_at: '2026-02-31T25:00:00Z' }],
    ['has a time of another zone', { cached_at: '2026-11-24T06:00:00+02:00' }],
    ['has a blob id with more before it', { blob: `x${'a'.repeat(40)}` }],
    ['has a blob id with more behind it', { blob: `${'a'.repeat(40)}x` }],
  ])('an entry that %s is left out, the others count', (_, more) => {
    expect(parseIndex(withEntry(more))).toEqual({ documents: [A], found: 'damaged' });
  });

  test.each([null, 'text', 7, []])('%j is no entry', (one) => {
    const text = JSON.stringify({ version: '4.0', entries: [one, entry()] });
    expect(parseIndex(text)).toEqual({ documents: [A], found: 'damaged' });
  });
});

describe('what a run finds and must remove', () => {
  const asked = parseReferences('@codex/widgets/docs/**', 'acme');
  const answer = new Set(['docs/a.md', 'guide/deep.md']);
  test('one of several references is enough', () => {
    const gone = cached('docs/gone.md');
    const both = parseReferences('@codex/widgets/docs/**\n@codex/widgets/README.md', 'acme');
    expect(planRemovals([gone], A, both, answer)).toEqual([gone]);
  });

  const removals = (...documents: CachedDocument[]) => planRemovals(documents, A, asked, answer);

  test.each<[string, CachedDocument, boolean]>([
    ['what the answer has', A, false],
    ['what a reference names and the codex has no more', cached('docs/gone.md'), true],
    ['a file where the answer has a folder', cached('guide'), true],
    ['a file below a file of the answer', cached('guide/deep.md/x.md'), true],
    ['a file beside a folder of the answer', cached('guide2'), false],
    ['what no reference names', cached('README.md'), false],
    ['what is from another branch, named or not', cached('README.md', { branch: 'qa' }), true],
    ['what is from another codex, at the same place too', cached('docs/a.md', { codex: 'acme/other' }), true],
    ['another environment', cached('docs/gone.md', { environment: 'prod', branch: 'main' }), false],
    ['another project', cached('docs/gone.md', { project: 'gadgets' }), false],
    ['another organization', cached('docs/gone.md', { organization: 'other' }), false],
    ['another spelling of the project', cached('docs/gone.md', { project: 'Widgets' }), false],
  ])('%s: %#', (_, document, removed) => {
    expect(removals(document)).toEqual(removed ? [document] : []);
  });
});

test('the index after a run has what was added, without what was removed', () => {
  const [kept, old, gone] = [cached('docs/kept.md'), cached('docs/a.md', { ttl: 1 }), cached('docs/gone.md')];
  expect(planIndex([kept, old, gone], [gone], [A]).map(pathOnDisk)).toEqual([kept, A].map(pathOnDisk));
  expect(planIndex([old], [], [A])).toEqual([A]);
});
