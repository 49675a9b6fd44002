import { describe, expect, test } from '@jest/globals';
import { FRACTARY_CONFIG } from '../support/fractary.ts';
import { config, failuresOf, found, orgToken, projectsOf, skippedOf } from '../support/organization.ts';
import { codex, expectRefused, messages, useStories } from '../support/story.ts';

const startStory = useStories();
const start = async (hosted?: Parameters<typeof startStory>[0]) => found(await startStory(hosted));
const documents = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`docs/${index}.md`, `${index}\n`]));

describe("a project's own configuration", () => {
  test.concurrent('decides on name, patterns and thresholds, and on nothing else', async () => {
    const { add, commit, syncOrg, documents: standing, github } = await start();
    const own = {
      organization: 'evil',
      codex_repo: 'elsewhere',
      project_name: 'gadgets',
      sync_patterns: ['handbook/**'],
      exclude_patterns: ['handbook/drafts/**'],
      environments: { default: 'prod', branches: { test: 'main' } },
      handlers: { sync: { options: { github: { deletion_threshold: 1000, deletion_threshold_percent: 100 } } } },
    };
    await add('own', {
      ...documents(1),
      ...Object.fromEntries(
        Object.entries(documents(8)).map(([path, text]) => [path.replace('docs', 'handbook'), text]),
      ),
      'handbook/drafts/x.md': 'x\n',
      '.fractary/codex.yaml': JSON.stringify(own),
    });
    const run = await syncOrg({ include: 'docs/**', 'deletion-threshold-percent': 10 });
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'test', branch: 'test', 'files-added': '8' });
    expect(Object.keys(await standing('gadgets')).every((path) => path.startsWith('handbook/'))).toBe(true);
    expect(await github.git(codex, 'log', '--format=%s', 'main')).toBe('Initial commit');
    await commit('own', Object.fromEntries([...Array(7).keys()].map((index) => [`handbook/${index}.md`, null])));
    expect((await syncOrg({ 'deletion-threshold-percent': 10 })).outputs).toMatchObject({
      conclusion: 'published',
      'files-deleted': '7',
    });
  });

  test.concurrent('that production has already makes the branch, where it is missing: its readers find the documents', async () => {
    const { add, syncOrg, documents: standing, github } = await start();
    await add('plain', documents(2));
    expect((await syncOrg({ env: 'prod', 'source-ref': 'default-branch' })).outputs).toMatchObject({
      conclusion: 'published',
      branch: 'main',
    });
    expect((await syncOrg()).outputs).toMatchObject({ conclusion: 'unchanged', 'branch-created': 'true' });
    expect(Object.keys(await standing('plain'))).toEqual(['docs/0.md', 'docs/1.md']);
    expect(await github.git(codex, 'rev-parse', 'test')).toBe(await github.git(codex, 'rev-parse', 'main'));
    expect((await syncOrg()).outputs).toMatchObject({ conclusion: 'unchanged', 'branch-created': 'false' });
  });

  test.concurrent('of nobody leaves what the organization says', async () => {
    const { add, syncOrg, documents: standing } = await start();
    await add('plain', { 'handbook/a.md': 'a\n', 'docs/b.md': 'b\n' });
    await syncOrg({ include: 'handbook/**' });
    expect(Object.keys(await standing('plain'))).toEqual(['handbook/a.md']);
  });

  test.concurrent('does not know what a workflow of the project generates: that stays, and the two do not take turns', async () => {
    const org = await start();
    const widgets = await org.host('widgets', { ...documents(3), '.gitignore': 'docs/api/\n' });
    await widgets.write('docs/api/a.md', 'Generated\n');
    const generated = { 'include-ignored': 'docs/api/**' };
    expect((await widgets.publish(generated)).outputs).toMatchObject({ conclusion: 'published', 'files-added': '4' });
    org.github.addToken(orgToken, { [codex]: 'write', 'acme/widgets': 'read' });

    await org.commit('widgets', { 'docs/0.md': 'Changed\n' });
    const run = await org.syncOrg();
    expect(run.outputs).toMatchObject({
      conclusion: 'published',
      failed: '0',
      'files-modified': '1',
      'files-deleted': '0',
    });
    expect(Object.keys(await org.documents('widgets'))).toContain('docs/api/a.md');
    expect(run.log).toContain(
      'docs/api/a.md (published with other patterns by .github/workflows/sync.yml, which decides',
    );
    expect((await org.syncOrg()).outputs).toMatchObject({ conclusion: 'unchanged', 'files-deleted': '0' });
    const { patterns } = (await org.manifest('widgets')).source;
    expect(patterns).toHaveLength(2);
  });

  test.concurrent("may be that of Fractary's own command line", async () => {
    const { add, syncOrg, documents: standing } = await start();
    await add('machines', {
      ...{ 'docs/a.md': 'a\n', 'docs/.b/c.md': 'c\n', 'x.tmp': 'x\n', 'specs/d.md': 'd\n' },
      '.fractary/codex/memory/m.md': 'm\n',
      '.fractary/config.yaml': FRACTARY_CONFIG,
    });
    const run = await syncOrg();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
    expect(messages(run, 'warning')).toEqual([]);
    expect(Object.keys(await standing('codex')).sort()).toEqual([
      '.fractary/codex/memory/m.md',
      'docs/.b/c.md',
      'docs/a.md',
    ]);
  });

  test.concurrent('that gives two repositories one name fails the second one', async () => {
    const { add, syncOrg, manifest } = await start();
    await add('alpha', { ...documents(1), [config]: '{"project_name": "shared"}' });
    await add('beta', { ...documents(1), [config]: '{"project_name": "Shared"}' });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({
      beta: expect.stringContaining('projects/Shared is reserved for repository alpha.'),
    });
    expect((await manifest('shared')).source.repository).toBe('acme/alpha');
  });

  test.concurrent('that is a link is an error, as is a name that is another repository’s in the codex', async () => {
    const { add, syncOrg } = await start();
    await add('widgets', documents(1));
    await syncOrg();
    await add('linked', { ...documents(1), [config]: { mode: '120000', content: '../../../elsewhere.json' } });
    await add('thief', { ...documents(1), [config]: '{"project_name": "widgets"}' });
    // The one that takes it comes first, and keeps it from nobody.
    await add('a-thief', { ...documents(1), [config]: '{"project_name": "widgets"}' });
    const run = await syncOrg({ repositories: 'linked\n*thief\nwidgets' });
    const stolen = /^projects\/widgets belongs to acme\/widgets, and this is acme\/.*thief\..*"mode: sync-project"\.$/;
    expect(failuresOf(run)).toEqual({
      'a-thief': expect.stringMatching(stolen),
      linked: expect.stringContaining('config.json is a link or a submodule.'),
      thief: expect.stringMatching(stolen),
    });
    expect(projectsOf(run).widgets).toMatchObject({ project: 'widgets', changed: false });
  });
});

