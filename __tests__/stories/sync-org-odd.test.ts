import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { gather, unreachable } from '../support/contributors.ts';
import { config, failuresOf, found, orgToken, projectsOf, skippedOf } from '../support/organization.ts';
import { closePullRequest, mergePullRequest } from '../support/pull-request.ts';
import { codex, messages, pushes, QUESTION, useStories } from '../support/story.ts';

const startStory = useStories();
const start = async (hosted?: Parameters<typeof startStory>[0]) => found(await startStory(hosted));
const guide = (text: string) => ({ 'docs/a.md': `${text}\n` });

describe('what GitHub refuses', () => {
  test.concurrent('of one project keeps no other from landing', async () => {
    const { addMany, commit, syncOrg, github, unlike, tip } = await start();
    const names = await addMany('doc', 8);
    await commit('doc-003', guide('SECRET_TOKEN_12345'));
    const hook = join(github.directory(codex), 'hooks', 'update');
    const says = 'GH013: Repository rule violations found: push cannot contain secrets';
    writeFileSync(hook, `#!/bin/sh\ngit grep -q SECRET_TOKEN "$3" || exit 0\necho "${says}" >&2\nexit 1\n`);
    chmodSync(hook, 0o755);
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'failed', succeeded: '7', failed: '1', 'commit-sha': await tip() });
    expect(failuresOf(run)).toEqual({ 'doc-003': expect.stringMatching(/refused the push to branch test: .*GH013/) });
    expect(await unlike(names.filter((name) => name !== 'doc-003'))).toEqual([]);
    // Nothing is fetched again for the pushes that this takes.
    const fetched = run.requests.filter(
      ({ path, service }) => service === 'upload-pack' && path.startsWith('/acme/doc'),
    );
    expect(fetched.length).toBe(names.length * 4);
  });

  test.concurrent('since documents hold secrets keeps the others from nothing, however many are refused in a row', async () => {
    const { addMany, commit, syncOrg, github, unlike } = await start();
    const names = await addMany('doc', 8);
    const leaking = names.slice(0, 7);
    for (const name of leaking) await commit(name, guide(`SECRET_TOKEN_${name}`));
    const says = ['- GITHUB PUSH PROTECTION', '—— Acme Key ——', '  - commit: 0', '    path: projects/some/docs/a.md:1'];
    const lines = says.map((line) => `echo "${line}" >&2`).join('\n');
    const hook = join(github.directory(codex), 'hooks', 'update');
    writeFileSync(hook, `#!/bin/sh\ngit grep -q SECRET_TOKEN "$3" || exit 0\n${lines}\nexit 1\n`);
    chmodSync(hook, 0o755);
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ succeeded: '1', failed: '7', changed: 'true' });
    for (const error of Object.values(failuresOf(run))) expect(error).toContain('Acme Key in docs/a.md of some line 1');
    expect(Object.keys(failuresOf(run))).toEqual(leaking);
    expect(await unlike(names.slice(7))).toEqual([]);
    expect(run.summary).not.toContain('The run ended early');
  });

  test.concurrent('of every project ends the run: then it is the branch', async () => {
    const { addMany, syncOrg, github } = await start();
    await addMany('doc', 24);
    await github.git(codex, 'branch', 'test', 'main');
    github.protect(codex, 'test', 'protected branch hook declined');
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'failed', changed: 'false', succeeded: '0', failed: '24' });
    expect(messages(run, 'error')).toEqual([
      expect.stringMatching(/protected branch hook declined.*nothing was published\. Run it again/s),
    ]);
    expect(pushes(run).length).toBeLessThan(12);
  });
});

describe('one project', () => {
  test.concurrent('whose patterns would be matched for ever fails alone', async () => {
    const { add, syncOrg, read } = await start();
    await add('widgets', guide('fine'));
    await add('slow', {
      [`docs/${'a'.repeat(60)}.md`]: 'x\n',
      [config]: JSON.stringify({ sync_patterns: ['docs/(a+)+b'] }),
    });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({ slow: expect.stringContaining('patterns take longer than 5 seconds') });
    expect(await read('projects/widgets/docs/a.md')).toBe('fine\n');
  });

  test.concurrent('gets no folder that has the name of another repository, published yet or not', async () => {
    const { add, syncOrg, read } = await start();
    await add('a-thief', { ...guide('stolen'), [config]: '{"project_name": "widgets"}' });
    await add('widgets', guide('own'));
    await add('legacy', { 'src/a.js': '1\n', [config]: '{"project_name": "gadgets"}' });
    await add('gadgets', guide('gadgets'));
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({
      'a-thief': expect.stringContaining('projects/widgets is reserved for repository widgets.'),
    });
    expect(await read('projects/widgets/docs/a.md')).toBe('own\n');
    expect(await read('projects/gadgets/docs/a.md')).toBe('gadgets\n');
  });

  test.concurrent('keeps a folder that it published under the name of a repository that came later', async () => {
    const { add, syncOrg } = await start();
    await add('a-docs', { ...guide('first'), [config]: '{"project_name": "widgets"}' });
    await syncOrg();
    await add('widgets', guide('later'));
    const run = await syncOrg();
    expect(projectsOf(run)['a-docs']).toMatchObject({ project: 'widgets', changed: false });
    expect(failuresOf(run)).toEqual({ widgets: expect.stringContaining('belongs to acme/a-docs') });
  });

  test.concurrent.each([
    ['has 110,000 documents', 0, 'belongs to acme/other'],
    ['is too large to be read', 17 * 1024 * 1024, 'is larger than the limit of 16 MB'],
  ])('is not taken over where its manifest %s', async (_, padding, says) => {
    const { add, edit, syncOrg, read } = await start();
    const paths = Array.from({ length: 110_000 }, (__, index) => [
      `docs/some/folder/with/a/name/${index}.md`,
      'a'.repeat(40),
    ]);
    const source = { commit: 'c'.repeat(40), directory: '.', repository: 'acme/other' };
    const manifest = JSON.stringify({ documents: Object.fromEntries(paths), source, version: 1 }, null, 2);
    const file = manifest + ' '.repeat(padding);
    await edit({ 'projects/widgets/.codex-sync.json': file, 'projects/widgets/docs/a.md': 'edited\n' }, 'main');
    await add('widgets', guide('mine'));
    const { widgets = '' } = failuresOf(await syncOrg());
    expect(widgets).toContain(says);
    expect(widgets).not.toMatch(/remove/i);
    expect(await read('projects/widgets/docs/a.md', 'main')).toBe('edited\n');
  });
});

