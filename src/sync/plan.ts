import { beneathPreviews, type ChangePlan } from '../codex/changes.ts';
import type { Relation, RunCommit, RunOrder } from '../codex/commit-order.ts';
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
import {
  checkOwner,
  checkSelected,
  findOtherPatterns,
  patternsAfter,
  patternsWarning,
  planManifest,
  usedPatterns,
  withOthersDocuments,
} from '../codex/publication.ts';
import type { CheckoutState } from '../codex/pull-plan.ts';
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
import { includePhrases, type UnmatchedPattern, unmatchedSentences } from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { CodexFolder } from '../git/codex-folder.ts';
import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { PreviewFacts } from '../previews/facts.ts';
import { planPreviews } from '../previews/plan.ts';
import { type Publication, publicationOf } from '../publish/commit.ts';
import type { ProjectSnapshot } from '../publish/snapshot.ts';
import type { BlobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { spelled, theInput, tokenName } from '../text/spell-inputs.ts';
import type { Project } from './project.ts';
import type { SyncProjectRequest } from './request.ts';

export interface ProjectPlan {
  readonly folder: CodexFolder;
  readonly selection: Selection;
  readonly run: RunCommit;
  /** The preview that the run publishes; `undefined` if it publishes `documents`. */
  readonly preview: PreviewKey | undefined;
  /** Why it is a preview, if the ref alone does not explain it. */
  readonly because: string | undefined;
  /** The line of the ref that `documents` are published from. */
  readonly line: Line | undefined;
  readonly published: Source | undefined;
  /** `undefined` when a newer commit of the same ref is published already. */
  readonly plan: ChangePlan | undefined;
  readonly overlayPlan: Pick<OverlayPlan, 'overlay' | 'heldBack' | 'hidden' | 'kept'> | undefined;
  readonly closed?: readonly PreviewKey[] | undefined;
  /** `undefined` if nothing is to be committed. */
  readonly publication: Publication | undefined;
  readonly hold?: HoldOutcome | undefined;
  readonly warnings: readonly string[];
}

/** Whose text a run publishes, or `compared` if it publishes none. */
export type Decided =
  | Exclude<WhoseText, { readonly kind: 'superseded' }>
  | { readonly kind: 'compared'; readonly run: RunCommit };

export interface RunDecision {
  readonly decided: Decided | Extract<WhoseText, { readonly kind: 'superseded' }>;
  readonly source: Source & { readonly commit: string };
  readonly takesOver: boolean;
}

export interface SelectedTexts {
  readonly selection: CheckoutSelection & CheckoutState;
  readonly patterns: UsedPatterns;
  /** Patterns of other runs that published from the same ref. */
  readonly others: readonly UsedPatterns[];
  /** Whether documents of those other runs stay. */
  readonly isLeft: boolean;
}

export type SyncFacts =
  /** The run is too late; `published` is the newer source. */
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
  /** Relation of the held commit to the published one; read only if a roll-back makes a hold. */
  readonly heldRelation: Relation;
  /** Published paths of `include-ignored` that no step generated in this run -> the pattern. */
  readonly missingGenerated: ReadonlyMap<string, string>;
  readonly closed: readonly PreviewKey[];
  readonly preview: PreviewFacts | undefined;
  /** Names of all projects; read only if the project has no folder. */
  readonly projects: readonly string[];
  /** Whether GitHub answers about pull requests; asked only if one has a preview. */
  readonly answersPulls: boolean;
  readonly now: Date;
}

/** @throws CodexSyncError `refused-by-guard` or `not-owner`, before any request */
export function decideRun(
  request: SyncProjectRequest,
  { selected, decide, run }: Project,
  { folder, manifest }: ProjectSnapshot,
): RunDecision {
  const { direction, environment, project } = request;
  // A preview's text was never merged, so an equal text does not count as in the codex.
  const beneath = beneathPreviews(manifest, folder.entries, selected.documents);
  const decided: RunDecision['decided'] = decide?.(beneath) ?? { kind: 'compared', run };
  const source = sourceOf(request, decided.run);
  if (decided.kind === 'superseded') return { decided, source, takesOver: false };
  if (publishes(direction)) checkProduction(environment, decided);
  if (publishes(direction) && decided.kind === 'documents') checkMerged(request, decided.run);
  const mayTakeOver = request.isListed || (request.adopt && decided.kind === 'documents');
  return { decided, source, takesOver: checkOwner(manifest.source, source, project, mayTakeOver) };
}

