import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commits, editCodex, readText, readTree } from '../support/codex.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import type { RepositoryOptions } from '../support/github-repositories.ts';
import { createProject } from '../support/project.ts';
import { type ActionRun, runAction } from '../support/runner.ts';

const token = 'ghp_codex';
const guide = 'projects/widgets/docs/guide.md';
let github: LocalGitHub;
let organizations = 0;

beforeAll(async () => {
  github = await startGitHub();
  github.addToken(token, { '*': 'write' });
});
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

/** An organization with a codex, and a project in it that can run the action. */
async function organize(hosted: RepositoryOptions = { files: { 'README.md': 'Codex\n' } }, config: object = {}) {
  organizations += 1;
  const owner = `acme${organizations}`;
  const codex = `${owner}/codex.acme.com`;
  await github.createRepository(codex, hosted);
  const configuration = JSON.stringify({ organization: owner, codex_repo: 'codex.acme.com', ...config });
  const files = { 'docs/guide.md': '# Guide\n', '.fractary/plugins/codex/config.json': configuration };
  const addProject = async (name: string) => {
    const { directory } = await createProject(github, `${owner}/${name}`, files);
    return (inputs: Record<string, string> = {}) =>
      runAction({ github, workspace: directory, repository: `${owner}/${name}`, inputs: { token, ...inputs } });
  };
  const branches = async () => (await github.git(codex, 'for-each-ref', '--format=%(refname:lstrip=2)')).split('\n');
  return { codex, addProject, publish: await addProject('widgets'), branches };
}

function apiWrites({ requests }: ActionRun): string[] {
  return requests.filter(({ kind, method }) => kind === 'api' && method !== 'GET').map(({ path }) => path);
}

function errorsOf({ annotations }: ActionRun): string[] {
  return annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
}

describe('which environment', () => {
  test('is test by default: its branch is created from production through the API, then published', async () => {
    const { codex, publish } = await organize();
    const production = await github.git(codex, 'rev-parse', 'main');
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'test', branch: 'test' });
    expect(run.outputs).toMatchObject({ changed: 'true', 'branch-created': 'true' });
    expect(apiWrites(run)).toEqual([`/api/v3/repos/${codex}/git/refs`]);
    expect((await commits(github, codex, 'test')).map(({ sha }) => sha)).toEqual([
      run.outputs['commit-sha'],
      production,
    ]);
    expect(await readText(github, codex, 'test', guide)).toBe('# Guide\n');
    expect(await github.git(codex, 'rev-parse', 'main')).toBe(production);
  });

  test.each(['prod', 'production'])('is production when the input says %s', async (env) => {
    const { codex, publish, branches } = await organize();
    const run = await publish({ env });
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'prod', branch: 'main' });
    expect(run.outputs).toMatchObject({ 'branch-created': 'false' });
    expect(run.log).toContain('Environment: prod (branch: main)');
    expect(await readText(github, codex, 'main', guide)).toBe('# Guide\n');
    expect(await branches()).toEqual(['main']);
  });

  test('comes from the configuration by name and branch, and the input wins over its default', async () => {
    const environments = { default: 'staging', branches: { staging: 'docs/staging', prod: 'live' } };
    const { codex, publish, branches } = await organize(
      { defaultBranch: 'live', files: { 'README.md': 'Codex\n' } },
      { environments },
    );
    expect((await publish()).outputs).toMatchObject({ env: 'staging', branch: 'docs/staging' });
    expect((await publish({ env: 'test' })).outputs).toMatchObject({ env: 'test', branch: 'test' });
    expect(await readText(github, codex, 'live', guide)).toBeUndefined();
    expect((await publish({ environment: 'production' })).outputs).toMatchObject({ env: 'prod', branch: 'live' });
    for (const branch of await branches()) expect(await readText(github, codex, branch, guide)).toBe('# Guide\n');
    expect(await branches()).toEqual(['docs/staging', 'live', 'test']);
  });
});

