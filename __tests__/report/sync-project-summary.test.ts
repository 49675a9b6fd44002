import { describe, expect, test } from '@jest/globals';
import type { Change, ChangePlan } from '../../src/plan/changes.ts';
import type { Console } from '../../src/report/console.ts';
import type { SyncProjectResult } from '../../src/report/sync-project.ts';
import { writeSyncLog } from '../../src/report/sync-project-log.ts';
import { renderSyncSummary } from '../../src/report/sync-project-summary.ts';
import { parseInputs } from '../../src/request/inputs.ts';
import { parseSyncProject } from '../../src/request/sync-project.ts';
import { parseTrigger } from '../../src/request/trigger.ts';

const [RUN, COMMIT, PARENT, EARLIER] = ['a', 'c', 'e', 'f'].map((letter) => letter.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const CODEX = 'https://github.com/acme/codex.acme.com';
const DOCUMENT = { id: 'd'.repeat(40), executable: false };

function plan(more: Partial<ChangePlan> = {}): ChangePlan {
  const nothing = { changes: [], drifted: [], conflicts: [], withheld: [], unowned: [], blocked: [] };
  return { ...nothing, documents: new Map(), ...more };
}

const CHANGES = plan({
  changes: [
    { path: 'docs/new.md', action: 'add', document: DOCUMENT },
    { path: 'docs/back.md', action: 'add', document: DOCUMENT, because: 'restored' },
    { path: 'docs/a b.md', action: 'modify', document: DOCUMENT, because: 'conflict', replaces: PARENT },
    { path: 'docs/old.md', action: 'delete', document: undefined },
  ],
  drifted: ['docs/back.md', 'docs/a b.md', 'docs/kept.md'],
  conflicts: [{ path: 'docs/a b.md', kept: 'project' }],
});

function result(more: Partial<SyncProjectResult> = {}, words: Record<string, string> = {}): SyncProjectResult {
  const trigger = parseTrigger({
    event: 'push',
    actor: 'octocat',
    ref: 'refs/heads/main',
    repository: 'acme/widgets',
    runId: '7',
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    payload: { repository: { default_branch: 'main' } },
  });
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', ...words });
  return {
    request: parseSyncProject(inputs, undefined, '.', trigger),
    codex: 'acme/codex.acme.com',
    run: { commit: RUN, date: undefined, ref: 'refs/heads/main' },
    selection: { documents: new Map([['docs/new.md', DOCUMENT]]), leftAlone: new Map() },
    plan: CHANGES,
    publication: {},
    commit: COMMIT,
    parent: PARENT,
    published: { repository: 'acme/widgets', directory: '.', commit: EARLIER },
    branch: 'found',
    attempts: 1,
    warnings: [],
    ...more,
  };
}

function changes(number: number, more: Partial<Change> = {}): Change[] {
  return Array.from({ length: number }, (_, index) => {
    return { path: `docs/${index}.md`, action: 'modify', document: DOCUMENT, ...more };
  });
}

/** What GitHub makes marks of: the text outside of code and links, its entities resolved. */
function prose(markdown: string): string {
  const plain = markdown.replace(/<(code|a)\b[^>]*>.*?<\/\1>/gs, '');
  return plain.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

describe('the job summary', () => {
  test('shows what happened, where it is, every change, and what to do next', () => {
    const summary = renderSyncSummary(result({ branch: 'created', attempts: 2 }));
    expect(summary).toMatch(/^## ✅ Codex Sync: widgets → test\n/);
    for (const line of [
      '2 added, 1 modified, 1 deleted',
      `<a href="https://github.com/acme/widgets/commit/${RUN}">`,
      `<a href="${CODEX}/commit/${COMMIT}">`,
      `<a href="${CODEX}/compare/${PARENT}...${COMMIT}">`,
      `<a href="${CODEX}/tree/test/projects/widgets">`,
      '(created)',
      'other runs published at the same moment',
      `| 🟢 added | <a href="${CODEX}/blob/${COMMIT}/projects/widgets/docs/new.md">docs/new.md</a> |`,
      `| 🟢 added (restored) |`,
      `| 🟡 modified (conflict) | <a href="${CODEX}/blob/${COMMIT}/projects/widgets/docs/a%20b.md">docs/a b.md</a> |`,
      '| 🔴 deleted | <code>docs/old.md</code> |',
      `- <a href="${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md">docs/a b.md</a>`,
      'To look at',
      '**Next:**',
    ]) {
      expect(summary).toContain(line);
    }
  });

  test('a dry run shows the same plan, and links to nothing that does not exist', () => {
    const summary = renderSyncSummary(result({ commit: undefined }, { 'INPUT_DRY-RUN': 'true' }));
    expect(summary).toMatch(/^## 🔍 /);
    expect(summary).toContain('### Changes that would be made');
    expect(summary).toContain('| 🟢 added | <code>docs/new.md</code> |');
    expect(summary).not.toContain(COMMIT);
  });

  test.each([
    [20, false],
    [21, true],
  ])('a table of %i changes is folded: %s', (number, folded) => {
    const summary = renderSyncSummary(result({ plan: plan({ changes: changes(number) }) }));
    expect(summary.includes(`<summary><b>Changes</b> (${number})</summary>`)).toBe(folded);
    expect(summary.match(/🟡/g)).toHaveLength(number);
  });

  test.each([
    ['changes', 20_000, {}],
    ['changes that replace texts', 20_000, { replaces: EARLIER }],
    ['changes with long names', 2_000, { path: `docs/${'_'.repeat(2000)}.md` }],
  ])('is cut below 900 KB and says what was left out: %s', (_, number, more) => {
    const summary = renderSyncSummary(result({ plan: plan({ changes: changes(number, more) }) }));
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
          { path, action: 'modify', document: DOCUMENT, replaces: EARLIER },
          { path: `${path}2`, action: 'delete', document: undefined },
        ],
        conflicts: [{ path, kept: 'codex' }],
        drifted: [path, `${path}3`],
        withheld: [path],
        blocked: [path],
      });
      const selection = { documents: new Map(), leftAlone: new Map([[path, 'a submodule']]) };
      const run = { commit: RUN, date: undefined, ref: `refs/heads/${path}` };
      const summary = renderSyncSummary(result({ plan: all, selection, run, warnings: [path] }));
      const harmless = renderSyncSummary(
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
      const all = plan({ changes: changes(2, { path }), drifted: [path], withheld: [path], blocked: [path] });
      const run = { commit: RUN, date: undefined, ref: 'refs/heads/@octocat/#12' };
      expect(prose(renderSyncSummary(result({ plan: all, run, warnings: [path] })))).not.toMatch(/@[A-Za-z0-9]|#\d/);
    });
  });
});

describe('the end of the log', () => {
  function log(ended: SyncProjectResult): string[] {
    const said: string[] = [];
    const other = (word: string) => (text: string) => said.push(`${word}: ${text}`);
    writeSyncLog(ended, {
      line: (text) => said.push(text),
      warning: other('warning'),
      notice: other('notice'),
      error: other('error'),
      debug: other('debug'),
      output: other('output'),
      secret: other('secret'),
      group: (title, lines) => said.push(title, ...lines.map((line) => `  ${line}`)),
      summary: async () => {},
      fail: () => said.push('fail'),
    } satisfies Console);
    return said;
  }

  test('what was selected, what changed, what was replaced, where it is', () => {
    const ended = result({
      branch: 'created',
      plan: { ...CHANGES, withheld: ['docs/1.md'], unowned: ['docs/theirs.md'] },
    });
    expect(log(ended).filter((line) => !line.startsWith('warning: '))).toEqual([
      'acme/widgets at aaaaaaaaaaaa (refs/heads/main): 1 document selected',
      'Branch test was created from main',
      'Changes (4)',
      '  added    docs/new.md',
      '  added    docs/back.md (restored)',
      '  modified docs/a b.md (conflict)',
      '  deleted  docs/old.md',
      'Only in the codex, left alone (1)',
      '  docs/theirs.md',
      'Deletions withheld (1)',
      '  docs/1.md',
      'Texts of the codex that were replaced (1)',
      `  docs/a b.md: ${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md`,
      '───────────────────────────────────────',
      '✅ COMPLETED: Project Sync',
      'Published to test (branch test): 2 added, 1 modified, 1 deleted; 1 deletion withheld.',
      `Commit: ${CODEX}/commit/${COMMIT}`,
      `Compare: ${CODEX}/compare/${PARENT}...${COMMIT}`,
      `Documents: ${CODEX}/tree/test/projects/widgets`,
      'Next: Look at the withheld deletions, then run again with a higher threshold if they are meant.',
    ]);
  });

  test('a dry run says what would be done', () => {
    const said = log(result({ commit: undefined, branch: 'would be created' }, { 'INPUT_DRY-RUN': 'true' }));
    expect(said).toContain('Branch test does not exist; it would be created from main');
    expect(said).toContain('Changes that would be made (4)');
    expect(said.join('\n')).not.toContain(COMMIT);
  });

  test('is one line for each thing, whatever the names are', () => {
    const path = 'a\n::error::x\u001b[2J';
    const all = plan({ changes: changes(1, { path, replaces: EARLIER }), withheld: [path], unowned: [path] });
    const selection = { documents: new Map(), leftAlone: new Map([[path, 'a submodule']]) };
    const run = { commit: RUN, date: undefined, ref: `refs/heads/${path}` };
    for (const line of log(result({ plan: all, selection, run }))) expect(line).not.toMatch(/\p{Cc}/u);
  });
});
