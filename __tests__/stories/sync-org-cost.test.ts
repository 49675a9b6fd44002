import { expect, test } from '@jest/globals';
import { found } from '../support/organization.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, pushes, useStories } from '../support/story.ts';

const startStory = useStories();

/** Whose the repositories are, and three pages of them. */
const LISTING = 4;

const atRepositories = ({ requests }: ActionRun) => requests.filter(({ path }) => !path.includes(codex));

test('200 repositories of 40 documents: at most 12 pushes, and 12 requests a repository', async () => {
  const { addMany, commit, syncOrg, unlike } = await found(await startStory());
  const names = await addMany('doc', 200, 40);
  const run = await syncOrg({ parallel: 10 });
  expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '200', failed: '0', 'files-added': '8000' });
  expect(await unlike(names)).toEqual([]);
  expect(pushes(run).length).toBe(10);
  // A branch, its trees and its blobs for each repository, and three pages of the list; a few for each push.
  expect(atRepositories(run).length).toBe(200 * 5 + LISTING);
  expect(run.requests.length).toBeLessThanOrEqual(200 * 6);

  // Nothing new costs neither blobs nor pushes; one document is fetched alone.
  const again = await syncOrg();
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged', succeeded: '200' });
  expect(atRepositories(again).length).toBe(200 * 3 + LISTING);
  expect(pushes(again)).toEqual([]);
  await commit('doc-111', { 'docs/1.md': 'one\n' });
  const one = await syncOrg({ repositories: 'doc-11*' });
  expect(one.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', succeeded: '10' });
  // The document, and whether its commit is the newer one.
  expect([atRepositories(one).length, pushes(one).length]).toEqual([10 * 3 + 2 + 1 + LISTING, 1]);
});
