import { expect, test } from '@jest/globals';
import { messages, useStory } from '../support/story.ts';

const story = await useStory();
const HALF = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"full_name":"acme/cod' };

test.each([
  { name: 'the repository', match: /GET .*\/repos\/acme\/codex\.acme\.com$/ },
  { name: 'the branch', match: /GET .*\/branches\/test$/ },
])('an answer about $name that breaks off is asked for again', async ({ name, match }) => {
  const project = await story.host(`half-${name.replace('the ', '')}`, { 'README.md': '# Widgets\n' });
  story.github.fault({ match, ...HALF });
  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
});

test('one that always breaks off ends the run, and opens no guard', async () => {
  const project = await story.host('half-always', { 'README.md': '# Widgets\n' });
  story.github.fault({ match: /GET .*\/repos\/acme\/codex\.acme\.com$/, ...HALF, times: 10 });
  const run = await project.publish();
  story.github.clearFaults();
  expect(run.exitCode).toBe(1);
  expect(messages(run, 'error')).toEqual([expect.stringContaining('could not be reached')]);
  expect(run.requests.filter(({ service }) => service === 'receive-pack')).toEqual([]);
});
