import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import { codex, useStories } from '../support/story.ts';

const startStory = useStories();

test('a pull request that takes the place of the first previews never leaves the folder empty, for no commit', async () => {
  const story = await startStory();
  const { github } = story;
  const texts = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' };
  const { propose, preview } = await gather(story, texts);
  await github.git('acme/widgets', 'branch', 'next', 'main');
  await propose(1, { 'docs/a.md': 'a of 1\n' }, { base: 'next' });
  const place = await checkoutProject(github, 'acme/widgets', { ref: 'pull-1', depth: 0 });
  await story.publish(place, {}, { ref: 'refs/heads/pull-1' });
  expect(Object.keys((await story.manifest()).previews)).toEqual(['heads/main', 'heads/pull-1']);
  const before = await story.tip();

  // Nothing tells what it changes against its base, so the preview names all documents.
  const permissions = { contents: 'read', metadata: 'read' } as const;
  github.addToken('ghs_contents', { 'acme/widgets': 'read' }, { kind: 'installation', permissions });
  const { outputs } = await preview(1, { 'project-token': 'ghs_contents' }, { depth: 1 });
  expect(outputs.conclusion).toBe('published');
  expect(Object.keys((await story.manifest()).previews)).toEqual(['1']);
  const made = (await github.git(codex, 'rev-list', `${before}..test`)).split('\n');
  for (const commit of made) {
    const listed = await github.git(codex, 'ls-tree', '-r', '--name-only', commit, 'projects/widgets/docs/');
    expect(listed.split('\n')).toEqual(Object.keys(texts).map((path) => `projects/widgets/${path}`));
  }
});

test('a pull request that shows what its branch showed before leaves it there', async () => {
  const story = await startStory();
  const { propose, preview, texts } = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  await propose(1, { 'docs/new.md': 'new\n' });
  const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'pull-1', depth: 0 });
  await story.publish(place, {}, { ref: 'refs/heads/pull-1' });
  const shown = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/new.md': 'new\n' };
  expect(await texts()).toEqual(shown);
  expect((await preview(1)).outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '0' });
  expect(await texts()).toEqual(shown);
  expect(Object.keys((await story.manifest()).previews)).toEqual(['1', 'heads/main']);
  expect((await preview(1)).outputs.conclusion).toBe('unchanged');
});

test('a first preview without the text that its job wrote into a document before shows the text of the base', async () => {
  const story = await startStory();
  const { propose, texts } = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  const publish = async (written: Record<string, string>) => {
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'pull-1', depth: 0 });
    for (const [path, text] of Object.entries(written)) await writeFile(join(place.directory, path), text);
    return story.publish(place, {}, { ref: 'refs/heads/pull-1' });
  };
  await publish({ 'docs/b.md': 'generated\n' });
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'generated\n' });

  // The codex never had that text: this very push brings it.
  expect((await publish({})).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b\n' });
  expect((await publish({})).outputs.conclusion).toBe('unchanged');
});
