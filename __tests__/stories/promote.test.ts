import { describe, expect, test } from '@jest/globals';
import { hashBlob } from '../../src/text/bytes.ts';
import { commits, readTree } from '../support/codex.ts';
import { gather } from '../support/contributors.ts';
import { employ, outcomes, type ReleaseManager } from '../support/release.ts';
import { codex, expectRefused, messages, pushes, type Story, useStories } from '../support/story.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' };
const guide = (path: string) => `projects/widgets/docs/${path}.md`;

async function start(): Promise<ReleaseManager> {
  return employ(await startStory());
}

/** A project that is published in test, and promoted. */
async function released(files: Parameters<ReleaseManager['develop']>[1] = FILES) {
  const manager = await start();
  const widgets = await manager.develop('widgets', files);
  expect((await manager.first.promote()).outputs).toMatchObject({ conclusion: 'published' });
  return { ...manager, widgets };
}

describe('a project', () => {
  test.concurrent('goes from test to production as it stands there, bits and provenance too, and once', async () => {
    const { promote, develop, github, manifest, tip, documents } = await start();
    const executable = { mode: '100755', content: '#!/bin/sh\n' } as const;
    await develop('widgets', { ...FILES, 'docs/run.sh': executable });
    await develop('gadgets', { 'docs/x.md': 'x\n' });
    const run = await promote();
    expect(run).toMatchObject({ exitCode: 0, annotations: [] });
    expect(run.outputs).toMatchObject({
      conclusion: 'published',
      env: 'prod',
      branch: 'main',
      changed: 'true',
      'files-added': '4',
      succeeded: '1',
      failed: '0',
      'commit-sha': await tip('main'),
    });
    expect(await documents('widgets', 'main')).toEqual(await documents('widgets', 'test'));
    expect((await documents('widgets', 'main'))['docs/run.sh']?.mode).toBe('100755');
    expect(await manifest('widgets', 'main')).toEqual(await manifest('widgets', 'test'));
    expect(await readTree(github, codex, 'main', 'projects/gadgets')).toEqual({});
    const [commit] = await commits(github, codex, 'main');
    const { source } = await manifest('widgets', 'test');
    expect(commit?.subject).toBe('sync: Update docs from widgets');
    expect(commit?.body).toContain('Environment: prod (branch: main)\nDocuments: 4 added, 0 modified, 0 deleted');
    expect(commit?.body).toContain(`Codex-Source: acme/widgets@${source.commit}\nCodex-Ref: refs/heads/main\n`);
    // Neither the project's repository nor a checkout was looked at.
    expect(run.requests.filter(({ path }) => path.includes('acme/widgets'))).toEqual([]);

    const again = await promote();
    expect(again).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { conclusion: 'unchanged', changed: 'false' },
    });
    expect(await tip('main')).toBe(commit?.sha);
    expect(pushes(again)).toEqual([]);
  });

  test.concurrent('that changed and lost documents in test changes and loses them in production', async () => {
    const { promote, change, widgets, documents } = await released();
    await change(widgets, { 'docs/a.md': 'new a\n', 'docs/b.md': null, 'docs/d.md': 'd\n' });
    const run = await promote();
    expect(run.outputs).toMatchObject({
      'files-added': '1',
      'files-modified': '1',
      'files-deleted': '1',
      drifted: '0',
    });
    expect(outcomes(run).widgets.changes).toEqual([
      { path: 'docs/a.md', action: 'modify' },
      { path: 'docs/b.md', action: 'delete' },
      { path: 'docs/d.md', action: 'add' },
    ]);
    expect(await documents('widgets', 'main')).toEqual(await documents('widgets', 'test'));
    expect(run.log).toContain('To take this back');
  });

  test.concurrent('with edits that someone made in the codex in test: what was published is released, and they with release-edits', async () => {
    const { promote, develop, change, edit, read, github, manifest } = await start();
    const widgets = await develop('widgets', { ...FILES, 'docs/run.sh': { mode: '100755', content: 'run\n' } });
    await promote();
    const next = {
      'docs/a.md': 'next a\n',
      'docs/b.md': 'next b\n',
      'docs/run.sh': { mode: '100755', content: 'next\n' },
    } as const;
    await change(widgets, next);
    const changes = { [guide('a')]: 'edited a\n', [guide('b')]: null, 'projects/widgets/docs/run.sh': 'edited\n' };
    const edited = await edit(changes, 'test');
    const rehearsal = await promote({ 'dry-run': 'true' });
    expect(rehearsal.summary).toContain(
      `<a href="${github.serverUrl}/${codex}/blob/${edited}/${guide('a')}">edit in test</a>`,
    );
    const run = await promote();
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', 'files-modified': '3' } });
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(
        /^widgets: changed by hand in test, and kept there: docs\/a\.md \(edited\), docs\/b\.md \(removed\), docs\/run\.sh \(edited\)\..*release-edits/,
      ),
    ]);
    expect(outcomes(run).widgets['edits-left']).toContainEqual({ path: 'docs/b.md', edit: 'removed' });
    expect([await read(guide('a'), 'main'), await read(guide('b'), 'main')]).toEqual(['next a\n', 'next b\n']);
    // Its bit is that of its last commit in test, not that of the edit.
    const [script] = await modes(github, 'projects/widgets/docs/run.sh');
    expect(script).toBe('100755');
    expect((await manifest('widgets', 'main')).source.line).toBe('release');
    expect((await promote()).outputs.conclusion).toBe('unchanged');

    const meant = await promote({ 'release-edits': 'true', reason: 'legal asked for it, see #12' });
    expect(meant).toMatchObject({ annotations: [], outputs: { 'files-modified': '2', 'files-deleted': '1' } });
    expect([await read(guide('a'), 'main'), await read(guide('b'), 'main')]).toEqual(['edited a\n', undefined]);
    const [commit] = await commits(github, codex, 'main');
    expect(commit?.body).toContain('Codex-Reason: legal asked for it, see %2312');
  });

  test.concurrent('keeps what only production has and nobody owns', async () => {
    const { promote, change, edit, widgets, read } = await released();
    await edit({ [guide('legal')]: 'Only here\n', 'projects/widgets/notes.txt': 'Notes\n' }, 'main');
    await change(widgets, { 'docs/a.md': 'new a\n' });
    const run = await promote();
    expect(run).toMatchObject({ annotations: [], outputs: { conclusion: 'published', 'files-deleted': '0' } });
    expect(await read(guide('legal'), 'main')).toBe('Only here\n');
    expect(await read('projects/widgets/notes.txt', 'main')).toBe('Notes\n');
  });

  test.concurrent('is created in an environment whose branch is missing', async () => {
    const { promote, develop, documents } = await start();
    const widgets = await develop('widgets', FILES);
    const environments = { branches: { staging: 'staging', demo: 'demo' } };
    await widgets.write('.fractary/plugins/codex/config.json', JSON.stringify({ environments }));
    const run = await widgets.publish({ mode: 'promote', env: 'staging', project: 'widgets' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', branch: 'staging', 'branch-created': 'true' });
    expect(await documents('widgets', 'staging')).toEqual(await documents('widgets', 'test'));
    expect((await promote()).outputs.conclusion).toBe('published');
    // But not for nothing: it would begin with what production has.
    const idle = await widgets.publish({ mode: 'promote', env: 'demo', project: 'widgets' });
    expect(idle.outputs).toMatchObject({ conclusion: 'unchanged', 'branch-created': 'false' });
    expect(idle.log).toContain('Nothing to promote: demo (branch demo) does not exist');
  });
});

