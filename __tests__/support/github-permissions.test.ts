import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tryGit } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import type { Permissions } from './github-access.ts';
import { openPullRequest } from './pull-request.ts';

const [hidden, open] = ['acme/widgets', 'acme/open'];
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  for (const [name, visibility] of [[hidden, 'internal'] as const, [open, 'public'] as const]) {
    await github.createRepository(name, { visibility, files: { a: 'a' } });
    await github.git(name, 'branch', 'topic', 'main');
    await openPullRequest(github, name, { head: 'topic' });
  }
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

let serial = 0;

/** Asks with a token that has these permissions, and no others, for all that there is. */
function asker(permissions: Permissions, kind: 'installation' | 'user' = 'installation') {
  const token = `token-${++serial}`;
  github.addToken(token, { '*': 'write' }, { kind, permissions });
  return async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${github.apiUrl}/repos/${path}`, init);
    const json = (await response.json()) as { message?: string };
    const accepted = response.headers.get('x-accepted-github-permissions');
    return { status: response.status, message: json.message, accepted };
  };
}

test.each([
  ['installation', 'Resource not accessible by integration'],
  ['user', 'Resource not accessible by personal access token'],
] as const)(
  'a token of an %s that may read contents is refused everything about pull requests',
  async (kind, message) => {
    const ask = asker({ contents: 'read' }, kind);
    for (const path of ['pulls', 'pulls/1', 'pulls/1/files', 'commits/main/pulls']) {
      expect(await ask(`${hidden}/${path}`)).toEqual({ status: 403, message, accepted: 'pull_requests=read' });
    }
    for (const path of ['', '/branches', '/contents/a', '/compare/main...topic', '/rules/branches/main']) {
      expect((await ask(`${hidden}${path}`)).status).toBe(200);
    }
  },
);

test.each<[string, Permissions]>([
  ['branches', { contents: 'read' }],
  ['branches/main', { contents: 'read' }],
  ['commits', { contents: 'read' }],
  ['commits/main', { contents: 'read' }],
  ['compare/main...topic', { contents: 'read' }],
  ['contents/a', { contents: 'read' }],
  ['git/ref/heads/main', { contents: 'read' }],
  ['git/trees/main', { contents: 'read' }],
  ['actions/caches', { actions: 'read' }],
  ['issues/1/comments', { issues: 'read' }],
  ['issues/1/comments', { pull_requests: 'read' }],
  ['commits/main/pulls', { pull_requests: 'read' }],
  ['environments', { actions: 'read' }],
  ['pulls', { pull_requests: 'read' }],
  ['pulls/1', { pull_requests: 'read' }],
  ['pulls/1/files', { pull_requests: 'read' }],
])('%s is read with %j, and without it only what is public', async (path, permissions) => {
  const [may, mayNot] = [asker(permissions), asker({})];
  expect((await may(`${hidden}/${path}`)).status).toBe(200);
  expect((await mayNot(`${hidden}/${path}`)).status).toBe(403);
  expect((await mayNot(`${open}/${path}`)).status).toBe(200);
});

test('a repository and its rules are seen with any permission at all', async () => {
  const ask = asker({});
  expect((await ask(hidden)).status).toBe(200);
  for (const path of ['rules/branches/main', 'rulesets']) expect((await ask(`${hidden}/${path}`)).status).toBe(200);
  expect((await ask('acme/none')).status).toBe(404);
});

describe('to write', () => {
  test('the right permission must go that far, also where the repository is public', async () => {
    const sha = await github.git(hidden, 'rev-parse', 'main');
    const ref = { ref: 'refs/heads/new', sha };
    const refused = { status: 403, message: 'Resource not accessible by integration' };
    for (const name of [hidden, open]) {
      expect(await asker({ contents: 'read', issues: 'write' })(`${name}/git/refs`, ref)).toMatchObject(refused);
      const comment = { body: 'Hello' };
      expect(await asker({ contents: 'write' })(`${name}/issues/1/comments`, comment)).toEqual({
        ...refused,
        accepted: 'issues=write; pull_requests=write',
      });
      for (const permissions of [{ issues: 'write' }, { pull_requests: 'write' }] as const) {
        expect((await asker(permissions)(`${name}/issues/1/comments`, comment)).status).toBe(201);
      }
    }
    expect((await asker({ contents: 'write' })(`${hidden}/git/refs`, ref)).status).toBe(201);
  });

  test('a permission goes no further than the grant on the repository', async () => {
    github.addToken('half', { [hidden]: 'read' }, { permissions: { contents: 'write' } });
    const body = JSON.stringify({ ref: 'refs/heads/half', sha: await github.git(hidden, 'rev-parse', 'main') });
    const init = { method: 'POST', headers: { authorization: 'Bearer half' }, body };
    expect((await fetch(`${github.apiUrl}/repos/${hidden}/git/refs`, init)).status).toBe(403);
  });
});

test('git needs the permission for contents', async () => {
  const outcome = async (permissions: Permissions, ...words: string[]) => {
    const token = `token-${++serial}`;
    github.addToken(token, { '*': 'write' }, { kind: 'installation', permissions });
    const url = github.serverUrl.replace('://', `://x:${token}@`);
    const { exitCode, stderr } = await tryGit(github.directory(hidden), [
      ...words.map((word) => word.replace('URL', `${url}/${hidden}`)),
    ]);
    return exitCode === 0 ? 'done' : (/remote: (.*)/.exec(stderr)?.[1] ?? stderr);
  };
  expect(await outcome({ contents: 'read' }, 'ls-remote', 'URL')).toBe('done');
  expect(await outcome({ pull_requests: 'write' }, 'ls-remote', 'URL')).toContain('Repository not found');
  const push = ['push', 'URL', 'main:refs/heads/pushed'];
  expect(await outcome({ contents: 'write' }, ...push)).toBe('done');
  expect(await outcome({ contents: 'read' }, ...push)).toContain('denied to github-actions[bot]');
});
