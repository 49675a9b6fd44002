import { expect, test } from '@jest/globals';
import { commits } from '../support/codex.ts';
import { found, orgToken, projectsOf } from '../support/organization.ts';
import { checkoutProject } from '../support/project.ts';
import { employ, outcomes } from '../support/release.ts';
import { codex, expectRefused, messages, pushes, type Story, useStories } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const startStory = useStories();
const guide = 'projects/widgets/docs/a.md';
const reader = 'ghp_reads_widgets';

/** v1.0.0 and v2.0.0 were released by their tags; a push of main published each to test. */
async function releaseTwice() {
  const story = await startStory();
  const manager = await employ(story);
  const { github } = story;
  const widgets = await story.host('widgets', { 'docs/a.md': 'v1\n', 'docs/b.md': 'b\n', 'docs/old.md': 'old\n' });
  github.addToken(reader, { 'acme/widgets': 'read' });

  /** A runner checks a ref out and publishes it. */
  const runWith =
    (act: Story['publish']) =>
    async (ref: string, inputs: Record<string, string> = {}, event = 'push') => {
      const checkout = await checkoutProject(github, 'acme/widgets', {
        ref: ref.replace(/^refs\/(?:heads|tags)\//, ''),
        depth: 1,
      });
      return act(checkout, { env: 'prod', ...inputs }, { event, ref, githubToken: reader });
    };
  const [runOn, beginOn] = [runWith(story.publish), runWith(story.begin)];
  const commit = async (changes: Record<string, string | null>) => {
    for (const [path, text] of Object.entries(changes)) await widgets.write(path, text);
    const made = await widgets.commit('Change');
    await widgets.push();
    return made;
  };
  const release = async (tag: string) => {
    const id = await widgets.git('rev-parse', 'HEAD');
    await github.git('acme/widgets', 'tag', tag, id);
    await github.addRelease('acme/widgets', tag);
    return id;
  };
  await release('v1.0.0');
  expect((await beginOn('refs/tags/v1.0.0')).outputs.conclusion).toBe('published');
  const first = await story.tip('main');
  await commit({ 'docs/a.md': 'v2, wrong prices\n', 'docs/new.md': 'new\n', 'docs/old.md': null });
  const second = await release('v2.0.0');
  expect((await beginOn('refs/heads/main', { env: 'test' })).outputs.conclusion).toBe('published');
  expect((await beginOn('refs/tags/v2.0.0')).outputs.conclusion).toBe('published');
  const rollBack = (inputs?: Record<string, string>) =>
    manager.promote({ from: `prod@${first}`, 'allow-older': 'true', ...inputs }, { githubToken: reader });
  return { ...manager, widgets, runOn, commit, release, rollBack, first, second };
}

test.concurrent('a roll-back of production holds nothing back in test, which begins at production', async () => {
  const { runOn, rollBack, manifest, read, github } = await releaseTwice();
  await rollBack({});
  await github.git(codex, 'update-ref', '-d', 'refs/heads/test');
  const run = await runOn('refs/heads/main', { env: 'test' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'true', 'files-modified': '1' });
  expect(messages(run, 'warning')).toEqual([]);
  expect(await read(guide, 'test')).toBe('v2, wrong prices\n');
  expect((await manifest('widgets', 'test')).held).toBeUndefined();
  expect((await manifest('widgets', 'main')).held).toBeDefined();
  expect((await runOn('refs/heads/main', { env: 'test' })).outputs.conclusion).toBe('unchanged');
});

test.concurrent('what was rolled back does not come back by a re-run, by a promotion of all, nor by a typo on top of it', async () => {
  const { runOn, commit, release, rollBack, promote, manifest, read, tip, second, github } = await releaseTwice();
  const run = await rollBack({ reason: 'wrong prices' });
  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'published' } });
  for (const text of [run.log, readable(run.summary)]) {
    expect(text).toContain(`This roll-back holds: commit ${second.slice(0, 12)} (refs/tags/v2.0.0)`);
    expect(text).toContain('release-hold: true');
  }
  const { held } = await manifest('widgets', 'main');
  expect(held).toEqual({
    commit: second,
    ref: 'refs/tags/v2.0.0',
    documents: { 'docs/a.md': expect.any(String), 'docs/new.md': expect.any(String), 'docs/old.md': null },
    since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    run: expect.stringContaining('/actions/runs/'),
    reason: 'wrong prices',
  });
  const [{ body = '' } = {}] = await commits(github, codex, 'main');
  expect(body).toContain('Codex-Reason: wrong prices');
  const before = await tip('main');

  expectRefused(await runOn('refs/tags/v2.0.0'), second, 'holds back', 'wrong prices', 'another tag', 'release-hold');
  // What is published is that of a run of its own again, and leaves the hold.
  expect((await runOn('refs/tags/v1.0.0')).outputs.conclusion).toBe('unchanged');
  const all = await promote({ project: '*' }, { githubToken: reader });
  expect(all).toMatchObject({
    exitCode: 0,
    outputs: { conclusion: 'held', changed: 'false', succeeded: '0', failed: '0' },
  });
  expect(messages(all, 'warning')).toEqual([expect.stringContaining('projects/widgets stays as it is in prod')]);
  expect(outcomes(all).widgets).toMatchObject({ skipped: 'held', hold: { commit: second } });

  await commit({ 'docs/b.md': 'b without its typo\n' });
  const typo = await runOn('refs/heads/main');
  expect(typo).toMatchObject({ exitCode: 0, outputs: { conclusion: 'held', superseded: 'false', changed: 'false' } });
  expect(messages(typo, 'warning')).toEqual([expect.stringContaining('still has its text of docs/a.md')]);
  expectRefused(await runOn('refs/heads/main', {}, 'workflow_dispatch'), 'holds back');
  expect((await runOn('refs/heads/main', { 'dry-run': 'true' })).outputs.conclusion).toBe('held');
  // Not even for who says that older commits may come.
  expectRefused(await runOn('refs/tags/v2.0.0', { 'allow-older': 'true' }), 'holds back');
  expect(await tip('main')).toBe(before);

  // A release under another tag is meant.
  await commit({ 'docs/a.md': 'v2, right prices\n', 'docs/old.md': 'old\n' });
  await release('v2.0.1');
  const fixed = await runOn('refs/tags/v2.0.1');
  expect(fixed).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  expect(fixed.log).toContain('The hold is lifted: a roll-back of ');
  expect((await manifest('widgets', 'main')).held).toBeUndefined();
  expect(await read(guide, 'main')).toBe('v2, right prices\n');
});

