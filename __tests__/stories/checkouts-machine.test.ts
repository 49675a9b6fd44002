import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { createProject, type Project } from '../support/project.ts';
import { runAction } from '../support/runner.ts';

const codex = 'acme/codex.acme.com';
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(codex, { files: { 'README.md': '# Codex\n' } });
  github.addToken('ghp_codex', { [codex]: 'write' });
});
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

function publish(project: Project, env: Record<string, string>) {
  const inputs = { token: 'ghp_codex', 'codex-repository': codex };
  return runAction({ github, workspace: project.directory, repository: project.fullName, inputs, env });
}

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
    const project = await createProject(github, `acme/${name}`, { 'docs/a.md': 'A\n' });
    await project.write('docs/new.md', 'New\n');
    const home = await github.scratch('home');
    await writeFile(join(home, '.gitconfig'), text);

    const run = await publish(project, { HOME: home });

    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    const documents = Object.keys(await readTree(github, codex, 'test', `projects/${name}`));
    expect(documents).toEqual(['.codex-sync.json', 'docs/a.md', 'docs/new.md']);
  },
);

test('a git that ends before it has read everything is one error with all outputs, never a crash', async () => {
  const project = await createProject(github, 'acme/many', { 'docs/a.md': 'A\n' });
  // More names than a pipe takes while nobody reads.
  const names = Array.from({ length: 1500 }, (_, index) => `docs/${'long-name-'.repeat(10)}${index}.md`);
  await Promise.all(names.map((name) => project.write(name, 'X\n')));

  const run = await publish(project, {
    PATH: await pathWith('[ "$1" = hash-object ] && exit 128\nexec git "$@"'),
  });

  expect(run.annotations.map(({ level }) => level)).toEqual(['error']);
  expect(run.outputs).toMatchObject({ conclusion: 'failed' });
  expect([run.exitCode, run.leftovers]).toEqual([1, []]);
});

test('a machine without git is one sentence', async () => {
  const project = await createProject(github, 'acme/no-git', { 'docs/a.md': 'A\n' });

  const run = await publish(project, { PATH: dirname(await github.scratch('empty')) });

  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(/Install git/) }]);
  expect(run.outputs).toMatchObject({ conclusion: 'failed' });
  expect(run.requests).toEqual([]);
  expect(run.log).not.toMatch(/^\s+at /m);
});
