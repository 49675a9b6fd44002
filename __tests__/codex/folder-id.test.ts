import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entriesOf, folderId } from '../../src/codex/folder-id.ts';
import type { Overlay, Preview } from '../../src/codex/overlay.ts';
import { MANIFEST_FILE } from '../../src/documents/paths.ts';
import type { Document } from '../../src/documents/select.ts';
import { hashBlob } from '../../src/text/bytes.ts';
import { type BlobId, treeId } from '../../src/text/ids.ts';
import { gitBytes } from '../support/git.ts';
import { keyOf } from '../support/layered-codex.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'folder-id-'));
  await gitBytes(directory, ['init', '--quiet']);
});
afterAll(() => rm(directory, { recursive: true }));

const idOf = (text: string): BlobId => hashBlob(Buffer.from(text));
type Files = ReadonlyMap<string, Document>;

/** The id that git itself computes. */
async function writeTree(files: Files): Promise<string> {
  const lines = [...files].map(([path, { id, executable }]) => `${executable ? '100755' : '100644'} ${id}\t${path}\0`);
  await gitBytes(directory, ['read-tree', '--empty']);
  await gitBytes(directory, ['update-index', '-z', '--index-info'], { input: lines.join('') });
  return (await gitBytes(directory, ['write-tree', '--missing-ok'])).toString().trim();
}

interface Folder {
  readonly [name: string]: Document | Folder;
}

const isDocument = (entry: Document | Folder): entry is Document => typeof entry.executable === 'boolean';

function pathsOf(folder: Folder, above = ''): [string, Document][] {
  return Object.entries(folder).flatMap(([name, entry]): [string, Document][] =>
    isDocument(entry) ? [[above + name, entry]] : pathsOf(entry, `${above}${name}/`),
  );
}

// A folder `a` is behind `a-b` and `a.b`, and before `a0`: its slash counts.
const NAMES = [
  'a',
  'a-b',
  'a.b',
  'a0',
  'a b',
  ' a',
  'A',
  'ab',
  'b',
  'é',
  'e\u0301',
  'ü.md',
  '한국',
  '😀',
  '\uffee',
  'line\nfeed',
];
const document = fc.record({ id: fc.constantFrom('1', '2').map(idOf), executable: fc.boolean() });
const { folder: anyFolder } = fc.letrec<{ folder: Folder; entry: Document | Folder }>((tie) => ({
  entry: fc.oneof({ maxDepth: 3, depthSize: 'medium' }, document, tie('folder')),
  folder: fc.dictionary(fc.constantFrom(...NAMES), tie('entry'), { maxKeys: 8, noNullPrototype: true }),
}));

describe("the id of a folder is git's own", () => {
  test('whatever its files are named', async () => {
    await fc.assert(
      fc.asyncProperty(anyFolder, async (folder) => {
        const files = new Map(pathsOf(folder));
        expect(folderId(files)).toBe(await writeTree(files));
      }),
      {
        numRuns: 40,
        examples: [
          [{}],
          [Object.fromEntries(['a-b', 'a.b', 'a0', 'b'].map((name) => [name, { id: idOf(name), executable: false }]))],
          [
            {
              ...{ a: { b: { id: idOf('1'), executable: true } }, 'a-b': { id: idOf('2'), executable: false } },
              ...{ 'a.b': { id: idOf('3'), executable: false }, a0: { id: idOf('4'), executable: false } },
            },
          ],
        ],
      },
    );
  }, 60_000);

  test('in whatever order they come', () => {
    fc.assert(
      fc.property(anyFolder, (folder) => {
        const files = pathsOf(folder);
        expect(folderId(files.toReversed())).toBe(folderId(files));
      }),
    );
  });
});

test.each([[['a', 'a/b']], [['a/b', 'a']], [['a/b/c', 'a/b']], [['a', 'a/b/c']]])(
  'there is none where a file is in the place of a folder: %j',
  (paths) => {
    expect(folderId(paths.map((path) => [path, { id: idOf(path), executable: false }]))).toBeUndefined();
  },
);

describe('the files of a folder', () => {
  const manifest = idOf('manifest');
  const plain = (text: string): Document => ({ id: idOf(text), executable: false });
  const PUBLISHED = { 'docs/a.md': plain('a'), 'docs/b.md': plain('b'), 'docs-old.md': plain('c') };
  const OVERLAY: Overlay = {
    documents: new Map(Object.entries(PUBLISHED).map(([path, { id }]) => [path, id])),
    previews: new Map(),
  };
  const treeOf = async (files: Readonly<Record<string, Document>>) =>
    treeId(
      await writeTree(new Map(Object.entries({ [MANIFEST_FILE]: { id: manifest, executable: false }, ...files }))),
    );
  const documents = (files: Readonly<Record<string, Document>>) =>
    new Map(Object.entries(files).map(([path, document]) => [path, { document }]));

  test('are proved by its id', async () => {
    expect(entriesOf(OVERLAY, await treeOf(PUBLISHED), manifest)).toEqual(documents(PUBLISHED));
  });

  test('are proved with their previews', async () => {
    const preview: Preview = {
      commit: 'c'.repeat(40),
      date: '2026-11-22T10:00:00Z',
      documents: new Map<string, BlobId | null>([
        ['docs/a.md', idOf('a of 7')],
        ['docs/b.md', null],
        ['new.md', idOf('new of 7')],
      ]),
    };
    const { 'docs/b.md': _, ...others } = PUBLISHED;
    const seen = { ...others, 'docs/a.md': plain('a of 7'), 'new.md': plain('new of 7') };
    const overlay = { ...OVERLAY, previews: new Map([[keyOf('7'), preview]]) };
    expect(entriesOf(overlay, await treeOf(seen), manifest)).toEqual(documents(seen));
    expect(entriesOf(overlay, await treeOf(PUBLISHED), manifest)).toBeUndefined();
  });

  const { 'docs-old.md': _, ...fewer } = PUBLISHED;
  test.each<[what: string, found: Readonly<Record<string, Document>>]>([
    ['a person edited one', { ...PUBLISHED, 'docs/a.md': plain('edited') }],
    ['a person added one', { ...PUBLISHED, 'docs/own.md': plain('own') }],
    ['a person added one to a folder of its own', { ...PUBLISHED, 'own/own.md': plain('own') }],
    ['a person removed one', fewer],
    ['a person renamed one', { ...fewer, 'docs-new.md': plain('c') }],
    ['one is executable', { ...PUBLISHED, 'docs/a.md': { ...plain('a'), executable: true } }],
    ['the manifest is executable', { ...PUBLISHED, [MANIFEST_FILE]: { id: manifest, executable: true } }],
    ['the manifest is another one', { ...PUBLISHED, [MANIFEST_FILE]: plain('other') }],
  ])('are not proved where %s', async (_, found) => {
    expect(entriesOf(OVERLAY, await treeOf(found), manifest)).toBeUndefined();
  });

  test('are not proved by the manifest alone', async () => {
    const empty: Overlay = { documents: new Map(), previews: new Map() };
    expect(entriesOf(empty, await treeOf({}), manifest)).toEqual(new Map());
    expect(entriesOf(empty, await treeOf(PUBLISHED), manifest)).toBeUndefined();
  });
});
