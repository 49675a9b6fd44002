import { expect, test } from '@jest/globals';
import { expectTold, found } from '../support/doctor.ts';
import { checkoutProject } from '../support/project.ts';
import { openPullRequest } from '../support/pull-request.ts';
import { codex, type Story, token, useStories } from '../support/story.ts';

const FILE = '.fractary/codex.yaml';
const startStory = useStories();
const start = (text: string) => startStory({ files: { 'README.md': '# Codex\n', [FILE]: text } });
const quiet = { mode: 'doctor', 'use-cache': false };

/** A project that publishes to test, and to the other environments. */
async function publishOne({ host }: Story, name: string, files = {}, ...environments: string[]) {
  const project = await host(name, { 'docs/a.md': `${name}\n`, ...files });
  for (const env of ['test', ...environments]) {
    expect((await project.publish({ env })).outputs.conclusion).toBe('published');
  }
  return project;
}

/** Examines the pull request of the codex that changes its configuration to this file (`null`: removes it). */
async function propose(
  { github, publish }: Story,
  text: Parameters<Awaited<ReturnType<typeof checkoutProject>>['write']>[1],
  number: number,
  inputs = {},
) {
  const place = await checkoutProject(github, codex);
  const head = `proposal-${number}`;
  await place.git('checkout', '--quiet', '-b', head);
  await place.write(FILE, text);
  await place.commit('Propose');
  await place.push(head);
  await openPullRequest(github, codex, { number, head });
  await place.checkout(`refs/pull/${number}/merge`, { depth: 2 });
  const run = await publish(place, { ...quiet, ...inputs }, { event: 'pull_request', pullRequest: number });
  expectTold(run);
  return { exitCode: run.exitCode, lines: found(run, 'proposed-configuration'), run };
}

