import { describe, expect, test } from '@jest/globals';
import type { Preview, PreviewKey } from '../../src/codex/overlay.ts';
import { planClosed } from '../../src/codex/plan-documents.ts';
import { applyClosed, type ClosedPreviews, restored } from '../../src/codex/preview.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';
import { codexOf, layersOf, type PreviewTexts } from '../support/layered-codex.ts';

/** What becomes of document `a` when preview 2 ends. */
function end(documents: Record<string, string>, previews: PreviewTexts, codex: string | null | undefined) {
  const entries = codexOf(codex === undefined ? {} : { a: codex });
  const { plan, overlay, kept } = planClosed(layersOf(documents, previews), entries, ['2']);
  expect(overlay.previews.has('2')).toBe(false);
  const became = plan.changes.map(({ action, document, because }) => [action, document?.id, because].join(' '));
  return { became, kept, owned: overlay.documents.get('a') };
}

describe('a preview that ends is dropped, whether its pull request was merged or closed', () => {
  test.each<[string, Record<string, string>, PreviewTexts, string | null | undefined, object]>([
    [
      'an edit: what it covered returns',
      { a: 'old' },
      { 2: { a: 'new' } },
      'new',
      { became: ['modify old uncovered'] },
    ],
    ['an addition goes', {}, { 2: { a: 'new' } }, 'new', { became: ['delete  uncovered'], owned: undefined }],
    ['a removal: it returns', { a: 'old' }, { 2: { a: null } }, undefined, { became: ['add old uncovered'] }],
    [
      'what an older preview says returns',
      { a: 'old' },
      { 1: { a: 'older' }, 2: { a: 'new' } },
      'new',
      { became: ['modify older uncovered'] },
    ],
    [
      'what the preview of a branch says returns',
      { a: 'old' },
      { 'heads/main': { a: 'older' }, 2: { a: 'new' } },
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
    [
      'an addition, edited in the codex: kept, and nobody owns it',
      {},
      { 2: { a: 'new' } },
      'mine',
      { kept: ['a'], owned: undefined },
    ],
    [
      'a removal, written again in the codex: kept, and nobody owns it',
      { a: 'old' },
      { 2: { a: null } },
      'mine',
      { kept: ['a'], owned: undefined },
    ],
    ['something else stands there: left alone', { a: 'old' }, { 2: { a: 'new' } }, null, {}],
    ['one that never ran', { a: 'old' }, {}, 'old', {}],
  ])('%s', (_, documents, previews, codex, expected) => {
    expect(end(documents, previews, codex)).toEqual({ became: [], kept: [], owned: 'old', ...expected });
  });
});

test('what returns has the executable bit of what covered it, and none where nothing did', () => {
  const { codex } = applyClosed(layersOf({ a: 'old' }, { 2: { a: 'new' } }), codexOf({ a: 'new' }, true), ['2']);
  expect([...codex]).toEqual([['a', { document: { id: 'old', executable: true } }]]);
  expect(restored(blobId('old'), undefined)).toEqual({ id: 'old', executable: false });
  expect(restored(undefined, { id: blobId('new'), executable: true })).toBeUndefined();
});

test('changes are listed by path, and documents that no preview names are not looked at', () => {
  const overlay = layersOf({ a: '1', b: '1', c: '1' }, { 2: { c: '2', a: '2' } });
  const { plan } = planClosed(overlay, codexOf({ a: '2', b: 'edited', c: '2' }), ['2']);
  expect(plan.changes.map(({ path }) => path)).toEqual(['a', 'c']);
});

test('what an edited document showed is told: it is what the project is compared with', () => {
  const overlay = layersOf({ a: 'old', b: 'old' }, { 2: { a: 'new', b: null } });
  const { kept } = applyClosed(overlay, codexOf({ a: 'edited', b: 'again' }), ['2']);
  expect([...kept]).toEqual([
    ['a', 'new'],
    ['b', undefined],
  ]);
});

test('what is edited where another preview shows something stays, and so does the owner of what lies beneath', () => {
  const overlay = layersOf({ a: 'old' }, { 1: { a: 'older' }, 2: { a: 'new' } });
  const settled = applyClosed(overlay, codexOf({ a: 'edited' }), ['2']);
  expect({ kept: settled.kept.size, owned: settled.overlay.documents.get('a') }).toEqual({ kept: 0, owned: 'old' });
  expect(settled.codex.get('a')?.document?.id).toBe('edited');
});

test('an edit back to what was published is none, once all previews that hid it have ended', () => {
  const overlay = layersOf({ a: 'old' }, { 1: { a: 'older' }, 2: { a: 'new' } });
  const settled = applyClosed(overlay, codexOf({ a: 'old' }), ['2', '1']);
  expect({ kept: settled.kept.size, owned: settled.overlay.documents.get('a') }).toEqual({ kept: 0, owned: 'old' });
});

describe('what is beneath the first previews of a project goes with the last of them', () => {
  const preview = (date: string | undefined, documents: Record<string, string>): Preview => {
    return { commit: 'c'.repeat(40), date, documents: blobIds(documents) };
  };
  const beneath = preview(undefined, { a: 'main', b: 'main' });
  const [first, second] = [preview('2026-11-02T10:00:00Z', { a: '2' }), preview('2026-11-03T10:00:00Z', { c: '3' })];
  const [none, codex] = [blobIds({}), codexOf({ a: '2', b: 'main', c: '3' })];
  const end = (previews: [PreviewKey, Preview][], ...closed: PreviewKey[]) => {
    const settled = applyClosed({ documents: none, previews: new Map(previews) }, codex, closed);
    const texts = Object.fromEntries([...settled.codex].map(([path, { document }]) => [path, document?.id]));
    return { left: [...settled.overlay.previews.keys()], texts };
  };

  test('and not before', () => {
    expect(
      end(
        [
          ['heads/main', beneath],
          ['2', first],
          ['3', second],
        ],
        '2',
      ),
    ).toEqual({
      left: ['heads/main', '3'],
      texts: { a: 'main', b: 'main', c: '3' },
    });
    const all = end(
      [
        ['heads/main', beneath],
        ['2', first],
        ['3', second],
      ],
      '2',
      '3',
    );
    expect(all).toEqual({ left: [], texts: {} });
  });

  test('but no preview goes where none ends', () => {
    expect(end([['heads/main', beneath]])).toMatchObject({ left: ['heads/main'] });
  });

  test.each<[string, PreviewKey, Preview]>([
    ["a branch's own preview", 'heads/feature', preview('2026-11-01T10:00:00Z', { b: 'main' })],
    ['a pull request whose date nothing told', '1', beneath],
  ])('%s is none of that', (_, key, other) => {
    expect(
      end(
        [
          [key, other],
          ['2', first],
        ],
        '2',
      ).left,
    ).toEqual([key]);
  });
});

test.each<[string, ClosedPreviews]>([
  ['the newest first', ['3', '2']],
  ['the oldest first', ['2', '3']],
])('several end one after the other, %s: each on what the ones before it left', (_, closed) => {
  const overlay = layersOf({ a: '1', b: '1' }, { 2: { a: '2', b: '2' }, 3: { a: '3', b: '3' } });
  const codex = codexOf({ a: '3', b: 'edited' });
  const settled = applyClosed(overlay, codex, closed);
  expect([...settled.codex].map(([path, { document }]) => [path, document?.id])).toEqual([
    ['a', '1'],
    ['b', 'edited'],
  ]);
  expect(settled.overlay).toEqual({ documents: new Map([['a', '1']]), previews: new Map() });
  expect([...settled.kept]).toEqual([['b', '3']]);
  expect(codex.get('a')?.document?.id).toBe('3');
});
