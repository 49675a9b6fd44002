import type { RunCommit } from '../codex/commit-order.ts';
import { branchOf, isBeneath, type Overlay, type Preview, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import { lineOfRef, type StableRefs } from '../codex/stable-refs.ts';
import type { History } from '../git/checkout.ts';
import type { ProjectApi, PullState } from '../github/project-api.ts';
import { type BranchName, type Tristate, tristate } from '../text/ids.ts';

/** Maximum number of previews that a run asks GitHub about one by one; later runs check the others. */
const MAX_ASKED = 5;

/** The time after which any run removes a preview of a branch or a commit that GitHub does not have. */
const LOCAL_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;

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
    async answers(): Promise<boolean> {
      return (await readRecent()) !== undefined;
    },
    async any(number: number): Promise<PullState | undefined> {
      const found = await this.recent(number);
      if (found || one.size >= MAX_ASKED) return found ?? one.get(number);
      const asked = one.get(number) ?? projectApi.tryPull(number);
      one.set(number, asked);
      return asked;
    },
    /** Pull requests from this branch, among the hundred that changed last. */
    async from(branch: BranchName): Promise<PullState[]> {
      return [...((await readRecent())?.values() ?? [])].filter(({ headBranch }) => headBranch === branch);
    },
  };
}
export type PullReader = ReturnType<typeof createPullReader>;

export interface ClosedQuestion {
  readonly run: RunCommit;
  /** `undefined` in a run for a preview, which closes only previews that no stable ref can contain yet. */
  readonly stableRefs: StableRefs | undefined;
  /** The preview that the run publishes, and the branch of its pull request. */
  readonly own: PreviewKey | undefined;
  readonly ownBranch: BranchName | undefined;
  readonly deletedBranch: BranchName | undefined;
  /** Whether the folder belonged to another repository until now, whose pull requests had other numbers. */
  readonly takesOver: boolean;
  readonly pulls: PullReader;
  readonly history: History;
  readonly projectApi: ProjectApi;
  readonly random: () => number;
  readonly now: () => Date;
}

/** Finds previews that the commit contains, or whose event was missed. Merged and closed are treated alike. */
export async function findClosed({ previews }: Overlay, question: ClosedQuestion): Promise<PreviewKey[]> {
  const { run, stableRefs, own, ownBranch, deletedBranch, takesOver, pulls, history, projectApi, random, now } =
    question;
  const closed: PreviewKey[] = [];
  // Start at a random preview, so that all are checked over several runs.
  const keys = [...previews.keys()].filter((key) => key !== own);
  const first = Math.floor(random() * keys.length);
  let asked = 0;
  let answersForDefault: Promise<boolean> | undefined;
  for (const key of [...keys.slice(first), ...keys.slice(0, first)]) {
    const preview = previews.get(key);
    const [number, branch] = [pullRequestOf(key), branchOf(key)];
    const ends =
      preview &&
      ((number !== undefined && (await endsPull(number, preview.commit))) ||
        (branch !== undefined && (await endsBranch(key, branch, preview))));
    if (ends) closed.push(key);
  }
  return closed;

  async function endsPull(number: number, commit: string): Promise<boolean> {
    const pull = stableRefs ? await pulls.any(number) : await pulls.recent(number);
    // After a rename of the repository the same head means the same pull request.
    if (takesOver && (pull ? pull.headCommit !== commit : await pulls.answers())) return true;
    if (pull) return endsWith(pull);
    // If GitHub does not answer, a stable ref that contains the head has merged it.
    return stableRefs !== undefined && (await history.contains(run.commit, commit)) === 'yes';
  }

  async function endsWith(pull: PullState): Promise<boolean> {
    if (pull.open) return false;
    if (!pull.merged) return true;
    // Merged into the head that this run previews.
    if (!stableRefs) return pull.baseBranch === ownBranch;
    if (await isIn(pull)) return true;
    if (isStable(pull.baseBranch)) return false;
    // Merged into another branch: it closes with that branch's pull request, or at once if there is none.
    const next = await pulls.from(pull.baseBranch);
    if (next.some(({ open }) => open)) return false;
    for (const one of next) {
      if (one.merged && isStable(one.baseBranch) && !(await isIn(one))) return false;
    }
    return true;
  }

  async function endsBranch(key: PreviewKey, branch: BranchName, preview: Preview): Promise<boolean> {
    const { commit, local } = preview;
    // Its pull request has a preview of its own.
    if (!stableRefs) return branch === ownBranch;
    // The documents beneath the first previews end with the first `documents`; no commit dates them.
    if (isBeneath(key, preview)) return true;
    if (takesOver || run.ref === `refs/heads/${branch}` || branch === deletedBranch) return true;
    if (local !== undefined && now().getTime() - Date.parse(local) > LOCAL_MILLISECONDS) return true;
    if (run.commit === commit || (await history.contains(run.commit, commit)) === 'yes') return true;
    for (const pull of await pulls.from(branch)) {
      if (!pull.merged || !((await isIn(pull)) || !isStable(pull.baseBranch))) continue;
      if (pull.headCommit === commit || (await contains(pull.headCommit, commit)) === 'yes') return true;
    }
    if ((await contains(run.commit, commit)) === 'yes') return true;
    return local === undefined && (await isGone(branch));
  }

  /** GitHub may hide branches from the token; an answer for the default branch, which always exists, rules that out. */
  async function isGone(branch: BranchName): Promise<boolean> {
    const defaultBranch = stableRefs?.defaultBranch;
    if (asked >= MAX_ASKED || defaultBranch === undefined) return false;
    asked += 1;
    if ((await projectApi.hasBranch(branch)) !== 'no') return false;
    answersForDefault ??= projectApi.hasBranch(defaultBranch).then((answer) => answer === 'yes');
    return answersForDefault;
  }

  async function contains(commit: string, ancestor: string): Promise<Tristate> {
    const known = await history.contains(commit, ancestor);
    if (known !== 'unknown' || asked >= MAX_ASKED) return known;
    asked += 1;
    const relation = await projectApi.tryRelation(commit, ancestor);
    return tristate(relation && (relation === 'same' || relation === 'contained'));
  }

  function isStable(branch: BranchName): boolean {
    return stableRefs !== undefined && lineOfRef(stableRefs, `refs/heads/${branch}`, true) !== undefined;
  }

  /** Whether the commit of this run contains the merge. */
  async function isIn({ mergeCommit, baseBranch }: PullState): Promise<boolean> {
    if (mergeCommit === undefined) return false;
    const contained = await history.contains(run.commit, mergeCommit);
    if (contained !== 'unknown') return contained === 'yes';
    // A late run from before the merge has the same branch, so the branch decides only if GitHub does not answer.
    const relation = await projectApi.tryRelation(run.commit, mergeCommit);
    return relation ? relation === 'contained' || relation === 'same' : run.ref === `refs/heads/${baseBranch}`;
  }
}
