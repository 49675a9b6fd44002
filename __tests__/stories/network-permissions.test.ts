import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { createProject, type Project } from '../support/project.ts';
import { runAction } from '../support/runner.ts';

const codex = 'acme/codex.acme.com';
let github: LocalGitHub;
let project: Project;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(codex, { files: { 'README.md': '# Codex\n' } });
  await github.createRepository('acme/ready', { files: { 'README.md': '# Codex\n' } });
  await github.git('acme/ready', 'branch', 'test', 'main');
  await github.createRepository('acme/attic', { files: { 'README.md': '# Codex\n' }, archived: true });
  await github.git('acme/attic', 'branch', 'test', 'main');
  await github.createRepository('acme/public', { files: { 'README.md': '# Codex\n' }, visibility: 'public' });
  await github.git('acme/public', 'branch', 'test', 'main');
  project = await createProject(github, 'acme/widgets', { 'docs/a.md': 'A\n' });
  github.addToken('ghp_all', { '*': 'write' });
  github.addToken('ghp_read', { '*': 'read' });
  github.addToken('ghp_other', { 'acme/widgets': 'write' });
});
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

const workflowToken = undefined;
const howToGetOne = /fine-grained personal access token/;

test.each([
  {
    what: 'a wrong token',
    token: 'ghp_wrong',
    repository: codex,
    says: [/"token"/, /401/, /wrong, expired or revoked/],
  },
  { what: 'a token for another repository', token: 'ghp_other', repository: codex, says: [/"token"/, /404/] },
  { what: 'a missing repository', token: 'ghp_all', repository: 'acme/nowhere', says: [/does not exist/, /404/] },
  { what: "the workflow's own token", token: workflowToken, repository: codex, says: [/404/, howToGetOne] },
  {
    what: "the workflow's own token, public codex",
    token: workflowToken,
    repository: 'acme/public',
    says: [howToGetOne],
  },
  { what: 'a read-only token', token: 'ghp_read', repository: 'acme/ready', says: [/not push/, /"token"/] },
  {
    what: 'a read-only token that would create the branch',
    token: 'ghp_read',
    repository: codex,
    says: [/403/, /"token"/],
  },
  { what: 'an archived codex', token: 'ghp_all', repository: 'acme/attic', says: [/archived/] },
])('$what is one clear sentence, within seconds and a handful of requests', async ({ token, repository, says }) => {
  const inputs = { 'codex-repository': repository, 'allow-public': true, ...(token && { token }) };
  const before = await github.git(codex, 'for-each-ref');
  const started = Date.now();

  const run = await runAction({ github, workspace: project.directory, inputs });

  expect(Date.now() - started).toBeLessThan(8_000);
  expect(run.requests.length).toBeLessThanOrEqual(12);
  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(repository) }]);
  for (const words of says) expect(run.annotations[0]?.message).toMatch(words);
  expect(run.annotations[0]?.message).not.toContain('\n');
  expect(run.log).not.toMatch(/^\s+at /m);
  expect([run.exitCode, run.outputs.conclusion, run.leftovers]).toEqual([1, 'failed', []]);
  expect(await github.git(codex, 'for-each-ref')).toBe(before);
});
