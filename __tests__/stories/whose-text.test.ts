import { describe, expect, test } from '@jest/globals';
import type { FileChange } from '../support/commit-files.ts';
import { gather } from '../support/contributors.ts';
import { type CheckoutOptions, checkoutProject } from '../support/project.ts';
import type { ActionOptions } from '../support/runner.ts';
import { codex, expectRefused, messages, useStories } from '../support/story.ts';

const startStory = useStories();
const FILES = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' };
const DRAFT = 'never merged\n';

/** Main was published to both environments, and branch `feature`, on GitHub, holds a text that was never merged. */
async function start() {
  const story = await startStory();
  const people = await gather(story, FILES);
  const { github, host: _, ...rest } = story;
  const checkout = (ref: string, options: CheckoutOptions = {}) =>
    checkoutProject(github, 'acme/widgets', { depth: 0, ...options, ref });
  const feature = await checkout('main');
  await feature.git('checkout', '--quiet', '-b', 'feature');
  await feature.write('docs/draft.md', DRAFT);
  const head = await feature.commit('Draft');
  await feature.push('feature');
  const main = await checkout('main');
  const sha = await main.git('rev-parse', 'HEAD');
  for (const env of ['test', 'prod']) await story.begin(main, { env });
  /** Nothing of the branch is in what is released, nor in what would be. */
  const expectUnmerged = async () => {
    for (const branch of ['test', 'main']) {
      expect(Object.keys((await story.manifest('widgets', branch)).documents)).toEqual(Object.keys(FILES));
    }
    expect(await story.read('projects/widgets/docs/draft.md', 'main')).toBeUndefined();
  };
  return { ...rest, ...people, github, story, publishIn: story.publish, checkout, head, sha, expectUnmerged };
}

describe('an event beside a pull request, with the head of a branch checked out', () => {
  const onMain = { ref: 'refs/heads/main' };
  test.concurrent.each<[string, (head: string) => Partial<ActionOptions>]>([
    ['push', () => onMain],
    ['workflow_dispatch', () => onMain],
    ['repository_dispatch', () => ({ ...onMain, about: {} })],
    ['issues', () => onMain],
    ['schedule', () => ({ ...onMain, about: {} })],
    ['check_suite', (head) => ({ about: { sha: head, branch: 'feature' } })],
    ['status', (head) => ({ about: { sha: head, branch: 'feature' } })],
    ['deployment', () => ({ ref: 'refs/heads/main' })],
  ])('%s publishes nothing of it, neither to production nor to test', async (event, more) => {
    const { publishIn, checkout, head, sha, expectUnmerged, tip } = await start();
    const place = await checkout('feature');
    const before = [await tip('main'), await tip('test')];
    for (const env of ['prod', 'test']) {
      const run = await publishIn(place, { env }, { event, sha, ...more(head) });
      expectRefused(run, `Commit ${head} is checked out`, 'no stable ref of the project has it');
    }
    expect([await tip('main'), await tip('test')]).toEqual(before);
    await expectUnmerged();
  });
});

