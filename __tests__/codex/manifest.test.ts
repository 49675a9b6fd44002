import { describe, expect, test } from '@jest/globals';
import {
  EMPTY_MANIFEST,
  lineOf,
  type Manifest,
  parseManifest,
  renderManifest,
  type Source,
} from '../../src/codex/manifest.ts';
import { pullRequestKey } from '../../src/codex/overlay.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';

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
  version: 2,
};
/** As the versions of this tool wrote it that knew no line. */
const FIRST = { ...GOOD, version: 1 };

const HELD = {
  commit: COMMIT,
  documents: { 'docs/guide.md': BLOB, 'docs/gone.md': null },
  reason: 'The prices were wrong',
  ref: 'refs/tags/v2',
  run: 'https://github.com/acme/widgets/actions/runs/7',
  since: '2026-11-23T10:00:00Z',
};

function parse(json: unknown): Manifest | undefined {
  return parseManifest(JSON.stringify(json), WHERE);
}

function withDocument(path: string): unknown {
  return { ...GOOD, documents: Object.fromEntries([[path, BLOB]]) };
}

describe('a manifest that is written and read again', () => {
  test('has sorted keys, two spaces, a newline at the end, and no previews when there are none', () => {
    const documents = new Map(['docs/b.md', 'docs/B.md', 'README.md', 'docs/a.md'].map((one) => [one, blobId(BLOB)]));
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
        '  "version": 2',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('has previews by number, with what they change and what they remove', () => {
    const previews = { 12: { commit: COMMIT, date: 'x', documents: { 'docs/new.md': BLOB, 'docs/old.md': null } } };
    const read = parse({ ...GOOD, previews });
    expect(read?.previews).toEqual(
      new Map([['12', { commit: COMMIT, date: 'x', documents: new Map(Object.entries(previews[12].documents)) }]]),
    );
    expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST))).toEqual({ ...GOOD, previews });
  });

  test('keeps a document with a backslash in its name', () => {
    const documents = blobIds({ 'docs/a\\b".md': BLOB });
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
    [
      'the patterns of two workflows',
      { ...GOOD.source, patterns: [{ digest: 'a'.repeat(16), workflow: 'docs.yml' }, { digest: 'b'.repeat(16) }] },
    ],
  ])('source: %s', (_, source) => {
    const { documents, source: read } = parse({ ...GOOD, source }) ?? EMPTY_MANIFEST;
    expect(Object.fromEntries(documents)).toEqual(GOOD.documents);
    expect(read).toEqual(JSON.parse(JSON.stringify(source)));
  });

  test.each([
    ['in words', 'docs/**'],
    ['that are no list of digests', [5, 'a', { digest: 'A'.repeat(16) }, { digest: '../../x' }]],
  ])('patterns %s say nothing, and the rest counts', (_, patterns) => {
    const source = parse({ ...GOOD, source: { ...GOOD.source, patterns } })?.source;
    expect(source).toMatchObject(GOOD.source);
    expect(source?.patterns ?? []).toEqual([]);
  });

  test('of a workflow only what is one line of text is read', () => {
    const patterns = [{ digest: 'a'.repeat(16), workflow: 'a\nb' }];
    expect(parse({ ...GOOD, source: { ...GOOD.source, patterns } })?.source?.patterns).toEqual([
      { digest: 'a'.repeat(16) },
    ]);
  });
});

