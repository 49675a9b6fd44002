import { expect, test } from '@jest/globals';
import { expectTold, found } from '../support/doctor.ts';
import { checkoutProject } from '../support/project.ts';
import { closePullRequest, mergePullRequest, openPullRequest } from '../support/pull-request.ts';
import { codex, useStory } from '../support/story.ts';

const FILE = '.fractary/codex.yaml';
const story = await useStory({ files: { 'README.md': '# Codex\n', [FILE]: 'projects: { gears: acme/other }\n' } });
const { github, host, edit } = story;
const quiet = { mode: 'doctor', 'use-cache': false };
const workflow = (types: string, mode = 'sync-project') =>
  `on:\n  pull_request:${types}\njobs:\n  test:\n    runs-on: x\n    steps:\n      - uses: fractary/codex-sync@v1\n        with: { mode: ${mode} }\n`;

test('patterns that select nothing are named, each with what may be meant', async () => {
  const { publish } = await host('patterns', { 'docs/a.md': 'A\n', 'CHANGELOG.md': 'C\n' });
  const some = await publish({ ...quiet, include: 'docs/**\nCHANGLOG.md' });
  expect(some.exitCode).toBe(0);
  expectTold(some);
  expect(found(some, 'patterns')).toEqual([
    'ok: They select 1 document.',
    'warning: A pattern of "include" (sync_patterns) selects no document: CHANGLOG.md (did you mean CHANGELOG.md?). -> Correct or remove it.',
  ]);
  const none = await publish({ ...quiet, include: 'doc/**' });
  expect(found(none, 'patterns')).toEqual([
    expect.stringMatching(
      /^warning: They select no document: doc\/\*\* \(did you mean docs.*\)\. -> Correct "include"/,
    ),
  ]);
});

test('a workspace without a checkout: what depends on it is not looked at, and no run fails for it', async () => {
  const directory = await github.scratch('no-checkout');
  await github.createRepository('acme/unchecked', { files: { 'README.md': 'U\n' } });
  const run = await story.publish({ fullName: 'acme/unchecked', directory }, quiet);
  expect(run.exitCode).toBe(0);
  expectTold(run);
  expect(found(run, 'checkout')).toEqual([
    expect.stringMatching(/^warning: .* is not in a git checkout .* -> Run actions\/checkout before this step/),
  ]);
  expect(found(run, 'patterns')).toEqual(['not-looked-at: Not checked: there is no checkout.']);
});

test('a cache directory that git does not ignore, or that a commit has', async () => {
  const place = await host('cached', { 'docs/a.md': 'A\n' });
  const cached = async () => found(await place.publish({ ...quiet, 'cache-dir': 'vendor/codex' }), 'cache').slice(1);
  // The first fetch writes a list of ignored files there.
  expect(await cached()).toEqual(['ok: Documents can be written to vendor/codex.']);
  const open = (which: string) =>
    `warning: Git does not ignore vendor/codex, so a commit may contain fetched documents${which}. -> Add "/vendor/codex/" to the .gitignore of the repository.`;
  await place.write('vendor/codex/acme/gears/test/b.md', 'B\n');
  expect((await cached()).slice(1)).toEqual([open(': vendor/codex/acme/gears/test/b.md')]);
  await place.write('vendor/codex/.gitignore', '*.log\n');
  await place.commit('Commit fetched documents');
  expect((await cached()).slice(1)).toEqual([
    expect.stringMatching(/^warning: 1 file of vendor\/codex is committed: .*b\.md\. -> Remove .*git rm -r --cached/),
    open(''),
  ]);
  await place.write('.gitignore', '/vendor/codex/\n');
  await place.git('rm', '-r', '--quiet', '--cached', 'vendor/codex');
  expect(await cached()).toEqual(['ok: Documents can be written to vendor/codex.']);
});

