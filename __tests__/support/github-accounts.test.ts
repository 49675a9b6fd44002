import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';

let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  github.addAccount({ login: 'Hubot', type: 'User' });
  await github.createRepository('acme/open', { visibility: 'public' });
  await github.createRepository('acme/secret');
  await github.createRepository('hubot/own', { visibility: 'public' });
  github.addToken('ghp_mona', {});
  github.addToken('ghp_hubot', {}, { account: 'hubot' });
  github.addToken('ghs_some', { '*': 'write' }, { kind: 'installation' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented.splice(0)]).toEqual([[], ['GET /users/acme/orgs']]);
});

async function get(path: string, token = '') {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${github.apiUrl}${path}`, { headers });
  return { status: response.status, json: (await response.json()) as ReturnType<typeof JSON.parse> };
}

test('says of everybody whether it is an organization or a user', async () => {
  const acme = { login: 'acme', type: 'Organization', public_repos: 1 };
  expect(await get('/users/ACME')).toMatchObject({ status: 200, json: acme });
  expect(await get('/users/hubot', 'ghs_some')).toMatchObject({ status: 200, json: { login: 'Hubot', type: 'User' } });
  expect(await get('/users/mona', 'ghp_hubot')).toMatchObject({ status: 200, json: { login: 'mona', type: 'User' } });
  expect(await get('/users/nobody')).toMatchObject({ status: 404, json: { message: 'Not Found' } });
  expect((await get('/users/acme', 'wrong')).status).toBe(401);
  expect((await get('/users/acme/orgs')).status).toBe(404);
});

test("shows a user's token whose it is, and nobody else", async () => {
  expect(await get('/user', 'ghp_mona')).toMatchObject({ status: 200, json: { login: 'mona', type: 'User' } });
  expect(await get('/user', 'ghp_hubot')).toMatchObject({ status: 200, json: { login: 'Hubot', public_repos: 1 } });
  const refused = { status: 403, json: { message: 'Resource not accessible by integration' } };
  expect(await get('/user', 'ghs_some')).toMatchObject(refused);
  expect(await get('/user')).toMatchObject({ status: 401, json: { message: 'Requires authentication' } });
  expect(await get('/user', 'wrong')).toMatchObject({ status: 401, json: { message: 'Bad credentials' } });
});

test('names the owner of a repository as what it is', async () => {
  const { json: ofUser } = await get('/repos/hubot/own');
  expect(ofUser.owner).toMatchObject({ login: 'hubot', type: 'User' });
  expect(ofUser.organization).toBeUndefined();
  const { json } = await get('/repos/acme/open');
  expect(json).toMatchObject({ owner: { type: 'Organization' }, organization: { login: 'acme' } });
  github.addAccount({ login: 'acme', type: 'User' });
  expect((await get('/repos/acme/open')).json.owner.type).toBe('User');
});
