import type { Source } from '../codex/manifest.ts';
import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { checkDefaultBranch, checkVisibility } from '../inputs/guards.ts';
import { checkListed, checkWritable, type FoundCodex, noticeBranch, tryName } from '../publish/codex.ts';
import type { Session } from '../publish/session.ts';
import { sameRepository } from '../text/names.ts';
import { printable } from '../text/printable.ts';
import type { SyncProjectRequest } from './request.ts';

/**
 * A request on the branch that the codex says, and whether the codex lists the project for this repository.
 * @throws CodexSyncError `not-owner` where it lists it for another one
 */
export async function placeRequest(
  request: SyncProjectRequest,
  { codex, environment }: FoundCodex,
  session: Session,
): Promise<SyncProjectRequest> {
  noticeBranch(request.environment, environment, codex, session);
  if (!publishes(request.direction)) return { ...request, environment };
  const { repository } = request.trigger;
  const ours = { repository, directory: request.directory };
  const isListed = await checkListed(request.project, ours, codex.config, (name) => tryName(name, session));
  return { ...request, environment, isListed };
}

/**
 * The same for a run of a project: its documents must not become visible to more people. One that only brings documents
 * back may do so from an archived codex.
 */
export async function checkCodex(request: SyncProjectRequest, codex: CodexRepository, session: Session): Promise<void> {
  const { trigger, environment, direction } = request;
  if (!publishes(direction)) return checkDefaultBranch(trigger, environment, codex.defaultBranch);
  checkWritable(request, codex);
  if (codex.visibility === 'private') return;
  // What nobody tells counts as private: the guard must not open by a failed request.
  const visibility = trigger.visibility ?? (await session.projectApi.tryVisibility()) ?? 'private';
  checkVisibility(visibility, codex.visibility, request.allowPublic);
}

/**
 * Makes the check of `adopt`: a folder changes hands only where GitHub says that its repository became this one, is archived
 * or gone. Asked once for each repository.
 */
export function createAdoptionCheck(
  { trigger, project }: SyncProjectRequest,
  { codexApi, projectApiOf }: Pick<Session, 'codexApi' | 'projectApiOf'>,
): (owner: Source | undefined) => Promise<void> {
  const known = new Map<string, Promise<string | undefined>>();

  async function readProblem(repository: string): Promise<string | undefined> {
    if (sameRepository(repository, trigger.repository)) return undefined;
    // Two tokens may see different repositories: one that sees it decides.
    const [seen, seenByProject, ours, oursByCodex] = await Promise.all([
      codexApi.tryRepository(repository),
      projectApiOf(repository).tryRepository(),
      projectApiOf(trigger.repository).tryRepository(),
      codexApi.tryRepository(trigger.repository),
    ]);
    if (typeof seen === 'object' || seenByProject) {
      const fullName = typeof seen === 'object' ? seen.fullName : seenByProject?.fullName;
      const became = fullName !== undefined && sameRepository(fullName, ours?.fullName ?? trigger.repository);
      const isArchived = typeof seen === 'object' && seen.archived;
      return became || isArchived
        ? undefined
        : 'that repository is there, and neither archived nor renamed to this one';
    }
    // GitHub says "not found" of what a token may not see, too: one that sees this private repository may see that one.
    const seesPrivate = typeof oursByCodex === 'object' && oursByCodex.visibility !== 'public';
    if (seen === 'not-found' && seesPrivate) return undefined;
    return 'the token for the codex does not see that repository, so it does not tell whether it is gone';
  }

  return async (owner) => {
    if (!owner) return;
    const asked = known.get(owner.repository) ?? readProblem(owner.repository);
    known.set(owner.repository, asked);
    const problem = await asked;
    if (problem === undefined) return;
    throw new CodexSyncError(
      'not-owner',
      `projects/${project} belongs to ${printable(owner.repository)}, and ${problem}, so "adopt: true" does not take it over. ` +
        'Archive or rename that repository first, give a token that may read both repositories, list the project in the codex, retire its documents, or use another "project" name.',
    );
  };
}
