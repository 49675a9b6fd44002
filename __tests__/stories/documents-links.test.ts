import { expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import type { FileChange } from '../support/commit-files.ts';
import { leftAlone, useStory } from '../support/story.ts';

const { github, host, documents, read } = await useStory();
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

const leading: Record<string, string> = {
  'an untracked file': 'untracked.md',
  'a tracked file that is gone': 'gone.md',
  'a folder': '../shared',
  'a folder, with a slash': '../shared/',
  'the folder of the documents': '.',
  'a file outside of the project': '../../../../../../../../../etc/hostname',
  'an absolute path': '/etc/hostname',
  'another link': 'good.md',
  itself: 'bad.md',
  nothing: 'nowhere.md',
  'an environment file': '../.env',
  "git's own folder": '../.git/config',
  'a file below a link to a folder': 'folder/guide.md',
};

test('any other symbolic link is left alone and reported', async () => {
  const cases = Object.entries(leading).map(([what, text], index) => ({ what, text, path: `docs/bad/${index}.md` }));
  const inFolder = (text: string) => (text.startsWith('/') ? text : `../${text}`);
  const project = await host('other-links', {
    ...target,
    '.env': 'SECRET=1\n',
    'docs/folder': linkTo('../shared'),
    'docs/gone.md': 'Gone\n',
    'docs/good.md': linkTo('../shared/guide.md'),
    ...Object.fromEntries(cases.map(({ text, path }) => [path, linkTo(inFolder(text))])),
  });
  await project.write('docs/gone.md', null);
  await project.write('docs/untracked.md', 'Untracked\n');

  const run = await project.publish();

  const published = await documents('other-links');
  const wrong = cases.filter(({ path }) => path in published || !(path in leftAlone(run)));
  expect(wrong).toEqual([]);
  expect(Object.keys(published)).toEqual(['docs/changing.md', 'docs/good.md', 'docs/tool.sh', 'docs/untracked.md']);
  expect(Object.keys(leftAlone(run)).sort()).toEqual([...cases.map(({ path }) => path), 'docs/folder'].sort());
  expect(run.annotations).toEqual([{ level: 'warning', message: expect.stringContaining('symbolic link') }]);
});

test('what a path was published as stays when a link that is left alone takes its place', async () => {
  const project = await host('became-link', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await project.publish();
  await project.write('docs/a.md', null);
  await project.write('docs/a.md', linkTo('/etc/hostname'));
  await project.write('docs/b.md', 'B changed\n');

  const run = await project.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
  expect(Object.keys(leftAlone(run))).toEqual(['docs/a.md']);
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

  expect(Object.keys(leftAlone(run)).sort()).toEqual(['docs/a.md', 'docs/link.md']);
  expect(Object.keys(await documents('merging'))).toEqual(['docs/b.md']);
});

test('a link that the working tree holds as changed text, as on Windows, is not published as that text', async () => {
  const project = await host('windows', { 'docs/a.md': 'A\n', 'docs/link.md': linkTo('a.md') });
  await project.git('config', 'core.symlinks', 'false');
  await project.write('docs/link.md', null);
  await project.write('docs/link.md', '/etc/passwd');

  const run = await project.publish();

  expect(leftAlone(run)).toEqual({ 'docs/link.md': expect.any(String) });
  expect(Object.keys(await documents('windows'))).toEqual(['docs/a.md']);
});
