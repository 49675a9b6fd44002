import { describe, expect, test } from '@jest/globals';
import type { FileChange } from '../support/commit-files.ts';
import { codex, expectRefused, messages, useStories } from '../support/story.ts';

const startStory = useStories();

const three = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' };

/** A project and its codex; paths in the codex are those of the project's folder on branch `test`. */
async function organize(files: Record<string, FileChange> = three) {
  const story = await startStory();
  const project = await story.host('widgets', files);
  const { write, commit, publish } = project;
  const inFolder = (path: string) => `projects/widgets/${path}`;
  return {
    ...story,
    write,
    commit,
    publish,
    publishFirst: () => story.begin(project),
    edit: (changes: Record<string, FileChange>) => {
      const renamed = Object.entries(changes).map(([path, change]) => [inFolder(path), change]);
      return story.edit(Object.fromEntries(renamed));
    },
    read: (path: string) => story.read(inFolder(path)),
    textAt: (commit: string, path: string) => `${story.github.serverUrl}/${codex}/blob/${commit}/${inFolder(path)}`,
  };
}

async function publishedOrganization(files?: Record<string, FileChange>) {
  const organization = await organize(files);
  expect(await organization.publishFirst()).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
  return organization;
}

describe('a document that someone edited in the codex', () => {
  test.concurrent('is kept with a warning in every run, while other documents are published', async () => {
    const { write, publish, edit, read, tip } = await publishedOrganization();
    await edit({ 'docs/a.md': 'edited\n' });
    await write('docs/b.md', 'new b\n');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', drifted: '1', conflicts: '0', 'files-modified': '1' });
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/kept.*docs\/a\.md/)]);
    expect([await read('docs/a.md'), await read('docs/b.md')]).toEqual(['edited\n', 'new b\n']);
    const before = await tip();
    const again = await publish();
    expect(again.outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false', drifted: '1' });
    expect(messages(again, 'warning')).toEqual(messages(run, 'warning'));
    expect(await tip()).toBe(before);
  });

  test.concurrent('is kept by "on-conflict: codex" also when nothing that was published is left on either side', async () => {
    const { write, commit, publish, edit, read, manifest } = await publishedOrganization({ 'docs/a.md': 'a\n' });
    await edit({ 'docs/a.md': null, 'docs/b.md': 'b of the codex\n' });
    await write('docs/a.md', null);
    await write('docs/b.md', 'b of the project\n');
    await commit('Write anew');
    for (let run = 0; run < 3; run++) {
      const { outputs } = await publish({ 'on-conflict': 'codex' });
      expect(outputs).toMatchObject({ conflicts: '1', 'files-modified': '0' });
      expect(await read('docs/b.md')).toBe('b of the codex\n');
    }
    expect((await manifest()).documents).toEqual({});
  });

  test.concurrent('is in step again when the project takes the edit over; only the release line records that', async () => {
    const { write, commit, publish, edit, read, tip } = await publishedOrganization();
    const before = await edit({ 'docs/a.md': 'edited\n' });
    await write('docs/a.md', 'edited\n');
    // Not before it is in a commit: until then it may be thrown away.
    expect((await publish()).outputs).toMatchObject({ conclusion: 'unchanged', drifted: '0' });
    await commit('Take the edit over');
    const feature = await publish({}, { ref: 'refs/heads/feature' });
    expect(feature.outputs).toMatchObject({ conclusion: 'unchanged', drifted: '0' });
    expect(await tip()).toBe(before);
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', drifted: '0', 'files-modified': '0' });
    await write('docs/a.md', 'next\n');
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', conflicts: '0', 'files-modified': '1' });
    expect(await read('docs/a.md')).toBe('next\n');
  });

  test.concurrent('and removed, is restored with a warning', async () => {
    const { publish, edit, read } = await publishedOrganization();
    await edit({ 'docs/a.md': null });
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', drifted: '1', 'files-added': '1' });
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/restored.*docs\/a\.md/)]);
    expect(await read('docs/a.md')).toBe('a\n');
  });
});

