import type { ChangePlan, CodexEntry } from '../codex/changes.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import { beneathPreviews } from '../codex/effective-tree.ts';
import {
  failsWhenHeld,
  type HoldDecision,
  type HoldOutcome,
  heldSentence,
  holdOutcome,
  withHold,
} from '../codex/hold.ts';
import { type Line, lineOf, type Manifest, type Source, wasPublished } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import { checkNewFolder } from '../codex/path-clashes.ts';
import { type OverlayPlan, planDocuments } from '../codex/plan-documents.ts';
import { checkOwner, checkSelected, planManifest } from '../codex/publication.ts';
import { findOtherPatterns, patternsAfter, usedPatterns, withOthersDocuments } from '../codex/used-patterns.ts';
import {
  comparedText,
  lineAfter,
  narrowText,
  productionProblem,
  sourceOfDocuments,
  type WhoseText,
} from '../codex/whose-text.ts';
import { lfsWarning, pointerReason } from '../documents/lfs.ts';
import { IS_LFS_POINTER } from '../documents/never-published.ts';
import { compileGlobs } from '../documents/patterns.ts';
import { type Selection, withoutUnpublishable, withUnknown } from '../documents/select.ts';
import { findMissingGenerated, type UnmatchedPattern, unmatchedSentences } from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { type CodexFolder, listKeptInLfs } from '../git/codex-folder.ts';
import { findUnpublishable, type ReadSelection } from '../git/read-documents.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { Environment } from '../inputs/environment.ts';
import { createPullReader, findClosed, type PullReader } from '../previews/find-closed.ts';
import { type Publication, publicationOf } from '../publish/commit.ts';
import type { Published } from '../publish/read-folders.ts';
import type { Session } from '../publish/session.ts';
import { printable } from '../text/printable.ts';
import { checkAdoption } from './check-codex.ts';
import { createCommitReader, createOrderReader, type RunOrder } from './order.ts';
import { createPreviewPlanner, type PreviewSide } from './plan-preview.ts';
import { createHoldReader } from './read-hold.ts';
import type { SyncProjectRequest } from './request.ts';
import type { PlanningSession } from './session.ts';
import { patternsWarning } from './words.ts';

/** What a run would do on one tip of the codex. */
export interface ProjectPlan {
  readonly folder: CodexFolder;
  readonly selection: Selection;
  /** The commit that is published, and the ref that it is of. */
  readonly run: RunCommit;
  /** The preview that the run publishes; `undefined` where it publishes `documents`. */
  readonly preview: PreviewKey | undefined;
  /** Why it is a preview, where the ref alone does not say it. */
  readonly because: string | undefined;
  /** The line of the ref that `documents` are published from. */
  readonly line: Line | undefined;
  /** Where the documents that stand there came from. */
  readonly published: Source | undefined;
  /** `undefined` when a newer commit of the same ref is published already. */
  readonly plan: ChangePlan | undefined;
  /** The layers that the run leaves, and what previews hide of it. */
  readonly overlayPlan: Pick<OverlayPlan, 'overlay' | 'heldBack' | 'hidden' | 'kept'> | undefined;
  /** Previews that the run ends. */
  readonly closed?: readonly PreviewKey[] | undefined;
  /** What to commit; `undefined` when there is nothing to say. */
  readonly publication: Publication | undefined;
  /** What the hold of a roll-back has to do with it. */
  readonly hold?: HoldOutcome | undefined;
  readonly warnings: readonly string[];
}

/** A project's side of a run, read once. */
export interface ProjectSide extends PreviewSide {
  readonly selected: ReadSelection;
  /** Whose text the run publishes; `undefined` for a run that only pulls. */
  readonly decide: ((codex: ReadonlyMap<string, CodexEntry>) => WhoseText) | undefined;
  /** Commit and ref of a run that only pulls. */
  readonly run: RunCommit;
  /** Those of the paths that git ignores. */
  readonly listIgnored: (paths: readonly string[]) => Promise<string[]>;
  /** Whether it is one of many projects that a run publishes. */
  readonly isOneOfMany: boolean;
}

type Decided =
  | Exclude<WhoseText, { readonly kind: 'superseded' }>
  | { readonly kind: 'compared'; readonly run: RunCommit };

/**
 * Drafts a run on what stands at a tip of the codex, as often as the run loses a race. What does not change is asked only
 * once.
 */
