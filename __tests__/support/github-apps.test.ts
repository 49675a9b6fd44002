import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';

const key = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const [own, other] = [key().toString(), key().toString()];
const now = () => Math.floor(Date.now() / 1000);
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  for (const name of ['acme/codex', 'acme/widgets', 'acme/secret', 'other/codex']) await github.createRepository(name);
  const permissions = { contents: 'write', metadata: 'read' } as const;
  const repositories = ['acme/codex', 'Acme/Widgets'];
  github.addApp({ id: 7, privateKey: own, installations: [{ owner: 'acme', permissions, repositories }] });
  github.addApp({ id: 8, privateKey: own, installations: [{ owner: 'acme', permissions: { contents: 'read' } }] });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

function jwt(claims: object = {}, privateKey = own, alg = 'RS256'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg, typ: 'JWT' })}.${part({ iss: 7, iat: now() - 30, exp: now() + 300, ...claims })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
}

async function ask(path: string, token = jwt(), body?: object) {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${github.apiUrl}${path}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, json: (await response.json()) as ReturnType<typeof JSON.parse> };
}

const mint = (body: object, token = jwt(), installation = 700) =>
  ask(`/app/installations/${installation}/access_tokens`, token, body);

describe('an App is known by its JWT', () => {
  test.each<[string, string, number, string]>([
    ['by number', jwt(), 200, ''],
    ['by number as text', jwt({ iss: '7' }), 200, ''],
    ['by client ID', jwt({ iss: 'Iv23li7' }), 200, ''],
    ['not signed by its key', jwt({}, other), 401, 'could not be decoded'],
    ['of another algorithm', jwt({}, own, 'none'), 401, 'could not be decoded'],
    ['that is none', 'ghs_token', 401, 'could not be decoded'],
    ['of nobody', jwt({ iss: 9 }), 404, 'Integration not found'],
    ['that is over', jwt({ exp: now() - 1 }), 401, "('exp') must be"],
    ['that lasts too long', jwt({ exp: now() + 700 }), 401, "('exp') is too far in the future"],
    ['of the future', jwt({ iat: now() + 60 }), 401, "('iat') must be"],
  ])('%s', async (_, token, status, words) => {
    const answer = await ask('/app', token);
    expect(answer).toMatchObject({ status, json: status === 200 ? { id: 7, slug: 'app-7' } : {} });
    expect(`${answer.json.message ?? ''}`).toContain(words);
  });

  test('which opens nothing else', async () => {
    expect((await ask('/repos/acme/codex')).status).toBe(401);
  });
});

test('finds an installation by repository and by owner', async () => {
  const found = { status: 200, json: { id: 700, app_id: 7, account: { login: 'acme' }, suspended_at: null } };
  expect(await ask('/repos/ACME/codex/installation')).toMatchObject(found);
  expect(await ask('/users/acme/installation')).toMatchObject(found);
  for (const path of ['/repos/acme/secret', '/repos/other/codex', '/repos/acme/none', '/users/other']) {
    expect((await ask(`${path}/installation`)).status).toBe(404);
  }
});

describe('a token', () => {
  test('opens what was asked for, and no more', async () => {
    const { status, json } = await mint({ repositories: ['codex'], permissions: { contents: 'read' } });
    expect(status).toBe(201);
    expect(json).toMatchObject({ permissions: { contents: 'read' }, repositories: [{ full_name: 'acme/codex' }] });
    const { token, expires_at: end } = json;
    expect(Math.abs(Date.parse(end) - Date.now() - 3_600_000)).toBeLessThan(5000);
    expect((await ask('/repos/acme/codex', token)).json.permissions).toMatchObject({ pull: true, push: false });
    expect((await ask('/repos/acme/widgets', token)).status).toBe(404);
  });

  test('opens all that the installation does, unless told', async () => {
    const { token } = (await mint({})).json;
    expect((await ask('/repos/acme/widgets', token)).json.permissions.push).toBe(true);
    expect((await ask('/repos/acme/secret', token)).status).toBe(404);
  });

  test.each<[string, object, number, string]>([
    ['a repository that is not selected', { repositories: ['secret'] }, 422, 'at least one repository'],
    ['a permission that was not granted', { permissions: { issues: 'read' } }, 422, 'not granted to this installation'],
    ['a permission that does not exist', { permissions: { contents: 'admin' } }, 422, 'Invalid request'],
  ])('is not made for %s', async (_, body, status, words) => {
    const answer = await mint(body);
    expect(answer).toMatchObject({ status, json: { message: expect.stringContaining(words) } });
  });

  test('is not made for more than was granted, nor by another App', async () => {
    const asked = { permissions: { contents: 'write' } };
    expect((await mint(asked, jwt({ iss: 8 }), 800)).status).toBe(422);
    expect((await mint(asked, jwt({ iss: 8 }), 700)).status).toBe(404);
  });

  test('is not known when it is over, or revoked', async () => {
    const permissions = { contents: 'read' } as const;
    github.addApp({ id: 10, privateKey: own, installations: [{ owner: 'acme', permissions }], lifetime: 0 });
    const over = (await mint({}, jwt({ iss: 10 }), 1000)).json;
    expect((await ask('/repos/acme/codex', over.token)).status).toBe(401);
    const { token } = (await mint({})).json;
    github.revokeToken(token);
    expect((await ask('/repos/acme/codex', token)).status).toBe(401);
  });
});

