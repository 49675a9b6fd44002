import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from '../../src/github/client.ts';
import { createAppCredentials, readAppBot } from '../../src/github/credentials.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import type { App } from '../support/github-apps.ts';
import { formsOf } from '../support/secrets.ts';

const repository = 'acme/codex.acme.com';
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const minute = 60_000;
let github: LocalGitHub;
let ids = 0;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(repository);
});
afterAll(async () => {
  await github.close();
  expect([github.violations, github.undocumented]).toEqual([[], []]);
});

/** Credentials of an App of their own, with a clock that a test can put forward. */
function open() {
  ids += 1;
  const permissions = { contents: 'write', metadata: 'read' } as const;
  const app: App = github.addApp({ id: ids, privateKey, installations: [{ owner: 'acme', permissions }] });
  const clock = { minutes: 0 };
  const secrets: string[] = [];
  const nothing = () => undefined;
  const credentials = createAppCredentials(
    { id: `${ids}`, input: 'app-id', privateKey },
    { owner: 'acme', name: 'codex.acme.com', access: 'write' },
    {
      apiUrl: github.apiUrl,
      debug: nothing,
      warn: nothing,
      secret: (text) => secrets.push(text),
      now: () => new Date(Date.now() + clock.minutes * minute),
    },
  );
  return { ...credentials, app, clock, secrets };
}

test('nothing is asked before a token is needed, and one serves for as long as it is good', async () => {
  const { tokenFor, app, clock, secrets } = open();
  expect(app.tokens).toEqual([]);
  const first = await tokenFor();
  clock.minutes = 54;
  expect(await tokenFor()).toBe(first);
  expect(app.tokens).toEqual([first]);
  expect(secrets).toEqual(formsOf(first));
});

test('with less than five minutes left there is a new one, secret before anybody has it', async () => {
  const { tokenFor, app, clock, secrets } = open();
  const first = await tokenFor();
  clock.minutes = 56;
  const second = await tokenFor();
  expect(second).not.toBe(first);
  expect(app.tokens).toEqual([first, second]);
  expect(secrets).toEqual([first, second].flatMap(formsOf));
});

test('who asks at once gets the same token, at first and at a renewal', async () => {
  const { tokenFor, renew, app, clock } = open();
  const all = () => Promise.all([tokenFor(), tokenFor(), tokenFor()]);
  const [first = ''] = await all();
  clock.minutes = 56;
  await all();
  expect(app.tokens).toHaveLength(2);
  clock.minutes = 0;
  const second = app.tokens[1] ?? '';
  const renewed = await Promise.all([renew(second), renew(second), renew(first)]);
  expect(app.tokens).toHaveLength(3);
  expect(renewed.slice(0, 2)).toEqual([app.tokens[2], app.tokens[2]]);
});

test('a token that was refused is replaced only while it is the one in use', async () => {
  const { tokenFor, renew, app } = open();
  const first = await tokenFor();
  const second = await renew(first);
  expect(await renew(first)).toBe(second);
  expect(await tokenFor()).toBe(second);
  expect(app.tokens).toEqual([first, second]);
});

test('a failure is not remembered', async () => {
  const { tokenFor, app } = open();
  github.fault({ match: /access_tokens/, status: 403, body: { message: 'No' } });
  const both = await Promise.allSettled([tokenFor(), tokenFor()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await tokenFor()).toBe(app.tokens[0]);
});

test('the bot has the address by which its own server knows it, and no name that git would read as something else', async () => {
  const credentials = open();
  const nothing = () => undefined;
  const client = createClient(credentials, { apiUrl: github.apiUrl, debug: nothing, warn: nothing });
  const slug = await credentials.slug();
  expect(slug).toBe(credentials.app.slug);
  const { name, email } = await readAppBot(slug, client, 'https://github.com');
  expect(name).toBe(`${slug}[bot]`);
  expect(email).toMatch(new RegExp(`^\\d+\\+${slug}\\[bot\\]@users\\.noreply\\.github\\.com$`));
  expect((await readAppBot(slug, client, 'https://ghe.acme.com:8443')).email).toMatch(
    /@users\.noreply\.ghe\.acme\.com$/,
  );
  for (const odd of [undefined, '', 'two words', 'a> <b@c.d', 'a\nb', '../acme']) {
    await expect(readAppBot(odd, client, 'https://github.com')).rejects.toThrow('no name of the App');
  }
});

test('no publication waits for its bot: not for an answer, and not for a rate limit', async () => {
  const credentials = open();
  const warnings: string[] = [];
  const toGitHub = { apiUrl: github.apiUrl, debug: () => undefined, warn: (line: string) => warnings.push(line) };
  const slug = await credentials.slug();
  const asked = Date.now();

  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const unheard = createClient(credentials, { ...toGitHub, apiUrl });
  await expect(readAppBot(slug, unheard, 'https://github.com', 100)).rejects.toThrow('no answer in time');
  silent.closeAllConnections();
  silent.close();

  const client = createClient(credentials, toGitHub);
  const limits = [
    { headers: { 'retry-after': '5' }, message: 'You have exceeded a secondary rate limit.' },
    {
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(asked / 1000) + 5}` },
      message: 'No.',
    },
  ];
  for (const { headers, message } of limits) {
    github.fault({ match: /GET .*\/users\//, status: 403, headers, body: { message } });
    await expect(readAppBot(slug, client, 'https://github.com')).rejects.toThrow(message);
  }
  expect(Date.now() - asked).toBeLessThan(1500);
  expect(warnings).toEqual([]);
});
