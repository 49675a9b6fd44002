import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient, plainToken } from '../../src/github/client.ts';
import { type CodexApi, type CodexQuestion, createCodexApi } from '../../src/github/codex-api.ts';
import { answerAtOnce } from '../../src/github/codex-question.ts';
import { hashBlob } from '../../src/text/bytes.ts';
import { branchName, commitId, treeId } from '../../src/text/ids.ts';

const [COMMIT, ROOT, FOLDER, OTHER] = ['c'.repeat(40), 'd'.repeat(40), 'f'.repeat(40), '0'.repeat(40)];
const CONFIG = 'environments:\n  test: test\n';
const MANIFEST = '{"version": 1, "title": "Ü"}\n';
const [TEST, FILE, TREE, LINK, EXECUTABLE] = [branchName('test'), 0o100644, 0o040000, 0o120000, 0o100755];
const HELD = 'projects/widgets/docs/guide.md';
const QUESTION: CodexQuestion = {
  branches: [TEST],
  configFile: '.fractary/codex.yaml',
  folders: ['projects/widgets'],
  manifestFile: '.manifest.json',
  documents: [HELD],
};
const GUIDE = '# Guide\n\n→\n';

const file = (text: string, changes: object = {}) => ({
  ...{ oid: hashBlob(Buffer.from(text)), mode: FILE, type: 'blob', object: { text, isTruncated: false } },
  ...changes,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** GitHub's answer to the question; a case replaces parts of it, at paths such as `branch0.target.oid`. */
function answer(changes: Readonly<Record<string, unknown>> = {}) {
  const target = {
    oid: COMMIT,
    tree: { oid: ROOT, entries: [{ nameRaw: base64('projects'), mode: TREE, type: 'tree', oid: OTHER }] },
    folder0: { oid: FOLDER, mode: TREE, type: 'tree' },
    manifest0: file(MANIFEST),
    document0: file(GUIDE),
  };
  const repository: Record<string, unknown> = {
    ...{ nameWithOwner: 'acme/codex', isArchived: false, isDisabled: false, isPrivate: true, visibility: 'INTERNAL' },
    ...{ viewerPermission: 'WRITE', defaultBranchRef: { name: 'main', target: { config: file(CONFIG) } } },
    branch0: { name: 'test', prefix: 'refs/heads/', target },
  };
  const data: Record<string, unknown> = { repository };
  for (const [path, value] of Object.entries(changes)) {
    const parts = ['repository', ...path.split('.')].filter(Boolean);
    const last = parts.pop() as string;
    const parent = parts.reduce((part, name) => part[name] as Record<string, unknown>, data);
    parent[last] = value;
  }
  return { data };
}

// What REST shows is another state in each part, so that a result tells where it comes from.
const LATER = '1'.repeat(40);
const FULL = { full_name: 'acme/codex', default_branch: 'trunk', private: true, archived: true, disabled: false };
const REST: Readonly<Record<string, unknown>> = {
  repository: { ...FULL, visibility: 'private', permissions: { push: false } },
  file: 'from: REST\n',
  branch: { name: 'test', protected: false, commit: { sha: LATER, commit: { tree: { sha: LATER } } } },
  folder: {
    ...{ type: 'dir', path: 'projects/widgets', sha: LATER },
    entries: [{ type: 'file', name: '.manifest.json', sha: LATER }],
  },
  tree: { sha: ROOT, truncated: false, tree: [{ path: 'rest', mode: '040000', type: 'tree', sha: LATER }] },
  text: MANIFEST,
};
const ASKED: readonly [RegExp, part: string][] = [
  [/^\/repos\/acme\/codex$/, 'repository'],
  [/\/contents\/.fractary/, 'file'],
  [/\/branches\/test$/, 'branch'],
  [/\/contents\/projects/, 'folder'],
  [/\/git\/trees\//, 'tree'],
  [/\/git\/blobs\//, 'text'],
];
const partOf = (url: string) => ASKED.find(([pattern]) => pattern.test(decodeURIComponent(url)))?.[1] ?? url;

const ALL = ['repository', 'file', 'branch', 'folder', 'tree', 'text'];
const OF_REST = {
  repository: { fullName: 'acme/codex', defaultBranch: 'trunk', visibility: 'private', mayPush: 'no', archived: true },
  file: 'from: REST\n',
  branch: { commit: LATER, tree: LATER },
  folder: { tree: LATER, files: new Map([['.manifest.json', LATER]]) },
  tree: [{ mode: '040000', type: 'tree', id: LATER, path: 'rest' }],
  text: MANIFEST,
};
const AT_ONCE = {
  repository: {
    fullName: 'acme/codex',
    defaultBranch: 'main',
    visibility: 'internal',
    mayPush: 'yes',
    archived: false,
  },
  file: CONFIG,
  branch: { commit: COMMIT, tree: ROOT },
  folder: { tree: FOLDER, files: new Map([['.manifest.json', hashBlob(Buffer.from(MANIFEST))]]) },
  tree: [{ mode: '040000', type: 'tree', id: OTHER, path: 'projects' }],
  text: MANIFEST,
};

const BRANCH = 'branch0';
const TIP = `${BRANCH}.target`;
const OTHER_TEXT = { object: { text: 'other', isTruncated: false } };

let answerGraphql: (response: ServerResponse) => void;
let asked: string[] = [];
let questions: { query: string; variables: Record<string, string> }[] = [];
const server: Server = createServer(async (request, response) => {
  const { url = '' } = request;
  const body = (await request.toArray()).join('');
  if (url === '/graphql') {
    questions.push(JSON.parse(body));
    answerGraphql(response);
    return;
  }
  const part = partOf(url);
  asked.push(part);
  const found = REST[part];
  if (typeof found === 'string')
    response.writeHead(200, { 'content-type': 'application/vnd.github.raw; charset=utf-8' }).end(found);
  else json(response, found, found === undefined ? 404 : 200);
});
let api: CodexApi;
let tokenFor: () => Promise<string>;

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
}

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [asked, questions] = [[], []];
  tokenFor = async () => 'x';
  const silent = () => undefined;
  const credentials = { ...plainToken('x'), tokenFor: () => tokenFor() };
  const client = createClient(credentials, {
    ...{ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, debug: silent, warn: silent },
    sleep: async () => undefined,
  });
  const rest = createCodexApi(client, { repository: 'acme/codex', by: 'token' }, async () => ({ kind: 'unknown' }));
  api = answerAtOnce(rest, client, 'acme/codex', credentials, 300);
});

/** Everything that a run reads, as it is after the question. */
async function readAll() {
  return {
    repository: await api.readRepository(),
    file: await api.readDefaultFile(QUESTION.configFile),
    branch: await api.readBranch(TEST),
    folder: await api.tryFolder('projects/widgets', commitId(COMMIT)),
    tree: await api.tryTree(treeId(ROOT)),
    text: await api.readText(hashBlob(Buffer.from(MANIFEST))),
  };
}

describe('a question', () => {
  test('that is answered whole leaves nothing to ask', async () => {
    answerGraphql = (response) => json(response, answer());
    api.ask(QUESTION);
    expect(await readAll()).toMatchObject(AT_ONCE);
    expect({ asked, questions: questions.length }).toEqual({ asked: [], questions: 1 });
    expect(await api.tryHeldText(hashBlob(Buffer.from(MANIFEST)))).toBe(MANIFEST);
  });

  test('names paths and branches as variables, never as a part of the query', async () => {
    answerGraphql = (response) => json(response, answer());
    const odd = 'projects/"}) { evil';
    api.ask({ ...QUESTION, branches: [branchName('a"b')], folders: [odd] });
    await api.readRepository();
    const [{ query, variables } = { query: '', variables: {} }] = questions;
    expect(query).not.toContain('evil');
    expect(query).not.toContain('a"b');
    expect(Object.values(variables)).toEqual(
      expect.arrayContaining(['acme', 'codex', 'refs/heads/a"b', odd, `${odd}/.manifest.json`]),
    );
  });

  test('covers three folders at most', async () => {
    answerGraphql = (response) => json(response, answer());
    api.ask({ ...QUESTION, folders: [1, 2, 3, 4].map((number) => `projects/p${number}`) });
    await api.readRepository();
    expect(Object.values(questions[0]?.variables ?? {}).filter((path) => /p\d$/.test(path))).toHaveLength(3);
  });
});

describe('a document that is named by path', () => {
  const id = hashBlob(Buffer.from(GUIDE));
  const DOCUMENT = `${TIP}.document0`;
  const ask = async (changes: Record<string, unknown> = {}, documents = [HELD]) => {
    answerGraphql = (response) => json(response, answer(changes));
    api.ask({ ...QUESTION, documents });
    // Part of it is taken, so that the next question is another one.
    await api.readRepository();
    return { file: await api.tryHeldFile(HELD, COMMIT), text: await api.tryHeldText(id) };
  };

  test('comes with its text', async () => {
    expect(await ask()).toEqual({ file: { id, executable: false }, text: GUIDE });
    expect(await ask({ [`${DOCUMENT}.mode`]: EXECUTABLE })).toEqual({ file: { id, executable: true }, text: GUIDE });
    expect(await ask({ [DOCUMENT]: file('') })).toMatchObject({ file: { id: hashBlob(Buffer.from('')) } });
    expect(await api.tryHeldText(hashBlob(Buffer.from('')))).toBe('');
  });

  test('is of the commit of its branch, and of no other', async () => {
    await ask();
    expect(await api.tryHeldFile(HELD, LATER)).toBeUndefined();
    expect(await api.tryHeldFile('projects/widgets/docs/other.md', COMMIT)).toBeUndefined();
  });

  test.each([
    ['shortened by GitHub', file(GUIDE, { object: { text: GUIDE.slice(0, 4), isTruncated: true } })],
    ['marked as shortened', file(GUIDE, { object: { text: GUIDE, isTruncated: true } })],
    ['without the mark, as in an older version', file(GUIDE, { object: { text: GUIDE } })],
    ['another one', file(GUIDE, OTHER_TEXT)],
    ['binary', file(GUIDE, { object: { text: null, isTruncated: false } })],
    ['missing', file(GUIDE, { object: null })],
  ])('is known, but its text is not, where that is %s', async (_, document) => {
    expect(await ask({ [DOCUMENT]: document })).toEqual({ file: { id, executable: false }, text: undefined });
  });

  test.each([
    ['not there', null],
    ['missing in the answer', undefined],
    ['a link', file(GUIDE, { mode: LINK })],
    ['a folder', { oid: OTHER, mode: TREE, type: 'tree' }],
    ['a submodule', { oid: OTHER, mode: 0o160000, type: 'commit' }],
    ['of another kind of id', file(GUIDE, { oid: '--help' })],
  ])('is unknown where the entry is %s', async (_, document) => {
    expect(await ask({ [DOCUMENT]: document })).toEqual({ file: undefined, text: undefined });
    expect(asked).toEqual([]);
  });

  test('is one of ten at most', async () => {
    await ask(
      {},
      Array.from({ length: 11 }, (_, index) => `projects/widgets/${index}.md`),
    );
    expect(Object.values(questions[0]?.variables ?? {}).filter((path) => path.endsWith('.md'))).toHaveLength(10);
  });

  test('is unknown without an answer, and asks nothing', async () => {
    expect([await api.tryHeldFile(HELD, COMMIT), await api.tryHeldText(id), asked]).toEqual([undefined, undefined, []]);
    answerGraphql = (response) => json(response, {}, 500);
    api.ask(QUESTION);
    expect([await api.tryHeldFile(HELD, COMMIT), await api.tryHeldText(id), asked]).toEqual([undefined, undefined, []]);
  });
});

test('what was not in a question is asked by itself', async () => {
  expect(await readAll()).toMatchObject(OF_REST);
  expect({ asked, questions }).toEqual({ asked: ALL, questions: [] });
  asked = [];
  answerGraphql = (response) => json(response, answer());
  api.ask({ ...QUESTION, branches: [branchName('main')], configFile: 'other.yaml', folders: [] });
  expect(await api.readBranch(TEST)).toEqual(OF_REST.branch);
  expect(await api.readDefaultFile(QUESTION.configFile)).toBe(OF_REST.file);
  expect(await api.tryFolder('projects/widgets', COMMIT)).toEqual(OF_REST.folder);
  expect(asked).toEqual(['branch', 'file', 'folder']);
});

test('an answer is taken once: a later question wants to know what is there by then', async () => {
  answerGraphql = (response) => json(response, answer());
  api.ask(QUESTION);
  await readAll();
  // What an id names does not change.
  expect(await readAll()).toMatchObject({ ...AT_ONCE, ...pick(OF_REST, ['repository', 'file', 'branch']) });
  expect(asked).toEqual(['repository', 'file', 'branch']);
  api.ask(QUESTION);
  expect(await readAll()).toMatchObject(AT_ONCE);
  expect(asked).toHaveLength(3);
});

function pick<Value extends object>(value: Value, parts: readonly string[]): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([part]) => parts.includes(part))) as Partial<Value>;
}

