import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { employ, outcomes } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, token, useStories } from '../support/story.ts';

const startStory = useStories();
const guide = 'projects/widgets/docs/a.md';

/** Two releases, each tested and promoted; a codex commit for each state of production. */
async function releaseTwice() {
  const manager = await employ(await startStory());
  const widgets = await manager.develop('widgets', { 'docs/a.md': 'v1\n', 'docs/old.md': 'old\n' });
  await manager.first.promote();
  const first = await manager.tip('main');
  await manager.first.change(widgets, { 'docs/a.md': 'v2\n', 'docs/old.md': null, 'docs/new.md': 'new\n' });
  await manager.first.promote();
  return { ...manager, widgets, first, second: await manager.tip('main') };
}

const comparisons = ({ requests }: ActionRun) =>
  requests.filter(({ path }) => path.startsWith('/api/v3/repos/acme/widgets/compare/'));

describe('roll-back', () => {
  test.concurrent('brings back what stood in production at a commit, and only with allow-older', async () => {
    const { promote, github, first, second, manifest, documents, read, tip } = await releaseTwice();
    const before = await github.git(codex, 'show', `${first}:projects/widgets/.codex-sync.json`);
    expectRefused(await promote({ from: `prod@${first}` }), 'which is published in production', 'allow-older');
    expect(await tip('main')).toBe(second);
    const run = await promote({ from: `prod@${first}`, 'allow-older': 'true' });
    expect(run).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { 'files-added': '1', 'files-modified': '1', 'files-deleted': '1' },
    });
    const { held, ...others } = await manifest('widgets', 'main');
    expect(others).toEqual(JSON.parse(before));
    expect(held).toBeDefined();
    expect(Object.keys(await documents('widgets', 'main')).sort()).toEqual(['docs/a.md', 'docs/old.md']);
    expect(await read(guide, 'main')).toBe('v1\n');
    expect(await github.git(codex, 'log', '-1', '--format=%P', 'main')).toBe(second);
    expect((await promote({ from: `prod@${first}`, 'allow-older': 'true' })).outputs.conclusion).toBe('unchanged');
    // Forward again, by its name: what is newer needs no word.
    expect((await promote()).outputs).toMatchObject({ conclusion: 'published' });
    expect(await read(guide, 'main')).toBe('v2\n');
  });

  test.concurrent('is what the report offers, word for word', async () => {
    const { promote, change, widgets, read, second } = await releaseTwice();
    await change(widgets, { 'docs/a.md': 'v3\n' });
    const { log, summary } = await promote();
    expect(log).toContain(`  from: prod@${second}\n  env: prod\n  allow-older: true`);
    const [, block = ''] = /```yaml\n(.*?)\n```/s.exec(summary) ?? [];
    await promote(parse(block));
    expect(await read(guide, 'main')).toBe('v2\n');
  });

  test.concurrent('is what the report of a publication offers, too, and the first one leaves nothing to go back to', async () => {
    const { host, promote, read, tip } = await employ(await startStory());
    const widgets = await host('widgets', { 'docs/a.md': 'v1\n' });
    expect((await widgets.publish({ env: 'prod' })).log).not.toContain('To take this back');
    const first = await tip('main');
    await widgets.write('docs/a.md', 'v2\n');
    await widgets.commit('Second');
    await widgets.push();
    const { log, summary } = await widgets.publish({ env: 'prod' });
    expect(log).toContain(
      `To take this back, promote with\n  mode: promote\n  project: |\n    widgets\n  from: prod@${first}\n  env: prod\n  allow-older: true`,
    );
    expect(await read(guide, 'main')).toBe('v2\n');
    const [, block = ''] = /```yaml\n(.*?)\n```/s.exec(summary) ?? [];
    expect((await promote(parse(block))).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await read(guide, 'main')).toBe('v1\n');
  });

  test.concurrent('brings back texts that production has elsewhere, without transferring them', async () => {
    const { promote, change, develop, documents, tip } = await employ(await startStory());
    const before = { 'docs/a.md': 'moves\n', 'docs/one/b.md': 'twin\n', 'docs/two/b.md': 'twin\n' };
    const widgets = await develop('widgets', before);
    await promote();
    const [first, stood] = [await tip('main'), await documents('widgets', 'main')];
    await change(widgets, { 'docs/a.md': null, 'docs/guide/a.md': 'moves\n', 'docs/one/b.md': 'changed\n' });
    await promote();
    const run = await promote({ from: `prod@${first}`, 'allow-older': 'true' }, { timeout: 30_000 });
    expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '1' });
    expect(await documents('widgets', 'main')).toEqual(stood);
  });

  test.concurrent('takes a commit of that branch only', async () => {
    const { promote, edit, tip, second } = await releaseTwice();
    const elsewhere = await edit({ 'projects/other/a.md': 'x\n' }, 'test');
    expectRefused(
      await promote({ from: `prod@${elsewhere}`, 'allow-older': 'true' }),
      elsewhere,
      'not in the history of branch main',
    );
    const nobody = '0123456789'.repeat(4);
    expectRefused(
      await promote({ from: `prod@${nobody}`, 'allow-older': 'true' }),
      `Commit ${nobody}`,
      'not in the history',
    );
    expect(await tip('main')).toBe(second);
    // The tip itself is a commit of the branch, and nothing to do.
    expect((await promote({ from: `prod@${second}` })).outputs.conclusion).toBe('unchanged');
  });

  test.concurrent('keeps what somebody edited in production since', async () => {
    const { promote, edit, first, read } = await releaseTwice();
    await edit({ 'projects/widgets/docs/new.md': 'edited\n' }, 'main');
    const run = await promote({ from: `prod@${first}`, 'allow-older': 'true' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', conflicts: '1' });
    expect([await read(guide, 'main'), await read('projects/widgets/docs/new.md', 'main')]).toEqual([
      'v1\n',
      'edited\n',
    ]);
  });
});

