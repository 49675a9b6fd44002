import { expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { checkoutProject } from '../support/project.ts';
import { closePullRequest, openPullRequest } from '../support/pull-request.ts';
import { codex, expectRefused, token, useStories } from '../support/story.ts';

const startStory = useStories();
const MANIFEST = 'projects/widgets/.codex-sync.json';

async function start() {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  await people.publish();
  await people.propose(1, { 'docs/a.md': 'a of 1\n' });
  await people.preview(1);
  const previews = async () => Object.keys((await story.manifest()).previews ?? {});
  /** Somebody changes the manifest by hand, as if other runs had been. */
  const rewrite = async (change: (manifest: Awaited<ReturnType<typeof story.manifest>>) => object) =>
    story.edit({ [MANIFEST]: `${JSON.stringify(change(await story.manifest()), undefined, 2)}\n` });
  return { ...story, ...people, publishIn: story.publish, previews, rewrite };
}

test('of more old pull requests than are asked about in a run, each has its turn', async () => {
  const { github, publish, previews, rewrite, manifest } = await start();
  const old = Array.from({ length: 8 }, (_, index) => index + 2);
  const head = 'pull-1';
  for (const number of old) await openPullRequest(github, 'acme/widgets', { number, head });
  await closePullRequest(github, 'acme/widgets', 9);
  // A hundred others moved after them.
  for (let number = 10; number < 110; number++) await openPullRequest(github, 'acme/widgets', { number, head });
  const { previews: known } = await manifest();
  await rewrite((said) => ({
    ...said,
    previews: Object.fromEntries(old.map((number) => [number, { ...known[1], documents: { 'docs/a.md': null } }])),
  }));
  let runs = 0;
  for (; (await previews()).includes('9') && runs < 40; runs++) expect((await publish()).exitCode).toBe(0);
  expect(await previews()).toEqual(['2', '3', '4', '5', '6', '7', '8']);
});

test('an open pull request stays, also where a run has its head: by hand on its branch', async () => {
  const { github, publish, previews, texts, publishIn } = await start();
  const place = await checkoutProject(github, 'acme/widgets', { ref: 'pull-1', depth: 1 });
  await publishIn(place, {}, { event: 'workflow_dispatch', ref: 'refs/heads/pull-1' });
  expect(await previews()).toEqual(['1']);
  await publish();
  expect(await texts()).toMatchObject({ 'docs/a.md': 'a of 1\n' });
});

test('the comment of a preview that another run took away is brought up to date by the closing', async () => {
  const { github, publish, preview, close } = await start();
  await preview(1, { comment: 'true' });
  await closePullRequest(github, 'acme/widgets', 1);
  await publish();
  await close(1, { comment: 'true' });
  const bodies = github.repository('acme/widgets').comments.map(({ body }) => body);
  expect(bodies).toEqual([expect.stringContaining('has no preview in')]);
  expect(bodies[0]).not.toContain('published |');
});

test('a repository that takes the folder over drops what pull requests of the other one left', async () => {
  const { host, manifest, texts, previews, github } = await start();
  const gadgets = await host('gadgets', { 'docs/b.md': 'b\n' });
  github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
  github.repository('acme/widgets').archived = true;
  const run = await gadgets.publish({ project: 'widgets', adopt: 'true' });
  expect(run.outputs.conclusion).toBe('published');
  expect(await previews()).toEqual([]);
  expect(await texts()).toEqual({ 'docs/b.md': 'b\n' });
  expect((await manifest()).source.repository).toBe('acme/gadgets');
});

test('after a rename its pull requests are still its own, and only a stable ref takes the folder over', async () => {
  const { rewrite, manifest, texts, previews, publish, preview, github } = await start();
  github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
  const rename = (said: { source: object }) => ({ ...said, source: { ...said.source, repository: 'acme/old-name' } });
  await rewrite(rename);
  await publish({ adopt: 'true' });
  expect([await previews(), (await manifest()).source.repository]).toEqual([['1'], 'acme/widgets']);
  await rewrite(rename);
  expectRefused(await preview(1, { adopt: 'true' }), 'belongs to acme/old-name', 'this is acme/widgets');
  expect((await manifest()).source.repository).toBe('acme/old-name');
  expect(await texts()).toEqual({ 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b\n' });
});
