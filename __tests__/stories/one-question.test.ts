import { expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import type { Fault } from '../support/github-faults.ts';
import { employ } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, QUESTION, REFUSALS, refuseQuestion, useStories } from '../support/story.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' };
const isQuestion = ({ method, path }: { method: string; path: string }) => QUESTION.test(`${method} ${path}`);

/** A project is published, changed, released, compared and fetched; what each run does is told without ids and times. */
async function live(fault?: Omit<Fault, 'match' | 'times'>) {
  const story = await startStory();
  const { github } = story;
  const { develop, promote } = await employ(story);
  if (fault) refuseQuestion(github, fault);
  const widgets = await develop('widgets', FILES);
  const runs: Record<string, ActionRun> = { again: await widgets.publish() };
  await widgets.write('docs/a.md', 'A 2\n');
  await widgets.commit('Change');
  await widgets.push();
  runs.planned = await widgets.publish({ 'dry-run': 'true' });
  runs.changed = await widgets.publish();
  runs.promoted = await promote();
  runs.promotedAgain = await promote();
  await story.edit({ 'projects/widgets/docs/b.md': 'B, edited\n', 'projects/widgets/own.md': 'Own\n' });
  runs.edited = await widgets.publish();
  runs.compared = await widgets.publish({ mode: 'status' });
  runs.fetched = await widgets.publish({ mode: 'fetch', 'use-cache': 'false', references: '@codex/widgets/docs/*' });
  runs.one = await widgets.publish({ mode: 'fetch', 'use-cache': 'false', references: '@codex/widgets/docs/a.md' });
  const told = Object.entries(runs).map(([name, { exitCode, annotations, outputs }]) => {
    const { conclusion, changed, 'files-added': added, 'files-modified': modified, 'files-deleted': deleted } = outputs;
    return { name, exitCode, annotations, conclusion, changed, added, modified, deleted };
  });
  const trees = await Promise.all(['test', 'main'].map((branch) => readTree(github, codex, branch, 'projects')));
  const documents = trees.map((tree) => Object.keys(tree).sort());
  const texts = await Promise.all(['a', 'b'].map((name) => story.read(`projects/widgets/docs/${name}.md`)));
  const { projects } = JSON.parse(runs.compared.outputs.result ?? '{}');
  const states = projects.map(({ project, state }: { project: string; state: string }) => [project, state]);
  return { told, documents, texts, states, runs: Object.values(runs) };
}

test('where GitHub refuses the one question, every run ends as it does with its answer', async () => {
  const [usual, ...others] = await Promise.all([live(), ...REFUSALS.map((fault) => live(fault))]);
  expect(usual.told.map(({ exitCode }) => exitCode)).toEqual(usual.told.map(() => 0));
  expect(usual.told.map(({ name, conclusion }) => [name, conclusion])).toEqual([
    ['again', 'unchanged'],
    ['planned', 'dry-run'],
    ['changed', 'published'],
    ['promoted', 'published'],
    ['promotedAgain', 'unchanged'],
    ['edited', 'unchanged'],
    ['compared', 'listed'],
    ['fetched', 'fetched'],
    ['one', 'fetched'],
  ]);
  for (const { runs, ...other } of others) {
    const { runs: theirs, ...same } = usual;
    expect(other).toEqual(same);
    for (const [index, { requests }] of runs.entries()) {
      expect(requests.filter(isQuestion)).toHaveLength(1);
      expect(requests.length).toBeGreaterThan(theirs[index]?.requests.length ?? 0);
    }
  }
});
