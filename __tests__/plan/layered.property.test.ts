import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CodexEntry } from '../../src/plan/changes.ts';
import { type Ended, settle } from '../../src/plan/ended.ts';
import { layPreview, planDocuments, type Step } from '../../src/plan/layered.ts';
import { type Layers, standing } from '../../src/plan/layers.ts';
import { planPreview } from '../../src/plan/previews.ts';
import type { Document } from '../../src/plan/selection.ts';
import { runs } from '../support/runs.ts';

// Of `d`, `d/e` and `d/e/f` a tree can hold one alone.
const PATHS = ['a', 'b', 'c', 'd', 'd/e', 'd/e/f'];
const threshold = { count: 1000, percent: 100 };
type Texts = Record<string, string>;

const documentsOf = (texts: Texts): Map<string, Document> =>
  new Map(Object.entries(texts).map(([path, id]) => [path, { id, executable: false }]));

function standingTexts(layers: Layers): Texts {
  const stands = standing(layers);
  const named = stands.paths.map((path) => [path, stands.at(path).id] as const);
  return Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The codex, as far as this project goes, and every blob that was ever visible on the branch. */
class Codex {
  layers: Layers = { documents: new Map(), previews: new Map() };
  tree: ReadonlyMap<string, CodexEntry> = new Map();
  readonly history = new Set<string>();

  push(steps: readonly Step[], layers: Layers): void {
    const tip = this.tree;
    for (const { changes, layers: named } of steps) {
      const tree = new Map(tip);
      for (const { path, document } of changes) {
        if (document) tree.set(path, { document });
        else tree.delete(path);
      }
      for (const { document } of tree.values()) this.history.add(document?.id ?? '');
      const paths = [...tree.keys()];
      expect(paths.filter((path) => paths.some((other) => clash(path, other)))).toEqual([]);
      this.tree = tree;
      // At each commit the manifest says what stands there.
      expect(this.texts).toEqual(standingTexts(named));
    }
    this.layers = layers;
  }

  publish(texts: Texts, ended: Ended = new Map()): void {
    const { layers, steps } = planDocuments({
      selection: { documents: documentsOf(texts), leftAlone: new Map() },
      codex: this.tree,
      layers: this.layers,
      ended,
      selects: () => true,
      onConflict: 'project',
      threshold,
      recordsEqual: true,
    });
    this.push(steps, layers);
  }

  preview(number: number, base: Texts, head: Texts, date: string): void {
    const paths = PATHS.filter((path) => base[path] !== head[path]);
    const touched = new Map(paths.map((path) => [path, documentsOf(head).get(path)]));
    const settled = settle(this.layers, this.tree, new Map());
    const plan = planPreview({
      number,
      head: { commit: 'c'.repeat(40), date },
      touched,
      layers: settled.layers,
      codex: settled.codex,
      onConflict: 'project',
      threshold,
    });
    const { layers, steps } = layPreview(this.tree, settled, number, plan, touched);
    this.push(steps, layers);
  }

  close(number: number): void {
    this.publish(Object.fromEntries(this.layers.documents), new Map([[number, 'dropped']]));
  }

  get texts(): Texts {
    return Object.fromEntries([...this.tree].map(([path, { document }]) => [path, document?.id ?? '']));
  }
}

const text = fc.constantFrom('1', '2', '3', '4', '5');
const edit = fc.dictionary(fc.constantFrom(...PATHS), fc.option(text));
const number = fc.integer({ min: 1, max: 3 });
const operation = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('commit' as const), edit }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('publish' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), number, edit }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('preview' as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), number }) },
);

const clash = (one: string, other: string) => one.startsWith(`${other}/`) || other.startsWith(`${one}/`);

/** A tree once these files were written into it, and those removed, as a working tree would have it. */
function edited(texts: Texts, changes: Record<string, string | null>): Texts {
  const result = new Map(Object.entries(texts));
  for (const [path, id] of Object.entries(changes)) {
    result.delete(path);
    if (id === null) continue;
    for (const other of [...result.keys()]) if (clash(path, other)) result.delete(other);
    result.set(path, id);
  }
  return Object.fromEntries(result);
}

