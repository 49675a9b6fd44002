import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Checkout, openCheckout } from '../git/checkout.ts';
import { tokenSettings } from '../git/credentials.ts';
import { createObjectStore, type ObjectStore, type Remote } from '../git/object-store.ts';
import { createClient } from '../github/client.ts';
import { type CodexApi, createCodexApi } from '../github/codex-api.ts';
import { createProjectApi, type ProjectApi } from '../github/project-api.ts';
import { tryMayPush } from '../github/push-permission.ts';
import type { Console } from '../report/console.ts';
import type { OutputValues } from '../report/outputs.ts';
import { sameRepository } from '../request/names.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';

/** The world that a run of `sync-project` acts on. */
export interface SyncProjectWorld {
  readonly checkout: Checkout;
  readonly store: ObjectStore;
  readonly codex: Remote;
  readonly project: Remote;
  readonly codexApi: CodexApi;
  readonly projectApi: ProjectApi;
  /** Told what a failure should still report: the branch was created, so many attempts were made. */
  readonly tell: (known: OutputValues) => void;
  readonly now: () => Date;
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface WorldOptions {
  /** The project's directory. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly token: string;
  readonly projectToken: string | undefined;
  readonly console: Console;
  readonly tell: (known: OutputValues) => void;
}

/**
 * Opens the world for one run, lets `use` act on it, and removes what the run left on disk.
 * @throws CodexSyncError `bad-checkout` when there is nothing to publish from
 */
export async function withWorld<T>(
  request: SyncProjectRequest,
  options: WorldOptions,
  use: (world: SyncProjectWorld) => Promise<T>,
): Promise<T> {
  const { variables, console, token, projectToken } = options;
  const { serverUrl, apiUrl, repository } = request.trigger;
  const { debug } = console;
  const directory = await mkdtemp(join(variables.RUNNER_TEMP || tmpdir(), 'codex-sync-'));
  // On every way out: a cancelled job and an exception that nobody catches do not come to the end of this function.
  const removeNow = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', removeNow);
  try {
    const checkout = await openCheckout(options.directory, directory, variables, debug);
    const store = await createObjectStore({
      directory: join(directory, 'objects.git'),
      checkoutObjects: checkout.objects,
      environment: variables,
      debug,
      sleep,
    });
    const client = (secret: string) => createClient({ token: secret, apiUrl, debug, warn: console.warning });
    const remote = (name: string, secret: string | undefined): Remote => {
      const url = `${serverUrl}/${name}`;
      return { name, url, settings: tokenSettings(serverUrl, url, secret) };
    };
    const codex = remote(request.codex, token);
    const isWorkflowToken = token === projectToken && !sameRepository(request.codex, repository);
    return await use({
      checkout,
      store,
      codex,
      project: remote(repository, projectToken),
      codexApi: createCodexApi(client(token), { repository: request.codex, isWorkflowToken }, () =>
        tryMayPush(codex.url, token),
      ),
      projectApi: createProjectApi(projectToken ? client(projectToken) : undefined, repository),
      tell: options.tell,
      now: () => new Date(),
      random: Math.random,
      sleep,
    });
  } finally {
    // What is published is published, even where a scanner still holds a file of ours open.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      debug(String(error)),
    );
    process.off('exit', removeNow);
  }
}
