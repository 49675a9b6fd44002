import { expect, test } from '@jest/globals';
import { found } from '../support/organization.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, pushes, useStories } from '../support/story.ts';

const startStory = useStories();

/** Whose the repositories are, and a page of them. */
const LISTING = 2;

const atRepositories = ({ requests }: ActionRun) => requests.filter(({ path }) => !path.includes(codex));

test('each repository costs five requests, three when nothing is new, and few pushes are for all of them', async () => {
  const { addMany, commit, syncOrg, unlike } = await found(await startStory());
  const names = await addMany('doc', 40, 10);
  const run = await syncOrg({ parallel: 10 });
  expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '40', failed: '0', 'files-added': '400' });
  expect(await unlike(names)).toEqual([]);
  // Batches of 5, 10, 20 and what is left of 25. 200 repositories are 10 of them: "npm run bench" shows that.
  expect(pushes(run).length).toBe(4);
  // A branch, its trees and its blobs for each repository, and a few for each push.
  expect(atRepositories(run).length).toBe(40 * 5 + LISTING);
  expect(run.requests.length).toBeLessThanOrEqual(40 * 5 + LISTING + 4 * 10);

  // Nothing new costs neither blobs nor pushes; one document is fetched alone.
  const again = await syncOrg();
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged', succeeded: '40' });
  expect(atRepositories(again).length).toBe(40 * 3 + LISTING);
  expect(pushes(again)).toEqual([]);
  await commit('doc-011', { 'docs/1.md': 'one\n' });
  const one = await syncOrg({ repositories: 'doc-01*' });
  expect(one.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', succeeded: '10' });
  // The document, and whether its commit is the newer one.
  expect([atRepositories(one).length, pushes(one).length]).toEqual([10 * 3 + 2 + 1 + LISTING, 1]);
});
