import { describe, expect, test } from '@jest/globals';
import { type ChangePlan, type ChangeQuestion, planChanges } from '../../src/codex/changes.ts';
import { blobId } from '../../src/text/ids.ts';

const SAME = 'f'.repeat(40);

function id(number: number): string {
  return number.toString(16).padStart(40, '0');
}

function paths(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `docs/${String(from + index).padStart(3, '0')}.md`);
}

/** A project whose documents `docs/000.md`… are all published, and of which the first `deleted` are gone. */
function published(owned: number, deleted: number, more: Partial<ChangeQuestion> = {}): ChangeQuestion {
  const ids = new Map(paths(0, owned).map((path, index) => [path, blobId(id(index))]));
  const documents = new Map([...ids].map(([path, blob]) => [path, { id: blob, executable: false }]));
  return {
    selection: { documents: new Map([...documents].slice(deleted)), skipped: new Map() },
    codex: new Map([...documents].map(([path, document]) => [path, { document }])),
    owned: ids,
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 50, percent: 20 },
    recordsEqual: true,
    ...more,
  };
}

function withDocuments(question: ChangeQuestion, documents: Record<string, string>): ChangeQuestion {
  const added = Object.entries(documents).map(
    ([path, blob]) => [path, { id: blobId(blob), executable: false }] as const,
  );
  const selection = { ...question.selection, documents: new Map([...question.selection.documents, ...added]) };
  return { ...question, selection };
}

function deletions(plan: ChangePlan): string[] {
  return plan.changes.filter(({ action }) => action === 'delete').map(({ path }) => path);
}

describe('the deletion guard', () => {
  test.each([
    ['five of five pass the defaults', 5, 5, { count: 50, percent: 20 }, false],
    ['six of six do not', 6, 6, { count: 50, percent: 20 }, true],
    ['threshold 0 never deletes', 1000, 1, { count: 0, percent: 20 }, true],
    ['0 per cent never deletes', 1000, 1, { count: 50, percent: 0 }, true],
    ['another count is obeyed below five', 1000, 4, { count: 3, percent: 20 }, true],
    ['another count is obeyed to the number', 1000, 3, { count: 3, percent: 20 }, false],
    ['with another count the default share is obeyed below five', 4, 1, { count: 51, percent: 20 }, true],
    ['another share is obeyed below five', 5, 2, { count: 50, percent: 39 }, true],
    ['another share is obeyed to the number', 5, 2, { count: 50, percent: 40 }, false],
    ['exactly the count passes', 1000, 50, { count: 50, percent: 20 }, false],
    ['one more than the count is withheld', 1000, 51, { count: 50, percent: 20 }, true],
    ['exactly the share passes', 100, 20, { count: 50, percent: 20 }, false],
    ['one more than the share is withheld', 100, 21, { count: 50, percent: 20 }, true],
    ['a fraction above the share is withheld', 34, 7, { count: 50, percent: 20 }, true],
    ['threshold 0 withholds six', 1000, 6, { count: 0, percent: 20 }, true],
    ['100 per cent allows everything that the count allows', 50, 50, { count: 50, percent: 100 }, false],
    ['100 per cent does not lift the count', 51, 51, { count: 50, percent: 100 }, true],
  ])('%s', (_, owned, deleted, threshold, withheld) => {
    const plan = planChanges(published(owned, deleted, { threshold }));
    expect(plan.withheld).toEqual(withheld ? paths(0, deleted) : []);
    expect(deletions(plan)).toEqual(withheld ? [] : paths(0, deleted));
  });

  test('withheld documents stay owned, deleted ones do not', () => {
    expect(planChanges(published(10, 6)).documents).toEqual(published(10, 6).owned);
    expect([...planChanges(published(30, 6)).documents.keys()]).toEqual(paths(6, 30));
  });

  test('everything else lands', () => {
    const plan = planChanges(withDocuments(published(10, 6), { 'docs/new.md': SAME, 'docs/007.md': SAME }));
    expect(plan.withheld).toHaveLength(6);
    expect(plan.changes.map(({ path, action }) => [path, action])).toEqual([
      ['docs/007.md', 'modify'],
      ['docs/new.md', 'add'],
    ]);
  });

  test('a move does not count', () => {
    const plan = planChanges(withDocuments(published(10, 6), { 'guide/000.md': id(0) }));
    expect(plan.withheld).toEqual([]);
    expect(deletions(plan)).toEqual(paths(0, 6));
  });

  test('a move is never withheld', () => {
    const plan = planChanges(withDocuments(published(10, 7), { 'guide/000.md': id(0) }));
    expect(plan.withheld).toEqual(paths(1, 7));
    expect(plan.changes).toEqual([
      { path: 'docs/000.md', action: 'delete', document: undefined, because: 'moved' },
      { path: 'guide/000.md', action: 'add', document: { id: id(0), executable: false } },
    ]);
    expect(plan.documents.has('docs/000.md')).toBe(false);
  });

  test('documents gone on both sides are no deletions', () => {
    const question = published(10, 6);
    const plan = planChanges({ ...question, codex: new Map([...question.codex].slice(6)) });
    expect(plan.withheld).toEqual([]);
    expect(plan.changes).toEqual([]);
  });

  test('a deletion that an edit in the codex beats does not count', () => {
    const question = published(10, 6);
    const edited = { document: { id: blobId(SAME), executable: false } };
    const plan = planChanges({ ...question, codex: new Map([...question.codex, ['docs/000.md', edited]]) });
    expect(plan.withheld).toEqual([]);
    expect(deletions(plan)).toEqual(paths(1, 6));
  });
});

