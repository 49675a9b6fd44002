import type { Checkout } from '../git/checkout.ts';
import type { ProjectApi, PullState } from '../github/project-api.ts';
import type { Ending } from '../plan/ended.ts';
import type { Layers } from '../plan/layers.ts';
import type { RunCommit } from '../plan/older-run.ts';

/** So many older pull requests are asked about one by one; the others in the next run. */
const MOST_ASKED = 5;

/** What GitHub says of the pull requests that have a preview; each question is asked once, however often a run plans. */
export function createPullReader(projectApi: ProjectApi) {
  const one = new Map<number, Promise<PullState | undefined>>();
  let recent: Promise<ReadonlyMap<number, PullState> | undefined> | undefined;
  return {
    async recent(number: number): Promise<PullState | undefined> {
      recent ??= projectApi.tryRecentPulls();
      return (await recent)?.get(number);
    },
    async any(number: number): Promise<PullState | undefined> {
      const found = await this.recent(number);
      if (found || one.size >= MOST_ASKED) return found ?? one.get(number);
      const asked = one.get(number) ?? projectApi.tryPull(number);
      one.set(number, asked);
      return asked;
    },
  };
}
export type PullReader = ReturnType<typeof createPullReader>;

export interface EndedQuestion {
  readonly run: RunCommit;
  /** The pull request that the run is for; such a run only takes away what was closed without a merge. */
  readonly own: number | undefined;
  readonly pulls: PullReader;
  readonly checkout: Checkout;
  readonly projectApi: ProjectApi;
}

/**
 * Finds the pull requests whose previews end with this run: merged ones that its commit contains, and closed ones that no
 * event removed.
 */
export async function findEnded(
  { previews }: Layers,
  { run, own, pulls, checkout, projectApi }: EndedQuestion,
): Promise<Map<number, Ending>> {
  const ended = new Map<number, Ending>();
  for (const [number, { commit }] of previews) {
    if (number === own) continue;
    const contained = own === undefined ? await checkout.contains(run.commit, commit) : undefined;
    const ending = contained === true ? 'merged' : await endingOf(number);
    if (ending) ended.set(number, ending);
  }
  return ended;

  async function endingOf(number: number): Promise<Ending | undefined> {
    const pull = own === undefined ? await pulls.any(number) : await pulls.recent(number);
    if (!pull || pull.open) return undefined;
    if (!pull.merged) return 'dropped';
    if (own !== undefined || pull.mergeCommit === undefined) return undefined;
    const contained = await checkout.contains(run.commit, pull.mergeCommit);
    if (contained !== undefined) return contained ? 'merged' : undefined;
    // A late run of before the merge is of the same branch, so the branch tells only where GitHub does not.
    const relation = await projectApi.tryRelation(run.commit, pull.mergeCommit);
    const isIn = relation
      ? relation === 'contained' || relation === 'same'
      : run.ref === `refs/heads/${pull.baseBranch}`;
    return isIn ? 'merged' : undefined;
  }
}
