import { type CodexRepository, checkOpen } from '../github/codex-api.ts';
import { publishes } from '../request/direction.ts';
import type { Environment } from '../request/environment.ts';
import { checkDefaultBranch, checkVisibility } from '../request/guards.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import type { WritingRequest } from '../request/writing.ts';
import { printable } from '../text/printable.ts';
import { checkListed } from './check-listed.ts';
import type { FoundCodex, OpenedCodex } from './read-tip.ts';
import type { CodexWorld, PublishingWorld } from './world.ts';

/**
 * The guards that need the codex's answer, for every run that writes to it.
 * @throws CodexSyncError `refused-by-guard`, or `remote-refused` when it is archived or disabled
 */
export function checkWritable({ trigger, environment }: WritingRequest, codex: CodexRepository): void {
  checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkOpen(codex);
}

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

/** What a repository is called now, as far as one of the tokens may see it. */
export async function tryName(repository: string, { projectApiOf, codexApi }: CodexWorld): Promise<string | undefined> {
  const found = (await projectApiOf(repository).tryRepository()) ?? (await codexApi.tryRepository(repository));
  return found === 'not-found' ? undefined : found?.fullName;
}

/** The banner has said another branch. */
export function tellPlace(
  before: Environment,
  { name, branch }: Environment,
  { config }: OpenedCodex,
  { notice }: Pick<CodexWorld, 'notice'>,
): void {
  if (before.branch !== branch) notice(`Environment ${name} is branch ${printable(branch)}, as ${config?.file} says.`);
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
