import { describe, expect, test } from '@jest/globals';
import { type Contributors, gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, type Story, useStories } from '../support/story.ts';

const startStory = useStories();
const CONFIG = '.fractary/plugins/codex/config.json';
const FILES = { 'docs/a.md': 'a\n' };
const names = { organization: 'acme', codex_repo: 'codex.acme.com' };
const config = (settings: object) => JSON.stringify({ ...names, ...settings });
/** Nothing says which codex but the configuration. */
const BY_CONFIGURATION = { 'codex-repository': '' };
const QUESTION = 'POST /api/graphql';

interface Team extends Omit<Story, 'publish'>, Contributors {
  readonly runIn: Story['publish'];
}

async function start(settings: object | undefined): Promise<Team> {
  const story = await startStory();
  const people = await gather(story, { ...FILES, ...(settings && { [CONFIG]: config(settings) }) });
  return { ...story, runIn: story.publish, ...people };
}

/** Requests about the project for configurations. */
/** About the project; the one about the codex has another repository's name. */
const questions = ({ requests }: ActionRun) =>
  requests
    .filter(({ body }) => !body?.includes(`"name":"${codex.slice('acme/'.length)}"`))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((asked) => asked === QUESTION);

const branches = async ({ github }: Team) =>
  (await github.git(codex, 'for-each-ref', '--format=%(refname:short)', 'refs/heads')).split('\n');

/** A job on a branch that is not merged. */
async function dispatch(story: Team, changes: Record<string, string>, inputs = {}, more = {}): Promise<ActionRun> {
  const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'main', depth: 0 });
  await place.git('checkout', '--quiet', '-b', 'feature');
  for (const [path, text] of Object.entries(changes)) await place.write(path, text);
  await place.commit('Feature');
  await place.push('feature');
  return story.runIn(place, inputs, { event: 'workflow_dispatch', ref: 'refs/heads/feature', ...more });
}

