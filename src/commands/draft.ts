import type { CodexFolder } from '../git/codex-folder.ts';
import { findUnfit } from '../git/selection.ts';
import type { ChangePlan } from '../plan/changes.ts';
import { type Ended, settle } from '../plan/ended.ts';
import { type LayeredPlan, layPreview, planDocuments } from '../plan/layered.ts';
import { type Manifest, type Source, wasPublished } from '../plan/manifest.ts';
import type { RunCommit } from '../plan/older-run.ts';
import { planPreview } from '../plan/previews.ts';
import { checkOwner, checkSelected, planManifest } from '../plan/publication.ts';
import type { CheckoutState } from '../plan/pulling.ts';
import { type CheckoutSelection, type Selection, withoutUnfit } from '../plan/selection.ts';
import { withoutTwins } from '../plan/twins.ts';
import { publishes } from '../request/direction.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { atTerminal, isReleaseLine, type PullRequest } from '../request/trigger.ts';
import { createPullReader, findEnded } from './find-ended.ts';
import { isInBranch } from './previewed-pull.ts';
import { type Publication, publicationOf } from './publication.ts';
import type { Published } from './read-published.ts';
import { touchedDocuments, tryReadChangedPaths } from './read-touched.ts';
import { createOrderReader } from './run-order.ts';
import type { DraftingWorld } from './world.ts';

/** What a run would do on one tip of the codex. */
export interface Draft {
  readonly folder: CodexFolder;
  readonly selection: Selection;
  /** Where the documents that stand there came from. */
  readonly published: Source | undefined;
  /** `undefined` when a newer commit of the same ref is published already. */
  readonly plan: ChangePlan | undefined;
  /** The layers that the run leaves, and what previews hide of it. */
  readonly layered: Pick<LayeredPlan, 'layers' | 'hidden' | 'kept'> | undefined;
  /** What to commit; `undefined` when there is nothing to say. */
  readonly publication: Publication | undefined;
  readonly warnings: readonly string[];
}

/**
 * Drafts a run on what stands at a tip of the codex, as often as the run loses a race. What does not change is asked only
 * once.
 * @param pull the pull request whose preview it publishes, if it is one
 */
export function createDrafter(
  request: SyncProjectRequest,
  world: DraftingWorld,
  run: RunCommit,
  pull: PullRequest | undefined,
  selected: CheckoutSelection & CheckoutState,
): (stands: Published) => Promise<Draft> {
  const { direction, project } = request;
  const source = sourceOf(request, run);
  const readOrder = createOrderReader(request, world, run, pull);
  const findUnfitOnce = createUnfitFinder(world);
  const { onConflict, threshold, patterns, trigger } = request;
  const rules = { direction, onConflict, threshold, selects: patterns.selects, checkout: selected };
  // What a workflow committed by itself, or checked out besides, may never get into the branch.
  const recordsEqual = async () =>
    isReleaseLine(run.ref, trigger.defaultBranch) &&
    (atTerminal(trigger) || (await isInBranch(trigger, world.history)));
  const planOnPull = createPullPlanner(request, world, run);

  return async ({ folder, manifest, warning }) => {
    const takesOver = checkOwner(manifest.source, source, project, request.adopt);
    // Asked anew on each tip: a pull request may be closed while others are faster.
    const pulls = createPullReader(world.projectApi);
    const { order, published } = await readOrder(manifest, source, pulls);
    const unsure = order === 'unsure' && publishes(direction) ? unsureWarning(run, published) : undefined;
    const found = { folder, published, warnings: [warning, unsure].filter((one) => one !== undefined) };
    if (order === 'superseded') {
      return { ...found, selection: selected, plan: undefined, layered: undefined, publication: undefined };
    }

    const fit = { ...selected, ...withoutUnfit(selected, await findUnfitOnce(selected, manifest, folder)) };
    const selection = withoutTwins(fit, folder.entries, manifest);
    checkSelected(request, selection);
    const { history, projectApi, random } = world;
    const asked = { run, own: pull?.number, takesOver, pulls, history, projectApi, random };
    // A run that publishes nothing looks beneath the previews that are there.
    const ended = publishes(direction) ? await findEnded(manifest, asked) : new Map();
    const layered = pull
      ? await planOnPull(pull, { manifest, folder, selection, ended }, found.warnings)
      : planDocuments({
          ...rules,
          recordsEqual: await recordsEqual(),
          firstRun: !wasPublished(manifest),
          selection,
          codex: folder.entries,
          layers: manifest,
          ended,
        });
    // A preview says nothing about what the branches published.
    const { repository, directory } = source;
    const owner = pull ? { repository, directory } : source;
    const mine = pull ? (manifest.source ?? owner) : source;
    const next = planManifest(manifest, layered.layers, mine, takesOver ? owner : undefined);
    const about = { project, folder, subject: request.subject, source };
    const own = publishes(direction) ? publicationOf(about, manifest, next, layered) : undefined;
    return { ...found, selection, plan: layered.plan, layered, publication: own && { projects: [own] } };
  };
}

/** Plans a pull request's preview, as often as the run loses a race; what GitHub says of it is asked once. */
function createPullPlanner(request: SyncProjectRequest, world: DraftingWorld, run: RunCommit) {
  let changed: Promise<readonly string[] | undefined> | undefined;
  let date: Promise<string | undefined> | undefined;
  return async (
    pull: PullRequest,
    on: { manifest: Manifest; folder: CodexFolder; selection: CheckoutSelection; ended: Ended },
    warnings: string[],
  ): Promise<LayeredPlan> => {
    changed ??= tryReadChangedPaths(pull, request, world);
    // By the dates of their heads previews are ordered; a shallow checkout does not have the head.
    date ??= run.date === undefined ? world.projectApi.tryCommitDate(run.commit) : Promise.resolve(run.date);
    const paths = await changed;
    if (paths === undefined) warnings.push(unknownBaseWarning(pull.number));
    const { onConflict, threshold, patterns } = request;
    const touched = touchedDocuments(paths, on.selection, on.manifest.documents, patterns.selects);
    const settled = settle(on.manifest, on.folder.entries, on.ended);
    const head = { commit: run.commit, date: await date };
    const { layers, codex } = settled;
    const plan = planPreview({ number: pull.number, head, touched, layers, codex, onConflict, threshold });
    return layPreview(on.folder.entries, settled, pull.number, plan, touched);
  };
}

function unknownBaseWarning(number: number): string {
  return (
    `Neither the checkout nor GitHub tells what pull request #${number} changes against its base, so all that differs from ` +
    'what is published counts. Check out with "fetch-depth: 2", or give "project-token" the permission "pull-requests: read".'
  );
}

/** Content is looked at once, and only where it was not published before or does not stand in the codex any more. */
function createUnfitFinder(world: DraftingWorld) {
  const seen = new Set<string>();
  const unfit = new Map<string, string>();
  return async (selection: Selection, { documents }: Manifest, { entries }: CodexFolder) => {
    const stands = (path: string, id: string) => documents.get(path) === id && entries.get(path)?.document?.id === id;
    const pathOf = new Map<string, string>();
    for (const [path, { id }] of selection.documents) if (!stands(path, id) && !seen.has(id)) pathOf.set(id, path);
    for (const [id, reason] of await findUnfit(world.store, world.project, pathOf)) unfit.set(id, reason);
    for (const id of pathOf.keys()) seen.add(id);
    return unfit as ReadonlyMap<string, string>;
  };
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
