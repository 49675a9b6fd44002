import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import {
  isAboutHead,
  namedBy,
  parseTrigger,
  runsOnPullRequest,
  type Subject,
  type WorkflowContext,
} from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { CONTEXT, TYPED } from '../support/trigger.ts';

const PULL = { number: 12, head: { sha: 'abc', repo: { full_name: 'acme/widgets' } } };

function trigger(payload: unknown, more: Partial<WorkflowContext> = {}) {
  return parseTrigger({ ...CONTEXT, ...more, payload });
}

describe('parseTrigger', () => {
  test('takes event, actor, ref, repository and addresses from the run', () => {
    expect(trigger({ repository: { default_branch: 'trunk', visibility: 'internal', private: true } })).toEqual({
      kind: 'workflow',
      event: 'push',
      actor: 'octocat',
      ref: 'refs/heads/main',
      commit: CONTEXT.commit,
      repository: 'acme/widgets',
      defaultBranch: branchName('trunk'),
      visibility: 'internal',
      pullRequest: undefined,
      subject: { kind: 'ref' },
      deletedBranch: undefined,
      upstream: undefined,
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      runUrl: 'https://github.com/acme/widgets/actions/runs/7',
      workflow: 'acme/widgets/.github/workflows/docs.yml',
    });
  });

  test.each([
    ['of a repository', 'acme/ci/.github/workflows/a.yml@refs/tags/v1', 'acme/ci/.github/workflows/a.yml'],
    ['that nobody names', undefined, undefined],
  ])('a workflow %s', (_, workflowRef, workflow) => {
    expect(trigger({}, { workflowRef }).workflow).toBe(workflow);
  });

  test('a payload that says nothing leaves unknown what it does not say', () => {
    const { defaultBranch, visibility, pullRequest, upstream, deletedBranch } = trigger({});
    expect({ defaultBranch, visibility, pullRequest, upstream, deletedBranch }).toEqual({});
  });

  test('a slash at the end of the addresses of an Enterprise Server does no harm', () => {
    const urls = { serverUrl: 'https://ghe.acme.com/', apiUrl: 'https://ghe.acme.com/api/v3/' };
    expect(trigger({}, urls)).toMatchObject({
      serverUrl: 'https://ghe.acme.com',
      apiUrl: 'https://ghe.acme.com/api/v3',
      runUrl: 'https://ghe.acme.com/acme/widgets/actions/runs/7',
    });
  });

  test.each([
    [{ private: true }, 'private'],
    [{ private: false }, 'public'],
    [{ private: true, visibility: 'internal' }, 'internal'],
    [{}, undefined],
  ])('visibility of %j: %s', (repository, visibility) => {
    expect(trigger({ repository }).visibility).toBe(visibility);
  });

  test.each([
    ['its head', PULL, 'acme/widgets'],
    ['a fork', { ...PULL, head: { sha: 'abc', repo: { full_name: 'eve/widgets' } } }, 'eve/widgets'],
    ['a deleted fork', { ...PULL, head: { sha: 'abc', repo: null } }, undefined],
  ])('a pull request from %s', (_, pull, headRepository) => {
    const found = {
      number: 12,
      headCommit: 'abc',
      headRepository,
      headBranch: undefined,
      baseBranch: undefined,
      baseCommit: undefined,
      closed: false,
      merged: false,
    };
    expect(trigger({ pull_request: pull }).pullRequest).toEqual(found);
  });

  test.each([
    ['closed', true, { closed: true, merged: true }],
    ['closed', false, { closed: true, merged: false }],
    ['synchronize', null, { closed: false, merged: false }],
  ])('a pull request that was %s, merged: %s', (action, merged, expected) => {
    const payload = { action, pull_request: { ...PULL, merged, base: { sha: 'def' } } };
    expect(trigger(payload).pullRequest).toMatchObject({ ...expected, baseCommit: 'def' });
  });

  test('a pull request names the branches that it comes from and goes into', () => {
    const pull_request = { ...PULL, head: { ...PULL.head, ref: 'feature' }, base: { sha: 'def', ref: 'main' } };
    const sides = {
      headBranch: branchName('feature'),
      baseBranch: branchName('main'),
      headCommit: 'abc',
      baseCommit: 'def',
    };
    expect(trigger({ pull_request }).pullRequest).toMatchObject(sides);
  });

  test.each<[string, string, unknown, string | undefined]>([
    ['a branch', 'delete', { ref: 'feature/x', ref_type: 'branch' }, 'feature/x'],
    ['a tag', 'delete', { ref: 'v1', ref_type: 'tag' }, undefined],
    ['nothing that is named', 'delete', { ref_type: 'branch' }, undefined],
    ['a branch, of another event', 'create', { ref: 'feature/x', ref_type: 'branch' }, undefined],
    ['a push', 'push', { ref: 'refs/heads/x' }, undefined],
  ])('the branch that was removed: %s', (_, event, payload, branch) => {
    expect(trigger(payload, { event }).deletedBranch).toBe(branch);
  });

  test.each([
    ['its repository', { full_name: 'acme/widgets' }, 'acme/widgets'],
    ['a deleted fork', null, undefined],
  ])('a workflow_run from %s', (_, head, headRepository) => {
    const upstream = { event: 'pull_request', head_repository: head };
    expect(trigger({ workflow_run: upstream }).upstream).toEqual({ event: 'pull_request', headRepository });
  });

  test('a workflow_run that a pull request started is for that pull request, one that a push started for none', () => {
    const pulls = [{ number: 7, head: { sha: 'abc' }, base: { sha: 'def' } }];
    const upstream = { head_repository: { full_name: 'acme/widgets' }, pull_requests: pulls };
    const follows = (event: string, more = {}) =>
      trigger({ workflow_run: { ...upstream, event, ...more } }).pullRequest;
    const known = { number: 7, headCommit: 'abc', headRepository: 'acme/widgets', baseCommit: 'def', closed: false };
    expect(follows('pull_request')).toMatchObject(known);
    expect(follows('pull_request_target')).toMatchObject(known);
    expect(follows('push')).toBeUndefined();
    expect(follows('pull_request', { pull_requests: [] })).toBeUndefined();
  });

  test('a pull request of another base repository is none of this repository', () => {
    const of = (name: string, number: number) => {
      return {
        number,
        head: { sha: 'abc' },
        base: { sha: 'def', repo: { url: `https://api.github.com/repos/${name}` } },
      };
    };
    const follows = (...pull_requests: object[]) =>
      trigger({ workflow_run: { event: 'pull_request', pull_requests } }).pullRequest?.number;
    expect(follows(of('acme/parent', 3))).toBeUndefined();
    expect(follows(of('evil-acme/widgets', 3))).toBeUndefined();
    expect(follows(of('acme/parent', 3), of('Acme/Widgets', 4))).toBe(4);
  });

  test('a schedule runs on the default branch, though its payload names no repository', () => {
    expect(trigger({ schedule: '0 0 * * *' }, { event: 'schedule' }).defaultBranch).toBe('main');
    expect(trigger({ repository: { default_branch: 'trunk' } }, { event: 'schedule' }).defaultBranch).toBe('trunk');
  });

  test.each<[string, unknown, string]>([
    ['no object', 'x', 'payload'],
    ['a pull request without a head', { pull_request: { number: 1 } }, 'pull_request.head'],
    ['a head without a commit', { pull_request: { number: 1, head: { repo: null } } }, 'pull_request.head.sha'],
    ['a number in words', { pull_request: { ...PULL, number: '1' } }, 'pull_request.number'],
    ['a workflow run without an event', { workflow_run: {} }, 'workflow_run.event'],
    ['a visibility that nobody knows', { repository: { visibility: 'secret' } }, 'repository.visibility'],
  ])('a payload that GitHub does not send is an error: %s', (_, payload, where) => {
    expect(() => trigger(payload)).toThrow(CodexSyncError);
    expect(() => trigger(payload)).toThrow(where);
  });

  test.each(['', 'widgets', 'acme/', '/widgets', 'acme/widgets/x', 'acme/..', 'a b/c', '../x\n'])(
    'GITHUB_REPOSITORY %j is an error',
    (repository) => {
      expect(() => trigger({}, { repository })).toThrow(expect.objectContaining({ code: 'bad-input' }));
      expect(() => trigger({}, { repository })).toThrow(/^GITHUB_REPOSITORY is \P{Cc}*$/u);
    },
  );
});

