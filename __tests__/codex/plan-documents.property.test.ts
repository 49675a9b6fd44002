import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pullRequestKey } from '../../src/codex/overlay.ts';
import { clash, LayeredCodex, PATHS, standingTexts, type Texts } from '../support/layered-codex.ts';
import { runs } from '../support/runs.ts';

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

/** What a pull request changes: path -> text, `null` where it removes. */
function changesOf({ base, head }: { base: Texts; head: Texts }): Record<string, string | null> {
  const paths = PATHS.filter((path) => base[path] !== head[path]);
  return Object.fromEntries(paths.map((path) => [path, head[path] ?? null]));
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
      const codex = new LayeredCodex();
      let main: Texts = {};
      let clock = 0;
      // The model: what was published, and what each open or merged pull request changed against its base when it last ran.
      let published: Texts = {};
      const previews = new Map<number, { date: string; changes: Record<string, string | null> }>();
      const pulls = new Map<number, { base: Texts; head: Texts; date: string }>();
      const merged = new Set<number>();

      for (const step of operations) {
        if (step.kind === 'commit') main = edited(main, step.edit);
        if (step.kind === 'publish') {
          codex.publish(main, [...merged].map(pullRequestKey));
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
          previews.set(step.number, { date: pull.date, changes: changesOf(pull) });
        }
        if (step.kind === 'close' && pulls.delete(step.number)) {
          codex.close(step.number);
          previews.delete(step.number);
        }
        if (step.kind === 'merge') {
          const pull = pulls.get(step.number);
          if (!pull) continue;
          pulls.delete(step.number);
          // Its head may be one that no run has published.
          main = edited(main, changesOf(pull));
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
        expect(standingTexts(codex.overlay)).toEqual(model);
        // No text of a preview becomes one of the documents.
        expect(Object.fromEntries(codex.overlay.documents)).toEqual(published);
        // Every blob that a manifest names can be had from the branch.
        const ids = [
          ...codex.overlay.documents.values(),
          ...[...codex.overlay.previews.values()].flatMap(({ documents }) => [...documents.values()]),
        ];
        for (const id of ids) if (id !== null) expect(codex.history).toContain(id);
        hidden += codex.overlay.previews.size > 1 ? 1 : 0;
      }

      for (const one of pulls.keys()) codex.close(one);
      codex.publish(main, [...merged].map(pullRequestKey));
      expect(codex.texts).toEqual(main);
      expect(codex.overlay.previews.size).toBe(0);
    }),
    { numRuns: runs(1000), examples: [[COVERED_AGAIN]] },
  );
  expect(hidden).toBeGreaterThan(100);
});
