import { describe, expect, test } from '@jest/globals';
import { type Change, type ChangePlan, type ChangeQuestion, planChanges } from '../../src/codex/changes.ts';
import { checkConflicts } from '../../src/codex/three-way.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import type { ConflictRule } from '../../src/inputs/definitions.ts';
import { blobId } from '../../src/text/ids.ts';

const PATH = 'docs/guide.md';
/** Makes a run not the first one: published before, and the same everywhere. */
const ANCHOR = 'docs/anchor.md';

/** What stands at a path: nothing, or a content; `*` marks the executable bit. */
type Content = '-' | 'a' | 'b' | 'c' | 'a*' | 'b*';

interface Start {
  readonly project: Content;
  readonly codex: Content;
  readonly manifest: '-' | 'a';
  readonly firstRun?: boolean;
  readonly rule?: ConflictRule;
  readonly recordsEqual?: boolean;
}

interface Outcome {
  readonly action: Change['action'] | 'none';
  readonly because: Change['because'] | undefined;
  readonly replaces: string | undefined;
  readonly drifted: boolean;
  readonly conflict: 'project' | 'codex' | undefined;
  readonly unowned: boolean;
  readonly owned: Content;
}

function document(content: Content): Document | undefined {
  return content === '-'
    ? undefined
    : { id: blobId(content.slice(0, 1).repeat(40)), executable: content.endsWith('*') };
}

function entries<T>(content: Content, anchor: boolean, make: (document: Document) => T): Map<string, T> {
  const all: [string, Document | undefined][] = [[PATH, document(content)]];
  if (anchor) all.push([ANCHOR, document('c')]);
  return new Map(all.flatMap(([path, found]) => (found ? [[path, make(found)]] : [])));
}

function question(start: Start): ChangeQuestion {
  const anchor = !start.firstRun;
  return {
    selection: { documents: entries(start.project, anchor, (found) => found), skipped: new Map() },
    codex: entries(start.codex, anchor, (found) => ({ document: found })),
    owned: entries(start.manifest, anchor, ({ id }) => id),
    selects: () => true,
    onConflict: start.rule ?? 'project',
    threshold: { count: 50, percent: 20 },
    recordsEqual: start.recordsEqual ?? true,
  };
}

/** What stands in codex and manifest once the plan was carried out. */
function after(asked: ChangeQuestion, plan: ChangePlan): ChangeQuestion {
  const codex = new Map(asked.codex);
  for (const { path, document: published } of plan.changes) {
    if (published) codex.set(path, { document: published });
    else codex.delete(path);
  }
  return { ...asked, codex, owned: plan.documents };
}

function outcome(plan: ChangePlan): Outcome {
  expect(plan.changes.filter(({ path }) => path !== PATH)).toEqual([]);
  const change = plan.changes.find(({ path }) => path === PATH);
  return {
    action: change?.action ?? 'none',
    because: change?.because,
    replaces: change?.replaces?.slice(0, 1),
    drifted: plan.drifted.includes(PATH),
    conflict: plan.conflicts.find(({ path }) => path === PATH)?.kept,
    unowned: plan.unowned.includes(PATH),
    owned: (plan.documents.get(PATH)?.slice(0, 1) ?? '-') as Content,
  };
}

function quiet(owned: Content, more: Partial<Outcome> = {}): Outcome {
  const nothing = { because: undefined, replaces: undefined, drifted: false, conflict: undefined, unowned: false };
  return { action: 'none', ...nothing, owned, ...more };
}

const [add, modify] = [{ action: 'add' }, { action: 'modify' }] as const;
const drifted = { drifted: true };

type Row = [what: string, start: Start, now: Outcome, next: Outcome];
const at = (project: Content, codex: Content, manifest: '-' | 'a', more: Partial<Start> = {}): Start => ({
  project,
  codex,
  manifest,
  ...more,
});

const KEPT_EDIT = quiet('a', { drifted: true, conflict: 'codex' });
const TO_CODEX: Row[] = [
  ['the same everywhere: nothing', at('a', 'a', 'a'), quiet('a'), quiet('a')],
  ['found equal: recorded', at('a', 'a', '-'), quiet('a'), quiet('a')],
  ['both made the same change: recorded', at('b', 'b', 'a'), quiet('b'), quiet('b')],
  ['gone on both sides: recorded', at('-', '-', 'a'), quiet('-'), quiet('-')],
  ['the project added it: published', at('a', '-', '-'), quiet('a', add), quiet('a')],
  ['the project changed it: published', at('b', 'a', 'a'), quiet('b', modify), quiet('b')],
  ['the project deleted it: deleted', at('-', 'a', 'a'), quiet('-', { action: 'delete' }), quiet('-')],
  ['edited in the codex: kept, drift', at('a', 'b', 'a'), quiet('a', drifted), quiet('a', drifted)],
  [
    'removed in the codex: restored, drift',
    at('a', '-', 'a'),
    quiet('a', { ...add, because: 'restored', drifted: true }),
    quiet('a'),
  ],
  [
    'both changed it, the project publishes: listed with what it replaces',
    at('b', 'c', 'a'),
    quiet('b', { ...modify, because: 'conflict', replaces: 'c', drifted: true, conflict: 'project' }),
    quiet('b'),
  ],
  ['both changed it, the codex stays', at('b', 'c', 'a', { rule: 'codex' }), KEPT_EDIT, KEPT_EDIT],
  [
    'both added it, the project publishes',
    at('a', 'b', '-'),
    quiet('a', { ...modify, because: 'conflict', replaces: 'b', conflict: 'project' }),
    quiet('a'),
  ],
  [
    'both added it, the codex stays',
    at('a', 'b', '-', { rule: 'codex' }),
    quiet('-', { conflict: 'codex' }),
    quiet('-', { conflict: 'codex' }),
  ],
  ...(['project', 'codex'] as const).flatMap((rule): Row[] => [
    [
      `the project's edit beats the codex's deletion (${rule})`,
      at('b', '-', 'a', { rule }),
      quiet('b', { ...add, because: 'conflict', drifted: true, conflict: 'project' }),
      quiet('b'),
    ],
    [`the codex's edit beats the project's deletion (${rule})`, at('-', 'b', 'a', { rule }), KEPT_EDIT, KEPT_EDIT],
  ]),
  ['in the codex only, not owned, not a first run: left', at('-', 'a', '-'), quiet('-'), quiet('-')],
];

