import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashTrees, openTrees, withFiles } from '../../src/codex/folder-trees.ts';
import type { Document } from '../../src/documents/select.ts';
import {
  blobObject,
  commitObject,
  folderIn,
  type GitObject,
  graftFolder,
  readTree,
  renderPack,
  renderThinPack,
  renderTree,
  treeObject,
} from '../../src/git/objects.ts';
import { parseTreeEntry, splitNul } from '../../src/git/porcelain.ts';
import { hashBlob } from '../../src/text/bytes.ts';
import { commitId, treeId } from '../../src/text/ids.ts';
import { gitBytes, gitText, tryGit } from '../support/git.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'objects-'));
  await gitBytes(directory, ['init', '--quiet']);
});
afterAll(() => rm(directory, { recursive: true }));

const git = async (args: readonly string[], input: string | Buffer = '') =>
  (await gitBytes(directory, args, { input })).toString('latin1').trim();

// A folder `a` is behind `a-b` and `a.b`, and before `a0`: its slash counts.
const NAMES = [
  ...['a', 'a-b', 'a.b', 'a0', 'ab', 'A', 'a b', ' a', 'b', 'a,b', '"a"', 'line\nfeed', 'tab\there', '\x7f'],
  ...['é', 'e\u0301', 'ü.md', '한국', '😀', '\uffee', '\ufb01', '😀0'],
];
const MODES = ['100644', '100755', '120000', '160000', '040000'];
const anyName = fc
  .oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }))
  .filter(
    (name) =>
      !/[/\0]/.test(name) && !['.', '..'].includes(name) && name.toLowerCase() !== '.git' && name.isWellFormed(),
  );
const anyId = fc.constantFrom('1', '2', '3').map((text) => hashBlob(Buffer.from(text)));
const anyTree = fc.uniqueArray(fc.record({ path: anyName, mode: fc.constantFrom(...MODES), id: anyId }), {
  selector: ({ path }) => path,
  maxLength: 12,
});
interface AnyEntry {
  readonly path: string;
  readonly mode: string;
  readonly id: string;
}

const typeOf = (mode: string) => ({ '040000': 'tree', '160000': 'commit' })[mode] ?? 'blob';
const asListed = (entries: readonly AnyEntry[]) =>
  entries.map(({ mode, id, path }) => `${mode} ${typeOf(mode)} ${id}\t${path}\0`).join('');
const byGit = (entries: readonly AnyEntry[]) => git(['mktree', '-z', '--missing'], asListed(entries));
const render = (entries: readonly AnyEntry[]) =>
  renderTree(entries.map((entry) => ({ ...entry, type: typeOf(entry.mode) }))) ?? Buffer.alloc(0);

describe('a tree', () => {
  test("has git's own id and entries, whatever it holds", async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (entries) => {
        const content = render(entries);
        const id = await byGit(entries);
        expect(treeObject(content).id).toBe(id);
        expect(content).toEqual(await gitBytes(directory, ['cat-file', 'tree', id]));
        const listed = splitNul(await gitBytes(directory, ['ls-tree', '-z', id]));
        expect(readTree(content)).toEqual(listed.map(parseTreeEntry));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('with a folder added, replaced or removed is the one that git writes', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, anyName, fc.boolean(), async (entries, path, isRemoved) => {
        const id = treeId(hashBlob(Buffer.from('folder')));
        const others = entries.filter((entry) => entry.path !== path);
        const changed = graftFolder(render(entries), path, isRemoved ? undefined : id);
        const expected = isRemoved
          ? others
          : [...others, { path, mode: '040000', id: hashBlob(Buffer.from('folder')) }];
        expect(treeObject(changed).id).toBe(await byGit(expected));
        expect(folderIn(changed, path)).toBe(isRemoved ? undefined : id);
      }),
      {
        numRuns: 60,
        examples: [
          [
            [
              { path: 'a', mode: '100644', id: hashBlob(Buffer.from('1')) },
              { path: 'a.b', mode: '100644', id: hashBlob(Buffer.from('1')) },
            ],
            'a',
            false,
          ],
          [['a-b', 'a.b', 'a0'].map((path) => ({ path, mode: '040000', id: hashBlob(Buffer.from('1')) })), 'a', false],
        ],
      },
    );
  }, 60_000);

  test('keeps the bytes of a name that is no text', () => {
    const entry = Buffer.concat([Buffer.from('100644 '), Buffer.of(0xff, 0xfe, 0), Buffer.alloc(20, 7)]);
    const folder = treeId('0'.repeat(40));
    expect(graftFolder(graftFolder(entry, 'a', folder), 'a', undefined)).toEqual(entry);
    expect(readTree(entry)).toEqual([{ mode: '100644', type: 'blob', id: '07'.repeat(20), path: undefined }]);
    expect(renderTree(readTree(entry))).toBeUndefined();
  });

  test('that ends within an entry is an error', () => {
    for (const broken of ['100644', '100644 a', '100644 a\0short'])
      expect(() => readTree(Buffer.from(broken))).toThrow('ends within an entry');
  });
});

