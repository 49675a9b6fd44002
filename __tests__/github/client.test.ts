import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { askService, type Client, createClient, ITEMS, plainToken, readPages } from '../../src/github/client.ts';
import { createCodexApi } from '../../src/github/codex-api.ts';
import { failRequest } from '../../src/github/failures.ts';
import { createOrganizationApi } from '../../src/github/organization-api.ts';
import { createProjectApi } from '../../src/github/project-api.ts';
import { blobId, branchName, treeId } from '../../src/text/ids.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers as it is told, and remembers what it was asked. */
async function serve() {
  const asked: { method: string; url: string; authorization: string | undefined; body: string }[] = [];
  const state: { answer: Answer } = { answer: (_, response) => response.end() };
  const server: Server = createServer(async (request, response) => {
    const { method = '', url = '' } = request;
    const body = (await request.toArray()).join('');
    asked.push({ method, url, authorization: request.headers.authorization, body });
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, state, server };
}

const [github, elsewhere] = [await serve(), await serve()];
const repository = 'acme/codex';
let client: Client;

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

beforeEach(() => {
  github.asked.length = 0;
  elsewhere.asked.length = 0;
  elsewhere.state.answer = (_, response) => json(response, { full_name: 'evil/codex' });
  const nothing = () => undefined;
  client = createClient(plainToken('ghp_secret'), { apiUrl: github.url, debug: nothing, warn: nothing });
});
afterAll(() => {
  for (const { server } of [github, elsewhere]) {
    server.closeAllConnections();
    server.close();
  }
});

const api = () => createCodexApi(client, { repository, by: 'token' }, async () => ({ kind: 'unknown' }));
const body = { full_name: 'acme/codex', default_branch: 'main', private: true, archived: false };

describe('a redirect', () => {
  test.each([301, 302, 307, 308])('inside of the API is followed with the token (%i)', async (status) => {
    github.state.answer = ({ url }, response) =>
      url === '/repos/acme/codex' ? json(response, {}, status, { Location: '/repositories/1' }) : json(response, body);
    expect(await api().readRepository()).toMatchObject({ fullName: 'acme/codex' });
    expect(github.asked.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/repos/acme/codex', 'token ghp_secret'],
      ['/repositories/1', 'token ghp_secret'],
    ]);
  });

  test('of a question that changes something repeats it, as GitHub asks for', async () => {
    github.state.answer = ({ url }, response) =>
      url?.startsWith('/repos/')
        ? json(response, {}, 307, { Location: '/repositories/1/git/refs' })
        : json(response, {});
    expect(await api().tryCreateBranch(branchName('test'), 'a'.repeat(40))).toBeUndefined();
    const [first, second] = github.asked;
    expect(second).toEqual({ ...first, url: '/repositories/1/git/refs' });
    expect(second?.body).toContain('refs/heads/test');
  });

  test.each([301, 302, 303, 307, 308])(
    'to another server is not followed, nor asked for again (%i)',
    async (status) => {
      github.state.answer = (_, response) =>
        json(response, {}, status, { Location: `${elsewhere.url}/repos/acme/codex` });
      const host = github.url.replace('http://', '');
      await expect(api().readRepository()).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining(
          `GitHub's API (${host}) leads to another server, ${elsewhere.url}, and no token`,
        ),
      });
      expect([github.asked.length, elsewhere.asked]).toEqual([1, []]);
    },
  );

  test.each([
    ['without end', '/again', 'redirects without end'],
    ['to nowhere', 'http://', 'a redirect to nowhere'],
  ])('%s ends', async (_, location, words) => {
    github.state.answer = (_request, response) => json(response, {}, 302, { Location: location });
    await expect(api().readRepository()).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining(words),
    });
  });

  test.each([
    ['a repository that was renamed', '/acme/new.git/info/refs?service=git-upload-pack', 'acme/new'],
    ['another server', 'https://evil.example/acme/codex/info/refs', 'https://evil.example'],
    ['another page', '/login', undefined],
  ])('of git is not followed, and tells the place: %s', async (_, location, place) => {
    github.state.answer = (_request, response) => void response.writeHead(301, { Location: location }).end();
    const answer = await askService(`${github.url}/acme/codex`, plainToken('ghp_secret'), 'git-upload-pack');
    expect(answer).toEqual({ kind: 'moved', movedTo: place ?? github.url });
    expect(github.asked).toHaveLength(1);
  });
});

