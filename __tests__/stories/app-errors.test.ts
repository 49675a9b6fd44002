import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { employApps, installation, key, read, secretLines, strangeKey, used } from '../support/acting-app.ts';
import type { AppOptions } from '../support/github-apps.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { printed } from '../support/secrets.ts';
import { QUESTION, useStory } from '../support/story.ts';

const story = await useStory();
const { github, host } = story;
const { register, act } = employApps(story);

describe('one clear sentence', () => {
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const noKey = /^Input "private-key" is not the private key of a GitHub App\. Use the whole \.pem file .* for each\.$/;
  test.each<[string, GivenInputs, RegExp]>([
    [
      'no key',
      { 'private-key': '' },
      /^Input "private-key" is empty, but "app-id" is given\. Check that the secret is available here:/,
    ],
    [
      'no app',
      { 'app-id': '' },
      /^Input "private-key" is given, but "client-id" \(or "app-id"\) is empty\. Give both .*\.$/,
    ],
    ['no id', { 'app-id': 'my app' }, /^Input "app-id" is neither a client ID nor a number\. Use the client ID .*\.$/],
    ['a key as id', { 'app-id': key }, /^Input "app-id" is neither a client ID nor a number\. Use the client ID .*\.$/],
    ['a path', { 'private-key': '/home/mona/app.pem' }, noKey],
    ['half a key', { 'private-key': key.slice(0, 400) }, noKey],
    ['a damaged key', { 'private-key': key.replace(/A/g, 'B') }, noKey],
    ['a key of another kind', { 'private-key': ec.export({ type: 'pkcs8', format: 'pem' }).toString() }, noKey],
    [
      'two Apps',
      { 'client-id': 'Iv23liAbCdEf01234567' },
      /^Inputs "client-id" and "app-id" both name the GitHub App, and their values differ\. Give only "client-id"\.$/,
    ],
    ['a token too', { token: 'ghp_codex' }, /^Inputs "token" and "app-id" are both given, and only one can act .*\.$/],
  ])('and no request: %s', async (what, inputs, says) => {
    const project = await host(`input-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(), project, inputs);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
    expect([run.exitCode, run.requests.length]).toEqual([1, 0]);
    expect(secretLines(key).filter((line) => printed(run).includes(line))).toEqual([]);
  });

  test.each([
    ['an empty token', { token: '' }],
    ["another installation's token", { token: 'ghs_fromAnEarlierStep' }],
    ['a project token', { 'project-token': 'ghp_project' }],
  ])('is not owed for %s beside an App', async (what, inputs) => {
    github.addToken('ghp_project', { '*': 'read' });
    const app = register();
    const project = await host(`beside-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(app, project, inputs);
    expect(run.outputs).toMatchObject({ conclusion: 'published' });
    expect(used(run)).toEqual(app.tokens);
  });

  const { host: site } = new URL(github.apiUrl);
  const cases: [string, Partial<AppOptions>, GivenInputs, RegExp][] = [
    [
      'not installed',
      { installations: [] },
      {},
      /^GitHub App \d+ is not installed on acme, which owns acme\/codex\.acme\.com\. Let an owner of acme install it at http.*\/apps\/app-\d+, with access/,
    ],
    [
      'installed elsewhere',
      { installations: [{ ...installation, owner: 'other' }] },
      {},
      /^GitHub App \d+ is not installed on acme/,
    ],
    [
      'no access to the codex',
      { installations: [{ ...installation, repositories: ['acme/other'] }] },
      {},
      /^GitHub App \d+ is installed on acme, but has no access to acme\/codex\.acme\.com, or .* select it at http.*\/settings\/installations\/\d+\.$/,
    ],
    [
      'no such codex',
      {},
      { 'codex-repository': 'acme/nowhere' },
      /has no access to acme\/nowhere, or there is no such repository\. Check the name/,
    ],
    [
      'no permission to write',
      { installations: [{ ...installation, permissions: read }] },
      {},
      /^GitHub App \d+ lacks the permission "Contents: read and write" on acme\/codex\.acme\.com \(422: .*\)\. Give the App that permission/,
    ],
    [
      'no permission to read',
      { installations: [{ ...installation, permissions: { metadata: 'read' } }] },
      { 'dry-run': true },
      /lacks the permission "Contents: read-only"/,
    ],
    [
      'suspended',
      { installations: [{ ...installation, suspended: true }] },
      {},
      /^The installation of GitHub App \d+ on acme is suspended\. Let an owner of acme unsuspend it at http/,
    ],
    [
      'no such App',
      {},
      { 'app-id': 99 },
      new RegExp(`^GitHub App 99 does not exist on ${site}\\. Use the client ID .* on that server as "app-id"`),
    ],
  ];
  test.each(cases)('within a handful of requests: %s', async (what, more, inputs, says) => {
    const project = await host(`app-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const run = await act(register(more), project, inputs);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
    expect(run.annotations[0]?.message).not.toContain('\n');
    expect(run.log).not.toMatch(/^\s+at /m);
    expect([run.exitCode, run.outputs.conclusion, run.leftovers]).toEqual([1, 'failed', []]);
    // The first question, and what a failure is explained by.
    expect(run.requests.filter(({ method, path }) => !QUESTION.test(`${method} ${path}`)).length).toBeLessThanOrEqual(
      3,
    );
  });

  test('for a codex under the name that it had before', async () => {
    const project = await host('app-renamed', { 'docs/a.md': 'A\n' });
    github.fault({
      match: /access_tokens/,
      status: 422,
      body: { message: 'There is at least one repository missing' },
    });
    const run = await act(register(), project);
    const says =
      /^GitHub creates no token of GitHub App \d+ for acme\/codex\.acme\.com \(422: There is .*\)\. Was the repository renamed\?/;
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
  });

  test.each([
    ['a fetch', /GET .*codex.*upload-pack/],
    ['a push', /GET .*codex.*receive-pack/],
  ])('for an App that is uninstalled while a run is at %s', async (what, match) => {
    const app = register();
    const project = await host(`app-uninstalled-${what.replace(/\W/g, '')}`, { 'docs/a.md': 'A\n' });
    const meanwhile = async () => {
      github.revokeToken(app.tokens[0] ?? '');
      app.installations = [];
    };
    github.fault({ match, meanwhile });
    const run = await act(app, project);
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringContaining('is not installed on acme') }]);
  });

  test('for the key of another App', async () => {
    const project = await host('app-otherkey', { 'docs/a.md': 'A\n' });
    const run = await act(register(), project, { 'private-key': strangeKey() });
    const says =
      /^127\.0\.0\.1:\d+ does not accept the private key of GitHub App \d+ \(401: .*\)\. The key in "private-key" is another App's/;
    expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(says) }]);
  });
});
