import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../request/direction.ts';
import { checkDefaultBranch, checkVisibility } from '../request/guards.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import type { WritingRequest } from '../request/writing.ts';
import type { PublishingWorld } from './world.ts';

/**
 * The guards that need the codex's answer, for every run that writes to it.
 * @throws CodexSyncError `refused-by-guard`, or `remote-refused` when it is archived
 */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  if (!codex.archived) return;
  throw new CodexSyncError(
    'remote-refused',
    `The codex ${codex.fullName} is archived, so nobody can publish to it. Unarchive it, or name another one.`,
  );
}

/**
 * The same for a run of a project: its documents must not become visible to more people. One that only brings documents
 * back may do so from an archived codex.
 */
export async function checkCodex(
  request: SyncProjectRequest,
  codex: CodexRepository,
  world: PublishingWorld,
): Promise<void> {
  const { trigger, environment, direction } = request;
  if (!publishes(direction)) return checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkWritable(request, codex);
  if (codex.visibility === 'private') return;
  // What nobody tells counts as private: the guard must not open by a failed request.
  const visibility = trigger.visibility ?? (await world.projectApi.tryVisibility()) ?? 'private';
  checkVisibility(visibility, codex.visibility, request.allowPublic);
}
