import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { type Environment, resolveEnvironment } from '../../src/inputs/environment.ts';
import { checkEventAndHead, skipReason } from '../../src/inputs/guards.ts';
import { namedBy, parseTrigger, type Subject, type WorkflowTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { at, EXAMPLES, type Payload, recorded, withPart } from '../support/recorded-events.ts';
import { CONTEXT } from '../support/trigger.ts';

const NONE = { branches: {} };
const [TEST, PROD] = [resolveEnvironment('test', NONE), resolveEnvironment('prod', NONE)];
const MASTER = 'refs/heads/master';
const MERGE = 'refs/pull/2/merge';

function run(event: string, payload: Payload, ref = MASTER, actor = 'octocat'): WorkflowTrigger {
  const repository = String(at(payload, 'repository.full_name') ?? 'acme/widgets');
  return parseTrigger({ ...CONTEXT, event, payload, ref, actor, repository });
}

/** What the guards say to a run that publishes: nothing where it goes on. */
function verdict(trigger: WorkflowTrigger, environment: Environment, secret: string): string {
  const skipped = skipReason(trigger, secret);
  if (skipped) return skipped;
  try {
    checkEventAndHead(trigger, environment);
    return 'goes on';
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'refused-by-guard') return error.message;
    throw error;
  }
}

const SHA = /^[0-9a-f]{40}$/;

/** Whether what an event is about says all that its kind promises. */
function isWellFormed(subject: Subject): boolean {
  if (subject.kind === 'ref' || subject.kind === 'unknown') return true;
  if (subject.kind === 'commit') return SHA.test(subject.commit) && subject.branch !== '';
  if (subject.number === undefined) return SHA.test(subject.head?.commit ?? '') && subject.head?.branch !== '';
  return subject.number > 0 && subject.head === undefined;
}

test('everything that GitHub is known to send is read, whatever the event, and the guards know what to say', () => {
  expect(EXAMPLES.length).toBeGreaterThan(700);
  expect(new Set(EXAMPLES.map(({ event }) => event)).size).toBeGreaterThan(60);
  for (const { event, payload } of EXAMPLES) {
    for (const ref of [MASTER, MERGE, '']) {
      const trigger = run(event, payload, ref);
      expect(trigger.defaultBranch).toBe(at(payload, 'repository.default_branch') ?? undefined);
      for (const environment of [TEST, PROD]) expect(verdict(trigger, environment, 'token')).toMatch(/^\P{Cc}+$/u);
      expect(namedBy(trigger)).toEqual({ commit: expect.stringMatching(SHA), ref: expect.any(String) });
      expect(isWellFormed(trigger.subject)).toBe(true);
    }
  }
});

// Nobody recorded a fork's pull request, a fork's run or a comment on a pull request: they are put together from recorded
// parts, the fork's from the event that it was made.
const own = recorded('pull_request', 'action', 'synchronize');
const fork = at(recorded('fork'), 'forkee');
const ofFork = withPart(own, 'pull_request.head.repo', fork);
const review = recorded('pull_request_review');
const remark = recorded('pull_request_review_comment');
const onIssue = recorded('issue_comment');
const onPull = withPart(onIssue, 'issue', at(recorded('issues', 'issue.pull_request'), 'issue'));
// The run of a pull request came with the request to review its deployment.
const runOfPull = recorded('deployment_review', 'workflow_run.event', 'pull_request');
const runOfFork = withPart(withPart(runOfPull, 'workflow_run.head_repository', fork), 'workflow_run.pull_requests', []);
const runOfDispatch = recorded('workflow_run', 'workflow_run.event', 'repository_dispatch');
const runOfPush = withPart(runOfDispatch, 'workflow_run.event', 'push');

const ON = 'goes on';
const FORK = /^Skipped: pull request #2 comes from Octocoders\/Hello-World/;
const DELETED = /^Skipped: pull request #2 comes from a deleted fork/;
const NO_SECRETS = /^Skipped: Dependabot's runs get no Actions secrets/;
const QUEUE = /^Skipped: a merge queue/;
const QUEUED = /^Skipped: this ref belongs to a merge queue/;
const FOREIGN = /comes from the fork Octocoders\/Hello-World but has access to this repository's secrets/;
const never = (event: string) => new RegExp(`^Production \\(branch main\\) is never published on ${event}\\.`);

