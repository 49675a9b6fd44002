import { asksForRelation, type Relation, type RunCommit, relationByDates } from '../codex/commit-order.ts';
import type { Source } from '../codex/manifest.ts';
import type { History } from '../git/checkout.ts';
import type { CodexApi } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';

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
  return async (published: Source, mine: Source): Promise<Relation> => {
    const [commit, other] = [mine.commit ?? '', published.commit ?? ''];
    const question = `${mine.repository} ${commit} ${other}`;
    const answer = known.get(question) ?? ask(mine.repository, commit, other);
    known.set(question, answer);
    return (await answer) ?? 'unknown';
  };
}
