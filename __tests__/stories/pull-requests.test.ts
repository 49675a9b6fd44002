import { describe, expect, test } from '@jest/globals';
import { commits } from '../support/codex.ts';
import { type Contributors, gather, unreachable } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import { closePullRequest } from '../support/pull-request.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, pushes, type Story, useStories } from '../support/story.ts';
import { liveMarks, readable } from '../support/summary.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n', 'src/x.js': '1\n' };

async function start(files = FILES): Promise<Story & Contributors> {
  const story = await startStory();
  const people = await gather(story, files);
  return { ...story, ...people };
}

const toProject = ({ requests }: ActionRun) =>
  requests.filter(({ path }) => path.startsWith('/api/v3/repos/acme/widgets'));

describe('two pull requests of one project', () => {
  test.concurrent('stand side by side, whoever runs when, and leave main behind', async () => {
    const lines = (first: string, last: string) => [first, 2, 3, 4, last, ''].join('\n');
    const files = { ...FILES, 'docs/a.md': lines('1', '5') };
    const { propose, preview, close, commit, publish, merge, texts, main, edit, read, ...story } = await start(files);
    await publish();
    await propose(1, { 'docs/a.md': lines('one', '5'), 'docs/new.md': 'new of 1\n' });
    await propose(2, { 'docs/b.md': 'b of 2\n', 'docs/c.md': null });
    expect((await preview(1)).outputs).toMatchObject({
      conclusion: 'published',
      'files-added': '1',
      'files-modified': '1',
    });
    expect((await preview(2)).outputs).toMatchObject({
      conclusion: 'published',
      'files-deleted': '1',
      'files-modified': '1',
    });
    const both = { 'docs/a.md': lines('one', '5'), 'docs/b.md': 'b of 2\n', 'docs/new.md': 'new of 1\n' };
    expect(await texts()).toEqual(both);

    // Main moves beneath, another project publishes, and both run again.
    await commit({ 'docs/a.md': lines('1', 'five'), 'docs/d.md': 'd of main\n' });
    await edit({ 'projects/other/docs/x.md': 'x\n' });
    const beneath = await publish();
    expect(beneath.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
    expect(messages(beneath, 'warning')).toEqual([expect.stringContaining('docs/a.md (#1)')]);
    expect(await texts()).toEqual({ ...both, 'docs/d.md': 'd of main\n' });
    expect(await unreachable(story)).toEqual([]);
    // What GitHub merges now has both changes.
    expect([(await preview(2)).outputs.changed, (await preview(1)).outputs.changed]).toEqual(['false', 'true']);
    for (const number of [2, 1]) expect((await preview(number)).outputs.changed).toBe('false');
    expect(await texts()).toEqual({ ...both, 'docs/a.md': lines('one', 'five'), 'docs/d.md': 'd of main\n' });
    expect(await read('projects/other/docs/x.md')).toBe('x\n');

    expect((await close(1)).outputs).toMatchObject({
      conclusion: 'published',
      'files-deleted': '1',
      'files-modified': '1',
    });
    expect(await texts()).toEqual({
      'docs/a.md': lines('1', 'five'),
      'docs/b.md': 'b of 2\n',
      'docs/d.md': 'd of main\n',
    });
    expect((await merge(2)).outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false' });
    expect(await texts()).toMatchObject({ 'docs/b.md': 'b of 2\n' });
    await publish();
    expect(await texts()).toEqual(await main());
    expect((await story.manifest()).previews).toBeUndefined();
    expect((await publish()).outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false' });
  });

  test.concurrent('that change the same document: the newest wins, the other one is told, and closing returns each', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const { propose, preview, close, publish, texts, main, ...story } = await start();
      await publish();
      await propose(1, { 'docs/a.md': 'a of 1\n' });
      await propose(2, { 'docs/a.md': null, 'docs/moved.md': 'a\n' });
      await preview(2);
      const hidden = await preview(1);
      expect(messages(hidden, 'warning')).toEqual([expect.stringContaining('docs/a.md (#2)')]);
      expect(await texts()).toEqual({ 'docs/b.md': 'b\n', 'docs/c.md': 'c\n', 'docs/moved.md': 'a\n' });
      expect(await unreachable(story)).toEqual([]);
      const [first = 0, second = 0] = order;
      await close(first);
      const left = first === 1 ? { 'docs/moved.md': 'a\n' } : { 'docs/a.md': 'a of 1\n' };
      expect(await texts()).toEqual({ 'docs/b.md': 'b\n', 'docs/c.md': 'c\n', ...left });
      await close(second);
      expect(await texts()).toEqual(await main());
    }
  });
});

describe('a preview', () => {
  test.concurrent('of an old base does not revert what it did not touch', async () => {
    const { propose, preview, commit, publish, texts } = await start();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await commit({ 'docs/b.md': 'b of main\n' });
    await publish();
    for (const depth of [0, 2, 1]) {
      await preview(1, {}, { depth });
      expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of main\n', 'docs/c.md': 'c\n' });
    }
  });

  test.concurrent.each([
    ['the checkout', { depth: 2 }, 0],
    ["GitHub's list of files", { depth: 1 }, 1],
  ])('is what %s says it changes, in at most five requests to the project', async (_, how, listed) => {
    const { propose, preview, publish, commit, close, texts, manifest } = await start();
    await publish();
    await propose(7, { 'docs/x.md': 'x\n' });
    await propose(8, { 'docs/a.md': 'a of 8\n', 'docs/b.md': null, 'docs/moved.md': 'b\n' });
    await preview(7);
    await commit({ 'docs/c.md': 'c of main\n' });
    const run = await preview(8, {}, how);
    expect(toProject(run).length).toBeLessThanOrEqual(5);
    expect(toProject(run).filter(({ path }) => path.includes('/files')).length).toBe(listed);
    expect((await manifest()).previews[8].date).toMatch(/^2026-06-01T/);
    expect(Object.keys((await manifest()).previews[8].documents)).toEqual(['docs/a.md', 'docs/b.md', 'docs/moved.md']);
    expect(await texts()).toMatchObject({ 'docs/c.md': 'c\n', 'docs/moved.md': 'b\n' });
    await close(8);
    expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n', 'docs/x.md': 'x\n' });
  });

  test.concurrent('is all that differs where nobody tells, with a warning', async () => {
    const { propose, preview, publish, texts } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    const run = await preview(1, { 'project-token': '' }, { depth: 1 });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('fetch-depth: 2')]);
    expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b\n' });
  });

  test.concurrent('of code alone leaves nothing, and none comes without documents to publish', async () => {
    const { propose, preview, publish, manifest } = await start();
    await publish();
    await propose(1, { 'src/x.js': '2\n' });
    const run = await preview(1);
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false' });
    expect(pushes(run)).toEqual([]);
    expect((await manifest()).previews).toBeUndefined();
  });

  test.concurrent('before anything was published shows the rest beneath, and its folder goes with the last one', async () => {
    const { propose, preview, close, publish, texts, manifest, main, read } = await start();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await preview(1);
    expect(await manifest()).toMatchObject({ documents: {}, source: { repository: 'acme/widgets', directory: '.' } });
    expect((await manifest()).source.commit).toBeUndefined();
    expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' });
    expect(Object.keys((await manifest()).previews)).toEqual(['1', 'heads/main']);
    await propose(2, { 'docs/b.md': 'b of 2\n' });
    await preview(2);
    await close(1);
    expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b of 2\n', 'docs/c.md': 'c\n' });
    await close(2);
    expect(await read('projects/widgets/.codex-sync.json')).toBeUndefined();
    expect(await read('projects/widgets/docs/c.md')).toBeUndefined();
    await propose(3, { 'docs/a.md': 'a of 3\n' });
    await preview(3);
    await publish();
    expect(Object.keys((await manifest()).previews)).toEqual(['3']);
    await close(3);
    expect(await texts()).toEqual(await main());
  });

  test.concurrent('before anything was published leaves the preview of its base branch as it is', async () => {
    const story = await startStory();
    const { publish, propose, preview, texts } = await gather(story, FILES);
    const { manifest } = story;
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'main', depth: 0 });
    await place.git('checkout', '--quiet', '-b', 'develop');
    await place.write('docs/dev.md', 'of develop\n');
    await place.commit('Draft');
    await place.push('develop');
    await story.publish(place, {}, { event: 'push', ref: 'refs/heads/develop' });
    const { previews: before } = await manifest();
    await propose(1, { 'docs/b.md': 'b of 1\n' }, { base: 'develop' });
    await preview(1);
    expect((await manifest()).previews).toMatchObject(before);
    await publish({}, { depth: 0 });
    expect(Object.keys((await manifest()).previews)).toEqual(['1', 'heads/develop']);
    expect(await texts()).toMatchObject({ 'docs/b.md': 'b of 1\n', 'docs/dev.md': 'of develop\n' });
  });

  test.concurrent('that changes its mind gives back what it touches no more', async () => {
    const { propose, preview, publish, texts } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/new.md': 'new\n', 'docs/c.md': null });
    await preview(1);
    await propose(1, { 'docs/a.md': 'a\n', 'docs/new.md': null, 'docs/c.md': 'c\n', 'docs/b.md': 'b of 1\n' });
    await preview(1);
    expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b of 1\n', 'docs/c.md': 'c\n' });
  });

  test.concurrent.each(['squash', 'rebase', 'merge'] as const)(
    'goes with the run whose commit contains its merge: %s',
    async (how) => {
      const { propose, preview, merge, publish, texts, main, manifest } = await start();
      await publish();
      await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/c.md': null });
      await preview(1);
      await merge(1, how);
      expect((await manifest()).previews[1]).toBeDefined();
      const run = await publish();
      expect((await manifest()).previews).toBeUndefined();
      expect(await texts()).toEqual(await main());
      expect(run.outputs).toMatchObject({ 'files-modified': '0', 'files-deleted': '0' });
    },
  );

  test.concurrent('whose event was lost goes with the next run that can ask GitHub', async () => {
    const { propose, preview, publish, texts, main, manifest, github } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await propose(2, { 'docs/b.md': 'b of 2\n' });
    await preview(1);
    await closePullRequest(github, 'acme/widgets', 1);
    await preview(2);
    expect(Object.keys((await manifest()).previews)).toEqual(['2']);
    expect(await texts()).toMatchObject({ 'docs/a.md': 'a\n', 'docs/b.md': 'b of 2\n' });
    await closePullRequest(github, 'acme/widgets', 2);
    await publish();
    expect(await texts()).toEqual(await main());
  });
});

