import { describe, expect, test } from '@jest/globals';
import { type CodexEntry, withChanges } from '../../src/codex/changes.ts';
import type { Manifest } from '../../src/codex/manifest.ts';
import { type OverlayPlan, overlayPreview, planClosed, planDocuments } from '../../src/codex/plan-documents.ts';
import { applyClosed, planPreview } from '../../src/codex/preview.ts';
import { planManifest } from '../../src/codex/publication.ts';
import type { ConflictRule } from '../../src/inputs/definitions.ts';
import { DEFAULT_THRESHOLD } from '../../src/inputs/request.ts';
import { documentsText } from '../support/documents-text.ts';
import { codexOf, documentsOf, keyOf, layersOf, type PreviewTexts, type Texts } from '../support/layered-codex.ts';

const SOURCE = { repository: 'acme/widgets', directory: '.', commit: 'c'.repeat(40) };
const LOOSE = { count: 1000, percent: 100 };
const NO_MORE_THAN = (count: number) => ({ count, percent: 100 });

/** A branch of the codex: what it holds, and its manifest. */
class Branch {
  codex: ReadonlyMap<string, CodexEntry>;
  manifest: Manifest;

  constructor(documents: Texts, previews: PreviewTexts = {}, codex: Texts = documents) {
    this.codex = codexOf(codex);
    this.manifest = { ...layersOf(documents, previews), source: SOURCE };
  }

  get texts(): Texts {
    return Object.fromEntries([...this.codex].map(([path, { document }]) => [path, document?.id ?? '']).sort());
  }

  /** Makes a preview older than all others, which then hide its documents. */
  redate(name: string): void {
    const previews = new Map(this.manifest.previews);
    const preview = previews.get(keyOf(name));
    if (preview) previews.set(keyOf(name), { ...preview, date: '2026-11-01T10:00:00Z' });
    this.manifest = { ...this.manifest, previews };
  }

  private commit(plan: OverlayPlan, waiting: Pick<OverlayPlan, 'withheldOf'>): OverlayPlan {
    this.codex = withChanges(this.codex, plan.steps.at(-1)?.changes ?? []);
    this.manifest = planManifest(this.manifest, plan.overlay, SOURCE, undefined, waiting);
    return plan;
  }

  /** A run that publishes `documents`. */
  publish(
    texts: Texts,
    {
      threshold = LOOSE,
      closed = [] as string[],
      onConflict = 'project' as ConflictRule,
      skipped = [] as string[],
    } = {},
  ) {
    const plan = planDocuments({
      text: documentsText({ documents: documentsOf(texts), skipped: new Map(skipped.map((path) => [path, ''])) }),
      ...{ codex: this.codex, overlay: this.manifest, withheldOf: this.manifest.withheldOf, closed: closed.map(keyOf) },
      ...{ selects: () => true, onConflict, threshold, firstRun: false },
    });
    return this.commit(plan, plan);
  }

  /** A run of pull request 9, the newest; `null` for a document that it removes. */
  preview(touched: Record<string, string | null>, { threshold = LOOSE, onConflict = 'project' as ConflictRule } = {}) {
    const documents = Object.entries(touched).map(
      ([path, id]) => [path, id === null ? undefined : documentsOf({ [path]: id }).get(path)] as const,
    );
    const afterClosed = applyClosed(this.manifest, this.codex, []);
    const { overlay, codex } = afterClosed;
    const head = { commit: 'd'.repeat(40), date: '2026-11-09T10:00:00Z' };
    const plan = planPreview({
      ...{ key: '9', head, touched: new Map(documents), overlay, codex, onConflict, threshold },
    });
    return this.commit(overlayPreview(this.codex, afterClosed, '9', plan, new Map(documents)), this.manifest);
  }
}

/** The same run twice: the second one changes nothing. */
function twice(branch: Branch, run: () => OverlayPlan): OverlayPlan {
  const first = run();
  const { texts, manifest } = branch;
  run();
  expect(branch.texts).toEqual(texts);
  expect(branch.manifest).toBe(manifest);
  return first;
}

const numbered = (name: string, number: number): Texts =>
  Object.fromEntries(
    Array.from({ length: number }, (_, index) => {
      const path = `${name}/${index}.md`;
      return [path, path];
    }),
  );