test.concurrent('nor by the nightly run for the organization, until release-hold', async () => {
  const { rollBack, github, tip, manifest, read, second, ...story } = await releaseTwice();
  const { syncOrg, add } = await found({ ...story, github, tip, manifest, read });
  await add('gears', { 'docs/x.md': 'x\n' });
  github.addToken(orgToken, { [codex]: 'write', 'acme/widgets': 'read', 'acme/gears': 'read' });
  await rollBack();
  const before = await tip('main');
  const inputs = { env: 'prod', 'source-ref': 'latest-release' };
  const night = await syncOrg(inputs);
  expect(night).toMatchObject({ exitCode: 0, outputs: { conclusion: 'held', succeeded: '0', failed: '0' } });
  expect(pushes(night)).toEqual([]);
  expect(projectsOf(night).widgets).toMatchObject({ hold: { kind: 'held', commit: second }, superseded: false });
  expect(messages(night, 'warning')).toEqual([expect.stringContaining('widgets')]);
  expect(night.log).toContain('widgets: held back by a roll-back');
  expect(await tip('main')).toBe(before);

  const meant = await syncOrg({ ...inputs, 'release-hold': 'true', reason: 'prices are right after all' });
  expect(meant).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', succeeded: '1' } });
  expect(await read(guide, 'main')).toBe('v2, wrong prices\n');
  expect((await manifest('widgets', 'main')).held).toBeUndefined();
});

test.concurrent('sync-project with allow-older holds as well, status shows it, and a promotion by name lifts it', async () => {
  const { runOn, promote, manifest, read, second, ...story } = await releaseTwice();
  const back = await runOn('refs/tags/v1.0.0', { 'allow-older': 'true' });
  expect(back).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'published' } });
  for (const text of [back.log, readable(back.summary)]) expect(text).toContain('This roll-back holds: commit ');
  expect((await manifest('widgets', 'main')).held).toMatchObject({ commit: second, ref: 'refs/tags/v2.0.0' });
  expect(await read(guide, 'main')).toBe('v1\n');
  // Each run keeps it, also one that only a preview of test could be about.
  const status = await story.publish(
    { fullName: codex, directory: await story.github.scratch('none') },
    { mode: 'status' },
  );
  expect(status.log).toContain(`a roll-back of prod holds back ${second.slice(0, 12)} (refs/tags/v2.0.0) since `);
  expect(JSON.parse(status.outputs.result ?? '').projects[0].held).toMatchObject({ commit: second });

  const meant = await promote({}, { githubToken: reader });
  expect(meant).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  expect((await manifest('widgets', 'main')).held).toBeUndefined();
  expect(await read(guide, 'main')).toBe('v2, wrong prices\n');
});

test.concurrent('with release-hold a roll-back leaves no hold', async () => {
  const { rollBack, runOn, manifest, read } = await releaseTwice();
  await rollBack({ 'release-hold': 'true' });
  expect((await manifest('widgets', 'main')).held).toBeUndefined();
  expect((await runOn('refs/tags/v2.0.0')).outputs.conclusion).toBe('published');
  expect(await read(guide, 'main')).toBe('v2, wrong prices\n');
});

test.concurrent('a fix that was cherry-picked to an earlier line, and then the next release: both are published, and an earlier version is not', async () => {
  const { runOn, widgets, commit, read, github } = await releaseTwice();
  await commit({ 'docs/a.md': 'v2.1\n' });
  await github.git('acme/widgets', 'tag', 'v2.1.0', await widgets.git('rev-parse', 'HEAD'));
  await widgets.git('checkout', '--quiet', '-B', 'release/2.0', 'HEAD~1');
  await widgets.write('docs/a.md', 'v2.0 with its fix\n');
  await widgets.commit('Fix');
  await widgets.push('release/2.0');
  await github.git('acme/widgets', 'tag', 'v2.0.1', await widgets.git('rev-parse', 'HEAD'));

  expect((await runOn('refs/tags/v2.0.1')).outputs.conclusion).toBe('published');
  const next = await runOn('refs/tags/v2.1.0');
  expect(next).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'published' } });
  expect(next.requests.filter(({ path }) => path.includes('/compare/'))).toEqual([]);
  expect(await read(guide, 'main')).toBe('v2.1\n');
  expectRefused(await runOn('refs/tags/v2.0.1'), 'v2.0.1', 'lower version', 'v2.1.0', 'allow-older');
});
