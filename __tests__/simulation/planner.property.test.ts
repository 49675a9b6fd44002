import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CodexEntry } from '../../src/codex/changes.ts';
import { EMPTY_MANIFEST, type Manifest, wasPublished } from '../../src/codex/manifest.ts';
import { isBeneath, type PreviewKey, pullRequestKey } from '../../src/codex/overlay.ts';
import { compareThreeWay } from '../../src/codex/three-way.ts';
import { decideWhoseText, type TextFacts } from '../../src/codex/whose-text.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { NO_FOLDER } from '../../src/git/codex-folder.ts';
import { CONFLICT_RULES } from '../../src/inputs/definitions.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { decideRun, type ProjectPlan, planSync, type SyncFacts, selectTexts } from '../../src/sync/plan.ts';
import type { Project } from '../../src/sync/project.ts';
import { parseSyncProject } from '../../src/sync/request.ts';
import { blobId, branchName, treeId } from '../../src/text/ids.ts';
import { PUSH_FACTS } from '../support/documents-text.ts';
import { REFS } from '../support/model-repository.ts';
import { runs } from '../support/runs.ts';
import { PUSH } from '../support/trigger.ts';

/**
 * The planner alone: base, project and codex come from one tree that was changed twice, since independent trees have too
 * little in common. The rules below know nothing of how it plans.
 */
type Tree = ReadonlyMap<string, Document>;

const PATHS = [
  ...['README.md', 'docs/a.md', 'docs/b.md', 'docs/x/1.md', 'docs/x/2.md', 'docs/y/1.md'],
  // A file where a folder is, other spellings, and one letter in two forms.
  ...['docs/x', 'docs/A.md', 'docs/X/1.md', 'docs/a.md/in.md', 'docs/\u00e9.md', 'docs/e\u0301.md'],
];
const path = fc.constantFrom(...PATHS);
const id = fc.constantFrom(...'123456').map((digit) => blobId(digit.repeat(40)));
const document: fc.Arbitrary<Document> = fc.record({
  id,
  executable: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), path, document }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mode' as const), path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move all' as const), path, to: path }) },
);
type Edit = typeof change extends fc.Arbitrary<infer T> ? T : never;
const changes = fc.array(change, { maxLength: 5 });
const tree = fc.array(fc.tuple(path, document), { minLength: 2, maxLength: 8 }).map((files) => {
  const edits = files.map(([at, given]): Edit => ({ kind: 'write', path: at, document: given }));
  return edited(new Map(), edits);
});

const folded = (name: string) => name.normalize('NFC').toLowerCase();
const isBelow = (one: string, other: string) => one.startsWith(`${other}/`);
/** Whether git, or a system in which case does not count, cannot hold both. */
function clashes(one: string, other: string): boolean {
  const [a, b] = [folded(one), folded(other)];
  return a === b || isBelow(a, b) || isBelow(b, a);
}

function edited(before: Tree, edits: readonly Edit[]): Tree {
  const files = new Map(before);
  const write = (at: string, given: Document) => {
    for (const other of [...files.keys()]) if (clashes(at, other)) files.delete(other);
    files.set(at, given);
  };
  for (const edit of edits) {
    const found = files.get(edit.path);
    if (edit.kind === 'write') write(edit.path, edit.document);
    if (edit.kind === 'remove') files.delete(edit.path);
    if (edit.kind === 'mode' && found) files.set(edit.path, { ...found, executable: !found.executable });
    if (edit.kind === 'move' && found) {
      files.delete(edit.path);
      write(edit.to, found);
    }
    if (edit.kind === 'move all') {
      const [from, to] = [edit.path, edit.to].map((one) => one.slice(0, one.lastIndexOf('/') + 1)) as [string, string];
      if (from === to || from === '' || to === '') continue;
      for (const [at, given] of [...files].filter(([one]) => one.startsWith(from))) {
        files.delete(at);
        write(to + at.slice(from.length), given);
      }
    }
  }
  return files;
}

