import { describe, expect, test } from '@jest/globals';
import { employ, outcomes } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, pushes, type Story, useStories, useStory, writes } from '../support/story.ts';

const startStory = useStories();
const shared = await employ(await useStory());
await shared.develop('widgets', { 'docs/a.md': 'a\n' });

const refs = ({ github }: Story) => github.git(codex, 'for-each-ref', '--format=%(refname) %(objectname)');

/** A run that was refused before it asked anything. */
function expectNoRequest(run: ActionRun, ...words: string[]): void {
  expectRefused(run, ...words);
  expect(run.requests).toEqual([]);
}

describe.each(['promote', 'retire'] as const)('%s', (mode) => {
  const run = shared[mode];

  test('changes only the environment that it is told by name', async () => {
    expectNoRequest(await run({ env: '' }), 'Input "env" is not given', 'test, prod');
    const configured = await shared.host(`configured-${mode}`, {
      '.fractary/plugins/codex/config.json': JSON.stringify({ environments: { default: 'prod' } }),
    });
    expectNoRequest(await configured.publish({ mode, project: 'widgets' }), 'Input "env" is not given');
    expectNoRequest(await run({ env: 'staging' }), 'Environment "staging" is not configured');
  });

  test.each([
    'pull_request',
    'pull_request_target',
    'pull_request_review',
    'pull_request_review_comment',
    'issue_comment',
  ])('is refused in production on %s', async (event) => {
    const widgets = { repository: 'acme/widgets' };
    expectNoRequest(await run({}, { event, ...widgets }), 'Production (branch main)', event);
    expectNoRequest(await run({ 'dry-run': 'true' }, { event, ...widgets }), 'Production (branch main)');
  });

  test('is refused in production on a workflow_run that a pull request started', async () => {
    const payload = { workflow_run: { event: 'pull_request', head_repository: { full_name: 'acme/widgets' } } };
    const told = { event: 'workflow_run', repository: 'acme/widgets', payload };
    expectNoRequest(await run({}, told), 'workflow_run that pull_request started');
  });

  test("is refused on pull requests in the codex's default branch, whatever is mapped to it", async () => {
    const environments = { branches: { test: 'main', prod: 'release' } };
    const sly = await shared.host(`sly-${mode}`, {
      '.fractary/plugins/codex/config.json': JSON.stringify({ environments }),
    });
    const refused = await sly.publish(
      { mode, env: 'test', from: 'prod', project: 'widgets' },
      { event: 'pull_request' },
    );
    expectRefused(refused, 'Branch main (environment test) is the default branch of the codex');
    expect(pushes(refused)).toEqual([]);
  });

  test('is skipped on a pull request of a fork, and wants a token', async () => {
    const payload = { pull_request: { head: { repo: { full_name: 'mallory/widgets' } } } };
    const skipped = await run({}, { event: 'pull_request', repository: 'acme/widgets', payload });
    expect(skipped).toMatchObject({ exitCode: 0, requests: [], outputs: { conclusion: 'skipped' } });
    expectNoRequest(await run({ token: '' }), 'Input "token" is empty');
  });

  test('does not ask which ref it runs on', async () => {
    const rehearsal = await run({ env: 'prod', 'dry-run': 'true' }, { ref: 'refs/heads/any' });
    // Nothing is in production, so there is nothing to retire.
    if (mode === 'retire') expectRefused(rehearsal, 'no manifest in projects/widgets');
    else expect(rehearsal.outputs).toMatchObject({ conclusion: 'dry-run', 'files-added': '1' });
  });

  test('refuses an archived codex', async () => {
    const story = await employ(await startStory());
    await story.develop('widgets', { 'docs/a.md': 'a\n' });
    const [env, from] = mode === 'promote' ? ['prod', 'test'] : ['test', 'prod'];
    const before = await refs(story);
    story.github.repository(codex).archived = true;
    expectRefused(await story[mode]({ env, from }), 'archived');
    expect(await refs(story)).toBe(before);
  });
});

