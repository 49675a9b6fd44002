import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { type AppKey, type Author, secretForms } from '../inputs/readers.ts';
import type { CodexAccess } from '../inputs/request.ts';
import { runProgram } from '../programs.ts';
import { printable } from '../text/phrases.ts';
import { inputName } from '../text/spell-inputs.ts';
import { type Client, type Connection, type Credentials, createAppClient, withoutWaiting } from './client.ts';
import { answerMessage, CONTENTS, failRequest, hasStatus } from './failures.ts';

export interface AppOptions extends Connection {
  /** Receives every form of a token as soon as it exists. */
  readonly secret: (text: string) => void;
  readonly now: () => Date;
}

interface Minted {
  readonly token: string;
  readonly expiresAt: number;
  readonly slug: string | undefined;
}

export interface AppCredentials extends Credentials {
  /** The App's name in URLs; `undefined` if GitHub does not report it. */
  readonly slug: () => Promise<string | undefined>;
}

/** The time left of a token's hour at its renewal: more than any request or push takes. */
const TIME_LEFT_MILLISECONDS = 5 * 60 * 1000;

/**
 * Tokens of a GitHub App for one repository, or for all visible ones of an owner, made on demand.
 * @throws CodexSyncError from both functions: `no-permission` or `not-found` when the App does not reach the
 * repository, `remote-failed` when GitHub is unreachable
 */
export function createAppCredentials(app: AppKey, need: AppNeed, options: AppOptions): AppCredentials {
  const client = createAppClient(app, options);
  const { owner, name, access } = need;
  const failures = createAppFailures(app, need, client, options.apiUrl);
  let current: Promise<Minted> | undefined;

  async function mint(): Promise<Minted> {
    const { apps } = client.rest;
    const { data: installation } = await (name === undefined
      ? apps.getUserInstallation({ username: owner })
      : apps.getRepoInstallation({ owner, repo: name })
    ).catch(failures.failLookup);
    // The state of a preview's pull request is read where the App may.
    const sees = name === undefined && installation.permissions.pull_requests !== undefined;
    const { data } = await apps
      .createInstallationAccessToken({
        installation_id: installation.id,
        ...(name !== undefined && { repositories: [name] }),
        permissions: { contents: access, metadata: 'read', ...(sees && { pull_requests: 'read' }) },
      })
      .catch((error: unknown) => failures.failMint(error, installation));
    for (const form of secretForms(data.token)) options.secret(form);
    return { token: data.token, expiresAt: Date.parse(data.expires_at), slug: installation.app_slug };
  }

  function begin(): Promise<Minted> {
    const minting = mint();
    current = minting;
    minting.catch(() => {
      current = undefined;
    });
    return minting;
  }

  async function mintedBut(refused: string | undefined): Promise<Minted> {
    const known = current;
    const minted = await known;
    const isGood = minted && minted.expiresAt - options.now().getTime() > TIME_LEFT_MILLISECONDS;
    if (isGood && minted.token !== refused) return minted;
    // The first caller requests a new token, and the others wait for the same one.
    const next = current === undefined || current === known ? begin() : current;
    return next;
  }

  return {
    tokenFor: async () => (await mintedBut(undefined)).token,
    renew: async (refused) => (await mintedBut(refused)).token,
    slug: async () => (await mintedBut(undefined)).slug,
  };
}

/** GitHub answers within a second; no publication waits longer for the name of its author. */
const BOT_MILLISECONDS = 3000;

const SLUG = /^[\dA-Za-z][\w-]*$/;

/**
 * Reads the bot in whose name GitHub makes the commits of an App. GitHub links a commit to an account by the address.
 * @throws Error without a usable answer in time
 */
export async function readAppBot(
  slug: string | undefined,
  client: Client,
  serverUrl: string,
  milliseconds = BOT_MILLISECONDS,
): Promise<Author> {
  if (slug === undefined || !SLUG.test(slug)) throw new Error("no name of the App in GitHub's answer");
  const name = `${slug}[bot]`;
  // A publication does not depend on the answer.
  const request = withoutWaiting(milliseconds);
  const { data } = await client.rest.users.getByUsername({ username: name, request }).catch((error: unknown) => {
    throw request.signal.aborted ? new Error('no answer in time') : error;
  });
  return { name, email: `${data.id}+${name}@users.noreply.${new URL(serverUrl).hostname}` };
}

export interface AppNeed {
  readonly owner: string;
  /** Name of the repository; `undefined` for all that the App may see of the owner. */
  readonly name: string | undefined;
  readonly access: CodexAccess;
}

