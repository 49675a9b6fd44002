import type { ChangePlan } from '../codex/changes.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import type { HoldOutcome } from '../codex/hold.ts';
import type { Source } from '../codex/manifest.ts';
import type { PreviewKey } from '../codex/overlay.ts';
import type { OverlayPlan } from '../codex/plan-documents.ts';
import { type Counts, countChanges } from '../codex/publication.ts';
import type { Pull, Pulled } from '../codex/pull-plan.ts';
import { leftOut, type Selection } from '../documents/select.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import { type BranchState, type CreatedBranch, changesJson, holdJson } from '../report/changes.ts';
import { urlPath } from '../report/markdown.ts';
import { type Conclusion, commitValues, type Outputs, type OutputValues, renderOutputs } from '../report/outputs.ts';
import type { SyncProjectRequest } from './request.ts';

/** How a run of `sync-project` ended, as plain data. */
export interface SyncProjectResult {
  readonly request: SyncProjectRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  readonly run: RunCommit;
  /** The preview that the run is about; `undefined` where it publishes `documents`. */
  readonly preview: PreviewKey | undefined;
  /** Why it is a preview, where the ref alone does not say it. */
  readonly because: string | undefined;
  /** The pull request that the run is for. */
  readonly pull: PullRequest | undefined;
  readonly selection: Selection;
  /** `undefined` when the run was superseded. */
  readonly plan: ChangePlan | undefined;
  /** The layers that the run leaves, and what previews have to do with it; `undefined` when it was superseded. */
  readonly overlayPlan: Pick<OverlayPlan, 'overlay' | 'heldBack' | 'hidden' | 'kept'> | undefined;
  /** Previews that the run ends. */
  readonly closed?: readonly PreviewKey[] | undefined;
  /** What the plan would commit, if anything. */
  readonly publication: object | undefined;
  /** Commit that this run made in the codex. */
  readonly commit: string | undefined;
  /** Commit of the codex that was planned on. */
  readonly parent: string | undefined;
  /** Where the documents that stood in the codex came from. */
  readonly published: Source | undefined;
  readonly branch: BranchState;
  /** Where this run created the branch. */
  readonly created?: CreatedBranch;
  readonly attempts: number;
  /** What came back from the codex, or would in a dry run; `undefined` where the run brings nothing back. */
  readonly pulled: Pulled | undefined;
  /** What the hold of a roll-back had to do with it. */
  readonly hold?: HoldOutcome | undefined;
  readonly warnings: readonly string[];
}

export function conclusionOf({ plan, request, commit, hold }: SyncProjectResult): Conclusion {
  if (!plan) return hold?.kind === 'held' ? 'held' : 'superseded';
  if (request.dryRun) return 'dry-run';
  if (plan.withheld.length > 0) return 'withheld';
  return commit ? 'published' : 'unchanged';
}

export function countsOf(result: SyncProjectResult): Counts {
  return countChanges(result.plan?.changes ?? []);
}

export function commitUrl({ request, codex, commit }: SyncProjectResult): string {
  return commit ? `${request.trigger.serverUrl}/${codex}/commit/${commit}` : '';
}

export function compareUrl({ request, codex, commit, parent }: SyncProjectResult): string {
  return commit && parent ? `${request.trigger.serverUrl}/${codex}/compare/${parent}...${commit}` : '';
}

/** The project's folder on the environment's branch. */
export function folderUrl({ request, codex }: SyncProjectResult): string {
  const { environment, project, trigger } = request;
  return `${trigger.serverUrl}/${codex}/tree/${urlPath(environment.branch)}/projects/${project}`;
}

/** A document as it stands at a commit of the codex. */
export function documentUrl({ request, codex }: SyncProjectResult, commit: string, path: string): string {
  return `${request.trigger.serverUrl}/${codex}/blob/${commit}/projects/${request.project}/${urlPath(path)}`;
}

