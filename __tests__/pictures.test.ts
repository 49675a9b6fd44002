import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAnsi } from '../scripts/pictures/ansi.ts';
import { parseLog, renderLog } from '../scripts/pictures/log.ts';
import { parseMarkdown } from '../scripts/pictures/markdown.ts';
import { renderComment, renderSummary } from '../scripts/pictures/page.ts';
import { tellPictures } from '../scripts/pictures/story.ts';
import { escapeXml } from '../scripts/pictures/svg.ts';
import { renderTerminal } from '../scripts/pictures/terminal.ts';
import { cellsOf, widthOf, wrapRuns } from '../scripts/pictures/widths.ts';
import { renderPictures } from '../scripts/pictures.ts';
import { markdownText } from '../src/report/markdown.ts';
import { anyText } from './support/any-text.ts';

const pictures = [...renderPictures(await tellPictures())];

/** Elements that draw, and nothing that loads, runs or leads anywhere. */
const DRAWN = new Set(['svg', 'title', 'g', 'rect', 'circle', 'path', 'text', 'tspan']);

function expectHarmless(picture: string): void {
  const tags = [...picture.matchAll(/<(\/?)([\w:-]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g)];
  expect(picture.match(/<|>/g)).toHaveLength(2 * tags.length);
  const open: string[] = [];
  for (const [, end, name = '', attributes = '', alone] of tags) {
    expect(DRAWN).toContain(name);
    expect(attributes).not.toMatch(/href|src=|style=| on\w+=|url\(/);
    if (end) expect(open.pop()).toBe(name);
    else if (!alone) open.push(name);
  }
  expect(open).toEqual([]);
  expect(picture).not.toMatch(/&(?!(?:amp|lt|gt|quot);)/);
}

describe('docs/images', () => {
  test.each(pictures)('%s shows what is said', async (file, picture) => {
    expect(await readFile(file, 'utf8')).toBe(picture);
    expectHarmless(picture);
  });

  test('have the colours of a terminal in them', () => {
    const [[, terminal = ''] = []] = pictures;
    expect(terminal).toContain('<tspan fill="#e3b341">Warning: Edited in the codex');
    expect(terminal).toContain('<tspan fill="#f0f6fc" font-weight="600">Changes that would be made (4)</tspan>');
  });
});

test('whatever is said is text in a picture', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), (any) => {
      const text = escapeXml(any);
      expect(text).not.toMatch(/[<>"\0\ufffe\uffff]|&(?!(?:amp|lt|gt|quot);)/);
      const plain = any.replace(/[^\P{C}\t\n]|[\r\n\u2028\u2029]/gu, ' ');
      expectHarmless(renderTerminal({ title: any, folder: any, typed: any, output: plain }));
      expectHarmless(renderLog({ title: any, step: any, output: any }));
      expectHarmless(renderComment({ title: any, author: any, markdown: `## ${markdownText(any)}` }));
    }),
  );
  const hostile = '</text><script>alert("&")</script><image href="https://example.org/x.png"/>';
  expectHarmless(renderLog({ title: hostile, step: hostile, output: `::warning::${hostile}` }));
});

test('a terminal shows colours, and not what was wiped away', () => {
  const output =
    '\u001b[1mTitle\u001b[22m plain\n\r\u001b[2K\u001b[2mbusy\u001b[22m\r\u001b[2K\u001b[33mWarning\u001b[39m\n';
  expect(parseAnsi(output)).toEqual([
    [{ text: 'Title', bold: true, fill: '#f0f6fc' }, { text: ' plain' }],
    [{ text: 'Warning', fill: '#e3b341' }],
  ]);
  for (const strange of ['\u001b[5mx', '\u001b]0;x\u0007', '\u001b']) {
    expect(() => parseAnsi(strange)).toThrow('No picture knows the terminal command');
  }
});

test('a log has its first group open, counts what is folded, and shows no command of the runner', () => {
  const said = ['::add-mask::x', 'a', '::group::One', 'b', '::endgroup::', '::group::Two', 'c', 'd', '::endgroup::'];
  expect(parseLog([...said, '::warning::w%25', 'e', '', ''].join('\n'))).toEqual([
    { number: 1, text: 'a', inside: false },
    { number: 2, text: 'One', group: 'open' },
    { number: 3, text: 'b', inside: true },
    { number: 4, text: 'Two', group: 'folded' },
    { number: 7, text: 'w%', level: 'warning', inside: false },
    { number: 8, text: 'e', inside: false },
  ]);
});

describe('Markdown', () => {
  test('is what GitHub shows of it', () => {
    const markdown = [
      '<!-- seen by nobody -->\n## A &#60;b&#62;\n\n**Bold:** <a href="https://example.org"><code>a&#46;md</code></a>\n\n- one\n- <b>two</b>',
      '<details><summary><b>Many</b> (21)</summary>\n\n| | Path |\n|---|---|\n| x | y |\n\n</details>',
      '| | Path |\n|---|---|\n| x | <code>y</code> |',
    ].join('\n\n');
    expect(parseMarkdown(markdown)).toEqual([
      { kind: 'heading', depth: 2, runs: [{ text: 'A <b>' }] },
      {
        kind: 'paragraph',
        runs: [{ text: 'Bold:', bold: true }, { text: ' ' }, { text: 'a.md', fill: '#0969da', code: true }],
      },
      { kind: 'list', items: [[{ text: 'one' }], [{ text: 'two', bold: true }]] },
      { kind: 'folded', runs: [{ text: 'Many', bold: true }, { text: ' (21)' }] },
      {
        kind: 'table',
        rows: [
          [[], [{ text: 'Path' }]],
          [[{ text: 'x' }], [{ text: 'y', code: true }]],
        ],
      },
    ]);
    expectHarmless(renderSummary({ title: 't', job: 'j', markdown }));
  });

  test.each(['![x](y.png)', '<script>x</script>', 'a <u>b</u>', '> quoted'])(
    'that no summary has is said: %s',
    (odd) => {
      expect(() => parseMarkdown(odd)).toThrow('No picture knows');
    },
  );
});

test('lines are no longer than their room, and lose nothing', () => {
  const runs = fc.array(fc.record({ text: fc.stringMatching(/^[a-z/ .✅]{1,60}$/u), bold: fc.boolean() }));
  const room = 40;
  for (const measure of [({ text }: { text: string }) => cellsOf(text), (run: { text: string }) => widthOf(run, 2)]) {
    fc.assert(
      fc.property(runs, (given) => {
        const lines = wrapRuns(given, room, measure);
        const textOf = (all: readonly { text: string }[]) => all.map(({ text }) => text).join('');
        for (const line of lines) {
          const sum = line.reduce((all, run) => all + measure(run), 0);
          expect(sum).toBeLessThanOrEqual(room + 0.001);
        }
        expect(lines.map(textOf).join('').replaceAll(' ', '')).toBe(textOf(given).replaceAll(' ', ''));
      }),
    );
  }
  const address = wrapRuns([{ text: 'At https://example.org/a/rather/long/way/to/go' }], room, ({ text }) =>
    cellsOf(text),
  );
  expect(address).toEqual([[{ text: 'At https://example.org/a/rather/long/' }], [{ text: 'way/to/go' }]]);
});

test('an emoji takes two letters of a terminal, and what cannot be seen takes none', () => {
  expect(['a', '✅', '⚠️', '🎯', '─', '漢', 'e\u0301', '\u200b', 'a\u200bb'].map(cellsOf)).toEqual([
    1, 2, 2, 2, 1, 2, 1, 0, 2,
  ]);
});
