import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readText, readTree } from '../support/codex.ts';
import { gitText } from '../support/git.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { createProject, type Project } from '../support/project.ts';
import { type ActionRun, runAction } from '../support/runner.ts';

const codex = 'acme/codex.acme.com';
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(codex, { files: { 'README.md': '# Codex\n' } });
  github.addToken('ghp_codex', { [codex]: 'write' });
});
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

function publish(project: Project, inputs: Record<string, string> = {}) {
  const all = { token: 'ghp_codex', 'codex-repository': codex, ...inputs };
  return runAction({ github, workspace: project.directory, repository: project.fullName, inputs: all });
}

async function publishedBy({ fullName }: Project) {
  const { '.codex-sync.json': manifest, ...documents } = await readTree(
    github,
    codex,
    'test',
    `projects/${fullName.slice('acme/'.length)}`,
  );
  expect(manifest).toBeDefined();
  return documents;
}

function leftAlone(run: ActionRun): Record<string, string> {
  const list: { path: string; reason: string }[] = JSON.parse(run.outputs.result ?? '{}')['left-alone'];
  return Object.fromEntries(list.map(({ path, reason }) => [path, reason]));
}

const oddNames = [
  '-rf',
  '--exec=x.md',
  ':(glob)x.md',
  '::error::top.md',
  '##[error]old.md',
  'docs/ leading and trailing ',
  'docs/"double" and \'single\'.md',
  'docs/$(touch x) `y`;z.md',
  'docs/::error title=x::forged.md',
  'docs/\n::error::forged.md',
  'docs/back\\slash.md',
  'docs/caf\u00e9 (NFC).md',
  'docs/cafe\u0301 (NFD).md',
  'docs/carriage\rreturn.md',
  'docs/emoji 🎯.md',
  'docs/newline\nin the name.md',
  'docs/tab\tin the name.md',
  'docs/\u202eright to left.md',
  'docs/日本語/文書.md',
  '{braces},[brackets]*?.md',
];

test('odd names arrive as the bytes they are, tracked, changed or untracked, and forge no line of the log', async () => {
  const files = Object.fromEntries(oddNames.map((name) => [name, `Before ${name}\n`]));
  const project = await createProject(github, 'acme/names', { ...files, 'docs/untouched\n.md': 'Same\n' });
  for (const name of oddNames) await project.write(name, `Content of ${name}\n`);
  for (const name of oddNames) await project.write(`new/${name}`, `New ${name}\n`);

  const run = await publish(project, { include: '**' });
  const again = await publish(project, { include: '**' });

  expect([run, again].flatMap(({ annotations }) => annotations)).toEqual([]);
  const published = await publishedBy(project);
  expect(Object.keys(published).sort()).toEqual(
    [...oddNames, ...oddNames.map((name) => `new/${name}`), 'docs/untouched\n.md'].sort(),
  );
  for (const name of oddNames) {
    const text = (path: string) => readText(github, codex, 'test', `projects/names/${path}`);
    expect([await text(name), await text(`new/${name}`)]).toEqual([`Content of ${name}\n`, `New ${name}\n`]);
  }
  expect(again.outputs).toMatchObject({ conclusion: 'unchanged' });
});

test('names that are not UTF-8 are reported and left alone, and never break the run', async () => {
  const project = await createProject(github, 'acme/bytes', { 'docs/a.md': 'A\n' });
  const file = (name: string) => Buffer.concat([Buffer.from(`${project.directory}/docs/${name}`), Buffer.from([0xe9])]);
  await mkdir(Buffer.concat([file('folder')]));
  await writeFile(Buffer.concat([file('folder'), Buffer.from('/x.md')]), 'X\n');
  await writeFile(file('tracked'), 'Tracked\n');
  await project.git('add', '--all');
  await writeFile(file('tracked'), 'Changed\n');
  await writeFile(file('untracked'), 'Untracked\n');

  const run = await publish(project);

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(Object.keys(await publishedBy(project))).toEqual(['docs/a.md']);
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
  const project = await createProject(github, 'acme/never', { ...never, ...harmless });
  for (const path of untrackedNever) await project.write(path, 'X\n');

  const run = await publish(project, { include: '**' });

  expect(Object.keys(leftAlone(run)).sort()).toEqual([...Object.keys(never), ...untrackedNever].sort());
  expect(Object.keys(await publishedBy(project))).toEqual(Object.keys(harmless).sort());
  expect(run.annotations.map(({ level }) => level)).toEqual(['warning']);
});

test('the second of two paths that differ only in case, and submodules, are left alone and reported', async () => {
  const project = await createProject(github, 'acme/twins', {
    'docs/Guide.md': 'First\n',
    'docs/guide.md': 'Second\n',
    'docs/other.md': 'Other\n',
  });
  const commit = await project.git('rev-parse', 'HEAD');
  await project.git('update-index', '--add', '--cacheinfo', `160000,${commit},docs/module`);
  await mkdir(join(project.directory, 'docs/module'));

  const run = await publish(project);

  expect(leftAlone(run)).toEqual({
    'docs/guide.md': expect.stringContaining('docs/Guide.md'),
    'docs/module': expect.stringContaining('submodule'),
  });
  expect(Object.keys(await publishedBy(project))).toEqual(['docs/Guide.md', 'docs/other.md']);
});

test('a git repository nested in the working tree is not published', async () => {
  const project = await createProject(github, 'acme/nesting', { 'docs/a.md': 'A\n' });
  const inner = await createProject(github, 'acme/nested', { 'docs/inner.md': 'Inner\n' });
  await rename(inner.directory, join(project.directory, 'docs/nested'));
  await mkdir(join(project.directory, 'docs/unborn'));
  await gitText(join(project.directory, 'docs/unborn'), ['init', '--quiet']);
  await project.write('docs/unborn/x.md', 'X\n');

  const run = await publish(project, { 'include-ignored': 'docs/**' });

  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(Object.keys(await publishedBy(project))).toEqual(['docs/a.md']);
});