/** @throws CodexSyncError `nothing-selected`; `unpublishable` maps blob id -> reason */
export function selectTexts(
  request: SyncProjectRequest,
  { selected, isOneOfMany }: Project,
  { manifest }: ProjectSnapshot,
  { decided }: Pick<RunDecision, 'decided'>,
  published: Source | undefined,
  unpublishable: ReadonlyMap<BlobId, string>,
): SelectedTexts {
  const fit = { ...selected, ...withoutUnpublishable(selected, unpublishable) };
  const known = withUnknown(fit, publishedPaths(manifest));
  checkSelected(request, known, includePhrases(request.patterns.include, selected.unmatched));
  const patterns = usedPatterns(request);
  const others = isHoldable(request, decided) ? findOtherPatterns(published, decided.run.ref, patterns) : [];
  if (!isOneOfMany) return { selection: known, patterns, others, isLeft: false };
  return { ...withOthersDocuments(known, manifest.documents.keys(), patterns, others), patterns, others };
}

export function isHoldable({ direction }: SyncProjectRequest, { kind }: RunDecision['decided']): boolean {
  return kind === 'documents' && publishes(direction);
}

/** @throws CodexSyncError if the plan cannot be carried out, or `held`; the same facts give the same plan */
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
    const hold = heldOutcome(request, manifest, facts);
    return { ...empty, published, publication: undefined, hold, warnings };
  }
  const { closed } = facts;
  const { selection } = facts.texts;
  const overlayPlan = planOverlay(request, snapshot, facts, warnings);
  warnings.push(...patternWarnings(request, project, folder, facts, overlayPlan));
  const next = planNext(request, manifest, facts, overlayPlan);
  const { production } = request.environment;
  const left = holdAfter(facts.hold, manifest, next, {
    production,
    makes: isHoldable(request, decided) && facts.order.rollsBack && production,
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
    hold: production ? holdOutcome(manifest.held, left) : undefined,
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

/** @throws CodexSyncError `held` if a person or a release must not mistake the run for done */
function heldOutcome(
  { environment, project, trigger }: SyncProjectRequest,
  { held: hold }: Manifest,
  { hold: decision, decision: { decided } }: Extract<SyncFacts, { kind: 'held' }>,
): HoldOutcome | undefined {
  if (!hold) return undefined;
  const place = { project, environment: environment.name };
  const sentence = heldSentence(decision, { held: hold, ours: decided.run }, place);
  if (failsWhenHeld(trigger, decided.run)) throw new CodexSyncError('held', sentence);
  return { kind: 'held', hold, sentence };
}

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
    withheldOf: manifest.withheldOf,
    codex: folder.entries,
    overlay: manifest,
    closed,
  });
}

function patternWarnings(
  { direction, patterns }: SyncProjectRequest,
  { selected }: Project,
  folder: CodexFolder,
  { texts }: Extract<SyncFacts, { kind: 'current' }>,
  { plan }: OverlayPlan,
): string[] {
  const { otherwiseSelected = [], missingGenerated = new Map<string, string>() } = plan;
  // The missing generated documents have a better message of their own.
  const reported = new Set(missingGenerated.values());
  const own = new Set(patterns.ownInclude);
  const unmatched = unmatchedIn(folder, selected.unmatched, direction).filter(({ input, glob }) =>
    input === 'include' ? own.has(glob) : !reported.has(glob),
  );
  const sentences = unmatchedSentences(unmatched);
  if (otherwiseSelected.length === 0) return sentences;
  return [...sentences, patternsWarning({ patterns, run: texts.patterns }, texts.others, plan)];
}

/** If a run pulls, a pattern counts as unmatched only if it selects nothing in the codex either. */
function unmatchedIn(
  { entries }: CodexFolder,
  unmatched: readonly UnmatchedPattern[],
  direction: SyncProjectRequest['direction'],
): readonly UnmatchedPattern[] {
  if (!pullsDocuments(direction)) return unmatched;
  const isInCodex = (glob: string) => [...entries.keys()].some(compileGlobs([glob]));
  return unmatched.filter(({ input, glob }) => input !== 'include' || !isInCodex(glob));
}

