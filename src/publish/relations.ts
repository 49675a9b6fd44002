import { asksForRelation, type Relation, type RunCommit, relationByDates } from '../codex/commit-order.ts';
import { asksForHeld, decideHold, type HoldDecision, type HoldQuestion } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import type { History } from '../git/checkout.ts';
import type { CodexApi } from '../github/codex-api.ts';
import type { ProjectApi } from '../github/project-api.ts';

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
  const known = new Map<string, Promise<Relation>>();

  const compareCommits = createCommitComparer(history, projectApi);

  async function ask(published: Source): Promise<Relation> {
    const relation = await compareCommits(published, run);
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

/** Relates the commit of a hold to others, without dates. Asks each question once. */
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
    /** @param texts the documents to publish, by path */
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

    /** Relates the commit of the hold to the published one, which a roll-back reverts. */
    async relationToPublished({ held, source }: Manifest): Promise<Relation> {
      if (held === undefined || source?.commit === undefined) return 'unknown';
      return relationOf(source, held.commit, source.commit);
    },
  };
}