export function createPlanner(
  request: SyncProjectRequest,
  session: PlanningSession,
  side: ProjectSide,
): (published: Published) => Promise<ProjectPlan> {
  const { direction, environment, project, onConflict, threshold, patterns, trigger } = request;
  const { selected, stableRefs, pull } = side;
  const pointer = pointerReason(side.isOneOfMany ? 'sync-org' : 'sync-project', request.includeLfs);
  const findUnpublishableOnce = createUnpublishableFinder(session, pointer);
  const rules = { direction, onConflict, threshold, selects: patterns.selects };
  const readOrders = createOrderReaders(request, session);
  const planOnPreviews = createPreviewPlanner(request, session, side);
  const canAdopt = checkAdoption(request, session);
  const holds = createHoldReader(request, session, createCommitReader(session.history, session.projectApi));

  return async ({ folder, manifest, warning, listProjects }) => {
    // What a preview shows was never merged, so a text that equals it is none that the codex has.
    const beneath = beneathPreviews(manifest, folder.entries, selected.documents);
    const decided: Decided | WhoseText = side.decide?.(beneath) ?? { kind: 'compared', run: side.run };
    const { run } = decided;
    const key = decided.kind === 'preview' ? decided.key : undefined;
    const because = decided.kind === 'preview' ? decided.because : undefined;
    const source = sourceOf(request, run);
    const line = decided.kind === 'documents' ? decided.text.line : undefined;
    const about = { run, preview: key, because, line };
    const empty = { ...about, selection: selected, plan: undefined, overlayPlan: undefined };
    if (decided.kind === 'superseded') {
      return { ...empty, folder, published: undefined, publication: undefined, warnings: [] };
    }
    if (publishes(direction)) checkProduction(environment, decided);
    if (publishes(direction) && decided.kind === 'documents') checkMerged(request, run);

    const takesOver = checkOwner(
      manifest.source,
      source,
      project,
      request.isListed || (request.adopt && decided.kind === 'documents'),
    );
    if (takesOver && !request.isListed) await canAdopt(manifest.source);
    // Asked again on each tip: a pull request may be closed while others are faster.
    const pulls = createPullReader(session.projectApi);
    const { order, published, rollsBack } = await readOrders(run, key)(manifest, source, pulls);
    const warnings = [
      warning,
      order === 'unsure' && publishes(direction) ? unsureWarning(run, published) : undefined,
      decided.kind === 'compared' ? undefined : refWarning(manifest, decided),
    ].filter((one) => one !== undefined);
    const found = { folder, published };
    if (order === 'superseded') return { ...empty, ...found, publication: undefined, warnings };

    const fit = {
      ...selected,
      ...withoutUnpublishable(selected, await findUnpublishableOnce(selected, manifest, folder)),
    };
    const known = withUnknown(fit, publishedPaths(manifest));
    checkSelected(request, known);
    const isHoldable = decided.kind === 'documents' && publishes(direction);
    const ours = usedPatterns(request);
    const others = isHoldable ? findOtherPatterns(published, run.ref, ours) : [];
    const { selection, isLeft } = side.isOneOfMany
      ? withOthersDocuments(known, manifest.documents.keys(), ours, others)
      : { selection: known, isLeft: false };
    const holdable = { run, texts: selection.documents, isByName: false };
    const comparison: HoldDecision = isHoldable ? await holds.decide(manifest, holdable) : { kind: 'stays' };
    if (comparison.kind === 'held' && manifest.held) {
      const { held: hold } = manifest;
      const sentence = heldSentence(comparison, { held: hold, ours: run }, { project, environment: environment.name });
      if (failsWhenHeld(trigger, run, side.isOneOfMany)) throw new CodexSyncError('held', sentence);
      return { ...empty, ...found, publication: undefined, hold: { kind: 'held', hold, sentence }, warnings };
    }
    // A run that publishes nothing looks beneath the previews that are there.
    const missingGenerated = await readMissingGenerated(manifest);
    const closed = publishes(direction) ? await findClosedPreviews(manifest, decided, pulls, takesOver) : [];
    const overlayPlan =
      decided.kind === 'preview'
        ? await planOnPreviews(decided, { manifest, folder, selection, closed, missingGenerated }, warnings)
        : planDocuments({
            ...{ ...rules, missingGenerated },
            otherPatterns: others.length > 0,
            text: decided.kind === 'documents' ? narrowText(decided.text, selection) : comparedText(selection),
            firstRun: !wasPublished(manifest),
            codex: folder.entries,
            overlay: manifest,
            closed,
          });
    // A preview says nothing about what the stable refs published.
    const { repository, directory } = source;
    const owner = { repository, directory };
    const {
      otherwiseSelected = [],
      withheld,
      missingGenerated: missing = new Map<string, string>(),
    } = overlayPlan.plan;
    // What those would have deleted says more.
    const reported = new Set(missing.values());
    const unmatched = unmatchedIn(folder).filter(({ input, glob }) => input === 'include' || !reported.has(glob));
    warnings.push(...unmatchedSentences(unmatched));
    if (otherwiseSelected.length > 0) warnings.push(patternsWarning({ patterns, run: ours }, others, overlayPlan.plan));
    const areLeft = isLeft || otherwiseSelected.some((path) => withheld.includes(path));
    const origin = { ...source, patterns: patternsAfter(ours, others, areLeft) };
    const made = decided.kind === 'documents' ? documentsSource(decided, origin, manifest, overlayPlan) : undefined;
    const newOwner = takesOver ? (made ?? owner) : undefined;
    const planned = planManifest(manifest, overlayPlan.overlay, made ?? manifest.source ?? owner, newOwner);
    const left = await holds.leave(comparison, manifest, planned, isHoldable && rollsBack);
    const next = withHold(planned, left);
    const named = { project, folder, subject: request.subject, source };
    const own = publishes(direction) ? publicationOf(named, manifest, next, overlayPlan) : undefined;
    if (own && folder.tree === undefined) checkNewFolder(project, await listProjects());
    const publication = own && { projects: [own] };
    if (decided.kind === 'documents') await warnOfPermission(manifest, pulls, warnings);
    const hold = holdOutcome(manifest.held, left);
    return { ...about, ...found, selection, plan: overlayPlan.plan, overlayPlan, closed, publication, hold, warnings };
  };

  /** What a run brings back, patterns select in the codex alone. */
  function unmatchedIn({ entries }: CodexFolder): readonly UnmatchedPattern[] {
    if (!pullsDocuments(direction)) return selected.unmatched;
    const isInCodex = (glob: string) => [...entries.keys()].some(compileGlobs([glob]));
    return selected.unmatched.filter(({ input, glob }) => input !== 'include' || !isInCodex(glob));
  }

  async function readMissingGenerated(manifest: Manifest): Promise<ReadonlyMap<string, string>> {
    const paths = publishedPaths(manifest);
    const { certain, ifIgnored } = findMissingGenerated(selected.unmatched, paths, selected, patterns);
    const ignored = ifIgnored.size > 0 ? await side.listIgnored([...ifIgnored.keys()]) : [];
    return new Map([...certain, ...ignored.map((path) => [path, ifIgnored.get(path) ?? ''] as const)]);
  }

  async function findClosedPreviews(
    manifest: Manifest,
    decided: Decided,
    pulls: PullReader,
    takesOver: boolean,
  ): Promise<PreviewKey[]> {
    const { history, projectApi, random, now } = session;
    const isDocuments = decided.kind === 'documents';
    const own = decided.kind === 'preview' ? decided.key : undefined;
    const ownBranch = own === undefined || pull === undefined ? undefined : pull.headBranch;
    const asked = { own, ownBranch, takesOver, pulls, history, projectApi, random, now };
    const refs = { run: decided.run, stableRefs: isDocuments ? stableRefs : undefined };
    return findClosed(manifest, { ...asked, ...refs, deletedBranch: trigger.deletedBranch });
  }

  function documentsSource(
    { text, uncommitted }: Extract<Decided, { kind: 'documents' }>,
    source: Source,
    manifest: Manifest,
    { overlay }: OverlayPlan,
  ): Source {
    const before = { documents: manifest.documents, source: manifest.source, line: lineOf(manifest.source) };
    const after = lineAfter(text, overlay.documents, before, source.ref);
    const isPublished = (path: string) => overlay.documents.get(path) === text.selection.documents.get(path)?.id;
    const made = [...uncommitted].filter((path) => overlay.documents.has(path) && isPublished(path));
    return sourceOfDocuments(source, after, made.length);
  }
}

