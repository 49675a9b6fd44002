import { describe, expect, test } from '@jest/globals';
import { type Contributors, gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import { mergePullRequest, openPullRequest } from '../support/pull-request.ts';
import { type Story, useStories } from '../support/story.ts';

const startStory = useStories();

/** Pull request 2 goes into the branch of pull request 1, and was merged there; both have a preview. */
async function startStack(): Promise<Story & Contributors & { previews(): Promise<string[]> }> {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  await people.publish();
  await people.propose(1, { 'docs/a.md': 'a of 1\n' });
  await people.propose(2, { 'docs/b.md': 'b of 2\n' }, { base: 'pull-1' });
  await people.preview(1);
  await people.preview(2);
  await people.merge(2, 'squash');
  return {
    ...story,
    ...people,
    previews: async () => Object.keys((await story.manifest()).previews ?? {}),
  };
}
const BOTH = { 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of 2\n' };

test.concurrent('a late run of before the merge does not follow its branch into another one', async () => {
  const story = await startStory();
  const { github } = story;
  const { publish, propose, preview, texts } = await gather(story, { 'docs/a.md': 'a\n' });
  await publish();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  await preview(1);
  await github.git('acme/widgets', 'branch', 'next', 'main');
  const late = await checkoutProject(github, 'acme/widgets', { ref: 'main', depth: 1 });
  await mergePullRequest(github, 'acme/widgets', 1, 'squash');
  await openPullRequest(github, 'acme/widgets', { number: 2, head: 'main', base: 'next' });
  await mergePullRequest(github, 'acme/widgets', 2, 'merge');
  await github.git('acme/widgets', 'update-ref', '-d', 'refs/heads/next');
  await story.publish(late);
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n' });
});

describe('a pull request that was merged into the branch of another one', () => {
  test.concurrent('stays until that one runs, which shows what it brought, without a moment between', async () => {
    const { publish, preview, texts, previews } = await startStack();
    await publish();
    expect([await previews(), await texts()]).toEqual([['1', '2'], BOTH]);
    const run = await preview(1);
    expect([await previews(), await texts()]).toEqual([['1'], BOTH]);
    expect(run.outputs).toMatchObject({ 'files-modified': '0', 'files-deleted': '0' });
  });

  test.concurrent.each(['squash', 'merge'] as const)('ends with that one: %s', async (how) => {
    const { publish, merge, texts, previews, main } = await startStack();
    await merge(1, how);
    expect([await previews(), await texts()]).toEqual([['1', '2'], BOTH]);
    const run = await publish();
    expect([await previews(), await texts()]).toEqual([[], BOTH]);
    expect(await main()).toEqual(BOTH);
    expect(run.outputs).toMatchObject({ 'files-modified': '0', 'files-deleted': '0' });
  });

  test.concurrent('ends when that one was abandoned, whatever becomes of its branch', async () => {
    const { publish, close, texts, previews } = await startStack();
    await close(1);
    expect(await previews()).toEqual(['2']);
    await publish();
    expect([await previews(), await texts()]).toEqual([[], { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' }]);
  });
});
