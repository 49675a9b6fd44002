import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { commits, editCodex, readTree } from '../support/codex.ts';
import type { Fault } from '../support/github-faults.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, expectRefused, pushes, QUESTION, refuseQuestion, type Story, useStories } from '../support/story.ts';
import { readable } from '../support/summary.ts';
import { parseCommand } from '../support/workflow-commands.ts';

const forever = Number.POSITIVE_INFINITY;
const startStory = useStories();

/** A codex with both branches, and a project. */
async function story() {
  const started = await startStory();
  await started.github.git(codex, 'branch', 'test', 'main');
  return { ...started, ...(await started.host('widgets', { 'docs/a.md': 'A\n' })) };
}

const asked = {
  question: QUESTION,
  /** Of the parts of the question, each by itself. */
  api: new RegExp(`^GET /api/v3/repos/${codex}(/|$)`),
  fetch: new RegExp(`^POST /${codex}/git-upload-pack`),
  look: new RegExp(`^GET /${codex}/info/refs\\?service=git-upload-pack`),
  advertise: new RegExp(`^GET /${codex}/info/refs\\?service=git-receive-pack`),
  push: new RegExp(`^POST /${codex}/git-receive-pack`),
};
type Asked = keyof typeof asked;

function disturb({ github }: Story, at: Asked, fault: Omit<Fault, 'match'>): void {
  if (at === 'api') refuseQuestion(github);
  github.fault({ match: asked[at], ...fault });
}

async function expectOneCommit(run: ActionRun, { github, documents }: Awaited<ReturnType<typeof story>>) {
  expect(run.annotations.filter(({ level }) => level === 'error')).toEqual([]);
  expect(run.exitCode).toBe(0);
  const [first, ...others] = await commits(github, codex, 'test');
  expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': first?.sha });
  expect(others).toHaveLength(1);
  expect(Object.keys(await documents())).toEqual(['docs/a.md']);
}

