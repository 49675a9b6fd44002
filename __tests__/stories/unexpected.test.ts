import { expect, test } from '@jest/globals';
import { messages, useStory } from '../support/story.ts';

const story = await useStory();

test('an exception that nobody expected prints its stack, and where to report it, in one annotation', async () => {
  const project = await story.host('widgets', { 'README.md': '# Widgets\n' });
  // A runner always has this folder; that it is missing is nothing the action can explain.
  const run = await project.publish({}, { env: { RUNNER_TEMP: '/nowhere/at/all' } });
  expect(run.exitCode).toBe(1);
  expect(run.outputs.conclusion).toBe('failed');
  expect(messages(run, 'error')).toEqual([
    expect.stringContaining('https://github.com/fractary/codex-sync/issues/new'),
  ]);
  expect(run.log).toMatch(/ENOENT[^\n]*\n\s+at /);
});

test('an error that is expected prints no stack', async () => {
  const project = await story.host('gadgets', { 'README.md': '# Gadgets\n' });
  const run = await project.publish({ env: 'staging' });
  expect(messages(run, 'error')).toHaveLength(1);
  expect(run.log).not.toMatch(/\n\s+at /);
  expect(run.requests).toEqual([]);
});
