import { asksForRelation, type Relation, type RunCommit, relationByDates } from '../codex/commit-order.ts';
import { asksForHeld, decideHold, type HoldDecision, type HoldQuestion } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
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
  return async (published: Source, ours: Source): Promise<Relation> => {
    const [commit, other] = [ours.commit ?? '', published.commit ?? ''];
    const question = `${ours.repository} ${commit} ${other}`;
    const answer = known.get(question) ?? ask(ours.repository, commit, other);
    known.set(question, answer);
    return (await answer) ?? 'unknown';
  };
}

/** Asks how the commit of a hold stands to others, by the commits alone; each question is asked once. */
export function createHoldReader(readRelation: (other: Source, ours: Source) => Promise<Relation>) {
  const known = new Map<string, Promise<Relation>>();

  async function relationOf({ repository, directory }: Source, other: string, commit: string): Promise<Relation> {
    if (other === commit) return 'same';
    const question = `${repository} ${other} ${commit}`;
    const about = { repository, directory };
    const answer = known.get(question) ?? readRelation({ ...about, commit: other }, { ...about, commit });
    known.set(question, answer);
    return answer;
  }

  return {
    /**
     * Decides what a hold does with a run that would publish `documents`.
     * @param texts what it would publish, by path
     */
    async decide(
      { held, source }: Manifest,
      run: Omit<HoldQuestion, 'held' | 'published' | 'relation'>,
    ): Promise<HoldDecision> {
      if (held === undefined) return { kind: 'stays' };
      const question = { ...run, held, published: source?.commit };
      const asks = source !== undefined && asksForHeld(question);
      const relation = asks ? await relationOf(source, held.commit, run.ours.commit) : 'unknown';
      return decideHold({ ...question, relation });
    },

    /** How the commit of the hold stands to what is published, which a roll-back takes back. */
    async relationToPublished({ held, source }: Manifest): Promise<Relation> {
      if (held === undefined || source?.commit === undefined) return 'unknown';
      return relationOf(source, held.commit, source.commit);
    },
  };
}
