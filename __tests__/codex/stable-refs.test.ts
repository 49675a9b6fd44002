import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  candidateBranches,
  isDefaultBranchStable,
  lineOfRef,
  needsProtection,
  parseRefGlobs,
  parseStableRefs,
  releaseLineOf,
} from '../../src/codex/stable-refs.ts';
import { type BranchName, branchName } from '../../src/text/ids.ts';

interface Lists {
  readonly production?: readonly string[];
  readonly stable?: readonly string[];
  readonly defaultBranch?: BranchName | undefined;
}

function refsOf({ production = [], stable = [], ...rest }: Lists) {
  return parseStableRefs('defaultBranch' in rest ? rest.defaultBranch : branchName('main'), { production, stable });
}

describe('the release line: the default branch, tags, and what production-refs names', () => {
  test.each<[string, string, Lists]>([
    ['the default branch', 'refs/heads/main', {}],
    ['another default branch', 'refs/heads/trunk', { defaultBranch: branchName('trunk') }],
    ['a tag', 'refs/tags/v1.0.0', {}],
    ['a tag of a project whose default branch is unknown', 'refs/tags/v1.0.0', { defaultBranch: undefined }],
    ['a ref that production-refs names', 'refs/heads/release/9', { production: ['refs/heads/release/9'] }],
    ['a tag that production-refs names', 'refs/tags/gears-v1', { production: ['refs/tags/gears-v*'] }],
    ['the default branch where production-refs names tags', 'refs/heads/main', { production: ['refs/tags/gears-v*'] }],
    ['the default branch, which a glob names too', 'refs/heads/main', { production: ['refs/heads/*'] }],
    ['a tag where only branches are named', 'refs/tags/v1', { production: ['refs/heads/release/*'] }],
    ['what both lists name', 'refs/heads/next', { production: ['refs/heads/next'], stable: ['refs/heads/next'] }],
  ])('%s belongs to it', (_, ref, lists) => {
    expect(lineOfRef(refsOf(lists), ref, undefined)).toBe('release');
    expect(needsProtection(refsOf(lists), ref)).toBe(false);
  });

  test.each<[string, string, Lists]>([
    ['a feature branch', 'refs/heads/feature', {}],
    ['a branch named like a tag', 'refs/heads/refs/tags/v1', {}],
    ['a branch named v1.0.0', 'refs/heads/v1.0.0', {}],
    ['a branch that differs from the default one in case', 'refs/heads/Main', {}],
    ['a branch below the default one', 'refs/heads/main/x', {}],
    ['a merge queue', 'refs/heads/gh-readonly-queue/main/pr-1-abc', {}],
    ["a pull request's ref", 'refs/pull/12/merge', {}],
    ['no ref', '', {}],
    ['an unknown default branch', 'refs/heads/main', { defaultBranch: undefined }],
    ['a branch named undefined', 'refs/heads/undefined', { defaultBranch: undefined }],
    ['a ref that production-refs does not name', 'refs/heads/release/1/9', { production: ['refs/heads/release/*'] }],
    ['another tag than production-refs names', 'refs/tags/v1', { production: ['refs/tags/gears-v*'] }],
    ['another tag than the one that is named', 'refs/tags/v1', { production: ['refs/tags/v2'] }],
    ['the default branch that is taken away', 'refs/heads/main', { production: ['!refs/heads/main', 'refs/heads/*'] }],
    ['the default branch that a glob takes away', 'refs/heads/main', { production: ['!refs/heads/*'] }],
    ['a tag that is taken away', 'refs/tags/rc-1', { production: ['!refs/tags/rc-*'] }],
    ['a named branch that is taken away', 'refs/heads/next', { production: ['refs/heads/next', '!refs/heads/next'] }],
    [
      'a ref that production-refs names in part',
      'refs/heads/release/1',
      { production: ['refs/*/release', 'refs/heads/release'] },
    ],
  ])('%s does not, protected or not', (_, ref, lists) => {
    for (const isProtected of [true, false, undefined]) {
      expect(lineOfRef(refsOf(lists), ref, isProtected)).toBeUndefined();
    }
  });

  test('taking tags away does not leave only the named ones', () => {
    const refs = refsOf({ production: ['!refs/tags/rc-*'] });
    expect(lineOfRef(refs, 'refs/tags/v1', undefined)).toBe('release');
  });
});

