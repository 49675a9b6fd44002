import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActionsCache, createActionsCache } from '../cache/actions-cache.ts';
import type { CommitInfo } from '../git/checkout.ts';
import { createObjectStore, type ObjectStore, type Remote } from '../git/object-store.ts';
import type { CodexApi } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { WritingRequest } from '../inputs/codex.ts';
import type { OutputValues } from '../report/outputs.ts';
import { openCodexApi, openProjectApi } from './open-apis.ts';
import type { CodexRequest, CredentialOptions } from './open-credentials.ts';
import { withTemporary } from './temporary.ts';

/** What every run that talks to a codex acts on. */
export interface CodexWorld {
  readonly store: ObjectStore;
  readonly codex: Remote;
  readonly codexApi: CodexApi;
  readonly projectApi: ProjectApi;
  /** The same for another repository, as far as the project token may see it. */
  readonly projectApiOf: (repository: string) => ProjectApi;
  readonly now: () => Date;
  /** Told what the user should know, and need not change. */
  readonly notice: (text: string) => void;
}

/** The world that a run acts on that commits to the codex. */
export interface PublishingWorld extends CodexWorld {
  /** Told what a failure should still report: the branch was created, so many attempts were made. */
  readonly tell: (known: OutputValues) => void;
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface WorldOptions extends CredentialOptions {
  /** HEAD of the checkout, where it was read already. */
  readonly head?: CommitInfo | undefined;
  /** What asks about the project's repository, where something asked already: each question is asked once. */
  readonly projectApi?: ProjectApi;
  /** The project's directory. */
  readonly directory: string;
  readonly workspace: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Path of the built client of the Actions cache. */
  readonly cacheClient: string;
  /** Told what a failure of this run should still report. */
  readonly tell: (known: OutputValues) => void;
}

/** The same for a run that needs no checkout: what it publishes, or takes away, is in the codex. */
export function withPublishingWorld<T>(
  request: WritingRequest,
  options: WorldOptions,
  use: (world: PublishingWorld) => Promise<T>,
): Promise<T> {
  return withCodexWorld(request, options, (codex) => use(publishingWorld(codex, options)));
}

/** What publishing needs besides the codex. */
export function publishingWorld(codex: CodexWorld, { tell }: Pick<WorldOptions, 'tell'>): PublishingWorld {
  return { ...codex, tell, random: Math.random, sleep };
}

/** The same for a run that only reads the codex. */
export function withCodexWorld<T>(
  request: CodexRequest,
  options: WorldOptions,
  use: (world: CodexWorld) => Promise<T>,
): Promise<T> {
  return withTemporary(options, async (temporary) => use(await openCodex(request, options, temporary, undefined)));
}

/** The codex of a run, in a folder of its own. */
export async function openCodex(
  request: CodexRequest,
  options: WorldOptions,
  temporary: string,
  checkoutObjects: string | undefined,
): Promise<CodexWorld> {
  const { variables, console } = options;
  const { trigger } = request;
  const store = await createObjectStore({
    directory: join(temporary, 'objects.git'),
    ...(checkoutObjects !== undefined && { checkoutObjects }),
    environment: variables,
    debug: console.debug,
    sleep,
  });
  const { codex, codexApi } = openCodexApi(request, options);
  return {
    store,
    codex,
    codexApi,
    projectApi: options.projectApi ?? openProjectApi(trigger, options),
    projectApiOf: (repository) => openProjectApi(trigger, options, repository),
    now: () => new Date(),
    notice: console.notice,
  };
}

/** The Actions cache of this job, if it has one. */
export function openActionsCache({ cacheClient, variables, console }: WorldOptions, temporary: string): ActionsCache {
  const { debug, secret } = console;
  return createActionsCache({ client: cacheClient, temporary, variables, debug, secret });
}