const SHA = 'a'.repeat(40);
const OWN = { url: 'https://api.github.com/repos/acme/widgets' };
const PARENT = { url: 'https://api.github.com/repos/acme/parent' };
const NAMED = { number: 7, head: { sha: SHA, ref: 'feature' }, base: { sha: 'def', ref: 'main', repo: OWN } };
const ELSEWHERE = { ...NAMED, number: 8, base: { ...NAMED.base, repo: PARENT } };

describe('what an event is about', () => {
  const ref: Subject = { kind: 'ref' };
  const unknown: Subject = { kind: 'unknown' };
  const pull = (number: number | undefined, head?: { commit: string; branch: string }): Subject => {
    return { kind: 'pull request', number, head: head && { ...head, branch: branchName(head.branch) } };
  };
  const commit = ({ pullRequest, branch }: { pullRequest?: number; branch?: string } = {}): Subject => {
    return { kind: 'commit', commit: SHA, pullRequest, branch: branch === undefined ? undefined : branchName(branch) };
  };
  const follows = (event: string, more: object = {}) => {
    return { workflow_run: { event, head_sha: SHA, head_branch: 'feature', pull_requests: [], ...more } };
  };

  test.each(['push', 'release', 'create', 'delete', 'schedule', 'workflow_dispatch', 'issues', ''])(
    '%s: its own ref and commit',
    (event) => {
      expect(trigger({}, { event }).subject).toEqual(ref);
      // A payload that anybody may write in a dispatch does not make it a run for a pull request.
      expect(trigger({ pull_request: PULL, check_run: { head_sha: SHA } }, { event }).subject).toEqual(ref);
    },
  );

  test.each(['pull_request', 'pull_request_target', 'pull_request_review', 'pull_request_review_comment'])(
    '%s: the pull request',
    (event) => {
      expect(trigger({ pull_request: PULL }, { event }).subject).toEqual(pull(12));
    },
  );

  test('repository_dispatch: whatever its sender meant', () => {
    const sent = { client_payload: { ref: 'feature' }, pull_request: PULL };
    expect(trigger(sent, { event: 'repository_dispatch' }).subject).toEqual(unknown);
  });

  test.each<[string, unknown, Subject]>([
    ['on a pull request', { issue: { number: 12, pull_request: { url: 'https://x.test' } } }, pull(12)],
    ['on a pull request of which nothing is said', { issue: { number: 12, pull_request: {} } }, pull(12)],
    ['on an issue', { issue: { number: 12 } }, unknown],
    ['on an issue that says so', { issue: { number: 12, pull_request: null } }, unknown],
  ])('issue_comment %s', (_, payload, subject) => {
    expect(trigger(payload, { event: 'issue_comment' }).subject).toEqual(subject);
  });

  test.each<[string, unknown, Subject]>([
    ['a pull request', follows('pull_request', { pull_requests: [NAMED] }), pull(7)],
    ['pull_request_target', follows('pull_request_target', { pull_requests: [NAMED] }), pull(7)],
    ['a review', follows('pull_request_review', { pull_requests: [NAMED] }), pull(7)],
    [
      'a pull request that is not named',
      follows('pull_request'),
      pull(undefined, { commit: SHA, branch: branchName('feature') }),
    ],
    [
      'a review of one',
      follows('pull_request_review'),
      pull(undefined, { commit: SHA, branch: branchName('feature') }),
    ],
    [
      'a pull request of another base repository',
      follows('pull_request', { pull_requests: [ELSEWHERE] }),
      pull(undefined, { commit: SHA, branch: branchName('feature') }),
    ],
    ['a pull request without a head', follows('pull_request', { head_sha: null }), unknown],
    ['a pull request without a branch', follows('pull_request', { head_branch: null }), unknown],
    // It runs on the base: its commit tells nothing of the pull request.
    ['pull_request_target that names none', follows('pull_request_target'), unknown],
    ['issue_comment', follows('issue_comment', { pull_requests: [NAMED] }), unknown],
    ['repository_dispatch', follows('repository_dispatch'), unknown],
    ['a workflow_run', follows('workflow_run', { pull_requests: [NAMED] }), unknown],
    ['an event that nobody knows yet', follows('something_new'), unknown],
    ['a push', follows('push'), commit({ branch: branchName('feature') })],
    [
      'a push to the branch of a pull request',
      follows('push', { pull_requests: [NAMED] }),
      commit({ branch: branchName('feature'), pullRequest: 7 }),
    ],
    [
      'a push to the branch of a pull request elsewhere',
      follows('push', { pull_requests: [ELSEWHERE] }),
      commit({ branch: branchName('feature') }),
    ],
    ['a release', follows('release', { head_branch: 'v1' }), commit({ branch: branchName('v1') })],
    ['a dispatch', follows('workflow_dispatch'), commit({ branch: branchName('feature') })],
    ['a schedule', follows('schedule', { head_branch: 'main' }), commit({ branch: branchName('main') })],
    ['a push without a commit', follows('push', { head_sha: null }), unknown],
    ['nothing', {}, unknown],
  ])('workflow_run after %s', (_, payload, subject) => {
    expect(trigger(payload, { event: 'workflow_run' }).subject).toEqual(subject);
  });

  test.each<[string, string, unknown, Subject]>([
    [
      'check_suite',
      'of a branch',
      { check_suite: { head_sha: SHA, head_branch: 'x' } },
      commit({ branch: branchName('x') }),
    ],
    [
      'check_suite',
      'of a pull request',
      { check_suite: { head_sha: SHA, head_branch: 'x', pull_requests: [ELSEWHERE, NAMED] } },
      commit({ branch: branchName('x'), pullRequest: 7 }),
    ],
    ['check_suite', 'of a commit', { check_suite: { head_sha: SHA, head_branch: null } }, commit()],
    ['check_suite', 'of nothing', { check_suite: { head_sha: null } }, unknown],
    ['check_suite', 'without any', {}, unknown],
    [
      'check_run',
      'with the branch of its suite',
      { check_run: { head_sha: SHA, check_suite: { head_sha: SHA, head_branch: 'x' } } },
      commit({ branch: branchName('x') }),
    ],
    [
      'check_run',
      'of a pull request',
      { check_run: { head_sha: SHA, pull_requests: [NAMED], check_suite: { pull_requests: [] } } },
      commit({ pullRequest: 7 }),
    ],
    ['check_run', 'without a suite', { check_run: { head_sha: SHA } }, commit()],
    ['check_run', 'without any', {}, unknown],
    ['status', 'of one branch', { sha: SHA, branches: [{ name: 'x' }] }, commit({ branch: branchName('x') })],
    ['status', 'of several branches', { sha: SHA, branches: [{ name: 'x' }, { name: 'main' }] }, commit()],
    ['status', 'of no branch', { sha: SHA, branches: [] }, commit()],
    ['status', 'without a commit', { branches: [{ name: 'x' }] }, unknown],
    ['deployment', 'of a branch', { deployment: { sha: SHA, ref: 'x' } }, commit({ branch: branchName('x') })],
    [
      'deployment',
      'of a full ref',
      { deployment: { sha: SHA, ref: 'refs/heads/x' } },
      commit({ branch: branchName('x') }),
    ],
    ['deployment', 'of a commit', { deployment: { sha: SHA, ref: SHA } }, commit()],
    ['deployment', 'of a tag', { deployment: { sha: SHA, ref: 'refs/tags/v1' } }, commit()],
    ['deployment_status', 'of a branch', { deployment: { sha: SHA, ref: 'x' } }, commit({ branch: branchName('x') })],
    ['deployment_status', 'without a ref', { deployment: { sha: SHA } }, commit()],
    ['deployment_status', 'without any', {}, unknown],
  ])('%s %s', (event, _, payload, subject) => {
    expect(trigger(payload, { event }).subject).toEqual(subject);
  });
});

