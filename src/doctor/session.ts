import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionsCache } from '../cache/actions-cache.ts';
import { type CacheDirectory, openCacheDirectory } from '../cache/directory.ts';
import { IGNORE_FILE } from '../documents/never-published.ts';
import type { Patterns } from '../documents/patterns.ts';
import { type Checkout, openCheckout } from '../git/checkout.ts';
import { checkGit } from '../git/exec.ts';
import { findRepositoryRoot, isInRepository, tryReadLinked } from '../git/find-config.ts';
import { createObjectStore } from '../git/object-store.ts';
import { type ReadSelection, readSelection } from '../git/read-documents.ts';
import { type ExposedFiles, readWorkflows, tryListExposed } from '../git/working-tree.ts';
import { plainToken } from '../github/client.ts';
import type { CodexApi } from '../github/codex-api.ts';
import { type Asked, isApp, movedRepository, tokenAdvice, unknownToken, who } from '../github/failures.ts';
import { createOrganizationApi, type OrganizationApi } from '../github/organization-api.ts';
import { createProjectApi, type ProjectApi } from '../github/project-api.ts';
import { createRulesApi, type ProjectRulesApi, type RulesApi } from '../github/rules-api.ts';
import type { Trigger } from '../inputs/trigger.ts';
import {
  openActionsCache,
  openCodexApi,
  openProjectApi,
  openProjectRules,
  openRemote,
  openSession,
  openSourceClient,
  type Session,
  type SessionOptions,
  withFolder,
} from '../publish/session.ts';
import { type Tristate, tristate } from '../text/ids.ts';
import type { Actor } from './release-checks.ts';
import { type DoctorRequest, isUnknown } from './request.ts';

/** Opens without checks, so that `doctor` can report every problem. */
export interface DoctorSession {
  /** @throws CodexSyncError `bad-checkout` if git is missing or too old */
  readonly checkGit: () => Promise<string>;
  /** `undefined` if the codex is not known, or without a token for it. */
  readonly codex: ExaminedCodex | undefined;
  /** `undefined` without its token or a repository. */
  readonly project: { readonly api: ProjectApi; readonly rules: ProjectRulesApi } | undefined;
  readonly cache: ActionsCache;
  readonly openCacheDirectory: (cacheDir: string) => CacheDirectory;
  readonly tryListExposed: (cacheDir: string) => Promise<ExposedFiles | undefined>;
  /** @throws CodexSyncError `bad-checkout` without a checkout */
  readonly openCheckout: () => Promise<Checkout>;
  readonly readSelection: (checkout: Checkout, patterns: Patterns) => Promise<ReadSelection>;
  readonly readWorkflows: () => Promise<ReadonlyMap<string, string>>;
  /** Whether the run's directory is in a repository, even one that git cannot use. */
  readonly isInRepository: () => Promise<boolean>;
  /**
   * Reads a file of the checkout, from its root, through links in it; `undefined` without one.
   * @throws CodexSyncError `bad-input` when a link leads to nothing or out of the checkout
   */
  readonly tryRead: (path: string) => Promise<string | undefined>;
}

export interface ExaminedCodex {
  readonly actor: Actor;
  readonly codexApi: CodexApi;
  readonly rulesApi: RulesApi;
  /**
   * Whether the actor can push to the codex; `undefined` if GitHub's git did not answer.
   * @throws CodexSyncError if GitHub does not know the token, or makes no writing token for an App
   */
  readonly mayPush: () => Promise<Tristate>;
  readonly openSession: () => Promise<Session>;
  readonly openOrganization: (organization: string) => ExaminedOrganization;
}

/** The repositories of an organization, as the credentials for the codex see them. */
export interface ExaminedOrganization {
  readonly api: OrganizationApi;
  readonly projectApiOf: (repository: string) => ProjectApi;
}

export function withDoctorSession<T>(
  request: DoctorRequest,
  options: SessionOptions,
  use: (session: DoctorSession) => Promise<T>,
): Promise<T> {
  const { variables: environment, console, workspace, directory, head } = options;
  const { debug } = console;
  const { trigger, codex, hasCredentials } = request;
  return withFolder(options, (temporary) => {
    const rules = openProjectRules(trigger, options);
    return use({
      checkGit: () => checkGit({ directory: temporary, environment, debug }),
      codex: isUnknown(codex) || !hasCredentials ? undefined : openCodexToExamine(codex, trigger, options, temporary),
      project: rules && { api: options.projectApi ?? openProjectApi(trigger, options), rules },
      cache: openActionsCache(options, temporary),
      openCacheDirectory: (cacheDir) => openCacheDirectory(workspace, cacheDir),
      tryListExposed: (cacheDir) => tryListExposed({ directory: workspace, environment, debug }, cacheDir, IGNORE_FILE),
      openCheckout: () => openCheckout(directory, temporary, environment, debug, head),
      async readSelection(checkout, patterns) {
        const checkoutObjects = checkout.objects;
        const place = join(temporary, 'selected.git');
        const store = await createObjectStore({ directory: place, checkoutObjects, environment, debug, sleep });
        const project = openRemote(trigger, trigger.repository ?? '', plainToken(options.projectToken ?? ''), false);
        return readSelection(checkout, store, project, { patterns, includeLfs: false });
      },
      readWorkflows: async () => readWorkflows(await findRepositoryRoot(directory)),
      isInRepository: () => isInRepository(directory),
      tryRead: async (path) => tryReadLinked(await findRepositoryRoot(directory), path),
    });
  });
}

function openCodexToExamine(
  codex: string,
  trigger: Trigger,
  options: SessionOptions,
  temporary: string,
): ExaminedCodex {
  const { asked, client, codexApi } = openCodexApi({ codex, trigger }, options);
  // An App's token has only the permissions it was made for, so the push check needs another one.
  const writer = openCodexApi({ codex, trigger, dryRun: false }, options);
  return {
    actor: actorOf(writer.asked),
    codexApi,
    rulesApi: createRulesApi(client, asked),
    async mayPush() {
      await writer.credentials.tokenFor();
      const answer = await writer.asks('git-receive-pack');
      if (answer.kind === 'unknown token') throw unknownToken(writer.asked);
      if (answer.kind === 'moved') throw movedRepository(codex, answer.movedTo);
      return answer.kind === 'unknown' ? 'unknown' : tristate(answer.kind === 'served');
    },
    openSession: () => openSession({ codex, trigger }, options, temporary, undefined),
    openOrganization(organization) {
      const { client, viewer, by } = openSourceClient({ trigger, organization, codex }, options);
      return {
        api: createOrganizationApi(client, organization, viewer, by),
        projectApiOf: (repository) => createProjectApi(client, repository),
      };
    },
  };
}

function actorOf(asked: Asked): Actor {
  return { who: who(asked), isApp: isApp(asked), advice: tokenAdvice(asked) };
}
