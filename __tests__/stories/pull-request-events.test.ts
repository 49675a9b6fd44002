import { describe, expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionOptions } from '../support/runner.ts';
import { expectRefused, useStories } from '../support/story.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' };

/** Main was published, pull request 1 is open and changes one document of it. */
async function start() {
  const story = await startStory();
  const people = await gather(story, FILES);
  await people.publish();
  await people.propose(1, { 'docs/a.md': 'a of 1\n' });
  const { github, manifest } = story;
  const checkout = async (ref: string, depth = 1) => checkoutProject(github, 'acme/widgets', { ref, depth });
  const main = await github.git('acme/widgets', 'rev-parse', 'main');
  const head = await github.git('acme/widgets', 'rev-parse', 'pull-1');
  const { documents } = await manifest();
  /** Nothing of the pull request is in the layer that is promoted and released. */
  const expectUnmerged = async () => expect((await manifest()).documents).toEqual(documents);
  return { ...story, ...people, publishIn: story.publish, checkout, main, head, expectUnmerged };
}

/** The events of a pull request that run on the branch that it goes into. */
const besides: [string, (head: string) => Partial<ActionOptions>][] = [
  ['issue_comment', () => ({ event: 'issue_comment', payload: { issue: { number: 1, pull_request: {} } } })],
  ['pull_request_target', () => ({ event: 'pull_request_target', ref: 'refs/heads/main', pullRequest: 1 })],
  [
    'workflow_run',
    (head) => {
      const repository = { full_name: 'acme/widgets' };
      const upstream = { event: 'pull_request', head_sha: head, head_branch: 'pull-1', head_repository: repository };
      return { event: 'workflow_run', payload: { workflow_run: { ...upstream, pull_requests: [] } } };
    },
  ],
];

describe('an event of a pull request that runs on the branch', () => {
  test.concurrent.each(besides)(
    '%s with the branch checked out is refused, and leaves the preview alone',
    async (_, event) => {
      const { publishIn, checkout, head, main, preview, manifest, expectUnmerged, texts } = await start();
      await preview(1);
      const before = [await manifest(), await texts()];
      const run = await publishIn(await checkout('main', 0), {}, { ...event(head), sha: main });
      expectRefused(run, `commit ${main} is checked out, which is not its head (${head})`, 'changes no document');
      expect([await manifest(), await texts()]).toEqual(before);
      await expectUnmerged();
    },
  );

  test.concurrent.each(besides)(
    '%s publishes what was built over the branch as the preview, never as its documents',
    async (_, event) => {
      const { publishIn, checkout, head, main, manifest, expectUnmerged, texts } = await start();
      const place = await checkout('main', 0);
      await place.write('docs/built.md', 'built of 1\n');
      await place.write('docs/a.md', 'a of 1, built\n');
      expectRefused(await publishIn(place, { env: 'prod' }, { ...event(head), sha: main }), 'Production');
      const run = await publishIn(place, {}, { ...event(head), sha: main });
      expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1', 'files-modified': '1' });
      expect((await manifest()).previews[1]).toMatchObject({ commit: head });
      expect(Object.keys((await manifest()).previews[1].documents)).toEqual(['docs/a.md', 'docs/built.md']);
      await expectUnmerged();
      expect(await texts()).toEqual({
        'docs/a.md': 'a of 1, built\n',
        'docs/b.md': 'b\n',
        'docs/built.md': 'built of 1\n',
      });
    },
  );

  test.concurrent.each(besides)('%s publishes nothing with another head checked out', async (_, event) => {
    const { publishIn, checkout, main, head, propose, preview, expectUnmerged, texts } = await start();
    await preview(1);
    const place = await checkout('pull-1', 2);
    await propose(1, { 'docs/a.md': 'more of 1\n' });
    const before = await texts();
    const told = event(head);
    // The payload names the head that it was sent for; of a comment, GitHub names the one that is there now.
    const other = told.event === 'pull_request_target' ? { payload: { pull_request: { head: { sha: main } } } } : {};
    const run = await publishIn(place, {}, { ...told, ...other, sha: main });
    if (told.event !== 'issue_comment')
      expect(run.outputs).toMatchObject({ conclusion: 'superseded', changed: 'false' });
    else expectRefused(run, `commit ${head} is checked out, which is not its head`);
    await expectUnmerged();
    expect(await texts()).toEqual(before);
  });

  test.concurrent('pull_request_target with the head checked out is a preview', async () => {
    const { publishIn, checkout, main, expectUnmerged, manifest, head } = await start();
    const event = { event: 'pull_request_target', ref: 'refs/heads/main', sha: main, pullRequest: 1 };
    const run = await publishIn(await checkout('pull-1'), {}, event);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    await expectUnmerged();
    expect((await manifest()).previews[1].commit).toBe(head);
  });
});

test.concurrent('a deployment of a commit that no branch is known to have is refused, one of main publishes', async () => {
  const { publishIn, checkout, expectUnmerged } = await start();
  const event = { event: 'deployment_status', ref: '' };
  expectRefused(await publishIn(await checkout('pull-1'), {}, event), 'is on no stable ref of the project');
  await expectUnmerged();
  expect((await publishIn(await checkout('main'), {}, event)).exitCode).toBe(0);
});

test.concurrent('what a workflow commits on top of the merge belongs to the preview', async () => {
  const { publishIn, checkout, expectUnmerged, texts, manifest, head } = await start();
  const place = await checkout('refs/pull/1/merge', 2);
  const sha = await place.git('rev-parse', 'HEAD');
  await place.write('docs/generated.md', 'generated\n');
  await place.commit('Generate');
  const run = await publishIn(place, {}, { event: 'pull_request', pullRequest: 1, sha });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1', 'files-modified': '1' });
  expect((await manifest()).previews[1].commit).toBe(head);
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n', 'docs/generated.md': 'generated\n' });
  await expectUnmerged();
});

test.concurrent('a workflow_run of a pull request that was merged meanwhile is superseded', async () => {
  const { publishIn, checkout, preview, merge, head, manifest, texts } = await start();
  await preview(1);
  await merge(1);
  const place = await checkout('main', 0);
  const repository = { full_name: 'acme/widgets' };
  const upstream = { event: 'pull_request', head_sha: head, head_branch: 'pull-1', head_repository: repository };
  const pulls = [{ number: 1, head: { sha: head }, base: { sha: await place.git('rev-parse', 'HEAD~1') } }];
  const payload = { workflow_run: { ...upstream, pull_requests: pulls } };
  expect((await publishIn(place, {}, { event: 'workflow_run', payload })).outputs.conclusion).toBe('superseded');
  expect(Object.keys((await manifest()).previews)).toEqual(['1']);
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
});

test.concurrent('a review of a pull request is a preview, whatever is checked out', async () => {
  const { publishIn, checkout, expectUnmerged, texts } = await start();
  const event = { event: 'pull_request_review', pullRequest: 1 };
  const run = await publishIn(await checkout('refs/pull/1/merge', 2), {}, event);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
  const stray = await publishIn(await checkout('main', 0), {}, { ...event, sha: '0'.repeat(40) });
  expectRefused(stray, 'is checked out, which is not its head');
  await expectUnmerged();
});

test.concurrent('a closed pull request of a project that the inputs do not name says what to give', async () => {
  const { close, preview, texts } = await start();
  await preview(1, { project: 'gadgets' });
  const run = await close(1, { project: 'nobody' });
  expect(run.outputs.conclusion).toBe('unchanged');
  expect(run.annotations).toEqual([
    { level: 'warning', message: expect.stringContaining('give the inputs "project", "codex-repository" and "env"') },
  ]);
  expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
});