describe('owned, but no longer selected', () => {
  const selects = (path: string) => path !== 'docs/000.md';

  test('is a deletion, listed as such', () => {
    expect(planChanges(published(10, 1, { selects })).changes).toEqual([
      { path: 'docs/000.md', action: 'delete', document: undefined, because: 'no longer selected' },
    ]);
  });

  test('counts towards the guard', () => {
    expect(planChanges(published(10, 6, { selects })).withheld).toEqual(paths(0, 6));
  });

  test('what is not owned and not selected is not looked at', () => {
    const question = published(10, 1, { selects });
    const owned = new Map([...question.owned].slice(1));
    const plan = planChanges({ ...question, owned });
    expect(plan).toMatchObject({ changes: [], unowned: [], conflicts: [], drifted: [] });
    expect(plan.documents).toEqual(owned);
  });
});

describe('documents that nobody generated this time', () => {
  const missingGenerated = new Map(paths(0, 3).map((path) => [path, 'docs/**']));

  test('stay owned, and what else was removed goes', () => {
    const plan = planChanges(published(40, 4, { missingGenerated }));
    expect(plan.withheld).toEqual(paths(0, 3));
    expect(plan.missingGenerated).toEqual(missingGenerated);
    expect(deletions(plan)).toEqual(paths(3, 4));
    expect([...plan.documents.keys()]).toEqual([...paths(0, 3), ...paths(4, 40)]);
  });

  test('are none that other patterns selected, and these do not', () => {
    const plan = planChanges(published(40, 4, { missingGenerated, otherPatterns: true }));
    expect(plan.otherwiseSelected).toEqual(paths(3, 4));
  });

  test('are told from those that the guard withholds, and go where their text is elsewhere', () => {
    const question = published(40, 12, { missingGenerated });
    const plan = planChanges(withDocuments(question, { 'docs/elsewhere.md': id(1) }));
    expect(plan.withheld).toEqual([...paths(0, 1), ...paths(2, 12)]);
    expect([...(plan.missingGenerated ?? new Map()).keys()]).toEqual([...paths(0, 1), ...paths(2, 3)]);
    expect(deletions(plan)).toEqual(paths(1, 2));
  });

  test('are not mentioned where the codex does not have them', () => {
    const question = published(3, 3, { missingGenerated, codex: new Map() });
    expect(planChanges(question)).toMatchObject({ withheld: [], changes: [] });
  });
});

describe('a text is moved only where the codex gets it', () => {
  const never = { threshold: { count: 0, percent: 0 } };
  const target = 'elsewhere/moved.md';
  /** The first document is gone, and its text is at another path. */
  const moved = (more: Partial<ChangeQuestion> = {}) =>
    withDocuments(published(10, 1, { ...never, ...more }), { [target]: id(0) });

  test('then the guard lets it pass', () => {
    expect(planChanges(moved()).withheld).toEqual([]);
  });

  test.each<[string, (question: ChangeQuestion) => Partial<ChangeQuestion>]>([
    ['a link', ({ codex }) => ({ codex: new Map([...codex, [target, { document: undefined }]]) })],
    [
      'an edit that stays by on-conflict',
      ({ codex, owned }) => ({
        ...{ codex: new Map([...codex, [target, { document: { id: blobId(SAME), executable: false } }]]) },
        ...{ owned: new Map([...owned, [target, blobId(id(99))]]), onConflict: 'codex' },
      }),
    ],
    [
      'an edit of the very text',
      ({ codex, owned }) => ({
        codex: new Map([...codex, [target, { document: { id: blobId(SAME), executable: false } }]]),
        owned: new Map([...owned, [target, blobId(id(0))]]),
      }),
    ],
    ['another spelling', () => ({ heldBack: new Map([[target, 'another spelling']]) })],
  ])('%s in its place makes it a deletion', (_, facts) => {
    const question = moved();
    expect(planChanges({ ...question, ...facts(question) }).withheld).toEqual(paths(0, 1));
  });
});
