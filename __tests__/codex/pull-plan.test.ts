import { describe, expect, test } from '@jest/globals';
import { type ChangeQuestion, planChanges } from '../../src/codex/changes.ts';
import { ALL_COMMITTED, pullProblem } from '../../src/codex/pull-plan.ts';
import type { Document } from '../../src/documents/select.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { blobId } from '../../src/text/ids.ts';

const document = (id: string, executable = false): Document => ({ id: blobId(id.repeat(40).slice(0, 40)), executable });
const OLD = document('a');
const NEW = document('b');

const selection = { documents: new Map(), skipped: new Map([['docs/sub', 'a submodule']]) };
const checkout = { ...ALL_COMMITTED, foreign: new Set(['docs/nested']) };
const place = { selection, checkout, selects: (path: string) => path !== 'docs/unselected.md' };

describe('only documents come back', () => {
  test.each([
    'README.md',
    'docs/a.md',
    'docs/A.MDX',
    'docs/.hidden.md',
    'docs/a.b/c.txt',
    'docs/a b/ü.csv',
    'docs/x.jpeg',
  ])('%s does', (path) => expect(pullProblem(path, undefined, NEW, place)).toBeUndefined());

  test.each([
    ['docs/run.sh', 'files of this type'],
    ['docs/Makefile', 'files of this type'],
    ['docs/md', 'files of this type'],
    ['docs/.md', 'files of this type'],
    ['docs/a.md.exe', 'files of this type'],
    ['docs/a.md ', 'its path has a part that ends in a dot or a space'],
    ['docs/why?.md', 'its path has a character that Windows does not allow'],
    [`docs/${'a'.repeat(253)}.md`, 'its path has a part of more than 255 bytes'],
    ['docs/a.md\n', 'control character'],
    ['.claude/a.md', 'dot folder'],
    ['docs/.a/b/c.md', 'dot folder'],
    ['.github/a.md', 'dot folder'],
    ['docs/.git/a.md', "git's own"],
    ['docs/GIT~1/a.md', "git's own"],
    ['docs/../../a.md', '".."'],
    ['/etc/a.md', 'absolute'],
    ['C:/a.md', 'drive letter'],
    ['docs\\..\\a.md', 'backslash'],
    ['docs/%2e%2e/a.md', 'encoded'],
    ['docs/.env.md', 'environment file'],
    ['docs/unselected.md', 'patterns'],
    ['docs/sub/a.md', 'below docs/sub'],
    ['docs/nested/deep/a.md', 'below docs/nested'],
  ])('%j does not: %s', (path, why) => expect(pullProblem(path, undefined, NEW, place)).toContain(why));

  test('nor what is executable on one of the sides', () => {
    expect(pullProblem('docs/a.md', OLD, document('b', true), place)).toBe('executable');
    expect(pullProblem('docs/a.md', document('a', true), NEW, place)).toBe('executable');
    expect(pullProblem('docs/a.md', document('a', true), undefined, place)).toBe('executable');
  });
});

interface Start {
  readonly project: Record<string, Document>;
  readonly codex: Record<string, Document>;
  readonly owned: Record<string, Document>;
}

function plan({ project, codex, owned }: Start, more: Partial<ChangeQuestion> = {}) {
  return planChanges({
    selection: { documents: new Map(Object.entries(project)), skipped: new Map() },
    codex: new Map(Object.entries(codex).map(([path, one]) => [path, { document: one }])),
    owned: new Map(Object.entries(owned).map(([path, { id }]) => [path, id])),
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 50, percent: 20 },
    recordsEqual: true,
    direction: 'bidirectional',
    ...more,
  });
}

/** As many documents, all unlike. */
function many(number: number, folder = 'docs'): Record<string, Document> {
  const all = Array.from({ length: number }, (_, index) => [
    `${folder}/${index}.md`,
    { id: index.toString(16).padStart(40, '0'), executable: false },
  ]);
  return Object.fromEntries(all);
}

describe('the guard protects the checkout', () => {
  test.each([
    [5, 5, 0],
    [100, 20, 0],
    [100, 21, 21],
    [1000, 51, 51],
  ])('of %i documents %i are removed in the codex: %i are withheld', (owned, removed, withheld) => {
    const all = many(owned);
    const codex = Object.fromEntries(Object.entries(all).slice(removed));
    const { pulls, changes, documents, ...rest } = plan({ project: all, codex, owned: all });
    expect([pulls.length, rest.withheld.length, changes]).toEqual([removed - withheld, withheld, []]);
    expect(documents.size).toBe(owned);
  });

  test('what the codex moved does not count, and comes back as it is there', () => {
    const all = many(30);
    const moved = many(30, 'docs/moved');
    const { pulls, withheld } = plan({ project: all, codex: moved, owned: all });
    expect(withheld).toEqual([]);
    expect(pulls.filter(({ action }) => action === 'add')).toHaveLength(30);
    expect(pulls.filter(({ because }) => because === 'moved')).toHaveLength(30);
  });

  test('each side counts its own deletions', () => {
    const all = many(40);
    const paths = Object.keys(all);
    const without = (gone: string[]) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !gone.includes(path)));
    const start = { project: without(paths.slice(0, 9)), codex: without(paths.slice(20, 28)), owned: all };
    const { pulls, changes, withheld } = plan(start);
    expect([pulls.length, changes.length, withheld]).toEqual([8, 0, paths.slice(0, 9).sort()]);
  });
});

