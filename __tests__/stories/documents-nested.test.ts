// Folders whose files git does not know: submodules, and other repositories in the working tree. What was published of them stays.
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { gitText } from '../support/git.ts';
import type { Project } from '../support/project.ts';
import { skipped, useStory } from '../support/story.ts';

const { host, documents } = await useStory();
const files = { '.gitignore': 'site/\n', 'docs/a.md': 'A\n', 'docs/other/b.md': 'B\n' };
const site = ['docs/a.md', 'docs/other/b.md', 'site/deep/y.md', 'site/x.md'];

async function generate(project: Project): Promise<void> {
  await project.write('site/x.md', 'X\n');
  await project.write('site/deep/y.md', 'Y\n');
}

const makeRepository = (project: Project, folder: string) =>
  gitText(join(project.directory, folder), ['init', '--quiet']);

describe('an ignored output folder with a repository of its own is reported, and what was published of it stays', () => {
  test.each(['site/**', 'site', 'site/*.md', 'site/deep/*.md', '**/y.md'])('%s', async (pattern) => {
    const project = await host(`site-${pattern.replaceAll(/\W/g, '-')}`, files);
    const name = project.fullName.slice('acme/'.length);
    await generate(project);
    await project.publish({ 'include-ignored': 'site/**' });
    expect(Object.keys(await documents(name))).toEqual(site);
    await makeRepository(project, 'site');
    await project.write('docs/a.md', 'A changed\n');

    const run = await project.publish({ 'include-ignored': pattern });

    expect(skipped(run)).toMatchObject({
      site: 'another repository',
      'site/x.md': 'below site, which is another repository',
    });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
    expect(Object.keys(await documents(name))).toEqual(site);
  });

  test('but not where nothing of it is asked for', async () => {
    const project = await host('site-not-asked', files);
    await generate(project);
    await makeRepository(project, 'site');
    const run = await project.publish({ 'include-ignored': 'site/*.html' });
    expect(skipped(run)).toEqual({});
  });
});

test('another repository of which the patterns select a file is reported', async () => {
  const project = await host('nested-file', files);
  await project.write('vendor/docs/v.md', 'V\n');
  await makeRepository(project, 'vendor');
  expect(skipped(await project.publish({ include: '**/*.md' }))).toEqual({ vendor: 'another repository' });
  expect(skipped(await project.publish({ include: '**/*.txt\n**/*.md', exclude: 'vendor/**' }))).toEqual({});
});

test('what was published of a folder stays when a submodule takes its place', async () => {
  const project = await host('became-submodule', files);
  await project.publish({ include: 'docs/**/*.md' });
  await project.git('rm', '--quiet', '-r', 'docs/other');
  await project.git(
    'update-index',
    '--add',
    '--cacheinfo',
    `160000,${await project.git('rev-parse', 'HEAD')},docs/other`,
  );
  await project.write('docs/a.md', 'A changed\n');

  const run = await project.publish({ include: 'docs/**/*.md' });

  expect(skipped(run)).toEqual({ 'docs/other/b.md': 'below docs/other, which is a submodule' });
  expect(run.outputs).toMatchObject({ 'files-modified': '1', 'files-deleted': '0' });
  expect(Object.keys(await documents('became-submodule'))).toEqual(['docs/a.md', 'docs/other/b.md']);
});
