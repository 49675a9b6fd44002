import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { NO_FOLDER } from '../git/codex-folder.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { ListedRepository } from '../github/organization-api.ts';
import type { Publication } from '../publish/commit.ts';
import { inParallel } from '../publish/parallel.ts';
import { publishDraft } from '../publish/publish.ts';
import { listTips, type OpenedCodex, publishedAmong, readFoldersAt } from '../publish/read-folders.ts';
import { sentenceOf } from '../report/outputs.ts';
import { type Draft, warnOfLfs } from '../sync/plan.ts';
import type { SkipReason } from './choose.ts';
import { type RepositoryOutcome, repositoryOutcome } from './report.ts';
import { type ReadRepository, readRepository } from './repository.ts';
import type { SyncOrgRequest } from './request.ts';
import type { BatchWorld, SyncOrgWorld } from './session.ts';

/** What a repository of a batch comes to on one tip of the codex. */
export interface DraftedRepository {
  readonly repository: ReadRepository;
  readonly drafted: Draft | SkipReason | { readonly error: string };
}

/** What a batch of repositories would do on one tip of the codex. */
export interface BatchDraft {
  readonly repositories: readonly DraftedRepository[];
  readonly publication: Publication | undefined;
}

/** Project, in lower case -> the repository that may have it: a folder of the codex belongs to one. */
export type ProjectOwners = Map<string, string>;

/**
 * Drafts a batch on the tip that it is given, as often as the run loses a race. What stands there is read for all of them
 * at once; what was fetched of the repositories is not fetched again.
 * @param tellFailure told what went wrong with one of them
 */
export function createBatchDrafter(
  batch: readonly ReadRepository[],
  parallel: number,
  world: BatchWorld,
  owners: ProjectOwners,
  tellFailure: (error: unknown) => Promise<void>,
): (tip: BranchTip | undefined) => Promise<BatchDraft> {
  return async (tip) => {
    const standing = await readStanding(
      tip,
      batch.map(({ request }) => request.project),
      world,
    );
    const drafts = await inParallel(batch, parallel, async (repository) => ({
      repository,
      drafted: await draftOne(repository, standing, tellFailure),
    }));
    // In the order of the names, and only then: who may have a folder does not depend on who was read first.
    const repositories = drafts.map(({ repository, drafted }) => ({
      repository,
      drafted: claim(repository, drafted, owners),
    }));
    const projects = repositories.flatMap(({ drafted }) =>
      isDraft(drafted) ? (drafted.publication?.projects ?? []) : [],
    );
    return { repositories, publication: projects.length > 0 ? { projects } : undefined };
  };
}

export function isDraft(drafted: DraftedRepository['drafted']): drafted is Draft {
  return typeof drafted !== 'string' && !('error' in drafted);
}

/**
 * Who published a project has it, else the repository of that name, else the first in the order of names. What fails, or is
 * passed over, keeps it from nobody.
 */
function claim(
  { name, request: { project } }: ReadRepository,
  drafted: DraftedRepository['drafted'],
  owners: ProjectOwners,
): DraftedRepository['drafted'] {
  if (!isDraft(drafted)) return drafted;
  // Of another owner there would be no draft.
  const owner = drafted.published ? name : (owners.get(project.toLowerCase()) ?? name);
  owners.set(project.toLowerCase(), owner);
  if (owner === name) return drafted;
  return {
    error: `projects/${project} is kept for repository ${owner}. Use another "project_name" in the configuration, or publish it first with "mode: sync-project".`,
  };
}

type Standing = Awaited<ReturnType<typeof readStanding>>;

/** The folders of the projects, and their manifests. */
async function readStanding(tip: BranchTip | undefined, projects: readonly string[], world: BatchWorld) {
  const tips = await listTips(tip ? [tip] : [], world);
  const { folders, texts } = await readFoldersAt(tips, projects, world);
  const listed = tips[0]?.list.trees.keys() ?? [];
  return { folders: folders[0], texts, listProjects: async () => [...listed] };
}

