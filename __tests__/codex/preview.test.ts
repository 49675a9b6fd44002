import { describe, expect, test } from '@jest/globals';
import type { CodexEntry } from '../../src/codex/changes.ts';
import type { Overlay } from '../../src/codex/overlay.ts';
import { applyClosed, planPreview, type Touched } from '../../src/codex/preview.ts';
import type { ConflictRule } from '../../src/inputs/definitions.ts';
import { DEFAULT_THRESHOLD } from '../../src/inputs/request.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';
import { codexOf, layersOf, type PreviewTexts, type Texts } from '../support/layered-codex.ts';

const [PATH, HEAD] = ['docs/a.md', { commit: 'c'.repeat(40), date: '2026-11-22T10:00:00Z' }];
const documentOf = (id: string) => ({ id: blobId(id), executable: false });

/** Plans pull request 7 for one document; each state is a blob id, `undefined` where nothing is. */
function plan(states: { ours?: string; codex?: string; beneath?: string; before?: string }) {
  const { ours, codex, beneath, before } = states;
  const touched: Touched = new Map([[PATH, ours === undefined ? undefined : documentOf(ours)]]);
  const entries = new Map<string, CodexEntry>(codex === undefined ? [] : [[PATH, { document: documentOf(codex) }]]);
  const overlay: Overlay = {
    documents: new Map(beneath === undefined ? [] : [[PATH, blobId(beneath)]]),
    previews: new Map(before === undefined ? [] : [['7', { ...HEAD, documents: blobIds({ [PATH]: before }) }]]),
  };
  const rules = { onConflict: 'project', threshold: DEFAULT_THRESHOLD } as const;
  return { ...planPreview({ key: '7', head: HEAD, touched, overlay, codex: entries, ...rules }), entries };
}

describe('what stands in the codex and nobody published', () => {
  test.each([
    ['differs', 'a', [{ path: PATH, kept: 'codex' }]],
    ['is equal', 'b', []],
    ['would be removed', undefined, []],
  ])('stays when the preview comes and when it ends: it %s', (_, ours, conflicts) => {
    const come = plan({ codex: 'b', ...(ours !== undefined && { ours }) });
    expect(come).toMatchObject({ changes: [], conflicts, drifted: [] });
    expect(come.overlay.previews.size).toBe(0);
    expect(applyClosed(come.overlay, come.entries, ['7']).codex).toEqual(come.entries);
  });
});

test('a document of the preview that someone removed in the codex is restored', () => {
  const { changes, drifted } = plan({ ours: 'b', beneath: 'a', before: 'b' });
  expect(changes).toEqual([{ path: PATH, action: 'add', document: documentOf('b'), because: 'restored' }]);
  expect(drifted).toEqual([PATH]);
});

/** The codex before pull request 2 runs, and what that one changes: path -> text, `null` where it removes. */
interface State {
  readonly touched: Record<string, string | null>;
  readonly documents?: Texts;
  readonly previews?: PreviewTexts;
  readonly codex?: Record<string, string | null>;
}

function planPull({ touched, documents = {}, previews = {}, codex = documents }: State, onConflict?: ConflictRule) {
  const brought = Object.entries(touched).map(
    ([path, id]) => [path, id === null ? undefined : documentOf(id)] as const,
  );
  const plan = planPreview({
    key: '2',
    head: { commit: 'c'.repeat(40), date: '2026-11-02T10:00:00Z' },
    touched: new Map(brought),
    overlay: layersOf(documents, previews),
    codex: codexOf(codex),
    onConflict: onConflict ?? 'project',
    threshold: DEFAULT_THRESHOLD,
  });
  const shown = plan.overlay.previews.get('2')?.documents;
  return { ...plan, hidden: [...plan.hidden], shown: shown && Object.fromEntries(shown) };
}

const because = (reason: string, more = {}) => ({ because: reason, ...more });
const added = (path: string, id: string, more = {}) => ({ path, action: 'add', document: documentOf(id), ...more });
const modified = (path: string, id: string, more = {}) => ({ ...added(path, id), action: 'modify', ...more });
const deleted = (path: string, more = {}) => ({ path, action: 'delete', document: undefined, ...more });

describe('what a pull request changes is laid over what stands on the branch', () => {
  const old = { documents: { a: 'old' } };
  const again = { ...old, previews: { 2: { a: 'new' } } };

  test.each<[string, State, object]>([
    ['an addition', { touched: { a: 'new' } }, { changes: [added('a', 'new')], shown: { a: 'new' } }],
    ['an edit', { ...old, touched: { a: 'new' } }, { changes: [modified('a', 'new')], shown: { a: 'new' } }],
    ['a removal', { ...old, touched: { a: null } }, { changes: [deleted('a')], shown: { a: null } }],
    ['a removal of what is gone is named all the same', { touched: { a: null } }, { shown: { a: null } }],
    [
      'a move',
      { ...old, touched: { a: null, b: 'old' } },
      { changes: [deleted('a', because('moved')), added('b', 'old')], shown: { a: null, b: 'old' } },
    ],
    ['the same again', { ...again, codex: { a: 'new' }, touched: { a: 'new' } }, { shown: { a: 'new' } }],
    [
      'what it touches no more returns',
      { ...again, codex: { a: 'new' }, touched: {} },
      { changes: [modified('a', 'old', because('uncovered'))] },
    ],
    [
      'what it added and touches no more goes',
      { previews: { 2: { a: 'new' } }, codex: { a: 'new' }, touched: {} },
      { changes: [deleted('a', because('uncovered'))] },
    ],
    [
      'what a newer one shows stays, and hides it',
      { ...old, previews: { 3: { a: 'newer' } }, codex: { a: 'newer' }, touched: { a: 'new' } },
      { hidden: [['a', '3']], shown: { a: 'new' } },
    ],
    [
      'what an older one shows is covered',
      { ...old, previews: { 1: { a: 'older' } }, codex: { a: 'older' }, touched: { a: 'new' } },
      { changes: [modified('a', 'new')], shown: { a: 'new' } },
    ],
    [
      'a file covers the folder of an older one',
      { previews: { 1: { 'a/b': 'older' } }, codex: { 'a/b': 'older' }, touched: { a: 'new' } },
      { changes: [added('a', 'new'), deleted('a/b', because('covered'))], shown: { a: 'new' } },
    ],
  ])('%s', (_, state, expected) => {
    const nothing = { changes: [], drifted: [], conflicts: [], withheld: [], skippedInCodex: [], kept: [] };
    expect(planPull(state)).toMatchObject({ ...nothing, hidden: [], shown: undefined, ...expected });
  });
});

