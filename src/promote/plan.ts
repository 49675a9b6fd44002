import { findSecondSpellings } from '../codex/case-collisions.ts';
import type { CodexEntry, EnvironmentState } from '../codex/changes.ts';
import { asksForRelation, planOlderRun, type Relation, type RunCommit } from '../codex/commit-order.ts';
import { withHold } from '../codex/hold.ts';
import { lineOf, type Manifest, type Source, wasPublished } from '../codex/manifest.ts';
import { effectiveTree, type Overlay, type PreviewKey } from '../codex/overlay.ts';
import { type OverlayPlan, planDocuments } from '../codex/plan-documents.ts';
import { isSameOwner, place, planManifest } from '../codex/publication.ts';
import { MAX_NAMED } from '../codex/three-way.ts';
import { type DocumentsText, lineAfter, promotedText, sourceOfDocuments } from '../codex/whose-text.ts';
import { unholdableReason } from '../documents/paths.ts';
import { compileGlobs, isGlob } from '../documents/patterns.ts';
import type { Document, Selection } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import type { BlobId } from '../text/ids.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputName, inputValue, sentence, setInput } from '../text/spell-inputs.ts';

export interface PromotionQuestion {
  readonly project: string;
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  /** Production accepts only the release line. */
  readonly production: boolean;
  readonly releaseEdits: boolean;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
}

