import { expect, test } from '@jest/globals';
import { stepsOf } from '../support/cost.ts';
import type { Fault } from '../support/github-faults.ts';
import { found, projectsOf, skippedOf } from '../support/organization.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, pushes, QUESTION, REFUSALS, refuseQuestion, useStories } from '../support/story.ts';

const startStory = useStories();

/** Whose the repositories are, and a page of them for each hundred. */
const listing = (pages: number) => 1 + pages;
/** About the codex: rights and configuration. */
const OPENING = 1;
const isQuestion = ({ method, path }: { method: string; path: string }) => QUESTION.test(`${method} ${path}`);
const questions = ({ requests }: ActionRun) => requests.filter(isQuestion).length;
const atRepositories = ({ requests }: ActionRun) =>
  requests.filter((request) => !request.path.includes(codex) && !isQuestion(request)).length;

test('a changed repository costs four requests, and 20 of them one question and one push', async () => {
  const { addMany, commit, syncOrg, unlike } = await found(await startStory());
  const names = await addMany('doc', 40, 10);
  const run = await syncOrg({ parallel: 10 });
  expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '40', failed: '0', 'files-added': '400' });
  expect(await unlike(names)).toEqual([]);
  expect(pushes(run).length).toBe(2);
  expect(questions(run)).toBe(OPENING + 2);
  // Its trees and its blobs for each repository, and a few for each push.
  expect(atRepositories(run)).toBe(40 * 4 + listing(1));
  expect(run.requests.length).toBeLessThanOrEqual(40 * 4 + listing(1) + OPENING + 2 + 2 * 8);

  // One document is fetched alone: trees, the document, and whether its commit is the newer one.
  await commit('doc-011', { 'docs/1.md': 'one\n' });
  const one = await syncOrg({ repositories: 'doc-01*' });
  expect(one.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', succeeded: '10' });
  expect([atRepositories(one), questions(one), pushes(one).length]).toEqual([5 + listing(1), OPENING + 1, 1]);
  expect(await unlike(names)).toEqual([]);
});

test('100 repositories with nothing new cost 9 requests: one question for each 20, and the list of all', async () => {
  const { addMany, syncOrg, unlike } = await found(await startStory());
  const names = await addMany('doc', 100);
  const first = await syncOrg({ parallel: 20 });
  expect(first.outputs).toMatchObject({ conclusion: 'published', succeeded: '100', failed: '0' });
  expect(pushes(first).length).toBe(5);
  expect(await unlike(names)).toEqual([]);

  const again = await syncOrg({ parallel: 20 });
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged', succeeded: '100', failed: '0' });
  // The codex is the 101st repository of the list.
  expect(stepsOf(again).sort()).toEqual([
    ...Array.from({ length: listing(2) }, () => 'GET repository'),
    ...Array.from({ length: OPENING + 5 }, () => 'POST graphql'),
  ]);
  expect(again.requests).toHaveLength(9);
}, 300_000);

/** An organization is published, changed in many ways and published again; what each run reports is told without ids. */
async function live(fault?: Omit<Fault, 'match' | 'times'>) {
  const story = await startStory();
  const { github } = story;
  const { add, addMany, commit, syncOrg, unlike } = await found(story);
  if (fault) refuseQuestion(github, fault);
  const names = await addMany('doc', 3, 2);
  const config = (text: object) => ({
    '.fractary/plugins/codex/config.json': JSON.stringify({ version: '3.0', ...text }),
  });
  await add('own', { 'specs/a.md': 'A\n', ...config({ sync_patterns: ['specs/**'] }) });
  await add('named', { 'docs/a.md': 'A\n', ...config({ project_name: 'other' }) });
  await add('broken', { 'docs/a.md': 'A\n', ...config({ sync_patterns: 7 }) });
  await add('none', { 'src/a.ts': '1\n' });
  await add('empty');
  await add('linked', {
    'docs/a.md': 'A\n',
    'README.md': { mode: '120000', content: 'src/read.md' },
    'src/read.md': 'R\n',
  });
  await add('typo', { 'docs/a.md': 'A\n', ...config({ sync_patterns: ['docs/**', 'guide/**'] }) });
  const runs = [await syncOrg(), await syncOrg()];
  await commit('doc-001', { 'docs/1.md': 'one\n' });
  await commit('doc-002', { 'docs/1.md': null, 'src/other.js': '2\n' });
  await commit('doc-003', { 'src/other.js': '2\n' });
  await commit('linked', { 'src/read.md': 'R 2\n' });
  await commit('none', { 'docs/a.md': 'A\n' });
  await story.edit({ 'projects/own/specs/a.md': 'A, edited\n' });
  runs.push(await syncOrg(), await syncOrg());
  const told = runs.map((run) => ({
    annotations: run.annotations.map(({ message }) => message.replace(/[0-9a-f]{12,}/g, '…')),
    outputs: ['conclusion', 'succeeded', 'failed', 'files-added', 'files-modified', 'files-deleted'].map(
      (name) => run.outputs[name],
    ),
    skipped: skippedOf(run),
    projects: Object.entries(projectsOf(run)).map(([name, { conclusion }]) => [name, conclusion]),
  }));
  const documents = await Promise.all(
    ['own/specs/a.md', 'other/docs/a.md', 'linked/README.md', 'none/docs/a.md'].map((path) =>
      story.read(`projects/${path}`),
    ),
  );
  return { told, documents, wrong: (await unlike(names)).filter((name) => names.includes(name)), runs };
}

test('where GitHub refuses the questions, every run ends as it does with their answers', async () => {
  const [usual, ...others] = await Promise.all([live(), ...REFUSALS.map((fault) => live(fault))]);
  expect(usual.wrong).toEqual([]);
  expect(usual.documents).toEqual(['A, edited\n', 'A\n', 'R 2\n', 'A\n']);
  expect(usual.told.map(({ outputs }) => outputs)).toEqual([
    ['failed', '7', '1', '11', '0', '0'],
    ['failed', '7', '1', '0', '0', '0'],
    ['failed', '8', '1', '1', '2', '1'],
    ['failed', '8', '1', '0', '0', '0'],
  ]);
  for (const { runs, ...other } of others) {
    const { runs: theirs, ...same } = usual;
    expect(other).toEqual(same);
    for (const [index, run] of runs.entries()) {
      expect(questions(run)).toBe(OPENING + 1);
      expect(run.requests.length).toBeGreaterThan(theirs[index]?.requests.length ?? 0);
    }
  }
});
