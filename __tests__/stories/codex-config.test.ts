import { describe, expect, test } from '@jest/globals';
import { found } from '../support/organization.ts';
import { checkoutProject } from '../support/project.ts';
import { employ, outcomes } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, messages, type Story, token, useStories } from '../support/story.ts';

const startStory = useStories();
const FILE = '.fractary/codex.yaml';
const OWN = '.fractary/plugins/codex/config.json';

/** A codex that says this. */
const start = (text: string) => startStory({ files: { 'README.md': '# Codex\n', [FILE]: text } });

const asked = ({ requests }: ActionRun) =>
  requests.filter(({ path }) => path.startsWith(`/api/v3/repos/${codex}`)).map(({ path }) => path.split('/').at(-1));

const branches = async ({ github }: Story) =>
  (await github.git(codex, 'for-each-ref', '--format=%(refname:short)', 'refs/heads')).split('\n');

describe('environments.branches of the codex', () => {
  const mapped = 'environments: { branches: { test: qa, prod: main } }\n';

  test('says the branch to a run that publishes, fetches, compares, promotes and retires', async () => {
    const story = await start(mapped);
    const { publish } = await story.host('widgets', { 'docs/a.md': 'a\n' });
    const run = await publish();
    expect(run.outputs).toMatchObject({ conclusion: 'published', env: 'test', branch: 'qa' });
    expect(messages(run, 'notice')).toEqual([`Environment test is branch qa, as set in ${codex}:${FILE}.`]);
    expect(await branches(story)).toEqual(['main', 'qa']);
    // Behind the first question, and only where the codex says another branch.
    expect(asked(run).slice(0, 2)).toEqual(['test', 'qa']);

    const fetched = await publish({ mode: 'fetch', references: '@codex/widgets/docs/a.md' });
    expect(fetched.outputs).toMatchObject({ conclusion: 'fetched', branch: 'qa' });
    const compared = await publish({ mode: 'status' });
    expect(JSON.parse(compared.outputs.result ?? '').projects).toEqual([
      expect.objectContaining({ project: 'widgets', state: 'only-in-from' }),
    ]);
    const { promote, retire } = await employ(story);
    expect((await promote()).outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
    expect((await retire({ env: 'test' })).outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1' });
  });

  test('is an error where the project writes down another branch, or a name that it lacks; nothing is written', async () => {
    const story = await start(mapped);
    const settings = (environments: object) => JSON.stringify({ environments });
    const { publish } = await story.host('widgets', {
      'docs/a.md': 'a\n',
      [OWN]: settings({ branches: { test: 'test', staging: 'stage' } }),
    });
    for (const mode of ['sync-project', 'fetch', 'status', 'promote', 'retire', 'sync-org']) {
      const env = mode === 'promote' || mode === 'status' ? { from: 'test', env: 'prod' } : { env: 'test' };
      const run = await publish({ mode, ...env, ...(mode === 'fetch' && { references: '@codex/widgets/docs/a.md' }) });
      expectRefused(run, `branch "test" in ${OWN}, but branch "qa" in ${codex}:${FILE}`);
    }
    expectRefused(await publish({ env: 'staging' }), `"staging" is mapped in ${OWN}`, `in ${codex}:${FILE}`);
    expectRefused(await publish({ env: 'nowhere' }), 'Environment "nowhere" is not configured');
    expect(await branches(story)).toEqual(['main']);
  });

  test('maps test to production: then a branch may not publish there', async () => {
    const story = await start('environments: { branches: { test: main, prod: main } }\n');
    const { publish, push, git } = await story.host('widgets', { 'docs/a.md': 'a\n' });
    const production = await story.tip('main');
    await git('checkout', '--quiet', '-b', 'feature');
    await push('feature');
    const run = await publish({}, { ref: 'refs/heads/feature' });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', env: 'test', branch: 'main' } });
    expect(messages(run, 'error')).toEqual([
      expect.stringContaining('Production (environment test, branch main) takes only documents of the release line'),
    ]);
    expect(await story.tip('main')).toBe(production);
  });
});

describe('what cannot be read is an error, and nothing is written', () => {
  test.each([
    ['broken', 'projects: [\n', `${codex}:${FILE}:`],
    ['wrong', 'projects:\n  widgets: nobody\n', `${codex}:${FILE}:2: projects.widgets is "nobody"`],
    ['on another branch than production', 'environments: { branches: { prod: live } }\n', 'production is branch live'],
  ])('%s', async (_, text, said) => {
    const story = await start(text);
    const { publish } = await story.host('widgets', { 'docs/a.md': 'a\n' });
    expectRefused(await publish(), said);
    expect(await branches(story)).toEqual(['main']);
  });
});

describe('projects of the codex', () => {
  const listed = 'projects:\n  billing: acme/billing\n  gears: { repository: acme/mono, directory: packages/gears }\n';

  test('belong to whom it lists: nobody else takes the folder, in whatever letters', async () => {
    const story = await start(listed);
    const widgets = await story.host('widgets', { 'docs/a.md': 'a\n' });
    for (const project of ['billing', 'BILLING', 'gears']) {
      expectRefused(await widgets.publish({ project }), 'belongs to acme/', 'and this is acme/widgets', FILE);
      expectRefused(await widgets.publish({ project, adopt: 'true' }), 'belongs to acme/');
    }
    expect(await branches(story)).toEqual(['main']);
    expect((await widgets.publish()).outputs.conclusion).toBe('published');

    const mono = await story.host('mono', { 'packages/gears/docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
    expectRefused(
      await mono.publish({ project: 'gears' }),
      'acme/mono (directory packages/gears), as listed under projects',
    );
    const inGears = { 'working-directory': 'packages/gears', project: 'gears' };
    expect((await mono.publish(inGears)).outputs.conclusion).toBe('published');
  });

  test('need no adopt, and close the list where it says so', async () => {
    const story = await startStory();
    const [widgets, billing] = [
      await story.host('widgets', { 'docs/w.md': 'w\n' }),
      await story.host('billing', { 'docs/b.md': 'b\n' }),
    ];
    await widgets.publish({ project: 'billing' });
    expectRefused(await billing.publish(), 'projects/billing belongs to acme/widgets');
    await story.edit({ [FILE]: `${listed}unlisted: refuse\n` }, 'main');
    expect((await billing.publish()).outputs.conclusion).toBe('published');
    expect(Object.keys(await story.documents('billing'))).toEqual(['docs/b.md']);
    expectRefused(await widgets.publish(), 'Project widgets is not under projects in', 'acme/widgets');
    expect(await story.read('projects/widgets/.codex-sync.json')).toBeUndefined();
  });

  test('are the same under the name that GitHub redirects to', async () => {
    const story = await start('projects: { billing: acme/old-billing }\n');
    const before = await story.host('old-billing', { 'docs/b.md': 'b\n' });
    story.github.renameRepository('acme/old-billing', 'acme/billing');
    const now = await checkoutProject(story.github, 'acme/billing');
    expect((await story.publish(now)).outputs.conclusion).toBe('published');
    expect(before.fullName).toBe('acme/old-billing');
    // The old name is somebody else's now.
    await story.github.createRepository('acme/old-billing', { files: { 'docs/x.md': 'x\n' } });
    expectRefused(await story.publish(now), 'belongs to acme/old-billing');
  });

  test('stop one project of an organization, and no other', async () => {
    const { addMany, syncOrg, ...story } = await found(await start('projects: { doc-001: acme/other }\n'));
    await addMany('doc', 2);
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ succeeded: '1', failed: '1' });
    expect(messages(run, 'error')).toEqual([expect.stringContaining('Project doc-001 belongs to acme/other')]);
    expect(await story.read('projects/doc-001/.codex-sync.json')).toBeUndefined();
  });

  test('pass over what a closed list does not have, in an organization', async () => {
    const { addMany, syncOrg, ...story } = await found(
      await start('projects: { doc-001: acme/doc-001 }\nunlisted: refuse\n'),
    );
    await addMany('doc', 2);
    const run = await syncOrg();
    expect(run).toMatchObject({ exitCode: 0, outputs: { succeeded: '1', failed: '0' } });
    expect(run.log).toContain('not listed in the codex');
    expect(await story.read('projects/doc-002/.codex-sync.json')).toBeUndefined();
  });

  test('are promoted only from whom it lists', async () => {
    const manager = await employ(await startStory());
    await manager.develop('widgets', { 'docs/a.md': 'a\n' });
    await manager.develop('gadgets', { 'docs/a.md': 'a\n' });
    await manager.edit({ [FILE]: 'projects: { widgets: acme/other }\n' }, 'main');
    const run = await manager.promote({ project: '*' });
    expect(run.outputs).toMatchObject({ succeeded: '1', failed: '1' });
    expect(outcomes(run).widgets.error).toContain('Project widgets belongs to acme/other');
    expect(await manager.read('projects/widgets/.codex-sync.json', 'main')).toBeUndefined();
  });
});

test('the codex publishes itself by the same file', async () => {
  const text =
    'organization: acme\ncodex_repo: codex.acme.com\nproject_name: handbook\nsync_patterns: [handbook/**]\nprojects: { handbook: acme/codex.acme.com }\n';
  const story = await startStory({ files: { 'handbook/a.md': 'a\n', [FILE]: text } });
  const place = await checkoutProject(story.github, codex);
  const run = await story.publish(place, { 'codex-repository': '', token });
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '1' });
  expect(Object.keys(await story.documents('handbook'))).toEqual(['handbook/a.md']);
});

