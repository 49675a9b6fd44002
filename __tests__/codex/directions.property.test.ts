import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beneathPreviews, type CodexEntry } from '../../src/codex/changes.ts';
import { type Overlay, pullRequestKey } from '../../src/codex/overlay.ts';
import { type OverlayPlan, overlayPreview, planClosed, planDocuments } from '../../src/codex/plan-documents.ts';
import { applyClosed, type ClosedPreviews, planPreview } from '../../src/codex/preview.ts';
import { ALL_COMMITTED } from '../../src/codex/pull-plan.ts';
import { comparedText } from '../../src/codex/whose-text.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { CONFLICT_RULES, type ConflictRule, DIRECTIONS, type Direction } from '../../src/inputs/definitions.ts';
import { blobId } from '../../src/text/ids.ts';
import { documentsText } from '../support/documents-text.ts';
import { runs } from '../support/runs.ts';

const PATHS = ['a.md', 'b.md', 'c.md', 'd.md'];
const threshold = { count: 1000, percent: 100 };
type Texts = Readonly<Record<string, string>>;
type Edit = Readonly<Record<string, string | null>>;

const documentsOf = (texts: Texts): Map<string, Document> =>
  new Map(Object.entries(texts).map(([path, id]) => [path, { id: blobId(id), executable: false }]));