describe('a newer version is an error ("upgrade")', () => {
  test.each([3, 2.5, 99])('%s', (version) => {
    expect(() => parse({ ...GOOD, version })).toThrow(CodexSyncError);
    expect(() => parse({ ...GOOD, version })).toThrow(/Upgrade/);
    expect(() => parse({ ...GOOD, version })).toThrow(WHERE);
  });

  test('also where nothing else of it can be read', () => {
    expect(() => parse({ version: 3, documents: [] })).toThrow(/has version 3, .* supports version 2\. /);
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
    ['version 1.5', { ...GOOD, version: 1.5 }],
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
    ['a preview of nothing', { ...GOOD, previews: { x: { commit: COMMIT, documents: {} } } }],
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
    ['a line that is none', { ...GOOD, source: { ...GOOD.source, line: 'main' } }],
    ['a line in other letters', { ...GOOD, source: { ...GOOD.source, line: 'Release' } }],
    ['a line that is no text', { ...GOOD, source: { ...GOOD.source, line: ['release'] } }],
    ['a line that is null', { ...GOOD, source: { ...GOOD.source, line: null } }],
    ['a negative count of what is in no commit', { ...GOOD, source: { ...GOOD.source, uncommitted: -1 } }],
    ['half a document that is in no commit', { ...GOOD, source: { ...GOOD.source, uncommitted: 0.5 } }],
    ['a negative count of documents when deletions were withheld', { ...GOOD, withheldOf: -1 }],
    ['a count in words', { ...GOOD, source: { ...GOOD.source, uncommitted: '1' } }],
    ['a preview of a branch without a name', { ...GOOD, previews: { 'heads/': { commit: COMMIT, documents: {} } } }],
    ['a preview of a tag', { ...GOOD, previews: { 'tags/v1': { commit: COMMIT, documents: {} } } }],
    ['a preview with a number in words', { ...GOOD, previews: { '012': { commit: COMMIT, documents: {} } } }],
    ['a branch with a NUL', { ...GOOD, previews: { 'heads/a\0': { commit: COMMIT, documents: {} } } }],
    ['a local time that is no text', { ...GOOD, previews: { 1: { commit: COMMIT, local: true, documents: {} } } }],
    ['a local time of two lines', { ...GOOD, previews: { 1: { commit: COMMIT, local: 'a\nb', documents: {} } } }],
    ['a hold in a list', { ...GOOD, held: [] }],
    ['a hold that is null', { ...GOOD, held: null }],
    ['a hold without a commit', { ...GOOD, held: { ...HELD, commit: undefined } }],
    ['a hold of an option of git', { ...GOOD, held: { ...HELD, commit: '--output=/tmp/x' } }],
    ['a hold without documents', { ...GOOD, held: { ...HELD, documents: undefined } }],
    ['a hold of a document outside', { ...GOOD, held: { ...HELD, documents: { '../a.md': null } } }],
    ['a hold of no blob', { ...GOOD, held: { ...HELD, documents: { 'a.md': 'x' } } }],
    ['a hold since nobody knows when', { ...GOOD, held: { ...HELD, since: undefined } }],
    ['a hold with a reason of two lines', { ...GOOD, held: { ...HELD, reason: 'a\nb' } }],
    ['a hold with a run that is no text', { ...GOOD, held: { ...HELD, run: 5 } }],
    ['a hold with a ref of two lines', { ...GOOD, held: { ...HELD, ref: 'a\nb' } }],
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
  const documents = new Map(['9', '12', 'a', '12.md'].map((path) => [path, blobId('a'.repeat(40))]));
  const source = { repository: 'acme/widgets', directory: '.' };
  const text = renderManifest({
    documents,
    source,
    previews: new Map(
      [9, 12].map((number) => [
        pullRequestKey(number),
        { commit: 'a'.repeat(40), date: undefined, documents: new Map() },
      ]),
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
    version: 2,
  });
});

describe('version 2', () => {
  test('says the line of the documents, and how many of them are in no commit', () => {
    for (const line of ['release', 'stable'] as const) {
      const source = { ...GOOD.source, line, uncommitted: 3 };
      const read = parse({ ...GOOD, source });
      expect(read?.source).toEqual(source);
      expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST)).source).toEqual(source);
    }
  });

  test('has previews of branches beside those of pull requests, and when one is local', () => {
    const previews = {
      12: { commit: COMMIT, documents: {} },
      'heads/12': { commit: COMMIT, documents: {}, local: '2026-11-22T10:00:00Z' },
      'heads/feature/x': { commit: COMMIT, documents: { 'docs/a.md': null } },
    };
    const read = parse({ ...GOOD, previews });
    expect([...(read?.previews.keys() ?? [])]).toEqual(['12', 'heads/12', 'heads/feature/x']);
    expect(read?.previews.get('heads/12')?.local).toBe('2026-11-22T10:00:00Z');
    expect(read?.previews.get('12')).not.toHaveProperty('local');
    expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST))).toEqual({ ...GOOD, previews });
  });

  test.each([
    ['all of it', HELD],
    ['what it needs', { commit: COMMIT, documents: {}, since: HELD.since }],
  ])('keeps a hold: %s', (_, held) => {
    const read = parse({ ...GOOD, held });
    expect(read?.held).toEqual({ ...held, documents: new Map(Object.entries(held.documents)) });
    expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST))).toEqual({ ...GOOD, held });
  });

  test('has no hold where nothing is held', () => {
    expect(parse(GOOD)).not.toHaveProperty('held');
    expect(renderManifest(parse(GOOD) ?? EMPTY_MANIFEST)).not.toContain('held');
  });
});

