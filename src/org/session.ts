import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createObjectStore, withObjects } from '../git/object-store.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { createOrganizationApi, type OrganizationApi } from '../github/organization-api.ts';
import type { OrganizationAnswer } from '../github/organization-question.ts';
import { createProjectApi } from '../github/project-api.ts';
import {
  openRemote,
  openSession,
  openSourceClient,
  type ProjectSession,
  type Session,
  type SessionOptions,
  withTemporary,
} from '../publish/session.ts';
import type { SyncOrgRequest } from './request.ts';

export interface SyncOrgSession extends Session {
  readonly organizationApi: OrganizationApi;
  /** Removes the store after the batch: git searches every pack, so kept packs would slow each further repository. */
  readonly withBatch: <T>(use: (session: Omit<BatchSession, 'known'>) => Promise<T>) => Promise<T>;
}

export interface BatchSession extends Session {
  readonly organizationApi: OrganizationApi;
  readonly openRepository: (fullName: string) => Promise<RepositorySession>;
  /** What GitHub's answer about the batch shows. */
  readonly known: KnownBatch;
}

interface KnownBatch {
  readonly repositories: OrganizationAnswer['repositories'];
  /** The branch of the codex then. */
  readonly tip: BranchTip | undefined;
}

type RepositorySession = Omit<ProjectSession, 'history'>;

/** A run for hundreds of repositories uses up the hourly rate limit, which GitHub resets after an hour at most. */
const LONGEST_WAIT_SECONDS = 60 * 60;

export function withSyncOrgSession<T>(
  request: SyncOrgRequest,
  given: SessionOptions,
  use: (session: SyncOrgSession) => Promise<T>,
): Promise<T> {
  const options = { ...given, longestWaitSeconds: LONGEST_WAIT_SECONDS };
  return withTemporary(options, async (temporary) => {
    const { variables, console } = options;
    const { trigger, organization } = request;
    const session = await openSession(request, options, temporary, undefined);
    const { credentials, client, viewer, by } = openSourceClient(request, options);
    const organizationApi = createOrganizationApi(client, organization, viewer, by);
    let opened = 0;

    async function openRepository(batch: string, fullName: string): Promise<RepositorySession> {
      opened += 1;
      const store = await createObjectStore({
        directory: join(batch, `${opened}.git`),
        sharedObjects: join(batch, 'objects'),
        environment: variables,
        debug: console.debug,
        sleep: session.sleep,
      });
      const project = openRemote(trigger, fullName, credentials, options.app !== undefined);
      return { ...session, store, project, projectApi: createProjectApi(client, fullName) };
    }

    return use({
      ...session,
      organizationApi,
      async withBatch(act) {
        const batch = join(temporary, 'batch');
        try {
          const store = withObjects(session.store, join(batch, 'objects'));
          return await act({
            ...session,
            store,
            organizationApi,
            openRepository: (fullName) => openRepository(batch, fullName),
          });
        } finally {
          await rm(batch, { recursive: true, force: true, maxRetries: 3 });
        }
      },
    });
  });
}
