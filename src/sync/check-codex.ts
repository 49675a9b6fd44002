import type { CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { checkDefaultBranch, checkVisibility } from '../inputs/guards.ts';
import { checkWritable, tellPlace, tryName } from '../publish/check-codex.ts';
import { checkListed } from '../publish/check-listed.ts';
import type { FoundCodex } from '../publish/read-tip.ts';
import type { PublishingWorld } from '../publish/session.ts';
import type { SyncProjectRequest } from './request.ts';

/**
 * A request on the branch that the codex says, and whether the codex lists the project for this repository.
 * @throws CodexSyncError `not-owner` where it lists it for another one
 */
export async function placeRequest(
  request: SyncProjectRequest,
  { codex, environment }: FoundCodex,
  world: PublishingWorld,
): Promise<SyncProjectRequest> {
  tellPlace(request.environment, environment, codex, world);
  if (!publishes(request.direction)) return { ...request, environment };
  const { repository } = request.trigger;
  const mine = { repository, directory: request.directory };
  const isListed = await checkListed(request.project, mine, codex.config, (name) => tryName(name, world));
  return { ...request, environment, isListed };
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
