import type { Agent } from 'node:http';
import { HttpClient } from '@actions/http-client';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import fetch from 'minipass-fetch';
import { CodexSyncError } from '../errors.ts';
import { type AppKey, basicAuthorization } from '../inputs/readers.ts';
import { askOnce } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { hasStatus } from './failures.ts';
import { addRetries, type Backoff } from './retries.ts';

export type Client = Octokit;

const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const MAX_REDIRECTS = 5;

export interface Connection extends Backoff {
  readonly apiUrl: string;
  readonly debug: (line: string) => void;
}

/**
 * Sends a request through the runner's proxy, if any, with a deadline. Reads the answer to its end, because Octokit
 * would accept a truncated one as an answer without the missing fields. Follows no redirect, which could carry the
 * token to another server. Uses Node's HTTP: its `fetch` compiles a WebAssembly parser, which costs a tenth of a second
 * and 20 MB.
 */
async function fetchWithDeadline(url: string, init: RequestInit): Promise<Response> {
  // A request may have a shorter deadline of its own.
  const signal = AbortSignal.any([
    AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS),
    ...(init.signal ? [init.signal] : []),
  ]);
  const response = await fetch(url, { ...init, redirect: 'manual', agent: agentFor(url), signal });
  const text = await response.text();
  if (JSON_TYPE.test(typeOf(response))) JSON.parse(text || 'null');
  const { status, statusText, headers } = response;
  // Octokit's pagination reads the URL of an answer.
  return new fetch.Response(text || null, { status, statusText, headers, url: response.url });
}

/** Keeps connections to a server, through the proxy in the runner's variables. */
const agentFor = askOnce(
  (url: string) => new URL(url).origin,
  (url): Agent => new HttpClient(undefined, [], { keepAlive: true }).getAgent(url),
);

const JSON_TYPE = /^application\/json/;
const API_TYPES = /^application\/(?:json|vnd\.github\.)/;

function typeOf({ headers }: Response): string {
  return headers.get('content-type') ?? '';
}

/**
 * Sends requests to the API only: a redirect or a next page on another server would receive the token. The API answers
 * in JSON or in its own media types; a page of a proxy or a log-in is no answer.
 */
function createFetchApi(apiUrl: string) {
  const { origin, host } = new URL(apiUrl);
  return async (url: string, init: RequestInit): Promise<Response> => {
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      if (new URL(target).origin !== origin) throw leadsElsewhere(host, target);
      const response = await fetchWithDeadline(target, init);
      if (!isRedirect(response)) {
        if (response.ok && response.status !== 204 && !API_TYPES.test(typeOf(response)))
          throw new Error('an answer that is not JSON');
        return response;
      }
      // "The request should be repeated verbatim": the old name of a repository leads to its number.
      const location = response.headers.get('location') ?? '';
      if (location === '' || !URL.canParse(location, target)) throw unusable(host, 'a redirect to nowhere');
      target = new URL(location, target).href;
    }
    throw unusable(host, 'redirects without end');
  };
}

/** 304 answers a conditional request. */
function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function leadsElsewhere(host: string, target: string): CodexSyncError {
  return new CodexSyncError(
    'remote-failed',
    `An answer of GitHub's API (${host}) leads to another server, ${printable(new URL(target).origin, 200)}, and no token is sent there.`,
    'Check for a proxy or a log-in page between this machine and GitHub, then run it again.',
  );
}

function unusable(host: string, answer: string): CodexSyncError {
  return new CodexSyncError('remote-failed', `GitHub's API (${host}) answered with ${answer}.`, `Run it again later.`);
}

/** Passes our own errors through, and checks the fields of every answer. */
function guardAnswers({ hook }: Pick<Octokit, 'hook'>): void {
  hook.error('request', (error) => {
    throw error.cause instanceof CodexSyncError ? error.cause : error;
  });
  hook.after('request', ({ status, url, data }, { method, url: asked, mediaType }) => {
    if (status !== 204 && mediaType.format !== 'raw') checkAnswer(`${method} ${asked}`, url, data);
  });
}

/** Options of a request on whose answer nothing depends: no retry, no wait for a rate limit, and a deadline. */
export function withoutWaiting(milliseconds: number) {
  return { retries: 0, waits: false, signal: AbortSignal.timeout(milliseconds) };
}

