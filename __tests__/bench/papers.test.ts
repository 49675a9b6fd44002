import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { chartsOf } from '../../scripts/bench/charts.ts';
import { renderJson, renderPapers } from '../../scripts/bench/papers.ts';
import { renderMarkdown, renderText, tablesOf } from '../../scripts/bench/tables.ts';
import { everythingHeld } from './results.ts';

const RESULTS = 'docs/benchmark.json';

test('page and charts are what the results say, and the results are written as they are read', async () => {
  const text = await readFile(RESULTS, 'utf8');
  const results = JSON.parse(text);
  expect(renderJson(results)).toBe(text);
  for (const [file, content] of renderPapers(results)) expect(await readFile(file, 'utf8')).toBe(content);
});

describe('tables', () => {
  const [publish, large] = tablesOf(everythingHeld);

  test('compare the times with that of the first contestant, on each codex', () => {
    expect([publish?.codex, large?.codex]).toEqual([400, 200_000]);
    expect(large?.rows.map((row) => row.slice(0, 4))).toEqual([
      ['', 'time', 'lowest to highest', 'ratio'],
      ['codex-sync', '1.10 s', '990 ms to 1.21 s', '1.00'],
      ['sparse checkout', '2.20 s', '1.98 s to 2.42 s', '2.00'],
      ['full clone', '40.0 s', '36.0 s to 44.0 s', '36.4'],
    ]);
  });

  test('have a dash for what a system does not tell', () => {
    const measurements = everythingHeld.measurements.map((one) => {
      const { cpu, memory, ...figures } = one.figures;
      return { ...one, figures };
    });
    const [table] = tablesOf({ ...everythingHeld, measurements });
    expect(table?.rows[1]?.slice(4, 8)).toEqual(['300 ms', '–', '–', '80 MB']);
  });

  test('are lined up at a terminal, and Markdown in the page', () => {
    const rows = [
      ['', 'time'],
      ['codex-sync', '1.10 s'],
      ['full clone', '40.0 s'],
    ];
    expect(renderText({ case: 'a', title: 'A case', codex: 20_000, rows })).toBe(
      'A case (codex of 20,000 files)\n\n              time\ncodex-sync  1.10 s\nfull clone  40.0 s\n',
    );
    expect(renderMarkdown(rows)).toBe('|  | time |\n|---|--:|\n| codex-sync | 1.10 s |\n| full clone | 40.0 s |\n');
  });
});

test('charts have a bar for each contestant; ten times as much is as far to the right everywhere', () => {
  const charts = chartsOf(everythingHeld);
  expect(charts.map(({ file }) => file)).toEqual(
    ['time', 'down', 'disk', 'cases'].map((name) => `docs/images/benchmark-${name}.svg`),
  );
  const { picture = '' } = charts[0] ?? {};
  expect(picture).toContain('Codex of 200,000 files');
  const bars = [...picture.matchAll(/<rect x="216" [^>]*width="([\d.]+)"[^>]*fill="([^"]+)"/g)];
  const widths = bars.map(([, width]) => Number(width));
  expect(bars.map(([, , fill]) => fill)).toEqual(['var(--blue)', 'var(--blue)', 'var(--bar)', 'var(--bar)']);
  // 1, 1.1, 2.2 and 40 seconds, from 100 ms to 100 s.
  const decade = (764 - 216) / 3;
  expect(widths).toEqual([1, 1.1, 2.2, 40].map((value) => expect.closeTo((Math.log10(value) + 1) * decade, 0)));
  expect(picture).not.toContain('NaN');
});

test('there are no charts of what was not measured', () => {
  const measurements = everythingHeld.measurements.filter((one) => one.case === 'promote');
  expect(chartsOf({ ...everythingHeld, measurements }).map(({ title }) => title)).toEqual(['Everything else: time']);
  expect(chartsOf({ ...everythingHeld, measurements: [] })).toEqual([]);
});

test('the page says what was found of each requirement, and what the main figures are', () => {
  const page = renderPapers(everythingHeld).get('docs/benchmark.md') ?? '';
  expect(page).toContain('**Publishing 100 documents into 200,000 files takes 1.10 s and 130 kB down**');
  expect(page).toContain('a sparse checkout 2.20 s and 5.8 MB (2.0 times as long)');
  expect(page).toContain('| Promote: at most 16 requests | 9 | ✅ held |');
  expect(page).toContain('A processor, 2 cores, 8 GB of memory, A system\n');
});
