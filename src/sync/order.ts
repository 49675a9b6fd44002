import {
  asksForRelation,
  planOlderRun,
  type Relation,
  type RunCommit,
  relationByDates,
} from '../codex/commit-order.ts';
import { isRollBack } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import type { History } from '../git/checkout.ts';
import type { CodexApi } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { publishes } from '../inputs/definitions.ts';
import type { PullReader } from '../previews/find-closed.ts';
import { sameRepository } from '../text/names.ts';
import type { SyncProjectRequest } from './request.ts';
import type { PlanningSession } from './session.ts';

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
  { history, projectApi, now: clock }: PlanningSession,
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

/** How a run is ordered. */
interface Ordering {
  /** Whether it goes into production, where more refs are compared. */
  readonly production: boolean;
  /** The time that commit dates are compared by; `undefined` in production, where a date decides nothing. */
  readonly datesAt: (() => Date) | undefined;
}

/**
 * Reads how the manifest's commit stands to the run's: from the checkout, else from GitHub's comparison, else, outside of
 * production, from the commit dates. Each commit is asked for once, however often a run plans.
 */
export function createRelationReader(
  history: History,
  projectApi: ProjectApi,
  run: RunCommit,
  { production, datesAt }: Ordering,
) {
  const known = new Map<string, Promise<Relation>>();

  const readCommits = createCommitReader(history, projectApi);

  async function ask(published: Source): Promise<Relation> {
    const relation = await readCommits(published, run);
    return relation === 'unknown' && datesAt ? relationByDates(published, run, datesAt()) : relation;
  }

  return (published: Source | undefined): Promise<Relation> => {
    const theirs = published?.commit;
    if (!published || !theirs || !asksForRelation(published, run, production)) return Promise.resolve('same');
    const answer = known.get(theirs) ?? ask(published);
    known.set(theirs, answer);
    return answer;
  };
}

type Commit = Pick<Source, 'commit'>;

/** The same of any two commits of the project, which no date orders. */
export function createCommitReader(history: History, projectApi: ProjectApi) {
  return async ({ commit: other = '' }: Commit, { commit = '' }: Commit): Promise<Relation> => {
    const [newer, contained] = await Promise.all([history.contains(other, commit), history.contains(commit, other)]);
    if (newer) return 'newer';
    if (contained) return 'contained';
    if (newer === false && contained === false) return 'diverged';
    return (await projectApi.tryRelation(commit, other)) ?? 'unknown';
  };
}

/**
 * Reads how what production has stands to what comes from another environment: no checkout has either commit, so GitHub's
 * comparison tells, asked with the project's token, else with the codex's, which often may read the projects too. Each question
 * is asked once.
 */
export function createSourceRelationReader({
  projectApiOf,
  codexApi,
}: {
  readonly projectApiOf: (repository: string) => Pick<ProjectApi, 'tryRelation'>;
  readonly codexApi: Pick<CodexApi, 'tryRelation'>;
}) {
  const known = new Map<string, Promise<Relation | undefined>>();
  const ask = async (repository: string, commit: string, other: string) =>
    (await projectApiOf(repository).tryRelation(commit, other)) ?? codexApi.tryRelation(repository, commit, other);
  return async (published: Source, ours: Source): Promise<Relation> => {
    const [commit, other] = [ours.commit ?? '', published.commit ?? ''];
    const question = `${ours.repository} ${commit} ${other}`;
    const answer = known.get(question) ?? ask(ours.repository, commit, other);
    known.set(question, answer);
    return (await answer) ?? 'unknown';
  };
}
