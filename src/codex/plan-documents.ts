import { foldedPath } from '../documents/paths.ts';
import { publishes } from '../inputs/definitions.ts';
import type { BlobId } from '../text/ids.ts';
import { type CheckedTree, findSecondSpellings, type PlannedTree, withoutCollisions } from './case-collisions.ts';
import {
  beneathPreviews,
  type Change,
  type ChangePlan,
  type ChangeQuestion,
  type CodexEntry,
  differences,
  isAt,
  planChanges,
  withChanges,
} from './changes.ts';
import { isMove, shareAfter, shareBase } from './deletion-guard.ts';
import { effectiveTree, newestFirst, type Overlay, type Preview, type PreviewKey } from './overlay.ts';
import { checkFolders, clashFinder } from './path-clashes.ts';
import { applyClosed, type ClosedPreviews, type ClosedState, type PreviewPlan, type Touched } from './preview.ts';
import { NO_PULLS } from './pull-plan.ts';
import type { DocumentsText } from './whose-text.ts';

/** A commit of a push: its changes against the tip, and its manifest's overlay. */
export interface Step {
  readonly changes: readonly Change[];
  readonly overlay: Overlay;
}

export interface OverlayPlan {
  /** Changes of the branch, and of the run's own documents that a preview hides. */
  readonly plan: ChangePlan;
  readonly overlay: Overlay;
  /** Commits to push together; empty when the branch does not change (the overlay may). */
  readonly steps: readonly Step[];
  /** Documents of closed previews with an edit in the codex: kept, and no longer owned. */
  readonly kept: readonly string[];
  /** Published documents that a preview hides: path -> that preview. */
  readonly hidden: ReadonlyMap<string, PreviewKey>;
  /** Path -> why it is not published: another spelling of it stays. */
  readonly heldBack: ReadonlyMap<string, string>;
  /** For the manifest; only of a run that publishes `documents`. */
  readonly withheldOf?: number | undefined;
}

/**
 * Plans a run that publishes `documents`, beneath the previews. No other function writes them. The text of a closing
 * preview with an edit in the codex is the base of the project's document: the edit is drift, or a conflict with the
 * project's change.
 */
export function planDocuments(question: DocumentsQuestion): OverlayPlan {
  for (let given = question; ; ) {
    const planned = planOnce(given);
    // What a spelling keeps out of the codex is moved nowhere: the guard counts those removals as deletions.
    const { heldBack = new Map() } = given;
    const isSettled = [...planned.heldBack.keys()].every((path) => heldBack.has(path));
    if (isSettled || !planned.plan.changes.some(isMove)) return planned;
    given = { ...given, heldBack: new Map([...heldBack, ...planned.heldBack]) };
  }
}

type DocumentsQuestion = Omit<ChangeQuestion, 'owned' | 'bases' | 'selection' | 'checkout' | 'recordsEqual'> & {
  readonly text: DocumentsText;
  readonly overlay: Overlay;
  readonly closed: ClosedPreviews;
};

