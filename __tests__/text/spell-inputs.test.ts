import { afterEach, describe, expect, test } from '@jest/globals';
import { spellRun } from '../../src/report/changes.ts';
import {
  deepCheckout,
  inputName,
  inputPhrase,
  inputSubject,
  inputValue,
  modeName,
  oneOfInputs,
  setInput,
  spellAsFlags,
  spellAsInputs,
  spellAsSubAction,
  theInput,
  tokenName,
  tokenPhrase,
  tokenRenewal,
  unquotedName,
} from '../../src/text/spell-inputs.ts';

afterEach(spellAsInputs);

const inputs = { from: 'prod@1', 'allow-older': 'true' };

describe('in a workflow', () => {
  test('a message names the input', () => {
    expect(`${inputSubject('env')} is "x". ${inputSubject('from', 'env')} are one.`).toBe(
      'Input "env" is "x". Inputs "from" and "env" are one.',
    );
    expect(`Correct ${theInput('env')}, ${theInput('a', 'b', 'c')}, or ${oneOfInputs('env', 'project')}.`).toBe(
      'Correct the input "env", the inputs "a", "b" and "c", or the input "env" or "project".',
    );
    expect(`${inputName('include')} (${inputPhrase('from')}), without ${unquotedName('dry-run')}`).toBe(
      '"include" (input "from"), without dry-run',
    );
  });

  test('a value is YAML', () => {
    expect(setInput('allow-older', 'true')).toBe('set "allow-older: true"');
    expect([inputValue('env', 'prod'), inputValue('use-cache', 'false')]).toEqual(['env: prod', 'use-cache: false']);
    expect(modeName('promote')).toBe('mode: promote');
    expect(spellRun('promote', ['a', '1e3'], inputs).join('\n')).toBe(
      'mode: promote\nproject: |\n  a\n  1e3\nfrom: prod@1\nallow-older: true',
    );
    expect(spellRun('promote', [], inputs)[1]).toBe('from: prod@1');
    expect(deepCheckout(2)).toBe('check out with "fetch-depth: 2"');
  });

  test('a token is the input that holds it', () => {
    expect(`the ${tokenPhrase('token')}: ${tokenRenewal('token')}`).toBe(
      'the token in "token": create a new one and update the secret',
    );
    expect(tokenName('project-token')).toBe('"project-token"');
  });
});

test('an action of one mode has no input "mode", so messages name the action; a copied step names the mode', () => {
  spellAsSubAction('promote', 'fractary/codex-sync/promote');
  expect([modeName('promote'), modeName('retire')]).toEqual(['fractary/codex-sync/promote', 'mode: retire']);
  expect(spellRun('promote', [], inputs)[0]).toBe('mode: promote');
  expect(inputName('env')).toBe('"env"');
});

describe('at a terminal', () => {
  test('a message names the flag', () => {
    spellAsFlags();
    expect(`${inputSubject('env')} is "x". ${inputSubject('from', 'env')} are one.`).toBe(
      '--env is "x". --from and --env are one.',
    );
    expect(`Correct ${theInput('env')}, ${theInput('a', 'b', 'c')}, or ${oneOfInputs('env', 'project')}.`).toBe(
      'Correct --env, --a, --b and --c, or --env or --project.',
    );
    expect(`${inputName('include')} (${inputPhrase('from')}), without ${unquotedName('dry-run')}`).toBe(
      '--include (--from), without --dry-run',
    );
  });

  test('a value is what a person types', () => {
    spellAsFlags();
    expect(setInput('allow-older', 'true')).toBe('pass "--allow-older"');
    expect([inputValue('env', 'prod'), inputValue('use-cache', 'false')]).toEqual(['--env prod', '--no-use-cache']);
    expect(modeName('promote')).toBe('codex-sync promote');
    expect(spellRun('promote', ['a', 'b'], inputs)).toEqual(['codex-sync promote a b --from prod@1 --allow-older']);
    expect(deepCheckout(2)).toBe('run "git fetch --unshallow"');
  });

  test('a token is where it comes from, once that is known', () => {
    spellAsFlags();
    expect(tokenName('project-token')).toBe('the token in --project-token');
    const source = { phrase: 'token from GH_TOKEN', renewal: 'create a new one, and set GH_TOKEN to it' };
    spellAsFlags({ tokens: { token: source, 'project-token': source }, typed: {} });
    expect(`the ${tokenPhrase('token')}: ${tokenRenewal('token')}`).toBe(
      'the token from GH_TOKEN: create a new one, and set GH_TOKEN to it',
    );
    expect(tokenName('project-token')).toBe('the token from GH_TOKEN');
  });
});
