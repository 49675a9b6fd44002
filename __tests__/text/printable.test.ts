import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable } from '../../src/text/phrases.ts';
import { anyText } from '../support/any-text.ts';

describe('printable', () => {
  test.each([
    ['docs/guide.md', 'docs/guide.md'],
    ['Übersicht 日本 🎉', 'Übersicht 日本 🎉'],
    ['a\nb', 'a\\u{a}b'],
    ['a\r\tb', 'a\\u{d}\\u{9}b'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['\u0085next line', '\\u{85}next line'],
    ['evil\u202egpj.md', 'evil\\u{202e}gpj.md'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['line\u2028separator', 'line\\u{2028}separator'],
    ['\ufeffmark', '\\u{feff}mark'],
    ['half \ud800 pair', 'half \\u{d800} pair'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
  ])('%j is %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('is one line without control characters, whatever it is given', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });

  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc…'],
    ['', 3, ''],
  ])('%j of at most %i characters is %j', (text, most, shown) => {
    expect(printable(text, most)).toBe(shown);
  });

  test('does not cut a character in two', () => {
    expect(printable('ab🎉', 3)).not.toMatch(/\p{Cs}/u);
  });
});
