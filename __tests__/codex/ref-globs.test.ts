import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReleaseRef, matchesRef, namesTags, parseRefGlobs } from '../../src/codex/stable-refs.ts';
import { branchName } from '../../src/text/ids.ts';

describe('matchesRef', () => {
  test.each<[string, string[], string, string]>([
    ['a name', ['refs/heads/develop'], 'refs/heads/develop', 'by name'],
    ['a glob', ['refs/heads/release/*'], 'refs/heads/release/9', 'by glob'],
    ['both: the name counts', ['refs/heads/*', 'refs/heads/develop'], 'refs/heads/develop', 'by name'],
    ['a glob that is spelled like the ref is no name', ['refs/heads/{a,b}'], 'refs/heads/{a,b}', 'by glob'],
    ['a star does not cross a slash', ['refs/heads/release/*'], 'refs/heads/release/1/9', 'no'],
    ['a name in other letters', ['refs/heads/Develop'], 'refs/heads/develop', 'no'],
    ['the beginning of a name', ['refs/heads/dev'], 'refs/heads/develop', 'no'],
    ['a tag of the same name', ['refs/heads/v1'], 'refs/tags/v1', 'no'],
    ['nothing', [], 'refs/heads/develop', 'no'],
    ['a plus sign is no glob sign', ['refs/heads/a+b'], 'refs/heads/aab', 'no'],
    ['what is taken away, by name', ['refs/heads/*', '!refs/heads/develop'], 'refs/heads/develop', 'no'],
    ['what is taken away, by glob', ['refs/heads/release/9', '!refs/heads/release/*'], 'refs/heads/release/9', 'no'],
    ['whatever the order', ['!refs/heads/develop', 'refs/heads/develop'], 'refs/heads/develop', 'no'],
    ['taking one away names no other', ['!refs/heads/develop'], 'refs/heads/main', 'no'],
  ])('%s', (_, lines, ref, expected) => {
    expect(matchesRef(parseRefGlobs(lines), ref)).toBe(expected);
  });

  const plainRef = fc
    .array(fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_+.@#$-]{0,8}$/), { minLength: 1, maxLength: 4 })
    .map((parts) => `refs/heads/${parts.join('/')}`);
  const lists = fc.array(fc.oneof(plainRef, fc.constantFrom('refs/heads/*', 'refs/heads/**', 'refs/heads/a*')));

  test('a name matches itself and nothing else', () => {
    fc.assert(
      fc.property(plainRef, plainRef, (ref, other) => {
        expect(matchesRef(parseRefGlobs([ref]), other)).toBe(ref === other ? 'by name' : 'no');
      }),
    );
  });

  test('an entry with "!" always wins', () => {
    fc.assert(
      fc.property(lists, lists, plainRef, (given, away, ref) => {
        const globs = parseRefGlobs([...given, ...away.map((entry) => `!${entry}`)]);
        const isAway = matchesRef(parseRefGlobs(away), ref) !== 'no';
        expect(globs.isTakenAway(ref)).toBe(isAway);
        expect(matchesRef(globs, ref)).toBe(isAway ? 'no' : matchesRef(parseRefGlobs(given), ref));
      }),
    );
  });
});

test.each<[string[], boolean]>([
  [['refs/tags/gears-v*'], true],
  [['refs/heads/main', 'refs/tags/v1'], true],
  [['refs/heads/release/*'], false],
  [['!refs/tags/v1'], false],
  [[], false],
])('%j names tags: %s', (lines, expected) => {
  expect(namesTags(parseRefGlobs(lines))).toBe(expected);
});

test.each<[string, string[], string, boolean]>([
  ['the default branch', [], 'refs/heads/main', true],
  ['a tag', [], 'refs/tags/v1', true],
  ['a tag where only branches are named', ['refs/heads/release/*'], 'refs/tags/v1', true],
  ['a tag that is named', ['refs/tags/gears-v*'], 'refs/tags/gears-v1', true],
  ['another tag than the named ones', ['refs/tags/gears-v*'], 'refs/tags/v1', false],
  ['a tag that is taken away', ['!refs/tags/rc-*'], 'refs/tags/rc-1', false],
  ['the default branch that is taken away', ['!refs/heads/main'], 'refs/heads/main', false],
  ['a named branch', ['refs/heads/release/*'], 'refs/heads/release/9', true],
  ['any other branch', ['refs/heads/release/*'], 'refs/heads/feature', false],
])('the release line: %s', (_, lines, ref, expected) => {
  expect(isReleaseRef(parseRefGlobs(lines), ref, branchName('main'))).toBe(expected);
});

test('no branch is the default one where none is known', () => {
  expect(isReleaseRef(parseRefGlobs([]), 'refs/heads/undefined', undefined)).toBe(false);
});