describe('an event about another commit, with main checked out and its documents over it', () => {
  test.concurrent.each<[string, (head: string) => Partial<ActionOptions>]>([
    ['check_suite', (head) => ({ about: { sha: head, branch: 'feature' } })],
    ['check_run', (head) => ({ about: { sha: head, branch: 'feature' } })],
    ['status', (head) => ({ about: { sha: head, branch: 'feature' } })],
    ['deployment', (head) => ({ ref: 'refs/heads/main', payload: { deployment: { sha: head, ref: 'feature' } } })],
    ['workflow_run', (head) => ({ about: { event: 'push', sha: head, branch: 'feature' } })],
  ])('%s publishes them as the preview of the branch', async (event, more) => {
    const { publishIn, checkout, head, manifest, expectUnmerged } = await start();
    const place = await checkout('main');
    await place.write('docs/draft.md', DRAFT);
    expectRefused(await publishIn(place, { env: 'prod' }, { event, ...more(head) }), 'Production');
    const run = await publishIn(place, {}, { event, ...more(head) });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
    expect(run.log).toContain('preview of branch feature');
    expect(Object.keys((await manifest()).previews['heads/feature'].documents)).toEqual(['docs/draft.md']);
    await expectUnmerged();
  });

  test.concurrent('a check of a pull request publishes what its job committed over main as that preview, and takes none away', async () => {
    const { publishIn, checkout, propose, preview, github, texts, expectUnmerged } = await start();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await preview(1);
    const sha = await github.git('acme/widgets', 'rev-parse', 'pull-1');
    const place = await checkout('main');
    const main = await place.git('rev-parse', 'HEAD');
    await place.write('docs/a.md', 'a of 1, built\n');
    await place.commit('Build');
    const run = await publishIn(place, {}, { event: 'check_suite', sha: main, about: { sha, pullRequest: 1 } });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect(await texts()).toEqual({ ...FILES, 'docs/a.md': 'a of 1, built\n' });
    await expectUnmerged();
  });

  test.concurrent.each<[string, (head: string) => Partial<ActionOptions>]>([
    [
      'a workflow_run that follows another one',
      (head) => ({ event: 'workflow_run', about: { event: 'workflow_run', sha: head, branch: 'main' } }),
    ],
    ['a repository_dispatch', () => ({ event: 'repository_dispatch', about: {} })],
  ])('%s does not tell, and is refused with their names', async (_, eventOf) => {
    const { publishIn, checkout, head, expectUnmerged } = await start();
    const place = await checkout('main');
    const event = eventOf(head);
    expect((await publishIn(place, {}, event)).outputs.conclusion).toBe('unchanged');
    await place.write('docs/draft.md', DRAFT);
    for (const env of ['test', 'prod'])
      expect((await publishIn(place, { env }, event)).outputs.conclusion).toBe('failed');
    expectRefused(await publishIn(place, {}, event), 'the commit of the run is unknown', 'docs/draft.md');
    await expectUnmerged();
  });

  test.concurrent.each<[string, (develop: string) => Partial<ActionOptions>]>([
    ['a push to develop', (sha) => ({ event: 'push', ref: 'refs/heads/develop', sha })],
    ['a check of develop', (sha) => ({ event: 'check_suite', about: { sha, branch: 'develop' } })],
    [
      'a workflow_run after develop',
      (sha) => ({ event: 'workflow_run', about: { event: 'push', sha, branch: 'develop' } }),
    ],
  ])('%s, which is stable and not released, publishes them to no production', async (_, eventOf) => {
    const { publishIn, checkout, commit, head, github, manifest, tip, expectUnmerged } = await start();
    await github.git('acme/widgets', 'update-ref', 'refs/heads/develop', head);
    await commit({ 'docs/b.md': 'b of main\n' });
    const inputs = { 'stable-refs': 'refs/heads/develop' };
    for (const depth of [0, 1]) {
      const place = await checkout('main', { depth });
      await place.write('docs/draft.md', DRAFT);
      const before = await tip('main');
      expectRefused(
        await publishIn(place, { ...inputs, env: 'prod' }, eventOf(head)),
        'docs/draft.md',
        head,
        'release line',
      );
      expect(await tip('main')).toBe(before);
    }
    await expectUnmerged();
    const place = await checkout('main');
    await place.write('docs/draft.md', DRAFT);
    expect((await publishIn(place, inputs, eventOf(head))).outputs).toMatchObject({ conclusion: 'published' });
    expect((await manifest()).source).toMatchObject({ line: 'stable', uncommitted: 1 });
    const promoted = await publishIn(place, { mode: 'promote', from: 'test', env: 'prod', project: 'widgets' }, {});
    expectRefused(promoted, 'not all of its documents in test are from the release line');
  });

  test.concurrent('a push to a branch that has the commit of a tag publishes them on the release line', async () => {
    const { publishIn, checkout, commit, head, github, manifest } = await start();
    await github.git('acme/widgets', 'update-ref', 'refs/heads/develop', head);
    await github.git('acme/widgets', 'update-ref', 'refs/tags/v1', head);
    await commit({ 'docs/b.md': 'b of main\n' });
    const place = await checkout('main');
    await place.write('docs/draft.md', DRAFT);
    const event = { event: 'push', ref: 'refs/heads/develop', sha: head };
    const run = await publishIn(place, { env: 'prod', 'stable-refs': 'refs/heads/develop' }, event);
    expect(run.outputs.conclusion).toBe('published');
    expect((await manifest('widgets', 'main')).source).toMatchObject({ line: 'release', uncommitted: 1 });
  });

  test.concurrent('a push to main publishes what its job generated, and counts it', async () => {
    const { publishIn, checkout, manifest } = await start();
    const place = await checkout('main');
    await place.write('docs/generated.md', 'generated\n');
    for (const [env, branch] of [
      ['prod', 'main'],
      ['test', 'test'],
    ] as const) {
      expect((await publishIn(place, { env })).outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
      expect((await manifest('widgets', branch)).source).toMatchObject({ line: 'release', uncommitted: 1 });
    }
  });
});

describe('a commit that a job makes on top of the one it runs for', () => {
  test.concurrent('is published with the commit below it as its source, so that the next release knows it', async () => {
    const { publishIn, checkout, manifest, commit } = await start();
    const place = await checkout('main', { depth: 1 });
    const sha = await place.git('rev-parse', 'HEAD');
    await place.write('docs/a.md', 'a, version 1\n');
    await place.commit('Stamp');
    const run = await publishIn(place, { env: 'prod' }, { sha });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    expect((await manifest('widgets', 'main')).source).toMatchObject({
      commit: sha,
      ref: 'refs/heads/main',
      uncommitted: 1,
    });
    await commit({ 'docs/b.md': 'b of the next release\n' });
    const next = await publishIn(await checkout('main', { depth: 1 }), { env: 'prod' });
    expect(next.outputs.conclusion).toBe('published');
  });

  test.concurrent('is not released where it stands on a branch that is stable and not released', async () => {
    const { publishIn, checkout, github, head, sha, manifest, expectUnmerged } = await start();
    await github.git('acme/widgets', 'update-ref', 'refs/heads/develop', head);
    const place = await checkout('develop');
    await place.write('docs/b.md', 'stamped\n');
    await place.commit('Stamp');
    const inputs = { 'stable-refs': 'refs/heads/develop' };
    expectRefused(await publishIn(place, { ...inputs, env: 'prod' }, { sha }), head, 'release line');
    await expectUnmerged();
    await publishIn(place, inputs, { sha });
    expect((await manifest()).source).toMatchObject({ line: 'stable' });
  });

  test.concurrent('is not what a token does not see that sees nothing of the repository', async () => {
    const { publishIn, checkout, github, sha, expectUnmerged } = await start();
    github.repository('acme/widgets').visibility = 'private';
    github.addToken('ghp_blind', { [codex]: 'write' });
    for (const event of ['workflow_dispatch', 'repository_dispatch', 'push']) {
      for (const env of ['prod', 'test']) {
        const about = { event, ref: 'refs/heads/main', sha, ...(event === 'repository_dispatch' && { about: {} }) };
        const run = await publishIn(await checkout('feature'), { env, 'project-token': 'ghp_blind' }, about);
        expectRefused(run, 'is checked out', 'it is unknown whether');
      }
    }
    await expectUnmerged();
  });

  test.concurrent('is nothing of main where it is a merge, or stands on a branch that was never merged', async () => {
    const { publishIn, checkout, sha, expectUnmerged } = await start();
    const merged = await checkout('main');
    await merged.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'origin/feature');
    const stamped = await checkout('feature');
    await stamped.write('docs/b.md', 'stamped\n');
    await stamped.commit('Stamp');
    for (const place of [merged, stamped]) {
      for (const env of ['prod', 'test']) {
        expectRefused(
          await publishIn(place, { env }, { event: 'workflow_dispatch', ref: 'refs/heads/main', sha }),
          'is checked out',
        );
      }
    }
    await expectUnmerged();
  });
});

