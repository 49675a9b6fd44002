import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { NO_FOLDER } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import type { Publication } from '../publish/commit.ts';
import { inParallel } from '../publish/parallel.ts';
import { listTips } from '../publish/read-folders.ts';
import { readFoldersAt } from '../publish/read-projects.ts';
import { publishedAmong } from '../publish/read-published.ts';
import { sentenceOf } from '../report/outputs.ts';
import type { Draft } from '../sync/plan.ts';
import type { SkipReason } from './choose.ts';
import type { ReadRepository } from './repository.ts';
import type { BatchWorld } from './session.ts';

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
