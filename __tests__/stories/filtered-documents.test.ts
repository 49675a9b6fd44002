// Files that git keeps through a filter driver: the working tree holds them in the clear (a decrypted secret, a large
// file), and git something else. No driver is run, and what is hidden stays hidden.
import { expect, test } from '@jest/globals';
import { type HostedProject, skipped, useStory } from '../support/story.ts';

const story = await useStory();
const CLEAR = 'The password is mellon\n';
const KEPT = Buffer.from(CLEAR).toString('base64');

/** A checkout whose `docs/secret.md` is stored in base64 and lies in the clear, as fresh as its index. */
async function host(name: string, driver: string): Promise<HostedProject> {
  const files = { '.gitattributes': `docs/*.md filter=${driver}\n`, 'docs/secret.md': KEPT, 'README.md': '# Plain\n' };
  const project = await story.host(name, files);
  await project.git('config', `filter.${driver}.clean`, 'base64 -w0');
  await project.git('config', `filter.${driver}.smudge`, 'base64 -d');
  await project.git('rm', '--quiet', '-r', '--cached', '.');
  await project.git('reset', '--quiet', '--hard');
  return project;
}

test('an unmodified one is published as git keeps it, however young the checkout is', async () => {
  for (const attempt of [1, 2, 3]) {
    const project = await host(`fresh-${attempt}`, 'git-crypt');
    const run = await project.publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '2' });
    expect(await story.read(`projects/fresh-${attempt}/docs/secret.md`)).toBe(KEPT);
  }
});

test('a modified one and a new one of a driver that hides are left alone', async () => {
  const project = await host('modified', 'git-crypt');
  await project.write('docs/secret.md', `${CLEAR}And more\n`);
  await project.write('docs/new.md', CLEAR);
  await project.write('docs/link.txt', { mode: '120000', content: 'secret.md' });
  const run = await project.publish();
  expect(Object.keys(await story.documents('modified'))).toEqual(['README.md']);
  expect(Object.keys(skipped(run)).sort()).toEqual(['docs/link.txt', 'docs/new.md', 'docs/secret.md']);
  expect(skipped(run)['docs/secret.md']).toContain('git-crypt');
});

test('a modified one of any other driver is published as the working tree has it', async () => {
  const project = await host('other', 'spelling');
  await project.write('docs/secret.md', 'Changed\n');
  await project.publish();
  expect(await story.read('projects/other/docs/secret.md')).toBe('Changed\n');
});