describe('a branch off the stable refs', () => {
  test.concurrent('publishes a preview, which a merge ends, and which is never promoted', async () => {
    const { publishIn, checkout, manifest, texts, expectUnmerged, github, publish, story } = await start();
    const event = { event: 'workflow_dispatch', ref: 'refs/heads/feature' };
    expectRefused(
      await publishIn(await checkout('feature'), { env: 'prod' }, event),
      'refs/heads/feature is not on the release line',
    );
    for (const depth of [0, 1]) {
      const run = await publishIn(await checkout('feature', { depth }), {}, event);
      expect(run.outputs.conclusion).toBe(depth === 0 ? 'published' : 'unchanged');
    }
    expect(Object.keys((await manifest()).previews['heads/feature'].documents)).toEqual(['docs/draft.md']);
    expect(await texts()).toMatchObject({ 'docs/draft.md': DRAFT });
    const promoted = await publishIn(await checkout('main'), { mode: 'promote', env: 'prod' }, {});
    expect(promoted.outputs).toMatchObject({ conclusion: 'unchanged' });
    await expectUnmerged();

    await github.git('acme/widgets', 'update-ref', 'refs/heads/main', 'refs/heads/feature');
    const run = await publish({}, { depth: 0 });
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '0', 'files-modified': '0' });
    expect((await manifest()).previews).toBeUndefined();
    expect(Object.keys((await story.manifest()).documents)).toContain('docs/draft.md');
  });

  test.concurrent('its preview goes when the branch is gone, and at once on the event delete', async () => {
    const { publishIn, checkout, manifest, texts, github } = await start();
    const event = { event: 'workflow_dispatch', ref: 'refs/heads/feature' };
    await publishIn(await checkout('feature'), {}, event);
    await publishIn(await checkout('main', { depth: 1 }), {});
    expect(Object.keys((await manifest()).previews)).toEqual(['heads/feature']);
    await github.git('acme/widgets', 'update-ref', '-d', 'refs/heads/feature');
    const deleted = { event: 'delete', payload: { ref: 'feature', ref_type: 'branch' } };
    const onEvent = await publishIn(await checkout('main', { depth: 1 }), { 'dry-run': 'true' }, deleted);
    expect(onEvent.outputs).toMatchObject({ 'files-deleted': '1' });
    expect(onEvent.requests.filter(({ path }) => path.endsWith('/branches/feature'))).toEqual([]);
    await publishIn(await checkout('main', { depth: 1 }), {});
    expect((await manifest()).previews).toBeUndefined();
    expect(await texts()).toEqual(FILES);
  });

  test.concurrent('that a glob of production-refs names counts only where GitHub protects it', async () => {
    const { publishIn, checkout, github, head, manifest } = await start();
    await github.git('acme/widgets', 'update-ref', 'refs/heads/release/9', head);
    const event = { event: 'push', ref: 'refs/heads/release/9' };
    const inputs = { env: 'prod', 'production-refs': 'refs/heads/release/*' };
    expectRefused(
      await publishIn(await checkout('release/9'), inputs, event),
      'refs/heads/release/9 is not on the release line',
    );
    github.protect('acme/widgets', 'release/9', 'Protected');
    expect((await publishIn(await checkout('release/9'), inputs, event)).outputs.conclusion).toBe('published');
    expect((await manifest('widgets', 'main')).source).toMatchObject({ line: 'release', ref: 'refs/heads/release/9' });
    const named = { ...inputs, 'production-refs': 'refs/heads/feature' };
    const run = await publishIn(await checkout('feature'), named, { event: 'push', ref: 'refs/heads/feature' });
    expect(run.outputs.conclusion).toBe('unchanged');
  });

  test.concurrent('that stable-refs names publishes documents of the line "stable", and warns of turns', async () => {
    const { publishIn, checkout, manifest, commit } = await start();
    const event = { event: 'push', ref: 'refs/heads/feature' };
    const run = await publishIn(await checkout('feature'), { 'stable-refs': 'refs/heads/feature' }, event);
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
    expect(messages(run, 'warning')).toEqual([
      expect.stringContaining('two refs that take turns overwrite each other'),
    ]);
    expect((await manifest()).source).toMatchObject({ line: 'stable', ref: 'refs/heads/feature' });
    await commit({ 'docs/b.md': 'b of main\n' });
    const again = await publishIn(await checkout('feature'), {}, event);
    expect(messages(again, 'warning')).toEqual([expect.stringContaining('stable_refs')]);
  });
});

