import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { ERRORS } from '../src/errors.ts';
import { INPUTS } from '../src/inputs/definitions.ts';
import { MODES } from '../src/inputs/readers.ts';
import { CONCLUSIONS, OUTPUTS } from '../src/report/outputs.ts';
import { COMMAND_NAMES, COMMANDS, parseCommandLine } from '../src/terminal/arguments.ts';
import { json, yaml } from './support/config.ts';
import {
  blocksOf,
  codeWords,
  countWords,
  deadLinks,
  isConfiguration,
  linksOf,
  type Paper,
  readPapers,
  sentencesOf,
} from './support/papers.ts';

const papers = await readPapers();
const forUsers = papers.filter(({ file }) => file === 'README.md' || file.startsWith('docs/'));

// What the papers promise, they point at a test for: `[name](__tests__/….test.ts): title`, in the last cell of a row.
const POINTER = /\[([\w-]+)\]\((?:\.\.\/)?(__tests__\/[\w/-]+\.test\.ts)\): (.+?) \|$/gm;

test.each([
  ['docs/PROMISES.md', 20],
  ['SECURITY.md', 10],
])('every test that %s points at is there', async (paper, atLeast) => {
  const pointers = [...(await readFile(paper, 'utf8')).matchAll(POINTER)];
  expect(pointers.length).toBeGreaterThanOrEqual(atLeast);
  for (const [, , file = '', title = ''] of pointers) {
    expect({ file, title, isThere: (await readFile(file, 'utf8')).includes(title) }).toEqual({
      file,
      title,
      isThere: true,
    });
  }
});

describe('links', () => {
  test('of all papers lead somewhere', () => {
    expect(papers.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/RECIPES.md', 'docs/REFERENCE.md']),
    );
    expect(deadLinks(papers, existsSync)).toEqual([]);
  });

  test('that are dead are found, and no others', () => {
    const text = [
      '# A `code`, and [a link](b.md): 100% *done*',
      '## Twice\n## Twice\n## Größe_1\n```\n# none\n[x](gone-in-a-block.md)\n```\n`[x](gone-in-code.md)`',
      '[](#a-code-and-a-link-100-done) [](#twice-1) [](#größe_1) [](b.md#b) [](b.md) [](https://example.org/x) [t][ref]',
      '[](#none) [](#twice-2) [](gone.md) [](b.md#c) [](../a.md) [t][no] <img src="no.png"> <source srcset="no.svg">',
      '[ref]: b.md\n',
    ].join('\n');
    const others: Paper[] = [
      { file: 'docs/a.md', text },
      { file: 'docs/b.md', text: '# B\n' },
    ];
    const dead = deadLinks(others, (file) => file === 'docs/b.md');
    const found = ['#none', '#twice-2', 'gone.md', 'b.md#c', '../a.md', '[no]', 'no.png', 'no.svg'];
    expect(dead).toEqual(found.map((link) => `docs/a.md: ${link}`));
  });
});