function planOnce(question: DocumentsQuestion): OverlayPlan {
  const { codex, closed, text } = question;
  const { selection, checkout, recordsEqual } = text;
  const isPublishing = publishes(question.direction ?? 'to-codex');
  if (!text.mayBePublished && isPublishing) {
    throw new Error('Texts that are only compared were about to be published');
  }
  const afterClosed = applyClosed(question.overlay, codex, closed);
  const { documents: published } = question.overlay;
  const bases = new Map<string, BlobId | undefined>();
  const owned = new Map(afterClosed.overlay.documents);
  const kept: string[] = [];
  for (const [path, shown] of afterClosed.kept) {
    const [ours, old] = [selection.documents.get(path), published.get(path)];
    if (ours === undefined) {
      kept.push(path);
      continue;
    }
    // The project has what the preview showed: published beneath the edit, or the next run would find no base.
    const beneath = ours.id === shown && isPublishing ? shown : old;
    if (beneath !== undefined) owned.set(path, beneath);
    // The project kept the text beneath, so only the codex changed.
    bases.set(path, ours.id === old ? old : shown);
  }
  const beneath = beneathPreviews(afterClosed.overlay, afterClosed.codex, selection.documents);
  const skipped = kept.map((path) => [path, ''] as const);
  const plan = planChanges({
    ...question,
    checkout,
    recordsEqual,
    owned,
    bases,
    firstRun: question.firstRun ?? published.size === 0,
    codex: beneath,
    selection: { ...selection, skipped: new Map([...selection.skipped, ...skipped]) },
  });
  const planned: Overlay = { ...afterClosed.overlay, documents: plan.documents };
  const effective = effectiveTree(planned);
  const isHidden = ({ path }: Change) => effective.at(path).preview !== undefined;
  const covered = effectiveTree(afterClosed.overlay);
  /** Under a preview with another spelling none of our files exists, so a person wrote this one. */
  const isWritten = ({ path, action }: Change) =>
    action === 'delete' && covered.at(path).preview !== undefined && afterClosed.codex.has(path);
  const visible = plan.changes.filter((change) => !isHidden(change) && !isWritten(change));
  for (const change of plan.changes) if (!isHidden(change) && isWritten(change)) kept.push(change.path);
  const withheld = new Set(plan.withheld);
  const tree: PlannedTree = {
    codex,
    changes: changesFrom(codex, afterClosed, visible),
    before: question.overlay,
    after: planned,
    isUnknown: (path) => selection.skipped.has(path) || withheld.has(path),
  };
  if (isPublishing) checkReturning(tree, selection.documents);
  const { changes, ...checked } = isPublishing ? withoutCollisions(tree) : asPlanned(tree);
  const added = new Set(plan.changes.filter(isHidden).map(({ path }) => path));
  const { overlay, heldBack } = withoutHiddenSpellings(checked, added);
  // What the project no longer has needs no report.
  const returning = [...afterClosed.heldBack].filter(([path]) => !published.has(path) || selection.documents.has(path));
  const guarded = plan.withheld.filter((path) => !plan.missingGenerated?.has(path));
  // A document that another spelling keeps out of the codex is published neither there nor beneath a preview.
  const hidden = plan.changes.filter(
    (change) => isHidden(change) && (change.document === undefined || overlay.documents.has(change.path)),
  );
  return {
    plan: { ...plan, documents: overlay.documents, changes: [...changes, ...hidden] },
    overlay,
    heldBack: withoutRemoved(new Map([...returning, ...heldBack]), plan),
    kept,
    withheldOf: shareAfter(shareBase(owned.size, question.withheldOf), overlay.documents.size, guarded.length),
    hidden: new Map(hidden.flatMap(({ path }) => pairOf(path, effective.at(path).preview))),
    steps: stepsOf(codex, changes, hidden, overlay, undefined),
  };
}

/** Beneath a preview two spellings of one document are not seen, and the first run after it would have to drop one. */
function withoutHiddenSpellings(
  { overlay, heldBack }: Omit<CheckedTree, 'changes'>,
  added: ReadonlySet<string>,
): Omit<CheckedTree, 'changes'> {
  if (added.size === 0) return { overlay, heldBack };
  const found = [...findSecondSpellings(overlay.documents.keys(), (path) => !added.has(path))];
  const second = new Map(found.filter(([path]) => added.has(path)));
  if (second.size === 0) return { overlay, heldBack };
  const documents = new Map([...overlay.documents].filter(([path]) => !second.has(path)));
  return { overlay: { ...overlay, documents }, heldBack: new Map([...second, ...heldBack]) };
}

/**
 * A document of the project that returns when a preview closes is checked like one that the run adds, since the next run
 * adds it.
 * @throws CodexSyncError `conflict`
 */
function checkReturning({ changes, codex }: PlannedTree, documents: ReadonlyMap<string, unknown>): void {
  checkFolders(
    changes.filter(({ action, path }) => action !== 'add' || documents.has(path)),
    codex,
  );
}

/** A document that the project no longer has is not held back. */
function withoutRemoved(
  heldBack: ReadonlyMap<string, string>,
  { withheld }: Pick<ChangePlan, 'withheld'>,
): ReadonlyMap<string, string> {
  const removed = new Set(withheld);
  return new Map([...heldBack].filter(([path]) => !removed.has(path)));
}

/** For a run that publishes nothing. */
function asPlanned({ changes, after }: PlannedTree): CheckedTree {
  return { changes, overlay: after, heldBack: new Map() };
}

function pairOf(path: string, key: PreviewKey | undefined): [string, PreviewKey][] {
  return key === undefined ? [] : [[path, key]];
}

