import { describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { codex, expectRefused, messages, token, useStories } from '../support/story.ts';

const manifestFile = 'projects/widgets/.codex-sync.json';
const startStory = useStories();

describe('a folder that another repository owns', () => {
  async function takenFolder(date = '2026-01-01T00:00:00Z') {
    const story = await startStory();
    const widgets = await story.host('widgets', { 'docs/a.md': 'widgets\n', 'docs/b.md': 'b\n' });
    const others = await story.host('others', { 'docs/a.md': 'others\n' }, { date });
    await widgets.begin();
    return { ...story, widgets, others };
  }

  test.concurrent('is not taken over: the error names both, nothing is written', async () => {
    const { others, tip, read } = await takenFolder();
    const before = await tip();
    const run = await others.publish({ project: 'widgets' });
    expectRefused(run, 'acme/widgets', 'acme/others', 'adopt');
    expect(await tip()).toBe(before);
    expect(await read('projects/widgets/docs/a.md')).toBe('widgets\n');
  });

  test.concurrent('is not taken over with adopt either while it is there, or while nothing tells', async () => {
    const { others, tip, github } = await takenFolder();
    const before = await tip();
    const adopt = { project: 'widgets', adopt: 'true' };
    expectRefused(await others.publish(adopt), 'acme/widgets', 'the token for the codex does not see that repository');
    github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read', 'acme/others': 'read' });
    expectRefused(await others.publish(adopt), 'acme/widgets', 'exists, and is not archived or renamed');
    expect(await tip()).toBe(before);
  });

  test.concurrent('is taken over with adopt once it is gone, as far as a token tells that sees private repositories', async () => {
    const { others, github, manifest } = await takenFolder();
    await github.deleteRepository('acme/widgets');
    const adopt = { project: 'widgets', adopt: 'true' };
    expectRefused(await others.publish(adopt), 'is unknown whether it is deleted');
    github.addToken(token, { [codex]: 'write', 'acme/others': 'read' });
    expect((await others.publish(adopt)).outputs.conclusion).toBe('published');
    expect((await manifest()).source.repository).toBe('acme/others');
  });

  test.concurrent.each([
    ['newer', '2026-02-01T00:00:00Z'],
    ['older', '2025-12-01T00:00:00Z'],
  ])(
    'is taken over with adopt once it is archived, by a %s commit too, and then belongs to the new one alone',
    async (_, date) => {
      const { widgets, others, read, manifest, documents, github } = await takenFolder(date);
      github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
      github.repository('acme/widgets').archived = true;
      const run = await others.publish({ project: 'widgets', adopt: 'true' });
      expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '1' });
      expect(await read('projects/widgets/docs/a.md')).toBe('others\n');
      expect(Object.keys(await documents())).toEqual(['docs/a.md']);
      expect((await manifest()).source.repository).toBe('acme/others');
      expectRefused(await widgets.publish(), 'acme/widgets', 'acme/others');
    },
  );

  test.concurrent('changes hands with adopt even when no document differs, once', async () => {
    const { host, manifest, github } = await takenFolder();
    const renamed = await host('renamed', { 'docs/a.md': 'widgets\n', 'docs/b.md': 'b\n' });
    github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
    github.repository('acme/widgets').archived = true;
    const adopt = { project: 'widgets', adopt: 'true' };
    expect((await renamed.publish(adopt)).outputs).toMatchObject({ conclusion: 'published', changed: 'true' });
    expect((await manifest()).source.repository).toBe('acme/renamed');
    expect((await renamed.publish(adopt)).outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false' });
  });

  test.concurrent('is the same one whatever the case of its name', async () => {
    const { widgets, edit, read } = await takenFolder();
    await edit({ [manifestFile]: ((await read(manifestFile)) ?? '').replace(/acme\/widgets/, 'ACME/Widgets') });
    expect(await widgets.publish()).toMatchObject({ exitCode: 0, outputs: { conclusion: 'unchanged' } });
  });
});