describe('a project that was published to test from a branch off the release line', () => {
  test.concurrent('is left as it is by a promotion of all, refused by its name, and released where production-refs names the branch', async () => {
    const { promote, develop, host, manifest, documents, read, publish, github } = await start();
    await develop('gadgets', { 'docs/x.md': 'x\n' });
    const widgets = await host('widgets', FILES);
    await widgets.git('checkout', '--quiet', '-b', 'develop');
    await widgets.write('docs/a.md', 'not released\n');
    await widgets.commit('Develop');
    await widgets.push('develop');
    const onDevelop = { ref: 'refs/heads/develop' };
    const tested = await widgets.publish({ 'stable-refs': 'refs/heads/develop' }, onDevelop);
    expect(tested.outputs.conclusion).toBe('published');
    expect((await manifest()).source).toMatchObject({ line: 'stable', ref: 'refs/heads/develop' });

    const all = await promote({ project: '*' });
    expect(all).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', succeeded: '1', failed: '0' } });
    expect(messages(all, 'warning')).toEqual([
      expect.stringMatching(
        /^widgets: projects\/widgets is not promoted to prod: .*refs\/heads\/develop.*production-refs/,
      ),
    ]);
    expect(outcomes(all).widgets).toMatchObject({ skipped: 'stable', changed: false });
    expect(all.summary).toContain('1 project skipped');
    expect(await read(guide('a'), 'main')).toBeUndefined();
    const status = await publish({ fullName: codex, directory: await github.scratch('none') }, { mode: 'status' });
    expect(status.log).toContain(
      'published from refs/heads/develop, not all from the release line: prod does not accept it',
    );

    expectRefused(await promote(), 'refs/heads/develop', 'production-refs');
    // Anybody may push a branch that a glob names.
    expectRefused(await promote({ 'production-refs': 'refs/heads/dev*' }), 'must be protected');
    github.addToken('ghs_sees_widgets', { 'acme/widgets': 'read' });
    github.protect('acme/widgets', 'develop', 'Only by pull request.');
    const inputs = { 'production-refs': 'refs/heads/dev*', 'dry-run': 'true' };
    expect((await promote(inputs, { githubToken: 'ghs_sees_widgets' })).outputs['files-added']).toBe('3');
    const named = await promote({ 'production-refs': 'refs/heads/develop' });
    expect(named.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
    expect(await documents('widgets', 'main')).toEqual(await documents('widgets', 'test'));
  });
});

test.concurrent('into the default branch of the codex, whatever maps to it, goes nothing that was not released', async () => {
  const story = await startStory();
  const { github, publish, edit, read } = story;
  await github.git(codex, 'branch', 'released', 'main');
  const { develop } = await employ(story);
  const branches = { prod: 'released', docs: 'main' };
  const config = JSON.stringify({ environments: { branches } });
  const widgets = await develop('widgets', { ...FILES, '.fractary/plugins/codex/config.json': config });
  await edit({ [guide('a')]: 'edited by anybody\n' }, 'test');
  const byHand = { event: 'workflow_dispatch' };
  const toDocs = { mode: 'promote', env: 'docs', project: 'widgets' };
  const promoted = await publish(widgets, toDocs, byHand);
  expect(promoted.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
  expect(await read(guide('a'), 'main')).toBe(FILES['docs/a.md']);

  await widgets.git('checkout', '--quiet', '-b', 'develop');
  await widgets.write('docs/a.md', 'of develop\n');
  await widgets.commit('Develop');
  await widgets.push('develop');
  await publish(widgets, { 'stable-refs': 'refs/heads/develop' }, { ref: 'refs/heads/develop' });
  expectRefused(await publish(widgets, toDocs, byHand), 'projects/widgets is not promoted to docs');
  expect(await read(guide('a'), 'main')).toBe(FILES['docs/a.md']);
});

describe('an open pull request', () => {
  test.concurrent('is never released: beneath its preview stands what is', async () => {
    const story = await startStory();
    const { promote, documents, manifest, read, github } = await employ(story);
    const people = await gather(story, { ...FILES, 'docs/run.md': 'run\n' });
    await people.publish();
    await people.propose(12, { 'docs/a.md': 'a of 12\n', 'docs/new.md': 'new of 12\n', 'docs/b.md': null });
    await people.preview(12);
    expect(await read(guide('a'), 'test')).toBe('a of 12\n');
    const run = await promote();
    expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { 'files-added': '4' } });
    for (const text of [run.log, run.summary.replaceAll('&#35;&#8203;', '#')]) expect(text).toContain('#12');
    expect(await manifest('widgets', 'main')).toEqual({ ...(await manifest()), previews: undefined });
    const ids = Object.entries(await documents('widgets', 'main')).map(([path, { id }]) => [path, id]);
    expect(Object.fromEntries(ids)).toEqual((await manifest()).documents);
    expect(await read(guide('a'), 'main')).toBe('a\n');
    expect((await promote()).outputs.conclusion).toBe('unchanged');

    // A project that has nothing but a preview has nothing to release, and nothing to fail for.
    await github.createRepository('acme/fresh', { files: { 'README.md': 'r\n' } });
    const fresh = JSON.stringify({
      documents: {},
      previews: { 3: { commit: 'a'.repeat(40), documents: {} } },
      source: { directory: '.', repository: 'acme/fresh' },
      version: 1,
    });
    await story.edit({ 'projects/fresh/.codex-sync.json': fresh }, 'test');
    expect((await promote({ project: '*' })).outputs).toMatchObject({
      conclusion: 'unchanged',
      succeeded: '2',
      failed: '0',
    });
  });

  test.concurrent('hides a document whose bit is executable: it is released with it, also where production has an older text', async () => {
    const story = await startStory();
    const { promote, documents, read } = await employ(story);
    const script = (content: string) => ({ mode: '100755', content }) as const;
    const widgets = await story.host('widgets', { 'docs/run.sh': script('old\n') });
    await widgets.publish();
    await promote();
    await widgets.write('docs/run.sh', script('new\n'));
    await widgets.commit('New');
    await widgets.push();
    await widgets.publish();
    await story.edit(
      {
        'projects/widgets/docs/run.sh': 'of a preview\n',
        'projects/widgets/.codex-sync.json': await withPreview(story, 7, { 'docs/run.sh': 'of a preview\n' }),
      },
      'test',
    );
    const run = await promote();
    expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { 'files-modified': '1' } });
    expect(await read('projects/widgets/docs/run.sh', 'main')).toBe('new\n');
    expect((await documents('widgets', 'main'))['docs/run.sh']?.mode).toBe('100755');
    expect((await promote()).outputs.conclusion).toBe('unchanged');
  });

  test.concurrent('of test stays above what is promoted to it', async () => {
    const story = await startStory();
    const { promote, read, manifest } = await employ(story);
    const people = await gather(story, FILES);
    await people.publish();
    await promote();
    await people.propose(12, { 'docs/a.md': 'a of 12\n' });
    await people.preview(12);
    await people.commit({ 'docs/a.md': 'next a\n', 'docs/b.md': 'next b\n' });
    await people.publish();
    const run = await promote({ from: 'prod', env: 'test' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'test', 'files-modified': '2' });
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/widgets: hidden in test .*docs\/a\.md \(#12\)/)]);
    expect([await read(guide('a')), await read(guide('b'))]).toEqual(['a of 12\n', 'b\n']);
    const { documents, previews } = await manifest();
    expect(documents).toEqual((await manifest('widgets', 'main')).documents);
    expect(Object.keys(previews)).toEqual(['12']);
  });
});