test('workflows whose previews no workflow ends', async () => {
  const place = await host('flows', { 'docs/a.md': 'A\n', '.github/workflows/test.yml': workflow('') });
  const flows = async () => found(await place.publish(quiet), 'workflows');
  expect(await flows()).toEqual([
    'warning: No workflow ends the previews of .github/workflows/test.yml: none has the type "closed", so they stay until the next publication from the default branch. -> ' +
      'Add it under "on": "types: [opened, reopened, synchronize, closed]".',
  ]);
  await place.write('elsewhere/linked.yml', workflow(' { types: [closed] }'));
  await place.write('.github/workflows/linked.yml', { mode: '120000', content: '../../elsewhere/linked.yml' });
  expect(await flows()).toEqual([expect.stringMatching(/^warning: /)]);
  // Another workflow may end them, and one that fetches documents publishes none.
  await place.write('.github/workflows/fetch.yml', workflow(' { types: [closed] }', 'fetch'));
  expect(await flows()).toEqual([expect.stringMatching(/^warning: /)]);
  await place.write('.github/workflows/closed.yaml', workflow(' { types: [closed] }'));
  expect(await flows()).toEqual([
    'ok: .github/workflows/closed.yaml, .github/workflows/test.yml: previews end with their pull requests.',
  ]);
  // A checkout may link its folder to anywhere.
  await place.write('.github', null);
  await place.write('elsewhere/workflows/test.yml', workflow(''));
  await place.write('.github', { mode: '120000', content: 'elsewhere' });
  expect(await flows()).toEqual([]);
});

test('previews that nothing ended, and the owner of the folder', async () => {
  const place = await host('previews', { 'docs/a.md': 'A\n' });
  for (const [number, head] of [
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ] as const) {
    await place.git('checkout', '--quiet', '-b', head, 'origin/main');
    await place.write(`docs/${head}.md`, `${head}\n`);
    await place.commit(head);
    await place.push(head);
    await openPullRequest(github, place.fullName, { number, head });
  }
  await closePullRequest(github, place.fullName, 1);
  await mergePullRequest(github, place.fullName, 2, 'merge');
  const preview = { commit: 'c'.repeat(40), date: '2026-06-01T00:00:00Z', documents: { 'docs/p.md': null } };
  const previews = { 1: preview, 2: preview, 3: preview, 'heads/three': preview, 'heads/gone': preview };
  const source = { repository: 'acme/previews', directory: '.', commit: 'd'.repeat(40), line: 'release' };
  const manifest = { version: 2, documents: {}, source, previews };
  await github.git(codex, 'branch', 'test', 'main');
  await edit({ 'projects/previews/.codex-sync.json': JSON.stringify(manifest) });
  const run = await place.publish(quiet);
  expect(run.exitCode).toBe(0);
  expectTold(run);
  expect(found(run, 'project-folder')).toEqual([
    'ok: projects/previews in test belongs to acme/previews (commit dddddddddddd).',
  ]);
  expect(found(run, 'previews').slice(1)).toEqual([
    expect.stringMatching(
      /^warning: test has 3 previews that nothing ended: #1 \(closed\), #2 \(merged\), gone \(its branch is gone\)\. -> Publish from the default branch/,
    ),
  ]);
  const others = { ...manifest, source: { ...source, repository: 'acme/patterns' } };
  await edit({ 'projects/previews/.codex-sync.json': JSON.stringify(others) });
  expect(found(await place.publish(quiet), 'project-folder')).toEqual([
    expect.stringMatching(
      /^failed: projects\/previews in test belongs to acme\/patterns, and this is acme\/previews: publishing to it is refused\. -> Give/,
    ),
  ]);
  const adopting = await place.publish({ ...quiet, adopt: true });
  expect(found(adopting, 'project-folder')[0]).toMatch(/^warning: /);
});

test("the codex's list: a project that is listed, one that is another's, and one that it lacks", async () => {
  const gears = await host('gears', { 'docs/a.md': 'A\n' });
  const listed = async () => found(await gears.publish(quiet), 'codex-configuration').slice(1);
  expect(await listed()).toEqual([
    expect.stringMatching(/^failed: Project gears belongs to acme\/other, as listed .* -> Give this one another name/),
  ]);
  const place = await checkoutProject(github, codex);
  const list = async (text: string) => {
    await place.write(FILE, text);
    await place.commit('List');
    await place.push('main');
  };
  await list('projects: { gears: acme/gears }\nunlisted: refuse\n');
  expect(await listed()).toEqual(['ok: It lists project gears for acme/gears.']);
  await list('unlisted: refuse\n');
  expect(await listed()).toEqual([
    expect.stringMatching(/^failed: Project gears is not under projects in .* -> Ask the maintainers of the codex/),
  ]);
  // A job that only fetches documents has a token that may only read, or publishes nothing.
  github.addToken('ghp_fetches', { [codex]: 'read' });
  for (const more of [{ token: 'ghp_fetches' }, { include: 'none/**' }]) {
    const fetching = await gears.publish({ ...quiet, ...more });
    expect(fetching.exitCode).toBe(0);
    expect(found(fetching, 'codex-configuration')[1]).toMatch(/^warning: Project gears is not under projects in /);
  }
});
