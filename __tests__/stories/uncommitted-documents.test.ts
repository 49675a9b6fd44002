import { describe, expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { checkoutProject, type Project } from '../support/project.ts';
import { employ } from '../support/release.ts';
import { codex, type Story, useStories } from '../support/story.ts';
import { typeCommand } from '../support/terminal.ts';

const startStory = useStories();
const LINK = { mode: '120000', content: '../src/guide.md' } as const;

/** Types a publication in a checkout, as somebody who may read the project and write to the codex. */
function publish({ github }: Story, { directory }: Project, environment: string) {
  github.addToken('ghp_person', { [codex]: 'write', 'acme/widgets': 'read' });
  const words = ['sync-project', '--env', environment, '--codex-repository', codex];
  return typeCommand(words, { github, directory, env: { GITHUB_TOKEN: 'ghp_person' } });
}

/** What `documents` name for a path, as text. */
async function published({ github, manifest }: Story, path: string, branch = 'test'): Promise<string | undefined> {
  const { documents } = await manifest('widgets', branch);
  return documents[path] && (await github.git(codex, 'cat-file', 'blob', documents[path]));
}

describe('at a terminal', () => {
  test.concurrent('what lies uncommitted in the checkout is no document because a preview shows the same text', async () => {
    const story = await startStory();
    const widgets = await gather(story, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
    await widgets.publish();
    await widgets.propose(1, { 'docs/a.md': 'a of 1\n' });
    await widgets.preview(1);
    const place = await checkoutProject(story.github, 'acme/widgets', { ref: 'main', depth: 0 });
    await place.write('docs/a.md', 'a of 1\n');
    const run = await publish(story, place, 'test');
    expect(run.exitCode).toBe(0);
    expect(await published(story, 'docs/a.md')).toBe('a');
    expect(Object.keys((await story.manifest()).previews)).toEqual(['1', 'heads/main']);
  });

  test.concurrent('what a branch and its checkout hold is a preview: production refuses it, and no promotion releases it', async () => {
    const story = await startStory();
    const { develop, promote } = await employ(story);
    const place = await develop('widgets', { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
    await promote();
    const released = await story.manifest('widgets', 'main');
    await place.git('checkout', '--quiet', '-b', 'wip');
    await place.write('docs/a.md', 'committed on wip\n');
    await place.commit('Draft');
    await place.write('docs/b.md', 'uncommitted\n');
    await place.write('docs/c.md', 'untracked\n');
    const refused = await publish(story, place, 'prod');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is on no stable ref that GitHub has'),
    });
    const run = await publish(story, place, 'test');
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('heads/wip') });
    const { previews, documents } = await story.manifest();
    expect(Object.keys(previews['heads/wip'].documents)).toEqual(['docs/a.md', 'docs/b.md', 'docs/c.md']);
    expect(documents).toEqual(released.documents);
    await promote();
    expect(await story.manifest('widgets', 'main')).toEqual(released);
  });

  test.concurrent('a link is in no commit where the file that it leads to is only staged', async () => {
    const story = await startStory();
    const place = await story.host('widgets', { 'docs/guide.md': LINK, 'src/guide.md': 'v1\n', 'docs/a.md': 'a\n' });
    await publish(story, place, 'test');
    await place.write('src/guide.md', 'never committed\n');
    await place.git('add', 'src/guide.md');
    const refused = await publish(story, place, 'prod');
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('docs/guide.md has uncommitted changes. Commit it'),
    });
    await publish(story, place, 'test');
    expect(await published(story, 'docs/guide.md')).toBe('v1');
  });
});

test.concurrent('a link counts as changed by the job where the job commits the file that it leads to', async () => {
  const story = await startStory();
  const files = { 'docs/guide.md': LINK, 'src/guide.md': 'v1\n', 'docs/a.md': 'a\n' };
  const place = await story.host('widgets', files, { depth: 0 });
  const sha = await place.git('rev-parse', 'HEAD');
  await place.write('src/guide.md', 'built\n');
  await place.commit('Build');
  const { outputs } = await place.publish({}, { sha });
  expect(outputs.conclusion).toBe('published');
  expect((await story.manifest()).source).toMatchObject({ commit: sha, uncommitted: 1 });
});