async function modes(github: Story['github'], path: string): Promise<(string | undefined)[]> {
  const tree = await readTree(github, codex, 'main', path.slice(0, path.lastIndexOf('/')));
  return [tree[path.slice(path.lastIndexOf('/') + 1)]?.mode];
}

/** The manifest of `widgets` with a preview laid over it. */
async function withPreview({ manifest }: Story, number: number, texts: Record<string, string>): Promise<string> {
  const ids = Object.entries(texts).map(([path, text]) => [path, hashBlob(Buffer.from(text))]);
  const preview = { commit: 'a'.repeat(40), documents: Object.fromEntries(ids) };
  return JSON.stringify({ ...(await manifest()), previews: { [number]: preview } });
}

describe('what someone edited in production', () => {
  test.concurrent('is kept with a warning while test stays as it was', async () => {
    const { promote, change, edit, read, widgets, github } = await released();
    const edited = await edit({ [guide('a')]: 'edited\n', [guide('b')]: null }, 'main');
    await change(widgets, { 'docs/c.md': 'new c\n' });
    const rehearsal = await promote({ 'dry-run': 'true' });
    expect(rehearsal.outputs).toMatchObject({
      conclusion: 'dry-run',
      drifted: '2',
      'files-modified': '1',
      'files-added': '1',
    });
    expect(rehearsal.summary).toContain(`${github.serverUrl}/${codex}/blob/${edited}/${guide('a')}`);
    const run = await promote();
    expect(run.outputs).toMatchObject({ conclusion: 'published', drifted: '2', conflicts: '0' });
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(/^widgets: edited in prod .*docs\/a\.md/),
      expect.stringMatching(/^widgets: removed in prod .*restored: docs\/b\.md/),
    ]);
    expect([await read(guide('a'), 'main'), await read(guide('b'), 'main')]).toEqual(['edited\n', 'b\n']);
    expect((await promote()).outputs).toMatchObject({ conclusion: 'unchanged', drifted: '1' });
  });

  test.concurrent.each([
    ['project', 'new a\n'],
    ['codex', 'edited\n'],
    ['fail', 'edited\n'],
  ])('and test has changed too is a conflict: on-conflict %s', async (rule, text) => {
    const { promote, change, edit, read, tip, widgets, github } = await released();
    const edited = await edit({ [guide('a')]: 'edited\n', [guide('b')]: 'edited b\n' }, 'main');
    await change(widgets, { 'docs/a.md': 'new a\n', 'docs/b.md': null, 'docs/c.md': 'new c\n' });
    const run = await promote({ 'on-conflict': rule });
    expect(await read(guide('a'), 'main')).toBe(text);
    // Between an edit and a deletion the edit wins.
    expect(await read(guide('b'), 'main')).toBe('edited b\n');
    if (rule === 'fail') {
      expectRefused(run, 'docs/a.md', 'docs/b.md', 'test', 'prod', 'on-conflict');
      expect(await tip('main')).toBe(edited);
      return;
    }
    expect(run.outputs).toMatchObject({
      conclusion: 'published',
      conflicts: '2',
      'files-modified': rule === 'project' ? '2' : '1',
    });
    expect(await read(guide('c'), 'main')).toBe('new c\n');
    expect(outcomes(run).widgets.replaced).toEqual(
      rule === 'project'
        ? [{ path: 'docs/a.md', url: `${github.serverUrl}/${codex}/blob/${edited}/${guide('a')}` }]
        : [],
    );
    const after = await tip('main');
    expect((await promote({ 'on-conflict': 'codex' })).outputs.changed).toBe('false');
    expect(await tip('main')).toBe(after);
  });

  test.concurrent('where nothing was ever published is replaced, and the text linked', async () => {
    const { promote, develop, edit, read, github } = await start();
    const before = await edit({ [guide('a')]: 'written by hand\n', [guide('z')]: 'z\n' }, 'main');
    await develop('widgets', FILES);
    const run = await promote();
    expect(outcomes(run).widgets.replaced).toEqual([
      { path: 'docs/a.md', url: `${github.serverUrl}/${codex}/blob/${before}/${guide('a')}` },
    ]);
    expect([await read(guide('a'), 'main'), await read(guide('z'), 'main')]).toEqual(['a\n', 'z\n']);
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/was in prod before.*docs\/a\.md/)]);
  });
});

