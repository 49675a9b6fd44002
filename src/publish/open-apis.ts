import { type Remote, tokenSettings } from '../git/object-store.ts';
import { type Client, type Credentials, createClient, plainToken } from '../github/client.ts';
import { type CodexApi, createCodexApi } from '../github/codex-api.ts';
import { type Asked, movedRepository } from '../github/failures.ts';
import { createProjectApi, type ProjectApi } from '../github/project-api.ts';
import { createProjectRulesApi, type ProjectRulesApi } from '../github/rules-api.ts';
import { type GitService, tryService } from '../github/service-permission.ts';
import { codexAccess } from '../inputs/codex.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { askedBy, type CodexRequest, type CredentialOptions, connection, openCredentials } from './open-credentials.ts';

/** Who acts in the codex, and what can be asked about it without any git. */
export function openCodexApi(request: CodexRequest, options: CredentialOptions) {
  const { trigger } = request;
  const credentials = openCredentials(request, options);
  // What the API answers under a former name names the present one, under which git finds it too.
  let name = request.codex;
  const asks = (service: GitService) => tryService(codex.url, credentials, service);
  const asked: Asked = { repository: request.codex, by: askedBy(request, options), access: codexAccess(request) };
  const client = createClient(credentials, connection(trigger, options));
  const api = createCodexApi(client, asked, asks);
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
    ...(options.app && { renew: async () => void (await asks('git-upload-pack')) }),
  });
  return { credentials, codex, asks, asked, client, codexApi };
}

/** What can be asked about a project's repository: nothing where there is no token, or no repository. */
export function openProjectApi(
  trigger: Trigger,
  options: CredentialOptions,
  repository = trigger.repository,
): ProjectApi {
  return createProjectApi(openProjectClient(trigger, options, repository), repository, options.projectToken);
}

/** The same for its rules and environments; `undefined` where there is no token, or no repository. */
export function openProjectRules(trigger: Trigger, options: CredentialOptions): ProjectRulesApi | undefined {
  const client = openProjectClient(trigger, options, trigger.repository);
  return client && createProjectRulesApi(client, trigger.repository);
}

function openProjectClient(trigger: Trigger, options: CredentialOptions, repository: string): Client | undefined {
  const { projectToken } = options;
  if (!projectToken || repository === '') return undefined;
  return createClient(plainToken(projectToken), { ...connection(trigger, options), queue: 'project' });
}

/** Another repository as git talks to it, which is only read. */
export function openRemote(trigger: Trigger, name: string, credentials: Credentials, renews: boolean): Remote {
  const asks = () => tryService(remote.url, credentials, 'git-upload-pack');
  const remote = createRemote(trigger, () => name, credentials.tokenFor, {
    ...(renews && { renew: async () => void (await asks()) }),
    async explain() {
      const answer = await asks();
      if (typeof answer === 'object') throw movedRepository(name, answer.movedTo);
    },
  });
  return remote;
}

function createRemote(
  { serverUrl }: Trigger,
  nameNow: () => string,
  tokenFor: () => Promise<string | undefined>,
  fails: Pick<Remote, 'renew' | 'explain'>,
): Remote {
  const urlNow = () => `${serverUrl}/${nameNow()}`;
  return {
    ...fails,
    get name() {
      return nameNow();
    },
    get url() {
      return urlNow();
    },
    settings: async () => tokenSettings(serverUrl, urlNow(), await tokenFor()),
  };
}
