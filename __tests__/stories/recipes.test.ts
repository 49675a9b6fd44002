import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { INPUTS, type InputDefinition } from '../../src/inputs/definitions.ts';
import { inputsOfAction } from '../../src/inputs/sub-actions.ts';
import { employApps, key, write } from '../support/acting-app.ts';
import { readText } from '../support/codex.ts';
import type { FileChange } from '../support/commit-files.ts';
import { cacheDir } from '../support/consumer.ts';
import type { LocalGitHub } from '../support/github.ts';
import { config, found, projectsOf } from '../support/organization.ts';
import { checkoutProject, createProject, type Project } from '../support/project.ts';
import { closePullRequest, openPullRequest } from '../support/pull-request.ts';
import { actionSteps, type Occasion, perform, type RecipeRun, readRecipes, subActionOf } from '../support/recipes.ts';
import { outcomes } from '../support/release.ts';
import { codex, token, useStories } from '../support/story.ts';

const recipes = (await readRecipes()).filter((recipe) => actionSteps(recipe).length > 0);
const performed = new Set<string>();
const startStory = useStories();
const readToken = 'ghp_reader';
const productionToken = 'ghp_production';
const libraryToken = 'ghp_library';
const projectsToken = 'ghp_projects';

/** An organization in which a person starts workflows; all of them see the same secrets. */
async function begin() {
  const organization = await found(await startStory());
  const { github, read } = organization;
  const { register } = employApps(organization);
  // One set of permissions for all repositories of the owner, as installations have it.
  const app = register({ installations: [{ owner: 'acme', permissions: write }] });
  github.addToken(readToken, { [codex]: 'read' });
  github.addToken(projectsToken, { 'acme/widgets': 'read' });
  github.addToken(libraryToken, { 'acme/library': 'read' });
  github.addToken(productionToken, { [codex]: 'write' });
  // A job without the environment does not even know the name.
  const environments = { production: { 'secrets.CODEX_PRODUCTION_TOKEN': productionToken } };
  const secrets = {
    'secrets.CODEX_TOKEN': token,
    'secrets.CODEX_READ_TOKEN': readToken,
    'secrets.LIBRARY_READ_TOKEN': libraryToken,
    'secrets.PROJECTS_READ_TOKEN': projectsToken,
    'vars.CODEX_APP_CLIENT_ID': app.clientId,
    'secrets.CODEX_APP_PRIVATE_KEY': key,
  };
  /** Runs a recipe in `acme/widgets`, unless told: one run for each entry of its matrix. */
  const all = async (title: string, occasion: Partial<Occasion> = {}): Promise<RecipeRun[]> => {
    const recipe = recipes.find((one) => one.title === title);
    if (!recipe) throw new Error(`There is no recipe ${title}`);
    performed.add(title);
    return perform(github, recipe, { repository: 'acme/widgets', event: 'push', secrets, environments, ...occasion });
  };
  const one = async (title: string, occasion?: Partial<Occasion>): Promise<RecipeRun> => {
    const [run, ...others] = await all(title, occasion);
    if (!run || others.length > 0) throw new Error(`${title} is more than one run`);
    return run;
  };
  return {
    ...organization,
    all,
    one,
    /** Somebody starts a workflow of the codex by hand. */
    byHand: (title: string, inputs: NonNullable<Occasion['inputs']>) =>
      one(title, { repository: codex, event: 'workflow_dispatch', inputs }),
    async push(changes: Readonly<Record<string, FileChange>>): Promise<void> {
      const project = await checkoutProject(github, 'acme/widgets');
      for (const [path, text] of Object.entries(changes)) await project.write(path, text);
      await project.commit('Change', { date: new Date().toISOString() });
      await project.push();
    },
    guide: (branch?: string) => read('projects/widgets/docs/guide.md', branch),
  };
}

const quietly = (run: RecipeRun, conclusion: string) =>
  expect({ annotations: run.annotations, conclusion: run.outputs.conclusion }).toEqual({ annotations: [], conclusion });

test('every workflow of the papers says inputs and choices that there are', () => {
  const definitions: Readonly<Record<string, InputDefinition>> = INPUTS;
  const steps = recipes.flatMap(actionSteps);
  expect(steps.length).toBeGreaterThan(15);
  for (const { with: given = {}, ...step } of steps) {
    const accepted: readonly string[] = inputsOfAction(subActionOf(step).subAction).map(([name]) => name);
    expect(Object.keys(given).filter((name) => !accepted.includes(name))).toEqual([]);
    const chosen = Object.entries(given).filter(([name]) => definitions[name]?.choices);
    for (const [name, value] of chosen) expect(definitions[name]?.choices).toContain(value);
  }
});

