import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { closePullRequest, mergePullRequest, openPullRequest } from './pull-request.ts';

let github: LocalGitHub;
const project = 'Acme/widgets';
const fork = 'tom/widgets';
let first = '';

beforeAll(async () => {
  github = await startGitHub();
  const files = { 'docs/a.md': 'a\n', 'docs/ü b.md': 'long enough\nto be found\nagain\n', 'old.md': 'old\n' };
  await github.createRepository(project, { files });
  await github.createRepository(fork);
  first = await github.git(project, 'rev-parse', 'main');
  for (const branch of ['one', 'two', 'three', 'release']) await github.git(project, 'branch', branch);
  await github.git(fork, 'fetch', '--quiet', github.directory(project), 'main:patch');
  await editCodex(github, project, 'two', { 'two.md': 'two\n' });
  await editCodex(github, project, 'three', { 'three.md': 'three\n' });
  await editCodex(github, fork, 'patch', { 'patch.md': 'patch\n' });
  github.addToken('writer', { [project]: 'write' }, { kind: 'installation' });
  github.addToken('reader', { [project]: 'read' }, { kind: 'installation' });
  github.addToken('mona', { [project]: 'write' });
  github.addToken('stranger', {});
});
afterEach(() => {
  expect(github.violations.splice(0)).toEqual([]);
  expect(github.undocumented.splice(0)).toEqual([]);
});
afterAll(() => github.close());