describe('what would take documents away', () => {
  test.concurrent('more deletions than the threshold fail that project alone, and everything else lands', async () => {
    const { add, commit, syncOrg, documents: standing } = await start();
    await add('alpha', documents(10));
    await add('beta', documents(1));
    await syncOrg();
    await commit('alpha', {
      ...Object.fromEntries(Object.keys(documents(9)).map((path) => [path, null])),
      'docs/new.md': 'new\n',
    });
    await commit('beta', { 'docs/new.md': 'new\n' });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({
      conclusion: 'failed',
      'deletions-withheld': '9',
      'files-added': '2',
      'files-deleted': '0',
      succeeded: '1',
      failed: '1',
    });
    expect(failuresOf(run)).toEqual({ alpha: expect.stringContaining('9 deletions withheld') });
    expect(Object.keys(await standing('alpha'))).toHaveLength(11);
    expect(Object.keys(await standing('beta'))).toHaveLength(2);
    const meant = await syncOrg({ 'deletion-threshold-percent': 100 });
    expect(meant.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '9', failed: '0' });
  });

  test.concurrent('a repository that selects nothing any more fails where it owns documents', async () => {
    const { add, commit, syncOrg, documents: standing } = await start();
    await add('alpha', { ...documents(2), 'src/x.js': '1\n' });
    await add('beta', { 'src/x.js': '1\n' });
    await syncOrg();
    await commit('alpha', { 'docs/0.md': null, 'docs/1.md': null, 'readme.md': '# Alpha\n' });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({
      alpha: expect.stringMatching(/The patterns select no document .*README\.md \(readme\.md differs/),
    });
    expect(skippedOf(run)).toMatchObject({ beta: 'selects no documents' });
    expect(Object.keys(await standing('alpha'))).toHaveLength(2);
    const meant = await syncOrg({ 'allow-empty': true });
    expect(meant.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '2' });
  });
});

