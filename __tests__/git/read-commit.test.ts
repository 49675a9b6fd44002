import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createGit } from '../../src/git/exec.ts';
import { tryListCommitted, tryReadCommitted } from '../../src/git/read-commit.ts';
import { gitText } from '../support/git.ts';

const someone = ['-c', 'user.name=A', '-c', 'user.email=a@acme.com', '-c', 'init.defaultBranch=main'];
let place: string;
let first: string;

const at = (directory: string) =>
  createGit({ directory, environment: process.env, protocols: 'none', debug: () => undefined });
const run = (...args: string[]) => gitText(join(place, 'origin'), [...someone, ...args]);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'committed-'));
  const origin = join(place, 'origin');
  for (const folder of ['', 'ci', 'a folder']) await mkdir(join(origin, folder));
  await run('init', '--quiet');
  await writeFile(join(origin, 'ci', 'codex.yaml'), 'organization: acme\n');
  await writeFile(join(origin, 'a folder', 'é.yaml'), '\0\n\n');
  await writeFile(join(origin, 'empty'), '');
  await symlink('ci/codex.yaml', join(origin, 'link'));
  await symlink('ci', join(origin, 'linked'));
  await symlink('/etc/hostname', join(origin, 'outside'));
  await symlink('nothing', join(origin, 'dangling'));
  await run('add', '--all');
  await run('commit', '--quiet', '-m', 'First');
  first = await run('rev-parse', 'HEAD');
  await rm(join(origin, 'link'));
  await run('commit', '--quiet', '--all', '-m', 'Second');
});
afterAll(() => rm(place, { recursive: true }));

test('files of a commit, with links followed as the working tree follows them, but never out of it', async () => {
  const paths = [
    ...['ci/codex.yaml', 'link', 'linked/codex.yaml', 'a folder/é.yaml', 'empty'],
    ...['none', 'ci', 'ci/codex.yaml/x', 'outside', 'dangling', 'ci/codex.yaml\nci'],
  ];
  const { commit, files } = (await tryReadCommitted(at(join(place, 'origin')), first, paths)) ?? {};
  expect(commit).toMatchObject({ id: first, parents: [] });
  expect(Object.fromEntries([...(files ?? [])].map(([path, { text }]) => [path, text]))).toEqual({
    'ci/codex.yaml': 'organization: acme\n',
    link: 'organization: acme\n',
    'linked/codex.yaml': 'organization: acme\n',
    'a folder/é.yaml': '\0\n\n',
    empty: '',
  });
  expect(files?.get('link')?.id).toBe(await run('rev-parse', `${first}:ci/codex.yaml`));
});

test('another commit, by whatever git calls it; what is no commit is none', async () => {
  const git = at(join(place, 'origin'));
  const { commit, files } = (await tryReadCommitted(git, 'HEAD', ['link', 'ci/codex.yaml'])) ?? {};
  expect(commit?.parents).toEqual([first]);
  expect([...(files?.keys() ?? [])]).toEqual(['ci/codex.yaml']);
  for (const name of ['f'.repeat(40), 'nothing', `${first}^{tree}`]) {
    expect(await tryReadCommitted(git, name, ['link'])).toBeUndefined();
  }
  expect(await tryReadCommitted(at(place), 'HEAD', ['link'])).toBeUndefined();
});

test('what a partial clone lacks is not taken for what the commit lacks', async () => {
  await gitText(place, [
    ...['clone', '--quiet', '--no-checkout', '--filter=blob:none', '-c', 'protocol.file.allow=always'],
    ...['-u', 'git -c uploadpack.allowFilter=true upload-pack', `file://${place}/origin`, 'partial'],
  ]);
  const git = at(join(place, 'partial'));
  const found = await tryReadCommitted(git, 'HEAD', ['ci/codex.yaml', 'none']);
  const listed = await tryListCommitted(git, 'HEAD', ['ci/codex.yaml', 'none']);
  expect(found?.commit.parents).toEqual([first]);
  expect(found?.files?.has('ci/codex.yaml') ?? false).toBe(false);
  expect([...(listed ?? [])]).toEqual(['ci/codex.yaml']);
});
