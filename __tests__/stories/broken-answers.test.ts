import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import type { FileChange } from '../support/commit-files.ts';
import { codex, expectRefused, messages, QUESTION, refuseQuestion, token, useStories } from '../support/story.ts';

const useOther = useStories();
const story = await useOther();
const told = await useOther();
const blocked = await told.host('blocked', { 'README.md': '# Widgets\n' });
const HALF = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"full_name":"acme/cod' };

// What is not in the answer to the one question is asked by itself.
beforeEach(() => refuseQuestion(story.github));
afterEach(() => void story.github.clearFaults());

test.each([
  { name: 'everything', match: QUESTION },
  { name: 'the repository', match: /GET .*\/repos\/acme\/codex\.acme\.com$/ },
  { name: 'the branch', match: /GET .*\/branches\/test$/ },
])('an answer about $name that breaks off is asked for again', async ({ name, match }) => {
  const project = await story.host(`half-${name.replace('the ', '')}`, { 'README.md': '# Widgets\n' });
  if (match === QUESTION) story.github.clearFaults();
  story.github.fault({ match, ...HALF });
  const run = await project.publish();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(run.requests.filter(({ method, path }) => match.test(`${method} ${path}`))).toHaveLength(
    match === QUESTION ? 1 : 2,
  );
});

test('one that always breaks off ends the run, and opens no guard', async () => {
  const project = await story.host('half-always', { 'README.md': '# Widgets\n' });
  story.github.fault({ match: /GET .*\/repos\/acme\/codex\.acme\.com$/, ...HALF, times: 10 });
  const run = await project.publish();
  expect(run.exitCode).toBe(1);
  expect(messages(run, 'error')).toEqual([expect.stringContaining('could not be reached')]);
  expect(run.requests.filter(({ service }) => service === 'receive-pack')).toEqual([]);
});

test('a manifest with another content than its id says is not believed, and asked for once more in another way', async () => {
  const project = await story.host('forged', { 'README.md': '# Widgets\n' });
  await project.publish();
  const tamper = (body: unknown) => ({ ...(body as object), content: Buffer.from('{}').toString('base64') });
  const match = /GET .*\/git\/blobs\//;
  const raw = { 'Content-Type': 'application/vnd.github.raw+json; charset=utf-8' };
  story.github.fault({ match, status: 200, headers: raw, body: '{}' });
  expect((await project.publish()).outputs.conclusion).toBe('unchanged');
  story.github.fault({ match, status: 200, headers: raw, body: '{}' });
  story.github.fault({ match, tamper });
  expectRefused(await project.publish(), 'content other than that of blob');
});

describe('where a folder is, GitHub tells, and git proves', () => {
  const changeIt = async (name: string) => {
    const project = await story.host(name, { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
    await project.publish();
    await story.edit({ [`projects/${name}/by-hand.md`]: 'By hand\n' });
    await project.write('docs/a.md', 'A 2\n');
    await project.commit('Change');
    await project.push();
    return project;
  };
  const contents = /GET .*\/contents\/projects/;

  test('one that GitHub does not find is found by git, with all that stands in it', async () => {
    const project = await changeIt('not-found');
    story.github.fault({ match: contents, status: 404, body: { message: 'Not Found' } });
    const run = await project.publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-added': '0' });
    expect(Object.keys(await story.documents('not-found')).sort()).toEqual(['by-hand.md', 'docs/a.md', 'docs/b.md']);
  });

  test.each(['alone', 'at once'])('the folder of another project is not published into, told %s', async (how) => {
    const name = `mixed-up-${how.replace(' ', '-')}`;
    const [project, other] = [await changeIt(name), `${name}-other`];
    await changeIt(other);
    story.github.addToken(token, { [codex]: 'write', [`acme/${other}`]: 'read' });
    story.github.repository(`acme/${other}`).archived = true;
    const before = await story.tip();
    const sha = await story.github.git(codex, 'rev-parse', `test:projects/${other}`);
    if (how === 'alone') story.github.fault({ match: contents, tamper: (body) => ({ ...(body as object), sha }) });
    else {
      story.github.clearFaults();
      const tree = await story.github.git(codex, 'rev-parse', `test:projects/${name}`);
      const tamper = (body: unknown) => JSON.parse(JSON.stringify(body).replaceAll(tree, sha)) as unknown;
      story.github.fault({ match: QUESTION, tamper });
    }
    const run = await project.publish({ adopt: 'true', 'deletion-threshold-percent': '100' });
    expectRefused(run, `two versions of projects/${name}`, 'Run it again later');
    expect(await story.tip()).toBe(before);
  });

  test('a root that is not what its id says is fetched by git', async () => {
    const project = await changeIt('wrong-root');
    const tamper = (body: unknown) => ({ ...(body as object), tree: [] });
    story.github.fault({ match: /GET .*\/git\/trees\//, tamper });
    const names = async () => Object.keys(await readTree(story.github, codex, 'test')).sort();
    const before = await names();
    expect((await project.publish()).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await names()).toEqual(before);
  });
});

describe('an error that says what to do is', () => {
  const link = { mode: '120000', content: '../../elsewhere' } as const;
  const submodule = { mode: '160000', content: 'd'.repeat(40) } as const;
  test.each<[string, string, FileChange]>([
    ['a file', 'projects', 'a file\n'],
    ['a link', 'projects', link],
    ['a file', 'projects/blocked', 'a file\n'],
    ['a submodule', 'projects/blocked', submodule],
  ])('%s in the place of the folder %s', async (_, path, standing) => {
    await told.edit({ projects: null }, 'main');
    const before = await told.edit({ [path]: standing }, 'main');
    expectRefused(await blocked.publish(), `folder "${path}"`, 'Remove it there');
    expect(await told.tip('main')).toBe(before);
  });
});