const BITS: Row[] = [
  ['not owned', at('a*', 'a', '-'), quiet('a', modify), quiet('a')],
  ['set in the project', at('a*', 'a', 'a'), quiet('a', modify), quiet('a')],
  ['set in the codex', at('a', 'a*', 'a'), quiet('a', modify), quiet('a')],
  ['on a first run', at('a*', 'a', '-', { firstRun: true }), quiet('a', modify), quiet('a')],
  ['with an edit of the project', at('b*', 'a', 'a'), quiet('b', modify), quiet('b')],
  ['set in the codex, edited in the project', at('b', 'a*', 'a'), quiet('b', modify), quiet('b')],
  ['set in the codex, deleted in the project', at('-', 'a*', 'a'), quiet('-', { action: 'delete' }), quiet('-')],
  ['set in the project, edited in the codex', at('a*', 'b', 'a'), quiet('a', drifted), quiet('a', drifted)],
  ['after both made the same edit', at('b*', 'b', 'a'), quiet('b', modify), quiet('b')],
];

const stoodThere = { ...modify, replaces: 'b', because: 'stood there before' } as const;

const FIRST_RUN: Row[] = [
  ['only the project has it: published', at('a', '-', '-'), quiet('a', add), quiet('a')],
  ['both have it: recorded', at('a', 'a', '-'), quiet('a'), quiet('a')],
  ['it differs: changed by the project', at('a', 'b', '-'), quiet('a', stoodThere), quiet('a')],
  [
    'it differs: no conflict, even where conflicts fail',
    at('a', 'b', '-', { rule: 'fail' }),
    quiet('a', stoodThere),
    quiet('a'),
  ],
  [
    'only the codex has it: listed and left alone',
    at('-', 'a', '-'),
    quiet('-', { unowned: true }),
    quiet('-', { unowned: true }),
  ],
];

const RECORDS_NOTHING: Row[] = [
  ['found equal', at('a', 'a', '-'), quiet('-'), quiet('-')],
  ['found equal on a first run', at('a', 'a', '-', { firstRun: true }), quiet('-'), quiet('-')],
  ['both made the same change', at('b', 'b', 'a'), quiet('a'), quiet('a')],
  ['gone on both sides', at('-', '-', 'a'), quiet('a'), quiet('a')],
  ['what it publishes is recorded all the same', at('b', 'a', 'a'), quiet('b', modify), quiet('b')],
  ['what it deletes is recorded all the same', at('-', 'a', 'a'), quiet('-', { action: 'delete' }), quiet('-')],
];

describe.each<[string, Row[], Partial<Start>]>([
  ['to-codex', TO_CODEX, {}],
  ['an executable bit alone that differs is the change of the project', BITS, {}],
  ['a first run', FIRST_RUN, { firstRun: true }],
  [
    'a run that is neither for a tag nor for the default branch records nothing',
    RECORDS_NOTHING,
    { recordsEqual: false },
  ],
])('%s', (_, rows, more) => {
  test.each(rows)('%s', (_what, start, now, next) => {
    const asked = question({ ...start, ...more });
    const first = planChanges(asked);
    expect(outcome(first)).toEqual(now);

    const second = planChanges(after(asked, first));
    expect(outcome(second)).toEqual(next);
    expect(second.changes).toEqual([]);
    expect(planChanges(after(after(asked, first), second))).toEqual(second);
  });
});

describe('on-conflict: fail writes nothing at all and lists the paths', () => {
  test.each<[string, Content, Content, '-' | 'a']>([
    ['both changed it', 'b', 'c', 'a'],
    ['both added it', 'a', 'b', '-'],
    ['edited in the project, deleted in the codex', 'b', '-', 'a'],
    ['edited in the codex, deleted in the project', '-', 'b', 'a'],
  ])('%s', (_, project, codex, manifest) => {
    const run = () => planChanges(question(at(project, codex, manifest, { rule: 'fail' })));
    expect(run).toThrow(CodexSyncError);
    expect(run).toThrow(expect.objectContaining({ code: 'conflict', message: expect.stringContaining(PATH) }));
  });

  test.each([
    [2, '1.md, 2.md. Nothing was written'],
    [20, '19.md, 20.md. Nothing was written'],
    [23, '19.md, 20.md and 3 more. Nothing was written'],
  ])('of %i paths twenty are named', (count, end) => {
    const conflicts = Array.from({ length: count }, (_, index) => ({
      path: `${index + 1}.md`,
      kept: 'codex' as const,
    }));
    expect(() => checkConflicts(conflicts, 'fail', 'project')).toThrow(end);
    expect(() => checkConflicts(conflicts, 'fail', 'project')).toThrow(
      'Bring the codex\'s version into the project, or choose "on-conflict: project" or "codex".',
    );
  });

  test('drift alone is no conflict', () => {
    expect(outcome(planChanges(question(at('a', 'b', 'a', { rule: 'fail' }))))).toEqual(quiet('a', drifted));
  });
});
