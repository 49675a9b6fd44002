import { foldedPath } from '../documents/paths.ts';
import type { Document, Selection } from '../documents/select.ts';
import { type ConflictRule, type Direction, publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import type { BlobId, BranchName } from '../text/ids.ts';
import { deletionsToWithhold, listDeletions, shareBase } from './deletion-guard.ts';
import type { Manifest } from './manifest.ts';
import { effectiveTree, type Overlay } from './overlay.ts';
import { checkFolders } from './path-clashes.ts';
import {
  ALL_COMMITTED,
  type CheckoutState,
  type Pull,
  type PullPlan,
  planPulls,
  pullOf,
  pullProblem,
} from './pull-plan.ts';
import {
  type Action,
  actionOf,
  type Conflict,
  checkConflicts,
  compareThreeWay,
  sameDocument,
  sideToKeep,
} from './three-way.ts';

/** The codex at a path of the project's folder; `document` is `undefined` for links and submodules. */
export interface CodexEntry {
  readonly document: Document | undefined;
}

export interface Change {
  readonly path: string;
  readonly action: Action;
  /** `undefined` for a deletion. */
  readonly document: Document | undefined;
  /** The reason, unless it is simply a change in the project. */
  readonly because?:
    | 'restored'
    | 'moved'
    | 'renamed in case'
    | 'no longer selected'
    | 'conflict'
    | 'stood there before'
    | 'uncovered'
    | 'covered';
  /** Blob id of the replaced text, if this tool had not published that. */
  readonly replaces?: BlobId;
  /** The commit of the codex that it was planned on, if the run made several. */
  readonly parent?: string;
}

/** The planned changes as plain data, made before any write (design section 4, "Planning"). */
export interface ChangePlan extends PullPlan {
  readonly changes: readonly Change[];
  /** Owned documents with an edit in the codex, or removed there (then they are among the changes). */
  readonly drifted: readonly string[];
  /** The drifted ones that the codex no longer has. */
  readonly removedThere?: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** Withheld deletions; their documents stay owned. */
  readonly withheld: readonly string[];
  /** Deletions, planned or withheld, of documents that other patterns selected. */
  readonly otherwiseSelected?: readonly string[];
  /** Withheld documents without a generator's output: path -> pattern; the guard withholds the rest. */
  readonly missingGenerated?: ReadonlyMap<string, string>;
  /** On a first run: documents that only the codex has. */
  readonly unowned: readonly string[];
  /** Documents where the codex has a link or a submodule, which is never overwritten. */
  readonly skippedInCodex: readonly string[];
  readonly documents: ReadonlyMap<string, BlobId>;
}

export interface ChangeQuestion {
  readonly selection: Selection;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  /** `documents` of the manifest. */
  readonly owned: ReadonlyMap<string, BlobId>;
  /**
   * Bases that differ from `owned`: shown by a closing preview, and edited in the codex. Their ids are not recorded.
   */
  readonly bases?: ReadonlyMap<string, BlobId | undefined>;
  /** Whether no documents were published here before; default: none is owned. */
  readonly firstRun?: boolean;
  readonly selects: (path: string) => boolean;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  /** That of the manifest. */
  readonly withheldOf?: number | undefined;
  readonly otherPatterns?: boolean;
  /** Documents without a generator's output, path -> pattern of `include-ignored`: never deleted for that. */
  readonly missingGenerated?: ReadonlyMap<string, string>;
  /** Whether this run may record documents that project and codex have in common. */
  readonly recordsEqual: boolean;
  /** Default: `to-codex`. */
  readonly direction?: Direction;
  /** Uncommitted text may be discarded: it is never recorded as equal, and never touched. */
  readonly checkout?: CheckoutState;
  /** Paths that another spelling keeps out of the codex: a text that goes there goes nowhere, and is not moved. */
  readonly heldBack?: ReadonlyMap<string, unknown>;
}

/**
 * Plans a run in one direction or both (the table of design section 4).
 * @throws CodexSyncError `conflict` for a conflict under the rule `fail`, or when a file would replace a folder (or the
 * reverse) that this run may not delete
 */
export function planChanges(question: ChangeQuestion): ChangePlan {
  const { selection, codex, owned, selects, onConflict, threshold, direction = 'to-codex' } = question;
  const { checkout = ALL_COMMITTED, firstRun = owned.size === 0, bases, missingGenerated = new Map() } = question;
  const baseOf = (path: string) => (bases?.has(path) ? bases.get(path) : owned.get(path));
  const changes: Change[] = [];
  const wanted: Pull[] = [];
  const unpulled = new Map<string, string>();
  const drifted: string[] = [];
  const removedThere: string[] = [];
  const conflicts: Conflict[] = [];
  const unowned: string[] = [];
  const skippedInCodex: string[] = [];
  const documents = new Map(owned);
  const removed: { readonly path: string; readonly id: BlobId }[] = [];
  /** Paths of the selection whose text the codex does not get. */
  const notTaken = new Set(question.heldBack?.keys());
  const withoutBase = firstRun ? (publishes(direction) ? 'project changed' : 'codex changed') : 'both changed';

  const publish = (path: string, document: Document, because?: Change['because']) => {
    if (!publishes(direction)) return;
    const old = codex.get(path)?.document;
    const replaces = old && old.id !== baseOf(path) && old.id !== document.id ? old.id : undefined;
    changes.push({
      path,
      action: actionOf(document, old),
      document,
      ...(because && { because }),
      ...(replaces && { replaces }),
    });
    documents.set(path, document.id);
  };
  const record = (path: string, document: Document | undefined) => {
    if (!publishes(direction) || !question.recordsEqual || checkout.uncommitted.has(path)) return;
    if (document) documents.set(path, document.id);
    else documents.delete(path);
  };
  /** Plans a pull of the codex's document; `false` when it may not be pulled. */
  const pull = (path: string, because?: Pull['because']): boolean => {
    if (!pullsDocuments(direction)) return false;
    const [ours, theirs] = [selection.documents.get(path), codex.get(path)?.document];
    const problem = pullProblem(path, ours, theirs, { selection, checkout, selects });
    if (problem === undefined) wanted.push(pullOf(path, ours, theirs, because));
    else unpulled.set(path, problem);
    return problem === undefined;
  };

  for (const path of pathsToCompare(question)) {
    const entry = codex.get(path);
    if (entry && !entry.document) {
      if (selection.documents.has(path) || owned.has(path)) skippedInCodex.push(path);
      notTaken.add(path);
      continue;
    }
    const ours = selection.documents.get(path);
    const theirs = entry?.document;
    const base = baseOf(path);
    const comparison = compareThreeWay(ours, theirs, base, withoutBase);
    if (base !== undefined && theirs?.id !== base && theirs?.id !== ours?.id) {
      drifted.push(path);
      if (!theirs) removedThere.push(path);
    }

    if (comparison === 'equal') record(path, ours);
    else if (comparison === 'only in codex') {
      if (firstRun) unowned.push(path);
      else pull(path);
    } else if (comparison === 'codex changed') {
      if (!pull(path) && !theirs && ours) publish(path, ours, 'restored');
      else {
        notTaken.add(path);
        // The project has the edited text by now, so it is owned like any other.
        if (theirs && ours && bases?.has(path)) record(path, ours);
      }
    } else if (comparison === 'project changed') {
      const wasThere = base === undefined && theirs && theirs.id !== ours?.id;
      if (ours) publish(path, ours, wasThere ? 'stood there before' : undefined);
      else if (theirs && publishes(direction)) removed.push({ path, id: theirs.id });
    } else {
      const kept = sideToKeep(ours, theirs, onConflict);
      conflicts.push({ path, kept });
      if (kept === 'codex') {
        notTaken.add(path);
        pull(path, 'conflict');
      } else if (ours) publish(path, ours, 'conflict');
    }
  }

  checkConflicts(conflicts, onConflict, 'project');
  changes.push(...removals(removed, question, notTaken));
  if (removed.length > 0) changes.sort((one, other) => (one.path < other.path ? -1 : 1));
  const { otherPatterns = false } = question;
  const shared = shareBase(owned.size, question.withheldOf);
  const withheld = deletionsToWithhold(changes, shared, threshold, { otherPatterns, always: missingGenerated });
  const missing = new Map([...missingGenerated].filter(([path]) => withheld.has(path)));
  // These patterns select documents without a generator's output as well.
  const others = otherPatterns ? listDeletions(changes).filter(({ path }) => !missing.has(path)) : [];
  const otherwiseSelected = others.map(({ path }) => path);
  const allowed = changes.filter(({ action, path }) => action !== 'delete' || !withheld.has(path));
  checkFolders(allowed, codex);
  for (const { action, path } of allowed) if (action === 'delete') documents.delete(path);
  const back = planPulls(wanted, { selection, checkout, threshold }, shared);
  return {
    changes: allowed,
    drifted,
    removedThere,
    conflicts,
    unowned,
    skippedInCodex,
    documents,
    otherwiseSelected,
    ...back,
    unpulled: new Map([...unpulled, ...back.unpulled]),
    withheld: [...withheld, ...back.withheld],
    ...(missing.size > 0 && { missingGenerated: missing }),
  };
}

/** Deletions with their reasons: a text is moved only if the codex gets it, or has it, elsewhere. */
function removals(
  removed: readonly { readonly path: string; readonly id: BlobId }[],
  { selection, selects }: ChangeQuestion,
  notTaken: ReadonlySet<string>,
): Change[] {
  if (removed.length === 0) return [];
  const taken = [...selection.documents].filter(([path]) => !notTaken.has(path));
  const texts = new Set(taken.map(([, { id }]) => id));
  const spelled = new Set(taken.map(([path]) => foldedPath(path)));
  return removed.map(({ path, id }) => {
    const because = whyRemoved(path, id);
    return { path, action: 'delete', document: undefined, ...(because && { because }) };
  });

  function whyRemoved(path: string, id: BlobId): Change['because'] {
    if (texts.has(id)) return 'moved';
    if (spelled.has(foldedPath(path))) return 'renamed in case';
    const isSelected = selects(path) && !selection.nonDocuments?.has(path);
    return isSelected ? undefined : 'no longer selected';
  }
}

/** Owned paths, and those that the patterns select on either side, without skipped ones. */
function pathsToCompare({ selection, codex, owned, selects }: ChangeQuestion): string[] {
  const paths = new Set([...selection.documents.keys(), ...owned.keys()]);
  for (const path of codex.keys()) if (selects(path)) paths.add(path);
  return [...paths].filter((path) => !selection.skipped.has(path)).sort();
}

export interface EnvironmentState {
  readonly environment: string;
  readonly branch: BranchName;
  readonly manifest: Manifest;
  readonly entries: ReadonlyMap<string, CodexEntry>;
}

/** The codex beneath the previews, where hidden documents are visible. */
export function beneathPreviews(
  overlay: Overlay,
  codex: ReadonlyMap<string, CodexEntry>,
  selection: ReadonlyMap<string, Document>,
): ReadonlyMap<string, CodexEntry> {
  if (overlay.previews.size === 0) return codex;
  const seen = new Map(codex);
  const effective = effectiveTree(overlay);
  for (const path of effective.paths.filter((one) => effective.at(one).preview !== undefined)) {
    const id = overlay.documents.get(path);
    const ours = selection.get(path);
    if (id === undefined) seen.delete(path);
    else seen.set(path, { document: { id, executable: ours?.executable ?? false } });
  }
  return seen;
}

export function withChanges(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
): ReadonlyMap<string, CodexEntry> {
  if (changes.length === 0) return codex;
  const changed = new Map(codex);
  for (const { path, document } of changes) {
    if (document) changed.set(path, { document });
    else changed.delete(path);
  }
  return changed;
}

export function isAt(codex: ReadonlyMap<string, CodexEntry>, path: string, document: Document | undefined): boolean {
  return sameDocument(codex.get(path)?.document, document);
}

/** Differences of two states by path, with the reasons of the plan if one state is planned. */
export function differences(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
  planned: readonly Change[],
): Change[] {
  const plannedAt = new Map(planned.map((change) => [change.path, change]));
  const changes = Array.from(differing(from, to), (change): Change => {
    const { because, replaces } = plannedAt.get(change.path) ?? { because: 'uncovered' as const };
    return { ...change, ...(because && { because }), ...(replaces && { replaces }) };
  });
  return changes.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The same without order and reasons, one by one, for example to count. */
export function* differing(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
): Generator<Pick<Change, 'path' | 'action' | 'document'>> {
  if (from === to) return;
  for (const [path, { document }] of to) {
    if (isAt(from, path, document)) continue;
    yield { path, action: actionOf(document, from.get(path)?.document), document };
  }
  for (const [path, { document: old }] of from) {
    if (old && !to.has(path)) yield { path, action: 'delete', document: undefined };
  }
}
