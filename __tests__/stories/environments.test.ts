import { describe, expect, test } from '@jest/globals';
import { commits, readTree } from '../support/codex.ts';
import { commitFiles } from '../support/commit-files.ts';
import type { RepositoryOptions } from '../support/github-repositories.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, useStories, writes } from '../support/story.ts';

const guide = 'projects/widgets/docs/guide.md';
const startStory = useStories();

/** An organization with a codex, and a project in it that can run the action. */
async function organize(hosted?: RepositoryOptions, config: object = {}) {
  const story = await startStory(hosted);
  const configuration = JSON.stringify({ organization: 'acme', codex_repo: 'codex.acme.com', ...config });
  const files = { 'docs/guide.md': '# Guide\n', '.fractary/plugins/codex/config.json': configuration };
  const addProject = async (name: string) => {
    const { publish } = await story.host(name, files);
    return (inputs: Record<string, string> = {}) => publish({ 'codex-repository': '', ...inputs });
  };
  const branches = async () =>
    (await story.github.git(codex, 'for-each-ref', '--format=%(refname:lstrip=2)')).split('\n');
  return { ...story, addProject, publish: await addProject('widgets'), branches };
}

function apiWrites(run: ActionRun): string[] {
  return writes(run).flatMap(({ kind, path }) => (kind === 'api' ? [path] : []));
}

describe('which environment', () => {
  test.concurrent('is test by default: its branch is created from production through the API, then published', async () => {
    const { github, publish, read, tip } = await organize();
    const production = await tip('main');
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'test', branch: 'test' });
    expect(run.outputs).toMatchObject({ changed: 'true', 'branch-created': 'true' });
    expect(apiWrites(run)).toEqual([`/api/v3/repos/${codex}/git/refs`]);
    expect((await commits(github, codex, 'test')).map(({ sha }) => sha)).toEqual([
      run.outputs['commit-sha'],
      production,
    ]);
    expect(await read(guide)).toBe('# Guide\n');
    expect(await tip('main')).toBe(production);
  });

  test.concurrent.each(['prod', 'production'])('is production when the input says %s', async (env) => {
    const { publish, branches, read } = await organize();
    const run = await publish({ env });
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'prod', branch: 'main' });
    expect(run.outputs).toMatchObject({ 'branch-created': 'false' });
    expect(run.log).toContain('Environment: prod (branch: main)');
    expect(await read(guide, 'main')).toBe('# Guide\n');
    expect(await branches()).toEqual(['main']);
  });

  test.concurrent('comes from the configuration by name and branch, and the input wins over its default', async () => {
    const environments = { default: 'staging', branches: { staging: 'docs/staging', prod: 'live' } };
    const { publish, branches, read } = await organize(
      { defaultBranch: 'live', files: { 'README.md': 'Codex\n' } },
      { environments },
    );
    expect((await publish()).outputs).toMatchObject({ env: 'staging', branch: 'docs/staging' });
    expect((await publish({ env: 'test' })).outputs).toMatchObject({ env: 'test', branch: 'test' });
    expect(await read(guide, 'live')).toBeUndefined();
    expect((await publish({ environment: 'production' })).outputs).toMatchObject({ env: 'prod', branch: 'live' });
    for (const branch of await branches()) expect(await read(guide, branch)).toBe('# Guide\n');
    expect(await branches()).toEqual(['docs/staging', 'live', 'test']);
  });
});