describe('a conflict', () => {
  async function conflict() {
    const organization = await publishedOrganization();
    const edited = await organization.edit({ 'docs/a.md': 'edited\n' });
    await organization.write('docs/a.md', 'new a\n');
    await organization.write('docs/b.md', 'new b\n');
    return { ...organization, edited };
  }

  test.concurrent("is decided for the project by default; log, summary and result link to the codex's text", async () => {
    const { publish, edited, read, textAt } = await conflict();
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', conflicts: '1', drifted: '1', 'files-modified': '2' });
    expect(await read('docs/a.md')).toBe('new a\n');
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('docs/a.md')]);
    for (const text of [run.log, run.summary, run.outputs.result]) expect(text).toContain(textAt(edited, 'docs/a.md'));
  });

  test.concurrent('is decided for the codex by on-conflict: codex, in every run until someone mends it', async () => {
    const { publish, read } = await conflict();
    const run = await publish({ 'on-conflict': 'codex' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', conflicts: '1', 'files-modified': '1' });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('docs/a.md')]);
    expect([await read('docs/a.md'), await read('docs/b.md')]).toEqual(['edited\n', 'new b\n']);
    const again = await publish({ 'on-conflict': 'codex' });
    expect(again.outputs).toMatchObject({ conclusion: 'unchanged', conflicts: '1' });
    expect(messages(again, 'warning')).toEqual(messages(run, 'warning'));
  });

  test.concurrent('fails the run by on-conflict: fail, which lists it and writes nothing at all', async () => {
    const { publish, edited, tip } = await conflict();
    const run = await publish({ 'on-conflict': 'fail' });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining('docs/a.md') }]);
    expect(run.annotations[0]?.message).not.toContain('docs/b.md');
    expect(await tip()).toBe(edited);
  });

  test.concurrent.each(['project', 'codex'])(
    'between an edit and a deletion ends with the edit (on-conflict: %s)',
    async (rule) => {
      const { write, publish, edit, read } = await publishedOrganization();
      await edit({ 'docs/a.md': 'edited\n', 'docs/b.md': null });
      await write('docs/a.md', null);
      await write('docs/b.md', 'new b\n');
      const run = await publish({ 'on-conflict': rule });
      expect(run.outputs).toMatchObject({ conflicts: '2', 'files-added': '1', 'files-deleted': '0' });
      expect([await read('docs/a.md'), await read('docs/b.md')]).toEqual(['edited\n', 'new b\n']);
    },
  );

  test.concurrent('is also a new document where someone in the codex wrote another text', async () => {
    const { write, publish, edit, read, textAt } = await publishedOrganization();
    const before = await edit({ 'docs/new.md': 'theirs\n' });
    await write('docs/new.md', 'mine\n');
    expect((await publish({ 'on-conflict': 'codex' })).outputs).toMatchObject({ conflicts: '1', changed: 'false' });
    const run = await publish();
    expect(run.outputs).toMatchObject({ conflicts: '1', drifted: '0', 'files-modified': '1' });
    expect(run.log).toContain(textAt(before, 'docs/new.md'));
    expect(await read('docs/new.md')).toBe('mine\n');
  });

  test.concurrent('between an edit and a deletion fails with on-conflict: fail', async () => {
    const { write, publish, edit } = await publishedOrganization();
    await edit({ 'docs/a.md': 'edited\n' });
    await write('docs/a.md', null);
    expect((await publish({ 'on-conflict': 'fail' })).exitCode).toBe(1);
  });
});

describe('the first run into a folder that holds documents', () => {
  test.concurrent('publishes what differs, links what it replaced, and leaves the rest alone for ever', async () => {
    const { write, publish, edit, read, textAt } = await organize();
    await publish({ project: 'elsewhere' });
    const before = await edit({
      'docs/a.md': 'theirs\n',
      'docs/b.md': 'b\n',
      'docs/theirs.md': 'x\n',
      'notes.txt': 'y\n',
    });
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1', 'files-modified': '1' });
    expect(run.outputs).toMatchObject({ 'files-deleted': '0', drifted: '0', conflicts: '0' });
    expect(run.log).toMatch(/Only in the codex.*\n.*docs\/theirs\.md/);
    for (const text of [run.log, run.summary, run.outputs.result]) expect(text).toContain(textAt(before, 'docs/a.md'));
    await write('docs/c.md', null);
    expect((await publish()).outputs).toMatchObject({ 'files-deleted': '1' });
    expect([await read('docs/a.md'), await read('docs/theirs.md'), await read('notes.txt')]).toEqual([
      'a\n',
      'x\n',
      'y\n',
    ]);
  });
});

describe('what stands in the way in the codex', () => {
  test.concurrent.each([
    ['a file where the project has a folder', 'docs/a.md/deep.md', 'docs/a.md'],
    ['a folder where the project has a file', 'docs/guide', 'docs/guide/theirs.md'],
  ])('is an error that names both: %s', async (_, mine, theirs) => {
    const { publish, edit, tip } = await organize({ [mine]: 'mine\n' });
    await publish({ project: 'elsewhere' });
    const before = await edit({ [theirs]: 'theirs\n' });
    const run = await publish();
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(`"${mine}"`) }]);
    expect(run.annotations[0]?.message).toContain(`"${theirs}"`);
    expect(await tip()).toBe(before);
  });

  test.concurrent.each<[string, Readonly<Record<string, FileChange>>]>([
    ['a folder', { '.codex-sync.json/theirs.md': 'theirs\n' }],
    ['a link', { '.codex-sync.json': { mode: '120000', content: 'theirs.md' } }],
  ])('is an error when it is %s in the place of the manifest', async (_, there) => {
    const { publish, edit, tip } = await organize();
    await publish({ project: 'elsewhere' });
    const before = await edit(there);
    expectRefused(await publish(), '"projects/widgets/.codex-sync.json"', 'Remove that entry');
    expect(await tip()).toBe(before);
  });

  test.concurrent('is reported and never overwritten when it is a link', async () => {
    const { write, publish, edit, documents } = await publishedOrganization();
    await edit({ 'docs/a.md': { mode: '120000', content: 'b.md' } });
    await write('docs/a.md', 'new a\n');
    const run = await publish();
    expect(run.exitCode).toBe(0);
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('docs/a.md')]);
    expect((await documents())['docs/a.md']?.mode).toBe('120000');
  });
});

describe('executable bits', () => {
  test.concurrent('are published, follow the project, and are put back when only they differ in the codex', async () => {
    const script = { mode: '100755', content: '#!/bin/sh\n' } as const;
    const { write, publish, edit, documents } = await publishedOrganization({ ...three, 'docs/run.sh': script });
    const mode = async () => (await documents())['docs/run.sh']?.mode;
    expect(await mode()).toBe('100755');
    await edit({ 'docs/run.sh': script.content });
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await mode()).toBe('100755');
    await write('docs/run.sh', script.content);
    expect((await publish()).outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await mode()).toBe('100644');
  });
});
