import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { employApps, installation, read } from '../support/acting-app.ts';
import { unreachableCacheUrl } from '../support/cache-service.ts';
import { useConsumers } from '../support/consumer.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex } from '../support/story.ts';
import { readable } from '../support/summary.ts';

interface Check {
  check: string;
  state: string;
  says: string;
  remedy: string;
}

const story = await useConsumers()();
const { github, cache, host } = story;
const widgets = await host('widgets', { 'docs/a.md': 'A\n' }, { visibility: 'private' });

const doctor = (inputs: Parameters<typeof widgets.publish>[0] = {}, options = {}) =>
  widgets.publish({ mode: 'doctor', ...inputs }, options);

/** Lets Node find the host below localhost by which runs with a cache know GitHub, as git does. */
const FINDS_LOCALHOST = `--import ${JSON.stringify(
  `data:text/javascript,${encodeURIComponent(
    "import dns from 'node:dns'; const { lookup } = dns; dns.lookup = (host, ...rest) => lookup(host === 'github.localhost' ? '127.0.0.1' : host, ...rest);",
  )}`,
)}`;

function checksOf({ outputs }: ActionRun): Check[] {
  return JSON.parse(outputs.result ?? '').checks;
}

/** `state: what it says` of each thing that was found by a check. */
function found(run: ActionRun, check: string): string[] {
  const mine = checksOf(run).filter((one) => one.check === check);
  return mine.map(({ state, says, remedy }) => [`${state}: ${says}`, remedy].filter(Boolean).join(' -> '));
}

/** Every check is a line of the log and a row of the summary, in the same words. */
function expectTold(run: ActionRun): void {
  const checks = checksOf(run);
  expect(checks.length).toBeGreaterThanOrEqual(8);
  const summary = readable(run.summary).replaceAll('\u200b', '');
  for (const { says, remedy } of checks) {
    expect(run.log.split('\n')).toContainEqual(expect.stringContaining([says, remedy].filter(Boolean).join(' ')));
    expect(summary).toContain(`| ${says} | ${remedy} |`);
  }
}

test('a job in which all is well: every check says so, in six requests, and nothing is written', async () => {
  const before = await github.git(codex, 'for-each-ref');
  github.clearRequests();
  cache.clearRequests();

  const run = await doctor({}, { cache, env: { NODE_OPTIONS: FINDS_LOCALHOST } });

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed', changed: 'false' } });
  expect(run.outputs).toMatchObject({ env: 'test', branch: 'test', 'cache-dir': '.fractary/plugins/codex/cache' });
  expect(checksOf(run).filter(({ state, remedy }) => state !== 'ok' || remedy !== '')).toEqual([]);
  expect(new Set(checksOf(run).map(({ check }) => check))).toEqual(
    new Set(['git', 'configuration', 'codex', 'write-permission', 'branches', 'rules', 'project-token', 'cache']),
  );
  expectTold(run);
  expect(run.log).toMatch(
    /^🎯 STARTING: Doctor\nCodex: codex\.acme\.com\nEnvironment: test \(branch: test\)\n─+\n✅ git: /,
  );
  expect(run.log).toMatch(/✅ COMPLETED: Doctor\nNothing failed, 10 well\.$/);

  expect(run.requests.map(({ method, path }) => `${method} ${path.replace(/^\/api\/v3\/repos/, '')}`)).toEqual([
    `GET /${codex}`,
    `GET /${codex}/info/refs?service=git-receive-pack`,
    `GET /${codex}/branches/test`,
    `GET /${codex}/branches/main`,
    `GET /${codex}/rules/branches/test?per_page=100`,
    'GET /acme/widgets',
  ]);
  expect(cache.requests.map(({ method }) => method)).toEqual(['GetCacheEntryDownloadURL']);
  expect(await github.git(codex, 'for-each-ref')).toBe(before);
});

