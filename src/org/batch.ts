import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { CONFIG_FILES } from '../git/find-config.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { answerFrom } from '../github/codex-question.ts';
import type { ListedRepository } from '../github/organization-api.ts';
import { findBranch } from '../publish/branch.ts';
import { type OpenedCodex, questionAbout } from '../publish/codex.ts';
import type { Publication } from '../publish/commit.ts';
import { allChanges, type EarlierCommit, publishPlan } from '../publish/publish.ts';
import { inParallel } from '../publish/session.ts';
import { NO_PROJECT, type ProjectReading, readProjects } from '../publish/snapshot.ts';
import { sentenceOf } from '../report/outputs.ts';
import type { ProjectPlan } from '../sync/plan.ts';
import { warnOfLfs } from '../sync/run.ts';
import { modeName } from '../text/spell-inputs.ts';
import { type RepositoryOutcome, repositoryOutcome } from './report.ts';
import { type ReadRepository, readRepository } from './repository.ts';
import type { SkipReason, SyncOrgRequest } from './request.ts';
import type { BatchSession, SyncOrgSession } from './session.ts';

interface PlannedRepository {
  readonly repository: ReadRepository;
  readonly planned: ProjectPlan | SkipReason | { readonly error: string };
}

interface BatchPlan {
  readonly repositories: readonly PlannedRepository[];
  readonly publication: Publication | undefined;
}

/** Project in lower case -> the repository that may own its folder. */
export type ProjectOwners = Map<string, string>;

/** Plans again after each lost race, without fetching a repository twice. */
function createBatchPlanner(
  batch: readonly ReadRepository[],
  parallel: number,
  session: BatchSession,
  owners: ProjectOwners,
  recordFailure: (error: unknown) => Promise<void>,
): (tip: BranchTip | undefined) => Promise<BatchPlan> {
  return async (tip) => {
    const names = [...new Set(batch.map(({ request }) => request.project))];
    const read = await readProjects(tip, names, session);
    const plans = await inParallel(batch, parallel, async (repository) => ({
      repository,
      planned: await planOne(
        repository,
        read.projects.get(repository.request.project) ?? NO_PROJECT,
        read.names,
        recordFailure,
      ),
    }));
    // In the order of names, so that ownership does not depend on the order of reading.
    const repositories = plans.map(({ repository, planned }) => ({
      repository,
      planned: claim(repository, planned, owners),
    }));
    const publications = repositories.flatMap(({ planned }) =>
      isPlan(planned) ? (planned.publication?.projects ?? []) : [],
    );
    return { repositories, publication: publications.length > 0 ? { projects: publications } : undefined };
  };
}

function isPlan(planned: PlannedRepository['planned']): planned is ProjectPlan {
  return typeof planned !== 'string' && !('error' in planned);
}

/** A project belongs to its publisher, else to the repository of its name, else to the first. Errors claim nothing. */
function claim(
  { name, request: { project } }: ReadRepository,
  planned: PlannedRepository['planned'],
  owners: ProjectOwners,
): PlannedRepository['planned'] {
  if (!isPlan(planned)) return planned;
  // A project of another owner has no plan.
  const owner = planned.published ? name : (owners.get(project.toLowerCase()) ?? name);
  owners.set(project.toLowerCase(), owner);
  if (owner === name) return planned;
  return {
    error: `projects/${project} is reserved for repository ${owner}. Use another "project_name" in the configuration, or publish it first with "${modeName('sync-project')}".`,
  };
}

/** Errors that an input can resolve which `sync-org` does not accept. */
const NEEDS_OWN_MESSAGE: readonly ErrorCode[] = ['not-owner', 'older-commit'];

/** Plans one project; its error does not stop the others. */
async function planOne(
  repository: ReadRepository,
  found: ProjectReading,
  listProjects: () => Promise<readonly string[]>,
  recordFailure: (error: unknown) => Promise<void>,
): Promise<PlannedRepository['planned']> {
  let owns = true;
  try {
    if ('error' in found) throw found.error;
    owns = found.manifest.documents.size > 0;
    const { source } = found.manifest;
    if (source?.line === 'stable' && source.ref !== repository.run.ref) return 'published from another stable ref';
    return await repository.planOn(found, listProjects);
  } catch (error) {
    const code = error instanceof CodexSyncError ? error.code : undefined;
    if (code === 'nothing-selected' && !owns) return 'selects no documents';
    await recordFailure(error);
    const alone =
      code && NEEDS_OWN_MESSAGE.includes(code)
        ? ` To do that, publish it alone with "${modeName('sync-project')}".`
        : '';
    return { error: sentenceOf(error) + alone };
  }
}

type BatchOutcome = Awaited<ReturnType<typeof publishPlan<BatchPlan>>>;

