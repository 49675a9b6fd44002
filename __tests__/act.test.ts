import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { demoWorkflows } from '../scripts/act/demo-workflows.ts';
import { SECRETS, VARIABLES } from '../scripts/act/organization.ts';
import { readLog, readOutcomes, renderOutcomes, strangeActions } from '../scripts/act/outcome.ts';
import { fillGaps, type Places, planOccasions, reasonToSkip, type Workflow } from '../scripts/act/plan.ts';
import { readRecipes } from './support/recipes.ts';

const PLACES: Places = {
  ...{ codex: 'acme/codex', project: 'acme/widgets', feature: 'feature', tag: 'v1', pullRequest: 7, earlier: 'abc' },
};

function workflow(text: string): Workflow {
  return { ...(parse(text) as Omit<Workflow, 'title' | 'text'>), title: 'Example', text };
}

const EXAMPLE = workflow(`
on:
  push:
  pull_request: { types: [opened, closed] }
  workflow_dispatch:
    inputs:
      project: { required: true }
      env: { options: [test, prod] }
      dry-run: { default: true }
permissions: {}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: fractary/codex-sync@v1
      - uses: some/action@v2
`);

const line = (fields: object) => JSON.stringify({ job: 'Example/publish   ', jobID: 'publish', ...fields });
const CONCLUDED = line({ command: 'set-output', name: 'conclusion', arg: 'published', msg: 'conclusion' });
const SUCCEEDED = line({ jobResult: 'success', msg: 'Job succeeded' });

/** Result and note of each job of the example. */
function outcomesOf(lines: readonly string[], exitCode = 0): string[] {
  const outcomes = readOutcomes(EXAMPLE, 'push', { exitCode, lines });
  return outcomes.map(({ job, result, note }) => `${job} ${result}: ${note}`);
}

describe('the workflows on act', () => {
  test('are run for each event, with the inputs of a person as text, and twice where a preview is closed', () => {
    const occasions = planOccasions(EXAMPLE, PLACES);
    expect(occasions.map(({ name }) => name)).toEqual([
      ...['push', 'pull_request (opened)', 'pull_request (closed)', 'workflow_dispatch'],
    ]);
    expect(occasions.at(-1)?.options.payload).toEqual({
      inputs: { project: 'widgets', env: 'test', 'dry-run': 'false' },
    });
    expect(occasions.map(({ repository }) => repository)).toEqual(occasions.map(() => 'acme/widgets'));
  });

  test('are all that the documents show, and the steps of the demo', async () => {
    const recipes = await readRecipes();
    const all = [...recipes, ...demoWorkflows()];
    const nowhere = all.filter((one) => planOccasions(one, PLACES).length === 0).map(({ title }) => title);
    expect(nowhere).toEqual([]);
    expect(recipes.map((one) => fillGaps(one)).filter((text) => text.includes('strategy.'))).toEqual([]);
  });

  test('are given every secret and variable that they name', async () => {
    const texts = [...(await readRecipes()), ...demoWorkflows()].map(({ text }) => text).join('\n');
    const named = (context: string) =>
      [...texts.matchAll(new RegExp(`\\b${context}\\.(\\w+)`, 'g'))].map(([, name]) => name);
    expect(named('secrets').length).toBeGreaterThan(20);
    expect(named('secrets').filter((name = '') => !(name in SECRETS))).toEqual([]);
    expect(named('vars').filter((name = '') => !(name in VARIABLES))).toEqual([]);
  });

  test('are skipped where the machine lacks what they ask for', () => {
    const windows = workflow(EXAMPLE.text.replace('ubuntu-latest', 'windows-latest'));
    expect(reasonToSkip(windows, () => true)).toBe('asks for a runner windows-latest');
    const copying = workflow(EXAMPLE.text.replace('uses: some/action@v2', 'run: rsync a b'));
    expect(reasonToSkip(copying, () => false)).toBe('rsync is not installed');
    expect(reasonToSkip(copying, () => true)).toBeUndefined();
    expect(strangeActions(EXAMPLE)).toEqual(['some/action@v2']);
  });

  test('pass when act says so and read the output of the action', () => {
    expect(outcomesOf([CONCLUDED, SUCCEEDED])).toEqual(['publish passed: published, without some/action']);
  });

  test('fail where act says nothing of the job, read no output, or ends with an error', () => {
    expect(outcomesOf([])).toEqual(['publish failed: act did not run it: it said nothing']);
    expect(outcomesOf([SUCCEEDED])).toEqual(['publish failed: act read no output of the action']);
    expect(outcomesOf([CONCLUDED])).toEqual(['publish failed: no step: conclusion']);
    expect(outcomesOf([CONCLUDED, SUCCEEDED, 'Error: broken'], 1)).toEqual([
      'publish passed: published, without some/action',
      ' failed: act ended with exit code 1: Error: broken',
    ]);
  });

  test('fail with the step and its own words', () => {
    const lines = [
      line({ command: 'error', arg: 'No such environment', msg: '::error::' }),
      line({ step: 'Publish', stepResult: 'failure', msg: 'Failure' }),
      line({ level: 'error', msg: 'exit status 1' }),
      line({ jobResult: 'failure', msg: 'Job failed' }),
    ];
    expect(outcomesOf(lines, 1)).toEqual(['publish failed: Publish: No such environment']);
    expect(readLog(lines)).toEqual(['::error::', 'Failure', 'exit status 1', 'Job failed']);
  });

  test('end in a table that adds up', () => {
    const [outcome] = readOutcomes(EXAMPLE, 'push', { exitCode: 0, lines: [] });
    if (outcome === undefined) throw new Error('There is no outcome');
    const table = renderOutcomes([outcome, { ...outcome, result: 'passed', note: 'published' }]);
    expect(table.split('\n')).toEqual([
      'Workflow  Event  Job      Result  Note',
      'Example   push   publish  failed  act did not run it: it said nothing',
      'Example   push   publish  passed  published',
      '',
      '1 passed, 1 failed, 0 skipped',
      '',
    ]);
  });
});
