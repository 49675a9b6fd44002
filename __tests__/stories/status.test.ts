import { expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import type { ActionRun } from '../support/runner.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, expectRefused, messages, pushes, type Story, useStories } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const startStory = useStories();
const reader = 'ghp_reader';
const firstDate = '2026-01-01T00:00:00Z';

/** Runs `status` in a repository without any document, in an empty folder, with a token that may only read. */
async function ask(
  { github, publish }: Story,
  inputs: GivenInputs = {},
  sees: readonly string[] = [],
): Promise<ActionRun> {
  github.addToken(reader, Object.fromEntries([codex, ...sees].map((name) => [name, 'read'])));
  const place = { fullName: codex, directory: await github.scratch('empty') };
  return publish(place, { mode: 'status', token: reader, ...inputs });
}

type Row = Record<string, unknown> & { project: string; state: string };
const rows = ({ outputs }: ActionRun): Row[] => JSON.parse(outputs.result ?? '{}').projects;
const row = (run: ActionRun, project: string) => rows(run).find((one) => one.project === project);

/** A manifest as this tool writes it. */
function manifest(name: string, documents: Record<string, string>, source: object = {}): string {
  const known = { commit: 'c'.repeat(40), date: firstDate, directory: '.', ref: 'refs/heads/main' };
  const whole = { documents, source: { ...known, repository: `acme/${name}`, ...source }, version: 1 };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

test('what a release would move, project by project, those that wait first; nothing is written', async () => {
  const story = await startStory();
  const { github, host, edit, tip } = story;
  const widgets = await host('widgets', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n', 'docs/c.md': 'C\n' });
  const tools = await host('tools', { 'docs/a.md': 'A\n' });
  const legacy = await host('legacy', { 'docs/a.md': 'A\n' });
  const gadgets = await host('gadgets', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  for (const project of [widgets, tools, legacy]) await project.publish({ env: 'prod' });
  for (const project of [widgets, tools, gadgets]) await project.publish();
  await edit({ 'projects/legacy': null }, 'test');
  await edit({ 'projects/README.md': 'No project\n' }, 'test');
  await widgets.write('docs/a.md', 'A, changed\n');
  await widgets.write('docs/new.md', 'New\n');
  await widgets.write('docs/c.md', null);
  const commit = await widgets.commit('Change', { date: '2026-02-03T04:05:06Z' });
  await widgets.push();
  await widgets.publish();
  // An edit made in the codex is not released, so it does not wait.
  await edit({ 'projects/widgets/docs/b.md': 'B, edited in the codex\n' });
  const before = [await tip('test'), await tip('main')];

  const run = await ask(story);

  expect(run).toMatchObject({
    exitCode: 0,
    annotations: [],
    leftovers: [],
    outputs: { conclusion: 'listed', env: 'prod', branch: 'main', changed: 'false', 'files-added': '0' },
  });
  expect([await tip('test'), await tip('main')]).toEqual(before);
  expect(pushes(run)).toEqual([]);
  expect(rows(run).map(({ project, state }) => [project, state])).toEqual([
    ['widgets', 'waiting'],
    ['gadgets', 'only-in-from'],
    ['legacy', 'only-in-env'],
    ['tools', 'in-step'],
  ]);
  expect(row(run, 'widgets')).toMatchObject({
    added: 1,
    modified: 1,
    deleted: 1,
    since: '2026-02-03T04:05:06Z',
    commit,
    ref: 'refs/heads/main',
    line: 'release',
    'edits-left': 1,
    'env-commit': expect.stringMatching(/^[0-9a-f]{40}$/),
    repository: 'acme/widgets',
  });
  expect(row(run, 'gadgets')).toMatchObject({ added: 2, modified: 0, deleted: 0 });
  expect(row(run, 'legacy')).toMatchObject({ added: 0, modified: 0, deleted: 0 });
  expect(row(run, 'tools')).toEqual({ project: 'tools', state: 'in-step' });

  const [short, sentence] = [
    commit.slice(0, 12),
    '3 of 4 projects differ between test and prod: 1 waiting (1 added, 1 modified, 1 deleted), ' +
      '1 only in test (2 added), 1 only in prod, 1 in step.',
  ];
  expect(run.log).toMatch(
    /^🎯 STARTING: Status\nOrganization: acme\nCodex: codex\.acme\.com\nFrom: test \(branch: test\)\nEnvironment: prod \(branch: main\)\n/,
  );
  expect(run.log).toMatch(
    new RegExp(
      `widgets +waiting +1 +1 +1 +2026-02-03 04:05 \\(\\d+ days\\) +${short} +1 document edited in test, not to be released\\ngadgets +only in test +2 `,
    ),
  );
  expect(run.log).toMatch(/\nlegacy +only in prod/);
  expect(run.log).toContain('▸ In step (1)\ntools\n');
  expect(run.log).toContain(`✅ COMPLETED: Status\n${sentence}`);
  const summary = readable(run.summary);
  expect(summary).toContain(sentence);
  expect(summary).toMatch(
    new RegExp(`\\| widgets \\| waiting \\| 1 \\| 1 \\| 1 \\| 2026-02-03 04:05 \\(\\d+ days\\) \\| ${short} \\|`),
  );
  expect(summary).toContain('### In step\n\n- tools\n');
  expect(run.summary).toContain(`${github.serverUrl}/${codex}/compare/${before[1]}..${before[0]}`);
  expect(run.summary).toContain(`${github.serverUrl}/acme/widgets/commit/${commit}`);
});

test('a release of what waited brings both in step, and what was edited there is said', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await widgets.publish();
  expect(messages(await ask(story), 'error')).toEqual([]);
  expect(rows(await ask(story))).toMatchObject([{ state: 'only-in-from', added: 2 }]);
  await widgets.publish({ env: 'prod' });
  const done = await ask(story);
  expect(rows(done)).toEqual([{ project: 'widgets', state: 'in-step' }]);
  expect(done.log).toContain('test and prod are in step: 1 project.');

  await story.edit({ 'projects/widgets/docs/a.md': 'Edited\n' }, 'main');
  const edited = await ask(story);
  expect(rows(edited)).toMatchObject([{ state: 'edited', added: 0, modified: 0, drifted: 1, conflicts: 0 }]);
  expect(edited.log).toContain('1 document edited in prod');

  await widgets.write('docs/a.md', 'Changed here too\n');
  await widgets.commit('Change');
  await widgets.push();
  await widgets.publish();
  const both = await ask(story);
  expect(rows(both)).toMatchObject([{ state: 'waiting', modified: 1, drifted: 1, conflicts: 1 }]);
  expect(both.log).toContain('1 document edited in prod; 1 of them changed on both sides');
});

test('previews never wait: they are shown as open with their numbers, and what they hide counts as published', async () => {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'A\n', 'docs/b.md': 'B\n' });
  await people.publish();
  await people.publish({ env: 'prod' });
  await people.propose(7, { 'docs/a.md': 'Proposed\n', 'docs/new.md': 'New\n', 'docs/b.md': null });
  await people.propose(12, { 'docs/a.md': 'Proposed too\n' });
  await people.preview(7);
  await people.preview(12);

  const open = await ask(story, {}, ['acme/widgets']);
  expect(rows(open)).toMatchObject([{ state: 'in-step', added: 0, modified: 0, deleted: 0, previews: [7, 12] }]);
  expect(open.log).toContain('test and prod are in step');
  expect(open.log).toMatch(/widgets +in step .*previews open: #7, #12/);
  expect(readable(open.summary)).toMatch(/\| widgets \| in step \|.* previews open: #\u200b?7, #\u200b?12 \|/);

  // Published beneath the previews: it waits, and the previews do not.
  await people.commit({ 'docs/a.md': 'Changed on main\n' });
  await people.publish();
  expect(rows(await ask(story))).toMatchObject([
    { state: 'waiting', added: 0, modified: 1, deleted: 0, previews: [7, 12] },
  ]);
});

test('a project of which only a preview was published has nothing to release', async () => {
  const story = await startStory();
  const people = await gather(story, { 'docs/a.md': 'A\n' });
  await people.propose(7, { 'docs/new.md': 'New\n' });
  await people.preview(7);
  const run = await ask(story);
  expect(rows(run)).toMatchObject([{ state: 'unpublished', added: 0, previews: ['heads/main', 7] }]);
  expect(run.log).toMatch(/widgets +nothing published .*previews open: main, #7/);
});

test('documents of an older commit than those of production are no release', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish();
  await widgets.write('docs/a.md', 'A, in a hurry\n');
  const commit = await widgets.commit('Hotfix', { date: '2026-03-01T00:00:00Z' });
  await widgets.push();
  await widgets.publish({ env: 'prod' });
  const run = await ask(story);
  expect(rows(run)).toMatchObject([{ state: 'older', modified: 1, 'env-commit': commit }]);
  expect(run.log).toMatch(/widgets +older than prod +1 /);
  expect(run.log).toContain(`prod has commit ${commit.slice(0, 12)} of 2026-03-01`);
});

test('from an earlier commit of an environment: what a roll-back would move', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish({ env: 'prod' });
  const first = await story.tip('main');
  await widgets.publish();
  const elsewhere = await story.edit({ 'projects/widgets/docs/a.md': 'Only in test\n' });
  await widgets.write('docs/a.md', 'A, changed\n');
  await widgets.write('docs/b.md', 'B\n');
  await widgets.commit('Change', { date: '2026-03-01T00:00:00Z' });
  await widgets.push();
  await widgets.publish({ env: 'prod' });

  const run = await ask(story, { from: `prod@${first}` });
  expect(rows(run)).toMatchObject([{ project: 'widgets', state: 'older', added: 0, modified: 1, deleted: 1 }]);
  expect(run.log).toContain(`From: prod (branch: main) at ${first}`);
  expect(run.log).toContain(`1 of 1 project differs between prod@${first.slice(0, 12)} and prod`);

  for (const unknown of [elsewhere, 'd'.repeat(40)]) {
    const refused = await ask(story, { from: `prod@${unknown}` });
    expectRefused(refused, `Commit ${unknown} (input "from") is not in the history of branch main of ${codex}`);
  }
});

test('what cannot be compared is named with its problem, and the others are listed', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish({ env: 'prod' });
  await widgets.write('docs/a.md', 'A, changed\n');
  await widgets.commit('Change');
  await widgets.push();
  await widgets.publish();
  const newer = manifest('newer', {}).replace('"version": 1', '"version": 9');
  await story.edit({
    'projects/broken/.codex-sync.json': '{"documents":',
    'projects/large/.codex-sync.json': ' '.repeat(10 * 1024 * 1024),
    'projects/link': { mode: '120000', content: 'widgets' },
    'projects/newer/.codex-sync.json': newer,
    'projects/blocked': 'A file\n',
    'projects/folder/.codex-sync.json/x': 'A folder\n',
    'projects/submodule/.codex-sync.json': { mode: '160000', content: 'd'.repeat(40) },
    'projects/by-hand/x.md': 'Nobody published this\n',
  });
  await story.edit({ 'projects/blocked/docs/a.md': 'A\n', 'projects/link/docs/a.md': 'A\n' }, 'main');

  const run = await ask(story);

  expect(run.exitCode).toBe(0);
  expect(rows(run).map(({ project, state }) => [project, state])).toEqual([
    ['widgets', 'waiting'],
    ['blocked', 'problem'],
    ['broken', 'problem'],
    ['folder', 'problem'],
    ['large', 'problem'],
    ['link', 'problem'],
    ['newer', 'problem'],
    ['submodule', 'problem'],
    ['by-hand', 'unpublished'],
  ]);
  expect(row(run, 'blocked')?.problem).toContain('In test: The codex acme/codex.acme.com has a file where the folder');
  expect(row(run, 'broken')?.problem).toContain('In test: projects/broken/.codex-sync.json cannot be read. Publish');
  expect(row(run, 'large')?.problem).toContain('cannot be read');
  expect(row(run, 'newer')?.problem).toContain('Upgrade the action');
  expect(row(run, 'folder')?.problem).toContain('no regular file where the manifest');
  expect(messages(run, 'warning')).toEqual([
    '7 projects cannot be compared: blocked, broken, folder, large, link, newer, submodule. The table gives the reason; their documents are not counted.',
  ]);
  expect(readable(run.summary)).toContain('7 projects cannot be compared');
});

test('source repositories that are archived or gone, where the token can tell', async () => {
  const story = await startStory();
  const { github } = story;
  await github.createRepository('acme/old', { files: {}, archived: true });
  await github.createRepository('acme/alive', { files: {} });
  const projects = ['old', 'alive', 'gone'].map((name) => [
    [`projects/${name}/x.md`, `${name}\n`],
    [`projects/${name}/.codex-sync.json`, manifest(name, { 'x.md': 'a'.repeat(40) })],
  ]);
  await story.edit(Object.fromEntries(projects.flat()), 'main');
  await github.git(codex, 'branch', 'test', 'main');
  await story.edit(Object.fromEntries(['old', 'alive', 'gone'].map((name) => [`projects/${name}/x.md`, 'Changed\n'])));

  const run = await ask(story, {}, ['acme/old', 'acme/alive']);
  expect(rows(run).map((one) => [one.project, one['repository-state']])).toEqual([
    ['alive', 'there'],
    ['gone', 'not-found'],
    ['old', 'archived'],
  ]);
  expect(run.log).toMatch(/\ngone .*repository not found\n/);
  expect(run.log).toMatch(/\nold .*repository is archived\n/);
  expect(run.log).toContain('1 source repository not found: deleted, or hidden from the token in "token"');

  github.fault({ match: /\/repos\/acme\/alive/, tamper: (body) => ({ ...(body as object), full_name: 'acme/new' }) });
  const renamed = await ask(story, { organization: 'other' }, ['acme/old', 'acme/alive']);
  expect(row(renamed, 'alive')).toMatchObject({ 'repository-state': 'renamed' });
  expect(renamed.log).toMatch(/\nalive .*repository acme\/alive was renamed or moved\n/);

  // A token for the codex alone says nothing of each of them.
  const blind = await ask(story);
  expect(blind.log).toContain('The token in "token" sees none of the 3 source repositories');
  expect(blind.log).not.toContain('repository not found');
});

test('nothing is asked again once GitHub does not answer, and the run says so', async () => {
  const story = await startStory();
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];
  const files = names.map((name) => [`projects/${name}/.codex-sync.json`, manifest(name, {})]);
  await story.edit(Object.fromEntries(files), 'main');
  await story.github.git(codex, 'branch', 'test', 'main');
  await story.edit(Object.fromEntries(names.map((name) => [`projects/${name}/x.md`, 'By hand\n'])));
  const sources = names.map((name) => `/api/v3/repos/acme/${name}`);
  const isSource = new RegExp(`^GET (${sources.join('|')})$`);
  story.github.fault({ match: isSource, status: 403, body: { message: 'No.' }, times: names.length });
  const run = await ask(story);
  expect(run).toMatchObject({ exitCode: 0, annotations: [] });
  // Four are asked for at once.
  expect(run.requests.filter(({ path }) => sources.includes(path))).toHaveLength(4);
  expect(run.log).toContain('The state of 6 source repositories is unknown');
});