/** What an input mends that a run for many does not take. */
const NEEDS_OWN_WORDS: readonly ErrorCode[] = ['not-owner', 'older-commit'];

/** Drafts one project; what is wrong with it stops no other. */
async function draftOne(
  repository: ReadRepository,
  { folders, texts, listProjects }: Standing,
  tellFailure: (error: unknown) => Promise<void>,
): Promise<DraftedRepository['drafted']> {
  const { project } = repository.request;
  const folder = folders?.get(project) ?? NO_FOLDER;
  let owns = true;
  try {
    const stands = publishedAmong(folder, texts, project);
    owns = stands.manifest.documents.size > 0;
    const { source } = stands.manifest;
    if (source?.line === 'stable' && source.ref !== repository.run.ref) return 'published from another stable ref';
    return await repository.draft({ ...stands, listProjects });
  } catch (error) {
    const code = error instanceof CodexSyncError ? error.code : undefined;
    if (code === 'nothing-selected' && !owns) return 'selects no documents';
    await tellFailure(error);
    const alone =
      code && NEEDS_OWN_WORDS.includes(code) ? ' Publish it alone for that, with "mode: sync-project".' : '';
    return { error: sentenceOf(error) + alone };
  }
}

type Ended = Awaited<ReturnType<typeof publishDraft<BatchDraft>>>;

/** What became of a batch. */
export interface PublishedBatch {
  /** In the order of their names. */
  readonly outcomes: readonly RepositoryOutcome[];
  /** How its pushes ended; mostly it is one. */
  readonly ended: readonly Omit<Ended, 'draft'>[];
  /** Why no other batch can do better. */
  readonly stopped: string | undefined;
}

export const NOT_REACHED = 'Not looked at: the run ended before.';
const NOT_PUBLISHED = 'Not published: the run ended there.';

/** So many projects refused one after the other, and none taken: then it is the branch that takes nothing. */
const MOST_REFUSED = 5;

/**
 * Reads and publishes one batch after the other.
 * @param owners who may have which project; completed on the way
 * @param tellRead told the name of each repository that was looked at
 */