describe('a configuration that is not merged does not decide what production is', () => {
  const remapped = config({ environments: { branches: { test: 'main', prod: 'elsewhere' } } });

  test.each([{ env: 'test' }, {}])('on a feature branch that maps test to main: %j', async (inputs) => {
    const story = await start({});
    const production = await story.tip('main');
    const run = await dispatch(story, { [CONFIG]: remapped, 'docs/x.md': 'unreviewed\n' }, inputs);
    expect(run.outputs).toMatchObject({ env: 'test', branch: 'test' });
    expect(await story.tip('main')).toBe(production);
    expect(questions(run)).toHaveLength(1);
    expect(messages(run, 'notice')).toEqual([
      `environments.branches of ${CONFIG} differs from main:${CONFIG} of branch main. The merged value counts; the new one counts once it is merged.`,
    ]);
  });

  test('on a feature branch that names itself a stable ref and one of the release line', async () => {
    const story = await start({});
    const refs = ['refs/heads/feature'];
    const own = config({ environments: { stable_refs: refs, production_refs: refs } });
    const changes = { [CONFIG]: own, 'docs/x.md': 'unreviewed\n' };
    const refused = await dispatch(story, changes, { env: 'prod' });
    expect(messages(refused, 'error')).toEqual([
      expect.stringContaining('refs/heads/feature is not on the release line'),
    ]);
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'feature', depth: 0 });
    const event = { event: 'push', ref: 'refs/heads/feature' };
    expect((await story.runIn(place, {}, event)).outputs.conclusion).toBe('published');
    const { documents, previews } = await story.manifest();
    expect([Object.keys(documents), Object.keys(previews)]).toEqual([[], ['heads/feature', 'heads/main']]);
  });

  test('in a pull request where production is not the default branch of the codex', async () => {
    const settings = { environments: { branches: { prod: 'live' } } };
    const story = await start(settings);
    await story.github.git(codex, 'branch', 'live', 'main');
    const before = [await story.tip('main'), await story.tip('live')];
    await story.propose(1, { [CONFIG]: config({ environments: { branches: { prod: 'live', test: 'main' } } }) });
    const run = await story.preview(1);
    expect(run.outputs).toMatchObject({ env: 'test', branch: 'test' });
    expect([await story.tip('main'), await story.tip('live')]).toEqual(before);
    // The base of its merge is in the checkout.
    expect(questions(run)).toEqual([]);
  });

  test('a merged one that maps test to the default branch of the codex is refused off the release line', async () => {
    const story = await start({ environments: { branches: { prod: 'live', test: 'main' } } });
    await story.github.git(codex, 'branch', 'live', 'main');
    expectRefused(await dispatch(story, { 'docs/x.md': 'unreviewed\n' }), 'is the default branch of the codex');
    await story.propose(1, { 'docs/x.md': 'unreviewed\n' });
    expectRefused(
      await story.preview(1),
      'Branch main (environment test) is the default branch of the codex, so it counts as production',
      'never published on pull_request',
      'make live the default branch of the codex',
    );
  });

  test('a pull request does not litter another branch of the codex', async () => {
    const story = await start({});
    await story.publish();
    await story.github.git(codex, 'branch', 'gh-pages', 'main');
    const pages = await story.tip('gh-pages');
    await story.propose(1, {
      [CONFIG]: config({ environments: { branches: { test: 'gh-pages', staging: 'staging' } } }),
      'docs/x.md': 'x\n',
    });
    expect((await story.preview(1)).outputs).toMatchObject({ conclusion: 'published', branch: 'test' });
    expect(await story.tip('gh-pages')).toBe(pages);
    const staging = await story.preview(1, { env: 'staging' });
    expect(staging).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    expect(messages(staging, 'error')).toEqual([
      expect.stringMatching(
        /^Environment "staging" is not configured\..* in main:\.fractary\/plugins\/codex\/config\.json\.$/,
      ),
    ]);
    expect(await branches(story)).toEqual(['gh-pages', 'main', 'test']);
    expect((await story.close(1)).outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1' });
  });

  test('what a job of the pull request wrote into its checkout does not either', async () => {
    const story = await start({});
    await story.propose(1, { 'docs/x.md': 'x\n' });
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'refs/pull/1/merge', depth: 2 });
    await place.write(CONFIG, config({ environments: { branches: { test: 'gh-pages' } } }));
    const run = await story.runIn(place, {}, { event: 'pull_request', ref: 'refs/pull/1/merge', pullRequest: 1 });
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'test' });
    expect(messages(run, 'notice')).toHaveLength(1);
  });
});

describe('a pull request does not choose its folder, nor its codex', () => {
  const elsewhere = {
    [CONFIG]: JSON.stringify({ organization: 'acme', codex_repo: 'other', project_name: 'billing' }),
  };

  test.each([{ depth: 2 }, { depth: 1 }])('with %j', async (checkout) => {
    const story = await start({});
    await story.publish();
    await story.propose(1, { ...elsewhere, 'docs/x.md': 'x\n' });
    const run = await story.preview(1, BY_CONFIGURATION, checkout);
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'test' });
    expect(run.log).toContain('\nProject: widgets\nCodex: codex.acme.com\n');
    expect(await story.read('projects/billing/.codex-sync.json')).toBeUndefined();
    expect(messages(run, 'notice')).toEqual([expect.stringContaining('codex_repo and project_name of')]);
    expect(questions(run)).toHaveLength(checkout.depth === 1 ? 1 : 0);
  });

  test('a name that is merged is known where it is closed without a checkout', async () => {
    const story = await start({ project_name: 'gadgets' });
    await story.publish(BY_CONFIGURATION);
    await story.propose(1, { 'docs/x.md': 'x\n' });
    await story.preview(1, BY_CONFIGURATION);
    const run = await story.close(1, BY_CONFIGURATION);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1' });
    expect(messages(run, 'warning')).toEqual([]);
    expect(questions(run)).toHaveLength(1);
    expect(Object.keys(await story.documents('gadgets'))).toEqual(['docs/a.md']);
  });
});