test.concurrent('a push without an answer counts, although GitHub still answers from before it and the pull request is closed', async () => {
  const { propose, preview, publish, texts, github, tip } = await start();
  await publish();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  const before = await tip();
  const tree = await github.git(codex, 'rev-parse', `${before}^{tree}`);
  const match = new RegExp(`^POST /${codex}/git-receive-pack`);
  github.fault({ match, loseAnswer: true });
  const meanwhile = () => closePullRequest(github, 'acme/widgets', 1);
  github.fault({ match, loseAnswer: true, meanwhile });
  const tamper = (body: unknown) => {
    const { commit } = body as { commit: { sha: string; commit: { tree: { sha: string } } } };
    return JSON.parse(JSON.stringify(body).replaceAll(commit.sha, before).replaceAll(commit.commit.tree.sha, tree));
  };
  github.fault({ match: /^GET .*\/branches\/test$/, tamper, times: Number.POSITIVE_INFINITY });

  const run = await preview(1);

  expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': await tip() });
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
});

describe('the newest head wins', () => {
  test.concurrent('over a late run of an older commit', async () => {
    const { propose, preview, publish, texts, github } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'first\n' });
    const old = await checkoutProject(github, 'acme/widgets', { ref: 'refs/pull/1/merge', depth: 0 });
    await propose(1, { 'docs/a.md': 'second\n' });
    await preview(1);
    const late = await preview(1, {}, { workspace: old.directory });
    expect(late.outputs).toMatchObject({ conclusion: 'superseded', changed: 'false' });
    expect(await texts()).toMatchObject({ 'docs/a.md': 'second\n' });
  });

  test.concurrent('over what a forced push threw away, in whatever order they run', async () => {
    const { propose, preview, publish, texts, github } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'first\n', 'docs/gone.md': 'gone\n' });
    await preview(1);
    const old = await checkoutProject(github, 'acme/widgets', { ref: 'refs/pull/1/merge', depth: 2 });
    await propose(1, { 'docs/a.md': 'second\n', 'docs/gone.md': null }, { amend: true });
    expect((await preview(1)).outputs.conclusion).toBe('published');
    const late = await preview(1, {}, { workspace: old.directory });
    expect(late.outputs.conclusion).toBe('superseded');
    // Also where GitHub does not show its pull requests: by the dates of the heads.
    github.fault({ match: /GET .*\/pulls/, status: 403, body: { message: 'Not accessible' }, times: 50 });
    expect((await preview(1, {}, { workspace: old.directory })).outputs.conclusion).toBe('superseded');
    github.clearFaults();
    expect(await texts()).toMatchObject({ 'docs/a.md': 'second\n' });
    expect(await texts()).not.toHaveProperty(['docs/gone.md']);
  });
});

