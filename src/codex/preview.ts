import { foldedPath } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import type { BlobId } from '../text/ids.ts';
import { findObstructed, type LayerDocument } from './case-collisions.ts';
import { type Change, type ChangePlan, type CodexEntry, withChanges } from './changes.ts';
import { deletionsToWithhold } from './deletion-guard.ts';
import {
  type EffectiveTree,
  effectiveTree,
  isBeneath,
  type Overlay,
  type Preview,
  type PreviewKey,
  withPreview,
} from './overlay.ts';
import { checkFolders } from './path-clashes.ts';
import { NO_PULLS } from './pull-plan.ts';
import { actionOf, type Conflict, checkConflicts, compareThreeWay, sideToKeep } from './three-way.ts';

/** A preview's effect on its project's documents: path -> document; `undefined` removes it. */
export type Touched = ReadonlyMap<string, Document | undefined>;

export interface PreviewQuestion {
  readonly key: PreviewKey;
  readonly head: Omit<Preview, 'documents'>;
  readonly touched: Touched;
  readonly overlay: Overlay;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  /** Path -> pattern of `include-ignored`, for documents without a generator's output: shown as before. */
  readonly missingGenerated?: ReadonlyMap<string, string>;
}

export interface PreviewPlan extends ChangePlan {
  readonly overlay: Overlay;
  /** Documents that a newer preview hides: path -> that preview. */
  readonly hidden: ReadonlyMap<string, PreviewKey>;
  /** Documents with an edit in the codex that the preview no longer touches: they stay without an owner. */
  readonly kept: readonly string[];
  /** Path -> why the preview does not name it: a person's file is in its place. */
  readonly heldBack: ReadonlyMap<string, string>;
}

interface Outcome {
  readonly change?: Change;
  /** The preview keeps its earlier entry. */
  readonly keeps?: boolean;
  readonly skippedInCodex?: boolean;
  readonly drifted?: boolean;
  /** An edit in the codex of a document that this preview no longer touches: it loses its owner. */
  readonly disowned?: boolean;
  readonly conflict?: Conflict['kept'];
  /** The document would be deleted, because its generator produced none. */
  readonly missing?: boolean;
}

/**
 * Plans a preview over the effective tree. Paths that it no longer touches return to the documents beneath.
 * @throws CodexSyncError `conflict` as `planChanges` does
 */
