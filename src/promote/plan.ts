import type { CodexEntry } from '../codex/changes.ts';
import { asksForRelation, planOlderRun, type Relation, type RunCommit } from '../codex/commit-order.ts';
import type { EnvironmentState } from '../codex/effective-tree.ts';
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
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';

export interface PromotionQuestion {
  readonly project: string;
  readonly from: EnvironmentState;
  readonly to: EnvironmentState;
  /** Whether it goes into production, where only what was released belongs. */
  readonly production: boolean;
  /** `release-edits: true` */
  readonly releaseEdits: boolean;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
}

/** What a promotion does in the environment that it goes to. */
export interface PromotionPlan {
  readonly overlayPlan: OverlayPlan;
  /** The manifest that it leaves, but for a hold; the very same object where it says nothing new. */
  readonly manifest: Manifest;
  /** What the source has to release, by path. */
  readonly released: ReadonlyMap<string, Document>;
  /** Owned paths of the source -> why what stands there is not released. */
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Paths where a preview covers what is released: path -> that preview. */
  readonly beneath: ReadonlyMap<string, PreviewKey>;
  /** Paths that somebody changed in the source: there it is left, or released. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  readonly editsReleased: ReadonlyMap<string, Edit>;
}

/**
 * Plans a promotion: the same planner, with what the source has to release as the project's side. What only the target has
 * and nobody owns is not looked at.
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
  // An edit that was released before is not taken back by a promotion that leaves edits.
  const isReleasedBefore = (path: string) =>
    to.manifest.documents.has(path) && to.manifest.documents.get(path) === from.entries.get(path)?.document?.id;
  const editsLeft = new Map([...released.editsLeft].filter(([path]) => !isReleasedBefore(path)));
  const before = new Set([...released.editsLeft.keys()].filter(isReleasedBefore));
  const documents = new Map(
    [...released.documents]
      .filter(([path]) => !before.has(path))
      .map(([path, document]): [string, Document] => {
        const theirs = to.entries.get(path)?.document;
        // Its bit is not known: where the target has that very document, it is the target's.
        const isElsewhere = beneath.has(path) || editsLeft.has(path);
        return isElsewhere && theirs?.id === document.id ? [path, theirs] : [path, document];
      }),
  );
  const unreleased = new Map([...released.skippedDocuments, ...disowned(from, to)]);
  const notPromoted = new Map([...unreleased, ...[...before].map((path) => [path, ''] as const)]);
  const selection: Selection = { documents, skipped: notPromoted };
  // What was edited there is on no release line, until somebody says so.
  const line = editsReleased.size > 0 && !releaseEdits ? 'stable' : (lineOf(from.manifest.source) ?? 'stable');
  const text = promotedText(from.manifest, selection, line, {
    // Found equal on one branch says nothing: an edit made there stood on it then, and was never agreed on.
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
  });
  const { conflicts } = overlayPlan.plan;
  if (onConflict === 'fail' && conflicts.length > 0) {
    const paths = conflicts.map(({ path }) => path);
    throw new CodexSyncError(
      'conflict',
      `Changed both in ${from.environment} and in ${to.environment} since they last agreed: ${nameSome(paths, MAX_NAMED)}. Nothing of projects/${project} was ` +
        `written (on-conflict: fail). Choose "on-conflict: project" to release what ${from.environment} has, or "codex" to keep what ${to.environment} has.`,
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

/** Provenance comes from the source, with the line that the target's own documents allow; a hold stays where it is. */
function manifestAfter(
  { source }: Manifest,
  target: Manifest,
  text: DocumentsText,
  { overlay }: Pick<OverlayPlan, 'overlay'>,
): Manifest {
  if (!source) return target;
  const before = { documents: target.documents, source: target.source, line: lineOf(target.source) };
  const { line, otherRefs } = lineAfter(text, overlay.documents, before, source.ref);
  const left = otherRefs + (source.otherRefs ?? 0);
  const ours = sourceOfDocuments(source, { line, otherRefs: left }, source.uncommitted ?? 0);
  return withHold(planManifest(target, overlay, ours, undefined), target.held);
}

/**
 * What the target owns, and in the source stands without an owner: somebody edited it in a preview that ended, and no branch
 * was published there since. It is no deletion, and what was edited was never merged.
 */
function disowned(from: EnvironmentState, to: EnvironmentState): [string, string][] {
  const paths = [...to.manifest.documents.keys()].filter((path) => !from.manifest.documents.has(path));
  const why = `edited in ${from.environment} in a preview that ended, and owned by nobody there: publish its branch first`;
  return paths.filter((path) => from.entries.has(path)).map((path) => [path, why]);
}

/**
 * Why production does not take what a project has in the source: some of its documents are not of the release line. A
 * roll-back is not asked, since production had them before.
 * @param isNamed whether `production-refs` names the ref that they come from. It says nothing of what other refs left there
 */
export function lineProblem(
  { project, from, to, production }: Pick<PromotionQuestion, 'project' | 'from' | 'to' | 'production'>,
  isNamed: boolean,
): string | undefined {
  const { source } = from.manifest;
  // Documents of no commit are of no line: a preview took the folder over that they were in.
  const line = lineOf(source) ?? (from.manifest.documents.size > 0 ? 'stable' : 'release');
  const others = source?.otherRefs ?? 0;
  if (!production || from.branch === to.branch || line === 'release' || (isNamed && others === 0)) return undefined;
  const ref = source?.ref === undefined ? 'an unknown ref' : printable(source.ref);
  return (
    `projects/${project} is left as it is in ${to.environment}: its documents in ${from.environment} are not all of the release line (published from ${ref}${others > 0 ? `, with ${others} that other refs left` : ''}). ` +
    `Publish its default branch or a tag to ${from.environment}, or name the ref in "production-refs" (a branch that only a glob names must be protected).`
  );
}

/** Whether the order of the commits that the documents come from is checked, and so whether a roll-back is one. */
export function isOrdered(published: Source | undefined, ours: Source): published is Source {
  return published?.commit !== undefined && ours.commit !== undefined && isSameOwner(published, ours);
}

/** Whether anybody has to be asked how they stand to each other. */
export function asksForOrder(published: Source | undefined, ours: Source): published is Source {
  return isOrdered(published, ours) && asksForRelation(published, runOf(ours), true);
}

/**
 * What is older than production is not promoted to it by accident. Not even the same ref makes a promotion `superseded`: it
 * was asked for by hand.
 * @throws CodexSyncError `older-commit`
 */
export function checkOrder(relation: Relation, published: Source, ours: Source): void {
  const options = { production: true, allowOlder: false, hasCheckout: false };
  planOlderRun(relation === 'newer' ? 'diverged' : relation, published, runOf(ours), options);
}

/** The commit of a source, as the rules of older runs and of holds compare it. */
export function runOf({ commit = '', date, ref = '' }: Source): RunCommit {
  return { commit, date, ref };
}

function checkOwners(project: string, from: EnvironmentState, to: EnvironmentState): void {
  const [ours, theirs] = [from.manifest.source, to.manifest.source];
  if (!ours || !theirs || isSameOwner(ours, theirs)) return;
  throw new CodexSyncError(
    'not-owner',
    `projects/${project} belongs to ${place(ours)} in ${from.environment}, and to ${place(theirs)} in ${to.environment}. ` +
      `If it has moved, publish it to ${to.environment} once from ${place(ours)} with "adopt: true", then promote it.`,
  );
}

function checkReleased({ project, from, to, allowEmpty }: PromotionQuestion, released: number): void {
  const owned = to.manifest.documents.size;
  if (released > 0 || owned === 0 || allowEmpty) return;
  throw new CodexSyncError(
    'nothing-selected',
    `projects/${project} has no document to release in ${from.environment}, and ${owned} published in ${to.environment}. ` +
      `Publish it to ${from.environment} first, or say "allow-empty: true" if ${to.environment} shall lose them.`,
  );
}

/** Names that were given, and those of the listed projects that a given glob matches. */
export function chooseProjects(given: readonly string[], listed: readonly string[]): string[] {
  const names = given.filter((name) => !isGlob(name));
  return [...new Set([...names, ...listed.filter(compileGlobs(given.filter(isGlob)))])].sort();
}

/** Globs that match no project: who wrote one meant something. */
export function listUnmatched(given: readonly string[], projects: readonly string[]): string[] {
  return given.filter((glob) => isGlob(glob) && !projects.some(compileGlobs([glob])));
}

/** What a project has to release in an environment. */
export interface ReleasedDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  /** Owned paths -> why what is there is no document that could be released. */
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Owned paths that somebody edited or removed in the codex, and that are released as they were published. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  /** The same where the edit is what is released. */
  readonly editsReleased: ReadonlyMap<string, Edit>;
}

