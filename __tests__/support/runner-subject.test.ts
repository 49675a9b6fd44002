import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { editCodex } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { closePullRequest, openPullRequest, type PullRequest } from './pull-request.ts';
import { EXAMPLES } from './recorded-events.ts';
import { type ActionOptions, runAction } from './runner.ts';

const project = 'acme/widgets';
const fork = 'tom/widgets';
const gone = 'f'.repeat(40);
let github: LocalGitHub;
let [first, trunk, topic, workspace, entry] = ['', '', '', '', ''];
let [own, foreign]: [PullRequest, PullRequest] = [] as never;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(project, { defaultBranch: 'trunk', files: { a: 'a' } });
  first = await github.git(project, 'rev-parse', 'trunk');
  await github.git(project, 'tag', 'v1', first);
  for (const branch of ['topic', 'release/9']) await github.git(project, 'branch', branch, first);
  topic = await editCodex(github, project, 'topic', { b: 'b' }, 'Topic\n\nMore');
  trunk = await editCodex(github, project, 'trunk', { c: 'c' });
  await github.createRepository(fork);
  await github.git(fork, 'fetch', '--quiet', github.directory(project), 'topic:patch');
  await editCodex(github, fork, 'patch', { d: 'd' });
  own = await openPullRequest(github, project, { number: 7, head: 'topic' });
  foreign = await openPullRequest(github, project, { number: 8, head: 'patch', headRepository: fork });
  workspace = await github.scratch('workspace');
  entry = join(await github.scratch('entry'), 'main.mjs');
  await writeFile(
    entry,
    `import { readFileSync, writeFileSync } from 'node:fs';
    const event = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'));
    writeFileSync(process.env.GITHUB_OUTPUT, 'told=' + JSON.stringify({ env: process.env, event }));`,
  );
});
afterAll(() => github.close());

/** What a run for an event is told; there is no checkout. */
async function told(event: string, about?: ActionOptions['about'], options: Partial<ActionOptions> = {}) {
  const given = { github, workspace, entry, event, repository: project, ...(about && { about }), ...options };
  const { outputs } = await runAction(given);
  const { env, event: payload } = JSON.parse(outputs.told ?? '');
  return { payload, at: `${env.GITHUB_REF} ${env.GITHUB_SHA}`, ref: env.GITHUB_REF };
}

const onTrunk = () => `refs/heads/trunk ${trunk}`;

/** A repository as a pull request within something else names it. */
const inside = () => ({ id: github.repository(project).id, url: `${github.apiUrl}/repos/${project}`, name: 'widgets' });
const side = (ref: string, sha: string) => ({ ref, sha, repo: inside() });

describe('a run after another one', () => {
  test('of a pull request runs on the default branch and names what it was about', async () => {
    const { at, payload } = await told('workflow_run', { pullRequest: 7 });
    expect(at).toBe(onTrunk());
    expect(payload).toMatchObject({
      action: 'completed',
      workflow_run: {
        event: 'pull_request',
        head_branch: 'topic',
        head_sha: topic,
        head_commit: { id: topic, message: 'Topic\n\nMore' },
        head_repository: { full_name: project, fork: false },
        repository: { full_name: project },
        status: 'completed',
        conclusion: 'success',
      },
    });
    expect(payload.workflow_run.pull_requests).toEqual([
      {
        url: `${github.apiUrl}/repos/${project}/pulls/7`,
        id: expect.any(Number),
        number: 7,
        head: side('topic', topic),
        base: side('trunk', trunk),
      },
    ]);
  });

  test("of a fork's names the fork and no pull request", async () => {
    const { at, payload } = await told('workflow_run', { pullRequest: 8 });
    expect(at).toBe(onTrunk());
    expect(payload.workflow_run).toMatchObject({
      head_branch: 'patch',
      head_sha: foreign.head,
      head_repository: { full_name: fork },
      pull_requests: [],
    });
  });

  test('of a push, a tag, a schedule', async () => {
    const run = async (about: ActionOptions['about']) => (await told('workflow_run', about)).payload.workflow_run;
    // Open pull requests of that branch are named, whatever started the run.
    expect(await run({ branch: 'topic' })).toMatchObject({
      event: 'push',
      head_branch: 'topic',
      head_sha: topic,
      pull_requests: [{ number: 7 }],
    });
    expect(await run({ tag: 'v1' })).toMatchObject({ head_branch: 'v1', head_sha: first, pull_requests: [] });
    expect(await run({ event: 'schedule' })).toMatchObject({
      event: 'schedule',
      head_branch: 'trunk',
      head_sha: trunk,
      pull_requests: [],
    });
    expect(await run({ branch: 'topic', sha: first })).toMatchObject({ head_branch: 'topic', head_sha: first });
  });
});