/** Opens pull request 7 of a branch that adds a document. */
async function propose(github: LocalGitHub, project: Project): Promise<void> {
  await project.git('checkout', '--quiet', '-b', 'feature');
  await project.write('docs/new.md', 'New\n');
  await project.commit('Propose');
  await project.push('feature');
  await openPullRequest(github, 'acme/widgets', { number: 7, head: 'feature' });
}

describe('recipes', () => {
  test('publish pushes and pull requests to test and releases to both, promote them, and go back', async () => {
    const { all, one, byHand, push, guide, github, edit, read, tip } = await begin();
    const project = await createProject(github, 'acme/widgets', { 'docs/guide.md': 'One\n', 'docs/more.md': 'More\n' });

    quietly(await one('README.md: Codex'), 'published');
    expect([await guide(), await guide('main')]).toEqual(['One\n', undefined]);

    await propose(github, project);
    const pull = { event: 'pull_request', pullRequest: 7 };
    quietly(await one('docs/RECIPES.md: Codex (test)', pull), 'published');
    expect(await read('projects/widgets/docs/new.md')).toBe('New\n');
    expect(github.repository('acme/widgets').comments).toHaveLength(1);
    await closePullRequest(github, 'acme/widgets', 7);
    quietly(await one('docs/RECIPES.md: Codex (test)', { ...pull, action: 'closed' }), 'published');
    expect(await read('projects/widgets/docs/new.md')).toBeUndefined();

    await github.git('acme/widgets', 'tag', 'v1', 'main');
    const release = { event: 'release', ref: 'refs/tags/v1' };
    const released = await all('docs/RECIPES.md: Codex (release)', release);
    expect(released.map(({ outputs }) => outputs.env).sort()).toEqual(['prod', 'test']);
    for (const run of released) expect(run.exitCode).toBe(0);
    expect(await guide('main')).toBe('One\n');
    quietly(await one('docs/RECIPES.md: Codex (release, reviewed)', release), 'unchanged');

    await push({ 'docs/guide.md': 'Two\n' });
    quietly(await one('docs/RECIPES.md: Codex (GitHub Enterprise)'), 'published');
    const status = await one('docs/PROMOTE.md: Codex (status)', { repository: codex, event: 'schedule' });
    expect(outcomes(status).widgets.state).toBe('waiting');

    const before = await tip('main');
    quietly(await byHand('docs/PROMOTE.md: Promote', { project: 'widgets' }), 'dry-run');
    expect(await tip('main')).toBe(before);
    await byHand('docs/PROMOTE.md: Promote', { project: 'widgets', 'dry-run': false });
    expect(await guide('main')).toBe('Two\n');
    const back = { project: 'widgets', commit: before, reason: 'It names a customer', 'dry-run': false };
    expect((await byHand('docs/ROLL-BACK.md: Roll back', back)).outputs.conclusion).toBe('published');
    const again = await byHand('docs/PROMOTE.md: Promote', { project: '*', 'dry-run': false });
    expect(again.outputs.conclusion).toBe('held');
    expect(again.annotations).toEqual([
      expect.objectContaining({ message: expect.stringContaining('It names a customer') }),
    ]);
    expect([await guide(), await guide('main')]).toEqual(['Two\n', 'One\n']);
    expect((await byHand('docs/PROMOTE.md: Reset test', { 'dry-run': false })).outputs.conclusion).toBe('published');
    expect(await guide()).toBe('One\n');

    await edit({ 'projects/widgets/docs/more.md': 'Edited\n', 'projects/gadgets/README.md': 'Gadgets\n' });
    const returned = await one('docs/BOTH-WAYS.md: Codex (both ways)', { event: 'schedule' });
    expect(returned.outputs).toMatchObject({ conclusion: 'published', pulled: '1' });
    expect(await readFile(join(returned.directory, 'docs/more.md'), 'utf8')).toBe('Edited\n');

    await github.createRepository('acme/reader', { files: { 'README.md': 'Reader\n' } });
    const fetched = await one('docs/FETCH.md: Test with documents', { repository: 'acme/reader' });
    expect(fetched.outputs).toMatchObject({ conclusion: 'fetched', env: 'test' });
    expect(await readFile(join(fetched.directory, cacheDir, 'acme/gadgets/test/README.md'), 'utf8')).toBe('Gadgets\n');

    const alone = await one('docs/REFERENCE.md: Test with the codex', { repository: 'acme/reader' });
    expect(alone.outputs).toMatchObject({ conclusion: 'fetched', env: 'test' });
    expect(alone.runnerWarnings).toEqual([]);
    const place = 'acme/widgets/test/docs/more.md';
    expect(await readFile(join(alone.directory, cacheDir, place), 'utf8')).toBe('Edited\n');

    const retired = await byHand('docs/RETIRE.md: Retire', { project: 'widgets', 'dry-run': false });
    expect(retired.outputs).toMatchObject({ env: 'test', conclusion: 'published' });
    expect(await read('projects/widgets/.codex-sync.json')).toBeUndefined();
    expect(await guide('main')).toBe('One\n');
  });

  test('publish a branch until it is deleted, and end one preview by hand', async () => {
    const { one, byHand, guide, github, read } = await begin();
    const project = await createProject(github, 'acme/widgets', { 'docs/guide.md': 'One\n' });
    quietly(await one('README.md: Codex'), 'published');
    for (const branch of ['feature', 'other']) {
      await project.git('checkout', '--quiet', '-b', branch, 'origin/main');
      await project.write(`docs/${branch}.md`, `${branch}\n`);
      await project.commit('Propose');
      await project.push(branch);
      quietly(await one('docs/PREVIEWS.md: Codex (branches)', { ref: `refs/heads/${branch}` }), 'published');
    }
    expect([await read('projects/widgets/docs/feature.md'), await guide('main')]).toEqual(['feature\n', undefined]);
    await github.git('acme/widgets', 'update-ref', '-d', 'refs/heads/feature');
    const payload = { ref: 'feature', ref_type: 'branch' };
    quietly(await one('docs/PREVIEWS.md: Codex (branches)', { event: 'delete', payload }), 'published');
    expect(await read('projects/widgets/docs/feature.md')).toBeUndefined();
    expect(await read('projects/widgets/docs/other.md')).toBe('other\n');
    await byHand('docs/RETIRE.md: Retire', { project: 'widgets', preview: 'heads/other', 'dry-run': false });
    expect([await read('projects/widgets/docs/other.md'), await guide()]).toEqual([undefined, 'One\n']);
  });

  test('publish another repository than that of the workflow', async () => {
    const { one, github, documents, read } = await begin();
    await github.createRepository('acme/hub', { files: { 'docs/hub.md': 'Hub\n' } });
    await github.createRepository('acme/library', { files: { 'docs/library.md': 'Library\n' }, visibility: 'private' });
    const hub = { repository: 'acme/hub', event: 'schedule' };
    quietly(await one('docs/RECIPES.md: Codex (another repository)', hub), 'published');
    expect(Object.keys(await documents('library'))).toEqual(['docs/library.md']);
    expect(await read('projects/hub/docs/hub.md')).toBeUndefined();
  });

  test('publish the packages of a monorepo, each into a folder of its own', async () => {
    const { all, github, documents } = await begin();
    const files = { 'packages/gears/docs/a.md': 'Gears\n', 'packages/springs/README.md': 'Springs\n' };
    await github.createRepository('acme/widgets', { files });
    for (const run of await all('docs/RECIPES.md: Codex (packages)')) quietly(run, 'published');
    expect(Object.keys(await documents('widgets-gears'))).toEqual(['docs/a.md']);
    expect(Object.keys(await documents('widgets-springs'))).toEqual(['README.md']);
  });

  test('publish an organization: every night in shares, and to production', async () => {
    const { all, one, add, github, documents } = await begin();
    const names = ['gadgets', 'gears', 'gizmos', 'tools', 'widgets'];
    for (const name of names) await add(name, { 'docs/a.md': `${name}\n` }, { visibility: 'private' });
    const inCodex = { repository: codex, event: 'workflow_dispatch' };

    const looked = await all('docs/ORGANIZATION.md: Codex (organization)', inCodex);
    expect(looked.map(({ outputs }) => outputs.conclusion)).toEqual(looked.map(() => 'dry-run'));
    const shares = await all('docs/ORGANIZATION.md: Codex (organization)', { repository: codex, event: 'schedule' });
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.flatMap(({ annotations }) => annotations)).toEqual([]);
    expect(shares.flatMap((share) => Object.keys(projectsOf(share))).sort()).toEqual(names);
    for (const name of names) expect(Object.keys(await documents(name))).toEqual(['docs/a.md']);

    await github.git('acme/gears', 'tag', 'v1', 'main');
    await github.addRelease('acme/gears', 'v1');
    const released = await one('docs/ORGANIZATION.md: Codex (organization, release)', {
      ...inCodex,
      inputs: { 'dry-run': false },
    });
    expect(released.outputs).toMatchObject({ env: 'prod', branch: 'main', conclusion: 'published', succeeded: '1' });
    expect(projectsOf(released)).toMatchObject({ gears: { ref: 'refs/tags/v1', changed: true } });
  });
});

