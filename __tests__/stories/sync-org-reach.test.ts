import { describe, expect, test } from '@jest/globals';
import { asked, employApps, key, write } from '../support/acting-app.ts';
import { commits } from '../support/codex.ts';
import { failuresOf, found, orgToken, projectsOf } from '../support/organization.ts';
import { codex, expectRefused, messages, QUESTION, useStories } from '../support/story.ts';

const startStory = useStories();
const start = async () => found(await startStory());
const one = { 'docs/a.md': 'a\n' };

/** What the server is asked for a repository that its answer about the batch does not show. */
const about = (name: string) => new RegExp(`/repos/acme/${name}/branches/`);
/** The question about a batch: the first one of a run is about the codex. */
const questionOfBatch = (number: number) => ({ match: QUESTION, skip: number });

/** GitHub's answer without a repository. */
const without = (name: string) => (answer: unknown) => {
  const { data } = answer as { data: Record<string, { nameWithOwner?: string } | null> };
  return { data: Object.fromEntries(Object.entries(data).filter(([, one]) => one?.nameWithOwner !== `acme/${name}`)) };
};

describe('a repository that cannot be read', () => {
  test.concurrent('because it vanished, or nobody gave access, fails alone', async () => {
    const { add, syncOrg, github, unlike } = await start();
    for (const name of ['alpha', 'beta', 'gone', 'zeta']) await add(name, one);
    // Seen in the list, since it is public, but its content refuses whoever asks.
    await add('refused', one);
    github.fault({
      ...questionOfBatch(1),
      meanwhile: () => github.deleteRepository('acme/gone'),
      tamper: without('refused'),
    });
    github.fault({ match: about('refused'), status: 403, body: { message: 'Resource protected by SAML' }, times: 9 });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'failed', succeeded: '3', failed: '2' });
    expect(failuresOf(run)).toEqual({
      gone: expect.stringContaining(
        'Repository acme/gone does not exist, or the token in "token" may not see it (404)',
      ),
      refused: expect.stringMatching(/403: Resource protected by SAML.*"Contents: read-only"/),
    });
    expect(await unlike(['alpha', 'beta', 'zeta'])).toEqual([]);
  });

  test.concurrent('in git alone, after three tries', async () => {
    const { add, syncOrg, github } = await start();
    for (const name of ['alpha', 'beta']) await add(name, { 'docs/a.md': `of ${name}\n` });
    github.fault({ match: /acme\/beta\/info\/refs/, status: 500, times: 9 });
    const run = await syncOrg();
    expect(failuresOf(run)).toEqual({ beta: expect.stringContaining('Fetching from acme/beta failed 3 times') });
    expect(projectsOf(run).alpha?.changed).toBe(true);
  });
});

test.concurrent('repositories that single sign-on hides from the token are said to be missing', async () => {
  const { add, syncOrg, github } = await start();
  await add('alpha', one);
  github.fault({
    match: /GET .*\/orgs\/acme\/repos/,
    headers: { 'X-GitHub-SSO': 'partial-results; organizations=21955855,20582480' },
  });
  const run = await syncOrg();
  expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '1' });
  expect(messages(run, 'warning')).toEqual([expect.stringMatching(/single sign-on.*they are missing here/)]);
  expect(messages(await syncOrg(), 'warning')).toEqual([]);
});

