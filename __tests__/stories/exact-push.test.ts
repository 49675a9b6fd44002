import { expect, test } from '@jest/globals';
import { codex, expectRefused, pushes, type Story, useStories } from '../support/story.ts';

const startStory = useStories();
const announced = /GET .*service=git-receive-pack/;

/** A project that has something to publish, and something that happens to the codex when the run is about to push. */
async function publishWhile({ github, host }: Story, meanwhile: () => Promise<unknown>) {
  const project = await host('widgets', { 'docs/a.md': 'a\n' });
  await project.publish();
  await project.write('docs/a.md', 'changed\n');
  await project.commit('Change');
  await project.push();
  github.fault({ match: announced, meanwhile });
  return project.publish();
}

test('a branch that is renamed between the look and the push is not created again', async () => {
  const story = await startStory();
  const { github } = story;
  const run = await publishWhile(story, () => github.git(codex, 'branch', '--move', 'test', 'staging'));
  expectRefused(run, `Branch test of ${codex} disappeared during the run`);
  expect(await github.git(codex, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/heads/staging');
});

test('a commit that is taken away between the look and the push does not come back', async () => {
  const story = await startStory();
  const { github } = story;
  await github.git(codex, 'branch', 'test', 'main');
  const before = await story.tip();
  const leak = await story.edit({ 'leak.md': 'secret\n' });
  const reset = () => github.git(codex, 'update-ref', 'refs/heads/test', before, leak);
  const project = await story.host('gadgets', { 'docs/a.md': 'a\n' });
  github.fault({ match: announced, meanwhile: reset });
  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '2' });
  expect(await github.git(codex, 'rev-list', 'test')).not.toContain(leak);
  expect(pushes(run)).toHaveLength(1);
});

test('an empty codex that gets its first commit from elsewhere meanwhile keeps that one', async () => {
  const story = await startStory({});
  const { github } = story;
  const meanwhile = () => story.edit({ 'README.md': '# Of somebody else\n' }, 'main');
  const project = await story.host('widgets', { 'docs/a.md': 'a\n' });
  github.fault({ match: announced, meanwhile });
  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'branch-created': 'true' });
  expect(await story.read('README.md', 'main')).toBe('# Of somebody else\n');
  expect(await story.read('projects/widgets/docs/a.md')).toBe('a\n');
});