function edited(texts: Texts, changes: Edit): Texts {
  const all = Object.entries({ ...texts, ...changes });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** A project, its checkout on a runner, and its folder in the codex. */
class World {
  /** What is committed on the project's branch, and every text that ever was, by path. */
  head: Texts = {};
  readonly committed = new Set<string>();
  checkout: Texts = {};
  overlay: Overlay = { documents: new Map(), previews: new Map() };
  tree: ReadonlyMap<string, CodexEntry> = new Map();
  /** Whether the manifest names a commit that documents were published from, gone since or not. */
  wasPublished = false;
  /** What commits of the project and of its pull requests hold, and what was published, by path. */
  readonly known = new Set<string>();
  /** What runs for the project's branch had in their checkouts, by path. */
  readonly selected = new Set<string>();
  /** Every text that was ever visible on the branch of the codex. */
  readonly history = new Set<string>();
  /** What people wrote in the codex and no run has touched since. */
  readonly byHand = new Map<string, string>();
  readonly seen = { pulls: 0, replaced: 0, conflicts: 0, thrownAway: 0, removed: 0, waited: 0 };

  commit(texts: Texts): void {
    this.head = texts;
    for (const [path, id] of Object.entries(texts)) this.committed.add(`${path} ${id}`);
    this.learn(texts);
  }

  learn(texts: Texts): void {
    for (const [path, id] of Object.entries(texts)) this.known.add(`${path} ${id}`);
  }

  editCodex(changes: Edit): void {
    const tree = new Map(this.tree);
    for (const [path, id] of Object.entries(changes)) {
      if (id === tree.get(path)?.document?.id) continue;
      if (id === null) tree.delete(path);
      else tree.set(path, { document: { id: blobId(id), executable: false } });
      if (id === null) this.byHand.delete(path);
      else this.byHand.set(path, id);
    }
    this.show(tree);
  }

  show(tree: ReadonlyMap<string, CodexEntry>): void {
    this.tree = tree;
    for (const [path, { document }] of tree) this.history.add(`${path} ${document?.id}`);
  }

  get uncommitted(): Set<string> {
    return new Set(PATHS.filter((path) => this.head[path] !== this.checkout[path]));
  }

  push({ plan, steps, overlay }: OverlayPlan): void {
    const tip = this.tree;
    for (const { changes } of steps) {
      const tree = new Map(tip);
      for (const { path, document } of changes) {
        if (document) tree.set(path, { document });
        else tree.delete(path);
        this.known.add(`${path} ${document?.id}`);
      }
      this.show(tree);
    }
    for (const [path, id] of this.byHand) {
      const now = this.tree.get(path)?.document?.id;
      if (now === id) continue;
      this.byHand.delete(path);
      // What somebody wrote in the codex, and the project never had, does not vanish unlisted, nor for a deletion.
      if (this.known.has(`${path} ${id}`)) continue;
      const said = plan.changes.find((change) => change.path === path);
      expect([path, said?.replaces, now !== undefined]).toEqual([path, id, true]);
      this.seen.replaced += 1;
    }
    this.overlay = overlay;
    for (const [path, id] of overlay.documents) {
      expect(this.history).toContain(`${path} ${id}`);
      // What only a preview had, or somebody wrote in the codex, is none of the documents.
      expect(this.selected).toContain(`${path} ${id}`);
    }
  }

  /** Runs for the project's branch. */
  run(direction: Direction, onConflict: ConflictRule, recordsEqual: boolean, closed: ClosedPreviews): boolean {
    const selection = { documents: documentsOf(this.checkout), skipped: new Map<string, string>() };
    const checkout = { ...ALL_COMMITTED, uncommitted: this.uncommitted };
    const isCompared = direction === 'from-codex';
    for (const [path, id] of Object.entries(this.checkout)) this.selected.add(`${path} ${id}`);
    const question = {
      text: isCompared
        ? comparedText({ ...selection, ...checkout })
        : documentsText(selection, { checkout, recordsEqual }),
      codex: this.tree,
      overlay: this.overlay,
      closed,
      selects: () => true,
      onConflict,
      threshold,
      direction,
      firstRun: !this.wasPublished,
    };
    const planned = attempt(() => planDocuments(question));
    if (!planned) return false;
    const { plan } = planned;
    const settled = applyClosed(this.overlay, this.tree, closed);
    const beneath = beneathPreviews(settled.overlay, settled.codex, selection.documents);
    // What someone edited in a preview that ends stays owned where the project has a document there.
    const owned = new Map(settled.overlay.documents);
    for (const path of settled.kept.keys()) {
      const id = this.overlay.documents.get(path);
      if (id !== undefined && selection.documents.has(path)) owned.set(path, id);
    }
    const tip = this.tree;
    const before = { owned, uncommitted: this.uncommitted, checkout: this.checkout };
    const published = this.overlay.documents;
    if (direction === 'from-codex') expect(plan.documents).toEqual(before.owned);
    else this.push(planned);
    if (!isDeepStrictEqual(published, this.overlay.documents)) this.wasPublished = true;
    if (direction === 'to-codex') expect([plan.pulls, plan.refused.size]).toEqual([[], 0]);
    for (const { path, action } of plan.changes) {
      // Deleted is only what nobody changed in the codex.
      if (action === 'delete') expect(beneath.get(path)?.document?.id).toBe(before.owned.get(path));
    }
    for (const { path, action, document, replaces } of plan.pulls) {
      const ours = before.checkout[path];
      expect(document).toEqual(beneath.get(path)?.document);
      expect([path, before.uncommitted.has(path), replaces]).toEqual([path, false, ours]);
      if (ours !== undefined) expect(this.committed).toContain(`${path} ${ours}`);
      if (action === 'delete') expect(ours).toBe(before.owned.get(path));
      this.checkout = edited(this.checkout, { [path]: document?.id ?? null });
      this.seen.removed += action === 'delete' ? 1 : 0;
    }
    // Nothing is written down because it was written into a checkout.
    for (const [path, id] of direction === 'from-codex' ? [] : plan.documents) {
      // What the project has is published also where a preview that ends now showed that very text.
      const isShown = tip.get(path)?.document?.id === id && beneath.get(path)?.document?.id !== id;
      const isPublished =
        plan.changes.some((change) => change.path === path) || (isShown && before.checkout[path] === id);
      if (id !== before.owned.get(path) && !isPublished) expect(this.committed).toContain(`${path} ${id}`);
    }
    this.seen.pulls += plan.pulls.length;
    this.seen.conflicts += plan.conflicts.length;
    this.seen.waited += plan.refused.size;
    return true;
  }

  preview(number: number, base: Texts, head: Texts, date: string): void {
    const paths = PATHS.filter((path) => base[path] !== head[path]);
    const touched = new Map(paths.map((path) => [path, documentsOf(head).get(path)]));
    const settled = applyClosed(this.overlay, this.tree, []);
    const key = pullRequestKey(number);
    const about = {
      key,
      head: { commit: 'c'.repeat(40), date },
      touched,
      threshold,
      onConflict: 'project' as const,
    };
    const plan = planPreview({ ...about, overlay: settled.overlay, codex: settled.codex });
    this.push(overlayPreview(this.tree, settled, key, plan, touched));
  }
}

/** `undefined` where the plan is refused: then nothing is touched. */
function attempt<T>(plan: () => T): T | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'conflict') return undefined;
    throw error;
  }
}

