import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { renderConfigSchema } from '../../src/inputs/config-schema.ts';
import { BRANCH_NAME } from '../../src/text/names.ts';
import { FRACTARY_CONFIG, IGNORED_SETTINGS } from '../support/fractary.ts';

const EXAMPLE = {
  version: '3.0',
  organization: 'acme',
  codex_repo: 'codex.acme.com',
  project_name: 'widgets',
  sync_patterns: ['docs/**'],
  exclude_patterns: ['docs/drafts/**'],
  sync_direction: 'to-codex',
  environments: { default: 'test', branches: { test: 'test', prod: 'main', production: 'main' } },
  handlers: {
    sync: {
      active: 'github',
      options: { github: { deletion_threshold: 50, deletion_threshold_percent: 20, parallel_repos: 5 } },
    },
  },
  cache: { default_ttl: 604800, fallback_to_stale: true },
};

describe('renderConfigSchema', () => {
  // Strict, but for a type that is a list: JSON Schema's own way to say "text or number".
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(renderConfigSchema()));

  test('is the file that editors load', () => {
    expect(readFileSync(new URL('../../schema/config.schema.json', import.meta.url), 'utf8')).toBe(
      renderConfigSchema(),
    );
    expect(JSON.parse(renderConfigSchema())).toMatchObject({
      $id: 'https://raw.githubusercontent.com/fractary/codex-sync/v1/schema/config.schema.json',
    });
  });

  test.each<[string, unknown]>([
    ['the example of the documentation', EXAMPLE],
    ['nothing', {}],
    ['the other shape of environments', { environments: { test: { branch: 'test' }, qa: { branch: 'qa' } } }],
    ['unknown keys', { sync_pattern: [], environments: { defualt: 'test' }, cache: { size: 1 } }],
    [
      'sections of other tools',
      { $schema: './config.schema.json', logging: { level: 'info' }, handlers: { fetch: 1 } },
    ],
    ["the section of Fractary's own command line", parse(FRACTARY_CONFIG).codex],
    ['its settings for other things', parse(IGNORED_SETTINGS)],
    ['a version that YAML reads as a number', parse('version: 3.0')],
  ])('accepts %s', (_, config) => {
    expect([validate(config), validate.errors]).toEqual([true, null]);
  });

  test.each<[string, unknown]>([
    ['a list', []],
    ['an environment name in upper case', { environments: { branches: { Test: 'test' } } }],
    ['a branch that git refuses', { environments: { branches: { test: 'a..b' } } }],
    ['the same in the other shape', { environments: { prod: { branch: 'a b' } } }],
    ['patterns of that tool that are no list', { sync: { to_codex: { include: 'docs/**' } } }],
    ['an environment of that tool as a map', { sync: { environments: { dev: { branch: 'develop' } } } }],
    ['an environment without a branch', { environments: { prod: {} } }],
    ['no patterns', { sync_patterns: [] }],
    ['a blank pattern', { sync_patterns: [' '] }],
    ['a direction that does not exist', { sync_direction: 'sideways' }],
    ['an owner in the repository', { codex_repo: 'acme/codex' }],
    ['a project that leaves its folder', { project_name: '..' }],
    ['another handler', { handlers: { sync: { active: 'local' } } }],
    ['half a document', { handlers: { sync: { options: { github: { deletion_threshold: 1.5 } } } } }],
    ['too many at a time', { handlers: { sync: { options: { github: { parallel_repos: 21 } } } } }],
    ['a text for a boolean', { cache: { fallback_to_stale: 'true' } }],
  ])('refuses %s', (_, config) => {
    expect(validate(config)).toBe(false);
  });

  test('every setting is described', () => {
    const settings: Record<string, { description?: string }> = JSON.parse(renderConfigSchema()).properties;
    expect(Object.entries(settings).filter(([, { description }]) => !description)).toEqual([]);
  });
});

describe('BRANCH_NAME', () => {
  test.each(['main', 'docs/test', 'v1.2', 'a@b', '@a', 'a{b', 'HEAD/x', 'a.lock.b', 'x-', 'refs', 'é', '测试', 'a]'])(
    '%s is a branch',
    (name) => {
      expect(name).toMatch(BRANCH_NAME.pattern);
    },
  );

  test.each([
    '',
    '@',
    'HEAD',
    '-x',
    '/x',
    '.x',
    'x/',
    'x.',
    'a..b',
    'a//b',
    'a/.b',
    'a@{b',
    'a b',
    'a\tb',
    'a\nb',
    'a\u007f',
    'a~b',
    'a^b',
    'a:b',
    'a?b',
    'a*b',
    'a[b',
    'a\\b',
    'x.lock',
    'a.lock/b',
    'refs/heads/main',
    'a\u2028..b',
    '\ud800',
  ])('%j is none', (name) => {
    expect(name).not.toMatch(BRANCH_NAME.pattern);
  });
});
