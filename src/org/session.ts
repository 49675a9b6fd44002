import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createObjectStore, withObjects } from '../git/object-store.ts';
import { createClient } from '../github/client.ts';
import { createOrganizationApi, type OrganizationApi } from '../github/organization-api.ts';
import { createProjectApi } from '../github/project-api.ts';
import {
  askedBy,
  connection,
  isWorkflowToken,
  openRemote,
  openSession,
  openSourceCredentials,
  type ProjectSession,
  type Session,
  type SessionOptions,
  withTemporary,
} from '../publish/session.ts';
import type { SyncOrgRequest } from './request.ts';

/** The world that a run of `sync-org` acts on. */
export interface SyncOrgSession extends Session {
  readonly organizationApi: OrganizationApi;
  /**
   * Opens what a batch is read into, and removes it once the batch is published: git looks into every pack that there is,
   * so what is not needed any more would make each further repository cost more than the one before.
   */
  readonly withBatch: <T>(use: (session: BatchSession) => Promise<T>) => Promise<T>;
}

/** The world of one batch: its pushes see what was fetched of its repositories. */
export interface BatchSession extends Session {
  readonly organizationApi: OrganizationApi;
  /** Opens a repository, to be read beside the others of the batch, into objects that all of them share. */
  readonly openRepository: (fullName: string) => Promise<RepositorySession>;
}

/** The world of one repository of the organization, of which nothing is known yet. */
export type RepositorySession = Omit<ProjectSession, 'history'>;

/** A run for hundreds of repositories spends the hour's requests; GitHub gives new ones after an hour at most. */
const LONGEST_WAIT_SECONDS = 60 * 60;

/** Opens the world for one run of `sync-org`, and removes what the run left on disk. */
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
    const credentials = openSourceCredentials(request, options);
    const client = createClient(credentials, connection(trigger, options));
    const isDefault = isWorkflowToken(request.trigger, options);
    const viewer = options.app ? 'installation' : isDefault ? 'workflow' : 'person';
    const by = isDefault ? 'workflow-token' : askedBy(request, options);
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