test.concurrent('a checkout of another repository is not published under the name of this one', async () => {
  const { publishIn, github, read, story } = await start();
  await github.createRepository('acme/lib', { files: { 'docs/secret.md': 'private\n' }, visibility: 'private' });
  const place = await checkoutProject(github, 'acme/lib', { ref: 'main' });
  const asHub = { fullName: 'acme/widgets', directory: place.directory };
  github.addToken('ghp_both', { 'acme/lib': 'read', 'acme/widgets': 'read' });
  for (const env of ['test', 'prod']) {
    expectRefused(await publishIn(asHub, { env }), 'The checkout is of acme/lib', '"project-repository: acme/lib"');
  }
  expect(await read('projects/widgets/docs/secret.md')).toBeUndefined();
  const named = { 'project-repository': 'acme/lib', 'project-token': 'ghp_both' };
  const run = await publishIn(asHub, named, { sha: '0'.repeat(40) });
  expect(run.outputs.conclusion).toBe('published');
  expect(run.requests.some(({ path }) => path.endsWith('/repos/acme/lib'))).toBe(true);
  expect((await story.manifest('lib')).source).toMatchObject({
    repository: 'acme/lib',
    ref: 'refs/heads/main',
    line: 'release',
  });
});

test.concurrent('what a job writes into the checkout of another repository counts only where the workflow itself is merged', async () => {
  const { publishIn, github, story, head } = await start();
  await github.createRepository('acme/lib', { files: { 'docs/lib.md': 'lib\n' } });
  github.addToken('ghp_both', { 'acme/lib': 'read', 'acme/widgets': 'read' });
  const place = await checkoutProject(github, 'acme/lib', { ref: 'main' });
  const asHub = { fullName: 'acme/widgets', directory: place.directory };
  const named = { 'project-repository': 'acme/lib', 'project-token': 'ghp_both' };
  await place.write('docs/built.md', DRAFT);
  const about = { event: 'push', sha: head, branch: 'feature' };
  const unmerged: Partial<ActionOptions>[] = [
    { event: 'pull_request', ref: 'refs/pull/1/merge', pullRequest: 1 },
    { event: 'push', ref: 'refs/heads/feature', sha: head },
    { event: 'workflow_run', about },
    { event: 'check_suite', about },
  ];
  for (const event of unmerged) {
    expectRefused(await publishIn(asHub, named, event), 'change that was never merged', 'docs/built.md');
  }
  const run = await publishIn(asHub, named, { event: 'push', ref: 'refs/heads/main' });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '2' });
  expect((await story.manifest('lib')).source).toMatchObject({ repository: 'acme/lib', uncommitted: 1 });
});

