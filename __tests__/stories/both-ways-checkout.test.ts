import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { back, both, organize as organizeIn, reasons, three } from '../support/both-sides.ts';
import type { FileChange } from '../support/commit-files.ts';
import { messages, useStories } from '../support/story.ts';

const startStory = useStories();
const organize = async (files?: Record<string, FileChange>, published?: boolean) =>
  organizeIn(await startStory(), files, published);

describe('what is in no commit', () => {
  test.concurrent('is neither overwritten nor removed, and everything else goes on', async () => {
    const { publish, edit, write, git, here, status, read } = await organize({
      ...three,
      'docs/d.md': 'd\n',
      'docs/e.md': 'e\n',
      '.gitignore': '/docs/ignored*.md\n',
    });
    await write('docs/a.md', 'work\n');
    await write('docs/b.md', 'staged\n');
    await git('add', 'docs/b.md');
    await write('docs/c.md', 'work\n');
    await write('docs/untracked.md', 'work\n');
    await write('docs/ignored.md', 'work\n');
    const texts = { 'docs/untracked.md': 'theirs\n', 'docs/ignored.md': 'theirs\n', 'docs/ignored2.md': 'theirs\n' };
    await edit({
      'docs/a.md': 'theirs\n',
      'docs/b.md': 'theirs\n',
      'docs/c.md': null,
      'docs/d.md': 'theirs\n',
      ...texts,
    });
    const before = await status();
    const run = await publish({ ...back, 'on-conflict': 'codex' });
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', pulled: '1' });
    expect((await status()).sort()).toEqual([...before, ' M docs/d.md'].sort());
    expect(reasons(run)).toEqual({
      'docs/a.md': expect.stringContaining('commit it first'),
      'docs/b.md': expect.stringContaining('commit it first'),
      'docs/ignored.md': expect.stringContaining('commit it first'),
      'docs/ignored2.md': expect.stringContaining('git ignores'),
      'docs/untracked.md': expect.stringContaining('commit it first'),
    });
    const warning = messages(run, 'warning').find((one) => one.startsWith('Not pulled into the checkout'));
    expect(warning).toContain('docs/a.md (changed in the checkout and in no commit: commit it first)');
    expect([await here('docs/a.md'), await here('docs/ignored.md'), await read('docs/a.md')]).toEqual([
      'work\n',
      'work\n',
      'theirs\n',
    ]);
  });

  test.concurrent('counts as such by its content, not by its times or line ends', async () => {
    const { publish, edit, write, git, here } = await organize();
    await git('config', 'core.autocrlf', 'true');
    await write('docs/a.md', 'a\r\n');
    await write('docs/b.md', 'b\n');
    await edit({ 'docs/a.md': 'theirs\n', 'docs/b.md': 'theirs\n' });
    expect((await publish(back)).outputs).toMatchObject({ pulled: '2' });
    expect(await here('docs/a.md')).toBe('theirs\n');
  });

  test.concurrent('is also what a sparse checkout does not hold', async () => {
    const { publish, edit, git, here } = await organize({ ...three, 'docs/deep/d.md': 'd\n' });
    await git('sparse-checkout', 'set', '--no-cone', '/docs/*.md');
    await edit({ 'docs/deep/d.md': 'theirs\n', 'docs/a.md': 'theirs\n' });
    const run = await publish(back);
    expect(run.outputs.pulled).toBe('1');
    expect(reasons(run)['docs/deep/d.md']).toContain('not checked out');
    expect(await here('docs/deep/d.md')).toBeUndefined();
  });
});

