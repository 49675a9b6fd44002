import type { History } from '../git/checkout.ts';
import type { ProjectApi, PullState } from '../github/project-api.ts';
import type { Ending } from '../plan/ended.ts';
import type { Layers } from '../plan/layers.ts';
import type { RunCommit } from '../plan/older-run.ts';

/** So many older pull requests are asked about one by one; the others in another run. */
const MOST_ASKED = 5;

/** What GitHub says of the pull requests that have a preview; each question is asked once. */
export function createPullReader(projectApi: ProjectApi) {
  const one = new Map<number, Promise<PullState | undefined>>();
  let recent: Promise<ReadonlyMap<number, PullState> | undefined> | undefined;
  const readRecent = () => {
    recent ??= projectApi.tryRecentPulls();
    return recent;
  };
  return {
    async recent(number: number): Promise<PullState | undefined> {
      return (await readRecent())?.get(number);
    },
    /** Whether GitHub tells anything of pull requests. */
    async answers(): Promise<boolean> {
      return (await readRecent()) !== undefined;
    },
    async any(number: number): Promise<PullState | undefined> {
      const found = await this.recent(number);
      if (found || one.size >= MOST_ASKED) return found ?? one.get(number);
      const asked = one.get(number) ?? projectApi.tryPull(number);
      one.set(number, asked);
      return asked;
    },
    /** The first pull request that brought a branch somewhere after a moment: with what had gone into the branch then. */
    async mergedFrom(branch: string, after: string): Promise<PullState | undefined> {
      const all = [...((await readRecent())?.values() ?? [])];
      const later = all.filter(
        ({ headBranch, merged, closedAt }) => headBranch === branch && merged && closedAt > after,
      );
      return later.reduce<PullState | undefined>(
        (one, other) => (one && one.closedAt < other.closedAt ? one : other),
        undefined,
      );
    },
  };
}
export type PullReader = ReturnType<typeof createPullReader>;

export interface EndedQuestion {
  readonly run: RunCommit;
  /** The pull request that the run is for; such a run takes away only what cannot be in a branch yet. */
  readonly own: number | undefined;
  /** Whether the folder belonged to another repository until now, whose pull requests had other numbers. */
  readonly takesOver: boolean;
  readonly pulls: PullReader;
  readonly history: History;
  readonly projectApi: ProjectApi;
  readonly random: () => number;
}

/**
 * Finds the pull requests whose previews end with this run: merged ones that its commit contains, and closed ones that no
 * event removed.
 */
export async function findEnded({ previews }: Layers, question: EndedQuestion): Promise<Map<number, Ending>> {
  const { run, own, takesOver, pulls, history, projectApi, random } = question;
  const ended = new Map<number, Ending>();
  // In another order each time: of more than can be asked about, each has its turn.
  const numbers = [...previews.keys()].filter((number) => number !== own);
  const first = Math.floor(random() * numbers.length);
  for (const number of [...numbers.slice(first), ...numbers.slice(0, first)]) {
    const ending = await endingOf(number, previews.get(number)?.commit ?? '');
    if (ending) ended.set(number, ending);
  }
  return ended;

  async function endingOf(number: number, commit: string): Promise<Ending | undefined> {
    const pull = own === undefined ? await pulls.any(number) : await pulls.recent(number);
    // After a rename it is still the same pull request.
    if (takesOver && (pull ? pull.headCommit !== commit : await pulls.answers())) return 'dropped';
    if (pull) return endingOfPull(pull);
    // Where GitHub does not tell, a branch that has the head has merged it.
    const isMerged = own === undefined && (await history.contains(run.commit, commit)) === true;
    return isMerged ? 'merged' : undefined;
  }

  async function endingOfPull(pull: PullState): Promise<Ending | undefined> {
    if (pull.open) return undefined;
    if (!pull.merged) return 'dropped';
    // It went into the head that this run previews.
    if (own !== undefined) return (await pulls.recent(own))?.headBranch === pull.baseBranch ? 'dropped' : undefined;
    if (await isIn(pull)) return 'merged';
    // A late run of before the merge.
    if (run.ref === `refs/heads/${pull.baseBranch}`) return undefined;
    // What went into the head of another pull request ends with that one.
    const next = await pulls.mergedFrom(pull.baseBranch, pull.closedAt);
    if (next) return endingOfPull(next);
    return (await projectApi.tryHasBranch(pull.baseBranch)) === false ? 'dropped' : undefined;
  }

  /** Whether the commit of this run contains the merge. */
  async function isIn({ mergeCommit, baseBranch }: PullState): Promise<boolean> {
    if (mergeCommit === undefined) return false;
    const contained = await history.contains(run.commit, mergeCommit);
    if (contained !== undefined) return contained;
    // A late run of before the merge is of the same branch, so the branch tells only where GitHub does not.
    const relation = await projectApi.tryRelation(run.commit, mergeCommit);
    return relation ? relation === 'contained' || relation === 'same' : run.ref === `refs/heads/${baseBranch}`;
  }
}
