import { expect, test } from '@jest/globals';
import { employ } from '../support/release.ts';
import { messages, skipped, useStories } from '../support/story.ts';

const startStory = useStories();
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const inFolder = (folder: string, text: string) =>
  Object.fromEntries(NAMES.map((name) => [`${folder}/${name}.md`, `${text} of ${name}\n`]));
const gone = (folder: string) => Object.fromEntries(NAMES.map((name) => [`${folder}/${name}.md`, null]));
const inCase = (other: string) => `differs from ${other} in the codex only in case: rename one of them`;

test('a folder renamed in case arrives as one folder, here and in production, and what people wrote stays', async () => {
  const manager = await employ(await startStory());
  const { promote, documents, edit } = manager;
  const widgets = await manager.develop('widgets', { ...inFolder('docs/API', 'First'), 'README.md': 'Read me\n' });
  await promote();

  const rename = async (from: string, to: string, text: string) => {
    for (const [path, content] of Object.entries({ ...gone(from), ...inFolder(to, text) }))
      await widgets.write(path, content);
    await widgets.commit(`Rename ${from}`);
    await widgets.push();
    return widgets.publish();
  };
  const run = await rename('docs/API', 'docs/api', 'Links');
  expect(run).toMatchObject({ annotations: [], outputs: { conclusion: 'published', 'deletions-withheld': '0' } });
  const renamed = ['README.md', ...NAMES.map((name) => `docs/api/${name}.md`)];
  expect(Object.keys(await documents('widgets'))).toEqual(renamed);
  expect((await promote()).outputs).toMatchObject({ conclusion: 'published', 'deletions-withheld': '0' });
  expect(Object.keys(await documents('widgets', 'main'))).toEqual(renamed);

  // Somebody edits one in the codex, and puts a file beside another one.
  await edit({ 'projects/widgets/docs/api/a.md': 'By hand\n', 'projects/widgets/readme.md': 'By hand\n' });
  const again = await rename('docs/api', 'docs/Api', 'More links');
  expect(again.outputs).toMatchObject({ conclusion: 'published', 'deletions-withheld': '0', drifted: '1' });
  expect(skipped(again)).toEqual({
    'docs/Api/a.md': expect.stringContaining(
      'in case, where it was edited: bring the edit into the project, then remove',
    ),
    'README.md': inCase('readme.md'),
  });
  const others = NAMES.slice(1).map((name) => `docs/Api/${name}.md`);
  expect(Object.keys(await documents('widgets')).sort()).toEqual([...others, 'docs/api/a.md', 'readme.md'].sort());
  const words = messages(again, 'warning').join('\n');
  expect(words).toContain('Not published, because the codex keeps another spelling: docs/Api/a.md (');
  expect(words).toContain(
    `Removed from the codex, which keeps the spelling that a person wrote there: README.md (${inCase('readme.md')}).`,
  );
  expect((await widgets.publish()).outputs).toMatchObject({ conclusion: 'unchanged' });

  await edit({ 'projects/widgets/docs/api/B.md': 'By hand\n' }, 'main');
  const released = await promote();
  expect(released.outputs).toMatchObject({ conclusion: 'published', 'deletions-withheld': '0' });
  expect(messages(released, 'warning').join('\n')).toContain(
    'not released, because prod keeps another spelling: docs/Api/b.md',
  );
  const inProduction = Object.keys(await documents('widgets', 'main'));
  expect(new Set(inProduction.map((path) => path.toLowerCase())).size).toBe(inProduction.length);
  expect(inProduction).toContain('docs/api/B.md');
});
