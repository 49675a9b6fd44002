import { expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { codex, messages, useStories } from '../support/story.ts';

const startStory = useStories();
const A = 'projects/widgets/docs/a.md';

/** Main was published to test, and promoted to production. */
async function start() {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  const nowhere = { fullName: codex, directory: await story.github.scratch('nothing') };
  const promotion = { mode: 'promote', env: 'prod', project: 'widgets' };
  const promote = () => story.publish(nowhere, promotion, { event: 'workflow_dispatch' });
  await people.publish();
  await promote();
  return { ...story, ...people, promote };
}

test.concurrent('an edit of a preview that its pull request touches no more stays, and never gets into production', async () => {
  const { propose, preview, edit, promote, read, manifest, publish } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of 1\n' });
  await preview(1);
  await edit({ [A]: 'a of 1, mended\n' });
  await propose(1, { 'docs/a.md': 'a\n' });
  const run = await preview(1);
  expect(messages(run, 'warning')).toEqual(
    expect.arrayContaining([expect.stringMatching(/without an owner: docs\/a\.md/)]),
  );
  expect(await read(A)).toBe('a of 1, mended\n');
  expect((await manifest()).documents).not.toHaveProperty(['docs/a.md']);
  const promoted = await promote();
  expect(promoted.outputs).toMatchObject({ 'files-deleted': '0', 'files-modified': '0' });
  expect(await read(A, 'main')).toBe('a\n');
  // Main has the last word, with a link to the edit.
  expect((await publish()).outputs).toMatchObject({ conflicts: '1', 'files-modified': '1' });
  expect(await read(A)).toBe('a\n');
});

test.concurrent('what somebody edited in a preview that is closed stays in test, and production keeps its document', async () => {
  const { propose, preview, close, edit, promote, read } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  await preview(1);
  await edit({ [A]: 'edited\n' });
  await close(1);
  const run = await promote();
  expect(run.outputs).toMatchObject({ conclusion: 'unchanged', 'files-deleted': '0' });
  expect(messages(run, 'warning')).toEqual([expect.stringMatching(/docs\/a\.md .*in a closed preview/)]);
  expect([await read(A), await read(A, 'main')]).toEqual(['edited\n', 'a\n']);
});

test.concurrent('what somebody removed in the codex of a preview returns when that changes its mind or is closed', async () => {
  const { propose, preview, close, edit, texts } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of 1\n' });
  await preview(1);
  await edit({ [A]: null, 'projects/widgets/docs/b.md': null });
  await propose(1, { 'docs/a.md': 'a\n' });
  await preview(1);
  expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b of 1\n' });
  await edit({ 'projects/widgets/docs/b.md': null });
  await close(1);
  expect(await texts()).toEqual({ 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
});

test.concurrent('the pull request of what came back from the codex owns none of it: main goes on to bring it back', async () => {
  const { edit, publish, propose, preview, close, texts, manifest } = await start();
  await edit({ [A]: 'edited\n', 'projects/widgets/docs/b.md': null });
  await propose(7, { 'docs/a.md': 'edited\n', 'docs/b.md': null });
  const shown = await preview(7);
  expect(shown.outputs).toMatchObject({ conclusion: 'unchanged', 'files-modified': '0', 'files-added': '0' });
  expect((await manifest()).previews).toBeUndefined();
  expect((await publish({ direction: 'bidirectional' })).outputs).toMatchObject({ pulled: '2' });
  await close(7);
  expect(await texts()).toEqual({ 'docs/a.md': 'edited\n' });
});