test('doctor says what it finds there', async () => {
  const checks = async (text: string | undefined) => {
    const story = await (text === undefined ? startStory() : start(text));
    const { publish } = await story.host('widgets', { 'docs/a.md': 'a\n' });
    const run = await publish({ mode: 'doctor', 'use-cache': 'false' });
    const all: { check: string; state: string; says: string }[] = JSON.parse(run.outputs.result ?? '').checks;
    return all.filter(({ check }) => check === 'codex-configuration');
  };
  expect(await checks(undefined)).toEqual([
    expect.objectContaining({
      state: 'ok',
      says: expect.stringContaining(`There is no ${FILE} on the default branch`),
    }),
  ]);
  expect(await checks('environments: { branches: { test: qa } }\nprojects: { x: acme/x }\nunlistd: refuse\n')).toEqual([
    expect.objectContaining({
      state: 'ok',
      says: `${codex}:${FILE} is read: 1 project is listed, and others may use a free folder. Environment test is branch qa there.`,
    }),
    expect.objectContaining({ state: 'warning', says: expect.stringContaining('Did you mean "unlisted"?') }),
  ]);
  expect(await checks('unlisted: maybe\n')).toEqual([
    expect.objectContaining({
      state: 'failed',
      says: expect.stringContaining(`${codex}:${FILE}:1: unlisted is "maybe".`),
    }),
  ]);
});
