import { describe, expect, test } from '@jest/globals';
import type { Pull, Pulled } from '../../src/codex/pull-plan.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { renderSyncOutputs, reportSync, type SyncProjectResult, unfinishedSentence } from '../../src/sync/report.ts';
import { blobId } from '../../src/text/ids.ts';
import { CHANGES, CODEX, COMMIT, DOCUMENT, EARLIER, PARENT, plan, RUN, result } from '../support/sync-result.ts';

const summaryOf = (ended: SyncProjectResult) => renderSummary(reportSync(ended));
const HEAD = 'b'.repeat(40);
const PULLS: Pull[] = [
  { path: 'docs/a b.md', action: 'modify', document: DOCUMENT, because: 'conflict', replaces: blobId(EARLIER) },
  { path: 'docs/new.md', action: 'add', document: DOCUMENT },
  { path: 'docs/old.md', action: 'delete', document: undefined, replaces: blobId(EARLIER) },
];
const CONFLICT = plan({
  pulls: PULLS,
  drifted: ['docs/a b.md', 'docs/kept.md', 'docs/old.md'],
  conflicts: [{ path: 'docs/a b.md', kept: 'codex' }],
});

function pulled(pulls: readonly Pull[] = PULLS, refused: Record<string, string> = {}): Pulled {
  return { commit: HEAD, pulls, refused: new Map(Object.entries(refused)) };
}

/** A run that committed nothing, but what is said. */
function run(direction: string, more: Partial<SyncProjectResult> = {}, words: Record<string, string> = {}) {
  const quiet = { commit: undefined, publication: undefined, plan: CONFLICT, pulled: pulled() };
  return result({ ...quiet, ...more }, { INPUT_DIRECTION: direction, ...words });
}
const dry = { 'INPUT_DRY-RUN': 'true' };
const nothing = { plan: plan(), pulled: pulled([]) };

describe('the conclusion is one sentence', () => {
  test.each<[string, SyncProjectResult]>([
    ['Pulled 3 documents from test (branch test) into the checkout.', run('from-codex')],
    [
      'Nothing was pulled from test (branch test): the checkout has all changes made there.',
      run('from-codex', nothing),
    ],
    [
      'Nothing was pulled from test (branch test): documents that differ stay as they are on both sides.',
      run('from-codex', { ...nothing, plan: plan({ drifted: ['docs/run.sh'] }) }),
    ],
    [
      'Nothing was pulled from test (branch test); 7 deletions withheld: documents that differ stay as they are on both sides.',
      run('from-codex', { ...nothing, plan: plan({ withheld: Array(7).fill('x') }) }),
    ],
    ['Dry run: 3 documents would be pulled from test (branch test). Nothing was written.', run('from-codex', {}, dry)],
    ['Dry run: nothing would be pulled from test (branch test). Nothing was written.', run('from-codex', nothing, dry)],
    ['Nothing to publish to test (branch test); 3 documents pulled from the codex.', run('bidirectional')],
    [
      'Published to test (branch test): no document changed, only the manifest (.codex-sync.json); 3 documents pulled from the codex.',
      run('bidirectional', { commit: COMMIT }),
    ],
    [
      'Dry run: nothing would be published to test (branch test); 3 documents would be pulled from the codex. Nothing was written.',
      run('bidirectional', {}, dry),
    ],
  ])('%s', (sentence, told) => expect(reportSync(told).conclusion).toBe(sentence));
});

test.each([
  { unowned: ['docs/new.md'] },
  { skippedInCodex: ['docs/link.md'] },
  { unpulled: new Map([['docs/new.sh', 'files of this type are not pulled']]) },
])('what stays different is not called equal: %o', (more) => {
  const told = run('from-codex', { ...nothing, plan: plan(more) });
  expect(reportSync(told).conclusion).toMatch(/: documents that differ stay as they are on both sides\.$/);
});

test.each(['project', 'codex'])('what the codex has no more is said to be removed there (on-conflict: %s)', (rule) => {
  const left = plan({
    drifted: ['.claude/x.md', 'docs/a.md'],
    removedThere: ['.claude/x.md', 'docs/a.md'],
    conflicts: [{ path: 'docs/a.md', kept: 'project' }],
  });
  const told = run('from-codex', { ...nothing, plan: left }, { 'INPUT_ON-CONFLICT': rule });
  expect(reportSync(told).warnings).toEqual([
    expect.stringMatching(/^Removed in the codex since .*: \.claude\/x\.md\. Remove it from the project, or/),
    expect.stringMatching(
      /^Changed in the project and removed in the codex, .*: docs\/a\.md\. .* or remove it from the/,
    ),
  ]);
});

test('the next step is to commit what came back, but not in a dry run', () => {
  expect(reportSync(run('from-codex')).next).toMatch(/^Commit the pulled documents.*create-pull-request\.$/);
  expect(reportSync(run('bidirectional', { commit: COMMIT, publication: {}, plan: CHANGES })).next).toMatch(
    /^Commit the .* To bring this to/,
  );
  expect(reportSync(run('from-codex', {}, dry)).next).toBe('Run it without "dry-run" to pull this into the checkout.');
  expect(reportSync(run('from-codex', nothing)).next).toBeUndefined();
});

