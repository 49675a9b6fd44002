import { expect, test } from '@jest/globals';
import { key } from '../support/acting-app.ts';
import { type checksOf, expectTold, found, stateOf } from '../support/doctor.ts';
import { codex, token, useStory } from '../support/story.ts';
import { typeCommand } from '../support/terminal.ts';

const story = await useStory();
const { github, host } = story;
const FILE = '.fractary/codex.yaml';
const config = 'organization: acme\ncodex_repo: codex.acme.com\n';
const widgets = await host('widgets', { 'docs/a.md': 'A\n', [FILE]: config });
const bare = await host('bare', { 'docs/a.md': 'A\n' });
github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read', 'acme/bare': 'read' });

/** Each check of a run that fails with a report: what is wrong, and what could not be checked. */
const told = { exitCode: 1, outputs: { conclusion: 'failed' } };
const quiet = { mode: 'doctor', 'use-cache': false };

test('no configuration: the rest is looked at', async () => {
  const run = await bare.publish({ ...quiet, 'codex-repository': '' });
  expect(run).toMatchObject(told);
  expectTold(run);
  expect(found(run, 'codex')).toEqual([expect.stringMatching(/^failed: Cannot determine the codex: .* -> Use /)]);
  for (const behind of ['codex-configuration', 'write-permission', 'branches', 'rules', 'production-token']) {
    expect(found(run, behind)).toEqual(['not-looked-at: Not checked: no codex is configured.']);
  }
  expect(stateOf(run)).toMatchObject({ git: ['ok'], configuration: ['ok'], cache: ['ok', 'ok'] });
  expect(found(run, 'project-token')[0]).toMatch(/^ok: acme\/bare is private/);
});

test('an empty token: nothing is asked of the codex, and the project is looked at', async () => {
  const run = await widgets.publish({ ...quiet, token: '' });
  expect(run).toMatchObject({ ...told, outputs: { env: 'test', branch: 'test' } });
  expectTold(run);
  expect(found(run, 'token')).toEqual([
    expect.stringMatching(/^failed: Input "token" is empty\. -> Check that the secret is available here/),
  ]);
  expect(found(run, 'codex')).toEqual(['not-looked-at: Not checked: there is no token for the codex.']);
  expect(found(run, 'project-token')[0]).toMatch(/^ok: acme\/widgets /);
  expect(run.requests.filter(({ path }) => path.includes(codex))).toEqual([]);
});

test('a private key that is none: the token of the workflow does not take its place', async () => {
  const run = await widgets.publish({ ...quiet, 'app-id': '7', 'private-key': 'not a key', token: '' });
  expect(run).toMatchObject(told);
  expectTold(run);
  expect(found(run, 'token')).toEqual([
    expect.stringMatching(
      /^failed: Input "private-key" is not the private key of a GitHub App\. -> Use the whole \.pem/,
    ),
  ]);
  expect(run.log).not.toContain('not a key');
  expect(run.requests.filter(({ path }) => path.includes(codex))).toEqual([]);
});

test('an environment that is not mapped: the codex and the permission are looked at', async () => {
  const run = await widgets.publish({ ...quiet, env: 'live' });
  expect(run).toMatchObject({ ...told, outputs: { env: '', branch: '' } });
  expectTold(run);
  expect(found(run, 'configuration')).toEqual([
    expect.stringMatching(/^failed: Environment "live" is not configured\. -> Use one of: test, prod/),
    `ok: ${FILE} is read.`,
  ]);
  expect(stateOf(run)).toMatchObject({ codex: ['ok'], 'write-permission': ['ok'], 'release-line': ['ok', 'warning'] });
  for (const behind of ['branches', 'rules', 'production-token', 'previews']) {
    expect(found(run, behind)).toEqual(['not-looked-at: Not checked: the environment is not known.']);
  }
});

test('invalid keys of the configuration: each is a line, and the others count', async () => {
  const text = `${config}environments: { branches: { staging: stage } }\nsync_patterns: 1\nproject_name: a/b\n`;
  await widgets.write(FILE, text);
  await widgets.commit('Break the configuration');
  const run = await widgets.publish({ ...quiet, env: 'staging', 'codex-repository': '' });
  expect(run).toMatchObject({ ...told, outputs: { env: 'staging', branch: 'stage' } });
  expectTold(run);
  expect(found(run, 'configuration').slice(0, 3)).toEqual([
    expect.stringMatching(/^failed: .*codex\.yaml:4: sync_patterns is 1\. -> Use a list/),
    expect.stringMatching(/^failed: .*codex\.yaml:5: project_name is "a\/b"\. -> Use /),
    expect.stringMatching(
      /^ok: .* is read without sync_patterns, project_name\. The environment is staging \(branch stage\)/,
    ),
  ]);
  expect(stateOf(run)).toMatchObject({ codex: ['ok'], branches: ['ok', 'ok'] });
  expect(run.annotations).toEqual([
    { level: 'error', message: expect.stringMatching(/^2 checks failed\.\nconfiguration: .*\nconfiguration: /) },
  ]);
});

test('a configuration that is no YAML, where the inputs name the codex', async () => {
  await widgets.write(FILE, 'environments: [\n');
  const run = await widgets.publish(quiet);
  expect(run).toMatchObject(told);
  expectTold(run);
  expect(found(run, 'configuration')[0]).toMatch(/^failed: \.fractary\/codex\.yaml:/);
  expect(stateOf(run)).toMatchObject({ codex: ['ok'], 'write-permission': ['ok'], branches: ['not-looked-at'] });
});

