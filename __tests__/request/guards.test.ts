import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import type { Environment } from '../../src/request/environment.ts';
import { checkDefaultBranch, checkTrigger, checkVisibility, skipReason } from '../../src/request/guards.ts';
import { type Trigger, VISIBILITIES } from '../../src/request/trigger.ts';

const TEST: Environment = {
  name: 'test',
  branch: 'test',
  production: false,
  productionBranch: 'main',
  origin: 'input',
};
const PROD: Environment = { ...TEST, name: 'prod', branch: 'main', production: true };

const PULL_REQUEST_EVENTS = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
  'issue_comment',
];
const OWN = 'acme/widgets';
const FORK = 'eve/widgets';

function run(more: Partial<Trigger> = {}): Trigger {
  return {
    event: 'push',
    actor: 'octocat',
    ref: 'refs/heads/main',
    commit: 'c'.repeat(40),
    repository: OWN,
    defaultBranch: 'main',
    visibility: 'private',
    pullRequest: undefined,
    upstream: undefined,
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    runUrl: 'https://github.com/acme/widgets/actions/runs/7',
    ...more,
  };
}

function pull(event: string, headRepository: string | undefined, more: Partial<Trigger> = {}): Trigger {
  return run({
    event,
    ref: 'refs/pull/12/merge',
    pullRequest: { number: 12, headCommit: 'a', headRepository, baseCommit: undefined, closed: false, merged: false },
    ...more,
  });
}

function follows(event: string, headRepository: string | undefined = OWN, headBranch?: string): Trigger {
  return run({ event: 'workflow_run', upstream: { event, headBranch, headCommit: undefined, headRepository } });
}

