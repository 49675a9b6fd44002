import { describe, expect, test } from '@jest/globals';
import { withoutCollisions } from '../../src/codex/case-collisions.ts';
import type { Change } from '../../src/codex/changes.ts';
import { planChanges } from '../../src/codex/changes.ts';
import { planDocuments } from '../../src/codex/plan-documents.ts';
import type { DeletionThreshold } from '../../src/inputs/request.ts';
import { blobId } from '../../src/text/ids.ts';
import { documentsText } from '../support/documents-text.ts';
import { blobIds } from '../support/ids.ts';
import {
  codexOf,
  documentsOf,
  LayeredCodex,
  layersOf,
  type PreviewTexts,
  type Texts,
} from '../support/layered-codex.ts';

const NO_PREVIEWS: PreviewTexts = {};
const add = (path: string, id = 'new'): Change => ({
  path,
  action: 'add',
  document: { id: blobId(id), executable: false },
});

interface Case {
  codex: Record<string, string | null>;
  owned?: Texts;
  previews?: PreviewTexts;
  changes?: Change[];
  unknown?: string[];
  /** What project and codex were found to hold alike. */
  equal?: Texts;
}

/** What the codex would hold, what the manifest would say, and what is held back. */
function resolve({ codex, owned = {}, previews = NO_PREVIEWS, changes = [], unknown = [], equal = {} }: Case) {
  const before = layersOf(owned, previews);
  const added = changes.flatMap(({ path, document }) => (document ? [[path, document.id] as const] : []));
  const found = withoutCollisions({
    codex: codexOf(codex),
    changes,
    before,
    after: { ...before, documents: new Map([...before.documents, ...added, ...blobIds(equal)]) },
    isUnknown: (path) => unknown.includes(path),
  });
  const after = new Set(Object.keys(codex));
  for (const { path, document } of found.changes) document ? after.add(path) : after.delete(path);
  return {
    tree: [...after].sort(),
    owned: [...found.overlay.documents.keys()].sort(),
    heldBack: Object.fromEntries(found.heldBack),
  };
}

const inCase = (other: string) => `differs from ${other} in the codex only in case: rename one of them`;

