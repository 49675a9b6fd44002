import type { ConflictRule } from '../request/input-definitions.ts';
import type { DeletionThreshold } from '../request/sync-project.ts';
import {
  actionOf,
  type Change,
  type ChangePlan,
  type CodexEntry,
  checkFolders,
  isOverThreshold,
  judge,
} from './changes.ts';
import { type Conflict, checkConflicts, sideToKeep } from './conflicts.ts';
import { type Layers, type Preview, standing, standingAt, withPreview } from './layers.ts';
import type { Document } from './selection.ts';

/** What a pull request does to the documents of its project: path -> what it brings; `undefined` for what it removes. */
export type Touched = ReadonlyMap<string, Document | undefined>;

export interface PreviewQuestion {
  readonly number: number;
  readonly head: Pick<Preview, 'commit' | 'date'>;
  readonly touched: Touched;
  readonly layers: Layers;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
}

/** What a run for a pull request does, and the layers that it leaves. */
export interface PreviewPlan extends ChangePlan {
  readonly layers: Layers;
  /** What a newer preview hides: path -> its number. */
  readonly hidden: ReadonlyMap<string, number>;
}

/**
 * Plans the preview of a pull request: what it changes against its base is laid over what stands on the branch. What it
 * touched before and does no more returns to what lies beneath.
 * @throws CodexSyncError `conflict` as `planChanges` does
 */
export function planPreview(question: PreviewQuestion): PreviewPlan {
  const { number, head, touched, layers, codex, onConflict, threshold } = question;
  const before = layers.previews.get(number)?.documents ?? new Map<string, string | null>();
  // What it removes is named even where nothing stands: it may be published beneath later.
  const documents = new Map([...touched].map(([path, document]) => [path, document?.id ?? null]));
  const broughtIds = new Set([...touched.values()].map((document) => document?.id));
  const after = withPreview(layers, number, { ...head, documents });
  const changes: Change[] = [];
  const drifted: string[] = [];
  const conflicts: Conflict[] = [];
  const blocked: string[] = [];
  const hidden = new Map<string, number>();
  /** The layer keeps at a path what it said before. */
  const keep = (path: string) => {
    const old = before.get(path);
    if (old === undefined) documents.delete(path);
    else documents.set(path, old);
  };

  for (const path of [...new Set([...before.keys(), ...documents.keys()])].sort()) {
    const entry = codex.get(path);
    if (entry && !entry.document) {
      blocked.push(path);
      keep(path);
      continue;
    }
    const theirs = entry?.document;
    const stood = standingAt(layers, path);
    const stands = standingAt(after, path);
    if (documents.has(path) && stands.preview !== undefined && stands.preview !== number)
      hidden.set(path, stands.preview);
    const isMine = documents.has(path) && stands.preview === number;
    const mine = isMine ? touched.get(path) : restored(stands.id, theirs);
    const edited = theirs?.id !== stood.id && theirs?.id !== mine?.id;
    if (edited) drifted.push(path);
    const verdict = judge(mine, theirs, stood.id, false);
    // What nobody published stays as it is: a preview that ends could not bring it back.
    if (theirs && stood.id === undefined && stood.preview === undefined) {
      if (verdict === 'both changed') conflicts.push({ path, kept: 'codex' });
      keep(path);
      continue;
    }
    const isMissing = verdict === 'codex changed' && !theirs && isMine;
    if (verdict === 'equal' || verdict === 'only in codex') continue;
    if ((verdict === 'codex changed' && !isMissing) || (edited && !documents.has(path))) continue;
    if (verdict === 'both changed') {
      const kept = sideToKeep(mine, theirs, onConflict);
      conflicts.push({ path, kept });
      if (kept === 'codex') {
        keep(path);
        continue;
      }
    }
    const because = !isMine
      ? 'uncovered'
      : isMissing
        ? 'restored'
        : verdict === 'both changed'
          ? 'conflict'
          : undefined;
    const replaces = edited && theirs ? theirs.id : undefined;
    const action = actionOf(mine, theirs);
    const moved =
      !mine && !because && stood.id !== undefined && broughtIds.has(stood.id) ? ('moved' as const) : because;
    changes.push({ path, action, document: mine, ...(moved && { because: moved }), ...(replaces && { replaces }) });
  }

  checkConflicts(conflicts, onConflict, 'pull request');
  const deletions = changes.filter(
    ({ action, because }) => action === 'delete' && because !== 'uncovered' && because !== 'moved',
  );
  const withheld = isOverThreshold(deletions.length, standing(layers).size, threshold)
    ? deletions.map(({ path }) => path)
    : [];
  for (const path of withheld) keep(path);
  const allowed = changes.filter(({ path }) => !withheld.includes(path));
  checkFolders(allowed, codex);
  const preview = documents.size > 0 ? { ...head, documents } : undefined;
  return {
    changes: allowed,
    drifted,
    conflicts,
    withheld,
    unowned: [],
    blocked,
    documents: layers.documents,
    layers: withPreview(layers, number, preview),
    hidden,
  };
}

