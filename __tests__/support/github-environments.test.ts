import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from './github.ts';

const project = 'acme/widgets';
let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(project, { files: { a: 'a' } });
  github.addToken('reader', { [project]: 'read' }, { permissions: { actions: 'read' } });
  github.addToken('other', { [project]: 'read' }, { permissions: { contents: 'read' } });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

async function get(path: string, token = 'reader') {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${github.apiUrl}/repos/${project}/environments${path}`, { headers });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

test('environments are listed with what may deploy to them', async () => {
  expect((await get('')).json).toEqual({ total_count: 0, environments: [] });
  github.addEnvironment(project, 'any');
  github.addEnvironment(project, 'guarded', { branches: 'protected' });
  const branches = [
    { name: 'main', type: 'branch' },
    { name: 'v*', type: 'tag' },
  ] as const;
  github.addEnvironment(project, 'docs/production', { branches, reviewers: ['mona'] });
  const { json } = await get('');
  expect(json.total_count).toBe(3);
  expect(json.environments).toMatchObject([
    { name: 'any', deployment_branch_policy: null, protection_rules: [] },
    {
      name: 'guarded',
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
      protection_rules: [{ type: 'branch_policy' }],
    },
    {
      name: 'docs/production',
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
      protection_rules: [
        { type: 'required_reviewers', reviewers: [{ type: 'User', reviewer: { login: 'mona' } }] },
        { type: 'branch_policy' },
      ],
    },
  ]);
  expect((await get('?per_page=2&page=2')).json).toMatchObject({ total_count: 3, environments: [{}] });
  expect((await get('/docs%2Fproduction')).json).toEqual(json.environments[2]);
  expect((await get('/docs%2Fproduction/deployment-branch-policies')).json).toMatchObject({
    total_count: 2,
    branch_policies: branches,
  });
  expect((await get('/any/deployment-branch-policies')).json).toEqual({ total_count: 0, branch_policies: [] });
  for (const none of ['/none', '/none/deployment-branch-policies']) expect((await get(none)).status).toBe(404);
});

test('environments are read with the permission for actions', async () => {
  for (const path of ['', '/any', '/any/deployment-branch-policies'])
    expect((await get(path, 'other')).status).toBe(403);
});
