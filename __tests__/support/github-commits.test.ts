import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
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
