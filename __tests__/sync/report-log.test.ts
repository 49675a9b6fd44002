import { describe, expect, test } from '@jest/globals';
import { markdownText, renderSummary } from '../../src/report/summary.ts';
import { reportSync, type SyncProjectResult } from '../../src/sync/report.ts';
import { blobId } from '../../src/text/ids.ts';
import { logOf } from '../support/console.ts';
import { CHANGES, CODEX, COMMIT, changes, EARLIER, PARENT, plan, RUN, result } from '../support/sync-result.ts';
import { TYPED } from '../support/trigger.ts';

describe('the end of the log', () => {
  const log = (ended: SyncProjectResult) => logOf(reportSync(ended));

  test('what was selected, what changed, what was replaced, where it is', () => {
    const ended = result({
      branch: 'created',
      plan: { ...CHANGES, withheld: ['docs/1.md'], unowned: ['docs/theirs.md'] },
    });
    expect(log(ended).filter((line) => !line.startsWith('warning: '))).toEqual([
      'acme/widgets at aaaaaaaaaaaa (refs/heads/main): 1 document selected',
      'Branch test was created from main',
      '> Changes (4)',
      '  added    docs/new.md',
      '  added    docs/back.md (restored)',
      '  modified docs/a b.md (conflict)',
      '  deleted  docs/old.md',
      '> Only in the codex, kept there (1)',
      '  docs/theirs.md',
      '> Deletions withheld (1)',
      '  docs/1.md',
      '> Texts of the codex that were replaced (1)',
      `  docs/a b.md: ${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md`,
      '───────────────────────────────────────',
      '⚠️ COMPLETED: Project Sync',
      'Published to test (branch test): 2 added, 1 modified, 1 deleted; 1 deletion withheld.',
      `Commit: ${CODEX}/commit/${COMMIT}`,
      `Compare: ${CODEX}/compare/${PARENT}...${COMMIT}`,
      `Documents: ${CODEX}/tree/test/projects/widgets`,
      'Next: Review the withheld deletions, then run again with a higher threshold if they are intended.',
    ]);
  });

  test.each([
    ['refs/heads/feature', 'refs/heads/main', 'refs/heads/main, checked out as feature'],
    ['refs/heads/main', 'refs/heads/main', 'refs/heads/main'],
    ['refs/heads/feature', 'refs/tags/v1', 'refs/tags/v1, checked out as feature'],
    [undefined, 'refs/heads/main', 'refs/heads/main'],
  ])('at a terminal on %s it names the stable ref %s that has the commit: %s', (local, ref, shown) => {
    const ended = result();
    const request = { ...ended.request, trigger: { ...TYPED, repository: 'acme/widgets', ref: local } };
    const report = reportSync({ ...ended, request, run: { ...ended.run, ref } });
    expect(logOf(report)[0]).toBe(`acme/widgets at aaaaaaaaaaaa (${shown}): 1 document selected`);
    expect(renderSummary(report)).toContain(markdownText(` (${shown})`));
  });

  test('a dry run says what would be done', () => {
    const said = log(result({ commit: undefined, branch: 'would be created' }, { 'INPUT_DRY-RUN': 'true' }));
    expect(said).toContain('Branch test does not exist; it would be created from main');
    expect(said).toContain('> Changes that would be made (4)');
    expect(said.join('\n')).not.toContain(COMMIT);
    expect(said.join('\n')).not.toContain('Documents: ');
  });

  test('a run with nothing to say tells where the documents are', () => {
    const said = log(result({ plan: plan(), publication: undefined, commit: undefined }));
    expect(said).toContain(`Documents: ${CODEX}/tree/test/projects/widgets`);
  });

  test('is one line for each thing, whatever the names are', () => {
    const path = 'a\n::error::x\u001b[2J';
    const all = plan({ changes: changes(1, { path, replaces: blobId(EARLIER) }), withheld: [path], unowned: [path] });
    const selection = { documents: new Map(), skipped: new Map([[path, 'a submodule']]) };
    const run = { commit: RUN, date: undefined, ref: `refs/heads/${path}` };
    for (const line of log(result({ plan: all, selection, run }))) expect(line).not.toMatch(/\p{Cc}/u);
  });
});
