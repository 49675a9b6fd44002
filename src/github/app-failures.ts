import { CodexSyncError, type ErrorCode } from '../errors.ts';
import type { AppKey } from '../inputs/app-key.ts';
import type { CodexAccess } from '../inputs/writing.ts';
import { printable } from '../text/printable.ts';
import type { Client } from './client.ts';
import { answerWords, CONTENTS, failRequest, hasStatus } from './failures.ts';

/** What an App is asked to open, and no more. */
export interface AppNeed {
  readonly owner: string;
  /** Name of the one repository; `undefined` for all that the App may see of the owner. */
  readonly name: string | undefined;
  readonly access: CodexAccess;
}

/** An App where it is installed, as far as a failure tells of it. */
export interface Installation {
  readonly html_url: string;
  readonly suspended_at: string | null;
  readonly permissions: { readonly contents?: CodexAccess };
}

/** What is wrong where GitHub makes no token for an App: one sentence each that says what to do. */
export function createAppFailures({ id }: AppKey, { owner, name, access }: AppNeed, client: Client, apiUrl: string) {
  const repository = name === undefined ? `the repositories of ${owner}` : `${owner}/${name}`;
  const app = `GitHub App ${id}`;
  const site = new URL(apiUrl).host;

  function fail(code: ErrorCode, message: string, cause: unknown): never {
    throw new CodexSyncError(code, message, { cause });
  }

  /** What GitHub has no sentence of ours for: it cannot be reached, or cannot answer. */
  function failOtherwise(error: unknown): never {
    if (hasStatus(error, 401)) {
      fail(
        'no-permission',
        `${site} does not take the private key of ${app} (401: ${answerWords(error)}). The key in "private-key" is another ` +
          "App's, or was deleted there: create a new one in the App's settings, and update the secret.",
        error,
      );
    }
    return failRequest(error, { repository, by: 'app' });
  }

  /** What a question has for an answer; `undefined` for a 404. */
  function found<T>(asked: Promise<{ readonly data: T }>): Promise<T | undefined> {
    return asked.then(
      ({ data }) => data,
      (error: unknown) => (hasStatus(error, 404) ? undefined : failOtherwise(error)),
    );
  }

  return {
    /** Says why an App's installation for the repository was not found. */
    async failLookup(error: unknown): Promise<never> {
      if (!hasStatus(error, 404)) return failOtherwise(error);
      const installed = await found(client.rest.apps.getUserInstallation({ username: owner }));
      if (installed && name !== undefined) {
        return fail(
          'not-found',
          `${app} is installed on ${owner}, but has no access to ${repository}, or there is no such repository. Check the name, ` +
            `or let an owner of ${owner} select it at ${printable(installed.html_url)}.`,
          error,
        );
      }
      const own = await found(client.rest.apps.getAuthenticated());
      if (own) {
        return fail(
          'no-permission',
          `${app} is not installed on ${owner}, which owns ${repository}. Let an owner of ${owner} install it at ` +
            `${printable(own.html_url)}, with access to ${name === undefined ? 'them' : 'that repository'}.`,
          error,
        );
      }
      return fail(
        'not-found',
        `${site} knows no ${app}. Use the App ID or the client ID from the App's settings on that server as "app-id".`,
        error,
      );
    },

    /** Says why an installation gets no token. */
    failMint(error: unknown, { html_url, suspended_at, permissions }: Installation): never {
      const where = printable(html_url);
      const isAllowed = permissions.contents === access || permissions.contents === 'write';
      if (hasStatus(error, 422) && isAllowed && name !== undefined) {
        fail(
          'not-found',
          `GitHub makes no token of ${app} for ${repository} (422: ${answerWords(error)}). Was the repository renamed? Use its ` +
            'present name as "codex-repository".',
          error,
        );
      }
      if (hasStatus(error, 422) && !isAllowed) {
        fail(
          'no-permission',
          `${app} lacks the permission ${CONTENTS[access]} on ${repository} (422: ${answerWords(error)}). Give the App ` +
            `that permission in its settings, and let an owner of ${owner} accept it at ${where}.`,
          error,
        );
      }
      if (hasStatus(error, 403) && suspended_at !== null) {
        fail(
          'no-permission',
          `The installation of ${app} on ${owner} is suspended. Let an owner of ${owner} unsuspend it at ${where}.`,
          error,
        );
      }
      return failOtherwise(error);
    },
  };
}
