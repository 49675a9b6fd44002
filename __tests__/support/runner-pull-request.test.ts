import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';
import { createProject, type Project } from './project.ts';
import { closePullRequest, mergePullRequest, openPullRequest } from './pull-request.ts';
import { type ActionOptions, runAction } from './runner.ts';

let github: LocalGitHub;
let serial = 0;

beforeAll(async () => {
  github = await startGitHub();
});
afterAll(() => github.close());

/** A project with one pull request, number 7 from topic. */
async function proposed() {
  const project = await createProject(github, `acme/project-${++serial}`, { a: 'a' });
  await project.git('checkout', '-q', '-b', 'topic');
  return { project, pull: await push(project) };
}

/** Pushes one more commit to the pull request's branch. */
async function push(project: Project) {
  await project.git('checkout', '-q', 'topic');
  await project.write(`b-${++serial}`, 'b');
  await project.commit('Topic');
  await project.push();
  return openPullRequest(github, project.fullName, { number: 7, head: 'topic' });
}

/** What a run for the pull request is told; without a workspace there was no checkout. */
async function told(project: Project, options: Partial<ActionOptions> = {}) {
  const place = await github.scratch('entry');
  const entry = join(place, 'main.mjs');
  await writeFile(
    entry,
    `import fs from 'node:fs';
    const event = JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'));
    fs.writeFileSync(process.env.GITHUB_OUTPUT, 'told=' + JSON.stringify({ env: process.env, event }));`,
  );
  const number = options.ref === undefined ? { pullRequest: 7 } : {};
  const about = { event: 'pull_request', ...number, repository: project.fullName };
  const workspace = await github.scratch('workspace');
  const { outputs } = await runAction({ github, workspace, entry, ...about, ...options });
  const { env, event } = JSON.parse(outputs.told ?? '');
  return { env, event, pull: event.pull_request, at: `${env.GITHUB_REF} ${env.GITHUB_SHA}` };
}

test('a run is told what GitHub knows of the pull request', async () => {
  const { project, pull: before } = await proposed();
  const pull = await push(project);
  await project.checkout(pull.ref);
  const run = await told(project, { workspace: project.directory });
  expect(run.at).toBe(`refs/pull/7/merge ${pull.merge}`);
  expect(run.env).toMatchObject({ GITHUB_HEAD_REF: 'topic', GITHUB_BASE_REF: 'main' });
  expect(run.event).toMatchObject({ action: 'synchronize', number: 7, before: before.head, after: pull.head });
  const open = { state: 'open', merged: false, merged_at: null, closed_at: null, merge_commit_sha: pull.merge };
  expect(run.pull).toMatchObject({ number: 7, ...open });
  expect(run.pull.head).toMatchObject({ sha: pull.head, ref: 'topic', repo: { full_name: project.fullName } });
  expect(run.pull.base).toMatchObject({ sha: pull.base, ref: 'main', repo: { full_name: project.fullName } });
  // The number is in the ref too, and neither a checkout of the head nor none at all changes what happened.
  const named = await told(project, { ref: pull.ref });
  expect(named).toMatchObject({ at: run.at, pull: { number: 7, head: { sha: pull.head } } });
  await project.checkout('topic');
  expect((await told(project, { workspace: project.directory })).at).toBe(run.at);
});

test('opened and reopened say so', async () => {
  const { project, pull } = await proposed();
  expect((await told(project, { action: 'opened' })).event).toMatchObject({ action: 'opened', number: 7 });
  const { event, at } = await told(project, { action: 'reopened' });
  expect(event.action).toBe('reopened');
  expect(event).not.toHaveProperty('after');
  expect(at).toBe(`refs/pull/7/merge ${pull.merge}`);
});

test('a late run is told what was so when it was started', async () => {
  const { project, pull: old } = await proposed();
  await project.checkout(old.ref);
  await push(project);
  await mergePullRequest(github, project.fullName, 7, 'merge');
  for (const ref of [old.merge, old.head]) {
    await project.checkout(ref);
    const run = await told(project, { workspace: project.directory, action: 'opened' });
    expect(run.at).toBe(`refs/pull/7/merge ${old.merge}`);
    expect(run.pull).toMatchObject({
      state: 'open',
      merged: false,
      merge_commit_sha: old.merge,
      head: { sha: old.head },
    });
  }
  const named = await told(project, { sha: old.merge });
  expect(named.pull).toMatchObject({ merge_commit_sha: old.merge, head: { sha: old.head } });
});

test('closed without merge: the ref of the merge commit, without a checkout', async () => {
  const { project } = await proposed();
  const pull = await push(project);
  await closePullRequest(github, project.fullName, 7);
  const run = await told(project, { action: 'closed' });
  expect(run.at).toBe(`refs/pull/7/merge ${pull.merge}`);
  expect(run.event).toMatchObject({ action: 'closed', number: 7 });
  expect(run.event).not.toHaveProperty('after');
  const closed = { state: 'closed', merged: false, merged_at: null, closed_at: expect.any(String) };
  expect(run.pull).toMatchObject({ ...closed, merge_commit_sha: pull.merge, head: { sha: pull.head } });
});

test.each(['merge', 'squash', 'rebase'] as const)(
  'closed by %s: the branch it went into, and its new commit',
  async (how) => {
    const { project, pull } = await proposed();
    const commit = await mergePullRequest(github, project.fullName, 7, how);
    const run = await told(project, { action: 'closed' });
    expect(run.at).toBe(`refs/heads/main ${commit}`);
    expect(run.env).toMatchObject({ GITHUB_REF_NAME: 'main', GITHUB_HEAD_REF: 'topic', GITHUB_BASE_REF: 'main' });
    const merged = { state: 'closed', merged: true, merged_at: expect.any(String), closed_at: expect.any(String) };
    expect(run.pull).toMatchObject({ ...merged, merge_commit_sha: commit, head: { sha: pull.head } });
    expect((await told(project, { action: 'closed', pullRequest: 7, ref: 'refs/heads/x' })).env.GITHUB_REF).toBe(
      'refs/heads/x',
    );
  },
);

test('of a fork, the payload names it as long as it is there', async () => {
  const { project } = await proposed();
  const fork = `tom/project-${serial}`;
  await github.createRepository(fork);
  await github.git(fork, 'fetch', '--quiet', github.directory(project.fullName), 'topic:patch');
  await openPullRequest(github, project.fullName, { number: 8, head: 'patch', headRepository: fork });
  const head = { label: 'tom:patch', ref: 'patch', repo: { full_name: fork, fork: true } };
  expect((await told(project, { pullRequest: 8 })).pull.head).toMatchObject(head);
  await github.deleteRepository(fork);
  expect((await told(project, { pullRequest: 8 })).pull.head).toMatchObject({ ...head, repo: null });
});

test('one that GitHub does not know is what the checkout and the payload say', async () => {
  const { project } = await proposed();
  const run = await told(project, { pullRequest: 9, action: 'closed', workspace: project.directory });
  expect(run.at).toBe(`refs/pull/9/merge ${await project.git('rev-parse', 'HEAD')}`);
  expect(run.pull).toMatchObject({ number: 9, state: 'closed', merged: false });
});

test('pull_request_target runs on the base, and knows the same of the pull request', async () => {
  const { project, pull } = await proposed();
  await project.checkout('main');
  const run = await told(project, { event: 'pull_request_target', workspace: project.directory });
  expect(run.at).toBe(`refs/heads/main ${pull.base}`);
  expect(run.pull).toMatchObject({ number: 7, head: { sha: pull.head } });
});
