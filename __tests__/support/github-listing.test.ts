import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';

let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  github.addAccount({ login: 'mona', type: 'User' });
  github.addAccount({ login: 'hubot', type: 'User' });
  const files = { 'README.md': 'r\n' };
  await github.createRepository('acme/widgets', { files, visibility: 'public', defaultBranch: 'trunk' });
  await github.createRepository('acme/Gadgets', { files, visibility: 'public', fork: true });
  await github.createRepository('acme/codex', { files });
  await github.createRepository('Acme/archive', { files, visibility: 'internal', archived: true });
  await github.createRepository('acme/empty');
  await github.createRepository('mona/open', { visibility: 'public' });
  await github.createRepository('mona/own', { files, size: 0 });
  await github.createRepository('hubot/shared');
  await github.createRepository('hubot/closed');
  const reads = { 'acme/codex': 'read', 'acme/archive': 'write' } as const;
  github.addToken('ghp_mona', { ...reads, 'mona/own': 'write', 'hubot/shared': 'read' }, { account: 'mona' });
  github.addToken('ghs_some', { ...reads, 'acme/widgets': 'read' }, { kind: 'installation' });
  github.addToken('ghs_all', { '*': 'read' }, { kind: 'installation' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function get(path: string, token = '') {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(path.startsWith('/') ? `${github.apiUrl}${path}` : path, { headers });
  const json = (await response.json()) as ReturnType<typeof JSON.parse>;
  const listed = (json.repositories ?? json) as Record<string, unknown>[];
  const names = Array.isArray(listed) ? listed.map(({ full_name: name }) => name) : [];
  const link = response.headers.get('link') ?? '';
  const to = (rel: string) => new RegExp(`<([^>]*)>; rel="${rel}"`).exec(link)?.[1];
  return { status: response.status, json, listed, names, to };
}

/** The names on each page, as whoever follows the links sees them. */
async function pages(path: string, token = ''): Promise<unknown[][]> {
  const { names, to } = await get(path, token);
  const next = to('next');
  return [names, ...(next === undefined ? [] : await pages(next, token))];
}

describe('an organization lists', () => {
  test.each<[string, string, string[]]>([
    ['what is public to everybody', '', ['acme/Gadgets', 'acme/widgets']],
    ['more to those who may see more', 'ghp_mona', ['Acme/archive', 'acme/codex', 'acme/Gadgets', 'acme/widgets']],
    [
      'to an installation what is public, too',
      'ghs_some',
      ['Acme/archive', 'acme/codex', 'acme/Gadgets', 'acme/widgets'],
    ],
    ['all', 'ghs_all', ['Acme/archive', 'acme/codex', 'acme/empty', 'acme/Gadgets', 'acme/widgets']],
  ])('%s', async (_, token, names) => {
    expect((await get('/orgs/ACME/repos?sort=full_name', token)).names).toEqual(names);
    expect(await pages('/orgs/acme/repos?sort=full_name&per_page=2', token)).toEqual(
      [names.slice(0, 2), names.slice(2, 4), names.slice(4)].filter((page) => page.length > 0),
    );
  });

  test('the newest first, unless told', async () => {
    expect((await get('/orgs/acme/repos')).names).toEqual(['acme/Gadgets', 'acme/widgets']);
    expect((await get('/orgs/acme/repos?direction=asc')).names).toEqual(['acme/widgets', 'acme/Gadgets']);
    const { names } = await get('/orgs/acme/repos', 'ghs_all');
    expect(names).toEqual(['acme/empty', 'Acme/archive', 'acme/codex', 'acme/Gadgets', 'acme/widgets']);
  });

  test('what is of the type asked for', async () => {
    const ofType = async (type: string) => (await get(`/orgs/acme/repos?type=${type}`, 'ghp_mona')).names;
    expect(await ofType('forks')).toEqual(['acme/Gadgets']);
    expect(await ofType('private')).toEqual(['Acme/archive', 'acme/codex']);
    expect(await ofType('public')).toEqual(['acme/Gadgets', 'acme/widgets']);
    expect(await ofType('sources')).toEqual(['Acme/archive', 'acme/codex', 'acme/widgets']);
  });

  test('what one must know of each', async () => {
    const { listed } = await get('/orgs/acme/repos?sort=full_name', 'ghs_all');
    const [archive, codex, empty, gadgets, widgets] = listed;
    expect(archive).toMatchObject({ archived: true, private: true, visibility: 'internal', disabled: false });
    expect(codex).toMatchObject({ archived: false, fork: false, private: true, size: 1, permissions: { push: false } });
    expect(empty).toMatchObject({ size: 0, default_branch: 'main' });
    expect(gadgets).toMatchObject({ fork: true });
    expect(widgets).toMatchObject({ private: false, visibility: 'public', default_branch: 'trunk', fork: false });
    expect((await get('/orgs/acme/repos')).listed[0]?.permissions).toBeUndefined();
    expect((await get('/orgs/acme/repos', 'ghp_mona')).listed[0]).toMatchObject({ permissions: { push: true } });
  });

  test('nothing when it is a user, or nobody', async () => {
    for (const login of ['mona', 'nobody']) expect((await get(`/orgs/${login}/repos`, 'ghs_all')).status).toBe(404);
  });
});

test('leads to the first, next and last page, by the number of the owner', async () => {
  const path = '/orgs/acme/repos?sort=full_name&per_page=2';
  const second = await get(`${path}&page=2`, 'ghs_all');
  const { id } = (await get('/users/acme')).json;
  const page = (number: number) =>
    `${github.apiUrl}/organizations/${id}/repos?sort=full_name&per_page=2&page=${number}`;
  const links = ['first', 'prev', 'next', 'last'].map(second.to);
  expect(links).toEqual([page(1), page(1), page(3), page(3)]);
  expect(await get(`${path}&page=4`, 'ghs_all')).toMatchObject({ status: 200, json: [] });
  expect((await get('/orgs/acme/repos', 'ghs_all')).to('next')).toBeUndefined();
});

test('has 30 on a page, and never more than 100', async () => {
  for (let number = 0; number < 101; number++)
    await github.createRepository(`many/r${number}`, { visibility: 'public' });
  const lengths = async (query: string) => (await pages(`/orgs/many/repos${query}`)).map(({ length }) => length);
  expect(await lengths('')).toEqual([30, 30, 30, 11]);
  expect(await lengths('?per_page=100')).toEqual([100, 1]);
  expect(await lengths('?per_page=1000')).toEqual([100, 1]);
  expect(new Set((await pages('/orgs/many/repos?per_page=60')).flat()).size).toBe(101);
  for (let number = 0; number < 101; number++) await github.deleteRepository(`many/r${number}`);
});

describe('a user', () => {
  test('shows the public ones, to himself as to everybody', async () => {
    for (const token of ['', 'ghp_mona', 'ghs_all']) {
      expect((await get('/users/Mona/repos', token)).names).toEqual(['mona/open']);
    }
    expect((await get('/users/acme/repos', 'ghs_all')).names).toEqual(['acme/Gadgets', 'acme/widgets']);
    expect(await pages('/users/acme/repos?per_page=1')).toEqual([['acme/Gadgets'], ['acme/widgets']]);
    expect((await get('/users/nobody/repos')).status).toBe(404);
  });

  test('lists his own, and those that he was let into', async () => {
    const names = async (query: string) => (await get(`/user/repos${query}`, 'ghp_mona')).names;
    expect(await names('')).toEqual(['Acme/archive', 'acme/codex', 'hubot/shared', 'mona/open', 'mona/own']);
    expect(await names('?affiliation=owner')).toEqual(['mona/open', 'mona/own']);
    expect(await names('?type=owner')).toEqual(['mona/open', 'mona/own']);
    expect(await names('?affiliation=owner&visibility=private')).toEqual(['mona/own']);
    expect(await names('?affiliation=collaborator')).toEqual(['hubot/shared']);
    expect(await names('?affiliation=owner,organization_member&direction=desc')).toEqual([
      'mona/own',
      'mona/open',
      'acme/codex',
      'Acme/archive',
    ]);
    const own = await pages('/user/repos?affiliation=owner&per_page=1', 'ghp_mona');
    expect(own).toEqual([['mona/open'], ['mona/own']]);
    expect((await get('/user/repos?affiliation=owner', 'ghp_mona')).listed[1]).toMatchObject({ size: 0 });
  });

  test('is asked for one thing at a time, and himself', async () => {
    expect((await get('/user/repos?type=owner&affiliation=owner', 'ghp_mona')).status).toBe(422);
    expect((await get('/user/repos')).status).toBe(401);
    const refused = { status: 403, json: { message: 'Resource not accessible by integration' } };
    expect(await get('/user/repos', 'ghs_all')).toMatchObject(refused);
  });
});

describe('an installation', () => {
  test('lists what its token was made for, and says how many', async () => {
    const names = ['Acme/archive', 'acme/codex', 'acme/widgets'];
    const first = await get('/installation/repositories?per_page=2', 'ghs_some');
    expect(first.json).toMatchObject({ total_count: 3, repository_selection: 'selected' });
    expect(first.listed).toMatchObject([{ permissions: { push: true } }, { permissions: { push: false, pull: true } }]);
    expect(first.to('last')).toBe(`${github.apiUrl}/installation/repositories?per_page=2&page=2`);
    expect(await pages('/installation/repositories?per_page=2', 'ghs_some')).toEqual([
      names.slice(0, 2),
      names.slice(2),
    ]);
    expect((await get('/installation/repositories?page=2', 'ghs_some')).json).toMatchObject({
      total_count: 3,
      repositories: [],
    });
  });

  test('is none of a user, nor of nobody', async () => {
    const answer = await get('/installation/repositories', 'ghp_mona');
    expect(answer).toMatchObject({
      status: 403,
      json: { message: expect.stringContaining('installation access token') },
    });
    expect((await get('/installation/repositories')).status).toBe(401);
    expect((await get('/installation/repositories', 'wrong')).status).toBe(401);
  });
});
