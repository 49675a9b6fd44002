import { describe, expect, test } from '@jest/globals';
import { commits } from '../support/codex.ts';
import { type CheckoutOptions, checkoutProject } from '../support/project.ts';
import { openPullRequest } from '../support/pull-request.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, type Story, useStories } from '../support/story.ts';

const folder = 'projects/widgets';
const guide = `${folder}/docs/guide.md`;
const manifestFile = `${folder}/.codex-sync.json`;
const startStory = useStories();

/** A project whose guide grew from v1.9 to v2.0 on main, with v1.9.1 on a line of its own, made last. */
async function releaseTwice() {
  const story = await startStory();
  const { github, read, edit } = story;
  const project = await story.host('widgets', { 'docs/guide.md': 'v1.9\n' });
  const old = await project.git('rev-parse', 'HEAD');
  const release = async (text: string, branch: string, date: string) => {
    await project.write('docs/guide.md', `${text}\n`);
    const commit = await project.commit(text, { date });
    await project.push(branch);
    await github.git(project.fullName, 'tag', text, commit);
    return commit;
  };
  await github.git(project.fullName, 'tag', 'v1.9', old);
  const recent = await release('v2.0', 'main', '2026-03-01T00:00:00Z');
  await project.git('checkout', '--quiet', '-B', 'hotfix', old);
  await release('v1.9.1', 'hotfix', '2026-04-01T00:00:00Z');

  /** A runner checks `what` out and runs the action for `ref`. */
  const runWith =
    (act: Story['publish']) =>
    async (
      what: string,
      ref: string,
      { depth = 1, ...inputs }: Pick<CheckoutOptions, 'depth'> & { env: string; [input: string]: string | number },
    ) => {
      const checkout = await checkoutProject(github, project.fullName, { ref: what, depth });
      return act(checkout, inputs, { ref });
    };
  const published = (env: string) => read(guide, env === 'prod' ? 'main' : 'test');
  const forgetDate = async (branch: string) => {
    const { source, ...rest } = await story.manifest('widgets', branch);
    const undated = { ...rest, source: { ...source, date: undefined } };
    await edit({ [manifestFile]: `${JSON.stringify(undated)}\n` }, branch);
  };
  const [publish, begin] = [runWith(story.publish), runWith(story.begin)];
  return { ...story, old, recent, publish, begin, published, forgetDate };
}

const [full, shallow] = [{ depth: 0 }, { depth: 1 }];
const dates = { depth: 1, 'project-token': '' };

function comparisons({ requests }: ActionRun): number {
  return requests.filter(({ path }) => path.includes('/compare/')).length;
}

function expectTooOld(run: ActionRun, ...words: string[]): void {
  expectRefused(run, ...words, 'allow-older');
}

describe('a re-run of an older commit of the same ref', () => {
  test.concurrent.each([
    ['test', 'the checkout', full, 0],
    ['test', "GitHub's comparison", shallow, 1],
    ['test', 'the dates', dates, 0],
    ['prod', 'the checkout', full, 0],
    ['prod', "GitHub's comparison", shallow, 1],
  ])('is superseded in %s: green, nothing changed (known from %s)', async (env, _, how, asked) => {
    const { tip, old, recent, begin, publish, published } = await releaseTwice();
    await begin('main', 'refs/heads/main', { env });
    const branch = env === 'prod' ? 'main' : 'test';
    const before = await tip(branch);
    const run = await publish(old, 'refs/heads/main', { env, ...how });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'superseded', superseded: 'true' } });
    for (const text of [run.log, run.summary]) expect(text).not.toMatch(/documents? selected/i);
    expect(run.outputs).toMatchObject({ changed: 'false', 'commit-sha': '', 'files-modified': '0' });
    expect(run.log).toContain(recent.slice(0, 7));
    expect(comparisons(run)).toBe(asked);
    expect(await published(env)).toBe('v2.0\n');
    expect(await tip(branch)).toBe(before);
  });

  test.concurrent('is superseded even where its documents would be in conflict', async () => {
    const { edit, old, begin, publish, published } = await releaseTwice();
    await begin('main', 'refs/heads/main', { env: 'test' });
    await edit({ [guide]: 'edited\n' });
    const run = await publish(old, 'refs/heads/main', { env: 'test', 'on-conflict': 'fail' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'superseded' } });
    expect(await published('test')).toBe('edited\n');
  });

  test.concurrent('is published all the same with allow-older', async () => {
    const { old, begin, publish, published } = await releaseTwice();
    await begin('main', 'refs/heads/main', { env: 'test' });
    const run = await publish(old, 'refs/heads/main', { env: 'test', 'allow-older': 'true' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', superseded: 'false' });
    expect(await published('test')).toBe('v1.9\n');
  });
});

describe('v1.9 after v2.0 in production', () => {
  test.concurrent.each([
    ['the checkout', full, 0],
    ['a shallow checkout', shallow, 0],
    ['nothing but its name', dates, 0],
  ])('is refused naming both commits (with %s), and passes with allow-older', async (_, how, asked) => {
    const { old, recent, begin, publish, published } = await releaseTwice();
    await begin('v2.0', 'refs/tags/v2.0', { env: 'prod' });
    const run = await publish('v1.9', 'refs/tags/v1.9', { env: 'prod', ...how });
    expectTooOld(run, old, recent, 'refs/tags/v1.9', 'refs/tags/v2.0');
    expect(comparisons(run)).toBe(asked);
    expect(await published('prod')).toBe('v2.0\n');
    const forced = await publish('v1.9', 'refs/tags/v1.9', { env: 'prod', 'allow-older': 'true', ...how });
    expect(forced).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', superseded: 'false' } });
    expect(await published('prod')).toBe('v1.9\n');
  });

  test.concurrent('is refused to a dry run too', async () => {
    const { begin, publish } = await releaseTwice();
    await begin('v2.0', 'refs/tags/v2.0', { env: 'prod' });
    expectTooOld(await publish('v1.9', 'refs/tags/v1.9', { env: 'prod', 'dry-run': 'true' }));
  });

  test.concurrent.each([
    ['the checkout', full],
    ["GitHub's comparison", shallow],
  ])('is no hotfix of it either: v1.9.1 was made later and lacks v2.0 (known from %s)', async (_, how) => {
    const { begin, publish, published } = await releaseTwice();
    await begin('v2.0', 'refs/tags/v2.0', { env: 'prod' });
    expectTooOld(await publish('v1.9.1', 'refs/tags/v1.9.1', { env: 'prod', ...how }));
    expect(await published('prod')).toBe('v2.0\n');
  });
});

