import { expect, test } from '@jest/globals';
import type { CodexEntry } from '../../src/plan/changes.ts';
import { releasedDocuments } from '../../src/plan/released.ts';

const file = (id: string, executable = false): CodexEntry => ({ document: { id, executable } });
const link: CodexEntry = { document: undefined };
const preview = (documents: Record<string, string | null>) => ({
  commit: 'c'.repeat(40),
  date: undefined,
  documents: new Map(Object.entries(documents)),
});

test.each<[string, string | null | undefined, CodexEntry | undefined, string | undefined, boolean]>([
  ['as it was published', undefined, file('a'), 'a', false],
  ['its executable bit', undefined, file('a', true), 'a', true],
  ['an edit made in the codex', undefined, file('edit', true), 'edit', true],
  ['nothing, where somebody removed it', undefined, undefined, undefined, false],
  ['what a preview hides', 'b', file('b'), 'a', false],
  ['what a preview hides, with the bit of what covers it', 'b', file('b', true), 'a', true],
  ['what a preview hides, whatever somebody made of that', 'b', file('edit'), 'a', false],
  ['what a preview hides, even under a link', 'b', link, 'a', false],
  ['what a preview removes', null, undefined, 'a', false],
])('released is %s', (_, previewed, entry, id, executable) => {
  const previews = new Map(previewed === undefined ? [] : [[7, preview({ x: previewed })]]);
  const { documents, leftAlone } = releasedDocuments(
    { documents: new Map([['x', 'a']]), previews },
    new Map(entry ? [['x', entry]] : []),
  );
  expect([...documents]).toEqual(id === undefined ? [] : [['x', { id, executable }]]);
  expect([...leftAlone]).toEqual([]);
});

test('what only a preview has, and what nobody owns, is not released', () => {
  const layers = { documents: new Map(), previews: new Map([[7, preview({ new: 'b' })]]) };
  const entries = new Map([
    ['new', file('b')],
    ['by-hand', file('c')],
  ]);
  expect(releasedDocuments(layers, entries)).toEqual({ documents: new Map(), leftAlone: new Map() });
});

test('a link or a submodule in the place of an owned document is left alone', () => {
  const released = releasedDocuments({ documents: new Map([['x', 'a']]), previews: new Map() }, new Map([['x', link]]));
  expect(released).toEqual({
    documents: new Map(),
    leftAlone: new Map([['x', 'a link or a submodule in the codex']]),
  });
});