describe('version 1', () => {
  test('is read, and written again as version 2', () => {
    const previews = { 12: { commit: COMMIT, date: 'x', documents: { 'docs/new.md': BLOB, 'docs/old.md': null } } };
    const read = parse({ ...FIRST, previews });
    expect(read).toEqual(parse({ ...GOOD, previews }));
    expect(JSON.parse(renderManifest(read ?? EMPTY_MANIFEST))).toEqual({ ...GOOD, previews });
  });

  test('knows no previews of branches, and no holds', () => {
    const preview = { commit: COMMIT, documents: {} };
    expect(parse({ ...FIRST, previews: { 'heads/feature': preview } })).toBeUndefined();
    expect(parse({ ...FIRST, previews: { 12: preview, 'heads/feature': preview } })).toBeUndefined();
    expect(parse({ ...FIRST, held: HELD })).not.toHaveProperty('held');
  });
});

describe('lineOf: the line that the documents of a project are of', () => {
  const source = (more: Partial<Source>): Source => ({ repository: 'acme/widgets', directory: '.', ...more });

  test.each<[string, Source | undefined, string | undefined]>([
    ['no manifest', undefined, undefined],
    ['only previews', source({}), undefined],
    ['only previews, whatever the rest says', source({ line: 'release', ref: 'refs/heads/main' }), undefined],
    ['as it is written', source({ commit: COMMIT, line: 'release', ref: 'refs/heads/release/9' }), 'release'],
    [
      'as it is written, whatever the ref is',
      source({ commit: COMMIT, line: 'stable', ref: 'refs/tags/v1' }),
      'stable',
    ],
    ['not written: a tag', source({ commit: COMMIT, ref: 'refs/tags/v1' }), 'release'],
    ['not written: main', source({ commit: COMMIT, ref: 'refs/heads/main' }), 'release'],
    ['not written: master', source({ commit: COMMIT, ref: 'refs/heads/master' }), 'release'],
    ['not written: another branch', source({ commit: COMMIT, ref: 'refs/heads/develop' }), 'stable'],
    ['not written: a branch below main', source({ commit: COMMIT, ref: 'refs/heads/main/x' }), 'stable'],
    ['not written: a branch in other letters', source({ commit: COMMIT, ref: 'refs/heads/Main' }), 'stable'],
    ['not written: a branch named like a tag', source({ commit: COMMIT, ref: 'refs/heads/refs/tags/v1' }), 'stable'],
    ['not written: no tag at all', source({ commit: COMMIT, ref: 'refs/tags/' }), 'stable'],
    ['not written, and no ref', source({ commit: COMMIT }), 'stable'],
  ])('%s', (_, published, line) => {
    expect(lineOf(published)).toBe(line);
  });
});
