import { asksForRelation, type Relation, type RunCommit, relationByDates } from '../codex/commit-order.ts';
import { asksForHeld, decideHold, type HoldDecision, type HoldQuestion } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import type { History } from '../git/checkout.ts';
import type { CodexApi } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { askOnce } from '../text/ids.ts';

interface Ordering {
  /** Whether the target is production, where more refs are compared. */
  readonly production: boolean;
  /** The clock for comparing commit dates; `undefined` in production, where dates decide nothing. */
  readonly datesAt: (() => Date) | undefined;
}

/** By the checkout, else GitHub's comparison, else (outside production) commit dates. Asks about each commit once. */
export function createRelationReader(
  history: History,
  projectApi: ProjectApi,
  run: RunCommit,
  { production, datesAt }: Ordering,
) {
  const compareCommits = createCommitComparer(history, projectApi);
  const relationTo = askOnce(
    ({ commit = '' }: Source) => commit,
    async (published) => {
      const relation = await compareCommits(published, run);
      return relation === 'unknown' && datesAt ? relationByDates(published, run, datesAt()) : relation;
    },
  );
  return async (published: Source | undefined): Promise<Relation> =>
    published?.commit && asksForRelation(published, run, production) ? relationTo(published) : 'same';
}

type Commit = Pick<Source, 'commit'>;

/** Relates any two commits of the project, without dates. */
export function createCommitComparer(history: History, projectApi: ProjectApi) {
  return async ({ commit: other = '' }: Commit, { commit = '' }: Commit): Promise<Relation> => {
    const [newer, contained] = await Promise.all([history.contains(other, commit), history.contains(commit, other)]);
    if (newer === 'yes') return 'newer';
    if (contained === 'yes') return 'contained';
    if (newer === 'no' && contained === 'no') return 'diverged';
    return (await projectApi.tryRelation(commit, other)) ?? 'unknown';
  };
}

/** GitHub compares, as no checkout has both commits; the codex's token can often replace the project's. */
export function createSourceRelationReader({
  projectApiOf,
  codexApi,
}: {
  readonly projectApiOf: (repository: string) => Pick<ProjectApi, 'tryRelation'>;
  readonly codexApi: Pick<CodexApi, 'tryRelation'>;
}) {
  return askOnce(
    ({ commit: other }: Source, { repository, commit }: Source) => `${repository} ${commit} ${other}`,
    async ({ commit: other = '' }, { repository, commit = '' }): Promise<Relation> =>
      (await projectApiOf(repository).tryRelation(commit, other)) ??
      (await codexApi.tryRelation(repository, commit, other)) ??
      'unknown',
  );
}

/** Relates the commit of a hold to others, without dates. Asks each question once. */
export function createHoldReader(readRelation: (other: Source, ours: Source) => Promise<Relation>) {
  const relationOf = askOnce(
    ({ repository }: Source, other: string, commit: string) => `${repository} ${other} ${commit}`,
    async ({ repository, directory }, other, commit): Promise<Relation> => {
      const about = { repository, directory };
      return other === commit ? 'same' : readRelation({ ...about, commit: other }, { ...about, commit });
    },
  );

  return {
    /**
     * A hold counts in production alone: another branch has it only because it began at production.
     * @param run `texts`: the documents to publish, by path
     */
    async decide(
      { held, source, documents }: Manifest,
      production: boolean,
      run: Omit<HoldQuestion, 'held' | 'published' | 'documents' | 'relation'>,
    ): Promise<HoldDecision> {
      if (held === undefined || !production) return { kind: 'stays' };
      const question = { ...run, held, published: source?.commit, documents };
      const asks = source !== undefined && asksForHeld(question);
      const relation = asks ? await relationOf(source, held.commit, run.ours.commit) : 'unknown';
      return decideHold({ ...question, relation });
    },

    /** Relates the commit of the hold to the published one, which a roll-back reverts. */
    async relationToPublished({ held, source }: Manifest): Promise<Relation> {
      if (held === undefined || source?.commit === undefined) return 'unknown';
      return relationOf(source, held.commit, source.commit);
    },
  };
}