interface Codex {
  readonly entries: ReadonlyMap<string, CodexEntry>;
  readonly manifest: Manifest;
  /** Every blob id that a commit of the branch had. */
  readonly history: ReadonlySet<string>;
}
const EMPTY: Codex = { entries: new Map(), manifest: EMPTY_MANIFEST, history: new Set() };

type Run =
  | { readonly kind: 'documents'; readonly tree: Tree; readonly closed: readonly PreviewKey[] }
  | {
      readonly kind: 'preview';
      readonly number: number;
      readonly base: Tree;
      readonly tree: Tree;
      readonly minute: number;
    };

interface Rules {
  readonly onConflict: (typeof CONFLICT_RULES)[number];
  readonly threshold: { readonly count: number; readonly percent: number };
}
const rules: fc.Arbitrary<Rules> = fc.record({
  onConflict: fc.constantFrom(...CONFLICT_RULES),
  threshold: fc.oneof(
    fc.constant({ count: 1000, percent: 100 }),
    { weight: 3, arbitrary: fc.record({ count: fc.nat(2), percent: fc.constant(100) }) },
    { weight: 3, arbitrary: fc.record({ count: fc.constant(1000), percent: fc.nat(60) }) },
  ),
});
const LOOSE: Rules = { onConflict: 'project', threshold: { count: 1000, percent: 100 } };

const words = { INPUT_TOKEN: 't', INPUT_ENV: 'test', INPUT_INCLUDE: '**', 'INPUT_ALLOW-EMPTY': 'true' };
const REQUEST = parseSyncProject(
  parseInputs({ ...words, 'INPUT_CODEX-REPOSITORY': 'acme/codex' }),
  undefined,
  '.',
  PUSH,
);
const COMMIT = 'c'.repeat(40);
const BASE = 'b'.repeat(40);

/** What the product plans, with facts as a run would find them. */
function plan({ entries, manifest }: Codex, run: Run, { onConflict, threshold }: Rules): ProjectPlan {
  const request = { ...REQUEST, onConflict, threshold };
  const selected = {
    ...{ documents: run.tree, skipped: new Map(), untracked: new Set<string>(), linkTargets: new Map() },
    ...{ uncommitted: new Set<string>(), foreign: new Set<string>(), known: [] },
    ...{ uncommittedDocuments: new Set<string>(), unmatched: [] },
  };
  const facts = factsOf(run);
  const pull =
    run.kind === 'preview' ? { number: run.number, headCommit: COMMIT, baseBranch: branchName('main') } : undefined;
  const project: Project = {
    ...{ selected, run: facts.run, stableRefs: REFS, pull: undefined, isOneOfMany: false },
    decide: (codex) => decideWhoseText(facts, selected, codex),
    isOnGitHub: async () => true,
    listIgnored: async () => [],
  };
  const snapshot = {
    folder: { ...NO_FOLDER, entries, tree: entries.size > 0 ? treeId('tree') : undefined },
    ...{ manifest, warning: undefined },
  };
  const { decided, ...decision } = decideRun(request, project, snapshot);
  if (decided.kind === 'superseded') throw new Error('Nothing here supersedes a run');
  const known: SyncFacts = {
    kind: 'current',
    decision: { ...decision, decided },
    order: { order: 'go', published: manifest.source, rollsBack: false },
    texts: selectTexts(request, project, snapshot, { decided }, manifest.source, new Map()),
    ...{ hold: { kind: 'stays' }, heldRelation: 'unknown', missingGenerated: new Map(), projects: [] },
    closed: run.kind === 'documents' ? endsWith(run.closed, manifest) : [],
    preview:
      run.kind === 'preview'
        ? {
            changes: { base: BASE, paths: pathsOf(run).filter((at) => !isSame(run.base.get(at), run.tree.get(at))) },
            date: new Date(Date.UTC(2026, 0, 1, 0, run.minute)).toISOString(),
            local: undefined,
            pull: pull as never,
            defaultBranch: branchName('main'),
          }
        : undefined,
    answersPulls: true,
    now: new Date(Date.UTC(2026, 5, 1)),
  };
  return planSync(request, project, snapshot, known);
}