describe('a branch that only a glob names counts where GitHub says that it is protected', () => {
  const refs = refsOf({ production: ['refs/heads/release/*', 'refs/heads/next'] });

  test.each([
    [true, 'release'],
    [false, undefined],
    [undefined, undefined],
  ])('protected: %s', (isProtected, line) => {
    expect(needsProtection(refs, 'refs/heads/release/9')).toBe(true);
    expect(lineOfRef(refs, 'refs/heads/release/9', isProtected)).toBe(line);
  });

  test('a name without a glob sign is taken as said, also beside a glob', () => {
    const named = refsOf({ production: ['refs/heads/release/*', 'refs/heads/release/9'] });
    expect(needsProtection(named, 'refs/heads/release/9')).toBe(false);
    expect(lineOfRef(named, 'refs/heads/release/9', undefined)).toBe('release');
    expect(lineOfRef(named, 'refs/heads/release/8', undefined)).toBeUndefined();
  });

  test('a tag, the default branch, and a branch that nothing names need none', () => {
    const all = refsOf({ production: ['refs/**'] });
    expect(needsProtection(all, 'refs/tags/v1')).toBe(false);
    expect(needsProtection(all, 'refs/heads/main')).toBe(false);
    expect(needsProtection(all, 'refs/heads/feature')).toBe(true);
    expect(needsProtection(refs, 'refs/heads/feature')).toBe(false);
  });

  test('what is taken away is none, however well it is protected', () => {
    const away = refsOf({ production: ['refs/heads/release/*', '!refs/heads/release/9'] });
    expect(needsProtection(away, 'refs/heads/release/9')).toBe(false);
    expect(lineOfRef(away, 'refs/heads/release/9', true)).toBeUndefined();
  });

  test('one that is not protected is stable where stable-refs names it', () => {
    const both = refsOf({ production: ['refs/heads/release/*'], stable: ['refs/heads/release/*'] });
    expect(lineOfRef(both, 'refs/heads/release/9', false)).toBe('stable');
    expect(lineOfRef(both, 'refs/heads/release/9', true)).toBe('release');
  });
});

describe('stable-refs publish documents outside production only', () => {
  test.each<[string, string, Lists, string | undefined]>([
    ['a name', 'refs/heads/develop', { stable: ['refs/heads/develop'] }, 'stable'],
    [
      'a glob needs no protection: production never takes it',
      'refs/heads/next/1',
      { stable: ['refs/heads/next/*'] },
      'stable',
    ],
    ['another branch', 'refs/heads/feature', { stable: ['refs/heads/develop'] }, undefined],
    ['one that is taken away', 'refs/heads/next/1', { stable: ['refs/heads/next/*', '!refs/heads/next/1'] }, undefined],
    [
      'the default branch that production-refs takes away',
      'refs/heads/main',
      { production: ['!refs/heads/main'], stable: ['refs/heads/main'] },
      'stable',
    ],
    [
      'a tag that is none of the named ones',
      'refs/tags/rc-1',
      { production: ['refs/tags/v*'], stable: ['refs/tags/rc-*'] },
      'stable',
    ],
    ['the default branch stays on the release line', 'refs/heads/main', { stable: ['!refs/heads/main'] }, 'release'],
    ["a pull request's ref is what stable-refs says", 'refs/pull/1/merge', { stable: ['refs/heads/**'] }, undefined],
  ])('%s', (_, ref, lists, line) => {
    expect(lineOfRef(refsOf(lists), ref, undefined)).toBe(line);
  });
});

const ref = fc.constantFrom(
  ...['refs/heads/main', 'refs/heads/develop', 'refs/heads/release/9', 'refs/heads/feature', 'refs/tags/v1'],
  ...['refs/tags/gears-v1', 'refs/pull/2/merge', ''],
);
const entry = fc.constantFrom(
  ...['refs/heads/develop', 'refs/heads/release/*', 'refs/heads/release/9', 'refs/heads/**', 'refs/tags/gears-v*'],
  ...['refs/tags/v1', '!refs/heads/main', '!refs/tags/*', '!refs/heads/release/*', '!refs/heads/develop'],
);
const lists = fc.record({ production: fc.array(entry), stable: fc.array(entry) });

