import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readText } from '../support/codex.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { type Visibility, visibilities } from '../support/github-repositories.ts';
import { createProject } from '../support/project.ts';
import { type ActionOptions, type ActionRun, runAction } from '../support/runner.ts';

const token = 'ghp_codex';
let github: LocalGitHub;
let projects = 0;

beforeAll(async () => {
  github = await startGitHub();
  github.addToken(token, { '*': 'write' });
  for (const visibility of visibilities) {
    await github.createRepository(`acme/${visibility}-codex`, { visibility, files: { 'README.md': 'Codex\n' } });
  }
});
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

async function publish(from: Visibility, to: Visibility, options: Partial<ActionOptions> = {}) {
  projects += 1;
  const name = `widgets-${projects}`;
  const { directory } = await createProject(github, `acme/${name}`, { 'docs/a.md': `${name}\n` }, { visibility: from });
  const inputs = { token, 'codex-repository': `acme/${to}-codex`, ...options.inputs };
  const run = await runAction({ github, workspace: directory, repository: `acme/${name}`, ...options, inputs });
  const read = (branch: string) => readText(github, `acme/${to}-codex`, branch, `projects/${name}/docs/a.md`);
  return { run, read };
}

function expectRefused(run: ActionRun, from: Visibility, to: Visibility): void {
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
  expect(run.annotations).toHaveLength(1);
  const said = run.annotations[0]?.message ?? '';
  for (const word of [`project is ${from}`, `codex is ${to}`, 'allow-public']) expect(said).toContain(word);
  expect(run.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
}

const wider: [Visibility, Visibility][] = [
  ['private', 'internal'],
  ['private', 'public'],
  ['internal', 'public'],
];

describe('a codex that more people can see', () => {
  test.each(wider)('gets nothing of a %s project when it is %s, in a dry run neither', async (from, to) => {
    expectRefused((await publish(from, to)).run, from, to);
    expectRefused((await publish(from, to, { inputs: { 'dry-run': true } })).run, from, to);
  });

  test.each(wider)('gets the documents of a %s project when it is %s, with allow-public', async (from, to) => {
    const { run, read } = await publish(from, to, { inputs: { 'allow-public': true } });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
    expect(await read('test')).toMatch(/^widgets-/);
  });
});

test.each<[Visibility, Visibility]>([
  ['private', 'private'],
  ['internal', 'internal'],
  ['internal', 'private'],
  ['public', 'public'],
  ['public', 'private'],
])('a %s project publishes into a codex that is %s', async (from, to) => {
  expect((await publish(from, to)).run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
});

describe('where the payload names no visibility', () => {
  const unsaid = { repository: { visibility: undefined } };
  const nothing = { repository: { visibility: undefined, private: undefined } };

  test('what it says of private counts', async () => {
    expectRefused((await publish('private', 'public', { payload: unsaid })).run, 'private', 'public');
  });

  test.each<[Visibility]>([['private'], ['internal']])('GitHub is asked about a %s project', async (from) => {
    expectRefused((await publish(from, 'public', { payload: nothing })).run, from, 'public');
  });

  test('a public project passes when GitHub says so', async () => {
    const { run } = await publish('public', 'public', { payload: nothing });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  });

  test('and GitHub does not tell, the project counts as private', async () => {
    const { run } = await publish('public', 'public', { payload: nothing, inputs: { 'project-token': '' } });
    expectRefused(run, 'private', 'public');
  });
});
