import { type CodexFolder, NO_FOLDER, readCodexFolder } from '../git/codex-folder.ts';
import { findUnfit } from '../git/selection.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { type Change, type ChangePlan, planChanges } from '../plan/changes.ts';
import { EMPTY_MANIFEST, MANIFEST_FILE, type Manifest, parseManifest, type Source } from '../plan/manifest.ts';
import { planOlderRun, type RunCommit } from '../plan/older-run.ts';
import { checkOwner, checkSelected, planManifest } from '../plan/publication.ts';
import { type Selection, withoutUnfit } from '../plan/selection.ts';
import { sameRepository } from '../request/names.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { isReleaseLine } from '../request/trigger.ts';
import { createRelationReader } from './read-run.ts';
import type { SyncProjectWorld } from './world.ts';

/** What a run would do on one tip of the codex. */
export interface Draft {
  readonly folder: CodexFolder;
  readonly selection: Selection;
  /** Where the documents that stand there came from. */
  readonly published: Source | undefined;
  /** `undefined` when a newer commit of the same ref is published already. */
  readonly plan: ChangePlan | undefined;
  /** What to commit; `undefined` when there is nothing to say. */
  readonly publication: Publication | undefined;
  readonly warnings: readonly string[];
}

/** What a run has to commit. */
export interface Publication {
  readonly changes: readonly Change[];
  readonly manifest: Manifest;
  readonly source: Source & { readonly commit: string };
}

/** Drafts a run on the tip it is given, as often as the run loses a race. What does not change is asked only once. */
export function createDrafter(
  request: SyncProjectRequest,
  world: SyncProjectWorld,
  run: RunCommit,
  selected: Selection,
): (tip: BranchTip | undefined) => Promise<Draft> {
  const { environment, project } = request;
  const { production } = environment;
  const source = sourceOf(request, run);
  const readRelation = createRelationReader(world.checkout, world.projectApi, run, production);
  const findUnfitOnce = createUnfitFinder(world);

  return async (tip) => {
    const folder = tip ? await readCodexFolder(world.store, world.codex, tip.tree, project) : NO_FOLDER;
    const { manifest, warning } = await readManifest(folder, world, project);
    const published = manifest.source;
    const takesOver = checkOwner(published, source, project, request.adopt);
    // Commits of another repository are neither older nor newer: `adopt` has decided.
    const comparable = published && sameRepository(published.repository, source.repository) ? published : undefined;
    const relation = await readRelation(comparable);
    const order = planOlderRun(relation, comparable, run, { production, allowOlder: request.allowOlder });
    const warnings = [warning, order === 'unsure' ? unsureWarning(run, published) : undefined];
    const found = { folder, published, warnings: warnings.filter((one) => one !== undefined) };
    if (order === 'superseded') return { ...found, selection: selected, plan: undefined, publication: undefined };

    const selection = withoutUnfit(selected, await findUnfitOnce(selected, manifest, folder));
    checkSelected(request, selection);
    const plan = planChanges({
      selection,
      codex: folder.entries,
      owned: manifest.documents,
      selects: request.patterns.selects,
      onConflict: request.onConflict,
      threshold: request.threshold,
      recordsEqual: isReleaseLine(run.ref, request.trigger.defaultBranch),
    });
    const next = planManifest(manifest, plan, source, takesOver);
    const hasNews = plan.changes.length > 0 || next !== manifest;
    const publication = hasNews ? { changes: plan.changes, manifest: next, source } : undefined;
    return { ...found, selection, plan, publication };
  };
}

/** Content is looked at once, and only where it was not published before or does not stand in the codex any more. */
function createUnfitFinder(world: SyncProjectWorld) {
  const seen = new Set<string>();
  const unfit = new Map<string, string>();
  return async (selection: Selection, { documents }: Manifest, { entries }: CodexFolder) => {
    const stands = (path: string, id: string) => documents.get(path) === id && entries.get(path)?.document?.id === id;
    const unseen = [...selection.documents].filter(([path, { id }]) => !stands(path, id) && !seen.has(id));
    const pathOf = new Map(unseen.map(([path, { id }]) => [id, path]));
    for (const [id, reason] of await findUnfit(world.store, world.project, pathOf)) unfit.set(id, reason);
    for (const id of pathOf.keys()) seen.add(id);
    return unfit as ReadonlyMap<string, string>;
  };
}

async function readManifest(
  folder: CodexFolder,
  world: SyncProjectWorld,
  project: string,
): Promise<{ manifest: Manifest; warning?: string }> {
  if (folder.manifest === undefined) return { manifest: EMPTY_MANIFEST };
  const where = `projects/${project}/${MANIFEST_FILE}`;
  const manifest = parseManifest(await world.codexApi.readText(folder.manifest), where);
  if (manifest) return { manifest };
  const warning = `${where} cannot be read, so nothing there counts as published by this tool.`;
  return { manifest: EMPTY_MANIFEST, warning };
}

function unsureWarning(run: RunCommit, published: Source | undefined): string {
  return (
    `Nothing tells whether commit ${run.commit} is newer than ${published?.commit}, which was published from the ` +
    'same ref; it is published all the same.'
  );
}

function sourceOf({ trigger, directory }: SyncProjectRequest, run: RunCommit): Source & { commit: string } {
  return {
    repository: trigger.repository,
    directory,
    commit: run.commit,
    ...(run.date !== undefined && { date: run.date }),
    ...(run.ref !== '' && { ref: run.ref }),
  };
}
