import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { gitText } from '../support/git.ts';
import type { ActionRun } from '../support/runner.ts';
import { useStory } from '../support/story.ts';

const { github, host, publish, documents } = await useStory();
const files = {
  'README.md': '# Widgets\n',
  'docs/one/a.md': 'A\n',
  'docs/two/b.md': 'B\n',
  'docs/two/tool.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'src/main.c': 'int main;\n',
} as const;

async function expectAllPublished(name: string) {
  const { 'src/main.c': source, ...committed } = await readTree(github, `acme/${name}`, 'main');
  expect(source).toBeDefined();
  expect(await documents(name)).toEqual(committed);
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('what a sparse checkout hides counts as the index holds it', () => {
  test.each([
    { name: 'cone', args: ['--cone', 'docs/one'] },
    { name: 'cone-sparse-index', args: ['--cone', '--sparse-index', 'docs/one'] },
    { name: 'no-cone', args: ['--no-cone', '/docs/one/'] },
  ])('$name', async ({ name, args }) => {
    const link = { mode: '120000', content: '../one/a.md' } as const;
    const project = await host(name, files);
    await project.write('docs/two/link.md', link);
    await project.commit('Add a link');
    await project.push();
    await project.git('sparse-checkout', 'set', ...args);
    expect(await exists(join(project.directory, 'docs/two'))).toBe(false);

    const run = await project.publish();

    expect(run.annotations).toEqual([]);
    const { 'docs/two/link.md': published, ...others } = await documents(name);
    const { 'docs/one/a.md': target, 'docs/two/b.md': hidden } = await readTree(github, project.fullName, 'main');
    expect(published).toEqual(target);
    expect(others['docs/two/b.md']).toEqual(hidden);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '5' });
  });
});

/** A checkout that holds the content of the files in its root only. */
async function cloneBlobless(name: string) {
  await github.createRepository(`acme/${name}`, { files });
  const directory = await github.scratch('blobless');
  github.addToken('ghp_clone', { [`acme/${name}`]: 'read' });
  const header = `AUTHORIZATION: bearer ghp_clone`;
  const url = `${github.serverUrl}/acme/${name}`;
  const args = ['-c', `http.extraheader=${header}`, 'clone', '--quiet', '--filter=blob:none', '--sparse', url, '.'];
  await gitText(directory, args);
  return directory;
}

function fetches(run: ActionRun, name: string) {
  return run.requests.filter(({ path }) => path.startsWith(`/acme/${name}/`));
}

describe('a blobless checkout', () => {
  test('gets the documents that it lacks in one batch, with project-token, and only once', async () => {
    const directory = await cloneBlobless('blobless');
    github.addToken('ghp_project', { 'acme/blobless': 'read' });
    const inputs = { 'project-token': 'ghp_project' };

    const first = await publish({ fullName: 'acme/blobless', directory }, inputs);
    const second = await publish({ fullName: 'acme/blobless', directory }, inputs);

    expect(first.outputs).toMatchObject({ conclusion: 'published', 'files-added': '4' });
    await expectAllPublished('blobless');
    const basic = Buffer.from('x-access-token:ghp_project').toString('base64');
    expect(fetches(first, 'blobless').map(({ method, service, status }) => [method, service, status])).toEqual([
      ['GET', 'upload-pack', 200],
      ['POST', 'upload-pack', 200],
    ]);
    for (const { authorizations } of fetches(first, 'blobless')) {
      expect(authorizations).toEqual([expect.stringMatching(new RegExp(`^basic ${basic}$`, 'i'))]);
    }
    expect(second.outputs).toMatchObject({ conclusion: 'unchanged' });
    expect(fetches(second, 'blobless')).toEqual([]);
    // The checkout is as partial as before.
    expect(await gitText(directory, ['rev-list', '--objects', '--missing=print', 'HEAD'])).toContain('?');
  });

  test.each([
    { name: 'refused', token: 'ghp_elsewhere' },
    { name: 'unknown', token: 'ghp_nobody_knows' },
  ])('without the permission is one clear error within seconds ($name token)', async ({ name, token }) => {
    const directory = await cloneBlobless(name);
    github.addToken('ghp_elsewhere', { 'acme/other': 'read' });
    const started = Date.now();

    const run = await publish({ fullName: `acme/${name}`, directory }, { 'project-token': token });

    expect(Date.now() - started).toBeLessThan(10_000);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(/"project-token" needs/) }]);
    expect(run.annotations[0]?.message).toContain('lacks 3 of the documents');
    expect(run.exitCode).toBe(1);
    expect(fetches(run, name).length).toBeLessThanOrEqual(6);
  });
});