test.each<[string, GivenInputs, string[]]>([
  [
    'no test branch',
    {},
    [`Branch test of ${codex} (environment test) does not exist`, 'another environment as "from"'],
  ],
  [
    'no branch to compare with',
    { from: 'prod', env: 'test' },
    [`Branch test of ${codex} (environment test) does not exist`, 'another environment as "env"'],
  ],
  ['one branch twice', { from: 'prod' }, ['"from" (prod) and "env" (prod) both mean branch main']],
  ['an unknown environment', { from: 'staging' }, ['Environment "staging" is not configured']],
  ['words', { from: 'test@abc' }, ['Input "from" is "test@abc"']],
  ['no organization', { organization: 'a b' }, ['Input "organization" is "a b"']],
])('one sentence for %s', async (_, inputs, words) => {
  expectRefused(await ask(await startStory(), inputs), ...words);
});

test('a codex in which nothing is released yet', async () => {
  const story = await startStory({});
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish();
  const run = await ask(story);
  expect(rows(run)).toMatchObject([{ project: 'widgets', state: 'only-in-from', added: 1 }]);
  const reset = await ask(story, { from: 'prod', env: 'test' });
  expect(rows(reset)).toMatchObject([{ project: 'widgets', state: 'only-in-env' }]);
});

test('no project at all', async () => {
  const story = await startStory();
  await story.github.git(codex, 'branch', 'test', 'main');
  const run = await ask(story);
  expect(run).toMatchObject({ exitCode: 0, annotations: [] });
  expect(rows(run)).toEqual([]);
  expect(run.log).toContain('test and prod have no projects.');
});

