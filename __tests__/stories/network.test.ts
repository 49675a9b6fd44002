import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { commits, editCodex, readTree } from '../support/codex.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import type { Fault } from '../support/github-faults.ts';
import { createProject, type Project } from '../support/project.ts';
import { type ActionRun, runAction } from '../support/runner.ts';

const forever = Number.POSITIVE_INFINITY;
let github: LocalGitHub;
let stories = 0;

beforeAll(async () => {
  github = await startGitHub();
  github.addToken('ghp_codex', { '*': 'write' });
});
afterEach(() => github.clearFaults());
afterAll(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
  expect(github.undocumented).toEqual([]);
});

/** A codex with both branches and a project: each story has its own, so that faults strike only its requests. */
async function story() {
  const number = ++stories;
  const codex = `acme/codex-${number}`;
  await github.createRepository(codex, { files: { 'README.md': '# Codex\n' } });
  await github.git(codex, 'branch', 'test', 'main');
  const project: Project = await createProject(github, `acme/widgets-${number}`, { 'docs/a.md': 'A\n' });
  const inputs = { token: 'ghp_codex', 'codex-repository': codex };
  const publish = () => runAction({ github, workspace: project.directory, repository: project.fullName, inputs });
  const documents = async () => Object.keys(await readTree(github, codex, 'test', `projects/widgets-${number}`));
  return { codex, publish, documents };
}

const asked = {
  api: (codex: string) => new RegExp(`^GET /api/v3/repos/${codex}(/|$)`),
  fetch: (codex: string) => new RegExp(`^POST /${codex}/git-upload-pack`),
  advertise: (codex: string) => new RegExp(`^GET /${codex}/info/refs\\?service=git-receive-pack`),
  push: (codex: string) => new RegExp(`^POST /${codex}/git-receive-pack`),
};
type Asked = keyof typeof asked;

function pushes(run: ActionRun): number {
  return run.requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack').length;
}

async function expectOneCommit(run: ActionRun, { codex, documents }: Awaited<ReturnType<typeof story>>) {
  expect(run.annotations.filter(({ level }) => level === 'error')).toEqual([]);
  expect(run.exitCode).toBe(0);
  const [first, ...others] = await commits(github, codex, 'test');
  expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': first?.sha });
  expect(others).toHaveLength(1);
  expect(await documents()).toEqual(['.codex-sync.json', 'docs/a.md']);
}

