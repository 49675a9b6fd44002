import { tokenSettings } from '../git/credentials.ts';
import type { Remote } from '../git/object-store.ts';
import { createClient } from '../github/client.ts';
import { createCodexApi } from '../github/codex-api.ts';
import { plainToken } from '../github/credentials.ts';
import type { Asked } from '../github/failures.ts';
import { createProjectApi, type ProjectApi } from '../github/project-api.ts';
import { type GitService, tryService } from '../github/service-permission.ts';
import type { Trigger } from '../request/trigger.ts';
import { codexAccess } from '../request/writing.ts';
import { askedBy, type CodexRequest, type CredentialOptions, connection, openCredentials } from './open-credentials.ts';

/** Who acts in the codex, and what can be asked about it without any git. */
export function openCodexApi(request: CodexRequest, options: CredentialOptions) {
  const { trigger } = request;
  const credentials = openCredentials(request, options);
  const codex = remote(trigger, request.codex, credentials.tokenFor);
  const asks = (service: GitService) => tryService(codex.url, credentials, service);
  const asked: Asked = { repository: request.codex, by: askedBy(request, options), access: codexAccess(request) };
  const client = createClient(credentials, connection(trigger, options));
  return { credentials, codex, asks, asked, client, codexApi: createCodexApi(client, asked, asks) };
}

/** What can be asked about a project's repository: nothing where there is no token, or no repository. */
export function openProjectApi(
  trigger: Trigger,
  options: CredentialOptions,
  repository = trigger.repository,
): ProjectApi {
  const { projectToken } = options;
  const client =
    projectToken && repository !== ''
      ? createClient(plainToken(projectToken), connection(trigger, options))
      : undefined;
  return createProjectApi(client, repository);
}

/** A repository as git talks to it. */
export function remote({ serverUrl }: Trigger, name: string, tokenFor: () => Promise<string | undefined>): Remote {
  const url = `${serverUrl}/${name}`;
  return { name, url, settings: async () => tokenSettings(serverUrl, url, await tokenFor()) };
}