test('a working directory outside of the workspace, and a cache directory outside of it', async () => {
  await widgets.write(FILE, config);
  const run = await widgets.publish({ ...quiet, 'working-directory': '/', 'cache-dir': '../elsewhere' });
  expect(run).toMatchObject(told);
  expectTold(run);
  expect(found(run, 'checkout')[0]).toMatch(/^failed: Input "working-directory" is "\/"\. -> Use the path of a folder/);
  expect(found(run, 'cache').at(-1)).toMatch(/^failed: Input "cache-dir" is "\.\.\/elsewhere"\. -> Use the path/);
  expect(stateOf(run).codex).toEqual(['ok']);
});

test('at a terminal without a token: the report says where one comes from', async () => {
  const { directory } = widgets;
  const run = await typeCommand(['doctor', '--json'], { github, directory, env: {} });
  expect(run).toMatchObject({ exitCode: 1, json: { conclusion: 'failed', env: 'test' } });
  const checks = run.json as { checks: ReturnType<typeof checksOf> };
  expect(checks.checks).toContainEqual({
    ...{ check: 'token', state: 'failed', says: expect.stringMatching(/^There is no token for /) },
    remedy: 'Set GITHUB_TOKEN or GH_TOKEN, log in with "gh auth login", or pass "--token".',
  });
  expect(checks.checks.filter(({ check }) => check === 'configuration').map(({ state }) => state)).toContain('ok');
  expect(run.requests).toEqual([]);
});

test.each(['app-id', 'client-id'])(
  'at a terminal whose server only the checkout names: neither token nor App goes there, %s',
  async (name) => {
    const { directory } = await host(`strange-${name}`, { 'docs/a.md': 'A\n', [FILE]: config });
    const env = { GH_HOST: '', GITHUB_TOKEN: token };
    const line = ['doctor', '--codex-repository', codex, `--${name}`, '7', '--private-key', key];
    const run = await typeCommand(line, { github, directory, env });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/❌ token: Only the remote "origin" names the server .*, so no token is sent there\./);
    expect(run.stdout.match(/❌ token: /g)).toHaveLength(1);
    expect(run.stdout).toContain('codex: Not checked: there is no token for the codex.');
    expect(run.requests).toEqual([]);
  },
);

test('outside of any repository, without git', async () => {
  const directory = await github.scratch('nowhere');
  const { serverUrl: GITHUB_SERVER_URL, apiUrl: GITHUB_API_URL } = github;
  const env = { GITHUB_SERVER_URL, GITHUB_API_URL, GITHUB_TOKEN: token, PATH: '/nowhere' };
  const run = await typeCommand(['doctor', '--codex-repository', codex], { github, directory, env });
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(/❌ git: Git cannot be started/);
  expect(run.stdout.match(/Git cannot be started/g)).toHaveLength(1);
  expect(run.stdout).toContain(`✅ codex: ${codex} is`);
});

test('at a terminal: a folder without a repository on GitHub, and a checkout without a commit', async () => {
  const { directory, git } = await host('lonely', { 'docs/a.md': 'A\n', [FILE]: config });
  const type = (...line: string[]) => typeCommand(line, { github, directory, env: { GITHUB_TOKEN: token } });
  const astray = await type('doctor', '--working-directory', 'nope');
  expect(astray.exitCode).toBe(1);
  expect(astray.stdout).toMatch(/❌ checkout: --working-directory is "nope"\. Use the path of a folder/);
  expect(astray.stdout).toContain('patterns: Not checked: the checkout cannot be used.');

  const origin = (await git('remote', 'get-url', 'origin')).trim();
  const add = 'Run this in a checkout of the project, or add its remote: git remote add origin <url>.';
  for (const change of [
    ['set-url', 'origin', 'https://example.com/acme/lonely'],
    ['remove', 'origin'],
  ]) {
    await git('remote', ...change);
    const run = await typeCommand(['doctor'], {
      ...{ github, directory },
      env: { GITHUB_TOKEN: token, GITHUB_SERVER_URL: github.serverUrl, GITHUB_API_URL: github.apiUrl },
    });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain(
      `❌ checkout: This folder is not in a repository with a remote "origin" on GitHub. ${add}`,
    );
    expect(run.stdout).toContain('project folder: Not checked: this run belongs to no repository.');
  }
  await git('remote', 'add', 'origin', origin);
  await git('checkout', '--quiet', '--orphan', 'empty');
  const empty = await type('doctor');
  expect(empty.exitCode).toBe(1);
  expect(empty.stdout).toMatch(/❌ checkout: .*no commit/);
});

test('at a terminal: a server that is none, and one that does not answer, are the only cause', async () => {
  const { directory } = widgets;
  const type = (env: Record<string, string>) => typeCommand(['doctor'], { github, directory, env });
  const none = await type({ GITHUB_SERVER_URL: 'nonsense', GITHUB_TOKEN: token });
  expect(none.exitCode).toBe(1);
  expect(none.stdout).toContain('❌ server: The server is "nonsense". Set GITHUB_SERVER_URL');
  expect(none.stdout).toMatch(/codex: Not checked: the server is not known\.\n/);
  expect(none.stdout).toMatch(/project token: Not checked: the server is not known\.\n/);
  expect(none.stdout).not.toMatch(/there is no token|none is given|Give the token|Pass /);

  const api = { GITHUB_SERVER_URL: github.serverUrl, GITHUB_API_URL: 'http://127.0.0.1:9/api/v3' };
  const silent = await type({ ...api, GITHUB_TOKEN: token });
  expect(silent.exitCode).toBe(1);
  expect(silent.stdout).toContain('project token: Not checked: GitHub did not answer.');
  expect(silent.stdout).not.toMatch(/cannot read|may read it|contents: read/);
});