describe('what someone edits in the codex in a preview', () => {
  test.concurrent('is kept by the next run, is replaced by the next change, and stays when it is closed, owned by nobody', async () => {
    const { propose, preview, close, publish, texts, edit, manifest } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of 1\n' });
    await preview(1);
    await edit({ 'projects/widgets/docs/a.md': 'edited\n' });
    const again = await preview(1);
    expect(again.outputs).toMatchObject({ drifted: '1', changed: 'false' });
    const closed = await close(1);
    expect(messages(closed, 'warning')).toEqual([expect.stringMatching(/without an owner: docs\/a\.md/)]);
    expect(await texts()).toEqual({ 'docs/a.md': 'edited\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' });
    expect((await manifest()).documents).not.toHaveProperty(['docs/a.md']);
  });

  test.concurrent('and in the pull request too is a conflict, by the rule of the run', async () => {
    const { propose, preview, publish, texts, edit } = await start();
    await publish();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await preview(1);
    await edit({ 'projects/widgets/docs/a.md': 'edited\n' });
    await propose(1, { 'docs/a.md': 'more of 1\n' });
    expectRefused(
      await preview(1, { 'on-conflict': 'fail' }),
      'Changed both in the pull request and in the codex: docs/a.md',
    );
    expect((await preview(1, { 'on-conflict': 'codex' })).outputs).toMatchObject({ conflicts: '1' });
    expect(await texts()).toMatchObject({ 'docs/a.md': 'edited\n' });
    expect((await preview(1)).outputs).toMatchObject({ conflicts: '1', 'files-modified': '1' });
    expect(await texts()).toMatchObject({ 'docs/a.md': 'more of 1\n' });
  });
});