describe('the usual order', () => {
  test.concurrent.each([
    ['the checkout', full],
    ["GitHub's comparison", shallow],
    ['the dates', dates],
  ])('v2.0 after v1.9 is published in production (known from %s)', async (_, how) => {
    const { github, begin, publish, published } = await releaseTwice();
    await begin('v1.9', 'refs/tags/v1.9', { env: 'prod' });
    const run = await publish('v2.0', 'refs/tags/v2.0', { env: 'prod', ...how });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'files-modified': '1' } });
    expect(await published('prod')).toBe('v2.0\n');
    expect(await commits(github, codex, 'main')).toHaveLength(3);
  });

  test.concurrent('an older commit of another ref is nobody’s re-run: test takes it without asking', async () => {
    const { begin, publish, published } = await releaseTwice();
    await begin('main', 'refs/heads/main', { env: 'test' });
    const run = await publish('v1.9', 'refs/heads/feature', { env: 'test', 'stable-refs': 'refs/heads/feature' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', superseded: 'false' });
    expect(comparisons(run)).toBe(0);
    expect(await published('test')).toBe('v1.9\n');
  });
});

describe('a commit of a wrong clock', () => {
  /** What is published is dated 2096, and the next commit of main as it should be. */
  async function publishInTheFuture(env: string) {
    const story = await startStory();
    const { github } = story;
    const project = await story.host('widgets', { 'docs/guide.md': 'v1\n' });
    const commit = async (text: string, date: string) => {
      await project.write('docs/guide.md', `${text}\n`);
      await project.commit(text, { date });
      await project.push('main');
      return checkoutProject(github, project.fullName, { ref: 'main', depth: 1 });
    };
    const first = await story.begin(await commit('of 2096', '2096-01-01T00:00:00Z'), { env });
    expect(first.outputs.conclusion).toBe('published');
    const next = await commit('of today', '2026-06-01T00:00:00Z');
    return { ...story, publish: () => story.publish(next, { env, 'project-token': '' }) };
  }

  test.concurrent('hides no release: where only dates could tell, production is refused', async () => {
    const { publish, read } = await publishInTheFuture('prod');
    expectTooOld(await publish(), 'It is unknown whether', '"fetch-depth: 0"');
    expect(await read(guide, 'main')).toBe('of 2096\n');
  });

  test.concurrent('supersedes nothing in test: the newer commit is published with a warning', async () => {
    const { publish, read } = await publishInTheFuture('test');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', superseded: 'false' });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('It is unknown whether')]);
    expect(await read(guide)).toBe('of today\n');
  });
});

test.concurrent('in production dates alone do not order two commits of one branch', async () => {
  const { old, begin, publish, published } = await releaseTwice();
  await begin('main', 'refs/heads/main', { env: 'prod' });
  expectTooOld(await publish(old, 'refs/heads/main', { env: 'prod', ...dates }), 'It is unknown whether');
  expect(await published('prod')).toBe('v2.0\n');
});

describe('where nothing tells', () => {
  test.concurrent('test goes on with a warning', async () => {
    const { old, recent, begin, publish, published, forgetDate } = await releaseTwice();
    await begin('main', 'refs/heads/main', { env: 'test' });
    await forgetDate('test');
    const run = await publish(old, 'refs/heads/main', { env: 'test', ...dates });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', superseded: 'false' } });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining(recent)]);
    expect(await published('test')).toBe('v1.9\n');
  });

  test.concurrent('production is refused', async () => {
    const { old, recent, begin, publish, published, forgetDate } = await releaseTwice();
    await begin('v1.9', 'refs/tags/v1.9', { env: 'prod' });
    await forgetDate('main');
    expectTooOld(await publish('main', 'refs/heads/main', { env: 'prod', ...dates }), recent, old);
    expect(await published('prod')).toBe('v1.9\n');
  });
});

test.concurrent('the head of a pull request does not pass for its base, whose own run is not superseded by it', async () => {
  const story = await startStory();
  const project = await story.host('widgets', { 'docs/guide.md': 'Main\n' });
  await project.git('checkout', '--quiet', '-b', 'feature');
  await project.write('docs/guide.md', 'Feature\n');
  await project.commit('Feature');
  await project.push('feature');
  await openPullRequest(story.github, project.fullName, { number: 1, head: 'feature' });
  const sha = await project.git('rev-parse', 'main');
  const onBase = { event: 'pull_request_target', ref: 'refs/heads/main', sha, pullRequest: 1 };
  const ofFeature = await project.publish({}, onBase);
  expect(ofFeature.outputs.conclusion).toBe('published');
  expect((await story.manifest()).source).toEqual({ repository: project.fullName, directory: '.' });

  await project.git('checkout', '--quiet', 'main');
  expect((await project.publish()).outputs.conclusion).toBe('published');
  expect((await story.manifest()).source.ref).toBe('refs/heads/main');
  expect(await story.read(guide)).toBe('Feature\n');
});
