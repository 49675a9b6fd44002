import { beforeAll, expect, test } from '@jest/globals';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, expectRefused, QUESTION, refuseQuestion, useStory, writes } from '../support/story.ts';
import { runTidily } from '../support/tidy-run.ts';

const { github, host } = await useStory();
const project = await host('widgets', { 'docs/a.md': 'A\n' });

beforeAll(async () => {
  const codexes = { ready: {}, attic: { archived: true }, public: { visibility: 'public' } } as const;
  for (const [name, options] of Object.entries(codexes)) {
    await github.createRepository(`acme/${name}`, { files: { 'README.md': '# Codex\n' }, ...options });
    await github.git(`acme/${name}`, 'branch', 'test', 'main');
  }
  await github.createRepository('acme/closed', { files: { 'README.md': '# Codex\n' }, archived: true });
  github.addToken('ghp_all', { '*': 'write' });
  github.addToken('ghp_read', { '*': 'read' });
  github.addToken('ghp_other', { 'acme/widgets': 'write' });
});

// The default of the input.
const workflowToken = undefined;
const howToGetOne = /fine-grained personal access token/;

test.each([
  {
    what: 'a wrong token',
    token: 'ghp_wrong',
    repository: codex,
    says: [/"token"/, /401/, /wrong, expired or revoked/],
  },
  {
    what: "the workflow's own token, when it is not known any more",
    token: workflowToken,
    githubToken: 'ghs_expired',
    repository: codex,
    says: [/401/, howToGetOne],
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
])(
  '$what is one clear sentence, within seconds and a handful of requests',
  async ({ token, githubToken, repository, says }) => {
    const inputs = { 'codex-repository': repository, 'allow-public': true, ...(token && { token }) };
    const before = await github.git(codex, 'for-each-ref');
    const started = Date.now();

    const run = await runTidily({ github, workspace: project.directory, inputs, ...(githubToken && { githubToken }) });

    expect(Date.now() - started).toBeLessThan(8_000);
    expect(run.requests.length).toBeLessThanOrEqual(12);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(repository) }]);
    for (const words of says) expect(run.annotations[0]?.message).toMatch(words);
    expect(run.annotations[0]?.message).not.toContain('\n');
    expect(run.log).not.toMatch(/^\s+at /m);
    expect([run.exitCode, run.outputs.conclusion, run.leftovers]).toEqual([1, 'failed', []]);
    expect(await github.git(codex, 'for-each-ref')).toBe(before);
  },
);

test.each<[string, GivenInputs]>([
  ['sync-project', {}],
  ['a dry run', { 'dry-run': true }],
  ['sync-org', { mode: 'sync-org' }],
  ['promote', { mode: 'promote', env: 'prod', project: 'widgets' }],
  ['promote into the missing branch', { mode: 'promote', from: 'prod', env: 'test', project: 'widgets' }],
  ['retire', { mode: 'retire', env: 'test', project: 'widgets' }],
])('an archived codex without the branch is told as that, before any write: %s', async (_, inputs) => {
  const run = await project.publish({ token: 'ghp_all', 'codex-repository': 'acme/closed', ...inputs });
  expectRefused(run, 'The codex acme/closed is archived', 'Unarchive it');
  expect(writes(run)).toEqual([]);
});

test.each([
  ['in the answer to the one question', () => {}],
  ['where that one is refused', () => refuseQuestion(github)],
])('a codex that GitHub disabled is told as that, %s', async (_, prepare) => {
  prepare();
  const disable = (body: unknown) => ({ ...(body as object), disabled: true });
  const disableInData = ({ data: { repository } }: { data: { repository: object } }) => ({
    data: { repository: { ...repository, isDisabled: true } },
  });
  github.fault({ match: new RegExp(`GET .*/repos/${codex}$`), tamper: disable });
  github.fault({ match: QUESTION, tamper: (body) => disableInData(body as { data: { repository: object } }) });
  const run = await project.publish({ token: 'ghp_all' });
  github.clearFaults();
  expectRefused(run, `GitHub has disabled the codex ${codex}`);
});

test.each([
  ['pushes', `^GET /${codex}/info/refs\\?service=git-receive-pack`],
  ['creates the branch', `^POST .*/repos/${codex}/git/refs$`],
])('a codex that is archived while a run %s is told as that, and not as a missing permission', async (what, match) => {
  if (what === 'pushes') await github.git(codex, 'update-ref', 'refs/heads/test', 'main');
  else await github.git(codex, 'update-ref', '-d', 'refs/heads/test');
  const meanwhile = async () => void Object.assign(github.repository(codex), { archived: true });
  github.fault({ match: new RegExp(match), meanwhile });
  const run = await project.publish({ token: 'ghp_all' });
  Object.assign(github.repository(codex), { archived: false });
  expectRefused(run, `The codex ${codex} is archived`);
});

test.each([
  { what: 'fetching', match: new RegExp(`^POST /${codex}/git-upload-pack`) },
  { what: 'pushing', match: new RegExp(`^GET /${codex}/info/refs\\?service=git-receive-pack`) },
])('a token that ends while the run is $what is told as that', async ({ match }) => {
  await github.git(codex, 'update-ref', 'refs/heads/test', 'main');
  const token = `ghp_short${Math.random()}`;
  github.addToken(token, { '*': 'write' });
  github.fault({ match, meanwhile: async () => github.revokeToken(token) });
  const run = await project.publish({ token });
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', changed: 'false' } });
  expect(run.annotations).toEqual([
    { level: 'error', message: expect.stringMatching(/401.*wrong, expired or revoked/) },
  ]);
});
