import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { EMPTY_MANIFEST, type Manifest, parseManifest, renderManifest } from '../../src/plan/manifest.ts';

const BLOB = 'a'.repeat(40);
const COMMIT = 'c'.repeat(40);
const WHERE = 'projects/widgets/.codex-sync.json';

const GOOD = {
  documents: { 'docs/guide.md': BLOB },
  source: {
    commit: COMMIT,
    date: '2026-11-22T10:00:00Z',
    directory: '.',
    ref: 'refs/heads/main',
    repository: 'acme/widgets',
  },
  version: 1,
};

function parse(json: unknown): Manifest | undefined {
  return parseManifest(JSON.stringify(json), WHERE);
}

function withDocument(path: string): unknown {
  return { ...GOOD, documents: Object.fromEntries([[path, BLOB]]) };
}

describe('a manifest that is written and read again', () => {
  test('has sorted keys, two spaces, a newline at the end, and no previews when there are none', () => {
    const documents = new Map(['docs/b.md', 'docs/B.md', 'README.md', 'docs/a.md'].map((one) => [one, BLOB]));
    const { repository, directory } = GOOD.source;
    expect(renderManifest({ documents, source: { repository, directory, commit: COMMIT }, previews: new Map() })).toBe(
      [
        '{',
        '  "documents": {',
        ...['README.md', 'docs/B.md', 'docs/a.md'].map((one) => `    "${one}": "${BLOB}",`),
        `    "docs/b.md": "${BLOB}"`,
        '  },',
        '  "source": {',
        `    "commit": "${COMMIT}",`,
        '    "directory": ".",',
        '    "repository": "acme/widgets"',
        '  },',
        '  "version": 1',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('has previews by number, with what they change and what they remove', () => {
    const previews = { 12: { commit: COMMIT, date: 'x', documents: { 'docs/new.md': BLOB, 'docs/old.md': null } } };
    const read = parse({ ...GOOD, previews });
    expect(read?.previews).toEqual(
      new Map([[12, { commit: COMMIT, date: 'x', documents: new Map(Object.entries(previews[12].documents)) }]]),
    );
    expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST))).toEqual({ ...GOOD, previews });
  });

  test('keeps a document with a backslash in its name', () => {
    const documents = new Map([['docs/a\\b".md', BLOB]]);
    const written = { documents, source: GOOD.source, previews: new Map() };
    expect(parseManifest(renderManifest(written), WHERE)).toEqual(written);
  });

  test('keeps a document named __proto__', () => {
    const text = `{"documents":{"__proto__":"${BLOB}"},"source":${JSON.stringify(GOOD.source)},"version":1}`;
    const read = parseManifest(text, WHERE);
    expect([...(read?.documents ?? [])]).toEqual([['__proto__', BLOB]]);
    expect(renderManifest(read ?? EMPTY_MANIFEST)).toContain(`"__proto__": "${BLOB}"`);
  });
});

describe('a manifest that can be read', () => {
  test.each([
    ['everything', GOOD.source],
    ['the first one that a preview made: repository and directory', { repository: 'acme/widgets', directory: 'docs' }],
    ['no date', { ...GOOD.source, date: undefined }],
  ])('source: %s', (_, source) => {
    const { documents, source: read } = parse({ ...GOOD, source }) ?? EMPTY_MANIFEST;
    expect(Object.fromEntries(documents)).toEqual(GOOD.documents);
    expect(read).toEqual(JSON.parse(JSON.stringify(source)));
  });
});

describe('a newer version is an error ("upgrade")', () => {
  test.each([2, 1.5, 99])('%s', (version) => {
    expect(() => parse({ ...GOOD, version })).toThrow(CodexSyncError);
    expect(() => parse({ ...GOOD, version })).toThrow(/Upgrade/);
    expect(() => parse({ ...GOOD, version })).toThrow(WHERE);
  });

  test('also where nothing else of it can be read', () => {
    expect(() => parse({ version: 2, documents: [] })).toThrow(/version 2/);
  });
});

describe('an unreadable manifest means that nothing is owned', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '<<<<<<< HEAD'],
    ['half of it', JSON.stringify(GOOD).slice(0, -10)],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"1"'],
  ])('text: %s', (_, text) => {
    expect(parseManifest(text, WHERE)).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['no version', { ...GOOD, version: undefined }],
    ['version 0', { ...GOOD, version: 0 }],
    ['a version in words', { ...GOOD, version: '2' }],
    ['version -1', { ...GOOD, version: -1 }],
    ['no documents', { ...GOOD, documents: undefined }],
    ['documents in a list', { ...GOOD, documents: ['docs/guide.md'] }],
    ['a document without an id', { ...GOOD, documents: { 'docs/guide.md': null } }],
    ['a short id', { ...GOOD, documents: { 'docs/guide.md': 'abc' } }],
    ['an id in upper case', { ...GOOD, documents: { 'docs/guide.md': 'A'.repeat(40) } }],
    ['an option of git for an id', { ...GOOD, documents: { 'docs/guide.md': '--upload-pack=x' } }],
    ['no source', { ...GOOD, source: undefined }],
    ['a source without repository', { ...GOOD, source: { directory: '.' } }],
    ['a source without directory', { ...GOOD, source: { repository: 'acme/widgets' } }],
    ['an option of git for a commit', { ...GOOD, source: { ...GOOD.source, commit: '--output=/tmp/x' } }],
    ['a ref for a commit', { ...GOOD, source: { ...GOOD.source, commit: 'HEAD' } }],
    ['a commit with a line break', { ...GOOD, source: { ...GOOD.source, commit: `${COMMIT}\n` } }],
    ['a date that is no text', { ...GOOD, source: { ...GOOD.source, date: 5 } }],
    ['previews in a list', { ...GOOD, previews: [] }],
    ['a preview without a number', { ...GOOD, previews: { x: { commit: COMMIT, documents: {} } } }],
    ['a preview with number 0', { ...GOOD, previews: { 0: { commit: COMMIT, documents: {} } } }],
    ['a preview without a commit', { ...GOOD, previews: { 1: { documents: {} } } }],
    ['a preview with an option of git for a commit', { ...GOOD, previews: { 1: { commit: '--x', documents: {} } } }],
    ['a preview without documents', { ...GOOD, previews: { 1: { commit: COMMIT } } }],
    ['a preview with a date that is no text', { ...GOOD, previews: { 1: { commit: COMMIT, date: 1, documents: {} } } }],
    ['a preview of no blob', { ...GOOD, previews: { 1: { commit: COMMIT, documents: { 'a.md': 'x' } } } }],
    ['a preview outside', { ...GOOD, previews: { 1: { commit: COMMIT, documents: { '../a.md': null } } } }],
    [
      'a repository that GitHub could not have',
      { ...GOOD, source: { ...GOOD.source, repository: 'a/b\n\nCloses #1' } },
    ],
    ['a repository with a NUL', { ...GOOD, source: { ...GOOD.source, repository: 'a/b\0' } }],
    ['a directory with a NUL', { ...GOOD, source: { ...GOOD.source, directory: 'a\0' } }],
    ['a ref of two lines', { ...GOOD, source: { ...GOOD.source, ref: 'refs/heads/a\nb' } }],
    ['half a character in a ref', { ...GOOD, source: { ...GOOD.source, ref: '\ud800' } }],
    ['a date of two lines', { ...GOOD, source: { ...GOOD.source, date: `${GOOD.source.date}\n` } }],
    ['a ref that is no text', { ...GOOD, source: { ...GOOD.source, ref: {} } }],
  ])('%s', (_, json) => {
    expect(parse(json)).toBeUndefined();
  });

  test.each([
    '',
    '/etc/passwd',
    '../other/docs/a.md',
    'docs/../../a.md',
    'docs//a.md',
    'docs/',
    './a.md',
    '.git/config',
    'docs/.GIT/x',
    '.codex-sync.json',
    'docs/\0.md',
    'docs/\ud800.md',
  ])('path %j', (hostile) => {
    expect(parse(withDocument('docs/harmless.md'))).toBeDefined();
    expect(parse(withDocument(hostile))).toBeUndefined();
  });
});

test('keys that look like numbers stand in their order too', () => {
  const documents = new Map(['9', '12', 'a', '12.md'].map((path) => [path, 'a'.repeat(40)]));
  const source = { repository: 'acme/widgets', directory: '.' };
  const text = renderManifest({
    documents,
    source,
    previews: new Map(
      [9, 12].map((number) => [number, { commit: 'a'.repeat(40), date: undefined, documents: new Map() }]),
    ),
  });
  expect([...text.matchAll(/^ {4}"([^"]+)":/gm)].map(([, key]) => key).slice(0, 6)).toEqual([
    '12',
    '12.md',
    '9',
    'a',
    '12',
    '9',
  ]);
  expect(JSON.parse(text)).toMatchObject({
    previews: { 9: { documents: {} }, 12: { commit: 'a'.repeat(40) } },
    version: 1,
  });
});