/** The documents beneath a project's first previews end with the first run that publishes `documents`. */
const endsWith = (closed: readonly PreviewKey[], { previews }: Manifest) =>
  [...previews].flatMap(([key, preview]) => (closed.includes(key) || isBeneath(key, preview) ? [key] : []));

const pathsOf = ({ base, tree: head }: Extract<Run, { kind: 'preview' }>) => [
  ...new Set([...base.keys(), ...head.keys()]),
];
const isSame = (one: Document | undefined, other: Document | undefined) =>
  one?.id === other?.id && one?.executable === other?.executable;

function factsOf(run: Run): TextFacts {
  if (run.kind === 'documents') return PUSH_FACTS;
  const { run: pushed } = PUSH_FACTS;
  return {
    ...{ kind: 'pull request', event: 'pull_request', head: COMMIT, isItsHead: true, uncommitted: new Set() },
    pullRequest: { number: run.number, headCommit: COMMIT },
    run: { ...pushed, ref: undefined },
  };
}

/** The codex after the commits of a plan; each differs from the tip. */
function carriedOut(before: Codex, planned: ProjectPlan): Codex {
  let after = before;
  const history = new Set(before.history);
  for (const { changes: own, manifest } of planned.publication?.projects[0]?.steps ?? []) {
    const entries = new Map(before.entries);
    for (const { path: at } of own) entries.delete(at);
    for (const { path: at, document: given } of own) if (given) entries.set(at, { document: given });
    for (const { document: given } of entries.values()) if (given) history.add(given.id);
    after = { entries, manifest: manifest ?? EMPTY_MANIFEST, history };
  }
  return after;
}

/** A person changes files in the codex. Spellings that differ in case alone have tests of their own (case-collisions). */
function editedBy(codex: Codex, edits: readonly Edit[]): Codex {
  const files = new Map(
    [...codex.entries].flatMap(([at, { document: given }]) => (given ? [[at, given] as const] : [])),
  );
  const after = edited(files, edits);
  const history = new Set([...codex.history, ...[...after.values()].map((one) => one.id)]);
  return { ...codex, entries: new Map([...after].map(([at, given]) => [at, { document: given }])), history };
}

const textAt = ({ entries }: Codex, at: string) => entries.get(at)?.document;

/** What this tool published at a path, and may still be responsible for. */
function ours({ manifest }: Codex, at: string): (string | null)[] {
  const layers = [manifest.documents, ...[...manifest.previews.values()].map((one) => one.documents)];
  return layers.flatMap((layer) => layer.get(at) ?? (layer.has(at) ? null : []));
}

/** The text that a path should have: of the newest preview that names it, else of `documents`. */
function shownAt({ manifest }: Codex, at: string): string | null | undefined {
  const newest = [...manifest.previews].sort(
    ([one, { date: ours = '' }], [other, { date: theirs = '' }]) =>
      theirs.localeCompare(ours) || Number(other) - Number(one),
  );
  const [named] = newest.filter(([, { documents }]) => documents.has(at));
  return named ? named[1].documents.get(at) : manifest.documents.get(at);
}

