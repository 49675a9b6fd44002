import { describe, expect, test } from '@jest/globals';
import { parseInputs } from '../../src/inputs/parse.ts';
import {
  outcome,
  type ReleasedProject,
  type ReleaseResult,
  renderReleaseBanner,
  renderReleaseOutputs,
  reportRelease,
} from '../../src/promote/report.ts';
import { parsePromote, parseRetire } from '../../src/promote/request.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { logOf } from '../support/console.ts';
import { CHANGES, CODEX, COMMIT, changes, EARLIER, PARENT, plan, RUN } from '../support/sync-result.ts';
import { PUSH } from '../support/trigger.ts';

const TIP = 'b'.repeat(40);
const source = { repository: 'acme/widgets', directory: '.', commit: RUN, ref: 'refs/heads/main' };
const released = new Set(['docs/new.md', 'docs/back.md', 'docs/a b.md', 'docs/kept.md']);

function request(words: Record<string, string>) {
  const token = { INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', INPUT_ENV: 'prod' };
  const inputs = parseInputs({ INPUT_MODE: 'promote', ...token, ...words });
  const parse = inputs.mode === 'retire' ? parseRetire : parsePromote;
  return parse(inputs, undefined, '.', PUSH);
}

function one(more: Partial<ReleasedProject> = {}, project = 'widgets'): ReleasedProject {
  const published = { ...source, commit: EARLIER };
  return outcome(project, { plan: CHANGES, changes: true, source, published, released, ...more });
}

/** A run that promoted every kind of change to production, but what is said. */
function result(more: Partial<ReleaseResult> = {}, words: Record<string, string> = {}): ReleaseResult {
  return {
    request: request(words),
    codex: 'acme/codex.acme.com',
    from: { environment: 'test', branch: branchName('test'), commit: TIP, isTip: true },
    projects: [one()],
    branch: 'found',
    parent: PARENT,
    commit: COMMIT,
    attempts: 1,
    warnings: [],
    ...more,
  };
}

const summaryOf = (ended: ReleaseResult) => renderSummary(reportRelease(ended));
const failing = outcome('broken', { error: 'It is broken. Mend it.' });
const dry = { 'INPUT_DRY-RUN': 'true' };
const withheld = one({ plan: plan({ withheld: ['docs/x.md'] }), changes: false });

test('the banner names both sides', () => {
  expect(renderReleaseBanner(request({ INPUT_PROJECT: 'doc-*\nwidgets', INPUT_FROM: `prod@${TIP}`, ...dry }))).toEqual([
    '🎯 STARTING: Promotion',
    'Projects: doc-*, widgets',
    'Codex: codex.acme.com',
    `From: prod (branch: main) at commit ${TIP}`,
    'Environment: prod (branch: main)',
    'Dry run: nothing will be written',
    '───────────────────────────────────────',
  ]);
  expect(renderReleaseBanner(request({ INPUT_MODE: 'retire' })).slice(0, 2)).toEqual([
    '🎯 STARTING: Retirement',
    'Project: widgets',
  ]);
});

test.each<[string, ReleaseResult, string]>([
  ['published', result(), 'Promoted from test to prod (branch main): 1 project (2 added, 1 modified, 1 deleted).'],
  [
    'unchanged',
    result({ commit: undefined, projects: [one({ plan: plan(), changes: false })] }),
    'Nothing to promote: prod (branch main) is up to date.',
  ],
  [
    'withheld',
    result({ commit: undefined, projects: [withheld] }),
    'Nothing to promote: prod (branch main) is up to date; 1 deletion withheld.',
  ],
  [
    'dry-run',
    result({ commit: undefined }, dry),
    'Dry run: 1 project (2 added, 1 modified, 1 deleted) would be promoted to prod (branch main) from test. Nothing was written.',
  ],
  ['failed', result({ commit: undefined, projects: [failing] }), 'Nothing in prod (branch main) was changed.'],
  [
    'failed',
    result({ projects: [one(), failing] }),
    'Promoted from test to prod (branch main): 1 project (2 added, 1 modified, 1 deleted).',
  ],
  [
    'published',
    result({ projects: [one({ plan: plan() })] }),
    'Updated in prod (branch main): only the manifest (.codex-sync.json) of 1 project; the documents are up to date.',
  ],
  [
    'published',
    result({ projects: [one(), one({ plan: plan() })] }),
    'Promoted from test to prod (branch main): 1 project (2 added, 1 modified, 1 deleted), and only the manifest (.codex-sync.json) of 1 project.',
  ],
  [
    'dry-run',
    result({ commit: undefined, projects: [one({ plan: plan() })] }, dry),
    'Dry run: only the manifest (.codex-sync.json) of 1 project would be updated in prod (branch main). Nothing was written.',
  ],
  [
    'published',
    result({ from: undefined }, { INPUT_MODE: 'retire' }),
    'Retired from prod (branch main): 1 project (2 added, 1 modified, 1 deleted).',
  ],
])('%s: %#', (conclusion, told, sentence) => {
  expect(renderReleaseOutputs(told).conclusion).toBe(conclusion);
  expect(reportRelease(told).conclusion).toBe(sentence);
});

describe('what failed', () => {
  test('of one project is its own sentence', () => {
    expect(reportRelease(result()).failure).toBeUndefined();
    expect(reportRelease(result({ projects: [failing] })).failure).toBe('It is broken. Mend it.');
  });

  test.each([
    [[failing], undefined],
    [[failing, { ...failing, project: 'other' }], 'Fix the failures, then run it again.'],
    [[one(), failing], 'Fix the failures, then run it again: finished projects are not changed twice.'],
  ])('has a next step of its own only where it is of several: %#', (projects, next) => {
    expect(reportRelease(result({ projects })).next).toBe(next);
  });

  test('of several is one error that names them, the first ones of many', () => {
    const many = Array.from({ length: 15 }, (_, index) => ({ ...failing, project: `broken-${index}` }));
    const lines = (reportRelease(result({ projects: [one(), ...many] })).failure ?? '').split('\n');
    expect(lines[0]).toBe('15 of 16 projects were not promoted.');
    expect(lines[1]).toBe('broken-0: It is broken. Mend it.');
    expect(lines.slice(-1)).toEqual(['… and 5 more, in the summary']);
    expect(lines).toHaveLength(12);
  });

  test('ends the log as the one error, and the exit code', () => {
    const said = logOf(reportRelease(result({ projects: [one(), failing] })));
    expect(said.filter((line) => /^(error|fail)/.test(line))).toEqual([
      'error: 1 of 2 projects were not promoted.\nbroken: It is broken. Mend it.',
      'fail',
    ]);
    expect(said).toContain('> broken: failed (1)');
    expect(said).toContain(`Compare: ${CODEX}/compare/main..test`);
  });
});

describe('the summary', () => {
  const text = (project: string, commit: string, path: string) => `${CODEX}/blob/${commit}/projects/${project}/${path}`;

  test('links every text on both sides, what the documents are made of, and the comparison', () => {
    const summary = summaryOf(result());
    for (const part of [
      `<a href="${CODEX}/compare/main..test">`,
      `<a href="https://github.com/acme/widgets/compare/${EARLIER}..${RUN}">`,
      `<a href="${CODEX}/commit/${COMMIT}">`,
      `| 🟡 modified (conflict) | <code>widgets</code> | <code>docs/a b.md</code> | <a href="${text('widgets', TIP, 'docs/a%20b.md')}">test</a> · <a href="${text('widgets', PARENT, 'docs/a%20b.md')}">prod</a> |`,
      `| 🟢 added | <code>widgets</code> | <code>docs/new.md</code> | <a href="${text('widgets', TIP, 'docs/new.md')}">test</a> |`,
      `| 🔴 deleted | <code>widgets</code> | <code>docs/old.md</code> | <a href="${text('widgets', PARENT, 'docs/old.md')}">prod</a> |`,
      '⚔️ changed on both sides: released',
      '✏️ edited in prod: restored',
      '✏️ edited in prod: kept',
    ]) {
      expect(summary).toContain(part);
    }
  });

  test('of a text beneath a preview says so, where no link leads to it', () => {
    const summary = summaryOf(
      result({ projects: [one({ beneath: new Map([['docs/new.md', '12']]), previews: ['12'] })] }),
    );
    expect(summary).not.toContain(text('widgets', TIP, 'docs/new.md'));
    expect(summary).toContain('beneath the preview of &#35;&#8203;12');
    expect(summary).toContain('previews of &#35;&#8203;12 not released');
  });

  test('offers the way back as it is to be copied, where there is one', () => {
    const inputs = `mode: promote\nproject: |\n  widgets\nfrom: prod@${PARENT}\nenv: prod\nallow-older: true`;
    expect(summaryOf(result())).toContain(`\n\`\`\`yaml\n${inputs}\n\`\`\`\n`);
    for (const told of [
      result({ commit: undefined }),
      result({ projects: [one({ published: undefined })] }),
      result({ from: undefined }),
    ]) {
      expect(summaryOf(told)).not.toContain('allow-older');
    }
  });

  test('offers to retire what is new, which no promotion takes back', () => {
    const projects = ['gadgets', 'gizmos'].map((name) => one({ published: undefined }, name));
    const summary = summaryOf(result({ projects: [one(), ...projects] }));
    expect(summary).toContain('project: |\n  widgets\nfrom:');
    expect(summary).toContain('each of gizmos, with\n\n```yaml\nmode: retire\nproject: |\n  gadgets\nenv: prod\n```');
  });

  test('compares with the commit where it was not a tip', () => {
    const from = { environment: 'prod', branch: branchName('main'), commit: TIP, isTip: false };
    expect(summaryOf(result({ from }))).toContain(`${CODEX}/compare/main..${TIP}`);
    expect(summaryOf(result({ from, branch: 'would be created', commit: undefined }))).not.toContain('/compare/main');
  });

  test('shows words from outside as they are', () => {
    const hostile = '</code><img src=x> @mona #1 `x` [y](z)';
    const bad = plan({
      changes: [{ path: hostile, action: 'delete', document: undefined }],
      withheld: [hostile],
      drifted: [hostile],
    });
    const projects = [
      one({ plan: bad, source: { ...source, ref: hostile, repository: hostile } }),
      outcome(hostile, { error: hostile }),
    ];
    const summary = summaryOf(result({ projects, warnings: [hostile] }));
    expect(summary).not.toMatch(/<img|@mona|#1\b|\[y\]/);
  });

  test('and the outputs stay below what GitHub takes', () => {
    const projects = Array.from({ length: 1000 }, (_, index) =>
      one(
        {
          plan: plan({
            changes: changes(10, { replaces: blobId(PARENT) }),
            drifted: changes(10).map(({ path }) => path),
          }),
          warnings: ['x'.repeat(500)],
        },
        `project-${index}`,
      ),
    );
    const failed = Array.from({ length: 2000 }, (_, index) => ({
      ...failing,
      project: `broken-${index}`,
      error: 'é'.repeat(500),
    }));
    const told = result({ projects: [...projects, ...failed] });
    expect(Buffer.byteLength(summaryOf(told))).toBeLessThan(900_000);
    expect(Buffer.byteLength(renderReleaseOutputs(told).result)).toBeLessThan(900_000);
  });
});

test('the outputs sum up the projects, and result has each', () => {
  const { result: json, ...outputs } = renderReleaseOutputs(
    result({ projects: [one(), one({}, 'gadgets'), withheld, failing] }),
  );
  expect(outputs).toMatchObject({
    conclusion: 'failed',
    changed: 'true',
    'files-added': '4',
    'files-deleted': '2',
    'deletions-withheld': '1',
    drifted: '6',
    conflicts: '2',
    succeeded: '3',
    failed: '1',
  });
  const { projects } = JSON.parse(json);
  expect(projects).toHaveLength(4);
  expect(projects[0]).toMatchObject({
    project: 'widgets',
    changed: true,
    replaced: [{ path: 'docs/a b.md', url: `${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md` }],
  });
  expect(projects[3]).toMatchObject({ project: 'broken', changed: false, error: 'It is broken. Mend it.' });
});

test('the warnings name project, environments and paths', () => {
  const told = reportRelease(result({ projects: [one({ hidden: new Map([['docs/h.md', '3']]) })] })).warnings;
  expect(told).toEqual([
    'widgets: hidden in prod by an open preview until that one is closed: docs/h.md (#3).',
    'widgets: edited in prod since it was published, and kept as it is there: docs/kept.md. Bring the edit into the project, or undo it in prod.',
    'widgets: removed in prod although test has it, and restored: docs/back.md.',
    'widgets: changed both in test and in prod; the version in test is released: docs/a b.md.',
  ]);
});