/** The model: at each path the newest layer that names it decides; what a newer one has in the way covers a document. */
function laid(published: Texts, newestFirst: readonly Record<string, string | null>[]): Texts {
  const said = new Map<string, string | null>();
  for (const layer of [...newestFirst, published]) {
    const above = [...said].filter(([, id]) => id !== null).map(([path]) => path);
    for (const [path, id] of Object.entries(layer)) {
      if (!said.has(path)) said.set(path, above.some((other) => clash(path, other)) ? null : id);
    }
  }
  return Object.fromEntries([...said].filter((entry): entry is [string, string] => entry[1] !== null));
}

// A file covers a folder, is removed by a newer pull request, and covers it again when that one is closed.
const COVERED_AGAIN: (typeof operation extends fc.Arbitrary<infer T> ? T : never)[] = [
  { kind: 'open', number: 1, edit: { d: '1' } },
  { kind: 'preview', number: 1 },
  { kind: 'commit', edit: { 'd/e/f': '1' } },
  { kind: 'publish' },
  { kind: 'merge', number: 1 },
  { kind: 'open', number: 2, edit: { d: null } },
  { kind: 'preview', number: 2 },
];

test('whatever happens in whatever order, the branch is what the model of the layers says', () => {
  let hidden = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 5, maxLength: 40, size: 'max' }), (operations) => {
      const codex = new Codex();
      let main: Texts = {};
      let clock = 0;
      // The model: what was published, and what each open pull request changed against its base when it last ran.
      let published: Texts = {};
      const previews = new Map<number, { date: string; changes: Record<string, string | null> }>();
      const pulls = new Map<number, { base: Texts; head: Texts; date: string }>();
      const merged = new Set<number>();

      for (const step of operations) {
        if (step.kind === 'commit') main = edited(main, step.edit);
        if (step.kind === 'publish') {
          codex.publish(main, new Map([...merged].map((one) => [one, 'merged'])));
          published = main;
          for (const one of merged) previews.delete(one);
          merged.clear();
        }
        if (step.kind === 'open' && !merged.has(step.number)) {
          // A pull request that is pushed to keeps its base.
          const date = new Date(Date.UTC(2026, 0, 1, 0, clock++)).toISOString();
          pulls.set(step.number, { base: main, head: edited(main, step.edit), date });
        }
        if (step.kind === 'preview') {
          const pull = pulls.get(step.number);
          if (!pull) continue;
          codex.preview(step.number, pull.base, pull.head, pull.date);
          const paths = PATHS.filter((path) => pull.base[path] !== pull.head[path]);
          const changes = Object.fromEntries(paths.map((path) => [path, pull.head[path] ?? null]));
          previews.set(step.number, { date: pull.date, changes });
        }
        if (step.kind === 'close' && pulls.delete(step.number)) {
          codex.close(step.number);
          previews.delete(step.number);
        }
        if (step.kind === 'merge') {
          const pull = pulls.get(step.number);
          if (!pull || !previews.has(step.number)) continue;
          pulls.delete(step.number);
          main = edited(main, previews.get(step.number)?.changes ?? {});
          merged.add(step.number);
        }
        const order = [...previews].sort(([one, a], [other, b]) =>
          a.date < b.date ? 1 : a.date > b.date ? -1 : other - one,
        );
        const model = laid(
          published,
          order.map(([, { changes }]) => changes),
        );
        expect(codex.texts).toEqual(model);
        expect(standingTexts(codex.layers)).toEqual(model);
        // Every blob that a manifest names can be had from the branch.
        const ids = [
          ...codex.layers.documents.values(),
          ...[...codex.layers.previews.values()].flatMap(({ documents }) => [...documents.values()]),
        ];
        for (const id of ids) if (id !== null) expect(codex.history).toContain(id);
        hidden += codex.layers.previews.size > 1 ? 1 : 0;
      }

      for (const one of pulls.keys()) codex.close(one);
      codex.publish(main, new Map([...merged].map((one) => [one, 'merged'])));
      expect(codex.texts).toEqual(main);
      expect(codex.layers.previews.size).toBe(0);
    }),
    { numRuns: runs(1000), examples: [[COVERED_AGAIN]] },
  );
  expect(hidden).toBeGreaterThan(100);
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
    const codex = new Codex();
    codex.publish(main);
    for (const one of [1, 2, 3])
      codex.preview(one, main, heads[one] ?? {}, new Date(Date.UTC(2026, 0, one)).toISOString());
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