describe('a missing branch', () => {
  test.concurrent('that another run creates meanwhile is a success, on top of what that run published', async () => {
    const { github, publish, edit, read } = await organize();
    let others = '';
    const meanwhile = async () => {
      await github.git(codex, 'update-ref', 'refs/heads/test', 'main');
      others = await edit({ 'projects/others/a.md': 'theirs\n' });
    };
    github.fault({ match: new RegExp(`^POST .*${codex}/git/refs`), meanwhile });
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'false' });
    expect((await commits(github, codex, 'test'))[0]).toMatchObject({ parents: [others] });
    expect(await read('projects/others/a.md')).toBe('theirs\n');
  });

  test.concurrent('is created once by projects that start at the same moment, and all of them publish', async () => {
    const { github, publish, addProject } = await organize();
    const all = [publish, await addProject('gadgets'), await addProject('gizmos')];
    const runs = await Promise.all(all.map((one) => one()));
    expect(runs.map(({ outputs }) => outputs.conclusion)).toEqual(['published', 'published', 'published']);
    expect(runs.filter(({ outputs }) => outputs['branch-created'] === 'true')).toHaveLength(1);
    const published = Object.keys(await readTree(github, codex, 'test', 'projects'));
    expect(published.filter((path) => path.endsWith('/docs/guide.md'))).toHaveLength(3);
  });

  test.concurrent.each(['test', 'prod'])('of production is explained and never made up (env: %s)', async (env) => {
    const { publish, branches, tip } = await organize({ defaultBranch: 'trunk', files: { 'README.md': 'Codex\n' } });
    const before = await tip('trunk');
    const run = await publish({ env });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
    expect(messages(run, 'error')).toEqual([
      expect.stringMatching(/\bmain\b.*\btrunk\b.*environments\.branches\.prod\b/),
    ]);
    expect(await branches()).toEqual(['trunk']);
    expect(await tip('trunk')).toBe(before);
  });
});

describe('a renamed branch', () => {
  test.concurrent('is not followed: the test branch is created anew, the other one stays as it is', async () => {
    const { github, publish, edit, read, tip } = await organize();
    const others = await edit({ 'README.md': 'Quality\n' }, 'qa');
    github.renameBranchRedirect(codex, 'test', 'qa');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'test', 'branch-created': 'true' });
    expect(await tip('qa')).toBe(others);
    expect(await read(guide)).toBe('# Guide\n');
  });

  test.concurrent('of production is an error that publishes nothing', async () => {
    const { github, publish, tip } = await organize({ defaultBranch: 'trunk', files: { 'README.md': 'Codex\n' } });
    const before = await tip('trunk');
    github.renameBranchRedirect(codex, 'main', 'trunk');
    const run = await publish({ env: 'prod' });
    expect(run.exitCode).toBe(1);
    expect(messages(run, 'error')).toEqual([expect.stringContaining('trunk')]);
    expect(await tip('trunk')).toBe(before);
  });
});

describe('an empty codex', () => {
  const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

  test.concurrent('is initialised with an empty commit in production, then test is published as usual', async () => {
    const { github, publish, read } = await organize({});
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'branch-created': 'true' } });
    const [published, first] = await commits(github, codex, 'test');
    expect(published?.sha).toBe(run.outputs['commit-sha']);
    expect(await github.git(codex, 'rev-parse', 'main', 'main^{tree}')).toBe(`${first?.sha}\n${emptyTree}`);
    expect(first?.parents).toEqual([]);
    expect(await read(guide)).toBe('# Guide\n');
  });

  test.concurrent('takes a production run too, which does not claim that main was created from main', async () => {
    const { github, publish, branches, read } = await organize({});
    const run = await publish({ env: 'prod' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', branch: 'main' } });
    expect(await read(guide, 'main')).toBe('# Guide\n');
    expect(await github.git(codex, 'rev-parse', 'main~1^{tree}')).toBe(emptyTree);
    expect(await branches()).toEqual(['main']);
    expect(run.log).not.toContain('main was created from main');
  });

  test.concurrent('that somebody else initialises meanwhile keeps their first commit', async () => {
    const { github, publish, edit, tip } = await organize({});
    let others = '';
    const meanwhile = async () => {
      others = await edit({ 'README.md': 'Theirs\n' }, 'main');
    };
    github.fault({ match: new RegExp(`^POST /${codex}/git-receive-pack`), meanwhile });
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
    expect((await commits(github, codex, 'test'))[0]?.parents).toEqual([others]);
    expect(await tip('main')).toBe(others);
  });
});

