import { describe, expect, test } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import type { Environment } from '../../src/inputs/environment.ts';
import {
  checkDefaultBranch,
  checkEventAndHead,
  checkOffReleaseLine,
  checkVisibility,
  skipReason,
} from '../../src/inputs/guards.ts';
import { VISIBILITIES, type WorkflowTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { TYPED } from '../support/trigger.ts';

const TEST: Environment = {
  name: 'test',
  branch: branchName('test'),
  production: false,
  productionBranch: branchName('main'),
  origin: 'input',
};
const PROD: Environment = { ...TEST, name: 'prod', branch: branchName('main'), production: true };

const PULL_REQUEST_EVENTS = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
  'issue_comment',
];
const OWN = 'acme/widgets';
const FORK = 'eve/widgets';

function run(more: Partial<WorkflowTrigger> = {}): WorkflowTrigger {
  return {
    kind: 'workflow',
    event: 'push',
    actor: 'octocat',
    ref: 'refs/heads/main',
    commit: 'c'.repeat(40),
    repository: OWN,
    defaultBranch: branchName('main'),
    visibility: 'private',
    pullRequest: undefined,
    subject: { kind: 'ref' },
    deletedBranch: undefined,
    upstream: undefined,
    serverUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    workflow: '.github/workflows/docs.yml',
    runUrl: 'https://github.com/acme/widgets/actions/runs/7',
    ...more,
  };
}

function pull(event: string, headRepository: string | undefined, more: Partial<WorkflowTrigger> = {}): WorkflowTrigger {
  return run({
    event,
    ref: 'refs/pull/12/merge',
    pullRequest: {
      ...{
        number: 12,
        headCommit: 'a',
        headRepository,
        headBranch: branchName('feature'),
        baseBranch: branchName('main'),
      },
      ...{ baseCommit: undefined, closed: false, merged: false },
    },
    subject: { kind: 'pull request', number: 12, head: undefined },
    ...more,
  });
}

function follows(event: string, headRepository: string | undefined = OWN, headBranch?: string): WorkflowTrigger {
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

  test.each([
    ['push', 'refs/heads/gh-readonly-queue/main/pr-1-abc'],
    ['workflow_dispatch', 'refs/heads/gh-readonly-queue/release/9/pr-1-abc'],
    ['workflow_run', 'refs/heads/gh-readonly-queue/main/pr-1-abc'],
  ])('a %s on a ref of a merge queue', (event, ref) => {
    expect(skipReason(run({ event, ref }), 'token')).toContain('merge queue');
  });

  test.each<[string, Partial<WorkflowTrigger>]>([
    ['a push to its branch', { ref: 'refs/heads/dependabot/npm/x' }],
    ['the creation of its branch', { event: 'create', ref: 'refs/heads/dependabot/npm/x' }],
    ['a push where no payload names the default branch', { defaultBranch: undefined }],
    ['a branch named like a tag', { ref: 'refs/heads/refs/tags/v1' }],
    ['a run without a ref', { event: 'deployment', ref: undefined }],
    ['a pull_request_target into another branch', { event: 'pull_request_target', ref: 'refs/heads/next' }],
  ])("Dependabot's run off the release line with an empty token: %s", (_, trigger) => {
    const ofDependabot = run({ actor: 'dependabot[bot]', ...trigger });
    for (const token of ['', ' ', '\n']) expect(skipReason(ofDependabot, token)).toContain('Dependabot');
    expect(skipReason(ofDependabot, 'token')).toBeUndefined();
    expect(skipReason(run(trigger), '')).toBeUndefined();
  });

  test.each(['', ' ', '\n'])("Dependabot's pull request with an empty token (%j)", (token) => {
    expect(skipReason(pull('pull_request', OWN, { actor: 'dependabot[bot]' }), token)).toContain('Dependabot');
  });

  test.each<[string, WorkflowTrigger, string]>([
    ['a pull request of the repository itself', pull('pull_request', OWN), 'token'],
    ['GitHub does not tell upper from lower case', pull('pull_request', 'Acme/Widgets'), 'token'],
    ["Dependabot's with a token", pull('pull_request', OWN, { actor: 'dependabot[bot]' }), 'token'],
    ["somebody else's with an empty token: an error, later", pull('pull_request', OWN), ''],
    ['pull_request_target from a fork: refused, later', pull('pull_request_target', FORK), 'token'],
    ['workflow_run from a fork: refused, later', follows('pull_request', FORK), 'token'],
    ['a push', run(), ''],
    ["Dependabot's on the default branch: an error, later", run({ actor: 'dependabot[bot]' }), ''],
    ["Dependabot's on a tag: an error, later", run({ actor: 'dependabot[bot]', ref: 'refs/tags/v1' }), ''],
    ['a branch whose name only resembles that of a merge queue', run({ ref: 'refs/heads/gh-readonly-queue' }), 'token'],
    ['a tag named like a merge queue', run({ ref: 'refs/tags/gh-readonly-queue/main/x' }), 'token'],
  ])('not: %s', (_, trigger, token) => {
    expect(skipReason(trigger, token)).toBeUndefined();
  });

  test('the name of a fork cannot forge a line of the log', () => {
    expect(skipReason(pull('pull_request', 'eve/x\n::error::'), '')).not.toMatch(/\p{Cc}/u);
  });
});

