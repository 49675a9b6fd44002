import { createHash } from 'node:crypto';
import { appendFile, lchown, lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { tryGit } from '../support/git.ts';
import { checkoutProject } from '../support/project.ts';
import { codex, expectRefused, useStory } from '../support/story.ts';
import { createHostile, createTraps } from '../support/traps.ts';

const story = await useStory();
const { github, host, publish, documents, read, edit } = story;

/** Everything in a folder: names, kinds, modes, times and contents. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const stats = await lstat(join(directory, name));
    const content = stats.isFile()
      ? createHash('sha1')
          .update(await readFile(join(directory, name)))
          .digest('hex')
      : stats.isSymbolicLink() && (await readlink(join(directory, name)));
    found[name] = [stats.mode, stats.mtimeMs, content].join(' ');
  }
  return found;
}

test('nothing that the checkout configures is run, and its servers are not asked, whatever the direction', async () => {
  const traps = await createTraps(github);
  const project = await createHostile(story, 'hostile', traps);
  await project.write('docs/a.md', 'A changed\n');
  await project.write('docs/new.md', 'New\n');
  const before = await snapshot(project.directory);

  const run = await project.publish();

  expect(run.annotations).toEqual([]);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
  expect(await traps.sprung()).toEqual([]);
  expect(await snapshot(project.directory)).toEqual(before);
  expect([await read('projects/hostile/docs/a.md'), await read('projects/hostile/docs/new.md')]).toEqual([
    'A changed\n',
    'New\n',
  ]);

  await edit({ 'projects/hostile/docs/b.md': 'B of the codex\n', 'projects/hostile/docs/c.md': 'C\n' });
  await project.write('docs/new.md', 'Newer\n');
  const { 'docs/new.md': _, ...others } = await snapshot(project.directory);
  const both = await project.publish({ direction: 'bidirectional' });

  expect(both.annotations).toEqual([]);
  expect(both.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', pulled: '2' });
  expect(await traps.sprung()).toEqual([]);
  const after = await snapshot(project.directory);
  const moved = Object.keys(after).filter((name) => after[name] !== others[name]);
  // Git makes the file of an object young again when it meets that object.
  expect(moved.filter((name) => !name.startsWith('.git/objects/')).sort()).toEqual([
    '.git',
    '.git/codex-sync-pulled.json',
    'docs',
    'docs/b.md',
    'docs/c.md',
    'docs/new.md',
  ]);
  // The traps are real: git itself runs into them.
  await tryGit(project.directory, ['add', '--all']);
  await tryGit(project.directory, ['diff', '--ext-diff', 'HEAD']);
  await tryGit(project.directory, ['status']);
  await tryGit(project.directory, ['submodule', 'update', '--force']);
  const sprung = ['diff.evil.command', 'filter-conditional', 'filter-worktree', 'hook-post-index-change', 'included'];
  expect(await traps.sprung()).toEqual(expect.arrayContaining([...sprung, 'module-fsmonitor', 'module-update']));
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test : test.skip)(
  'a checkout of another user, as in a container, needs no setting of the machine',
  async () => {
    const project = await host('container', { 'docs/a.md': 'A\n' });
    const home = await github.scratch('home');
    const configuration = '[user]\n\tname = somebody\n';
    await writeFile(join(home, '.gitconfig'), configuration);
    for (const name of ['', ...(await readdir(project.directory, { recursive: true }))]) {
      await lchown(join(project.directory, name), 12_345, 12_345);
    }
    const run = await project.publish({}, { env: { HOME: home } });
    expect(run).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { conclusion: 'published', 'files-added': '1' },
    });
    expect(await readdir(home)).toEqual(['.gitconfig']);
    expect(await readFile(join(home, '.gitconfig'), 'utf8')).toBe(configuration);
    // Without that, git would not touch it.
    const { stderr } = await tryGit(project.directory, ['status'], { env: { GIT_CONFIG_COUNT: '0' } });
    expect(stderr).toContain('dubious ownership');
  },
);

describe('filter drivers never run', () => {
  const driver = (name: string, key: string, program: string, required = '') =>
    Buffer.from(`[filter "${name}"]\n\t${key} = ${program}\n${required}`, 'latin1');
  const required = '\trequired = true\n';

  test.each([
    { what: 'clean', name: 'evil', key: 'clean', more: '' },
    { what: 'clean-required', name: 'evil', key: 'clean', more: required },
    { what: 'process', name: 'evil', key: 'process', more: '' },
    { what: 'process-required', name: 'evil', key: 'process', more: required },
    { what: 'dotted-name', name: 'evil.clean', key: 'clean', more: required },
    { what: 'name-with-equals', name: 'ev=il', key: 'clean', more: required },
    { what: 'capitals', name: 'EviL', key: 'CLEAN', more: '' },
  ])('$what', async ({ what, name, key, more }) => {
    const traps = await createTraps(github);
    const attributes = Buffer.from(`*.md filter=${name}\n`, 'latin1');
    const files = { '.gitattributes': attributes, 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' };
    const project = await host(`filter-${what}`, files);
    await project.write('docs/a.md', 'A changed\n');
    await project.write('docs/new.md', 'New\n');
    const config = join(project.directory, '.git/config');
    await writeFile(join(project.directory, '.git/filters'), driver(name, key, await traps.set(what), more));
    await appendFile(config, '[include]\n\tpath = filters\n');

    const run = await project.publish();

    expect(await traps.sprung()).toEqual([]);
    expect(run.annotations).toEqual([]);
    const text = (path: string) => read(`projects/filter-${what}/${path}`);
    expect([await text('docs/a.md'), await text('docs/new.md')]).toEqual(['A changed\n', 'New\n']);
    await tryGit(project.directory, ['add', '--all']);
    expect(await traps.sprung()).toEqual([what]);
  });

  test('one whose name is not UTF-8 cannot be switched off, so the run is refused', async () => {
    const traps = await createTraps(github);
    const attributes = Buffer.from('*.md filter=ev\xefl\n', 'latin1');
    const project = await host('filter-name', {
      '.gitattributes': attributes,
      'docs/a.md': 'A\n',
    });
    await project.write('docs/a.md', 'A changed\n');
    await appendFile(
      join(project.directory, '.git/config'),
      driver('ev\xefl', 'clean', await traps.set('name-not-in-utf-8'), ''),
    );

    const run = await project.publish();

    expect(await traps.sprung()).toEqual([]);
    expect(run.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('not UTF-8')]);
    await tryGit(project.directory, ['add', '--all']);
    expect(await traps.sprung()).toEqual(['name-not-in-utf-8']);
  });
});

describe('objects that a partial checkout lacks are never asked of the remotes that it names', () => {
  test.each([
    { name: 'ext', urlOf: (trap: string) => `ext::${trap}` },
    { name: 'ssh', urlOf: () => 'ssh://127.0.0.1/x' },
    { name: 'local', urlOf: () => '.' },
  ])('$name', async ({ name, urlOf }) => {
    const traps = await createTraps(github);
    const origin = await host(`promisor-${name}`, { 'docs/a.md': 'A\n' });
    await origin.publish();
    await origin.write('docs/a.md', 'A changed\n');
    await origin.commit('Change');
    await origin.push();
    const project = await checkoutProject(github, origin.fullName);
    const id = await project.git('rev-parse', 'HEAD:docs/a.md');
    await rm(join(project.directory, '.git/objects', id.slice(0, 2), id.slice(2)));
    const settings = {
      'core.repositoryFormatVersion': '1',
      'core.sshCommand': await traps.set('ssh'),
      'extensions.partialClone': 'origin',
      'protocol.allow': 'always',
      'remote.origin.promisor': 'true',
      'remote.origin.uploadpack': await traps.set('uploadpack'),
      'remote.origin.url': urlOf(await traps.set('ext')),
    };
    for (const [key, value] of Object.entries(settings)) await project.git('config', key, value);
    const before = await snapshot(project.directory);

    const run = await publish(project);

    expect(await traps.sprung()).toEqual([]);
    expect(await snapshot(project.directory)).toEqual(before);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    const { 'docs/a.md': published } = await documents(`promisor-${name}`);
    expect(published?.id).toBe(id);
    await tryGit(project.directory, ['cat-file', '-e', id]);
    expect(await traps.sprung()).toHaveLength(1);
  });
});

test.each([
  ['grafts', (main: string, draft: string) => [`.git/info/grafts`, `${main} ${draft}\n${draft}\n`]],
  ['a shallow file', (main: string, _: string) => ['.git/shallow', `${main}\n`]],
])('a commit that was never merged is none of main because %s of the checkout say so', async (name, forge) => {
  const title = `forged-${name.replaceAll(' ', '-')}`;
  const project = await host(title, { 'docs/a.md': 'A\n' }, { depth: 0 });
  const main = await project.git('rev-parse', 'HEAD');
  await project.git('checkout', '--quiet', '-b', 'draft');
  await project.write('docs/a.md', 'never merged\n');
  const draft = await project.commit('Draft');
  await project.push('draft');
  const [file = '', text = ''] = forge(main, draft);
  await mkdir(join(project.directory, '.git/info'), { recursive: true });
  await writeFile(join(project.directory, file), text);
  const event = { event: 'workflow_dispatch', ref: 'refs/heads/main', sha: main };
  for (const env of ['test', 'prod']) {
    expectRefused(await project.publish({ env }, event), `Commit ${draft} is checked out`);
  }
});

test("a program named git in the project's folder is not the git that runs", async () => {
  const traps = await createTraps(github);
  const project = await host('git-in-project', { 'docs/a.md': 'A\n' });
  await mkdir(join(project.directory, 'bin'));
  await writeFile(join(project.directory, 'git'), await readFile(await traps.set('git')), { mode: 0o755 });

  const run = await project.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'published' });
  expect(await traps.sprung()).toEqual([]);
});

test('a working tree that the configuration puts elsewhere is refused, and nothing of it is published', async () => {
  const project = await host('elsewhere', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  const other = await github.scratch('other');
  await mkdir(join(other, 'docs'));
  for (const name of ['a.md', 'c.md']) await writeFile(join(other, 'docs', name), 'SECRET\n');
  await project.git('config', 'core.worktree', other);
  expectRefused(await project.publish(), 'core.worktree', other);
  expect(await readTree(github, codex, 'test', 'projects/elsewhere')).toEqual({});
  // One that says where the checkout is changes nothing.
  await project.git('config', 'core.worktree', project.directory);
  expect(await project.publish()).toMatchObject({ exitCode: 0, outputs: { 'files-added': '2' } });
  expect(await read('projects/elsewhere/docs/a.md')).toBe('A\n');
});
