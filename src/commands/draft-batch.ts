import { CodexSyncError } from '../errors.ts';
import { NO_FOLDER, readProjectLists } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import type { SkipReason } from '../plan/organization.ts';
import { sentenceOf } from '../report/failure.ts';
import type { Draft } from './draft.ts';
import { inParallel } from './in-parallel.ts';
import type { SyncOrgWorld } from './organization-world.ts';
import type { Publication } from './publish.ts';
import { readFoldersAt } from './read-projects.ts';
import { publishedIn } from './read-published.ts';
import type { ReadRepository } from './read-repository.ts';

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

/**
 * Drafts a batch on the tip that it is given, as often as the run loses a race. What stands there is read for all of them
 * at once; what was fetched of the repositories is not fetched again.
 */
export function createBatchDrafter(
  batch: readonly ReadRepository[],
  parallel: number,
  world: SyncOrgWorld,
): (tip: BranchTip | undefined) => Promise<BatchDraft> {
  return async (tip) => {
    const standing = await readStanding(
      tip,
      batch.map(({ request }) => request.project),
      world,
    );
    const repositories = await inParallel(batch, parallel, async (repository) => ({
      repository,
      drafted: await draftOne(repository, standing),
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

type Standing = Awaited<ReturnType<typeof readStanding>>;

/** The folders of the projects, and their manifests. */
async function readStanding(tip: BranchTip | undefined, projects: readonly string[], world: SyncOrgWorld) {
  if (!tip) return { folders: undefined, texts: new Map<string, string>() };
  const [list] = await readProjectLists(world.store, world.codex, [tip.tree]);
  if (!list) return { folders: undefined, texts: new Map<string, string>() };
  const { folders, texts } = await readFoldersAt([{ tree: tip.tree, list }], projects, world);
  return { folders: folders[0], texts };
}

/** Drafts one project; what is wrong with it stops no other. */
async function draftOne(
  repository: ReadRepository,
  { folders, texts }: Standing,
): Promise<DraftedRepository['drafted']> {
  const { project } = repository.request;
  const folder = folders?.get(project) ?? NO_FOLDER;
  let owns = true;
  try {
    if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
    // Without its text it is too large to be read.
    const text = folder.manifest === undefined ? undefined : (texts.get(folder.manifest) ?? '');
    const stands = publishedIn(folder, text, project);
    owns = stands.manifest.documents.size > 0;
    return await repository.draft(stands);
  } catch (error) {
    const selectsNothing = error instanceof CodexSyncError && error.code === 'nothing-selected';
    return selectsNothing && !owns ? 'selects no documents' : { error: sentenceOf(error) };
  }
}