const secondary = {
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
};
const primary = { message: 'API rate limit exceeded for user ID 1.' };
const spent = () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(Date.now() / 1000) + 1}` });

// First, because it takes longest: the others run meanwhile.
test.concurrent('what stays broken ends in bounded time with one sentence, and nothing is written', async () => {
  const nowhere = 'http://nowhere.invalid';
  const broken: { at?: Asked; fault?: Omit<Fault, 'match'>; env?: Record<string, string> }[] = [
    { at: 'api', fault: { status: 500 } },
    { at: 'api', fault: { drop: true } },
    { at: 'api', fault: { status: 403, body: secondary, headers: { 'Retry-After': '3600' } } },
    { at: 'fetch', fault: { status: 500 } },
    { at: 'fetch', fault: { drop: true } },
    { at: 'fetch', fault: { cut: 60 } },
    { env: { GITHUB_SERVER_URL: nowhere, GITHUB_API_URL: `${nowhere}/api/v3` } },
    { env: { GITHUB_SERVER_URL: nowhere } },
  ];
  const runs = await Promise.all(
    broken.map(async ({ at, fault, env = {} }) => {
      const told = await story();
      if (at) disturb(told, at, { times: forever, ...fault });
      const run = await told.publish({}, { env });
      expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(codex) }]);
      expect(await commits(told.github, codex, 'test')).toHaveLength(1);
      return run;
    }),
  );
  expect(runs.map(({ exitCode }) => exitCode)).toEqual(broken.map(() => 1));
  for (const { log } of runs) expect(log).not.toMatch(/^\s+at /m);
});

describe('a short fault is ridden out', () => {
  const faults: { what: string; at: Asked; fault: () => Omit<Fault, 'match'> }[] = [
    { what: 'a 502 of the question', at: 'question', fault: () => ({ status: 502 }) },
    { what: 'a dropped connection to the question', at: 'question', fault: () => ({ drop: true }) },
    { what: 'an answer to the question that is lost', at: 'question', fault: () => ({ loseAnswer: true }) },
    { what: 'half an answer to the question', at: 'question', fault: () => ({ cut: 20 }) },
    {
      what: 'a 403 of the rate limit of the question, reset in an hour',
      at: 'question',
      fault: () => ({ status: 403, body: primary, headers: { ...spent(), 'x-ratelimit-reset': '9999999999' } }),
    },
    { what: 'a 502 of the API', at: 'api', fault: () => ({ status: 502 }) },
    { what: 'a dropped connection to the API', at: 'api', fault: () => ({ drop: true }) },
    { what: 'a 503 on a fetch', at: 'fetch', fault: () => ({ status: 503 }) },
    { what: 'a dropped connection on a fetch', at: 'fetch', fault: () => ({ drop: true, times: 2 }) },
    { what: 'an answer to a fetch that is lost', at: 'fetch', fault: () => ({ loseAnswer: true, times: 2 }) },
    { what: 'half an answer of the API', at: 'api', fault: () => ({ cut: 20 }) },
    { what: 'half a pack', at: 'fetch', fault: () => ({ cut: 60 }) },
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
  test.concurrent.each(faults)('$what', async ({ at, fault }) => {
    const told = await story();
    const struck = fault();
    disturb(told, at, struck);

    const run = await told.publish();

    await expectOneCommit(run, told);
    const failed = run.requests.filter(
      ({ status, sent, method, path }) =>
        (status === 0 || status >= 400 || sent === struck.cut) && asked[at].test(`${method} ${path}`),
    );
    expect(failed).not.toEqual([]);
  });
});

test.concurrent('answers that are slow are waited for, one after the other', async () => {
  const told = await story();
  for (const at of ['question', 'fetch', 'push'] as const) told.github.fault({ match: asked[at], delay: 3000 });

  const run = await told.publish();

  await expectOneCommit(run, told);
  // The folder of a new project is not there yet.
  const failed = run.requests.filter(({ status, path }) => status !== 200 && !path.includes('/contents/'));
  expect(failed).toEqual([]);
});

/** With settings of its own for connections, git pushes by itself. */
const BY_GIT = { env: { GIT_SSL_CAPATH: '/' } };

describe('a push that was accepted and whose answer was lost is published, without a second commit', () => {
  test.concurrent.each([
    { what: 'nobody asks again', fault: { loseAnswer: true }, asks: 1, options: {} },
    { what: 'half of it arrives', fault: { cut: 10 }, asks: 1, options: {} },
    { what: 'git asks again by itself', fault: { loseAnswer: true }, asks: 2, options: BY_GIT },
    { what: 'git gives up', fault: { loseAnswer: true, times: 2 }, asks: 2, options: BY_GIT },
    { what: 'half of it arrives at git', fault: { cut: 10 }, asks: 1, options: BY_GIT },
  ])('$what', async ({ fault, asks, options }) => {
    const told = await story();
    told.github.fault({ match: asked.push, ...fault });

    const run = await told.publish({}, options);

    await expectOneCommit(run, told);
    expect(pushes(run)).toHaveLength(asks);
  });

  test.concurrent.each([
    { how: 'by one request', options: {} },
    { how: 'by git', options: BY_GIT },
  ])('it shows only after another one was tried, $how', async ({ options }) => {
    const { github, publish, tip } = await story();
    const update = (commit: string) => github.git(codex, 'update-ref', 'refs/heads/test', commit);
    const before = await tip();
    let first = '';
    const hide = async () => {
      first = await tip();
      await update(before);
      // A commit of the same second would be the very same one.
      await sleep(1100);
    };
    // Git asks again by itself.
    if (options === BY_GIT) github.fault({ match: asked.push, loseAnswer: true });
    const look = () => Promise.resolve(github.fault({ match: asked.look, meanwhile: hide }));
    github.fault({ match: asked.push, loseAnswer: true, meanwhile: look });
    github.fault({ match: asked.push, meanwhile: () => update(first) });
    const run = await publish({}, options);
    expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': first });
    expect(await commits(github, codex, 'test')).toHaveLength(2);
  });

  test.concurrent.each([
    { how: 'by one request', options: {}, next: { match: asked.api } },
    { how: 'by git', options: BY_GIT, next: { match: asked.push, drop: true } },
  ])('somebody else commits on top before this run looks again, $how', async ({ options, next }) => {
    const told = await story();
    const meanwhile = () => told.edit({ 'projects/other/docs/b.md': 'B\n' });
    const after = () => Promise.resolve(told.github.fault({ ...next, meanwhile }));
    told.github.fault({ match: asked.push, loseAnswer: true, meanwhile: after });

    const run = await told.publish({}, options);

    const [, mine] = await commits(told.github, codex, 'test');
    expect(run.outputs).toMatchObject({ conclusion: 'published', changed: 'true', 'commit-sha': mine?.sha });
    expect(await commits(told.github, codex, 'test')).toHaveLength(3);
  });
});

describe('a lost race is planned again on the new tip, and both commits are there', () => {
  test.concurrent.each([
    { what: 'before the push begins', at: 'advertise' },
    { what: 'while the push is under way', at: 'push' },
  ] as const)('$what', async ({ at }) => {
    const told = await story();
    const edit = { 'projects/other/docs/b.md': 'B\n' };
    told.github.fault({
      match: asked[at],
      meanwhile: () => editCodex(told.github, codex, 'test', edit, 'Other'),
    });

    const run = await told.publish();

    expect(run.annotations).toEqual([]);
    expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '2' });
    const history = await commits(told.github, codex, 'test');
    expect(history.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^sync: /),
      'Other',
      'Initial commit',
    ]);
    expect(Object.keys(await readTree(told.github, codex, 'test', 'projects/other'))).toEqual(['docs/b.md']);
    expect(Object.keys(await told.documents())).toEqual(['docs/a.md']);
  });
});

test.concurrent("a protected branch is final at once and shows the remote's words", async () => {
  const told = await story();
  const words = 'GH006: Protected branch update failed for refs/heads/test.';
  told.github.protect(codex, 'test', `error: ${words}\nChanges must be made through a pull request.`);

  const run = await told.publish();

  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining(words) }]);
  expect(run.annotations[0]?.message).toContain('Changes must be made through a pull request.');
  expect(run.annotations[0]?.message).toContain(codex);
  expect(pushes(run)).toHaveLength(1);
  expect(run.exitCode).toBe(1);
});

test.concurrent('push protection is told as that: the document, its line, and where to allow it', async () => {
  const told = await story();
  const allow = `${told.github.serverUrl.replace('http:', 'https:')}/${codex}/security/secret-scanning/unblock-secret/2gakJr`;
  const words = [
    'error: GH013: Repository rule violations found for refs/heads/test.',
    ...['', '- GITHUB PUSH PROTECTION', '    - Push cannot contain secrets', ''],
    ...['      —— GitHub Personal Access Token ——————', '       locations:', '         - commit: 5477a7d'],
    ...['           path: projects/widgets/docs/a.md:3', '', '       (?) To push, follow this URL.', `       ${allow}`],
  ];
  told.github.protect(codex, 'test', words.join('\n'));

  const run = await told.publish();

  expectRefused(
    run,
    'GitHub Personal Access Token in docs/a.md of widgets line 3',
    `allow it at ${allow}`,
    '"exclude"',
  );
  expect(run.annotations[0]?.message).not.toContain('branch protection');
  expect(pushes(run)).toHaveLength(1);
});

describe('words of GitHub forge nothing, at debug level either', () => {
  const lines = ['x', '::error::forged', '\u0085::stop-commands::t', '##[error]old', '::add-mask::a', 'result<<E', '>'];
  const words = [...lines, '@octocat fixes #1 [y](https://evil.example) `z` <img src=x> \u202e\u001b[31m'].join('\n');
  const refused = (at: Asked, status: number) => (told: Story) =>
    disturb(told, at, { status, body: { message: words }, times: forever });

  test.concurrent.each<[string, (told: Story) => void]>([
    ['of a protected branch', ({ github }) => github.protect(codex, 'test', words)],
    ['of an answer 403', refused('api', 403)],
    ['of an answer 422', refused('api', 422)],
  ])('%s', async (_, prepare) => {
    const told = await story();
    prepare(told);

    const run = await told.publish({}, { env: { RUNNER_DEBUG: '1' } });

    expectRefused(run, '::error::forged', '@octocat fixes #1', 'u{202e}');
    expect(run.annotations[0]?.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(readable(run.summary)).toContain('octocat fixes');
    const commands = run.stdout.split(/\r\n|\n|\r/).flatMap((line) => parseCommand(line)?.name ?? []);
    expect(new Set(commands)).toEqual(new Set(['add-mask', 'debug', 'error']));
    expect(run.masks).not.toContain('a');
  });
});

test.concurrent('a push that HTTP refuses is final at once, with what it said', async () => {
  const told = await story();
  told.github.fault({ match: asked.push, status: 413, times: forever });

  const run = await told.publish();

  expectRefused(run, 'refused the push to branch test', 'HTTP 413');
  // The second one is git's own, whose answer counts.
  expect(pushes(run)).toHaveLength(2);
});

test.concurrent('a spent rate limit is not told as a missing permission', async () => {
  const told = await story();
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(Date.now() / 1000) + 1800}` };
  disturb(told, 'api', { status: 403, body: primary, headers, times: forever });

  const run = await told.publish();

  expectRefused(run, 'rate limit', 'Run it again later');
  expect(run.annotations[0]?.message).not.toContain('Contents: read and write');
});

