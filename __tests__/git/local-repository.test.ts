import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tryReadLocalRepository } from '../../src/git/find-config.ts';
import { gitText } from '../support/git.ts';

const someone = ['-c', 'user.name=A', '-c', 'user.email=a@acme.com', '-c', 'init.defaultBranch=main'];
let directory: string;

const run = (...args: string[]) => gitText(directory, [...someone, ...args]);
const read = () => tryReadLocalRepository({ directory, environment: process.env, debug: () => undefined });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-'));
});
afterAll(() => rm(directory, { recursive: true }));

test('what is not there is undefined: a repository, a commit, a ref, and one of two tags', async () => {
  expect(await read()).toBeUndefined();
  await run('init', '--quiet');
  expect(await read()).toMatchObject({ ref: 'refs/heads/main', commit: undefined, origin: undefined });
  await run('commit', '--quiet', '--allow-empty', '-m', 'First');
  const commit = await run('rev-parse', 'HEAD');
  expect(await read()).toMatchObject({ ref: 'refs/heads/main', commit, defaultBranch: undefined });
  await run('checkout', '--quiet', '--detach');
  expect(await read()).toMatchObject({ ref: undefined, commit });
  await run('tag', 'v1');
  expect(await read()).toMatchObject({ ref: 'refs/tags/v1', commit });
  await run('tag', 'v2');
  expect(await read()).toMatchObject({ ref: undefined, commit });
});
