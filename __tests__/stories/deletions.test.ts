import { describe, expect, test } from '@jest/globals';
import { messages, useStories, writes } from '../support/story.ts';

const config = '.fractary/plugins/codex/config.json';
const startStory = useStories();

function documents(count: number, folder = 'docs'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/${index}.md`, `${index}\n`]));
}

/** A project that published `count` documents `docs/0.md`, `docs/1.md`, … to test. */
async function publishMany(count: number) {
  const story = await startStory();
  const project = await story.host('widgets', documents(count));
  const { write, commit, publish } = project;
  expect((await story.begin(project)).outputs).toMatchObject({ conclusion: 'published', 'files-added': `${count}` });
  return {
    ...story,
    write,
    commit,
    publish,
    remove: (many: number) => Promise.all(Object.keys(documents(many)).map((path) => write(path, null))),
    left: async () => Object.keys(await story.documents()).filter((path) => path.startsWith('docs/')).length,
    owned: async () => Object.keys((await story.manifest()).documents),
  };
}

describe('documents that the project removed', () => {
  test.concurrent('are deleted; what the tool never published stays', async () => {
    const { edit, remove, publish, left, owned } = await publishMany(3);
    await edit({ 'projects/widgets/docs/theirs.md': 'theirs\n' });
    await remove(2);
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '2', 'deletions-withheld': '0' });
    expect(run.log).toContain('docs/0.md');
    expect([await left(), await owned()]).toEqual([2, ['docs/2.md']]);
  });

  test.concurrent('are deleted when they are no longer selected, and listed as such', async () => {
    const { publish, owned, manifest } = await publishMany(5);
    const run = await publish({ exclude: 'docs/1.md' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1' });
    for (const text of [run.log, run.summary]) expect(text).toContain('no longer selected');
    const { patterns } = (await manifest()).source;
    expect(patterns).toEqual([
      { digest: expect.stringMatching(/^[0-9a-f]{16}$/), workflow: '.github/workflows/sync.yml' },
    ]);
    expect(messages(run, 'warning')).toEqual([
      expect.stringContaining(
        'does not select 1 published document (include docs/**, README.md, CLAUDE.md, .claude/**; exclude docs/1.md): docs/1.md. It is deleted.',
      ),
    ]);
    expect(JSON.parse(run.outputs.result ?? '').changes).toEqual([
      { path: 'docs/1.md', action: 'delete', because: 'no longer selected' },
    ]);
    expect(await owned()).toEqual(['docs/0.md', 'docs/2.md', 'docs/3.md', 'docs/4.md']);
  });

  test.concurrent('are withheld, however few, where another workflow generated them below a folder that both select', async () => {
    const { publish, write, commit, owned } = await publishMany(4);
    await write('.gitignore', 'docs/api/\n');
    await commit('Ignore what is generated');
    for (const name of ['a', 'b', 'c']) await write(`docs/api/${name}.md`, `${name}\n`);
    const generated = await publish({ 'include-ignored': 'docs/api/**' });
    expect(generated.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
    for (const name of ['a', 'b', 'c']) await write(`docs/api/${name}.md`, null);

    const plain = { GITHUB_WORKFLOW_REF: 'acme/widgets/.github/workflows/plain.yml@refs/heads/main' };
    const run = await publish({}, { env: plain });
    expect(run.outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '3' });
    expect(messages(run, 'warning')[0]).toContain('does not select 3 published documents: docs/api/a.md,');
    expect(run.log).toContain('Next: Give all workflows of the project the same patterns.');
    expect(await owned()).toHaveLength(7);
  });

  test.concurrent('are withheld, however few, where another workflow selects them: neither takes away what the other published', async () => {
    const { publish, write, commit, owned } = await publishMany(4);
    for (const path of ['guides/a.md', 'guides/b.md']) await write(path, `${path}\n`);
    await commit('Guides');
    const guides = { GITHUB_WORKFLOW_REF: 'acme/widgets/.github/workflows/guides.yml@refs/heads/main' };

    const run = await publish({ include: 'guides/**' }, { env: guides });
    expect(run.outputs).toMatchObject({ conclusion: 'withheld', 'files-added': '2', 'deletions-withheld': '4' });
    const words = messages(run, 'warning').join('\n');
    expect(words).toContain(
      'The last documents were published by .github/workflows/sync.yml with other patterns. .github/workflows/guides.yml (include guides/**; ',
    );
    expect(words).toContain(
      ' does not select 4 published documents: docs/0.md, docs/1.md, docs/2.md, docs/3.md. They stay, since the guard withholds them.',
    );

    const other = await publish();
    expect(other.outputs).toMatchObject({ conclusion: 'withheld', 'files-deleted': '0', 'deletions-withheld': '2' });
    expect(messages(other, 'warning').join('\n')).toContain('.github/workflows/guides.yml');
    expect(await owned()).toHaveLength(6);

    // Whoever means it says so, and is not asked again.
    const meant = await publish({ 'deletion-threshold-percent': '50' });
    expect(meant.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '2' });
    await write('docs/0.md', null);
    await commit('Remove one');
    expect(await publish()).toMatchObject({ annotations: [], outputs: { 'files-deleted': '1' } });
  });

  test.concurrent.each([
    ['committed', true],
    ['in the working tree only', false],
  ])('make room for a folder of their name (%s)', async (_, committed) => {
    const { write, commit, publish, owned } = await publishMany(1);
    await write('docs/0.md', null);
    await write('docs/0.md/deep.md', 'deep\n');
    if (committed) await commit('A folder instead');
    const run = await publish();
    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1', 'files-deleted': '1' });
    expect(await owned()).toEqual(['docs/0.md/deep.md']);
  });
});

describe('more deletions than the threshold', () => {
  test.concurrent('are withheld and stay owned; everything else lands, and raising the named input lets them through', async () => {
    const { write, remove, publish, left, owned } = await publishMany(10);
    await remove(6);
    await write('docs/9.md', 'changed\n');
    await write('docs/new.md', 'new\n');
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ conclusion: 'withheld', changed: 'true', 'deletions-withheld': '6' });
    expect(run.outputs).toMatchObject({ 'files-added': '1', 'files-modified': '1', 'files-deleted': '0' });
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/docs\/0\.md.*deletion-threshold-percent/)]);
    expect([await left(), (await owned()).length]).toEqual([11, 11]);
    const raised = await publish({ 'deletion-threshold-percent': '60' });
    expect(raised.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '6', 'deletions-withheld': '0' });
    expect(await owned()).toEqual(['docs/6.md', 'docs/7.md', 'docs/8.md', 'docs/9.md', 'docs/new.md']);
  });

  test.concurrent('are withheld by their number too; with nothing else to say there is no commit', async () => {
    const { remove, publish, tip } = await publishMany(8);
    const before = await tip();
    await remove(7);
    const percent = { 'deletion-threshold-percent': '100' };
    const run = await publish({ 'deletion-threshold': '6', ...percent });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'withheld', changed: 'false', 'commit-sha': '' } });
    expect(run.outputs['deletions-withheld']).toBe('7');
    expect(await tip()).toBe(before);
    expect((await publish({ 'deletion-threshold': '7', ...percent })).outputs['files-deleted']).toBe('7');
  });

  test.concurrent('are measured by the configuration, unless the input says otherwise', async () => {
    const { write, remove, publish } = await publishMany(8);
    const options = { github: { deletion_threshold: 6, deletion_threshold_percent: 90 } };
    await write(config, JSON.stringify({ handlers: { sync: { active: 'github', options } } }));
    await remove(7);
    expect((await publish()).outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '7' });
    expect((await publish({ 'deletion-threshold': '7' })).outputs).toMatchObject({ 'files-deleted': '7' });
  });

  test.concurrent('are never five or fewer under the defaults; 0 means never', async () => {
    const { remove, publish, left } = await publishMany(6);
    await remove(5);
    const withheld = { conclusion: 'withheld', 'deletions-withheld': '5', 'files-deleted': '0' };
    expect((await publish({ 'deletion-threshold': '0' })).outputs).toMatchObject(withheld);
    expect((await publish({ 'deletion-threshold-percent': '0' })).outputs).toMatchObject(withheld);
    // A number that equals the default is the default, whoever wrote it.
    const same = { 'deletion-threshold': '50', 'deletion-threshold-percent': '20' };
    expect((await publish(same)).outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '5' });
    expect(await left()).toBe(1);
  });

  test.concurrent('are no documents that only moved', async () => {
    const { write, remove, publish, left } = await publishMany(8);
    await remove(8);
    for (const [path, text] of Object.entries(documents(8, 'docs/moved'))) await write(path, text);
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '8', 'files-deleted': '8' });
    expect(run.outputs['deletions-withheld']).toBe('0');
    expect(await left()).toBe(8);
  });

  test.concurrent('do not withhold what moved along with them', async () => {
    const { write, remove, publish, owned } = await publishMany(8);
    await remove(7);
    await write('docs/moved.md', '0\n');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '6', 'files-deleted': '1' });
    expect(await owned()).not.toContain('docs/0.md');
  });
});

describe('selecting nothing', () => {
  test.concurrent('is an error that names the patterns, before anything is fetched', async () => {
    const { publish } = await publishMany(2);
    const run = await publish({ include: 'handbook/**' });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(/handbook.*allow-empty/) }]);
    expect([...writes(run), ...run.requests.filter(({ kind }) => kind === 'git')]).toEqual([]);
  });

  test.concurrent('with allow-empty removes the few documents that were published', async () => {
    const { remove, publish, left } = await publishMany(2);
    await remove(2);
    const run = await publish({ 'allow-empty': 'true' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'files-deleted': '2' } });
    expect(await left()).toBe(0);
    expect((await publish({ 'allow-empty': 'true' })).outputs).toMatchObject({ conclusion: 'unchanged' });
  });

  test.concurrent('with allow-empty still withholds many', async () => {
    const { remove, publish, left } = await publishMany(6);
    await remove(6);
    expect((await publish({ 'allow-empty': 'true' })).outputs).toMatchObject({ conclusion: 'withheld' });
    expect(await left()).toBe(6);
  });
});