describe('reset', () => {
  test.concurrent('of test to what production has: an older commit is no obstacle there', async () => {
    const { promote, change, widgets, documents, manifest } = await releaseTwice();
    await change(widgets, { 'docs/a.md': 'tried\n', 'docs/tried.md': 'tried\n' });
    const run = await promote({ from: 'prod', env: 'test' });
    expect(run).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { conclusion: 'published', env: 'test', branch: 'test' },
    });
    expect(comparisons(run)).toEqual([]);
    expect(await documents('widgets', 'test')).toEqual(await documents('widgets', 'main'));
    expect(await manifest('widgets', 'test')).toEqual(await manifest('widgets', 'main'));
  });

  test.concurrent('of a test that is not there begins it from production', async () => {
    const { promote, github, documents } = await releaseTwice();
    await github.git(codex, 'update-ref', '-d', 'refs/heads/test');
    const run = await promote({ from: 'prod', env: 'test' });
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', 'branch-created': 'true' });
    expect(await documents('widgets', 'test')).toEqual(await documents('widgets', 'main'));
  });
});

describe('what is older than production', () => {
  /** A hotfix went to production from main, and test still has what was before it. */
  async function hotfix() {
    const told = await releaseTwice();
    await told.widgets.write('docs/a.md', 'hotfix\n');
    await told.widgets.commit('Hotfix', { date: '2026-05-01T00:00:00Z' });
    await told.widgets.push();
    await told.widgets.publish({ env: 'prod' });
    return told;
  }

  test.concurrent.each([
    ['by the project-token', {}, 'does not contain commit'],
    ['by the token for the codex', { 'project-token': '', token: 'ghp_both' }, 'does not contain commit'],
    ['by nobody, so not by the dates', { 'project-token': '' }, 'Let "project-token" read acme/widgets'],
  ])('is refused naming both commits, compared %s, and passes with allow-older', async (_, inputs, says) => {
    const { promote, github, manifest, read } = await hotfix();
    github.addToken('ghp_both', { [codex]: 'write', 'acme/widgets': 'read' });
    const run = await promote(inputs);
    const [tested, published] = [await manifest(), await manifest('widgets', 'main')];
    expectRefused(run, tested.source.commit, published.source.commit, says, 'allow-older');
    expect(run.annotations[0]?.message).not.toContain('fetch-depth');
    expect(comparisons(run)).toHaveLength(1);
    expectRefused(await promote({ ...inputs, 'dry-run': 'true' }), 'allow-older');
    expect(await read(guide, 'main')).toBe('hotfix\n');
    expect((await promote({ ...inputs, 'allow-older': 'true' })).outputs.conclusion).toBe('published');
    expect(await read(guide, 'main')).toBe('v2\n');
  });

  test.concurrent('is nothing to fail for where the documents are the same', async () => {
    const { promote, widgets, read } = await releaseTwice();
    await widgets.write('docs/a.md', 'v3\n');
    await widgets.commit('Three');
    await widgets.push();
    await widgets.publish();
    await widgets.commit('No document');
    await widgets.push();
    await widgets.publish({ env: 'prod' });
    const run = await promote();
    expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'unchanged' } });
    expect(comparisons(run)).toEqual([]);
    expect(await read(guide, 'main')).toBe('v3\n');
  });

  test.concurrent('is asked in the repository that the documents come from, not in that of the workflow', async () => {
    const { promote, change, widgets, github } = await releaseTwice();
    await change(widgets, { 'docs/a.md': 'v3\n' });
    github.addToken('ghp_sees_widgets', { 'acme/widgets': 'read' });
    const run = await promote({ 'project-token': 'ghp_sees_widgets' });
    expect(comparisons(run)).toMatchObject([{ status: 200 }]);
    expect(run.outputs.conclusion).toBe('published');
  });
});

describe('a folder that belongs to another repository', () => {
  test.concurrent('in production is not taken over: both are named, and how to do it', async () => {
    const { promote, host, manifest, tip, second, github } = await releaseTwice();
    const renamed = await host('gizmos', { 'docs/a.md': 'of gizmos\n' });
    github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
    github.repository('acme/widgets').archived = true;
    await renamed.publish({ project: 'widgets', adopt: 'true' });
    expectRefused(await promote(), 'acme/widgets', 'acme/gizmos', 'adopt');
    expect(await tip('main')).toBe(second);
    await renamed.publish({ project: 'widgets', adopt: 'true', env: 'prod' });
    expect((await promote()).outputs.conclusion).toBe('unchanged');
    expect((await manifest('widgets', 'main')).source.repository).toBe('acme/gizmos');
  });
});

test.concurrent('a link in test is not released, and what production has there stays', async () => {
  const { promote, edit, read } = await releaseTwice();
  await edit({ [guide]: { mode: '120000', content: 'new.md' } }, 'test');
  const run = await promote();
  expect(run.outputs).toMatchObject({ conclusion: 'unchanged', 'files-deleted': '0' });
  expect(messages(run, 'warning')).toEqual([expect.stringMatching(/not released.*docs\/a\.md/)]);
  expect(outcomes(run).widgets['left-alone']).toEqual([{ path: 'docs/a.md', reason: expect.any(String) }]);
  expect(await read(guide, 'main')).toBe('v2\n');
});
