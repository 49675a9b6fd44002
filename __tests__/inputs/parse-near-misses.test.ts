import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { INPUTS } from '../../src/inputs/definitions.ts';
import { inputVariable, parseInputs } from '../../src/inputs/parse.ts';

function problems(variables: Record<string, string>): string[] {
  try {
    parseInputs({ INPUT_TOKEN: 'tok', ...variables });
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'bad-input') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('an undeclared input that resembles one is an error that names it', () => {
  test.each([
    ['INPUT_DRY_RUN', 'dry-run'],
    ['INPUT_DRYRUN', 'dry-run'],
    ['INPUT_ENVIROMENT', 'environment'],
    ['INPUT_ENVIRONEMNT', 'environment'],
    ['INPUT_EVN', 'env'],
    ['INPUT_ENVS', 'env'],
    ['INPUT_TOKENS', 'token'],
    ['INPUT_PROJECT_TOKEN', 'project-token'],
    ['INPUT_CODEX_REPOSITORY', 'codex-repository'],
    ['INPUT_CODEX-REPOSITRY', 'codex-repository'],
    ['INPUT_WORKING_DIRECTORY', 'working-directory'],
    ['INPUT_INCLUDES', 'include'],
    ['INPUT_EXCLUDED', 'exclude'],
    ['INPUT_INCLUDE_IGNORED', 'include-ignored'],
    ['INPUT_ON_CONFLICT', 'on-conflict'],
    ['INPUT_DELETION_THRESHOLD_PERCENT', 'deletion-threshold-percent'],
    ['INPUT_DELETE-THRESHOLD', undefined],
    ['INPUT_ALLOW_EMPTY', 'allow-empty'],
    ['INPUT_PRODUCTION-REF', 'production-refs'],
    ['INPUT_COMMIT_MESSAGE', 'commit-message'],
    ['INPUT_ADOPTS', 'adopt'],
    ['INPUT_REPOSITORY', 'repositories'],
    ['INPUT_REPOS', 'repositories'],
    ['INPUT_EXCLUDE_REPOS', 'exclude-repositories'],
    ['INPUT_CODEX_REPO', 'codex-repository'],
    ['INPUT_WORKING-DIR', 'working-directory'],
    ['INPUT_REFERENCE', 'references'],
  ])('%s: %s', (variable, meant) => {
    const found = problems({ [variable]: 'true' });
    expect(found).toHaveLength(meant ? 1 : 0);
    if (meant) {
      expect(found[0]).toContain(`"${variable.slice('INPUT_'.length).toLowerCase()}"`);
      expect(found[0]).toContain(`"${meant}"`);
    }
  });

  test.each(Object.keys(INPUTS).filter((name) => name.includes('-')))('%s with "_" for "-"', (name) => {
    const variable = inputVariable(name).replaceAll('-', '_');
    expect(problems({ [variable]: '' })).toEqual([expect.stringContaining(`"${name}"`)]);
  });

  test.each([
    'INPUT_X',
    'INPUT_ENTRYPOINT',
    'INPUT_ARGS',
    'INPUT_FETCH-DEPTH',
    'INPUT_REF',
    'INPUT_REPORT',
    'INPUT_S',
    'OUTPUT_DRY_RUN',
    'DRY_RUN',
  ])('%s resembles nothing', (variable) => {
    expect(problems({ [variable]: 'true' })).toEqual([]);
  });
});