async function call(path: string, { token = 'reader', method = 'GET', body }: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${token}` };
  const sent = body === undefined ? {} : { body: JSON.stringify({ body }) };
  const response = await fetch(`${github.apiUrl}/repos/${project}/${path}`, { method, headers, ...sent });
  return { status: response.status, link: response.headers.get('link'), json: JSON.parse(await response.text()) };
}

/** Numbers of the pull requests in a list. */
async function numbers(query: string): Promise<number[]> {
  const { json } = await call(`pulls${query}`);
  return json.map(({ number }: { number: number }) => number);
}

test('a pull request as it is: open, closed, merged', async () => {
  const content = { 'docs/a.md': 'a\nb\n', 'new.md': 'new\n' };
  const head = await editCodex(github, project, 'one', content);
  const pull = await openPullRequest(github, project, { number: 7, head: 'one' });
  expect(pull.base).toBe(first);
  const { json } = await call('pulls/7');
  expect(json).toMatchObject({ number: 7, state: 'open', merged: false, merged_at: null, closed_at: null });
  expect(json).toMatchObject({ merge_commit_sha: pull.merge, mergeable: true, mergeable_state: 'clean' });
  expect(json).toMatchObject({ commits: 1, additions: 2, deletions: 0, changed_files: 2, comments: 0 });
  expect(json.head).toMatchObject({
    label: 'Acme:one',
    ref: 'one',
    sha: head,
    repo: { full_name: project, fork: false },
  });
  expect(json.base).toMatchObject({ label: 'Acme:main', ref: 'main', sha: first, repo: { full_name: project } });

  await editCodex(github, project, 'release', { 'docs/a.md': 'other\n' });
  await github.git(project, 'update-ref', 'refs/heads/main', 'release');
  expect((await call('pulls/7')).json).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
  await github.git(project, 'update-ref', 'refs/heads/main', first);

  await closePullRequest(github, project, 7);
  const closed = { state: 'closed', merged: false, merged_at: null, closed_at: expect.stringMatching(/Z$/) };
  expect((await call('pulls/7')).json).toMatchObject({ ...closed, merge_commit_sha: pull.merge, mergeable: null });
  await openPullRequest(github, project, { number: 7, head: 'one' });
  const merge = await mergePullRequest(github, project, 7, 'squash');
  const merged = { state: 'closed', merged: true, merged_at: expect.stringMatching(/Z$/), merge_commit_sha: merge };
  expect((await call('pulls/7')).json).toMatchObject({ ...merged, merged_by: { login: 'mona' } });

  expect((await call('pulls/8')).status).toBe(404);
  expect((await call('pulls/8/files')).status).toBe(404);
  expect((await call('pulls/7', { token: 'stranger' })).status).toBe(404);
});

test('lists pull requests, filtered, sorted and page by page', async () => {
  await openPullRequest(github, project, { number: 9, head: 'two' });
  await openPullRequest(github, project, { number: 8, head: 'three', base: 'release' });
  await openPullRequest(github, project, { number: 10, head: 'patch', headRepository: fork });
  await closePullRequest(github, project, 9);
  expect(await numbers('')).toEqual([10, 8]);
  expect(await numbers('?state=closed')).toEqual([9, 7]);
  expect(await numbers('?state=all')).toEqual([10, 8, 9, 7]);
  expect(await numbers('?state=all&direction=asc')).toEqual([7, 9, 8, 10]);
  expect(await numbers('?state=all&base=release')).toEqual([8]);
  expect(await numbers('?head=tom:patch')).toEqual([10]);
  expect(await numbers('?head=acme:patch')).toEqual([]);
  expect(await numbers('?state=all&head=ACME:two')).toEqual([9]);
  expect(await numbers('?head=two')).toEqual([10, 8]);
  const pull = github.repository(project).pulls.get(8);
  if (pull) pull.updatedAt = new Date(Date.now() + 1000);
  expect((await numbers('?state=all&sort=updated')).at(-1)).toBe(8);
  expect((await numbers('?state=all&sort=updated&direction=desc'))[0]).toBe(8);
  expect(await numbers('?state=all&per_page=2&page=2')).toEqual([9, 7]);
  expect((await call('pulls?state=all&per_page=3')).link).toContain('page=2>; rel="last"');

  const { json } = await call('pulls/10');
  expect(json.head).toMatchObject({ label: 'tom:patch', repo: { full_name: fork, fork: true } });
  await github.deleteRepository(fork);
  expect((await call('pulls/10')).json.head).toMatchObject({ label: 'tom:patch', repo: null });
  expect(await numbers('')).toEqual([10, 8]);
});

test('lists the files that a pull request changes, since it left its base', async () => {
  for (const branch of ['files', 'parted']) await github.git(project, 'branch', branch, first);
  await editCodex(github, project, 'parted', { 'later.md': 'later\n' });
  const text = 'long enough\nto be found\nagain\n';
  const changes = {
    'docs/a.md': 'changed\n',
    'docs/ü b.md': null,
    'docs/ü c.md': text,
    'new.md': 'new\n',
    'old.md': null,
  };
  const head = await editCodex(github, project, 'files', changes);
  await openPullRequest(github, project, { number: 11, head: 'files', base: 'parted' });
  const blob = (path: string, at = head) => github.git(project, 'rev-parse', `${at}:${path}`);
  const { json } = await call('pulls/11/files');
  expect(json).toMatchObject([
    { filename: 'docs/a.md', status: 'modified', sha: await blob('docs/a.md'), additions: 1, deletions: 1, changes: 2 },
    { filename: 'docs/ü c.md', status: 'renamed', previous_filename: 'docs/ü b.md', sha: await blob('docs/ü c.md') },
    { filename: 'new.md', status: 'added', sha: await blob('new.md') },
    { filename: 'old.md', status: 'removed' },
  ]);
  expect(json[0]).not.toHaveProperty('previous_filename');
  const page = await call('pulls/11/files?per_page=3&page=2');
  expect(page.json).toMatchObject([{ filename: 'old.md' }]);
  expect(page.link).toContain('page=1>; rel="prev"');
});

test('lists no more than 3000 files of a pull request, 100 a page', async () => {
  await github.git(project, 'branch', 'many', first);
  const paths = Array.from({ length: 3001 }, (_, index) => `many/${`${index}`.padStart(4, '0')}.md`);
  await editCodex(github, project, 'many', Object.fromEntries(paths.map((path) => [path, path])));
  await openPullRequest(github, project, { number: 12, head: 'many' });
  const { json, link } = await call('pulls/12/files?per_page=200&page=30');
  expect(json).toHaveLength(100);
  expect(json[99]).toMatchObject({ filename: 'many/2999.md' });
  expect(link).not.toContain('rel="next"');
  expect((await call('pulls/12/files?per_page=100&page=31')).json).toEqual([]);
  expect((await call('pulls/12')).json).toMatchObject({ changed_files: 3001 });
});

test('comments are read by readers, written and changed by writers', async () => {
  const post = (body: string, token: string) => call('issues/8/comments', { method: 'POST', body, token });
  expect((await call('issues/8/comments')).json).toEqual([]);
  const one = await post('One', 'writer');
  expect(one).toMatchObject({
    status: 201,
    json: { body: 'One', user: { login: 'github-actions[bot]', type: 'Bot' } },
  });
  expect((await post('Two', 'mona')).json).toMatchObject({ body: 'Two', user: { login: 'mona', type: 'User' } });
  const patch = (id: number, body: string, token = 'writer') =>
    call(`issues/comments/${id}`, { method: 'PATCH', body, token });
  expect(await patch(one.json.id, 'Three')).toMatchObject({ status: 200, json: { id: one.json.id, body: 'Three' } });
  const listed = await call('issues/8/comments?per_page=1');
  expect(listed.json).toMatchObject([{ id: one.json.id, body: 'Three' }]);
  expect((await call('issues/8/comments?per_page=1&page=2')).json).toMatchObject([{ body: 'Two' }]);
  expect(listed.link).toContain('rel="next"');
  expect((await call('issues/9/comments')).json).toEqual([]);
  expect((await call('pulls/8')).json).toMatchObject({ comments: 2 });
  expect((await numbers('?state=all&sort=popularity')).at(-1)).toBe(8);

  expect((await post('No', 'reader')).status).toBe(403);
  expect((await patch(one.json.id, 'No', 'reader')).status).toBe(403);
  expect((await post('No', 'stranger')).status).toBe(404);
  expect((await patch(1, 'No')).status).toBe(404);
  expect((await call('issues/99/comments')).status).toBe(404);
  expect((await call('issues/99/comments', { method: 'POST', body: 'No', token: 'writer' })).status).toBe(404);
  expect((await post('x'.repeat(65_536), 'writer')).status).toBe(201);
  const long = await patch(one.json.id, 'x'.repeat(65_537));
  expect(long).toMatchObject({ status: 422, json: { errors: [{ message: expect.stringContaining('65536') }] } });
  expect((await post(' ', 'writer')).status).toBe(422);
});

test('what is below a pull request and not modelled is no pull request', async () => {
  await call('pulls/8/commits');
  expect(github.undocumented.splice(0)).toEqual([`GET /repos/${project}/pulls/8/commits`]);
});

test.each(['merge', 'squash', 'rebase'] as const)(
  'finds the pull request that brought a commit, merged by %s',
  async (how) => {
    const name = `acme/brought-${how}`;
    await github.createRepository(name, { files: { a: 'a' }, visibility: 'public' });
    const root = await github.git(name, 'rev-parse', 'main');
    for (const branch of ['topic', 'other']) await github.git(name, 'branch', branch);
    const commits = [
      await editCodex(github, name, 'topic', { one: '1' }, 'One'),
      await editCodex(github, name, 'topic', { two: '2' }, 'Two'),
    ];
    const alone = await editCodex(github, name, 'other', { b: 'b' });
    const ask = async (commit: string, query = '') => {
      const response = await fetch(`${github.apiUrl}/repos/${name}/commits/${commit}/pulls${query}`);
      const json = JSON.parse(await response.text());
      return response.status === 200
        ? json.map(({ number }: { number: number }) => number)
        : [response.status, json.message];
    };
    const [first = '', second = ''] = commits;
    await openPullRequest(github, name, { number: 1, head: 'topic' });
    await openPullRequest(github, name, { number: 2, head: 'other' });
    await openPullRequest(github, name, { number: 3, head: 'topic', base: 'other' });
    for (const commit of [first, second, 'topic']) expect(await ask(commit)).toEqual([1, 3]);
    expect(await ask(second, '?per_page=1&page=2')).toEqual([3]);
    expect([await ask(alone), await ask(root)]).toEqual([[2], []]);
    // What was closed without merge is not named.
    await closePullRequest(github, name, 3);
    await editCodex(github, name, 'main', { pushed: 'p' }, 'Pushed');
    const direct = await github.git(name, 'rev-parse', 'main');
    const merged = await mergePullRequest(github, name, 1, how);
    expect(await ask(merged)).toEqual([1]);
    // The commits themselves are in main after a merge only; in any case it was this one that brought them.
    for (const commit of commits) expect(await ask(commit)).toEqual([1]);
    expect([await ask(direct), await ask(root), await ask(alone)]).toEqual([[], [], [2]]);
    expect(await ask('none')).toEqual([422, 'No commit found for SHA: none']);
    const empty = `acme/bare-${how}`;
    await github.createRepository(empty, { visibility: 'public' });
    expect((await fetch(`${github.apiUrl}/repos/${empty}/commits/main/pulls`)).status).toBe(409);
  },
);