test('what came back is no drift to look at; conflicts and what waits are', () => {
  expect(reportSync(run('bidirectional')).warnings).toEqual([
    expect.stringMatching(/^Edited in the codex .*: docs\/kept\.md\. /),
    expect.stringMatching(/the codex's version is pulled into the checkout: docs\/a b\.md\.$/),
  ]);
  const waits = pulled([], { 'docs/a b.md': 'commit it first' });
  expect(reportSync(run('bidirectional', { pulled: waits })).warnings).toEqual([
    expect.stringMatching(/^Edited in the codex/),
    expect.stringMatching(/the codex's version stays: docs\/a b\.md\./),
    'Not pulled into the checkout: docs/a b.md (commit it first).',
  ]);
  const left = plan({ conflicts: [{ path: 'docs/x.md', kept: 'project' }] });
  expect(reportSync(run('from-codex', { plan: left, pulled: pulled([]) })).warnings).toEqual([
    expect.stringMatching(/left as they are on both sides: docs\/x\.md\. Publish the project's version, or set/),
  ]);
});

test('summary and outputs link each text to the codex, and what it replaced to the commit that is checked out', () => {
  const told = run('bidirectional', { pulled: pulled(PULLS, { 'docs/w.md': 'waits' }) });
  const replaced = `https://github.com/acme/widgets/blob/${HEAD}/docs/a%20b.md`;
  const summary = summaryOf(told);
  expect(summary).toContain('### Pulled from the codex');
  expect(summary).toContain(
    `| 🟡 modified (conflict) | <a href="${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md">docs/a b.md</a> | <a href="${replaced}">replaced text</a> |`,
  );
  expect(summary).toContain('| 🔴 removed | <code>docs/old.md</code> | <a href=');
  expect(summaryOf(run('from-codex', {}, dry))).toContain('### Would be pulled from the codex');
  const outputs = renderSyncOutputs(told);
  expect(outputs).toMatchObject({ conclusion: 'unchanged', pulled: '3', changed: 'false' });
  expect(JSON.parse(outputs.result)).toMatchObject({
    pulls: [
      { path: 'docs/a b.md', action: 'modify', because: 'conflict', replaced },
      { path: 'docs/new.md', action: 'add' },
      { path: 'docs/old.md', action: 'delete', replaced: expect.stringContaining(HEAD) },
    ],
    'not-pulled': [{ path: 'docs/w.md', reason: 'waits' }],
  });
  expect(RUN).not.toBe(HEAD);
});

test('a summary with too much of everything stays below 900 KB', () => {
  const paths = Array.from({ length: 9000 }, (_, index) => `docs/${'x'.repeat(60)}${index}.md`);
  const map = new Map(paths.map((path) => [path, 'why']));
  const pulls = paths.map((path): Pull => ({ path, action: 'modify', document: DOCUMENT, replaces: blobId(EARLIER) }));
  const changes = paths.map((path) => ({
    path,
    action: 'modify' as const,
    document: DOCUMENT,
    replaces: blobId(EARLIER),
  }));
  const lists = { withheld: paths, drifted: paths, unowned: paths, skippedInCodex: paths, unpulled: map };
  const conflicts = paths.map((path) => ({ path, kept: 'codex' as const }));
  const everything = run('bidirectional', {
    plan: plan({ ...lists, changes, conflicts, pulls }),
    selection: { documents: new Map(), skipped: map },
    pulled: { commit: HEAD, pulls, refused: map },
    warnings: paths,
  });
  expect(Buffer.byteLength(summaryOf(everything))).toBeLessThan(900_000);
  expect(Buffer.byteLength(renderSyncOutputs(everything).result)).toBeLessThan(1_000_000);
});

test.each(['a\n::error::x\u001b[2J', '</code></a><script>', '@octocat #12', '"><img src=x>', 'a | b'])(
  'a path cannot break out of its place: %j',
  (path) => {
    const pulls: Pull[] = [
      { path, action: 'modify', document: DOCUMENT, replaces: blobId(EARLIER) },
      { path, action: 'delete', document: undefined, replaces: blobId(EARLIER) },
    ];
    const map = new Map([[path, path]]);
    const told = (name: string) =>
      summaryOf(
        run('bidirectional', {
          plan: plan({ unpulled: new Map([[name, name]]) }),
          pulled: pulled(
            pulls.map((pull) => ({ ...pull, path: name })),
            { [name]: name },
          ),
        }),
      );
    const [summary, harmless] = [told(path), told('x')];
    for (const mark of [/\n/g, /<[a-z/]+/g, /\|/g]) expect(summary.match(mark)).toEqual(harmless.match(mark));
    for (const sentence of reportSync(run('bidirectional', { pulled: { ...pulled(pulls), refused: map } })).warnings) {
      expect(sentence).not.toMatch(/\p{Cc}/u);
    }
    expect(unfinishedSentence(run('from-codex'), path, 'EACCES', pulls)).not.toMatch(/\p{Cc}/u);
  },
);
