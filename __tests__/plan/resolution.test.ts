import { describe, expect, test } from '@jest/globals';
import { type Listed, nearestPath, resolveReferences } from '../../src/plan/resolution.ts';
import { parseReferences } from '../../src/request/references.ts';

const plain = (id: string, executable = false): Listed => ({ id: id.repeat(40), executable });
const LISTED = new Map<string, Listed>([
  ['README.md', plain('1')],
  ['docs/a.md', plain('2')],
  ['docs/b/c.md', plain('3', true)],
  ['docs/[id].md', plain('4')],
  ['docs/i.md', plain('5')],
  ['docs/link.md', undefined],
  ['docs/back\\slash.md', plain('6')],
]);

function resolve(...paths: string[]) {
  const references = parseReferences(paths.map((path) => `@codex/widgets/${path}`).join('\n'), 'acme');
  const { documents, missing, leftOut } = resolveReferences(references, LISTED);
  return {
    documents: Object.fromEntries([...documents].map(([path, { reference }]) => [path, reference.path])),
    missing: missing.map(({ path }) => path),
    leftOut: [...leftOut.keys()],
  };
}

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
    const { documents } = resolveReferences(parseReferences('@codex/widgets/docs/b/c.md', 'acme'), LISTED);
    expect(documents.get('docs/b/c.md')).toMatchObject({ id: '3'.repeat(40), executable: true });
  });
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
