import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { printable } from '../../src/request/printable.ts';
import { gitText } from '../support/git.ts';
import { leftAlone, useStory } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const { host, documents, read, edit } = await useStory();

const oddNames = [
  '-rf',
  '--exec=x.md',
  ':(glob)x.md',
  '::error::top.md',
  '##[error]old.md',
  '%0A::error::per cent.md',
  '@octocat #1 [x](y) `z` <b>.md',
  'docs/ leading and trailing ',
  'docs/"double" and \'single\'.md',
  'docs/$(touch x) `y`;z.md',
  'docs/::error title=x::forged.md',
  'docs/\n::error::forged.md',
  'docs/aux.md',
  'docs/back\\slash.md',
  'docs/bell\u0007.md',
  'docs/caf\u00e9 (NFC).md',
  'docs/cafe\u0301 (NFD).md',
  'docs/carriage\rreturn.md',
  'docs/com1.txt',
  'docs/delete\u007f.md',
  'docs/emoji 🎯.md',
  'docs/end.',
  'docs/escape\u001b[31m.md',
  'docs/newline\nin the name.md',
  'docs/next line\u0085::error::x.md',
  'docs/NUL',
  'docs/tab\tin the name.md',
  'docs/\u202eright to left.md',
  'docs/日本語/文書.md',
  '{braces},[brackets]*?.md',
  `${'deep/'.repeat(200)}x.md`,
];

const longPath = `${'l'.repeat(200)}/`.repeat(19).concat('l'.repeat(181));

test('odd names arrive as the bytes they are, tracked, changed or untracked, and forge no line of the log', async () => {
  const files = Object.fromEntries(oddNames.map((name) => [name, `Before ${name}\n`]));
  const project = await host('names', { ...files, 'docs/untouched\n.md': 'Same\n' });
  for (const name of oddNames) await project.write(name, `Content of ${name}\n`);
  for (const name of oddNames) await project.write(`new/${name}`, `New ${name}\n`);
  // No system could write it below a folder; in the index it is as good as any other.
  const id = await project.git('rev-parse', 'HEAD:-rf');
  await project.git('update-index', '--add', '--cacheinfo', `100644,${id},${longPath}`);
  await project.git('update-index', '--skip-worktree', longPath);

  const run = await project.publish({ include: '**' });
  const again = await project.publish({ include: '**' });

  expect([run, again].flatMap(({ annotations }) => annotations)).toEqual([]);
  const published = await documents('names');
  expect(Object.keys(published).sort()).toEqual(
    [...oddNames, ...oddNames.map((name) => `new/${name}`), 'docs/untouched\n.md', longPath].sort(),
  );
  for (const name of oddNames) {
    const text = (path: string) => read(`projects/names/${path}`);
    expect([await text(name), await text(`new/${name}`)]).toEqual([`Content of ${name}\n`, `New ${name}\n`]);
  }
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged' });
  // Each is one row of the summary, which says just that name.
  const rows = run.summary.split('\n').filter((line) => line.startsWith('| 🟢 added |'));
  const shown = Object.keys(published).map((path) => printable(path));
  const cells = rows.map((row) => readable(row).replaceAll('\u200b', '').slice('| 🟢 added | '.length, -' |'.length));
  expect(cells.sort()).toEqual([...shown].sort());
});