export function planPreview(question: PreviewQuestion): PreviewPlan {
  const { key, head, codex, onConflict, threshold } = question;
  const { touched, overlay, heldBack } = withoutObstructed(question);
  const before = overlay.previews.get(key)?.documents ?? new Map<string, BlobId | null>();
  // Names removed documents even without a file: it may be published beneath later.
  const documents = new Map([...touched].map(([path, document]) => [path, document?.id ?? null]));
  const after = withPreview(overlay, key, { ...head, documents: new Map(documents) });
  const [effectiveBefore, effective] = [effectiveTree(overlay), effectiveTree(after)];
  const changed = effective.paths.filter((path) => effectiveBefore.at(path).id !== effective.at(path).id);
  const paths = [...new Set([...before.keys(), ...documents.keys(), ...changed])].sort();
  const outcomeOf = outcomeFinder({ ...question, touched, overlay }, effectiveBefore, effective);
  const outcomes = paths.map((path) => ({ path, ...outcomeOf(path) }));

  const named = (what: 'skippedInCodex' | 'drifted' | 'disowned' | 'missing') =>
    outcomes.filter((one) => one[what]).map(({ path }) => path);
  const conflicts = outcomes.flatMap(({ path, conflict }) =>
    conflict === undefined ? [] : [{ path, kept: conflict }],
  );
  checkConflicts(conflicts, onConflict, 'pull request');
  const changes = outcomes.flatMap(({ change }) => change ?? []);
  // Covered and revealed documents are no deletions of the pull request, nor are those that only it published.
  const others = effectiveTree(withPreview(overlay, key, undefined));
  const own = changes.filter(({ because, path }) => because === undefined && others.at(path).id !== undefined);
  const withheld = deletionsToWithhold(own, countFiles(others), threshold);
  const allowed = changes.filter(({ path }) => !withheld.has(path));
  checkFolders(allowed, codex);

  const hidden = new Map<string, PreviewKey>();
  for (const path of documents.keys()) {
    const { preview } = effective.at(path);
    if (preview !== undefined && preview !== key) hidden.set(path, preview);
  }
  for (const path of [...outcomes.filter(({ keeps }) => keeps).map(({ path }) => path), ...withheld]) {
    const old = before.get(path);
    // The codex has another layer's document, which an earlier entry of this preview must not hide from now on.
    const wasHidden = effectiveBefore.at(path).preview !== key && effective.at(path).preview === key;
    if (old === undefined || wasHidden) documents.delete(path);
    else documents.set(path, old);
  }
  const preview = documents.size > 0 ? { ...head, documents } : undefined;
  const kept = named('disowned');
  const missing = named('missing').map((path) => [path, question.missingGenerated?.get(path) ?? ''] as const);
  const owned = new Map([...overlay.documents].filter(([path]) => !kept.includes(path)));
  return {
    ...NO_PULLS,
    changes: allowed,
    drifted: named('drifted'),
    conflicts,
    withheld: [...withheld, ...missing.map(([path]) => path)],
    ...(missing.length > 0 && { missingGenerated: new Map(missing) }),
    unowned: [],
    skippedInCodex: named('skippedInCodex'),
    documents: owned,
    overlay: withPreview({ ...overlay, documents: owned }, key, preview),
    hidden,
    kept,
    heldBack,
  };
}

/** Without documents of this preview, and of those that it hid, that a person's file keeps out of the codex. */
function withoutObstructed({
  key,
  head,
  touched,
  overlay,
  codex,
}: PreviewQuestion): Pick<PreviewQuestion, 'touched' | 'overlay'> & Pick<PreviewPlan, 'heldBack'> {
  const heldBack = new Map<string, string>();
  const left = new Map(touched);
  for (let others = overlay; ; ) {
    const documents = new Map([...left].map(([path, document]) => [path, document?.id ?? null]));
    const obstructed = findObstructed(listShown(withPreview(others, key, { ...head, documents })), codex, overlay);
    if (obstructed.size === 0) return { touched: left, overlay: others, heldBack };
    for (const [{ key: owner, path }, reason] of obstructed) {
      heldBack.set(path, reason);
      if (owner === key) left.delete(path);
      else others = withoutDocument(others, owner, path);
    }
  }
}

/** The guard's share is of these, without what the preview adds, so a repetition has the same. */
function countFiles({ paths, at }: EffectiveTree): number {
  return paths.reduce((sum, path) => (at(path).id === undefined ? sum : sum + 1), 0);
}