/** How a preview ends: its pull request was merged, or closed without. */
export type Ending = 'merged' | 'dropped';

/** What becomes of the branch when a preview ends. */
export interface EndedPreview {
  readonly layers: Layers;
  /** What it covered returns. */
  readonly changes: readonly Change[];
  /** What someone edited in the codex in one of its documents: kept, and owned by nobody. */
  readonly kept: readonly string[];
}

/**
 * Takes a preview away. What lies beneath returns; of a merged one only other previews do, since what it changes is what
 * project and codex agree on from now on.
 */
export function endPreview(
  layers: Layers,
  number: number,
  codex: ReadonlyMap<string, CodexEntry>,
  ending: Ending,
): EndedPreview {
  const preview = layers.previews.get(number)?.documents ?? new Map<string, string | null>();
  const documents = new Map(layers.documents);
  if (ending === 'merged') {
    for (const [path, id] of preview) {
      if (id === null) documents.delete(path);
      else documents.set(path, id);
    }
  }
  const after = withPreview({ ...layers, documents }, number, undefined);
  const changes: Change[] = [];
  const kept: string[] = [];
  for (const path of [...preview.keys()].sort()) {
    const [stood, stands] = [standingAt(layers, path), standingAt(after, path)];
    const entry = codex.get(path);
    if (stood.preview !== number || (entry && !entry.document)) continue;
    if (ending === 'merged' && stands.preview === undefined) continue;
    const theirs = entry?.document;
    const mine = restored(stands.id, theirs);
    if (theirs?.id === mine?.id) continue;
    if (theirs?.id !== stood.id) {
      kept.push(path);
      continue;
    }
    const action = actionOf(mine, theirs);
    changes.push({ path, action, document: mine, because: 'uncovered' });
  }
  for (const path of kept) documents.delete(path);
  return { layers: { ...after, documents }, changes, kept };
}

/** The codex as the layer of the branches sees it: what a preview hides is there as it lies beneath. */
export function beneathPreviews(
  layers: Layers,
  codex: ReadonlyMap<string, CodexEntry>,
  selection: ReadonlyMap<string, Document>,
): Map<string, CodexEntry> {
  const seen = new Map(codex);
  for (const [path, { preview }] of standing(layers)) {
    if (preview === undefined) continue;
    const id = layers.documents.get(path);
    const mine = selection.get(path);
    if (id === undefined) seen.delete(path);
    else seen.set(path, { document: { id, executable: mine?.executable ?? false } });
  }
  return seen;
}

/** The codex once changes were made in it. */
export function withChanges(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
): Map<string, CodexEntry> {
  const changed = new Map(codex);
  for (const { path, document } of changes) {
    if (document) changed.set(path, { document });
    else changed.delete(path);
  }
  return changed;
}

/** A document that returns by its blob id, with the bit of what covered it. */
function restored(id: string | undefined, covering: Document | undefined): Document | undefined {
  return id === undefined ? undefined : { id, executable: covering?.executable ?? false };
}
