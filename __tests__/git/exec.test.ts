import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { createGit } from '../../src/git/exec.ts';

test('a git that ends before it has read its input is told by its exit code alone, also next to others', async () => {
  const git = createGit({ directory: tmpdir(), environment: process.env, protocols: 'none', debug: () => undefined });
  const input = Buffer.alloc(8_000_000);
  const runs = await Promise.all(Array.from({ length: 12 }, () => git(['version', '--no-such-option'], { input })));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual(runs.map(() => 129));
});