/**
 * Production takes `documents` of the release line alone (design section 4, "Guards").
 * @throws CodexSyncError `refused-by-guard`
 */
export function checkProduction({ name, branch, production }: Environment, decided: Decided | WhoseText): void {
  if (!production || decided.kind === 'compared') return;
  const problem = productionProblem(decided);
  if (problem === undefined) return;
  // A text that is in no commit, or in one that nobody merged, does not get there by another ref.
  const isOfText = decided.kind === 'preview' && decided.because !== undefined;
  const hint = isOfText
    ? 'Commit it, push or merge it to the default branch, or tag that commit, and run this there.'
    : 'Run this from the default branch or from a tag, or name the ref in "production-refs" (environments.production_refs of the default branch).';
  throw new CodexSyncError(
    'refused-by-guard',
    `Production (environment ${name}, branch ${printable(branch)}) takes only what is on the release line, and ${problem}. ${hint}`,
  );
}

/**
 * An unmerged configuration says where a preview goes at most.
 * @throws CodexSyncError `refused-by-guard`
 */
function checkMerged({ previewsOnly }: SyncProjectRequest, { ref }: RunCommit): void {
  if (!previewsOnly) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `The default branch has no configuration, so that of ${printable(ref)} publishes previews only, and this run would publish documents. Merge the configuration into the default branch first.`,
  );
}