test('a pull request of the codex and an update: who would be refused', async () => {
  const { add, all, one, edit, github } = await begin();
  await add('widgets', { 'docs/a.md': 'A\n' });
  await all('docs/ORGANIZATION.md: Codex (organization)', { repository: codex, event: 'schedule' });
  const place = await checkoutProject(github, codex);
  await place.git('checkout', '--quiet', '-b', 'list');
  await place.write('.fractary/codex.yaml', 'projects: { widgets: acme/gadgets }\n');
  await place.commit('List');
  await place.push('list');
  await openPullRequest(github, codex, { number: 7, head: 'list' });
  const pull = { repository: codex, event: 'pull_request', pullRequest: 7 };
  const looked = await one('docs/RECIPES.md: Codex (configuration)', pull);
  expect(looked.exitCode).toBe(1);
  expect(looked.annotations).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(
        /^1 check failed\.\nproposed configuration: acme\/widgets could not publish any more\./,
      ),
    }),
  ]);

  const byHand = { repository: codex, event: 'workflow_dispatch' };
  const fine = await one('docs/RECIPES.md: Codex (update)', byHand);
  expect(fine.log).toContain(`✅ organization: Compared 1 project of ${codex}`);
  await edit({ 'projects/widgets/.codex-sync.json': '{"version":99}' });
  const refused = await one('docs/RECIPES.md: Codex (update)', byHand);
  expect(refused.log).toContain('❌ organization: widgets (branch test): ');
});