test.concurrent('a workflow_run after the push of a tag that is called as the default branch is none of that branch', async () => {
  const { publishIn, checkout, github, head, expectUnmerged } = await start();
  await github.git('acme/widgets', 'update-ref', 'refs/tags/main', head);
  const event = { event: 'workflow_run', about: { event: 'push', sha: head, branch: 'main' } };
  for (const env of ['prod', 'test']) {
    const run = await publishIn(await checkout(head), { env, 'production-refs': 'refs/tags/v*' }, event);
    expectRefused(run, `Commit ${head} is on no stable ref of the project`);
  }
  const place = await checkout('main');
  await place.write('docs/draft.md', DRAFT);
  expectRefused(await publishIn(place, { 'production-refs': 'refs/tags/v*' }, event), head, 'docs/draft.md');
  await expectUnmerged();
});

test.concurrent('a workflow_run of an earlier push to main publishes its commit as that of main', async () => {
  const { publishIn, checkout, sha, commit, manifest } = await start();
  await commit({ 'docs/b.md': 'b of main\n' });
  const event = { event: 'workflow_run', about: { event: 'push', sha, branch: 'main' } };
  for (const depth of [0, 1]) {
    const inputs = { include: 'docs/a.md', 'deletion-threshold-percent': '50' };
    const run = await publishIn(await checkout(sha, { depth }), inputs, event);
    expect(run.outputs.conclusion).toBe(depth === 0 ? 'published' : 'unchanged');
  }
  expect((await manifest()).source).toMatchObject({ commit: sha, ref: 'refs/heads/main', line: 'release' });
});

test.concurrent('what one environment wrote into the checkout is published to no other before it is committed', async () => {
  const { publishIn, checkout, edit, read, manifest } = await start();
  await edit({ 'projects/widgets/docs/a.md': 'edited in test\n' }, 'test');
  const place = await checkout('main');
  const pulled = await publishIn(place, { env: 'test', direction: 'bidirectional' });
  expect(pulled.outputs).toMatchObject({ pulled: '1' });
  const run = await publishIn(place, { env: 'prod' });
  expect(run.outputs.conclusion).toBe('unchanged');
  expect(messages(run, 'warning')).toEqual([expect.stringContaining('docs/a.md')]);
  expect(await read('projects/widgets/docs/a.md', 'main')).toBe('a\n');
  await place.commit('Take the edit over');
  await place.push('main');
  expect((await publishIn(place, { env: 'prod' })).outputs.conclusion).toBe('published');
  expect((await manifest('widgets', 'main')).source.uncommitted).toBeUndefined();
});

