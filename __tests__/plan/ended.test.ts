import { describe, expect, test } from '@jest/globals';
import { type Ending, endPreview, restored, settle } from '../../src/plan/ended.ts';
import { codexOf, layersOf, type PreviewTexts } from '../support/layered-codex.ts';

/** What becomes of document `a` when preview 2 ends. */
function end(
  ending: Ending,
  documents: Record<string, string>,
  previews: PreviewTexts,
  codex: string | null | undefined,
) {
  const entries = codexOf(codex === undefined ? {} : { a: codex });
  const { layers, changes, kept } = endPreview(layersOf(documents, previews), 2, entries, ending);
  expect(layers.previews.has(2)).toBe(false);
  const became = changes.map(({ action, document, because }) => [action, document?.id, because].join(' '));
  return { became, kept, owned: layers.documents.get('a') };
}

describe('a pull request that was closed', () => {
  test.each<[string, Record<string, string>, PreviewTexts, string | null | undefined, object]>([
    [
      'an edit: what it covered returns',
      { a: 'old' },
      { 2: { a: 'new' } },
      'new',
      { became: ['modify old uncovered'] },
    ],
    ['an addition goes', {}, { 2: { a: 'new' } }, 'new', { became: ['delete  covered'], owned: undefined }],
    ['a removal: it returns', { a: 'old' }, { 2: { a: null } }, undefined, { became: ['add old uncovered'] }],
    [
      'what an older preview says returns',
      { a: 'old' },
      { 1: { a: 'older' }, 2: { a: 'new' } },
      'new',
      { became: ['modify older uncovered'] },
    ],
    ['a newer preview covers it: nothing moves', { a: 'old' }, { 2: { a: 'new' }, 3: { a: 'newer' } }, 'newer', {}],
    ['it stands already as it was', { a: 'old' }, { 2: { a: 'new' } }, 'old', {}],
    [
      'gone in the codex: what it covered returns',
      { a: 'old' },
      { 2: { a: 'new' } },
      undefined,
      { became: ['add old uncovered'] },
    ],
    ['an addition, gone in the codex: nothing', {}, { 2: { a: 'new' } }, undefined, { owned: undefined }],
    [
      'edited in the codex: kept, and nobody owns it',
      { a: 'old' },
      { 2: { a: 'new' } },
      'mine',
      { kept: ['a'], owned: undefined },
    ],
    ['something else stands there: left alone', { a: 'old' }, { 2: { a: 'new' } }, null, {}],
    ['one that never ran', { a: 'old' }, {}, 'old', {}],
  ])('%s', (_, documents, previews, codex, expected) => {
    expect(end('dropped', documents, previews, codex)).toEqual({ became: [], kept: [], owned: 'old', ...expected });
  });
});

describe('a pull request that was merged: project and codex agree on what it brought', () => {
  test.each<[string, Record<string, string>, PreviewTexts, string | null | undefined, object]>([
    ['an edit', { a: 'old' }, { 2: { a: 'new' } }, 'new', { owned: 'new' }],
    ['an addition', {}, { 2: { a: 'new' } }, 'new', { owned: 'new' }],
    ['a removal', { a: 'old' }, { 2: { a: null } }, undefined, { owned: undefined }],
    ['edited in the codex: that is drift', { a: 'old' }, { 2: { a: 'new' } }, 'mine', { owned: 'new' }],
    [
      'an older preview shows again',
      { a: 'old' },
      { 1: { a: 'older' }, 2: { a: 'new' } },
      'new',
      { became: ['modify older uncovered'], owned: 'new' },
    ],
  ])('%s', (_, documents, previews, codex, expected) => {
    expect(end('merged', documents, previews, codex)).toEqual({ became: [], kept: [], ...expected });
  });
});

test('what returns has the executable bit of what covered it, and none where nothing did', () => {
  const { changes } = endPreview(
    layersOf({ a: 'old' }, { 2: { a: 'new' } }),
    2,
    codexOf({ a: 'new' }, true),
    'dropped',
  );
  expect(changes).toEqual([
    { path: 'a', action: 'modify', document: { id: 'old', executable: true }, because: 'uncovered' },
  ]);
  expect(restored('old', undefined)).toEqual({ id: 'old', executable: false });
  expect(restored(undefined, { id: 'new', executable: true })).toBeUndefined();
});

test('changes are listed by path, and documents that no preview names are not looked at', () => {
  const layers = layersOf({ a: '1', b: '1', c: '1' }, { 2: { c: '2', a: '2' } });
  const { changes } = endPreview(layers, 2, codexOf({ a: '2', b: 'edited', c: '2' }), 'dropped');
  expect(changes.map(({ path }) => path)).toEqual(['a', 'c']);
});

test('several end one after the other: each on what the ones before it left', () => {
  const layers = layersOf({ a: '1', b: '1' }, { 2: { a: '2', b: '2' }, 3: { a: '3', b: '3' } });
  const codex = codexOf({ a: '3', b: 'edited' });
  const settled = settle(
    layers,
    codex,
    new Map([
      [3, 'dropped'],
      [2, 'dropped'],
    ]),
  );
  expect([...settled.codex].map(([path, { document }]) => [path, document?.id])).toEqual([
    ['a', '1'],
    ['b', 'edited'],
  ]);
  expect(settled.layers).toEqual({ documents: new Map([['a', '1']]), previews: new Map() });
  expect(settled.kept).toEqual(['b']);
  expect(codex.get('a')?.document?.id).toBe('3');
});