/** The manifest after the run, without its hold. */
function planNext(
  request: SyncProjectRequest,
  manifest: Manifest,
  { decision, texts }: Extract<SyncFacts, { kind: 'current' }>,
  { overlay, plan, withheldOf }: OverlayPlan,
): Manifest {
  const { decided, source, takesOver } = decision;
  const { otherwiseSelected = [], withheld } = plan;
  const areLeft = texts.isLeft || otherwiseSelected.some((path) => withheld.includes(path));
  const origin = { ...source, patterns: patternsAfter(texts.patterns, texts.others, areLeft) };
  // A preview does not change the recorded source of `documents`.
  const made = decided.kind === 'documents' ? documentsSource(decided, origin, manifest, overlay) : undefined;
  const owner = { repository: source.repository, directory: request.directory };
  const waiting = decided.kind === 'documents' ? { withheldOf } : manifest;
  return planManifest(
    manifest,
    overlay,
    made ?? manifest.source ?? owner,
    takesOver ? (made ?? owner) : undefined,
    waiting,
  );
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

/** @throws CodexSyncError `refused-by-guard`: an unmerged configuration may direct only a preview */
function checkMerged({ previewsOnly, trigger }: SyncProjectRequest, { ref }: RunCommit): void {
  if (!previewsOnly) return;
  const { file, where } = previewsOnly;
  throw new CodexSyncError(
    'refused-by-guard',
    `${printable(file)} is not on ${where} of ${printable(trigger.repository)} yet, so only previews are published, and this run would publish the documents of ${printable(ref ?? 'a stable ref')}.`,
    spelled({
      workflow: 'Merge it there, then run this again.',
      terminal: 'Commit it and push it there, then run this again.',
    }),
  );
}

function refWarning({ source }: Manifest, decided: Exclude<Decided, { kind: 'compared' }>): string | undefined {
  const { ref } = source ?? {};
  if (source?.commit === undefined || ref === undefined) return undefined;
  const { run } = decided;
  if (decided.kind === 'preview') {
    if (branchOf(decided.key) === undefined || ref !== `refs/heads/${branchOf(decided.key)}` || decided.because)
      return undefined;
    return (
      `The documents of this project were published from ${printable(ref)}, which is not a stable ref: this run publishes a preview, and the documents stay as they are. ` +
      `If the branch should publish documents, name it in environments.stable_refs of the default branch's configuration (or in ${theInput('stable-refs')}).`
    );
  }
  const isBranch = (name: string) => name.startsWith('refs/heads/');
  if (!isBranch(ref) || run.ref === undefined || !isBranch(run.ref) || ref === run.ref) return undefined;
  return `The documents of this environment were published from ${printable(ref)} before, and this run is of ${printable(run.ref)}: two refs that take turns overwrite each other. Publish to this environment from only one of them.`;
}

/** A preview ends when GitHub reports its pull request closed. Without answers it would stay forever. */
function permissionWarnings({ previews }: Manifest, answersPulls: boolean): string[] {
  const numbers = pullRequestPreviews(previews);
  if (numbers.length === 0 || answersPulls) return [];
  const named = numbers.slice(0, 10).map((key) => `#${key}`);
  return [
    `GitHub does not answer about pull requests, so the previews of ${named.join(', ')} may stay although they are merged or closed. ` +
      `Give ${tokenName('project-token')} the permission "pull-requests: read".`,
  ];
}

export function pullRequestPreviews(previews: Manifest['previews']): PreviewKey[] {
  return [...previews.keys()].filter((key) => pullRequestOf(key) !== undefined);
}

export function* publishedPaths({ documents, previews }: Manifest): Generator<string> {
  yield* documents.keys();
  for (const preview of previews.values()) yield* preview.documents.keys();
}

function unsureWarning(run: RunCommit, published: Source | undefined): string {
  return (
    `It is unknown whether commit ${run.commit} is newer than ${published?.commit}, which was published from the ` +
    'same ref; it is published anyway.'
  );
}

function sourceOf({ trigger, directory }: SyncProjectRequest, run: RunCommit): Source & { commit: string } {
  return {
    repository: trigger.repository,
    directory,
    commit: run.commit,
    ...(run.date !== undefined && { date: run.date }),
    ...(run.ref !== undefined && { ref: run.ref }),
  };
}
