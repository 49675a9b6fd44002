import { afterEach, describe, expect, test } from '@jest/globals';
import type { ActionOptions, ActionRun } from '../support/runner.ts';
import { useStory } from '../support/story.ts';

const { github, host, tip } = await useStory();
const project = await host('widgets', { 'docs/guide.md': '# Guide\n' });
const production = await tip('main');
const config = '.fractary/plugins/codex/config.json';
const fork = { full_name: 'mallory/widgets' };

afterEach(async () => {
  expect(await tip('main')).toBe(production);
});

type Options = Omit<ActionOptions, 'inputs' | 'github' | 'workspace'> & { inputs?: Record<string, string> };

function start({ inputs, ...options }: Options): Promise<ActionRun> {
  return project.publish(inputs, options);
}

/** While the default branch has this configuration. */
async function startWith(environments: object, options: Options): Promise<ActionRun> {
  await merge(config, JSON.stringify({ environments }));
  return start(options).finally(() => merge('.fractary', null));
}

async function merge(path: string, content: string | null): Promise<void> {
  await project.write(path, content);
  await project.commit('Configure');
  await project.push('main');
}

/** The question for the configuration of the default branch. */
const FOR_CONFIGURATION = ['POST /api/graphql'];

/** What a guard says: the only annotation of a run that failed without any request but these. */
function refusal({ exitCode, requests, outputs, annotations }: ActionRun, asked: readonly string[] = []): string {
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(asked);
  expect(exitCode).toBe(1);
  expect(outputs).toMatchObject({ conclusion: 'failed', changed: 'false', 'files-added': '0', attempts: '0' });
  expect(annotations).toEqual([{ level: 'error', message: expect.any(String) }]);
  return annotations[0]?.message ?? '';
}

/** A run that no guard refused: it planned, and would have written. */
function expectPassed(run: ActionRun): void {
  expect(run.annotations.filter(({ level }) => level === 'error')).toEqual([]);
  expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'dry-run', 'files-added': '1' } });
}

function workflowRun(event: string, head: object | null = { full_name: 'acme/widgets' }): Options {
  return { event: 'workflow_run', payload: { workflow_run: { event, head_repository: head } } };
}

const requestEvents: [string, Options][] = [
  ['pull_request', { event: 'pull_request' }],
  ['pull_request_target', { event: 'pull_request_target' }],
  ['pull_request_review', { event: 'pull_request_review' }],
  ['pull_request_review_comment', { event: 'pull_request_review_comment' }],
  ['issue_comment', { event: 'issue_comment' }],
  ['a workflow_run of a pull request', workflowRun('pull_request')],
  ['a workflow_run of pull_request_target', workflowRun('pull_request_target')],
];

describe('production', () => {
  test.each(requestEvents)('is refused on %s without any request, dry or not', async (_, story) => {
    const said = refusal(await start({ ...story, inputs: { env: 'prod' } }));
    expect(said).toContain('Production (branch main)');
    expect(refusal(await start({ ...story, inputs: { env: 'production', 'dry-run': 'true' } }))).toBe(said);
  });

  test('follows a workflow_run that a push started', async () => {
    expectPassed(await start({ ...workflowRun('push'), inputs: { env: 'prod', 'dry-run': 'true' } }));
  });

  test('is a branch, not a name: test mapped to it is refused on a pull request without any request', async () => {
    const said = refusal(await startWith({ branches: { test: 'main' } }, { event: 'pull_request' }));
    expect(said).toContain('Production (branch main)');
  });

  test.each(['refs/heads/feature', 'refs/heads/refs/tags/v1'])(
    'is refused to a dispatch on %s once the default branch does not name it in production_refs',
    async (ref) => {
      const run = await start({ event: 'workflow_dispatch', ref, inputs: { env: 'prod' } });
      const said = refusal(run, FOR_CONFIGURATION);
      expect(said).toContain(ref);
      expect(said).toContain('"production-refs"');
    },
  );

  test.each([
    [
      'where production-refs name other refs',
      { ref: 'refs/heads/feature', inputs: { 'production-refs': 'refs/heads/release/*' } },
    ],
    [
      'deeper than a glob reaches',
      { ref: 'refs/heads/release/1/x', inputs: { 'production-refs': 'refs/heads/release/*' } },
    ],
  ] as [string, Options][])('is refused to a dispatch %s', async (_, { ref = '', inputs }) => {
    const run = await start({ event: 'workflow_dispatch', ref, inputs: { env: 'prod', ...inputs } });
    const said = refusal(run, FOR_CONFIGURATION);
    expect(said).toContain(ref);
    expect(said).toContain('"production-refs"');
  });

  test.each([
    ['the default branch', { ref: 'refs/heads/main' }],
    ['a tag', { ref: 'refs/tags/v2.0' }],
    [
      'a ref that production-refs names',
      { ref: 'refs/heads/release/1', inputs: { 'production-refs': 'refs/heads/release/1' } },
    ],
    [
      'a protected ref of a glob in production-refs',
      { ref: 'refs/heads/release/2', inputs: { 'production-refs': 'refs/heads/release/*' } },
    ],
  ] as [string, Options][])('takes a dispatch on %s', async (_, { ref = '', inputs }) => {
    await github.git('acme/widgets', 'branch', '--force', 'release/2', 'main');
    github.protect('acme/widgets', 'release/2', 'Protected');
    expectPassed(
      await start({ event: 'workflow_dispatch', ref, inputs: { env: 'prod', 'dry-run': 'true', ...inputs } }),
    );
  });

  test('that comes from the default of the configuration is guarded alike', async () => {
    const said = refusal(await startWith({ default: 'prod' }, { ref: 'refs/heads/feature' }), FOR_CONFIGURATION);
    expect(said).toContain('Production (environment prod, branch main)');
  });
});

