import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  renderAnsi,
  renderComment,
  renderLog,
  renderLogLines,
  renderMarkdown,
  renderTerminal,
  wrap,
} from '../scripts/pictures/html.ts';
import { tellPictures } from '../scripts/pictures/story.ts';
import { renderPictures } from '../scripts/pictures.ts';
import { THEME } from '../scripts/svg.ts';
import { markdownText } from '../src/report/summary.ts';
import { anyText } from './support/any-text.ts';

const IMAGES = 'docs/images';
const files = await readdir(IMAGES);
const pictures = [...renderPictures(await tellPictures())];

/** Elements that draw, and nothing that loads, runs or leads anywhere. */
const DRAWN = new Set(
  [
    ...[
      'svg',
      'title',
      'style',
      'foreignObject',
      'div',
      'span',
      'pre',
      'b',
      'u',
      'strong',
      'code',
      'a',
      'h2',
      'h3',
      'p',
      'g',
      'path',
      'rect',
      'text',
      'tspan',
    ],
    ...['ul', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'details', 'summary'],
  ].sort(),
);

function expectHarmless(picture: string): void {
  const tags = [...picture.matchAll(/<(\/?)([\w:-]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g)];
  expect(picture.match(/<|>/g)).toHaveLength(2 * tags.length);
  const open: string[] = [];
  for (const [, end, name = '', attributes = '', closed] of tags) {
    expect(DRAWN).toContain(name);
    expect(attributes).not.toMatch(/href|src=|style=| on\w+=|url\(/);
    if (end) expect(open.pop()).toBe(name);
    else if (!closed) open.push(name);
  }
  expect(open).toEqual([]);
  expect(picture).not.toMatch(/&(?!(?:amp|lt|gt|quot|#\d+);)|@import|url\(/);
}

describe('docs/images', () => {
  test.each(pictures)('%s shows what a run prints', async (file, picture) => {
    expect(await readFile(file, 'utf8')).toBe(picture);
    expectHarmless(picture);
  });

  test.each(files)('%s is for light and dark pages', async (file) => {
    const picture = await readFile(join(IMAGES, file), 'utf8');
    expect(picture).toContain(THEME);
    expect(picture.replace(THEME, '')).not.toMatch(/ (fill|stroke)="(?!none|var)/);
  });

  test('show shapes, and no letter that a font may have as an emoji, or not at all', () => {
    for (const [, picture] of pictures) expect(picture).not.toMatch(/\p{Extended_Pictographic}|[\u25a0-\u25ff]/u);
    const [, summary = ''] = pictures.find(([file]) => file.endsWith('summary.svg')) ?? [];
    expect(summary).toContain('<span class="shape alert yellow"></span>');
  });

  test('have the colours of a terminal in them', () => {
    const [, terminal = ''] = pictures.find(([file]) => file.endsWith('terminal.svg')) ?? [];
    expect(terminal).toContain('<span class="warn">Warning: Edited in the codex');
    expect(terminal).toContain('<span class="bold">Changes that would be made (4)</span>');
  });
});

test('any output is text in a picture', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), (any) => {
      expectHarmless(renderTerminal(any, any, any, any.replaceAll('\u001b', '')));
      expectHarmless(renderLog(any, any, any));
      expectHarmless(renderComment(any, any, `## ${markdownText(any)}`));
    }),
  );
  const hostile = '</text><script>alert("&")</script><image href="https://example.org/x.png"/>';
  expectHarmless(renderLog(hostile, hostile, `::warning::${hostile}`));
});

test('a terminal shows colours, and no line that was wiped away', () => {
  const output = '\u001b[1mTitle\u001b[22m <\n\r\u001b[2K\u001b[2mbusy\u001b[22m\r\u001b[2K\u001b[33mWarning\u001b[39m';
  expect(renderAnsi(output)).toBe('<span class="bold">Title</span> &lt;\n<span class="warn">Warning</span>');
  for (const strange of ['\u001b[5mx', '\u001b]0;x\u0007', '\u001b']) {
    expect(() => renderAnsi(strange)).toThrow('No picture knows the command');
  }
});

test('a log has its first group open, counts folded lines, and shows no command of the runner', () => {
  const said = ['::add-mask::x', 'a', '::group::One', 'b', '::endgroup::', '::group::Two', 'c', 'd', '::endgroup::'];
  const { html, height } = renderLogLines([...said, '::warning::w%25', 'https://a.b', '', ''].join('\n'));
  expect(html.replace(/<span class="number">(\d+)<\/span>/g, '$1 ').split(/(?<=<\/div>)/)).toEqual([
    '<div class="line ">1 <span>a</span></div>',
    '<div class="line group">2 <span class="open"></span> <b class="bold">One</b></div>',
    '<div class="line ">3 <span>  b</span></div>',
    '<div class="line group">4 <span class="folded"></span> <b class="bold">Two</b></div>',
    '<div class="line warning">7 <span><b>Warning: </b>w%</span></div>',
    '<div class="line ">8 <span><u>https://a.b</u></span></div>',
  ]);
  expect(height).toBe(6 * 20);
});

test('Markdown has no comments, no links and folded details, and is as high as its blocks', () => {
  const folded = '<details><summary><b>Many</b> (21)</summary>\n\n| | Path |\n|---|---|\n| x | y |\n\n</details>';
  const { html, height } = renderMarkdown(
    `<!-- no reader sees this -->\n### A &#60;b&#62;\n\n<a href="https://a.b"><code>a.md</code></a>\n\n- ${'one '.repeat(30)}\n\n${folded}`,
  );
  expect(html.replace(/\s+/g, ' ')).toBe(
    ` <h3>A &lt;b&gt;</h3> <p><a><code>a.md</code></a></p> <ul> <li>${'one '.repeat(30).trim()}</li> </ul> <details><summary><b>Many</b> (21)</summary></details>`,
  );
  expect(height).toBe(37 + 37 + (16 + 25 + 21) + 37);
});

test('no line is longer than its room, and none loses anything', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z/ .\n]{1,600}$/), (text) => {
      const wrapped = wrap(text);
      for (const line of wrapped.split('\n')) expect(line.length).toBeLessThanOrEqual(105);
      expect(wrapped.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
    }),
  );
  const way = `https://example.org/${'way/'.repeat(30)}`;
  expect(wrap(`At ${way}`).split('\n')).toEqual([`At ${way.slice(0, 100)}`, way.slice(100)]);
});