describe('an environment that only the merged configuration has', () => {
  const staging = { env: 'staging' };

  test.each([{}, BY_CONFIGURATION])('is known where a pull request is closed without a checkout: %j', async (named) => {
    const story = await start({ environments: { branches: { staging: 'stage' } } });
    await story.publish(staging);
    await story.propose(1, { 'docs/x.md': 'x\n' });
    await story.preview(1, staging);
    const run = await story.close(1, { ...staging, ...named });
    expect(messages(run, 'error')).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'stage', 'files-deleted': '1' });
    expect(questions(run)).toHaveLength(1);
  });

  test('and one that none has is refused there too, before the codex is asked', async () => {
    const story = await start({ environments: { branches: { staging: 'stage' } } });
    await story.propose(1, { 'docs/x.md': 'x\n' });
    const run = await story.close(1, { env: 'stagin' });
    expectRefused(
      run,
      'Environment "stagin" is not configured. Did you mean "staging"?',
      'Use one of: test, prod, production, staging.',
    );
    expect(run.requests.filter(({ path }) => path.includes(codex))).toEqual([]);
    const released = await story.close(1, { env: 'production' });
    expectRefused(released, 'pull_request');
    expect(released.requests).toEqual([]);
  });
});

describe('what it costs', () => {
  test('nothing on the default branch, in a pull request that changes no configuration, and nothing beside', async () => {
    const story = await start({});
    expect(questions(await story.publish())).toEqual([]);
    await story.propose(1, { 'docs/x.md': 'x\n' });
    const files = ({ requests }: ActionRun) => requests.filter(({ path }) => path.includes('/pulls/1/files'));
    const deep = await story.preview(1);
    expect([questions(deep), files(deep)]).toEqual([[], []]);
    // GitHub lists the files of the pull request for the draft too.
    const shallow = await story.preview(1, {}, { depth: 1 });
    expect(questions(shallow)).toEqual([]);
    expect(files(shallow)).toHaveLength(1);
    expect(messages(shallow, 'notice')).toEqual([]);
  });

  test.each(['refs/heads/feature', 'refs/tags/v1'])('one request for a run of %s', async (ref) => {
    const story = await start({});
    await story.github.git('acme/widgets', 'tag', 'v1', 'main');
    await story.github.git('acme/widgets', 'branch', 'feature', 'main');
    const place = await checkoutProject(story.github, 'acme/widgets', { ref });
    const run = await story.runIn(place, BY_CONFIGURATION, { event: 'push', ref });
    expect(run.exitCode).toBe(0);
    expect(questions(run)).toHaveLength(1);
    expect(messages(run, 'notice')).toEqual([]);
  });
});

describe('a pull request into another branch than the default one', () => {
  const lines = { environments: { production_refs: ['refs/heads/release/*'] } };

  async function intoRelease(): Promise<Team> {
    const story = await start({ ...lines, project_name: 'gadgets' });
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'main', depth: 0 });
    await place.write(CONFIG, config({ project_name: 'legacy' }));
    await place.commit('Branch off');
    await place.push('release/9');
    await story.propose(
      1,
      { [CONFIG]: config({ project_name: 'billing' }), 'docs/x.md': 'x\n' },
      { base: 'release/9' },
    );
    return story;
  }

  test('of the release line takes the configuration of its base, in one request', async () => {
    const story = await intoRelease();
    story.github.protect('acme/widgets', 'release/9', 'Changes come through pull requests');
    const run = await story.preview(1, BY_CONFIGURATION);
    expect(run.log).toContain('\nProject: legacy\n');
    expect(questions(run)).toHaveLength(1);
    expect(messages(run, 'notice')).toEqual([
      expect.stringMatching(/^project_name .* of the base of pull request #1\./),
    ]);
  });

  test('takes that of the default branch where only a glob names its base, and nobody protects that', async () => {
    const story = await intoRelease();
    const run = await story.preview(1, BY_CONFIGURATION);
    expect(run.log).toContain('\nProject: gadgets\n');
    // The input names it, so nobody is asked.
    const named = await story.preview(1, { ...BY_CONFIGURATION, 'production-refs': 'refs/heads/release/9' });
    expect(named.log).toContain('\nProject: legacy\n');
  });
});