test('names that are not UTF-8 are reported and left alone, and never break the run', async () => {
  const project = await host('bytes', { 'docs/a.md': 'A\n' });
  const file = (name: string) => Buffer.concat([Buffer.from(`${project.directory}/docs/${name}`), Buffer.from([0xe9])]);
  await mkdir(Buffer.concat([file('folder')]));
  await writeFile(Buffer.concat([file('folder'), Buffer.from('/x.md')]), 'X\n');
  await writeFile(file('tracked'), 'Tracked\n');
  await project.git('add', '--all');
  await writeFile(file('tracked'), 'Changed\n');
  await writeFile(file('untracked'), 'Untracked\n');

  const run = await project.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(Object.keys(await documents('bytes'))).toEqual(['docs/a.md']);
  expect(Object.keys(leftAlone(run))).toHaveLength(3);
  expect(Object.values(leftAlone(run)).every((reason) => reason.includes('not UTF-8'))).toBe(true);
  expect(run.annotations.map(({ level }) => level)).toEqual(['warning']);
});

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
const never = {
  '.codex-sync.json': '{}\n',
  '.env': 'A=1\n',
  '.env.local': 'A=1\n',
  '.gitattributes': '# none\n',
  '.gitmodules': '',
  'docs/.ENV.production': 'A=1\n',
  'docs/.gitattributes': '# none\n',
  'docs/bom.md': '\ufeff-----BEGIN RSA PRIVATE KEY-----\nabc\n',
  'docs/crlf.md': '-----BEGIN EC PRIVATE KEY-----\r\nabc\r\n',
  'docs/cert.p12': 'abc\n',
  'docs/id_ed25519': 'abc\n',
  'docs/id_rsa': 'abc\n',
  'docs/large.psd': pointer,
  'docs/openssh.md': '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n',
  'docs/pkcs8.txt': '-----BEGIN PRIVATE KEY-----\nabc\n',
};
const untrackedNever = ['docs/.GIT/config.md', 'docs/.git /x.md', 'docs/GIT~1/x.md', 'docs/.g\u200cit/x.md'];
const harmless = {
  'docs/.environment': 'A\n',
  'docs/certificate.md': '-----BEGIN CERTIFICATE-----\nabc\n',
  'docs/id_rsa.pub': 'ssh-rsa abc\n',
  'docs/quotes-a-key.md': 'A key starts so:\n-----BEGIN RSA PRIVATE KEY-----\n',
  'docs/git.md': 'Git\n',
};

test('secrets, pointers and files that configure git are always left out, each reported', async () => {
  const project = await host('never', { ...never, ...harmless });
  for (const path of untrackedNever) await project.write(path, 'X\n');

  const run = await project.publish({ include: '**' });

  expect(Object.keys(leftAlone(run)).sort()).toEqual([...Object.keys(never), ...untrackedNever].sort());
  expect(Object.keys(await documents('never'))).toEqual(Object.keys(harmless).sort());
  expect(run.annotations.map(({ level }) => level)).toEqual(['warning']);
});

test('the second of two paths that differ only in case or Unicode form, and submodules, are left alone and reported', async () => {
  const project = await host('twins', {
    'docs/Guide.md': 'First\n',
    'docs/guide.md': 'Second\n',
    'docs/cafe\u0301.md': 'First\n',
    'docs/caf\u00e9.md': 'Second\n',
    'docs/other.md': 'Other\n',
    'docs/readme.md': 'Read me\n',
  });
  // Somebody wrote this into the codex, for which no other project ever published.
  await edit({ 'projects/twins/docs/README.md': 'By hand\n' });
  const commit = await project.git('rev-parse', 'HEAD');
  await project.git('update-index', '--add', '--cacheinfo', `160000,${commit},docs/module`);
  await mkdir(join(project.directory, 'docs/module'));

  const run = await project.publish();

  expect(leftAlone(run)).toEqual({
    'docs/guide.md': 'differs from docs/Guide.md only in case',
    'docs/caf\u00e9.md': 'differs from docs/cafe\u0301.md only in the Unicode form of its letters',
    'docs/module': expect.stringContaining('submodule'),
    'docs/readme.md': 'differs from docs/README.md in the codex only in case: rename one of them',
  });
  const published = ['docs/Guide.md', 'docs/README.md', 'docs/cafe\u0301.md', 'docs/other.md'];
  expect(Object.keys(await documents('twins'))).toEqual(published);

  // The project's own documents change their spelling as they like, and nothing comes back as the second of two.
  await project.write('docs/other.md', null);
  await project.write('docs/Other.md', 'Other\n');
  await project.commit('Rename');
  const again = await project.publish({ direction: 'bidirectional' });
  expect(again.outputs).toMatchObject({ 'files-added': '1', 'files-deleted': '1', pulled: '0' });
  expect(Object.keys(await documents('twins')).sort()).toEqual(
    published.map((path) => path.replace('other', 'Other')).sort(),
  );
});

test('a git repository nested in the working tree is not published', async () => {
  const project = await host('nesting', { 'docs/a.md': 'A\n' });
  const inner = await host('nested', { 'docs/inner.md': 'Inner\n' });
  await rename(inner.directory, join(project.directory, 'docs/nested'));
  await mkdir(join(project.directory, 'docs/unborn'));
  await gitText(join(project.directory, 'docs/unborn'), ['init', '--quiet']);
  await project.write('docs/unborn/x.md', 'X\n');

  const run = await project.publish({ 'include-ignored': 'docs/**' });

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(Object.keys(await documents('nesting'))).toEqual(['docs/a.md']);
  expect(leftAlone(run)).toMatchObject({ 'docs/nested': 'another repository', 'docs/unborn': 'another repository' });
});