test.each([200, 401, 403, 404, 500, 302])(
  'git that is answered %i without a place was not redirected',
  async (status) => {
    github.state.answer = (_, response) => void response.writeHead(status).end();
    const answer = await askService(`${github.url}/acme/codex`, plainToken('ghp_secret'), 'git-receive-pack');
    expect(answer).toEqual({
      kind: { 200: 'served', 401: 'unknown token', 403: 'refused', 404: 'refused' }[status] ?? 'unknown',
    });
  },
);

describe('a token that the organization wants authorized for its single sign-on', () => {
  const host = github.url.replace('http://', '');
  const sso = `https://${host}/orgs/acme/sso?authorization_request=AZSCKtL4U8yX1H3sCQIVnVgmjmon5fWxks5YrqhJgah0b2tlbl9pZM4EuMz4`;
  const message = 'Resource protected by organization SAML enforcement. You must grant your token access.';
  const refuse = (headers: Record<string, string>, says = message) => {
    github.state.answer = (_, response) => json(response, { message: says }, 403, headers);
    return api()
      .readRepository()
      .then(
        () => '',
        (error: Error) => error.message,
      );
  };

  test('is told the address that GitHub names', async () => {
    expect(await refuse({ 'X-GitHub-SSO': `required; url=${sso}` }, 'No.')).toBe(
      'GitHub refused the token in "token" for acme/codex (403: No.). Its owner has to authorize it for the single sign-on of the organization, ' +
        `within an hour at ${sso}; then run this again.`,
    );
  });

  test.each([
    ['another server', 'https://evil.example/orgs/acme/sso?authorization_request=AZ'],
    ['another one that begins alike', `https://${host}.evil.example/orgs/acme/sso`],
    ['a user before the server', `https://${host}@evil.example/orgs/acme/sso`],
    ['an open connection', sso.replace('https:', 'http:')],
    ['another page', `https://${host}/login/oauth/authorize?client_id=1`],
    ['odd characters', `${sso}"><script>`],
    ['nothing', ''],
  ])('is not told an address of %s', async (_, url) => {
    const told = await refuse({ 'X-GitHub-SSO': `required; url=${url}` });
    expect(told).toContain('Configure SSO');
    expect(told).not.toContain('://');
  });

  test('is told so by the words alone, too; any other refusal is one of permissions', async () => {
    expect(await refuse({})).toContain('Configure SSO');
    expect(await refuse({}, 'No.')).toContain('"Contents: read and write"');
    expect(await refuse({ 'X-GitHub-SSO': 'partial-results; organizations=1' }, 'No.')).not.toContain('SSO');
  });

  test('github.com is the server of api.github.com', () => {
    const url = 'https://github.com/orgs/acme/sso?authorization_request=AZ';
    const response = {
      headers: { 'x-github-sso': `required; url=${url}` },
      url: 'https://api.github.com/repos/acme/codex',
    };
    const error = Object.assign(new Error(message), { status: 403, response });
    expect(() => failRequest(error, { repository, by: 'token' })).toThrow(`at ${url};`);
  });
});

