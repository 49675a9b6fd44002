import type { Manifest, Source } from '../plan/manifest.ts';
import { planOlderRun, type RunCommit, relationByDates } from '../plan/older-run.ts';
import { publishes } from '../request/direction.ts';
import { sameRepository } from '../request/names.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import type { PullRequest } from '../request/trigger.ts';
import type { PullReader } from './find-ended.ts';
import { createRelationReader } from './read-run.ts';
import type { DraftingWorld } from './world.ts';

/** Whether a run comes after what is published, and what that is. */
export interface RunOrder {
  readonly order: ReturnType<typeof planOlderRun>;
  /** What the run's own layer was published from. */
  readonly published: Source | undefined;
}

/**
 * Tells whether a run is too late, as often as it plans (design section 4, "Older runs"). Of a pull request GitHub knows
 * the head; where it does not tell, the commits do, as for any other run.
 * @throws CodexSyncError `older-commit` as `planOlderRun` does
 */
export function createOrderReader(
  { environment, direction, allowOlder }: SyncProjectRequest,
  { history, projectApi }: DraftingWorld,
  run: RunCommit,
  pull: PullRequest | undefined,
) {
  // Older commits are kept from production; nothing is, by a run that publishes nothing.
  const production = environment.production && publishes(direction);
  const readRelation = createRelationReader(history, projectApi, run, production);
  return async (manifest: Manifest, mine: Source, pulls: PullReader): Promise<RunOrder> => {
    const published = pull ? previewSource(manifest, pull.number, mine) : manifest.source;
    const now = pull && (await pulls.any(pull.number));
    if (now?.open && now.headCommit === run.commit) return { order: 'go', published };
    // Another head, which may not be published yet, or none any more.
    if (now) return { order: 'superseded', published: now.headCommit === published?.commit ? published : undefined };
    // Commits of another repository are neither older nor newer: `adopt` has decided.
    const comparable = published && sameRepository(published.repository, mine.repository) ? published : undefined;
    const related = await readRelation(comparable);
    // A forced push leaves the line of the heads before it.
    const isForced = pull && comparable && related === 'diverged';
    const relation = isForced ? relationByDates(comparable, run) : related;
    return { order: planOlderRun(relation, comparable, run, { production, allowOlder }), published };
  };
}

/** Which commit the preview was made of, as `planOlderRun` compares it: of the very same ref. */
function previewSource(manifest: Manifest, number: number, mine: Source): Source | undefined {
  const preview = manifest.previews.get(number);
  if (!preview) return undefined;
  const { commit, date } = preview;
  const { repository, directory, ref } = mine;
  return { repository, directory, commit, ...(date !== undefined && { date }), ...(ref !== undefined && { ref }) };
}
