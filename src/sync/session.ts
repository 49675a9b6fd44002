import { type Checkout, type History, openCheckout } from '../git/checkout.ts';
import type { Remote } from '../git/object-store.ts';
import { plainToken } from '../github/client.ts';
import {
  openRemote,
  openSession,
  type Session,
  type SessionOptions,
  withTemporary,
} from '../publish/session.ts';
import type { SyncProjectRequest } from './request.ts';

/** What the documents of one project are drafted in. */
export interface PlanningSession extends Session {
  readonly project: Remote;
  readonly history: History;
}

/** The world that a run of `sync-project` acts on. */
export interface SyncProjectSession extends Session {
  readonly project: Remote;
  readonly checkout: Checkout;
}

/**
 * Opens the world for one run, lets `use` act on it, and removes what the run left on disk.
 * @throws CodexSyncError `bad-checkout` when there is nothing to publish from
 */
export function withSyncProjectSession<T>(
  request: SyncProjectRequest,
  options: SessionOptions,
  use: (session: SyncProjectSession) => Promise<T>,
): Promise<T> {
  return withTemporary(options, async (temporary) => {
    const { directory, variables, console, head } = options;
    const checkout = await openCheckout(directory, temporary, variables, console.debug, head);
    const session = await openSession(request, options, temporary, checkout.objects);
    const { trigger } = request;
    const project = openRemote(trigger, trigger.repository, plainToken(options.projectToken ?? ''), false);
    return use({ ...session, checkout, project });
  });
}
