import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { back, both, listOf, organize as organizeIn, three } from '../support/both-sides.ts';
import type { FileChange } from '../support/commit-files.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, expectRefused, messages, pushes, useStories, writes } from '../support/story.ts';

const startStory = useStories();
const organize = async (files?: Record<string, FileChange>, published?: boolean) =>
  organizeIn(await startStory(), files, published);

describe('a document that someone edits in the codex', () => {
  test.concurrent.each([both, back])('comes back into the checkout byte for byte (%o)', async (inputs) => {
    const { publish, edit, file, here, status, directory, github, git } = await organize();
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x0d, 0x0a, 0x00, 0xff, 0x0a]);
    const tip = await edit({ 'docs/a.md': bytes, 'docs/deep/new.md': 'new\n', 'docs/logo.PNG': bytes });
    const run = await publish(inputs);
    expect(run).toMatchObject({
      exitCode: 0,
      outputs: { conclusion: 'unchanged', changed: 'false', pulled: '3', drifted: '1', 'commit-sha': '' },
      leftovers: [],
    });
    expect(await readFile(file('docs/a.md'))).toEqual(bytes);
    expect(await readFile(file('docs/logo.PNG'))).toEqual(bytes);
    expect(await here('docs/deep/new.md')).toBe('new\n');
    expect(await status()).toEqual([' M docs/a.md', '?? docs/deep/new.md', '?? docs/logo.PNG']);
    expect(await readdir(join(directory, 'docs'))).toEqual(['a.md', 'b.md', 'c.md', 'deep', 'logo.PNG']);
    expect(pushes(run)).toEqual([]);
    expect(await github.git(codex, 'rev-parse', 'test')).toBe(tip);
    expect(messages(run, 'warning')).toEqual([]);
    const replaced = `${github.serverUrl}/acme/widgets/blob/${await git('rev-parse', 'HEAD')}/docs/a.md`;
    expect(listOf(run, 'pulls')).toEqual([
      { path: 'docs/a.md', action: 'modify', replaced },
      { path: 'docs/deep/new.md', action: 'add' },
      { path: 'docs/logo.PNG', action: 'add' },
    ]);
    expect(run.log).toContain('Pulled from the codex (3)');
    for (const text of [run.log, run.summary]) {
      expect(text).toContain(replaced);
      expect(text).toMatch(/3 documents pulled|Pulled 3 documents/);
      expect(text).toContain('create-pull-request');
    }
    expect(run.log).not.toMatch(/Nothing was changed|up to date/);
  });

  test.concurrent('and that is committed, is in step: the next run writes that down and the one after says nothing', async () => {
    const { publish, edit, commit, read, manifest, git } = await organize();
    const before = (await manifest()).documents['docs/a.md'];
    await edit({ 'docs/a.md': 'edited\n' });
    expect((await publish(both)).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '1' });
    expect((await manifest()).documents['docs/a.md']).toBe(before);
    await commit('Take over what came back');
    expect((await publish(both)).outputs).toMatchObject({
      conclusion: 'published',
      pulled: '0',
      'files-modified': '0',
    });
    expect((await manifest()).documents['docs/a.md']).toBe(await git('rev-parse', 'HEAD:docs/a.md'));
    expect((await publish(both)).outputs).toMatchObject({ conclusion: 'unchanged', changed: 'false', pulled: '0' });
    expect(await read('docs/a.md')).toBe('edited\n');
  });

  test.concurrent('and that is thrown away, comes again; a run in between that finds both alike writes nothing down', async () => {
    const { publish, edit, throwAway, here, read, tip } = await organize();
    const edited = await edit({ 'docs/a.md': 'edited\n', 'docs/b.md': null, 'docs/new.md': 'new\n' });
    for (const inputs of [both, back, both]) {
      expect((await publish(inputs)).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '3' });
      // In the same checkout, as later steps of one job.
      for (const more of [both, {}]) {
        expect((await publish(more)).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '0', changed: 'false' });
      }
      expect(await tip()).toBe(edited);
      await throwAway();
      expect(await here('docs/a.md')).toBe('a\n');
    }
    expect((await publish()).outputs).toMatchObject({ 'files-added': '1', 'files-modified': '0', drifted: '2' });
    expect(await read('docs/a.md')).toBe('edited\n');
  });

  test.concurrent('and that a workflow commits by itself, is agreed on only once the branch has it', async () => {
    const { publish, edit, git, commit, manifest, here, read } = await organize();
    await edit({ 'docs/a.md': 'edited\n' });
    const sha = await git('rev-parse', 'HEAD');
    const before = await manifest();
    await publish(both);
    await commit('Take the edit over');
    expect((await publish(both, { sha })).outputs).toMatchObject({ conclusion: 'unchanged', pulled: '0' });
    expect(await manifest()).toEqual(before);
    await git('reset', '--quiet', '--hard', sha);
    expect((await publish(both)).outputs).toMatchObject({ pulled: '1', 'files-modified': '0' });
    expect([await here('docs/a.md'), await read('docs/a.md')]).toEqual(['edited\n', 'edited\n']);
  });

  test.concurrent('comes back while what the project changed is published, in one run', async () => {
    const { publish, edit, write, commit, here, read } = await organize();
    await edit({ 'docs/a.md': 'edited\n' });
    await write('docs/b.md', 'new b\n');
    await commit('Change b');
    const run = await publish(both);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', pulled: '1', changed: 'true' });
    expect([await here('docs/a.md'), await read('docs/b.md')]).toEqual(['edited\n', 'new b\n']);
    expect(run.log).toMatch(/Published to test .*1 modified.*; 1 document pulled from the codex\./);
    expect(messages(run, 'warning')).toEqual([]);
  });
});

