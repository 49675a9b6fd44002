import { describe, expect, test } from '@jest/globals';
import { parseCacheList, parseFetch } from '../../src/fetch/request.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import type { InputName } from '../../src/inputs/definitions.ts';
import { inputVariable, parseInputs } from '../../src/inputs/parse.ts';
import type { FoundConfig } from '../../src/inputs/request.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';
import { PUSH, TYPED } from '../support/trigger.ts';

type Words = Partial<Record<InputName, string>>;

const branches = branchNames({ test: 'test', prod: 'main', production: 'main', staging: 'stage' });
const FOUND: FoundConfig = {
  config: {
    ...DEFAULT_CONFIG,
    organization: 'umbrella',
    codexRepo: 'codex',
    environments: { default: 'staging', branches },
    cache: { defaultTtl: 60, fallbackToStale: false },
  },
  file: '.fractary/codex.yaml',
  inside: true,
};
const NEEDED: Words = { token: 'tok', references: '@codex/widgets/README.md', 'codex-repository': 'acme/codex' };

function inputs(words: Words) {
  const given = Object.entries({ ...NEEDED, ...words }).map(([name, word]) => [inputVariable(name as InputName), word]);
  return parseInputs(Object.fromEntries(given));
}

const parse = (words: Words = {}, found?: FoundConfig) => parseFetch(inputs(words), found, '/workspace', PUSH);

describe('precedence: input, then configuration, then default', () => {
  test.each<[string, Words, FoundConfig | undefined, object]>([
    ['environment', {}, undefined, { environment: { name: 'test', branch: branchName('test') } }],
    ['environment', {}, FOUND, { environment: { name: 'staging', branch: branchName('stage') } }],
    ['environment', { env: 'prod' }, FOUND, { environment: { name: 'prod', branch: branchName('main') } }],
    ['codex', {}, undefined, { codex: 'acme/codex' }],
    ['codex', { 'codex-repository': '' }, FOUND, { codex: 'umbrella/codex' }],
    ['organization', {}, undefined, { organization: 'acme' }],
    ['organization', {}, FOUND, { organization: 'umbrella' }],
    ['ttl', {}, undefined, { ttl: 7 * 24 * 60 * 60 }],
    ['ttl', {}, FOUND, { ttl: 60 }],
    ['fallback-to-stale', {}, undefined, { fallbackToStale: true }],
    ['fallback-to-stale', {}, FOUND, { fallbackToStale: false }],
    ['fallback-to-stale', { 'fallback-to-stale': 'true' }, FOUND, { fallbackToStale: true }],
    ['fallback-to-stale', { 'fallback-to-stale': 'false' }, undefined, { fallbackToStale: false }],
    ['the cache', {}, undefined, { useCache: true, failOnCacheMiss: false, lookupOnly: false }],
    ['the cache', { 'use-cache': 'false' }, undefined, { useCache: false }],
    ['the cache', { 'fail-on-cache-miss': 'true' }, undefined, { failOnCacheMiss: true, lookupOnly: false }],
    ['the cache', { 'lookup-only': 'true' }, undefined, { failOnCacheMiss: false, lookupOnly: true }],
  ])('%s, given %j', (_, words, found, expected) => {
    expect(parse(words, found)).toMatchObject({ trigger: PUSH, ...expected });
  });

  test('references are of the organization', () => {
    const references = '@codex/widgets/a.md\ncodex://umbrella/widgets/b.md';
    expect(parse({ references }, FOUND).references.map(({ path }) => path)).toEqual(['a.md', 'b.md']);
    expect(() => parse({ references })).toThrow(/line 2 .*of organization umbrella/);
  });
});

