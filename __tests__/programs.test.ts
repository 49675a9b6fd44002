import { expect, test } from '@jest/globals';
import { runProgram, runShortProgram } from '../src/programs.ts';

test('a program that takes too long ends with all that it started, by no exit code of its own', async () => {
  // Both sleepers hold the output open, which is read to its end.
  const ended = await runProgram('sh', ['-c', 'echo begun; sleep 30 & sleep 30'], { timeout: 500 });
  expect(ended).toEqual({ exitCode: 128, stdout: Buffer.from('begun\n'), stderr: Buffer.alloc(0) });
}, 10_000);

test('one that is not installed is an error', async () => {
  for (const run of [runProgram, runShortProgram]) {
    await expect(run('codex-sync-no-such-program', [])).rejects.toThrow('Unable to locate executable file');
  }
});

test('a short program answers with its exit code and its text', async () => {
  const output = await runShortProgram('sh', ['-c', 'echo done; echo why >&2; exit 3'], {
    env: { PATH: process.env.PATH ?? '' },
  });
  expect(output).toEqual({ exitCode: 3, stdout: 'done\n', stderr: 'why\n' });
});
