import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import {
  isReleaseLine,
  parseTrigger,
  type RunContext,
  refOfCommit,
  runsBesidePullRequest,
  runsOnPullRequest,
} from '../../src/request/trigger.ts';
import { CONTEXT } from '../support/trigger.ts';

const PULL = { number: 12, head: { sha: 'abc', repo: { full_name: 'acme/widgets' } } };

function trigger(payload: unknown, more: Partial<RunContext> = {}) {
  return parseTrigger({ ...CONTEXT, ...more, payload });
}

describe('parseTrigger', () => {
  test('takes event, actor, ref, repository and addresses from the run', () => {
    expect(trigger({ repository: { default_branch: 'trunk', visibility: 'internal', private: true } })).toEqual({
      event: 'push',
      actor: 'octocat',
      ref: 'refs/heads/main',
      commit: CONTEXT.commit,
      repository: 'acme/widgets',
      defaultBranch: 'trunk',
      visibility: 'internal',
      pullRequest: undefined,
      upstream: undefined,
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      runUrl: 'https://github.com/acme/widgets/actions/runs/7',
    });
  });

  test('a payload that says nothing leaves unknown what it does not say', () => {
    const { defaultBranch, visibility, pullRequest, upstream } = trigger({});
    expect({ defaultBranch, visibility, pullRequest, upstream }).toEqual({});
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

describe('isReleaseLine: a tag, or the branch that the payload names as default (any, where it names none)', () => {
  test.each([
    ['refs/tags/v1.0.0', 'main', true],
    ['refs/tags/v1.0.0', undefined, true],
    ['refs/heads/main', 'main', true],
    ['refs/heads/feature', 'main', false],
    ['refs/heads/main/x', 'main', false],
    ['refs/heads/Main', 'main', false],
    ['refs/heads/feature', undefined, true],
    ['refs/pull/12/merge', 'main', false],
    ['refs/pull/12/merge', undefined, false],
    ['', 'main', false],
    ['', undefined, false],
  ])('%j, default branch %s: %s', (ref, branch, expected) => {
    expect(isReleaseLine(ref, branch)).toBe(expected);
  });
});

describe('the ref of a checked out commit is never that of the base where it is the head of a pull request', () => {
  const [head, base] = ['a'.repeat(40), 'b'.repeat(40)];
  const pull = { pull_request: { number: 12, head: { sha: head, repo: { full_name: 'acme/widgets' } } } };
  const follows = (event: string, branch: string) => ({
    workflow_run: { event, head_branch: branch, head_sha: head, head_repository: { full_name: 'acme/widgets' } },
  });
  test.each<[string, object, string, string]>([
    ['pull_request_target', pull, head, 'refs/pull/12/head'],
    ['pull_request_target', pull, base, 'refs/heads/main'],
    ['pull_request', pull, head, 'refs/heads/main'],
    ['workflow_run', follows('pull_request', 'feature'), head, 'refs/heads/feature'],
    ['workflow_run', follows('pull_request', 'feature'), base, 'refs/heads/main'],
    ['workflow_run', follows('release', 'v2.0'), head, 'refs/tags/v2.0'],
    ['push', {}, head, 'refs/heads/main'],
  ])('%s %#', (event, payload, commit, ref) => {
    expect(refOfCommit(trigger(payload, { event, ref: 'refs/heads/main' }), commit)).toBe(ref);
  });
});

describe('where a run may have a pull request checked out', () => {
  test.each([
    ...['pull_request', 'pull_request_review', 'pull_request_review_comment'].map((event) => [event, true] as const),
    ...['pull_request_target', 'issue_comment', 'push', 'workflow_run'].map((event) => [event, false] as const),
  ])('%s runs on the merge of its head: %s', (event, expected) => {
    expect(runsOnPullRequest(event)).toBe(expected);
  });

  test.each<[string, string, string | undefined, boolean]>([
    ['pull_request_target', 'refs/heads/main', undefined, true],
    ['issue_comment', 'refs/heads/main', undefined, true],
    ['pull_request', 'refs/pull/12/merge', undefined, false],
    ['push', 'refs/heads/main', undefined, false],
    ['deployment', '', undefined, true],
    ['deployment_status', '', undefined, true],
    ['deployment', 'refs/heads/main', undefined, false],
    ['push', '', undefined, false],
    ['workflow_run', 'refs/heads/main', 'pull_request', true],
    ['workflow_run', 'refs/heads/main', 'pull_request_target', true],
    ['workflow_run', 'refs/heads/main', 'issue_comment', true],
    ['workflow_run', 'refs/heads/main', 'workflow_run', true],
    ['workflow_run', 'refs/heads/main', 'push', false],
    ['workflow_run', 'refs/heads/main', undefined, false],
  ])('%s on %j, after %s, is beside one: %s', (event, ref, after, expected) => {
    const upstream = { event: after, head_branch: 'x', head_sha: 'a'.repeat(40), head_repository: null };
    const payload = after === undefined ? {} : { workflow_run: upstream };
    const run = trigger(payload, { event, ref });
    expect(runsBesidePullRequest(run)).toBe(expected);
  });
});
