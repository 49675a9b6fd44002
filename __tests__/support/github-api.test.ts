import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';

let github: LocalGitHub;
const codex = 'Acme/codex.acme.com';
const unknown = '1'.repeat(40);
let [first, second, side] = ['', '', ''];

beforeAll(async () => {
  github = await startGitHub();
  const large = randomBytes(1024 * 1024 + 1);
  await github.createRepository(codex, { files: { 'README.md': 'one\n', 'docs/a b/ü#1.md': 'deep\n', large } });
  await github.createRepository('acme/empty');
  await github.createRepository('acme/open', { visibility: 'public', files: { a: 'a' } });
  await github.createRepository('acme/old', { archived: true, files: { a: 'a' } });
  first = await github.git(codex, 'rev-parse', 'main');
  await github.git(codex, 'branch', 'feature/side', first);
  second = await editCodex(github, codex, 'main', { 'README.md': 'two\n', 'new.md': 'new\n' }, 'Second\n\nWith a body');
  side = await editCodex(github, codex, 'feature/side', { 'docs/a b/ü#1.md': null, b: 'b' }, 'Side');
  github.addToken('writer', { '*': 'write' });
  github.addToken('reader', { [codex]: 'read', 'acme/empty': 'read' }, { kind: 'installation' });
  github.addToken('stranger', {});
});
afterEach(() => {
  expect(github.violations.splice(0)).toEqual([]);
  expect(github.undocumented.splice(0)).toEqual([]);
});
afterAll(() => github.close());

async function get(path: string, token = 'reader', headers: Record<string, string> = {}) {
  const authorization: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${github.apiUrl}/repos/${path}`, { headers: { ...authorization, ...headers } });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    json: isJson ? JSON.parse(`${bytes}`) : undefined,
  };
}

async function createRef(repository: string, body: unknown, token = 'writer') {
  const headers = { authorization: `token ${token}` };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${github.apiUrl}/repos/${repository}/git/refs`, init);
  const json = (await response.json()) as { message?: string; object?: { sha: string } };
  return { status: response.status, message: json.message ?? '', sha: json.object?.sha };
}

test('shows a repository to those who may see it, in any case of its name', async () => {
  const { status, json } = await get('ACME/Codex.Acme.Com');
  expect(status).toBe(200);
  expect(json).toMatchObject({ full_name: codex, private: true, visibility: 'private', default_branch: 'main' });
  expect(json.permissions).toMatchObject({ push: false, pull: true });
  expect((await get(codex, 'writer')).json.permissions.push).toBe(true);
  expect((await get(codex, '')).status).toBe(404);
  expect((await get(codex, 'stranger')).status).toBe(404);
  expect((await get('acme/open', 'stranger')).json).toMatchObject({ private: false, visibility: 'public' });
  expect((await get('acme/open', '')).status).toBe(200);
  expect(await get('acme/open', 'wrong')).toMatchObject({ status: 401, json: { message: 'Bad credentials' } });
});

describe('branches', () => {
  test('are found by name, with slashes as they are or encoded', async () => {
    const { json } = await get(`${codex}/branches/main`);
    expect(json).toMatchObject({ name: 'main', protected: false, commit: { sha: second } });
    expect(json.commit.commit.message).toBe('Second\n\nWith a body');
    expect((await get(`${codex}/branches/feature/side`)).json.commit.sha).toBe(side);
    expect((await get(`${codex}/branches/feature%2Fside`)).json.commit.sha).toBe(side);
    expect(await get(`${codex}/branches/feature`)).toMatchObject({
      status: 404,
      json: { message: 'Branch not found' },
    });
  });

  test('are listed page by page', async () => {
    const { json, headers } = await get(`${codex}/branches?per_page=1`);
    expect(json).toMatchObject([{ name: 'feature/side', commit: { sha: side } }]);
    const next = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? '';
    expect((await get(next.replace(`${github.apiUrl}/repos/`, ''))).json).toMatchObject([{ name: 'main' }]);
    expect((await get('acme/empty/branches')).json).toEqual([]);
  });

  test('lead from an old name to the new one', async () => {
    github.renameBranchRedirect(codex, 'master', 'main');
    const response = await fetch(`${github.apiUrl}/repos/${codex}/branches/master`, {
      headers: { authorization: 'token reader' },
    });
    expect(response.redirected).toBe(true);
    expect(await response.json()).toMatchObject({ name: 'main', commit: { sha: second } });
  });
});

