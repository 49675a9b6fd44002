import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { hashBlob } from '../../src/text/bytes.ts';
import { employApps, installation, read } from '../support/acting-app.ts';
import { unreachableCacheUrl } from '../support/cache-service.ts';
import { useConsumers } from '../support/consumer.ts';
import { checksOf, expectTold, found } from '../support/doctor.ts';
import { checkoutProject } from '../support/project.ts';
import { codex } from '../support/story.ts';

const story = await useConsumers()();
const { github, cache, host } = story;
const widgets = await host('widgets', { 'docs/a.md': 'A\n' }, { visibility: 'private' });

const doctor = (inputs: Parameters<typeof widgets.publish>[0] = {}, options = {}) =>
  widgets.publish({ mode: 'doctor', ...inputs }, options);

test('a job in which all is well: every check says so, in fifteen requests, and nothing is written', async () => {
  github.addRuleset(codex, {
    name: 'released',
    target: 'branch',
    include: ['refs/heads/main'],
    rules: [{ type: 'update' }],
  });
  const rules = [{ type: 'creation' }, { type: 'update' }];
  github.addRuleset(widgets.fullName, { name: 'tags', target: 'tag', include: ['~ALL'], rules });
  github.addEnvironment(widgets.fullName, 'production', {
    branches: [
      { name: 'main', type: 'branch' },
      { name: '*', type: 'tag' },
    ],
  });
  const commit = 'a'.repeat(40);
  const published = { repository: 'acme/widgets', directory: '.', commit };
  const manifest = JSON.stringify({ version: 2, documents: {}, source: published });
  await story.edit({ 'projects/widgets/.codex-sync.json': manifest });
  const before = await github.git(codex, 'for-each-ref');
  github.clearRequests();
  cache.clearRequests();

  const run = await doctor({}, { cache });

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed', changed: 'false' } });
  expect(run.outputs).toMatchObject({ env: 'test', branch: 'test', 'cache-dir': '.fractary/plugins/codex/cache' });
  expect(checksOf(run).filter(({ state, remedy }) => state !== 'ok' || remedy !== '')).toEqual([]);
  expect(new Set(checksOf(run).map(({ check }) => check))).toEqual(
    new Set([
      ...['git', 'configuration', 'checkout', 'patterns', 'codex', 'codex-configuration', 'write-permission'],
      ...['branches', 'rules', 'production-token', 'project-token', 'release-line', 'github-environment', 'previews'],
      ...['project-folder', 'cache'],
    ]),
  );
  expectTold(run);
  expect(run.log).toMatch(
    /^🎯 STARTING: Doctor\nCodex: codex\.acme\.com\nEnvironment: test \(branch: test\)\n─+\n✅ git: /,
  );
  expect(run.log).toMatch(/✅ COMPLETED: Doctor\nNothing failed, 19 passed\.$/);

  const asked = run.requests.map(({ method, path }) => `${method} ${path.replace(/^\/api\/v3\/repos/, '')}`);
  // Side by side, so in any order.
  expect(asked.sort()).toEqual([
    `GET /${codex}`,
    `GET /${codex}/branches/main`,
    `GET /${codex}/branches/test`,
    `GET /${codex}/contents/.fractary%2Fcodex.yaml`,
    `GET /${codex}/contents/projects%2Fwidgets?ref=test`,
    `GET /${codex}/git/blobs/${hashBlob(Buffer.from(manifest))}`,
    `GET /${codex}/info/refs?service=git-receive-pack`,
    `GET /${codex}/rules/branches/main?per_page=100`,
    `GET /${codex}/rules/branches/test?per_page=100`,
    'GET /acme/widgets',
    'GET /acme/widgets/environments/production/deployment-branch-policies?per_page=100',
    'GET /acme/widgets/environments?per_page=100',
    'GET /acme/widgets/pulls?state=all&sort=updated&direction=desc&per_page=100',
    'GET /acme/widgets/rulesets/101?includes_parents=true',
    'GET /acme/widgets/rulesets?includes_parents=true&targets=tag&per_page=100',
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
    'ok: .fractary/codex.yaml is read. The environment is staging (branch stage), set by its environments.default.',
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
    /^warning: Rules for stage may refuse a push: creations are restricted \(creation, ruleset 7 of acme\/rules\\u\{a\}::error::forged\\u\{1b\}.*, commit messages have to match a pattern: starts_with, docs: \(commit_message_pattern, ruleset 1 of acme\)\. -> Add the owner of the token in "token" to the bypass list/,
  );
  expect(found(run, 'cache')).toEqual([
    expect.stringMatching(
      /^warning: The Actions cache cannot be used \(this runner has none\): copies are kept on disk only\. -> /,
    ),
    expect.stringMatching(
      /^failed: .*symbolic link is on the way\. -> Remove that entry, or choose another "cache-dir"\.$/,
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
      /^warning: Rules for stage may refuse a push: commit messages have to match a pattern: .*, ruleset 1 of acme\)\. -> /,
    ),
  ]);
  expect(found(later, 'cache')).toEqual([
    'ok: "use-cache: false" is set: copies are kept on disk only.',
    'ok: Documents can be written to .fractary/plugins/codex/cache.',
  ]);
});

test('a token that GitHub does not know hides nothing but what depends on it; nor does a cache that is down', async () => {
  const run = await doctor({ token: 'ghp_expired' }, { cache, env: { ACTIONS_RESULTS_URL: unreachableCacheUrl } });
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', env: 'test' } });
  const message = `GitHub does not accept the token in "token" (401 for ${codex}).`;
  const hint = 'It is wrong, expired or revoked: create a new one and update the secret.';
  expect(run.annotations).toEqual([{ level: 'error', message: `1 check failed.\ncodex: ${message} ${hint}` }]);
  expectTold(run);
  expect(found(run, 'codex')).toEqual([`failed: ${message} -> ${hint}`]);
  for (const behind of ['write-permission', 'branches', 'rules', 'production-token']) {
    expect(found(run, behind)).toEqual(['not-looked-at: Not checked: the codex could not be read.']);
  }
  expect(found(run, 'project-token')).toEqual(['ok: acme/widgets is private, and its default branch is main.']);
  expect(found(run, 'cache')[0]).toMatch(
    /^warning: The Actions cache cannot be used \(.+\): copies are kept on disk only\./,
  );
  expect(run.log).toMatch(/❌ COMPLETED: Doctor\n1 check failed, 1 warning, 6 not checked, 10 passed\./);
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
      'Create main there and make it the default branch, or, if trunk is the branch of released documents, set environments.branches.prod to "trunk" in the configuration.',
  ]);
  expect(found(seen, 'rules')).toEqual(['ok: None refuses an ordinary push to main.']);
  expect(found(seen, 'project-token')[1]).toMatch(
    /^warning: The project is private and the codex is public: .* -> .*allow-public: true/,
  );
});

