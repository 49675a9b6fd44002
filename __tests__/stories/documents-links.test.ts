import { expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import type { FileChange } from '../support/commit-files.ts';
import { skipped, useStory } from '../support/story.ts';

const { github, host, documents, manifest, read } = await useStory();
const linkTo = (content: string): FileChange => ({ mode: '120000', content });

const target: Record<string, FileChange> = {
  'docs/tool.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'docs/changing.md': 'Before\n',
  'shared/guide.md': 'Guide\n',
};

test('a symbolic link to a tracked file of the project is published as its content, executable bit included', async () => {
  const project = await host('links', {
    ...target,
    'docs/guide.md': linkTo('../shared/guide.md'),
    'docs/deep/guide.md': linkTo('../../shared/./guide.md'),
    'docs/run.sh': linkTo('tool.sh'),
    'docs/changed.md': linkTo('changing.md'),
  });
  await project.write('docs/changing.md', 'After\n');
  await project.write('docs/untracked.md', linkTo('../shared/guide.md'));

  const run = await project.publish();

  expect(run.annotations).toEqual([]);
  const source = await readTree(github, project.fullName, 'main');
  const published = await documents('links');
  expect(published).toEqual({
    'docs/changed.md': published['docs/changing.md'],
    'docs/changing.md': { mode: '100644', id: await project.git('hash-object', 'docs/changing.md') },
    'docs/deep/guide.md': source['shared/guide.md'],
    'docs/guide.md': source['shared/guide.md'],
    'docs/run.sh': source['docs/tool.sh'],
    'docs/tool.sh': source['docs/tool.sh'],
    'docs/untracked.md': source['shared/guide.md'],
  });
});

test('a link that leads through other links to a tracked file is published like one, where they changed as they are now', async () => {
  const project = await host('through-links', {
    ...target,
    'v2/guide.md': 'Guide 2\n',
    'docs/guide.md': linkTo('../current/guide.md'),
    'docs/again.md': linkTo('guide.md'),
    current: linkTo('shared'),
  });
  const run = await project.publish();
  expect(run.annotations).toEqual([]);
  const before = await readTree(github, project.fullName, 'main');
  expect(await documents('through-links')).toMatchObject({
    'docs/guide.md': before['shared/guide.md'],
    'docs/again.md': before['shared/guide.md'],
  });

  await project.write('current', null);
  await project.write('current', linkTo('v2'));
  const next = await project.publish();

  expect(next.outputs).toMatchObject({ 'files-modified': '2', 'files-deleted': '0' });
  expect((await manifest('through-links')).source).toMatchObject({ uncommitted: 2 });
  expect(await documents('through-links')).toMatchObject({
    'docs/guide.md': before['v2/guide.md'],
    'docs/again.md': before['v2/guide.md'],
  });
});

const leading: Record<string, [text: string, where: string]> = {
  'an untracked file': ['untracked.md', 'to an untracked file'],
  'an ignored file': ['../built.log', 'to an ignored file'],
  'a tracked file that is gone': ['gone.md', 'to a deleted file'],
  'a folder': ['../shared', 'to a folder'],
  'a folder, with a slash': ['../shared/', 'to a folder'],
  'the folder of the documents': ['.', 'to a folder'],
  'a file outside of the project': ['../../../../../../../../../etc/hostname', 'out of the project'],
  'an absolute path': ['/etc/hostname', 'out of the project'],
  'another link, to nothing': ['bad/9.md', 'to a link that leads to nothing'],
  nothing: ['nowhere.md', 'to nothing'],
  'an environment file': ['../.env', 'to .env: an environment file, which usually holds secrets'],
  "git's own folder": ['../.git/config', "to .git/config: a name of git's own"],
  itself: ['bad/12.md', 'to a link that leads back to itself, or through too many others'],
  'a link to a folder': ['folder', 'to a link that leads to a folder'],
};

test('any other symbolic link is left alone and reported, with where it leads', async () => {
  const cases = Object.values(leading).map(([text, where], index) => ({ where, text, path: `docs/bad/${index}.md` }));
  const inFolder = (text: string) => (text.startsWith('/') ? text : `../${text}`);
  const project = await host('other-links', {
    ...target,
    '.env': 'SECRET=1\n',
    '.gitignore': '*.log\n',
    'docs/folder': linkTo('../shared'),
    'docs/gone.md': 'Gone\n',
    'docs/good.md': linkTo('../shared/guide.md'),
    ...Object.fromEntries(cases.map(({ text, path }) => [path, linkTo(inFolder(text))])),
  });
  await project.write('docs/gone.md', null);
  await project.write('docs/untracked.md', 'Untracked\n');
  await project.write('built.log', 'Built\n');

  const run = await project.publish();

  expect(skipped(run)).toEqual({
    ...Object.fromEntries(cases.map(({ path, where }) => [path, `a symbolic link ${where}`])),
    'docs/folder': 'a symbolic link to a folder',
  });
  const published = await documents('other-links');
  expect(Object.keys(published)).toEqual(['docs/changing.md', 'docs/good.md', 'docs/tool.sh', 'docs/untracked.md']);
  expect(run.annotations).toEqual([{ level: 'warning', message: expect.stringContaining('symbolic link') }]);
});

test('what was published below a folder stays when a link to a folder takes its place', async () => {
  const project = await host('became-link-to-folder', { 'docs/v1/a.md': 'A\n', 'docs/b.md': 'B\n', 'old/a.md': 'A\n' });
  await project.publish();
  await project.write('docs/v1', null);
  await project.write('docs/v1', linkTo('../old'));
  await project.write('docs/b.md', 'B changed\n');

  const run = await project.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
  expect(skipped(run)).toEqual({
    'docs/v1': 'a symbolic link to a folder',
    'docs/v1/a.md': 'below docs/v1, which is a symbolic link to a folder',
  });
});

test('what a path was published as stays when a link that is left alone takes its place', async () => {
  const project = await host('became-link', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await project.publish();
  await project.write('docs/a.md', null);
  await project.write('docs/a.md', linkTo('/etc/hostname'));
  await project.write('docs/b.md', 'B changed\n');

  const run = await project.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
  expect(Object.keys(skipped(run))).toEqual(['docs/a.md']);
  expect(await read('projects/became-link/docs/a.md')).toBe('A\n');
});

test('a link to a file in an unfinished merge is left alone, like the file', async () => {
  const project = await host('merging', { 'docs/a.md': 'Base\n', 'docs/b.md': 'B\n', 'docs/link.md': linkTo('a.md') });
  await project.git('checkout', '--quiet', '-b', 'theirs');
  await project.write('docs/a.md', 'Theirs\n');
  await project.commit('Theirs');
  await project.git('checkout', '--quiet', 'main');
  await project.write('docs/a.md', 'Ours\n');
  await project.commit('Ours');
  await expect(project.git('merge', 'theirs')).rejects.toThrow();

  const run = await project.publish();

  expect(Object.keys(skipped(run)).sort()).toEqual(['docs/a.md', 'docs/link.md']);
  expect(Object.keys(await documents('merging'))).toEqual(['docs/b.md']);
});

test('a link that the working tree holds as changed text, as on Windows, is not published as that text', async () => {
  const project = await host('windows', { 'docs/a.md': 'A\n', 'docs/link.md': linkTo('a.md') });
  await project.git('config', 'core.symlinks', 'false');
  await project.write('docs/link.md', null);
  await project.write('docs/link.md', '/etc/passwd');

  const run = await project.publish();

  expect(skipped(run)).toEqual({ 'docs/link.md': expect.any(String) });
  expect(Object.keys(await documents('windows'))).toEqual(['docs/a.md']);
});
