import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commits, editCodex, readText } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { closePullRequest, mergePullRequest, openPullRequest } from './pull-request.ts';

let github: LocalGitHub;
let serial = 0;

beforeAll(async () => {
  github = await startGitHub();
});
afterAll(() => github.close());

/** A repository whose branches main and topic have each gone on by themselves, and their tips. */
async function diverged() {
  const name = `acme/project-${++serial}`;
  await github.createRepository(name, { files: { a: 'a\n', b: 'b\n' } });
  await github.git(name, 'branch', 'topic');
  const date = (day: number) => ({ date: `2026-02-0${day}T00:00:00Z` });
  const person = { name: 'Tom', email: 'tom@example.com' };
  await editCodex(github, name, 'topic', { a: 'one\n' }, 'One', { ...date(1), person });
  const head = await editCodex(github, name, 'topic', { c: 'c\n' }, 'Two\n\nMore on it', date(2));
  const base = await editCodex(github, name, 'main', { b: 'main\n' }, 'Main', date(3));
  return { name, head, base, ref: (ref: string) => github.git(name, 'for-each-ref', '--format=%(objectname)', ref) };
}

test('opening again is nothing until a branch moves; then the refs follow', async () => {
  const { name, head, base, ref } = await diverged();
  const first = await openPullRequest(github, name, { number: 7, head: 'topic' });
  expect(first).toEqual({ number: 7, base, head, merge: await ref('refs/pull/7/merge'), ref: 'refs/pull/7/merge' });
  expect(await github.git(name, 'log', '-1', '--format=%P %cI', first.merge)).toBe(
    `${base} ${head} 2026-02-02T00:00:00+00:00`,
  );
  const before = { ...github.repository(name).pulls.get(7) };
  expect(await openPullRequest(github, name, { number: 7, head: 'topic' })).toEqual(first);
  expect(github.repository(name).pulls.get(7)).toEqual(before);

  const pushed = await editCodex(github, name, 'topic', { d: 'd\n' });
  expect(await openPullRequest(github, name, { number: 7, head: 'topic' })).toMatchObject({ base, head: pushed });
  const moved = await editCodex(github, name, 'main', { e: 'e\n' });
  const last = await openPullRequest(github, name, { number: 7, head: 'topic' });
  expect(last).toMatchObject({ base: moved, head: pushed, merge: await ref('refs/pull/7/merge') });
  expect(github.repository(name).pulls.get(7)?.versions).toHaveLength(3);
  expect(await ref('refs/pull/7/head')).toBe(pushed);
});

test('goes on into the branch that it was opened for', async () => {
  const { name, base } = await diverged();
  await github.git(name, 'branch', 'release', `${base}~1`);
  await openPullRequest(github, name, { head: 'topic', base: 'release' });
  await editCodex(github, name, 'topic', { d: 'd\n' });
  const again = await openPullRequest(github, name, { head: 'topic' });
  expect(again.base).toBe(await github.git(name, 'rev-parse', 'release'));
});

test('closed: the head stays and can be opened again, the merge commit has no name any more', async () => {
  const { name, head, base, ref } = await diverged();
  await openPullRequest(github, name, { head: 'topic' });
  await closePullRequest(github, name, 1);
  await closePullRequest(github, name, 1);
  expect([await ref('refs/pull/1/head'), await ref('refs/pull/1/merge')]).toEqual([head, '']);
  expect(await ref('refs/heads/main')).toBe(base);
  expect(github.repository(name).pulls.get(1)).toMatchObject({ state: 'closed', closedAt: expect.any(Date) });
  await expect(mergePullRequest(github, name, 1, 'merge')).rejects.toThrow('is closed');
  await expect(closePullRequest(github, name, 2)).rejects.toThrow('no pull request 2');

  const { merge } = await openPullRequest(github, name, { head: 'topic' });
  expect(await ref('refs/pull/1/merge')).toBe(merge);
  expect(github.repository(name).pulls.get(1)).toMatchObject({ state: 'open' });
  expect(github.repository(name).pulls.get(1)).not.toHaveProperty('closedAt');
});