describe('the words of promote', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['one environment on both sides', { env: 'test' }, ['"from" (test)', '"env" (test)', 'test@<commit>']],
    ['two words for production', { env: 'prod', from: 'production' }, ['one branch', 'main']],
    ['an unknown source', { from: 'staging' }, ['Environment "staging" is not configured']],
    ['half a commit', { from: 'prod@abc' }, ['Input "from" is "prod@abc"', '40']],
    ['a path', { project: '../widgets' }, ['Input "project" has "../widgets"']],
    ['a glob with folders', { project: 'wid**/x' }, ['Input "project" has "wid**/x"']],
    ['a negation', { project: 'widgets\n!wid*' }, ['Input "project" has "!wid*"']],
  ])('%s is refused before any request', async (_, inputs, words) => {
    expectNoRequest(await shared.promote(inputs), ...words);
  });

  test('a project that is not in the source is named, with the nearest one', async () => {
    expectRefused(
      await shared.promote({ project: 'widget' }),
      'projects/widget has no manifest in test',
      'Did you mean widgets?',
    );
    expectRefused(await shared.promote({ project: 'zzz-*' }), '"zzz-*"', 'matches no project');
  });

  test('a source that was never published to', async () => {
    const { promote } = await employ(await startStory());
    expectRefused(await promote(), 'Branch test', 'does not exist');
  });

  test('the project is that of the configuration, else of the repository', async () => {
    const named = await shared.host('some-repository', {
      '.fractary/plugins/codex/config.json': JSON.stringify({ project_name: 'widgets' }),
    });
    const asked = { mode: 'promote', env: 'prod', 'dry-run': 'true' };
    expect(Object.keys(outcomes(await named.publish(asked)))).toEqual(['widgets']);
    const directory = await shared.github.scratch('empty');
    const run = await shared.publish({ fullName: 'acme/widgets', directory }, asked);
    expect(Object.keys(outcomes(run))).toEqual(['widgets']);
  });
});

describe('a dry run', () => {
  test.concurrent('writes nothing and shows what to decide on, with links to the texts on both sides', async () => {
    const story = await employ(await startStory());
    const { promote, develop, change, edit, tip, github } = story;
    const widgets = await develop('widgets', {
      'docs/a.md': 'a\n',
      'docs/b.md': 'b\n',
      'docs/c.md': 'c\n',
      'docs/d.md': 'd\n',
    });
    await promote();
    await change(widgets, { 'docs/a.md': 'new a\n', 'docs/b.md': 'new b\n', 'docs/d.md': null, 'docs/e.md': 'e\n' });
    await edit({ 'projects/widgets/docs/a.md': 'edited\n', 'projects/widgets/docs/c.md': 'edited\n' }, 'main');
    const before = await refs(story);
    const rehearsal = await promote({ 'dry-run': 'true', project: '*' });
    expect(await refs(story)).toBe(before);
    expect(writes(rehearsal)).toEqual([]);
    expect(rehearsal).toMatchObject({
      exitCode: 0,
      outputs: {
        conclusion: 'dry-run',
        changed: 'false',
        'commit-sha': '',
        'files-added': '1',
        'files-modified': '2',
        'files-deleted': '1',
        drifted: '2',
        conflicts: '1',
        succeeded: '1',
      },
    });
    const at = async (branch: string, path: string) =>
      `${github.serverUrl}/${codex}/blob/${await tip(branch)}/projects/widgets/docs/${path}.md`;
    for (const path of ['a', 'b', 'c']) {
      expect(rehearsal.summary).toContain(
        `<a href="${await at('test', path)}">test</a> · <a href="${await at('main', path)}">prod</a>`,
      );
    }
    expect(rehearsal.summary).toContain(`<a href="${await at('main', 'd')}">prod</a>`);
    expect(rehearsal.summary).not.toContain(await at('test', 'd'));
    expect(rehearsal.summary).not.toContain(await at('main', 'e'));
    const comparison = `${github.serverUrl}/${codex}/compare/main..test`;
    for (const text of [rehearsal.log, rehearsal.summary]) expect(text).toContain(comparison);
    expect(rehearsal.log).toContain(
      'Dry run: 1 project (1 added, 2 modified, 1 deleted) would be promoted to prod (branch main) from test.',
    );

    const run = await promote({ project: '*' });
    expect(run.outputs).toMatchObject({
      conclusion: 'published',
      'files-added': '1',
      'files-modified': '2',
      'files-deleted': '1',
    });
    expect(outcomes(run).widgets.changes).toEqual(outcomes(rehearsal).widgets.changes);
  });
});