test('a token that may only read, a branch that rules and protection guard, a misspelt key, no cache, and a link in the way', async () => {
  const forged = 'acme/rules\n::error::forged\u001b[31m **bold** | @mona <img src=x>';
  const place = await checkoutProject(github, widgets.fullName);
  await place.write(
    '.fractary/codex.yaml',
    'environments:\n  default: staging\n  branches: { staging: stage }\nsync_pattern: [a]\n',
  );
  await symlink('/tmp', join(place.directory, 'cache'));
  github.addToken('ghp_reads', { [codex]: 'read' });
  for (const type of ['required_linear_history', 'deletion', 'non_fast_forward'])
    github.addRule(codex, 'stage', { type });
  github.addRule(codex, 'stage', { type: 'creation', ruleset_id: 7, ruleset_source: forged });
  github.addRule(codex, 'stage', {
    type: 'commit_message_pattern',
    parameters: { operator: 'starts_with', pattern: 'docs:' },
    ruleset_source_type: 'Organization',
    ruleset_source: 'acme',
  });

  const inputs = { mode: 'doctor', token: 'ghp_reads', 'cache-dir': 'cache/codex' };
  const run = await story.publish(place, inputs);

  expect(run.exitCode).toBe(1);
  expect(run.annotations).toEqual([
    {
      level: 'error',
      message: expect.stringMatching(
        /^1 check failed\.\ncache: Nothing can be written to "cache\/codex" .*symbolic link/,
      ),
    },
  ]);
  expect(run.outputs).toMatchObject({ conclusion: 'failed', env: 'staging', branch: 'stage' });
  expectTold(run);
  expect(found(run, 'configuration')).toEqual([
    'ok: .fractary/codex.yaml is read. The environment is staging (branch stage), as its environments.default says.',
    expect.stringMatching(
      /^warning: .*: sync_pattern is .* Did you mean "sync_patterns"\? -> Correct the key, or remove it\.$/,
    ),
  ]);
  expect(found(run, 'write-permission')).toEqual([
    `warning: The token in "token" may read ${codex}, but not push to it. Needed by sync-project, sync-org, promote and retire; ` +
      'reading is enough for the others and for every dry run. -> ' +
      `Give the token in "token" access to ${codex} ("Contents: read and write").`,
  ]);
  expect(found(run, 'branches')[0]).toBe(
    'ok: stage (environment staging) does not exist yet; the first run that publishes creates it from main.',
  );
  const [rules = '', ...others] = found(run, 'rules');
  expect(others).toEqual([]);
  expect(rules).toMatch(
    /^warning: Rules for stage may refuse a push: nobody may create it \(creation, ruleset 7 of acme\/rules\\u\{a\}::error::forged\\u\{1b\}.*, commit_message_pattern \(ruleset 1 of acme\)\. -> Add the owner of the token in "token" to the bypass list/,
  );
  expect(found(run, 'cache')).toEqual([
    expect.stringMatching(
      /^warning: The Actions cache cannot be used \(this runner has none\): copies are kept on disk only\. -> /,
    ),
    expect.stringMatching(
      /^failed: .*symbolic link is on the way\. -> Remove what is there, or choose another "cache-dir"\.$/,
    ),
  ]);

  // Once the branch is there, its creation is nothing to refuse; a protection rule of the older kind is.
  await github.git(codex, 'branch', 'stage', 'main');
  github.protect(codex, 'stage', 'No.', ['build']);
  github.fault({ match: /service=git-receive-pack/, status: 503, times: 9 });
  const later = await story.publish(place, { ...inputs, 'cache-dir': '', 'use-cache': false });
  expect(later).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed' } });
  github.clearFaults();
  // Git did not answer: what the token's owner may do tells as much.
  expect(found(later, 'write-permission')).toEqual(found(run, 'write-permission'));
  expect(found(later, 'rules')).toEqual([
    expect.stringMatching(
      /^warning: A branch protection rule covers stage \(required status checks: build\): it may refuse a push\. -> /,
    ),
    expect.stringMatching(
      /^warning: Rules for stage may refuse a push: commit_message_pattern \(ruleset 1 of acme\)\. -> /,
    ),
  ]);
  expect(found(later, 'cache')).toEqual([
    'ok: "use-cache: false" is said: copies are kept on disk only.',
    'ok: Documents can be written to .fractary/plugins/codex/cache.',
  ]);
});

test('a token that GitHub does not know hides nothing but what depends on it; nor does a cache that is down', async () => {
  const run = await doctor({ token: 'ghp_expired' }, { cache, env: { ACTIONS_RESULTS_URL: unreachableCacheUrl } });
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', env: 'test' } });
  const says = `GitHub does not know the token in "token" (401 for ${codex}).`;
  const remedy = 'It is wrong, expired or revoked: create a new one and update the secret.';
  expect(run.annotations).toEqual([{ level: 'error', message: `1 check failed.\ncodex: ${says} ${remedy}` }]);
  expectTold(run);
  expect(found(run, 'codex')).toEqual([`failed: ${says} -> ${remedy}`]);
  for (const behind of ['write-permission', 'branches', 'rules']) {
    expect(found(run, behind)).toEqual(['not-looked-at: Not looked at: the codex could not be read.']);
  }
  expect(found(run, 'project-token')).toEqual(['ok: acme/widgets is private, and its default branch is main.']);
  expect(found(run, 'cache')[0]).toMatch(
    /^warning: The Actions cache cannot be used \(.+\): copies are kept on disk only\./,
  );
  expect(run.log).toMatch(/❌ COMPLETED: Doctor\n1 check failed, 1 warning, 3 not looked at, 4 well\./);
});

test("the workflow's own token where the codex is another repository, public and without the production branch", async () => {
  const open = 'acme/open';
  await github.createRepository(open, { files: {}, visibility: 'public', defaultBranch: 'trunk' });
  github.addToken('ghs_own', { 'acme/widgets': 'write' }, { kind: 'installation' });
  const own = { token: 'ghs_own', 'project-token': 'ghs_own' };
  const [hidden, seen] = await Promise.all([doctor(own), doctor({ ...own, 'codex-repository': open, env: 'prod' })]);

  expect(hidden.exitCode).toBe(1);
  expect(found(hidden, 'codex')).toEqual([
    expect.stringMatching(
      /^failed: Repository .* does not exist, or the token in "token" may not see it \(404\)\. -> Check the name\. The workflow's own token, the default, reaches only/,
    ),
  ]);

  expect(seen.exitCode).toBe(1);
  expectTold(seen);
  expect(found(seen, 'write-permission')).toEqual([
    expect.stringMatching(
      /^warning: .* -> The workflow's own token, the default, reaches only .*"Contents: read and write" on acme\/open, store it/,
    ),
  ]);
  expect(found(seen, 'branches')).toEqual([
    `failed: The production branch main does not exist in ${open}, whose default branch is trunk. -> ` +
      'Create it there, or set environments.branches.prod to "trunk" in the configuration.',
  ]);
  expect(found(seen, 'rules')).toEqual(['ok: None refuses an ordinary push to main.']);
  expect(found(seen, 'project-token')[1]).toMatch(
    /^warning: The project is private and the codex is public: .* -> .*allow-public: true/,
  );
});

test('an empty codex, at a terminal, with an App that may only read, where GitHub lists no rules', async () => {
  const { register, act } = employApps(story);
  await github.createRepository('acme/empty');
  const app = register({ installations: [{ ...installation, permissions: read, repositories: ['acme/empty'] }] });
  const message = 'Upgrade to GitHub Pro or make this repository public to enable this feature.';
  github.fault({ match: /rules\/branches/, status: 403, body: { message } });
  const inputs = { mode: 'doctor', 'codex-repository': 'acme/empty', 'project-token': '' };

  const run = await act(app, widgets, inputs, { env: { GITHUB_EVENT_NAME: '' } });

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed' } });
  expectTold(run);
  expect(found(run, 'write-permission')).toEqual([
    expect.stringMatching(
      /^warning: GitHub App \d+ lacks the permission "Contents: read and write" on acme\/empty \(422: .*\)\. Needed by .* -> Give the App that permission/,
    ),
  ]);
  expect(found(run, 'branches')).toEqual([
    'ok: The codex has no commits yet; the first run that publishes begins main, and creates test from it.',
  ]);
  expect(found(run, 'rules')).toEqual([
    `not-looked-at: Not looked at: GitHub does not list the rulesets of the codex (403: ${message}).`,
  ]);
  expect(found(run, 'project-token')[0]).toMatch(/^not-looked-at: Not looked at: none is given/);
  expect(found(run, 'cache')[0]).toBe('ok: At a terminal there is no Actions cache: copies are kept on disk only.');
});

test('an archived codex whose branches the token may not see', async () => {
  await github.createRepository('acme/attic', { files: {}, archived: true });
  github.addToken('ghp_attic', { 'acme/attic': 'write' });
  github.fault({ match: /attic\/branches/, status: 403, body: { message: 'Resource not accessible' } });
  const run = await doctor({ token: 'ghp_attic', 'codex-repository': 'acme/attic', 'use-cache': false });
  expect(run.exitCode).toBe(1);
  expectTold(run);
  expect(found(run, 'codex')[1]).toMatch(/^warning: acme\/attic is archived/);
  expect(found(run, 'write-permission')).toEqual([
    'not-looked-at: Not looked at: nobody may push to an archived repository.',
  ]);
  expect(found(run, 'branches')).toEqual([
    expect.stringMatching(
      /^failed: GitHub refused the token .*\. -> Give the token in "token" access .*read-only"\)\.$/,
    ),
  ]);
  expect(found(run, 'rules')).toEqual(['not-looked-at: Not looked at: the branch could not be read.']);
});

test('without any git all that GitHub tells is told all the same', async () => {
  const run = await doctor({ 'use-cache': false }, { env: { PATH: '/nowhere' } });
  expect(run.annotations).toEqual([
    { level: 'error', message: expect.stringMatching(/^1 check failed\.\ngit: Git cannot be started/) },
  ]);
  expect(found(run, 'git')).toEqual([
    expect.stringMatching(/^failed: Git cannot be started: .* -> Install git 2\.39 or newer/),
  ]);
  expect(found(run, 'branches')).toHaveLength(2);
});