/** @param effectiveBefore without the preview's new state, `effective` with it */
function outcomeFinder(
  question: PreviewQuestion,
  effectiveBefore: EffectiveTree,
  effective: EffectiveTree,
): (path: string) => Outcome {
  const { key, touched, overlay, codex, onConflict, missingGenerated } = question;
  const shown = overlay.previews.get(key)?.documents;
  const isMissing = (path: string) =>
    missingGenerated?.has(path) === true && !touched.has(path) && typeof shown?.get(path) === 'string';
  const documents = [...touched].flatMap(([path, document]) => (document ? [{ path, document }] : []));
  const brought = new Set<BlobId | undefined>(documents.map(({ document }) => document.id));
  const spelled = new Set(documents.map(({ path }) => foldedPath(path)));
  return (path) => {
    const entry = codex.get(path);
    if (entry && !entry.document) return { skippedInCodex: true, keeps: true };
    const theirs = entry?.document;
    const [before, after] = [effectiveBefore.at(path), effective.at(path)];
    if (isMissing(path)) return { keeps: true, drifted: theirs?.id !== before.id, missing: after.id === undefined };
    const isOurs = touched.has(path) && after.preview === key;
    const ours = isOurs ? touched.get(path) : restored(after.id, theirs);
    const edited = theirs?.id !== before.id && theirs?.id !== ours?.id;
    const drifted = edited && { drifted: true };
    const comparison = compareThreeWay(ours, theirs, before.id);
    // A file that no run published stays: a closed preview could not restore it.
    if (theirs && before.id === undefined && before.preview === undefined) {
      return { keeps: true, ...(comparison === 'both changed' && { conflict: 'codex' }) };
    }
    // The pull request restores an edit of the codex: it stays an edit until a branch agrees on it.
    if (comparison === 'equal' && theirs?.id !== before.id) return { keeps: theirs !== undefined || touched.has(path) };
    if (comparison === 'equal' || comparison === 'only in codex') return { ...drifted };
    // A covered document returns when a person removed the shown one; an edit of that stays without an owner.
    if (edited && theirs && !touched.has(path)) return { ...drifted, disowned: before.preview === key };
    if (comparison === 'codex changed' && theirs) return { ...drifted };
    const conflict = comparison === 'both changed' ? sideToKeep(ours, theirs, onConflict) : undefined;
    if (conflict === 'codex') return { ...drifted, conflict, keeps: true };
    const because = whyChanged();
    const replaces = edited && theirs ? theirs.id : undefined;
    const change: Change = {
      path,
      action: actionOf(ours, theirs),
      document: ours,
      ...(because && { because }),
      ...(replaces && { replaces }),
    };
    return { ...drifted, ...(conflict && { conflict }), change };

    function whyChanged(): Change['because'] {
      if (!isOurs) return after.preview === key ? 'covered' : 'uncovered';
      if (comparison === 'codex changed') return 'restored';
      if (conflict) return 'conflict';
      if (ours || before.id === undefined) return undefined;
      if (brought.has(before.id)) return 'moved';
      return spelled.has(foldedPath(path)) ? 'renamed in case' : undefined;
    }
  };
}

interface ClosedPreview {
  readonly overlay: Overlay;
  readonly changes: readonly Change[];
  /** Its documents with an edit in the codex: path -> blob id that the preview showed. */
  readonly kept: ReadonlyMap<string, BlobId | undefined>;
}

/** Removes a preview, merged or closed: documents beneath return, and none of its ids enters `documents`. */
function endPreview(overlay: Overlay, key: PreviewKey, codex: ReadonlyMap<string, CodexEntry>): ClosedPreview {
  const after = withPreview(overlay, key, undefined);
  const changes: Change[] = [];
  const kept = new Map<string, BlobId | undefined>();
  const [shown, remaining] = [effectiveTree(overlay), effectiveTree(after)];
  const isDecided = (path: string) => shown.at(path).preview === key || shown.at(path).id !== remaining.at(path).id;
  for (const path of shown.paths.filter(isDecided).sort()) {
    const entry = codex.get(path);
    if (entry && !entry.document) continue;
    const theirs = entry?.document;
    const ours = restored(remaining.at(path).id, theirs);
    if (theirs?.id === ours?.id) continue;
    // A covered document returns even when a person removed the shown one.
    if (theirs && theirs.id !== shown.at(path).id) {
      kept.set(path, shown.at(path).id);
      continue;
    }
    changes.push({ path, action: actionOf(ours, theirs), document: ours, because: ours ? 'uncovered' : 'covered' });
  }
  return { overlay: after, changes, kept };
}

export type ClosedPreviews = Iterable<PreviewKey>;

/** The overlay, and the codex, after previews close. */
export interface ClosedState {
  /** The overlay that the run found. */
  readonly before: Overlay;
  readonly overlay: Overlay;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  /** Their documents with an edit in the codex, no longer owned: path -> blob id that the preview showed. */
  readonly kept: ReadonlyMap<string, BlobId | undefined>;
  /** The run's own changes on the way, with reasons. */
  readonly planned?: readonly Change[];
  /** Documents of the other previews that a person's file keeps out of the codex, with reasons: no longer named. */
  readonly heldBack: ReadonlyMap<string, string>;
}

