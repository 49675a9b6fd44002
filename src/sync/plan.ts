import type { ChangePlan } from '../codex/changes.ts';
import type { Relation, RunCommit, RunOrder } from '../codex/commit-order.ts';
import { beneathPreviews } from '../codex/effective-tree.ts';
import {
  failsWhenHeld,
  type HoldDecision,
  type HoldOutcome,
  heldSentence,
  holdAfter,
  holdOutcome,
  withHold,
} from '../codex/hold.ts';
import { type Line, lineOf, type Manifest, type Source, type UsedPatterns, wasPublished } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import { checkNewFolder } from '../codex/path-clashes.ts';
import { type OverlayPlan, planDocuments } from '../codex/plan-documents.ts';
import { checkOwner, checkSelected, planManifest } from '../codex/publication.ts';
import type { CheckoutState } from '../codex/pull-plan.ts';
import {
  findOtherPatterns,
  patternsAfter,
  patternsWarning,
  usedPatterns,
  withOthersDocuments,
} from '../codex/used-patterns.ts';
import {
  checkProduction,
  comparedText,
  lineAfter,
  narrowText,
  sourceOfDocuments,
  type WhoseText,
} from '../codex/whose-text.ts';
import { compileGlobs } from '../documents/patterns.ts';
import { type CheckoutSelection, type Selection, withoutUnpublishable, withUnknown } from '../documents/select.ts';
import { type UnmatchedPattern, unmatchedSentences } from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { CodexFolder } from '../git/codex-folder.ts';
import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { PreviewFacts } from '../previews/changes.ts';
import { planPreviews } from '../previews/plan.ts';
import { type Publication, publicationOf } from '../publish/commit.ts';
import type { ProjectSnapshot } from '../publish/snapshot.ts';
import { printable } from '../text/printable.ts';
import type { Project } from './project.ts';
import type { SyncProjectRequest } from './request.ts';

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
  /** Where the documents that are there came from. */
  readonly published: Source | undefined;
  /** `undefined` when a newer commit of the same ref is published already. */
  readonly plan: ChangePlan | undefined;
  /** The overlay that the run leaves, and what previews hide of it. */
  readonly overlayPlan: Pick<OverlayPlan, 'overlay' | 'heldBack' | 'hidden' | 'kept'> | undefined;
  /** Previews that end with the run. */
  readonly closed?: readonly PreviewKey[] | undefined;
  /** What to commit; `undefined` when there is nothing to say. */
  readonly publication: Publication | undefined;
  /** What the hold of a roll-back has to do with it. */
  readonly hold?: HoldOutcome | undefined;
  readonly warnings: readonly string[];
}

/** Whose text a run publishes, of those that publish anything; or that it only compares. */
export type Decided =
  | Exclude<WhoseText, { readonly kind: 'superseded' }>
  | { readonly kind: 'compared'; readonly run: RunCommit };

/** What a run is for on one tip, before anything is asked about it. */
export interface RunDecision {
  readonly decided: Decided | Extract<WhoseText, { readonly kind: 'superseded' }>;
  readonly source: Source & { readonly commit: string };
  /** Whether the folder changes hands. */
  readonly takesOver: boolean;
}

/** The texts that a run is about on one tip. */
export interface SelectedTexts {
  readonly selection: CheckoutSelection & CheckoutState;
  readonly patterns: UsedPatterns;
  /** Patterns of other runs that published from the same ref. */
  readonly others: readonly UsedPatterns[];
  /** Whether documents of those others stay. */
  readonly isLeft: boolean;
}

/** What GitHub, the history and the working tree say of a run on one tip; read before anything is planned. */
export type SyncFacts =
  /** It comes too late: `published` is what its place was published from. */
  | { readonly kind: 'superseded'; readonly published: Source | undefined; readonly decision: RunDecision }
  | ({ readonly kind: 'held'; readonly hold: Extract<HoldDecision, { kind: 'held' }> } & OrderedRun)
  | ({ readonly kind: 'current' } & OrderedRun & CurrentFacts);