describe('the share of the deletion guard', () => {
  const before = { ...numbered('old', 4), ...numbered('gone', 6) };
  // Six of ten are withheld. Of the fifty that the run leaves they would be 12 per cent.
  const project = { ...numbered('old', 4), ...numbered('new', 40) };

  test('is of what was published when deletions were withheld, not of what runs add', () => {
    const branch = new Branch(before);
    const { plan } = twice(branch, () => branch.publish(project, { threshold: DEFAULT_THRESHOLD }));
    expect(plan.withheld).toHaveLength(6);
    expect(branch.manifest.withheldOf).toBe(10);
    // Further documents change nothing about it.
    const more = branch.publish({ ...project, more: 'more' }, { threshold: DEFAULT_THRESHOLD });
    expect(more.plan.withheld).toHaveLength(6);
  });

  test('is of all documents again when the deletions have been made, or when no deletion waits', () => {
    const deleted = new Branch(before);
    deleted.publish(project, { threshold: DEFAULT_THRESHOLD });
    expect(deleted.publish(project).plan.withheld).toEqual([]);
    expect(Object.keys(deleted.texts)).toHaveLength(44);
    expect(deleted.manifest.withheldOf).toBeUndefined();

    const restored = new Branch(before);
    restored.publish(project, { threshold: DEFAULT_THRESHOLD });
    restored.publish({ ...project, ...numbered('gone', 6) }, { threshold: DEFAULT_THRESHOLD });
    expect(restored.manifest.withheldOf).toBeUndefined();
    // Six of fifty pass.
    expect(restored.publish(project, { threshold: DEFAULT_THRESHOLD }).plan.withheld).toEqual([]);
  });

  test('of a preview is of the documents without its own', () => {
    const branch = new Branch(numbered('old', 10));
    const removed = Object.fromEntries(Object.keys(numbered('old', 6)).map((path) => [path, null]));
    const { plan } = twice(branch, () =>
      branch.preview({ ...removed, ...numbered('new', 40) }, { threshold: DEFAULT_THRESHOLD }),
    );
    expect(plan.withheld).toHaveLength(6);
  });

  test('a preview removes what only it published, whatever the guard', () => {
    const branch = new Branch({ a: '1' });
    branch.preview({ b: '2' });
    expect(branch.preview({ b: null }, { threshold: NO_MORE_THAN(0) }).plan.withheld).toEqual([]);
    expect(branch.texts).toEqual({ a: '1' });
  });
});

describe('deletions that are withheld', () => {
  test('in a preview leave the document that another preview shows', () => {
    const branch = new Branch({ a: '1', z: '1' }, { 9: { a: null }, 2: { a: '2' } }, { a: '2', z: '1' });
    branch.redate('9');
    const { plan } = twice(branch, () => branch.preview({ a: null, z: null, n: '3' }, { threshold: NO_MORE_THAN(1) }));
    expect(plan.withheld).toEqual(['a', 'z']);
    expect(branch.texts).toEqual({ a: '2', n: '3', z: '1' });
  });

  test('return with the end of a preview that covered them, and what would be in their place is held back', () => {
    const branch = new Branch({ 'docs/x': '0', z: '1' }, { 2: { 'docs/X/1.md': '2' } }, { 'docs/X/1.md': '2', z: '1' });
    const planned = twice(branch, () =>
      branch.publish({ 'docs/X/1.md': '3', z: '1' }, { threshold: NO_MORE_THAN(0), closed: ['2'] }),
    );
    expect(planned.plan.withheld).toEqual(['docs/x']);
    expect([...planned.heldBack.keys()]).toEqual(['docs/X/1.md']);
    expect(branch.texts).toEqual({ 'docs/x': '0', z: '1' });
    expect([...branch.manifest.documents.keys()]).toEqual(['docs/x', 'z']);
  });

  test('do not count a document whose place a person took while a preview covered it', () => {
    const branch = new Branch({ 'a.md/in.md': '1', z: '1' }, { 2: { 'A.md': '2' } }, { 'A.md': 'edit', z: '1' });
    const { plan } = twice(branch, () => branch.publish({}, { threshold: NO_MORE_THAN(1), closed: ['2'] }));
    expect(plan.withheld).toEqual([]);
    expect(branch.texts).toEqual({ 'A.md': 'edit' });
  });
});

