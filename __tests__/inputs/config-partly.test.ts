import { expect, test } from '@jest/globals';
import { DEFAULT_CONFIG, parseConfig, parseConfigPartly } from '../../src/inputs/config.ts';

const file = '.fractary/codex.yaml';
const read = (text: string) => parseConfigPartly({ text, file });

test('of a valid file it is what every run reads', () => {
  const text = 'organization: acme\nsync_pattern: [a]\nenvironments: { test: { branch: qa } }\n';
  expect(read(text)).toEqual({ ...parseConfig({ text, file }), problems: [], leftOut: [] });
});

test.each<[string, string[], object]>([
  ['organization: acme\ncodex_repo: 1\n', ['codex_repo'], { organization: 'acme' }],
  ['sync_patterns: 1\norganization: 1\ncodex_repo: c\n', ['sync_patterns', 'organization'], { codexRepo: 'c' }],
  // Two spellings that differ: one of them counts.
  ['project: a\nproject_name: b\n', ['project'], { projectName: 'b' }],
  // Without one key another one is invalid: then none counts.
  [
    'organization: acme\nenvironments: { default: qa }\nsync: { environments: { qa: qa }, exclude: 1 }\n',
    ['organization', 'environments', 'sync'],
    DEFAULT_CONFIG,
  ],
])('%j: without %j', (text, leftOut, config) => {
  const found = read(text);
  expect(found).toMatchObject({ leftOut, config });
  expect(found?.problems.length).toBeGreaterThan(0);
  expect(() => parseConfig({ text, file })).toThrow(found?.problems[0]?.problem);
});

test('a text that is no map of settings is an error here as well', () => {
  expect(() => read('- a\n')).toThrow('.fractary/codex.yaml:1');
});
