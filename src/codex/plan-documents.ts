import { foldedPath } from '../documents/paths.ts';
import { publishes } from '../inputs/definitions.ts';
import { type CheckedTree, type PlannedTree, withoutCollisions } from './case-collisions.ts';
import { type Change, type ChangePlan, type ChangeQuestion, type CodexEntry, planChanges } from './changes.ts';
import { beneathPreviews, differences, isAt, withChanges } from './effective-tree.ts';
import { type Layers, newestFirst, type Preview, type PreviewKey, standing } from './overlay.ts';
import { checkFolders, clashFinder } from './path-clashes.ts';
import { type Ended, type PreviewPlan, type Settled, settle, type Touched } from './preview.ts';
import { NO_PULLS } from './pull-plan.ts';
import type { DocumentsText } from './whose-text.ts';

/** A commit of a push: what it changes against the tip, and the layers that its manifest has. */
export interface Step {
  readonly changes: readonly Change[];
  readonly layers: Layers;
}

/** What a run plans, once previews are taken into account. */
export interface LayeredPlan {
  /** Its changes are those of the branch, and of the run's layer where a preview hides it. */
  readonly plan: ChangePlan;
  readonly layers: Layers;
  /** Commits to push together; empty when nothing moves on the branch (the layers may still). */
  readonly steps: readonly Step[];
  /** What someone edited in the codex in a document of a preview that ends: kept, and no longer owned. */
  readonly kept: readonly string[];
  /** What the run publishes and a preview hides: path -> that preview. */
  readonly hidden: ReadonlyMap<string, PreviewKey>;
  /** What the run does not publish because another spelling of its path stays: path -> why. */
  readonly heldBack: ReadonlyMap<string, string>;
}

/**
 * Plans a run that publishes `documents`, beneath the previews. Nothing else writes them.
 *
 * Where someone edited what a preview showed that ends now, and the project has a document there, that text is what both
 * last agreed on: the edit is drift, or a conflict with what the project made of it.
 */
export function planDocuments(
  question: Omit<ChangeQuestion, 'owned' | 'bases' | 'selection' | 'checkout' | 'recordsEqual'> & {
    readonly text: DocumentsText;
    readonly layers: Layers;
    readonly ended: Ended;
  },
): LayeredPlan {
  const { codex, ended, text } = question;
  const { selection, checkout, recordsEqual } = text;
  if (!text.mayBePublished && publishes(question.direction ?? 'to-codex')) {
    throw new Error('Texts that are only compared were about to be published');
  }
  const settled = settle(question.layers, codex, ended);
  const { documents: published } = question.layers;
  const bases = new Map<string, string | undefined>();
  const owned = new Map(settled.layers.documents);
  const kept: string[] = [];
  for (const [path, shown] of settled.kept) {
    const [ours, old] = [selection.documents.get(path), published.get(path)];
    if (ours === undefined) {
      kept.push(path);
      continue;
    }
    if (old !== undefined) owned.set(path, old);
    // Where the project kept what was published beneath, only the codex changed.
    bases.set(path, ours.id === old ? old : shown);
  }
  const beneath = beneathPreviews(settled.layers, settled.codex, selection.documents);
  const leftAlone = kept.map((path) => [path, ''] as const);
  const plan = planChanges({
    ...question,
    checkout,
    recordsEqual,
    owned,
    bases,
    firstRun: question.firstRun ?? published.size === 0,
    codex: beneath,
    selection: { ...selection, leftAlone: new Map([...selection.leftAlone, ...leftAlone]) },
  });
  const planned: Layers = { ...settled.layers, documents: plan.documents };
  const stands = standing(planned);
  const isHidden = ({ path }: Change) => stands.at(path).preview !== undefined;
  const hidden = plan.changes.filter(isHidden);
  const covered = standing(settled.layers);
  /** Under a preview that has another spelling nothing of ours is there, so somebody wrote what is. */
  const isWritten = ({ path, action }: Change) =>
    action === 'delete' && covered.at(path).preview !== undefined && settled.codex.has(path);
  const visible = plan.changes.filter((change) => !isHidden(change) && !isWritten(change));
  for (const change of plan.changes) if (!isHidden(change) && isWritten(change)) kept.push(change.path);
  const withheld = new Set(plan.withheld);
  const tree: PlannedTree = {
    codex,
    changes: changesFrom(codex, settled, visible),
    before: question.layers,
    after: planned,
    isUnknown: (path) => selection.leftAlone.has(path) || withheld.has(path),
  };
  const { changes, layers, heldBack } = publishes(question.direction ?? 'to-codex')
    ? withoutCollisions(tree)
    : asPlanned(tree);
  return {
    plan: { ...plan, documents: layers.documents, changes: [...changes, ...hidden] },
    layers,
    heldBack: withoutRemoved(heldBack, plan),
    kept,
    hidden: new Map(hidden.flatMap(({ path }) => pairOf(path, stands.at(path).preview))),
    steps: stepsOf(codex, changes, hidden, layers, undefined),
  };
}