function* broken(before: Codex, run: Run, planned: ProjectPlan, after: Codex): Generator<string> {
  const { plan: made, overlayPlan } = planned;
  if (!made || !overlayPlan) return;
  const isConflict = (at: string) => made.conflicts.some((one) => one.path === at);
  for (const [at, { document: there }] of before.entries) {
    const now = textAt(after, at);
    if (!there || isSame(there, now)) continue;
    const isEdit = !ours(before, at).includes(there.id);
    const isListed = made.changes.some((one) => one.path === at && one.replaces === there.id) || isConflict(at);
    if (isEdit && !now) yield `${at}: an edit in the codex was deleted`;
    if (isEdit && now && now.id !== there.id && !isListed) yield `${at}: an edit was replaced and not listed`;
    if (!now && ours(before, at).length === 0) yield `${at}: was deleted, and never published`;
  }
  for (const at of new Set([...before.entries.keys(), ...after.entries.keys()])) {
    if (isSame(textAt(before, at), textAt(after, at))) continue;
    if (!run.tree.has(at) && ours(before, at).length === 0)
      yield `${at}: was changed, and the project has no such file`;
  }
  const names = [...after.entries.keys()];
  for (const one of names)
    for (const other of names) {
      if (one !== other && isBelow(one, other)) yield `${one} is below the file ${other}`;
      if (one >= other || folded(one) !== folded(other) || (before.entries.has(one) && before.entries.has(other)))
        continue;
      yield `${one} and ${other} are one file in some systems`;
    }
  for (const [at, recorded] of after.manifest.documents) {
    const isMerged = run.kind === 'documents' && run.tree.get(at)?.id === recorded;
    if (before.manifest.documents.get(at) !== recorded && !isMerged) yield `${at}: an unmerged text became a document`;
  }
  for (const layer of [after.manifest.documents, ...[...after.manifest.previews.values()].map((one) => one.documents)])
    for (const [at, named] of layer)
      if (named !== null && !after.history.has(named)) yield `${at}: the manifest names a text that was never there`;
  if (run.kind === 'preview') return;
  const previews = [...after.manifest.previews.values()].flatMap((one) => [...one.documents.keys()]);
  for (const [at, own] of run.tree) {
    if (isSame(textAt(after, at), own)) continue;
    const there = textAt(before, at);
    const isDrift = made.drifted.includes(at) && there !== undefined && there.id !== shownAt(before, at);
    const isExplained =
      overlayPlan.heldBack.has(at) || isDrift || isConflict(at) || previews.some((other) => clashes(at, other));
    if (!isExplained) yield `${at}: the project has it, the codex does not, and no report tells why`;
  }
  for (const [at, published] of before.manifest.documents) {
    if (run.tree.has(at)) continue;
    if (made.withheld.includes(at)) {
      if (!after.manifest.documents.has(at)) yield `${at}: its deletion was withheld, and it is owned no longer`;
      continue;
    }
    if (textAt(before, at)?.id !== published || previews.some((other) => clashes(at, other))) continue;
    if (textAt(after, at)) yield `${at}: the project removed it, and it is still there`;
  }
}

const counted = new Map<string, number>();
const count = (name: string) => void counted.set(name, (counted.get(name) ?? 0) + 1);

/** `undefined` for a run that is refused: a conflict under `fail`, or something in the way. */
function tryPlan(codex: Codex, run: Run, given: Rules): ProjectPlan | undefined {
  try {
    return plan(codex, run, given);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'conflict') return undefined;
    throw error;
  }
}

/** Plans, carries out and judges; a run that is refused changes nothing. */
function play(before: Codex, run: Run, given: Rules): Codex {
  const planned = tryPlan(before, run, given);
  if (!planned) {
    count('refused');
    return before;
  }
  const after = carriedOut(before, planned);
  expect([...broken(before, run, planned, after)]).toEqual([]);
  count(after === before ? 'unchanged' : run.kind);
  for (const name of ['drifted', 'conflicts', 'withheld'] as const)
    if (planned.plan && planned.plan[name].length > 0) count(name);
  if ((planned.overlayPlan?.heldBack.size ?? 0) > 0) count('held back');
  if ((planned.overlayPlan?.hidden.size ?? 0) > 0) count('hidden');
  repeat(after, run, given);
  return after;
}

/**
 * The same again changes no text. Of a preview bits are not compared: a document that it no longer covers returns with the
 * bit of what covered it, since manifests know ids alone, and another run may set that. Nor is its manifest: where a person removed
 * what the preview puts a folder in the place of, the second run names that removal.
 */