interface OrderedRun {
  readonly decision: RunDecision & { readonly decided: Decided };
  readonly order: RunOrder;
  readonly texts: SelectedTexts;
}

interface CurrentFacts {
  readonly hold: HoldDecision;
  /** How the commit that a hold keeps out stands to what is published; asked for only where a roll-back makes a hold. */
  readonly heldRelation: Relation;
  /** Published paths of `include-ignored` that nothing generated this time -> the pattern. */
  readonly missingGenerated: ReadonlyMap<string, string>;
  /** Previews that end with the run. */
  readonly closed: readonly PreviewKey[];
  /** What is known of the preview that the run publishes. */
  readonly preview: PreviewFacts | undefined;
  /** Names of all projects; only where the project has no folder. */
  readonly projects: readonly string[];
  /** Whether GitHub answers about pull requests; only asked where one has a preview. */
  readonly answersPulls: boolean;
  readonly now: Date;
}

/**
 * Decides what a run is for on one tip.
 * @throws CodexSyncError `refused-by-guard` or `not-owner`, before anything is asked
 */
export function decideRun(
  request: SyncProjectRequest,
  { selected, decide, run }: Project,
  { folder, manifest }: ProjectSnapshot,
): RunDecision {
  const { direction, environment, project } = request;
  // What a preview shows was never merged, so a text that equals it is none that the codex has.
  const beneath = beneathPreviews(manifest, folder.entries, selected.documents);
  const decided: RunDecision['decided'] = decide?.(beneath) ?? { kind: 'compared', run };
  const source = sourceOf(request, decided.run);
  if (decided.kind === 'superseded') return { decided, source, takesOver: false };
  if (publishes(direction)) checkProduction(environment, decided);
  if (publishes(direction) && decided.kind === 'documents') checkMerged(request, decided.run);
  const mayTakeOver = request.isListed || (request.adopt && decided.kind === 'documents');
  return { decided, source, takesOver: checkOwner(manifest.source, source, project, mayTakeOver) };
}

/**
 * Selects the texts of a run on one tip.
 * @param unpublishable blob id -> why it is never published
 * @throws CodexSyncError `nothing-selected`
 */
export function selectTexts(
  request: SyncProjectRequest,
  { selected, isOneOfMany }: Project,
  { manifest }: ProjectSnapshot,
  { decided }: Pick<RunDecision, 'decided'>,
  published: Source | undefined,
  unpublishable: ReadonlyMap<string, string>,
): SelectedTexts {
  const fit = { ...selected, ...withoutUnpublishable(selected, unpublishable) };
  const known = withUnknown(fit, publishedPaths(manifest));
  checkSelected(request, known);
  const patterns = usedPatterns(request);
  const others = isHoldable(request, decided) ? findOtherPatterns(published, decided.run.ref, patterns) : [];
  if (!isOneOfMany) return { selection: known, patterns, others, isLeft: false };
  return { ...withOthersDocuments(known, manifest.documents.keys(), patterns, others), patterns, others };
}

/** Whether a roll-back may hold the run back. */
export function isHoldable({ direction }: SyncProjectRequest, { kind }: RunDecision['decided']): boolean {
  return kind === 'documents' && publishes(direction);
}

/**
 * Plans a run on one tip of the codex: the same facts give the same plan, and nothing is asked.
 * @throws CodexSyncError where the plan cannot be carried out, or `held`
 */
