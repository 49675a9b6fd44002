import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { cleanGitEnvironment } from './git.ts';
import { accessTo, type Caller } from './github-access.ts';
import type { Repository } from './github-repositories.ts';
import { startGit } from './start-git.ts';

const services = ['upload-pack', 'receive-pack'] as const;
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

/** What a request asks of the service, as `git http-backend` would: one call of it, with no process between. */
function serviceCall(repository: Repository, { service, action }: GitRequest, protocol: string | undefined) {
  const advertises = action === '/info/refs';
  const env = { ...cleanGitEnvironment(), ...(protocol !== undefined && { GIT_PROTOCOL: protocol }) };
  const options = ['--stateless-rpc', ...(advertises ? ['--http-backend-info-refs'] : [])];
  return { args: [service, ...options, repository.directory], env };
}

/** What stands before the advertisement of every version of the protocol but the second. */
function preamble({ service, action }: GitRequest, protocol: string | undefined): string {
  if (action !== '/info/refs' || protocol === 'version=2') return '';
  const line = `# service=git-${service}\n`;
  return `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
}

/**
 * What `upload-pack` can do, as git itself said it for a repository. In version 2 of the protocol that is all that the first
 * question of a fetch is answered with: it tells nothing of what the repository holds, and a fifth of a run's processes
 * would only say it again.
 */
const advertised = new WeakMap<Repository, Buffer>();

/**
 * Serves one smart HTTP request; resolves when git has ended. With `mute` the work is done and nothing of the answer is
 * sent.
 */
export async function serveGit(
  repository: Repository,
  asked: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
  mute: boolean,
): Promise<void> {
  const protocol = request.headers['git-protocol']?.toString();
  const isAdvertisement = asked.action === '/info/refs';
  const isKnowable = isAdvertisement && asked.service === 'upload-pack' && protocol === 'version=2';
  if (!mute) {
    response.setHeader(
      'Content-Type',
      `application/x-git-${asked.service}-${isAdvertisement ? 'advertisement' : 'result'}`,
    );
    response.setHeader('Cache-Control', 'no-cache, max-age=0, must-revalidate');
  }
  const known = isKnowable ? advertised.get(repository) : undefined;
  if (known) {
    if (!mute) response.write(known);
    request.resume();
    return;
  }
  const { args, env } = serviceCall(repository, asked, protocol);
  const child = startGit(args, { env, talks: true });
  const answer: Buffer[] = [];
  const before = preamble(asked, protocol);
  if (!mute && before !== '') response.write(before);
  child.stdout.on('data', (chunk: Buffer) => {
    if (mute || response.destroyed) return;
    if (isKnowable) answer.push(chunk);
    // Slow readers must slow git down: packs do not belong in memory.
    if (!response.write(chunk)) child.stdout.pause();
  });
  response.on('drain', () => child.stdout.resume());
  response.on('close', () => {
    // The client went away in the middle. A push that is being applied is left to end, as a server would.
    child.stdout.resume();
    child.stdin.end();
  });
  // git may stop reading early, for instance when it refuses.
  child.stdin.on('error', () => request.resume());
  if (isAdvertisement) child.stdin.end();
  else if (request.headers['content-encoding'] === 'gzip') request.pipe(createGunzip()).pipe(child.stdin);
  else request.pipe(child.stdin);
  const { exitCode } = await child.closed;
  if (exitCode === 0 && isKnowable && !mute && !response.destroyed) advertised.set(repository, Buffer.concat(answer));
  if (exitCode !== 0 && !mute && !response.headersSent) response.statusCode = 500;
}
