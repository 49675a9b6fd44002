import { describe, expect, test } from '@jest/globals';
import { facts, listLinks, listNames, listReasons, listTexts, type Report } from '../../src/report/model.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { logOf } from '../support/console.ts';

const link = { text: 'docs/a.md', url: 'https://github.com/acme/codex/blob/1/docs/a.md' };
const table = { title: 'Projects', columns: ['Project', 'State'], rows: [{ cells: [link, 'in *step*'] }] };

const EMPTY: Report = { icon: '✅', heading: '', log: [], overview: [], warnings: [], sections: [] };

/** A report that has something of everything. */
const EVERYTHING: Report = {
  name: 'Project Sync',
  icon: '⚠️',
  heading: ['widgets', { own: ' → ' }, 'test'],
  conclusion: 'Published to test.',
  log: ['One line', undefined, { level: 'notice', text: 'One way' }, { title: 'Alone', lines: [] }, table],
  overview: [facts({ From: ['main at ', { code: '1' }], To: undefined }), undefined, link],
  warnings: ['Look at *this*.'],
  note: 'The hold is lifted.',
  sections: [table, { title: 'None', rows: [] }, { rows: listTexts(['A note']) }],
  links: { Commit: 'https://github.com/acme/codex/commit/1', Compare: undefined },
  next: 'Run it again.',
  undo: [{ text: 'To undo this, promote with', inputs: ['mode: promote', 'env: prod'] }],
  failure: '1 of 2 failed.',
};

describe('one report', () => {
  test('the log has its lines, the warnings, the result with its links, and the error at the end', () => {
    expect(logOf(EVERYTHING)).toEqual([
      'One line',
      'notice: One way',
      'Alone',
      '> Projects (1)',
      '  Project    State',
      '  docs/a.md  in *step*',
      'warning: Look at *this*.',
      '───────────────────────────────────────',
      '⚠️ COMPLETED: Project Sync',
      'Published to test.',
      'The hold is lifted.',
      'Commit: https://github.com/acme/codex/commit/1',
      'Next: Run it again.',
      'To undo this, promote with',
      '  mode: promote',
      '  env: prod',
      'error: 1 of 2 failed.',
      'fail',
    ]);
  });

  test('the summary has the facts, the warnings, the lists, and what to do next', () => {
    expect(renderSummary(EVERYTHING)).toBe(
      `## ⚠️ Codex Sync: widgets → test

**Published to test.**

| | |
|---|---|
| From | main at <code>1</code> |

<a href="${link.url}">docs/a.md</a>

### ⚠️ Warnings

- Look at &#42;this&#42;.

The hold is lifted.

### Projects

| Project | State |
|---|---|
| <a href="${link.url}">docs/a.md</a> | in &#42;step&#42; |

- A note

**Next:** Run it again.

To undo this, promote with

\`\`\`yaml
mode: promote
env: prod
\`\`\`
`,
    );
  });

  test('that only lists something concludes nothing', () => {
    expect(logOf({ ...EMPTY, log: ['One line', { title: 'None', rows: [] }] })).toEqual(['One line']);
  });
});

test('a list shows paths with their reasons and addresses, in the log and in the summary', () => {
  const rows = [...listNames(['a\nb']), ...listReasons([['c', 'a *link*']]), ...listLinks([link])];
  const report = { ...EMPTY, log: [{ title: 'Paths', rows }], sections: [{ title: 'Paths', rows }] };
  expect(logOf(report)).toEqual(['> Paths (3)', '  a\\u{a}b', '  c: a *link*', `  docs/a.md: ${link.url}`]);
  expect(renderSummary(report)).toContain(
    `### Paths\n\n- <code>a&#92;u&#123;a&#125;b</code>\n- <code>c</code>: a &#42;link&#42;\n- <a href="${link.url}">docs/a.md</a>\n`,
  );
});

test('numbers are aligned to the right, and the log shows a row as its line where it has one', () => {
  const numbers = {
    title: 'Counts',
    columns: ['', 'Added'],
    numeric: ['Added'],
    rows: [{ line: 'two', cells: ['', '2'] }],
  };
  expect(renderSummary({ ...EMPTY, sections: [numbers] })).toContain('| | Added |\n|---|---:|\n|  | 2 |');
  expect(logOf({ ...EMPTY, log: [numbers] })).toEqual(['> Counts (1)', '  two']);
});

test('what is too long is counted, in a list that is folded', () => {
  const rows = listNames(Array.from({ length: 30 }, () => 'x'.repeat(87)));
  const summary = renderSummary({ ...EMPTY, sections: [{ title: 'Paths', rows, limit: 1000 }] });
  expect(summary).toContain('<details><summary><b>Paths</b> (30)</summary>');
  expect(summary.match(/^- /gm)).toHaveLength(9);
  expect(summary).toContain('\n…and 21 more, left out here.\n\n</details>');
});
