import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { found, orgToken } from '../support/organization.ts';
import { codex, skipped, useStory } from '../support/story.ts';

const story = await useStory();
const PICTURE = Buffer.from('\x89PNG\r\n\x1a\n picture');
const oid = createHash('sha256').update(PICTURE).digest('hex');
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${PICTURE.length}\n`;
const files = {
  '.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n',
  'docs/a.md': 'A\n',
  'docs/a.png': POINTER,
};

test('a picture of Git LFS is published by sync-project, and sync-org leaves it as it is', async () => {
  const { commit, github, syncOrg, read, manifest } = await found(story);
  const { publish, directory, git } = await story.host('pictures', files);
  // As git-lfs sets itself up in a checkout with "lfs: true".
  await git('config', 'filter.lfs.clean', 'git-lfs clean -- %f');
  await git('config', 'filter.lfs.required', 'true');
  github.addToken(orgToken, { [codex]: 'write', 'acme/pictures': 'read' });

  const pointer = await publish({ 'include-lfs': 'true' });
  expect(skipped(pointer)['docs/a.png']).toContain('give actions/checkout "lfs: true"');
  await writeFile(join(directory, 'docs/a.png'), PICTURE);
  expect(Object.keys(skipped(await publish()))).toEqual(['docs/a.png']);
  const run = await publish({ 'include-lfs': 'true' });
  expect(run).toMatchObject({ annotations: [], outputs: { conclusion: 'published', 'files-added': '1' } });
  expect((await manifest('pictures')).source).not.toHaveProperty('uncommitted');
  expect(await read('projects/pictures/docs/a.png')).toBe(PICTURE.toString());
  expect((await publish({ 'include-lfs': 'true' })).outputs.conclusion).toBe('unchanged');

  await commit('pictures', { 'docs/a.md': 'A changed\n' });
  const nightly = await syncOrg({ repositories: 'pictures' });
  expect(nightly).toMatchObject({ exitCode: 0, outputs: { 'files-modified': '1', 'files-deleted': '0' } });
  expect(nightly.log).toContain('a Git LFS pointer; sync-project with "include-lfs: true" publishes its content');
  expect(await read('projects/pictures/docs/a.png')).toBe(PICTURE.toString());
});

test('a picture that was edited in the codex comes back over the one that Git LFS put on disk', async () => {
  const project = await story.host('edited-picture', files);
  await writeFile(join(project.directory, 'docs/a.png'), PICTURE);
  await project.publish({ 'include-lfs': 'true' });
  const edited = Buffer.from('\x89PNG\r\n\x1a\n edited');
  await story.edit({ 'projects/edited-picture/docs/a.png': edited });

  const run = await project.publish({ 'include-lfs': 'true', direction: 'from-codex' });

  expect(run.outputs).toMatchObject({ pulled: '1' });
  expect(await readFile(join(project.directory, 'docs/a.png'))).toEqual(edited);
});

test('a codex that keeps published paths in Git LFS is warned about, once and for the paths that are published', async () => {
  await story.edit({ '.gitattributes': 'projects/*/*.md filter=spell\n*.png filter=lfs diff=lfs merge=lfs -text\n' });
  const plain = { 'docs/a.md': 'A\n', 'docs/a.png': PICTURE, 'docs/deep/b.png': PICTURE };
  const project = await story.host('plain-pictures', plain);
  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
  const message = expect.stringContaining('keep docs/a.png, docs/deep/b.png in Git LFS');
  expect(run.annotations).toEqual([{ level: 'warning', message }]);

  await project.write('docs/a.md', 'A changed\n');
  expect((await project.publish()).annotations).toEqual([]);
  await story.edit({
    '.gitattributes': '*.png filter=lfs\nprojects/plain-pictures/** !filter !diff !merge\n',
    'projects/plain-pictures/docs/.gitattributes': '*.md filter=lfs\n',
  });
  await project.write('docs/a.png', 'Changed\n');
  await project.write('docs/a.md', 'A changed again\n');
  const next = await project.publish();
  expect(next.annotations).toEqual([
    { level: 'warning', message: expect.stringContaining('keep docs/a.md in Git LFS') },
  ]);
});

test('so is one that sync-org publishes to', async () => {
  const { add, syncOrg, edit } = await found(story);
  await edit({ '.gitattributes': '*.png filter=lfs\n' });
  await add('organized', { 'docs/a.png': PICTURE, 'docs/b.md': 'B\n' });
  const run = await syncOrg({ repositories: 'organized' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '2' });
  expect(run.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('organized')]);
  expect(run.log).toContain('keep docs/a.png in Git LFS');
});
