import { expect, test } from '@jest/globals';
import { CodexSyncError, joinProblems } from '../src/errors.ts';

test('the message of an error is what is wrong, then what to do', () => {
  const cause = new Error('underneath');
  const error = new CodexSyncError('not-found', 'It is gone.', 'Look elsewhere.', { cause });
  expect(error).toMatchObject({ problem: 'It is gone.', hint: 'Look elsewhere.', cause });
  expect(error.message).toBe('It is gone. Look elsewhere.');
  expect(new CodexSyncError('not-found', 'It is gone.').message).toBe('It is gone.');
});

test.each([
  [[{ problem: 'a.', hint: 'A.' }, { problem: 'b.' }, { problem: 'c.', hint: 'C.' }], 'a.', 'A.\nb.\nc. C.'],
  [[{ problem: 'a.' }, { problem: 'b.', hint: 'B.' }], 'a.\nb.', 'B.'],
  [[{ problem: 'a.' }, { problem: 'b.' }], 'a.\nb.', undefined],
])('several problems are one, of which the hint has the rest: %j', (problems, problem, hint) => {
  expect(joinProblems(problems)).toEqual({ problem, ...(hint !== undefined && { hint }) });
});