describe('a token that is made for no repository in particular', () => {
  const names = async (token: string) => {
    const { json } = await ask('/installation/repositories', token);
    const listed = json.repositories.map(({ full_name: name }: { full_name: string }) => name);
    return { total: json.total_count, selection: json.repository_selection, listed };
  };

  test('opens all that the installation is for, also what comes later', async () => {
    const permissions = { contents: 'write', metadata: 'read' } as const;
    github.addApp({ id: 11, privateKey: own, installations: [{ owner: 'Acme', permissions }] });
    const { json } = await mint({ permissions: { contents: 'read' } }, jwt({ iss: 11 }), 1100);
    expect(json).toMatchObject({ repository_selection: 'all' });
    expect(json.repositories).toBeUndefined();
    const listed = ['acme/codex', 'acme/secret', 'acme/widgets'];
    expect(await names(json.token)).toEqual({ total: 3, selection: 'all', listed });
    await github.createRepository('acme/late');
    await github.createRepository('other/late');
    expect((await names(json.token)).listed).toEqual(['acme/codex', 'acme/late', 'acme/secret', 'acme/widgets']);
    expect((await ask('/repos/acme/late', json.token)).json.permissions).toMatchObject({ pull: true, push: false });
    expect((await ask('/repos/other/late', json.token)).status).toBe(404);
    for (const one of [{ repositories: ['late'] }, { repository_ids: [github.repository('acme/late').id] }]) {
      const { token } = (await mint(one, jwt({ iss: 11 }), 1100)).json;
      expect(await names(token)).toEqual({ total: 1, selection: 'selected', listed: ['acme/late'] });
    }
  });

  test('opens no more than was selected for the installation', async () => {
    const { json } = await mint({});
    expect(json).toMatchObject({ repository_selection: 'selected' });
    await github.createRepository('acme/open', { visibility: 'public' });
    expect((await names(json.token)).listed).toEqual(['acme/codex', 'acme/widgets']);
    expect((await ask('/repos/acme/open', json.token)).status).toBe(200);
  });
});

test('is installed by users, too', async () => {
  github.addAccount({ login: 'mona', type: 'User' });
  const permissions = { contents: 'read' } as const;
  github.addApp({ id: 12, privateKey: own, installations: [{ owner: 'mona', permissions }] });
  const { json } = await ask('/users/mona/installation', jwt({ iss: 12 }));
  expect(json).toMatchObject({ target_type: 'User', account: { login: 'mona', type: 'User' } });
});

test('an installation for a repository stays so when that is renamed, but not when another owner has it', async () => {
  await github.createRepository('acme/first');
  const permissions = { contents: 'read' } as const;
  github.addApp({
    id: 13,
    privateKey: own,
    installations: [{ owner: 'acme', permissions, repositories: ['acme/first'] }],
  });
  const token = jwt({ iss: 13 });
  github.renameRepository('acme/first', 'acme/second');
  // The client follows the redirect.
  for (const name of ['first', 'second'])
    expect((await ask(`/repos/acme/${name}/installation`, token)).json.id).toBe(1300);
  const { json } = await mint({}, token, 1300);
  expect((await ask('/repos/acme/second', json.token)).status).toBe(200);
  github.renameRepository('acme/second', 'other/second');
  expect((await ask('/repos/acme/first/installation', token)).status).toBe(404);
  expect((await ask('/repos/other/second', json.token)).status).toBe(404);
});