/** What the project has no more is not held back from the codex. */
function withoutRemoved(
  heldBack: ReadonlyMap<string, string>,
  { withheld }: Pick<ChangePlan, 'withheld'>,
): ReadonlyMap<string, string> {
  const removed = new Set(withheld);
  return new Map([...heldBack].filter(([path]) => !removed.has(path)));
}

/** Of a run that publishes nothing. */
function asPlanned({ changes, after }: PlannedTree): CheckedTree {
  return { changes, layers: after, heldBack: new Map() };
}

function pairOf(path: string, key: PreviewKey | undefined): [string, PreviewKey][] {
  return key === undefined ? [] : [[path, key]];
}

/** Plans a run that only takes previews away. */
export function layEnded(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended): LayeredPlan {
  const settled = settle(layers, codex, ended);
  const { changes, ...checked } = withoutCollisions({
    codex,
    changes: changesFrom(codex, settled, []),
    before: layers,
    after: settled.layers,
    isUnknown: () => false,
  });
  const nothing = { ...NO_PULLS, drifted: [], conflicts: [], withheld: [], unowned: [], blocked: [] };
  return {
    plan: { ...nothing, changes, documents: checked.layers.documents },
    ...checked,
    kept: [...settled.kept.keys()],
    hidden: new Map(),
    steps: stepsOf(codex, changes, [], checked.layers, undefined),
  };
}

/** The same for the plan of a preview, made on what `settle` left. */
export function layPreview(
  codex: ReadonlyMap<string, CodexEntry>,
  settled: Settled,
  key: PreviewKey,
  plan: PreviewPlan,
  touched: Touched,
): LayeredPlan {
  const withheld = new Set(plan.withheld);
  const { changes, layers, heldBack } = withoutCollisions({
    codex,
    changes: changesFrom(codex, settled, plan.changes),
    before: settled.before,
    after: plan.layers,
    isUnknown: (path) => withheld.has(path),
  });
  const shown = settled.layers.previews.get(key)?.documents;
  const hidden = [...plan.hidden.keys()].flatMap((path): Change[] => {
    const document = touched.get(path);
    const known = [shown?.get(path), settled.layers.documents.get(path), codex.get(path)?.document?.id];
    return document && !known.includes(document.id) ? [{ path, action: 'modify', document }] : [];
  });
  return {
    plan: { ...plan, documents: layers.documents, changes: [...changes, ...hidden] },
    layers,
    heldBack: withoutRemoved(heldBack, plan),
    kept: [...settled.kept.keys(), ...plan.kept],
    hidden: plan.hidden,
    steps: stepsOf(codex, changes, hidden, layers, key),
  };
}

/** What the codex as it stands has to change for a plan that was made on what previews leave that end. */
function changesFrom(
  codex: ReadonlyMap<string, CodexEntry>,
  settled: Settled,
  planned: readonly Change[],
): readonly Change[] {
  // The same, without a second list of fifty thousand changes.
  if (settled.codex === codex) return planned.filter(({ path, document }) => !isAt(codex, path, document));
  const all = settled.planned ? [...settled.planned, ...planned] : planned;
  return differences(codex, withChanges(settled.codex, planned), all);
}

/**
 * Every blob id of a manifest is in the branch's history: what is published and hidden is committed first, visible, and
 * the previews upon it.
 * @param owner the preview that the run publishes; `undefined` for `documents`
 */
function stepsOf(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
  hidden: readonly Change[],
  layers: Layers,
  owner: PreviewKey | undefined,
): Step[] {
  checkFolders(changes, codex);
  const last: Step = { changes, layers };
  const shown = hidden.filter(({ document }) => document !== undefined);
  if (shown.length === 0) return changes.length === 0 ? [] : [last];
  const paths = new Set(shown.map(({ path }) => path));
  const findClash = clashFinder(Array.from(paths, foldedPath));
  const folded = new Set(Array.from(paths, foldedPath));
  const givesWay = (path: string) => folded.has(foldedPath(path)) || findClash(foldedPath(path)) !== undefined;
  const others = changes.filter(({ path, document }) => !paths.has(path) && !(document && givesWay(path)));
  const inTheWay = [...codex.keys()].filter((path) => !paths.has(path) && givesWay(path));
  const aside = inTheWay.map((path): Change => ({ path, action: 'delete', document: undefined, because: 'covered' }));
  return [{ changes: [...others, ...aside, ...shown], layers: revealing(layers, owner, givesWay) }, last];
}

/** The layers without what hides these paths of the owner. */
function revealing(
  { documents, previews }: Layers,
  owner: PreviewKey | undefined,
  givesWay: (path: string) => boolean,
): Layers {
  const order = newestFirst(previews).map(([key]) => key);
  const above = owner === undefined ? order : order.slice(0, order.indexOf(owner));
  const revealed = [...previews].map(([key, preview]): [PreviewKey, Preview] => {
    if (!above.includes(key)) return [key, preview];
    const others = [...preview.documents].filter(([path]) => !givesWay(path));
    return [key, { ...preview, documents: new Map(others) }];
  });
  return { documents, previews: new Map(revealed) };
}
