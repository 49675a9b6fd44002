import { withChanges } from '../codex/changes.ts';
import { type Manifest, wasPublished } from '../codex/manifest.ts';
import { branchKey, isBeneath, type PreviewKey } from '../codex/overlay.ts';
import { type OverlayPlan, overlayPreview } from '../codex/plan-documents.ts';
import { applyClosed, planPreview, type Touched } from '../codex/preview.ts';
import type { WhoseText } from '../codex/whose-text.ts';
import type { Patterns } from '../documents/patterns.ts';
import type { CheckoutSelection } from '../documents/select.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import type { DeletionThreshold } from '../inputs/request.ts';
import type { ProjectSnapshot } from '../publish/snapshot.ts';
import { deepCheckout, sentence, tokenName } from '../text/spell-inputs.ts';
import { type PreviewFacts, touchedDocuments, uncommittedChanges } from './facts.ts';

export interface PreviewRun {
  readonly decided: Extract<WhoseText, { kind: 'preview' }>;
  readonly preview: PreviewFacts;
  readonly selection: CheckoutSelection;
  readonly closed: readonly PreviewKey[];
  readonly missingGenerated: ReadonlyMap<string, string>;
}

/** @param warnings receives further warnings */
export function planPreviews(
  {
    onConflict,
    threshold,
    patterns,
  }: { readonly onConflict: ConflictRule; readonly threshold: DeletionThreshold; readonly patterns: Patterns },
  { folder, manifest }: ProjectSnapshot,
  { decided, preview, selection, closed, missingGenerated }: PreviewRun,
  warnings: string[],
): OverlayPlan {
  const { key, run } = decided;
  const { date, local, pull, defaultBranch } = preview;
  const { base, paths } = preview.changes;
  if (decided.changes === 'since its base' && paths === undefined && pull)
    warnings.push(unknownBaseWarning(pull.number));
  const rules = { onConflict, threshold, missingGenerated };
  const head = { commit: run.commit, date, ...(local !== undefined && { local }) };
  const baseBranch = pull?.baseBranch ?? defaultBranch;
  const isFirstPreview = !wasPublished(manifest) && baseBranch !== undefined && base !== undefined;
  const baseKey = isFirstPreview ? branchKey(baseBranch) : undefined;
  const ofBase = baseKey && manifest.previews.get(baseKey);
  // A preview of the base branch itself shows its documents already.
  const isShown = baseKey && baseKey !== key && ofBase && !isBeneath(baseKey, ofBase);
  const beneath = isShown ? undefined : baseKey;
  const changed =
    beneath === key
      ? new Map(selection.documents)
      : decided.changes === 'uncommitted'
        ? uncommittedChanges(decided.uncommitted, selection)
        : touchedDocuments(paths, selection, manifest.documents, patterns.selects);

  // A document that no step generated is not a deletion by the preview.
  const isMissing = ([path, document]: [string, unknown]) => document === undefined && missingGenerated.has(path);
  const touched = new Map([...changed].filter((one) => !isMissing(one)));

  let afterClosed = applyClosed(manifest, folder.entries, closed);
  const steps: OverlayPlan['steps'][number][] = [];
  const isOther = beneath !== undefined && beneath !== key;
  const others: Touched = isOther ? documentsBeneath(selection, touched, manifest, beneath) : new Map();
  // If the preview names all documents, nothing remains to commit beneath it.
  if (isOther && base !== undefined && others.size > 0) {
    const first = { key: beneath, head: { commit: base, date: undefined }, touched: others };
    const plan = planPreview({ ...first, overlay: afterClosed.overlay, codex: afterClosed.codex, ...rules });
    const overlaid = overlayPreview(folder.entries, afterClosed, beneath, plan, others);
    steps.push(...overlaid.steps);
    const shown = overlaid.steps.at(-1)?.changes ?? [];
    const { overlay, heldBack } = overlaid;
    afterClosed = { ...afterClosed, overlay, heldBack, codex: withChanges(folder.entries, shown), planned: shown };
  }
  const { overlay, codex } = afterClosed;
  const plan = planPreview({ key, head, touched, overlay, codex, ...rules });
  const overlaid = overlayPreview(folder.entries, afterClosed, key, plan, touched);
  return { ...overlaid, steps: joinSteps(steps, overlaid) };
}

/**
 * Appends the preview's commits to those beneath it. Each commit is a difference from the tip. If the tip holds the
 * preview's documents already, a last commit restores them, unless the commits beneath only delete.
 */
function joinSteps(beneath: OverlayPlan['steps'], { steps, overlay }: OverlayPlan): OverlayPlan['steps'] {
  const brings = beneath.some(({ changes }) => changes.some(({ document }) => document !== undefined));
  if (steps.length > 0) return [...beneath, ...steps];
  return brings ? [...beneath, { changes: [], overlay }] : [];
}

/**
 * While a project has no `documents`, the documents that a preview does not change are shown beneath all previews
 * (design section 4, "Previews"). Of those that it changes, the state of an earlier preview remains.
 */
function documentsBeneath(
  { documents }: CheckoutSelection,
  touched: Touched,
  manifest: Manifest,
  key: PreviewKey,
): Touched {
  const before = manifest.previews.get(key)?.documents;
  const others = new Map([...documents].filter(([path]) => !touched.has(path)));
  for (const [path, id] of before ?? []) {
    if (id !== null && touched.has(path)) others.set(path, { id, executable: false });
  }
  return others;
}

function unknownBaseWarning(number: number): string {
  return (
    `Neither the checkout nor GitHub shows the changes of pull request #${number} against its base, so every difference from ` +
    `the published documents counts. ${sentence(deepCheckout(2))}, or give ${tokenName('project-token')} the permission "pull-requests: read".`
  );
}
