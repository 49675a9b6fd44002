import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { gitText } from './git.ts';
import { callerOf, type Grants, type Permissions, type Token, type TokenKind, tokenOf } from './github-access.ts';
import { type Account, accountStore } from './github-accounts.ts';
import { type ApiWorld, serveApi, tampered } from './github-api.ts';
import { type App, type AppOptions, makeApp } from './github-apps.ts';
import type { CacheListing } from './github-caches.ts';
import { type EnvironmentOptions, makeEnvironment } from './github-environments.ts';
import { cutAnswer, type Fault, faultList } from './github-faults.ts';
import { parseGitRequest, refusalOf, serveGit } from './github-git.ts';
import { answerGraphql } from './github-graphql.ts';
import { opener } from './github-pull-bodies.ts';
import { makeRelease, type ReleaseOptions } from './github-releases.ts';
import {
  giveName,
  makeRepository,
  type Repository,
  type RepositoryOptions,
  type RuleRecord,
  writeProtections,
} from './github-repositories.ts';
import { headerValues, type RecordedRequest, recordRequest } from './github-requests.ts';

import { makeRuleset, type RulesetOptions } from './github-rulesets.ts';

const apiPath = '/api/v3';
/** Beside it, as on every server but github.com. */
const graphqlPath = '/api/graphql';

interface TokenOptions {
  kind?: TokenKind;
  account?: string;
  permissions?: Permissions;
}

