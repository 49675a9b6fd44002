import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { back, both, organize as organizeIn, reasons, three } from '../support/both-sides.ts';
import type { FileChange } from '../support/commit-files.ts';
import { useStories } from '../support/story.ts';

const startStory = useStories();
const organize = async (files?: Record<string, FileChange>) => organizeIn(await startStory(), files);

describe('a text that git would commit otherwise in the project', () => {
  test.concurrent.each([both, back, { ...both, 'on-conflict': 'codex' }])(
    'waits, and is not published over: other line ends than the attributes ask for, %o',
    async (inputs) => {
      const { publish, edit, status, commit, tip, here } = await organize({
        ...three,
        '.gitattributes': '* text=auto\n',
      });
      const edited = await edit({ 'docs/a.md': 'a\r\n', 'docs/b.md': 'edited\r\n', 'docs/c.md': 'edited\n' });
      const run = await publish(inputs);
      expect(run).toMatchObject({ exitCode: 0, outputs: { pulled: '1', drifted: '3' } });
      const why = 'git would commit it differently here (line ends or encoding)';
      expect(reasons(run)).toEqual({ 'docs/a.md': why, 'docs/b.md': why });
      expect([await status(), await here('docs/b.md'), await tip()]).toEqual([[' M docs/c.md'], 'b\n', edited]);
      await commit('Take it over');
      const next = await publish(inputs);
      expect(next.outputs).toMatchObject({ pulled: '0', 'files-modified': '0', conflicts: '0' });
    },
  );

  test.concurrent('counts by what the index has: a file that was committed with such line ends keeps them', async () => {
    const { publish, edit, write, commit, here, status } = await organize({ ...three, 'docs/a.md': 'a\r\n' });
    await write('.gitattributes', '* text=auto\n');
    await commit('Ask for other line ends');
    await edit({ 'docs/a.md': 'edited\r\n', 'docs/new.md': 'new\r\n' });
    const run = await publish(back);
    expect(reasons(run)).toEqual({ 'docs/new.md': expect.stringContaining('differently') });
    expect([await here('docs/a.md'), await status()]).toEqual(['edited\r\n', [' M docs/a.md']]);
  });

  test.concurrent('by attributes that are in no commit yet, and by those above a package', async () => {
    const story = await startStory();
    const { publish, write, directory } = await story.host('widgets', { 'pkg/docs/a.md': 'a\n' });
    const inputs = { 'working-directory': 'pkg', project: 'one' };
    await publish(inputs);
    await write('.gitattributes', '*.md text\n');
    await story.edit({ 'projects/one/docs/a.md': 'edited\r\n', 'projects/one/docs/b.txt': 'new\r\n' });
    const run = await publish({ ...inputs, ...back });
    expect(reasons(run)).toEqual({ 'docs/a.md': expect.stringContaining('differently') });
    expect(await readFile(join(directory, 'pkg/docs/a.md'), 'utf8')).toBe('a\n');
    expect(await readFile(join(directory, 'pkg/docs/b.txt'), 'utf8')).toBe('new\r\n');
  });

  test.concurrent('in another encoding: whether or not it could be read in that one', async () => {
    const attributes = '*.txt working-tree-encoding=UTF-16LE\n';
    const { publish, edit, status } = await organize({ ...three, '.gitattributes': attributes });
    await edit({ 'docs/even.txt': 'even\n\n', 'docs/odd.txt': 'odd\n\n', 'docs/a.md': 'theirs\n' });
    const run = await publish(both);
    expect(run).toMatchObject({ exitCode: 0, outputs: { pulled: '1' } });
    expect(reasons(run)).toEqual({
      'docs/even.txt': expect.stringContaining('differently'),
      'docs/odd.txt': expect.stringContaining('not in the encoding'),
    });
    expect(await status()).toEqual([' M docs/a.md']);
  });
});

test.concurrent('a new document outside of a sparse checkout waits: git would not add it', async () => {
  const { publish, edit, git, status } = await organize({
    ...three,
    'docs/deep/d.md': 'd\n',
    'docs/other/d.md': 'd\n',
  });
  await git('sparse-checkout', 'set', 'docs/other');
  await edit({ 'docs/deep/new.md': 'theirs\n', 'docs/other/new.md': 'theirs\n', 'docs/a.md': 'theirs\n' });
  const run = await publish(back);
  expect(run.outputs.pulled).toBe('2');
  expect(reasons(run)).toEqual({ 'docs/deep/new.md': expect.stringContaining('outside of the sparse checkout') });
  expect(await status()).toEqual([' M docs/a.md', '?? docs/other/new.md']);
  await git('add', '-A');
});
