import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActionsCache, createActionsCache } from '../cache/actions-cache.ts';
import { type Checkout, type CommitInfo, type History, openCheckout } from '../git/checkout.ts';
import { type CheckoutFiles, openCheckoutFiles } from '../git/checkout-files.ts';
import { checkGit, type GitOptions } from '../git/exec.ts';
import { createObjectStore, type ObjectStore, type Remote, tokenSettings } from '../git/object-store.ts';
import {
  askService,
  type Client,
  type Connection,
  type Credentials,
  createClient,
  createPushService,
  type GitService,
  plainToken,
} from '../github/client.ts';
import { type CodexApi, type CodexQuestion, createCodexApi } from '../github/codex-api.ts';
import { answerAtOnce } from '../github/codex-question.ts';
import { type AppCredentials, type AppOptions, createAppCredentials, readAppBot } from '../github/credentials.ts';
import { type Asked, movedRepository } from '../github/failures.ts';
import type { Viewer } from '../github/organization-api.ts';
import { createProjectApi, type ProjectApi } from '../github/project-api.ts';
import { createProjectRulesApi, type ProjectRulesApi } from '../github/rules-api.ts';
import type { Direction } from '../inputs/definitions.ts';
import type { AppKey, Author } from '../inputs/readers.ts';
import { codexAccess } from '../inputs/request.ts';
import type { ProjectTrigger, Trigger } from '../inputs/trigger.ts';
import type { Console } from '../report/log.ts';
import type { OutputValues } from '../report/outputs.ts';
import { sameRepository } from '../text/names.ts';
import { createAuthorReader } from './author.ts';

export interface Session {
  readonly store: ObjectStore;
  readonly codex: Remote;
  readonly codexApi: CodexApi;
  readonly projectApi: ProjectApi;
  /** The API of another repository, as far as the project token can see it. */
  readonly projectApiOf: (repository: string) => ProjectApi;
  /** The author of commits: the given one, else the App's bot, else the workflow's bot. */
  readonly author: () => Promise<Author>;
  readonly now: () => Date;
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly notice: (text: string) => void;
  /** Shows the current step; without a text, clears it. */
  readonly progress: (text?: string) => void;
  /** Keeps outputs that a failure should report, such as the created branch and the number of attempts. */
  readonly record: (known: OutputValues) => void;
}

export interface ProjectSession extends Session {
  readonly project: Remote;
  readonly history: History;
}

export interface CheckoutSession extends ProjectSession {
  readonly checkout: Checkout;
  readonly files: CheckoutFiles;
}

export interface SessionOptions extends CredentialOptions {
  /** HEAD of the checkout, if already read. */
  readonly head?: CommitInfo | undefined;
  /** An open API of the project's repository, passed on so that each question is asked once. */
  readonly projectApi?: ProjectApi;
  readonly directory: string;
  readonly workspace: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cacheClient: string;
  readonly record: (known: OutputValues) => void;
}

export function withSession<T>(
  request: CodexRequest,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  return withTemporary(options, async (temporary) => use(await openSession(request, options, temporary, undefined)));
}

/**
 * @param question what the run is going to ask about the codex, if it may ask before it has seen the checkout
 * @throws CodexSyncError `bad-checkout` when there is nothing to publish from
 */
export function withCheckout<T>(
  request: CodexRequest & { readonly trigger: ProjectTrigger },
  options: SessionOptions,
  use: (session: CheckoutSession) => Promise<T>,
  question?: CodexQuestion,
): Promise<T> {
  return withFolder(options, async (temporary) => {
    const { directory, variables, console, head } = options;
    const opened = openCodexApi(request, options, options.variables);
    // Without a HEAD there is nothing to publish from.
    if (question && head) opened.codexApi.ask(question);
    const [, checkout] = await together([
      checkGit({ directory: temporary, environment: variables, debug: console.debug }),
      openCheckout(directory, temporary, variables, console.debug, head),
    ]);
    const session = await openSession(request, options, temporary, checkout.objects, opened);
    const { trigger } = request;
    const project = openRemote(trigger, trigger.repository, plainToken(options.projectToken ?? ''), false);
    const files = openCheckoutFiles(checkout, session.store);
    return use({ ...session, checkout, files, history: checkout, project });
  });
}