const anyPath = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const anyDocument: fc.Arbitrary<Document> = fc.record({ id: anyId, executable: fc.boolean() });
const anyFiles = fc.uniqueArray(fc.tuple(anyPath, anyDocument), { selector: ([path]) => path, maxLength: 10 });
const anyChanges = fc.uniqueArray(fc.tuple(anyPath, fc.option(anyDocument, { nil: undefined })), {
  selector: ([path]) => path,
  maxLength: 6,
});

function indexLines(files: readonly (readonly [string, Document | undefined])[]): string {
  const line = ([path, file]: readonly [string, Document | undefined]) =>
    file ? `${file.executable ? '100755' : '100644'} ${file.id}\t${path}\0` : `0 ${'0'.repeat(40)}\t${path}\0`;
  return [...files.filter(([, file]) => !file), ...files.filter(([, file]) => file)].map(line).join('');
}

describe('the trees of a folder', () => {
  test('that changes are those that git writes, and only new ones are visited', async () => {
    await fc.assert(
      fc.asyncProperty(anyFiles, anyChanges, async (files, changes) => {
        const before = openTrees(files);
        fc.pre(before !== undefined);
        const after = withFiles(before, changes);
        fc.pre(after !== undefined);
        const visited: GitObject[] = [];
        const known = new Set<string>();
        const id = hashTrees(before, ({ id: one }) => known.add(one));
        await git(['read-tree', '--empty']);
        await git(['update-index', '-z', '--index-info'], indexLines(files));
        expect(id).toBe(await git(['write-tree', '--missing-ok']));
        await git(['update-index', '-z', '--index-info'], indexLines(changes));
        const written = await git(['write-tree', '--missing-ok']);
        expect(hashTrees(after, (one) => visited.push({ type: 'tree', ...one }))).toBe(written);
        for (const { id: one, content } of visited) {
          expect(treeObject(content).id).toBe(one);
          expect(await gitBytes(directory, ['cat-file', 'tree', one])).toEqual(content);
        }
        expect(hashTrees(before)).toBe(id);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('share what does not change', () => {
    const file = { id: hashBlob(Buffer.from('1')), executable: false };
    const before = openTrees([
      ['a/b/c', file],
      ['d/e', file],
    ]);
    if (!before) throw new Error('There are trees');
    hashTrees(before);
    const visited: string[] = [];
    const after = withFiles(before, [['d/f', file]]);
    if (after) hashTrees(after, ({ content }) => visited.push(...readTree(content).map(({ path }) => path ?? '')));
    expect(visited).toEqual(['e', 'f', 'a', 'd']);
  });

  test.each([
    ['a file where a folder is', [['a', true]]],
    ['a file below a file', [['a/b/c', true]]],
  ] as const)('do not exist with %s', (_, changes) => {
    const file = { id: hashBlob(Buffer.from('1')), executable: false };
    const before = openTrees([['a/b', file]]);
    expect(
      before &&
        withFiles(
          before,
          changes.map(([path]) => [path, file]),
        ),
    ).toBeUndefined();
    // Where the other one is removed they do.
    expect(
      before && withFiles(before, [...changes.map(([path]) => [path, file] as const), ['a/b', undefined]]),
    ).toBeDefined();
  });
});

const anyWord = fc.oneof(
  fc.constantFrom('Pat', 'É é', 'octo[bot]', "O'Neil", '"Q"', 'x,'),
  fc.string({ maxLength: 8 }),
);
// Whether a dot at an end counts as part of the name depends on git's version.
const anyAuthor = fc.record({
  name: anyWord.map((word) => `${word}q`).filter((name) => !/^[\s\p{P}]*\.|[\0]/u.test(name)),
  email: anyWord.map((word) => `a${word}@example.com`).filter((name) => !/[\0]/.test(name)),
});
const anyMessage = fc.oneof(
  fc.constantFrom('one line', 'a subject\n\nand more\n', 'trailing\n\n\n', ''),
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
);

describe('a commit', () => {
  test("has git's own id", async () => {
    const tree = treeId(await git(['mktree', '-z']));
    await fc.assert(
      fc.asyncProperty(anyAuthor, anyMessage, fc.nat(4e9), fc.boolean(), async (author, message, seconds, isFirst) => {
        const date = `${seconds} +0000`;
        const env = Object.fromEntries(
          ['AUTHOR', 'COMMITTER'].flatMap((kind) => [
            [`GIT_${kind}_NAME`, author.name],
            [`GIT_${kind}_EMAIL`, author.email],
            [`GIT_${kind}_DATE`, `@${date}`],
          ]),
        );
        const first = commitId(await gitText(directory, ['commit-tree', tree, '-F', '-'], { env, input: 'first' }));
        const parent = isFirst ? undefined : first;
        const args = ['commit-tree', ...(parent ? ['-p', parent] : []), '-F', '-', tree];
        const details = { message, author, now: new Date(seconds * 1000 + 999) };
        expect(commitObject(tree, parent, details).id).toBe(await gitText(directory, args, { env, input: message }));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('a pack', () => {
  test('passes the strict check of git, with all of its objects', async () => {
    const sizes = fc.constantFrom(0, 1, 15, 16, 17, 2047, 2048, 2049, 70_000, 300_000);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(sizes, { minLength: 1 }), anyMessage, async (all, message) => {
        const place = await mkdtemp(join(directory, 'pack-'));
        await gitBytes(place, ['init', '--quiet', '--bare']);
        const blobs = all.map((size) => blobObject(Buffer.from('text of a document\n'.repeat(size).slice(0, size))));
        const files = openTrees(
          blobs.map(({ id }, index) => [`docs/${index % 3}/${index}.md`, { id, executable: index % 2 === 0 }]),
        );
        if (!files) throw new Error('There are trees');
        const objects: GitObject[] = [...blobs];
        const tree = hashTrees(files, (one) => objects.push({ type: 'tree', ...one }));
        const author = { name: 'Pat', email: 'pat@example.com' };
        const commit = commitObject(tree, undefined, { message: `m${message}`, author, now: new Date(0) });
        objects.push(commit);
        await gitBytes(place, ['index-pack', '--stdin', '--strict'], { input: await renderPack(objects) });
        const listed = await gitText(place, ['cat-file', '--batch-check=%(objectname)', '--batch-all-objects']);
        expect(listed.split('\n').toSorted()).toEqual([...new Set(objects.map(({ id }) => id))].toSorted());
        await gitBytes(place, ['update-ref', 'refs/heads/main', commit.id]);
        const { exitCode, stderr } = await tryGit(place, ['fsck', '--strict', '--full']);
        expect({ exitCode, stderr: `${stderr}` }).toEqual({
          exitCode: 0,
          stderr: expect.not.stringContaining('error'),
        });
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test('of what changed in its trees is whole for a server that has them, beside a pack of git', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 400 }), anyName, anyTree, async (count, name, others) => {
        const place = await mkdtemp(join(directory, 'thin-'));
        await gitBytes(place, ['init', '--quiet', '--bare']);
        const document = blobObject(Buffer.from('a document\n'));
        const folder = treeObject(render([{ path: 'a.md', mode: '100644', id: document.id }]));
        const many = Array.from({ length: count }, (_, index) => ({
          path: `project-${index}`,
          mode: '040000',
          id: folder.id,
        }));
        // Only what the repository has can be in its list.
        const plain = others.map(({ path }) => ({ path, mode: '040000', id: folder.id }));
        const before = treeObject(render([...many, ...plain]));
        const input = await renderPack([document, folder, before]);
        await gitBytes(place, ['index-pack', '--stdin', '--strict'], { input });
        const added = blobObject(Buffer.from('another document\n'));
        await gitText(place, ['hash-object', '-w', '--stdin'], { input: added.content });
        const byGit = await gitBytes(place, ['pack-objects', '--stdout', '--quiet'], { input: `${added.id}\n` });
        await rm(join(place, 'objects', added.id.slice(0, 2)), { recursive: true });
        const own = treeObject(render([{ path: 'b.md', mode: '100644', id: added.id }]));
        const list = treeObject(graftFolder(before.content, name, own.id), before);
        const pack = await renderThinPack([own, list], byGit);
        if (count === 400) expect(pack.length).toBeLessThan(600);
        await gitBytes(place, ['index-pack', '--stdin', '--fix-thin', '--strict'], { input: pack });
        for (const { type, id, content } of [own, list, added])
          expect(await gitBytes(place, ['cat-file', type, id])).toEqual(content);
      }),
      { numRuns: 20, examples: [[400, 'project-200a', []]] },
    );
  }, 60_000);
});
