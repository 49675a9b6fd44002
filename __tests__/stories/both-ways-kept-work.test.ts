import { describe, expect, test } from '@jest/globals';
import { back, both, organize as organizeIn, reasons, three } from '../support/both-sides.ts';
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

describe('documents that git ignores, published by "include-ignored"', () => {
  test.concurrent.each([
    { what: 'edited in the codex', theirs: 'theirs\n', mine: 'made\n' },
    { what: 'edited in the codex and made anew', theirs: 'theirs\n', mine: 'made anew\n' },
    { what: 'removed in the codex', theirs: null, mine: 'made\n' },
  ])('$what: are left alone, since no commit has them', async ({ theirs, mine }) => {
    const { publish, edit, write, here } = await organize({ ...three, '.gitignore': '/docs/made/\n' });
    const inputs = { 'include-ignored': 'docs/made/**' };
    await write('docs/made/x.md', 'made\n');
    expect((await publish(inputs)).outputs).toMatchObject({ 'files-added': '1' });
    await edit({ 'docs/made/x.md': theirs, 'docs/a.md': 'theirs\n' });
    await write('docs/made/x.md', mine);
    const run = await publish({ ...both, ...inputs, 'on-conflict': 'codex' });
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', pulled: '1' });
    expect(reasons(run)).toEqual({ 'docs/made/x.md': expect.stringContaining('git ignores') });
    expect([await here('docs/made/x.md'), await here('docs/a.md')]).toEqual([mine, 'theirs\n']);
  });
});

describe('a document that moved in the codex', () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`docs/n${n}.md`, `n${n}\n`]));
  const paths = Object.keys(many);
  const movedTo = (folder: string) => ({
    ...Object.fromEntries(paths.map((path) => [path, null])),
    ...Object.fromEntries(paths.map((path) => [path.replace('docs/', folder), many[path] ?? ''])),
  });

  test.concurrent('is removed here only once its text came to its new place', async () => {
    const { publish, edit, status } = await organize({ ...three, ...many, '.gitignore': '/docs/build/\n' });
    await edit({ ...movedTo('docs/build/'), 'docs/n0.md': null, 'docs/new.md': 'n0\n' });
    const dry = await publish({ ...both, 'dry-run': true });
    const run = await publish(both);
    for (const { outputs } of [dry, run]) expect(outputs).toMatchObject({ pulled: '2' });
    expect(await status()).toEqual([' D docs/n0.md', '?? docs/new.md']);
    expect(reasons(run)).toMatchObject({
      'docs/n1.md': expect.stringContaining('not yet pulled'),
      'docs/build/n1.md': expect.stringContaining('git ignores'),
    });
  });

  test.concurrent('is removed here, however many of them moved', async () => {
    const { publish, edit, status } = await organize({ ...three, ...many });
    await edit(movedTo('docs/moved/'));
    expect((await publish(both)).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '24' });
    expect((await status()).filter((line) => line.startsWith(' D'))).toHaveLength(12);
  });
});

test.concurrent('a dry run says what the run will refuse: a folder where a file should be, with work in it', async () => {
  const { publish, edit, write, here } = await organize({ ...three, 'docs/x.md/y.md': 'y\n' });
  await edit({ 'docs/x.md/y.md': null });
  await edit({ 'docs/x.md': 'x\n' });
  await write('docs/x.md/work.md', 'work\n');
  const inputs = { ...back, exclude: '**/work.md' };
  const [dry, run] = [await publish({ ...inputs, 'dry-run': true }), await publish(inputs)];
  const why = { 'docs/x.md': 'a folder is where the file should be' };
  expect([dry.outputs.pulled, reasons(dry)]).toEqual(['1', why]);
  expect([run.outputs.pulled, reasons(run)]).toEqual(['1', why]);
  expect(await here('docs/x.md/work.md')).toBe('work\n');
});