export interface PromotionPlan {
  readonly overlayPlan: OverlayPlan;
  /** Without a change of the hold; the same object if nothing changes. */
  readonly manifest: Manifest;
  /** Documents that the source can release, by path. */
  readonly released: ReadonlyMap<string, Document>;
  /** Owned paths of the source -> why they are not released. */
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Paths whose released document is covered by a preview -> that preview. */
  readonly beneath: ReadonlyMap<string, PreviewKey>;
  /** Edited paths of the source: the edit is not released, or it is. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  readonly editsReleased: ReadonlyMap<string, Edit>;
}

/**
 * Plans as a sync does, with the source's documents as the project's side. Ignores unowned documents of the target.
 * @throws CodexSyncError `not-owner`, `nothing-selected`, or `conflict` as `planChanges` does
 */
export function planPromotion(question: PromotionQuestion): PromotionPlan {
  const { project, from, to, production, releaseEdits, onConflict, threshold } = question;
  checkOwners(project, from, to);
  const withEdits = !production || releaseEdits;
  const released = releasedDocuments(from.manifest, from.entries, withEdits);
  const { editsReleased } = released;
  checkReleased(question, released.documents.size + released.skippedDocuments.size);
  const beneath = new Map<string, PreviewKey>();
  const effective = effectiveTree(from.manifest);
  for (const path of effective.paths) {
    const { preview } = effective.at(path);
    if (preview !== undefined && released.documents.has(path)) beneath.set(path, preview);
  }
  // A promotion without edits does not revert an edit released earlier.
  const isReleasedBefore = (path: string) =>
    to.manifest.documents.has(path) && to.manifest.documents.get(path) === from.entries.get(path)?.document?.id;
  const editsLeft = new Map([...released.editsLeft].filter(([path]) => !isReleasedBefore(path)));
  const before = new Set([...released.editsLeft.keys()].filter(isReleasedBefore));
  const documents = new Map(
    [...released.documents]
      .filter(([path]) => !before.has(path))
      .map(([path, document]): [string, Document] => {
        const theirs = to.entries.get(path)?.document;
        // Its executable bit is unknown here, so the target's counts if it has the same document.
        const isElsewhere = beneath.has(path) || editsLeft.has(path);
        return isElsewhere && theirs?.id === document.id ? [path, theirs] : [path, document];
      }),
  );
  const unreleased = new Map([...released.skippedDocuments, ...disowned(from, to)]);
  const notPromoted = new Map([...unreleased, ...[...before].map((path) => [path, ''] as const)]);
  const selection: Selection = { documents, skipped: notPromoted };
  // An edit is not on the release line until a person releases it.
  const line = editsReleased.size > 0 && !releaseEdits ? 'stable' : (lineOf(from.manifest.source) ?? 'stable');
  const text = promotedText(from.manifest, selection, line, {
    // Within one branch, equality proves no agreement: an edit may be on both sides.
    recordsEqual: from.branch !== to.branch,
    releasesEdits: withEdits,
  });
  const overlayPlan = planDocuments({
    text,
    codex: to.entries,
    overlay: to.manifest,
    firstRun: !wasPublished(to.manifest),
    closed: [],
    selects: (path) => to.manifest.documents.has(path),
    onConflict: onConflict === 'fail' ? 'codex' : onConflict,
    threshold,
    withheldOf: to.manifest.withheldOf,
  });
  const { conflicts } = overlayPlan.plan;
  if (onConflict === 'fail' && conflicts.length > 0) {
    const paths = conflicts.map(({ path }) => path);
    throw new CodexSyncError(
      'conflict',
      `Changed both in ${from.environment} and in ${to.environment} since they last agreed: ${nameSome(paths, MAX_NAMED)}. ` +
        `Nothing of projects/${project} was written (${inputValue('on-conflict', 'fail')}).`,
      `${sentence(setInput('on-conflict', 'project'))} to release the documents of ${from.environment}, or "codex" to keep those of ${to.environment}.`,
    );
  }
  return {
    overlayPlan,
    manifest: manifestAfter(from.manifest, to.manifest, text, overlayPlan),
    released: documents,
    skippedDocuments: unreleased,
    beneath,
    editsLeft,
    editsReleased,
  };
}

/** The provenance is the source's, with a line that the target's other documents allow. A hold stays. */
function manifestAfter(
  { source }: Manifest,
  target: Manifest,
  text: DocumentsText,
  { overlay, withheldOf }: Pick<OverlayPlan, 'overlay' | 'withheldOf'>,
): Manifest {
  if (!source) return target;
  const before = { documents: target.documents, source: target.source, line: lineOf(target.source) };
  const { line, otherRefs } = lineAfter(text, overlay.documents, before, source.ref);
  const left = otherRefs + (source.otherRefs ?? 0);
  const ours = sourceOfDocuments(source, { line, otherRefs: left }, source.uncommitted ?? 0);
  return withHold(planManifest(target, overlay, ours, undefined, { withheldOf }), target.held);
}

/**
 * Documents that the target owns and the source has without an owner: edited in a closed preview, and not published by
 * a branch since. The promotion must not delete them, and the edit was never merged.
 */
function disowned(from: EnvironmentState, to: EnvironmentState): [string, string][] {
  const paths = [...to.manifest.documents.keys()].filter((path) => !from.manifest.documents.has(path));
  const why = `edited in ${from.environment} in a closed preview, and unowned there: publish its branch first`;
  return paths.filter((path) => from.entries.has(path)).map((path) => [path, why]);
}

/** A roll-back passes, because production had the documents. `isNamed` does not cover documents of other refs. */
export function lineProblem(
  { project, from, to, production }: Pick<PromotionQuestion, 'project' | 'from' | 'to' | 'production'>,
  isNamed: boolean,
): string | undefined {
  const { source } = from.manifest;
  // Without a commit the line is unknown: a preview took over the folder that held them.
  const line = lineOf(source) ?? (from.manifest.documents.size > 0 ? 'stable' : 'release');
  const others = source?.otherRefs ?? 0;
  if (!production || from.branch === to.branch || line === 'release' || (isNamed && others === 0)) return undefined;
  const ref = source?.ref === undefined ? 'an unknown ref' : printable(source.ref);
  return (
    `projects/${project} is not promoted to ${to.environment}: not all of its documents in ${from.environment} are from the release line (published from ${ref}${others > 0 ? `, with ${others} from other refs` : ''}). ` +
    `Publish its default branch or a tag to ${from.environment}, or name the ref in ${inputName('production-refs')} (a branch that only a glob names must be protected).`
  );
}

/** Whether the order of commits is checked, and so whether a roll-back is detected. */
export function isOrdered(published: Source | undefined, ours: Source): published is Source {
  return published?.commit !== undefined && ours.commit !== undefined && isSameOwner(published, ours);
}

export function asksForOrder(published: Source | undefined, ours: Source): published is Source {
  return isOrdered(published, ours) && asksForRelation(published, runOf(ours), true);
}

/** @throws CodexSyncError `older-commit`; a manual promotion is never `superseded`, not even by the same ref */
export function checkOrder(relation: Relation, published: Source, ours: Source): void {
  const options = { production: true, allowOlder: false, hasCheckout: false };
  planOlderRun(relation === 'newer' ? 'diverged' : relation, published, runOf(ours), options);
}

export function runOf({ commit = '', date, ref }: Source): RunCommit {
  return { commit, date, ref };
}

function checkOwners(project: string, from: EnvironmentState, to: EnvironmentState): void {
  const [ours, theirs] = [from.manifest.source, to.manifest.source];
  if (!ours || !theirs || isSameOwner(ours, theirs)) return;
  throw new CodexSyncError(
    'not-owner',
    `projects/${project} belongs to ${place(ours)} in ${from.environment}, and to ${place(theirs)} in ${to.environment}.`,
    `If it has moved, publish it to ${to.environment} once from ${place(ours)} with "${inputValue('adopt', 'true')}", then promote it.`,
  );
}

function checkReleased({ project, from, to, allowEmpty }: PromotionQuestion, released: number): void {
  const owned = to.manifest.documents.size;
  if (released > 0 || owned === 0 || allowEmpty) return;
  throw new CodexSyncError(
    'nothing-selected',
    `projects/${project} has no document to release in ${from.environment}, and ${owned} published in ${to.environment}.`,
    `Publish it to ${from.environment} first, or ${setInput('allow-empty', 'true')} to delete them in ${to.environment}.`,
  );
}

export function chooseProjects(given: readonly string[], listed: readonly string[]): string[] {
  const names = given.filter((name) => !isGlob(name));
  return [...new Set([...names, ...listed.filter(compileGlobs(given.filter(isGlob)))])].sort();
}

/** Globs that match no project, which is probably a mistake. */
export function listUnmatched(given: readonly string[], projects: readonly string[]): string[] {
  return given.filter((glob) => isGlob(glob) && !projects.some(compileGlobs([glob])));
}

export interface ReleasedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Owned paths edited or removed in the codex, and released as published. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  readonly editsReleased: ReadonlyMap<string, Edit>;
}