describe('a conflict', () => {
  async function conflict() {
    const organization = await organize({ ...three, 'docs/d.md': 'd\n' });
    const edited = await organization.edit({ 'docs/a.md': 'theirs\n', 'docs/b.md': 'theirs\n', 'docs/c.md': null });
    await organization.write('docs/a.md', 'mine\n');
    await organization.write('docs/b.md', null);
    await organization.write('docs/c.md', 'mine\n');
    const mine = await organization.commit('Change it here too');
    return { ...organization, edited, mine };
  }

  test.concurrent('on-conflict: project publishes it and links to the text of the codex; an edit beats a deletion', async () => {
    const { publish, here, read, edited, github } = await conflict();
    const run = await publish(both);
    expect(run.outputs).toMatchObject({ conclusion: 'published', conflicts: '3', pulled: '1', 'files-added': '1' });
    expect(await read('docs/a.md')).toBe('mine\n');
    expect([await here('docs/b.md'), await read('docs/b.md')]).toEqual(['theirs\n', 'theirs\n']);
    expect([await here('docs/c.md'), await read('docs/c.md')]).toEqual(['mine\n', 'mine\n']);
    expect(run.outputs.result).toContain(`${github.serverUrl}/${codex}/blob/${edited}/projects/widgets/docs/a.md`);
  });

  test.concurrent('on-conflict: codex writes it into the checkout and links to the text of the project', async () => {
    const { publish, here, read, mine, github } = await conflict();
    const run = await publish({ ...both, 'on-conflict': 'codex' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', conflicts: '3', pulled: '2', 'files-added': '1' });
    expect([await here('docs/a.md'), await read('docs/a.md')]).toEqual(['theirs\n', 'theirs\n']);
    expect([await here('docs/b.md'), await here('docs/c.md')]).toEqual(['theirs\n', 'mine\n']);
    const replaced = `${github.serverUrl}/acme/widgets/blob/${mine}/docs/a.md`;
    for (const text of [run.log, run.summary, run.outputs.result]) expect(text).toContain(replaced);
    expect(messages(run, 'warning').join('\n')).toMatch(
      /codex's version is pulled into the checkout: docs\/a\.md, docs\/b\.md/,
    );
  });

  test.concurrent.each([both, back])('on-conflict: fail writes nothing on either side (%o)', async (inputs) => {
    const { publish, status, tip, edited } = await conflict();
    expectRefused(await publish({ ...inputs, 'on-conflict': 'fail' }), 'docs/a.md', 'docs/b.md', 'docs/c.md');
    expect([await status(), await tip()]).toEqual([[], edited]);
  });

  test.concurrent('is left as it is on both sides by a run from the codex, unless the codex shall win', async () => {
    const { publish, here, read, tip, edited } = await conflict();
    const run = await publish(back);
    expect(run.outputs).toMatchObject({ conclusion: 'unchanged', conflicts: '3', pulled: '1' });
    expect([await here('docs/a.md'), await here('docs/b.md')]).toEqual(['mine\n', 'theirs\n']);
    const said = (one: ActionRun) => messages(one, 'warning').join('\n');
    expect(said(run)).toMatch(/^Changed both .*, and left as they are on both sides: docs\/a\.md\./);
    expect(said(run)).toMatch(/^Changed in the project and removed in the codex, .*: docs\/c\.md\./m);
    const codex = await publish({ ...back, 'on-conflict': 'codex' });
    expect(codex.outputs).toMatchObject({ pulled: '1' });
    expect(said(codex)).not.toContain('set "on-conflict: codex"');
    expect([await here('docs/a.md'), await here('docs/c.md'), await read('docs/c.md')]).toEqual([
      'theirs\n',
      'mine\n',
      undefined,
    ]);
    expect(await tip()).toBe(edited);
  });
});

test.concurrent('a dry run counts what would come back and writes nothing', async () => {
  const { publish, edit, write, commit, status, tip } = await organize();
  await edit({ 'docs/a.md': 'theirs\n', 'docs/c.md': null });
  await write('docs/b.md', 'mine\n');
  await commit('Change b');
  const before = await tip();
  const run = await publish({ ...both, 'dry-run': true });
  expect(run.outputs).toMatchObject({ conclusion: 'dry-run', changed: 'false', pulled: '2', 'files-modified': '1' });
  expect(run.log).toContain('Would be pulled from the codex (2)');
  expect(run.log).toMatch(/1 modified, 0 deleted would be published to test .*; 2 documents would be pulled/);
  expect([await status(), await tip()]).toEqual([[], before]);
  const only = await publish({ ...back, 'dry-run': true });
  expect(only.outputs).toMatchObject({ conclusion: 'dry-run', pulled: '2', 'files-modified': '0' });
  expect(only.log).toContain('Dry run: 2 documents would be pulled from test (branch test). Nothing was written.');
  expect([await status(), await tip()]).toEqual([[], before]);
});

describe('from the codex alone', () => {
  test.concurrent('publishes nothing: no commit, no push, no branch; a token that reads is enough', async () => {
    const { publish, edit, write, commit, here, tip, github } = await organize();
    await edit({ 'docs/a.md': 'theirs\n' });
    await write('docs/b.md', 'mine\n');
    await write('docs/d.md', 'mine\n');
    await write('docs/c.md', null);
    await commit('Change b, c and d');
    const before = await tip();
    github.addToken('ghp_reader', { [codex]: 'read' });
    const run = await publish({ ...back, token: 'ghp_reader' });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'unchanged', changed: 'false', pulled: '1' } });
    expect(run.outputs).toMatchObject({ 'files-added': '0', 'files-modified': '0', 'files-deleted': '0' });
    expect([await here('docs/a.md'), await here('docs/c.md'), await tip()]).toEqual(['theirs\n', undefined, before]);
    expect(writes(run)).toEqual([]);
    expect((await publish(back)).log).toContain('Nothing was pulled from test (branch test)');
  });

  test.concurrent('a missing branch is one sentence; no other environment stands in', async () => {
    const { publish, edit, github, status } = await organize(three, false);
    await edit({ 'docs/a.md': 'of production\n' }, 'main');
    expectRefused(await publish(back), 'Branch test of', 'does not exist', 'Publish to it first');
    expect([await status(), await github.git(codex, 'branch', '--format=%(refname:short)')]).toEqual([[], 'main']);
  });

  test.concurrent('a first run takes over what differs, and leaves alone what only the codex has', async () => {
    const { publish, edit, here, status } = await organize(three, false);
    await edit({ 'docs/a.md': 'theirs\n', 'docs/new.md': 'theirs\n' }, 'main');
    const run = await publish({ ...back, env: 'prod' });
    expect(run.outputs).toMatchObject({ pulled: '1', conflicts: '0', changed: 'false' });
    expect([await here('docs/a.md'), await status()]).toEqual(['theirs\n', [' M docs/a.md']]);
    expect(listOf(run, 'only-in-codex')).toEqual(['docs/new.md']);
  });
});

