import { describe, expect, test } from '@jest/globals';
import { type ChangeQuestion, type CodexEntry, planChanges } from '../../src/codex/changes.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const LINK: CodexEntry = { document: undefined };

interface Start {
  readonly project: Record<string, string>;
  readonly codex: Record<string, string | CodexEntry>;
  readonly owned?: Record<string, string>;
  readonly skipped?: string[];
}

function question({ project, codex, owned = {}, skipped = [] }: Start, more: Partial<ChangeQuestion> = {}) {
  const document = (id: string) => ({ id: blobId(id), executable: false });
  return {
    selection: {
      documents: new Map(Object.entries(project).map(([path, id]) => [path, document(id)])),
      skipped: new Map(skipped.map((path) => [path, 'a submodule'])),
    },
    codex: new Map(
      Object.entries(codex).map(([path, entry]) => [
        path,
        typeof entry === 'string' ? { document: document(entry) } : entry,
      ]),
    ),
    owned: blobIds(owned),
    selects: () => true,
    onConflict: 'project',
    threshold: { count: 50, percent: 20 },
    recordsEqual: true,
    ...more,
  } satisfies ChangeQuestion;
}

describe('a file where the other side has a folder that this run may not delete is an error naming both', () => {
  const file = { project: { 'docs/guide': NEW }, codex: { 'docs/guide/a.md': OLD } };
  const folder = { project: { 'docs/guide/a.md': NEW }, codex: { 'docs/guide': OLD } };

  test.each<[string, Start, Partial<ChangeQuestion>, [string, string]]>([
    ['a folder of the codex, not owned', file, {}, ['docs/guide', 'docs/guide/a.md']],
    ['a file of the codex, not owned', folder, {}, ['docs/guide/a.md', 'docs/guide']],
    [
      'a folder of the codex that the patterns do not select',
      file,
      { selects: (path) => path === 'docs/guide' },
      ['docs/guide', 'docs/guide/a.md'],
    ],
    [
      'an owned file that someone edited in the codex',
      { ...folder, owned: { 'docs/guide': NEW } },
      {},
      ['docs/guide/a.md', 'docs/guide'],
    ],
    ['a link of the codex', { ...folder, codex: { 'docs/guide': LINK } }, {}, ['docs/guide/a.md', 'docs/guide']],
    [
      'a file that the project leaves alone',
      { ...folder, owned: { 'docs/guide': OLD }, skipped: ['docs/guide'] },
      {},
      ['docs/guide/a.md', 'docs/guide'],
    ],
    [
      'a file high above the document',
      { project: { 'docs/a/b/c/d.md': NEW }, codex: { docs: OLD } },
      {},
      ['docs/a/b/c/d.md', 'docs'],
    ],
  ])('%s', (_, start, more, [document, inTheWay]) => {
    const run = () => planChanges(question(start, more));
    expect(run).toThrow(CodexSyncError);
    expect(run).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(run).toThrow(`"${document}"`);
    expect(run).toThrow(`"${inTheWay}"`);
  });

  test('so is one whose deletion the guard withholds', () => {
    const gone = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`docs/${index}`, OLD]));
    const start = { project: { 'docs/0/a.md': NEW }, codex: gone, owned: gone };
    expect(() => planChanges(question(start))).toThrow('"docs/0"');
    const raised = planChanges(question(start, { threshold: { count: 50, percent: 100 } }));
    expect(raised.changes).toHaveLength(7);
  });
});

describe('what this run deletes is not in the way', () => {
  test.each<[string, Start]>([
    [
      'a file becomes a folder',
      { project: { 'docs/guide/a.md': NEW }, codex: { 'docs/guide': OLD }, owned: { 'docs/guide': OLD } },
    ],
    [
      'a folder becomes a file',
      { project: { 'docs/guide': NEW }, codex: { 'docs/guide/a.md': OLD }, owned: { 'docs/guide/a.md': OLD } },
    ],
    [
      'a file moves into a folder of its name',
      { project: { 'docs/guide/a.md': OLD }, codex: { 'docs/guide': OLD }, owned: { 'docs/guide': OLD } },
    ],
  ])('%s', (_, start) => {
    const { changes } = planChanges(question(start));
    expect(changes.map(({ action }) => action).sort()).toEqual(['add', 'delete']);
  });

  test('names that only begin alike are no collision', () => {
    const start = { project: { 'docs/guide.md': NEW, 'docs/guide-2/a.md': NEW }, codex: { 'docs/guide': OLD } };
    expect(planChanges(question(start)).changes).toHaveLength(2);
  });
});

describe('what the project leaves alone is never published, deleted or overwritten', () => {
  const path = 'docs/twin.md';

  test.each<[string, Start]>([
    ['published before, unchanged', { project: {}, codex: { [path]: OLD }, owned: { [path]: OLD } }],
    ['edited in the codex', { project: {}, codex: { [path]: NEW }, owned: { [path]: OLD } }],
    ['removed in the codex', { project: {}, codex: {}, owned: { [path]: OLD } }],
    ['not owned', { project: {}, codex: { [path]: OLD } }],
    ['also among the documents', { project: { [path]: NEW }, codex: { [path]: OLD }, owned: { [path]: OLD } }],
  ])('%s', (_, start) => {
    const plan = planChanges(question({ ...start, skipped: [path] }));
    expect(plan).toMatchObject({ changes: [], conflicts: [], drifted: [], withheld: [], unowned: [] });
    expect(Object.fromEntries(plan.documents)).toEqual(start.owned ?? {});
  });
});

describe('a link or a submodule in the codex is never overwritten or deleted', () => {
  const path = 'docs/link.md';

  test.each<[string, Start, boolean]>([
    ['the project has a document there', { project: { [path]: NEW }, codex: { [path]: LINK } }, true],
    [
      'the owned document was replaced by it',
      { project: { [path]: OLD }, codex: { [path]: LINK }, owned: { [path]: OLD } },
      true,
    ],
    ['the project deleted the document', { project: {}, codex: { [path]: LINK }, owned: { [path]: OLD } }, true],
    ['nobody asks for it', { project: {}, codex: { [path]: LINK } }, false],
  ])('%s', (_, start, reported) => {
    const plan = planChanges(question(start));
    expect(plan.changes).toEqual([]);
    expect(plan.skippedInCodex).toEqual(reported ? [path] : []);
    expect(Object.fromEntries(plan.documents)).toEqual(start.owned ?? {});
  });
});
