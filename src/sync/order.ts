import { planOlderRun, type RunCommit, relationByDates } from '../codex/commit-order.ts';
import { isRollBack } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { publishes } from '../inputs/definitions.ts';
import type { PullReader } from '../previews/find-closed.ts';
import { createRelationReader } from '../publish/relations.ts';
import type { ProjectSession } from '../publish/session.ts';
import { sameRepository } from '../text/names.ts';
import type { SyncProjectRequest } from './request.ts';

/** Whether a run comes after what is published, and what that is. */
export interface RunOrder {
  readonly order: ReturnType<typeof planOlderRun>;
  /** What the run's own layer was published from. */
  readonly published: Source | undefined;
  /** Whether it takes back what production has. */
  readonly rollsBack: boolean;
}

/**
 * Tells whether a run is too late, as often as it plans (design section 4, "Older runs"). Of a pull request GitHub knows
 * the head, of a branch its tip; where it does not tell, the commits do, as for any other run.
 * @throws CodexSyncError `older-commit` as `planOlderRun` does
 */
export function createOrderReader(
  { environment, direction, allowOlder }: SyncProjectRequest,
  { history, projectApi, now: clock }: Pick<ProjectSession, 'history' | 'projectApi' | 'now'>,
  run: RunCommit,
  key: PreviewKey | undefined,
) {
  // Older commits are kept from production; nothing is, by a run that publishes nothing.
  const production = environment.production && publishes(direction);
  const datesAt = environment.production ? undefined : clock;
  const readRelation = createRelationReader(history, projectApi, run, { production, datesAt });
  const number = key && pullRequestOf(key);
  const branch = key && branchOf(key);
  return async (manifest: Manifest, ours: Source, pulls: PullReader): Promise<RunOrder> => {
    const published = key ? previewSource(manifest, key, ours) : manifest.source;
    const now = number === undefined ? undefined : await pulls.any(number);
    if (now?.open && now.headCommit === run.commit) return { order: 'go', published, rollsBack: false };
    // Another head, which may not be published yet, or none any more.
    if (now) return superseded(now.headCommit === published?.commit ? published : undefined);
    // A pull request shows the very same commit already.
    if (branch !== undefined && isPreviewed(manifest, run.commit)) return superseded(undefined);
    // Commits of another repository are neither older nor newer: `adopt` has decided.
    const comparable = published && sameRepository(published.repository, ours.repository) ? published : undefined;
    const related = await readRelation(comparable);
    if (branch !== undefined && comparable && (related === 'diverged' || related === 'unknown')) {
      const isTip = await isTipOf(projectApi, branch, comparable.commit);
      if (isTip) return superseded(published);
    }
    // A forced push leaves the line of the heads before it.
    const isForced = key && comparable && related === 'diverged';
    const relation = isForced && branch === undefined ? relationByDates(comparable, run, clock()) : related;
    const rollsBack = production && key === undefined && isRollBack(relation, comparable, run, false);
    return { order: planOlderRun(relation, comparable, run, { production, allowOlder }), published, rollsBack };
  };
}

function superseded(published: Source | undefined): RunOrder {
  return { order: 'superseded', published, rollsBack: false };
}

function isPreviewed({ previews }: Manifest, commit: string): boolean {
  return [...previews].some(([key, preview]) => pullRequestOf(key) !== undefined && preview.commit === commit);
}

async function isTipOf(projectApi: ProjectApi, branch: string, commit: string | undefined): Promise<boolean> {
  const state = await projectApi.tryBranch(branch);
  return typeof state === 'object' && state.commit === commit;
}

/** Which commit the preview was made of, as `planOlderRun` compares it: of the very same ref. */
function previewSource(manifest: Manifest, key: PreviewKey, ours: Source): Source | undefined {
  const preview = manifest.previews.get(key);
  if (!preview) return undefined;
  const { commit, date } = preview;
  const { repository, directory, ref } = ours;
  return { repository, directory, commit, ...(date !== undefined && { date }), ...(ref !== undefined && { ref }) };
}
