import { describe, expect, test } from '@jest/globals';
import { asked, employApps, installation, read, used, write } from '../support/acting-app.ts';
import { commits } from '../support/codex.ts';
import type { ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { formsOf } from '../support/secrets.ts';
import { codex, QUESTION, refuseQuestion, useStory } from '../support/story.ts';

const story = await useStory();
const { github, host, edit, documents } = story;
const { register, act } = employApps(story);

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

describe("the author of the commit is the App's own bot", () => {
  const lookups = ({ requests }: ActionRun) =>
    requests
      .filter(({ path }) => path.includes('/users/'))
      .map(({ path }) => decodeURIComponent(path.split('/users/')[1] ?? ''));
  const bot = async (slug: string) => {
    const response = await fetch(`${github.apiUrl}/users/${slug}%5Bbot%5D`);
    const { id } = (await response.json()) as { id: number };
    return `${slug}[bot] <${id}+${slug}[bot]@users.noreply.127.0.0.1>`;
  };
  const last = async (branch = 'test') => (await commits(github, codex, branch))[0];

  test('for the price of one request; its commits are its own for the next run', async () => {
    const app = register();
    const project = await host('authored', { 'docs/a.md': 'A\n' });
    await project.publish();
    await project.write('docs/a.md', 'B\n');
    await project.commit('B');
    const run = await act(app, project);
    expect(run.annotations).toEqual([]);
    const author = await bot(app.slug);
    expect(await last()).toMatchObject({ subject: 'sync: Update docs from authored', author, committer: author });
    expect(lookups(run)).toEqual([`${app.slug}[bot]`]);

    await project.write('docs/a.md', 'C\n');
    await project.commit('C');
    const chosen = await act(app, project, { author: 'Docs <docs@acme.com>' });
    expect(chosen.outputs).toMatchObject({ conclusion: 'published', drifted: '0' });
    expect(await last()).toMatchObject({ author: 'Docs <docs@acme.com>', committer: 'Docs <docs@acme.com>' });
    expect(chosen.requests.length).toBe(run.requests.length - 1);

    const token = await project.publish();
    expect(token.outputs).toMatchObject({ conclusion: 'unchanged', drifted: '0' });
  });

  test('in every mode that writes', async () => {
    const app = register();
    const author = await bot(app.slug);
    const project = await host('released', { 'docs/a.md': 'A\n' });
    await project.publish();
    for (const mode of ['promote', 'retire']) {
      const run = await act(app, project, { mode, env: 'prod', project: 'released' });
      expect(run.outputs).toMatchObject({ conclusion: 'published' });
      expect(await commits(github, codex, 'main')).toContainEqual(
        expect.objectContaining({ sha: run.outputs['commit-sha'], author, committer: author }),
      );
    }
  });

  test('and nobody asks for it where nothing can be written', async () => {
    const project = await host('reading', { 'docs/a.md': 'A\n' });
    const runs = [
      await act(register(), project, { 'dry-run': true }),
      await act(register(), project, { direction: 'from-codex' }),
      await act(register(), project, { mode: 'status' }),
    ];
    expect(runs.map(lookups)).toEqual([[], [], []]);
  });

  test.each([
    ['does not answer', { status: 500, body: { message: 'Server Error' } }],
    ['does not know it', { status: 404, body: { message: 'Not Found' } }],
    [
      'wants the run to wait',
      {
        status: 403,
        headers: { 'retry-after': '20' },
        body: { message: 'You have exceeded a secondary rate limit.' },
      },
    ],
    ['answers without a number', { status: 200, body: { login: 'app', type: 'Bot' } }],
  ])('but where GitHub %s', async (what, answer) => {
    const app = register();
    const project = await host(`unknown-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    github.fault({ match: /GET .*\/users\//, ...answer });
    const run = await act(app, project);
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(run.annotations).toEqual([
      {
        level: 'notice',
        message: expect.stringMatching(
          /^GitHub did not return the App's bot \(.+\), so github-actions\[bot\] is the author/,
        ),
      },
    ]);
    expect(await last()).toMatchObject({
      author: 'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>',
    });
    expect(lookups(run)).toHaveLength(1);
  });
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
  expect(run.log).toMatch(/The state of \d+ source repositor(?:y|ies) is unknown/);
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
    ['the one question', QUESTION],
    ['the API', /GET .*codex.*\/branches\/test/],
    ['a fetch', /GET .*codex.*upload-pack/],
    ['a push', /GET .*codex.*receive-pack/],
  ])('when it is revoked at a request of %s', async (what, match) => {
    const app = register();
    const project = await host(`revoked-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    github.fault({ match, meanwhile: async () => github.revokeToken(app.tokens[0] ?? '') });
    if (match !== QUESTION) refuseQuestion(github);

    const run = await act(app, project);
    github.clearFaults();

    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(run.annotations).toEqual([]);
    expect(app.tokens).toHaveLength(2);
    expect(used(run)).toEqual(app.tokens);
    for (const secret of app.tokens.flatMap(formsOf)) expect(run.masks).toContain(secret);
  });

  test('once for each request: a server that takes none ends the run with one sentence', async () => {
    const app = register();
    const project = await host('untaken', { 'docs/a.md': 'A\n' });
    refuseQuestion(github);
    github.fault({ match: /GET .*codex[^/]*$/, status: 401, body: { message: 'Bad credentials' }, times: 9 });

    const run = await act(app, project);
    github.clearFaults();

    expect(app.tokens).toHaveLength(2);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining('in "app-id" (401 for') }]);
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