/** A change in the codex to a document that this tool published. */
export type Edit = 'edited' | 'removed';

/**
 * Returns for each owned document its state on the branch, or its id in `documents` if a preview covers it, so that
 * unmerged text is not released (design section 4, "Promotion"). Without edits, an edited document has its id in
 * `documents`. A removal that is released is in none of the first two maps.
 */
export function releasedDocuments(
  overlay: Overlay,
  entries: ReadonlyMap<string, CodexEntry>,
  withEdits: boolean,
): ReleasedDocuments {
  const documents = new Map<string, Document>();
  const skippedDocuments = new Map<string, string>();
  const edits = new Map<string, Edit>();
  const effective = effectiveTree(overlay);
  for (const [path, id] of overlay.documents) {
    // An earlier version published it; the next run of the project deletes it.
    const unholdable = unholdableReason(path);
    if (unholdable !== undefined) {
      skippedDocuments.set(path, `its path ${unholdable}`);
      continue;
    }
    const entry = entries.get(path);
    // The bit of a covered document is not recorded; usually it equals that of the covering one.
    const published = { id, executable: entry?.document?.executable ?? false };
    const isHidden = effective.at(path).preview !== undefined;
    const edit = isHidden ? undefined : editOf(entry, id);
    if (edit !== undefined) edits.set(path, edit);
    if (isHidden || (edit !== undefined && !withEdits)) documents.set(path, published);
    else if (entry?.document) documents.set(path, entry.document);
    else if (entry) skippedDocuments.set(path, 'a link or a submodule in the codex');
  }
  // A manifest of an earlier version may own two spellings of one document.
  for (const [path, reason] of findSecondSpellings(documents.keys(), () => false)) {
    documents.delete(path);
    edits.delete(path);
    skippedDocuments.set(path, reason);
  }
  const none: ReadonlyMap<string, Edit> = new Map();
  return {
    documents,
    skippedDocuments,
    ...(withEdits ? { editsLeft: none, editsReleased: edits } : { editsLeft: edits, editsReleased: none }),
  };
}

function editOf(entry: CodexEntry | undefined, id: BlobId): Edit | undefined {
  if (entry === undefined) return 'removed';
  return entry.document === undefined || entry.document.id === id ? undefined : 'edited';
}