/** What somebody did in the codex to a document that this tool published. */
export type Edit = 'edited' | 'removed';

/**
 * What was published of a project in an environment (design section 4, "Promotion"): for each owned document what stands
 * on the branch, or its id in `documents` where a preview decides, so that what was never merged is not released. Without
 * edits it is its id in `documents` also where somebody changed it there. An owned document whose removal is released is in
 * none of the first two maps.
 * @param entries what stands in the project's folder
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
    // An earlier version published it: the next run of the project takes it away.
    const unholdable = unholdableReason(path);
    if (unholdable !== undefined) {
      skippedDocuments.set(path, `its path ${unholdable}`);
      continue;
    }
    const entry = entries.get(path);
    // The bit of a hidden document is nowhere written down: mostly it is that of what stands in its place.
    const published = { id, executable: entry?.document?.executable ?? false };
    const isHidden = effective.at(path).preview !== undefined;
    const edit = isHidden ? undefined : editOf(entry, id);
    if (edit !== undefined) edits.set(path, edit);
    if (isHidden || (edit !== undefined && !withEdits)) documents.set(path, published);
    else if (entry?.document) documents.set(path, entry.document);
    else if (entry) skippedDocuments.set(path, 'a link or a submodule in the codex');
  }
  const none: ReadonlyMap<string, Edit> = new Map();
  return {
    documents,
    skippedDocuments,
    ...(withEdits ? { editsLeft: none, editsReleased: edits } : { editsLeft: edits, editsReleased: none }),
  };
}

function editOf(entry: CodexEntry | undefined, id: string): Edit | undefined {
  if (entry === undefined) return 'removed';
  return entry.document === undefined || entry.document.id === id ? undefined : 'edited';
}
