import { chmod, copyFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import type { FileChange } from '../support/commit-files.ts';
import { gitText, tryGit } from '../support/git.ts';
import type { Project } from '../support/project.ts';
import { expectRefused, pushes, skipped, useStory } from '../support/story.ts';

const { github, host, documents, read } = await useStory();

const nameOf = ({ fullName }: Project) => fullName.slice('acme/'.length);

/** What `git commit --all` would put below `docs/`, untracked files included. */
async function asGitWouldCommit(project: Project) {
  const index = join(await github.scratch('index'), 'index');
  await copyFile(join(project.directory, '.git', 'index'), index);
  // An index older than everything makes git compare contents, not times.
  await utimes(index, 1, 1);
  const env = { GIT_INDEX_FILE: index };
  await gitText(project.directory, ['-c', 'core.safecrlf=false', 'add', '--all'], { env });
  const listed = await gitText(project.directory, ['ls-files', '--stage', '-z', 'docs'], { env });
  const entries = listed.split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => {
      const [, mode, id, path] = /^(\d+) ([0-9a-f]+) 0\t([\s\S]*)$/.exec(entry) ?? [];
      return [path, { mode, id }];
    }),
  );
}

async function write(project: Project, changes: Readonly<Record<string, FileChange>>) {
  for (const [path, change] of Object.entries(changes)) await project.write(path, change);
}

test('the working tree counts as git would commit it now', async () => {
  const project = await host('changes', {
    'docs/deleted.md': 'Deleted\n',
    'docs/dir/inner.md': 'Inner\n',
    'docs/file.md': 'File\n',
    'docs/made-executable.sh': '#!/bin/sh\n',
    'docs/made-plain.sh': { mode: '100755', content: '#!/bin/sh\n# plain\n' },
    'docs/modified.md': 'Before\n',
    'docs/staged.md': 'Before\n',
    'docs/staged-and-deleted.md': 'Before\n',
    'docs/untouched.md': 'Untouched\n',
    'docs/untracked-now.md': 'Kept on disk\n',
    'docs/was-link.md': { mode: '120000', content: 'untouched.md' },
  });
  await write(project, {
    'docs/staged.md': 'Staged\n',
    'docs/staged-new.md': 'Staged\n',
    'docs/staged-and-deleted.md': 'X\n',
  });
  await project.git('add', 'docs');
  await project.git('rm', '--quiet', '--cached', 'docs/untracked-now.md');
  await write(project, { 'docs/intended.md': 'Intended\n' });
  await project.git('add', '--intent-to-add', 'docs/intended.md');
  await write(project, {
    'docs/deleted.md': null,
    'docs/dir': null,
    'docs/file.md': null,
    'docs/modified.md': 'After\n',
    'docs/new/untracked.md': 'Untracked\n',
    'docs/staged.md': 'Later than staged\n',
    'docs/staged-and-deleted.md': null,
    'docs/was-link.md': null,
  });
  await write(project, { 'docs/dir': 'A file\n', 'docs/file.md/now.md': 'A folder\n', 'docs/was-link.md': 'A file\n' });
  await chmod(join(project.directory, 'docs/made-executable.sh'), 0o755);
  await chmod(join(project.directory, 'docs/made-plain.sh'), 0o644);

  const run = await project.publish({ include: 'docs/**' });

  expect(run.annotations).toEqual([]);
  const expected = await asGitWouldCommit(project);
  expect(await documents(nameOf(project))).toEqual(expected);
  expect(Object.keys(expected)).toHaveLength(12);
  expect(expected['docs/made-executable.sh']?.mode).toBe('100755');
});

test('a folder that the working tree replaced by a link is gone, and nothing is read through the link', async () => {
  const project = await host('through', { 'docs/a.md': 'A\n', 'docs/sub/b.md': 'B\n' });
  const outside = await github.scratch('outside');
  await project.write('docs/a.md', 'A changed\n');
  await rm(join(project.directory, 'docs/sub'), { recursive: true });
  await symlink(outside, join(project.directory, 'docs/sub'));
  await writeFile(join(outside, 'b.md'), 'Secret of the machine\n');

  const run = await project.publish();

  expect(run.exitCode).toBe(0);
  expect(Object.keys(await documents(nameOf(project)))).toEqual(['docs/a.md']);
});

