import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { cached } from '../support/consumer.ts';
import { gitText } from '../support/git.ts';
import { codex, token, useStory } from '../support/story.ts';
import { type TerminalOptions, typeCommand } from '../support/terminal.ts';

const story = await useStory();
const { github } = story;
const config = '.fractary/plugins/codex/config.json';
const settings = JSON.stringify({ codex_repo: 'codex.acme.com' });
const widgets = await story.host('widgets', { [config]: settings, 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read', 'acme/bare': 'read', 'acme/both': 'read' });
const bare = await story.host('bare', { 'docs/a.md': 'a\n' });
await widgets.git('remote', 'set-head', 'origin', 'main');

const type = (line: string, options: Partial<TerminalOptions> = {}) =>
  typeCommand(line.split(' '), { github, directory: widgets.directory, env: { GITHUB_TOKEN: token }, ...options });

describe('every sentence speaks of flags', () => {
  test.each([
    ['promote', '--env is not given, and "codex-sync promote" requires it. Use one of: test, prod, production.'],
    ['sync-org --env prod', '--source-ref is not given, and "codex-sync sync-org" requires it for production'],
    ['promote --env test', 'Name another environment, or an earlier commit to roll back to: "--from test@<commit>".'],
    ['retire --env prod --preview 12', '--preview is "12", and production (branch main) has no previews.'],
    ['fetch a --no-use-cache --lookup-only', '"--no-use-cache" and "--lookup-only" contradict each other'],
    ['status --app-id 12', '--private-key is empty, but --app-id is given. Check the variable or the file'],
    ['sync-project --env Prod', 'Environment "Prod" is not configured. Did you mean "prod"? Use one of: test, prod,'],
    ['fetch', 'Error: No reference is given. Use @codex/<project>/<path>'],
    ['fetch nothing', 'Reference "nothing" (number 1) is not a reference.'],
    [
      'status --working-directory ../../../../../..',
      'Error: --working-directory is "../../../../../..". Use the path of a',
    ],
    ['status --working-directory docs/none', '--working-directory is "docs/none". Use the path of a folder in this'],
    [
      'status --config /etc/passwd',
      'Configuration "/etc/passwd" is a link to nothing, or is outside of the repository.',
    ],
    ['status --config ../../../none.json', '--config is "../../../none.json", and there is no such file'],
    ['fetch @codex/a/b.md --cache-dir ../out', '--cache-dir is "../out". Use the path of a folder below the root of'],
    ['retire a b --env test', 'Error: 2 projects are given: a, b. Give one.'],
  ])('of what is typed: %s', async (line, sentence) => {
    const run = await type(line);
    expect(run).toMatchObject({ exitCode: 2, requests: [] });
    expect(run.stderr).toContain(sentence);
    expect(run.stderr).not.toMatch(/\binputs? "/i);
  });

  test('of what the run finds', async () => {
    expect((await type('sync-project')).stdout).toContain('Published to test (branch test): 2 added');
    const nothing = await type('sync-project --include none/**');
    expect(nothing.stderr).toContain('Correct --include (sync_patterns), or pass "--allow-empty" if the project');
    const fewer = await type('sync-project --include docs/a.md --deletion-threshold 0');
    expect(fewer.stderr).toContain('If it is intended, raise --deletion-threshold and --deletion-threshold-percent.\n');
    const mistyped = await type('fetch @codex/widgets/docs/aa.md');
    expect(mistyped.stderr).toContain('Correct the reference, or publish the documents there first.\n');
    const mistypedAll = await type('fetch @codex/widgets/docs/aa.md --references @codex/widgets/docs/bb.md');
    expect(mistypedAll.stderr).toContain('Correct the references, or publish the documents there first.\n');
    const missing = await type('retire --env test --project nothing');
    expect(missing.stderr).toContain('Correct --project or --env if you meant another one.\n');
    const dryRun = await type('sync-org --dry-run --include README.md --organization acme');
    expect(dryRun.stdout).not.toContain('mode: ');
  });
});

describe('a token is named by its source', () => {
  const sources: [string, string, Partial<TerminalOptions>, string, string][] = [
    [
      'GH_TOKEN',
      'status',
      { env: { GH_TOKEN: 'ghp_wrong' } },
      'token from GH_TOKEN',
      'create a new one, and set GH_TOKEN to it.',
    ],
    [
      ...['GITHUB_TOKEN', 'status', { env: { GITHUB_TOKEN: 'ghp_wrong', GH_TOKEN: token } }, 'token from GITHUB_TOKEN'],
      'create a new one, and set GITHUB_TOKEN to it.',
    ] as never,
    ['a flag', 'status --token ghp_wrong', {}, 'token in --token', 'create a new one and pass that.'],
    [
      ...['gh', 'status', { env: {}, programs: { gh: 'echo ghp_wrong' } }, 'token from "gh auth token"'],
      'log in again with "gh auth login".',
    ] as never,
  ];
  test.each(sources)('that GitHub does not accept: %s', async (_, line, options, source, advice) => {
    const run = await type(line, options);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(
      `Error: GitHub does not accept the ${source} (401 for ${codex}). It is wrong, expired or revoked: ${advice}\n`,
    );
  });

  test('that does not see the codex, or may not write', async () => {
    github.addToken('ghp_blind', { 'acme/widgets': 'read' });
    const blind = await type('status', { env: { GH_TOKEN: 'ghp_blind' } });
    expect(blind.stderr).toContain(
      `Repository ${codex} does not exist, or the token from GH_TOKEN may not see it (404). Check the name. Give the token from GH_TOKEN access to ${codex} ("Contents: read-only").`,
    );
    github.addToken('ghp_reader', { [codex]: 'read', 'acme/widgets': 'read' });
    const reader = await type('sync-project --env prod', { env: { GH_TOKEN: 'ghp_reader' } });
    expect(reader.exitCode).toBe(1);
    expect(reader.stderr).toContain('Give the token from GH_TOKEN access to');
  });

  test('in a step of a workflow, too, where the action speaks of its default', async () => {
    const event = `${await github.scratch('event')}/event.json`;
    await writeFile(event, '{}');
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: event, GH_TOKEN: 'ghp_blind' },
      ...{ GITHUB_REPOSITORY: 'acme/widgets', GITHUB_REF: 'refs/heads/main', GITHUB_SERVER_URL: github.serverUrl },
      GITHUB_API_URL: github.apiUrl,
    };
    expect((await type('status', { env })).stderr).toContain(`Give the token from GH_TOKEN access to ${codex}`);
  });
});

describe('where something is missing', () => {
  test('nothing is configured: codex-sync init', async () => {
    for (const line of ['sync-project', 'status', 'fetch @codex/widgets/docs/a.md']) {
      const run = await type(line, { directory: bare.directory });
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toMatch(
        /^Error: Cannot determine the codex: --codex-repository is not given, and there is no configuration \(.*\)\. Write a configuration with "codex-sync init", or pass "--codex-repository <owner>\/<name>"\.$/m,
      );
    }
    // The doctor goes on, so that this is one of its findings.
    const examined = await type('doctor', { directory: bare.directory });
    expect(examined.exitCode).toBe(1);
    expect(examined.stdout).toMatch(
      /^❌ codex: Cannot determine the codex: --codex-repository is not given, and there is no configuration \(.*\)\. Write a configuration with "codex-sync init", or pass "--codex-repository <owner>\/<name>"\.$/m,
    );
  });

  test('the remote is a path on this machine', async () => {
    const directory = await github.scratch('local');
    const path = github.directory('acme/widgets');
    await gitText(directory, ['clone', '--quiet', path, '.']);
    const run = await type('sync-project --dry-run', { directory });
    expect(run).toMatchObject({ exitCode: 1, requests: [] });
    expect(run.stderr).toContain(
      `Error: The remote "origin" of this repository is a path on this machine (${path}), so its repository on GitHub is unknown. Name that repository: --project-repository <owner>/<name>. Or set the remote to its address: git remote set-url origin <url>.`,
    );
    const env = { GITHUB_TOKEN: token, GITHUB_SERVER_URL: github.serverUrl, GITHUB_API_URL: github.apiUrl };
    const named = await type(`sync-project --dry-run --project-repository acme/widgets --codex-repository ${codex}`, {
      ...{ directory, env },
    });
    expect(named.stderr).toBe('');
    expect(named.exitCode).toBe(0);
  });

  test('a configuration that another one hides is named', async () => {
    const { directory, write } = await story.host('both', {
      ...{ [config]: settings, '.fractary/codex.yaml': 'project_name: other\n', 'docs/a.md': 'a\n' },
      '.fractary/config.yaml': 'logging: {}\n',
    });
    const note = (files: string) =>
      `Note: The configuration is ${config}; ${files} not read, since only the first of them counts. Keep one.\n`;
    const run = await type('status', { directory });
    expect(run.stderr).toContain(note('.fractary/codex.yaml is'));
    await write('.fractary/config.yaml', 'codex:\n  project: other\n');
    const three = await type('fetch @codex/widgets/docs/a.md', { directory });
    expect(three.stderr).toContain(note('.fractary/codex.yaml and .fractary/config.yaml are'));
    const named = await type(`status --config ${config}`, { directory });
    expect(named.stderr).not.toContain('only the first');
  });
});

test('flags in front of the command', async () => {
  const run = await type('--dry-run --env test sync-project');
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toContain('Environment: test (branch: test)\n');
});

test('paths are relative to the folder that the command is typed in', async () => {
  await widgets.write('packages/tools/other.json', JSON.stringify({ codex_repo: 'codex.acme.com', project_name: 'x' }));
  const below = { directory: `${widgets.directory}/packages/tools` };
  const named = await type('doctor --config other.json', below);
  expect(named.stdout).toContain('packages/tools/other.json is read.');
  const missing = await type('status --config none.json', below);
  expect(missing).toMatchObject({ exitCode: 2, requests: [] });
  expect(missing.stderr).toContain(`--config is "none.json", and there is no such file`);
  expect(missing.stderr).toContain('Give its path from the current folder, inside the repository.\n');
  const fetched = await type('fetch @codex/widgets/docs/a.md --cache-dir fetched', below);
  expect(fetched.exitCode).toBe(0);
  expect(await cached(widgets.directory, 'packages/tools/fetched')).toEqual({ 'acme/widgets/test/docs/a.md': 'a\n' });
  const listed = await type('cache-list --cache-dir ../tools/fetched', below);
  expect(listed.stdout).toContain('Directory: packages/tools/fetched\n');
  const outside = await type('cache-list --cache-dir ../../../fetched', below);
  expect(outside.stderr).toContain('Use the path of a folder below the root of the repository');
});

describe('waiting is shown', () => {
  const waits = async (match: RegExp, line: string, step: string, directory = widgets.directory) => {
    const heard = Promise.withResolvers<void>();
    // GitHub answers once the step was named; a run that names nothing has to end for the test to fail.
    github.fault({ match, meanwhile: () => Promise.race([heard.promise, sleep(20_000, undefined, { ref: false })]) });
    const started = await type(line, { directory, hears: (said) => said === `${step}…` && heard.resolve() });
    expect(github.clearFaults()).toBe(1);
    expect(started.steps).toContain(`${step}…`);
    return started;
  };

  test('for the codex', async () => {
    const run = await waits(/^\w+ \S*(?:graphql|codex\.acme\.com)/, 'status', `Reading the codex ${codex}`);
    expect(run.exitCode).toBe(0);
  });

  test('for the merged configuration', async () => {
    await waits(
      /^\w+ /,
      `sync-project --dry-run --codex-repository ${codex}`,
      'Reading the merged configuration',
      bare.directory,
    );
  });

  test('for a push', async () => {
    await widgets.write('docs/c.md', 'c\n');
    const run = await waits(/^POST .*receive-pack/, 'sync-project', `Publishing to branch test of ${codex}`);
    expect(run.exitCode).toBe(0);
  });

  test('for gh, which may ask its user', async () => {
    const run = await type('status --json', { env: {}, programs: { gh: `sleep 2; echo ${token}` } });
    expect(run.steps).toContain('Waiting for "gh auth token"…');
    expect(run.json).toMatchObject({ conclusion: 'listed' });
  });
});
