import { describe, expect, test } from '@jest/globals';
import { type ChangePlan, type ChangeQuestion, type CodexEntry, planChanges } from '../../src/codex/changes.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { CONFLICT_RULES, type ConflictRule, DIRECTIONS, type Direction } from '../../src/inputs/definitions.ts';
import { blobId } from '../../src/text/ids.ts';

// The table of design section 4, every cell of it. P, C and B are what project, codex and manifest hold: nothing (-), or
// a text; "first" is a manifest that names no document at all. A row says what a run does, and what the next one does:
// after the checkout was committed, and after it was thrown away (one word where both are the same).
//
//   nothing            everything stays; "noted": the manifest takes up what both sides hold, or forgets what both lack
//   publish, delete    in the codex; "restore": what somebody removed there; "replace": with the codex's text listed
//   keep               the codex's edit stays, and the run warns; "unowned": what only the codex has is listed
//   bring, remove      in the checkout
//   conflict …         the same, told as a conflict; "fails": nothing is written
const TABLE = `
  P C B     | to-codex                    | bidirectional                                   | from-codex
  - - a     | noted > nothing             | noted > nothing                                 | nothing
  - a a     | delete > nothing            | delete > nothing                                | nothing
  - b a     | project: conflict keep      | project: conflict bring > noted, conflict bring | project: conflict bring > nothing, conflict bring
  - b a     | codex: conflict keep        | codex: conflict bring > noted, conflict bring   | codex: conflict bring > nothing, conflict bring
  - b a     | fail: fails                 | fail: fails                                     | fail: fails
  a - a     | restore > nothing           | remove > noted, remove                          | remove > nothing, remove
  a a a     | nothing                     | nothing                                         | nothing
  a b a     | keep                        | bring > noted, bring                            | bring > nothing, bring
  b - a     | project: conflict publish > nothing | project: conflict publish > nothing     | project: conflict keep
  b - a     | codex: conflict publish > nothing   | codex: conflict publish > nothing       | codex: conflict keep
  b - a     | fail: fails                 | fail: fails                                     | fail: fails
  b a a     | publish > nothing           | publish > nothing                               | nothing
  b b a     | noted > nothing             | noted > nothing                                 | nothing
  b c a     | project: conflict replace > nothing | project: conflict replace > nothing     | project: conflict keep
  b c a     | codex: conflict keep        | codex: conflict bring > noted, conflict bring   | codex: conflict bring > nothing, conflict bring
  b c a     | fail: fails                 | fail: fails                                     | fail: fails
  - - -     | nothing                     | nothing                                         | nothing
  - a -     | nothing                     | bring > noted, bring                            | bring > nothing, bring
  a - -     | publish > nothing           | publish > nothing                               | nothing
  a a -     | noted > nothing             | noted > nothing                                 | nothing
  a b -     | project: conflict replace > nothing | project: conflict replace > nothing     | project: conflict keep
  a b -     | codex: conflict keep        | codex: conflict bring > noted, conflict bring   | codex: conflict bring > nothing, conflict bring
  a b -     | fail: fails                 | fail: fails                                     | fail: fails
  - - first | nothing                     | nothing                                         | nothing
  - a first | unowned                     | unowned                                         | unowned
  a - first | publish > nothing           | publish > nothing                               | nothing
  a a first | noted > nothing             | noted > nothing                                 | nothing
  a b first | replace > nothing           | replace > nothing                               | bring > nothing, bring
`;

type Content = '-' | 'a' | 'b' | 'c';
interface Row {
  readonly start: string;
  readonly direction: Direction;
  readonly rule: ConflictRule;
  readonly now: string;
  readonly committed: string;
  readonly thrownAway: string;
}

const PATH = 'docs/guide.md';
/** Published before and the same everywhere, so that a run is not the first one. */
const ANCHOR = 'docs/anchor.md';

function rowsOf(line: string): Row[] {
  const [start = '', ...cells] = line.split('|').map((cell) => cell.trim());
  return cells.flatMap((cell, column) => {
    const [, named, words = ''] = /^(?:(project|codex|fail): )?(.*)$/.exec(cell) ?? [];
    const [now = '', next = now] = words.split(' > ');
    const [committed = '', thrownAway = committed] = next.split(', ');
    const rules = named === undefined ? CONFLICT_RULES : [named as ConflictRule];
    const direction = DIRECTIONS[column === 0 ? 0 : 3 - column] ?? 'to-codex';
    return rules.map((rule) => ({ start: start.replace(/ +/g, ' '), direction, rule, now, committed, thrownAway }));
  });
}
const ROWS = TABLE.trim().split('\n').slice(1).flatMap(rowsOf);

function document(content: string): Document | undefined {
  return content === '-' ? undefined : { id: blobId(content.repeat(40)), executable: false };
}

