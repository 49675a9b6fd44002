import { type Manifest, utcSeconds, wasPublished } from '../codex/manifest.ts';
import { branchKey, branchOf, isBeneath, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import { type OverlayPlan, overlayPreview } from '../codex/plan-documents.ts';
import { applyClosed, planPreview, type Touched } from '../codex/preview.ts';
import type { StableRefs } from '../codex/stable-refs.ts';
import type { WhoseText } from '../codex/whose-text.ts';
import type { CheckoutSelection } from '../documents/select.ts';
import type { CodexFolder } from '../git/codex-folder.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import {
  type PreviewChanges,
  readBranchChanges,
  readPullRequestChanges,
  touchedDocuments,
  uncommittedChanges,
} from '../previews/changes.ts';
import type { SyncProjectRequest } from './request.ts';
import type { PlanningSession } from './session.ts';

/** What a preview is planned of, read once. */
export interface PreviewSide {
  readonly stableRefs: StableRefs;
  /** The pull request that the run is for. */
  readonly pull: PullRequest | undefined;
  /** Whether GitHub has the branch and the commit of a preview; asked only of one. */
  readonly isOnGitHub: (branch: string) => Promise<boolean>;
}

/** Plans a preview, as often as the run loses a race; what GitHub says of it is asked once. */
export function createPreviewPlanner(request: SyncProjectRequest, session: PlanningSession, side: PreviewSide) {
  const { onConflict, threshold, patterns, directory } = request;
  const { pull, stableRefs } = side;
  const reader = { ...session, directory };
  let read: Promise<PreviewChanges> | undefined;
  let date: Promise<string | undefined> | undefined;
  let local: Promise<string | undefined> | undefined;

  function readChanges({ key, run, changes }: Extract<WhoseText, { kind: 'preview' }>): Promise<PreviewChanges> {
    const base = session.history.head.id;
    if (changes === 'uncommitted') return Promise.resolve({ base, paths: undefined });
    if (pull && pullRequestOf(key) === pull.number) return readPullRequestChanges(pull, reader);
    return readBranchChanges(branchOf(key) ?? '', run.commit, stableRefs.defaultBranch, reader);
  }

  async function readLocal(key: PreviewKey): Promise<string | undefined> {
    const branch = branchOf(key);
    if (branch === undefined || request.trigger.event !== '') return undefined;
    return (await side.isOnGitHub(branch)) ? undefined : utcSeconds(session.now());
  }

  return async (
    decided: Extract<WhoseText, { kind: 'preview' }>,
    on: {
      manifest: Manifest;
      folder: CodexFolder;
      selection: CheckoutSelection;
      closed: readonly PreviewKey[];
      missingGenerated: ReadonlyMap<string, string>;
    },
    warnings: string[],
  ): Promise<OverlayPlan> => {
    const { key, run } = decided;
    read ??= readChanges(decided);
    // By the dates of their heads previews are ordered; a shallow checkout does not have the head.
    date ??= run.date === undefined ? session.projectApi.tryCommitDate(run.commit) : Promise.resolve(run.date);
    local ??= readLocal(key);
    const { base, paths } = await read;
    if (decided.changes === 'since its base' && paths === undefined && pull)
      warnings.push(unknownBaseWarning(pull.number));
    const { manifest, folder, selection, missingGenerated } = on;
    const rules = { onConflict, threshold, missingGenerated };
    const since = await local;
    const head = { commit: run.commit, date: await date, ...(since !== undefined && { local: since }) };
    const baseBranch = pull?.baseBranch ?? stableRefs.defaultBranch;
    const isFirst = !wasPublished(manifest) && baseBranch !== undefined && base !== undefined;
    const baseKey = isFirst ? branchKey(baseBranch) : undefined;
    const ofBase = baseKey && manifest.previews.get(baseKey);
    // Of the base branch itself there may be a preview, which shows its documents already.
    const isShown = baseKey && baseKey !== key && ofBase && !isBeneath(baseKey, ofBase);
    const beneath = isShown ? undefined : baseKey;
    const changed =
      beneath === key
        ? new Map(selection.documents)
        : decided.changes === 'uncommitted'
          ? uncommittedChanges(decided.uncommitted, selection)
          : touchedDocuments(paths, selection, manifest.documents, patterns.selects);

    // What nobody generated is not what the preview removes.
    const isMissing = ([path, document]: [string, unknown]) => document === undefined && missingGenerated.has(path);
    const touched = new Map([...changed].filter((one) => !isMissing(one)));

    let afterClosed = applyClosed(manifest, folder.entries, on.closed);
    const steps: OverlayPlan['steps'][number][] = [];
    const isOther = beneath !== undefined && beneath !== key;
    const others: Touched = isOther ? documentsBeneath(selection, touched, manifest, beneath) : new Map();
    // Where the preview names all of them there is nothing to commit beneath it.
    if (isOther && base !== undefined && others.size > 0) {
      const first = { key: beneath, head: { commit: base, date: undefined }, touched: others };
      const plan = planPreview({ ...first, overlay: afterClosed.overlay, codex: afterClosed.codex, ...rules });
      const overlaid = overlayPreview(folder.entries, afterClosed, beneath, plan, others);
      steps.push(...overlaid.steps);
      const codex = new Map(afterClosed.codex);
      for (const { path, document } of plan.changes) {
        if (document) codex.set(path, { document });
        else codex.delete(path);
      }
      afterClosed = { ...afterClosed, overlay: plan.overlay, codex, planned: plan.changes };
    }
    const { overlay, codex } = afterClosed;
    const plan = planPreview({ key, head, touched, overlay, codex, ...rules });
    const overlaid = overlayPreview(folder.entries, afterClosed, key, plan, touched);
    return { ...overlaid, steps: joinSteps(steps, overlaid) };
  };
}

/**
 * The commits of a preview, upon those of what is shown beneath it. Each is made on the tip: where that holds already what the
 * preview leaves, a last one says so, unless those beneath only take away what it brings back.
 */
export function joinSteps(beneath: OverlayPlan['steps'], { steps, overlay }: OverlayPlan): OverlayPlan['steps'] {
  const brings = beneath.some(({ changes }) => changes.some(({ document }) => document !== undefined));
  if (steps.length > 0) return [...beneath, ...steps];
  return brings ? [...beneath, { changes: [], overlay }] : [];
}

/**
 * Where a project has no `documents` yet, those that a preview does not touch are shown beneath all previews (design section
 * 4, "Previews"). Of those that it touches, what an earlier preview left there stays.
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
    `Neither the checkout nor GitHub tells what pull request #${number} changes against its base, so all that differs from ` +
    'what is published counts. Check out with "fetch-depth: 2", or give "project-token" the permission "pull-requests: read".'
  );
}