describe('what others did in the codex', () => {
  test.concurrent('edits and conflicts are left alone, and listed', async () => {
    const { add, commit, syncOrg, edit, read } = await start();
    await add('alpha', documents(3));
    await syncOrg();
    await edit({ 'projects/alpha/docs/0.md': 'drift\n', 'projects/alpha/docs/1.md': 'theirs\n' });
    await commit('alpha', { 'docs/1.md': 'ours\n', 'docs/2.md': 'new\n' });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'published', drifted: '2', conflicts: '1', 'files-modified': '1' });
    expect(await read('projects/alpha/docs/0.md')).toBe('drift\n');
    expect(await read('projects/alpha/docs/1.md')).toBe('theirs\n');
    expect(run.log).toContain('alpha: 1 modified, 2 documents edited in the codex and kept');
    expect(messages(run, 'warning')).toEqual(['Warnings in 1 repository: alpha.']);
    expect(projectsOf(run).alpha).toMatchObject({
      'drifted-paths': ['docs/0.md', 'docs/1.md'],
      'conflicting-paths': [{ path: 'docs/1.md', kept: 'codex' }],
    });
  });
});

describe('the guards', () => {
  test.concurrent('a private repository never goes into a codex that more people see, unless that is said', async () => {
    const { add, syncOrg, github } = await start({ visibility: 'internal', files: { 'README.md': '# Codex\n' } });
    await add('secret', documents(1), { visibility: 'private' });
    await add('open', documents(1), { visibility: 'public' });
    await add('inside', documents(1), { visibility: 'internal' });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({ secret: expect.stringMatching(/private and the codex is internal/) });
    expect(run.requests.filter(({ path }) => path.includes('acme/secret'))).toEqual([]);
    expect(await github.git(codex, 'ls-tree', '--name-only', 'test:projects')).toBe('inside\nopen');
    expect((await syncOrg({ 'allow-public': true })).outputs).toMatchObject({ failed: '0', 'files-added': '1' });
  });

  test.concurrent('production is never published on a pull request, and only what is said', async () => {
    const { syncOrg, add } = await start();
    await add('alpha', documents(1));
    expectRefused(await syncOrg({ env: 'prod' }), 'source-ref', 'default-branch, latest-release');
    const said = { env: 'prod', 'source-ref': 'default-branch' };
    expectRefused(await syncOrg(said, { event: 'issue_comment' }), 'never published on issue_comment');
    const run = await syncOrg(said);
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'prod', branch: 'main' });
  });

  test.concurrent('words that mean another mode are refused', async () => {
    const { syncOrg } = await start();
    expectRefused(await syncOrg({ project: 'widgets' }), '"repositories"');
    expectRefused(await syncOrg({ direction: 'bidirectional' }), 'no checkout');
    expectRefused(await syncOrg({ adopt: true, 'on-conflict': 'fail' }), '"on-conflict: fail", "adopt: true"');
    expectRefused(await syncOrg(), 'This run sees no repository of acme');
  });
});

describe('latest-release', () => {
  test.concurrent('publishes what the tag holds, whatever the branch does since', async () => {
    const { add, commit, syncOrg, github, read, manifest } = await start();
    await add('alpha', { 'docs/a.md': 'v1\n' });
    await add('beta', documents(1));
    const mona = ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.com'];
    await github.git('acme/alpha', ...mona, 'tag', '-a', '-m', 'One', 'v1', 'main');
    await github.addRelease('acme/alpha', 'v1');
    await commit('alpha', { 'docs/a.md': 'unreleased\n' });
    const inputs = { env: 'prod', 'source-ref': 'latest-release' };
    const run = await syncOrg(inputs);
    expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '1', failed: '0' });
    expect(skippedOf(run)).toMatchObject({ beta: 'no release' });
    expect(await read('projects/alpha/docs/a.md', 'main')).toBe('v1\n');
    expect((await manifest('alpha', 'main')).source).toMatchObject({ ref: 'refs/tags/v1' });
    await github.git('acme/alpha', 'tag', 'v2', 'main');
    await github.addRelease('acme/alpha', 'v2');
    expect((await syncOrg(inputs)).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await read('projects/alpha/docs/a.md', 'main')).toBe('unreleased\n');
  });

  test.concurrent('passes over a tag that is not of the release line, whatever the configuration in it says', async () => {
    const { add, commit, syncOrg, github, read } = await start();
    const gearsOnly = JSON.stringify({ environments: { production_refs: ['refs/tags/gears-v*'] } });
    await add('mono', { 'docs/a.md': 'a\n' });
    await github.git('acme/mono', 'tag', 'tools-v1', 'main');
    await github.addRelease('acme/mono', 'tools-v1');
    await commit('mono', { [config]: gearsOnly });
    const inputs = { env: 'prod', 'source-ref': 'latest-release' };
    expect(skippedOf(await syncOrg(inputs))).toMatchObject({ mono: 'not on the release line' });
    expect(await read('projects/mono/docs/a.md', 'main')).toBeUndefined();
    await github.git('acme/mono', 'tag', 'gears-v1', 'main~1');
    await github.addRelease('acme/mono', 'gears-v1');
    expect((await syncOrg(inputs)).outputs.conclusion).toBe('published');
  });
});
