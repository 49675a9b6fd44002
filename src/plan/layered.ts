import {
  actionOf,
  type Change,
  type ChangePlan,
  type ChangeQuestion,
  type CodexEntry,
  checkFolders,
  planChanges,
} from './changes.ts';
import { type Layers, newestFirst, type Preview, standingAt } from './layers.ts';
import { beneathPreviews, type Ending, endPreview, type PreviewPlan, type Touched, withChanges } from './previews.ts';

/** A commit of a push: what it changes against the tip, and the layers that its manifest has. */
export interface Step {
  readonly changes: readonly Change[];
  readonly layers: Layers;
}

/** Pull requests whose previews end with this run. */
export type Ended = ReadonlyMap<number, Ending>;

/** What a run plans, once previews are taken into account. */
export interface LayeredPlan {
  readonly plan: ChangePlan;
  readonly layers: Layers;
  /** Commits to push together; empty when nothing moves on the branch (the layers may still). */
  readonly steps: readonly Step[];
  /** What someone edited in the codex in a document of a preview that ends: kept, and owned by nobody. */
  readonly kept: readonly string[];
  /** What the run publishes and a preview hides: path -> its number. */
  readonly hidden: ReadonlyMap<string, number>;
}

/** What the previews that end leave behind. */
export function settle(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended) {
  let settled: Layers = layers;
  let virtual: ReadonlyMap<string, CodexEntry> = codex;
  const kept: string[] = [];
  for (const [number, ending] of ended) {
    const end = endPreview(settled, number, virtual, ending);
    settled = end.layers;
    virtual = withChanges(virtual, end.changes);
    kept.push(...end.kept);
  }
  return { layers: settled, codex: virtual, kept: [...new Set(kept)] };
}

/** Plans a run for a branch or a tag: it publishes `documents`, beneath the previews. */
export function planDocuments(
  question: Omit<ChangeQuestion, 'owned'> & { readonly layers: Layers; readonly ended: Ended },
): LayeredPlan {
  const { codex, selection, ended } = question;
  const settled = settle(question.layers, codex, ended);
  const beneath = beneathPreviews(settled.layers, settled.codex, selection.documents);
  const asked = { ...question, owned: settled.layers.documents, codex: beneath };
  const plan = planChanges({
    ...asked,
    selection: {
      ...selection,
      leftAlone: new Map([...selection.leftAlone, ...settled.kept.map((path) => [path, ''] as const)]),
    },
  });
  const layers: Layers = { ...settled.layers, documents: plan.documents };
  const isHidden = ({ path }: Change) => standingAt(layers, path).preview !== undefined;
  const hidden = plan.changes.filter(isHidden);
  const visible = plan.changes.filter((change) => !isHidden(change));
  const target = withChanges(settled.codex, visible);
  const changes = differences(codex, target, visible);
  return {
    plan,
    layers,
    kept: settled.kept,
    hidden: new Map(hidden.map(({ path }) => [path, standingAt(layers, path).preview ?? 0])),
    steps: stepsOf(codex, changes, hidden, layers, undefined),
  };
}

/** Plans a run that only takes previews away. */
export function layEnded(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended): LayeredPlan {
  const settled = settle(layers, codex, ended);
  const changes = differences(codex, settled.codex, []);
  const nothing = { drifted: [], conflicts: [], withheld: [], unowned: [], blocked: [] };
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
  settled: ReturnType<typeof settle>,
  number: number,
  plan: PreviewPlan,
  touched: Touched,
): LayeredPlan {
  const target = withChanges(settled.codex, plan.changes);
  const changes = differences(codex, target, plan.changes);
  const before = settled.layers.previews.get(number)?.documents;
  const hidden = [...plan.hidden.keys()].flatMap((path): Change[] => {
    const document = touched.get(path);
    const known = [before?.get(path), settled.layers.documents.get(path), codex.get(path)?.document?.id];
    return document && !known.includes(document.id) ? [{ path, action: 'modify', document }] : [];
  });
  const { layers } = plan;
  return {
    plan,
    layers,
    kept: settled.kept,
    hidden: plan.hidden,
    steps: stepsOf(codex, changes, hidden, layers, number),
  };
}

/** What turns one state into another; of a path that a plan changes, with what the plan says of it. */
function differences(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
  planned: readonly Change[],
): Change[] {
  const said = new Map(planned.map((change) => [change.path, change]));
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path): Change[] => {
    const [old, document] = [from.get(path)?.document, to.get(path)?.document];
    if (old?.id === document?.id && old?.executable === document?.executable) return [];
    const { because, replaces } = said.get(path) ?? { because: 'uncovered' as const };
    const action = actionOf(document, old);
    return [{ path, action, document, ...(because && { because }), ...(replaces && { replaces }) }];
  });
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
  const others = changes.filter(({ path }) => !paths.has(path));
  return [{ changes: [...others, ...shown], layers: revealing(layers, owner, paths) }, last];
}

/** The layers without what hides these paths of the owner. */
function revealing({ documents, previews }: Layers, owner: number | undefined, paths: ReadonlySet<string>): Layers {
  const order = newestFirst(previews).map(([number]) => number);
  const above = owner === undefined ? order : order.slice(0, order.indexOf(owner));
  const revealed = [...previews].map(([number, preview]): [number, Preview] => {
    if (!above.includes(number)) return [number, preview];
    const others = [...preview.documents].filter(([path]) => !paths.has(path));
    return [number, { ...preview, documents: new Map(others) }];
  });
  return { documents, previews: new Map(revealed) };
}