describe('conversion by attributes', () => {
  test.each([
    { name: 'as committed', config: [] },
    { name: 'with core.autocrlf', config: [['core.autocrlf', 'true']] },
    { name: 'with core.safecrlf', config: [['core.safecrlf', 'true']] },
  ])('ends of lines and encodings are converted as git does ($name)', async ({ name, config }) => {
    const project = await host(`eol-${name.replaceAll(/\W+/g, '-')}`, {
      '.gitattributes': [
        '* text=auto',
        '*.bin -text',
        '*.crlf text eol=crlf',
        '*.u16 text working-tree-encoding=UTF-16LE',
        'docs/id.md ident',
        '',
      ].join('\n'),
      'docs/changed.md': 'One\nTwo\n',
      'docs/id.md': '$Id$\n',
      'docs/same.md': 'One\nTwo\n',
      'docs/text.u16': 'Grüße\n',
      'docs/windows.crlf': 'One\nTwo\n',
    });
    for (const [key, value] of config) await project.git('config', key ?? '', value ?? '');
    await write(project, {
      'docs/changed.md': 'One\r\nTwo\r\nThree\r\n',
      'docs/id.md': '$Id: 0123456789 $\nMore\n',
      'docs/new.bin': 'One\r\n',
      'docs/new.md': 'One\r\nTwo\r\n',
      'docs/new.u16': Buffer.from('Neu\r\n', 'utf16le'),
      'docs/same.md': 'One\r\nTwo\r\n',
      'docs/text.u16': Buffer.from('Größe\n', 'utf16le'),
    });

    const run = await project.publish({ include: 'docs/**' });

    expect(run.annotations).toEqual([]);
    expect(await documents(nameOf(project))).toEqual(await asGitWouldCommit(project));
    const text = (path: string) => read(`projects/${nameOf(project)}/docs/${path}`);
    expect(await text('new.md')).toBe('One\nTwo\n');
    expect(await text('new.bin')).toBe('One\r\n');
    expect(await text('text.u16')).toBe('Größe\n');
  });
});

test('a document that git keeps with CRLF (committed so, before text=auto) keeps it', async () => {
  const project = await host('kept-crlf', {
    '.gitattributes': '* text=auto\n',
    'docs/old.md': 'One\r\nTwo\r\n',
  });
  await project.write('docs/old.md', 'One\r\nTwo\r\nThree\r\n');

  await project.publish();

  expect(await documents(nameOf(project))).toEqual(await asGitWouldCommit(project));
});