/** One reader for each ref and layer that a run turns out to be of; each asks its questions once. */
function createOrderReaders(request: SyncProjectRequest, session: PlanningSession) {
  const known = new Map<string, (manifest: Manifest, ours: Source, pulls: PullReader) => Promise<RunOrder>>();
  return (run: RunCommit, key: PreviewKey | undefined) => {
    const name = `${key ?? ''} ${run.ref} ${run.commit}`;
    const reader = known.get(name) ?? createOrderReader(request, session, run, key);
    known.set(name, reader);
    return reader;
  };
}

/** What a run says of the ref that the environment's `documents` came from. */
function refWarning({ source }: Manifest, decided: Exclude<Decided, { kind: 'compared' }>): string | undefined {
  const { ref } = source ?? {};
  if (source?.commit === undefined || ref === undefined) return undefined;
  const { run } = decided;
  if (decided.kind === 'preview') {
    if (branchOf(decided.key) === undefined || ref !== `refs/heads/${branchOf(decided.key)}` || decided.because)
      return undefined;
    return (
      `The documents of this project were published from ${printable(ref)}, which is no stable ref: this run publishes a preview, and the documents stay as they are. ` +
      'If the branch shall publish documents, name it in environments.stable_refs of the default branch\'s configuration (or in the input "stable-refs").'
    );
  }
  const isBranch = (name: string) => name.startsWith('refs/heads/');
  if (!isBranch(ref) || !isBranch(run.ref) || ref === run.ref) return undefined;
  return `The documents of this environment were published from ${printable(ref)} before, and this run is of ${printable(run.ref)}: two refs that take turns overwrite each other. Let one of them publish to this environment.`;
}

/** Previews end when GitHub says so; where it does not answer, they would stay for ever without a word. */
async function warnOfPermission({ previews }: Manifest, pulls: PullReader, warnings: string[]): Promise<void> {
  const numbers = [...previews.keys()].filter((key) => pullRequestOf(key) !== undefined);
  if (numbers.length === 0 || (await pulls.answers())) return;
  warnings.push(
    `GitHub does not answer about pull requests, so the previews of ${numbers
      .map((key) => `#${key}`)
      .slice(0, 10)
      .join(', ')} may stay although they are merged or closed. ` +
      'Give "project-token" the permission "pull-requests: read".',
  );
}

/** Content is looked at once, and only where it was not published before or does not stand in the codex any more. */
function createUnpublishableFinder(session: PlanningSession, pointer: string) {
  const seen = new Set<string>();
  const unpublishable = new Map<string, string>();
  return async (selection: Selection, { documents }: Manifest, { entries }: CodexFolder) => {
    const effective = (path: string, id: string) =>
      documents.get(path) === id && entries.get(path)?.document?.id === id;
    const pathOf = new Map<string, string>();
    for (const [path, { id }] of selection.documents) if (!effective(path, id) && !seen.has(id)) pathOf.set(id, path);
    for (const [id, reason] of await findUnpublishable(session.store, session.project, pathOf))
      unpublishable.set(id, reason === IS_LFS_POINTER ? pointer : reason);
    for (const id of pathOf.keys()) seen.add(id);
    return unpublishable as ReadonlyMap<string, string>;
  };
}

/** What this tool published, previews included. */
function* publishedPaths({ documents, previews }: Manifest): Generator<string> {
  yield* documents.keys();
  for (const preview of previews.values()) yield* preview.documents.keys();
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

/**
 * Warns where attributes of the codex give documents to Git LFS that a run has published.
 * @param tip that was planned on, so that its root tree and its list of projects are here
 */
export async function warnOfLfs(
  project: string,
  { folder, plan }: Pick<ProjectPlan, 'folder' | 'plan'>,
  tip: BranchTip,
  { store, codex }: Pick<Session, 'store' | 'codex'>,
): Promise<string[]> {
  const paths = (plan?.changes ?? []).flatMap(({ path, document }) => (document ? [path] : []));
  // What was published is published: a warning that cannot be made is no reason to fail.
  const kept = await listKeptInLfs(store, codex, tip, { project, folder, paths }).catch(() => []);
  return kept.length > 0 ? [lfsWarning(project, kept)] : [];
}
