import { expect, test } from '@jest/globals';
import type { CodexEntry } from '../../src/codex/changes.ts';
import type { Previews } from '../../src/codex/overlay.ts';
import type { Document } from '../../src/documents/select.ts';
import { type Edit, releasedDocuments } from '../../src/promote/plan.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';

const file = (id: string, executable = false): CodexEntry => ({ document: { id: blobId(id), executable } });
const link: CodexEntry = { document: undefined };
const preview = (documents: Record<string, string | null>) => ({
  commit: 'c'.repeat(40),
  date: undefined,
  documents: blobIds(documents),
});

type Row = [string, previewed: string | null | undefined, stands: CodexEntry | undefined, released: string | undefined];

test.each<[...Row, edit: Edit | undefined, without: string | undefined]>([
  ['as it was published', undefined, file('a'), 'a', undefined, 'a'],
  ['its executable bit', undefined, file('a', true), 'a+x', undefined, 'a+x'],
  ['an edit made in the codex', undefined, file('edit', true), 'edit+x', 'edited', 'a+x'],
  ['nothing, where somebody removed it', undefined, undefined, undefined, 'removed', 'a'],
  ['what a preview hides', 'b', file('b'), 'a', undefined, 'a'],
  ['what a preview hides, with the bit of what covers it', 'b', file('b', true), 'a+x', undefined, 'a+x'],
  ['what a preview hides, whatever somebody made of that', 'b', file('edit'), 'a', undefined, 'a'],
  ['what a preview hides, even under a link', 'b', link, 'a', undefined, 'a'],
  ['what a preview removes', null, undefined, 'a', undefined, 'a'],
])('released is %s; without edits what was published', (_, previewed, entry, withEdits, edit, without) => {
  const previews: Previews = new Map(previewed === undefined ? [] : [['7', preview({ x: previewed })]]);
  const overlay = { documents: blobIds({ x: 'a' }), previews };
  const entries = new Map(entry ? [['x', entry]] : []);
  const textOf = (documents: ReadonlyMap<string, Document>) =>
    [...documents.values()].map(({ id, executable }) => `${id}${executable ? '+x' : ''}`).at(0);
  const released = releasedDocuments(overlay, entries, true);
  expect(textOf(released.documents)).toBe(withEdits);
  expect([released.editsReleased.get('x'), released.editsLeft.size]).toEqual([edit, 0]);
  const left = releasedDocuments(overlay, entries, false);
  expect(textOf(left.documents)).toBe(without);
  expect([left.editsLeft.get('x'), left.editsReleased.size]).toEqual([edit, 0]);
  for (const { skippedDocuments } of [released, left]) expect([...skippedDocuments]).toEqual([]);
});

test('what only a preview has, and what nobody owns, is not released', () => {
  const overlay = { documents: new Map(), previews: new Map([['7', preview({ new: 'b' })]]) satisfies Previews };
  const entries = new Map([
    ['new', file('b')],
    ['by-hand', file('c')],
  ]);
  const nothing = { documents: new Map(), skippedDocuments: new Map(), editsLeft: new Map(), editsReleased: new Map() };
  for (const withEdits of [true, false]) expect(releasedDocuments(overlay, entries, withEdits)).toEqual(nothing);
});

test.each([true, false])('a path that some system cannot hold is not released (with edits: %j)', (withEdits) => {
  const overlay = { documents: blobIds({ 'a:b.md': 'a' }), previews: new Map() };
  for (const entries of [new Map([['a:b.md', file('a')]]), new Map([['a:b.md', file('edit')]]), new Map()]) {
    expect(releasedDocuments(overlay, entries, withEdits)).toEqual({
      documents: new Map(),
      skippedDocuments: new Map([['a:b.md', 'its path has a part that begins with a drive letter']]),
      editsLeft: new Map(),
      editsReleased: new Map(),
    });
  }
});

test.each([true, false])(
  'a link or a submodule in the place of an owned document is left alone (with edits: %j)',
  (withEdits) => {
    const overlay = { documents: blobIds({ x: 'a' }), previews: new Map() };
    expect(releasedDocuments(overlay, new Map([['x', link]]), withEdits)).toEqual({
      documents: new Map(),
      skippedDocuments: new Map([['x', 'a link or a submodule in the codex']]),
      editsLeft: new Map(),
      editsReleased: new Map(),
    });
  },
);
