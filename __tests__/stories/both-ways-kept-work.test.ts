import { describe, expect, test } from '@jest/globals';
import { back, organize as organizeIn, reasons, three } from '../support/both-sides.ts';
import type { FileChange } from '../support/commit-files.ts';
import { useStories } from '../support/story.ts';

const startStory = useStories();
const organize = async (files?: Record<string, FileChange>) => organizeIn(await startStory(), files);

describe('work that git was told not to look at', () => {
  test.concurrent.each([
    { flags: ['--assume-unchanged'] },
    { flags: ['--skip-worktree'] },
    { flags: ['--assume-unchanged', '--skip-worktree'] },
  ])('is neither overwritten nor removed : $flags', async ({ flags }) => {
    const { publish, edit, write, git, here } = await organize();
    for (const flag of flags) await git('update-index', flag, 'docs/a.md', 'docs/b.md', 'docs/c.md');
    await write('docs/a.md', 'work\n');
    await write('docs/b.md', 'work\n');
    await edit({ 'docs/a.md': 'theirs\n', 'docs/b.md': null, 'docs/c.md': 'theirs\n' });
    const listed = await git('ls-files', '-v');
    const run = await publish(back);
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', pulled: '1' });
    expect(reasons(run)).toEqual({
      'docs/a.md': expect.stringContaining('in no commit'),
      'docs/b.md': expect.stringContaining('in no commit'),
    });
    const texts = await Promise.all(Object.keys(three).map(here));
    expect([texts, await git('ls-files', '-v')]).toEqual([['work\n', 'work\n', 'theirs\n'], listed]);
  });
});
