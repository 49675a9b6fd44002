import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commits, editCodex, readText, readTree, seedCodex } from './codex.ts';
import { type LocalGitHub, startGitHub } from './github.ts';
import { checkoutProject, createProject } from './project.ts';

let github: LocalGitHub;
const codex = 'acme/codex.acme.com';

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(codex, { files: { 'README.md': 'hi\n' } });
});
afterAll(() => github.close());

test('a codex is edited by hand and read back', async () => {
  const odd = 'docs/a "b"\\c\tü\n.md';
  await editCodex(
    github,
    codex,
    'test',
    { [odd]: 'one\n', gone: 'x', 'run.sh': { mode: '100755', content: 'x' } },
    'First',
  );
  const id = await editCodex(github, codex, 'test', { [odd]: 'two\n', gone: null }, 'Second\n\nWhy', {
    date: '2026-02-03',
  });
  expect(await readText(github, codex, 'test', odd)).toBe('two\n');
  expect(await readText(github, codex, 'test', 'gone')).toBeUndefined();
  await expect(readText(github, codex, 'nowhere', 'gone')).rejects.toThrow('nowhere');
  const tree = await readTree(github, codex, 'test');
  expect(Object.keys(tree)).toEqual([odd, 'run.sh']);
  expect(tree['run.sh']).toEqual({ mode: '100755', id: await github.git(codex, 'rev-parse', 'test:run.sh') });
  expect(await readTree(github, codex, 'test', 'docs')).toEqual({ [odd.slice(5)]: tree[odd] });
  expect(await readTree(github, codex, 'test', 'do')).toEqual({});
  const [second, first] = await commits(github, codex, 'test');
  expect(second).toMatchObject({ sha: id, subject: 'Second', body: 'Why', parents: [first?.sha] });
  expect(second?.date).toMatch(/^2026-02-03T00:00:00/);
  expect(first).toMatchObject({ subject: 'First', body: '', parents: [] });
});

test('edits at the same time are all kept', async () => {
  const names = ['one', 'two', 'three', 'four'];
  await Promise.all(names.map((name) => editCodex(github, codex, 'busy', { [name]: name })));
  expect(Object.keys(await readTree(github, codex, 'busy'))).toEqual([...names].sort());
});

test('a codex is filled with many projects', async () => {
  const { commit, projects } = await seedCodex(github, codex, {
    projects: 30,
    documentsPerProject: 5,
    manifests: true,
  });
  expect(await github.git(codex, 'rev-parse', 'main')).toBe(commit);
  expect(await readText(github, codex, 'main', 'README.md')).toBe('hi\n');
  const tree = await readTree(github, codex, 'main', 'projects');
  expect(projects).toHaveLength(30);
  expect(new Set(Object.values(tree).map(({ id }) => id)).size).toBe(30 * 6);
  const manifest = (await readText(github, codex, 'main', 'projects/project-0030/.codex-sync.json')) ?? '';
  const { documents, source } = JSON.parse(manifest);
  expect(source.repository).toBe('acme/project-0030');
  expect(Object.keys(documents)).toHaveLength(5);
  expect(documents['docs/document-0005.md']).toBe(tree['project-0030/docs/document-0005.md']?.id);
  await github.git(codex, 'fsck', '--strict');
});

test('a project is checked out the way of actions/checkout', async () => {
  const project = await createProject(github, 'acme/widgets', { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  const first = await project.git('rev-parse', 'HEAD');
  await project.write('docs/c.md', 'c\n');
  await project.write('docs/b.md', null);
  const second = await project.commit('Second', { date: '2026-03-04T05:06:07Z' });
  await project.push();
  expect(await github.git('acme/widgets', 'rev-parse', 'main')).toBe(second);
  expect(await project.git('log', '-1', '--format=%cI %ce')).toMatch(/^2026-03-04T05:06:07\S* mona@example\.com$/);

  const shallow = await checkoutProject(github, 'acme/widgets');
  expect(await shallow.git('rev-list', 'HEAD')).toBe(second);
  expect(await shallow.git('ls-files')).toBe('docs/a.md\ndocs/c.md');
  expect(await shallow.git('status', '--short', '--branch')).toBe('## main...origin/main');
  const key = `http.${github.serverUrl}/.extraheader`;
  expect(await shallow.git('config', '--local', key)).toMatch(/^AUTHORIZATION: basic /);

  const full = await checkoutProject(github, 'acme/widgets', { depth: 0 });
  expect(await full.git('rev-list', 'HEAD')).toBe(`${second}\n${first}`);
  await github.git('acme/widgets', 'tag', 'v1', first);
  await full.checkout('v1');
  expect(await full.git('rev-parse', 'HEAD')).toBe(first);
  await shallow.checkout('main', { depth: 0 });
  expect(await shallow.git('rev-list', '--count', 'HEAD')).toBe('2');
  await shallow.checkout(first);
  expect(await shallow.git('rev-parse', 'HEAD')).toBe(first);
});

test('the same work gives the same commits every time', async () => {
  const make = async (name: string) => {
    const project = await createProject(github, name, { a: 'a' });
    await project.write('b', 'b');
    return project.commit('Second');
  };
  expect(await make('acme/again')).toBe(await make('acme/once-more'));
});