/** @param checkoutObjects objects of a checkout, which then need no fetch */
export async function openSession(
  request: CodexRequest,
  options: SessionOptions,
  temporary: string,
  checkoutObjects: string | undefined,
  opened = openCodexApi(request, options, options.variables),
): Promise<Session> {
  const { variables, console, record } = options;
  const { trigger } = request;
  console.progress(`Reading the codex ${request.codex}`);
  const store = await createObjectStore({
    directory: join(temporary, 'objects.git'),
    ...(checkoutObjects !== undefined && { checkoutObjects }),
    environment: variables,
    debug: console.debug,
    sleep,
  });
  const { codex, codexApi, credentials, client } = opened;
  const findBot =
    'slug' in credentials ? async () => readAppBot(await credentials.slug(), client, trigger.serverUrl) : undefined;
  const author = createAuthorReader(request.author, findBot, console.notice);
  const willWrite = codexAccess(request) === 'write';
  return {
    store,
    codex,
    codexApi: {
      ...codexApi,
      async readRepository() {
        const repository = await codexApi.readRepository();
        // Beside what follows: an App that gets no token is not asked for its bot as well.
        if (willWrite) author.begin();
        return repository;
      },
    },
    author: author.read,
    projectApi: options.projectApi ?? openProjectApi(trigger, options),
    projectApiOf: (repository) => openProjectApi(trigger, options, repository),
    now: () => new Date(),
    random: Math.random,
    sleep,
    notice: console.notice,
    progress: console.progress,
    record,
  };
}

export function openActionsCache({ cacheClient, variables, console }: SessionOptions, temporary: string): ActionsCache {
  const { debug, secret } = console;
  return createActionsCache({ client: cacheClient, temporary, variables, debug, secret });
}

export function openCodexApi(
  request: CodexRequest,
  options: CredentialOptions,
  variables: GitOptions['environment'] = {},
) {
  const { trigger } = request;
  const credentials = openCredentials(request, options);
  // The API answers under a former name and returns the current one, which git uses from then on.
  let name = request.codex;
  const asks = (service: GitService) => askService(codex.url, credentials, service);
  const asked: Asked = { repository: request.codex, by: askedBy(request, options), access: codexAccess(request) };
  const client = createClient(credentials, connection(trigger, options));
  const api = answerAtOnce(createCodexApi(client, asked, asks), client, request.codex, credentials);
  const codexApi: CodexApi = {
    ...api,
    async readRepository() {
      const repository = await api.readRepository();
      name = repository.fullName;
      return repository;
    },
  };
  const codex = createRemote(trigger, () => name, credentials.tokenFor, {
    explain: api.checkFetch,
    ...(codexAccess(request) === 'write' &&
      !connectsItsOwnWay(variables) && {
        service: createPushService(() => `${trigger.serverUrl}/${name}`, credentials),
      }),
    ...(options.app && { renew: async () => void (await asks('git-upload-pack')) }),
  });
  return { credentials, codex, asks, asked, client, codexApi };
}

/** Whether git's own variables say how it connects: with certificates, or through a proxy that only git uses. */
function connectsItsOwnWay(variables: GitOptions['environment']): boolean {
  return Object.entries(variables).some(([name, value]) => value && /^GIT_(?:PROXY_)?SSL_|^ALL_PROXY$/i.test(name));
}

/** Returns an API without answers if there is no token or no repository. */
export function openProjectApi(
  trigger: Trigger,
  options: CredentialOptions,
  repository = trigger.repository,
): ProjectApi {
  return createProjectApi(openProjectClient(trigger, options, repository), repository, options.projectToken);
}

/** Returns `undefined` without a token or a repository. */
export function openProjectRules(trigger: Trigger, options: CredentialOptions): ProjectRulesApi | undefined {
  const { repository } = trigger;
  const client = openProjectClient(trigger, options, repository);
  return client && repository !== undefined ? createProjectRulesApi(client, repository) : undefined;
}

function openProjectClient(
  trigger: Trigger,
  options: CredentialOptions,
  repository: string | undefined,
): Client | undefined {
  const { projectToken } = options;
  if (!projectToken || repository === undefined) return undefined;
  return createClient(plainToken(projectToken), connection(trigger, options));
}

export function openRemote(trigger: Trigger, name: string, credentials: Credentials, renews: boolean): Remote {
  const asks = () => askService(remote.url, credentials, 'git-upload-pack');
  const remote = createRemote(trigger, () => name, credentials.tokenFor, {
    ...(renews && { renew: async () => void (await asks()) }),
    async explain() {
      const answer = await asks();
      if (answer.kind === 'moved') throw movedRepository(name, answer.movedTo);
    },
  });
  return remote;
}

function createRemote(
  { serverUrl }: Trigger,
  nameNow: () => string,
  tokenFor: () => Promise<string | undefined>,
  more: Pick<Remote, 'renew' | 'explain' | 'service'>,
): Remote {
  const urlNow = () => `${serverUrl}/${nameNow()}`;
  return {
    ...more,
    get name() {
      return nameNow();
    },
    get url() {
      return urlNow();
    },
    settings: async () => tokenSettings(serverUrl, urlNow(), await tokenFor()),
  };
}

