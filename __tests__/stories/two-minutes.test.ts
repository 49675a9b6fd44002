import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanGitEnvironment, gitText } from '../support/git.ts';
import { blocksOf, readPapers } from '../support/papers.ts';
import { type EndedProcess, follow } from '../support/runner-process.ts';

const ADDRESS = 'https://github.com/fractary/codex-sync';
const IDENTITY = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@b.c',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@b.c',
};

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codex-sync-two-minutes-'));
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** A checkout of a person, beside which the README is followed. */
async function createCheckout(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(place, 'widgets');
  await mkdir(join(directory, 'docs'), { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(directory, path), text);
  await gitText(directory, ['init', '--quiet', '--initial-branch=main']);
  await gitText(directory, ['add', '--all']);
  await gitText(directory, ['commit', '--quiet', '--message=First'], { env: IDENTITY });
  return directory;
}

/** What GitHub has, with the files as they are here, committed or not. */
async function createRemote(): Promise<string> {
  const remote = join(place, 'remote');
  await gitText(place, ['clone', '--quiet', '--no-checkout', resolve('.'), remote]);
  const here = ['--git-dir', join(remote, '.git'), '--work-tree', resolve('.')];
  await gitText(place, [...here, 'add', '--all']);
  await gitText(place, [...here, 'commit', '--quiet', '--allow-empty', '--message=As it is here'], { env: IDENTITY });
  return remote;
}

/** Types lines into a shell; the first that fails ends it. */
function type(lines: readonly string[], env: NodeJS.ProcessEnv): Promise<EndedProcess> {
  const child = spawn('sh', ['-e'], { cwd: place, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(`${lines.join('\n')}\n`);
  return follow(child, () => {}, 110_000);
}

test('the README alone leads from a clone to a published document of a checkout of yours', async () => {
  const { text = '', ...readme } = (await readPapers()).find(({ file }) => file === 'README.md') ?? { file: '' };
  const typed = (blocksOf({ ...readme, text }, 'sh')[0] ?? '').trim().split('\n');
  expect(typed).toEqual([
    expect.stringContaining(`git clone`),
    'cd codex-sync',
    expect.stringContaining('npm run demo'),
  ]);
  const checkout = await createCheckout({ 'README.md': '# Widgets\n', 'docs/guide.md': '# Guide\n', 'tool.ts': '1\n' });
  const remote = await createRemote();

  const [clone = '', enter = '', ...others] = typed;
  // The packages are those of this checkout: what npm loads is not what is tested.
  await symlink(resolve('node_modules'), join(place, 'node_modules'));
  const { exitCode, stdout, stderr } = await type([clone, enter, 'mv ../node_modules .', ...others], {
    ...process.env,
    ...cleanGitEnvironment(),
    // The demo leaves what a person can look at.
    TMPDIR: place,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.file://${remote}.insteadOf`,
    GIT_CONFIG_VALUE_0: ADDRESS,
  });
  // npm also writes notices there.
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('Published to test (branch test): 2 added, 0 modified, 0 deleted.');
  const [, directory = '', ...question] = (/^ {2}git (-C \S+ show .*)$/m.exec(stdout)?.[1] ?? '').split(' ');
  expect(await gitText(directory, question)).toBe('# Widgets');
  expect(await gitText(checkout, ['status', '--porcelain', '--branch', '--ignored'])).toBe('## main');
});