function refusal(check: () => void): string {
  try {
    check();
  } catch (error) {
    if (error instanceof CodexSyncError && error.code === 'refused-by-guard') return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('skipReason: ends green with one notice', () => {
  test.each(['pull_request', 'pull_request_review', 'pull_request_review_comment'])('%s from a fork', (event) => {
    expect(skipReason(pull(event, FORK), 'token')).toContain(FORK);
    expect(skipReason(pull(event, FORK), '')).toContain('#12');
  });

  test('a pull request from a fork that was deleted', () => {
    expect(skipReason(pull('pull_request', undefined), 'token')).toContain('a deleted fork');
  });

  test('a merge queue, which runs before the merge', () => {
    const ref = 'refs/heads/gh-readonly-queue/main/pr-1-abc';
    expect(skipReason(run({ event: 'merge_group', ref }), 'token')).toContain('merge queue');
  });

  test.each(['', ' ', '\n'])("Dependabot's pull request with an empty token (%j)", (token) => {
    expect(skipReason(pull('pull_request', OWN, { actor: 'dependabot[bot]' }), token)).toContain('Dependabot');
  });

  test.each<[string, Trigger, string]>([
    ['a pull request of the repository itself', pull('pull_request', OWN), 'token'],
    ['GitHub does not tell upper from lower case', pull('pull_request', 'Acme/Widgets'), 'token'],
    ["Dependabot's with a token", pull('pull_request', OWN, { actor: 'dependabot[bot]' }), 'token'],
    ["somebody else's with an empty token: an error, later", pull('pull_request', OWN), ''],
    ['pull_request_target from a fork: refused, later', pull('pull_request_target', FORK), 'token'],
    ['workflow_run from a fork: refused, later', follows('pull_request', FORK), 'token'],
    ['a push', run(), ''],
  ])('not: %s', (_, trigger, token) => {
    expect(skipReason(trigger, token)).toBeUndefined();
  });

  test('the name of a fork cannot forge a line of the log', () => {
    expect(skipReason(pull('pull_request', 'eve/x\n::error::'), '')).not.toMatch(/\p{Cc}/u);
  });
});

describe("a fork's head that sees the secrets is refused, in every environment", () => {
  test.each<[string, Trigger, string]>([
    ['pull_request_target', pull('pull_request_target', FORK), FORK],
    ['pull_request_target of a deleted fork', pull('pull_request_target', undefined), 'deleted'],
    ['workflow_run', follows('pull_request', FORK), FORK],
    ['workflow_run after a push to the fork', follows('push', FORK), FORK],
    [
      'workflow_run of a deleted fork',
      run({
        event: 'workflow_run',
        upstream: { event: 'push', headBranch: undefined, headCommit: undefined, headRepository: undefined },
      }),
      'deleted',
    ],
  ])('%s', (_, trigger, named) => {
    for (const environment of [TEST, PROD]) {
      expect(refusal(() => checkTrigger(trigger, environment, []))).toContain(named);
    }
  });

  test.each<[string, Trigger]>([
    ['pull_request_target', pull('pull_request_target', OWN)],
    ['workflow_run', follows('pull_request')],
  ])("the repository's own head may publish to test: %s", (_, trigger) => {
    expect(() => checkTrigger(trigger, TEST, [])).not.toThrow();
  });
});

describe('production is refused on the events of pull requests', () => {
  test.each(PULL_REQUEST_EVENTS)('%s', (event) => {
    expect(refusal(() => checkTrigger(pull(event, OWN), PROD, ['**']))).toContain(`never published on ${event}.`);
    expect(refusal(() => checkTrigger(run({ event }), PROD, []))).toContain(`never published on ${event}.`);
    expect(() => checkTrigger(pull(event, OWN), TEST, [])).not.toThrow();
  });

  test('an environment that is mapped to it is named with its remedy', () => {
    const said = refusal(() => checkTrigger(pull('pull_request', OWN), { ...PROD, name: 'test' }, []));
    expect(said).toContain(
      'never published on pull_request, and environment test is mapped to it. Map test to another',
    );
  });

  test.each(PULL_REQUEST_EVENTS)('workflow_run that %s started', (event) => {
    expect(refusal(() => checkTrigger(follows(event), PROD, []))).toContain(`workflow_run that ${event} started`);
    expect(() => checkTrigger(follows(event), TEST, [])).not.toThrow();
  });

  test.each(['push', 'release', 'schedule', 'workflow_dispatch'])('not: workflow_run that %s started', (event) => {
    expect(() => checkTrigger(follows(event), PROD, [])).not.toThrow();
  });

  test('what counts is the branch, not the name', () => {
    const staging = { ...PROD, name: 'staging' };
    expect(refusal(() => checkTrigger(pull('pull_request', OWN), staging, []))).toContain('branch main');
  });
});

describe('production wants the default branch, a tag, or a ref of production-refs', () => {
  test.each<[string, Partial<Trigger>, string[]]>([
    ['the default branch', { ref: 'refs/heads/main' }, []],
    ['another default branch', { ref: 'refs/heads/trunk', defaultBranch: 'trunk' }, []],
    ['a tag', { ref: 'refs/tags/v1.0.0' }, []],
    ['a release', { event: 'release', ref: 'refs/tags/v1.0.0' }, []],
    ['a dispatch on a tag', { event: 'workflow_dispatch', ref: 'refs/tags/v1.0.0' }, []],
    ['a ref that production-refs names', { ref: 'refs/heads/release/1.9' }, ['refs/heads/x', 'refs/heads/release/*']],
    ['a ref deeper down', { ref: 'refs/heads/release/1/9' }, ['refs/heads/release/**']],
    ['a ref with a dot', { ref: 'refs/heads/release/.9' }, ['refs/heads/release/*']],
    ['at a terminal', { event: '', ref: '', defaultBranch: undefined }, []],
  ])('%s may publish', (_, trigger, refs) => {
    expect(() => checkTrigger(run(trigger), PROD, refs)).not.toThrow();
  });

  test.each<[string, Partial<Trigger>, string[]]>([
    ['a feature branch', { ref: 'refs/heads/feature' }, []],
    ['a dispatch on a feature branch', { event: 'workflow_dispatch', ref: 'refs/heads/feature' }, []],
    ['a branch named like a tag', { ref: 'refs/heads/refs/tags/v1' }, []],
    ['a branch named v1.0.0', { ref: 'refs/heads/v1.0.0' }, []],
    ['a branch that differs from the default one in case', { ref: 'refs/heads/Main' }, []],
    ['a branch below the default one', { ref: 'refs/heads/main/x' }, []],
    ['a merge queue', { event: 'merge_group', ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc' }, []],
    ['a pull request ref in a dispatch', { event: 'workflow_dispatch', ref: 'refs/pull/12/merge' }, []],
    ['an unknown default branch', { defaultBranch: undefined }, []],
    ['a branch named undefined', { ref: 'refs/heads/undefined', defaultBranch: undefined }, []],
    ['a ref that production-refs does not name', { ref: 'refs/heads/release/1/9' }, ['refs/heads/release/*']],
    ['a ref that production-refs names in part', { ref: 'refs/heads/release/1' }, ['release/*', 'refs/heads/release']],
  ])('%s may not', (_, trigger, refs) => {
    const said = refusal(() => checkTrigger(run(trigger), PROD, refs));
    expect(said).toContain(trigger.ref ?? 'refs/heads/main');
    expect(said).toContain('production-refs');
    const { defaultBranch } = run(trigger);
    expect(said).toContain(`from the default branch${defaultBranch ? ` (${defaultBranch})` : ''} or from a tag,`);
    expect(said).not.toContain('workflow_run');
    expect(() => checkTrigger(run(trigger), TEST, refs)).not.toThrow();
  });

  test.each(['deployment', 'deployment_status'])(
    'a workflow without a ref is no terminal: %s of a bare commit',
    (event) => {
      expect(refusal(() => checkTrigger(run({ event, ref: '' }), PROD, []))).toContain(
        '(branch main) is not published from a commit without a ref.',
      );
    },
  );
});

describe("on the events of pull requests the codex's default branch is production too", () => {
  const mapped = { ...TEST, branch: 'main', productionBranch: 'prod' };

  test.each([...PULL_REQUEST_EVENTS.map((event) => pull(event, OWN)), follows('pull_request')])(
    '$event $upstream.event',
    (trigger) => {
      expect(refusal(() => checkDefaultBranch(trigger, mapped, 'main'))).toContain('branch main');
      expect(() => checkDefaultBranch(trigger, mapped, 'trunk')).not.toThrow();
    },
  );

  test.each(['push', 'release', 'workflow_dispatch', 'schedule', ''])('not on %j', (event) => {
    expect(() => checkDefaultBranch(run({ event }), mapped, 'main')).not.toThrow();
  });
});

describe('checkVisibility: documents do not become visible to more people', () => {
  const order = ['private', 'internal', 'public'];

  test.each(VISIBILITIES.flatMap((project) => VISIBILITIES.map((codex) => [project, codex] as const)))(
    'a project that is %s into a codex that is %s',
    (project, codex) => {
      const check = (allowPublic: boolean) => () => checkVisibility(project, codex, allowPublic);
      expect(check(true)).not.toThrow();
      if (order.indexOf(project) >= order.indexOf(codex)) expect(check(false)).not.toThrow();
      else for (const word of [project, codex, 'allow-public']) expect(refusal(check(false))).toContain(word);
    },
  );
});
