import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DEFAULT_EXCLUDE,
  DEFAULT_INCLUDE,
  digestPatterns,
  fromNodeGlob,
  globProblem,
  includeFor,
  type PatternLists,
  parsePatterns,
} from '../../src/documents/patterns.ts';

function patterns(words: Partial<PatternLists> = {}) {
  return parsePatterns({ include: DEFAULT_INCLUDE, exclude: DEFAULT_EXCLUDE, includeIgnored: [], ...words });
}

test.each([
  [['index.js', 'readme.md'], 'readme.md'],
  [['README.md', 'readme.md', 'README.rst'], 'README.md'],
  [['Readme.txt', 'README.rst', 'README'], 'README.rst'],
  [['README'], 'README'],
  [['README.exe', 'readme.md.orig', 'docs'], 'README.md'],
])('the defaults for a root with %j have %s', (files, readme) => {
  expect(includeFor(files)).toEqual(['docs/**', readme, 'CLAUDE.md', '.claude/**']);
});

test('a digest tells patterns apart, whatever their order', () => {
  const digest = (words: Partial<PatternLists>) => digestPatterns(patterns(words));
  const one = digest({ include: ['a', 'b'] });
  expect(digest({ include: ['b', 'a', 'b'] })).toBe(one);
  const others = [
    { include: ['a'] },
    { include: ['a', 'b'], includeIgnored: ['a'] },
    { include: ['a', 'b'], exclude: [] },
  ];
  expect(new Set([one, ...others.map(digest)]).size).toBe(4);
});

function including(...include: string[]) {
  return patterns({ include, exclude: [] });
}

describe('the default selection', () => {
  test.each([
    ['README.md', true],
    ['CLAUDE.md', true],
    ['docs/guide.md', true],
    ['docs/a/b/c.png', true],
    ['docs/.hidden/.dot.md', true],
    ['.claude/settings.json', true],
    ['docs/a\nb.md', true],
    ['docs/a\nb/c.md', true],
    ['readme.md', false],
    ['src/README.md', false],
    ['docs2/a.md', false],
    ['docs/node_modules/x/readme.md', false],
    ['docs/.cache/node_modules/.x/readme.md', false],
    ['docs/a\nb/node_modules/x.md', false],
    ['docs/build.log', false],
    ['docs/a\nb.log', false],
    ['docs/.hidden.log', false],
  ])('%j: %s', (path, selected) => {
    expect(patterns().selects(path)).toBe(selected);
  });
});

describe('globs', () => {
  test.each<[string, string, boolean]>([
    ['**', 'a\nb/.c/d', true],
    ['**/*.md', 'a.md', true],
    ['**/*.md', '.a/b\n.md', true],
    ['*.md', '.a.md', true],
    ['*.md', 'a/b.md', false],
    ['./docs/**', 'docs/a.md', true],
    ['docs/{a,b}/*.md', 'docs/b/x.md', true],
    ['docs/!(draft).md', 'docs/a.md', true],
    ['docs/!(draft).md', 'docs/draft.md', false],
    ['!(README).md', 'GUIDE.md', true],
    ['docs/[id].md', 'docs/[id].md', true],
    ['docs/\\[id\\].md', 'docs/[id].md', true],
    ['docs/\\*.md', 'docs/a.md', false],
    ['docs/[!_]*.md', 'docs/a.md', true],
    ['docs/[!_]*.md', 'docs/_a.md', false],
    ['docs/[!_]*.md', 'docs/!a.md', true],
    ['docs/[[:digit:]].md', 'docs/1.md', true],
    ['docs/a (1).md', 'docs/a (1).md', true],
    ['docs/a+b.md', 'docs/aab.md', false],
    ['docs/日本/*', 'docs/日本/語.md', true],
  ])('%j on %j: %s', (glob, path, selected) => {
    expect(including(glob).selects(path)).toBe(selected);
  });
});

describe('exclude wins, and the order does not matter', () => {
  test.each([
    ['over include', { include: ['docs/**'], exclude: ['docs/drafts/**'] }],
    ['over an include of the very file', { include: ['docs/drafts/a.md', 'docs/**'], exclude: ['docs/drafts/**'] }],
    ['over include-ignored', { include: [], exclude: ['docs/drafts/**'], includeIgnored: ['docs/**'] }],
  ])('%s', (_, words) => {
    const { selects, selectsIgnored } = patterns(words);
    expect(selects('docs/drafts/a.md')).toBe(false);
    expect(selectsIgnored('docs/drafts/a.md')).toBe(false);
    expect(selects('docs/a.md')).toBe(true);
  });

  test('in any order', () => {
    const globs = ['docs/**', '*.md', 'docs/a/**', '**/x.md'];
    const path = fc.constantFrom('docs/a/x.md', 'x.md', 'src/x.md', 'docs/b.md', 'README.md', 'src/a.ts');
    const order = fc.shuffledSubarray(globs, { minLength: globs.length });
    fc.assert(
      fc.property(order, order, path, (one, other, file) => {
        const exclude = ['docs/b.md', '**/a.ts'];
        const selects = (include: string[]) => patterns({ include, exclude }).selects(file);
        expect(selects(one)).toBe(selects(other));
      }),
    );
  });
});

