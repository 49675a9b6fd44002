import { CodexSyncError } from '../errors.ts';
import type { AppInput } from '../inputs/readers.ts';
import type { CodexAccess } from '../inputs/request.ts';
import { printable } from '../text/phrases.ts';
import { inputName, spellsFlags, tokenPhrase, tokenRenewal } from '../text/spell-inputs.ts';

/** The source of an answer, so that an error can name it and give a hint about the token. */
export interface Asked {
  /** `owner/name` */
  readonly repository: string;
  /** The workflow's own token reaches only its own repository; an App's token is made in the run. */
  readonly by: 'workflow-token' | 'token' | AppInput;
  /** Required access; default: write. */
  readonly access?: CodexAccess;
}

export const CONTENTS = { read: '"Contents: read-only"', write: '"Contents: read and write"' } as const;

/** Octokit's error for an answer other than 2xx, or for no answer (status 500). */
export interface RequestError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
    readonly url?: string;
  };
}

export function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

export function tokenAdvice(asked: Asked): string {
  const { by, repository, access = 'write' } = asked;
  // At a terminal the source of the token is known, and a message names that.
  if (by !== 'workflow-token' || spellsFlags())
    return `Give the ${who(asked)} access to ${repository} (${CONTENTS[access]}).`;
  return (
    "The workflow's own token, the default, reaches only the repository it runs in. Create a fine-grained personal access token (or a " +
    `GitHub App) with ${CONTENTS[access]} on ${repository}, store it as a secret, and pass it as ${inputName('token')} (${inputName('client-id')} and ${inputName('private-key')}).`
  );
}

function renewalAdvice(asked: Asked): string {
  if (asked.by === 'workflow-token' && !spellsFlags()) return tokenAdvice(asked);
  return isApp(asked) ? 'Run it again later.' : `It is wrong, expired or revoked: ${tokenRenewal('token')}.`;
}

export function isApp({ by }: Pick<Asked, 'by'>): boolean {
  return by === 'client-id' || by === 'app-id';
}

/** Without the article. */
export function who({ by }: Pick<Asked, 'by'>): string {
  return by === 'client-id' || by === 'app-id' ? `GitHub App in ${inputName(by)}` : tokenPhrase('token');
}

export function hasStatus(error: unknown, status: number): error is RequestError {
  return isRequestError(error) && error.status === status;
}

export function unknownToken(asked: Asked, cause?: unknown): CodexSyncError {
  return new CodexSyncError(
    'no-permission',
    `GitHub does not accept ${isApp(asked) ? 'the token that it just created for ' : ''}the ${who(asked)} (401 for ${asked.repository}).`,
    renewalAdvice(asked),
    { cause },
  );
}

/** Git follows no redirect: the token, and the pushed content, would go to its target. */
export function movedRepository(repository: string, movedTo: string): CodexSyncError {
  return new CodexSyncError(
    'not-found',
    `GitHub redirects git from ${repository} to ${printable(movedTo, 200)}, and redirects are not followed.`,
    `Was the repository renamed? ` +
      'Run it again, with the new name where a workflow or a configuration has the old one.',
  );
}

/**
 * Turns a failed request into one sentence with a hint.
 * @throws CodexSyncError `no-permission`, `not-found` or `remote-failed`; the error itself when it is no answer of
 * GitHub
 */
export function failRequest(error: unknown, asked: Asked): never {
  if (!isRequestError(error)) throw error;
  const { repository } = asked;
  const advice = tokenAdvice(asked);
  if (!error.response) {
    throw new CodexSyncError(
      'remote-failed',
      `GitHub could not be reached for ${repository} (${answerMessage(error)}).`,
      'Run it again later.',
      { cause: error },
    );
  }
  if (isRateLimit(error)) {
    throw new CodexSyncError(
      'remote-failed',
      `GitHub's rate limit for the ${who(asked)} is reached (${error.status} for ${repository}: ${answerMessage(error)}).`,
      'Run it again later.',
      { cause: error },
    );
  }
  switch (error.status) {
    case 401:
      throw unknownToken(asked, error);
    case 403:
      throw new CodexSyncError(
        'no-permission',
        `GitHub refused the ${who(asked)} for ${repository} (403: ${answerMessage(error)}).`,
        signOnAdvice(error) ?? advice,
        { cause: error },
      );
    case 404:
      throw new CodexSyncError(
        'not-found',
        `Repository ${repository} does not exist, or the ${who(asked)} may not see it (404).`,
        `Check the name. ${advice}`,
        { cause: error },
      );
    default:
      throw new CodexSyncError(
        'remote-failed',
        `GitHub could not answer for ${repository} (${[error.status, answerMessage(error)].filter(Boolean).join(': ')}).`,
        'Run it again later.',
        { cause: error },
      );
  }
}

/** The hint when the organization requires single sign-on for the token; else `undefined`. */
function signOnAdvice(error: RequestError): string | undefined {
  const { headers, url = '' } = error.response ?? {};
  const header = `${headers?.['x-github-sso'] ?? ''}`;
  if (!/^required\b/.test(header) && !/\bSAML enforcement\b/.test(error.message)) return undefined;
  const address = signOnAddress(header, url);
  return address === undefined
    ? 'Its owner has to authorize it for the single sign-on of the organization: on GitHub, Settings, Developer settings, Personal access tokens, Configure SSO.'
    : `Its owner has to authorize it for the single sign-on of the organization, within an hour at ${address}; then run this again.`;
}

/** GitHub's sign-on address, if it is on the requested server. */
function signOnAddress(header: string, apiUrl: string): string | undefined {
  const text = /\burl=(https:\/\/[^\s;,]+)/.exec(header)?.[1] ?? '';
  if (!URL.canParse(text) || !URL.canParse(apiUrl)) return undefined;
  const { host, username, origin, pathname, search } = new URL(text);
  const asked = new URL(apiUrl).host;
  // `api.github.com` answers for `github.com`, an own server for itself.
  if (![asked, asked.replace(/^api\./, '')].includes(host) || username !== '') return undefined;
  const isPlain = /^\/(?:orgs|enterprises)\/[\w-]+\/sso$/.test(pathname) && /^(?:\?[\w=&-]*)?$/.test(search);
  return isPlain ? origin + pathname + search : undefined;
}

/** Whether an answer omits organizations that require single sign-on for the token. */
export function leavesOut(headers: Readonly<Record<string, string | number | undefined>>): boolean {
  return /^partial-results\b/.test(`${headers['x-github-sso'] ?? ''}`);
}

/** Turns a 404 into `undefined`; other failures throw as in `failRequest`. */
export function unlessMissing(asked: Asked): (error: unknown) => undefined {
  return (error) => (hasStatus(error, 404) ? undefined : failRequest(error, asked));
}

/** GitHub answers 403 to a spent rate limit as well, marked in headers; secondary limits sometimes only in the text. */
function isRateLimit({ status, response, message }: RequestError): boolean {
  if (status === 429) return true;
  const { 'x-ratelimit-remaining': remaining, 'retry-after': wait } = response?.headers ?? {};
  return status === 403 && (`${remaining}` === '0' || wait !== undefined || /secondary rate limit/i.test(message));
}

export function answerMessage(error: Error): string {
  const [given = ''] = error.message.split(' - https://');
  return printable(given.replace(/\s+/g, ' ').trim(), 200);
}