function questionOf({ start, direction, rule }: Row): ChangeQuestion {
  const [project = '-', codex = '-', base = '-'] = start.split(' ');
  const first = base === 'first';
  const map = <T>(content: string, make: (one: Document) => T): Map<string, T> => {
    const found = document(first && content === 'first' ? '-' : content);
    const anchor = first ? [] : [[ANCHOR, make({ id: blobId('f'.repeat(40)), executable: false })] as const];
    return new Map([...anchor, ...(found ? [[PATH, make(found)] as const] : [])]);
  };
  return {
    selection: { documents: map(project, (one) => one), skipped: new Map() },
    codex: map(codex, (one): CodexEntry => ({ document: one })),
    owned: first ? new Map() : map(base, ({ id }) => id),
    selects: () => true,
    onConflict: rule,
    threshold: { count: 50, percent: 20 },
    recordsEqual: true,
    direction,
  };
}

/** Carries a plan out; the checkout is committed then, or thrown away. */
function after(asked: ChangeQuestion, plan: ChangePlan | undefined, commits: boolean): ChangeQuestion {
  if (!plan) return asked;
  const codex = new Map(asked.codex);
  for (const { path, document: published } of plan.changes) {
    if (published) codex.set(path, { document: published });
    else codex.delete(path);
  }
  const documents = new Map(asked.selection.documents);
  for (const { path, document: pulled } of commits ? plan.pulls : []) {
    if (pulled) documents.set(path, pulled);
    else documents.delete(path);
  }
  return { ...asked, codex, selection: { ...asked.selection, documents }, owned: plan.documents };
}

function tryPlan(asked: ChangeQuestion): ChangePlan | undefined {
  try {
    return planChanges(asked);
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'conflict') return undefined;
    throw error;
  }
}

/** What a run did at the path, in the words of the table. */
function told(asked: ChangeQuestion, plan: ChangePlan | undefined): string {
  if (!plan) return 'fails';
  expect([...plan.changes, ...plan.pulls].filter(({ path }) => path !== PATH)).toEqual([]);
  const [change, pull] = [plan.changes[0], plan.pulls[0]];
  const [ours, theirs] = [asked.selection.documents.get(PATH), asked.codex.get(PATH)?.document];
  const conflict = plan.conflicts.length > 0 ? 'conflict ' : '';
  const words: string[] = [];
  if (change?.action === 'delete') words.push('delete');
  else if (change) {
    const foreign = theirs && theirs.id !== asked.owned.get(PATH);
    expect(change.replaces).toBe(foreign ? theirs.id : undefined);
    words.push(change.because === 'restored' ? 'restore' : foreign ? 'replace' : 'publish');
  }
  if (pull) {
    expect(pull).toMatchObject({ document: theirs, action: theirs ? (ours ? 'modify' : 'add') : 'delete' });
    expect(pull.replaces).toBe(ours?.id);
    words.push(theirs ? 'bring' : 'remove');
  }
  if (words.length === 0 && plan.documents.get(PATH) !== asked.owned.get(PATH)) words.push('noted');
  if (words.length === 0 && plan.unowned.length > 0) words.push('unowned');
  if (words.length === 0 && (conflict !== '' || plan.drifted.length > 0)) words.push('keep');
  return conflict + (words.join(' and ') || 'nothing');
}

test('the table has every combination once', () => {
  const contents: Content[] = ['-', 'a', 'b', 'c'];
  const starts = (base: string, ours: Content[], theirs: Content[]) =>
    ours.flatMap((one) => theirs.map((other) => `${one} ${other} ${base}`));
  const expected = [
    ...starts('a', ['-', 'a', 'b'], contents).filter((start) => !['- c a', 'a c a'].includes(start)),
    ...starts('-', ['-', 'a'], ['-', 'a', 'b']).filter((start) => start !== '- b -'),
    ...starts('first', ['-', 'a'], ['-', 'a', 'b']).filter((start) => start !== '- b first'),
  ];
  const all = expected.flatMap((start) =>
    DIRECTIONS.flatMap((direction) => CONFLICT_RULES.map((rule) => `${start} ${direction} ${rule}`)),
  );
  expect(ROWS.map(({ start, direction, rule }) => `${start} ${direction} ${rule}`).sort()).toEqual(all.sort());
});

describe.each(DIRECTIONS)('%s', (way) => {
  const rows = ROWS.filter(({ direction }) => direction === way).map(
    (row) => [`${row.start}, ${row.rule}`, row] as const,
  );

  test.each(rows)('%s', (_, row) => {
    const asked = questionOf(row);
    const plan = tryPlan(asked);
    expect(told(asked, plan)).toBe(row.now);
    for (const [commits, expected] of [
      [true, row.committed],
      [false, row.thrownAway],
    ] as const) {
      const second = after(asked, plan, commits);
      const next = tryPlan(second);
      expect(told(second, next)).toBe(expected);
      // A fixed point within two runs: the third says what the fourth says.
      const third = after(second, next, commits);
      const fourth = after(third, tryPlan(third), commits);
      expect(told(fourth, tryPlan(fourth))).toBe(told(third, tryPlan(third)));
      if (commits) expect(tryPlan(third)?.pulls ?? []).toEqual([]);
      if (next && commits) expect(tryPlan(third)?.changes ?? []).toEqual([]);
    }
  });
});
