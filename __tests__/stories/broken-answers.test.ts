import { expect, test } from '@jest/globals';
import { expectRefused, messages, useStories } from '../support/story.ts';

const useOther = useStories();
const story = await useOther();
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

test('a manifest with another content than its id says is not believed', async () => {
  const project = await story.host('forged', { 'README.md': '# Widgets\n' });
  await project.publish();
  const tamper = (body: unknown) => ({ ...(body as object), content: Buffer.from('{}').toString('base64') });
  story.github.fault({ match: /GET .*\/git\/blobs\//, tamper });
  expectRefused(await project.publish(), 'another content than blob');
});

test.each([
  ['projects', 'projects', 'folder "projects"'],
  ["the project's folder", 'projects/blocked', 'folder "projects/blocked"'],
])('a file in the place of %s is an error that says what to do', async (_, path, named) => {
  const told = await useOther();
  const project = await told.host('blocked', { 'README.md': '# Widgets\n' });
  await told.edit({ [path]: 'a file\n' }, 'main');
  expectRefused(await project.publish(), named, 'Remove it there');
});
