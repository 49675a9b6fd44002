import { generateKeyPairSync } from 'node:crypto';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { App } from '../support/github-apps.ts';
import { type ActionRun, runAction } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { formsOf, leaks, printed, spyOnGit } from '../support/secrets.ts';
import { codex, type HostedProject, useStory } from '../support/story.ts';

const { github, host, edit, documents } = await useStory();
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const keyLines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
const write = { contents: 'write', metadata: 'read' } as const;
const read = { contents: 'read', metadata: 'read' } as const;
const installation = { owner: 'acme', permissions: write, repositories: [codex] };

/** Registers an App that may write to the codex. */
let apps = 4711;
function register(more: Partial<Parameters<typeof github.addApp>[0]> = {}): App {
  apps += 1;
  return github.addApp({ id: apps, privateKey: key, installations: [installation], ...more });
}

type Options = Partial<Parameters<typeof runAction>[0]>;

/** Runs the action with an App, and with the token that the runner sends by default. */
function act(app: Pick<App, 'id'>, project: HostedProject, inputs: GivenInputs = {}, options: Options = {}) {
  const { directory: workspace, fullName: repository } = project;
  const given = { 'codex-repository': codex, 'app-id': app.id, 'private-key': key, ...inputs };
  return runAction({ github, workspace, repository, inputs: given, ...options });
}

/** What tokens were asked for in a run. */
function asked({ requests }: ActionRun): unknown[] {
  return requests.filter(({ path }) => path.endsWith('/access_tokens')).map(({ body }) => JSON.parse(body));
}

/** The tokens that a run used at the codex, each once, in the order of their first use. */
function used({ requests }: ActionRun): string[] {
  const atCodex = requests.filter(({ path }) => path.includes(codex) && !path.endsWith('/installation'));
  const tokens = atCodex.flatMap(({ authorizations }) => authorizations).map((one) => one.split(' ')[1] ?? '');
  return [...new Set(tokens.map((one) => (one.startsWith('ghs_') ? one : (atob(one).split(':')[1] ?? ''))))];
}

const only = (permissions: object) => [{ repositories: ['codex.acme.com'], permissions }];

test('publishes with a token that is made for the run, for the codex alone', async () => {
  const app = register();
  const project = await host('widgets', { 'docs/a.md': 'A\n' });

  const run = await act(app, project);

  expect(run.annotations).toEqual([]);
  expect(run.outputs).toMatchObject({ conclusion: 'published' });
  expect(Object.keys(await documents())).toEqual(['docs/a.md']);
  expect(asked(run)).toEqual(only(write));
  expect(used(run)).toEqual(app.tokens);
});

describe('asks for no more than a run needs:', () => {
  const modes: { name: string; inputs: GivenInputs; permissions: object }[] = [
    { name: 'a dry run', inputs: { 'dry-run': true }, permissions: read },
    { name: 'direction from-codex', inputs: { direction: 'from-codex' }, permissions: read },
    { name: 'direction bidirectional', inputs: { direction: 'bidirectional' }, permissions: write },
    { name: 'fetch', inputs: { mode: 'fetch', references: '@codex/gadgets/docs/a.md' }, permissions: read },
    { name: 'status', inputs: { mode: 'status' }, permissions: read },
    { name: 'promote, dry', inputs: { mode: 'promote', env: 'prod', 'dry-run': true }, permissions: read },
    { name: 'promote', inputs: { mode: 'promote', env: 'prod' }, permissions: write },
    { name: 'retire, dry', inputs: { mode: 'retire', env: 'prod', 'dry-run': true }, permissions: read },
    { name: 'retire', inputs: { mode: 'retire', env: 'prod' }, permissions: write },
  ];
  test('every mode', async () => {
    const project = await host('gadgets', { 'docs/a.md': 'A\n' });
    expect((await project.publish()).outputs.conclusion).toBe('published');
    for (const { name, inputs, permissions } of modes) {
      const app = register({ installations: [{ ...installation, permissions: { ...write, issues: 'write' } }] });
      const about = inputs.mode === 'promote' || inputs.mode === 'retire' ? { project: 'gadgets' } : {};
      const run = await act(app, project, { ...about, ...inputs });
      expect({ name, problems: run.annotations.filter(({ level }) => level === 'error') }).toEqual({
        name,
        problems: [],
      });
      expect({ name, asked: asked(run) }).toEqual({ name, asked: only(permissions) });
      expect({ name, used: used(run) }).toEqual({ name, used: app.tokens });
    }
  });

  test('and nothing at all where a guard refuses, or where nobody asks the codex', async () => {
    const project = await host('guarded', { 'docs/a.md': 'A\n' });
    const refused = await act(register(), project, { env: 'prod' }, { event: 'pull_request' });
    expect(refused.annotations[0]?.message).toContain('never published on pull_request');
    const listed = await act(register(), project, { mode: 'cache-list' });
    expect(listed.exitCode).toBe(0);
    expect([...asked(refused), ...asked(listed)]).toEqual([]);
  });
});