test('the quick start and the migration: where the configuration names the codex, and where workflows copied', async () => {
  const { one, push, guide, github, documents } = await begin();
  const quick = await readFile('docs/QUICK-START.md', 'utf8');
  const [, text = ''] = /^```json\n(.*?)^```$/ms.exec(quick) ?? [];
  await github.createRepository('acme/widgets', { files: { 'docs/guide.md': 'One\n', 'README.md': 'Widgets\n' } });
  quietly(await one('docs/MIGRATION.md: Documents to test'), 'published');
  expect(Object.keys(await documents())).toEqual(['docs/guide.md']);
  const fetched = await one('docs/MIGRATION.md: Fetch documents');
  const place = 'acme/widgets/test/docs/guide.md';
  expect(await readFile(join(fetched.directory, cacheDir, place), 'utf8')).toBe('One\n');

  await push({ [config]: text });
  const looked = await one('docs/DOCTOR.md: Codex (doctor)', { event: 'workflow_dispatch' });
  expect(looked.log).toContain('✅ branches: test (environment test)');
  quietly(await one('docs/QUICK-START.md: Codex (test)'), 'published');
  expect(Object.keys(await documents())).toEqual(['README.md', 'docs/guide.md']);
  const project = await checkoutProject(github, 'acme/widgets');
  await propose(github, project);
  const pull = { event: 'pull_request', pullRequest: 7 };
  quietly(await one('docs/QUICK-START.md: Codex (test)', pull), 'published');
  expect(Object.keys(await documents())).toContain('docs/new.md');
  await closePullRequest(github, 'acme/widgets', 7);
  quietly(await one('docs/QUICK-START.md: Codex (test)', { ...pull, action: 'closed' }), 'published');
  expect(Object.keys(await documents())).not.toContain('docs/new.md');
  expect(await guide('main')).toBeUndefined();
  await github.git('acme/widgets', 'tag', 'v1', 'main');
  quietly(await one('docs/QUICK-START.md: Codex (release)', { event: 'release', ref: 'refs/tags/v1' }), 'published');
  expect(await readText(github, codex, 'main', 'projects/widgets/docs/guide.md')).toBe('One\n');
});

test('every workflow of the papers was run', () => {
  expect(recipes.map(({ title }) => title).filter((title) => !performed.has(title))).toEqual([]);
});