test.concurrent('a folder of a pull request covers a file of main with its name, which goes on beneath and returns', async () => {
  const { propose, preview, commit, publish, close, texts, main, github } = await start();
  await publish();
  await propose(1, { 'docs/d/e.md': 'e of 1\n' });
  await preview(1);
  await commit({ 'docs/d': 'd of main\n', 'docs/a.md': 'a of main\n' });
  const run = await publish();
  expect(run.outputs.conclusion).toBe('published');
  expect(messages(run, 'warning')).toEqual([expect.stringContaining('docs/d (#1)')]);
  expect(await texts()).toEqual({
    'docs/a.md': 'a of main\n',
    'docs/b.md': 'b\n',
    'docs/c.md': 'c\n',
    'docs/d/e.md': 'e of 1\n',
  });
  const shown = (await commits(github, codex, 'test'))[1]?.sha;
  expect(await github.git(codex, 'show', `${shown}:projects/widgets/docs/d`)).toBe('d of main');
  await close(1);
  expect(await texts()).toEqual(await main());
});

test.concurrent('one commit for what is visible, two where a preview hides what was published', async () => {
  const { propose, preview, commit, publish, github } = await start();
  await publish();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  await preview(1);
  const count = async () => (await commits(github, codex, 'test')).length;
  const before = await count();
  await commit({ 'docs/b.md': 'b of main\n' });
  await publish();
  expect(await count()).toBe(before + 1);
  await commit({ 'docs/a.md': 'a of main\n' });
  const run = await publish();
  expect(await count()).toBe(before + 3);
  expect(pushes(run)).toHaveLength(1);
});

test.concurrent('a pull request without a preview is closed without a word in the codex, in production never', async () => {
  const { propose, close, publish, tip, edit } = await start();
  await publish();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  const before = await tip();
  const closed = await close(1);
  expect(closed.outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false' });
  expect(closed.log).toContain('Pull request #1 has no preview');
  expect(await tip()).toBe(before);
  expectRefused(await close(1, { env: 'prod' }), 'never published on pull_request');
  await edit({ 'projects/widgets/.codex-sync.json': '{"version": 3}\n' });
  expectRefused(await close(1), 'projects/widgets/.codex-sync.json', 'version 3', 'Upgrade');
});

test.concurrent('what returns has the executable bit that it last had on the branch', async () => {
  const { propose, preview, close, publish, documents, edit } = await start();
  await publish();
  await edit({ 'projects/widgets/docs/b.md': { mode: '100755', content: 'b\n' } });
  await propose(1, { 'docs/b.md': 'b of 1\n' });
  await preview(1);
  expect((await documents())['docs/b.md']?.mode).toBe('100644');
  await close(1);
  expect((await documents())['docs/b.md']?.mode).toBe('100755');
});

test.concurrent('a late run of before the merge takes no merged preview away, however shallow its checkout', async () => {
  const story = await startStory();
  const { github, manifest } = story;
  const { propose, preview, publish, merge, texts, commit } = await gather(story, FILES);
  await publish();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  await preview(1);
  await commit({ 'docs/d.md': 'd\n' });
  const late = await checkoutProject(github, 'acme/widgets', { ref: 'main', depth: 1 });
  await merge(1);

  expect((await story.publish(late)).outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });

  expect(Object.keys((await manifest()).previews)).toEqual(['1']);
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
  await publish();
  expect((await manifest()).previews).toBeUndefined();
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n', 'docs/d.md': 'd\n' });
});