describe('what a job wrote into its checkout of the default branch', () => {
  test.each([
    ['push', 'qa'],
    ['schedule', 'qa'],
    ['repository_dispatch', 'test'],
    ['issues', 'test'],
  ])('on %s: branch %s', async (event, branch) => {
    const story = await start({});
    const place = await checkoutProject(story.github, 'acme/widgets');
    await place.write(CONFIG, config({ environments: { branches: { test: 'qa' } } }));
    const run = await story.runIn(place, { 'dry-run': 'true' }, { event });
    expect(run.outputs).toMatchObject({ conclusion: 'dry-run', branch });
    expect(questions(run)).toEqual([]);
  });
});

describe('where it cannot be known', () => {
  test('a run of a branch is refused, and the message says which permission is missing', async () => {
    const story = await start({});
    const none = { permissions: { 'pull-requests': 'read' } } as const;
    const run = await dispatch(story, {}, {}, none);
    expectRefused(run, '"project-token"', '"contents: read"', 'acme/widgets');
    // One that only brings documents into its checkout publishes nothing by it.
    await story.publish();
    expect((await dispatch(story, {}, { direction: 'from-codex' }, none)).exitCode).toBe(0);
  });

  test('because there is none, environments are the defaults, and a notice says so', async () => {
    const story = await start(undefined);
    const settings = config({ project_name: 'gadgets', environments: { branches: { test: 'qa' } } });
    const run = await dispatch(story, { [CONFIG]: settings }, BY_CONFIGURATION);
    expect(run.outputs).toMatchObject({ env: 'test', branch: 'test' });
    expect(run.log).toContain('\nProject: gadgets\n');
    expect(messages(run, 'notice')).toEqual([expect.stringContaining('There is no configuration in branch main.')]);
  });

  test('and documents of a stable ref wait until the configuration is merged, which the error says', async () => {
    const story = await start(undefined);
    const inputs = { ...BY_CONFIGURATION, 'stable-refs': 'refs/heads/feature' };
    const run = await dispatch(story, { [CONFIG]: config({}) }, inputs);
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
    expect(messages(run, 'error')).toEqual([
      `${CONFIG} is not on branch main of acme/widgets yet, so only previews are published, and this run would publish the documents of refs/heads/feature. ` +
        'Merge it there, then run this again.',
    ]);
  });
});

describe('a commit that was checked out in place of the one that the run is about', () => {
  test.each(['workflow_dispatch', 'repository_dispatch', 'push'])('on %s', async (event) => {
    const story = await start({});
    await story.propose(1, { [CONFIG]: config({ environments: { branches: { test: 'gh-pages' } } }) });
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'pull-1' });
    const sha = await story.github.git('acme/widgets', 'rev-parse', 'main');
    const run = await story.runIn(place, { 'dry-run': 'true' }, { event, ref: 'refs/heads/main', sha });
    expect(run.outputs.branch).toBe('test');
  });
});

describe('promote and retire', () => {
  test.each(['promote', 'retire'])('%s by what is merged', async (mode) => {
    const story = await start({});
    await story.publish();
    await story.github.git(codex, 'branch', 'qa', 'test');
    const inputs = { mode, env: mode === 'promote' ? 'prod' : 'test', 'dry-run': 'true' };
    const settings = {
      [CONFIG]: config({ environments: { branches: { test: 'qa', prod: 'qa' } }, project_name: 'x' }),
    };
    const run = await dispatch(story, settings, inputs);
    expect(run.outputs).toMatchObject({ conclusion: 'dry-run', branch: mode === 'promote' ? 'main' : 'test' });
    expect(questions(run)).toHaveLength(1);
  });
});
