import type { Agent } from 'node:http';
import { HttpClient } from '@actions/http-client';
import { createAppAuth } from '@octokit/auth-app';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import fetch from 'minipass-fetch';
import type { AppKey } from '../request/app-key.ts';
import type { Credentials } from './credentials.ts';
import { hasStatus } from './failures.ts';

export type Client = InstanceType<typeof Bounded>;

const Bounded = Octokit.plugin(retry, throttling);

/** A rate limit is waited out at most this often and this long; then the run says so and ends. */
const MOST_WAITS = 2;
const LONGEST_WAIT_SECONDS = 60;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;

export interface Connection {
  readonly apiUrl: string;
  readonly debug: (line: string) => void;
  readonly warn: (line: string) => void;
  /** How long a rate limit is waited out at most; a minute, unless told. */
  readonly longestWaitSeconds?: number;
}

/**
 * Asks by way of the runner's proxy, where it has one; no request hangs. The answer is read to its end here: Octokit would
 * take one that broke off for an answer without the fields that are missing.
 *
 * On Node's own HTTP: its `fetch` reads HTTP with a program in WebAssembly, and to compile that for a handful of requests
 * takes a tenth of a second and some 20 MB.
 */
export async function fetchWithDeadline(url: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS);
  const response = await fetch(url, { ...init, agent: agentFor(url), signal });
  const text = await response.text();
  if (JSON_TYPE.test(typeOf(response))) JSON.parse(text || 'null');
  const { status, statusText, headers } = response;
  // Octokit's pagination looks at where an answer came from.
  return new fetch.Response(text || null, { status, statusText, headers, url: response.url });
}

const agents = new Map<string, Agent>();

/** Keeps the connections to a server, by way of the proxy that the runner's variables name for it. */
function agentFor(url: string): Agent {
  const { origin } = new URL(url);
  const known = agents.get(origin) ?? new HttpClient(undefined, [], { keepAlive: true }).getAgent(origin);
  agents.set(origin, known);
  return known;
}

const JSON_TYPE = /^application\/json/;
const API_TYPES = /^application\/(?:json|vnd\.github\.)/;

function typeOf({ headers }: Response): string {
  return headers.get('content-type') ?? '';
}

/** The API answers in JSON, or in a type of its own: a page of something on the way (a proxy, a log-in) is no answer. */
async function fetchApi(url: string, init: RequestInit): Promise<Response> {
  const response = await fetchWithDeadline(url, init);
  if (response.ok && response.status !== 204 && !API_TYPES.test(typeOf(response)))
    throw new Error('an answer that is not JSON');
  return response;
}

/** A client that acts with a token; where GitHub does not know it (401), once more with another, if there is one. */
export function createClient(credentials: Credentials, connection: Connection): Client {
  const client = connect(connection);
  client.hook.wrap('request', async (request, options) => {
    const ask = (token: string) => {
      options.headers.authorization = `token ${token}`;
      return request(options);
    };
    const token = await credentials.tokenFor();
    try {
      return await ask(token);
    } catch (error) {
      const other = hasStatus(error, 401) ? await credentials.renew(token) : undefined;
      if (other === undefined) throw error;
      return ask(other);
    }
  });
  return client;
}

/** A client that acts as a GitHub App itself, which may do little more than ask for tokens. */
export function createAppClient({ id, privateKey }: AppKey, connection: Connection): Client {
  return connect(connection, { authStrategy: createAppAuth, auth: { appId: id, privateKey } });
}

/**
 * Octokit with bounded patience: server errors are tried again three times (after 1, 4 and 9 seconds), rate limits are
 * waited out within bounds, answers that will not change (401, 403, 404, 422) are final at once.
 */
function connect(
  { apiUrl, debug, warn, longestWaitSeconds = LONGEST_WAIT_SECONDS }: Connection,
  authentication: object = {},
): Client {
  const wait = (what: string) => (seconds: number, _options: object, _octokit: object, waits: number) => {
    const again = waits < MOST_WAITS && seconds <= longestWaitSeconds;
    if (again) warn(`GitHub's ${what} is reached: waiting ${seconds} seconds.`);
    return again;
  };
  const client = new Bounded({
    ...authentication,
    baseUrl: apiUrl,
    userAgent: 'fractary-codex-sync',
    request: { fetch: fetchApi },
    throttle: { onRateLimit: wait('rate limit'), onSecondaryRateLimit: wait('secondary rate limit') },
    log: { debug, info: debug, warn: debug, error: debug },
  });
  client.hook.after('request', (response, { method, url }) => debug(`${method} ${url}: ${response.status}`));
  return client;
}