const text = fc.constantFrom('1', '2', '3', '4', '5');
const edit = fc.dictionary(fc.constantFrom(...PATHS), fc.option(text, { freq: 3 }), { minKeys: 1 });
const number = fc.integer({ min: 1, max: 2 });
const kind = <K extends string>(word: K) => fc.constant(word);
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: kind('commit'), edit }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('work'), edit }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('edit'), edit }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('run'),
      direction: fc.constantFrom(...DIRECTIONS),
      rule: fc.constantFrom(...CONFLICT_RULES),
      recordsEqual: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('keep') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('throw away') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('open'), number, edit }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('preview'), number }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('close'), number }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('merge'), number }) },
);

test('whatever people and runs do on both sides, no text is lost, and none is replaced without being listed', () => {
  const total: Record<string, number> = {};
  fc.assert(
    fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: 'max' }), (operations) => {
      const session = new World();
      const pulls = new Map<number, { base: Texts; head: Texts; date: string }>();
      const merged = new Set<number>();
      let clock = 0;
      const closed = (): ClosedPreviews => [...merged].map(pullRequestKey);
      const close = (one: number) => {
        session.push(planClosed(session.overlay, session.tree, [pullRequestKey(one)]));
        pulls.delete(one);
      };
      const checkOut = () => {
        session.seen.thrownAway += session.uncommitted.size;
        session.checkout = session.head;
      };

      for (const step of operations) {
        switch (step.kind) {
          case 'commit':
            checkOut();
            session.commit(edited(session.head, step.edit));
            session.checkout = session.head;
            break;
          case 'work':
            session.checkout = edited(session.checkout, step.edit);
            break;
          case 'edit':
            session.editCodex(step.edit);
            break;
          case 'run': {
            const work = Object.fromEntries([...session.uncommitted].map((path) => [path, session.checkout[path]]));
            const isDone = session.run(step.direction, step.rule, step.recordsEqual, closed());
            for (const [path, id] of Object.entries(work)) expect(session.checkout[path]).toBe(id);
            if (isDone && step.direction !== 'from-codex') merged.clear();
            break;
          }
          case 'keep':
            session.commit(session.checkout);
            break;
          case 'throw away':
            checkOut();
            break;
          case 'open':
            if (merged.has(step.number)) break;
            pulls.set(step.number, {
              base: session.head,
              head: edited(session.head, step.edit),
              date: new Date(Date.UTC(2026, 0, 1, 0, clock++)).toISOString(),
            });
            session.learn(edited(session.head, step.edit));
            break;
          case 'preview': {
            const pull = pulls.get(step.number);
            if (pull) session.preview(step.number, pull.base, pull.head, pull.date);
            break;
          }
          case 'close':
            if (pulls.has(step.number)) close(step.number);
            break;
          case 'merge': {
            const pull = pulls.get(step.number);
            if (!pull || !session.overlay.previews.has(pullRequestKey(step.number))) break;
            const paths = PATHS.filter((path) => pull.base[path] !== pull.head[path]);
            checkOut();
            session.commit(
              edited(session.head, Object.fromEntries(paths.map((path) => [path, pull.head[path] ?? null]))),
            );
            session.checkout = session.head;
            pulls.delete(step.number);
            merged.add(step.number);
          }
        }
      }

      // When it is quiet again, runs whose results are committed bring both sides together: the first one may be one that
      // leaves alone what only the codex has, the second brings it, the third writes it down. Then nothing happens any more.
      for (const one of [...pulls.keys()]) close(one);
      checkOut();
      for (const rule of ['codex', 'codex', 'codex'] as const) {
        session.run('bidirectional', rule, true, closed());
        merged.clear();
        session.commit(session.checkout);
      }
      const [tree, overlay, checkout] = [session.tree, session.overlay, session.checkout];
      const isFirstRun = !session.wasPublished;
      session.run('bidirectional', 'codex', true, []);
      expect([session.tree, session.overlay.documents, session.checkout]).toEqual([tree, overlay.documents, checkout]);
      const shown = Object.fromEntries([...session.tree].map(([path, { document }]) => [path, document?.id]));
      if (!isFirstRun) expect(shown).toEqual(session.head);
      for (const [name, times] of Object.entries(session.seen)) total[name] = (total[name] ?? 0) + times;
    }),
    { numRuns: runs(500) },
  );
  for (const times of Object.values(total)) expect(times).toBeGreaterThan(100);
});