test.each<[string, WorkflowTrigger, string | RegExp, string | RegExp, string?]>([
  ['pull_request', run('pull_request', own, MERGE), ON, never('pull_request')],
  ["a fork's pull_request", run('pull_request', ofFork, MERGE), FORK, FORK],
  [
    "a deleted fork's pull_request",
    run('pull_request', withPart(own, 'pull_request.head.repo', null), MERGE),
    DELETED,
    DELETED,
  ],
  ["Dependabot's", run('pull_request', own, MERGE, 'dependabot[bot]'), NO_SECRETS, NO_SECRETS, ''],
  ["Dependabot's, with a secret", run('pull_request', own, MERGE, 'dependabot[bot]'), ON, never('pull_request')],
  ['pull_request_target', run('pull_request_target', own), ON, never('pull_request_target')],
  ["a fork's pull_request_target", run('pull_request_target', ofFork), FOREIGN, FOREIGN],
  ['a review', run('pull_request_review', review, MERGE), ON, never('pull_request_review')],
  [
    "a review of a fork's",
    run('pull_request_review', withPart(review, 'pull_request.head.repo', fork), MERGE),
    FORK,
    FORK,
  ],
  ['a remark', run('pull_request_review_comment', remark, MERGE), ON, never('pull_request_review_comment')],
  [
    "a remark on a fork's",
    run('pull_request_review_comment', withPart(remark, 'pull_request.head.repo', fork), MERGE),
    FORK,
    FORK,
  ],
  ['issue_comment on an issue', run('issue_comment', onIssue), ON, never('issue_comment')],
  ['issue_comment on a pull request', run('issue_comment', onPull), ON, never('issue_comment')],
  [
    'workflow_run of a pull request',
    run('workflow_run', runOfPull, 'refs/heads/main'),
    ON,
    /on a workflow_run that pull_request started\. Use env: test/,
  ],
  ["workflow_run of a fork's pull request", run('workflow_run', runOfFork), FOREIGN, FOREIGN],
  ['workflow_run of a push', run('workflow_run', runOfPush), ON, ON],
  [
    'workflow_run of a push to another branch',
    run('workflow_run', withPart(runOfPush, 'workflow_run.head_branch', 'changes')),
    ON,
    // What may be published of it is decided by what is checked out.
    ON,
  ],
  ['workflow_run of a dispatch', run('workflow_run', runOfDispatch), ON, ON],
  ['a push to the default branch', run('push', recorded('push', 'ref', MASTER)), ON, ON],
  ['a push to another branch', run('push', recorded('push', 'ref', MASTER), 'refs/heads/changes'), ON, ON],
  ['a push of a tag', run('push', recorded('push', 'ref', 'refs/tags/simple-tag'), 'refs/tags/simple-tag'), ON, ON],
  ['release', run('release', recorded('release', 'action', 'released'), 'refs/tags/0.0.1'), ON, ON],
  ['workflow_dispatch', run('workflow_dispatch', recorded('workflow_dispatch', 'ref', MASTER)), ON, ON],
  [
    'workflow_dispatch elsewhere',
    run('workflow_dispatch', recorded('workflow_dispatch', 'ref', MASTER), 'refs/heads/changes'),
    ON,
    ON,
  ],
  [
    'merge_group',
    run('merge_group', recorded('merge_group'), 'refs/heads/gh-readonly-queue/main/pr-104'),
    QUEUE,
    QUEUE,
  ],
  [
    'a push to a ref of a merge queue',
    run('push', recorded('push', 'ref', MASTER), 'refs/heads/gh-readonly-queue/main/pr-104'),
    QUEUED,
    QUEUED,
  ],
  [
    "Dependabot's push to its own branch",
    run('push', recorded('push', 'ref', MASTER), 'refs/heads/dependabot/npm/x', 'dependabot[bot]'),
    NO_SECRETS,
    NO_SECRETS,
    '',
  ],
  [
    "Dependabot's push to its own branch, with a secret",
    run('push', recorded('push', 'ref', MASTER), 'refs/heads/dependabot/npm/x', 'dependabot[bot]'),
    ON,
    ON,
  ],
  ['deployment_status', run('deployment_status', recorded('deployment_status')), ON, ON],
  ['deployment_status of a commit', run('deployment_status', recorded('deployment_status'), ''), ON, ON],
  ['schedule', run('schedule', { schedule: '0 0 * * *' }), ON, ON],
  ['repository_dispatch', run('repository_dispatch', recorded('repository_dispatch')), ON, ON],
])('%s: what test and production say', (_, trigger, inTest, inProduction, secret = 'token') => {
  for (const [environment, said] of [
    [TEST, inTest],
    [PROD, inProduction],
  ] as const) {
    if (typeof said === 'string') expect(verdict(trigger, environment, secret)).toBe(said);
    else expect(verdict(trigger, environment, secret)).toMatch(said);
  }
});