/** A client that acts with a token; after a 401 it tries once with another token, if there is one. */
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

/** A client of the GitHub App itself, which may do little more than request tokens. */
export function createAppClient({ id, privateKey }: AppKey, connection: Connection): Client {
  return connect(connection, { authStrategy: createAppAuth, auth: { appId: id, privateKey } });
}

/** Octokit with checked answers, bounded retries and bounded waits. */
function connect({ apiUrl, debug, ...backoff }: Connection, authentication: object = {}): Client {
  const client = new Octokit({
    ...authentication,
    baseUrl: apiUrl,
    userAgent: 'fractary-codex-sync',
    request: { fetch: createFetchApi(apiUrl) },
    log: { debug, info: debug, warn: debug, error: debug },
  });
  // The guard first, so that it is the innermost: a request that it refuses is not retried.
  guardAnswers(client);
  addRetries(client, backoff);
  client.hook.after('request', (response, { method, url }) => debug(`${method} ${url}: ${response.status}`));
  return client;
}

export const PAGE_SIZE = 100;

interface Page<Item> {
  readonly url: string;
  readonly data: readonly Item[];
}

/**
 * Reads all pages of a list, up to a maximum: a fault in GitHub's link to the next page could make it endless.
 * @throws CodexSyncError `remote-failed` for more pages, or for a repeated one
 */
export async function readPages<Item>(
  pages: AsyncIterable<Page<Item>>,
  list: { readonly name: string; readonly item: Shape; readonly maxPages: number },
): Promise<Item[]> {
  const items: Item[] = [];
  const beginnings = new Set<string>();
  let count = 0;
  for await (const { url, data } of pages) {
    checkItems(list.item, url, data);
    const [first] = data;
    const beginning = JSON.stringify(first);
    if (first !== undefined && beginnings.has(beginning)) throw endless(list.name, 'repeats itself');
    beginnings.add(beginning);
    count += 1;
    if (count > list.maxPages) throw endless(list.name, `does not end after ${items.length} entries`);
    items.push(...data);
  }
  return items;
}

function endless(name: string, problem: string): CodexSyncError {
  return new CodexSyncError('remote-failed', `GitHub's list of ${name} ${problem}.`, `Run it again later.`);
}

/** The token is read at each use, because some tokens expire during a run. */
export interface Credentials {
  /** A token that is valid for some minutes at least. */
  readonly tokenFor: () => Promise<string>;
  /** Replaces a token that GitHub does not accept (any more); `undefined` without a replacement. */
  readonly renew: (refused: string) => Promise<string | undefined>;
}

export function plainToken(token: string): Credentials {
  return { tokenFor: async () => token, renew: async () => undefined };
}

export type GitService = 'git-upload-pack' | 'git-receive-pack';
export type ServiceAnswer =
  /** `unknown`: without an answer. */
  | { readonly kind: 'served' | 'refused' | 'unknown' }
  /** The server does not know the token (any more). */
  | { readonly kind: 'unknown token' }
  /** The server redirects, which git does not follow: `owner/name` on this server, else an origin. */
  | { readonly kind: 'moved'; readonly movedTo: string };

/**
 * Sends git's own first request, to learn whether the server serves this token. Used after git failed, because git
 * exits alike for a token without access and for a dead network. Renews an unknown token if possible.
 * @param gitUrl the repository's URL, as git uses it
 */
export async function askService(
  gitUrl: string,
  credentials: Credentials,
  service: GitService,
): Promise<ServiceAnswer> {
  const ask = async (token: string) => {
    const headers = { authorization: `basic ${basicAuthorization(token)}` };
    return fetchWithDeadline(`${gitUrl}/info/refs?service=${service}`, { headers }).catch(() => undefined);
  };
  const token = await credentials.tokenFor().catch(() => undefined);
  if (token === undefined) return { kind: 'unknown' };
  const first = await ask(token);
  const other = first?.status === 401 ? await credentials.renew(token) : undefined;
  const answer = other === undefined ? first : await ask(other);
  const { status = 0 } = answer ?? {};
  if (status === 200) return { kind: 'served' };
  if (status === 401) return { kind: 'unknown token' };
  if (status === 403 || status === 404) return { kind: 'refused' };
  const location = status >= 300 && status < 400 ? (answer?.headers.get('location') ?? '') : '';
  if (location === '' || !URL.canParse(location, gitUrl)) return { kind: 'unknown' };
  return { kind: 'moved', movedTo: placeOf(new URL(location, gitUrl), new URL(gitUrl)) };
}