export interface CredentialOptions {
  readonly token: string;
  /** Acts in the codex in place of the token. */
  readonly app: AppKey | undefined;
  readonly projectToken: string | undefined;
  readonly console: Console;
  /** The longest wait for a rate limit; the client's default if missing. */
  readonly longestWaitSeconds?: number;
}

export interface CodexRequest {
  readonly trigger: Trigger;
  /** `owner/name` */
  readonly codex: string;
  readonly dryRun?: boolean;
  readonly direction?: Direction;
  /** The given author of commits, in a request that may write. */
  readonly author?: Author | undefined;
}

/** Uses an App with only the permissions that the run needs in the codex, else the token. */
function openCredentials(request: CodexRequest, options: CredentialOptions): Credentials | AppCredentials {
  const { app, token } = options;
  if (!app) return plainToken(token);
  const [owner = '', name] = request.codex.split('/');
  const need = { owner, name, access: codexAccess(request) };
  return createAppCredentials(app, need, appOptions(request.trigger, options));
}

/** Uses the App for reading all repositories of an organization, else the token. */
function openSourceCredentials(
  { trigger, organization }: { readonly trigger: Trigger; readonly organization: string },
  options: CredentialOptions,
): Credentials {
  const { app, token } = options;
  if (!app) return plainToken(token);
  const need = { owner: organization, name: undefined, access: 'read' } as const;
  return createAppCredentials(app, need, appOptions(trigger, options));
}

/** The client for all repositories of an organization, and who asks with it. */
export function openSourceClient(
  request: CodexRequest & { readonly organization: string },
  options: CredentialOptions,
): { credentials: Credentials; client: Client; viewer: Viewer; by: Asked['by'] } {
  const credentials = openSourceCredentials(request, options);
  const client = createClient(credentials, connection(request.trigger, options));
  const isDefault = isWorkflowToken(request.trigger, options);
  const viewer = options.app ? 'installation' : isDefault ? 'workflow' : 'person';
  return { credentials, client, viewer, by: isDefault ? 'workflow-token' : askedBy(request, options) };
}

function appOptions(trigger: Trigger, options: CredentialOptions): AppOptions {
  return { ...connection(trigger, options), secret: options.console.secret, now: () => new Date() };
}

function askedBy({ trigger, codex }: CodexRequest, options: CredentialOptions): Asked['by'] {
  if (options.app) return options.app.input;
  return isWorkflowToken(trigger, options) && !sameRepository(codex, trigger.repository) ? 'workflow-token' : 'token';
}

/** Whether the run has only the workflow's default token, which then serves as both tokens. */
function isWorkflowToken(trigger: Trigger, { app, token, projectToken }: CredentialOptions): boolean {
  return trigger.kind === 'workflow' && !app && token === projectToken;
}

function connection(
  { apiUrl }: Trigger,
  { console, longestWaitSeconds }: Pick<CredentialOptions, 'console' | 'longestWaitSeconds'>,
): Connection {
  const backoff = longestWaitSeconds === undefined ? {} : { longestWaitSeconds };
  return { apiUrl, debug: console.debug, warn: console.warning, ...backoff };
}

type TemporaryOptions = Pick<CredentialOptions, 'console'> & { readonly variables: GitOptions['environment'] };

/** Lets `use` work in a temporary folder, after checking git's version. */
export function withTemporary<T>(options: TemporaryOptions, use: (temporary: string) => Promise<T>): Promise<T> {
  return withFolder(options, async (directory) => {
    await checkGit({ directory, environment: options.variables, debug: options.console.debug });
    return use(directory);
  });
}

export async function withFolder<T>(
  { variables, console }: TemporaryOptions,
  use: (temporary: string) => Promise<T>,
): Promise<T> {
  // Synchronous: no signal can come between creating the folder and registering its removal. Removal runs on every
  // exit, because a cancelled job or an uncaught exception skips the end of this function.
  const directory = mkdtempSync(join(variables.RUNNER_TEMP || tmpdir(), 'codex-sync-'));
  const removeNow = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', removeNow);
  try {
    return await use(directory);
  } finally {
    // A scanner may hold one of the files open; the run published all the same.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      console.debug(String(error)),
    );
    process.off('exit', removeNow);
  }
}

/** Parallel requests to GitHub's API, which asks clients for few. */
export const AT_A_TIME = 4;

/** Returns the answers in the order of `all`. */
export async function inParallel<T, R>(all: readonly T[], limit: number, act: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < all.length; index = next++) answers[index] = await act(all[index] as T);
  }
  await Promise.all(Array.from({ length: Math.min(limit, all.length) }, work));
  return answers;
}

/** Waits for all; of several failures it throws the first in their order, for a stable error message. */
export async function together<T extends readonly unknown[]>(asked: readonly [...{ [K in keyof T]: Promise<T[K]> }]) {
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