export function applyClosed(
  overlay: Overlay,
  codex: ReadonlyMap<string, CodexEntry>,
  closed: ClosedPreviews,
): ClosedState {
  const heldBack = new Map<string, string>();
  for (let given = overlay; ; ) {
    const state = close(given, codex, closed);
    const obstructed = findObstructed(
      [...listShown(state.overlay), ...listReturning(given, state.overlay)],
      codex,
      overlay,
    );
    if (obstructed.size === 0) return { ...state, before: overlay, heldBack };
    for (const [{ key, path }, reason] of obstructed) {
      heldBack.set(path, reason);
      given = withoutDocument(given, key, path);
    }
  }
}

/** Documents of stable refs that previews hid. */
function listReturning(before: Overlay, after: Overlay): LayerDocument[] {
  if (before.previews.size === after.previews.size) return [];
  const [hidden, effective] = [effectiveTree(before), effectiveTree(after)];
  const returns = (path: string) => effective.at(path).preview === undefined && hidden.at(path).preview !== undefined;
  return [...after.documents.keys()].filter(returns).map((path) => ({ key: undefined, path }));
}

function listShown(overlay: Overlay): LayerDocument[] {
  if (overlay.previews.size === 0) return [];
  const { at } = effectiveTree(overlay);
  return [...overlay.previews].flatMap(([key, { documents }]) =>
    [...documents.keys()].flatMap((path) => {
      const { id, preview } = at(path);
      return id !== undefined && preview === key ? [{ key, path }] : [];
    }),
  );
}

function withoutDocument(overlay: Overlay, key: PreviewKey | undefined, path: string): Overlay {
  const layer = key === undefined ? overlay : overlay.previews.get(key);
  const documents = new Map([...(layer?.documents ?? [])].filter(([other]) => other !== path));
  if (key === undefined) return { ...overlay, documents: documents as Map<string, BlobId> };
  const preview = overlay.previews.get(key);
  if (!preview) return overlay;
  return withPreview(overlay, key, documents.size > 0 ? { ...preview, documents } : undefined);
}

function close(
  overlay: Overlay,
  codex: ReadonlyMap<string, CodexEntry>,
  closed: ClosedPreviews,
): Omit<ClosedState, 'heldBack'> {
  let afterClosed: Overlay = overlay;
  let virtual: ReadonlyMap<string, CodexEntry> = codex;
  const kept = new Map<string, BlobId | undefined>();
  const end = (key: PreviewKey) => {
    const one = endPreview(afterClosed, key, virtual);
    afterClosed = one.overlay;
    virtual = withChanges(virtual, one.changes);
    for (const [path, id] of one.kept) if (!kept.has(path)) kept.set(path, id);
  };
  for (const key of closed) end(key);
  // The documents beneath a project's first previews go with the last of these.
  const rest = [...afterClosed.previews];
  if (afterClosed !== overlay && rest.every(([key, preview]) => isBeneath(key, preview)))
    for (const [key] of rest) end(key);
  if (kept.size === 0) return { before: overlay, overlay: afterClosed, codex: virtual, kept };
  const effective = effectiveTree(afterClosed);
  const documents = new Map(afterClosed.documents);
  for (const path of kept.keys()) {
    const { id, preview } = effective.at(path);
    // The edit now belongs to another preview's document, or is the very text that returns.
    if (preview !== undefined || virtual.get(path)?.document?.id === id) kept.delete(path);
    else documents.delete(path);
  }
  return { before: overlay, overlay: { ...afterClosed, documents }, codex: virtual, kept };
}

/** A returning document by blob id, with the bit of the document that covered it. */
export function restored(id: BlobId | undefined, covering: Document | undefined): Document | undefined {
  return id === undefined ? undefined : { id, executable: covering?.executable ?? false };
}
