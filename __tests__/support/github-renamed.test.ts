import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { tryGit } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { createProject } from './project.ts';
import { openPullRequest } from './pull-request.ts';

let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  github.addToken('reader', { 'acme/old': 'read' });
  github.addToken('writer', { 'acme/old': 'write', 'acme/moved': 'write' });
  github.addToken('stranger', { 'acme/other': 'write' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function ask(path: string, token = 'reader', init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${github.apiUrl}${path}`, { redirect: 'manual', headers, ...init });
  const location = response.headers.get('location')?.replace(github.apiUrl, '');
  return { status: response.status, location, json: JSON.parse(await response.text()) };
}

test('the API leads from the old name of a repository to its number, and answers there', async () => {
  const made = await github.createRepository('acme/old', { files: { 'docs/a.md': 'a\n' } });
  await github.git('acme/old', 'branch', 'topic');
  await openPullRequest(github, 'acme/old', { head: 'topic' });
  github.renameRepository('acme/old', 'acme/new');
  const byId = `/repositories/${made.id}`;
  const moved = await ask('/repos/ACME/old');
  expect(moved).toMatchObject({ status: 301, location: byId, json: { message: 'Moved Permanently' } });
  expect(moved.json.url).toBe(`${github.apiUrl}${byId}`);
  for (const rest of ['/branches/main?x=1', '/contents/docs/a.md?ref=main', '/pulls/1/files', '/commits/main/pulls']) {
    const { status, location = '' } = await ask(`/repos/acme/old${rest}`);
    expect({ status, location }).toEqual({ status: 301, location: `${byId}${rest}` });
    const [there, named] = [await ask(location), await ask(`/repos/acme/new${rest}`)];
    expect(there).toMatchObject({ status: 200 });
    expect(there).toEqual(named);
  }
  expect((await ask(byId)).json).toMatchObject({ full_name: 'acme/new', name: 'new', id: made.id });
  // Who writes is told to do so once more, and who may not see it learns nothing.
  const body = JSON.stringify({ ref: 'refs/heads/x', sha: '1'.repeat(40) });
  const written = await ask('/repos/acme/old/git/refs', 'writer', { method: 'POST', body });
  expect(written).toMatchObject({ status: 307, location: `${byId}/git/refs` });
  expect(await ask('/repos/acme/old', 'stranger')).toMatchObject({ status: 404, location: undefined });
  expect((await ask(byId, 'stranger')).status).toBe(404);
  const octokit = new Octokit({ auth: 'reader', baseUrl: github.apiUrl });
  expect((await octokit.rest.repos.get({ owner: 'acme', repo: 'old' })).data.full_name).toBe('acme/new');
});

test('GraphQL follows it, unless told not to', async () => {
  const octokit = new Octokit({ auth: 'reader', baseUrl: github.apiUrl });
  const query = (more: string) => `{ repository(owner: "acme", name: "old"${more}) { nameWithOwner } }`;
  expect(await octokit.graphql(query(''))).toEqual({ repository: { nameWithOwner: 'acme/new' } });
  await expect(octokit.graphql(query(', followRenames: false'))).rejects.toThrow('Could not resolve');
});

test('git is led from the old name to the new one, for those who may read it', async () => {
  const tip = await github.git('acme/new', 'rev-parse', 'main');
  const run = async (token: string, ...words: string[]) => {
    const url = github.serverUrl.replace('://', `://x:${token}@`);
    const { exitCode, stdout, stderr } = await tryGit(github.directory('acme/new'), [
      ...words.map((word) => word.replace('URL', url)),
    ]);
    return { exitCode, said: `${stdout}${stderr}` };
  };
  for (const suffix of ['', '.git']) {
    github.clearRequests();
    const read = await run('reader', 'ls-remote', `URL/acme/old${suffix}`, 'refs/heads/main');
    expect(read.said).toContain(`${tip}\trefs/heads/main`);
    await github.settled();
    const asked = github.requests.filter(({ status }) => status !== 401);
    expect(asked[0]).toMatchObject({ path: `/acme/old${suffix}/info/refs?service=git-upload-pack`, status: 301 });
    expect(asked[1]).toMatchObject({ path: `/acme/new${suffix}/info/refs?service=git-upload-pack`, status: 200 });
  }
  expect(await run('writer', 'push', 'URL/acme/old', 'main:refs/heads/pushed')).toMatchObject({ exitCode: 0 });
  expect(await github.git('acme/new', 'rev-parse', 'pushed')).toBe(tip);
  github.clearRequests();
  expect((await run('stranger', 'ls-remote', 'URL/acme/old')).said).toContain('Repository not found');
  await github.settled();
  expect(github.requests.map(({ status }) => status)).not.toContain(301);
  expect((await run('stranger', '-c', 'http.followRedirects=false', 'ls-remote', 'URL/acme/old')).exitCode).toBe(128);
  expect((await run('reader', '-c', 'http.followRedirects=false', 'ls-remote', 'URL/acme/old')).exitCode).toBe(128);
});

test('a name that something else has by now leads nowhere', async () => {
  await github.createRepository('acme/old', { files: { other: 'other' } });
  expect((await ask('/repos/acme/old')).json).toMatchObject({ full_name: 'acme/old' });
  expect((await ask('/repos/acme/new')).json).toMatchObject({ full_name: 'acme/new' });
  expect(await github.git('acme/new', 'ls-tree', '--name-only', 'main')).toBe('docs');
  expect(() => github.renameRepository('acme/old', 'ACME/New')).toThrow('exists');
  await github.deleteRepository('acme/old');
  expect((await ask('/repos/acme/old')).status).toBe(404);
});

test('a repository can be handed to another owner, more than once, and spelled otherwise', async () => {
  const project = await createProject(github, 'acme/moved', { a: 'a' });
  github.addAccount({ login: 'tom', type: 'User' });
  github.renameRepository('acme/moved', 'tom/moved');
  github.renameRepository('tom/moved', 'Tom/Here');
  github.renameRepository('tom/here', 'tom/HERE');
  const { id } = github.repository('tom/here');
  for (const name of ['acme/moved', 'tom/moved']) {
    expect(await ask(`/repos/${name}`, 'writer')).toMatchObject({ status: 301, location: `/repositories/${id}` });
  }
  const { status, json } = await ask('/repos/tom/Here', 'writer');
  expect(status).toBe(200);
  expect(json).toMatchObject({ full_name: 'tom/HERE', owner: { login: 'tom', type: 'User' } });
  // A checkout that knows the first name still reaches it.
  await project.write('b', 'b');
  const commit = await project.commit('More');
  await project.push();
  expect(await github.git('tom/here', 'rev-parse', 'main')).toBe(commit);
  await github.deleteRepository('tom/here');
  expect((await ask('/repos/acme/moved', 'writer')).status).toBe(404);
});