test('tells how a branch is protected, and lists the rules for a name, whether there is such a branch or not', async () => {
  const protection = async (branch: string) => (await get(`${codex}/branches/${branch}`)).json;
  expect(await protection('main')).toMatchObject({ protected: false, protection: { enabled: false } });
  github.protect(codex, 'main', 'No.', ['build']);
  expect(await protection('main')).toMatchObject({
    protected: true,
    protection: { enabled: true, required_status_checks: { enforcement_level: 'non_admins', contexts: ['build'] } },
  });
  github.unprotect(codex, 'main');
  github.addRule(codex, 'docs/none', { type: 'creation' });
  github.addRule(codex, 'docs/none', {
    type: 'pull_request',
    ruleset_source_type: 'Organization',
    ruleset_source: 'acme',
  });
  expect((await get(`${codex}/rules/branches/docs%2Fnone`)).json).toEqual([
    { type: 'creation', ruleset_source_type: 'Repository', ruleset_source: codex, ruleset_id: 1 },
    { type: 'pull_request', ruleset_source_type: 'Organization', ruleset_source: 'acme', ruleset_id: 1 },
  ]);
  const second = await get(`${codex}/rules/branches/docs%2Fnone?per_page=1&page=2`);
  expect(second.json.map(({ type }: { type: string }) => type)).toEqual(['pull_request']);
  expect((await get(`${codex}/rules/branches/main`)).json).toEqual([]);
});

describe('refs', () => {
  test('are read by full name only', async () => {
    expect((await get(`${codex}/git/ref/heads/feature/side`)).json.object).toMatchObject({ sha: side, type: 'commit' });
    expect((await get(`${codex}/git/ref/heads/feature`)).status).toBe(404);
    expect((await get('acme/empty/git/ref/heads/main')).status).toBe(409);
  });

  test('are created once, for objects that exist', async () => {
    const ref = 'refs/heads/test';
    expect(await createRef(codex, { ref, sha: first })).toMatchObject({ status: 201, sha: first });
    expect(await github.git(codex, 'rev-parse', 'test')).toBe(first);
    expect(await createRef(codex, { ref, sha: second })).toMatchObject({
      status: 422,
      message: 'Reference already exists',
    });
    expect(await github.git(codex, 'rev-parse', 'test')).toBe(first);
    const missing = await createRef(codex, { ref: 'refs/heads/x', sha: unknown });
    expect(missing).toMatchObject({ status: 422, message: 'Object does not exist' });
    expect((await createRef(codex, { ref: 'refs/heads/a..b', sha: first })).message).toContain('not a valid ref name');
    expect((await createRef(codex, { ref: 'refs/heads/x' })).message).toContain("must have required property 'sha'");
    expect((await createRef('acme/empty', { ref, sha: first })).status).toBe(409);
  });

  test('let exactly one of many creators win', async () => {
    const wanted = { ref: 'refs/heads/raced', sha: first };
    const answers = await Promise.all(Array.from({ length: 8 }, () => createRef(codex, wanted)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422, 422, 422, 422, 422]);
    expect(new Set(answers.map(({ message }) => message))).toEqual(new Set(['', 'Reference already exists']));
  });

  test('are refused to those who may not write', async () => {
    const wanted = { ref: 'refs/heads/mine', sha: first };
    const refused = (who: string) => ({ status: 403, message: `Resource not accessible by ${who}` });
    expect(await createRef(codex, wanted, 'reader')).toMatchObject(refused('integration'));
    expect(await createRef('acme/open', wanted, 'stranger')).toMatchObject(refused('personal access token'));
    expect(await createRef(codex, wanted, 'stranger')).toMatchObject({ status: 404 });
    expect((await createRef('acme/old', wanted)).message).toContain('archived');
    github.protect(codex, 'mine', 'Cannot create ref due to creations being restricted.');
    expect((await createRef(codex, wanted)).message).toContain('creations being restricted');
  });
});

describe('comparisons', () => {
  test('tell how two commits stand to each other', async () => {
    const compare = async (base: string, head: string) => (await get(`${codex}/compare/${base}...${head}`)).json;
    expect(await compare(first, second)).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      behind_by: 0,
      total_commits: 1,
    });
    expect(await compare(second, first)).toMatchObject({ status: 'behind', ahead_by: 0, behind_by: 1, commits: [] });
    expect(await compare(first, first)).toMatchObject({ status: 'identical', ahead_by: 0, behind_by: 0, files: [] });
    const diverged = await compare('main', 'feature%2Fside');
    expect(diverged).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 1 });
    expect(diverged).toMatchObject({ merge_base_commit: { sha: first }, base_commit: { sha: second } });
    expect(diverged.commits).toMatchObject([{ sha: side }]);
    expect(diverged.files).toMatchObject([
      { filename: 'b', status: 'added', additions: 1 },
      { filename: 'docs/a b/ü#1.md', status: 'removed', deletions: 1 },
    ]);
    expect((await get(`${codex}/compare/${first}...${unknown}`)).status).toBe(404);
  });

  test('come in pages, with the files on the first only', async () => {
    for (const number of [1, 2, 3]) await editCodex(github, codex, 'long', { a: `${number}` }, `Change ${number}`);
    const [root] = (await github.git(codex, 'rev-list', 'long')).split('\n').slice(-1);
    const page = async (number: number) =>
      (await get(`${codex}/compare/${root}...long?per_page=1&page=${number}`)).json;
    expect(await page(1)).toMatchObject({ total_commits: 2, commits: [{ commit: { message: 'Change 2' } }] });
    expect((await page(1)).files).toHaveLength(1);
    expect(await page(2)).toMatchObject({ total_commits: 2, commits: [{ commit: { message: 'Change 3' } }] });
    expect((await page(2)).files).toBeUndefined();
    const strangers = await get(`${codex}/compare/main...long`);
    expect(strangers).toMatchObject({ status: 404, json: { message: 'No common ancestor between main and long.' } });
  });

  test('show 300 files at most', async () => {
    const files = Object.fromEntries(Array.from({ length: 301 }, (_, index) => [`many/${index}`, `${index}`]));
    await github.git(codex, 'branch', 'many', first);
    await editCodex(github, codex, 'many', files);
    for (const query of ['', '?per_page=100']) {
      const { json } = await get(`${codex}/compare/${first}...many${query}`);
      expect(json).toMatchObject({ merge_base_commit: { sha: first }, total_commits: 1 });
      expect(json.files).toHaveLength(300);
    }
  });
});

