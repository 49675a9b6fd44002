import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commitFiles } from './commit-files.ts';
import { cleanGitEnvironment, gitText, tryGit } from './git.ts';
import { answerFromFiles } from './ref-files.ts';
import { startGit } from './start-git.ts';

let directory = '';
const NAMES = ['refs/heads/main', 'refs/heads/a/b', 'refs/heads/ä', 'refs/heads/both', 'refs/pull/1/head'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'refs-'));
  await gitText(directory, ['init', '--quiet', '--bare', '--initial-branch=main']);
  for (const [index, ref] of NAMES.entries()) {
    const at = `2026-01-0${index + 1}T00:00:00Z`;
    await commitFiles(directory, ref, { 'a.md': `${index}\n` }, { message: ref, date: at });
  }
  const env = { GIT_COMMITTER_NAME: 'M', GIT_COMMITTER_EMAIL: 'm@example.com' };
  await gitText(directory, ['tag', '-a', '-m', 'Words', 'v1', 'main'], { env });
  await gitText(directory, ['tag', 'both', 'refs/heads/a/b']);
  await gitText(directory, ['pack-refs', '--all']);
  await gitText(directory, ['update-ref', 'refs/heads/main', 'refs/heads/a/b']);
  await gitText(directory, ['update-ref', 'refs/heads/a-b', 'refs/heads/a/b']);
  await gitText(directory, ['update-ref', '-d', 'refs/pull/1/head']);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What git itself says. */
async function askGit(args: readonly string[]) {
  const child = startGit(args, { cwd: directory, env: cleanGitEnvironment() });
  const said: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => said.push(piece));
  child.stdin.end();
  const { exitCode } = await child.closed;
  return { exitCode, stdout: Buffer.concat(said).toString() };
}

const refs = (...args: string[]) => ['for-each-ref', ...args];
const parse = (...args: string[]) => ['rev-parse', ...args];

test.each([
  [refs('--format=%(refname) %(objectname)')],
  [refs('--format=%(refname:lstrip=2)', 'refs/heads/')],
  [refs('--format=%(objectname) %(objecttype) %(refname)', 'refs/heads')],
  [refs('--format=%(objectname)', 'refs/heads/main')],
  [refs('--format=%(refname)', 'refs/heads/a')],
  [refs('--format=%(refname)', 'refs/heads/main/')],
  [refs('--format=%(refname)', 'refs/heads/gone', 'refs/heads/a/b', 'refs/tags/v1')],
  [refs('--count=1')],
  [refs('refs/heads/')],
  [parse('main')],
  [parse('HEAD', 'refs/heads/a-b', 'v1', 'heads/main')],
  [parse('--verify', 'refs/heads/main')],
  [parse('--verify', '--quiet', 'refs/heads/main^{commit}')],
  [parse('--verify', '--quiet', 'refs/heads/gone^{commit}')],
])('%j is answered as git answers it', async (args) => {
  const known = answerFromFiles(directory, args);
  expect(known).toBeDefined();
  expect(known).toEqual(await askGit(args));
});

test.each([
  [refs()],
  [refs('--format=%(refname:short)')],
  [refs('--format=%(objecttype)', 'refs/tags')],
  [refs('--format=%(refname)', 'refs/heads/*')],
  [refs('--format=%(refname)', '--contains', 'main')],
  [parse('both')],
  [parse('gone')],
  [parse('refs/heads/gone')],
  [parse('main^{tree}')],
  [parse('main:a.md')],
  [parse('v1^{commit}')],
  [parse('HEAD', '--abbrev-ref', 'HEAD')],
  [parse('--is-shallow-repository')],
  [['log', '-1', 'main']],
])('%j is what only git knows', (args) => {
  expect(answerFromFiles(directory, args)).toBeUndefined();
});

test('a ref that names another one, or nothing, is left to git', async () => {
  const args = refs('--format=%(refname) %(objectname)');
  const { stdout } = await tryGit(directory, args);
  for (const text of ['ref: refs/heads/main\n', 'damaged\n']) {
    await writeFile(join(directory, 'refs', 'heads', 'other'), text);
    expect(answerFromFiles(directory, args)).toBeUndefined();
  }
  await rm(join(directory, 'refs', 'heads', 'other'));
  await appendFile(join(directory, 'refs', 'heads', 'other.lock'), '');
  expect(answerFromFiles(directory, args)?.stdout).toBe(stdout.toString());
  expect(answerFromFiles(tmpdir(), args)).toBeUndefined();
});