/** As long as git waits for a server that says nothing. */
const PUSH_TIMEOUT_MILLISECONDS = 60_000;

/** Sends the requests of git's own protocol for a push, over the connections of the API; without an answer `undefined`. */
export function createPushService(gitUrlNow: () => string, credentials: Credentials) {
  const send = async (path: string, init: RequestInit & { readonly headers?: Record<string, string> }) => {
    const url = `${gitUrlNow()}${path}`;
    const token = await credentials.tokenFor();
    const headers = { ...init.headers, authorization: `basic ${basicAuthorization(token)}` };
    const signal = AbortSignal.timeout(PUSH_TIMEOUT_MILLISECONDS);
    const response = await fetch(url, { ...init, headers, redirect: 'manual', agent: agentFor(url), signal });
    return { status: response.status, type: typeOf(response), body: Buffer.from(await response.arrayBuffer()) };
  };
  return {
    announce: () => send('/info/refs?service=git-receive-pack', {}).catch(() => undefined),
    push(body: Buffer) {
      const headers = {
        'content-type': 'application/x-git-receive-pack-request',
        accept: 'application/x-git-receive-pack-result',
      };
      return send('/git-receive-pack', { method: 'POST', headers, body }).catch(() => undefined);
    },
  };
}

function placeOf(to: URL, from: URL): string {
  const [, name] = /^\/([^/]+\/[^/]+?)(?:\.git)?\/info\/refs$/.exec(to.pathname) ?? [];
  return name !== undefined && to.origin === from.origin ? name : to.origin;
}

/** Returns the problem of a value, such as `key.key is null`; `undefined` for a usable one. */
export type Shape = (value: unknown) => string | undefined;

function kind(isOfKind: (value: unknown) => boolean): Shape {
  return (value) => (isOfKind(value) ? undefined : ` is ${nameOf(value)}`);
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const anything: Shape = kind((value) => typeof value === 'object' && value !== null);
const text = kind((value) => typeof value === 'string');
const nonEmptyText = kind((value) => typeof value === 'string' && value !== '');
const id = kind((value) => typeof value === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value));
const flag = kind((value) => typeof value === 'boolean');
const number = kind((value) => typeof value === 'number');
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || value === null ? undefined : shape(value);

function object(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value) => {
    const problem = Array.isArray(value) ? ' is a list' : anything(value);
    if (problem !== undefined) return problem;
    for (const [key, shape] of Object.entries(shapes)) {
      const inside = shape((value as Readonly<Record<string, unknown>>)[key]);
      if (inside !== undefined) return `.${key}${inside}`;
    }
    return undefined;
  };
}

function list(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return ` is ${nameOf(value)}`;
    for (const [index, item] of value.entries()) {
      const inside = shape(item);
      if (inside !== undefined) return `[${index}]${inside}`;
    }
    return undefined;
  };
}

const tree = object({ sha: id });
const commit = object({ sha: id, commit: object({ tree, committer: optional(object({ date: optional(text) })) }) });
const pull = object({
  ...{
    number,
    state: nonEmptyText,
    merged_at: optional(text),
    closed_at: optional(text),
    merge_commit_sha: optional(id),
  },
  head: object({ sha: id, ref: nonEmptyText, repo: optional(object({ full_name: nonEmptyText })) }),
  base: object({ ref: nonEmptyText }),
});
const installation = object({
  ...{ id: number, html_url: text, suspended_at: optional(text), permissions: anything },
  app_slug: optional(text),
});