export function planSync(
  request: SyncProjectRequest,
  project: Project,
  snapshot: ProjectSnapshot,
  facts: SyncFacts,
): ProjectPlan {
  const { folder, manifest } = snapshot;
  const { decided } = facts.decision;
  const about = aboutRun(decided);
  const empty = { ...about, folder, selection: project.selected, plan: undefined, overlayPlan: undefined };
  if (facts.kind === 'superseded') {
    const warnings =
      decided.kind === 'superseded' ? [] : firstWarnings(request, snapshot, facts.published, decided, false);
    return { ...empty, published: facts.published, publication: undefined, warnings };
  }
  const { published, order } = facts.order;
  const warnings = firstWarnings(request, snapshot, published, facts.decision.decided, order === 'unsure');
  if (facts.kind === 'held') {
    const hold = heldOutcome(request, project, manifest, facts);
    return { ...empty, published, publication: undefined, hold, warnings };
  }
  const { closed } = facts;
  const { selection } = facts.texts;
  const overlayPlan = planOverlay(request, snapshot, facts, warnings);
  warnings.push(...patternWarnings(request, project, folder, facts, overlayPlan));
  const next = planNext(request, manifest, facts, overlayPlan);
  const left = holdAfter(facts.hold, manifest, next, {
    makes: isHoldable(request, decided) && facts.order.rollsBack && request.environment.production,
    releaseHold: request.releaseHold,
    relation: facts.heldRelation,
    about: { now: facts.now, runUrl: request.trigger.runUrl, reason: request.reason },
  });
  const named = { project: request.project, folder, subject: request.subject, source: facts.decision.source };
  const own = publishes(request.direction)
    ? publicationOf(named, manifest, withHold(next, left), overlayPlan)
    : undefined;
  if (own && folder.tree === undefined) checkNewFolder(request.project, facts.projects);
  if (decided.kind === 'documents') warnings.push(...permissionWarnings(manifest, facts.answersPulls));
  return {
    ...about,
    ...{ folder, published, selection, plan: overlayPlan.plan, overlayPlan, closed, warnings },
    publication: own && { projects: [own] },
    hold: holdOutcome(manifest.held, left),
  };
}

function aboutRun(decided: RunDecision['decided']): Pick<ProjectPlan, 'run' | 'preview' | 'because' | 'line'> {
  const { key, because } = decided.kind === 'preview' ? decided : { key: undefined, because: undefined };
  return {
    run: decided.run,
    preview: key,
    because,
    line: decided.kind === 'documents' ? decided.text.line : undefined,
  };
}

/** What is known before the documents are compared. */
function firstWarnings(
  { direction }: SyncProjectRequest,
  { manifest, warning }: ProjectSnapshot,
  published: Source | undefined,
  decided: Decided,
  isUnsure: boolean,
): string[] {
  return [
    warning,
    isUnsure && publishes(direction) ? unsureWarning(decided.run, published) : undefined,
    decided.kind === 'compared' ? undefined : refWarning(manifest, decided),
  ].filter((one) => one !== undefined);
}

/** @throws CodexSyncError `held` where a person, or a release, must not take the run for done */
function heldOutcome(
  { environment, project, trigger }: SyncProjectRequest,
  { isOneOfMany }: Project,
  { held: hold }: Manifest,
  { hold: decision, decision: { decided } }: Extract<SyncFacts, { kind: 'held' }>,
): HoldOutcome | undefined {
  if (!hold) return undefined;
  const place = { project, environment: environment.name };
  const sentence = heldSentence(decision, { held: hold, ours: decided.run }, place);
  if (failsWhenHeld(trigger, decided.run, isOneOfMany)) throw new CodexSyncError('held', sentence);
  return { kind: 'held', hold, sentence };
}

/** What becomes of the documents, or of the preview. */
function planOverlay(
  { direction, onConflict, threshold, patterns }: SyncProjectRequest,
  snapshot: ProjectSnapshot,
  { decision: { decided }, texts, closed, missingGenerated, preview }: Extract<SyncFacts, { kind: 'current' }>,
  warnings: string[],
): OverlayPlan {
  const { folder, manifest } = snapshot;
  const { selection, others } = texts;
  if (decided.kind === 'preview' && preview) {
    const rules = { onConflict, threshold, patterns };
    return planPreviews(rules, snapshot, { decided, preview, selection, closed, missingGenerated }, warnings);
  }
  if (decided.kind === 'preview') throw new Error('A preview is planned without its facts');
  return planDocuments({
    ...{ direction, onConflict, threshold, selects: patterns.selects, missingGenerated },
    otherPatterns: others.length > 0,
    text: decided.kind === 'documents' ? narrowText(decided.text, selection) : comparedText(selection),
    firstRun: !wasPublished(manifest),
    codex: folder.entries,
    overlay: manifest,
    closed,
  });
}

