import type { AppKey } from '../inputs/app-key.ts';
import { secretForms } from '../inputs/token.ts';
import { type AppNeed, createAppFailures } from './app-failures.ts';
import { type Connection, createAppClient } from './client.ts';
import type { Credentials } from './credentials.ts';

export interface AppOptions extends Connection {
  /** Told every form of a token as soon as there is one. */
  readonly secret: (text: string) => void;
  readonly now: () => Date;
}

interface Minted {
  readonly token: string;
  readonly expiresAt: number;
}

/** What is left of a token's hour when it is renewed: more than any one request or push takes. */
const TIME_LEFT_MILLISECONDS = 5 * 60 * 1000;

/**
 * Tokens of a GitHub App for one repository, or to see all of an owner, made when they are needed.
 * @throws CodexSyncError from both functions: `no-permission` or `not-found` where the App does not reach the repository,
 * `remote-failed` where GitHub cannot be reached
 */
export function createAppCredentials(app: AppKey, need: AppNeed, options: AppOptions): Credentials {
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
    // Whether the pull request of a preview is over is asked where the App may.
    const sees = name === undefined && installation.permissions.pull_requests !== undefined;
    const { data } = await apps
      .createInstallationAccessToken({
        installation_id: installation.id,
        ...(name !== undefined && { repositories: [name] }),
        permissions: { contents: access, metadata: 'read', ...(sees && { pull_requests: 'read' }) },
      })
      .catch((error: unknown) => failures.failMint(error, installation));
    for (const form of secretForms(data.token)) options.secret(form);
    return { token: data.token, expiresAt: Date.parse(data.expires_at) };
  }

  function begin(): Promise<Minted> {
    const minting = mint();
    current = minting;
    minting.catch(() => {
      current = undefined;
    });
    return minting;
  }

  async function tokenBut(refused: string | undefined): Promise<string> {
    const known = current;
    const minted = await known;
    const isGood = minted && minted.expiresAt - options.now().getTime() > TIME_LEFT_MILLISECONDS;
    if (isGood && minted.token !== refused) return minted.token;
    // Who comes first asks for a new one, and the others wait for the same.
    const next = current === undefined || current === known ? begin() : current;
    return (await next).token;
  }

  return { tokenFor: () => tokenBut(undefined), renew: tokenBut };
}
