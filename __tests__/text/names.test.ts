import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { folderNameProblem, isRepository, PROJECT_DIRECTORY, PROJECT_NAME } from '../../src/text/names.ts';

/** What Microsoft's documentation lists, with any extension and in any case. */
const DEVICES = ['CON', 'PRN', 'AUX', 'NUL', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [`COM${n}`, `LPT${n}`])];

describe('folderNameProblem', () => {
  test.each(['CON', 'con', 'nul.md', 'Com1.tar.gz', 'lpt9', 'x.', '...', '-rf', '-', 'a..'])(
    'no folder %s is created',
    (name) => {
      expect(folderNameProblem(name)).toMatch(/^(?:is|ends|begins|consists) /);
    },
  );

  test.each(['widgets', 'console', 'com0', 'com10', 'a-b', '.github', 'x.con', 'nul-1', '_', 'x..y'])(
    'a folder %s may be created',
    (name) => {
      expect(folderNameProblem(name)).toBeUndefined();
    },
  );

  const extension = fc.stringMatching(/^(?:\.[A-Za-z0-9._-]{0,10})?$/);
  const inAnyCase = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) =>
        [...name].map((letter, place) => (upper[place] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
      );

  test('a device of Windows is refused in any case and with any extension', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DEVICES).chain(inAnyCase), extension, (device, rest) => {
        expect(folderNameProblem(device + rest)).toBeDefined();
      }),
    );
  });

  test('what Windows and commands take is not refused', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._][A-Za-z0-9._-]{0,20}$/), (name) => {
        const stem = name.split('.')[0]?.toUpperCase() ?? '';
        const accepted = PROJECT_NAME.pattern.test(name) && !name.endsWith('.') && !DEVICES.includes(stem);
        fc.pre(accepted);
        expect(folderNameProblem(name)).toBeUndefined();
      }),
    );
  });
});

test.each(['acme/widgets', 'a_b/.github', 'acme/codex.acme.com'])('%s is a repository', (text) => {
  expect(isRepository(text)).toBe(true);
});

test.each(['acme', 'acme/', '/x', 'acme/x/y', 'acme/..', 'acme/x.git', 'ac.me/x', 'acme/x\n'])('%j is none', (text) => {
  expect(isRepository(text)).toBe(false);
});

test.each([
  ['.', true],
  ['packages/widgets', true],
  ['a b', true],
  ['..', false],
  ['./a', false],
  ['a/../b', false],
  ['a/', false],
  ['/a', false],
  ['a//b', false],
  ['a\\b', false],
  ['', false],
])('%j as a directory: %s', (directory, accepted) => {
  expect(PROJECT_DIRECTORY.pattern.test(directory)).toBe(accepted);
});
