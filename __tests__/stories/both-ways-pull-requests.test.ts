import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import { messages, pushes, useStories } from '../support/story.ts';

const startStory = useStories();
const both = { direction: 'bidirectional' };
const back = { direction: 'from-codex' };

async function start() {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' });
  await people.publish();
  return { ...story, ...people, publishIn: story.publish };
}

test.concurrent('a pull request both ways publishes its preview, brings nothing back, and says so once', async () => {
  const { propose, preview, edit, texts } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  await edit({ 'projects/widgets/docs/b.md': 'edited\n' });
  const run = await preview(1, both);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', pulled: '0' });
  expect(messages(run, 'notice')).toEqual([expect.stringMatching(/preview.*pulls nothing/)]);
  expect(run.summary).toContain('pulls nothing');
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'edited\n', 'docs/c.md': 'c\n' });
});

test.concurrent('from the codex, a pull request brings back what was edited beneath the previews, and publishes nothing', async () => {
  const { propose, preview, close, edit, github, tip, publishIn } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/new.md': 'new of 1\n' });
  await propose(2, { 'docs/c.md': 'c of 2\n' });
  for (const number of [1, 2]) await preview(number);
  const edits = ['a', 'b', 'c'].map((name) => [`projects/widgets/docs/${name}.md`, 'edited\n']);
  const before = await edit(Object.fromEntries(edits));
  // What the previews show, and what somebody edited in them, is not the project's.
  const place = await checkoutProject(github, 'acme/widgets', { ref: 'refs/pull/2/merge', depth: 2 });
  const options = { event: 'pull_request', ref: 'refs/pull/2/merge', pullRequest: 2 };
  const run = await publishIn(place, { ...back, comment: true }, options);
  expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'unchanged', changed: 'false', pulled: '1' } });
  expect(await readFile(join(place.directory, 'docs/b.md'), 'utf8')).toBe('edited\n');
  expect(await place.git('status', '--porcelain')).toBe(' M docs/b.md');
  expect([pushes(run), await tip(), github.repository('acme/widgets').comments]).toEqual([[], before, []]);
  expect(run.log).toContain('Publishes: documents, beneath the previews of #1, #2');
  const [merge, url] = [await place.git('rev-parse', 'HEAD'), `${github.serverUrl}/acme/widgets/blob`];
  expect(run.outputs.result).toContain(`${url}/${merge}/docs/b.md`);
  expect(messages(run, 'notice')).toEqual([]);

  const closed = await close(2, back);
  expect(closed).toMatchObject({ exitCode: 0, outputs: { conclusion: 'unchanged', changed: 'false' } });
  expect(await tip()).toBe(before);
});

test.concurrent('a run for the branch both ways leaves what the previews show, and brings back the rest', async () => {
  const { propose, preview, edit, publish, texts, manifest } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n', 'docs/b.md': null, 'docs/new.md': 'new of 1\n' });
  await preview(1);
  await edit({ 'projects/widgets/docs/c.md': 'edited\n' });
  const run = await publish(both);
  expect(run.outputs).toMatchObject({ conclusion: 'unchanged', pulled: '1' });
  expect(JSON.parse(run.outputs.result ?? '').pulls).toMatchObject([{ path: 'docs/c.md', action: 'modify' }]);
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/c.md': 'edited\n', 'docs/new.md': 'new of 1\n' });
  expect(Object.keys((await manifest()).previews)).toEqual(['1']);
});
