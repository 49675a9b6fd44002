import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { hashBlob } from '../../src/text/bytes.ts';
import { commits, readTree } from '../support/codex.ts';
import { gather } from '../support/contributors.ts';
import { employ, outcomes } from '../support/release.ts';
import { codex, expectRefused, messages, pushes, useStories } from '../support/story.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' };

async function start() {
  return employ(await startStory());
}

test.concurrent('documents and manifest go from one environment, and nothing else', async () => {
  const { develop, promote, retire, github, edit, read, manifest, documents } = await start();
  await develop('widgets', FILES);
  await develop('gadgets', { 'docs/x.md': 'x\n' });
  await promote({ project: '*' });
  const { source } = await manifest();
  await edit({ 'projects/widgets/legal.md': 'Nobody owns this\n' }, 'main');
  const before = await documents('widgets', 'test');
  const run = await retire();
  expect(run).toMatchObject({ exitCode: 0, annotations: [] });
  expect(run.outputs).toMatchObject({
    conclusion: 'published',
    env: 'prod',
    changed: 'true',
    'files-deleted': '3',
    succeeded: '1',
    failed: '0',
  });
  expect(Object.keys(await readTree(github, codex, 'main', 'projects/widgets'))).toEqual(['legal.md']);
  expect(await read('projects/gadgets/docs/x.md', 'main')).toBe('x\n');
  expect(await documents('widgets', 'test')).toEqual(before);
  const [commit] = await commits(github, codex, 'main');
  expect(commit?.body).toContain('Environment: prod (branch: main)\nDocuments: 0 added, 0 modified, 3 deleted');
  expect(commit?.body).toContain(`Codex-Source: acme/widgets@${source.commit}`);

  expectRefused(await retire(), 'no manifest in projects/widgets', 'branch main', 'retired already');
  // What is published again begins anew, beside what nobody owns.
  expect((await promote()).outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
});

/** The inputs that a report offers in its summary, as YAML says them. */
function offered(summary: string): Record<string, string> {
  const block = /```yaml\n([\s\S]*?)\n```/.exec(summary)?.[1] ?? '';
  return parse(block);
}

test.concurrent('is taken back by what the report offers, word for word: documents, bits and provenance', async () => {
  const { develop, promote, retire, manifest, documents } = await start();
  await develop('widgets', { ...FILES, 'docs/run.sh': { mode: '100755', content: 'run\n' } });
  await promote();
  const before = [await documents('widgets', 'main'), await manifest('widgets', 'main')];
  const run = await retire();
  const inputs = offered(run.summary);
  expect(Object.keys(inputs).sort()).toEqual(['env', 'from', 'mode', 'project']);
  expect(run.log).toContain('To take this back, promote it from the commit before, with');
  const back = await promote(inputs);
  expect(back).toMatchObject({ annotations: [], outputs: { conclusion: 'published', 'files-added': '4' } });
  expect([await documents('widgets', 'main'), await manifest('widgets', 'main')]).toEqual(before);
});

test.concurrent('from test is taken back likewise; its previews come back with their own runs', async () => {
  const story = await startStory();
  const { retire, promote, documents } = await employ(story);
  const people = await gather(story, FILES);
  await people.publish();
  const published = await documents();
  await people.propose(12, { 'docs/a.md': 'a of 12\n' });
  await people.preview(12);
  const shown = await documents();
  const run = await retire({ env: 'test' });
  expect(run.log).toContain('(previews are restored by the next run of their pull requests or branches)');
  expect((await promote(offered(run.summary))).outputs.conclusion).toBe('published');
  expect(await documents()).toEqual(published);
  expect((await people.preview(12)).outputs.conclusion).toBe('published');
  expect(await documents()).toEqual(shown);
});

test.concurrent('the last project takes its folder with it', async () => {
  const { develop, first, retire, github } = await start();
  await develop('widgets', FILES);
  await first.promote();
  await retire();
  expect(Object.keys(await readTree(github, codex, 'main'))).toEqual(['README.md']);
  expect(await github.git(codex, 'ls-tree', 'main', '--name-only')).toBe('README.md');
  await retire({ env: 'test' });
  expect(await github.git(codex, 'fsck', '--no-dangling')).toBe('');
});

test.concurrent('what someone edited stays, owned by nobody, with a link; a link is left alone', async () => {
  const { develop, retire, edit, read, github } = await start();
  await develop('widgets', FILES);
  const edited = await edit(
    {
      'projects/widgets/docs/a.md': 'edited\n',
      'projects/widgets/docs/b.md': { mode: '120000', content: 'a.md' },
      'projects/widgets/docs/c.md': null,
    },
    'test',
  );
  const run = await retire({ env: 'test' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '0', drifted: '1' });
  expect(messages(run, 'warning')).toEqual([
    expect.stringMatching(/link or a submodule there: docs\/b\.md/),
    expect.stringMatching(/^widgets: edited in test since.*without an owner: docs\/a\.md/),
  ]);
  expect(run.summary).toContain(`${github.serverUrl}/${codex}/blob/${edited}/projects/widgets/docs/a.md`);
  expect(await read('projects/widgets/docs/a.md')).toBe('edited\n');
  expect(Object.keys(await readTree(github, codex, 'test', 'projects/widgets')).sort()).toEqual([
    'docs/a.md',
    'docs/b.md',
  ]);
});

test.concurrent('open previews go too', async () => {
  const story = await startStory();
  const { retire, github } = await employ(story);
  const people = await gather(story, FILES);
  await people.publish();
  await people.propose(12, { 'docs/a.md': 'a of 12\n', 'docs/new.md': 'new\n', 'docs/b.md': null });
  await people.preview(12);
  const run = await retire({ env: 'test' });
  expect(run).toMatchObject({ annotations: [], outputs: { 'files-deleted': '3' } });
  expect(await readTree(github, codex, 'test', 'projects')).toEqual({});
});

test.concurrent('with a preview that one alone ends, and what it covered returns', async () => {
  const story = await startStory();
  const { retire, read, manifest, tip, github } = await employ(story);
  const people = await gather(story, FILES);
  await people.publish();
  await people.propose(12, { 'docs/a.md': 'a of 12\n', 'docs/new.md': 'new\n', 'docs/b.md': null });
  await people.preview(12);
  await people.propose(7, { 'docs/c.md': 'c of 7\n' });
  await people.preview(7);
  const before = await tip();
  expectRefused(await retire({ env: 'test', preview: '9' }), 'has no preview #9 in test', 'Its previews: 7, 12');
  expectRefused(await retire({ env: 'test', preview: 'heads/12' }), 'has no preview 12 in test');
  const refused = await retire({ preview: '12' });
  expectRefused(refused, 'Input "preview" is "12"', 'production', 'no previews');
  expect(refused.requests).toEqual([]);
  expectRefused(await retire({ env: 'test', preview: 'twelve' }), 'Input "preview" is "twelve"', 'heads/<branch>');
  const rehearsal = await retire({ env: 'test', preview: '#12', 'dry-run': 'true' });
  expect(rehearsal.outputs).toMatchObject({ conclusion: 'dry-run', 'files-deleted': '1' });
  expect(rehearsal.log).toContain('would be changed in test (branch test) by closing the preview of #12');
  expect(await tip()).toBe(before);

  const run = await retire({ env: 'test', preview: '#12', reason: 'forgotten' });
  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'published', changed: 'true' } });
  expect(run.log).toContain(
    'Closed the preview of #12 in test (branch test): 1 project (1 added, 1 modified, 1 deleted).',
  );
  expect(run.log).toContain('To restore the preview, run the workflow of #12 again.');
  expect(run.summary).not.toContain('```');
  expect([await read('projects/widgets/docs/a.md'), await read('projects/widgets/docs/b.md')]).toEqual(['a\n', 'b\n']);
  expect(await read('projects/widgets/docs/new.md')).toBeUndefined();
  expect(await read('projects/widgets/docs/c.md')).toBe('c of 7\n');
  expect(Object.keys((await manifest()).previews)).toEqual(['7']);
  const [commit] = await commits(github, codex, 'test');
  expect(commit?.body).toContain('Codex-Reason: forgotten');
});

