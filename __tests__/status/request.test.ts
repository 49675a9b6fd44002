import { expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import type { InputName } from '../../src/inputs/definitions.ts';
import { inputVariable, parseInputs } from '../../src/inputs/parse.ts';
import { parseTrigger } from '../../src/inputs/trigger.ts';
import { parseStatus } from '../../src/status/request.ts';
import { branchNames } from '../support/ids.ts';
import { CONTEXT } from '../support/trigger.ts';

const trigger = parseTrigger(CONTEXT);
const branches = branchNames({
  test: 'test',
  prod: 'release',
  production: 'release',
  staging: 'stage',
  mirror: 'release',
});
const config = { ...DEFAULT_CONFIG, organization: 'config', environments: { default: 'test', branches } };
const found = { config, file: 'config.json', inside: true };

/** What the request is that these words make. */
function parse(words: Partial<Record<InputName, string>>, configured = false) {
  const variables = Object.entries(words).map(([name, word]) => [inputVariable(name), word]);
  const inputs = parseInputs({ [inputVariable('token')]: 'tok', ...Object.fromEntries(variables) });
  const { from, environment, organization } = parseStatus(
    { ...inputs, codexRepository: 'owner/codex' },
    configured ? found : undefined,
    trigger,
  );
  return { from: from.environment.branch, env: environment.branch, organization };
}

test.each<[string, Partial<Record<InputName, string>>, boolean, object]>([
  ['nothing said: test with production', {}, false, { from: 'test', env: 'main', organization: 'owner' }],
  [
    'the configured default is no answer to what a release would move',
    {},
    true,
    { from: 'test', env: 'release', organization: 'config' },
  ],
  ['both said', { from: 'staging', env: 'test' }, true, { from: 'stage', env: 'test' }],
  ['an organization', { organization: 'input' }, true, { organization: 'input' }],
  [
    'an environment with itself, at another commit',
    { from: `prod@${'a'.repeat(40)}` },
    true,
    { from: 'release', env: 'release' },
  ],
])('%s', (_, words, configured, expected) => {
  expect(parse(words, configured)).toMatchObject(expected);
});

test.each<[string, Partial<Record<InputName, string>>]>([
  ['one environment by two names', { from: 'production' }],
  ['two environments on one branch', { from: 'mirror' }],
])('%s: nothing to compare', (_, words) => {
  expect(() => parse(words, true)).toThrow(/both mean branch release of the codex, so there is nothing to compare\./);
});
