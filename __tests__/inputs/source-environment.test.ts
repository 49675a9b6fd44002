import { expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseSourceEnvironment } from '../../src/inputs/environment.ts';

const plain = DEFAULT_CONFIG.environments;
const sha = '0123456789abcdef0123456789abcdef01234567';

test.each<[string, string, string | undefined]>([
  ['test', 'test', undefined],
  ['production', 'prod', undefined],
  [`prod@${sha}`, 'prod', sha],
  [` prod @ ${sha.toUpperCase()} `, 'prod', sha],
])('"%s"', (from, name, commit) => {
  expect(parseSourceEnvironment(from, plain)).toMatchObject({ environment: { name, origin: 'input' }, commit });
});

test.each([
  ['', 'Input "from" is "". Use an environment'],
  [`@${sha}`, 'Use an environment'],
  ['prod@', '40 hexadecimal digits'],
  [
    'prod@0123456',
    'Input "from" is "prod@0123456". Use an environment, such as test, or <env>@<commit> with the full id',
  ],
  [`prod@${sha}@${sha}`, '40 hexadecimal digits'],
  ['staging', 'Environment "staging" is not configured. Use one of: test, prod, production.'],
  [`staging@${sha}`, 'Environment "staging" is not configured.'],
])('"%s" is one sentence', (from, words) => {
  expect(() => parseSourceEnvironment(from, plain)).toThrow(
    expect.objectContaining({ code: 'bad-input', message: expect.stringContaining(words) }),
  );
  expect(() => parseSourceEnvironment(from, plain)).toThrow(CodexSyncError);
});
