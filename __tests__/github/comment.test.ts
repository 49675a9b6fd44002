import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, plainToken } from '../../src/github/client.ts';
import { createProjectApi } from '../../src/github/project-api.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { openPullRequest } from '../support/pull-request.ts';

const marker = '<!-- codex-sync widgets -->';
let github: LocalGitHub;
let names = 0;

beforeAll(async () => {
  github = await startGitHub();
  const any = { '*': 'write' } as const;
  github.addToken('ghs_workflow', any, { kind: 'installation' });
  github.addToken('ghs_app', any, { kind: 'installation', account: 'docs-app[bot]' });
  github.addToken('ghp_mona', any);
  github.addToken('ghp_hubot', any, { account: 'hubot' });
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

/** A pull request on which anybody may comment with a token. */
async function discuss() {
  names += 1;
  const repository = `acme/widgets-${names}`;
  await github.createRepository(repository, { files: { 'a.md': 'a\n' } });
  await github.git(repository, 'branch', 'topic', 'main');
  await openPullRequest(github, repository, { number: 1, head: 'topic' });
  const nothing = () => undefined;
  const clientOf = (token: string) =>
    createClient(plainToken(token), { apiUrl: github.apiUrl, debug: nothing, warn: nothing });
  return {
    /** Without Octokit, which lets three seconds pass between two comments. */
    async say(token: string, words: string) {
      const headers = { authorization: `token ${token}` };
      const url = `${github.apiUrl}/repos/${repository}/issues/1/comments`;
      const body = JSON.stringify({ body: `${marker}\n${words}` });
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    },
    async save(token: string, words: string, begins = true) {
      const before = github.requests.length;
      const api = createProjectApi(clientOf(token), repository, token);
      const saved = await api.trySaveComment(1, marker, `${marker}\n${words}`, begins);
      return { saved, requests: github.requests.slice(before).map(({ method, path }) => `${method} ${path}`) };
    },
    comments: () =>
      github.repository(repository).comments.map(({ user, body }) => `${user.login}: ${body.split('\n').at(-1)}`),
  };
}

test.each([
  ['the workflow', 'ghs_workflow', 'github-actions[bot]', false],
  ['an App', 'ghs_app', 'docs-app[bot]', true],
  ['a person', 'ghp_hubot', 'hubot', true],
])("the comment of %s is updated in place; somebody else's that begins alike stays as it is", async (...given) => {
  const [, token, login, asks] = given;
  const { say, save, comments } = await discuss();
  await say('ghp_mona', 'By Mona');
  await say(token, 'One');
  const { saved, requests } = await save(token, 'Two');
  expect(saved).toBe(true);
  expect(comments()).toEqual(['mona: By Mona', `${login}: Two`]);
  // Who the token acts for is asked only in doubt.
  expect(requests.includes('POST /api/graphql')).toBe(asks);
});

test('where only others began a comment so, another one is begun, if it may be', async () => {
  const { say, save, comments } = await discuss();
  await say('ghp_mona', 'By Mona');
  await say('ghs_workflow', 'Of the bot');
  expect((await save('ghp_hubot', 'Not yet', false)).saved).toBe(true);
  const before = ['mona: By Mona', 'github-actions[bot]: Of the bot'];
  expect(comments()).toEqual(before);
  expect((await save('ghp_hubot', 'By Hubot')).saved).toBe(true);
  expect(comments()).toEqual([...before, 'hubot: By Hubot']);
});

test('nothing is written where GitHub does not say who the token acts for', async () => {
  const { say, save, comments } = await discuss();
  await say('ghp_mona', 'By Mona');
  github.fault({ match: /graphql/, status: 200, body: { data: { viewer: null } } });
  expect((await save('ghp_hubot', 'One')).saved).toBe(false);
  expect(comments()).toEqual(['mona: By Mona']);
});
