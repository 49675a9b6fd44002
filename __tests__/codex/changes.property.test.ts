import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChangePlan, type ChangeQuestion, type CodexEntry, planChanges } from '../../src/codex/changes.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { CONFLICT_RULES } from '../../src/inputs/definitions.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';
import { runs } from '../support/runs.ts';

const PATHS = ['docs', 'docs/a.md', 'docs/b', 'docs/b/c.md', ...Array.from({ length: 8 }, (_, n) => `${n}.md`)];

const id = fc.constantFrom('a', 'b', 'c').map((letter) => blobId(letter.repeat(40)));
const document = fc.record({ id, executable: fc.boolean() });

interface Place {
  readonly path: string;
  readonly project: Document | undefined;
  readonly codex: Document | 'link' | undefined;
  readonly owned: BlobId | undefined;
  readonly selected: boolean;
  readonly skipped: boolean;
}

const anyPlace: fc.Arbitrary<Omit<Place, 'path'>> = fc.record({
  project: fc.option(document, { nil: undefined, freq: 1 }),
  codex: fc.option(fc.oneof({ weight: 6, arbitrary: document }, fc.constant('link' as const)), { nil: undefined }),
  owned: fc.option(id, { nil: undefined }),
  selected: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  skipped: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});
/** Published, and gone from the project. */
const deletedPlace: fc.Arbitrary<Omit<Place, 'path'>> = document.map((codex) => {
  return { project: undefined, codex, owned: codex.id, selected: true, skipped: false };
});

function placesOf(place: fc.Arbitrary<Omit<Place, 'path'>>): fc.Arbitrary<Place[]> {
  return fc.tuple(...PATHS.map((path) => place.map((found) => ({ ...found, path }))));
}
const places = fc.oneof(placesOf(anyPlace), placesOf(fc.oneof(deletedPlace, deletedPlace, deletedPlace, anyPlace)));

const question: fc.Arbitrary<ChangeQuestion> = fc
  .record({
    places,
    firstRun: fc.boolean(),
    onConflict: fc.constantFrom(...CONFLICT_RULES),
    threshold: fc.record({ count: fc.nat(8), percent: fc.nat(100) }),
    recordsEqual: fc.boolean(),
  })
  .map(({ places: all, firstRun, ...rest }) => {
    const ours = all.flatMap(({ path, project, selected, skipped }) =>
      project && selected && !skipped ? [[path, project] as const] : [],
    );
    const theirs = all.flatMap(({ path, codex }) =>
      codex ? [[path, { document: codex === 'link' ? undefined : codex }] as const] : [],
    );
    const owned = all.flatMap(({ path, owned }) => (owned && !firstRun ? [[path, owned] as const] : []));
    return {
      selection: {
        documents: withoutCollisions(new Map(ours)),
        skipped: new Map(all.filter(({ skipped }) => skipped).map(({ path }) => [path, 'a submodule'])),
      },
      codex: withoutCollisions(new Map<string, CodexEntry>(theirs)),
      owned: new Map(owned),
      selects: (path) => all.some((one) => one.path === path && one.selected),
      ...rest,
    };
  });

function above(path: string): string[] {
  return PATHS.filter((folder) => path.startsWith(`${folder}/`));
}

/** Only what a git tree can hold: nothing below a file. */
function withoutCollisions<T>(files: Map<string, T>): Map<string, T> {
  return new Map([...files].filter(([path]) => !above(path).some((folder) => files.has(folder))));
}

/** `undefined` when the plan is refused (a conflict under `fail`, something in the way): then nothing is touched. */
function tryPlan(asked: ChangeQuestion): ChangePlan | undefined {
  try {
    return planChanges(asked);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'conflict') return undefined;
    throw error;
  }
}

function after(asked: ChangeQuestion, plan: ChangePlan): ChangeQuestion {
  const codex = new Map(asked.codex);
  for (const { path } of plan.changes) codex.delete(path);
  for (const { path, document: published } of plan.changes) if (published) codex.set(path, { document: published });
  return { ...asked, codex, owned: plan.documents };
}

function property(check: (asked: ChangeQuestion, plan: ChangePlan) => void): void {
  let planned = 0;
  fc.assert(
    fc.property(question, (asked) => {
      const plan = tryPlan(asked);
      if (plan) {
        planned += 1;
        check(asked, plan);
      }
    }),
    { numRuns: runs(1000) },
  );
  expect(planned).toBeGreaterThan(200);
}

test('no owned document that the codex changed is deleted or overwritten, but for a listed conflict that the project wins', () => {
  property((asked, plan) => {
    for (const { path, document: published } of plan.changes) {
      const theirs = asked.codex.get(path)?.document;
      const base = asked.owned.get(path);
      if (base === undefined || !theirs || theirs.id === base || theirs.id === published?.id) continue;
      expect(asked.onConflict).toBe('project');
      expect(plan.conflicts).toContainEqual({ path, kept: 'project' });
      expect(published).toEqual(asked.selection.documents.get(path));
    }
  });
});

test('only owned documents are deleted; what is left alone, and links of the codex, are never touched', () => {
  property((asked, plan) => {
    for (const { path, action } of plan.changes) {
      if (action === 'delete') expect(asked.owned.has(path)).toBe(true);
      expect(asked.selection.skipped.has(path)).toBe(false);
      if (asked.codex.has(path)) expect(asked.codex.get(path)?.document).toBeDefined();
    }
  });
});

test('carrying out the plan gives what `documents` says, in a tree that git can hold', () => {
  property((asked, plan) => {
    const next = after(asked, plan);
    for (const { path, document: published } of plan.changes) {
      expect(plan.documents.get(path)).toBe(published?.id);
      expect(next.codex.get(path)?.document).toEqual(published);
    }
    expect(withoutCollisions(new Map(next.codex)).size).toBe(next.codex.size);
    for (const [path, recorded] of plan.documents) {
      if (recorded !== asked.owned.get(path)) expect(next.codex.get(path)?.document?.id).toBe(recorded);
    }
  });
});

test('text that this tool had not published is listed when it is replaced', () => {
  property((asked, plan) => {
    for (const { path, document: published, replaces } of plan.changes) {
      const theirs = asked.codex.get(path)?.document?.id;
      const foreign = theirs !== undefined && theirs !== asked.owned.get(path) && theirs !== published?.id;
      expect(replaces).toBe(foreign ? theirs : undefined);
    }
  });
});

test('withheld deletions stand in the codex and stay owned', () => {
  let withheld = 0;
  property((asked, plan) => {
    withheld += plan.withheld.length;
    for (const path of plan.withheld) {
      expect(plan.documents.get(path)).toBe(asked.owned.get(path));
      expect(after(asked, plan).codex.get(path)).toEqual(asked.codex.get(path));
    }
  });
  expect(withheld).toBeGreaterThan(0);
});

test('repeating a run reaches a fixed point within two runs', () => {
  property((asked, plan) => {
    const second = after(asked, plan);
    const repeated = planChanges(second);
    // What a run publishes makes the share smaller that its withheld deletions are of all: then they pass.
    if (plan.withheld.length === 0) expect(repeated.changes).toEqual([]);
    const third = after(second, repeated);
    const settled = planChanges(third);
    expect(settled.changes).toEqual([]);
    expect(settled.documents).toEqual(third.owned);
  });
});