export interface PublishedBatch {
  readonly outcomes: readonly RepositoryOutcome[];
  /** The results of its pushes, usually one. */
  readonly pushes: readonly Omit<BatchOutcome, 'planned'>[];
  /** A commit that the branch has, or may have, although the run stopped at it. */
  readonly maybePublished?: string | undefined;
  /** Why no later batch can succeed. */
  readonly stopped: string | undefined;
}

export const NOT_REACHED = 'Not read: the run stopped before it.';
const NOT_PUBLISHED = 'Not published: the run stopped here.';
const MAYBE_PUBLISHED = 'The run stopped here, and may have published it.';

/** After this many projects refused in a row, the branch itself takes no push. */
const MAX_REFUSED = 5;

/** @param owners completed by each batch */
export function createBatchPublisher(
  request: SyncOrgRequest,
  codex: OpenedCodex,
  session: SyncOrgSession,
  owners: ProjectOwners,
  recordRead: (repository: string) => void,
): (batch: readonly ListedRepository[]) => Promise<PublishedBatch> {
  let stopped: string | undefined;
  let refused = 0;

  return (batch) =>
    session.withBatch(async (opened) => {
      const batchSession = await askTogether(batch, opened);
      const read = await inParallel(batch, request.parallel, async (listed) => {
        const one = await readOne(listed, batchSession);
        recordRead(listed.name);
        return one;
      });
      const published = await publish(read.filter(isRead), batchSession);
      const outcomes = [...read.filter(isOutcome), ...published.outcomes];
      outcomes.sort((one, other) => (one.repository < other.repository ? -1 : 1));
      return { ...published, outcomes, stopped };
    });

  /** For a release, another commit than the branch's tip is read. */
  async function askTogether(
    batch: readonly ListedRepository[],
    opened: Omit<BatchSession, 'known'>,
  ): Promise<BatchSession> {
    const { branch } = request.environment;
    if (request.sourceRef !== 'default-branch' || stopped !== undefined)
      return { ...opened, known: { repositories: new Map(), tip: undefined } };
    const answer = await opened.organizationApi.askTogether({
      repositories: batch,
      files: CONFIG_FILES,
      codex: { fullName: codex.fullName, ...questionAbout({ branch }, { projects: batch.map(({ name }) => name) }) },
    });
    const known = { repositories: answer.repositories, tip: answer.codex.tips.get(branch) };
    return { ...opened, codexApi: answerFrom(opened.codexApi, async () => answer.codex), known };
  }

  async function readOne(
    listed: ListedRepository,
    batchSession: BatchSession,
  ): Promise<ReadRepository | RepositoryOutcome> {
    const { name } = listed;
    if (stopped !== undefined) return repositoryOutcome(name, { error: NOT_REACHED });
    try {
      const read = await readRepository(listed, request, codex, batchSession);
      return typeof read === 'string' ? repositoryOutcome(name, { skipped: read }) : read;
    } catch (error) {
      await checkReach(error);
      return repositoryOutcome(name, { error: sentenceOf(error) });
    }
  }

  /** Uses one push, or several if GitHub refuses a document of one project. */
  async function publish(
    read: readonly ReadRepository[],
    batchSession: BatchSession,
  ): Promise<Omit<PublishedBatch, 'stopped'>> {
    if (read.length === 0) return { outcomes: [], pushes: [] };
    if (stopped !== undefined) return { outcomes: unpublished(read, NOT_PUBLISHED), pushes: [] };
    try {
      const planOn = createBatchPlanner(read, request.parallel, batchSession, owners, checkReach);
      const { codexApi, known } = batchSession;
      const { branch } = request.environment;
      const answered = await codexApi.readBranch(branch);
      // Git takes time to read a repository, and other runs push meanwhile.
      const isOld = known.tip !== undefined && !read.every(({ isKnown }) => isKnown);
      const tip = isOld ? await codexApi.readBranch(branch) : answered;
      let last: BranchTip | undefined;
      const planAgain = (on: BranchTip | undefined) => {
        last = on;
        return planOn(on);
      };
      const found = await findBranch(request, { codex, environment: request.environment, tip }, batchSession);
      const first = await planAgain(found.tip);
      const pushes = await publishPlan(request, codex, batchSession, {
        ...{ found, planned: first, planAgain },
        needsBranch: first.repositories.some(({ planned }) => isPlan(planned) && planned.plan !== undefined),
      });
      if (pushes.commit !== undefined) refused = 0;
      const { planned, ...rest } = pushes;
      const repositories = planned.repositories.map((one) => withEarlier(one, rest));
      const lfs = pushes.commit && last ? await readLfsWarnings(repositories, last, batchSession) : new Map();
      return { outcomes: outcomesOf(repositories, rest, codex, lfs), pushes: [rest] };
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      const { maybePublished } = error;
      const isRefused = error.code === 'remote-refused' || error.code === 'documents-refused';
      // A smaller batch would find what was published, and report it as unchanged.
      if (!isRefused || maybePublished !== undefined) {
        stopped ??= error.message;
        const outcomes = unpublished(read, maybePublished === undefined ? NOT_PUBLISHED : MAYBE_PUBLISHED);
        return { outcomes, pushes: [], maybePublished };
      }
      if (read.length === 1) {
        // A refused document does not show that the branch refuses all pushes.
        if (error.code === 'remote-refused') refused += 1;
        if (refused >= MAX_REFUSED) stopped ??= error.message;
        return { outcomes: unpublished(read, error.message), pushes: [] };
      }
      const half = Math.ceil(read.length / 2);
      const first = await publish(read.slice(0, half), batchSession);
      const second = await publish(read.slice(half), batchSession);
      return {
        outcomes: [...first.outcomes, ...second.outcomes],
        pushes: [...first.pushes, ...second.pushes],
        maybePublished: first.maybePublished ?? second.maybePublished,
      };
    }
  }

  /** If the codex is unreachable as well, the error is not the repository's fault. */
  async function checkReach(error: unknown): Promise<void> {
    const code = error instanceof CodexSyncError ? error.code : undefined;
    if (code !== 'no-permission' && code !== 'remote-failed') return;
    await session.codexApi.readRepository().catch((reason: unknown) => {
      if (!(reason instanceof CodexSyncError)) throw reason;
      stopped ??= reason.message;
    });
  }
}

