import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { markdownCode, markdownLink, markdownText, urlPath } from '../../src/report/summary.ts';
import { printable } from '../../src/text/phrases.ts';

function decode(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

/** What a reader sees, with the invisible characters taken out that keep GitHub from reading marks into it. */
function seen(html: string): string {
  return decode(html.replace(/<[^>]*>/g, '')).replace(/[\u200b\u2060]/g, '');
}

const HOSTILE = [
  '@octocat',
  'docs/@octocat.md',
  '#12',
  'acme/widgets#12',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[link](https://evil.example)',
  '![image](https://evil.example/x.png)',
  'https://evil.example',
  '`code`',
  '**bold** _it_ ~~no~~',
  'a | b',
  'a\n| b | c |\n\n# Heading',
  '&lt;b&gt;',
  '"quoted" \'names\'',
  '$x^2$',
  ':tada:',
  '\\@octocat',
  'a\u202ecod.exe',
];
// Anything but letters, digits and the harmless signs, among words that Markdown could read.
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...HOSTILE, ' ', '|', '@a')).map((all) => all.join('')),
);

describe('markdownText', () => {
  test.each(['docs/guide.md', 'Übersicht (neu), Teil 1-2.md', '日本/語.md'])('%j stays as it is', (name) => {
    expect(markdownText(name)).toBe(name);
  });

  test.each(HOSTILE)('%j shows just that', (hostile) => {
    expect(seen(markdownText(hostile))).toBe(printable(hostile));
  });

  test('leaves nothing that Markdown, HTML or a table could read', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(markdownText(given).replace(/&#\d+;/g, '')).toMatch(/^[\p{L}\p{N} /.,()\u200b-]*$/u);
        expect(seen(markdownText(given))).toBe(printable(given));
      }),
    );
  });

  // Both are read after the entities were resolved, so an entity alone keeps nobody from being mentioned:
  // https://github.com/github/cmark-gfm/issues/181
  test.each(['@octocat', 'x @octocat', 'docs/@octocat.md', 'acme/@team'])('%j mentions nobody', (mention) => {
    expect(decode(markdownText(mention))).not.toMatch(/@[A-Za-z0-9]/);
  });

  test.each(['#12', 'x #12', 'acme/widgets#12'])('%j refers to no issue', (reference) => {
    expect(decode(markdownText(reference))).not.toMatch(/#\d/);
  });

  test.each(['www.evil.example', 'see www.evil.example/x.md'])('%j is no link', (address) => {
    expect(markdownText(address)).not.toContain('www.');
  });
});

describe('markdownCode and markdownLink', () => {
  test('code shows just the text', () => {
    fc.assert(
      fc.property(text, (given) => {
        const html = markdownCode(given);
        expect(html.match(/<[^>]*>/g)).toEqual(['<code>', '</code>']);
        expect(seen(html)).toBe(printable(given));
      }),
    );
  });

  test('a link shows just the text and leads where it should, whatever the path', () => {
    fc.assert(
      fc.property(text, text, (given, path) => {
        const html = markdownLink(given, `https://github.com/acme/codex/blob/main/${urlPath(printable(path))}`);
        expect(html.match(/<[^>]*>/g)).toEqual([expect.stringMatching(/^<a href="[^"<>|\s]*">$/), '</a>']);
        expect(seen(html)).toBe(printable(given));
      }),
    );
  });
});

describe('urlPath', () => {
  test.each([
    ['docs/a.md', 'docs/a.md'],
    ['docs/a b#c?.md', 'docs/a%20b%23c%3F.md'],
    ['docs/100%.md', 'docs/100%25.md'],
    ['日本/語.md', '%E6%97%A5%E6%9C%AC/%E8%AA%9E.md'],
    ['a|b"<c>\n', 'a%7Cb%22%3Cc%3E%0A'],
  ])('%j is %s', (path, url) => {
    expect(urlPath(path)).toBe(url);
    expect(decodeURIComponent(urlPath(path))).toBe(path);
  });
});