describe("a fork's head that sees the secrets is refused, in every environment", () => {
  test.each<[string, WorkflowTrigger, string]>([
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
      expect(refusal(() => checkEventAndHead(trigger, environment))).toContain(named);
    }
  });

  test.each<[string, WorkflowTrigger]>([
    ['pull_request_target', pull('pull_request_target', OWN)],
    ['workflow_run', follows('pull_request')],
  ])("the repository's own head may publish to test: %s", (_, trigger) => {
    expect(() => checkEventAndHead(trigger, TEST)).not.toThrow();
  });
});

describe('production is refused on the events of pull requests', () => {
  test.each(PULL_REQUEST_EVENTS)('%s', (event) => {
    expect(refusal(() => checkEventAndHead(pull(event, OWN), PROD))).toContain(`never published on ${event}.`);
    expect(refusal(() => checkEventAndHead(run({ event }), PROD))).toContain(`never published on ${event}.`);
    expect(() => checkEventAndHead(pull(event, OWN), TEST)).not.toThrow();
  });

  test('an environment that is mapped to it is named with its remedy', () => {
    const said = refusal(() => checkEventAndHead(pull('pull_request', OWN), { ...PROD, name: 'test' }));
    expect(said).toContain(
      'never published on pull_request, and environment test is mapped to it. Map test to another',
    );
  });

  test.each(PULL_REQUEST_EVENTS)('workflow_run that %s started', (event) => {
    expect(refusal(() => checkEventAndHead(follows(event), PROD))).toContain(`workflow_run that ${event} started`);
    expect(() => checkEventAndHead(follows(event), TEST)).not.toThrow();
  });

  test.each(['push', 'release', 'schedule', 'workflow_dispatch'])('not: workflow_run that %s started', (event) => {
    expect(() => checkEventAndHead(follows(event), PROD)).not.toThrow();
  });

  test('what counts is the branch, not the name', () => {
    const staging = { ...PROD, name: 'staging' };
    expect(refusal(() => checkEventAndHead(pull('pull_request', OWN), staging))).toContain('branch main');
  });
});

describe('which text may be published the payload does not say: what is checked out decides', () => {
  test.each<[string, Partial<WorkflowTrigger>]>([
    ['the default branch', { ref: 'refs/heads/main' }],
    ['a tag', { ref: 'refs/tags/v1.0.0' }],
    ['a feature branch', { ref: 'refs/heads/feature' }],
    ['a dispatch on a feature branch', { event: 'workflow_dispatch', ref: 'refs/heads/feature' }],
    ['a deployment of a bare commit', { event: 'deployment', ref: undefined }],
    ['an unknown default branch', { defaultBranch: undefined }],
  ])('%s', (_, trigger) => {
    for (const environment of [TEST, PROD]) expect(() => checkEventAndHead(run(trigger), environment)).not.toThrow();
  });

  test('at a terminal', () => {
    const typed = { ...TYPED, ref: undefined, defaultBranch: undefined };
    expect(skipReason(typed, '')).toBeUndefined();
    for (const environment of [TEST, PROD]) expect(() => checkEventAndHead(typed, environment)).not.toThrow();
  });
});

describe("what is off the release line never reaches the codex's default branch", () => {
  const mapped = { ...TEST, branch: branchName('main'), productionBranch: branchName('prod') };

  test('whatever environment the configuration maps to it', () => {
    const said = refusal(() => checkOffReleaseLine(mapped, false, branchName('main')));
    for (const word of [
      'Branch main (environment test)',
      'default branch of the codex',
      'Map test to another branch',
      'make prod the default branch of the codex',
    ])
      expect(said).toContain(word);
    expect(refusal(() => checkOffReleaseLine(PROD, false, branchName('main')))).toMatch(
      /^Branch main \(environment prod\) is the default branch of the codex: only commits of the release line .*environments\.branches, or publish/,
    );
  });

  test('but what is on the release line does, and other branches take both', () => {
    expect(() => checkOffReleaseLine(mapped, true, branchName('main'))).not.toThrow();
    for (const isReleased of [true, false]) {
      expect(() => checkOffReleaseLine(TEST, isReleased, branchName('main'))).not.toThrow();
      expect(() => checkOffReleaseLine(mapped, isReleased, branchName('Main'))).not.toThrow();
    }
  });

  test('the name of a branch cannot forge a line of the log', () => {
    const branch = branchName('a\n::error::\u001b[2J');
    expect(refusal(() => checkOffReleaseLine({ ...TEST, branch }, false, branch))).toMatch(/^\P{Cc}*$/u);
  });
});

describe("on the events of pull requests the codex's default branch is production too", () => {
  const mapped = { ...TEST, branch: branchName('main'), productionBranch: branchName('prod') };

  test.each([...PULL_REQUEST_EVENTS.map((event) => pull(event, OWN)), follows('pull_request')])(
    '$event $upstream.event',
    (trigger) => {
      expect(refusal(() => checkDefaultBranch(trigger, mapped, branchName('main')))).toMatch(
        /^Branch main \(environment test\) is the default branch of the codex, so it counts as production for unmerged commits and is never published on .*\. Map test to another branch under environments\.branches, make prod the default branch of the codex, or publish it after the merge\.$/,
      );
      expect(() => checkDefaultBranch(trigger, mapped, branchName('trunk'))).not.toThrow();
    },
  );

  test.each(['push', 'release', 'workflow_dispatch', 'schedule', ''])('not on %j: there the text decides', (event) => {
    expect(() => checkDefaultBranch(run({ event }), mapped, branchName('main'))).not.toThrow();
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
