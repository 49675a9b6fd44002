import { type AppOptions, createAppCredentials } from '../github/app-credentials.ts';
import { type Connection, type Credentials, plainToken } from '../github/client.ts';
import type { Asked } from '../github/failures.ts';
import type { AppKey } from '../inputs/app-key.ts';
import { codexAccess } from '../inputs/codex.ts';
import type { Direction } from '../inputs/definitions.ts';
import { atTerminal, type Trigger } from '../inputs/trigger.ts';
import type { Console } from '../report/console.ts';
import { sameRepository } from '../text/names.ts';

export interface CredentialOptions {
  readonly token: string;
  /** Who acts in the codex instead of the token. */
  readonly app: AppKey | undefined;
  readonly projectToken: string | undefined;
  readonly console: Console;
  /** How long a rate limit is waited out at most; as long as clients do, unless told. */
  readonly longestWaitSeconds?: number;
}

/** What the codex is opened for. */
export interface CodexRequest {
  readonly trigger: Trigger;
  /** `owner/name` */
  readonly codex: string;
  readonly dryRun?: boolean;
  readonly direction?: Direction;
}

/** Who acts in the codex: an App with just what the run needs there, else the token. */
export function openCredentials(request: CodexRequest, options: CredentialOptions): Credentials {
  const { app, token } = options;
  if (!app) return plainToken(token);
  const [owner = '', name] = request.codex.split('/');
  const need = { owner, name, access: codexAccess(request) };
  return createAppCredentials(app, need, appOptions(request.trigger, options));
}

/** The same for all repositories of an organization, which are only read. */
export function openSourceCredentials(
  { trigger, organization }: { readonly trigger: Trigger; readonly organization: string },
  options: CredentialOptions,
): Credentials {
  const { app, token } = options;
  if (!app) return plainToken(token);
  const need = { owner: organization, name: undefined, access: 'read' } as const;
  return createAppCredentials(app, need, appOptions(trigger, options));
}

function appOptions(trigger: Trigger, options: CredentialOptions): AppOptions {
  return { ...connection(trigger, options), secret: options.console.secret, now: () => new Date() };
}

/** The same for messages. */
export function askedBy({ trigger, codex }: CodexRequest, options: CredentialOptions): Asked['by'] {
  if (options.app) return 'app';
  return isWorkflowToken(trigger, options) && !sameRepository(codex, trigger.repository) ? 'workflow-token' : 'token';
}

/** Whether the run acts with nothing but what the workflow has by default: both tokens are that then. */
export function isWorkflowToken(trigger: Trigger, { app, token, projectToken }: CredentialOptions): boolean {
  return !atTerminal(trigger) && !app && token === projectToken;
}

/** How GitHub's API is reached. */
export function connection(
  { apiUrl }: Trigger,
  { console, longestWaitSeconds }: Pick<CredentialOptions, 'console' | 'longestWaitSeconds'>,
): Connection {
  const patience = longestWaitSeconds === undefined ? {} : { longestWaitSeconds };
  return { apiUrl, debug: console.debug, warn: console.warning, ...patience };
}