describe('a reader gets through', () => {
  const { text: readme = '' } = papers.find(({ file }) => file === 'README.md') ?? {};

  test('the README: at most 2,200 words and 300 lines', () => {
    expect(countWords(readme)).toBeLessThanOrEqual(2200);
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(300);
  });

  // The reference is for looking up. Of the changelog people read what a version changes: each version counts by itself.
  test.each(
    papers
      .filter(({ file }) => file !== 'docs/REFERENCE.md')
      .flatMap(({ file, text }) =>
        file === 'CHANGELOG.md' ? text.split(/^(?=## )/m).map((part) => ({ file, text: part })) : [{ file, text }],
      )
      .map(({ file, text }) => [`${file}: ${/^#* *(.*)/.exec(text)?.[1]}`, countWords(text)] as const),
  )('%s, at most 2,500 words', (_, words) => {
    expect(words).toBeLessThanOrEqual(2500);
  });

  test.each(['README.md', 'docs/QUICK-START.md'])('%s: no sentence has more than 40 words', (name) => {
    const { text = '' } = papers.find(({ file }) => file === name) ?? {};
    const sentences = sentencesOf(text);
    expect(sentences.length).toBeGreaterThan(20);
    expect(sentences.filter((sentence) => countWords(sentence) > 40)).toEqual([]);
  });

  test('sentences end with a mark, an item, a heading or a cell', () => {
    const text = [
      '# A heading\nOne `a.md` sentence, with [a link. Or two](b.md).\nThree! (Four.) Five,',
      'on two lines:\n- an item\n- **bold.** Another, v1.0.0\n\n| a | b c |\n|---|\n```sh\nnone. none\n```',
      '<!-- none. -->\n![The picture\nof it.](c.svg)\n[x]: d.md\n<img src="e.svg" alt="Its text. More">\n1. First [x][x].',
    ].join('\n');
    const prose = [
      'A heading',
      'One `a.md` sentence, with a link.',
      'Or two.',
      'Three!',
      '(Four.)',
      'Five, on two lines:',
    ];
    const items = ['an item', 'bold.', 'Another, v1.0.0', 'a', 'b c', '---'];
    const rest = ['The picture of it.', 'Its text.', 'More', 'First x.'];
    expect(sentencesOf(text)).toEqual([...prose, ...items, ...rest]);
  });

  test.each(['README.md', 'docs/README.md'])('%s lists every page', (name) => {
    const contents = papers.find(({ file }) => file === name) ?? { file: '', text: '' };
    const listed = linksOf(contents.text).map((link) => new URL(link, `file:///${name}`).pathname.slice(1));
    const pages = papers.map(({ file }) => file).filter((file) => !/README\.md$|^\.github\//.test(file));
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });
});

describe('README and docs name every', () => {
  const words = codeWords(forUsers.map(({ text }) => text).join('\n'));
  test.each([
    ['input', Object.keys(INPUTS)],
    ['output', Object.keys(OUTPUTS)],
    ['mode', MODES],
    ['error code', Object.keys(ERRORS)],
    [
      'flag that is no input',
      COMMAND_NAMES.flatMap((name) => Object.keys(COMMANDS[name].flags).map((flag) => `--${flag}`)),
    ],
    ['conclusion', CONCLUSIONS],
  ])('%s', (_, names) => {
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});

test('the reference has a row for each mode, and says of each input which of them read it', () => {
  const { text = '' } = papers.find(({ file }) => file === 'docs/REFERENCE.md') ?? {};
  const [, section = ''] = /^## Modes$(.*?)^## /ms.exec(text) ?? [];
  expect(MODES.filter((mode) => !section.includes(`\n| \`${mode}\` |`))).toEqual([]);
  const known: readonly string[] = [...Object.keys(INPUTS), ...MODES];
  expect([...codeWords(section)].sort()).toEqual([...known].sort());
});

test('every configuration that the papers show is understood, and both shapes of environments mean the same', () => {
  const shown = forUsers.flatMap((paper) => blocksOf(paper, 'json')).map(json);
  const inYaml = forUsers.flatMap((paper) => blocksOf(paper, 'yaml').filter(isConfiguration)).map(yaml);
  expect(inYaml.length).toBeGreaterThan(0);
  expect([...shown, ...inYaml].flatMap(({ warnings }) => warnings)).toEqual([]);
  const other = [...shown, ...inYaml].filter(({ notices }) => notices.length > 0);
  expect(other).toHaveLength(1);
  expect(
    shown.filter(({ config }) => config.environments.branches.prod === 'release').map((one) => one.config),
  ).toEqual([other[0]?.config, other[0]?.config]);
});

test('every command that the papers show can be understood', () => {
  const lines = forUsers.flatMap((paper) => {
    const typed = blocksOf(paper, 'sh').flatMap((block) => block.split('\n'));
    // Of a table, the words that stand for something are no words to type.
    const spoken = [...codeWords(paper.text)].filter((line) => !line.includes('…'));
    return [...typed, ...spoken].filter((line) => line.startsWith('codex-sync '));
  });
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    const [typed = ''] = line.split(/ +#/);
    const words = [...typed.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
    expect(() => parseCommandLine(words.slice(1), { version: '1', columns: 80 })).not.toThrow();
  }
});