describe('a token that ends in the middle', () => {
  test.concurrent('ends the run, which says what landed; the next one goes on', async () => {
    const { addMany, syncOrg, github, unlike, subjects } = await start();
    const names = await addMany('doc', 24);
    github.fault({ ...questionOfBatch(2), meanwhile: async () => github.revokeToken(orgToken) });
    // One after the other: what follows the 21st is not even asked for.
    const run = await syncOrg({ parallel: 1 });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', succeeded: '20', failed: '4' } });
    expect(messages(run, 'error')).toEqual([
      expect.stringMatching(
        /^GitHub does not accept the token in "token" \(401 .*\nThe run ended there, when 20 of 24 repositories were done: their published documents stay\. Run it again to continue\.$/s,
      ),
    ]);
    expect(await unlike(names.slice(0, 20))).toEqual([]);
    expect(run.requests.filter(({ path }) => path.includes('/doc-022/'))).toEqual([]);
    expect(failuresOf(run)['doc-024']).toBe('Not read: the run stopped before it.');
    github.addToken(
      orgToken,
      Object.fromEntries([codex, ...names.map((name) => `acme/${name}`)].map((name) => [name, 'write'])),
    );
    expect((await syncOrg()).outputs).toMatchObject({ conclusion: 'published', succeeded: '24' });
    expect(await unlike(names)).toEqual([]);
    expect(await subjects()).toHaveLength(24);
  });

  test.concurrent('of an App is renewed: made for reading everything, and for writing the codex alone', async () => {
    const story = await start();
    const { addMany, syncOrg, github, unlike } = story;
    const names = await addMany('doc', 24);
    const app = employApps(story).register({
      installations: [{ owner: 'acme', permissions: { ...write, pull_requests: 'write' } }],
    });
    github.fault({
      ...questionOfBatch(2),
      meanwhile: async () => {
        for (const token of app.tokens) github.revokeToken(token);
      },
    });
    const run = await syncOrg({ token: '', 'app-id': app.id, 'private-key': key });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', succeeded: '24', failed: '0' } });
    expect(await unlike(names)).toEqual([]);
    const made = asked(run).map((body) => JSON.stringify(body));
    expect([...new Set(made)].sort()).toEqual([
      '{"permissions":{"contents":"read","metadata":"read","pull_requests":"read"}}',
      '{"repositories":["codex.acme.com"],"permissions":{"contents":"write","metadata":"read"}}',
    ]);
    expect(made.length).toBeLessThanOrEqual(4);
    for (const token of app.tokens) expect(run.log).not.toContain(token);
    // All commits are its bot's, which is looked up once.
    const published = (await commits(github, codex, 'test')).slice(0, 24);
    expect(new Set(published.map(({ author }) => author.split(' <')[0]))).toEqual(new Set([`${app.slug}[bot]`]));
    expect(run.requests.filter(({ path }) => path.includes(app.slug))).toHaveLength(1);
  });
});

describe('a rate limit', () => {
  test.concurrent('is waited out, and shown', async () => {
    const { add, syncOrg, github } = await start();
    for (const name of ['alpha', 'beta']) await add(name, one);
    github.fault({ ...questionOfBatch(1), status: 502 });
    const reset = () => `${Math.ceil(Date.now() / 1000) + 2}`;
    github.fault({
      match: about('beta'),
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset() },
      body: { message: 'API rate limit exceeded' },
    });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '2' });
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(/^GitHub's rate limit is reached: waiting \d+ seconds\.$/),
    ]);
  });
});

describe('whose repositories', () => {
  test.concurrent("are another organization's, where that is said; what nobody knows is an error", async () => {
    const { syncOrg, github, documents } = await start();
    await github.createRepository('globex/rockets', { files: one, visibility: 'public' });
    const run = await syncOrg({ organization: 'globex', 'allow-public': true });
    expect(run.outputs).toMatchObject({ conclusion: 'published', succeeded: '1' });
    expect(Object.keys(await documents('rockets'))).toEqual(['docs/a.md']);
    expectRefused(await syncOrg({ organization: 'nobody-here' }), 'no organization or user "nobody-here"');
  });

  test.concurrent("are a user's own, private ones too", async () => {
    const { syncOrg, github } = await start();
    github.addAccount({ login: 'mona', type: 'User' });
    await github.createRepository('mona/private', { files: one, visibility: 'private' });
    await github.createRepository('mona/public', { files: one, visibility: 'public' });
    github.addToken('ghp_mona', { [codex]: 'write', 'mona/private': 'write' }, { account: 'mona' });
    const mine = await syncOrg({ organization: 'mona', token: 'ghp_mona' });
    expect(Object.keys(projectsOf(mine))).toEqual(['private', 'public']);
    const seen = await syncOrg({ organization: 'mona', 'dry-run': true });
    expect(Object.keys(projectsOf(seen))).toEqual(['public']);
  });

  test.concurrent('are chosen by globs, of which one that matches nothing is told', async () => {
    const { add, syncOrg } = await start();
    for (const name of ['doc-a', 'doc-b', 'tool', '.github']) await add(name, one);
    const run = await syncOrg({ repositories: 'doc-*\n.git*\nnothing-*', 'exclude-repositories': '*-b' });
    expect(Object.keys(projectsOf(run))).toEqual(['.github', 'doc-a']);
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('No repository is called "nothing-*"')]);
    expect(JSON.parse(run.outputs.result ?? '')['left-out-by-name']).toEqual(['codex.acme.com', 'doc-b', 'tool']);
  });
});
