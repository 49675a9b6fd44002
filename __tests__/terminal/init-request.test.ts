import { expect, test } from '@jest/globals';
import { DEFAULT_EXCLUDE } from '../../src/documents/patterns.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { parseInit } from '../../src/terminal/init-files.ts';

const around = { organization: 'acme', project: 'widgets' };
const inputs = (variables: Record<string, string>) => parseInputs(variables, { needsToken: false });

test('what nobody says is what is around, or open', () => {
  expect(parseInit(inputs({}), () => undefined, around)).toEqual({
    organization: 'acme',
    codex: undefined,
    project: undefined,
    usualProject: 'widgets',
    include: undefined,
    exclude: DEFAULT_EXCLUDE,
    workflows: undefined,
    force: false,
    given: [],
  });
});

test('what somebody says comes first', () => {
  const given = inputs({
    INPUT_ORGANIZATION: 'other',
    'INPUT_CODEX-REPOSITORY': 'other/codex',
    INPUT_PROJECT: 'gears',
    INPUT_INCLUDE: 'a\nb',
    INPUT_EXCLUDE: 'c',
  });
  const flags: Record<string, boolean> = { workflows: false, force: true };
  expect(parseInit(given, (name) => flags[name], around)).toEqual({
    organization: 'other',
    codex: 'other/codex',
    project: 'gears',
    usualProject: 'widgets',
    include: ['a', 'b'],
    exclude: ['c'],
    workflows: false,
    force: true,
    given: ['--organization', '--codex-repository', '--project', '--include', '--exclude'],
  });
});

test('a token is needed unless somebody says that it is not', () => {
  expect(() => parseInputs({})).toThrow('Input "token" is empty.');
  expect(parseInputs({ INPUT_MODE: 'cache-list' }).token).toBe('');
});
