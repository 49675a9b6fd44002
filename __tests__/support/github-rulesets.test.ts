import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';
import { createProject } from './project.ts';

const project = 'acme/widgets';
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(project, { files: { a: 'a' } });
  for (const branch of ['release/9', 'release/x/fix', 'wip']) await github.git(project, 'branch', branch, 'main');
  github.addToken('reader', { [project]: 'read' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function get(path: string, repository = project) {
  const headers = { authorization: 'Bearer reader' };
  const response = await fetch(`${github.apiUrl}/repos/${repository}/${path}`, { headers });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

const names = async (query: string) => (await get(`branches${query}`)).json.map(({ name }: { name: string }) => name);

test('rulesets are listed without what they say, and one is shown with it', async () => {
  expect((await get('rulesets')).json).toEqual([]);
  const release = github.addRuleset(project, {
    name: 'Releases',
    target: 'branch',
    include: ['refs/heads/release/*', '~DEFAULT_BRANCH'],
    exclude: ['refs/heads/release/8'],
    rules: [{ type: 'update' }, { type: 'deletion' }],
  });
  const tags = github.addRuleset(project, {
    name: 'Versions',
    target: 'tag',
    include: ['refs/tags/v*'],
    rules: [{ type: 'creation' }],
    organization: 'acme',
  });
  github.addRuleset(project, {
    name: 'Tried out',
    target: 'branch',
    include: ['~ALL'],
    rules: [{ type: 'creation' }],
    enforcement: 'evaluate',
  });
  const { json } = await get('rulesets');
  expect(json).toMatchObject([
    {
      id: release,
      name: 'Releases',
      target: 'branch',
      source_type: 'Repository',
      source: project,
      enforcement: 'active',
    },
    { id: tags, name: 'Versions', target: 'tag', source_type: 'Organization', source: 'acme' },
    { name: 'Tried out', enforcement: 'evaluate' },
  ]);
  expect(json[0]).not.toHaveProperty('rules');
  expect(json[0]).not.toHaveProperty('conditions');
  expect((await get('rulesets?targets=tag,push')).json).toMatchObject([{ name: 'Versions' }]);
  expect((await get('rulesets?includes_parents=false')).json).toHaveLength(2);
  expect((await get('rulesets?per_page=1&page=2')).json).toMatchObject([{ name: 'Versions' }]);
  expect((await get(`rulesets/${tags}`)).json).toMatchObject({
    name: 'Versions',
    conditions: { ref_name: { include: ['refs/tags/v*'], exclude: [] } },
    rules: [{ type: 'creation' }],
  });
  expect((await get('rulesets/1')).status).toBe(404);
});

test('a ruleset gives rules to the branches that it names, and they are protected', async () => {
  const rules = async (branch: string) =>
    (await get(`rules/branches/${encodeURIComponent(branch)}`)).json.map(({ type }: { type: string }) => type);
  expect(await rules('main')).toEqual(['update', 'deletion']);
  expect(await rules('release/9')).toEqual(['update', 'deletion']);
  for (const none of ['release/8', 'release/x/fix', 'wip', 'v1']) expect(await rules(none)).toEqual([]);
  expect((await get('branches/release/9')).json).toMatchObject({ protected: true, protection: { enabled: false } });
  expect((await get('branches/wip')).json).toMatchObject({ protected: false });
  expect(await names('?protected=true')).toEqual(['main', 'release/9']);
  expect(await names('?protected=false')).toEqual(['release/x/fix', 'wip']);
  expect(await names('')).toHaveLength(4);
});

test('a branch can be protected without words, and then pushes pass', async () => {
  const own = await createProject(github, 'acme/guarded', { a: 'a' });
  github.addToken('reader', { '*': 'read' });
  github.protect('acme/guarded', 'main');
  expect((await get('branches/main', 'acme/guarded')).json).toMatchObject({
    protected: true,
    protection: { enabled: true },
  });
  await own.write('b', 'b');
  const pushed = await own.commit('More');
  await own.push();
  expect(await github.git('acme/guarded', 'rev-parse', 'main')).toBe(pushed);
  github.protect('acme/guarded', 'main', 'Changes must be made through a pull request.');
  await own.write('c', 'c');
  await own.commit('Even more');
  await expect(own.push()).rejects.toThrow('through a pull request');
});