describe('of a recorded event is known', () => {
  test('which pull request it is about, and where its head is', () => {
    const [base, head] = [at(own, 'pull_request.base.sha'), at(own, 'pull_request.head.sha')];
    const branches = { headBranch: branchName('changes'), baseBranch: branchName('master') };
    const about = { number: 2, headCommit: head, baseCommit: base, closed: false, merged: false, ...branches };
    const ours = 'Codertocat/Hello-World';
    expect(run('pull_request', own).pullRequest).toEqual({ ...about, headRepository: ours });
    expect(run('pull_request', ofFork).pullRequest?.headRepository).toBe('Octocoders/Hello-World');
    expect(run('pull_request', recorded('pull_request', 'action', 'closed')).pullRequest?.closed).toBe(true);
    expect(run('pull_request_review', review).pullRequest).toMatchObject({ number: 2, headRepository: ours });
    // A comment's payload names no head: what is checked out decides.
    expect(run('issue_comment', onPull).pullRequest).toBeUndefined();
  });

  test('which run it follows, of which pull request', () => {
    const { upstream, pullRequest } = run('workflow_run', runOfPull);
    const headCommit = '5275a45b7e99c7fd7265b790392c10a74101a67a';
    const headRepository = 'terraform-test-github/sample-app';
    expect(upstream).toEqual({ event: 'pull_request', headBranch: 'sample', headCommit, headRepository });
    expect(pullRequest).toMatchObject({ number: 3, headCommit, headRepository, closed: false });
    expect(run('workflow_run', runOfFork).pullRequest).toBeUndefined();
  });

  const check = recorded('check_suite', 'check_suite.head_branch', 'main');
  const checkOfPull = recorded('check_suite', 'check_suite.head_branch', 'changes');
  const status = recorded('status');
  const deployed = recorded('deployment', 'deployment.ref', 'gh-pages');
  const removed = recorded('delete', 'ref_type', 'tag');
  const ofPull = (number: number): Subject => ({ kind: 'pull request', number, head: undefined });
  const ofCommit = (payload: Payload, path: string, pullRequest?: number, branch?: string): Subject => {
    return {
      kind: 'commit',
      commit: String(at(payload, path)),
      pullRequest,
      branch: branch === undefined ? undefined : branchName(branch),
    };
  };
  const headOfRun = { commit: '5275a45b7e99c7fd7265b790392c10a74101a67a', branch: branchName('sample') };
  test.each<[string, string, Payload, Subject]>([
    ['a pull request', 'pull_request', own, ofPull(2)],
    ['pull_request_target', 'pull_request_target', own, ofPull(2)],
    ['a review', 'pull_request_review', review, ofPull(2)],
    ['a remark', 'pull_request_review_comment', remark, ofPull(2)],
    ['a comment on a pull request', 'issue_comment', onPull, ofPull(Number(at(onPull, 'issue.number')))],
    ['a comment on an issue', 'issue_comment', onIssue, { kind: 'unknown' }],
    ['an issue', 'issues', recorded('issues'), { kind: 'ref' }],
    ['a run of a pull request', 'workflow_run', runOfPull, ofPull(3)],
    [
      "a run of a fork's pull request",
      'workflow_run',
      runOfFork,
      { kind: 'pull request', number: undefined, head: headOfRun },
    ],
    ['a run of a push', 'workflow_run', runOfPush, ofCommit(runOfPush, 'workflow_run.head_sha', undefined, 'master')],
    ['a run of a repository_dispatch, which no payload tells', 'workflow_run', runOfDispatch, { kind: 'unknown' }],
    ['a check suite', 'check_suite', check, ofCommit(check, 'check_suite.head_sha', undefined, 'main')],
    [
      'a check suite of a pull request',
      'check_suite',
      checkOfPull,
      ofCommit(checkOfPull, 'check_suite.head_sha', 2, 'changes'),
    ],
    [
      'a check run of a pull request',
      'check_run',
      recorded('check_run'),
      ofCommit(recorded('check_run'), 'check_run.head_sha', 2, 'changes'),
    ],
    ['a status of several branches', 'status', status, ofCommit(status, 'sha')],
    ['a deployment', 'deployment', deployed, ofCommit(deployed, 'deployment.sha', undefined, 'gh-pages')],
    [
      'the status of a deployment',
      'deployment_status',
      recorded('deployment_status'),
      ofCommit(recorded('deployment_status'), 'deployment.sha', undefined, 'master'),
    ],
    ['a push', 'push', recorded('push'), { kind: 'ref' }],
    ['a release', 'release', recorded('release'), { kind: 'ref' }],
    ['a dispatch', 'workflow_dispatch', recorded('workflow_dispatch'), { kind: 'ref' }],
  ])('what it is about: %s', (_, event, payload, subject) => {
    expect(run(event, payload).subject).toEqual(subject);
  });

  test('which branch was removed, and that a tag is none', () => {
    expect(run('delete', removed).deletedBranch).toBeUndefined();
    expect(run('delete', withPart(removed, 'ref_type', 'branch')).deletedBranch).toBe('simple-tag');
  });

  test.each([
    ['public, where it says so', recorded('push', 'repository.visibility', 'public'), 'public'],
    ['public, where it only says that it is not private', recorded('release', 'repository.private', false), 'public'],
    ['private', recorded('pull_request_review_thread', 'repository.private', true), 'private'],
  ])('that its repository is %s', (_, payload, visibility) => {
    expect(run('push', payload).visibility).toBe(visibility);
  });
});
