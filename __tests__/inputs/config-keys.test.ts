import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { checkProjectName } from '../../src/text/names.ts';
import { json, problems, section } from '../support/config.ts';

describe('unknown keys', () => {
  test.each([
    ['{"sync_pattern": []}', 'sync_pattern', ' Did you mean "sync_patterns"?'],
    ['{"syncPatterns": []}', 'syncPatterns', ' Did you mean "sync_patterns"?'],
    ['{"colour": 1}', 'colour', ''],
    ['{"constructor": 1}', 'constructor', ''],
    ['{"environments": {"defualt": "prod"}}', 'environments.defualt', ' Did you mean "default"?'],
    ['{"environments": {"branchs": {"qa": "qa"}}}', 'environments.branchs', ' Did you mean "branches"?'],
    ['{"environments": {"staging": "qa"}}', 'environments.staging', ''],
    ['{"environments": {"qa": {"branch": "qa", "url": 1}}}', 'environments.qa.url', ''],
    ['{"handlers": {"sync": {"activ": "github"}}}', 'handlers.sync.activ', ' Did you mean "active"?'],
    ['{"handlers": {"sync": {"options": {"local": 1}}}}', 'handlers.sync.options.local', ''],
    ['{"handlers": {"sync": {"options": {"github": {"parallel": 1}}}}}', 'handlers.sync.options.github.parallel', ''],
    ['{"cache": {"default-ttl": 1}}', 'cache.default-ttl', ' Did you mean "default_ttl"?'],
    ['{"x\\ny": 1}', '["x\\u{a}y"]', ''],
  ])('%s is a warning', (text, key, hint) => {
    const { config, warnings } = json(`{\n"organization": "acme",\n${text.slice(1)}`);
    expect(warnings).toEqual([`config.json:3: ${key} is not a known key and is ignored.${hint}`]);
    expect(config.organization).toBe('acme');
    expect(config.environments.default).toBeUndefined();
  });

  test.each(['$schema', 'logging', 'notifications', 'sources', 'auth', 'auto_sync', 'version'])(
    '%s is known and not ours',
    (key) => {
      expect(json(`{"${key}": "x"}`)).toEqual({ config: DEFAULT_CONFIG, notices: [], warnings: [] });
    },
  );

  test('other handlers are not ours', () => {
    expect(json('{"handlers": {"storage": {"active": "local"}}}').warnings).toEqual([]);
  });
});

describe('the codex section of a shared file', () => {
  test.each([
    ['no such section', 'logs: {}'],
    ['an empty file', ''],
    ['a list', '- codex'],
  ])('%s: undefined', (_, text) => {
    expect(section(text)).toBeUndefined();
  });

  test('only the section is read', () => {
    const parsed = section(
      'name: &org acme\nwork: {organization: 1}\ncodex:\n  organization: *org\n  organisation: x\n',
    );
    expect(parsed?.config.organization).toBe('acme');
    expect(parsed?.warnings).toEqual([
      'shared.yaml:5: codex.organisation is not a known key and is ignored. Did you mean "organization"?',
    ]);
  });

  test('the section may be an alias', () => {
    expect(section('base: &base\n  organization: acme\ncodex: *base')?.config.organization).toBe('acme');
    expect(problems(() => section('base: &base\n  cache: 1\ncodex: *base'))).toEqual([
      'shared.yaml:2: codex.cache is 1. Use a map of settings.',
    ]);
  });

  test.each([
    ['codex:', 'shared.yaml:1: codex is empty. Fill it in or remove it.'],
    ['\ncodex: 5', 'shared.yaml:2: codex is 5. Use a map of settings.'],
    [
      'codex:\n  cache:\n    default_ttl: x',
      'shared.yaml:3: codex.cache.default_ttl is "x". Use a whole number from 1 to 315360000.',
    ],
  ])('%j', (text, problem) => {
    expect(problems(() => section(text))).toEqual([problem]);
  });
});

test.each(['widgets', 'a.b_c-D9', '.github', '...', 'x.git', 'x'.repeat(100)])(
  '%s is the name of a project',
  (name) => {
    expect(checkProjectName(name)).toBeUndefined();
  },
);

test.each(['', '.', '..', '.git', '.GIT', 'a/b', 'a b', 'é', 'a\n', 'x'.repeat(101)])('%j is none', (name) => {
  expect(checkProjectName(name)).toMatch(/^Use a name of .*\.$/);
});
