import { expect, test } from '@jest/globals';
import { commits, readTree } from '../support/codex.ts';
import { config, failuresOf, found, projectsOf, skippedOf } from '../support/organization.ts';
import { codex, messages, pushes, useStories, writes } from '../support/story.ts';

const startStory = useStories();

test('sixty healthy repositories land beside every kind of odd ones, and exactly the broken one fails the run', async () => {
  const { add, addMany, commit, syncOrg, unlike, subjects, github, tip, documents, manifest } = await found(
    await startStory(),
  );
  const healthy = await addMany('doc', 60);
  await add('archived', { 'docs/a.md': 'a\n' }, { archived: true });
  await add('broken', { 'docs/a.md': 'a\n', [config]: '{"sync_patterns": 3}' });
  await add('code', { 'src/a.js': '1\n' });
  await add('empty');
  await add('forked', { 'docs/a.md': 'a\n' }, { fork: true });
  const link = (content: string) => ({ mode: '120000', content }) as const;
  await add('hostile', {
    'docs/fine.md': 'fine\n',
    'docs/same.md': link('fine.md'),
    'docs/passwd.md': link('/etc/passwd'),
    'docs/out.md': link('../../../other/docs/a.md'),
    'docs/config.md': link('../.git/config'),
  });
  await add('own', {
    'documentation/a.md': 'a\n',
    'docs/no.md': 'not selected\n',
    [config]: '{"sync_patterns": ["documentation/**"], "project_name": "gadgets"}',
  });

  const some = 'doc-00*\nbroken\nhostile';
  const planned = await syncOrg({ 'dry-run': true, repositories: some });
  expect(planned.outputs).toMatchObject({ conclusion: 'failed', changed: 'false', 'files-added': '11' });
  expect(planned.log).toContain('Dry run: 10 projects (11 added) would be published to test (branch test)');
  expect(writes(planned)).toEqual([]);

  const run = await syncOrg();
  expect(run.exitCode).toBe(1);
  expect(run.outputs).toMatchObject({
    conclusion: 'failed',
    env: 'test',
    'branch-created': 'true',
    changed: 'true',
    'commit-sha': await tip(),
    'files-added': '63',
    succeeded: '62',
    failed: '1',
  });
  expect(Object.keys(failuresOf(run))).toEqual(['broken']);
  expect(messages(run, 'error')).toEqual([
    expect.stringMatching(/^1 of 63 repositories failed\.\nbroken: .*config\.json:1: sync_patterns is 3\./),
  ]);
  expect(skippedOf(run)).toEqual({
    archived: 'archived',
    code: 'selects no documents',
    'codex.acme.com': 'the codex itself',
    empty: 'empty',
    forked: 'a fork',
  });
  expect(await unlike(healthy)).toEqual(['gadgets', 'hostile']);
  expect(Object.keys(await documents('gadgets'))).toEqual(['documentation/a.md']);
  const hostile = await documents('hostile');
  expect(Object.keys(hostile)).toEqual(['docs/fine.md', 'docs/same.md']);
  expect(hostile['docs/same.md']).toEqual(hostile['docs/fine.md']);
  expect(projectsOf(run).hostile?.['left-alone']).toHaveLength(3);

  // One commit a project, with its own provenance, in few pushes.
  expect(pushes(run).length).toBe(4);
  expect((await subjects()).sort()).toEqual(
    [...healthy, 'gadgets', 'hostile'].map((name) => `sync: Update docs from ${name}`).sort(),
  );
  const [commitOfOwn] = (await commits(github, codex, 'test')).filter(({ subject }) => subject.endsWith('gadgets'));
  const source = await github.git('acme/own', 'rev-parse', 'main');
  expect(commitOfOwn?.body).toContain('Environment: test (branch: test)\nDocuments: 1 added, 0 modified, 0 deleted');
  expect(commitOfOwn?.body).toContain(`Codex-Source: acme/own@${source}\nCodex-Ref: refs/heads/main\nCodex-Run: `);
  expect((await manifest('gadgets')).source).toMatchObject({ commit: source, repository: 'acme/own', directory: '.' });
  // A person can follow, and finds at once what to mend.
  expect(run.log).toContain('[ 5/65] doc-003: 1 added');
  expect(run.log).toContain('Published to test (branch test): 62 projects (63 added).');
  expect(run.summary.indexOf('<code>broken</code> | failed')).toBeLessThan(
    run.summary.indexOf('<code>doc-001</code> |'),
  );

  // Done work makes no commit.
  const before = await tip();
  const again = await syncOrg({ 'exclude-repositories': 'broken' });
  expect(again).toMatchObject({ exitCode: 0, outputs: { conclusion: 'unchanged', succeeded: '62', failed: '0' } });
  expect([pushes(again).length, await tip()]).toEqual([0, before]);

  // A document more, one less, and a mended repository.
  await commit('doc-007', { 'docs/2.md': 'two\n', 'docs/1.md': null });
  await commit('broken', { [config]: null });
  const mended = await syncOrg({ repositories: some });
  expect(mended.outputs).toMatchObject({ conclusion: 'published', 'files-added': '2', 'files-deleted': '1' });
  expect(mended.log).toContain('doc-007: 1 added, 1 deleted');
  expect(await unlike([...healthy, 'broken'])).toEqual(['gadgets', 'hostile']);
  expect(await readTree(github, codex, 'main', 'projects')).toEqual({});
});