describe('a branch that a run creates', () => {
  test.concurrent('is not created by a run that fails at its plan', async () => {
    const { publish, addProject, branches } = await organize();
    await publish({ env: 'prod' });
    // Another repository claims the folder that stands on main.
    const other = await addProject('gadgets');
    expectRefused(await other({ project: 'widgets' }), 'belongs to');
    expect(await branches()).toEqual(['main']);
  });

  test.concurrent('is told in the outputs of a run that fails behind it', async () => {
    const { github, publish, branches } = await organize();
    github.fault({ match: /POST .*git-receive-pack/, meanwhile: async () => github.protect(codex, 'test', 'No.') });
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', env: 'test' } });
    expect(run.outputs).toMatchObject({ 'branch-created': 'true', attempts: '1', changed: 'false' });
    expect(await branches()).toEqual(['main', 'test']);
  });

  test.concurrent("is refused in the remote's words, on one line", async () => {
    const { github, publish } = await organize();
    github.protect(codex, 'test', 'Cannot create ref due to creations being restricted.');
    const run = await publish();
    expectRefused(run, 'GitHub refused to create branch test', 'Cannot create ref due to creations being restricted.');
    expect(run.annotations[0]?.message).not.toContain('\\u{a}');
  });
});

test.concurrent.each(['info/refs\\?service=git-receive-pack', 'git-receive-pack$'])(
  'the first commit of an empty codex rides out a 503: %s',
  async (match) => {
    const { github, publish, read } = await organize({});
    github.fault({ match: new RegExp(match), status: 503 });
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'true' });
    expect(await read(guide)).toBe('# Guide\n');
  },
);

describe('a branch of an environment that is not there', () => {
  test.concurrent('is created from production, and log and summary say from which commit', async () => {
    const { publish, tip } = await organize();
    const production = (await tip('main')).slice(0, 12);
    const run = await publish();
    expect(run.annotations).toEqual([]);
    expect(run.log).toContain(
      `Branch test was created from main at ${production}, so it starts with the documents of production`,
    );
    expect(run.summary).toContain(
      `(created from main at ${production}, so it starts with the documents of production)`,
    );
  });

  test.concurrent.each<[string, Record<string, string>]>([
    ['sync-project', {}],
    ['promote', { mode: 'promote', from: 'prod', env: 'test', project: 'widgets' }],
  ])('warns where it was deleted: what others published to it alone is missing (%s)', async (_, inputs) => {
    const { publish, github, tip } = await organize();
    await publish({ env: 'prod' });
    await publish();
    const last = await tip();
    await github.deleteBranch(codex, 'test');
    const run = await publish(inputs);
    expect(run.outputs['branch-created']).toBe('true');
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Branch test was deleted \\(.*Z\\), and this run created it again.*Its last commit was ${last}\\.$`,
        ),
      ),
    ]);
  });

  test.concurrent.each([403, 404])(
    'is created without a word of that where GitHub does not tell (%i)',
    async (status) => {
      const { publish, github } = await organize();
      await publish();
      await github.deleteBranch(codex, 'test');
      github.fault({ match: /\/activity\?/, status, body: { message: 'No.' }, times: 9 });
      const run = await publish();
      expect(run).toMatchObject({ annotations: [], outputs: { conclusion: 'published', 'branch-created': 'true' } });
    },
  );

  test.concurrent.each([
    ['docs', 'docs/test'],
    ['docs/test/eu', 'docs/test'],
  ])('has no room beside branch %s, which is told at once', async (other, branch) => {
    const { publish, github, branches } = await organize(
      { files: { 'README.md': '#' } },
      {
        environments: { branches: { test: branch } },
      },
    );
    await github.git(codex, 'branch', other, 'main');
    const words = [
      `Branch ${branch} (environment test) cannot be created`,
      `has branch ${other}`,
      'environments.branches',
    ];
    expectRefused(await publish(), ...words);
    expectRefused(await publish({ 'dry-run': 'true' }), ...words);
    expect(await branches()).toEqual([other, 'main'].sort());
  });

  test.concurrent('has no room in an empty codex either where another run is faster with one below it', async () => {
    const { publish, github, branches } = await organize({});
    const hold = async () => {
      await commitFiles(
        github.directory(codex),
        'refs/heads/main/x',
        { 'README.md': 'x\n' },
        {
          message: 'First',
          date: '2026-01-01T00:00:00Z',
        },
      );
    };
    github.fault({ match: new RegExp(`^POST /${codex}/git-receive-pack`), meanwhile: hold });
    const run = await publish({ env: 'prod' });
    expectRefused(run, 'Branch main (environment prod) cannot be created', 'has branch main/x');
    expect(await branches()).toEqual(['main/x']);
  });
});