describe('a package of a monorepo', () => {
  const files = {
    'docs/root.md': 'root\n',
    'packages/a/docs/a.md': 'a\n',
    'packages/b/docs/b.md': 'b\n',
    'packages/named/.fractary/codex.yaml': 'project_name: named\n',
    'packages/named/docs/n.md': 'n\n',
    '.fractary/codex.yaml': 'project_name: root\n',
  };

  test.concurrent('publishes its own documents, by paths relative to it', async () => {
    const { github, host, manifest } = await startStory();
    const { begin, publish } = await host('mono', files);
    await begin({ 'working-directory': 'packages/a', project: 'widgets' });
    await publish({ 'working-directory': 'packages/named' });
    expect((await manifest()).source.directory).toBe('packages/a');
    const published = Object.keys(await readTree(github, codex, 'test', 'projects'));
    expect(published.filter((path) => path.endsWith('.md'))).toEqual(['named/docs/n.md', 'widgets/docs/a.md']);
  });

  test.concurrent('must say its project: the configuration of the root does not say it', async () => {
    const { publish } = await (await startStory()).host('mono', files);
    const run = await publish({ 'working-directory': 'packages/a' });
    expect(run.requests).toEqual([]);
    expectRefused(run, 'packages/a', '"project"', 'project_name');
  });

  test.concurrent.each([
    ['another package', 'packages/b'],
    ['the root', '.'],
  ])('is not taken over by %s of the same repository, but with adopt', async (_, directory) => {
    const { host, tip, manifest } = await startStory();
    const { begin, publish } = await host('mono', files);
    await begin({ 'working-directory': 'packages/a', project: 'widgets' });
    const before = await tip();
    const other = { 'working-directory': directory, project: 'widgets' };
    expectRefused(await publish(other), 'acme/mono (directory packages/a)', 'adopt');
    expect(await tip()).toBe(before);
    expect((await publish({ ...other, adopt: 'true' })).outputs).toMatchObject({ conclusion: 'published' });
    expect((await manifest()).source.directory).toBe(directory);
  });
});

describe('a manifest', () => {
  const source = { repository: 'mallory/else', directory: '.' };
  const id = 'a'.repeat(40);
  test.concurrent.each([
    ['that is no JSON', '<<<<<<< ours\n'],
    ['that is a list', '[]\n'],
    ['of ten megabytes of brackets', '['.repeat(10 * 1024 * 1024)],
    ['without a version', JSON.stringify({ documents: {}, source })],
    ['without a source', JSON.stringify({ documents: { 'docs/kept.md': id }, version: 1 })],
    ['that owns paths outside of the folder', JSON.stringify({ documents: { '../x/a.md': id }, source, version: 1 })],
    ['with ids that are none', JSON.stringify({ documents: { 'docs/kept.md': 'HEAD' }, source, version: 1 })],
  ])('%s means that nothing is owned: a warning, nothing deleted, and a new one', async (_, text) => {
    const { host, edit, read, manifest } = await startStory();
    const { begin, publish } = await host('widgets', { 'docs/a.md': 'a\n' });
    await begin();
    await edit({ [manifestFile]: text, 'projects/widgets/docs/kept.md': 'kept\n' });
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'files-deleted': '0' } });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('projects/widgets/.codex-sync.json')]);
    expect(await read('projects/widgets/docs/kept.md')).toBe('kept\n');
    expect(await manifest()).toMatchObject({ source: { repository: 'acme/widgets' }, version: 2 });
    expect(Object.keys((await manifest()).documents)).toEqual(['docs/a.md']);
  });

  test.concurrent('of a newer version is an error that says to upgrade, and stays', async () => {
    const { host, edit, tip } = await startStory();
    const { begin, publish } = await host('widgets', { 'docs/a.md': 'a\n' });
    await begin();
    const before = await edit({ [manifestFile]: '{"version": 3, "documents": "elsewhere"}\n' });
    expectRefused(await publish({ adopt: 'true' }), manifestFile, 'version 3', 'Upgrade');
    expect(await tip()).toBe(before);
  });

  test.concurrent('keeps its previews as they are', async () => {
    const { host, edit, read, manifest } = await startStory();
    const { begin, publish, write } = await host('widgets', { 'docs/a.md': 'a\n' });
    await begin();
    const documents = { 'docs/new.md': id, 'docs/old.md': null };
    const previews = { '12': { commit: 'b'.repeat(40), date: '2026-11-22T10:00:00Z', documents } };
    await edit({ [manifestFile]: `${JSON.stringify({ ...(await manifest()), previews }, null, 2)}\n` });
    await write('docs/a.md', 'changed\n');
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect((await manifest()).previews).toEqual(previews);
    expect(await read(manifestFile)).toMatch(
      /^\{\n {2}"documents": .*\n {2}"previews": .*\n {2}"source": .*\n {2}"version": 2\n\}\n$/s,
    );
  });
});