describe('what is in no commit waits, and the other side is not restored meanwhile', () => {
  const start = {
    project: { 'docs/a.md': OLD, 'docs/b.md': OLD, 'docs/c.md': OLD },
    codex: { 'docs/a.md': NEW, 'docs/c.md': NEW, 'docs/d.md': NEW },
    owned: { 'docs/a.md': OLD, 'docs/b.md': OLD, 'docs/c.md': OLD },
  };
  test('an edit, a removal and an addition', () => {
    const uncommitted = new Set(['docs/a.md', 'docs/b.md', 'docs/d.md']);
    const planned = plan(start, { checkout: { ...ALL_COMMITTED, uncommitted } });
    expect([...planned.refused.keys()]).toEqual(['docs/a.md', 'docs/b.md', 'docs/d.md']);
    expect(planned.pulls.map(({ path }) => path)).toEqual(['docs/c.md']);
    expect(planned.changes).toEqual([]);
  });
});

describe('names that differ only in case', () => {
  test('come back only where no other spelling stands', () => {
    const codex = { 'docs/a.md': OLD, 'docs/A.md': NEW, 'docs/x.md': NEW, 'docs/X.md': NEW };
    const { pulls, unpulled } = plan({ project: { 'docs/a.md': OLD }, codex, owned: { 'docs/a.md': OLD } });
    expect(pulls.map(({ path }) => path)).toEqual(['docs/X.md']);
    expect([...unpulled.keys()]).toEqual(['docs/A.md', 'docs/x.md']);
  });

  test('nor beside one that the patterns do not select; a document that both have is no twin of it', () => {
    const known = ['Docs/guide.md', 'docs/a.md', 'docs/A.md'];
    const start = {
      project: { 'docs/A.md': OLD },
      codex: { 'docs/guide.md': NEW, 'docs/A.md': NEW },
      owned: { 'docs/A.md': OLD },
    };
    const { pulls, unpulled } = plan(start, { checkout: { ...ALL_COMMITTED, known } });
    expect(pulls.map(({ path }) => path)).toEqual(['docs/A.md']);
    expect(unpulled).toEqual(
      new Map([['docs/guide.md', expect.stringContaining('differs from Docs/guide.md only in')]]),
    );
  });

  test('a document may be spelled anew in the codex', () => {
    const start = { project: { 'docs/a.md': OLD }, codex: { 'docs/A.md': OLD }, owned: { 'docs/a.md': OLD } };
    const known = { ...ALL_COMMITTED, known: ['docs/a.md'] };
    expect(plan(start, { checkout: known }).pulls.map(({ path, action }) => `${action} ${path}`)).toEqual([
      'add docs/A.md',
      'delete docs/a.md',
    ]);
  });
});

describe('a file where the other side has a folder', () => {
  test('is an error that names both, where what is in the way may not be removed', () => {
    const start = { project: { 'docs/a.md': NEW }, codex: { 'docs/a.md/b.md': NEW }, owned: { 'docs/z.md': OLD } };
    const refused = () => plan(start, { direction: 'from-codex' });
    expect(refused).toThrow(CodexSyncError);
    expect(refused).toThrow(/"docs\/a\.md\/b\.md" cannot be pulled.*"docs\/a\.md" is in the checkout/);
  });

  test('comes back where the codex removed what is in the way', () => {
    const start = { project: { 'docs/a.md': OLD }, codex: { 'docs/a.md/b.md': NEW }, owned: { 'docs/a.md': OLD } };
    expect(plan(start).pulls.map(({ path, action }) => `${action} ${path}`)).toEqual([
      'delete docs/a.md',
      'add docs/a.md/b.md',
    ]);
  });
});

test('what never comes back is dealt with as in a run to the codex', () => {
  const start = {
    project: { '.claude/a.md': OLD, 'docs/run.sh': OLD },
    codex: { 'docs/run.sh': NEW },
    owned: { '.claude/a.md': OLD, 'docs/run.sh': OLD },
  };
  const planned = plan(start);
  expect(planned.changes).toEqual([{ path: '.claude/a.md', action: 'add', document: OLD, because: 'restored' }]);
  expect([planned.pulls, [...planned.unpulled.keys()]]).toEqual([[], ['.claude/a.md', 'docs/run.sh']]);
  expect(planned.drifted).toEqual(['.claude/a.md', 'docs/run.sh']);
  expect(planned.removedThere).toEqual(['.claude/a.md']);
  expect(plan(start, { direction: 'from-codex' })).toMatchObject({ changes: [], pulls: [] });
});
