import { cp } from 'node:fs/promises';
import { join } from 'node:path';
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

test('outputs that cannot be written are told once', async () => {
  const project = await story.host('no-outputs', { 'README.md': '# X\n' });
  const run = await project.publish({}, { env: { GITHUB_OUTPUT: '/nowhere/at/all' } });
  expect(run.exitCode).toBe(1);
  expect(messages(run, 'error')).toHaveLength(1);
});

test('a full disk is one sentence, without a stack', async () => {
  const project = await story.host('no-room', { 'README.md': '# X\n' });
  const run = await project.publish({}, { env: { GITHUB_OUTPUT: '/dev/full' } });
  expect(run.exitCode).toBe(1);
  expect(messages(run, 'error')).toEqual([expect.stringMatching(/^The disk is full \(ENOSPC.*\)\. Free some space/)]);
  expect(run.log).not.toMatch(/\n\s+at /);
});

test('a summary that cannot be written does not make a run fail that has published', async () => {
  const project = await story.host('no-summary', { 'README.md': '# X\n' });
  const run = await project.publish({}, { env: { GITHUB_STEP_SUMMARY: '/nowhere/at/all' } });
  expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  expect(messages(run, 'warning')).toEqual([expect.stringContaining('summary could not be written')]);
});

test('details for debugging are printed only where they were asked for', async () => {
  const project = await story.host('quiet', { 'README.md': '# X\n' });
  expect((await project.publish()).stdout).not.toContain('::debug::');
  expect((await project.publish({}, { env: { RUNNER_DEBUG: '1' } })).stdout).toMatch(/^::debug::git /m);
});

test('the bundle starts on a bare machine: what is committed in dist, git and Node', async () => {
  const place = await story.github.scratch('bare');
  await cp('dist', join(place, 'dist'), { recursive: true });
  const project = await story.host('bare', { 'README.md': '# X\n' });
  const run = await project.publish({}, { entry: join(place, 'dist/main.js') });
  expect(run).toMatchObject({ exitCode: 0, stderr: '', outputs: { conclusion: 'published' } });
});