function isRead(one: ReadRepository | RepositoryOutcome): one is ReadRepository {
  return 'planOn' in one;
}

function isOutcome(one: ReadRepository | RepositoryOutcome): one is RepositoryOutcome {
  return !isRead(one);
}

function unpublished(read: readonly ReadRepository[], error: string): RepositoryOutcome[] {
  return read.map(({ name }) => repositoryOutcome(name, { error }));
}

/** A repository with all that the run published of it. */
interface PublishedRepository extends PlannedRepository {
  readonly commit: string | undefined;
  /** Of a repository that an earlier commit of the run published, and the last one could not. */
  readonly error?: string;
}

/** Adds what earlier commits of the run published of a repository, even if its last plan has nothing or fails. */
function withEarlier(
  { repository, planned }: PlannedRepository,
  { earlier = [], parent, commit }: Omit<BatchOutcome, 'planned'>,
): PublishedRepository {
  const before = earlier.flatMap((one) => plansOf(repository, one));
  const last = before.at(-1);
  if (!last) return { repository, planned, commit: isPlan(planned) && planned.publication ? commit : undefined };
  const current = isPlan(planned) && planned.plan ? { ...planned, plan: planned.plan } : undefined;
  const plan = current?.plan ?? last.planned.plan;
  const changes = before.map((one) => ({ parent: one.parent, changes: one.planned.plan?.changes ?? [] }));
  return {
    repository,
    planned: {
      ...(current ?? last.planned),
      publication: current?.publication ?? last.planned.publication,
      plan: plan && { ...plan, changes: allChanges(changes, { changes: current?.plan.changes ?? [], parent }) },
      warnings: [...new Set([...before.flatMap((one) => one.planned.warnings), ...(current?.warnings ?? [])])],
    },
    commit: current?.publication ? commit : last.commit,
    ...(typeof planned !== 'string' && 'error' in planned && { error: planned.error }),
  };
}

/** What an earlier commit of the run published of a repository. */
function plansOf(repository: ReadRepository, { planned, parent, commit }: EarlierCommit<BatchPlan>) {
  return planned.repositories.flatMap((one) =>
    one.repository === repository && isPlan(one.planned) && one.planned.publication
      ? [{ planned: one.planned, parent, commit }]
      : [],
  );
}

/** Repository name -> warnings about documents that the codex gives to Git LFS. */
async function readLfsWarnings(
  repositories: readonly PublishedRepository[],
  tip: BranchTip,
  session: BatchSession,
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const { repository, planned } of repositories) {
    if (!isPlan(planned) || !planned.publication) continue;
    found.set(repository.name, await warnOfLfs(repository.request.project, planned, tip, session));
  }
  return found;
}

function outcomesOf(
  repositories: readonly PublishedRepository[],
  { branch, parent, attempts }: Omit<BatchOutcome, 'planned'>,
  { fullName }: CodexRepository,
  lfs: ReadonlyMap<string, readonly string[]>,
): RepositoryOutcome[] {
  return repositories.map(({ repository, planned, commit, error }) => {
    const { name, request, run, warnings } = repository;
    if (typeof planned === 'string') return repositoryOutcome(name, { skipped: planned });
    if (!isPlan(planned)) return repositoryOutcome(name, { error: planned.error });
    return repositoryOutcome(name, {
      error,
      result: {
        ...planned,
        ...{ request, run, branch, parent, attempts, codex: fullName, commit },
        ...{
          pull: undefined,
          pulled: undefined,
          warnings: [...warnings, ...planned.warnings, ...(lfs.get(name) ?? [])],
        },
      },
    });
  });
}