export const ITEMS = {
  cache: object({
    key: optional(text),
    ref: optional(text),
    size_in_bytes: optional(number),
    created_at: optional(text),
  }),
  comment: object({ id: number, body: optional(text), user: optional(object({ login: nonEmptyText, id: number })) }),
  repository: object({
    ...{
      full_name: nonEmptyText,
      name: nonEmptyText,
      private: flag,
      fork: flag,
      archived: optional(flag),
      disabled: optional(flag),
    },
    ...{ default_branch: optional(text), visibility: optional(text), owner: optional(object({ login: nonEmptyText })) },
  }),
  ruleset: object({ id: number, target: optional(text), enforcement: text }),
  rule: object({ type: nonEmptyText, ruleset_id: optional(number), ruleset_source: optional(text) }),
};

/** The fields that we read of an answer, by Octokit's operation. Other answers must be an object or a list. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'GET /app': object({ html_url: text }),
  'POST /app/installations/{installation_id}/access_tokens': object({ token: nonEmptyText, expires_at: nonEmptyText }),
  'GET /repos/{owner}/{repo}': object({
    ...{
      full_name: nonEmptyText,
      default_branch: nonEmptyText,
      private: flag,
      archived: flag,
      visibility: optional(text),
    },
    disabled: optional(flag),
    permissions: optional(object({ push: optional(flag) })),
  }),
  'GET /repos/{owner}/{repo}/branches': list(object({ name: nonEmptyText, protected: flag })),
  'GET /repos/{owner}/{repo}/branches/{branch}': object({
    name: nonEmptyText,
    commit,
    protected: flag,
    protection: protection(),
  }),
  'GET /repos/{owner}/{repo}/commits': list(commit),
  'GET /repos/{owner}/{repo}/commits/{ref}': commit,
  'GET /repos/{owner}/{repo}/compare/{basehead}': object({ status: nonEmptyText }),
  'GET /repos/{owner}/{repo}/contents/{path}': (value) =>
    Array.isArray(value) ? undefined : object({ entries: optional(list(folderEntry())) })(value),
  'GET /repos/{owner}/{repo}/environments': object({ environments: optional(list(environment())) }),
  'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies': object({
    ...{ total_count: number, branch_policies: list(object({ name: optional(text), type: optional(text) })) },
  }),
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': object({ content: text }),
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': object({
    sha: id,
    tree,
    committer: object({ date: nonEmptyText }),
  }),
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': object({
    tree: list(object({ mode: nonEmptyText, type: nonEmptyText, sha: id, path: nonEmptyText })),
  }),
  'GET /repos/{owner}/{repo}/installation': installation,
  'GET /repos/{owner}/{repo}/pulls': list(pull),
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': pull,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': list(
    object({ filename: nonEmptyText, previous_filename: optional(nonEmptyText) }),
  ),
  'GET /repos/{owner}/{repo}/releases/latest': object({ tag_name: nonEmptyText }),
  'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}': object({
    rules: optional(list(object({ type: nonEmptyText }))),
    conditions: optional(object({ ref_name: optional(object({ include: refs(), exclude: refs() })) })),
  }),
  'GET /user': object({ login: nonEmptyText }),
  'GET /users/{username}': object({ id: number, type: nonEmptyText }),
  'GET /users/{username}/installation': installation,
};

function protection(): Shape {
  const checks = object({ enforcement_level: optional(text), contexts: optional(list(text)) });
  return optional(object({ enabled: optional(flag), required_status_checks: optional(checks) }));
}

function environment(): Shape {
  const policy = object({ protected_branches: flag, custom_branch_policies: flag });
  return object({ name: nonEmptyText, deployment_branch_policy: optional(policy) });
}

function refs(): Shape {
  return optional(list(text));
}

function folderEntry(): Shape {
  return object({ type: nonEmptyText, name: nonEmptyText, sha: nonEmptyText });
}

/** @throws CodexSyncError `remote-failed` when a successful answer lacks fields that its type declares */
function checkAnswer(operation: string, url: string, data: unknown): void {
  expectShape(SHAPES[operation] ?? anything, url, data);
}

function checkItems(item: Shape, url: string, data: unknown): void {
  expectShape(list(item), url, data);
}

function expectShape(shape: Shape, url: string, data: unknown): void {
  const problem = shape(data);
  if (problem === undefined) return;
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  throw new CodexSyncError(
    'remote-failed',
    `GitHub's answer to ${printable(path, 200)} cannot be used: it${problem.startsWith(' ') ? '' : ', at '}${printable(problem, 100)}.`,
    'Run it again later.',
  );
}
