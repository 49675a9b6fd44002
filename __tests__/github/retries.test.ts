import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, createClient, plainToken, withoutWaiting } from '../../src/github/client.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const OK: Answer = { status: 200 };
const broken: Answer = { status: 503 };
const inSeconds = (seconds: number) => `${Math.floor(Date.now() / 1000) + seconds}`;
const secondary = (after?: string): Answer => ({
  status: 403,
  body: { message: 'You have exceeded a secondary rate limit.' },
  ...(after && { headers: { 'retry-after': after } }),
});
const spent = (seconds: number): Answer => ({
  status: 403,
  body: { message: 'API rate limit exceeded.' },
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(seconds) },
});

let answers: Answer[] = [];
let asked = 0;
let slept: number[] = [];
const warnings: string[] = [];
const server: Server = createServer((_, response) => {
  asked += 1;
  const { status, headers = {}, body = {} } = answers.shift() ?? OK;
  if (status === 0) response.destroy();
  else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
});
let client: Client;

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [answers, asked, slept] = [[], 0, []];
  warnings.length = 0;
  client = createClient(plainToken('x'), {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    debug: () => {},
    warn: (line) => void warnings.push(line),
    sleep: async (milliseconds) => void slept.push(Math.round(milliseconds / 100) / 10),
  });
});

const ask = (request = {}) =>
  client.rest.meta.get({ request }).then(
    () => 'answered',
    (error) => error.status,
  );

describe('a question', () => {
  test.each<[what: string, given: () => Answer[], outcome: 'answered' | number, slept: number[]]>([
    ['that is answered is asked once, without a wait', () => [OK], 'answered', []],
    ['that fails is asked again after 1, 4 and 9 seconds', () => [broken, broken, broken], 'answered', [1, 4, 9]],
    ['that fails four times has failed', () => [broken, broken, broken, broken], 503, [1, 4, 9]],
    ['whose answer is lost is asked again', () => [{ status: 0 }], 'answered', [1]],
    ['with a final answer is not asked again', () => [{ status: 404 }], 404, []],
    ['that may not be asked is not asked again', () => [{ status: 403 }], 403, []],
    ['that meets the secondary limit waits as long as GitHub says', () => [secondary('7')], 'answered', [7]],
    ['that meets it without a time waits for a minute', () => [secondary()], 'answered', [60]],
    ['that meets it for longer than a minute fails', () => [secondary('61')], 403, []],
    ['that meets it a third time fails', () => [secondary('1'), secondary('1'), secondary('1')], 403, [1, 1]],
    ['that meets a limit of 429 waits as well', () => [{ ...secondary('2'), status: 429 }], 'answered', [2]],
    ['that meets an unnamed 429 is asked again', () => [{ status: 429 }], 'answered', [1]],
    [
      'waits and is asked again, each with its own count',
      () => [secondary('1'), broken, broken],
      'answered',
      [1, 1, 4],
    ],
  ])('%s', async (_, given, outcome, waited) => {
    answers = given();
    const failures = answers.filter(({ status }) => status !== OK.status).length;
    expect(await ask()).toBe(outcome);
    expect({ asked, slept }).toEqual({ asked: failures + (outcome === 'answered' ? 1 : 0), slept: waited });
  });

  test('that meets the rate limit waits until it is reset, and a second more', async () => {
    answers = [spent(20)];
    expect(await ask()).toBe('answered');
    expect(slept[0]).toBeGreaterThan(19);
    expect(slept[0]).toBeLessThanOrEqual(21);
    expect(warnings).toEqual([expect.stringMatching(/^GitHub's rate limit is reached: waiting 2[01] seconds\.$/)]);
  });

  test('on whose answer nothing depends does not wait', async () => {
    for (const answer of [broken, secondary('1'), spent(1)]) {
      answers = [answer];
      expect(await ask(withoutWaiting(5000))).toBe(answer.status);
    }
    expect({ asked, slept }).toEqual({ asked: 3, slept: [] });
  });
});

describe('a GraphQL question', () => {
  const question = () =>
    client.graphql('{ viewer { login } }').then(
      () => 'answered',
      (error: Error) => error.message,
    );

  test('that meets the limit in an answer of 200 waits for it', async () => {
    const limited = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] };
    answers = [{ status: 200, body: limited, headers: { 'x-ratelimit-reset': inSeconds(5) } }];
    expect(await question()).toBe('answered');
    expect(slept).toHaveLength(1);
  });

  test('on which the server fails is asked again', async () => {
    answers = [{ status: 200, body: { errors: [{ message: 'Something went wrong while executing your query.' }] } }];
    expect(await question()).toBe('answered');
    expect(slept).toEqual([1]);
  });

  test('with another error has its answer, and changes nothing, so that it waits for no turn', async () => {
    answers = [{ status: 200, body: { errors: [{ type: 'NOT_FOUND', message: 'no such repository' }] } }];
    expect(await question()).toContain('no such repository');
    expect(await question()).toBe('answered');
    expect({ asked, slept }).toEqual({ asked: 2, slept: [] });
  });
});

test('requests that change something are a second apart', async () => {
  const write = () => client.rest.git.createRef({ owner: 'acme', repo: 'codex', ref: 'refs/heads/test', sha: 'a' });
  await Promise.all([write(), write(), write()]);
  expect(asked).toBe(3);
  expect(slept).toEqual([1, 2]);
});
