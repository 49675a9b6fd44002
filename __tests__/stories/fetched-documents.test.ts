import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cacheDir, cached, useConsumers } from '../support/consumer.ts';
import { config, found, projectsOf } from '../support/organization.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { messages, skipped } from '../support/story.ts';

const startConsumer = useConsumers();
const without = { 'use-cache': 'false' };
const everything = { include: '**/*.md' };
const reason = 'fetched from the codex by this tool';

/** A consumer whose job fetched documents under test, and publishes its own. */
async function start(inputs: GivenInputs = {}) {
  const consumer = await startConsumer();
  const { directory, ...project } = await consumer.checkout();
  const fetch = (more: GivenInputs = {}) =>
    consumer.fetch({ ...without, ...inputs, ...more }, { workspace: directory });
  const name = consumer.fullName.slice('acme/'.length);
  const sync = (more: GivenInputs = {}) => consumer.publish({ ...project, directory }, { ...everything, ...more });
  const published = async (branch = 'test') => Object.keys(await consumer.documents(name, branch));
  return { ...consumer, ...project, directory, name, fetch, sync, published };
}

describe('what a job fetched', () => {
  test.concurrent('from test is not published to production by its next step, whatever the patterns say', async () => {
    const { fetch, sync, published, git } = await start();
    expect((await fetch({ references: '@codex/widgets/docs/**' })).exitCode).toBe(0);
    expect(await git('status', '--porcelain')).toBe('');
    const release = await sync({ env: 'prod' });
    expect(release.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
    expect(messages(release, 'warning')).toEqual([]);
    const asked = await sync({ env: 'prod', 'include-ignored': `${cacheDir}/acme/**\n**/.gitignore` });
    expect(await published('main')).toEqual(['README.md']);
    const paths = ['acme/widgets/test/docs/deep/more.md', 'acme/widgets/test/docs/guide.md'];
    expect(skipped(asked)).toMatchObject({
      ...Object.fromEntries(paths.map((path) => [`${cacheDir}/${path}`, reason])),
    });
    expect(Object.keys(skipped(asked))).toContain(`${cacheDir}/.gitignore`);
  });

  test.concurrent('with an earlier version is not published either, committed or not, nor is a link to it', async () => {
    const { fetch, sync, published, directory, git } = await start({ 'cache-dir': 'docs/shared' });
    await fetch({ references: '@codex/widgets/docs/*.md\n@codex/gadgets/README.md' });
    await rm(join(directory, 'docs/shared/.gitignore'));
    await mkdir(join(directory, 'docs/shared/api/v1/users'), { recursive: true });
    await writeFile(join(directory, 'docs/shared/api/v1/users/get.md'), 'Own\n');
    await symlink('shared/acme/gadgets/test/README.md', join(directory, 'docs/link.md'));
    const fetched = ['docs/shared/acme/gadgets/test/README.md', 'docs/shared/acme/widgets/test/docs/guide.md'];
    const own = ['README.md', 'docs/shared/api/v1/users/get.md'];
    const uncommitted = await sync();
    expect(await published()).toEqual(own);
    expect(skipped(uncommitted)).toMatchObject(Object.fromEntries(fetched.map((path) => [path, reason])));
    expect(messages(uncommitted, 'warning').join('\n')).toContain(
      `Not published, because it was ${reason}: ${fetched[0]}`,
    );
    await git('add', '--all');
    const committed = await sync();
    expect(await published()).toEqual(own);
    expect(skipped(committed)).toEqual({
      ...Object.fromEntries(fetched.map((path) => [path, reason])),
      'docs/link.md': `a symbolic link to ${fetched[0]}: ${reason}`,
    });
    for (const text of [committed.log, committed.summary]) expect(text).toContain(reason);
  });

  test.concurrent('and an earlier version published is removed, and what is in the codex there does not come back', async () => {
    const { fetch, sync, published, directory, edit, name } = await start({ 'cache-dir': 'docs/shared' });
    await fetch();
    await rm(join(directory, 'docs/shared/.gitignore'));
    const index = join(directory, 'docs/shared/.cache-index.json');
    await rename(index, join(directory, 'aside'));
    await sync();
    const guide = 'docs/shared/acme/widgets/test/docs/guide.md';
    expect(await published()).toEqual(['README.md', guide]);
    await rename(join(directory, 'aside'), index);
    const before = await cached(directory, 'docs/shared');
    const other = 'docs/shared/acme/widgets/test/docs/other.md';
    await edit({ [`projects/${name}/${other}`]: 'Other\n' });
    const run = await sync({ direction: 'bidirectional' });
    expect(JSON.parse(run.outputs.result ?? '').changes).toEqual([
      { path: guide, action: 'delete', because: 'no longer selected' },
    ]);
    expect(await published()).toEqual(['README.md', other]);
    expect(run.outputs.pulled).toBe('0');
    expect(await cached(directory, 'docs/shared')).toEqual(before);
    expect(messages(run, 'warning').join('\n')).toContain(`${other} (in a cache directory`);
  });

  test.concurrent('into a folder around the package is not published by that package', async () => {
    const { fetch, sync, directory, documents } = await start({ 'cache-dir': 'packages' });
    await fetch();
    await rm(join(directory, 'packages/.gitignore'));
    await mkdir(join(directory, 'packages/acme/docs/a/b/c'), { recursive: true });
    await writeFile(join(directory, 'packages/acme/docs/a/b/c/own.md'), 'Own\n');
    const run = await sync({ 'working-directory': 'packages/acme', project: 'package' });
    expect(Object.keys(await documents('package'))).toEqual(['docs/a/b/c/own.md']);
    expect(skipped(run)).toEqual({ 'widgets/test/docs/guide.md': reason });
  });

  test.concurrent('and committed is not published by a run over all repositories', async () => {
    const consumer = await start();
    await consumer.fetch();
    const { add, syncOrg } = await found(consumer);
    const files = await cached(consumer.directory);
    const index = await readFile(join(consumer.directory, cacheDir, '.cache-index.json'), 'utf8');
    const committed = Object.fromEntries(Object.entries(files).map(([path, text]) => [`${cacheDir}/${path}`, text]));
    await add('reader', {
      ...committed,
      [`${cacheDir}/.cache-index.json`]: index,
      [config]: '{"sync_patterns": ["**/*.md"]}',
      'docs/link.md': { mode: '120000', content: `../${Object.keys(committed)[0]}` },
      'docs/own.md': 'Own\n',
    });
    const run = await syncOrg({ repositories: 'reader' });
    expect(Object.keys(await consumer.documents('reader'))).toEqual(['docs/own.md']);
    expect(projectsOf(run).reader?.['left-alone']).toEqual([
      { path: 'docs/link.md', reason: expect.stringContaining(reason) },
      ...Object.keys(committed).map((path) => ({ path, reason })),
    ]);
  });
});

describe('the cache directory tells git to ignore it', () => {
  test.concurrent('but for a file that somebody wrote there, a link, or where only the cache is asked', async () => {
    const { fetch, directory, git } = await start();
    const file = join(directory, cacheDir, '.gitignore');
    await fetch();
    expect((await readFile(file, 'utf8')).split('\n')).toEqual([expect.stringMatching(/^# .*Codex Sync/), '*', '']);
    await git('check-ignore', '--quiet', `${cacheDir}/acme/widgets/test/docs/guide.md`);
    await writeFile(file, '# mine\n');
    await fetch();
    expect(await readFile(file, 'utf8')).toBe('# mine\n');
    await rm(file);
    await symlink('../../../../elsewhere', file);
    expect((await fetch()).exitCode).toBe(0);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(existsSync(join(directory, 'elsewhere'))).toBe(false);
    const run = await fetch({ 'cache-dir': 'other', 'lookup-only': 'true', 'use-cache': 'true' });
    expect([run.exitCode, existsSync(join(directory, 'other'))]).toEqual([0, false]);
  });

  const refusal = /"cache-dir" is "docs", a folder with files of its own: .*Use a new or empty folder: git ignores /s;
  const document = { 'acme/widgets/test/docs/guide.md': 'Guide, under test\r\n\u0000' };

  test.concurrent('so a folder with files of its own is refused, committed or not, and stays as it is', async () => {
    const { fetch, directory, git } = await start({ 'cache-dir': 'docs' });
    await mkdir(join(directory, 'docs'));
    await writeFile(join(directory, 'docs/own.md'), 'Own\n');
    for (const at of ['new', 'staged', 'hidden by an earlier version']) {
      if (at === 'staged') await git('add', '--all');
      if (at !== 'new') await writeFile(join(directory, 'docs/.gitignore'), '*\n');
      const run = await fetch();
      expect([at, run.exitCode, run.outputs.conclusion]).toEqual([at, 1, 'failed']);
      expect(run.log).toMatch(refusal);
      expect(run.log).toContain('of its own: docs/own.md.');
      expect(await cached(directory, 'docs')).toEqual({ 'own.md': 'Own\n' });
    }
    expect((await fetch({ 'lookup-only': 'true', 'use-cache': 'true' })).exitCode).toBe(0);
  });

  test.concurrent('and one is taken that is empty, ignored by git as a whole, or has been a cache directory', async () => {
    const { fetch, directory, git } = await start({ 'cache-dir': 'docs' });
    await mkdir(join(directory, 'docs'));
    await writeFile(join(directory, 'docs/.gitkeep'), '');
    await mkdir(join(directory, 'build'));
    await writeFile(join(directory, 'build/out.js'), '');
    await writeFile(join(directory, '.gitignore'), '/build/\n');
    await git('add', '--all');
    for (const folder of ['docs', 'docs', 'build', cacheDir]) {
      const run = await fetch({ 'cache-dir': folder });
      expect([folder, run.exitCode, messages(run, 'warning')]).toEqual([folder, 0, []]);
      expect(await cached(directory, folder)).toMatchObject(document);
    }
    // What is of the cache may be committed, and an index may be damaged.
    await git('add', '--force', 'docs');
    expect((await fetch()).exitCode).toBe(0);
    await writeFile(join(directory, 'docs/.cache-index.json'), '{');
    expect((await fetch()).exitCode).toBe(0);
  });

  test.concurrent('or warns where a file there lets documents through', async () => {
    const { fetch, directory } = await start({ 'cache-dir': 'have' });
    await mkdir(join(directory, 'have'));
    await writeFile(join(directory, 'have/.gitignore'), '*.log\n');
    const run = await fetch();
    expect([run.exitCode, messages(run, 'warning')]).toEqual([
      0,
      [
        'Git does not ignore have, so a commit may contain fetched documents. Add "/have/" to the .gitignore of the repository.',
      ],
    ]);
    await writeFile(join(directory, '.gitignore'), '/have/\n');
    expect(messages(await fetch(), 'warning')).toEqual([]);
  });
});
