import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { resolveExclusions, resolvePatterns } from '../../src/inputs/request.ts';
import { json, problems, section, yaml } from '../support/config.ts';
import { FRACTARY_CONFIG, IGNORED_SETTINGS } from '../support/fractary.ts';

const key = 'codex.sync.from_codex.include';

test('the file that fractary/codex has today is read without a word', () => {
  expect(section(FRACTARY_CONFIG)).toEqual({
    config: {
      ...DEFAULT_CONFIG,
      ...{ organization: 'fractary', codexRepo: 'codex.fractary.com', projectName: 'codex' },
      syncPatterns: ['.fractary/codex/memory/**', 'docs/**', 'README.md', 'CLAUDE.md'],
      excludePatterns: ['*.tmp'],
      references: {
        key,
        texts: [
          'codex://fractary/codex.fractary.com/docs/**',
          'codex://fractary/codex.fractary.com/.fractary/codex/memory/**',
          'codex://fractary/core/docs/**',
          'codex://fractary/faber/docs/**',
        ],
      },
    },
    notices: [],
    warnings: [],
  });
});

test('its settings for other things are known and not read, in each file that may hold a configuration', () => {
  const { config, warnings } = yaml(IGNORED_SETTINGS);
  expect(warnings).toEqual([]);
  expect(config).toEqual({
    environments: { branches: { test: 'test', prod: 'main', production: 'main', qa: 'qa' }, written: ['qa'] },
    cache: {},
  });
  expect(section(`codex:\n${IGNORED_SETTINGS.replace(/^/gm, '  ')}`)?.warnings).toEqual([]);
});

describe('what each key means', () => {
  test.each<[string, object]>([
    ['project: widgets', { projectName: 'widgets' }],
    ['organizationSlug: acme', { organization: 'acme' }],
    ['sync: {to_codex: {include: [a/**]}}', { syncPatterns: ['a/**'] }],
    [
      'sync: {to_codex: {include: [./a/**.md], exclude: ["**.x"]}, exclude: ["**.y"]}',
      { syncPatterns: ['a/*.md'], excludePatterns: ['*.x'], moreExclusions: ['*.y'] },
    ],
    ['sync: {default_to_codex: [a/**]}', { syncPatterns: ['a/**'] }],
    ['sync: {default_to_codex: [a/**], to_codex: {include: [b/**]}}', { syncPatterns: ['b/**'] }],
    ['sync: {to_codex: {exclude: [a/**]}}', { excludePatterns: ['a/**'] }],
    ['sync: {to_codex: {exclude: []}}', { excludePatterns: [] }],
    ['sync: {exclude: [a/**]}', { moreExclusions: ['a/**'] }],
    ['sync: {exclude: []}', {}],
    ['sync: {exclude: [a/**], to_codex: {exclude: [b/**]}}', { excludePatterns: ['b/**'], moreExclusions: ['a/**'] }],
    ['sync: {from_codex: {include: [x]}}', { references: { key: 'sync.from_codex.include', texts: ['x'] } }],
    ['sync: {from_codex: {include: []}}', {}],
    ['sync: {default_from_codex: [x]}', { references: { key: 'sync.default_from_codex', texts: ['x'] } }],
    ['cache: {defaultTtl: 60}', { cache: { defaultTtl: 60 } }],
    ['cache: {ttl_days: 7}', { cache: { defaultTtl: 604_800 } }],
  ])('%s', (text, config) => {
    expect(yaml(text)).toEqual({ config: { ...DEFAULT_CONFIG, ...config }, notices: [], warnings: [] });
  });

  test('environments are those that are written, and the others are the usual ones', () => {
    const { config, notices } = yaml('sync: {environments: {dev: develop, production: live}}');
    expect(notices).toEqual([]);
    expect(config.environments).toEqual({
      branches: { test: 'test', prod: 'live', production: 'live', dev: 'develop' },
      written: ['dev', 'prod'],
    });
    expect(yaml('sync: {to_codex: {include: [a]}}').config.environments).toEqual(DEFAULT_CONFIG.environments);
    expect(yaml('environments: {default: dev}\nsync: {environments: {dev: develop}}').config.environments.default).toBe(
      'dev',
    );
  });

  test('"sync.exclude" adds to what is left out, whoever says that', () => {
    const usual = ['**/*.log'];
    expect(resolveExclusions({}, usual)).toEqual(usual);
    expect(resolveExclusions({ moreExclusions: ['x'] }, usual)).toEqual([...usual, 'x']);
    expect(resolveExclusions({ excludePatterns: ['y'], moreExclusions: ['x', 'y'] }, usual)).toEqual(['y', 'x']);
    const { config } = yaml('sync: {exclude: [x]}');
    const inputs = (exclude: string) => parseInputs({ INPUT_TOKEN: 't', INPUT_EXCLUDE: exclude });
    expect(resolvePatterns(inputs(''), config).exclude).toEqual(['**/node_modules/**', '**/*.log', 'x']);
    expect(resolvePatterns(inputs('z'), config).exclude).toEqual(['z']);
  });
});

