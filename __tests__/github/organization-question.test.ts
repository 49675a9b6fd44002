import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, createClient, plainToken } from '../../src/github/client.ts';
import {
  askTogether,
  NO_REPOSITORIES,
  type OrganizationAnswer,
  type OrganizationQuestion,
} from '../../src/github/organization-question.ts';
import { hashBlob } from '../../src/text/bytes.ts';
import { branchName } from '../../src/text/ids.ts';

const [COMMIT, ROOT, FOLDER, OTHER] = ['c'.repeat(40), 'd'.repeat(40), 'f'.repeat(40), '0'.repeat(40)];
const [FILE, TREE, LINK] = [0o100644, 0o040000, 0o120000];
const [TEST, MAIN] = [branchName('test'), branchName('main')];
const [CONFIG, MANIFEST] = ['{"version": "3.0"}\n', '{"version": 2}\n'];
const QUESTION: OrganizationQuestion = {
  repositories: ['acme/one', 'acme/two'].map((fullName) => ({ fullName, defaultBranch: MAIN })),
  files: ['.fractary/codex.yaml', '.fractary/config.yaml'],
  codex: {
    ...{ fullName: 'docs/codex', branches: [TEST], documents: [] },
    ...{ folders: ['projects/one', 'projects/two'], manifestFile: '.manifest.json' },
  },
};

const file = (text: string, changes: object = {}) => ({
  ...{ oid: hashBlob(Buffer.from(text)), mode: FILE, type: 'blob', object: { text, isTruncated: false } },
  ...changes,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

function repository(nameWithOwner: string) {
  const entries = [{ nameRaw: base64('docs'), mode: TREE, type: 'tree', oid: OTHER }];
  const target = {
    ...{ oid: COMMIT, committedDate: '2026-11-22T11:00:00+01:00', tree: { oid: ROOT, entries } },
    ...{ file0: file(CONFIG), file1: null },
  };
  return {
    ...{ nameWithOwner, isArchived: false, isDisabled: false, isPrivate: true, visibility: 'INTERNAL' },
    defaultBranchRef: { name: 'main', target },
  };
}

type Changes = Readonly<Record<string, unknown>>;

/** GitHub's answer; a case replaces parts of it, at paths such as `project0.visibility`. */
function answer(changes: Changes = {}) {
  const folder = { oid: FOLDER, mode: TREE, type: 'tree' };
  const target = {
    ...{ oid: COMMIT, tree: { oid: ROOT, entries: [] } },
    ...{ folder0: folder, manifest0: file(MANIFEST), folder1: null, manifest1: null },
  };
  const data: Record<string, unknown> = {
    codex: { branch0: { name: 'test', prefix: 'refs/heads/', target } },
    ...{ project0: repository('acme/one'), project1: repository('acme/two') },
  };
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.');
    const last = parts.pop() as string;
    const parent = parts.reduce((part, name) => part[name] as Record<string, unknown>, data);
    parent[last] = value;
  }
  return { data };
}

let respond: (response: ServerResponse) => void;
let asked: { query: string; variables: Record<string, string> }[] = [];
const server: Server = createServer(async (request, response) => {
  asked.push(JSON.parse((await request.toArray()).join('')));
  respond(response);
});
let client: Client;

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  const silent = () => undefined;
  client = createClient(plainToken('x'), {
    ...{ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, debug: silent, warn: silent },
    sleep: async () => undefined,
  });
});

async function ask(body: unknown = answer(), status = 200): Promise<OrganizationAnswer> {
  respond = (response) => json(response, body, status);
  return askTogether(client, QUESTION, 300);
}

const ONE = {
  tip: { commit: COMMIT, tree: ROOT, date: '2026-11-22T10:00:00Z' },
  ...{ visibility: 'internal', archived: false, disabled: false },
  root: [{ mode: '040000', type: 'tree', id: OTHER, path: 'docs' }],
  files: new Map([['.fractary/codex.yaml', { mode: '100644', id: hashBlob(Buffer.from(CONFIG)), text: CONFIG }]]),
};
const known = ({ repositories }: OrganizationAnswer) => [...repositories.keys()];

test('one answer shows each repository, and the branch, folders and manifests of the codex', async () => {
  const { repositories, codex } = await ask();
  expect(repositories).toEqual(
    new Map([
      ['acme/one', ONE],
      ['acme/two', ONE],
    ]),
  );
  expect(codex.tips).toEqual(new Map([['test', { commit: COMMIT, tree: ROOT }]]));
  const blob = hashBlob(Buffer.from(MANIFEST));
  expect(codex.folders).toEqual(
    new Map([
      [`${COMMIT}:projects/one`, { found: { tree: FOLDER, files: new Map([['.manifest.json', blob]]) } }],
      [`${COMMIT}:projects/two`, { found: undefined }],
    ]),
  );
  expect(codex.texts).toEqual(new Map([[blob, MANIFEST]]));
  expect(asked).toHaveLength(1);
});