test.each(['check_run', 'check_suite'])(
  'a %s runs on the default branch and names commit and pull request',
  async (event) => {
    const { at, payload } = await told(event, { pullRequest: 7 });
    expect(at).toBe(onTrunk());
    expect(payload[event]).toMatchObject({ head_sha: topic, conclusion: 'success' });
    expect(payload[event].pull_requests).toMatchObject([{ number: 7, head: side('topic', topic) }]);
    const suite = event === 'check_run' ? payload.check_run.check_suite : payload.check_suite;
    expect(suite).toMatchObject({ head_branch: 'topic', head_sha: topic });
    const { payload: strange } = await told(event, { pullRequest: 8 });
    const other = event === 'check_run' ? strange.check_run.check_suite : strange.check_suite;
    expect(other).toMatchObject({ head_branch: null, head_sha: foreign.head, pull_requests: [] });
  },
);

test('a status names the branches that have its commit', async () => {
  const names = (payload: { branches: { name: string }[] }) => payload.branches.map(({ name }) => name);
  const { at, payload } = await told('status', { sha: first });
  expect(at).toBe(onTrunk());
  expect(payload).toMatchObject({ sha: first, state: 'success', name: project, commit: { sha: first } });
  expect(names(payload)).toEqual(['release/9', 'topic', 'trunk']);
  expect(payload.branches[1].commit.sha).toBe(topic);
  expect(names((await told('status', { pullRequest: 7 })).payload)).toEqual(['topic']);
  expect((await told('status', { sha: gone })).payload).toMatchObject({ sha: gone, branches: [] });
});

test.each(['deployment', 'deployment_status'])('a %s runs on what is deployed', async (event) => {
  const seen = async (about: ActionOptions['about']) => {
    const { at, payload } = await told(event, about);
    return [at, payload.deployment.ref, payload.deployment.sha];
  };
  expect(await seen({ branch: 'release/9' })).toEqual([`refs/heads/release/9 ${first}`, 'release/9', first]);
  expect(await seen({ tag: 'v1' })).toEqual([`refs/tags/v1 ${first}`, 'v1', first]);
  expect(await seen({ pullRequest: 7 })).toEqual([`refs/heads/topic ${topic}`, 'topic', topic]);
  // "empty if created with a commit SHA"
  expect(await seen({ sha: topic })).toEqual([` ${topic}`, topic, topic]);
});

test('comments and issues run on the default branch, and tell a pull request from an issue', async () => {
  const onPull = await told('issue_comment', { pullRequest: 7 });
  expect(onPull.at).toBe(onTrunk());
  const { issue } = onPull.payload;
  expect(issue).toMatchObject({ number: 7, state: 'open', pull_request: { url: `${inside().url}/pulls/7` } });
  const onIssue = await told('issue_comment', { issue: 3 });
  expect(onIssue.payload).toMatchObject({ action: 'created', issue: { number: 3 }, comment: { body: '/publish' } });
  expect(onIssue.payload.issue).not.toHaveProperty('pull_request');
  const opened = await told('issues', {});
  expect(opened.at).toBe(onTrunk());
  expect(opened.payload).toMatchObject({ action: 'opened', issue: { number: 1 } });
});

test('a release runs on its tag', async () => {
  const { at, payload } = await told('release', { tag: 'v1' });
  expect(at).toBe(`refs/tags/v1 ${first}`);
  expect(payload).toMatchObject({ action: 'published', release: { tag_name: 'v1', draft: false, prerelease: false } });
  await github.addRelease(project, 'v1', { prerelease: true });
  expect((await told('release', { tag: 'v1' })).payload.release).toMatchObject({ prerelease: true });
  await expect(told('release', {})).rejects.toThrow('which tag');
  await expect(told('release', { tag: 'v2' })).rejects.toThrow('has no refs/tags/v2');
});

test('what was created is run on, and what was deleted is not', async () => {
  const created = await told('create', { branch: 'release/9' });
  expect(created.at).toBe(`refs/heads/release/9 ${first}`);
  expect(created.payload).toMatchObject({ ref: 'release/9', ref_type: 'branch', master_branch: 'trunk' });
  expect(await told('create', { tag: 'v1' })).toMatchObject({
    at: `refs/tags/v1 ${first}`,
    payload: { ref: 'v1', ref_type: 'tag' },
  });
  const deleted = await told('delete', { branch: 'no-more' });
  expect(deleted.at).toBe(onTrunk());
  expect(deleted.payload).toMatchObject({ ref: 'no-more', ref_type: 'branch' });
  expect(deleted.payload.repository).toMatchObject({ full_name: project });
});

