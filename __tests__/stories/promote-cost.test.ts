import { beforeAll, expect, test } from '@jest/globals';
import { readTree, seedCodex } from '../support/codex.ts';
import { costOf } from '../support/cost.ts';
import { employ, type ReleaseManager } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, pushes, useStory } from '../support/story.ts';

const DOCUMENTS = 100;
const story = await useStory({});
let manager: ReleaseManager;
let first: ActionRun;
let again: ActionRun;
let next: ActionRun;

/** What a push brings. */
const uploaded = (run: ActionRun) => costOf(run).up;
beforeAll(async () => {
  manager = await employ(story);
  await seedCodex(story.github, codex, { projects: 2000, documentsPerProject: 20 });
  const words = (index: number) =>
    `# Page ${index}\n\n${Array.from({ length: 400 + index }, (_, at) => (at * 7919 * (index + 1)).toString(36)).join(' ')}\n`;
  const files = Array.from(
    { length: DOCUMENTS },
    (_, index) => [`docs/${index % 7}/page-${index}.md`, words(index)] as const,
  );
  const widgets = await manager.develop('widgets', Object.fromEntries(files));
  first = await manager.promote();
  again = await manager.promote();
  const changed = files.slice(0, 60).map(([path, text]) => [path, `${text}More.\n`] as const);
  await manager.change(widgets, Object.fromEntries(changed));
  next = await manager.promote();
}, 120_000);

/** The trees and the commit of a push, and the manifest: the documents of a project weigh 200 KB and more. */
const MOST_UPLOADED = 60_000;

// The question, with both tips, the folder and the manifest (1); then for both sides together the lists of projects (2).
const LOOK = 3;
const PUSH = 2;

test('100 documents of 40,000, the first time: 5 requests, and no document is uploaded', async () => {
  expect(first.outputs).toMatchObject({ conclusion: 'published', 'files-added': '100', succeeded: '1', failed: '0' });
  const under = (branch: string) => readTree(story.github, codex, branch, 'projects/widgets');
  expect(await under('main')).toEqual(await under('test'));
  expect(first.requests).toHaveLength(LOOK + PUSH);
  expect(uploaded(first)).toBeLessThan(MOST_UPLOADED / 20);
  expect(pushes(first)).toHaveLength(1);
});

test('60 of them changed: one more, the question whether they are older', async () => {
  expect(next.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '60' });
  expect(next.requests.filter(({ path }) => path.includes('/compare/'))).toHaveLength(1);
  expect(next.requests).toHaveLength(LOOK + 1 + PUSH);
  expect(uploaded(next)).toBeLessThan(MOST_UPLOADED / 20);
});

test('nothing to do: 3 requests, and no push', async () => {
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false', succeeded: '1' });
  expect(again.requests).toHaveLength(LOOK);
  expect(pushes(again)).toEqual([]);
});

test('production has documents of its own beside them: what is new in the folder is uploaded, and nothing else', async () => {
  await story.edit({ 'projects/widgets/docs/only-here.md': 'Only in production\n' }, 'main');
  await story.edit({ 'projects/widgets/docs/1/page-1.md': 'A hotfix of the text\n' }, 'test');
  const run = await manager.promote({ 'release-edits': 'true' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
  expect(run.requests.length).toBeLessThanOrEqual(13);
  expect(uploaded(run)).toBeGreaterThan(uploaded(next));
  expect(uploaded(run)).toBeLessThan(MOST_UPLOADED);
});