describe('of two paths that are one file where case does not count', () => {
  test.each<[string, Case, { tree: string[]; owned: string[]; heldBack: Record<string, string> }]>([
    [
      'the one that a person wrote stays, and the new one is held back',
      { codex: { 'Guide.md': 'x' }, changes: [add('guide.md')] },
      { tree: ['Guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'the one that a person wrote beside an owned one stays, and the owned one goes',
      { codex: { 'Guide.md': 'x', 'guide.md': '1' }, owned: { 'guide.md': '1' } },
      { tree: ['Guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'an owned one that somebody edited stays owned, and the new one is held back',
      { codex: { 'Guide.md': 'edit' }, owned: { 'Guide.md': '1' }, changes: [add('guide.md')] },
      {
        tree: ['Guide.md'],
        owned: ['Guide.md'],
        heldBack: {
          'guide.md':
            'differs from Guide.md in the codex only in case, where it was edited: bring the edit into the project, then remove that spelling in the codex',
        },
      },
    ],
    [
      'a link in the codex stays',
      { codex: { 'Guide.md': null }, changes: [add('guide.md')] },
      { tree: ['Guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'what the run may not touch stays',
      { codex: { 'Guide.md': '1' }, owned: { 'Guide.md': '1' }, changes: [add('guide.md')], unknown: ['Guide.md'] },
      { tree: ['Guide.md'], owned: ['Guide.md'], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'the published one replaces what an older run left',
      { codex: { 'Guide.md': '1' }, owned: { 'Guide.md': '1' }, changes: [add('guide.md')] },
      { tree: ['guide.md'], owned: ['guide.md'], heldBack: {} },
    ],
    [
      'one of two that an older version published stays',
      { codex: { 'Guide.md': '1', 'guide.md': '2' }, owned: { 'Guide.md': '1', 'guide.md': '2' } },
      { tree: ['Guide.md'], owned: ['Guide.md'], heldBack: {} },
    ],
    [
      'of two that a promotion brings, the first comes',
      { codex: {}, changes: [add('guide.md'), add('Guide.md')] },
      { tree: ['Guide.md'], owned: ['Guide.md'], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'both stay that people wrote, and the second is named',
      { codex: { 'Guide.md': 'x', 'guide.md': 'y' } },
      { tree: ['Guide.md', 'guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'both stay that people wrote, also where the run was about to replace one of them',
      { codex: { 'Guide.md': 'x', 'guide.md': 'edit' }, owned: { 'guide.md': '1' }, changes: [add('guide.md')] },
      { tree: ['Guide.md', 'guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'what was found equal is not owned beside another one that a person wrote',
      { codex: { 'Guide.md': 'x', 'guide.md': 'y' }, equal: { 'guide.md': 'y' } },
      { tree: ['Guide.md', 'guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
    [
      'what a preview covered returns where the run may not touch it, and the one that the run publishes is named',
      {
        codex: { 'Guide.md': '2' },
        owned: { 'guide.md': '1' },
        previews: { 12: { 'Guide.md': '2' } },
        changes: [add('guide.md', '1')],
        unknown: ['guide.md'],
      },
      { tree: ['guide.md'], owned: ['guide.md'], heldBack: { 'Guide.md': inCase('guide.md') } },
    ],
    [
      'a file gives way to a folder that a person made',
      { codex: { 'API/x.md': 'x' }, changes: [add('api')] },
      {
        tree: ['API/x.md'],
        owned: [],
        heldBack: {
          api: 'cannot be beside API/x.md in the codex: apart from case, a file and a folder have one name: rename one of them',
        },
      },
    ],
    [
      'every file of a folder gives way to the file that a person wrote, and nothing else',
      { codex: { API: 'x' }, changes: [add('api/x.md'), add('api/y/z.md'), add('apis/x.md')] },
      {
        tree: ['API', 'apis/x.md'],
        owned: ['apis/x.md'],
        heldBack: { 'api/x.md': expect.any(String) as never, 'api/y/z.md': expect.any(String) as never },
      },
    ],
    [
      'small forms of one capital, and forms of Unicode, are one file',
      {
        codex: { '\u039f\u0394\u039f\u03a3.md': 'x', 'cafe\u0301.md': 'y' },
        changes: [add('\u03bf\u03b4\u03bf\u03c2.md'), add('CAF\u00c9.md')],
      },
      {
        tree: ['cafe\u0301.md', '\u039f\u0394\u039f\u03a3.md'],
        owned: [],
        heldBack: {
          '\u03bf\u03b4\u03bf\u03c2.md': inCase('\u039f\u0394\u039f\u03a3.md'),
          'CAF\u00c9.md': expect.stringContaining('differs from cafe\u0301.md in the codex only in') as never,
        },
      },
    ],
    [
      'a preview that showed another spelling ends with that document',
      { codex: { 'Guide.md': 'x', 'guide.md': '1' }, previews: { 12: { 'guide.md': '1' } } },
      { tree: ['Guide.md'], owned: [], heldBack: { 'guide.md': inCase('Guide.md') } },
    ],
  ])('%s', (_, given, wanted) => {
    expect(resolve(given)).toEqual(wanted);
  });

  test('folders that differ in case hold other files, and stay', () => {
    expect(resolve({ codex: { 'API/x.md': 'x' }, changes: [add('api/y.md')] }).tree).toEqual(['API/x.md', 'api/y.md']);
  });
});

test('documents that are renamed in case have moved: none is withheld, and none counts towards the guard', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const texts = (folder: string, text: string) =>
    Object.fromEntries(names.map((name) => [`docs/${folder}/${name}.md`, `${text}${name}`]));
  const documents = (all: Texts) =>
    new Map(Object.entries(all).map(([path, id]) => [path, { id: blobId(id), executable: false }] as const));
  const plan = planChanges({
    selection: { documents: documents({ ...texts('api', 'edited '), 'docs/x.md': 'x' }), skipped: new Map() },
    codex: codexOf({ ...texts('API', ''), 'docs/gone.md': 'gone', 'docs/x.md': 'x' }),
    owned: blobIds({ ...texts('API', ''), 'docs/gone.md': 'gone', 'docs/x.md': 'x' }),
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 1, percent: 100 },
    recordsEqual: true,
  });
  expect(plan.withheld).toEqual([]);
  const removed = plan.changes.filter(({ action }) => action === 'delete');
  expect(removed.map(({ path, because }) => [path, because])).toEqual([
    ...names.map((name) => [`docs/API/${name}.md`, 'renamed in case']),
    ['docs/gone.md', undefined],
  ]);
});

test('a document whose deletion is withheld stays, and what has its name as a folder in another case is held back', () => {
  const kept = { 'docs/a.md': 'a', 'docs/b.md': 'b' };
  const ours = ['docs/A.md/new.md', 'docs/b.md'].map(
    (path) => [path, { id: blobId(path), executable: false }] as const,
  );
  const { plan, overlay, heldBack } = planDocuments({
    text: documentsText({ documents: new Map(ours), skipped: new Map() }),
    codex: codexOf(kept),
    overlay: layersOf(kept, NO_PREVIEWS),
    closed: [],
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 0, percent: 20 },
  });
  expect(plan.withheld).toEqual(['docs/a.md']);
  expect(plan.changes.map(({ path, action }) => [path, action])).toEqual([['docs/b.md', 'modify']]);
  expect([...overlay.documents.keys()].sort()).toEqual(['docs/a.md', 'docs/b.md']);
  expect([...heldBack.keys()]).toEqual(['docs/A.md/new.md']);
});

test('a preview shows its own spelling, and the other one returns when it ends', () => {
  const codex = new LayeredCodex();
  const date = '2026-11-01T10:00:00Z';
  codex.publish({ a: '1', b: '1' });
  codex.preview(1, { a: '1' }, { A: '2' }, date);
  expect(codex.texts).toEqual({ A: '2', b: '1' });
  // Nor does the one that is hidden come before the tip with the other.
  codex.publish({ a: '3', b: '1' });
  expect(codex.texts).toEqual({ A: '2', b: '1' });
  expect(codex.history.has('3')).toBe(true);
  codex.close(1);
  expect(codex.texts).toEqual({ a: '3', b: '1' });
});

/** Plans a run of main where only some documents are left, in a codex that holds texts besides what was published. */
function planRun(texts: Texts, codex: Texts, owned: Texts, previews: PreviewTexts, threshold: DeletionThreshold) {
  return planDocuments({
    text: documentsText({ documents: documentsOf(texts), skipped: new Map() }),
    codex: codexOf(codex),
    overlay: layersOf(owned, previews),
    closed: [],
    selects: () => true,
    onConflict: 'project',
    threshold,
  });
}

test('what somebody wrote beneath a preview of another spelling stays when the project removes its document there', () => {
  const published = { 'A.md': '1', 'a.md': '2', 'b.md': 'b' };
  const threshold = { count: 50, percent: 100 };
  const planned = planRun(
    { 'a.md': '2', 'b.md': 'b' },
    { 'A.md': 'by hand', 'a.md': '3', 'b.md': 'b' },
    published,
    { 12: { 'a.md': '3' } },
    threshold,
  );
  expect(planned.plan.changes.map(({ path, action }) => [path, action])).toEqual([['a.md', 'delete']]);
  expect(planned.plan.conflicts).toEqual([{ path: 'A.md', kept: 'codex' }]);
  expect([...planned.heldBack.keys()]).toEqual(['a.md']);
  expect([...planned.overlay.documents.keys()]).toEqual(['A.md', 'b.md']);
});

test('a deletion that is withheld beside a twin of a person is no document that is held back', () => {
  const codex = { 'A.md': 'by hand', 'a.md': '1', 'b.md': 'b' };
  const planned = planRun({ 'b.md': 'b' }, codex, { 'a.md': '1', 'b.md': 'b' }, {}, { count: 0, percent: 100 });
  expect([planned.plan.changes, planned.plan.withheld]).toEqual([[], ['a.md']]);
  expect([...planned.heldBack]).toEqual([]);
});

test('what a preview hides and the spelling of a person keeps out is published nowhere, and no change', () => {
  const codex = { 'A.md': 'by hand', 'a.md': '2', 'b.md': '2' };
  const previews = { 12: { 'a.md': '2', 'b.md': '2' } };
  const { plan, overlay, hidden, heldBack, steps } = planRun({ 'a.md': '1', 'b.md': '1' }, codex, {}, previews, {
    count: 50,
    percent: 100,
  });
  expect([...heldBack.keys()]).toEqual(['a.md']);
  expect([...overlay.documents.keys()]).toEqual(['b.md']);
  expect(plan.changes.map(({ path, action }) => [path, action])).toEqual([
    ['a.md', 'delete'],
    ['b.md', 'add'],
  ]);
  expect([...hidden.keys()]).toEqual(['b.md']);
  // Not for one commit, either: there it would take the place of the person's.
  const written = steps.flatMap(({ changes }) => changes.filter(({ document }) => document).map(({ path }) => path));
  expect(written).toEqual(['b.md']);
});

test('a file that somebody wrote beside the other spelling of a preview is compared with the project, not hidden', () => {
  const planned = planRun(
    { 'a.md': '1' },
    { 'A.md': '2', 'a.md': 'by hand' },
    {},
    { 12: { 'A.md': '2' } },
    { count: 50, percent: 100 },
  );
  const changes = planned.plan.changes.map(({ path, action, replaces }) => [path, action, replaces]);
  expect(changes).toEqual([
    ['A.md', 'delete', undefined],
    ['a.md', 'modify', 'by hand'],
  ]);
  // What is listed is done.
  expect(planned.steps.at(-1)?.changes.map(({ path, action, replaces }) => [path, action, replaces])).toEqual(changes);
  expect([[...planned.overlay.documents], planned.overlay.previews.size]).toEqual([[['a.md', '1']], 0]);
});
