import { describe, expect, test } from '@jest/globals';
import type { ChangePlan } from '../../src/codex/changes.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { reportSync, type SyncProjectResult } from '../../src/sync/report.ts';
import { blobId } from '../../src/text/ids.ts';
import { CODEX, COMMIT, changes, DOCUMENT, EARLIER, PARENT, plan, RUN, result } from '../support/sync-result.ts';

const summaryOf = (ended: SyncProjectResult) => renderSummary(reportSync(ended));

/** What GitHub makes marks of: the text outside of code and links, its entities resolved. */
function prose(markdown: string): string {
  const plain = markdown.replace(/<(code|a)\b[^>]*>.*?<\/\1>/gs, '');
  return plain.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

describe('the job summary', () => {
  test('shows what happened, where it is, every change, and what to do next', () => {
    const summary = summaryOf(result({ branch: 'created', attempts: 2 }));
    expect(summary).toMatch(/^## ✅ Codex Sync: widgets → test\n/);
    for (const line of [
      '2 added, 1 modified, 1 deleted',
      `<a href="https://github.com/acme/widgets/commit/${RUN}">`,
      `<a href="${CODEX}/commit/${COMMIT}">`,
      `<a href="${CODEX}/compare/${PARENT}...${COMMIT}">`,
      `<a href="${CODEX}/tree/test/projects/widgets">`,
      '(created)',
      'others published at the same moment',
      `| 🟢 added | <a href="${CODEX}/blob/${COMMIT}/projects/widgets/docs/new.md">docs/new.md</a> |`,
      `| 🟢 added (restored) |`,
      `| 🟡 modified (conflict) | <a href="${CODEX}/blob/${COMMIT}/projects/widgets/docs/a%20b.md">docs/a b.md</a> |`,
      '| 🔴 deleted | <code>docs/old.md</code> |',
      `- <a href="${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md">docs/a b.md</a>`,
      'Warnings',
      '**Next:**',
    ]) {
      expect(summary).toContain(line);
    }
  });

  test('lists every path that it did not touch, where the warnings name only the first ones', () => {
    const paths = (name: string, number: number) => Array.from({ length: number }, (_, index) => `${name}/${index}.md`);
    const told = (number: number) =>
      summaryOf(
        result({
          plan: plan({ withheld: paths('withheld', number), drifted: paths('drifted', number) }),
          selection: {
            documents: new Map(),
            skipped: new Map(paths('left', number).map((path) => [path, 'a link'])),
          },
        }),
      );
    for (const path of ['withheld/11.md', 'drifted/11.md', 'left/11.md']) expect(told(12)).toContain(`- <code>${path}`);
    // Ten fit into the warning.
    expect(told(10)).not.toContain('- <code>');
  });

  test('a dry run shows the same plan, and links to nothing that does not exist', () => {
    const summary = summaryOf(result({ commit: undefined }, { 'INPUT_DRY-RUN': 'true' }));
    expect(summary).toMatch(/^## 🔍 /);
    expect(summary).toContain('### Changes that would be made');
    expect(summary).toContain('| 🟢 added | <code>docs/new.md</code> |');
    expect(summary).not.toContain(COMMIT);
  });

  test.each([
    [20, false],
    [21, true],
  ])('a table of %i changes is folded: %s', (number, folded) => {
    const summary = summaryOf(result({ plan: plan({ changes: changes(number) }) }));
    expect(summary.includes(`<summary><b>Changes</b> (${number})</summary>`)).toBe(folded);
    expect(summary.match(/🟡/g)).toHaveLength(number);
  });

  test.each([
    ['changes', 20_000, {}],
    ['changes that replace texts', 20_000, { replaces: blobId(EARLIER) }],
    ['changes with long names', 2_000, { path: `docs/${'_'.repeat(2000)}.md` }],
  ])('is cut below 900 KB and says what was left out: %s', (_, number, more) => {
    const summary = summaryOf(result({ plan: plan({ changes: changes(number, more) }) }));
    const shown = summary.match(/^\| 🟡/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(summary).toContain(`…and ${number - shown} more, left out here.`);
    expect(summary).toContain('</details>');
    expect(Buffer.byteLength(summary)).toBeLessThan(900_000);
  });

  describe('nothing from a path, a ref or a warning', () => {
    const hostile = [
      'a | b | c',
      'x\n\n# Heading\n\n| y |',
      '</code></a></details><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '[x](https://evil.example) ![y](https://evil.example)',
      '@octocat #12 acme/widgets#12',
      '``` <!-- $x$ :tada: https://evil.example www.evil.example',
    ];

    test.each(hostile)('breaks out of its place: %j', (path) => {
      const all: ChangePlan = plan({
        changes: [
          { path, action: 'modify', document: DOCUMENT, replaces: blobId(EARLIER) },
          { path: `${path}2`, action: 'delete', document: undefined },
        ],
        conflicts: [{ path, kept: 'codex' }],
        drifted: [path, `${path}3`],
        withheld: [path],
        skippedInCodex: [path],
      });
      const selection = { documents: new Map(), skipped: new Map([[path, 'a submodule']]) };
      const run = { commit: RUN, date: undefined, ref: `refs/heads/${path}` };
      const summary = summaryOf(result({ plan: all, selection, run, warnings: [path] }));
      const harmless = summaryOf(
        result({
          plan: {
            ...all,
            changes: all.changes.map((change) => ({ ...change, path: 'x' })),
            conflicts: [{ path: 'x', kept: 'codex' }],
            drifted: ['x', 'y'],
          },
          selection,
          warnings: ['x'],
        }),
      );
      expect(summary.split('\n')).toHaveLength(harmless.split('\n').length);
      expect(summary.match(/<[^>]*>/g)?.map((tag) => tag.slice(0, 3))).toEqual(
        harmless.match(/<[^>]*>/g)?.map((tag) => tag.slice(0, 3)),
      );
      expect(summary.match(/\|/g)).toEqual(harmless.match(/\|/g));
      expect(summary.replace(/href="[^"]*"/g, '')).not.toMatch(/\]\(|!\[|```|<!--|\$|https:\/\/evil|www\./);
    });

    test('mentions anybody or refers to an issue', () => {
      const path = '@octocat #12';
      const all = plan({ changes: changes(2, { path }), drifted: [path], withheld: [path], skippedInCodex: [path] });
      const run = { commit: RUN, date: undefined, ref: 'refs/heads/@octocat/#12' };
      expect(prose(summaryOf(result({ plan: all, run, warnings: [path] })))).not.toMatch(/@[A-Za-z0-9]|#\d/);
    });
  });
});