describe('without references, those of the configuration', () => {
  const configured = (texts: string[], more: object = {}): FoundConfig => ({
    ...FOUND,
    config: { ...FOUND.config, references: { key: 'sync.from_codex.include', texts }, ...more },
  });
  const paths = (found: FoundConfig, words: Words = {}) =>
    parse({ references: '', ...words }, found).references.map(({ project, path }) => `${project}/${path}`);

  test.each<[string, string]>([
    ['codex://umbrella/gears/docs/a.md', 'gears/docs/a.md'],
    ['@codex/gears/docs/**', 'gears/docs/**'],
    // What stands in the file is no line with a comment.
    ['codex://umbrella/gears/docs/c #1.md', 'gears/docs/c #1.md'],
    ['codex://{org}/{project}/docs/{project}/*.md', 'me/docs/me/*.md'],
    ['codex://{org}/{codex_repo}/docs/**', 'codex/docs/**'],
    ['codex://umbrella/gears', 'gears/**'],
    ['codex://{org}/gears/', 'gears/**'],
  ])('%s is %s', (written, read) => {
    expect(paths(configured([written], { projectName: 'me' }), { 'codex-repository': 'umbrella/codex' })).toEqual([
      read,
    ]);
  });

  test('the project is the repository where nothing names it, and no name where there is none', () => {
    const found = configured(['codex://{org}/{project}/a.md']);
    expect(paths(found)).toEqual([`${PUSH.repository.split('/')[1]}/a.md`]);
    const nowhere = { ...TYPED, repository: undefined };
    expect(() => parseFetch(inputs({ references: '' }), found, '/workspace', nowhere)).toThrow('names no project');
  });

  test('the input comes first, and says where it comes from', () => {
    const found = configured(['@codex/gears/a.md']);
    expect(parse({}, found)).toMatchObject({ listedIn: undefined, references: [{ project: 'widgets' }] });
    expect(parse({ references: '# none' }, found)).toMatchObject({
      listedIn: 'sync.from_codex.include of .fractary/codex.yaml',
      references: [{ project: 'gears' }],
    });
  });

  test('each bad one is named with its place', () => {
    const found = configured(['docs/**', '@codex/gears/a.md', 'codex://partner/docs/**', '@codex/gears/../x']);
    const place = (index: number) => `(sync.from_codex.include[${index}] of .fractary/codex.yaml)`;
    expect(() => parse({ references: '' }, found)).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: expect.stringMatching(
          /^Reference "docs\/\*\*" .*\nReference "codex:\/\/partner.*\nReference "@codex.*$/,
        ),
      }),
    );
    for (const index of [0, 2, 3]) expect(() => parse({ references: '' }, found)).toThrow(place(index));
  });
});

describe('one sentence for what contradicts', () => {
  test.each<[Words, string]>([
    [
      { 'dry-run': 'true' },
      'Input "dry-run" is "true", but it applies only to publishing. Set "lookup-only: true" to look up',
    ],
    [{ 'use-cache': 'false', 'lookup-only': 'true' }, 'Inputs "use-cache: false" and "lookup-only: true" contradict'],
    [{ 'use-cache': 'false', 'fail-on-cache-miss': 'true' }, '"use-cache: false" and "fail-on-cache-miss: true"'],
    [{ env: 'qa', 'dry-run': 'true', references: '' }, 'Environment "qa" is not configured.'],
    [{ references: '' }, '"references" names no document.'],
  ])('%j', (words, sentence) => {
    expect(() => parse(words)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining(sentence) }),
    );
  });
});

describe('the cache directory', () => {
  test.each([
    ['', '.fractary/plugins/codex/cache'],
    ['cache', 'cache'],
    ['./a//b/', 'a/b'],
    ['a/../b', 'b'],
    ['/workspace/a/b', 'a/b'],
    ['/workspace/../workspace/a', 'a'],
  ])('%j is %s below the workspace', (given, path) => {
    expect(parse({ 'cache-dir': given }).cacheDir).toBe(path);
    expect(parseCacheList(inputs({ 'cache-dir': given }), undefined, '/workspace', PUSH).cacheDir).toBe(path);
  });

  test.each([
    '.',
    './',
    'a/..',
    '..',
    '../a',
    'a/../../b',
    '/',
    '/workspace',
    '/elsewhere',
    '/workspaces',
    '.git/x',
    'a\\b',
  ])('%j is refused', (given) => {
    expect(() => parse({ 'cache-dir': given })).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: expect.stringContaining('. Use the path of a folder below the workspace, such as .fractary/'),
      }),
    );
  });
});

describe('a list of the cache', () => {
  const listed = (words: Words, found?: FoundConfig) => parseCacheList(inputs(words), found, '/workspace', PUSH);

  test('is of the environment that is asked for, else of all: not of the default one', () => {
    expect(listed({ env: 'prod' }).environment).toMatchObject({ name: 'prod', branch: 'main' });
    expect(listed({ env: 'staging' }, FOUND).environment).toMatchObject({ name: 'staging', branch: 'stage' });
    expect(listed({}).environment).toBeUndefined();
    expect(listed({}, FOUND).environment).toBeUndefined();
    expect(listed({}).trigger).toBe(PUSH);
  });

  test('an environment that is not configured is an error', () => {
    expect(() => listed({ env: 'staging' })).toThrow(/^Environment "staging" is not configured\./);
  });
});