/** Where a text stands that the run replaced, and that this tool had not published. */
export function replacedTexts(result: SyncProjectResult): { path: string; url: string }[] {
  const { parent, plan } = result;
  if (!parent || !plan) return [];
  return plan.changes
    .filter(({ replaces }) => replaces !== undefined)
    .map(({ path }) => ({ path, url: documentUrl(result, parent, path) }));
}

/** What came back from the codex, or would in a dry run. */
export function pullsOf({ pulled }: SyncProjectResult): readonly Pull[] {
  return pulled?.pulls ?? [];
}

/** Where the checkout's texts stand that were replaced or removed: at the commit that is checked out. */
export function replacedInCheckout(result: SyncProjectResult): { path: string; url: string }[] {
  return pullsOf(result)
    .filter(({ replaces }) => replaces !== undefined)
    .map(({ path }) => ({ path, url: projectUrl(result.request, result.pulled?.commit ?? '', path) }));
}

function projectUrl({ trigger, directory }: SyncProjectRequest, commit: string, path: string): string {
  const folder = directory === '.' ? '' : `${urlPath(directory)}/`;
  return `${trigger.serverUrl}/${trigger.repository}/blob/${commit}/${folder}${urlPath(path)}`;
}

/** The outputs about the commit that a run made. */
export function publishedValues(result: SyncProjectResult): OutputValues {
  const counts = countsOf(result);
  return {
    ...commitValues(`${result.request.trigger.serverUrl}/${result.codex}`, result.commit),
    'files-added': counts.added,
    'files-modified': counts.modified,
    'files-deleted': counts.deleted,
  };
}

/** The outputs of the action (design section 3.2). */
export function renderSyncOutputs(result: SyncProjectResult): Outputs {
  const { request, plan } = result;
  return renderOutputs(
    conclusionOf(result),
    {
      env: request.environment.name,
      branch: request.environment.branch,
      ...publishedValues(result),
      'branch-created': result.branch === 'created',
      'deletions-withheld': plan?.withheld.length ?? 0,
      drifted: plan?.drifted.length ?? 0,
      conflicts: plan?.conflicts.length ?? 0,
      pulled: pullsOf(result).length,
      superseded: conclusionOf(result) === 'superseded',
      attempts: result.attempts,
    },
    { ...projectLists(result), ...pulledLists(result), ...holdLists(result), warnings: result.warnings },
  );
}

/** What a run did with the documents of a project, as lists of the output `result`. */
export function projectLists(result: SyncProjectResult): Readonly<Record<string, readonly unknown[]>> {
  const { overlayPlan, plan, selection } = result;
  return {
    changes: changesJson(plan?.changes ?? []),
    'withheld-paths': plan?.withheld ?? [],
    'drifted-paths': plan?.drifted ?? [],
    'conflicting-paths': plan?.conflicts ?? [],
    'only-in-codex': plan?.unowned ?? [],
    'blocked-paths': plan?.skippedInCodex ?? [],
    replaced: replacedTexts(result),
    'left-alone': [...leftOut(selection), ...(overlayPlan?.heldBack ?? [])].map(([path, reason]) => ({ path, reason })),
  };
}

/** The hold that the run met, made or lifted, as a list of the output `result`. */
function holdLists({ hold }: SyncProjectResult): Readonly<Record<string, readonly unknown[]>> {
  return hold ? { holds: [holdJson(hold)] } : {};
}

/** The way back as lists of the output `result`. */
function pulledLists(result: SyncProjectResult): Readonly<Record<string, readonly unknown[]>> {
  const urls = new Map(replacedInCheckout(result).map(({ path, url }) => [path, url]));
  const reasons = [...(result.pulled?.refused ?? []), ...(result.plan?.unpulled ?? [])];
  return {
    pulls: pullsOf(result).map(({ path, action, because }) => ({
      path,
      action,
      ...(because && { because }),
      ...(urls.has(path) && { replaced: urls.get(path) }),
    })),
    'not-pulled': reasons.map(([path, reason]) => ({ path, reason })),
  };
}