/** Patterns that select nothing, and those that no longer select what is published. */
function patternWarnings(
  { direction, patterns }: SyncProjectRequest,
  { selected }: Project,
  folder: CodexFolder,
  { texts }: Extract<SyncFacts, { kind: 'current' }>,
  { plan }: OverlayPlan,
): string[] {
  const { otherwiseSelected = [], missingGenerated = new Map<string, string>() } = plan;
  // What those would have deleted is the better message.
  const reported = new Set(missingGenerated.values());
  const unmatched = unmatchedIn(folder, selected.unmatched, direction).filter(
    ({ input, glob }) => input === 'include' || !reported.has(glob),
  );
  const sentences = unmatchedSentences(unmatched);
  if (otherwiseSelected.length === 0) return sentences;
  return [...sentences, patternsWarning({ patterns, run: texts.patterns }, texts.others, plan)];
}

/** Of patterns that select nothing, those that select nothing in the codex either, where a run pulls from it. */
function unmatchedIn(
  { entries }: CodexFolder,
  unmatched: readonly UnmatchedPattern[],
  direction: SyncProjectRequest['direction'],
): readonly UnmatchedPattern[] {
  if (!pullsDocuments(direction)) return unmatched;
  const isInCodex = (glob: string) => [...entries.keys()].some(compileGlobs([glob]));
  return unmatched.filter(({ input, glob }) => input !== 'include' || !isInCodex(glob));
}

/** The manifest that the run leaves, but for its hold. */
function planNext(
  request: SyncProjectRequest,
  manifest: Manifest,
  { decision, texts }: Extract<SyncFacts, { kind: 'current' }>,
  { overlay, plan }: OverlayPlan,
): Manifest {
  const { decided, source, takesOver } = decision;
  const { otherwiseSelected = [], withheld } = plan;
  const areLeft = texts.isLeft || otherwiseSelected.some((path) => withheld.includes(path));
  const origin = { ...source, patterns: patternsAfter(texts.patterns, texts.others, areLeft) };
  // A preview says nothing about what the stable refs published.
  const made = decided.kind === 'documents' ? documentsSource(decided, origin, manifest, overlay) : undefined;
  const owner = { repository: source.repository, directory: request.directory };
  return planManifest(manifest, overlay, made ?? manifest.source ?? owner, takesOver ? (made ?? owner) : undefined);
}

function documentsSource(
  { text, uncommitted }: Extract<Decided, { kind: 'documents' }>,
  source: Source,
  manifest: Manifest,
  { documents }: OverlayPlan['overlay'],
): Source {
  const before = { documents: manifest.documents, source: manifest.source, line: lineOf(manifest.source) };
  const after = lineAfter(text, documents, before, source.ref);
  const isPublished = (path: string) => documents.get(path) === text.selection.documents.get(path)?.id;
  const made = [...uncommitted].filter((path) => documents.has(path) && isPublished(path));
  return sourceOfDocuments(source, after, made.length);
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

/** Previews end when GitHub answers that their pull request did; where it does not answer, they would stay for ever. */
function permissionWarnings({ previews }: Manifest, answersPulls: boolean): string[] {
  const numbers = pullRequestPreviews(previews);
  if (numbers.length === 0 || answersPulls) return [];
  const named = numbers.slice(0, 10).map((key) => `#${key}`);
  return [
    `GitHub does not answer about pull requests, so the previews of ${named.join(', ')} may stay although they are merged or closed. ` +
      'Give "project-token" the permission "pull-requests: read".',
  ];
}

/** The previews that are of pull requests. */
export function pullRequestPreviews(previews: Manifest['previews']): PreviewKey[] {
  return [...previews.keys()].filter((key) => pullRequestOf(key) !== undefined);
}

/** What this tool published, previews included. */
export function* publishedPaths({ documents, previews }: Manifest): Generator<string> {
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
