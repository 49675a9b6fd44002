import { CodexSyncError } from '../errors.ts';
import type { CodexRepository } from '../github/codex-api.ts';
import { type ChosenRepositories, chooseRepositories, inBatches, type ListedRepository } from '../plan/organization.ts';
import { sentenceOf } from '../report/failure.ts';
import { type RepositoryOutcome, repositoryOutcome, type SyncOrgResult } from '../report/sync-org.ts';
import { sameRepository } from '../request/names.ts';
import { printable } from '../request/printable.ts';
import type { SyncOrgRequest } from '../request/sync-org.ts';
import { checkWritable } from './check-codex.ts';
import { type BatchDraft, createBatchDrafter, isDraft, type ProjectOwners } from './draft-batch.ts';
import { inParallel } from './in-parallel.ts';
import type { SyncOrgWorld } from './organization-world.ts';
import { publishDraft } from './publish.ts';
import { type ReadRepository, readRepository } from './read-repository.ts';

/** Told how a long run goes. */
export interface Follower {
  readonly chosen: (choice: ChosenRepositories) => void;
  /** Called once a batch has landed, or failed. */
  readonly finished: (outcomes: readonly RepositoryOutcome[]) => void;
}

/**
 * Publishes every project of an organization, in batches: the repositories of a batch are read side by side, and their
 * commits, one a project, land in one push or not at all. A run that is killed leaves whole projects behind, and the next
 * one goes on, since what is published already makes no commit.
 *
 * What is wrong with one repository stands in the result and stops no other. Where it is not the repository's fault (the
 * token expired, the codex takes no push), the run ends there and says what landed.
 * @throws CodexSyncError when a guard refuses, or codex or organization cannot be read; then nothing was published
 */
export async function syncOrganization(
  request: SyncOrgRequest,
  world: SyncOrgWorld,
  follower: Follower,
): Promise<SyncOrgResult> {
  const codex = await world.codexApi.readRepository();
  checkWritable(request, codex);
  const listed = await world.organizationApi.listRepositories();
  checkListed(listed, request, codex);
  const choice = chooseRepositories(listed, request, codex.fullName);
  follower.chosen(choice);

  const publishBatch = createBatchPublisher(request, codex, world);
  const outcomes: RepositoryOutcome[] = [];
  const landed: Pick<SyncOrgResult, 'branch' | 'commit' | 'parent' | 'attempts'>[] = [];
  let stopped: string | undefined;
  for (const batch of inBatches(choice.chosen)) {
    const published = await publishBatch(batch);
    outcomes.push(...published.outcomes);
    follower.finished(published.outcomes);
    if (published.ended) landed.push(published.ended);
    stopped = published.stopped;
    if (stopped !== undefined) break;
  }
  const missed = choice.chosen
    .slice(outcomes.length)
    .map(({ name }) => repositoryOutcome(name, { error: NOT_REACHED }));
  const made = landed.filter(({ commit }) => commit !== undefined);
  return {
    request,
    codex: codex.fullName,
    choice,
    outcomes: [...outcomes, ...missed],
    branch: landed.find(({ branch }) => branch === 'created')?.branch ?? landed.at(-1)?.branch ?? 'found',
    commit: made.at(-1)?.commit,
    parent: made[0]?.parent,
    pushes: made.length,
    attempts: Math.max(0, ...landed.map(({ attempts }) => attempts)),
    stopped,
    warnings: unmatchedWarnings(choice),
  };
}

/** A token that sees nothing must not pass for an organization in which there is nothing to do. */
function checkListed(listed: readonly ListedRepository[], request: SyncOrgRequest, codex: CodexRepository): void {
  if (listed.some(({ fullName }) => !sameRepository(fullName, codex.fullName))) return;
  throw new CodexSyncError(
    'no-permission',
    `No repository of ${request.organization} can be seen with what this run was given, except for the codex itself. Let the token in "token", or ` +
      'the GitHub App in "app-id", read the repositories ("Contents: read-only"), or correct the input "organization".',
  );
}

const NOT_REACHED = 'Not looked at: the run ended before.';

function unmatchedWarnings({ unmatched }: ChosenRepositories): string[] {
  return unmatched.map(
    (glob) => `No repository is called "${printable(glob)}" (inputs "repositories" and "exclude-repositories").`,
  );
}

/** Reads and publishes one batch after the other. */
function createBatchPublisher(request: SyncOrgRequest, codex: CodexRepository, world: SyncOrgWorld) {
  const owners: ProjectOwners = new Map();
  let stopped: string | undefined;

  return async (batch: readonly ListedRepository[]) => {
    const read = await inParallel(batch, request.parallel, readOne);
    const good = read.filter(isRead);
    const found = read.flatMap((one) => (isRead(one) ? [] : [one]));
    const inOrder = (outcomes: readonly RepositoryOutcome[]) =>
      [...outcomes].sort((one, other) => (one.repository < other.repository ? -1 : 1));
    if (good.length === 0) return { outcomes: found, ended: undefined, stopped };
    try {
      const draftOn = createBatchDrafter(good, request.parallel, world, owners);
      const ended = await publishDraft(request, codex, world, draftOn, ({ publication }) => publication !== undefined);
      return { outcomes: inOrder([...found, ...outcomesOf(codex, ended)]), ended, stopped };
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      const unpublished = good.map(({ name }) => repositoryOutcome(name, { error: error.message }));
      return { outcomes: inOrder([...found, ...unpublished]), ended: undefined, stopped: error.message };
    }
  };

  async function readOne(listed: ListedRepository): Promise<ReadRepository | RepositoryOutcome> {
    const { name } = listed;
    if (stopped !== undefined) return repositoryOutcome(name, { error: NOT_REACHED });
    try {
      const read = await readRepository(listed, request, codex, world);
      return typeof read === 'string' ? repositoryOutcome(name, { skipped: read }) : read;
    } catch (error) {
      const code = error instanceof CodexSyncError ? error.code : undefined;
      if (code === 'no-permission' || code === 'remote-failed') await checkReach();
      return repositoryOutcome(name, { error: sentenceOf(error) });
    }
  }

  /** Where the codex cannot be read any more either, it is not this one repository's fault. */
  async function checkReach(): Promise<void> {
    await world.codexApi.readRepository().catch((error: unknown) => {
      if (!(error instanceof CodexSyncError)) throw error;
      stopped ??= error.message;
    });
  }
}

function isRead(one: ReadRepository | RepositoryOutcome): one is ReadRepository {
  return 'draft' in one;
}

type Ended = Awaited<ReturnType<typeof publishDraft<BatchDraft>>>;

function outcomesOf(
  { fullName }: CodexRepository,
  { draft, branch, parent, commit, attempts }: Ended,
): RepositoryOutcome[] {
  return draft.repositories.map(({ repository, drafted }) => {
    const { name, request, run, warnings } = repository;
    if (typeof drafted === 'string') return repositoryOutcome(name, { skipped: drafted });
    if (!isDraft(drafted)) return repositoryOutcome(name, { error: drafted.error });
    const made = drafted.publication ? commit : undefined;
    return repositoryOutcome(name, {
      result: {
        ...drafted,
        ...{ request, run, branch, parent, attempts, codex: fullName, commit: made },
        ...{ pull: undefined, cameBack: undefined, warnings: [...warnings, ...drafted.warnings] },
      },
    });
  });
}