function repeat(after: Codex, run: Run, given: Rules): void {
  const planned = tryPlan(after, run, given);
  if (!planned) throw new Error('What was accepted is refused when it is repeated');
  // A run that published nothing, since it kept an edit of a closed preview, leaves a project that is new to the next run.
  if (!wasPublished(after.manifest) && planned.plan?.changes.some(({ replaces }) => replaces)) return;
  const again = carriedOut(after, planned);
  if (run.kind === 'preview') expect(ids(again)).toEqual(ids(after));
  else expect(again).toEqual(after);
}

const OFTEN = [
  'documents',
  'preview',
  'unchanged',
  'refused',
  'drifted',
  'conflicts',
  'withheld',
  'held back',
  'hidden',
];

test('whatever a project and people made of one tree, nothing is lost, and the same run again changes no text', () => {
  counted.clear();
  fc.assert(
    fc.property(
      fc.record({
        ...{ base: tree, project: changes, codex: changes, rules, publishes: fc.boolean() },
        previews: fc.array(fc.record({ head: changes, minute: fc.nat(2) }), { maxLength: 2 }),
        closed: fc.subarray([1, 2]),
        again: changes,
      }),
      ({ base, project, codex: edits, rules: given, publishes, previews, closed, again }) => {
        let codex = publishes ? play(EMPTY, { kind: 'documents', tree: base, closed: [] }, LOOSE) : EMPTY;
        previews.forEach(({ head, minute }, index) => {
          codex = play(codex, { kind: 'preview', number: index + 1, base, tree: edited(base, head), minute }, LOOSE);
        });
        codex = editedBy(codex, edits);
        const now = edited(base, project);
        if (previews.length > 0 && again.length > 0)
          codex = play(codex, { kind: 'preview', number: 1, base: now, tree: edited(now, again), minute: 5 }, given);
        play(codex, { kind: 'documents', tree: now, closed: closed.map(pullRequestKey) }, given);
      },
    ),
    { numRuns: runs(600) },
  );
  expect(OFTEN.filter((name) => (counted.get(name) ?? 0) < 5)).toEqual([]);
});

test('a pull request that is closed leaves no trace', () => {
  fc.assert(
    fc.property(tree, changes, changes, fc.boolean(), (base, head, project, closesFirst) => {
      const published = play(EMPTY, { kind: 'documents', tree: base, closed: [] }, LOOSE);
      const now = edited(base, project);
      const without = play(published, { kind: 'documents', tree: now, closed: [] }, LOOSE);
      const shown = play(published, { kind: 'preview', number: 1, base, tree: edited(base, head), minute: 1 }, LOOSE);
      const closed = [pullRequestKey(1)];
      const between = closesFirst ? shown : play(shown, { kind: 'documents', tree: now, closed: [] }, LOOSE);
      const after = play(between, { kind: 'documents', tree: now, closed }, LOOSE);
      expect(ids(after)).toEqual(ids(without));
      expect([...after.manifest.documents].sort()).toEqual([...without.manifest.documents].sort());
      expect(after.manifest.previews.size).toBe(0);
    }),
    { numRuns: runs(300) },
  );
});

const ids = ({ entries }: Codex) => [...entries].map(([at, { document: there }]) => [at, there?.id]).sort();

test('the comparison of three sides sees both sides alike, and never takes an unchanged side for a change', () => {
  const maybe = fc.option(document, { nil: undefined });
  const mirrored = { 'project changed': 'codex changed', 'codex changed': 'project changed' } as Record<string, string>;
  fc.assert(
    fc.property(maybe, maybe, id, (project, codex, base) => {
      const found = compareThreeWay(project, codex, base);
      if (isSame(project, codex)) expect(found).toBe('equal');
      else if (project?.id === codex?.id) expect(found).toBe('project changed');
      else {
        expect(compareThreeWay(codex, project, base)).toBe(mirrored[found] ?? found);
        if (project?.id === base) expect(found).toBe('codex changed');
        else if (codex?.id === base) expect(found).toBe('project changed');
        else expect(found).toBe('both changed');
      }
      if (!project && codex) expect(compareThreeWay(project, codex, undefined)).toBe('only in codex');
      if (project && !codex) expect(compareThreeWay(project, codex, undefined)).toBe('project changed');
    }),
  );
});