describe('the commit and the ref that a run names', () => {
  const follows = (event: string, head_branch: string | null, head_sha: string | null = SHA) => {
    return { workflow_run: { event, head_branch, head_sha, head_repository: { full_name: 'acme/widgets' } } };
  };
  const own = { commit: CONTEXT.commit, ref: CONTEXT.ref };

  test.each<[string, string, unknown, ReturnType<typeof namedBy>]>([
    ['a push: its own', 'push', {}, own],
    ['a pull request: its own', 'pull_request', { pull_request: { ...PULL, head: { ...PULL.head, sha: SHA } } }, own],
    [
      'a run that follows one on a branch',
      'workflow_run',
      follows('push', 'feature'),
      { commit: SHA, ref: 'refs/heads/feature' },
    ],
    [
      'a run that follows a release',
      'workflow_run',
      follows('release', 'v2.0'),
      { commit: SHA, ref: 'refs/tags/v2.0' },
    ],
    [
      'a run that follows a pull request',
      'workflow_run',
      follows('pull_request', 'feature'),
      { commit: SHA, ref: 'refs/heads/feature' },
    ],
    ['a run that follows one without a branch', 'workflow_run', follows('push', null), own],
    ['a run that follows one without a commit', 'workflow_run', follows('push', 'feature', null), own],
    ['a run whose payload names another one, on another event', 'deployment_status', follows('push', 'feature'), own],
  ])('%s', (_, event, payload, expected) => {
    expect(namedBy(trigger(payload, { event }))).toEqual(expected);
  });
});