test.concurrent('a page in the place of an answer opens no guard', async () => {
  const told = await story();
  const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' };
  const repository = new RegExp(`^GET /api/v3/repos/${codex}$`);
  for (const match of [QUESTION, repository]) told.github.fault({ match, ...page, times: forever });

  const run = await told.publish();

  expectRefused(run, 'could not be reached', 'not JSON');
});

test.concurrent('a race that is lost to a newer run of the same branch ends superseded, and claims no commit', async () => {
  const told = await story();
  const before = await told.tip();
  const newer = await checkoutProject(told.github, told.fullName);
  await newer.write('docs/a.md', 'Newer\n');
  await newer.commit('Newer', { date: '2027-01-01T00:00:00Z' });
  await newer.push();
  await told.publish({}, { workspace: newer.directory });
  const theirs = await told.tip();
  await told.github.git(codex, 'update-ref', 'refs/heads/test', before);
  const meanwhile = () => told.github.git(codex, 'update-ref', 'refs/heads/test', theirs);
  told.github.fault({ match: asked.push, meanwhile });

  const run = await told.publish();

  expect(run.outputs).toMatchObject({ conclusion: 'superseded', changed: 'false', 'commit-sha': '' });
  expect(await told.read('projects/widgets/docs/a.md')).toBe('Newer\n');
});
