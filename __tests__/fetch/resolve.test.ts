import { describe, expect, test } from '@jest/globals';
import { type Listed, resolveReferences } from '../../src/fetch/resolve.ts';
import { parseReferences } from '../../src/inputs/references.ts';
import { blobId } from '../../src/text/ids.ts';
import { nearestPath } from '../../src/text/phrases.ts';

const plain = (id: string, executable = false): Listed => ({ id: blobId(id.repeat(40)), executable });
const LISTED = new Map<string, Listed>([
  ['README.md', plain('1')],
  ['docs/a.md', plain('2')],
  ['docs/b/c.md', plain('3', true)],
  ['docs/[id].md', plain('4')],
  ['docs/i.md', plain('5')],
  ['docs/link.md', undefined],
  ['docs/back\\slash.md', plain('6')],
]);

function resolveIn(listed: ReadonlyMap<string, Listed>, onWindows: boolean, ...paths: string[]) {
  const references = parseReferences(paths.map((path) => `@codex/widgets/${path}`).join('\n'), 'acme');
  const { documents, missing, leftOut } = resolveReferences(references, listed, { onWindows });
  return {
    documents: Object.fromEntries([...documents].map(([path, { reference }]) => [path, reference.path])),
    missing: missing.map(({ path }) => path),
    leftOut: [...leftOut.keys()],
  };
}

const resolve = (...paths: string[]) => resolveIn(LISTED, false, ...paths);

describe('references resolve to', () => {
  test.each<[string, string[], ReturnType<typeof resolve>]>([
    ['a document by its path', ['docs/a.md'], { documents: { 'docs/a.md': 'docs/a.md' }, missing: [], leftOut: [] }],
    [
      'all that a glob matches, but links and what no other system can write',
      ['docs/**'],
      {
        documents: Object.fromEntries(
          ['docs/[id].md', 'docs/a.md', 'docs/b/c.md', 'docs/i.md'].map((path) => [path, 'docs/**']),
        ),
        missing: [],
        leftOut: ['docs/back\\slash.md', 'docs/link.md'],
      },
    ],
    [
      'a name that could be read as a glob where it exists',
      ['docs/[id].md'],
      { documents: { 'docs/[id].md': 'docs/[id].md' }, missing: [], leftOut: [] },
    ],
    [
      'each document once, for the first reference that names it',
      ['docs/a.md', 'docs/{a,i}.md'],
      { documents: { 'docs/a.md': 'docs/a.md', 'docs/i.md': 'docs/{a,i}.md' }, missing: [], leftOut: [] },
    ],
    ['nothing', ['docs/x.md', 'no/**'], { documents: {}, missing: ['docs/x.md', 'no/**'], leftOut: [] }],
    ['nothing for a folder', ['docs/b'], { documents: {}, missing: ['docs/b'], leftOut: [] }],
    ['nothing for a link', ['docs/link.md'], { documents: {}, missing: ['docs/link.md'], leftOut: ['docs/link.md'] }],
  ])('%s', (_, paths, expected) => {
    expect(resolve(...paths)).toEqual(expected);
  });

  test('documents with their blob ids and executable bits', () => {
    const { documents } = resolveReferences(parseReferences('@codex/widgets/docs/b/c.md', 'acme'), LISTED, {
      onWindows: false,
    });
    expect(documents.get('docs/b/c.md')).toMatchObject({ id: '3'.repeat(40), executable: true });
  });
});

describe('of paths that are one on some systems', () => {
  const twins = new Map<string, Listed>(
    ['Guide.md', 'guide.md', 'caf\u00e9.md', 'cafe\u0301.md'].map((path) => [path, plain('1')]),
  );
  test.each<[string, string[], string[], string[]]>([
    ['only the first is a document', ['**'], ['Guide.md', 'cafe\u0301.md'], ['caf\u00e9.md', 'guide.md']],
    [
      'the one that is asked for first wins',
      ['guide.md', '**'],
      ['guide.md', 'cafe\u0301.md'],
      ['Guide.md', 'caf\u00e9.md'],
    ],
    ['one alone is a document like any other', ['guide.md'], ['guide.md'], []],
  ])('%s', (_, paths, documents, leftOut) => {
    const found = resolveIn(twins, false, ...paths);
    expect(Object.keys(found.documents).sort()).toEqual(documents.sort());
    expect(found.leftOut.sort()).toEqual(leftOut.sort());
  });

  test('both asked for by their names: the second leads nowhere', () => {
    expect(resolveIn(twins, false, 'guide.md', 'Guide.md').missing).toEqual(['Guide.md']);
  });
});

test.each(['docs/aux.md', 'docs/NUL', 'docs/ab:c.md', 'docs/what?.md', 'docs/end.', 'docs/end /x.md', 'com1/x.md'])(
  'what Windows cannot write is left out there, and only there: %s',
  (path) => {
    const odd = new Map<string, Listed>([
      [path, plain('1')],
      ['docs/fine.md', plain('2')],
    ]);
    expect(resolveIn(odd, true, '**')).toMatchObject({ documents: { 'docs/fine.md': '**' }, leftOut: [path] });
    expect(resolveIn(odd, false, '**').leftOut).toEqual([]);
  },
);

test('what is too long for some system is left out, and the rest is fetched', () => {
  const long = [`docs/${'a'.repeat(256)}`, `docs/${'文'.repeat(86)}.md`, `${'docs/'.repeat(160)}a.md`];
  const listed = new Map<string, Listed>([...long, 'docs/fine.md'].map((path) => [path, plain('1')]));
  const { documents, leftOut } = resolveIn(listed, false, '**');
  expect(documents).toEqual({ 'docs/fine.md': '**' });
  expect(leftOut.sort()).toEqual(long.sort());
});

describe('the nearest path', () => {
  const paths = ['README.md', 'docs/guide.md', 'docs/setup/install.md', 'src/readme/notes.md'];
  test.each([
    ['docs/gide.md', 'docs/guide.md'],
    ['guide.md', 'docs/guide.md'],
    ['docs/install.md', 'docs/setup/install.md'],
    ['readme.md', 'README.md'],
    ['docs/setup/instal.md', 'docs/setup/install.md'],
    ['something/else/entirely.txt', undefined],
  ])('of %s is %s', (path, nearest) => {
    expect(nearestPath(path, paths)).toBe(nearest);
  });
});