test('names and paths are variables, never a part of the query', async () => {
  await ask();
  const [{ query, variables } = { query: '', variables: {} }] = asked;
  expect(query).not.toMatch(/acme|projects\/|fractary/);
  expect(variables).toMatchObject({
    owner: 'docs',
    name: 'codex',
    owner0: 'acme',
    name1: 'two',
    branch0: 'refs/heads/test',
  });
});

const [FIRST, TARGET] = ['project0', 'project0.defaultBranchRef.target'];

describe('a repository is left out, and the others are not, where the answer', () => {
  test.each<[what: string, changes: Changes]>([
    ['does not show it', { [FIRST]: null }],
    ['lacks it', { [FIRST]: undefined }],
    ['shows one of another name', { [`${FIRST}.nameWithOwner`]: 'acme/new' }],
    ['shows another default branch', { [`${FIRST}.defaultBranchRef.name`]: 'trunk' }],
    ['shows no default branch, as in an empty one', { [`${FIRST}.defaultBranchRef`]: null }],
    ['shows no commit', { [TARGET]: null }],
    ['shows something other than a commit', { [TARGET]: {} }],
    ['shows another kind of id', { [`${TARGET}.oid`]: '--help' }],
    ['lacks the root', { [`${TARGET}.tree`]: undefined }],
    ['shows no entries of a vast root', { [`${TARGET}.tree.entries`]: null }],
    ['lacks the date', { [`${TARGET}.committedDate`]: undefined }],
    ['shows no date', { [`${TARGET}.committedDate`]: 'soon' }],
    ['lacks a file', { [`${TARGET}.file1`]: undefined }],
    ['shows a file with another kind of id', { [`${TARGET}.file1`]: file('', { oid: 'x' }) }],
  ])('%s', async (_, changes) => {
    expect(known(await ask(answer(changes)))).toEqual(['acme/two']);
  });

  test('has an error about it, even if it shows it: a part of it may be missing', async () => {
    const errors = [
      { type: 'FORBIDDEN', message: 'Resource not accessible', path: [FIRST, 'defaultBranchRef', 'target', 'file1'] },
    ];
    const found = await ask({ ...answer(), errors });
    expect(known(found)).toEqual(['acme/two']);
    expect(found.codex.tips.size).toBe(1);
  });
});

describe('of a file the text is left out where GitHub', () => {
  test.each<[what: string, changes: object]>([
    ['shortened it', { object: { text: CONFIG.slice(0, 4), isTruncated: true } }],
    ['shows another one', { object: { text: 'other', isTruncated: false } }],
    ['shows none', { object: { text: null, isTruncated: false } }],
    ['does not tell whether it is whole, as an older version', { object: { text: CONFIG } }],
    ['shows a link', { mode: LINK }],
  ])('%s', async (_, changes) => {
    const { repositories } = await ask(answer({ [`${TARGET}.file0`]: file(CONFIG, changes) }));
    expect(repositories.get('acme/one')?.files.get('.fractary/codex.yaml')).toMatchObject({
      id: hashBlob(Buffer.from(CONFIG)),
      text: undefined,
    });
  });
});

test.each<[what: string, changes: Changes, errors?: readonly object[]]>([
  ['may not be seen', { codex: null }, [{ type: 'NOT_FOUND', message: 'Could not resolve', path: ['codex'] }]],
  ['has an error', {}, [{ message: 'Timeout', path: ['codex', 'branch0', 'target', 'manifest0'] }]],
])('a codex that %s leaves the repositories as they are', async (...[, changes, errors]) => {
  const found = await ask({ ...answer(changes), errors });
  expect(known(found)).toEqual(['acme/one', 'acme/two']);
  expect(found.codex).toEqual(NO_REPOSITORIES.codex);
});

describe('nothing is known where the answer', () => {
  test.each<[what: string, body: unknown, status: number]>([
    ['is errors without data', { errors: [{ message: "Field 'file' doesn't exist on type 'Commit'" }] }, 200],
    ['has an error about no part of it', { ...answer(), errors: [{ message: 'Something' }] }, 200],
    ['is a refusal: 403', { message: 'Resource not accessible' }, 403],
    ['is not there: 404', {}, 404],
    ['is a failure: 500', {}, 500],
    ['makes no sense', answer({ [`${TARGET}.tree.entries`]: [null] }), 200],
    ['is a rate limit', { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }, 200],
  ])('%s', async (_, body, status) => {
    expect(await ask(body, status)).toEqual(NO_REPOSITORIES);
    // Each repository is read alone then, so nothing is repeated here.
    expect(asked).toHaveLength(1);
  });

  test.each<[what: string, answers: (response: ServerResponse) => void]>([
    ['is cut off', (response) => void response.destroy()],
    ['is late', () => {}],
  ])('%s', async (_, answers) => {
    respond = answers;
    expect(await askTogether(client, QUESTION, 300)).toEqual(NO_REPOSITORIES);
  });
});