test('a file in the place of all projects is one sentence', async () => {
  const story = await startStory();
  await story.edit({ projects: 'A file\n' });
  expectRefused(await ask(story), 'has a file where the folder "projects" should be');
});

test('the other way round: what a reset of test would move', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish({ env: 'prod' });
  await widgets.publish();
  await story.edit({ 'projects/widgets/docs/a.md': 'Changed\n' }, 'main');
  const run = await ask(story, { from: 'production', env: 'test' });
  expect(run.outputs).toMatchObject({ env: 'test', branch: 'test' });
  expect(rows(run)).toMatchObject([{ state: 'waiting', modified: 1 }]);
});

test('words of the codex cannot forge a line, a link or a mention', async () => {
  const story = await startStory();
  const name = 'x](evil) @acme | <b>\n::error::forged';
  const source = { repository: 'evil/x', date: '" onclick="y', ref: '@acme #1' };
  await story.edit({
    [`projects/${name}/x.md`]: 'X\n',
    [`projects/${name}/.codex-sync.json`]: manifest('x', { 'x.md': 'a'.repeat(40) }, source),
  });
  const run = await ask(story);
  expect(run).toMatchObject({ exitCode: 0, annotations: [] });
  expect(rows(run)).toMatchObject([{ project: name, state: 'only-in-from' }]);
  expect(run.summary).not.toMatch(/\]\(|@acme|<b>|onclick|(?<!&)#\d/);
  expect(run.log).toContain('x](evil) @acme | <b>\\u{a}::error::forged  only in test');
});

test('a run that a fork started is no reason to end without a word', async () => {
  const story = await startStory();
  const widgets = await story.host('widgets', { 'docs/a.md': 'A\n' });
  await widgets.publish();
  const fork = { number: 3, head: { sha: 'a'.repeat(40), repo: { full_name: 'mallory/widgets' } } };
  const run = await story.publish(
    widgets,
    { mode: 'status' },
    { event: 'pull_request', payload: { pull_request: fork } },
  );
  expect(run.outputs.conclusion).toBe('listed');
});