export function createBatchPublisher(
  request: SyncOrgRequest,
  codex: OpenedCodex,
  world: SyncOrgWorld,
  owners: ProjectOwners,
  tellRead: (repository: string) => void,
): (batch: readonly ListedRepository[]) => Promise<PublishedBatch> {
  let stopped: string | undefined;
  let refused = 0;

  return (batch) =>
    world.withBatch(async (batchWorld) => {
      const read = await inParallel(batch, request.parallel, async (listed) => {
        const one = await readOne(listed, batchWorld);
        tellRead(listed.name);
        return one;
      });
      const published = await publish(read.filter(isRead), batchWorld);
      const outcomes = [...read.filter(isOutcome), ...published.outcomes];
      outcomes.sort((one, other) => (one.repository < other.repository ? -1 : 1));
      return { outcomes, ended: published.ended, stopped };
    });

  async function readOne(
    listed: ListedRepository,
    batchWorld: BatchWorld,
  ): Promise<ReadRepository | RepositoryOutcome> {
    const { name } = listed;
    if (stopped !== undefined) return repositoryOutcome(name, { error: NOT_REACHED });
    try {
      const read = await readRepository(listed, request, codex, batchWorld);
      return typeof read === 'string' ? repositoryOutcome(name, { skipped: read }) : read;
    } catch (error) {
      await checkReach(error);
      return repositoryOutcome(name, { error: sentenceOf(error) });
    }
  }

  /** In one push, or in several where GitHub refuses what one of the projects holds. */
  async function publish(
    read: readonly ReadRepository[],
    batchWorld: BatchWorld,
  ): Promise<Pick<PublishedBatch, 'outcomes' | 'ended'>> {
    if (read.length === 0) return { outcomes: [], ended: [] };
    if (stopped !== undefined) return { outcomes: unpublished(read, NOT_PUBLISHED), ended: [] };
    try {
      const draftOn = createBatchDrafter(read, request.parallel, batchWorld, owners, checkReach);
      const tip = await batchWorld.codexApi.readBranch(request.environment.branch);
      let last: BranchTip | undefined;
      const ended = await publishDraft(
        request,
        { codex, environment: request.environment, tip },
        batchWorld,
        (on) => {
          last = on;
          return draftOn(on);
        },
        ({ publication }) => publication !== undefined,
      );
      if (ended.commit !== undefined) refused = 0;
      const { draft, ...rest } = ended;
      const lfs = ended.commit && last ? await readLfsWarnings(draft, last, batchWorld) : new Map();
      return { outcomes: outcomesOf(draft, rest, codex, lfs), ended: [rest] };
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      if (error.code !== 'remote-refused' && error.code !== 'documents-refused') {
        stopped ??= error.message;
        return { outcomes: unpublished(read, NOT_PUBLISHED), ended: [] };
      }
      if (read.length === 1) {
        // A document says nothing about the branch.
        if (error.code === 'remote-refused') refused += 1;
        if (refused >= MOST_REFUSED) stopped ??= error.message;
        return { outcomes: unpublished(read, error.message), ended: [] };
      }
      const half = Math.ceil(read.length / 2);
      const first = await publish(read.slice(0, half), batchWorld);
      const second = await publish(read.slice(half), batchWorld);
      return { outcomes: [...first.outcomes, ...second.outcomes], ended: [...first.ended, ...second.ended] };
    }
  }

  /** Where the codex cannot be read any more either, it is not the fault of the repository that failed. */
  async function checkReach(error: unknown): Promise<void> {
    const code = error instanceof CodexSyncError ? error.code : undefined;
    if (code !== 'no-permission' && code !== 'remote-failed') return;
    await world.codexApi.readRepository().catch((reason: unknown) => {
      if (!(reason instanceof CodexSyncError)) throw reason;
      stopped ??= reason.message;
    });
  }
}

function isRead(one: ReadRepository | RepositoryOutcome): one is ReadRepository {
  return 'draft' in one;
}

function isOutcome(one: ReadRepository | RepositoryOutcome): one is RepositoryOutcome {
  return !isRead(one);
}

function unpublished(read: readonly ReadRepository[], error: string): RepositoryOutcome[] {
  return read.map(({ name }) => repositoryOutcome(name, { error }));
}

/** Warnings of repositories whose documents the codex gives to Git LFS, by their names. */
async function readLfsWarnings(
  { repositories }: BatchDraft,
  tip: BranchTip,
  world: BatchWorld,
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const { repository, drafted } of repositories) {
    if (!isDraft(drafted) || !drafted.publication) continue;
    found.set(repository.name, await warnOfLfs(repository.request.project, drafted, tip, world));
  }
  return found;
}

function outcomesOf(
  { repositories }: BatchDraft,
  { branch, parent, commit, attempts }: Omit<Ended, 'draft'>,
  { fullName }: CodexRepository,
  lfs: ReadonlyMap<string, readonly string[]>,
): RepositoryOutcome[] {
  return repositories.map(({ repository, drafted }) => {
    const { name, request, run, warnings } = repository;
    if (typeof drafted === 'string') return repositoryOutcome(name, { skipped: drafted });
    if (!isDraft(drafted)) return repositoryOutcome(name, { error: drafted.error });
    const made = drafted.publication ? commit : undefined;
    return repositoryOutcome(name, {
      result: {
        ...drafted,
        ...{ request, run, branch, parent, attempts, codex: fullName, commit: made },
        ...{
          pull: undefined,
          cameBack: undefined,
          warnings: [...warnings, ...drafted.warnings, ...(lfs.get(name) ?? [])],
        },
      },
    });
  });
}