test('a merge group runs on the ref of its queue', async () => {
  const { at, payload } = await told('merge_group', { pullRequest: 7 });
  const ref = `refs/heads/gh-readonly-queue/trunk/pr-7-${own.base}`;
  expect(at).toBe(`${ref} ${own.merge}`);
  const group = { head_sha: own.merge, head_ref: ref, base_sha: own.base, base_ref: 'refs/heads/trunk' };
  expect(payload).toMatchObject({ action: 'checks_requested', merge_group: group });
});

test('what is about nothing runs on the default branch, with or without a payload', async () => {
  for (const event of ['repository_dispatch', 'schedule', 'workflow_run', 'status', 'delete', 'pull_request_target'])
    expect((await told(event)).at).toBe(onTrunk());
  const dispatched = await told('repository_dispatch', {}, { payload: { client_payload: { ref: 'topic' } } });
  expect(dispatched).toMatchObject({
    at: onTrunk(),
    payload: { action: 'publish', branch: 'trunk', client_payload: { ref: 'topic' } },
  });
  const nightly = await told('schedule', {});
  expect(nightly).toMatchObject({ at: onTrunk(), payload: { schedule: '0 3 * * *' } });
  expect(nightly.payload).not.toHaveProperty('sender');
});

test('pushes and dispatches run on the branch or tag that they are about', async () => {
  const pushed = await told('push', { branch: 'topic' });
  expect(pushed).toMatchObject({
    at: `refs/heads/topic ${topic}`,
    payload: { ref: 'refs/heads/topic', after: topic },
  });
  expect((await told('workflow_dispatch', { tag: 'v1' })).at).toBe(`refs/tags/v1 ${first}`);
  expect((await told('workflow_dispatch', {})).at).toBe(onTrunk());
});

test('what a test says beside it comes first', async () => {
  const payload = { workflow_run: { event: 'push', conclusion: undefined } };
  const run = await told('workflow_run', { pullRequest: 7 }, { ref: 'refs/heads/x', sha: gone, payload });
  expect(run.at).toBe(`refs/heads/x ${gone}`);
  expect(run.payload.workflow_run).toMatchObject({ event: 'push', head_sha: topic });
  expect(run.payload.workflow_run).not.toHaveProperty('conclusion');
  const reviewed = await told('pull_request_review', { pullRequest: 7 });
  expect(reviewed).toMatchObject({ at: `refs/pull/7/merge ${own.merge}`, payload: { pull_request: { number: 7 } } });
});

test('a pull request that was closed is not named by later runs of its branch', async () => {
  await github.git(project, 'branch', 'brief', topic);
  await openPullRequest(github, project, { number: 9, head: 'brief' });
  await closePullRequest(github, project, 9);
  const { payload } = await told('workflow_run', { pullRequest: 9 });
  expect(payload.workflow_run).toMatchObject({ head_branch: 'brief', head_sha: topic });
  // That of the other branch has the very same commit.
  expect(payload.workflow_run.pull_requests).toMatchObject([{ number: 7 }]);
});

/** Every path of a payload, lists and values aside. */
function pathsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, at));
  if (typeof value !== 'object' || value === null) return at === '' ? [] : [at];
  return [...(at === '' ? [] : [at]), ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, `${at}.${key}`))];
}

/** Of later dates than the recordings, in the public description of the webhooks. */
const young =
  /^\.(release\.(immutable|updated_at)|issue\.pull_request\.merged_at|workflow)$|\.(user_view_type|verified_at)$/;

test.each<[string, ActionOptions['about']]>([
  ['check_run', { pullRequest: 7 }],
  ['check_suite', { pullRequest: 7 }],
  ['create', { branch: 'topic' }],
  ['delete', { branch: 'topic' }],
  ['deployment', { branch: 'topic' }],
  ['deployment_status', { branch: 'topic' }],
  ['issue_comment', { pullRequest: 7 }],
  ['issues', { issue: 3 }],
  ['merge_group', { pullRequest: 7 }],
  ['release', { tag: 'v1' }],
  ['repository_dispatch', {}],
  ['status', { branch: 'topic' }],
  ['workflow_run', { pullRequest: 7 }],
])('%s says nothing that GitHub never said', async (event, about) => {
  const { payload } = await told(event, about);
  // Nobody recorded a comment on a pull request, but somebody the same issue.
  const sources = event === 'issue_comment' ? ['issue_comment', 'issues'] : [event];
  const examples = EXAMPLES.filter((one) => sources.includes(one.event));
  const recorded = new Set(examples.flatMap((one) => pathsOf(one.payload)));
  const { repository: _, organization: __, sender: ___, ...own } = payload;
  expect([...new Set(pathsOf(own))].filter((path) => !recorded.has(path) && !young.test(path))).toEqual([]);
});