test.each([
  ...['pull_request', 'pull_request_review', 'pull_request_review_comment'].map((event) => [event, true] as const),
  ...['pull_request_target', 'issue_comment', 'push', 'workflow_run'].map((event) => [event, false] as const),
])('%s runs on the merge of its head: %s', (event, expected) => {
  expect(runsOnPullRequest(event)).toBe(expected);
});

describe('at a terminal', () => {
  const { visibility, ...typed } = TYPED;

  test('there is no event, and there need not be a repository', () => {
    expect(parseTrigger({ ...typed, serverUrl: 'https://ghe.acme.com/' })).toEqual({
      ...{ ...typed, visibility },
      serverUrl: 'https://ghe.acme.com',
    });
    const nowhere = { ...typed, repository: undefined, ref: undefined, commit: undefined };
    expect(parseTrigger(nowhere)).toEqual({ ...nowhere, visibility });
  });

  test('the run is about what is checked out', () => {
    expect(isAboutHead(TYPED)).toBe(true);
    expect(namedBy(TYPED)).toEqual({ commit: TYPED.commit, ref: TYPED.ref });
  });
});

test('an event without a name is not a terminal', () => {
  const unnamed = trigger({}, { event: '' });
  expect(unnamed.kind).toBe('workflow');
  expect(isAboutHead(unnamed)).toBe(false);
  expect(() => trigger({}, { event: '', repository: '' })).toThrow('GITHUB_REPOSITORY is ""');
});
