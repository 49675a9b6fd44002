import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fetchProblem, PATH_RULES, pathProblem, unholdableReason } from '../../src/documents/paths.ts';

describe('a path that some system cannot hold is not published', () => {
  test.each(PATH_RULES.map(({ kind, example, problem }) => [example, kind, problem] as const))(
    '%j (%s): %s',
    (example, kind, problem) => {
      expect(unholdableReason(example)).toBe(problem);
      expect(fetchProblem(example, true)).toBe(problem);
      expect(fetchProblem(example, false)).toBe(kind === 'windows' ? undefined : problem);
      expect(pathProblem(example)).toBe(kind === 'misleading' ? problem : undefined);
    },
  );

  test.each([
    ['a:b.md', 'has a part that begins with a drive letter'],
    ['docs/why: because.md', 'has a character that Windows does not allow'],
    ['docs/"x".md', 'has a character that Windows does not allow'],
    ['docs/<x>.md', 'has a character that Windows does not allow'],
    ['docs/x|y.md', 'has a character that Windows does not allow'],
    ['docs/*.md', 'has a character that Windows does not allow'],
    ['docs/blank ', 'has a part that ends in a dot or a space, which Windows drops'],
    ['blank /x.md', 'has a part that ends in a dot or a space, which Windows drops'],
    ['AUX', 'has the name of a device of Windows'],
    ['docs/nul.tar.gz', 'has the name of a device of Windows'],
    ['con/x.md', 'has the name of a device of Windows'],
    ['docs/Com1 .md', 'has the name of a device of Windows'],
    ['docs/LPT9/a.md', 'has the name of a device of Windows'],
    ['docs/conout$.md', 'has the name of a device of Windows'],
    ['docs/bell\u0007.md', 'has a control character'],
    ['docs/next line\u0085.md', 'has a control character'],
    ['docs/%252E.md', 'has an encoded dot, slash or backslash'],
    [`docs/${'文'.repeat(85)}.md`, 'has a part of more than 255 bytes'],
  ])('%j %s', (path, problem) => {
    expect(unholdableReason(path)).toBe(problem);
  });

  test.each([
    'README.md',
    '-rf',
    'docs/ leading.md',
    'docs/two  blanks.md',
    'docs/.hidden/x.md',
    'docs/..hidden.md',
    'docs/auxiliary.md',
    'docs/aux-in.md',
    'docs/my.aux',
    'docs/com.md',
    'docs/com10.md',
    'docs/50%.md',
    'docs/日本語/文書.md',
    'docs/caf\u00e9.md',
    "docs/it's {a},[b]&(c)!@#$^=+;~`.md",
    `docs/${'a'.repeat(255)}`,
    `docs/${'文'.repeat(85)}`,
    `${'a'.repeat(199)}/${'a'.repeat(199)}/${'a'.repeat(199)}/${'a'.repeat(200)}`,
  ])('%j is held everywhere', (path) => {
    expect(unholdableReason(path)).toBeUndefined();
  });
});

test('the reason is that of the first rule that applies, for any path', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '/',
      '.',
      ' ',
      ':',
      '~1',
      '%2e',
      'a',
      '-',
      'git',
      '.git',
      'con',
      'AUX',
      'com1',
      'lpt9',
      'é',
      '\n',
      '\\',
      '?',
    ),
    fc.stringMatching(/^[a-z.]{1,3}$/),
    fc.constantFrom('x'.repeat(250), '文'.repeat(80)),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (words) => {
      const path = words.join('');
      const rule = PATH_RULES.find(({ applies }) => applies(path, path.split('/')));
      expect(unholdableReason(path)).toBe(rule?.problem);
    }),
    { numRuns: 3000 },
  );
});
