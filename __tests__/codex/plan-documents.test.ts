import { describe, expect, test } from '@jest/globals';
import { planClosed, planDocuments, type Step } from '../../src/codex/plan-documents.ts';
import { blobId } from '../../src/text/ids.ts';
import { documentsText } from '../support/documents-text.ts';
import { codexOf, documentsOf, LayeredCodex, layersOf, type Texts } from '../support/layered-codex.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number)).toISOString();
/** What a commit does: path -> the text that it gives, `null` where it removes. */
const shown = ({ changes }: Step) =>
  Object.fromEntries(changes.map(({ path, document }) => [path, document?.id ?? null]));

describe('what a push publishes and a preview hides is committed first, visible', () => {
  test('by a branch, beneath every preview', () => {
    const codex = new LayeredCodex();
    codex.publish({ a: '1', b: '1' });
    codex.preview(1, { a: '1' }, { a: '2' }, day(1));
    const { steps, hidden, plan } = codex.publish({ a: '3', b: '4' });
    expect(steps.map(shown)).toEqual([{ a: '3', b: '4' }, { b: '4' }]);
    expect(steps[0]?.overlay.previews.get('1')?.documents).toEqual(new Map());
    expect([...hidden]).toEqual([['a', '1']]);
    expect(plan.changes.map(({ path }) => path)).toEqual(['b', 'a']);
    expect(codex.texts).toEqual({ a: '2', b: '4' });
    expect([...codex.history].sort()).toEqual(['1', '2', '3', '4']);
  });

  test('by a pull request, beneath the newer previews and above the older ones', () => {
    const codex = new LayeredCodex();
    codex.publish({ a: '1', b: '1' });
    codex.preview(1, { b: '1' }, { b: '2' }, day(1));
    codex.preview(3, { a: '1' }, { a: '3' }, day(3));
    const { steps, hidden, plan } = codex.preview(2, { a: '1' }, { a: '2' }, day(2));
    expect(steps.map(shown)).toEqual([{ a: '2' }, {}]);
    expect(steps[0]?.overlay.previews.get('3')?.documents).toEqual(new Map());
    expect(steps[0]?.overlay.previews.get('1')?.documents).toEqual(new Map([['b', '2']]));
    expect([...hidden]).toEqual([['a', '3']]);
    expect(plan.changes).toEqual([{ path: 'a', action: 'modify', document: { id: '2', executable: false } }]);
    expect(codex.texts).toEqual({ a: '3', b: '2' });
  });

  test('once: a pull request that runs again with the same hidden text makes no commit', () => {
    const codex = new LayeredCodex();
    codex.publish({ a: '1' });
    codex.preview(2, { a: '1' }, { a: '2' }, day(2));
    expect(codex.preview(1, { a: '1' }, { a: '3' }, day(1)).steps).toHaveLength(2);
    expect(codex.preview(1, { a: '1' }, { a: '3' }, day(1)).steps).toEqual([]);
  });

  test('a removal that is hidden makes no commit', () => {
    const codex = new LayeredCodex();
    codex.publish({ a: '1', b: '1' });
    codex.preview(1, { a: '1' }, { a: '2' }, day(1));
    expect(codex.publish({ b: '1' }).steps).toEqual([]);
    expect([...codex.overlay.documents.keys()]).toEqual(['b']);
  });

  test('where a preview has a file in the place of its folder, the file gives way for that commit', () => {
    const codex = new LayeredCodex();
    codex.publish({ 'd/e': '1' });
    codex.preview(1, { 'd/e': '1' }, { d: '2' }, day(1));
    const { steps } = codex.publish({ 'd/e': '3' });
    expect(steps.map(shown)).toEqual([{ d: null, 'd/e': '3' }, {}]);
    expect(codex.texts).toEqual({ d: '2' });
    codex.close(1);
    expect(codex.texts).toEqual({ 'd/e': '3' });
  });
});

test('a run with nothing to say makes no commit', () => {
  const codex = new LayeredCodex();
  codex.publish({ a: '1' });
  expect(codex.publish({ a: '1' }).steps).toEqual([]);
  expect(codex.preview(1, { a: '1' }, { a: '1' }, day(1)).steps).toEqual([]);
});

test('a file covers a folder, is removed by a newer pull request, and covers it again when that one is closed', () => {
  const codex = new LayeredCodex();
  codex.preview(1, {}, { d: '1' }, day(1));
  codex.publish({ 'd/e/f': '1' });
  expect(codex.texts).toEqual({ d: '1' });
  codex.publish({ d: '1' }, ['1']);
  codex.preview(2, { d: '1' }, {}, day(2));
  expect(codex.texts).toEqual({});
  codex.close(2);
  expect(codex.texts).toEqual({ d: '1' });
});

test('what someone edited in the codex in a preview that ends stays, and is owned by nobody', () => {
  const codex = new LayeredCodex();
  codex.publish({ a: '1', b: '1' });
  codex.preview(1, { a: '1', b: '1' }, { a: '2', b: '2' }, day(1));
  const edited = { document: { id: blobId('edited'), executable: false } };
  const { plan, overlay, kept, steps, hidden } = planClosed(codex.overlay, new Map(codex.tree).set('a', edited), ['1']);
  expect({ kept, hidden: [...hidden], steps: steps.map(shown) }).toEqual({
    kept: ['a'],
    hidden: [],
    steps: [{ b: '1' }],
  });
  expect(plan).toMatchObject({
    changes: [{ path: 'b', action: 'modify', because: 'uncovered' }],
    ...{ drifted: [], conflicts: [], withheld: [], unowned: [], skippedInCodex: [] },
  });
  expect(overlay).toEqual({ documents: new Map([['b', '1']]), previews: new Map() });
  expect(plan.documents).toEqual(overlay.documents);
});

test.each([
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
])(
  'an edit, a removal and a move of one document in three pull requests, closed in the order %i, %i, %i',
  (...order) => {
    const main = { a: '1', b: '2' };
    const heads: Record<number, Texts> = { 1: { a: '3', b: '2' }, 2: { b: '2' }, 3: { b: '2', c: '1' } };
    const codex = new LayeredCodex();
    codex.publish(main);
    for (const one of [1, 2, 3]) codex.preview(one, main, heads[one] ?? {}, day(one));
    expect(codex.texts).toEqual({ b: '2', c: '1' });
    const open = new Set([1, 2, 3]);
    for (const one of order) {
      codex.close(one);
      open.delete(one);
      const newest = Math.max(0, ...open);
      expect(codex.texts).toEqual({ ...(newest === 0 ? main : heads[newest]), ...(open.has(3) ? { c: '1' } : {}) });
    }
  },
);

test("a document that is moved beside a person's other spelling stays, where nothing may be deleted", () => {
  const plan = planDocuments({
    text: documentsText({ documents: documentsOf({ 'new/a.md': '1' }), skipped: new Map() }),
    codex: codexOf({ 'old.md': '1', 'new/A.md': 'of a person' }),
    overlay: layersOf({ 'old.md': '1' }, {}),
    closed: [],
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 0, percent: 0 },
  });
  expect([...plan.heldBack.keys()]).toEqual(['new/a.md']);
  expect(plan.plan.withheld).toEqual(['old.md']);
  expect(plan.plan.changes).toEqual([]);
});