test('an empty codex, with an App that may only read, where GitHub lists no rules', async () => {
  const { register, act } = employApps(story);
  await github.createRepository('acme/empty');
  const app = register({ installations: [{ ...installation, permissions: read, repositories: ['acme/empty'] }] });
  const message = 'Upgrade to GitHub Pro or make this repository public to enable this feature.';
  github.fault({ match: /rules\/branches/, status: 403, body: { message } });
  const inputs = { mode: 'doctor', 'codex-repository': 'acme/empty', 'project-token': '' };

  const run = await act(app, widgets, inputs);

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed' } });
  expectTold(run);
  expect(found(run, 'write-permission')).toEqual([
    expect.stringMatching(
      /^warning: GitHub App \d+ lacks the permission "Contents: read and write" on acme\/empty \(422: .*\)\. Needed by .* -> Give the App that permission/,
    ),
  ]);
  expect(found(run, 'branches')).toEqual([
    'ok: The codex has no commits yet; the first run that publishes creates main, and test from it.',
  ]);
  expect(found(run, 'rules')).toEqual([
    `not-looked-at: Not checked: GitHub does not list the rulesets of the codex (403: ${message}).`,
  ]);
  expect(found(run, 'project-token')[0]).toMatch(/^not-looked-at: Not checked: none is given/);
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
    'not-looked-at: Not checked: an archived repository accepts no push.',
  ]);
  expect(found(run, 'branches')).toEqual([
    expect.stringMatching(
      /^failed: GitHub refused the token .*\. -> Give the token in "token" access .*read-only"\)\.$/,
    ),
  ]);
  expect(found(run, 'rules')).toEqual(['not-looked-at: Not checked: the branch could not be read.']);
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