describe('what someone edited in the codex', () => {
  const edited = { documents: { a: 'old' }, codex: { a: 'edit' } };
  const conflict = { drifted: ['a'], conflicts: [{ path: 'a', kept: 'codex' }], changes: [], shown: undefined };

  test.each<[string, State, ConflictRule, object]>([
    [
      'is replaced, and listed with what it replaced',
      { ...edited, touched: { a: 'new' } },
      'project',
      {
        changes: [modified('a', 'new', because('conflict', { replaces: blobId('edit') }))],
        drifted: ['a'],
        conflicts: [{ path: 'a', kept: 'project' }],
        shown: { a: 'new' },
      },
    ],
    ['stays with on-conflict: codex', { ...edited, touched: { a: 'new' } }, 'codex', conflict],
    ['stays where the pull request removes it: an edit wins', { ...edited, touched: { a: null } }, 'project', conflict],
    [
      'is brought back by the pull request: an edit until a branch agrees on it',
      { ...edited, touched: { a: 'edit' } },
      'project',
      { changes: [], drifted: [], conflicts: [], shown: undefined },
    ],
    [
      'in its own document, which it touches no more: stays, and is owned by nobody',
      { ...edited, previews: { 2: { a: 'new' } }, touched: {} },
      'project',
      { changes: [], drifted: ['a'], kept: ['a'], documents: new Map(), shown: undefined },
    ],
    [
      'is no document any more: left alone',
      { ...edited, codex: { a: null }, touched: { a: 'new' } },
      'project',
      { changes: [], skippedInCodex: ['a'], shown: undefined },
    ],
  ])('%s', (_, state, rule, expected) => {
    expect(planPull(state, rule)).toMatchObject(expected);
  });

  test('fails the run with on-conflict: fail', () => {
    const state = { ...edited, touched: { a: 'new' } };
    const failure = {
      code: 'conflict',
      message: expect.stringMatching(/^Changed both in the pull request and .*: a\. /),
    };
    expect(() => planPull(state, 'fail')).toThrow(expect.objectContaining(failure));
    expect(planPull({ ...state, codex: { a: 'old' } }, 'fail').changes).toEqual([modified('a', 'new')]);
  });
});

test('more removals than the threshold allows are withheld, and what it said before of them stays', () => {
  const paths = Array.from({ length: 20 }, (_, index) => `${index}.md`);
  const removed = paths.slice(0, 6);
  const plan = planPull({
    documents: Object.fromEntries(paths.map((path) => [path, 'old'])),
    previews: { 2: { '0.md': 'new' } },
    codex: { ...Object.fromEntries(paths.map((path) => [path, 'old'])), '0.md': 'new' },
    touched: { ...Object.fromEntries(removed.map((path) => [path, null])), 'a.md': 'brought' },
  });
  expect(plan.changes).toEqual([added('a.md', 'brought')]);
  expect(plan.withheld).toEqual(removed);
  expect(plan.shown).toEqual({ '0.md': 'new', 'a.md': 'brought' });
});

describe('what nobody generated this time', () => {
  const missingGenerated = new Map(['new', 'old', 'cut'].map((path) => [path, 'dist/**']));
  const question = (touched: Touched) => ({
    key: '2' as const,
    head: { commit: 'd'.repeat(40), date: '2026-11-03T10:00:00Z' },
    touched,
    overlay: layersOf({ old: 'a', beneath: 'a' }, { 2: { new: 'b', old: 'b', cut: null, beneath: 'b' } }),
    codex: codexOf({ new: 'b', old: 'b', beneath: 'b' }),
    onConflict: 'project' as const,
    threshold: DEFAULT_THRESHOLD,
  });

  test('the preview shows as before, and says what would have gone', () => {
    const plan = planPreview({ ...question(new Map([['more', documentOf('c')]])), missingGenerated });
    const reveal = { ...modified('beneath', 'a', because('uncovered')), document: documentOf('a') };
    expect(plan.changes).toEqual([reveal, added('more', 'c')]);
    expect(plan).toMatchObject({ withheld: ['new'], drifted: [], missingGenerated: new Map([['new', 'dist/**']]) });
    expect(Object.fromEntries(plan.overlay.previews.get('2')?.documents ?? [])).toEqual({
      more: 'c',
      new: 'b',
      old: 'b',
    });
  });

  test('goes like anything else where the pull request removed it, or a pattern selects it again', () => {
    const touched: Touched = new Map([
      ['new', undefined],
      ['old', documentOf('c')],
    ]);
    const plan = planPreview({ ...question(touched), missingGenerated });
    expect(plan.changes).toContainEqual(deleted('new'));
    expect(plan.changes).toContainEqual(modified('old', 'c'));
    expect(plan.withheld).toEqual([]);
  });
});
