import type { Checkout, CommitInfo, History } from '../git/checkout.ts';
import type { ProjectApi } from '../github/project-api.ts';
import type { Source } from '../plan/manifest.ts';
import { asksForRelation, type Relation, type RunCommit, relationByDates } from '../plan/older-run.ts';
import { type PullRequest, refOfCommit, runsOnPullRequest, type Trigger } from '../request/trigger.ts';

/** Whether a commit is a merge of this head, as GitHub makes one of a pull request. */
export function isMergeOf({ parents }: CommitInfo, head: string): boolean {
  return parents.length === 2 && parents[1] === head;
}

/**
 * The commit that a run publishes: HEAD, or the pull request's head when HEAD is the merge commit that GitHub made of it, or
 * what a workflow committed on top.
 */
export async function readRunCommit(
  trigger: Trigger,
  checkout: Checkout,
  pull: PullRequest | undefined,
): Promise<RunCommit> {
  const { head } = checkout;
  const pullHead = pull?.headCommit;
  const has = async (commit: string) =>
    isMergeOf(head, commit) ||
    (runsOnPullRequest(trigger.event) && (await checkout.contains(head.id, commit)) === true);
  if (pullHead === undefined || !(await has(pullHead))) {
    return { commit: head.id, date: head.date, ref: refOfCommit(trigger, head.id) };
  }
  const date = (await checkout.readCommit(pullHead))?.date;
  return { commit: pullHead, date, ref: trigger.ref };
}

/**
 * Reads how the manifest's commit stands to the run's: from the checkout, else from GitHub's comparison, else from the
 * commit dates. Each commit is asked for once, however often a run plans.
 */
export function createRelationReader(history: History, projectApi: ProjectApi, run: RunCommit, production: boolean) {
  const known = new Map<string, Promise<Relation>>();

  async function ask(published: Source, theirs: string): Promise<Relation> {
    const [newer, contained] = await Promise.all([
      history.contains(theirs, run.commit),
      history.contains(run.commit, theirs),
    ]);
    if (newer) return 'newer';
    if (contained) return 'contained';
    if (newer === false && contained === false) return 'diverged';
    return (await projectApi.tryRelation(run.commit, theirs)) ?? relationByDates(published, run);
  }

  return (published: Source | undefined): Promise<Relation> => {
    const theirs = published?.commit;
    if (!published || !theirs || !asksForRelation(published, run, production)) return Promise.resolve('same');
    const answer = known.get(theirs) ?? ask(published, theirs);
    known.set(theirs, answer);
    return answer;
  };
}

/**
 * Reads how what was published stands to what comes from another environment: no checkout has either commit, so GitHub's
 * comparison tells, else the dates. Each question is asked once.
 */
export function createSourceRelationReader(projectApiOf: (repository: string) => ProjectApi) {
  const known = new Map<string, Promise<Relation | undefined>>();
  return async (published: Source, mine: Source): Promise<Relation> => {
    const [commit, other] = [mine.commit ?? '', published.commit ?? ''];
    const question = `${mine.repository} ${commit} ${other}`;
    const answer = known.get(question) ?? projectApiOf(mine.repository).tryRelation(commit, other);
    known.set(question, answer);
    return (await answer) ?? relationByDates(published, { commit, date: mine.date, ref: mine.ref ?? '' });
  };
}