describe('a document of a preview whose place a person took', () => {
  const documents = { z: '1' };
  const codex = { 'docs/X/1.md': 'edit', z: '1' };
  const why =
    'cannot be beside docs/X/1.md in the codex: apart from case, a file and a folder have one name: rename one of them';

  test('is named, and hides no document of the project', () => {
    const branch = new Branch(documents, { 2: { 'docs/x': '2' } }, codex);
    const planned = twice(branch, () => branch.publish({ ...documents, 'docs/x/2.md': '3' }));
    expect(Object.fromEntries(planned.heldBack)).toEqual({ 'docs/x': why });
    expect(branch.texts).toEqual({ ...codex, 'docs/x/2.md': '3' });
    expect(branch.manifest.previews.size).toBe(0);
  });

  test('is named, and hides no document of another preview, also when that one covered it before', () => {
    const previews = { 2: { 'docs/x': '2' }, 9: { 'docs/x/2.md': '3' } };
    const branch = new Branch({ ...documents, 'docs/x/2.md': '1' }, previews, { ...codex, 'docs/x/2.md': '3' });
    const planned = twice(branch, () => branch.preview({}));
    expect(Object.fromEntries(planned.heldBack)).toEqual({ 'docs/x': why });
    expect(branch.texts).toEqual({ ...codex, 'docs/x/2.md': '1' });
  });

  test('is named when it is of the very preview that runs, and hides nothing', () => {
    const branch = new Branch({ ...documents, 'docs/x/2.md': '1' }, {}, { ...codex, 'docs/x/2.md': '1' });
    const planned = twice(branch, () => branch.preview({ 'docs/X': '2', n: '3' }));
    expect([...planned.heldBack.keys()]).toEqual(['docs/X']);
    expect(branch.texts).toEqual({ ...codex, 'docs/x/2.md': '1', n: '3' });
  });

  test('is named even where the person wrote the text that the preview covered', () => {
    const branch = new Branch({ 'a.md/in.md': '1', z: '1' }, { 2: { 'a.md': '2' } }, { 'a.md/in.md': '1', z: '1' });
    const planned = twice(branch, () => branch.publish({ 'a.md': '3', z: '1' }));
    expect([...planned.heldBack.keys()]).toEqual(['a.md']);
    expect(branch.texts).toEqual({ 'a.md': '3', z: '1' });
  });
});

describe('a document of the project that returns when a preview is closed', () => {
  const branchOf = () =>
    new Branch({ 'docs/x': '1', z: '1' }, { 2: { 'docs/x/1.md': '2' } }, { 'docs/x/2.md': 'edit', z: '1' });

  test('is refused at once where a person made a folder of its name, like any document', () => {
    const message = '"docs/x" cannot be published: "docs/x/2.md" is in the codex, and this run may not delete it.';
    const project = { 'docs/x': '1', z: '1' };
    expect(() => branchOf().publish(project, { closed: ['2'] })).toThrow(message);
    // As the next run says.
    const ended = new Branch(project, {}, { 'docs/x/2.md': 'edit', z: '1' });
    expect(() => ended.publish(project)).toThrow(message);
  });

  test('is named when the pull request ends by itself, and the preview ends', () => {
    const { manifest, codex } = branchOf();
    const planned = planClosed(manifest, codex, ['2']);
    expect([...planned.heldBack.keys()]).toEqual(['docs/x']);
    expect([planned.overlay.previews.size, [...planned.overlay.documents.keys()]]).toEqual([0, ['z']]);
  });
});

describe('an earlier entry of a preview', () => {
  test('does not become visible where the codex keeps an edit, even one with its text', () => {
    const branch = new Branch({ z: '1' }, { 9: { a: '3' }, 2: { a: '2' } }, { a: '3', z: '1' });
    branch.redate('9');
    const { plan } = twice(branch, () => branch.preview({ a: '1' }, { onConflict: 'codex' }));
    expect(plan.conflicts).toEqual([{ path: 'a', kept: 'codex' }]);
    expect(branch.texts).toEqual({ a: '3', z: '1' });
  });

  test('goes where a person removed its document, so that it hides no other one', () => {
    const previews = { 2: { 'A.md': '2' }, 9: { 'A.md': null, 'a.md/in.md': '3' } };
    const branch = new Branch({ 'A.md': '1', z: '1' }, previews, { z: '1' });
    twice(branch, () => branch.preview({}));
    expect(branch.texts).toEqual({ 'A.md': '2', z: '1' });
    expect([...branch.manifest.previews.keys()]).toEqual(['2']);
  });
});

test('of two spellings in the project one is published, beneath a preview as well', () => {
  const branch = new Branch({ 'a.md': '1', z: '1' }, { 2: { 'a.md': '2' } }, { 'a.md': '2', z: '1' });
  const both = { 'A.md': '3', z: '1' };
  const held = twice(branch, () => branch.publish(both, { skipped: ['a.md'] }));
  expect([...held.heldBack.keys()]).toEqual(['A.md']);
  expect([...branch.manifest.documents.keys()].sort()).toEqual(['a.md', 'z']);
  // The other one is gone: the first takes its place.
  twice(branch, () => branch.publish(both));
  expect([...branch.manifest.documents.keys()].sort()).toEqual(['A.md', 'z']);
});
