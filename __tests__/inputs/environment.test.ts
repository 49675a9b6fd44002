import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { type Environments, resolveEnvironment } from '../../src/inputs/environment.ts';
import { anyText } from '../support/any-text.ts';
import { branchNames } from '../support/ids.ts';

const plain = DEFAULT_CONFIG.environments;
const custom: Environments = {
  default: 'staging',
  branches: branchNames({ test: 'test', prod: 'release', production: 'release', staging: 'stage', hotfix: 'release' }),
};

function failure(run: () => unknown): CodexSyncError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodexSyncError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('resolveEnvironment', () => {
  test.each<[string, string | undefined, Environments, string, string, boolean, string]>([
    ['nothing said: test (FR2)', undefined, plain, 'test', 'test', false, 'default'],
    ['blank is not given', ' \n', plain, 'test', 'test', false, 'default'],
    ['the input', 'prod', plain, 'prod', 'main', true, 'input'],
    ['production is prod', 'production', plain, 'prod', 'main', true, 'input'],
    ['white space around the input', ' prod\n', plain, 'prod', 'main', true, 'input'],
    ['the configured default', undefined, custom, 'staging', 'stage', false, 'config'],
    ['the input before the configured default', 'test', custom, 'test', 'test', false, 'input'],
    ['a configured production branch', 'production', custom, 'prod', 'release', true, 'input'],
    ['another name of the production branch', 'hotfix', custom, 'hotfix', 'release', true, 'input'],
    ['production by default', undefined, { ...custom, default: 'production' }, 'prod', 'release', true, 'config'],
    [
      'test on the production branch',
      undefined,
      { branches: branchNames({ ...plain.branches, test: 'main' }) },
      'test',
      'main',
      true,
      'default',
    ],
  ])('%s', (_, asked, environments, name, branch, production, origin) => {
    const productionBranch = environments.branches.prod;
    expect(resolveEnvironment(asked, environments)).toEqual({ name, branch, production, productionBranch, origin });
  });

  test('a name that is not configured: the sentence of the design, then where to add it (NFR3)', () => {
    const error = failure(() => resolveEnvironment('staging', plain));
    expect(error.code).toBe('bad-input');
    expect(error.message).toBe(
      'Environment "staging" is not configured. Use one of: test, prod, production. ' +
        'To add it, map it to a branch under environments.branches in .fractary/plugins/codex/config.json.',
    );
  });

  test.each([
    ['Prod', 'prod'],
    ['PRODUCTION', 'production'],
    ['tset', 'test'],
    ['Stagin', 'staging'],
  ])('suggests the name that was meant: %s', (asked, meant) => {
    const message = `Environment "${asked}" is not configured. Did you mean "${meant}"? Use one of: test, `;
    expect(failure(() => resolveEnvironment(asked, custom)).message).toContain(message);
  });

  test('lists the configured names after the built-in ones and names the file', () => {
    const { message } = failure(() => resolveEnvironment('qa', custom, '.fractary/codex.yaml'));
    expect(message).toContain('Use one of: test, prod, production, staging, hotfix. ');
    expect(message).toMatch(/environments\.branches in \.fractary\/codex\.yaml\.$/);
  });

  test('a default that is not configured is an error of the configuration', () => {
    expect(failure(() => resolveEnvironment(undefined, { ...plain, default: 'qa' })).code).toBe('bad-config');
  });

  test.each([
    ['names are lower case', 'Prod', '"Prod"'],
    ['a branch is not a name', 'main', '"main"'],
    ['what every object has', 'constructor', '"constructor"'],
    ['the prototype', '__proto__', '"__proto__"'],
    ['control characters', 'a\n::error::\u001b[2Jb', '"a\\u{a}::error::\\u{1b}[2Jb"'],
    ['an endless name', 'x'.repeat(1000), `"${'x'.repeat(64)}…"`],
  ])('%s', (_, asked, shown) => {
    expect(failure(() => resolveEnvironment(asked, plain)).message).toContain(
      `Environment ${shown} is not configured.`,
    );
  });

  test('whatever is asked for, the branch is a configured one or the run fails', () => {
    const asked = fc.oneof(anyText(), fc.constantFrom('test', 'prod', 'production', 'staging', 'hotfix'));
    fc.assert(
      fc.property(asked, fc.constantFrom(plain, custom), (name, environments) => {
        try {
          const environment = resolveEnvironment(name, environments);
          expect(Object.values(environments.branches)).toContain(environment.branch);
          expect(environment.production).toBe(environment.branch === environments.branches.prod);
        } catch (error) {
          if (!(error instanceof CodexSyncError)) throw error;
          expect(error.message).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});