const secondary = {
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
};
const primary = { message: 'API rate limit exceeded for user ID 1.' };
const spent = () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(Date.now() / 1000) + 1}` });

describe('a short fault is ridden out', () => {
  const faults: { what: string; at: Asked; fault: () => Omit<Fault, 'match'> }[] = [
    { what: 'a 502 of the API', at: 'api', fault: () => ({ status: 502 }) },
    { what: 'a dropped connection to the API', at: 'api', fault: () => ({ drop: true }) },
    { what: 'a 503 on a fetch', at: 'fetch', fault: () => ({ status: 503 }) },
    { what: 'a dropped connection on a fetch', at: 'fetch', fault: () => ({ drop: true, times: 2 }) },
    { what: 'an answer to a fetch that is lost', at: 'fetch', fault: () => ({ loseAnswer: true, times: 2 }) },
    { what: 'a 503 before a push', at: 'advertise', fault: () => ({ status: 503 }) },
    { what: 'a 503 on a push', at: 'push', fault: () => ({ status: 503 }) },
    { what: 'a dropped connection on a push', at: 'push', fault: () => ({ drop: true, times: 2 }) },
    {
      what: 'a 403 of the secondary rate limit with Retry-After',
      at: 'api',
      fault: () => ({ status: 403, body: secondary, headers: { 'Retry-After': '1' } }),
    },
    {
      what: 'a 429 of the secondary rate limit with Retry-After',
      at: 'api',
      fault: () => ({ status: 429, body: secondary, headers: { 'Retry-After': '1' } }),
    },
    {
      what: 'a 403 of the rate limit that is soon reset',
      at: 'api',
      fault: () => ({ status: 403, body: primary, headers: spent() }),
    },
  ];
  test.each(faults)('$what', async ({ at, fault }) => {
    const told = await story();
    github.fault({ match: asked[at](told.codex), ...fault() });

    const run = await told.publish();

    await expectOneCommit(run, told);
    expect(run.requests.some(({ status }) => status === 0 || status >= 400)).toBe(true);
  });
});

describe('a push that was accepted and whose answer was lost is published, without a second commit', () => {
  test.each([
    { what: 'git asks again by itself', times: 1 },
    { what: 'git gives up', times: 2 },
  ])('$what', async ({ times }) => {
    const told = await story();
    github.fault({ match: asked.push(told.codex), loseAnswer: true, times });

    await expectOneCommit(await told.publish(), told);
  });

  test('somebody else commits on top before this run looks again', async () => {
    const told = await story();
    github.fault({ match: asked.push(told.codex), loseAnswer: true });
    const meanwhile = () => editCodex(github, told.codex, 'test', { 'projects/other/docs/b.md': 'B\n' });
    github.fault({ match: asked.push(told.codex), drop: true, meanwhile });

    const run = await told.publish();

    const [, mine] = await commits(github, told.codex, 'test');
    expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': mine?.sha });
    expect(await commits(github, told.codex, 'test')).toHaveLength(3);
  });
});

describe('a lost race is planned again on the new tip, and both commits are there', () => {
  test.each([
    { what: 'before the push begins', at: 'advertise' },
    { what: 'while the push is under way', at: 'push' },
  ] as const)('$what', async ({ at }) => {
    const told = await story();
    const edit = { 'projects/other/docs/b.md': 'B\n' };
    github.fault({
      match: asked[at](told.codex),
      meanwhile: () => editCodex(github, told.codex, 'test', edit, 'Other'),
    });

    const run = await told.publish();

    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '2' });
    const history = await commits(github, told.codex, 'test');
    expect(history.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^sync: /),
      'Other',
      'Initial commit',
    ]);
    expect(Object.keys(await readTree(github, told.codex, 'test', 'projects/other'))).toEqual(['docs/b.md']);
    expect(await told.documents()).toEqual(['.codex-sync.json', 'docs/a.md']);
  });
});

test('what stays broken ends in bounded time with one sentence, and nothing is written', async () => {
  const broken: { at: Asked; fault: Omit<Fault, 'match'> }[] = [
    { at: 'api', fault: { status: 500 } },
    { at: 'api', fault: { drop: true } },
    { at: 'api', fault: { status: 403, body: secondary, headers: { 'Retry-After': '3600' } } },
    { at: 'fetch', fault: { status: 500 } },
    { at: 'fetch', fault: { drop: true } },
  ];
  const runs = await Promise.all(
    broken.map(async ({ at, fault }) => {
      const told = await story();
      github.fault({ match: asked[at](told.codex), times: forever, ...fault });
      const run = await told.publish();
      expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(told.codex) }]);
      expect(await commits(github, told.codex, 'test')).toHaveLength(1);
      return run;
    }),
  );
  expect(runs.map(({ exitCode }) => exitCode)).toEqual(broken.map(() => 1));
  for (const { log } of runs) expect(log).not.toMatch(/^\s+at /m);
});

test("a protected branch is final at once and shows the remote's words", async () => {
  const told = await story();
  const words = 'GH006: Protected branch update failed for refs/heads/test.';
  github.protect(told.codex, 'test', `error: ${words}\nChanges must be made through a pull request.`);

  const run = await told.publish();

  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(words) }]);
  expect(run.annotations[0]?.message).toContain('Changes must be made through a pull request.');
  expect(run.annotations[0]?.message).toContain(told.codex);
  expect(pushes(run)).toBe(1);
  expect(run.exitCode).toBe(1);
  expect(run.leftovers).toEqual([]);
});