test('a pull request of the codex: who would be refused by the configuration that it proposes', async () => {
  const story = await start('projects: { gears: acme/gears, gone: acme/other }\n');
  const staging = { [FILE]: 'environments: { branches: { staging: stage } }\n' };
  await publishOne(story, 'gears');
  await publishOne(story, 'widgets', staging, 'prod');
  const gone = { repository: 'acme/former', directory: '.' };
  await story.edit({ 'projects/gone/.codex-sync.json': JSON.stringify({ version: 2, documents: {}, source: gone }) });

  const fine = await propose(story, 'projects: { gears: acme/gears, widgets: acme/widgets, gone: acme/other }\n', 5);
  expect(fine).toMatchObject({ exitCode: 0 });
  expect(fine.lines).toEqual([
    'ok: Its list refuses no more than today of 3 published projects.',
    'warning: Refused today as well: gone. -> Correct the list, or retire them.',
  ]);

  const closed = await propose(story, 'projects: { gears: acme/widgets, gone: acme/former }\nunlisted: refuse\n', 6);
  expect(closed.exitCode).toBe(1);
  const hint = 'Correct the list, or remove the project from the codex first ("mode: retire").';
  expect(closed.lines).toEqual([
    `failed: acme/gears could not publish any more. Project gears belongs to acme/widgets, as listed under projects in pull request #6:${FILE}, and this is acme/gears. -> ${hint}`,
    `failed: acme/widgets could not publish any more. Project widgets is not under projects in pull request #6:${FILE}, which refuses unlisted projects. -> ${hint}`,
  ]);

  const broken = await propose(story, 'projects: { gears: nobody }\n', 7);
  expect(broken.lines).toEqual([
    expect.stringMatching(/^failed: pull request #7:.*:1: projects\.gears is "nobody"\. -> Use/),
  ]);
  const elsewhere = await propose(story, 'environments: { branches: { prod: released } }\n', 8);
  expect(elsewhere.lines).toEqual([
    expect.stringMatching(
      /^failed: pull request #8:.* is on main, the default branch of .* and production is branch released\./,
    ),
  ]);
  const removed = await propose(story, null, 9);
  expect(removed.lines).toEqual([expect.stringMatching(/^warning: The checkout has no \.fractary\/codex\.yaml\. /)]);
});

test('environments that a pull request of the codex maps no more, or to another branch', async () => {
  const story = await start(
    'environments: { branches: { test: test, staging: stage, empty: empty } }\nprojects: { gears: acme/gears }\nunlisted: refuse\n',
  );
  await publishOne(story, 'gears', { [FILE]: 'environments: { branches: { staging: stage } }\n' }, 'staging');
  const { lines, run } = await propose(story, 'environments: { branches: { test: qa } }\n', 5);
  // The codex is no project of its own here.
  expect(found(run, 'codex-configuration')).toHaveLength(1);
  expect(lines.slice(1)).toEqual([
    'warning: Environment test moves to branch qa. It has 1 project on branch test (gears), which stay there. -> Publish them again after the merge.',
    'failed: Environment staging is mapped no more, so its runs are refused. It has 1 project on branch stage (gears). -> Keep it under environments.branches, or retire its documents first.',
  ]);
});

test('an environment that a pull request of the codex turns into production', async () => {
  const story = await start('projects: { gears: acme/gears }\n');
  const { exitCode, lines } = await propose(story, 'environments: { branches: { test: main } }\n', 5);
  expect(exitCode).toBe(1);
  expect(lines).toContainEqual(
    'failed: Environment test becomes production: it is mapped to branch main, as prod is. -> Map test to a branch of its own under environments.branches.',
  );
});

test('each fault of a proposed configuration is one line, said once, with its remedy', async () => {
  const story = await start('projects: { gears: acme/gears }\n');
  const two = await propose(story, 'projects: { gears: nobody }\nunlisted: maybe\n', 5);
  expect(two.lines).toEqual([
    expect.stringMatching(/^failed: pull request #5:.*:1: projects\.gears is "nobody"\. -> Use/),
    expect.stringMatching(/^failed: pull request #5:.*:2: unlisted is "maybe"\. -> Use/),
  ]);
  expect(found(two.run, 'configuration')).toEqual([
    expect.stringMatching(/^ok: main:\.fractary\/codex\.yaml is read\. /),
  ]);
  const none = await propose(story, 'projects: [\n', 6, { organization: 'acme' });
  expect(none.lines).toEqual([expect.stringMatching(/^failed: pull request #6:.*:1: .* -> Correct the YAML there\.$/)]);
  expect(found(none.run, 'configuration')).toEqual([expect.stringMatching(/^ok: main:/)]);
  expect(found(none.run, 'organization')).toEqual([
    'not-looked-at: Not checked: the proposed configuration cannot be read.',
  ]);
});

test('a proposed configuration without a token, without the codex, through a link, and without a checkout', async () => {
  const story = await start('projects: { gears: acme/gears }\n');
  const { github, publish } = story;
  const without = await propose(story, 'unlisted: refuse\n', 5, { token: '', organization: 'acme' });
  const because = 'there is no token for the codex';
  expect(without.lines).toEqual([`not-looked-at: Not checked: ${because}.`]);
  expect(found(without.run, 'organization')).toEqual([`not-looked-at: Not checked: ${because}.`]);
  const broken = await propose(story, 'unlisted: maybe\n', 6, { token: '' });
  expect(broken.lines).toEqual([expect.stringMatching(/^failed: pull request #6:.*:1: unlisted is "maybe"\. -> Use/)]);

  // Runs read it through the link as well.
  await story.edit({ '.fractary/real.yaml': 'unlisted: maybe\n' }, 'main');
  const linked = await propose(story, { mode: '120000', content: 'real.yaml' }, 7);
  expect(linked.lines).toEqual([expect.stringMatching(/^failed: pull request #7:.*:1: unlisted is "maybe"\. -> Use/)]);
  const away = await propose(story, { mode: '120000', content: '/etc/hostname' }, 8);
  expect(away.lines).toEqual([
    expect.stringMatching(/^failed: Configuration "\.fractary\/codex\.yaml" is a link to nothing, or .* -> Use a file/),
  ]);

  const directory = await github.scratch('no-checkout');
  const run = await publish({ fullName: codex, directory }, quiet, { event: 'pull_request', pullRequest: 8 });
  expect(run.exitCode).toBe(1);
  expect(found(run, 'proposed-configuration')).toEqual([
    'failed: There is no checkout, so the proposed configuration cannot be read. -> Run actions/checkout before this step.',
  ]);
});

test('an organization: whom this version refuses or warns, with one question for each project', async () => {
  const story = await start('projects: { gears: acme/gears }\nenvironments: { branches: { test: test } }\n');
  const { github, edit, host } = story;
  await publishOne(story, 'gears', {}, 'prod');
  const widgets = await publishOne(story, 'widgets');
  const tools = await publishOne(story, 'tools');
  const springs = await publishOne(story, 'springs');
  const change = async (place: typeof tools, text: string) => {
    await place.write(FILE, text);
    await place.commit('Configure');
    await place.push('main');
  };
  await change(widgets, 'sync_patterns: 1\n');
  await change(tools, 'sync_pattern: [docs/**]\n');
  await change(springs, 'environments: { branches: { test: qa } }\n');
  const manifest = async (name: string, more: object) => {
    const source = { repository: `acme/${name}`, directory: '.', commit: 'a'.repeat(40), ref: 'refs/heads/main' };
    await edit({
      [`projects/${name}/.codex-sync.json`]: JSON.stringify({ version: 1, documents: {}, source, ...more }),
    });
  };
  await github.createRepository('acme/old', { files: { 'README.md': 'Old\n' } });
  await manifest('old', {});
  await manifest('secret', {});
  await manifest('new', { version: 99 });
  await edit({ 'projects/notes/by-hand.md': 'No project\n' });
  const all = Object.fromEntries(
    ['gears', 'widgets', 'tools', 'springs', 'old'].map((name) => [`acme/${name}`, 'read']),
  );
  github.addToken('ghp_all', { ...all, [codex]: 'write' } as Parameters<typeof github.addToken>[1]);
  const watcher = await host('watcher', { 'README.md': 'W\n' });
  github.clearRequests();

  const run = await watcher.publish({ ...quiet, organization: 'acme', token: 'ghp_all' });
  expect(run.exitCode).toBe(1);
  expectTold(run);
  expect(found(run, 'organization')).toEqual([
    `ok: Compared 7 projects of ${codex} with this version of codex-sync: 3 refusals, 1 warning.`,
    expect.stringMatching(
      /^failed: springs \(acme\/springs\): Environment test is branch "qa" in main:\.fractary\/codex\.yaml, but/,
    ),
    expect.stringMatching(
      /^failed: widgets \(acme\/widgets\): main:\.fractary\/codex\.yaml:1: sync_patterns is 1\. -> Use/,
    ),
    expect.stringMatching(/^failed: new \(branch test\): .* has version 99, but .* -> Upgrade the action\.$/),
    expect.stringMatching(
      /^warning: tools \(acme\/tools\): .*sync_pattern is not a known key .* -> Correct it in that/,
    ),
    expect.stringMatching(
      /^not-looked-at: Not checked: GitHub does not return the configuration of secret \(acme\/secret\)\. -> Give/,
    ),
    expect.stringMatching(
      /^advice: A version with manifests of version 1 published last: old \(acme\/old\), secret .* -> Update/,
    ),
  ]);
  // One for each project, whatever the number of its environments; the project's own run asks one besides.
  const questions = run.requests.filter(({ path }) => path.endsWith('/graphql'));
  expect(questions.length).toBeLessThanOrEqual(7);
  const lists = run.requests.filter(({ path }) => /^\/api\/v3\/(?:orgs|users)\/acme/.test(path));
  expect(lists.length).toBeLessThanOrEqual(2);
  // Without the input nothing of this is asked.
  const alone = await watcher.publish({ ...quiet, token });
  expect(found(alone, 'organization')).toEqual([]);
});