describe('who may put a text into production', () => {
  const config = (refs: readonly string[]) =>
    `environments:\n  production_refs: ${JSON.stringify(refs)}\n  branches: { test: test }\n`;

  test('anybody, on a branch whose own configuration names other refs: the merged one counts', async () => {
    const open = 'acme/codex.open';
    await github.createRepository(open, { files: { 'README.md': 'Codex\n' }, visibility: 'private' });
    await github.git(open, 'branch', 'test', 'main');
    github.addToken('ghp_everywhere', { [open]: 'write' });
    const refs = ['refs/heads/release/*', 'refs/heads/hotfix/*', 'refs/heads/stable', '!refs/heads/release/old'];
    const gears = await host('gears', { '.fractary/codex.yaml': config(refs) }, { visibility: 'private' });
    for (const branch of ['release/1', 'release/2', 'release/old', 'hotfix/1', 'stable']) {
      await github.git(gears.fullName, 'branch', branch, 'main');
    }
    github.protect(gears.fullName, 'release/2', 'No.');
    const [include, rules] = [['refs/heads/hotfix/*'], [{ type: 'pull_request' }]];
    github.addRuleset(gears.fullName, { name: 'hotfixes', target: 'branch', include, rules });
    const off = { name: 'off', enforcement: 'disabled', target: 'tag', include: ['~ALL'] } as const;
    github.addRuleset(gears.fullName, { ...off, rules: [{ type: 'creation' }, { type: 'update' }] });
    github.addEnvironment(gears.fullName, 'production');

    const place = await checkoutProject(github, gears.fullName);
    await place.git('checkout', '--quiet', '-b', 'feature');
    await place.write('.fractary/codex.yaml', config(['refs/heads/feature']));
    await place.commit('Feature');
    await place.push('feature');
    const inputs = { mode: 'doctor', 'codex-repository': open, token: 'ghp_everywhere', 'use-cache': false };
    const run = await story.publish(place, inputs, { event: 'workflow_dispatch', ref: 'refs/heads/feature' });

    expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed' } });
    expectTold(run);
    expect(found(run, 'configuration')).toEqual([
      expect.stringContaining('ok: main:.fractary/codex.yaml is read.'),
      expect.stringContaining('environments.production_refs of .fractary/codex.yaml differs from main:'),
    ]);
    expect(found(run, 'production-token')).toEqual([
      'warning: This token, which test runs use, may push to production (branch main): GitHub lists no rule that refuses it. -> ' +
        'Use two tokens: this one, and one for production, which is a secret of a GitHub environment that is limited to the ' +
        'default branch and tags. Add a ruleset for main that refuses every push except by the owner of the production token.',
    ]);
    expect(found(run, 'release-line')).toEqual([
      `ok: It follows production_refs of main:.fractary/codex.yaml: ${refs.join(', ')}.`,
      expect.stringMatching(
        /^warning: Every user who may push to acme\/gears can create and move tags, .* -> Add a ruleset /,
      ),
      expect.stringMatching(/^warning: release\/\* is not protected: release\/1\. .* -> Protect release\/\* by /),
      'ok: hotfix/* is protected.',
      expect.stringMatching(
        /^warning: stable is not protected, and belongs to the release line by its name: .* -> Protect/,
      ),
    ]);
    expect(found(run, 'github-environment')).toEqual([
      expect.stringMatching(/^advice: No environment of acme\/gears is limited .* \(production: any branch\)/),
    ]);
    // A run that is for production is asked for nothing of this.
    const released = await story.publish(place, { ...inputs, env: 'prod' });
    expect([found(released, 'production-token'), found(released, 'previews')]).toEqual([[], []]);
  });

  test('nothing that GitHub does not tell a job with too few permissions hides anything else', async () => {
    const refs = ['refs/heads/release/*'];
    const cogs = await host('cogs', { '.fractary/codex.yaml': config(refs) }, { visibility: 'private' });
    const previews = { 12: preview, 13: preview, 'heads/wip': preview };
    await story.edit({
      'projects/cogs/.codex-sync.json': JSON.stringify({ version: 2, documents: {}, source, previews }),
    });
    const permissions = { contents: 'read' } as const;
    github.addToken('ghs_few', { [cogs.fullName]: 'read' }, { kind: 'installation', permissions });
    const few = { mode: 'doctor', 'project-token': 'ghs_few', 'use-cache': false };

    const run = await cogs.publish(few);
    expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { conclusion: 'listed' } });
    expectTold(run);
    const refused = '403: Resource not accessible by integration';
    expect(found(run, 'previews')).toEqual([
      'warning: GitHub does not answer about pull requests, so their previews in test may stay although they are merged or closed: ' +
        '#12, #13. -> Give "project-token" the permission "pull-requests: read".',
    ]);
    expect(found(run, 'github-environment')).toEqual([
      `not-looked-at: Not checked: GitHub does not list the environments of acme/cogs (${refused}). -> ` +
        'Give "project-token" the permission "actions: read".',
    ]);
    expect(found(run, 'release-line').slice(1)).toEqual([
      expect.stringMatching(/^warning: Every user who may push to acme\/cogs can create and move tags/),
      expect.stringMatching(
        /^warning: release\/\* is not protected: no such branch exists yet, and no ruleset applies to one\./,
      ),
    ]);

    github.addToken('ghs_none', { [cogs.fullName]: 'read' }, { kind: 'installation', permissions: {} });
    github.fault({ match: /cogs\/rulesets/, status: 403, body: { message: 'Upgrade to GitHub Pro' } });
    await story.edit({ 'projects/cogs/.codex-sync.json': JSON.stringify({ version: 2, documents: {}, source }) });
    const blind = await cogs.publish({ ...few, 'project-token': 'ghs_none' });
    github.clearFaults();
    expect(blind).toMatchObject({ exitCode: 0, annotations: [] });
    expect(found(blind, 'release-line').slice(1)).toEqual([
      expect.stringMatching(
        /^not-looked-at: .* rulesets of acme\/cogs \(403: Upgrade to GitHub Pro\), so it is not known who may create tags\. -> /,
      ),
      `not-looked-at: Not checked: GitHub does not list the branches of acme/cogs (${refused}), so it is not known which are protected. -> ` +
        'Give "project-token" the permission "contents: read".',
    ]);
    expect(found(blind, 'previews')).toEqual([
      expect.stringMatching(
        /^advice: GitHub does not answer about pull requests, and test has no preview of one\. -> /,
      ),
    ]);
  });

  test('the configuration on disk is looked at where GitHub does not tell the merged one', async () => {
    const place = await checkoutProject(github, widgets.fullName);
    await place.git('checkout', '--quiet', '-b', 'unmerged');
    await place.write('.fractary/codex.yaml', config(['refs/heads/unmerged']));
    await place.commit('Configure');
    await place.push('unmerged');
    github.fault({ match: /graphql/, status: 403, body: { message: 'Resource not accessible' } });
    const dispatch = { event: 'workflow_dispatch', ref: 'refs/heads/unmerged' };
    const run = await story.publish(place, { mode: 'doctor', 'use-cache': false }, dispatch);
    github.clearFaults();
    expect(run).toMatchObject({ exitCode: 0, annotations: [] });
    expect(found(run, 'configuration')).toEqual([
      expect.stringContaining('ok: .fractary/codex.yaml is read.'),
      expect.stringMatching(
        /^warning: GitHub does not return the configuration of the default branch .* -> Give the token/,
      ),
    ]);
  });
});

const preview = { commit: 'c'.repeat(40), date: '2026-06-01T00:00:00Z', documents: {} };
const source = { repository: 'acme/cogs', directory: '.' };