test.concurrent('where the manifest of production cannot be read, nothing there is owned, and all that is replaced is linked', async () => {
  const { promote, change, edit, read, widgets } = await released();
  await edit({ 'projects/widgets/.codex-sync.json': 'not JSON\n', [guide('z')]: 'z\n' }, 'main');
  await change(widgets, { 'docs/a.md': 'new a\n', 'docs/b.md': null });
  const run = await promote();
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1', 'files-deleted': '0' });
  expect(messages(run, 'warning')[0]).toMatch(/^widgets: projects\/widgets\/\.codex-sync\.json cannot be read/);
  expect(outcomes(run).widgets.replaced).toMatchObject([{ path: 'docs/a.md' }]);
  expect([await read(guide('b'), 'main'), await read(guide('z'), 'main')]).toEqual(['b\n', 'z\n']);
});

describe('deletions', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`docs/${index}.md`, `${index}\n`]));
  const gone = Object.fromEntries(
    Object.keys(many)
      .slice(0, 10)
      .map((path) => [path, null]),
  );

  test.concurrent('of more than the threshold are withheld in production too, project by project', async () => {
    const { promote, develop, widgets, read } = await released(many);
    await develop('gadgets', { 'docs/x.md': 'x\n' });
    await widgets.write('docs/30.md', 'thirty\n');
    for (const path of Object.keys(gone)) await widgets.write(path, null);
    await widgets.publish({ 'deletion-threshold-percent': '100' });
    const run = await promote({ project: '*' });
    expect(run).toMatchObject({
      exitCode: 0,
      outputs: { conclusion: 'withheld', 'deletions-withheld': '10', 'files-added': '2' },
    });
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(/^widgets: 10 deletions withheld.*deletion-threshold/),
    ]);
    expect([await read(guide('0'), 'main'), await read(guide('30'), 'main')]).toEqual(['0\n', 'thirty\n']);
    const meant = await promote({ 'deletion-threshold-percent': '50' });
    expect(meant.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '10' });
  });

  test.concurrent('of all there is need allow-empty', async () => {
    const { promote, widgets, documents } = await released();
    for (const path of Object.keys(FILES)) await widgets.write(path, null);
    await widgets.publish({ 'allow-empty': 'true' });
    expectRefused(await promote(), 'projects/widgets', 'allow-empty');
    expect((await promote({ 'allow-empty': 'true' })).outputs).toMatchObject({ 'files-deleted': '3' });
    expect(await documents('widgets', 'main')).toEqual({});
  });
});