/** A GitHub on this machine: real bare repositories behind smart HTTP, and the API operations that need them. */
export interface LocalGitHub {
  serverUrl: string;
  apiUrl: string;
  /** Milliseconds that every request waits, as on a long line. */
  latency: number;
  /** Everything that was asked, oldest first. */
  readonly requests: RecordedRequest[];
  /** Operations that were asked for and that the local GitHub does not have. */
  readonly undocumented: string[];
  /** Answers that did not fit GitHub's official description; each was answered with 500. */
  readonly violations: string[];
  createRepository(fullName: string, options?: RepositoryOptions): Promise<Repository>;
  /** What is hosted under a name (any case). */
  repository(fullName: string): Repository;
  deleteRepository(fullName: string): Promise<void>;
  /** Renames a repository, or hands it to another owner: questions about the old name are led to the new one. */
  renameRepository(fullName: string, newName: string): void;
  /** Path of the bare repository. */
  directory(fullName: string): string;
  /** Runs git in the bare repository; returns its output without the newlines at the end. */
  git(fullName: string, ...args: string[]): Promise<string>;
  /** Lets the API list what a cache holds. */
  attachCaches(service: CacheListing): void;
  /** Says what an owner is; those of whom nobody says it are organizations. */
  addAccount(account: Account): void;
  /**
   * A token of a user, `mona` unless told (who is `User` unless added otherwise), or of an installation; with every
   * permission unless some are named, as far as the grant on the repository goes.
   */
  addToken(token: string, grants: Grants, options?: TokenOptions): void;
  /** From now on nobody knows the token. */
  revokeToken(token: string): void;
  /** Registers a GitHub App, with its installations. */
  addApp(options: AppOptions): App;
  /** Releases a tag that exists. */
  addRelease(fullName: string, tag: string, options?: ReleaseOptions): Promise<void>;
  /**
   * Protects a branch, and refuses pushes to it in these words; without words they pass, as those of administrators may. The
   * API names the status checks that are required there.
   */
  protect(fullName: string, branch: string, message?: string, requiredChecks?: readonly string[]): void;
  unprotect(fullName: string, branch: string): void;
  /** Lists a rule for a branch, of ruleset 1 of the repository unless told. */
  addRule(fullName: string, branch: string, rule: Pick<RuleRecord, 'type'> & Partial<RuleRecord>): void;
  /** Adds a ruleset for branches or tags; returns its number. */
  addRuleset(fullName: string, ruleset: RulesetOptions): number;
  /** Adds an environment that workflows deploy to. */
  addEnvironment(fullName: string, name: string, options?: EnvironmentOptions): void;
  /** Somebody deletes a branch on its page. */
  deleteBranch(fullName: string, branch: string): Promise<void>;
  /** Answers questions about the old name of a branch with a redirect to the new one. */
  renameBranchRedirect(fullName: string, from: string, to: string): void;
  fault(fault: Fault): void;
  /** Returns how often one of them struck. */
  clearFaults(): number;
  clearRequests(): void;
  /** A fresh empty folder that goes when the local GitHub closes. */
  scratch(name: string): Promise<string>;
  /** Resolves when every request that arrived is answered and recorded. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a local GitHub on a free port; close it when done. */
export async function startGitHub(): Promise<LocalGitHub> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'local-github-')));
  const repositories = new Map<string, Repository>();
  /** Names that repositories had. */
  const former = new Map<string, Repository>();
  const tokens = new Map<string, Token>();
  const faults = faultList();
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = handle(request, response).catch((error: unknown) => {
      // Who asked is gone in the middle of the question: nobody is owed an answer.
      if (!request.complete) return;
      session.violations.push(`${request.method} ${request.url}: ${error}`);
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    });
    const closed = new Promise<void>((resolve) => response.on('close', resolve));
    const both = Promise.all([work, closed]).then(() => void running.delete(both));
    running.add(both);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session: ApiWorld = {
    site: { serverUrl, apiUrl: `${serverUrl}${apiPath}` },
    find: (fullName) => repositories.get(fullName.toLowerCase()),
    findFormer(fullName) {
      const found = session.find(fullName) ? undefined : former.get(fullName.toLowerCase());
      return found?.deleted ? undefined : found;
    },
    findById: (id) => [...repositories.values()].find((repository) => repository.id === id),
    repositories: () => [...repositories.values()],
    apps: [],
    accounts: accountStore(),
    keepToken: (name, token) => void tokens.set(name, token),
    caches: [],
    undocumented: [],
    violations: [],
  };
  const repository = (fullName: string): Repository => {
    const found = session.find(fullName);
    if (found === undefined) throw new Error(`The local GitHub has no ${fullName}`);
    return found;
  };
  let nextId = 1;

  const github: LocalGitHub = {
    ...session.site,
    latency: 0,
    requests: [],
    undocumented: session.undocumented,
    violations: session.violations,
    repository,
    async createRepository(fullName, options = {}) {
      if (session.find(fullName)) throw new Error(`${fullName} exists`);
      const account = session.accounts.ensure(fullName.split('/')[0] ?? '');
      const id = nextId++;
      // What was renamed stays where it is.
      const isTaken = existsSync(join(root, 'repositories', `${fullName}.git`));
      const place = join(root, 'repositories', ...(isTaken ? [`${id}`] : []));
      const made = await makeRepository(place, id, fullName, account, options);
      former.delete(fullName.toLowerCase());
      repositories.set(fullName.toLowerCase(), made);
      return made;
    },
    async deleteRepository(fullName) {
      const { directory } = Object.assign(repository(fullName), { deleted: true });
      repositories.delete(fullName.toLowerCase());
      await rm(directory, { recursive: true, force: true });
    },
    renameRepository(fullName, newName) {
      const [renamed, taken] = [repository(fullName), session.find(newName)];
      if (taken !== undefined && taken !== renamed) throw new Error(`${newName} exists`);
      giveName(renamed, newName, session.accounts.ensure(newName.split('/')[0] ?? ''));
      repositories.delete(fullName.toLowerCase());
      repositories.set(newName.toLowerCase(), renamed);
      former.set(fullName.toLowerCase(), renamed);
    },
    directory: (fullName) => repository(fullName).directory,
    git: (fullName, ...args) => gitText(repository(fullName).directory, args),
    attachCaches: (service) => void session.caches.push(service),
    addAccount: (account) => void session.accounts.add(account),
    addToken(token, grants, { kind = 'user', account = kind === 'user' ? opener : undefined, permissions } = {}) {
      if (kind === 'user' && account !== undefined) session.accounts.ensure(account, 'User');
      tokens.set(token, { ...tokenOf(grants, kind, permissions), ...(account !== undefined && { account }) });
    },
    revokeToken: (token) => void tokens.delete(token),
    addApp(options) {
      const app = makeApp(options);
      session.apps.push(app);
      session.accounts.ensure(`${app.slug}[bot]`, 'Bot');
      for (const { owner } of app.installations) session.accounts.ensure(owner);
      return app;
    },
    addRelease: (fullName, tag, given) => makeRelease(repository(fullName), tag, given),
    protect(fullName, branch, message, requiredChecks = []) {
      repository(fullName).protections.set(branch, message);
      repository(fullName).requiredChecks.set(branch, requiredChecks);
      writeProtections(repository(fullName));
    },
    unprotect(fullName, branch) {
      repository(fullName).protections.delete(branch);
      repository(fullName).requiredChecks.delete(branch);
      writeProtections(repository(fullName));
    },
    addRule(fullName, branch, rule) {
      const { rules } = repository(fullName);
      const source = { ruleset_source_type: 'Repository', ruleset_source: fullName, ruleset_id: 1 } as const;
      rules.set(branch, [...(rules.get(branch) ?? []), { ...source, ...rule }]);
    },
    addRuleset: (fullName, ruleset) => makeRuleset(repository(fullName), ruleset),
    addEnvironment: (fullName, name, options) => makeEnvironment(repository(fullName), name, options),
    async deleteBranch(fullName, branch) {
      const ref = `refs/heads/${branch}`;
      const before = await github.git(fullName, 'rev-parse', ref);
      await github.git(fullName, 'update-ref', '-d', ref);
      const timestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      repository(fullName).deletions.push({ ref, before, timestamp });
    },
    renameBranchRedirect: (fullName, from, to) => void repository(fullName).renamedBranches.set(from, to),
    fault: faults.add,
    clearFaults: faults.clear,
    clearRequests: () => void github.requests.splice(0),
    scratch: (name) => mkdtemp(join(root, `${name}-`)),
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await github.settled();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', serverUrl);
    const isGraphql = url.pathname === graphqlPath && request.method === 'POST';
    const isApi = isGraphql || url.pathname.startsWith(`${apiPath}/`);
    const asked = isApi ? undefined : parseGitRequest(request.method ?? 'GET', url);
    const record = recordRequest(request, response, isApi ? 'api' : 'git', asked?.service);
    github.requests.push(record);
    const fault = faults.take(`${record.method} ${record.path}`);
    const wait = github.latency + (fault?.delay ?? 0);
    if (wait > 0) await sleep(wait);
    record.began = Date.now();
    await fault?.meanwhile?.();
    if (fault?.hang) return;
    if (fault?.cut !== undefined) cutAnswer(response, fault.cut);
    if (fault?.drop) return void request.socket.destroy();
    const reply = (status: number, headers: Record<string, string>, body: string | Buffer) => {
      if (fault?.loseAnswer) return void request.socket.destroy();
      // What nobody read must be drained, or the connection cannot be used again.
      request.resume();
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    };
    if (fault?.status !== undefined) {
      const isText = typeof fault.body === 'string' || fault.body === undefined;
      const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
      const body = isText ? `${fault.body ?? ''}` : JSON.stringify(fault.body);
      return reply(fault.status, { 'Content-Type': type, ...fault.headers }, body);
    }
    const authorizations = headerValues(request, 'authorization');
    // GitHub's front door says this to a git that was configured with the credential twice.
    if (authorizations.length > 1)
      return reply(400, { 'Content-Type': 'text/plain' }, 'Duplicate header: "Authorization"');
    const caller = callerOf(tokens, authorizations);
    if (isApi) {
      const sent = await text(request);
      record.body = sent;
      const answer = isGraphql
        ? tampered(await answerGraphql(session, caller, sent), fault)
        : await serveApi(session, caller, request, url, url.pathname.slice(apiPath.length), sent, fault);
      const plain = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body));
      // As GitHub does for whoever can read it.
      const packed = plain.length >= 1024 && /\bgzip\b/.test(`${request.headers['accept-encoding']}`);
      const headers = {
        'Content-Type': 'application/json; charset=utf-8',
        'X-GitHub-Request-Id': `${github.requests.length}`,
        ...(packed && { 'Content-Encoding': 'gzip' }),
        ...answer.headers,
        ...fault?.headers,
      };
      return reply(answer.status, headers, packed ? gzipSync(plain) : plain);
    }
    if (asked === undefined) return reply(404, { 'Content-Type': 'text/plain' }, 'Not Found');
    const renamed = session.findFormer(asked.fullName);
    if (renamed !== undefined && refusalOf(renamed, 'upload-pack', caller) === undefined) {
      const rest = url.pathname.split('/').slice(3).join('/');
      const suffix = url.pathname.split('/')[2]?.endsWith('.git') ? '.git' : '';
      const location = `${serverUrl}/${renamed.fullName}${suffix}/${rest}${url.search}`;
      return reply(301, { 'Content-Type': 'text/plain', Location: location }, '');
    }
    const found = session.find(asked.fullName) ?? renamed;
    const refusal = refusalOf(found, asked.service, caller);
    if (refusal !== undefined || found === undefined) {
      const { status = 404, headers = {}, text: words = '' } = refusal ?? {};
      return reply(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, `${words}\n`);
    }
    await serveGit(found, asked, request, response, fault?.loseAnswer === true);
    if (fault?.loseAnswer) request.socket.destroy();
    else response.end();
  }

  return github;
}