test('tells nothing of the source repositories that a token for the codex alone does not see', async () => {
  const project = await host('hidden', { 'docs/a.md': 'A\n' });
  await project.publish();
  const run = await act(register(), project, { mode: 'status' });
  expect(JSON.parse(run.outputs.result ?? '').projects).toContainEqual(expect.objectContaining({ project: 'hidden' }));
  expect(run.log).toMatch(/Of \d+ source repositor(?:y|ies) nothing is known/);
  expect(run.log).not.toContain('not found');
});

describe('a token that does not last as long as the run is renewed', () => {
  test('before its last five minutes', async () => {
    const app = register({ lifetime: 303 });
    const project = await host('slow', { 'docs/a.md': 'A\n' });
    github.fault({ match: /GET .*codex.*upload-pack/, delay: 4000 });

    const run = await act(app, project);

    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(asked(run)).toEqual([...only(write), ...only(write)]);
    expect(used(run)).toEqual(app.tokens);
  });

  test.each([
    ['the API', /GET .*codex.*\/branches\/test/],
    ['a fetch', /GET .*codex.*upload-pack/],
    ['a push', /GET .*codex.*receive-pack/],
  ])('when it is revoked at a request of %s', async (what, match) => {
    const app = register();
    const project = await host(`revoked-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    github.fault({ match, meanwhile: async () => github.revokeToken(app.tokens[0] ?? '') });

    const run = await act(app, project);

    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(run.annotations).toEqual([]);
    expect(app.tokens).toHaveLength(2);
    expect(used(run)).toEqual(app.tokens);
    for (const secret of app.tokens.flatMap(formsOf)) expect(run.masks).toContain(secret);
  });

  test('once for each request: a server that takes none ends the run with one sentence', async () => {
    const app = register();
    const project = await host('untaken', { 'docs/a.md': 'A\n' });
    github.fault({ match: /GET .*codex[^/]*$/, status: 401, body: { message: 'Bad credentials' }, times: 9 });

    const run = await act(app, project);
    github.clearFaults();

    expect(app.tokens).toHaveLength(2);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining('in "app-id" (401 for') }]);
  });
});

describe('no form of token, key or JWT is shown, handed over on a command line, or left on disk', () => {
  test.each([
    ['success', {}, 'published'],
    ['a refused push', { env: 'prod' }, 'failed'],
    ['a codex that it may not see', { 'codex-repository': 'acme/elsewhere' }, 'failed'],
    ['a key of another App', { 'app-id': 4711 }, 'failed'],
  ])('%s', async (end, inputs, conclusion) => {
    const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    if (conclusion === 'published') {
      github.addApp({ id: 4711, privateKey: other.export({ type: 'pkcs8', format: 'pem' }).toString() });
    }
    const app = register();
    const project = await host(`quiet-${end.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    github.protect(codex, 'main', 'You are not welcome');
    const spy = await spyOnGit(github);

    const run = await act(app, project, inputs, { env: { ...spy.env, RUNNER_DEBUG: '1' } });

    expect(run.outputs).toMatchObject({ conclusion });
    const jwts = run.requests.flatMap(({ authorizations }) => authorizations.filter((one) => /^bearer /i.test(one)));
    expect(jwts.length).toBeGreaterThan(0);
    const masked = [...app.tokens.flatMap(formsOf), ...keyLines];
    const secrets = [...masked, ...jwts.map((one) => one.slice('bearer '.length))];
    const shown = [printed(run), run.summary, JSON.stringify(run.outputs), ...(await spy.argv())].join('\n');
    expect(printed(run)).toContain('::debug::');
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    expect(run.masks).toEqual(expect.arrayContaining(masked));
    expect(await leaks(dirname(run.temp), secrets)).toEqual([]);
    expect(await leaks(project.directory, secrets)).toEqual([]);
    const inGit = (await spy.environments()).flatMap((text) => text.split('\n'));
    const told = inGit.filter((line) => secrets.some((secret) => line.includes(secret)));
    for (const line of told) expect(line).toMatch(/^GIT_CONFIG_VALUE_\d+=AUTHORIZATION: basic /);
    github.unprotect(codex, 'main');
  });
});

describe('takes the key and the id in every form that GitHub gives them', () => {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  test.each([
    ['PKCS#8', pkcs8],
    ['with line breaks of Windows', key.replaceAll('\n', '\r\n')],
    ['with \\n for each line break', key.trim().replaceAll('\n', '\\n')],
    ['PKCS#8 with \\n', pkcs8.replaceAll('\n', '\\n')],
    ['indented, with white space around it', `\n  ${key.replaceAll('\n', '\n    ')}\n`],
  ])('%s', async (form, given) => {
    const project = await host(`key-${form.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(), project, { 'private-key': given });
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    const lines = given.split(/\\n|\r?\n/).map((line) => line.trim());
    const secret = lines.filter((line) => line !== '' && !line.startsWith('-----'));
    expect(run.masks).toEqual(expect.arrayContaining(secret));
  });

  test('the client ID', async () => {
    const app = register({ clientId: 'Iv23liAbCdEf01234567' });
    const project = await host('client-id', { 'docs/a.md': 'A\n' });
    const run = await act(app, project, { 'app-id': app.clientId });
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
  });
});

describe('one clear sentence', () => {
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const noKey = /^Input "private-key" is no private key of a GitHub App\. Use the whole \.pem file .* for each\.$/;
  test.each<[string, GivenInputs, RegExp]>([
    [
      'no key',
      { 'private-key': '' },
      /^Input "private-key" is empty, but "app-id" is given\. Is the secret available here\?/,
    ],
    ['no app', { 'app-id': '' }, /^Input "private-key" is given, but "app-id" is empty\. Give both .*\.$/],
    ['no id', { 'app-id': 'my app' }, /^Input "app-id" is neither a number nor a client ID\. Use the App ID .*\.$/],
    ['a key as id', { 'app-id': key }, /^Input "app-id" is neither a number nor a client ID\. Use the App ID .*\.$/],
    ['a path', { 'private-key': '/home/mona/app.pem' }, noKey],
    ['half a key', { 'private-key': key.slice(0, 400) }, noKey],
    ['a damaged key', { 'private-key': key.replace(/A/g, 'B') }, noKey],
    ['a key of another kind', { 'private-key': ec.export({ type: 'pkcs8', format: 'pem' }).toString() }, noKey],
    ['a token too', { token: 'ghp_codex' }, /^Inputs "token" and "app-id" are both given, and only one can act .*\.$/],
  ])('and no request: %s', async (what, inputs, says) => {
    const project = await host(`input-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(), project, inputs);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
    expect([run.exitCode, run.requests.length]).toEqual([1, 0]);
    expect(keyLines.filter((line) => printed(run).includes(line))).toEqual([]);
  });

  test.each([
    ['an empty token', { token: '' }],
    ["another installation's token", { token: 'ghs_fromAnEarlierStep' }],
    ['a project token', { 'project-token': 'ghp_project' }],
  ])('is not owed for %s beside an App', async (what, inputs) => {
    github.addToken('ghp_project', { '*': 'read' });
    const app = register();
    const project = await host(`beside-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(app, project, inputs);
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(used(run)).toEqual(app.tokens);
  });

  const { host: site } = new URL(github.apiUrl);
  const cases: [string, Partial<Parameters<typeof github.addApp>[0]>, GivenInputs, RegExp][] = [
    [
      'not installed',
      { installations: [] },
      {},
      /^GitHub App \d+ is not installed on acme, which owns acme\/codex\.acme\.com\. Let an owner of acme install it at http.*\/apps\/app-\d+, with access/,
    ],
    [
      'installed elsewhere',
      { installations: [{ ...installation, owner: 'other' }] },
      {},
      /^GitHub App \d+ is not installed on acme/,
    ],
    [
      'no access to the codex',
      { installations: [{ ...installation, repositories: ['acme/other'] }] },
      {},
      /^GitHub App \d+ is installed on acme, but has no access to acme\/codex\.acme\.com, or .* select it at http.*\/settings\/installations\/\d+\.$/,
    ],
    [
      'no such codex',
      {},
      { 'codex-repository': 'acme/nowhere' },
      /has no access to acme\/nowhere, or there is no such repository\. Check the name/,
    ],
    [
      'no permission to write',
      { installations: [{ ...installation, permissions: read }] },
      {},
      /^GitHub App \d+ lacks the permission "Contents: read and write" on acme\/codex\.acme\.com \(422: .*\)\. Give the App that permission/,
    ],
    [
      'no permission to read',
      { installations: [{ ...installation, permissions: { metadata: 'read' } }] },
      { 'dry-run': true },
      /lacks the permission "Contents: read-only"/,
    ],
    [
      'suspended',
      { installations: [{ ...installation, suspended: true }] },
      {},
      /^The installation of GitHub App \d+ on acme is suspended\. Let an owner of acme unsuspend it at http/,
    ],
    [
      'no such App',
      {},
      { 'app-id': 99 },
      new RegExp(`^${site} knows no GitHub App 99\\. Use the App ID .* on that server`),
    ],
  ];
  test.each(cases)('within a handful of requests: %s', async (what, more, inputs, says) => {
    const project = await host(`app-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(more), project, inputs);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
    expect(run.annotations[0]?.message).not.toContain('\n');
    expect(run.log).not.toMatch(/^\s+at /m);
    expect([run.exitCode, run.outputs.conclusion, run.leftovers]).toEqual([1, 'failed', []]);
    expect(run.requests.length).toBeLessThanOrEqual(3);
  });

  test('for the key of another App', async () => {
    const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const project = await host('app-otherkey', { 'docs/a.md': 'A\n' });
    const given = other.export({ type: 'pkcs1', format: 'pem' }).toString();
    const run = await act(register(), project, { 'private-key': given });
    const says =
      /^127\.0\.0\.1:\d+ does not take the private key of GitHub App \d+ \(401: .*\)\. The key in "private-key" is another App's/;
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
  });
});

describe('runs that see no secrets', () => {
  test('of Dependabot end green, whether they lack a token or a key', async () => {
    const project = await host('dependabot', { 'docs/a.md': 'A\n' });
    const options = { event: 'pull_request', actor: 'dependabot[bot]' };
    const run = await act(register(), project, { 'private-key': '' }, options);
    expect(run.outputs).toMatchObject({ conclusion: 'skipped' });
    expect(run.annotations).toEqual([{ level: 'notice', message: expect.stringContaining('Dependabot secret') }]);
    expect(run.requests).toEqual([]);
  });
});

test('a fetch serves a copy while no token can be made, and says so', async () => {
  const project = await host('consumer', { 'docs/a.md': 'A\n' });
  await edit({ 'projects/served/docs/a.md': 'A\n' });
  const inputs = { mode: 'fetch', references: '@codex/served/docs/a.md' };
  const app = register();
  expect((await act(app, project, inputs)).exitCode).toBe(0);
  const headers = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': `${Math.ceil(Date.now() / 1000) + 3600}` };
  github.fault({
    match: /access_tokens/,
    status: 403,
    body: { message: 'API rate limit exceeded' },
    headers,
    times: 9,
  });

  const run = await act(app, project, inputs);

  expect(run.outputs).toMatchObject({ stale: 'true' });
  expect(run.annotations).toContainEqual({
    level: 'warning',
    message: expect.stringContaining('rate limit for the GitHub App in "app-id"'),
  });
});