interface Installation {
  readonly html_url: string;
  readonly suspended_at: string | null;
  readonly permissions: { readonly contents?: CodexAccess };
}

function createAppFailures({ id, input }: AppKey, { owner, name, access }: AppNeed, client: Client, apiUrl: string) {
  const repository = name === undefined ? `the repositories of ${owner}` : `${owner}/${name}`;
  const app = `GitHub App ${id}`;
  const site = new URL(apiUrl).host;

  function fail(code: ErrorCode, problem: string, hint: string, cause: unknown): never {
    throw new CodexSyncError(code, problem, hint, { cause });
  }

  function failOtherwise(error: unknown): never {
    if (hasStatus(error, 401)) {
      fail(
        'no-permission',
        `${site} does not accept the private key of ${app} (401: ${answerMessage(error)}).`,
        `The key in ${inputName('private-key')} is another ` +
          "App's, or was deleted there: create a new one in the App's settings, and update the secret.",
        error,
      );
    }
    return failRequest(error, { repository, by: input });
  }

  function found<T>(asked: Promise<{ readonly data: T }>): Promise<T | undefined> {
    return asked.then(
      ({ data }) => data,
      (error: unknown) => (hasStatus(error, 404) ? undefined : failOtherwise(error)),
    );
  }

  return {
    async failLookup(error: unknown): Promise<never> {
      if (!hasStatus(error, 404)) return failOtherwise(error);
      const installed = await found(client.rest.apps.getUserInstallation({ username: owner }));
      if (installed && name !== undefined) {
        return fail(
          'not-found',
          `${app} is installed on ${owner}, but has no access to ${repository}, or there is no such repository.`,
          `Check the name, or let an owner of ${owner} select it at ${printable(installed.html_url)}.`,
          error,
        );
      }
      const own = await found(client.rest.apps.getAuthenticated());
      if (own) {
        return fail(
          'no-permission',
          `${app} is not installed on ${owner}, which owns ${repository}.`,
          `Let an owner of ${owner} install it at ${printable(own.html_url)}, with access to ${name === undefined ? 'them' : 'that repository'}.`,
          error,
        );
      }
      return fail(
        'not-found',
        `${app} does not exist on ${site}.`,
        `Use the client ID or the App ID from the App's settings on that server as ${inputName(input)}.`,
        error,
      );
    },

    failMint(error: unknown, { html_url, suspended_at, permissions }: Installation): never {
      const where = printable(html_url);
      const isAllowed = permissions.contents === access || permissions.contents === 'write';
      if (hasStatus(error, 422) && isAllowed && name !== undefined) {
        fail(
          'not-found',
          `GitHub creates no token of ${app} for ${repository} (422: ${answerMessage(error)}).`,
          `Was the repository renamed? Use its present name as ${inputName('codex-repository')}.`,
          error,
        );
      }
      if (hasStatus(error, 422) && !isAllowed) {
        fail(
          'no-permission',
          `${app} lacks the permission ${CONTENTS[access]} on ${repository} (422: ${answerMessage(error)}).`,
          `Give the App that permission in its settings, and let an owner of ${owner} accept it at ${where}.`,
          error,
        );
      }
      if (hasStatus(error, 403) && suspended_at !== null) {
        fail(
          'no-permission',
          `The installation of ${app} on ${owner} is suspended.`,
          `Let an owner of ${owner} unsuspend it at ${where}.`,
          error,
        );
      }
      return failOtherwise(error);
    },
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** `gh` returns the token in these variables for any host of their kind, logged in there or not. */
const TOKENS = ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];

/**
 * The token of GitHub's own terminal program for a host; `undefined` without one.
 * @param isKnown whether the host may have a token of the variables; else `gh` has to be logged in there
 */
export async function tryReadGhToken(
  host: string,
  isKnown: boolean,
  variables: Variables,
  debug: (line: string) => void,
): Promise<string | undefined> {
  const env = Object.fromEntries(Object.entries(variables).filter(([name]) => isKnown || !TOKENS.includes(name)));
  try {
    const args = ['auth', 'token', '--hostname', host];
    // With a deadline: `gh` may wait until its user unlocks a keyring.
    const { exitCode, stdout, stderr } = await runProgram('gh', args, { env, timeout: 10_000 });
    if (exitCode === 0) return stdout.toString('utf8').trim() || undefined;
    debug(`gh auth token: ${stderr.toString('utf8')}`);
  } catch (error) {
    debug(`gh auth token: ${error instanceof Error ? error.message : error}`);
  }
  return undefined;
}