describe('nothing but documents comes back', () => {
  test.concurrent('no program, no setting, no dot folder; edited ones are kept in the codex with a warning', async () => {
    const files = {
      ...three,
      '.claude/x.md': 'x\n',
      'docs/run.sh': 'r\n',
      'docs/bit.md': { mode: '100755', content: 'x\n' },
      'Docs/guide.md': 'not selected\n',
    };
    const { publish, edit, status } = await organize(files as Record<string, FileChange>);
    await edit({
      '.claude/x.md': 'theirs\n',
      '.claude/new.md': 'theirs\n',
      'docs/run.sh': 'theirs\n',
      'docs/bit.md': { mode: '100755', content: 'theirs\n' },
      'docs/new.sh': 'theirs\n',
      'docs/.hidden/new.md': 'theirs\n',
      'docs/new-bit.md': { mode: '100755', content: 'theirs\n' },
      'docs/link.md': { mode: '120000', content: '/etc/passwd' },
      'docs/.gitattributes': '* text\n',
      'docs/a\\b.md': 'theirs\n',
      'docs/.env.md': 'theirs\n',
      'docs/A.md': 'theirs\n',
      'docs/guide.md': 'theirs\n',
      'src/new.md': 'theirs\n',
    });
    const run = await publish(both);
    // Of two spellings that no Windows can check out, the one that a person wrote stays.
    const outputs = { conclusion: 'published', pulled: '0', drifted: '3', 'files-deleted': '1' };
    expect(run).toMatchObject({ exitCode: 0, outputs });
    expect(await status()).toEqual([]);
    const paths = ['.claude/new.md', '.claude/x.md', 'docs/.env.md', 'docs/.gitattributes', 'docs/.hidden/new.md'];
    paths.push(
      'docs/A.md',
      'docs/a\\b.md',
      'docs/bit.md',
      'docs/guide.md',
      'docs/new-bit.md',
      'docs/new.sh',
      'docs/run.sh',
    );
    expect(Object.keys(reasons(run)).sort()).toEqual(paths);
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(/keeps the spelling that a person wrote there: docs\/a\.md /),
      expect.stringMatching(/kept.*\.claude\/x\.md, docs\/bit\.md, docs\/run\.sh/),
    ]);
  });

  test.concurrent('never through a link, into another repository, or where a file is in the way', async () => {
    const { publish, edit, file, git, github, write } = await organize({
      ...three,
      'docs/link.md': { mode: '120000', content: 'a.md' },
      'docs/block': 'a file\n',
    });
    const outside = await github.scratch('outside');
    await symlink(outside, file('docs/out'));
    await mkdir(file('docs/nested'));
    await git('init', '--quiet', 'docs/nested');
    await write('docs/other', 'a file\n');
    const exclude = join('.git', 'info', 'exclude');
    await write(exclude, '/docs/out\n/docs/other\n/docs/ignored.md\n');
    await edit({
      'docs/link.md': 'theirs\n',
      'docs/out/x.md': 'theirs\n',
      'docs/nested/x.md': 'theirs\n',
      'docs/other/x.md': 'theirs\n',
      'docs/ignored.md': 'theirs\n',
      'docs/c.md': 'theirs\n',
    });
    const run = await publish(back);
    expect(run).toMatchObject({ exitCode: 0, outputs: { pulled: '1' } });
    expect(reasons(run)).toEqual({
      'docs/ignored.md': expect.stringContaining('git ignores'),
      'docs/link.md': 'a symbolic link in the checkout',
      'docs/nested/x.md': 'below docs/nested, which is not a folder of the project',
      'docs/other/x.md': 'docs/other is a file',
      'docs/out/x.md': 'docs/out is a symbolic link',
    });
    expect((await lstat(file('docs/link.md'))).isSymbolicLink()).toBe(true);
    expect([await readdir(outside), existsSync(file('docs/nested/x.md'))]).toEqual([[], false]);
  });

  test.concurrent('no private key and no pointer of Git LFS', async () => {
    const { publish, edit, status } = await organize();
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
    await edit({ 'docs/key.txt': '-----BEGIN PRIVATE KEY-----\n', 'docs/x.png': pointer, 'docs/a.md': 'theirs\n' });
    const run = await publish(back);
    expect(run.outputs.pulled).toBe('1');
    expect(await status()).toEqual([' M docs/a.md']);
    expect(reasons(run)).toEqual({ 'docs/key.txt': 'holds a private key', 'docs/x.png': 'a Git LFS pointer' });
  });
});

describe('a document that someone removes in the codex', () => {
  test.concurrent('is removed from the checkout, with the folders that this leaves empty', async () => {
    const { publish, edit, file, status, commit, manifest } = await organize({ ...three, 'docs/deep/er/d.md': 'd\n' });
    await edit({ 'docs/deep/er/d.md': null, 'docs/a.md': null });
    const run = await publish(both);
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', pulled: '2', 'files-added': '0', drifted: '2' });
    expect(await status()).toEqual([' D docs/a.md', ' D docs/deep/er/d.md']);
    expect(existsSync(file('docs/deep'))).toBe(false);
    await commit('Remove them here too');
    expect((await publish(both)).outputs).toMatchObject({ conclusion: 'published', pulled: '0' });
    expect(Object.keys((await manifest()).documents)).toEqual(['docs/b.md', 'docs/c.md']);
  });

  test.concurrent('a file becomes a folder, and a folder a file', async () => {
    const { publish, edit, here } = await organize({ ...three, 'docs/x.md/y.md': 'y\n' });
    await edit({ 'docs/a.md': null, 'docs/x.md/y.md': null });
    await edit({ 'docs/a.md/z.md': 'z\n', 'docs/x.md': 'x\n' });
    expect((await publish(both)).outputs).toMatchObject({ pulled: '4' });
    expect([await here('docs/a.md/z.md'), await here('docs/x.md')]).toEqual(['z\n', 'x\n']);
  });

  test.concurrent('with most of the others, is withheld: nothing is removed here, nor restored there', async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`docs/${n}.md`, `${n}\n`]));
    const { publish, edit, status, tip } = await organize({ ...three, ...many });
    const edited = await edit({
      ...Object.fromEntries(Object.keys(many).map((path) => [path, null])),
      'docs/a.md': 'x\n',
    });
    for (const inputs of [both, back]) {
      const run = await publish(inputs);
      expect(run.outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '9', changed: 'false' });
      expect(messages(run, 'warning')).toEqual([expect.stringMatching(/^9 deletions withheld.*deletion-threshold/)]);
      expect(await status()).toEqual([' M docs/a.md']);
    }
    expect(await tip()).toBe(edited);
    const more = { 'deletion-threshold-percent': '100' };
    expect((await publish({ ...both, ...more })).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '9' });
  });
});
