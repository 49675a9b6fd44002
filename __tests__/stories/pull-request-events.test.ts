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
  test.concurrent.each(besides)('%s publishes the branch', async (_, event) => {
    const { publishIn, checkout, main, head, commit, manifest, texts } = await start();
    await commit({ 'docs/b.md': 'b of main\n' });
    const place = await checkout('main', 0);
    const sha = await place.git('rev-parse', 'HEAD');
    const run = await publishIn(place, {}, { ...event(head), sha });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect((await manifest()).source).toMatchObject({ commit: sha, ref: 'refs/heads/main' });
    expect((await manifest()).previews).toBeUndefined();
    expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b of main\n' });
    expect(run.summary).not.toContain('preview');

    // The branch moved since the event: what it has now is still its own, and so is what it had then.
    const newer = await publishIn(place, { 'dry-run': 'true' }, { ...event(head), sha: main });
    expect(newer.exitCode).toBe(0);
    const untold = { 'dry-run': 'true', 'project-token': '' };
    const older = await publishIn(await checkout(main, 0), untold, { ...event(head), sha });
    expect(older.outputs.conclusion).toBe('superseded');
  });

  test.concurrent.each(besides)('%s is refused with something else checked out', async (_, event) => {
    const { publishIn, checkout, main, head, propose, preview, expectUnmerged, texts } = await start();
    await preview(1);
    const place = await checkout('pull-1', 2);
    await propose(1, { 'docs/a.md': 'more of 1\n' });
    const later = await checkout('refs/pull/1/merge', 2);
    const before = await texts();
    const told = event(head);
    // What the event knows is an earlier, or a later, head than what is checked out.
    const other = told.event === 'pull_request_target' ? { payload: { pull_request: { head: { sha: main } } } } : {};
    for (const each of [place, later]) {
      const run = await publishIn(each, {}, { ...told, ...other, sha: main });
      expectRefused(
        run,
        `On event ${told.event}, commit`,
        'nothing tells that branch main has it: what was never merged',
        'on the event pull_request',
      );
      expect(run.requests.filter(({ method, path }) => method === 'POST' && path.includes('receive-pack'))).toEqual([]);
    }
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
  expectRefused(await publishIn(await checkout('pull-1'), {}, event), 'On event deployment_status, commit');
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

test.concurrent('a workflow_run of a pull request that was merged meanwhile publishes the branch', async () => {
  const { publishIn, checkout, preview, merge, head, manifest } = await start();
  await preview(1);
  await merge(1);
  const place = await checkout('main', 0);
  const repository = { full_name: 'acme/widgets' };
  const upstream = { event: 'pull_request', head_sha: head, head_branch: 'pull-1', head_repository: repository };
  const pulls = [{ number: 1, head: { sha: head }, base: { sha: await place.git('rev-parse', 'HEAD~1') } }];
  const payload = { workflow_run: { ...upstream, pull_requests: pulls } };
  expect((await publishIn(place, {}, { event: 'workflow_run', payload })).outputs.conclusion).toBe('published');
  expect((await manifest()).previews).toBeUndefined();
});

test.concurrent('a review of a pull request is a preview, whatever is checked out', async () => {
  const { publishIn, checkout, expectUnmerged, texts } = await start();
  const event = { event: 'pull_request_review', pullRequest: 1 };
  const run = await publishIn(await checkout('refs/pull/1/merge', 2), {}, event);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
  // Of a checkout that is neither the head nor its merge, GitHub says that it is not the head.
  const stray = await publishIn(await checkout('main', 0), {}, { ...event, sha: '0'.repeat(40) });
  expect(stray.outputs.conclusion).toBe('superseded');
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
