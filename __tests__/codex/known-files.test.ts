import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { folderId } from '../../src/codex/folder-id.ts';
import { tryKnownFiles } from '../../src/codex/known-files.ts';
import { compileGlobs, mayReach, parsePatterns } from '../../src/documents/patterns.ts';
import { hashBlob } from '../../src/text/bytes.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';

const idOf = (text: string): BlobId => hashBlob(Buffer.from(text));
const [FILE, LINK, SUBMODULE] = ['100644', '120000', '160000'];
const file = (path: string, mode = FILE) => ({
  path,
  mode,
  type: mode === SUBMODULE ? 'commit' : 'blob',
  id: idOf(path),
});
/** A folder with the files that are named, each with its path as its text. */
function folder(path: string, names: readonly string[], executable = false) {
  const id = folderId(names.map((name) => [name, { id: idOf(`${path}/${name}`), executable }] as const));
  return { path, mode: '040000', type: 'tree', id: blobId(id ?? '') };
}
const published = (...paths: string[]) => new Map(paths.map((path) => [path, idOf(path)]));
const DEFAULT = ['docs/**', 'README.md', '.claude/**'];
const known = (top: Parameters<typeof tryKnownFiles>[0], documents: ReadonlyMap<string, BlobId>, include = DEFAULT) => {
  const found = tryKnownFiles(top, documents, parsePatterns({ include, exclude: [], includeIgnored: [] }));
  return found && Object.fromEntries([...found].map(([path, { mode }]) => [path, mode]));
};

describe('files of a commit are known without a list', () => {
  const top = [folder('docs', ['a.md', 'deep/b.md']), file('README.md'), folder('src', ['main.ts'])];

  test('where the id of each folder that patterns reach is that of the published documents', () => {
    const documents = published('docs/a.md', 'docs/deep/b.md', 'README.md');
    expect(known(top, documents)).toEqual({ 'docs/a.md': FILE, 'docs/deep/b.md': FILE, 'README.md': FILE });
  });

  test('and those at the top have the mode and the id of the commit, published or not', () => {
    const index = tryKnownFiles(
      [file('README.md'), file('run.sh', '100755'), file('module', SUBMODULE)],
      new Map([['README.md', idOf('another text')]]),
      parsePatterns({ include: DEFAULT, exclude: [], includeIgnored: [] }),
    );
    expect(index?.get('README.md')).toEqual({ mode: FILE, id: idOf('README.md') });
    expect([...(index?.values() ?? [])].map(({ mode }) => mode)).toEqual([FILE, '100755', SUBMODULE]);
  });

  test('also where a published folder is gone', () => {
    expect(known([file('README.md')], published('docs/a.md', 'README.md'))).toEqual({ 'README.md': FILE });
  });

  test.each<[what: string, top: Parameters<typeof tryKnownFiles>[0], documents: string[], include: string[]]>([
    ['another text', [folder('docs', ['a.md'])], ['docs/b.md'], DEFAULT],
    ['one more file', [folder('docs', ['a.md', 'b.png'])], ['docs/a.md'], DEFAULT],
    ['one file less', [folder('docs', ['a.md'])], ['docs/a.md', 'docs/b.md'], DEFAULT],
    ['an executable file', [folder('docs', ['a.md'], true)], ['docs/a.md'], DEFAULT],
    ['nothing that was published', [folder('docs', ['a.md'])], [], DEFAULT],
    ['documents that no pattern reaches now', [folder('guide', ['a.md', 'b.md'])], ['guide/a.md'], DEFAULT],
    ['another folder that a pattern reaches', [...top], ['docs/a.md', 'docs/deep/b.md'], ['**/*.md']],
  ])('but not with %s in a folder', (_, entries, documents, include) => {
    expect(known(entries, published(...documents), include)).toBeUndefined();
  });

  test.each([
    ['a link that is selected', file('README.md', LINK)],
    ['a link in the place of a selected folder', file('docs', LINK)],
    ['a name that is not UTF-8', file('caf\ufffd')],
  ])('but not with %s', (_, entry) => {
    expect(known([entry], published('README.md'))).toBeUndefined();
  });

  test('a link that no pattern selects is nothing', () => {
    expect(known([file('latest', LINK)], new Map())).toEqual({ latest: LINK });
  });
});

test.each<[glob: string, folder: string, may: boolean]>([
  ['docs/**', 'docs', true],
  ['docs/**', 'src', false],
  ['docs/**', 'docs2', false],
  ['docs/guide.md', 'docs', true],
  ['README.md', 'docs', false],
  ['*.md', 'docs', false],
  ['?.md', 'docs', false],
  ['**', 'docs', true],
  ['**/*.md', 'docs', true],
  ['*/README.md', 'docs', true],
  ['docs*/a.md', 'docs', true],
  ['{docs,src}/**', 'src', true],
  ['+(docs)/**', 'docs', true],
  ['[d]ocs/a.md', 'docs', true],
  ['docs/../src/**', 'docs', true],
])('%s may match below %s: %s', (glob, folder, may) => {
  expect(mayReach(glob, folder)).toBe(may);
});

test('a glob that matches something below a folder may reach it', () => {
  const glob = fc.array(
    fc.constantFrom(
      'a',
      'b',
      '/',
      '*',
      '**',
      '?',
      '{a,b}',
      '{a/b,b}',
      '@(a|b)',
      '!(a)',
      '+(a)',
      '[ab]',
      '[!c]',
      '\\*',
      './',
      '.',
    ),
    { minLength: 1, maxLength: 6 },
  );
  const path = fc.array(fc.constantFrom('a', 'b', 'ab', '.a', '*a', 'c'), { minLength: 2, maxLength: 4 });
  let matched = 0;
  fc.assert(
    fc.property(glob, path, (pieces, parts) => {
      const text = pieces.join('');
      if (!compileGlobs([text])(parts.join('/'))) return;
      matched += 1;
      expect(mayReach(text, parts[0] ?? '')).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(matched).toBeGreaterThan(200);
});