const OF_TIP = ['branch', 'folder', 'tree', 'text'];
const CONFIGURATION = 'defaultBranchRef.target.config';
const SHORT_TEXT = { object: { text: MANIFEST.slice(0, 9), isTruncated: true } };

describe('asks by itself for what the answer', () => {
  test.each<[what: string, changes: Record<string, unknown>, again: readonly string[]]>([
    ['shows of no repository', { '': null }, ALL],
    ['shows no default branch of, as in an empty codex', { defaultBranchRef: null }, ['repository', 'file']],
    ['lacks: the default branch', { defaultBranchRef: undefined }, ['repository', 'file']],
    ['shows no commit of', { 'defaultBranchRef.target': null }, ['file']],
    ['lacks: the configuration', { [CONFIGURATION]: undefined }, ['file']],
    ['shortened: the configuration', { [CONFIGURATION]: file(CONFIG, SHORT_TEXT) }, ['file']],
    [
      'marks as shortened',
      { [CONFIGURATION]: file(CONFIG, { object: { text: CONFIG, isTruncated: true } }) },
      ['file'],
    ],
    ['changed: the configuration', { [CONFIGURATION]: file(CONFIG, OTHER_TEXT) }, ['file']],
    ['shows no text of: the configuration', { [CONFIGURATION]: file(CONFIG, { object: { text: null } }) }, ['file']],
    ['shows as a link: the configuration', { [CONFIGURATION]: file(CONFIG, { mode: LINK }) }, ['file']],
    ['shows as a folder: the configuration', { [CONFIGURATION]: { oid: OTHER, mode: TREE, type: 'tree' } }, ['file']],
    ['lacks: the branch', { [BRANCH]: undefined }, OF_TIP],
    ['shows no branch of', { [BRANCH]: null }, OF_TIP],
    ['shows of a branch of another name', { [`${BRANCH}.name`]: 'Test' }, OF_TIP],
    ['shows of a tag', { [`${BRANCH}.prefix`]: 'refs/tags/' }, OF_TIP],
    ['shows no tip of', { [TIP]: null }, OF_TIP],
    ['shows of something other than a commit', { [TIP]: {} }, OF_TIP],
    ['shows at another kind of id', { [`${TIP}.oid`]: '--help' }, OF_TIP],
    ['lacks: the root', { [`${TIP}.tree`]: undefined }, OF_TIP],
    ['shows at a root with another kind of id', { [`${TIP}.tree.oid`]: '' }, OF_TIP],
    ['shows no entries of', { [`${TIP}.tree.entries`]: null }, ['tree']],
    ['lacks: the folder', { [`${TIP}.folder0`]: undefined }, ['folder']],
    ['shows as a file: the folder', { [`${TIP}.folder0`]: file('a') }, ['folder']],
    ['shows as a submodule: the folder', { [`${TIP}.folder0.type`]: 'commit' }, ['folder']],
    ['shows as a folder with another kind of id', { [`${TIP}.folder0.oid`]: 'x' }, ['folder']],
    ['lacks: the manifest', { [`${TIP}.manifest0`]: undefined }, ['folder', 'text']],
    ['shows with another kind of id: the manifest', { [`${TIP}.manifest0.oid`]: 'x' }, ['folder', 'text']],
    ['shortened: the manifest', { [`${TIP}.manifest0`]: file(MANIFEST, SHORT_TEXT) }, ['text']],
    ['changed: the manifest', { [`${TIP}.manifest0`]: file(MANIFEST, OTHER_TEXT) }, ['text']],
    ['shows no text of: the manifest', { [`${TIP}.manifest0`]: file(MANIFEST, { object: null }) }, ['text']],
    ['cannot be read', { [`${TIP}.tree.entries`]: [null] }, ALL],
    ['shows in another form', { '': 'acme/codex' }, ALL],
    ['shows nothing of', { '': {} }, ALL],
  ])('%s', async (_, changes, again) => {
    answerGraphql = (response) => json(response, answer(changes));
    api.ask(QUESTION);
    expect(await readAll()).toMatchObject({ ...AT_ONCE, ...pick(OF_REST, again) });
    expect(asked).toEqual(again);
  });

  const notFound = { errors: [{ type: 'NOT_FOUND', message: 'Could not resolve to a Repository' }] };
  test.each<[what: string, respond: (response: ServerResponse) => void]>([
    ['has errors beside the data', (response) => json(response, { ...answer(), ...notFound })],
    ['is errors without data', (response) => json(response, { errors: [{ message: "Field 'file' doesn't exist" }] })],
    ['is not there: 404', (response) => json(response, {}, 404)],
    ['is a refusal: 403', (response) => json(response, { message: 'Resource not accessible' }, 403)],
    ['is a failure: 500', (response) => json(response, {}, 500)],
    ['is no JSON', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['is empty', (response) => void response.writeHead(200).end()],
    ['is cut off', (response) => void response.destroy()],
    ['is late', () => {}],
  ])('%s', async (_, respond) => {
    answerGraphql = respond;
    api.ask(QUESTION);
    expect(await readAll()).toMatchObject(OF_REST);
    // Asked once, without retries: REST is the way that is left.
    expect({ asked, questions: questions.length }).toEqual({ asked: ALL, questions: 1 });
  });
});

test('without a token nothing is asked, and each part fails for that reason', async () => {
  let wanted = 0;
  tokenFor = async () => {
    wanted += 1;
    throw new Error('not installed');
  };
  api.ask(QUESTION);
  await expect(api.readRepository()).rejects.toThrow('not installed');
  await expect(api.readBranch(TEST)).rejects.toThrow('not installed');
  expect({ wanted, asked, questions }).toEqual({ wanted: 1, asked: [], questions: [] });
});

describe('the answer shows', () => {
  const ask = (changes: Record<string, unknown>) => {
    answerGraphql = (response) => json(response, answer(changes));
    api.ask(QUESTION);
  };

  test('that there is no configuration, and no folder', async () => {
    ask({ [CONFIGURATION]: null, [`${TIP}.folder0`]: null, [`${TIP}.manifest0`]: null });
    expect(await api.readDefaultFile(QUESTION.configFile)).toBeUndefined();
    expect(await api.tryFolder('projects/widgets', COMMIT)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test.each([
    ['is missing', null],
    ['is a link', file(MANIFEST, { mode: LINK })],
    ['is a folder', { oid: OTHER, mode: TREE, type: 'tree' }],
  ])('a folder whose manifest %s', async (_, manifest) => {
    ask({ [`${TIP}.manifest0`]: manifest });
    expect(await api.tryFolder('projects/widgets', COMMIT)).toEqual({ tree: FOLDER, files: new Map() });
    expect(asked).toEqual([]);
  });

  test('a manifest that was made executable', async () => {
    ask({ [`${TIP}.manifest0.mode`]: EXECUTABLE });
    expect(await api.tryFolder('projects/widgets', COMMIT)).toEqual(AT_ONCE.folder);
  });

  test.each([
    ['ADMIN', 'yes'],
    ['MAINTAIN', 'yes'],
    ['WRITE', 'yes'],
    ['TRIAGE', 'no'],
    ['READ', 'no'],
    // GitHub tells an App nothing.
    [null, 'unknown'],
  ])('what the token may do: %s', async (viewerPermission, mayPush) => {
    ask({ viewerPermission });
    expect(await api.readRepository()).toMatchObject({ mayPush });
  });

  test('that the codex is archived or disabled, and who sees it', async () => {
    ask({ isArchived: true, isDisabled: true, visibility: 'PUBLIC', isPrivate: false });
    expect(await api.readRepository()).toMatchObject({ archived: true, disabled: true, visibility: 'public' });
  });
});