describe('include-ignored', () => {
  const { selects, selectsIgnored, ignoredUnder } = patterns({ includeIgnored: ['site/api/**/*.md'] });

  test('selects what git ignores, and nothing else does', () => {
    expect([selectsIgnored('site/api/a.md'), selects('site/api/a.md')]).toEqual([true, true]);
    expect([selectsIgnored('docs/a.md'), selects('docs/a.md')]).toEqual([false, true]);
  });

  test('asks git only below the folders that it can match in', () => {
    expect(ignoredUnder).toEqual(['site/api']);
    expect(patterns().ignoredUnder).toEqual([]);
  });

  test.each([
    ['**/*.md', 'a/b.md'],
    ['{site,api}/*.md', 'api/b.md'],
    ['site/x.md', 'site/x.md'],
    ['./site/**', 'site/x.md'],
    ['site/\\[id\\]/*.md', 'site/[id]/b.md'],
    ['site/[id]/b.md', 'site/[id]/b.md'],
    ['site/@(a|b)/*.md', 'site/a/x.md'],
  ])('below which every file lies that %j matches', (glob, path) => {
    const found = patterns({ includeIgnored: [glob] });
    expect(found.selectsIgnored(path)).toBe(true);
    const folders = found.ignoredUnder.map((folder) => folder.replace(/^\.\//, ''));
    expect(folders.some((folder) => folder === '.' || path === folder || path.startsWith(`${folder}/`))).toBe(true);
  });
});

describe('a glob that cannot match a path of the project', () => {
  test.each([
    ['!docs/**', /without "!".*"exclude"/],
    ['/docs/**', /not absolute/],
    ['/', /not absolute/],
    ['C:/docs/**', /not absolute/],
    ['c:\\docs', /not absolute/],
    ['docs/', /^"docs\/\*\*" to select/],
    ['../docs/**', /without "\.\."/],
    ['docs/../../x', /without "\.\."/],
    ['..', /without "\.\."/],
    [`${'a'.repeat(996)}/**/x`, /of at most 1,000 characters/],
  ])('%j is told what to use', (glob, accepted) => {
    expect(globProblem(glob)).toMatch(accepted);
  });

  test.each([`${'a'.repeat(995)}/**/x`, 'docs/..hidden/**', '...', 'docs/a..b.md', '!(a).md', '**'])(
    '%j is fine',
    (glob) => {
      expect(globProblem(glob)).toBeUndefined();
    },
  );

  test('its words cannot forge a line of the log', () => {
    expect(globProblem('x\n::error::\u001b/')).toMatch(/^\P{Cc}*$/u);
  });
});

test('include-ignored selects only what git ignores; in the codex, where nothing tells, either way counts', () => {
  const { selects, selectsKnown, selectsIgnored } = patterns({ includeIgnored: ['**/*.html'] });
  expect([selects('src/x.html'), selectsKnown('src/x.html'), selectsIgnored('src/x.html')]).toEqual([
    true,
    false,
    true,
  ]);
  expect([selects('docs/x.md'), selectsKnown('docs/x.md'), selectsIgnored('docs/x.md')]).toEqual([true, true, false]);
  expect(selectsIgnored('node_modules/x.html')).toBe(false);
});

// What node-glob 10 makes of each was tried on such files.
test.each<[string, string, readonly string[]]>([
  ['docs/**', 'docs/**', ['docs/a.md', 'docs/a/b.md', 'docs/.d/c.md']],
  ['**/*.md', '**/*.md', ['a.md', 'docs/a.md', 'docs/a/b.md', 'docs/.d/c.md']],
  ['**.md', '*.md', ['a.md']],
  ['docs/**{.md,.txt}', 'docs/*{.md,.txt}', ['docs/a.md']],
  ['docs/a**', 'docs/a*', ['docs/a.md']],
  ['docs/***', 'docs/*', ['docs/a.md']],
  ['{docs/**,x}', '{docs/**,x}', ['docs/a.md', 'docs/a/b.md', 'docs/.d/c.md']],
  ['docs/{**,x}/b.md', 'docs/{**,x}/b.md', ['docs/a/b.md']],
  ['./docs//./a.md', 'docs/a.md', ['docs/a.md']],
  ['*.md', '*.md', ['a.md']],
  ['docs', 'docs', []],
])('of node-glob, %s is %s', (written, read, selected) => {
  const paths = ['a.md', 'docs/a.md', 'docs/a/b.md', 'docs/.d/c.md'];
  expect(fromNodeGlob(written)).toBe(read);
  expect(paths.filter(including(fromNodeGlob(written)).selects)).toEqual(selected);
});
