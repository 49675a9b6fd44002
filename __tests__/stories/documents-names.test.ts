import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { printable } from '../../src/text/phrases.ts';
import { blobId } from '../support/codex.ts';
import { gitText } from '../support/git.ts';
import { skipped, useStory } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const { host, documents, read, edit } = await useStory();

const oddNames = [
  '-rf',
  '--exec=x.md',
  '##[error]old.md',
  '%0A per cent.md',
  '@octocat #1 [x](y) `z` (b).md',
  "docs/it's 'single'.md",
  'docs/$(touch x) `y`;z.md',
  'docs/caf\u00e9 (NFC).md',
  'docs/cafe\u0301 (NFD).md',
  'docs/emoji 🎯.md',
  'docs/\u202eright to left.md',
  'docs/日本語/文書.md',
  '{braces},[brackets]!.md',
  `${'deep/'.repeat(150)}x.md`,
];

test('odd names arrive as the bytes they are, tracked, changed or untracked, and forge no line of the log', async () => {
  const files = Object.fromEntries(oddNames.map((name) => [name, `Before ${name}\n`]));
  const project = await host('names', { ...files, 'docs/untouched;.md': 'Same\n' });
  for (const name of oddNames) await project.write(name, `Content of ${name}\n`);
  for (const name of oddNames) await project.write(`new/${name}`, `New ${name}\n`);

  const run = await project.publish({ include: '**' });
  const again = await project.publish({ include: '**' });

  expect([run, again].flatMap(({ annotations }) => annotations)).toEqual([]);
  const published = await documents('names');
  expect(Object.keys(published).sort()).toEqual(
    [...oddNames, ...oddNames.map((name) => `new/${name}`), 'docs/untouched;.md'].sort(),
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

const unholdable = [
  ':(glob)x.md',
  '::error::top.md',
  '%0A::error::per cent.md',
  '%2e%2e.md',
  '<b>.md',
  'docs/ leading and trailing ',
  'docs/"double".md',
  'docs/\n::error::forged.md',
  'docs/a:b.md',
  'docs/aux.md',
  'docs/back\\slash.md',
  'docs/bell\u0007.md',
  'docs/carriage\rreturn.md',
  'docs/com1.txt',
  'docs/delete\u007f.md',
  'docs/end.',
  'docs/escape\u001b[31m.md',
  'docs/newline\nin the name.md',
  'docs/next line\u0085::error::x.md',
  'docs/NUL',
  'docs/tab\tin the name.md',
  `${'deep/'.repeat(200)}x.md`,
];
const longPath = `${'l'.repeat(200)}/`.repeat(19).concat('l'.repeat(181));

test('a name that some system cannot hold is left out and reported, whoever publishes, and forges no line of the log', async () => {
  const files = Object.fromEntries(unholdable.map((name) => [name, `Content of ${name}\n`]));
  const project = await host('unholdable', { ...files, 'docs/a.md': 'A\n' });
  await project.write('docs/new?.md', 'New\n');
  // No system could write it below a folder; in the index it is as good as any other.
  const id = await project.git('rev-parse', 'HEAD:docs/a.md');
  await project.git('update-index', '--add', '--cacheinfo', `100644,${id},${longPath}`);
  await project.git('update-index', '--skip-worktree', longPath);

  const run = await project.publish({ include: '**' });

  expect(run.annotations.map(({ level }) => level)).toEqual(['warning']);
  expect(run.annotations[0]?.message).toMatch(/^Not published, because not every system can hold it: .* Rename it\.$/);
  expect(Object.keys(await documents('unholdable'))).toEqual(['docs/a.md']);
  expect(Object.keys(skipped(run)).sort()).toEqual([...unholdable, 'docs/new?.md', longPath].sort());
  expect(skipped(run)).toMatchObject({
    'docs/a:b.md': 'its path has a part that begins with a drive letter',
    'docs/aux.md': 'its path has the name of a device of Windows',
    'docs/back\\slash.md': 'its path has a backslash',
    'docs/end.': 'its path has a part that ends in a dot or a space, which Windows drops',
    'docs/newline\nin the name.md': 'its path has a control character',
    'docs/new?.md': 'its path has a character that Windows does not allow',
  });
  // The copies that an earlier version published are deleted like any other document, and counted by the guard.
  const odd = Object.fromEntries(unholdable.slice(0, 6).map((name) => [name, files[name] ?? '']));
  await publishedBefore('unholdable', odd);
  const guarded = await project.publish({ include: '**' });
  expect(guarded.outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '6' });
  const removed = await project.publish({ include: '**', 'deletion-threshold-percent': '100' });
  expect(removed.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '6' });
  expect(Object.keys(await documents('unholdable'))).toEqual(['docs/a.md']);
});

/** Puts documents into the codex as a run would have that knew nothing of a rule. */
async function publishedBefore(project: string, texts: Readonly<Record<string, string>>): Promise<void> {
  const place = `projects/${project}/.codex-sync.json`;
  const manifest = JSON.parse((await read(place)) ?? '');
  for (const [path, text] of Object.entries(texts)) manifest.documents[path] = blobId(text);
  const files = Object.entries(texts).map(([path, text]) => [`projects/${project}/${path}`, text]);
  await edit({ ...Object.fromEntries(files), [place]: JSON.stringify(manifest) });
}

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
  expect(Object.keys(skipped(run))).toHaveLength(3);
  expect(Object.values(skipped(run)).every((reason) => reason.includes('not UTF-8'))).toBe(true);
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

  expect(Object.keys(skipped(run)).sort()).toEqual([...Object.keys(never), ...untrackedNever].sort());
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

  expect(skipped(run)).toEqual({
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
  expect(skipped(run)).toMatchObject({ 'docs/nested': 'another repository', 'docs/unborn': 'another repository' });
});