describe('many projects', () => {
  async function publishMany() {
    const manager = await start();
    const names = ['alpha', 'beta', 'gamma', 'doc-one', 'doc-two'];
    for (const name of names) await manager.develop(name, { 'docs/a.md': `${name}\n`, 'docs/b.md': `b of ${name}\n` });
    return manager;
  }

  test.concurrent('go in one push, one commit for each, by globs and names', async () => {
    const { promote, github, documents, tip } = await publishMany();
    const before = await tip('main');
    const run = await promote({ project: 'doc-*\nalpha\n' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '3', failed: '0', 'files-added': '6' });
    expect(pushes(run)).toHaveLength(1);
    const history = (await commits(github, codex, 'main')).slice(0, 3);
    expect(history.map(({ subject }) => subject).sort()).toEqual(
      ['alpha', 'doc-one', 'doc-two'].map((name) => `sync: Update docs from ${name}`),
    );
    expect(history.at(-1)?.parents).toEqual([before]);
    for (const name of ['alpha', 'doc-one', 'doc-two']) {
      expect(await documents(name, 'main')).toEqual(await documents(name, 'test'));
      const { body = '' } = history.find(({ subject }) => subject.endsWith(name)) ?? {};
      expect(body).toContain(`Codex-Source: acme/${name}@`);
    }
    expect(await readTree(github, codex, 'main', 'projects/beta')).toEqual({});

    const all = await promote({ project: '*' });
    expect(all.outputs).toMatchObject({ conclusion: 'published', succeeded: '5', 'files-added': '4' });
    expect(all.requests.length).toBeLessThanOrEqual(16);
    expect((await promote({ project: '*' })).outputs.conclusion).toBe('unchanged');
  });

  test.concurrent('of which one is broken: the others land, it is named, and the run fails', async () => {
    const { promote, edit, documents, tip, read } = await publishMany();
    await edit({ 'projects/beta/.codex-sync.json': '{"version":99}\n' }, 'test');
    // Larger than what is read of a manifest.
    await edit({ 'projects/gamma/.codex-sync.json': ' '.repeat(8 * 1024 * 1024 + 1) }, 'test');
    const submodule = { mode: '160000', content: 'd'.repeat(40) } as const;
    const [nobodys, commit] = ['e'.repeat(40), 'c'.repeat(40)];
    const lost = {
      documents: { 'docs/a.md': nobodys },
      previews: { 7: { commit, documents: { 'docs/a.md': null } } },
      source: { repository: 'acme/lost', directory: '.', commit, ref: 'refs/heads/main' },
      version: 1,
    };
    await edit(
      {
        'projects/odd/.codex-sync.json': submodule,
        'projects/folder/.codex-sync.json/x': 'a folder\n',
        'projects/lost/.codex-sync.json': JSON.stringify(lost),
      },
      'test',
    );
    await edit({ 'projects/doc-one/docs': 'a file where a folder should be\n' }, 'main');
    const run = await promote({ project: '*\nnobody\nx-*\n' });
    expect(run).toMatchObject({
      exitCode: 1,
      outputs: { conclusion: 'failed', changed: 'true', succeeded: '2', failed: '8' },
    });
    expect(run.outputs['commit-sha']).toBe(await tip('main'));
    const errors = messages(run, 'error');
    expect(errors).toHaveLength(1);
    for (const word of [
      'beta: ',
      'version 99',
      'gamma: ',
      'cannot be read',
      'doc-one: ',
      'nobody: ',
      'x-*: ',
      nobodys,
    ]) {
      expect(errors[0]).toContain(word);
    }
    expect(
      Object.entries(outcomes(run))
        .filter(([, { error }]) => error)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['beta', 'doc-one', 'folder', 'gamma', 'lost', 'nobody', 'odd', 'x-*']);
    for (const name of ['alpha', 'doc-two'])
      expect(await documents(name, 'main')).toEqual(await documents(name, 'test'));
    expect(await read('projects/beta/docs/a.md', 'main')).toBeUndefined();
  });

  test.concurrent('while others publish to both branches: nobody loses a commit', async () => {
    const { promote, github, edit, documents, tip } = await publishMany();
    const push = /POST .*git-receive-pack/;
    let others = 0;
    const meanwhile = async () => {
      others += 1;
      await edit({ [`projects/other/docs/${others}.md`]: `${others}\n` }, 'main');
      await edit({ [`projects/other/docs/${others}.md`]: `${others}\n` }, 'test');
    };
    github.fault({ match: push, meanwhile, times: 3 });
    const run = await promote({ project: '*a' });
    expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '3', attempts: '4' });
    const history = await commits(github, codex, 'main');
    expect(history.map(({ sha }) => sha)).toContain(run.outputs['commit-sha']);
    expect(await tip('main')).toBe(run.outputs['commit-sha']);
    expect(Object.keys(await readTree(github, codex, 'main', 'projects/other'))).toHaveLength(3);
    for (const name of ['alpha', 'beta', 'gamma']) {
      expect(await documents(name, 'main')).toEqual(await documents(name, 'test'));
    }
  });
});

test.concurrent.each([
  { how: 'in one request, which needs none of its blobs', env: {}, attempts: '1' },
  // With settings of its own for connections, git pushes by itself.
  { how: 'by git', env: { GIT_SSL_CAPATH: '/' }, attempts: '4' },
])('a source that moves all the time is promoted all the same, $how', async ({ env, attempts }) => {
  const { promote, develop, github, edit, documents } = await start();
  await develop('widgets', FILES);
  let others = 0;
  // Between the question where test stands and the push, test moves: git does not know its blobs then.
  const meanwhile = () => edit({ [`projects/other/docs/${others++}.md`]: `${others}\n` }, 'test');
  github.fault({ match: /GET .*info\/refs\?service=git-receive-pack/, meanwhile, times: 100 });
  const run = await promote({}, { env });
  expect(run.outputs).toMatchObject({ conclusion: 'published', attempts });
  expect(await documents('widgets', 'main')).toEqual(await documents('widgets', 'test'));
});
