import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { codex, messages, useStories } from '../support/story.ts';

const startStory = useStories();
const both = { direction: 'bidirectional' };
const asked = {
  fetch: new RegExp(`^POST /${codex}/git-upload-pack`),
  push: new RegExp(`^POST /${codex}/git-receive-pack`),
};

async function start() {
  const story = await startStory();
  const project = await story.host('widgets', { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' });
  await project.publish();
  await project.write('docs/c.md', 'mine\n');
  await project.commit('Change c');
  const read = (path: string) => readFile(join(project.directory, path), 'utf8');
  return { ...story, ...project, publishIn: story.publish, here: read };
}

test.concurrent('a run that breaks off before it writes a file says what it published', async () => {
  const { publish, edit, github, tip, git } = await start();
  await edit({ 'projects/widgets/docs/a.md': 'edited\n' });
  const meanwhile = async () => github.fault({ match: asked.fetch, status: 503, times: 100 });
  github.fault({ match: asked.push, meanwhile });
  const run = await publish(both);
  const commit = await tip();
  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { conclusion: 'failed', changed: 'true', 'commit-sha': commit, 'files-modified': '1', pulled: '0' },
  });
  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining('could not be pulled') }]);
  const url = `${github.serverUrl}/${codex}/commit/${commit}`;
  expect(run.annotations[0]?.message).toContain(`Published before: ${url}. No file was written.`);
  expect(run.outputs['commit-url']).toBe(url);
  expect(await git('status', '--porcelain')).toBe('');
});

test.concurrent('one that breaks off in the middle says what it wrote, leaves nothing half, and goes on the next time', async () => {
  const { publishIn, edit, here, fullName, directory, tip, git, github } = await start();
  // Longer than the path of any folder that the run makes for itself, and so long that a path which may come back is too long there.
  const moved = join(await github.scratch('moved'), ...Array.from({ length: 17 }, () => 'm'.repeat(200)));
  await mkdir(dirname(moved), { recursive: true });
  await rename(directory, moved);
  // The file's own path is just short enough, that of a temporary one beside it is not.
  const room = 4090 - moved.length - '/docs/'.length - '/b.md'.length;
  const deep = Array.from({ length: Math.floor(room / 201) }, () => 'd'.repeat(200));
  deep.push('d'.repeat(room - deep.length * 201));
  const path = ['docs', ...deep, 'b.md'].join('/');
  await edit({ 'projects/widgets/docs/a.md': 'edited\n', [`projects/widgets/${path}`]: 'too deep\n' });
  const run = await publishIn({ fullName, directory: moved }, both);
  await rename(moved, directory);
  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { conclusion: 'failed', changed: 'true', 'commit-sha': await tip(), pulled: '1' },
  });
  expect(run.annotations).toHaveLength(1);
  expect(run.annotations[0]?.message).toMatch(
    /could not be pulled into the checkout: ENAMETOOLONG\. Published before: /,
  );
  expect(run.annotations[0]?.message).toContain('Pulled before: docs/a.md.');
  expect(run.log).not.toMatch(/^\s+at /m);
  expect(await here('docs/a.md')).toBe('edited\n');
  expect(await git('status', '--porcelain', '-uall')).toBe(' M docs/a.md');
});

test.concurrent('a file that somebody touches while the run goes on is left alone', async () => {
  const { publish, edit, here, directory, github } = await start();
  await edit({ 'projects/widgets/docs/a.md': 'theirs\n', 'projects/widgets/docs/b.md': 'theirs\n' });
  const meanwhile = async () => writeFile(join(directory, 'docs', 'b.md'), 'work\n');
  github.fault({ match: asked.push, meanwhile });
  const run = await publish(both);
  expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', pulled: '1' } });
  expect([await here('docs/a.md'), await here('docs/b.md')]).toEqual(['theirs\n', 'work\n']);
  expect(messages(run, 'warning')).toEqual([
    expect.stringMatching(/^Not pulled into the checkout: docs\/b\.md .*commit it first/),
  ]);
  expect(await readdir(join(directory, 'docs'))).toEqual(['a.md', 'b.md', 'c.md']);
});

test.concurrent('a lost race plans again, and what came back is what stands on the branch then', async () => {
  const { publish, edit, here, github } = await start();
  await edit({ 'projects/widgets/docs/a.md': 'first\n' });
  const meanwhile = () => edit({ 'projects/widgets/docs/a.md': 'second\n', 'projects/widgets/docs/new.md': 'new\n' });
  github.fault({ match: asked.push, meanwhile });
  const run = await publish(both);
  expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '2', pulled: '2' });
  expect([await here('docs/a.md'), await here('docs/new.md')]).toEqual(['second\n', 'new\n']);
});