test.concurrent('test and production each bring back what was edited on their own branch', async () => {
  const { publish, edit, here, throwAway, fullName, github } = await organize();
  await publish({ env: 'prod' });
  await edit({ 'docs/a.md': 'of test\n' }, 'test');
  await edit({ 'docs/b.md': 'of prod\n' }, 'main');
  for (const inputs of [both, back] as GivenInputs[]) {
    expect((await publish({ ...inputs, env: 'prod' })).outputs).toMatchObject({ branch: 'main', pulled: '1' });
    expect([await here('docs/a.md'), await here('docs/b.md')]).toEqual(['a\n', 'of prod\n']);
    await throwAway();
    expect((await publish({ ...inputs, env: 'test' })).outputs).toMatchObject({ branch: 'test', pulled: '1' });
    expect([await here('docs/a.md'), await here('docs/b.md')]).toEqual(['of test\n', 'b\n']);
    await throwAway();
  }
  const other = await checkoutProject(github, fullName);
  expect(await readFile(join(other.directory, 'docs/a.md'), 'utf8')).toBe('a\n');
});

test.concurrent('in a package of a monorepo, paths and links are those of the package', async () => {
  const story = await startStory();
  const { publish, directory, git } = await story.host('widgets', {
    'pkg/one/docs/a.md': 'a\n',
    'docs/a.md': 'root\n',
  });
  const inputs = { 'working-directory': 'pkg/one', project: 'one' };
  await publish(inputs);
  await story.edit({ 'projects/one/docs/a.md': 'theirs\n' });
  const run = await publish({ ...inputs, ...both });
  expect(run.outputs.pulled).toBe('1');
  expect(await readFile(join(directory, 'pkg/one/docs/a.md'), 'utf8')).toBe('theirs\n');
  expect(await readFile(join(directory, 'docs/a.md'), 'utf8')).toBe('root\n');
  const url = `${story.github.serverUrl}/acme/widgets/blob/${await git('rev-parse', 'HEAD')}/pkg/one/docs/a.md`;
  expect(listOf(run, 'pulls')).toEqual([{ path: 'docs/a.md', action: 'modify', replaced: url }]);
});
