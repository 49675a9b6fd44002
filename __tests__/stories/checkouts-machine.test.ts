import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { QUESTION, useStory } from '../support/story.ts';

const { github, host, documents } = await useStory();

/** A PATH whose first git runs these lines of shell. */
async function pathWith(lines: string): Promise<string> {
  const folder = await github.scratch('bin');
  await writeFile(join(folder, 'git'), `#!/bin/sh\nPATH='${process.env.PATH}'\n${lines}\n`);
  await chmod(join(folder, 'git'), 0o755);
  return `${folder}:${process.env.PATH}`;
}

const userConfigurations = {
  'a ban on bare repositories': '[safe]\n\tbareRepository = explicit\n',
  'checks of every object': '[transfer]\n\tfsckObjects = true\n',
  'signed commits and pushes': '[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n\tfollowTags = true\n',
  'submodules in every push': '[push]\n\trecurseSubmodules = check\n[submodule]\n\trecurse = true\n',
  'colours and columns': '[color]\n\tui = always\n[column]\n\tui = always\n[core]\n\tabbrev = 4\n',
};

test.each(Object.entries(userConfigurations).map(([what, text], index) => ({ what, text, name: `user-${index}` })))(
  "the machine's user configuration is no obstacle: $what",
  async ({ text, name }) => {
    const project = await host(name, { 'docs/a.md': 'A\n' });
    await project.write('docs/new.md', 'New\n');
    const home = await github.scratch('home');
    await writeFile(join(home, '.gitconfig'), text);

    const run = await project.publish({}, { env: { HOME: home } });

    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(Object.keys(await documents(name))).toEqual(['docs/a.md', 'docs/new.md']);
  },
);

test('a git that ends before it has read everything is one error with all outputs, never a crash', async () => {
  const project = await host('many', { 'docs/a.md': 'A\n' });
  // More names than a pipe takes while nobody reads.
  const names = Array.from({ length: 1500 }, (_, index) => `docs/${'long-name-'.repeat(10)}${index}.md`);
  await Promise.all(names.map((name) => project.write(name, 'X\n')));

  const run = await project.publish({}, { env: { PATH: await pathWith('[ "$2" = add ] && exit 128\nexec git "$@"') } });

  expect(run.annotations.map(({ level }) => level)).toEqual(['error']);
  expect(run.outputs).toMatchObject({ conclusion: 'failed' });
  expect([run.exitCode, run.leftovers]).toEqual([1, []]);
});

test('a disk on which git finds no room is one sentence', async () => {
  const project = await host('no-room', { 'docs/a.md': 'a\n' });
  const fails = '[ "$1" = index-pack ] && echo "fatal: unable to write: No space left on device" >&2 && exit 128';

  // With settings of its own for connections, git pushes by itself.
  const env = { PATH: await pathWith(`${fails}\nexec git "$@"`), GIT_SSL_CAPATH: '/' };
  const run = await project.publish({}, { env });

  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(/^The disk is full \(/) }]);
  expect(run.log).not.toMatch(/^\s+at /m);
  expect([run.outputs.changed, run.leftovers]).toEqual(['false', []]);
});

test.each([
  { mode: 'sync-project' as const },
  { mode: 'promote' as const, env: 'prod', project: 'widgets' },
  { mode: 'fetch' as const, references: '@codex/widgets/docs/a.md' },
])(
  'a machine without git, or with one that is too old, is one sentence before anything is written: $mode',
  async (inputs) => {
    const project = await host(`no-git-${inputs.mode}`, { 'docs/a.md': 'A\n' });
    const runWith = async (path: string) => {
      const run = await project.publish(inputs, { event: 'workflow_dispatch', env: { PATH: path } });
      expect(run).toMatchObject({ exitCode: 1, leftovers: [], outputs: { conclusion: 'failed' } });
      // The question about the codex is sent beside the one about git.
      expect(run.requests.filter(({ method, path }) => !QUESTION.test(`${method} ${path}`))).toEqual([]);
      expect(run.log).not.toMatch(/^\s+at /m);
      return run.annotations;
    };
    const nowhere = dirname(await github.scratch('empty'));
    const calls = join(await github.scratch('calls'), 'calls');
    const old = await pathWith(`echo "$1" >>'${calls}'\n[ "$1" = version ] && echo "git version 2.30.2"`);
    const install = 'Install git 2.39 or newer on the machine that runs this.';

    expect(await runWith(nowhere)).toEqual([
      { level: 'error', message: `Git cannot be started: Unable to locate executable file: git. ${install}` },
    ]);
    expect(await runWith(old)).toEqual([{ level: 'error', message: `Git 2.30.2 is too old. ${install}` }]);
    // Beside that, what writes reads the configuration of the commit and the place of the checkout.
    const asked = new Set((await readFile(calls, 'utf8')).trimEnd().split('\n'));
    const read = { 'sync-project': ['cat-file', 'config', 'rev-parse'], promote: ['cat-file'], fetch: [] };
    expect([...asked].sort()).toEqual([...read[inputs.mode], 'version']);
  },
);