test('where git does not trust the bits of the disk, the executable bit of the index counts', async () => {
  const project = await host('filemode', {
    'docs/plain.md': 'Before\n',
    'docs/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  });
  await project.git('config', 'core.fileMode', 'false');
  await write(project, { 'docs/plain.md': 'After\n', 'docs/run.sh': '#!/bin/sh\n# changed\n' });
  await chmod(join(project.directory, 'docs/plain.md'), 0o755);
  await chmod(join(project.directory, 'docs/run.sh'), 0o644);

  await project.publish();

  expect(await documents(nameOf(project))).toEqual(await asGitWouldCommit(project));
});

test('git-ignored files are published only where include-ignored says so, and other ignored folders are not walked', async () => {
  const project = await host('ignored', {
    '.gitignore': 'node_modules/\ngenerated/\n*.log\n',
    'docs/a.md': 'A\n',
  });
  await write(project, {
    'docs/generated/api/index.md': 'Generated\n',
    'docs/generated/build.log': 'Log\n',
    'docs/generated/node_modules/x/README.md': 'X\n',
    'docs/generated/.env': 'SECRET=1\n',
    'node_modules/y/README.md': 'Y\n',
  });

  const without = await project.publish();
  expect(Object.keys(await documents(nameOf(project)))).toEqual(['docs/a.md']);
  const inputs = { 'include-ignored': 'docs/generated/**' };
  const run = await project.publish(inputs, { env: { RUNNER_DEBUG: '1' } });

  expect(without.outputs).toMatchObject({ 'files-added': '1' });
  expect(Object.keys(await documents(nameOf(project)))).toEqual(['docs/a.md', 'docs/generated/api/index.md']);
  expect(Object.keys(skipped(run))).toEqual(['docs/generated/.env']);
  const walks = run.stdout.split('\n').filter((line) => /^::debug::git ls-files .*--ignored/.test(line));
  expect(walks).toEqual([expect.stringMatching(/ -- :\(literal\)docs\/generated$/)]);
});

test('an entry of an unfinished merge is left alone and reported', async () => {
  const project = await host('unmerged', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await project.publish();
  await project.git('checkout', '--quiet', '-b', 'other');
  await project.write('docs/a.md', 'Theirs\n');
  await project.commit('Theirs');
  await project.git('checkout', '--quiet', 'main');
  await project.write('docs/a.md', 'Ours\n');
  await project.write('docs/b.md', 'B changed\n');
  await project.commit('Ours');
  const merge = await tryGit(project.directory, ['-c', 'user.name=M', '-c', 'user.email=m@x', 'merge', 'other']);
  expect(merge.exitCode).toBe(1);

  const run = await project.publish();

  expect(skipped(run)).toEqual({ 'docs/a.md': expect.stringContaining('unfinished merge') });
  expect(run.annotations.map(({ level }) => level)).toEqual(['warning']);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
  expect(await read('projects/unmerged/docs/a.md')).toBe('A\n');
});

test('empty files, binary files and executable bits arrive as they are', async () => {
  const binary = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7919) % 256));
  const project = await host('plain', {
    'docs/empty.md': '',
    'docs/image.png': binary,
    'docs/nothing.md': 'a\0b',
    'docs/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  });

  const run = await project.publish();

  expect(run.annotations).toEqual([]);
  expect(await documents(nameOf(project))).toEqual(await readTree(github, project.fullName, 'main'));
});

test('a file that GitHub would refuse for its size is refused by name before anything is pushed, one just below is not', async () => {
  const project = await host('large', { 'docs/a.md': 'A\n' });
  const [most, file] = [100 * 1024 * 1024, join(project.directory, 'docs/film.bin')];
  await writeFile(file, '');
  await truncate(file, most + 1);
  const words = ['"docs/film.bin" has 101 MB', 'more than 100 MB', 'Exclude it'];

  const untracked = await project.publish();
  await project.git('add', 'docs/film.bin');
  const tracked = await project.publish();

  for (const run of [untracked, tracked]) expectRefused(run, ...words);
  // What lies on disk is not even read.
  expect(untracked.requests.filter(({ kind }) => kind === 'git')).toEqual([]);
  expect(pushes(tracked)).toEqual([]);
  await truncate(file, most);
  const run = await project.publish({ 'dry-run': true });
  expect(run.outputs).toMatchObject({ conclusion: 'dry-run', 'files-added': '2' });
});

test('include-ignored does not reach for what git does not ignore', async () => {
  const project = await host('generated', {
    'docs/a.md': 'A\n',
    'src/internal.html': 'tracked\n',
    '.gitignore': 'out/\n',
  });
  await write(project, { 'notes.html': 'untracked\n', 'out/page.html': 'generated\n' });
  await project.publish({ 'include-ignored': '**/*.html' });
  expect(Object.keys(await documents('generated'))).toEqual(['docs/a.md', 'out/page.html']);
});

test('a checkout in which nothing was checked out publishes what was put there', async () => {
  const project = await host('bare-index', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await rm(join(project.directory, '.git', 'index'));
  await write(project, { 'docs/b.md': 'B, generated\n' });
  const run = await project.publish();
  expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  expect(await read('projects/bare-index/docs/b.md')).toBe('B, generated\n');
});

test.each([
  ['LFS pointers', 'version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 1\n', 'Git LFS pointer'],
  ['private keys', '-----BEGIN PRIVATE KEY-----\n', 'private key'],
])('a project of nothing but %s publishes nothing, and is told why', async (_, content, reason) => {
  const project = await host(`only-${reason.replace(/ /g, '-')}`, { 'docs/a.md': content });
  const run = await project.publish();
  expectRefused(run, 'None of the files that the patterns select', `docs/a.md (`, reason, 'allow-empty');
  expect((await project.publish({ 'allow-empty': true })).exitCode).toBe(0);
});