describe('while the run goes on', () => {
  test.concurrent('a repository becomes private: it does not go into a codex that more people see', async () => {
    const { add, syncOrg, github } = await start({ visibility: 'public', files: { 'README.md': '# Codex\n' } });
    await add('widgets', guide('secret'), { visibility: 'public' });
    const hide = async () => Object.assign(github.repository('acme/widgets'), { visibility: 'private' });
    // Git reads it after the answer that shows it as public.
    github.fault({ match: /widgets\/info\/refs/, meanwhile: hide });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({ widgets: expect.stringContaining('private and the codex is public') });
    expect(run.outputs.changed).toBe('false');
  });

  test.concurrent('a default branch is renamed, a release loses its repository, another one its tag', async () => {
    const { add, syncOrg, github } = await start();
    for (const name of ['renamed', 'gone', 'untagged']) await add(name, guide(name));
    github.fault({
      // The question about the batch: the first one of a run is about the codex.
      match: QUESTION,
      skip: 1,
      meanwhile: async () => {
        await github.git('acme/renamed', 'branch', '-m', 'main', 'trunk');
        await github.git('acme/renamed', 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
        github.renameBranchRedirect('acme/renamed', 'main', 'trunk');
      },
    });
    expect(failuresOf(await syncOrg())).toEqual({ renamed: expect.stringContaining('renamed while this ran') });
    for (const name of ['gone', 'untagged']) {
      await github.git(`acme/${name}`, 'tag', 'v1', 'main');
      await github.addRelease(`acme/${name}`, 'v1');
    }
    github.fault({ match: /gone\/releases\/latest/, meanwhile: () => github.deleteRepository('acme/gone') });
    github.fault({ match: /untagged\/commits\/tags/, meanwhile: () => github.git('acme/untagged', 'tag', '-d', 'v1') });
    expect(failuresOf(await syncOrg({ 'source-ref': 'latest-release' }))).toEqual({
      gone: expect.stringContaining('does not exist'),
      untagged: expect.stringContaining('of tag "v1", and there is no such tag'),
    });
  });

  test.concurrent('the list moves, and has a repository twice: it is published once', async () => {
    const { add, syncOrg, github, subjects } = await start();
    await add('widgets', guide('once'));
    github.fault({ match: /orgs\/acme\/repos/, tamper: (body) => [...(body as unknown[]), ...(body as unknown[])] });
    expect((await syncOrg()).outputs).toMatchObject({ conclusion: 'published', succeeded: '1' });
    expect(await subjects()).toHaveLength(1);
  });
});

test.concurrent("the workflow's own token sees only public repositories, and that is said", async () => {
  const { add, syncOrg, github } = await start();
  await add('open', guide('open'), { visibility: 'public' });
  await add('inside', guide('inside'));
  github.addToken('ghs_own', { [codex]: 'write' }, { kind: 'installation' });
  const run = await syncOrg({ token: 'ghs_own' }, { githubToken: 'ghs_own' });
  expect(Object.keys(projectsOf(run))).toEqual(['open']);
  expect(messages(run, 'warning')).toEqual([
    expect.stringContaining("workflow's own token, the default, sees only public"),
  ]);
});

describe('pull requests of the projects', () => {
  test.concurrent('open previews stay above what is published; those that are over go', async () => {
    const org = await start();
    const { github } = org;
    const people = await gather(org, { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' });
    github.addToken(orgToken, { [codex]: 'write', 'acme/widgets': 'read' });
    await people.publish();
    await people.propose(1, { 'docs/a.md': 'a of 1\n', 'docs/new.md': 'new of 1\n' });
    await people.propose(2, { 'docs/b.md': 'b of 2\n' });
    await people.propose(3, { 'docs/c.md': 'c of 3\n' });
    for (const number of [1, 2, 3]) await people.preview(number);
    await people.commit({ 'docs/a.md': 'a of main\n', 'docs/d.md': 'd of main\n' });
    await mergePullRequest(github, 'acme/widgets', 2, 'squash');
    await closePullRequest(github, 'acme/widgets', 3);
    const run = await org.syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'published', failed: '0' });
    expect(projectsOf(run).widgets).toMatchObject({ previews: [1] });
    expect(run.log).toMatch(/widgets: .*beneath 1 preview/);
    const shown = { 'docs/a.md': 'a of 1\n', 'docs/b.md': 'b of 2\n', 'docs/c.md': 'c\n', 'docs/d.md': 'd of main\n' };
    expect(await people.texts()).toEqual({ ...shown, 'docs/new.md': 'new of 1\n' });
    expect(await unreachable(org)).toEqual([]);
    expect((await org.syncOrg()).outputs.conclusion).toBe('unchanged');
    await people.close(1);
    expect(await people.texts()).toEqual(await people.main());
    expect(skippedOf(run)).toEqual({ 'codex.acme.com': 'the codex itself' });
  });
});