describe('contents', () => {
  test('come as JSON or as they are', async () => {
    const path = `${codex}/contents/docs/a%20b/%C3%BC%231.md`;
    const { json } = await get(`${path}?ref=${first}`);
    expect(json).toMatchObject({ type: 'file', name: 'ü#1.md', path: 'docs/a b/ü#1.md', size: 5, encoding: 'base64' });
    expect(Buffer.from(json.content, 'base64').toString()).toBe('deep\n');
    for (const accept of ['application/vnd.github.raw+json', 'application/vnd.github.raw']) {
      const raw = await get(path, 'reader', { accept });
      expect(raw.bytes.toString()).toBe('deep\n');
      expect(raw.headers.get('content-type')).toContain(accept);
    }
    expect((await get(`${path}?ref=feature/side`)).status).toBe(404);
    expect((await get(`${path}?ref=nowhere`)).json.message).toBe('No commit found for the ref nowhere');
    expect((await get('acme/empty/contents/README.md')).json.message).toBe('This repository is empty.');
  });

  test('above a megabyte come only as they are', async () => {
    expect((await get(`${codex}/contents/large`)).json).toMatchObject({ encoding: 'none', content: '' });
    const raw = await get(`${codex}/contents/large`, 'reader', { accept: 'application/vnd.github.raw+json' });
    expect(raw.bytes).toHaveLength(1024 * 1024 + 1);
  });

  test('of a folder are a list', async () => {
    const { json } = await get(`${codex}/contents/docs`);
    expect(json).toMatchObject([{ type: 'dir', name: 'a b', path: 'docs/a b' }]);
  });
});

test('shows commits by id', async () => {
  const { json } = await get(`${codex}/git/commits/${first}`);
  expect(json).toMatchObject({ sha: first, message: 'Initial commit', parents: [] });
  expect(json.committer).toEqual({ name: 'Mona Lisa', email: 'mona@example.com', date: '2026-01-01T00:00:00Z' });
  expect((await get(`${codex}/git/commits/${unknown}`)).status).toBe(404);
  const tree = await github.git(codex, 'rev-parse', 'main^{tree}');
  expect((await get(`${codex}/git/commits/${tree}`)).status).toBe(404);
});

test('lists the caches of a repository, those used last first', async () => {
  const mine = { repository: codex, version: 'f'.repeat(64), sizeBytes: 5 };
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const entry = (id: number, key: string, scope: string, created: number, accessed: number) => {
    return { ...mine, id, key, scope, createdAt: at(created), lastAccessedAt: at(accessed) };
  };
  const entries = [
    entry(1, 'a-1', 'refs/heads/main', 1, 9),
    entry(2, 'a-2', 'refs/pull/7/merge', 2, 2),
    entry(3, 'b-1', 'refs/heads/main', 3, 3),
    { ...entry(4, 'a-1', 'refs/heads/main', 4, 10), repository: 'acme/open' },
  ];
  const path = `${codex}/actions/caches`;
  const keys = async (query = '') =>
    (await get(path + query)).json.actions_caches.map(({ key }: { key: string }) => key);
  expect((await get(path)).json).toEqual({ total_count: 0, actions_caches: [] });
  github.attachCaches({ entries: () => entries });
  expect((await get(`${path}?per_page=1`)).json).toEqual({
    total_count: 3,
    actions_caches: [
      {
        id: 1,
        ref: 'refs/heads/main',
        key: 'a-1',
        version: mine.version,
        last_accessed_at: '2026-01-01T00:00:09.000Z',
        created_at: '2026-01-01T00:00:01.000Z',
        size_in_bytes: 5,
      },
    ],
  });
  expect((await get(`${path}?per_page=1`)).headers.get('link')).toContain('page=3>; rel="last"');
  expect(await keys()).toEqual(['a-1', 'b-1', 'a-2']);
  expect(await keys('?sort=created_at')).toEqual(['b-1', 'a-2', 'a-1']);
  expect(await keys('?sort=created_at&direction=asc')).toEqual(['a-1', 'a-2', 'b-1']);
  expect(await keys('?key=a-')).toEqual(['a-1', 'a-2']);
  expect(await keys('?ref=refs/pull/7/merge')).toEqual(['a-2']);
  expect(await keys('?per_page=2&page=2')).toEqual(['a-2']);
  expect((await get(path, 'stranger')).status).toBe(404);
});
