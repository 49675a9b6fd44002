import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';

let github: LocalGitHub;
const project = 'acme/widgets';

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(project, { files: { a: 'a\n' }, date: '2026-01-01T00:00:00Z' });
  await github.git(project, 'tag', 'v1', 'main');
  await editCodex(github, project, 'main', { a: 'b\n' }, 'Second', { date: '2026-03-01T00:00:00Z' });
  const mona = ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.com'];
  await github.git(project, ...mona, 'tag', '-a', '-m', 'Two', 'v2', 'main');
  github.addToken('ghp_reader', { [project]: 'read' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function latest(token = 'ghp_reader', of = project) {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${github.apiUrl}/repos/${of}/releases/latest`, { headers });
  return { status: response.status, json: (await response.json()) as ReturnType<typeof JSON.parse> };
}

test('the latest release is the one with the newest commit that is meant for everybody', async () => {
  expect(await latest()).toMatchObject({ status: 404, json: { message: 'Not Found' } });
  await github.addRelease(project, 'v2', { prerelease: true });
  await github.addRelease(project, 'v2', { draft: true });
  expect((await latest()).status).toBe(404);
  await github.addRelease(project, 'v1');
  const released = { tag_name: 'v1', draft: false, prerelease: false, created_at: '2026-01-01T00:00:00Z' };
  expect(await latest()).toMatchObject({ status: 200, json: released });
  await github.addRelease(project, 'v2');
  expect((await latest()).json).toMatchObject({ tag_name: 'v2', created_at: '2026-03-01T00:00:00Z' });
  await github.addRelease(project, 'v1');
  expect((await latest()).json.tag_name).toBe('v2');
});

test('a release needs a tag, and those who ask must see the repository', async () => {
  await expect(github.addRelease(project, 'v3')).rejects.toThrow('acme/widgets has no tag v3');
  await expect(github.addRelease(project, 'main')).rejects.toThrow('has no tag main');
  expect((await latest('')).status).toBe(404);
  expect((await latest('ghp_reader', 'acme/nothing')).status).toBe(404);
});