describe('a missing branch', () => {
  test('that another run creates meanwhile is a success, on top of what that run published', async () => {
    const { codex, publish } = await organize();
    let others = '';
    const meanwhile = async () => {
      await github.git(codex, 'update-ref', 'refs/heads/test', 'main');
      others = await editCodex(github, codex, 'test', { 'projects/others/a.md': 'theirs\n' });
    };
    github.fault({ match: new RegExp(`^POST .*${codex}/git/refs`), meanwhile });
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'false' });
    expect((await commits(github, codex, 'test'))[0]).toMatchObject({ parents: [others] });
    expect(await readText(github, codex, 'test', 'projects/others/a.md')).toBe('theirs\n');
  });

  test('is created once by projects that start at the same moment, and all of them publish', async () => {
    const { codex, publish, addProject } = await organize();
    const all = [publish, await addProject('gadgets'), await addProject('gizmos')];
    const runs = await Promise.all(all.map((one) => one()));
    expect(runs.map(({ outputs }) => outputs.conclusion)).toEqual(['published', 'published', 'published']);
    expect(runs.filter(({ outputs }) => outputs['branch-created'] === 'true')).toHaveLength(1);
    const published = Object.keys(await readTree(github, codex, 'test', 'projects'));
    expect(published.filter((path) => path.endsWith('/docs/guide.md'))).toHaveLength(3);
  });

  test.each(['test', 'prod'])('of production is explained and never made up (env: %s)', async (env) => {
    const { codex, publish, branches } = await organize({ defaultBranch: 'trunk', files: { 'README.md': 'Codex\n' } });
    const before = await github.git(codex, 'rev-parse', 'trunk');
    const run = await publish({ env });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
    expect(errorsOf(run)).toEqual([expect.stringMatching(/\bmain\b.*\btrunk\b.*environments\.branches\.prod\b/)]);
    expect(await branches()).toEqual(['trunk']);
    expect(await github.git(codex, 'rev-parse', 'trunk')).toBe(before);
  });
});

describe('a renamed branch', () => {
  test('is not followed: the test branch is created anew, the other one stays as it is', async () => {
    const { codex, publish } = await organize();
    const others = await editCodex(github, codex, 'qa', { 'README.md': 'Quality\n' });
    github.renameBranchRedirect(codex, 'test', 'qa');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'test', 'branch-created': 'true' });
    expect(await github.git(codex, 'rev-parse', 'qa')).toBe(others);
    expect(await readText(github, codex, 'test', guide)).toBe('# Guide\n');
  });

  test('of production is an error that publishes nothing', async () => {
    const { codex, publish } = await organize({ defaultBranch: 'trunk', files: { 'README.md': 'Codex\n' } });
    const before = await github.git(codex, 'rev-parse', 'trunk');
    github.renameBranchRedirect(codex, 'main', 'trunk');
    const run = await publish({ env: 'prod' });
    expect(run.exitCode).toBe(1);
    expect(errorsOf(run)).toEqual([expect.stringContaining('trunk')]);
    expect(await github.git(codex, 'rev-parse', 'trunk')).toBe(before);
  });
});

describe('an empty codex', () => {
  const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

  test('is initialised with an empty commit in production, then test is published as usual', async () => {
    const { codex, publish } = await organize({});
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'branch-created': 'true' } });
    const [published, first] = await commits(github, codex, 'test');
    expect(published?.sha).toBe(run.outputs['commit-sha']);
    expect(await github.git(codex, 'rev-parse', 'main', 'main^{tree}')).toBe(`${first?.sha}\n${emptyTree}`);
    expect(first?.parents).toEqual([]);
    expect(await readText(github, codex, 'test', guide)).toBe('# Guide\n');
  });

  test('takes a production run too, which does not claim that main was created from main', async () => {
    const { codex, publish, branches } = await organize({});
    const run = await publish({ env: 'prod' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', branch: 'main' } });
    expect(await readText(github, codex, 'main', guide)).toBe('# Guide\n');
    expect(await github.git(codex, 'rev-parse', 'main~1^{tree}')).toBe(emptyTree);
    expect(await branches()).toEqual(['main']);
    expect(run.log).not.toContain('main was created from main');
  });

  test('that somebody else initialises meanwhile keeps their first commit', async () => {
    const { codex, publish } = await organize({});
    let others = '';
    const meanwhile = async () => {
      others = await editCodex(github, codex, 'main', { 'README.md': 'Theirs\n' });
    };
    github.fault({ match: new RegExp(`^POST /${codex}/git-receive-pack`), meanwhile });
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
    expect((await commits(github, codex, 'test'))[0]?.parents).toEqual([others]);
    expect(await github.git(codex, 'rev-parse', 'main')).toBe(others);
  });
});
