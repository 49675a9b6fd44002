import type { IncomingMessage, ServerResponse } from 'node:http';
import { cleanGitEnvironment } from './git.ts';
import { accessTo, type Caller } from './github-access.ts';
import type { Repository } from './github-repositories.ts';
import { startGit } from './start-git.ts';

export const services = ['upload-pack', 'receive-pack'] as const;
export type Service = (typeof services)[number];

/** What a URL of the git host means. */
export interface GitRequest {
  fullName: string;
  service: Service;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  action: string;
  query: string;
}

/** Reads a smart HTTP URL; anything else (the dumb protocol too) is `undefined`. */
export function parseGitRequest(method: string, url: URL): GitRequest | undefined {
  const parts = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-(upload-pack|receive-pack))$/.exec(url.pathname);
  if (parts === null) return undefined;
  const [, owner = '', name = '', action = '', posted] = parts;
  const service = posted ?? url.searchParams.get('service')?.replace(/^git-/, '');
  if (method !== (posted === undefined ? 'GET' : 'POST')) return undefined;
  if (service !== 'upload-pack' && service !== 'receive-pack') return undefined;
  return { fullName: `${decodeURIComponent(owner)}/${decodeURIComponent(name)}`, service, action, query: url.search };
}

export interface Refusal {
  status: number;
  headers?: Record<string, string>;
  /** git shows text/plain bodies as `remote: …`. */
  text: string;
}

/** Why GitHub does not serve this caller; `undefined` when it does. */
export function refusalOf(repository: Repository | undefined, service: Service, caller: Caller): Refusal | undefined {
  const access = repository === undefined ? 'none' : accessTo(repository, caller);
  const enough = access === 'write' || (access === 'read' && service === 'upload-pack');
  if (caller === 'unknown' || (caller === 'anonymous' && !enough)) {
    const text = caller === 'unknown' ? 'Invalid username or token.' : 'Authentication required.';
    return { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="GitHub"' }, text };
  }
  if (repository === undefined || access === 'none') return { status: 404, text: 'Repository not found.' };
  if (!enough) {
    const who = caller !== 'anonymous' && caller.kind === 'installation' ? 'github-actions[bot]' : 'mona';
    return { status: 403, text: `Permission to ${repository.fullName}.git denied to ${who}.` };
  }
  if (repository.archived && service === 'receive-pack')
    return { status: 403, text: 'This repository was archived so it is read-only.' };
  return undefined;
}

function cgiEnvironment(root: string, repository: Repository, asked: GitRequest, request: IncomingMessage) {
  const header = (name: string) => request.headers[name]?.toString();
  const path = repository.directory.slice(root.length).replaceAll('\\', '/');
  const environment: Record<string, string | undefined> = {
    ...cleanGitEnvironment(),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: `${path}${asked.action}`,
    QUERY_STRING: asked.query.slice(1),
    CONTENT_TYPE: header('content-type'),
    // Absent for chunked bodies: http-backend then reads until the end.
    CONTENT_LENGTH: header('content-length'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    // http-backend lets only somebody with a name push, unless http.receivepack says otherwise.
    REMOTE_USER: 'x-access-token',
    REMOTE_ADDR: '127.0.0.1',
  };
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
}

/** Position and length of the empty line that ends a CGI header block. */
function headerEnd(bytes: Buffer): { at: number; length: number } | undefined {
  const [strict, loose] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')];
  if (strict >= 0 && (loose < 0 || strict < loose)) return { at: strict, length: 4 };
  return loose < 0 ? undefined : { at: loose, length: 2 };
}

interface Answer {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

/**
 * What `upload-pack` can do, as git itself said it for a repository. In version 2 of the protocol that is all that the first
 * question of a fetch is answered with: it tells nothing of what the repository holds, and a fifth of a run's processes
 * would only say it again.
 */
const advertised = new WeakMap<Repository, Answer>();

function isAdvertisement({ service, action }: GitRequest, request: IncomingMessage): boolean {
  return action === '/info/refs' && service === 'upload-pack' && request.headers['git-protocol'] === 'version=2';
}

/**
 * Serves one smart HTTP request through `git http-backend`; resolves when the backend has ended. With `mute` the work is
 * done and nothing of the answer is sent.
 */
export function serveGit(
  root: string,
  repository: Repository,
  asked: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
  mute: boolean,
): Promise<void> {
  const known = isAdvertisement(asked, request) ? advertised.get(repository) : undefined;
  if (known) {
    if (!mute) {
      for (const [name, value] of known.headers) response.setHeader(name, value);
      response.writeHead(known.status).write(known.body);
    }
    request.resume();
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const answer: Answer = { status: 200, headers: [], body: Buffer.alloc(0) };
    const child = startGit(['http-backend'], { env: cgiEnvironment(root, repository, asked, request) });
    let pending: Buffer | undefined = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (mute || response.destroyed) return;
      if (pending === undefined) {
        if (isAdvertisement(asked, request)) answer.body = Buffer.concat([answer.body, chunk]);
        // Slow readers must slow the backend down: packs do not belong in memory.
        if (!response.write(chunk)) child.stdout.pause();
        return;
      }
      pending = Buffer.concat([pending, chunk]);
      const end = headerEnd(pending);
      if (end === undefined) return;
      response.statusCode = 200;
      for (const line of pending.subarray(0, end.at).toString().split(/\r?\n/)) {
        const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else if (name !== '') {
          answer.headers.push([name, value]);
          response.setHeader(name, value);
        }
      }
      answer.body = pending.subarray(end.at + end.length);
      response.write(answer.body);
      pending = undefined;
    });
    response.on('drain', () => child.stdout.resume());
    response.on('close', () => {
      // The client went away in the middle. A push that is being applied is left to end, as a server would.
      child.stdout.resume();
      child.stdin.end();
    });
    child.ended.then(({ exitCode }) => {
      answer.status = response.statusCode;
      const isWhole = exitCode === 0 && answer.status === 200 && pending === undefined && !mute && !response.destroyed;
      if (isWhole && isAdvertisement(asked, request)) advertised.set(repository, answer);
      if (pending !== undefined && !mute && !response.headersSent) response.statusCode = 500;
      resolve();
    }, reject);
    // The backend may stop reading early, for instance when it refuses.
    child.stdin.on('error', () => request.resume());
    request.pipe(child.stdin);
  });
}