export function planClosed(
  overlay: Overlay,
  codex: ReadonlyMap<string, CodexEntry>,
  closed: ClosedPreviews,
): OverlayPlan {
  const afterClosed = applyClosed(overlay, codex, closed);
  const { changes, ...checked } = withoutCollisions({
    codex,
    changes: changesFrom(codex, afterClosed, []),
    before: overlay,
    after: afterClosed.overlay,
    isUnknown: () => false,
  });
  const empty = { ...NO_PULLS, drifted: [], conflicts: [], withheld: [], unowned: [], skippedInCodex: [] };
  return {
    plan: { ...empty, changes, documents: checked.overlay.documents },
    ...checked,
    heldBack: new Map([...afterClosed.heldBack, ...checked.heldBack]),
    kept: [...afterClosed.kept.keys()],
    hidden: new Map(),
    steps: stepsOf(codex, changes, [], checked.overlay, undefined),
  };
}

/** The same for the plan of a preview, made on the result of `applyClosed`. */
export function overlayPreview(
  codex: ReadonlyMap<string, CodexEntry>,
  afterClosed: ClosedState,
  key: PreviewKey,
  plan: PreviewPlan,
  touched: Touched,
): OverlayPlan {
  const withheld = new Set(plan.withheld);
  const { changes, overlay, heldBack } = withoutCollisions({
    codex,
    changes: changesFrom(codex, afterClosed, plan.changes),
    before: afterClosed.before,
    after: plan.overlay,
    isUnknown: (path) => withheld.has(path),
  });
  const shown = afterClosed.overlay.previews.get(key)?.documents;
  const hidden = [...plan.hidden.keys()].flatMap((path): Change[] => {
    const document = touched.get(path);
    const known = [shown?.get(path), afterClosed.overlay.documents.get(path), codex.get(path)?.document?.id];
    return document && !known.includes(document.id) ? [{ path, action: 'modify', document }] : [];
  });
  return {
    plan: { ...plan, documents: overlay.documents, changes: [...changes, ...hidden] },
    overlay,
    heldBack: withoutRemoved(new Map([...afterClosed.heldBack, ...plan.heldBack, ...heldBack]), plan),
    kept: [...afterClosed.kept.keys(), ...plan.kept],
    hidden: plan.hidden,
    steps: stepsOf(codex, changes, hidden, overlay, key),
  };
}

/** Changes of the present codex for a plan that was made after closed previews. */
function changesFrom(
  codex: ReadonlyMap<string, CodexEntry>,
  afterClosed: ClosedState,
  planned: readonly Change[],
): readonly Change[] {
  // The same, without a second list of 50,000 changes.
  if (afterClosed.codex === codex) return planned.filter(({ path, document }) => !isAt(codex, path, document));
  const all = afterClosed.planned ? [...afterClosed.planned, ...planned] : planned;
  return differences(codex, withChanges(afterClosed.codex, planned), all);
}

/**
 * Every blob id of a manifest is in the branch's history: a hidden text is committed visibly first, and the previews
 * after it. `owner` is the run's preview; `undefined` for `documents`.
 */
function stepsOf(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
  hidden: readonly Change[],
  overlay: Overlay,
  owner: PreviewKey | undefined,
): Step[] {
  checkFolders(changes, codex);
  const last: Step = { changes, overlay };
  const shown = hidden.filter(({ document }) => document !== undefined);
  if (shown.length === 0) return changes.length === 0 ? [] : [last];
  const paths = new Set(shown.map(({ path }) => path));
  const findClash = clashFinder(Array.from(paths, foldedPath));
  const folded = new Set(Array.from(paths, foldedPath));
  const givesWay = (path: string) => folded.has(foldedPath(path)) || findClash(foldedPath(path)) !== undefined;
  const others = changes.filter(({ path, document }) => !paths.has(path) && !(document && givesWay(path)));
  const inTheWay = [...codex.keys()].filter((path) => !paths.has(path) && givesWay(path));
  const aside = inTheWay.map((path): Change => ({ path, action: 'delete', document: undefined, because: 'covered' }));
  return [{ changes: [...others, ...aside, ...shown], overlay: revealing(overlay, owner, givesWay) }, last];
}

/** The overlay without everything that hides these paths of the owner. */
function revealing(
  { documents, previews }: Overlay,
  owner: PreviewKey | undefined,
  givesWay: (path: string) => boolean,
): Overlay {
  const order = newestFirst(previews).map(([key]) => key);
  const above = owner === undefined ? order : order.slice(0, order.indexOf(owner));
  const revealed = [...previews].map(([key, preview]): [PreviewKey, Preview] => {
    if (!above.includes(key)) return [key, preview];
    const others = [...preview.documents].filter(([path]) => !givesWay(path));
    return [key, { ...preview, documents: new Map(others) }];
  });
  return { documents, previews: new Map(revealed) };
}