test.concurrent('with the last preview of a project that nobody published, its folder goes', async () => {
  const story = await startStory();
  const { retire, edit, github } = await employ(story);
  const source = { repository: 'acme/widgets', directory: '.' };
  const preview = { commit: 'c'.repeat(40), documents: { 'docs/a.md': hashBlob(Buffer.from('a\n')) } };
  const manifest = { version: 2, documents: {}, previews: { 'heads/feature/x': preview }, source };
  await github.git(codex, 'branch', 'test', 'main');
  await edit({ 'projects/widgets/.codex-sync.json': JSON.stringify(manifest), 'projects/widgets/docs/a.md': 'a\n' });
  const run = await retire({ env: 'test', preview: 'heads/feature/x' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1' });
  expect(await readTree(github, codex, 'test', 'projects')).toEqual({});
});

test.concurrent('more than the count is refused with the number to confirm', async () => {
  const { develop, retire, tip, documents } = await start();
  const many = Array.from({ length: 60 }, (_, index) => [`docs/${index}.md`, `${index}\n`]);
  await develop('widgets', Object.fromEntries(many));
  const before = await tip();
  expectRefused(await retire({ env: 'test' }), '60 documents', 'more than 50', '"deletion-threshold: 60"');
  expectRefused(await retire({ env: 'test', 'deletion-threshold': '59', 'dry-run': 'true' }), '60 documents');
  expect(await tip()).toBe(before);
  // Per cent of what is published do not count: it is all of it.
  expect((await retire({ env: 'test', 'deletion-threshold': '60' })).outputs['files-deleted']).toBe('60');
  await expect(documents()).rejects.toThrow();
});

test.concurrent('a dry run writes nothing and lists what would go', async () => {
  const { develop, retire, tip } = await start();
  await develop('widgets', FILES);
  const before = await tip();
  const run = await retire({ env: 'test', 'dry-run': 'true' });
  expect(run.outputs).toMatchObject({ conclusion: 'dry-run', changed: 'false', 'files-deleted': '3' });
  expect(outcomes(run).widgets.changes).toHaveLength(3);
  for (const text of [run.log, run.summary]) expect(text).toContain('docs/b.md');
  expect(pushes(run)).toEqual([]);
  expect(await tip()).toBe(before);
});

test.concurrent('where nothing is, it says so and changes nothing', async () => {
  const { develop, first, retire, github, tip, edit } = await start();
  expectRefused(await retire({ env: 'test' }), 'no manifest in projects/widgets', 'branch test');
  await develop('widgets', FILES);
  await first.promote();
  await github.git(codex, 'update-ref', '-d', 'refs/heads/test');
  // Production has it, and is not what was asked for.
  expectRefused(await retire({ env: 'test' }), 'no manifest in projects/widgets', 'branch test');
  const before = await edit({ 'projects/widgets/.codex-sync.json': 'not JSON\n' }, 'main');
  expectRefused(await retire(), 'cannot be read');
  expect(await tip('main')).toBe(before);
  const newer = await edit({ 'projects/widgets/.codex-sync.json': '{"version": 3}\n' }, 'main');
  expectRefused(await retire(), 'version 3', 'Upgrade');
  expect(await tip('main')).toBe(newer);
});

test.concurrent('a lost race, and an answer that is lost', async () => {
  const { develop, retire, github, edit, read } = await start();
  await develop('widgets', FILES);
  await develop('gadgets', FILES);
  const push = /POST .*git-receive-pack/;
  github.fault({ match: push, meanwhile: () => edit({ 'projects/other/a.md': 'x\n' }, 'test') });
  expect((await retire({ env: 'test' })).outputs).toMatchObject({ conclusion: 'published', attempts: '2' });
  expect(await read('projects/other/a.md')).toBe('x\n');
  github.fault({ match: push, loseAnswer: true, times: 2 });
  const run = await retire({ env: 'test', project: 'gadgets' });
  expect(run).toMatchObject({
    exitCode: 0,
    outputs: { conclusion: 'published', 'files-deleted': '3', changed: 'true' },
  });
  expect(await readTree(github, codex, 'test', 'projects/gadgets')).toEqual({});
});
