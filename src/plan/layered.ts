import { type Change, type ChangePlan, type ChangeQuestion, type CodexEntry, planChanges } from './changes.ts';
import { beneathPreviews, differences, isAt, withChanges } from './codex-view.ts';
import { type Ended, type Settled, settle } from './ended.ts';
import { checkFolders, clashFinder } from './folders.ts';
import { type Layers, newestFirst, type Preview, standing } from './layers.ts';
import type { PreviewPlan, Touched } from './previews.ts';
import { NO_PULLS } from './pulling.ts';

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
  /** What someone edited in the codex in a document of a preview that ends: kept, and owned by nobody. */
  readonly kept: readonly string[];
  /** What the run publishes and a preview hides: path -> its number. */
  readonly hidden: ReadonlyMap<string, number>;
}

/** Plans a run for a branch or a tag: it publishes `documents`, beneath the previews. */
export function planDocuments(
  question: Omit<ChangeQuestion, 'owned'> & { readonly layers: Layers; readonly ended: Ended },
): LayeredPlan {
  const { codex, selection, ended } = question;
  const settled = settle(question.layers, codex, ended);
  const beneath = beneathPreviews(settled.layers, settled.codex, selection.documents);
  const kept = settled.kept.map((path) => [path, ''] as const);
  const plan = planChanges({
    ...question,
    owned: settled.layers.documents,
    firstRun: question.firstRun ?? question.layers.documents.size === 0,
    codex: beneath,
    selection: { ...selection, leftAlone: new Map([...selection.leftAlone, ...kept]) },
  });
  const layers: Layers = { ...settled.layers, documents: plan.documents };
  const stands = standing(layers);
  const isHidden = ({ path }: Change) => stands.at(path).preview !== undefined;
  const hidden = plan.changes.filter(isHidden);
  const visible = plan.changes.filter((change) => !isHidden(change));
  const changes = changesFrom(codex, settled, visible);
  return {
    plan: { ...plan, changes: [...changes, ...hidden] },
    layers,
    kept: settled.kept,
    hidden: new Map(hidden.map(({ path }) => [path, stands.at(path).preview ?? 0])),
    steps: stepsOf(codex, changes, hidden, layers, undefined),
  };
}

/** Plans a run that only takes previews away. */
export function layEnded(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended): LayeredPlan {
  const settled = settle(layers, codex, ended);
  const changes = changesFrom(codex, settled, []);
  const nothing = { ...NO_PULLS, drifted: [], conflicts: [], withheld: [], unowned: [], blocked: [] };
  return {
    plan: { ...nothing, changes, documents: settled.layers.documents },
    layers: settled.layers,
    kept: settled.kept,
    hidden: new Map(),
    steps: stepsOf(codex, changes, [], settled.layers, undefined),
  };
}

/** The same for the plan of a pull request's preview, made on what `settle` left. */
export function layPreview(
  codex: ReadonlyMap<string, CodexEntry>,
  settled: Settled,
  number: number,
  plan: PreviewPlan,
  touched: Touched,
): LayeredPlan {
  const changes = changesFrom(codex, settled, plan.changes);
  const before = settled.layers.previews.get(number)?.documents;
  const hidden = [...plan.hidden.keys()].flatMap((path): Change[] => {
    const document = touched.get(path);
    const known = [before?.get(path), settled.layers.documents.get(path), codex.get(path)?.document?.id];
    return document && !known.includes(document.id) ? [{ path, action: 'modify', document }] : [];
  });
  const { layers } = plan;
  return {
    plan: { ...plan, changes: [...changes, ...hidden] },
    layers,
    kept: [...settled.kept, ...plan.kept],
    hidden: plan.hidden,
    steps: stepsOf(codex, changes, hidden, layers, number),
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
  return differences(codex, withChanges(settled.codex, planned), planned);
}

/**
 * Every blob id of a manifest is in the branch's history: what is published and hidden is committed first, visible, and
 * the previews upon it.
 * @param owner the preview that the run owns; `undefined` for the layer of the branches
 */
function stepsOf(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
  hidden: readonly Change[],
  layers: Layers,
  owner: number | undefined,
): Step[] {
  checkFolders(changes, codex);
  const last: Step = { changes, layers };
  const shown = hidden.filter(({ document }) => document !== undefined);
  if (shown.length === 0) return changes.length === 0 ? [] : [last];
  const paths = new Set(shown.map(({ path }) => path));
  const findClash = clashFinder(paths);
  const givesWay = (path: string) => paths.has(path) || findClash(path) !== undefined;
  const others = changes.filter(({ path, document }) => !paths.has(path) && !(document && givesWay(path)));
  const inTheWay = [...codex.keys()].filter((path) => !paths.has(path) && givesWay(path));
  const aside = inTheWay.map((path): Change => ({ path, action: 'delete', document: undefined, because: 'covered' }));
  return [{ changes: [...others, ...aside, ...shown], layers: revealing(layers, owner, givesWay) }, last];
}

/** The layers without what hides these paths of the owner. */
function revealing(
  { documents, previews }: Layers,
  owner: number | undefined,
  givesWay: (path: string) => boolean,
): Layers {
  const order = newestFirst(previews).map(([number]) => number);
  const above = owner === undefined ? order : order.slice(0, order.indexOf(owner));
  const revealed = [...previews].map(([number, preview]): [number, Preview] => {
    if (!above.includes(number)) return [number, preview];
    const others = [...preview.documents].filter(([path]) => !givesWay(path));
    return [number, { ...preview, documents: new Map(others) }];
  });
  return { documents, previews: new Map(revealed) };
}
