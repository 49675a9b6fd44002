import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { gitText } from './git.ts';
import { type LocalGitHub, startGitHub } from './github.ts';

const project = 'Acme/Widgets';
const large = 'ü'.repeat(300_000);
let github: LocalGitHub;
let [first, tip] = ['', ''];

beforeAll(async () => {
  github = await startGitHub();
  const files = {
    '.fractary/codex.yaml': 'env: test\n',
    'docs/a b.md': 'deep\n',
    'picture.png': Buffer.from([137, 0, 255]),
    large,
  };
  await github.createRepository(project, { files, visibility: 'internal', defaultBranch: 'trunk' });
  await github.createRepository('acme/empty');
  await github.createRepository('acme/secret', { files: { a: 'a' } });
  await github.createRepository('acme/open', { visibility: 'public', archived: true, files: { a: 'a' } });
  first = await github.git(project, 'rev-parse', 'trunk');
  const stream = [
    'commit refs/heads/trunk',
    'committer Hubot <hubot@example.com> 1769918400 -0530',
    'data 14\nSecond\n\nAgain\n',
    `from ${first}`,
    'M 120000 inline link\ndata 11\ndocs/a b.md',
    `M 160000 ${'5'.repeat(40)} module`,
    'done\n',
  ];
  await gitText(github.directory(project), ['fast-import', '--quiet', '--done'], { input: stream.join('\n') });
  tip = await github.git(project, 'rev-parse', 'trunk');
  const tagger = ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.com'];
  await github.git(project, ...tagger, 'tag', '-a', '-m', 'Released', 'v1', first);
  github.addToken('reader', { [project]: 'read', 'acme/empty': 'write' });
  const permissions = { pull_requests: 'read' } as const;
  github.addToken('pulls', { [project]: 'write', 'acme/open': 'write' }, { kind: 'installation', permissions });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function ask(query: unknown, variables?: object, token = 'reader') {
  const headers: Record<string, string> = token === '' ? {} : { authorization: `bearer ${token}` };
  const init = { method: 'POST', headers, body: JSON.stringify({ query, variables }) };
  const response = await fetch(github.apiUrl.replace(/v3$/, 'graphql'), init);
  return { status: response.status, json: (await response.json()) as ReturnType<typeof JSON.parse> };
}

/** What a field of the project says. */
async function field(selection: string) {
  const { status, json } = await ask(`{ repository(owner: "acme", name: "widgets") { ${selection} } }`);
  expect({ status, errors: json.errors }).toEqual({ status: 200, errors: undefined });
  return json.data.repository;
}

test("is where GitHub's own client looks for it, with its variables and aliases", async () => {
  github.clearRequests();
  const client = new Octokit({ auth: 'reader', baseUrl: github.apiUrl });
  const query = `query ($owner: String!, $name: String!) {
      codex: repository(owner: $owner, name: $name) {
        nameWithOwner visibility isArchived
        defaultBranchRef { name target { oid } }
        object(expression: "HEAD:.fractary/codex.yaml") {
          __typename oid
          ... on Blob { text isTruncated isBinary byteSize }
          ... on Commit { committedDate }
          ... on Tree { entries { name } }
        }
        head: object(expression: "HEAD") { __typename oid }
      }
    }`;
  const found = await client.graphql(query, { owner: 'ACME', name: 'widgets' });
  expect(found).toEqual({
    codex: {
      nameWithOwner: project,
      visibility: 'INTERNAL',
      isArchived: false,
      defaultBranchRef: { name: 'trunk', target: { oid: tip } },
      object: {
        __typename: 'Blob',
        oid: await github.git(project, 'rev-parse', 'HEAD:.fractary/codex.yaml'),
        text: 'env: test\n',
        isTruncated: false,
        isBinary: false,
        byteSize: 10,
      },
      head: { __typename: 'Commit', oid: tip },
    },
  });
  expect(github.requests).toMatchObject([{ kind: 'api', method: 'POST', path: '/api/graphql', status: 200 }]);
  expect(JSON.parse(github.requests[0]?.body ?? '').variables).toEqual({ owner: 'ACME', name: 'widgets' });
});

describe('objects', () => {
  const show = async (expression: string, selection = '__typename ... on Blob { text }') =>
    (await field(`object(expression: ${JSON.stringify(expression)}) { ${selection} }`)).object;

  test('are what git finds by an expression, links as they are; a submodule and what is missing are nothing', async () => {
    expect(await show('trunk:docs/a b.md')).toEqual({ __typename: 'Blob', text: 'deep\n' });
    expect(await show('HEAD:link')).toEqual({ __typename: 'Blob', text: 'docs/a b.md' });
    expect(await show('HEAD:docs')).toEqual({ __typename: 'Tree' });
    expect(await show('HEAD^{commit}')).toEqual({ __typename: 'Commit' });
    expect(await show(first)).toEqual({ __typename: 'Commit' });
    expect(await show('v1')).toEqual({ __typename: 'Tag' });
    for (const missing of ['HEAD:module', 'HEAD:none', 'none:a', '--help', '', `${first}\nHEAD`, '5'.repeat(40)])
      expect(await show(missing)).toBeNull();
  });

  test('that are binary have no text, and of a long text 512,000 bytes are shown', async () => {
    const facts = '... on Blob { text isTruncated isBinary byteSize }';
    expect(await show('HEAD:picture.png', facts)).toEqual({
      text: null,
      isTruncated: false,
      isBinary: true,
      byteSize: 3,
    });
    const long = await show('HEAD:large', facts);
    expect(long).toMatchObject({ isTruncated: true, isBinary: false, byteSize: 600_000 });
    expect(long.text).toBe('ü'.repeat(256_000));
  });

  test('tell of a commit who it comes from, and of a tree what is in it', async () => {
    const commit =
      '... on Commit { committedDate message messageHeadline tree { oid } parents(first: 1) { totalCount nodes { oid } } }';
    expect(await show('HEAD', commit)).toEqual({
      committedDate: '2026-02-01T04:00:00Z',
      message: 'Second\n\nAgain',
      messageHeadline: 'Second',
      tree: { oid: await github.git(project, 'rev-parse', 'HEAD^{tree}') },
      parents: { totalCount: 1, nodes: [{ oid: first }] },
    });
    const { entries } = await show('HEAD:', '... on Tree { entries { name path mode type object { __typename } } }');
    expect(entries).toMatchObject([
      { name: '.fractary', mode: 0o040000, type: 'tree', object: { __typename: 'Tree' } },
      { name: 'docs' },
      { name: 'large', mode: 0o100644, type: 'blob', object: { __typename: 'Blob' } },
      { name: 'link', mode: 0o120000, type: 'blob' },
      { name: 'module', mode: 0o160000, type: 'commit', object: null },
      { name: 'picture.png' },
    ]);
    expect((await show('HEAD:docs', '... on Tree { entries { path } }')).entries).toEqual([{ path: 'docs/a b.md' }]);
  });
});

test('refs are found by full and by short name, a tag with the object that it is', async () => {
  const ref = async (name: string) =>
    (
      await field(
        `ref(qualifiedName: "${name}") { name prefix target { __typename oid ... on Tag { target { oid } } } }`,
      )
    ).ref;
  const trunk = { name: 'trunk', prefix: 'refs/heads/', target: { __typename: 'Commit', oid: tip } };
  for (const name of ['refs/heads/trunk', 'heads/trunk', 'trunk']) expect(await ref(name)).toEqual(trunk);
  expect(await ref('refs/tags/v1')).toMatchObject({
    name: 'v1',
    prefix: 'refs/tags/',
    target: { __typename: 'Tag', target: { oid: first } },
  });
  for (const name of ['refs/heads/tru', 'none', 'refs/heads/*']) expect(await ref(name)).toBeNull();
});

test('an empty repository has no default branch yet', async () => {
  const query = `{ repository(owner: "acme", name: "empty") {
    isEmpty viewerPermission defaultBranchRef { name } object(expression: "HEAD:a") { oid } } }`;
  const repository = { isEmpty: true, viewerPermission: 'WRITE', defaultBranchRef: null, object: null };
  expect((await ask(query)).json).toEqual({ data: { repository } });
});

describe('errors come', () => {
  const one =
    '{ one: repository(owner: "acme", name: "secret") { name } two: repository(owner: "acme", name: "open") { isArchived } }';

  test('with the data, for a repository that the token may not see', async () => {
    const { status, json } = await ask(one);
    expect(status).toBe(200);
    expect(json).toEqual({
      data: { one: null, two: { isArchived: true } },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['one'],
          locations: [{ line: 1, column: 3 }],
          message: "Could not resolve to a Repository with the name 'acme/secret'.",
        },
      ],
    });
  });

  test('with the data, for what a permission is missing', async () => {
    const query = `query ($name: String!) { repository(owner: "acme", name: $name) {
      visibility defaultBranchRef { name } object(expression: "HEAD") { oid } } }`;
    const { status, json } = await ask(query, { name: 'widgets' }, 'pulls');
    expect(status).toBe(200);
    expect(json.data.repository).toEqual({ visibility: 'INTERNAL', defaultBranchRef: null, object: null });
    const message = 'Resource not accessible by integration';
    const forbidden = { type: 'FORBIDDEN', extensions: { saml_failure: false }, message };
    expect(json.errors).toMatchObject([
      { ...forbidden, path: ['repository', 'defaultBranchRef'] },
      { ...forbidden, path: ['repository', 'object'] },
    ]);
    const open = await ask(query, { name: 'open' }, 'pulls');
    expect(open.json).toMatchObject({ data: { repository: { defaultBranchRef: { name: 'main' } } } });
  });

  test('without data for a query that the schema does not allow, which is remembered', async () => {
    const queries = [
      '{ repository(owner: "acme", name: "widgets") { stars } }',
      '{',
      '{ repository(name: "a") { name } }',
    ];
    for (const query of queries) {
      const { status, json } = await ask(query);
      expect(status).toBe(200);
      expect(json).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
    }
    expect(github.undocumented.splice(0)).toEqual([
      expect.stringContaining('Cannot query field "stars" on type "Repository"'),
      expect.stringContaining('Syntax Error'),
      expect.stringContaining('is required, but it was not provided'),
    ]);
    const unbounded =
      '{ repository(owner: "acme", name: "widgets") { object(expression: "HEAD") { ... on Commit { parents { totalCount } } } } }';
    expect((await ask(unbounded)).json.errors).toMatchObject([{ type: 'MISSING_PAGINATION_BOUNDARIES' }]);
  });

  test('instead of an answer for those whom GitHub does not know', async () => {
    expect(await ask(one, {}, 'wrong')).toMatchObject({ status: 401, json: { message: 'Bad credentials' } });
    expect((await ask(one, {}, '')).status).toBe(401);
    expect((await ask(7)).status).toBe(400);
    expect((await fetch(github.apiUrl.replace(/v3$/, 'graphql'))).status).toBe(404);
  });
});

test('faults strike it as they do everything else', async () => {
  const limited = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] };
  github.fault({ match: /^POST \/api\/graphql$/, tamper: () => limited });
  github.fault({ match: /graphql/, status: 502 });
  expect((await ask('{ __typename }')).json).toEqual(limited);
  expect(await ask('{ __typename }').catch(() => 'no JSON')).toBe('no JSON');
  expect((await ask('{ __typename }')).json).toEqual({ data: { __typename: 'Query' } });
});