describe('a list', () => {
  const item = (name: string) => ({ full_name: `acme/${name}`, name, private: false, fork: false });
  const organization = () => createOrganizationApi(client, 'acme', 'person', 'token');
  let pages: (page: number) => { items: unknown; next: string | undefined };
  beforeEach(() => {
    github.state.answer = ({ url = '' }, response) => {
      if (url.startsWith('/users/')) return json(response, { id: 1, type: 'Organization' });
      const { items, next } = pages(Number(new URL(url, github.url).searchParams.get('page') ?? 1));
      json(response, items, 200, next === undefined ? {} : { Link: `<${next}>; rel="next"` });
    };
  });
  const page = (number: number) => `${github.url}/organizations/1/repos?page=${number}`;

  test('is read to its last page', async () => {
    pages = (number) => ({ items: [item(`r${number}`)], next: number < 3 ? page(number + 1) : undefined });
    const names = (await organization().listRepositories()).map(({ name }) => name);
    expect(names).toEqual(['r1', 'r2', 'r3']);
  });

  test('whose next page is on another server is not read there', async () => {
    pages = () => ({ items: [item('r')], next: `${elsewhere.url}/organizations/1/repos?page=2` });
    await expect(organization().listRepositories()).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('leads to another server'),
    });
    expect(elsewhere.asked).toEqual([]);
  });

  test('of pages that are all the same ends', async () => {
    pages = (number) => ({ items: [item('r')], next: page(number + 1) });
    await expect(organization().listRepositories()).rejects.toMatchObject({
      code: 'remote-failed',
      message: "GitHub's list of the repositories of acme repeats itself. Run it again later.",
    });
    expect(github.asked.length).toBeLessThan(5);
  });

  test.each<[string, (number: number) => unknown[]]>([
    ['of pages that are all others', (number) => [item(`r${number}`)]],
    ['of empty pages', () => []],
  ])('%s ends', async (_, items) => {
    async function* endless() {
      for (let number = 1; ; number++) yield { url: page(number), data: items(number) };
    }
    const read = readPages(endless(), { name: 'things', item: ITEMS.repository, maxPages: 7 });
    await expect(read).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('does not end'),
    });
  });

  test('of something else is not used', async () => {
    pages = () => ({ items: [item('r'), null], next: undefined });
    await expect(organization().listRepositories()).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('/orgs/acme/repos cannot be used: it, at [1] is null'),
    });
  });

  test('of caches that never ends counts as not told', async () => {
    let number = 0;
    github.state.answer = (_, response) => {
      number += 1;
      const entries = { actions_caches: [{ key: `k${number}` }], total_count: 1 };
      json(response, entries, 200, { Link: `<${page(2)}>; rel="next"` });
    };
    expect(await createProjectApi(client, repository).tryCaches('codex/')).toBeUndefined();
    expect(github.asked).toHaveLength(101);
  });
});

describe('an answer that says it succeeded', () => {
  const id = 'a'.repeat(40);
  const project = () => createProjectApi(client, repository);
  const codex = {
    repository: () => api().readRepository(),
    branch: () => api().readBranch(branchName('test')),
    commit: () => api().readCommit(id),
    empty: () => api().isEmpty(),
    contains: () => api().contains(id, id),
    history: () => api().listCommits('a', id),
    folder: () => api().tryFolder('a', id),
    tree: () => api().tryTree(treeId(id)),
    text: () => api().readText(blobId(id)),
  };
  const bodies = [null, 0, 'text', true, [], [null], {}, { commit: null }, { tree: [null], content: 1, entries: [0] }];
  const told = new Set(['[] empty', '{} folder', '[] folder', '[null] folder', '{"commit":null} folder', '[] history']);
  test.each(Object.entries(codex).flatMap(([name, ask]) => bodies.map((given) => ({ name, given, ask }))))(
    'about the codex ($name) is used, or is one clear sentence: $given',
    async ({ name, given, ask }) => {
      github.state.answer = (_, response) => json(response, given);
      if (told.has(`${JSON.stringify(given)} ${name}`)) return void (await ask());
      await expect(ask()).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringMatching(
          /^GitHub's answer to \/repos\/acme\/codex\S* cannot be used: it.*\. Run it again/,
        ),
      });
      expect(github.asked.length).toBeLessThan(3);
    },
  );

  test.each(bodies)('about the project is told, or counts as not told: %j', async (given) => {
    github.state.answer = (_, response) => json(response, given);
    const { tryRepository, tryVisibility, tryRelation, tryCommitDate, hasBranch, tryPull, tryPullFiles } = project();
    const answers = [
      ...[await tryRepository(), await tryVisibility(), await tryRelation(id, id), await tryCommitDate(id)],
      await tryPull(1),
    ];
    expect(answers).toEqual(answers.map(() => undefined));
    expect(await hasBranch(branchName('main'))).toBe('unknown');
    expect(await tryPullFiles(1, 100)).toEqual(JSON.stringify(given) === '[]' ? [] : undefined);
  });
});