describe('a preview that nothing may end', () => {
  test.concurrent('is said where GitHub does not answer about pull requests', async () => {
    const { propose, preview, publish } = await start();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    await preview(1);
    const run = await publish({}, { permissions: { contents: 'read' } });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('"pull-requests: read"')]);
  });
});

describe('a pull request that was previewed with other documents than it was merged with', () => {
  test.concurrent('leaves none of them behind, whatever the deletion guard says', async () => {
    const story = await startStory();
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`docs/page-${index}.md`, `page ${index}\n`]),
    );
    const { publish, propose, preview, merge, main, texts } = await gather(story, files);
    for (const env of ['test', 'prod']) await publish({ env });
    const pages = (folder: string) =>
      Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`docs/${folder}/${index}.md`, `${folder} ${index}\n`]),
      );
    await propose(1, pages('draft-pricing'));
    await preview(1);
    const gone = Object.fromEntries(Object.keys(pages('draft-pricing')).map((path) => [path, null]));
    await propose(1, { ...gone, ...pages('pricing') });
    await merge(1, 'squash');
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', 'deletions-withheld': '0', 'files-deleted': '8' });
    expect(await texts()).toEqual(await main());
    const promoted = await publish({ mode: 'promote', env: 'prod' });
    expect(promoted.outputs.conclusion).toBe('published');
    const released = Object.keys(await story.documents('widgets', 'main'));
    expect(released.filter((path) => path.startsWith('docs/draft-pricing'))).toEqual([]);
  });

  test.concurrent.each<[string, FileChange]>([
    ['a link', { mode: '120000', content: '/etc/passwd' }],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'],
    ['a key', '-----BEGIN OPENSSH PRIVATE KEY-----\n'],
  ])('has no document where the merged head has %s', async (_, merged) => {
    const { propose, preview, publish, merge, checkout, publishIn, manifest, story } = await start();
    await propose(1, { 'docs/x.md': 'text of the pull request\n' });
    await preview(1);
    const place = await checkout('pull-1');
    await place.write('docs/x.md', merged);
    await place.commit('In review');
    await place.push('pull-1');
    await merge(1);
    await publish({}, { depth: 0 });
    expect((await manifest()).documents['docs/x.md']).toBeUndefined();
    await publishIn(await checkout('main'), { mode: 'promote', env: 'prod' });
    expect(await story.read('projects/widgets/docs/x.md', 'main')).toBeUndefined();
    expect(await story.read('projects/widgets/docs/x.md')).toBeUndefined();
  });
});

test.concurrent.each(['CON', 'x.', '...', '-rf'])(
  'a pull request cannot make a folder that other systems cannot hold: %s',
  async (name) => {
    const { propose, preview, read } = await start();
    await propose(1, { 'docs/a.md': 'a of 1\n' });
    expectRefused(await preview(1, { project: name }), 'name');
    expect(await read(`projects/${name}/.codex-sync.json`)).toBeUndefined();
  },
);

test.concurrent('a folder is not created beside one that differs in case alone', async () => {
  const { propose, preview, publish, read } = await start();
  await propose(1, { 'docs/a.md': 'a of 1\n' });
  for (const run of [await preview(1, { project: 'WIDGETS' }), await publish({ project: 'Widgets' })]) {
    expectRefused(run, 'beside projects/widgets', 'only in case');
  }
  expect(await read('projects/WIDGETS/.codex-sync.json')).toBeUndefined();
});

test.concurrent('a repository that is renamed in case alone gets no second folder, and is told the name of its own', async () => {
  const { github, publishIn, read } = await start();
  github.renameRepository('acme/widgets', 'acme/Widgets');
  const { directory } = await checkoutProject(github, 'acme/Widgets', { ref: 'main' });
  const renamed = { fullName: 'acme/Widgets', directory };
  expectRefused(await publishIn(renamed), 'beside projects/widgets', 'Give the project the name widgets');
  expect(await read('projects/Widgets/.codex-sync.json')).toBeUndefined();
  expect((await publishIn(renamed, { project: 'widgets' })).outputs.conclusion).toBe('unchanged');
});