test('stable-refs never make a ref one of the release line, and protection only ever adds one', () => {
  fc.assert(
    fc.property(ref, lists, fc.constantFrom(true, false, undefined), (name, { production, stable }, isProtected) => {
      const line = lineOfRef(refsOf({ production, stable }), name, isProtected);
      const alone = lineOfRef(refsOf({ production }), name, isProtected);
      expect(line === 'release').toBe(alone === 'release');
      expect(alone).not.toBe('stable');
      const unprotected = lineOfRef(refsOf({ production, stable }), name, undefined);
      if (unprotected === 'release') expect(line).toBe('release');
      const isAsked = needsProtection(refsOf({ production, stable }), name);
      if (!isAsked) expect(line).toBe(unprotected);
      else expect(line === 'release').toBe(isProtected === true);
    }),
  );
});

test.each<[string, Lists, boolean]>([
  ['as usual', {}, true],
  ['taken away', { production: ['!refs/heads/main'] }, false],
  ['taken away, and stable', { production: ['!refs/heads/main'], stable: ['refs/heads/main'] }, true],
  ['unknown', { defaultBranch: undefined }, false],
  ['unknown, whatever the lists name', { defaultBranch: undefined, stable: ['refs/heads/**'] }, false],
])('runs of the default branch publish documents: %s', (_, given, expected) => {
  expect(isDefaultBranchStable(refsOf(given))).toBe(expected);
});

describe('branches that may be stable besides the default one', () => {
  const branches = ['next', 'main', 'release/9', 'develop', 'feature', 'release/8'];
  const names = [...branches.map((name) => `refs/heads/${name}`), 'refs/tags/v1', 'refs/pull/2/head'];

  test.each<[string, Lists, string[]]>([
    ['nothing is named', {}, []],
    [
      'by both lists, in the order of their names',
      { production: ['refs/heads/release/*'], stable: ['refs/heads/develop'] },
      ['develop', 'release/8', 'release/9'],
    ],
    ['never the default one', { stable: ['refs/heads/**'] }, ['develop', 'feature', 'next', 'release/8', 'release/9']],
    ['not what is taken away', { production: ['refs/heads/release/*', '!refs/heads/release/8'] }, ['release/9']],
    [
      'what one list takes away and the other names',
      { production: ['!refs/heads/develop'], stable: ['refs/heads/develop'] },
      ['develop'],
    ],
    ['no tags', { production: ['refs/tags/**'] }, []],
  ])('%s', (_, given, expected) => {
    expect(candidateBranches(refsOf(given), names)).toEqual(expected.map((name) => `refs/heads/${name}`));
  });

  test('are exactly those that can be stable, protected or not', () => {
    fc.assert(
      fc.property(lists, (given) => {
        const refs = refsOf(given);
        const stable = names.filter((name) => /^refs\/heads\/(?!main$)/.test(name) && lineOfRef(refs, name, true));
        expect(candidateBranches(refs, names)).toEqual(stable.sort());
      }),
    );
  });
});

test.each<[string, string[], string, 'yes' | 'no' | 'if protected']>([
  ['the default branch', [], 'refs/heads/main', 'yes'],
  ['the default branch that a glob names too', ['refs/heads/*'], 'refs/heads/main', 'yes'],
  ['the default branch that is taken away', ['!refs/heads/main'], 'refs/heads/main', 'no'],
  ['a tag', [], 'refs/tags/v1', 'yes'],
  ['a tag that a glob names', ['refs/tags/v*'], 'refs/tags/v1', 'yes'],
  ['another tag than the named ones', ['refs/tags/v*'], 'refs/tags/x', 'no'],
  ['a branch by its name', ['refs/heads/stable'], 'refs/heads/stable', 'yes'],
  ['a branch that only a glob names', ['refs/heads/release/*'], 'refs/heads/release/9', 'if protected'],
  ['any other branch', [], 'refs/heads/feature', 'no'],
  ['the merge of a pull request', ['refs/heads/*'], 'refs/pull/1/merge', 'no'],
  ['a commit without a ref', [], '', 'no'],
])('whether it is on the release line: %s', (_, lists, ref, expected) => {
  expect(releaseLineOf(parseRefGlobs(lists), ref, branchName('main'))).toBe(expected);
});
