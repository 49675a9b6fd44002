import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { gitText } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';

let github: LocalGitHub;
const project = 'acme/widgets';

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(project, { visibility: 'public', files: { 'docs/a.md': 'a\n' } });
});
afterAll(() => github.close());

async function list(query: string) {
  const response = await fetch(`${github.apiUrl}/repos/${project}/commits${query}`);
  return { status: response.status, link: response.headers.get('link'), json: JSON.parse(await response.text()) };
}

test('lists the commits of a branch, and those that touched a path', async () => {
  const first = await github.git(project, 'rev-parse', 'main');
  await github.git(project, 'branch', 'history', first);
  const second = await editCodex(github, project, 'history', { 'a*.md': 'x\n' }, 'Second');
  const third = await editCodex(github, project, 'history', { 'docs/a.md': 'y\n', 'ab.md': 'z\n' }, 'Third');
  const shas = async (query: string) => (await list(query)).json.map(({ sha }: { sha: string }) => sha);
  expect(await shas('?sha=history')).toEqual([third, second, first]);
  expect(await shas(`?sha=${second}`)).toEqual([second, first]);
  expect(await shas('')).toEqual([first]);
  expect(await shas('?sha=history&path=docs/a.md')).toEqual([third, first]);
  expect(await shas('?sha=history&path=docs')).toEqual([third, first]);
  expect(await shas(`?sha=history&path=${encodeURIComponent('a*.md')}`)).toEqual([second]);
  expect(await shas('?sha=history&per_page=1&page=2')).toEqual([second]);
  expect((await list('?sha=history&per_page=1')).link).toContain('page=3>; rel="last"');
  expect((await list('?sha=history')).json[0].commit).toMatchObject({ message: 'Third' });
  expect(await list('?sha=nothing')).toMatchObject({
    status: 404,
    json: { message: expect.stringContaining('nothing') },
  });
  await github.createRepository('acme/empty', { visibility: 'public' });
  expect((await fetch(`${github.apiUrl}/repos/acme/empty/commits`)).status).toBe(409);
  expect(github.violations).toEqual([]);
});

describe('one commit', () => {
  const named = 'acme/named';
  let [first, second] = ['', ''];
  const get = async (ref: string, query = '', headers: Record<string, string> = {}) => {
    const response = await fetch(`${github.apiUrl}/repos/${named}/commits/${ref}${query}`, { headers });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, link: response.headers.get('link'), text, json: isJson ? JSON.parse(text) : {} };
  };

  beforeAll(async () => {
    await github.createRepository(named, { visibility: 'public', files: { a: 'a\n', b: 'b\n' } });
    first = await github.git(named, 'rev-parse', 'main');
    second = await editCodex(github, named, 'feature/x', { a: '1\n', b: '2\n', c: '3\n' }, 'Second');
    const mona = ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.com'];
    await github.git(named, 'tag', 'light', first);
    await github.git(named, ...mona, 'tag', '-a', '-m', 'One', 'v1', second);
    // A tag and a branch of one name.
    await github.git(named, 'branch', 'both', first);
    await github.git(named, 'tag', 'both', second);
  });

  test('is found by id, branch and tag', async () => {
    const shas = async (...refs: string[]) => Promise.all(refs.map(async (ref) => (await get(ref)).json.sha));
    const ofFirst = [first, 'main', 'heads/main', 'tags/light', 'light', 'both', 'heads/both', 'HEAD'];
    expect(await shas(...ofFirst)).toEqual(ofFirst.map(() => first));
    const ofSecond = [second, 'heads/feature/x', 'heads%2Ffeature%2Fx', 'feature/x', 'tags/v1', 'v1', 'tags/both'];
    expect(await shas(...ofSecond)).toEqual(ofSecond.map(() => second));
    const asText = await get('tags/v1', '', { accept: 'application/vnd.github.sha' });
    expect(asText.text).toBe(second);
  });

  test('shows its files page by page', async () => {
    const names = async (query: string) =>
      (await get(second, query)).json.files.map((file: { filename: string }) => file.filename);
    expect(await names('')).toEqual(['a', 'b', 'c']);
    expect(await names('?per_page=2')).toEqual(['a', 'b']);
    expect(await names('?per_page=2&page=2')).toEqual(['c']);
    expect(await names('?per_page=1&page=9')).toEqual([]);
    expect((await get(second, '?per_page=2')).link).toMatch(/page=2>; rel="next".*page=2>; rel="last"/);
    const [, next = ''] = /<([^>]*)>; rel="next"/.exec((await get('heads/feature/x', '?per_page=2')).link ?? '') ?? [];
    expect(JSON.parse(await (await fetch(next)).text()).files).toMatchObject([{ filename: 'c' }]);
    expect((await get(second)).link).toBeNull();
    expect((await get(second, '?per_page=1&page=9')).json).toMatchObject({ sha: second, stats: { total: 3 } });
    expect((await get(first)).json.files).toMatchObject([{ filename: 'a', status: 'added' }, { filename: 'b' }]);
  });

  test('that does not exist is refused', async () => {
    const refs = ['nothing', 'heads/nothing', 'tags/main', 'heads/light', '1'.repeat(40)];
    for (const ref of refs) {
      expect(await get(ref)).toMatchObject({ status: 422, json: { message: `No commit found for SHA: ${ref}` } });
    }
    await github.createRepository('acme/hidden', { files: { a: 'a' } });
    await github.createRepository('acme/bare', { visibility: 'public' });
    const status = async (of: string) => (await fetch(`${github.apiUrl}/repos/acme/${of}/commits/main`)).status;
    expect([await status('hidden'), await status('bare'), await status('none')]).toEqual([404, 409, 404]);
    expect(github.violations).toEqual([]);
  });
});

test('says when a commit was made and when it was committed, in UTC', async () => {
  const parent = await github.git(project, 'rev-parse', 'main');
  const stream = [
    'commit refs/heads/dated',
    'author Mona <mona@example.com> 1767225600 +0200',
    'committer Hubot <hubot@example.com> 1769918400 -0530',
    'data 5',
    'Dated',
    `from ${parent}`,
    'done\n',
  ];
  await gitText(github.directory(project), ['fast-import', '--quiet', '--done'], { input: stream.join('\n') });
  const commit = {
    author: { name: 'Mona', date: '2026-01-01T00:00:00Z' },
    committer: { name: 'Hubot', email: 'hubot@example.com', date: '2026-02-01T04:00:00Z' },
  };
  const show = async (path: string) =>
    JSON.parse(await (await fetch(`${github.apiUrl}/repos/${project}/${path}`)).text());
  expect((await show('branches/dated')).commit.commit).toMatchObject(commit);
  expect((await show('commits/dated')).commit).toMatchObject(commit);
});