describe("the codex's default branch is production on pull-request events", () => {
  const mapped = { branches: { test: 'main', prod: 'live' } };

  test.each(requestEvents)('so a configuration of %s cannot map test to it', async (_, story) => {
    const run = await startWith(mapped, story);
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    const says = 'Branch main (environment test) is the default branch of the codex, so it counts as production';
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(says) }]);
    expect(run.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /api/graphql']);
  });
});

describe('a run that sees no secrets ends green with one notice and no request', () => {
  const fromFork = (event: string, repo: object | null): Options => ({
    event,
    payload: { pull_request: { head: { repo } } },
  });
  const dependabot = (event: string): Options => ({ event, actor: 'dependabot[bot]', inputs: { token: '' } });

  test.each([
    ["a fork's pull request", fromFork('pull_request', fork)],
    ["a deleted fork's pull request", fromFork('pull_request', null)],
    ["a review of a fork's pull request", fromFork('pull_request_review', fork)],
    [
      "a fork's pull request, whatever its inputs",
      { ...fromFork('pull_request', fork), inputs: { env: 'nowhere', token: '' } },
    ],
    ["a fork's pull request to production", { ...fromFork('pull_request', fork), inputs: { env: 'prod' } }],
    ["Dependabot's pull request with an empty token", dependabot('pull_request')],
  ])('%s', async (_, story) => {
    const run = await start(story);
    expect(run).toMatchObject({ exitCode: 0, requests: [] });
    expect(run.outputs).toMatchObject({
      conclusion: 'skipped',
      changed: 'false',
      'commit-sha': '',
      'files-added': '0',
    });
    expect(JSON.parse(run.outputs.result ?? '')).toMatchObject({ conclusion: 'skipped', changed: false });
    expect(run.annotations).toEqual([{ level: 'notice', message: expect.stringContaining('Skipped') }]);
  });

  test('but Dependabot with a token of its own publishes', async () => {
    const inputs = { 'dry-run': 'true' };
    expectPassed(await start({ event: 'pull_request', actor: 'dependabot[bot]', inputs }));
  });
});

describe("a fork's code that runs with our secrets is refused without any request", () => {
  test.each([
    ['pull_request_target', { event: 'pull_request_target', payload: { pull_request: { head: { repo: fork } } } }],
    [
      'pull_request_target of a deleted fork',
      { event: 'pull_request_target', payload: { pull_request: { head: { repo: null } } } },
    ],
    ['workflow_run', workflowRun('pull_request', fork)],
    ['workflow_run of a deleted fork', workflowRun('pull_request', null)],
    ['workflow_run of a push', workflowRun('push', fork)],
  ] as [string, Options][])('%s', async (_, story) => {
    expect(refusal(await start({ ...story, inputs: { env: 'test' } }))).toContain('fork');
  });

  test('but pull_request_target of our own branch publishes to test', async () => {
    const tip = { sha: await project.git('rev-parse', 'HEAD') };
    const payload = { pull_request: { head: tip, base: tip } };
    const event = { event: 'pull_request_target', sha: 'f'.repeat(40), payload };
    expectPassed(await start({ ...event, inputs: { 'dry-run': 'true' } }));
  });
});

describe('an empty token', () => {
  test.each(['', '  '])('%j is an error of its own without any request', async (given) => {
    const said = refusal(await start({ inputs: { token: given } }));
    expect(said).toMatch(/"token" is empty\. Check that the secret is available here:/);
  });

  test("of Dependabot's push is that error too", async () => {
    expect(refusal(await start({ actor: 'dependabot[bot]', inputs: { token: '' } }))).toContain('Dependabot');
  });
});
