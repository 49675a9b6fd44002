import { beforeAll, describe, expect, test } from '@jest/globals';
import { readText } from '../support/codex.ts';
import { type Visibility, visibilities } from '../support/github-repositories.ts';
import type { ActionRun } from '../support/runner.ts';
import type { PayloadChanges } from '../support/runner-event.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { expectRefused, token, useStory, writes } from '../support/story.ts';

const { github, host } = await useStory();
let projects = 0;

beforeAll(async () => {
  for (const visibility of visibilities) {
    await github.createRepository(`acme/${visibility}-codex`, { visibility, files: { 'README.md': 'Codex\n' } });
  }
  github.addToken(token, { '*': 'write' });
});

async function publish(from: Visibility, to: Visibility, inputs: GivenInputs = {}, payload: PayloadChanges = {}) {
  projects += 1;
  const name = `widgets-${projects}`;
  const project = await host(name, { 'docs/a.md': `${name}\n` }, { visibility: from });
  const run = await project.publish({ 'codex-repository': `acme/${to}-codex`, ...inputs }, { payload });
  const read = (branch: string) => readText(github, `acme/${to}-codex`, branch, `projects/${name}/docs/a.md`);
  return { run, read };
}

function expectTooPublic(run: ActionRun, from: Visibility, to: Visibility): void {
  expectRefused(run, `project is ${from}`, `codex is ${to}`, 'allow-public');
  expect(writes(run)).toEqual([]);
}

const wider: [Visibility, Visibility][] = [
  ['private', 'internal'],
  ['private', 'public'],
  ['internal', 'public'],
];

describe('a codex that more people can see', () => {
  test.each(wider)('gets nothing of a %s project when it is %s, in a dry run neither', async (from, to) => {
    expectTooPublic((await publish(from, to)).run, from, to);
    expectTooPublic((await publish(from, to, { 'dry-run': true })).run, from, to);
  });

  test.each(wider)('gets the documents of a %s project when it is %s, with allow-public', async (from, to) => {
    const { run, read } = await publish(from, to, { 'allow-public': true });
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
    expectTooPublic((await publish('private', 'public', {}, unsaid)).run, 'private', 'public');
  });

  test.each<[Visibility]>([['private'], ['internal']])('GitHub is asked about a %s project', async (from) => {
    expectTooPublic((await publish(from, 'public', {}, nothing)).run, from, 'public');
  });

  test('a public project passes when GitHub says so', async () => {
    const { run } = await publish('public', 'public', {}, nothing);
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  });

  test('and GitHub does not tell, the project counts as private', async () => {
    const { run } = await publish('public', 'public', { 'project-token': '' }, nothing);
    expectTooPublic(run, 'private', 'public');
  });
});
