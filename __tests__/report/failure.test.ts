import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { OUTPUTS, renderFailure } from '../../src/report/outputs.ts';

const KNOWN = { env: 'prod', branch: 'main', 'branch-created': true, attempts: 3 };

describe('an expected error', () => {
  const failure = renderFailure(new CodexSyncError('bad-input', 'One is wrong.\nTwo <b>@octocat</b> is wrong.'), KNOWN);

  test('is its sentence, without a stack', () => {
    expect(failure.annotation).toBe('One is wrong.\nTwo <b>@octocat</b> is wrong.');
    expect(failure.stack).toEqual([]);
  });

  test('stands in the summary as text', () => {
    expect(failure.summary).toMatch(/^## ❌ Codex Sync failed\n\n> One is wrong\.\n>\n> Two /);
    expect(failure.summary).not.toMatch(/<b>|@octocat/);
  });

  test('sets all outputs, with what the run knew when it failed', () => {
    expect(failure.outputs).toMatchObject({ conclusion: 'failed', env: 'prod', branch: 'main', changed: 'false' });
    expect(failure.outputs).toMatchObject({ 'branch-created': 'true', attempts: '3' });
    expect(Object.keys(failure.outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
    expect(renderFailure(new CodexSyncError('bad-input', 'x'), {}).outputs).toMatchObject({
      env: '',
      branch: '',
    });
  });
});

describe('an unexpected exception', () => {
  test('prints its stack and where to report it', () => {
    const error = new TypeError('x is not a function');
    const { annotation, stack } = renderFailure(error, {});
    expect(annotation).toContain('x is not a function');
    expect(annotation).toContain('https://github.com/fractary/codex-sync/issues/new');
    expect(stack.join('\n')).toBe(error.stack);
  });

  test.each([
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
  ])('that is no error: %j', (thrown, said) => {
    expect(renderFailure(thrown, {})).toMatchObject({
      annotation: expect.stringContaining(said),
      stack: [said],
    });
  });
});
