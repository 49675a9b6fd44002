import type { Source } from '../codex/manifest.ts';
import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { checkDefaultBranch, checkVisibility } from '../inputs/guards.ts';
import { checkListed, checkWritable, type FoundCodex, recordBranch, tryName } from '../publish/codex.ts';
import type { Session } from '../publish/session.ts';
import { askOnce } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputValue, theInput } from '../text/spell-inputs.ts';
import type { SyncProjectRequest } from './request.ts';

/** @throws CodexSyncError `not-owner` if the codex lists the project for another repository */
export async function placeRequest(
  request: SyncProjectRequest,
  { codex, environment }: FoundCodex,
  session: Session,
): Promise<SyncProjectRequest> {
  recordBranch(request.environment, environment, codex, session);
  if (!publishes(request.direction)) return { ...request, environment };
  const { repository } = request.trigger;
  const ours = { repository, directory: request.directory };
  const isListed = await checkListed(request.project, ours, codex.config, (name) => tryName(name, session));
  return { ...request, environment, isListed };
}

/** The documents must not become visible to more people. A run that only pulls may use an archived codex. */
export async function checkCodex(request: SyncProjectRequest, codex: CodexRepository, session: Session): Promise<void> {
  const { trigger, environment, direction } = request;
  if (!publishes(direction)) return checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkWritable(request, codex);
  if (codex.visibility === 'private') return;
  // An unknown visibility counts as private, so that a failed request cannot open the guard.
  const visibility = trigger.visibility ?? (await session.projectApi.tryVisibility()) ?? 'private';
  checkVisibility(visibility, codex.visibility, request.allowPublic);
}

/** `adopt` takes over only from a repository that GitHub reports as renamed to this one, archived or gone. */
export function createAdoptionCheck(
  { trigger, project }: SyncProjectRequest,
  { codexApi, projectApiOf }: Pick<Session, 'codexApi' | 'projectApiOf'>,
): (owner: Source | undefined) => Promise<void> {
  const readProblem = askOnce(String, async (repository: string): Promise<string | undefined> => {
    if (sameRepository(repository, trigger.repository)) return undefined;
    // Two tokens may see different repositories, so one answer is enough.
    const [seen, seenByProject, ours, oursByCodex] = await Promise.all([
      codexApi.findRepository(repository),
      projectApiOf(repository).tryRepository(),
      projectApiOf(trigger.repository).tryRepository(),
      codexApi.findRepository(trigger.repository),
    ]);
    if (seen.kind === 'found' || seenByProject) {
      const fullName = seen.kind === 'found' ? seen.fullName : seenByProject?.fullName;
      const became = fullName !== undefined && sameRepository(fullName, ours?.fullName ?? trigger.repository);
      const isArchived = seen.kind === 'found' && seen.archived;
      return became || isArchived ? undefined : 'that repository exists, and is not archived or renamed to this one';
    }
    // GitHub answers "not found" for hidden repositories; a token that sees this private one would see that one.
    const seesPrivate = oursByCodex.kind === 'found' && oursByCodex.visibility !== 'public';
    if (seen.kind === 'not-found' && seesPrivate) return undefined;
    return 'the token for the codex does not see that repository, so it is unknown whether it is deleted';
  });

  return async (owner) => {
    if (!owner) return;
    const problem = await readProblem(owner.repository);
    if (problem === undefined) return;
    throw new CodexSyncError(
      'not-owner',
      `projects/${project} belongs to ${printable(owner.repository)}, and ${problem}, so "${inputValue('adopt', 'true')}" does not take it over.`,
      `Archive or rename that repository first, give a token that may read both repositories, list the project in the codex, retire its documents, or give the project another name with ${theInput('project')}.`,
    );
  };
}
