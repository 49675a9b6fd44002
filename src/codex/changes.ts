import { foldedPath } from '../documents/paths.ts';
import type { Document, Selection } from '../documents/select.ts';
import { type ConflictRule, type Direction, publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import { deletionsToWithhold, listDeletions } from './deletion-guard.ts';
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
import { type Action, actionOf, type Conflict, checkConflicts, compareThreeWay, sideToKeep } from './three-way.ts';

/** What the codex holds at a path of the project's folder; `document` is `undefined` for links and submodules. */
export interface CodexEntry {
  readonly document: Document | undefined;
}

/** One document that the commit changes. */
export interface Change {
  readonly path: string;
  readonly action: Action;
  /** What is published; `undefined` for a deletion. */
  readonly document: Document | undefined;
  /** Why, where it is not simply what the project did. */
  readonly because?:
    | 'restored'
    | 'moved'
    | 'renamed in case'
    | 'no longer selected'
    | 'conflict'
    | 'stood there before'
    | 'uncovered'
    | 'covered';
  /** Blob id of a text that this tool had not published and that the change replaces. */
  readonly replaces?: string;
}

/** The list of changes, as plain data, made before anything is touched (design section 4, "Planning"). */
export interface ChangePlan extends PullPlan {
  readonly changes: readonly Change[];
  /** Owned documents that someone edited in the codex, or removed there (then they are among the changes). */
  readonly drifted: readonly string[];
  /** Those of them that the codex does not have any more. */
  readonly removedThere?: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** Deletions that are withheld; they stay owned. */
  readonly withheld: readonly string[];
  /** Where other patterns selected the owned documents: those that go for that, or would. */
  readonly otherwiseSelected?: readonly string[];
  /** Those of them that nobody generated this time: path -> pattern of `include-ignored`. The guard withholds the others. */
  readonly missingGenerated?: ReadonlyMap<string, string>;
  /** On a first run: what only the codex has. */
  readonly unowned: readonly string[];
  /** Documents of the project where the codex has a link or a submodule, which is never overwritten. */
  readonly skippedInCodex: readonly string[];
  /** `documents` of the next manifest. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Project, codex and manifest as they stand, and the rules of the run. */
export interface ChangeQuestion {
  readonly selection: Selection;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  /** `documents` of the manifest. */
  readonly owned: ReadonlyMap<string, string>;
  /**
   * Where project and codex last agreed on another text than `owned` says: what a preview showed that ends with this run, and
   * that someone edited there. None of these ids is ever written down.
   */
  readonly bases?: ReadonlyMap<string, string | undefined>;
  /** Whether no documents were published here before; unless said otherwise, when none is owned. */
  readonly firstRun?: boolean;
  readonly selects: (path: string) => boolean;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  /** Whether other patterns selected some of the owned documents. */
  readonly otherPatterns?: boolean;
  /** What nobody generated this time, path -> pattern of `include-ignored`: never deleted for that. */
  readonly missingGenerated?: ReadonlyMap<string, string>;
  /** Whether this run may write down what project and codex were found to hold alike. */
  readonly recordsEqual: boolean;
  /** `to-codex` unless told. */
  readonly direction?: Direction;
  /** What is in no commit may be thrown away: it is never written down as found equal, and never touched. */
  readonly checkout?: CheckoutState;
}

/**
 * Plans a run of one direction or of both (the table of design section 4).
 * @throws CodexSyncError `conflict` when the rule is `fail` and something is in conflict, or when a file would have to
 * stand where a folder is (or the other way round) that this run may not delete
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
  /** Only who deletes asks for it. */
  let published: Set<string> | undefined;
  const isPublished = (id: string) => {
    published ??= new Set([...selection.documents.values()].map((document) => document.id));
    return published.has(id);
  };
  let spelled: Set<string> | undefined;
  const isSpelled = (path: string) => {
    spelled ??= new Set(Array.from(selection.documents.keys(), foldedPath));
    return spelled.has(foldedPath(path));
  };
  const differs = firstRun ? (publishes(direction) ? 'project changed' : 'codex changed') : 'both changed';

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
  const remove = (path: string, id: string) => {
    if (!publishes(direction)) return;
    const isSelected = selects(path) && !selection.nonDocuments?.has(path);
    const because = whyRemoved();
    changes.push({ path, action: 'delete', document: undefined, ...(because && { because }) });

    function whyRemoved(): Change['because'] {
      if (isPublished(id)) return 'moved';
      if (isSpelled(path)) return 'renamed in case';
      return isSelected ? undefined : 'no longer selected';
    }
  };
  const record = (path: string, document: Document | undefined) => {
    if (!publishes(direction) || !question.recordsEqual || checkout.uncommitted.has(path)) return;
    if (document) documents.set(path, document.id);
    else documents.delete(path);
  };
  /** Whether what the codex holds at a path is brought into the checkout. */
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
      continue;
    }
    const ours = selection.documents.get(path);
    const theirs = entry?.document;
    const base = baseOf(path);
    const comparison = compareThreeWay(ours, theirs, base, differs);
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
      // The edit is of a text that the project has by now, so it is owned like any other.
      else if (theirs && ours && bases?.has(path)) record(path, ours);
    } else if (comparison === 'project changed') {
      const wasThere = base === undefined && theirs && theirs.id !== ours?.id;
      if (ours) publish(path, ours, wasThere ? 'stood there before' : undefined);
      else if (theirs) remove(path, theirs.id);
    } else {
      const kept = sideToKeep(ours, theirs, onConflict);
      conflicts.push({ path, kept });
      if (kept === 'codex') pull(path, 'conflict');
      else if (ours) publish(path, ours, 'conflict');
    }
  }

  checkConflicts(conflicts, onConflict, 'project');
  const { otherPatterns = false } = question;
  const withheld = deletionsToWithhold(changes, owned.size, threshold, { otherPatterns, always: missingGenerated });
  const missing = new Map([...missingGenerated].filter(([path]) => withheld.has(path)));
  // What nobody generated these patterns select, too.
  const others = otherPatterns ? listDeletions(changes).filter(({ path }) => !missing.has(path)) : [];
  const otherwiseSelected = others.map(({ path }) => path);
  const allowed = changes.filter(({ action, path }) => action !== 'delete' || !withheld.has(path));
  checkFolders(allowed, codex);
  for (const { action, path } of allowed) if (action === 'delete') documents.delete(path);
  const back = planPulls(wanted, { selection, checkout, threshold }, owned.size);
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

/** The paths that the patterns select in project or codex, and the owned ones, without those that are left alone. */
function pathsToCompare({ selection, codex, owned, selects }: ChangeQuestion): string[] {
  const paths = new Set([...selection.documents.keys(), ...owned.keys()]);
  for (const path of codex.keys()) if (selects(path)) paths.add(path);
  return [...paths].filter((path) => !selection.skipped.has(path)).sort();
}