test('merged: one commit with both parents, on the base as it is now', async () => {
  const { name, head, ref } = await diverged();
  await openPullRequest(github, name, { number: 7, head: 'topic' });
  const tip = await editCodex(github, name, 'main', { e: 'e\n' }, 'Later', { date: '2026-02-04T00:00:00Z' });
  const commit = await mergePullRequest(github, name, 7, 'merge');
  expect(await ref('refs/heads/main')).toBe(commit);
  expect((await commits(github, name, 'main'))[0]).toEqual({
    sha: commit,
    parents: [tip, head],
    author: 'Mona Lisa <mona@example.com>',
    committer: 'GitHub <noreply@github.com>',
    date: '2026-02-04T00:00:01+00:00',
    subject: 'Merge pull request #7 from acme/topic',
    body: 'Pull request 7',
  });
  expect(await readText(github, name, 'main', 'a')).toBe('one\n');
  expect(await readText(github, name, 'main', 'b')).toBe('main\n');
  expect([await ref('refs/pull/7/head'), await ref('refs/pull/7/merge')]).toEqual([head, '']);
  expect(github.repository(name).pulls.get(7)).toMatchObject({ state: 'closed', merged: { commit } });
  await expect(openPullRequest(github, name, { number: 7, head: 'topic' })).rejects.toThrow('is merged');
});

test('squashed: one commit on top of the base with all that the head brings', async () => {
  const { name, base, ref } = await diverged();
  const { merge } = await openPullRequest(github, name, { head: 'topic' });
  const commit = await mergePullRequest(github, name, 1, 'squash');
  expect(await ref('refs/heads/main')).toBe(commit);
  const [last] = await commits(github, name, 'main');
  expect(last).toMatchObject({ sha: commit, parents: [base], subject: 'Pull request 1 (#1)' });
  const tree = (of: string) => github.git(name, 'rev-parse', `${of}^{tree}`);
  expect(await tree(commit)).toBe(await tree(merge));
});

test('rebased: every commit again on top of the base, by its author, whatever the head has merged', async () => {
  const { name, base, ref } = await diverged();
  const directory = await github.scratch('work');
  await github.git(name, 'worktree', 'add', '--quiet', directory, 'topic');
  const who = ['-c', 'user.name=Tom', '-c', 'user.email=tom@example.com'];
  await github.git(name, '-C', directory, ...who, 'merge', '--quiet', '-m', 'Merge main', 'main');
  const { merge } = await openPullRequest(github, name, { head: 'topic' });
  const commit = await mergePullRequest(github, name, 1, 'rebase');
  expect(await ref('refs/heads/main')).toBe(commit);
  const [second, first, third] = await commits(github, name, 'main');
  expect(second).toMatchObject({
    sha: commit,
    subject: 'Two',
    body: 'More on it',
    author: 'Mona Lisa <mona@example.com>',
  });
  expect(first).toMatchObject({ parents: [base], subject: 'One', author: 'Tom <tom@example.com>' });
  expect(first?.committer).toBe('Mona Lisa <mona@example.com>');
  expect(third?.sha).toBe(base);
  const tree = (of: string) => github.git(name, 'rev-parse', `${of}^{tree}`);
  expect(await tree(commit)).toBe(await tree(merge));
});

test('rebased onto a base that never moved, the commits are new all the same', async () => {
  const name = `acme/project-${++serial}`;
  await github.createRepository(name, { files: { a: 'a\n' } });
  await github.git(name, 'branch', 'topic');
  const head = await editCodex(github, name, 'topic', { a: 'b\n' });
  await openPullRequest(github, name, { head: 'topic' });
  const commit = await mergePullRequest(github, name, 1, 'rebase');
  expect(commit).not.toBe(head);
  expect(await github.git(name, 'rev-parse', `${commit}~1`)).toBe(await github.git(name, 'rev-parse', `${head}~1`));
});

test('what is in conflict neither opens nor merges, and says where', async () => {
  const { name, base, ref } = await diverged();
  await openPullRequest(github, name, { head: 'topic' });
  const tip = await editCodex(github, name, 'main', { a: 'other\n' });
  for (const how of ['merge', 'squash', 'rebase'] as const) {
    await expect(mergePullRequest(github, name, 1, how)).rejects.toThrow(/does not merge into .*: a$/);
  }
  await expect(openPullRequest(github, name, { head: 'topic' })).rejects.toThrow('does not merge');
  expect(await ref('refs/heads/main')).toBe(tip);
  expect(github.repository(name).pulls.get(1)).toMatchObject({ state: 'open', versions: [{ base }] });
});

test('of a fork, the commits come over and can be merged', async () => {
  const { name, base } = await diverged();
  await github.createRepository(`tom/project-${serial}`, {});
  const fork = `tom/project-${serial}`;
  await github.git(fork, 'fetch', '--quiet', github.directory(name), 'main:main');
  await github.git(fork, 'branch', 'patch', 'main');
  const head = await editCodex(github, fork, 'patch', { f: 'f\n' });
  expect(await openPullRequest(github, name, { head: 'patch', headRepository: fork })).toMatchObject({ base, head });
  await mergePullRequest(github, name, 1, 'merge');
  expect(await readText(github, name, 'main', 'f')).toBe('f\n');
  expect((await commits(github, name, 'main'))[0]?.subject).toBe('Merge pull request #1 from tom/patch');
});