test.concurrent('a workflow_run with the head checked out is a preview, and none of it lands beneath', async () => {
  const story = await startStory();
  const { github, manifest } = story;
  const { propose, publish, texts } = await gather(story, FILES);
  await publish();
  const beneath = (await manifest()).documents;
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  const place = await checkoutProject(github, 'acme/widgets', { ref: 'pull-1', depth: 0 });
  const [head, base] = [await place.git('rev-parse', 'HEAD'), await place.git('rev-parse', 'HEAD~1')];
  const upstream = {
    event: 'pull_request',
    head_sha: head,
    head_branch: 'pull-1',
    head_repository: { full_name: 'acme/widgets' },
    pull_requests: [{ number: 1, head: { sha: head }, base: { sha: base } }],
  };

  const run = await story.publish(place, {}, { event: 'workflow_run', sha: base, payload: { workflow_run: upstream } });

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
  expect(await manifest()).toMatchObject({ documents: beneath, previews: { 1: { commit: head } } });
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
  expect((await publish()).exitCode).toBe(0);
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
});

describe('comment: true', () => {
  const commented = { comment: 'true' };
  const bodies = ({ github }: Story) => github.repository('acme/widgets').comments.map(({ body }) => body);

  test.concurrent('is one comment, updated in place: what is published, what waits, what was removed', async () => {
    const story = await start();
    const { propose, preview, close, publish, tip } = story;
    await publish();
    const odd = 'docs/@octocat #1 [x](y) _z_ &lt;b.md';
    await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/c.md': null, [odd]: 'odd\n' });
    await propose(2, { 'docs/a.md': 'a of 2\n' });
    await preview(1, commented);
    const link = (commit: string) => `/blob/${commit}/projects/widgets/docs/a.md">docs/a.md</a>`;
    expect(bodies(story)).toEqual([expect.stringContaining(link(await tip()))]);
    expect(bodies(story)[0]).toContain('| 🔴 removed | <code>docs/c.md</code> |');
    const [, ...lines] = (bodies(story)[0] ?? '').split('\n');
    expect(readable(lines.join('\n')).replaceAll('\u200b', '')).toContain(`| 🟢 published | ${odd} |`);
    expect(liveMarks(lines.join('\n'))).toEqual([]);
    await preview(2);
    await preview(1, commented);
    expect(bodies(story)).toEqual([expect.stringContaining('| ⏳ hidden by &#35;&#8203;2 | <code>docs/a.md</code> |')]);
    await close(1, commented);
    expect(bodies(story)).toEqual([expect.stringContaining('Removed the preview of pull request')]);
    expect(bodies(story)[0]).not.toContain('docs/c.md</code>');
  });

  test.concurrent('says nothing where there is nothing to say, and costs no run where it may not be written', async () => {
    const story = await start();
    const { propose, preview, publish, github } = story;
    await publish();
    await propose(1, { 'src/x.js': '2\n' });
    await preview(1, commented);
    await propose(2, { 'docs/a.md': 'a of 2\n' });
    await preview(2, { ...commented, 'dry-run': 'true' });
    github.addToken('ghs_reader', { 'acme/widgets': 'read' });
    const run = await preview(2, { ...commented, 'project-token': 'ghs_reader' });
    expect(run.exitCode).toBe(0);
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('pull-requests: write')]);
    expect(bodies(story)).toEqual([]);
  });
});

test.concurrent('a package of a monorepo is told apart, and its preview closed without a checkout', async () => {
  const story = await startStory();
  const { publish, propose, preview, close } = await gather(story, {
    'pkg/docs/a.md': 'a\n',
    'docs/root.md': 'root\n',
  });
  const inputs = { 'working-directory': 'pkg', project: 'package' };
  const texts = async () => Object.keys(await story.documents('package'));
  await publish(inputs);
  await propose(1, { 'pkg/docs/new.md': 'new\n', 'docs/new.md': 'of the root\n' });
  for (const depth of [2, 1]) {
    await preview(1, inputs, { depth });
    expect(await texts()).toEqual(['docs/a.md', 'docs/new.md']);
  }
  expect((await close(1, inputs)).exitCode).toBe(0);
  expect(await texts()).toEqual(['docs/a.md']);
});
