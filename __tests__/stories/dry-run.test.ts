import { describe, expect, test } from '@jest/globals';
import type { RepositoryOptions } from '../support/github-repositories.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, useStories, writes } from '../support/story.ts';

const dry = { 'dry-run': 'true' };
const startStory = useStories();

async function organize(hosted?: RepositoryOptions) {
  const story = await startStory(hosted);
  const { write, publish } = await story.host('widgets', {
    'docs/a.md': 'a\n',
    'docs/b.md': 'b\n',
    'docs/c.md': 'c\n',
  });
  const refs = () => story.github.git(codex, 'for-each-ref', '--format=%(refname) %(objectname)');
  return { ...story, write, publish, refs };
}

/** A dry run succeeded, and asked only questions: every POST is a fetch of git. */
function expectNoWrites(run: ActionRun): void {
  const { exitCode, requests, outputs } = run;
  expect(exitCode).toBe(0);
  expect(requests.length).toBeGreaterThan(0);
  expect(writes(run)).toEqual([]);
  expect(requests.filter(({ service }) => service === 'receive-pack')).toEqual([]);
  expect(outputs).toMatchObject({ conclusion: 'dry-run', changed: 'false', 'branch-created': 'false' });
  expect(outputs).toMatchObject({ 'commit-sha': '', 'commit-url': '' });
}

const planned = ['files-added', 'files-modified', 'files-deleted', 'deletions-withheld', 'drifted', 'conflicts'];

function planOf({ outputs }: ActionRun) {
  const { changes, replaced, warnings } = JSON.parse(outputs.result ?? '');
  return { counts: planned.map((name) => [name, outputs[name]]), changes, replaced, warnings };
}

function annotationsOf({ annotations }: ActionRun): string[] {
  return annotations.map(({ level, message }) => `${level}: ${message}`);
}

describe('a dry run', () => {
  test.concurrent('shows the very plan that the real run carries out, and writes nothing', async () => {
    const { write, publish, edit, refs } = await organize();
    await publish();
    await write('docs/a.md', 'new a\n');
    await write('docs/b.md', null);
    await write('docs/d.md', 'd\n');
    await edit({ 'projects/widgets/docs/a.md': 'edited\n', 'projects/widgets/docs/c.md': 'drifted\n' });
    const before = await refs();
    const rehearsal = await publish(dry);
    expectNoWrites(rehearsal);
    expect(await refs()).toBe(before);
    const run = await publish();
    expect(planOf(rehearsal)).toEqual(planOf(run));
    expect(planOf(run).counts).toEqual([
      ['files-added', '1'],
      ['files-modified', '1'],
      ['files-deleted', '1'],
      ['deletions-withheld', '0'],
      ['drifted', '2'],
      ['conflicts', '1'],
    ]);
    expect(annotationsOf(rehearsal).sort()).toEqual(
      annotationsOf(run)
        .map((text) => text.replace('version is published', 'version would be published'))
        .sort(),
    );
    for (const text of [rehearsal.log, rehearsal.summary]) {
      for (const path of ['docs/a.md', 'docs/b.md', 'docs/d.md']) expect(text).toContain(path);
      expect(text).toMatch(/dry run/i);
    }
  });

  test.concurrent('plans a missing branch against production and does not create it', async () => {
    const { write, publish, refs } = await organize();
    await publish({ env: 'prod' });
    await write('docs/a.md', 'new a\n');
    const before = await refs();
    const rehearsal = await publish(dry);
    expectNoWrites(rehearsal);
    expect(rehearsal.outputs).toMatchObject({ env: 'test', branch: 'test', 'files-added': '0', 'files-modified': '1' });
    expect(rehearsal.log).toMatch(/[Bb]ranch test does not exist.*would be created from main/);
    expect(await refs()).toBe(before);
    expect(planOf(await publish())).toEqual(planOf(rehearsal));
  });

  test.concurrent.each(['test', 'prod'])('plans an empty codex without initialising it (env: %s)', async (env) => {
    const { publish, refs } = await organize({});
    const rehearsal = await publish({ ...dry, env });
    expectNoWrites(rehearsal);
    expect(rehearsal.outputs['files-added']).toBe('3');
    expect(rehearsal.log).not.toContain('main does not exist; it would be created from main');
    expect(await refs()).toBe('');
  });

  test.concurrent('of a production branch that is missing fails as the real run would', async () => {
    const { publish, refs } = await organize({ defaultBranch: 'trunk', files: { 'README.md': 'Codex\n' } });
    const before = await refs();
    const [rehearsal, run] = [await publish(dry), await publish()];
    expect(rehearsal).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
    expect(annotationsOf(rehearsal)).toEqual(annotationsOf(run));
    expect(await refs()).toBe(before);
  });

  test.concurrent('with nothing to say says so', async () => {
    const { publish } = await organize();
    await publish();
    const rehearsal = await publish(dry);
    expectNoWrites(rehearsal);
    expect(planOf(rehearsal).changes).toEqual([]);
    expect(rehearsal.log).toContain('up to date');
    expect(annotationsOf(rehearsal)).toEqual([]);
  });

  test.concurrent('shows the deletions that would be withheld', async () => {
    const { write, publish, read } = await organize();
    const many = Array.from({ length: 6 }, (_, index) => `docs/more-${index}.md`);
    for (const path of many) await write(path, `${path}\n`);
    await publish();
    for (const path of many) await write(path, null);
    const rehearsal = await publish(dry);
    expectNoWrites(rehearsal);
    expect(rehearsal.outputs).toMatchObject({ 'deletions-withheld': '6', 'files-deleted': '0' });
    expect(annotationsOf(rehearsal)).toEqual([expect.stringMatching(/^warning: .*deletion-threshold/)]);
    expect(await read('projects/widgets/docs/more-0.md')).toBe('docs/more-0.md\n');
  });

  test.concurrent('needs a token that may read, no more', async () => {
    const { github, publish } = await organize();
    github.addToken('ghp_reader', { '*': 'read' });
    expectNoWrites(await publish({ ...dry, token: 'ghp_reader' }));
  });

  test.concurrent.each(['TRUE', 'True'])('is one when dry-run says %s', async (value) => {
    const { publish } = await organize();
    expectNoWrites(await publish({ 'dry-run': value }));
  });
});
