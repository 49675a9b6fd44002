import { writeFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { cacheDir, cached } from '../support/consumer.ts';
import { gitText } from '../support/git.ts';
import { codex, token, useStory, writes } from '../support/story.ts';
import { type TerminalOptions, typeCommand } from '../support/terminal.ts';

const story = await useStory();
const { github } = story;
const config = (more: object = {}) => ({
  '.fractary/plugins/codex/config.json': JSON.stringify({ codex_repo: 'codex.acme.com', ...more }),
});
const widgets = await story.host('widgets', { ...config(), 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
const gadgets = await story.host('gadgets', {
  ...config({ environments: { default: 'prod' } }),
  'docs/a.md': 'gadgets\n',
});
github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read', 'acme/gadgets': 'read' });
// What a clone knows, and a checkout on a runner does not.
for (const { git } of [widgets, gadgets]) await git('remote', 'set-head', 'origin', 'main');

const inWidgets: TerminalOptions = { github, directory: widgets.directory, env: { GITHUB_TOKEN: token } };
const type = (line: string, options: Partial<TerminalOptions> = {}) =>
  typeCommand(line.split(' '), { ...inWidgets, ...options });

test('the commands of the specification, as they are typed there', async () => {
  const looked = await type('sync-project --env test --dry-run');
  expect(looked).toMatchObject({ exitCode: 0, stderr: '' });
  expect(looked.stdout).toContain('Branch test does not exist; it would be created from main\n');
  expect(looked.stdout).toContain('Next: Run it without "--dry-run" to publish this.\n');
  expect(writes(looked)).toEqual([]);

  const first = await type('sync-project');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^🎯 STARTING: Project Sync\nProject: widgets\nCodex: codex\.acme\.com\nEnvironment: test \(branch: test\)\n/,
  );
  expect(first.stdout).toContain('✅ COMPLETED: Project Sync\nPublished to test (branch test): 2 added, 0 modified');
  expect(Object.keys(await story.documents())).toEqual(['docs/a.md', 'docs/b.md']);
  // Nobody's run of a workflow: no link that leads nowhere.
  const message = await github.git(codex, 'log', '-1', '--format=%B', 'test');
  expect(message).toContain('Codex-Source: acme/widgets@');
  expect(message).not.toContain('Codex-Run');
  expect((await type('sync-project --env test')).stdout).toContain('Nothing to publish: test');

  expect((await type('sync-project --env prod')).stdout).toContain('Published to prod (branch main): 2 added');
  expect((await type('sync-project --environment production')).stdout).toContain('Nothing to publish: prod');
  expect((await story.manifest('widgets', 'main')).source).toMatchObject({
    repository: 'acme/widgets',
    ref: 'refs/heads/main',
  });

  const fetched = await type('fetch @codex/widgets/docs/a.md --env prod');
  expect(fetched).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await cached(widgets.directory)).toEqual({ 'acme/widgets/prod/docs/a.md': 'a\n' });
  const listed = await type('cache-list', { env: {} });
  expect(listed.stdout).toMatch(/@codex\/widgets\/docs\/a\.md +prod /);
  await widgets.git('clean', '-fdqx', cacheDir);
  const examined = await type('doctor');
  expect(examined.stdout).toContain('At a terminal there is no Actions cache: copies are kept on disk only.\n');
});

test('one document on standard output, everything else beside it', async () => {
  const run = await type('sync-project --env prod --json');
  expect(run.json).toMatchObject({ conclusion: 'unchanged', env: 'prod', branch: 'main', changes: [] });
  expect(run.stdout.trimEnd()).not.toContain('\n');
  expect(run.stderr).toContain('COMPLETED: Project Sync');
  const failed = await type('fetch @codex/widgets/docs/none.md --json');
  const error = { code: 'not-found', message: expect.stringContaining('docs/none.md') };
  expect(failed).toMatchObject({ exitCode: 1, json: { conclusion: 'failed', env: 'test', error } });
  expect(failed.stderr).toMatch(/^Error: .*docs\/none\.md/m);
});

test('production that only the configuration names is not published while nobody confirms it', async () => {
  const inGadgets = { directory: gadgets.directory };
  const refused = await type('sync-project', inGadgets);
  expect(refused.exitCode).toBe(1);
  expect(refused.requests).toEqual([]);
  expect(refused.stderr).toContain(
    'Error: Production (branch main) is not written to: only environments.default in .fractary/plugins/codex/config.json names it, and there is no interactive terminal to confirm it. Pass "--env prod" or "--yes" if it is intended, or "--env test".\n',
  );
  expect((await type('sync-org --source-ref default-branch', inGadgets)).stderr).toContain(
    'Production (branch main) is not written to',
  );
  expect((await type('sync-project --dry-run', inGadgets)).stdout).toContain('1 added');
  expect((await type('sync-project --yes', inGadgets)).stdout).toContain('Published to prod (branch main): 1 added');
  expect((await type('sync-project --env prod', inGadgets)).exitCode).toBe(0);

  // A configuration may call production whatever it likes.
  await gadgets.write(
    '.fractary/plugins/codex/config.json',
    JSON.stringify({ codex_repo: 'codex.acme.com', environments: { branches: { test: 'main', staging: 'staging' } } }),
  );
  for (const line of [
    'sync-project',
    'sync-project --env test',
    'retire --env test',
    'promote --from staging --env test',
  ]) {
    const mapped = await type(line, inGadgets);
    expect(mapped).toMatchObject({ exitCode: 1, requests: [] });
    expect(mapped.stderr).toContain(
      'config.json maps test to that branch, and there is no interactive terminal to confirm it. Pass "--env prod" or',
    );
  }
});

test('a step of a workflow is no terminal: the guards of its event hold', async () => {
  const event = `${await github.scratch('event')}/event.json`;
  await writeFile(event, '{}');
  const env = {
    ...{ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'issue_comment', GITHUB_EVENT_PATH: event, GITHUB_TOKEN: token },
    ...{ GITHUB_REPOSITORY: 'acme/widgets', GITHUB_REF: 'refs/heads/main', GITHUB_SERVER_URL: github.serverUrl },
    GITHUB_API_URL: github.apiUrl,
  };
  const run = await type('sync-project --env prod', { env });
  expect(run).toMatchObject({ exitCode: 1, requests: [] });
  expect(run.stderr).toContain('Production (branch main) is never published on issue_comment');
});

test.each([
  [
    'sync-projct',
    "Unknown command 'sync-projct'. Did you mean sync-project? Nothing was done. See the help: codex-sync --help",
  ],
  [
    'sync-project --dryrun',
    "Unknown option '--dryrun'. Did you mean --dry-run? Nothing was done. See the help: codex-sync sync-project --help",
  ],
  ['fetch --adopt @codex/a/b.md', "Unknown option '--adopt'. Nothing was done."],
  ['sync-project prod', "Too many arguments for 'sync-project'."],
  ['sync-project --env', "Option '--env <value>' argument missing. Nothing was done."],
  ['sync-project --env staging', 'Environment "staging" is not configured. Use one of: test, prod, production.'],
  [
    'sync-project --env test --environment prod',
    '--env and --environment are one input, but their values are "test" and "prod".',
  ],
  ['sync-project --env test --env prod', `--env is given as "test" and as "prod". Give it once.`],
  // As an unset variable leaves it: the project of the checkout would be retired, the default environment published to.
  ['retire --env test ', "Command-argument value '' is invalid for argument 'project'. It is empty. Nothing was done."],
  ['sync-project --env ', "Option '--env <value>' argument '' is invalid. It is empty. Nothing was done."],
  ['sync-project --deletion-threshold many', '--deletion-threshold is "many". Use a whole number'],
  ['fetch', 'No reference is given. Use @codex/<project>/<path>'],
])('wrong usage is exit code 2 and one sentence: %s', async (line, sentence) => {
  const run = await type(line);
  expect(run).toMatchObject({ exitCode: 2, requests: [], stdout: '' });
  expect(run.stderr).toContain(`Error: `);
  expect(run.stderr).toContain(sentence);
});

test('the token comes from the variables, else from gh; without any, nothing is asked', async () => {
  const none = await type('status', { env: {}, programs: { gh: 'exit 1' } });
  expect(none).toMatchObject({ exitCode: 2, requests: [] });
  expect(none.stderr).toMatch(
    /^Error: There is no token for 127\.0\.0\.1:\d+\. Set GITHUB_TOKEN or GH_TOKEN, log in with "gh auth login", or pass "--token"\.\n$/,
  );
  const { host } = new URL(github.serverUrl);
  const gh = `[ "$*" = "auth token --hostname ${host}" ] && echo ${token}`;
  expect((await type('status', { env: {}, programs: { gh } })).stdout).toContain('COMPLETED: Status');
  const both = await type('status --json --verbose', { env: { GH_TOKEN: token }, programs: { gh: 'echo wrong' } });
  expect(both.json).toMatchObject({ conclusion: 'listed' });
  expect(both.stderr).toContain('git fetch');
  expect(`${both.stdout}${both.stderr}`).not.toContain(token);
});

test('a server that only the checkout names gets no token, wherever that comes from', async () => {
  const { host } = new URL(github.serverUrl);
  const gh = `[ "$*" = "auth token --hostname ${host}" ] && echo "$GH_ENTERPRISE_TOKEN"`;
  const env = { GH_HOST: '', GITHUB_TOKEN: token, GH_TOKEN: token, GH_ENTERPRISE_TOKEN: token };
  const words = ['--json', `--token ${token}`, '--app-id 1 --private-key none'];
  const runs = await Promise.all(words.map((more) => type(`status ${more}`, { env, programs: { gh } })));
  for (const run of runs) {
    expect(run).toMatchObject({ exitCode: 2, requests: [] });
    expect(run.stderr).toContain(
      `Error: Only the remote "origin" names the server ${host}, so no token is sent there. If you trust it, log in with "gh auth login --hostname ${host}", or set GH_HOST to it.`,
    );
  }
  const loggedIn = await type('status', {
    env: { ...env, GITHUB_TOKEN: 'of github.com' },
    programs: { gh: `echo ${token}` },
  });
  expect(loggedIn.exitCode).toBe(0);
});

test('the project comes from the remote, ssh and its aliases included; outside of any it has to be said', async () => {
  const directory = await github.scratch('elsewhere');
  const { host } = new URL(github.serverUrl);
  // The local GitHub answers on a port of its own, which no remote of ssh can name.
  const env = { GITHUB_TOKEN: token, GITHUB_SERVER_URL: github.serverUrl };
  await gitText(directory, ['clone', '--quiet', `file://${github.directory('acme/widgets')}`, '.']);
  await gitText(directory, ['remote', 'set-url', 'origin', 'git@work:acme/widgets.git']);
  const ssh = `[ "$*" = "-G work" ] && echo user git && echo hostname ${host.split(':')[0]}`;
  const known = await type('sync-project --dry-run', { directory, env, programs: { ssh } });
  expect(known.stdout).toContain('Project: widgets\n');
  expect(known.stdout).toContain('acme/widgets at');

  await gitText(directory, ['remote', 'set-url', 'origin', 'https://gitlab.com/acme/widgets.git']);
  const other = await type('sync-project --dry-run', { directory, env });
  expect(other).toMatchObject({ exitCode: 1, requests: [] });
  expect(other.stderr).toContain('This folder is not in a repository with a remote "origin" on GitHub.');

  const nowhere = await github.scratch('nowhere');
  const where = { directory: nowhere, env: { ...env, GH_HOST: 'unused' } };
  const said = `--codex-repository ${codex}`;
  expect((await type(`retire --env test --dry-run ${said}`, where)).stderr).toContain(
    'Cannot determine the project: pass --project, or run inside a GitHub checkout.',
  );
  expect((await type(`retire widgets --env test --dry-run ${said}`, where)).stdout).toContain(
    'widgets: would be retired',
  );
  for (const wrong of [{ GITHUB_SERVER_URL: 'ghe.acme.com' }, { GITHUB_SERVER_URL: '', GH_HOST: 'a host' }]) {
    const bad = await type('status', { directory: nowhere, env: { ...env, ...wrong } });
    expect(bad).toMatchObject({ exitCode: 2, requests: [] });
    expect(bad.stderr).toMatch(
      /^Error: The server is "(?:ghe\.acme\.com|https:\/\/a host)"\. Set GITHUB_SERVER_URL to/,
    );
  }
  const lost = await type(`sync-project ${said}`, where);
  expect(lost).toMatchObject({ exitCode: 1, requests: [] });
  expect(lost.stderr).toContain('This folder is not in a repository with a remote "origin" on GitHub.');
});

test('an address of the API that is none is one line with its remedy, and hinders no command without a request', async () => {
  const env = { ...inWidgets.env, GITHUB_API_URL: 'api.github.com' };
  const said = 'The server of the API is "api.github.com".';
  const remedy = `Set GITHUB_API_URL to its address, such as ${github.serverUrl}/api/v3, or leave it empty.`;
  const run = await type('status', { env });
  expect(run).toMatchObject({ exitCode: 2, requests: [], stderr: `Error: ${said} ${remedy}\n` });
  const examined = await type('doctor', { env });
  expect(examined).toMatchObject({ exitCode: 1, stderr: expect.not.stringContaining('TypeError') });
  expect(examined.stdout).toContain(said);
  expect(await type('--version', { env })).toMatchObject({ exitCode: 0, stderr: '' });

  const step = await widgets.publish({}, { env });
  expect(step).toMatchObject({ exitCode: 1, requests: [], outputs: { conclusion: 'failed' } });
  expect(step.stdout).toContain(`::error::${said} Set GITHUB_API_URL to its address`);
});

test('below the root of a checkout, and in a package of it', async () => {
  await widgets.write('packages/tools/docs/t.md', 't\n');
  const below = { directory: `${widgets.directory}/packages/tools` };
  expect((await type('sync-project --dry-run', below)).stdout).toContain('Project: widgets\n');
  const tools = await type('sync-project --dry-run --working-directory . --project tools', below);
  expect(tools.stdout).toMatch(/acme\/widgets, directory packages\/tools at .*: 1 document selected/);
});

test('what is not merged does not decide at a terminal either; what is pushed to the default branch is merged', async () => {
  const { git, commit, write, directory } = await story.host('tools', { ...config(), 'docs/a.md': 'a\n' });
  github.addToken('ghp_both', { [codex]: 'write', 'acme/tools': 'read' });
  await write('.fractary/plugins/codex/config.json', JSON.stringify({ codex_repo: 'other', project_name: 'billing' }));
  const dryRun = async () => {
    const run = await type('sync-project --dry-run', { directory, env: { GITHUB_TOKEN: 'ghp_both' } });
    return /\nProject: (.*)\nCodex: (.*)\n/.exec(run.stdout)?.slice(1) ?? run.stderr;
  };
  // Not cloned, so GitHub has to say which the default branch is.
  expect(await dryRun()).toEqual(['billing', 'other']);
  await commit('Not pushed');
  expect(await dryRun()).toEqual(['tools', 'codex.acme.com']);
  await git('checkout', '--quiet', '-b', 'wip');
  expect(await dryRun()).toEqual(['tools', 'codex.acme.com']);
});
