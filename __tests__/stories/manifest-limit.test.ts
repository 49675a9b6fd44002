import { describe, expect, test } from '@jest/globals';
import { MAX_MANIFEST_BYTES } from '../../src/codex/manifest.ts';
import { found, projectsOf } from '../support/organization.ts';
import { employ, outcomes } from '../support/release.ts';
import { expectRefused, pushes, useStories } from '../support/story.ts';

const startStory = useStories();
const MANIFEST = 'projects/widgets/.codex-sync.json';
const TOO_LARGE = /16\.0 MB; the limit is 16 MB.*"working-directory"/;

/** What a preview would remove, if it were there: nothing is on the branch for it, and the manifest is as large as asked. */
function fillUp(manifest: { previews?: object }, bytes: number): string {
  // Of a branch that nobody pushed, so that it does not end for seven days.
  const local = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const render = (documents: object) => {
    const preview = { commit: 'b'.repeat(40), date: '2026-01-01T00:00:00Z', local, documents };
    return `${JSON.stringify({ ...manifest, previews: { ...manifest.previews, 'heads/filler': preview } }, null, 2)}\n`;
  };
  const paths = Array.from({ length: Math.floor(bytes / 3100) }, (_, index) => [
    `gone/${index}-${'x'.repeat(3000)}`,
    null,
  ]);
  const text = render(Object.fromEntries(paths));
  const last = `gone/z${'y'.repeat(bytes - Buffer.byteLength(text) - ',\n        "gone/z": null'.length)}`;
  return render(Object.fromEntries([...paths, [last, null]]));
}

describe('a manifest that has no room for another document', () => {
  test.concurrent('refuses the run that would publish it, and what is published stays', async () => {
    const story = await startStory();
    const widgets = await story.host('widgets', { 'docs/a.md': 'a\n' });
    await widgets.publish();
    await story.edit({ [MANIFEST]: fillUp(await story.manifest(), MAX_MANIFEST_BYTES) });
    const before = await story.tip();
    await widgets.write('docs/another-document.md', 'b\n');
    await widgets.commit('More');
    await widgets.push();
    const runs = [await widgets.publish({ 'dry-run': 'true' }), await widgets.publish()];
    for (const run of runs) {
      expectRefused(run, 'projects/widgets would have ');
      expect(run.annotations[0]?.message).toMatch(TOO_LARGE);
      expect(run.annotations[0]?.message).not.toMatch(/remove/i);
      expect(pushes(run)).toEqual([]);
    }
    expect(await story.tip()).toBe(before);
  });

  test.concurrent('keeps that repository alone from landing in a run for all', async () => {
    const { add, syncOrg, manifest, edit, commit, tip } = await found(await startStory());
    for (const name of ['widgets', 'gadgets']) await add(name, { 'docs/a.md': 'a\n' });
    await syncOrg();
    await edit({ [MANIFEST]: fillUp(await manifest(), MAX_MANIFEST_BYTES) });
    for (const name of ['widgets', 'gadgets']) await commit(name, { 'docs/another-document.md': 'b\n' });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'failed', succeeded: '1', failed: '1', 'commit-sha': await tip() });
    expect(projectsOf(run).gadgets?.changed).toBe(true);
    expect(JSON.stringify(projectsOf(run).widgets ?? run.annotations)).toMatch(/the limit is 16 MB/);
  });
});

test.concurrent('a manifest of more than 8 MB is promoted and compared like any other', async () => {
  const { develop, promote, edit, manifest, documents, publish } = await employ(await startStory());
  const widgets = await develop('widgets', { 'docs/a.md': 'a\n' });
  await edit({ [MANIFEST]: fillUp(await manifest(), MAX_MANIFEST_BYTES) }, 'test');
  const status = await publish(widgets, { mode: 'status' });
  expect(outcomes(status).widgets).toMatchObject({ state: 'only-in-from' });
  expect((await promote()).outputs.conclusion).toBe('published');
  expect(Object.keys(await documents('widgets', 'main'))).toEqual(['docs/a.md']);
});

test.concurrent('one that is larger is told as that, and nobody is advised to remove it', async () => {
  const { develop, promote, edit, read, publish } = await employ(await startStory());
  const widgets = await develop('widgets', { 'docs/a.md': 'a\n' });
  const text = (await read(MANIFEST)) ?? '';
  await edit({ [MANIFEST]: text + ' '.repeat(MAX_MANIFEST_BYTES) }, 'test');
  const says = `${MANIFEST} is larger than the limit of 16 MB`;
  const status = await publish(widgets, { mode: 'status' });
  expect(outcomes(status).widgets).toMatchObject({ state: 'problem', problem: expect.stringContaining(says) });
  const run = await promote();
  expectRefused(run, says, '"working-directory"');
  for (const { log } of [status, run]) expect(log).not.toMatch(/remove/i);
});