describe('two spellings', () => {
  test('may say the same', () => {
    const text = `organization: acme
organizationSlug: acme
project: widgets
project_name: widgets
sync_patterns: [docs/**, a/**]
exclude_patterns: []
cache: {default_ttl: 86400, defaultTtl: 86400, ttl_days: 1}
environments: {branches: {prod: live, qa: qa}}
sync: {to_codex: {include: [a/**, docs/**, a/**], exclude: []}, exclude: [x], environments: {production: live, qa: qa}}`;
    expect(yaml(text).config).toMatchObject({ projectName: 'widgets', moreExclusions: ['x'] });
  });

  test('that differ are an error naming both places, and all of them at once', () => {
    const text = `codex:
  project: widgets
  project_name: gears
  sync_patterns: [docs/**]
  exclude_patterns: [a/**]
  sync:
    to_codex:
      include: [guides/**]
      exclude: []
    environments:
      prod: live
  environments:
    branches: {prod: main}
  cache: {default_ttl: 60, defaultTtl: 61, ttl_days: 1}
  organization: acme
  organizationSlug: umbrella`;
    const advice = 'They are one setting: remove one of them, or give both the same value.';
    expect(problems(() => section(text))).toEqual([
      `shared.yaml:2: codex.project is "widgets", but codex.project_name (line 3) is "gears". ${advice}`,
      `shared.yaml:8: codex.sync.to_codex.include lists other patterns than codex.sync_patterns (line 4). ${advice}`,
      `shared.yaml:9: codex.sync.to_codex.exclude lists other patterns than codex.exclude_patterns (line 5). ${advice}`,
      'shared.yaml:11: codex.sync.environments.prod is "live", but codex.environments.branches.prod (line 13) is "main". They are one environment: use one branch for both.',
      `shared.yaml:14: codex.cache.defaultTtl is 61, but codex.cache.default_ttl (line 14) is 60. ${advice}`,
      `shared.yaml:14: codex.cache.ttl_days is 1, but codex.cache.default_ttl (line 14) is 60. ${advice}`,
      `shared.yaml:14: codex.cache.ttl_days is 1, but codex.cache.defaultTtl (line 14) is 61. ${advice}`,
      `shared.yaml:16: codex.organizationSlug is "umbrella", but codex.organization (line 15) is "acme". ${advice}`,
    ]);
  });
});

describe('problems of that form are problems like any other', () => {
  const variable = 'a text without "$" and braces: Codex Sync does not replace variables';
  test.each<[string, string]>([
    ['project: a/b', 'project is "a/b". Use a name of 1 to 100'],
    ['sync: {to_codex: {include: []}}', 'sync.to_codex.include is an empty list. Use a list of at least one'],
    ['sync: {to_codex: {include: ["!a"]}}', 'sync.to_codex.include[0] is "!a". Use a pattern without "!"'],
    ['sync: {exclude: [/a/**]}', 'sync.exclude[0] is "/a/**". Use a path that is not absolute'],
    ['sync: {environments: {Dev: x}}', 'sync.environments.Dev is not the name of an environment.'],
    ['sync: {environments: {dev: a..b}}', 'sync.environments.dev is "a..b". Use a branch name'],
    ['sync: {environments: [dev]}', 'sync.environments is a list. Use a map of names to branches.'],
    ['sync: docs', 'sync is "docs". Use a map of settings.'],
    // What is not replaced must not be taken for a name, and what it was to leave out must not be published.
    [`sync: {environments: {dev: "\${BRANCH}"}}`, `sync.environments.dev is "\${BRANCH}". Use ${variable}.`],
    [`sync: {exclude: ["\${DRAFTS}/**"]}`, `sync.exclude[0] is "\${DRAFTS}/**". Use ${variable}.`],
    [`sync: {to_codex: {include: ["\${A:-b}"]}}`, `sync.to_codex.include[0] is "\${A:-b}". Use ${variable}.`],
    [
      `sync: {from_codex: {include: ["codex://\${A}"]}}`,
      `sync.from_codex.include[0] is "codex://\${A}". Use ${variable}.`,
    ],
  ])('%s', (text, problem) => {
    expect(problems(() => yaml(text))).toEqual([expect.stringContaining(`codex.yaml:1: ${problem}`)]);
  });

  test('an unknown key is a warning with the nearest known one', () => {
    expect(json('{"sync": {"to_codx": {}, "to_codex": {"includes": []}}}').warnings).toEqual([
      'config.json:1: sync.to_codx is not a known key and is ignored. Did you mean "to_codex"?',
      'config.json:1: sync.to_codex.includes is not a known key and is ignored. Did you mean "include"?',
    ]);
    expect(json('{"projct": "x"}').warnings).toEqual([
      'config.json:1: projct is not a known key and is ignored. Did you mean "project"?',
    ]);
  });
});
