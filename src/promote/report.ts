import type { ChangePlan } from '../codex/changes.ts';
import type { HoldOutcome } from '../codex/hold.ts';
import type { Source } from '../codex/manifest.ts';
import { type PreviewKey, previewJson } from '../codex/overlay.ts';
import type { Counts } from '../codex/publication.ts';
import {
  type BranchState,
  type CreatedBranch,
  changesJson,
  countsIn,
  holdJson,
  planValues,
  sumIn,
} from '../report/changes.ts';
import { urlPath } from '../report/markdown.ts';
import { type Conclusion, commitValues, type Outputs, renderOutputs } from '../report/outputs.ts';
import type { Edit } from './plan.ts';
import type { ReleaseRequest } from './request.ts';

/** What became of one project in a run of `promote` or `retire`. */
export interface ProjectOutcome {
  readonly project: string;
  /** Why nothing was done for it; `undefined` when it went well. */
  readonly error: string | undefined;
  readonly plan: ChangePlan | undefined;
  /** Whether it has something to commit. */
  readonly changes: boolean;
  /** Where the documents that move come from. */
  readonly source: Source | undefined;
  /** Where those come from that stood in the environment. */
  readonly published: Source | undefined;
  /** What is covered there by an open preview of the environment: path -> that preview. */
  readonly hidden: ReadonlyMap<string, PreviewKey>;
  /** Paths of what the side that it comes from has to release. */
  readonly released: ReadonlySet<string>;
  /** What of that is covered there by an open preview: path -> that preview. */
  readonly beneath: ReadonlyMap<string, PreviewKey>;
  /** The open previews there, which are never released. */
  readonly previews: readonly PreviewKey[];
  /** Paths that somebody changed in the codex where documents come from: left there, or released. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  readonly editsReleased: ReadonlyMap<string, Edit>;
  /** The hold of a roll-back that the run met, made or lifted. */
  readonly hold: HoldOutcome | undefined;
  /** Why the project is left as it is, which is nothing to mend: a roll-back holds, or its documents are not released. */
  readonly skipped: 'held' | 'stable' | undefined;
  /** Paths that are not released -> why. */
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Paths that the target keeps in another spelling -> why. */
  readonly heldBack: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** The other side of a promotion. */
export interface ReleaseSource {
  readonly environment: string;
  readonly branch: string;
  /** Commit of the codex. */
  readonly commit: string;
  /** Whether that is where the branch stands. */
  readonly isTip: boolean;
}

/** How a run of `promote` or `retire` ended, as plain data. */
export interface ReleaseResult {
  readonly request: ReleaseRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  /** `undefined` where documents come from nowhere. */
  readonly from: ReleaseSource | undefined;
  readonly projects: readonly ProjectOutcome[];
  readonly branch: BranchState;
  /** Where this run created the branch. */
  readonly created?: CreatedBranch;
  /** Commit of the codex that was planned on. */
  readonly parent: string | undefined;
  /** The last commit that this run made. */
  readonly commit: string | undefined;
  readonly attempts: number;
  /** What is wrong with the configuration. */
  readonly warnings: readonly string[];
}

/** An outcome that says nothing but what is said. */
export function outcome(project: string, more: Partial<ProjectOutcome>): ProjectOutcome {
  const empty = { error: undefined, plan: undefined, changes: false, source: undefined, published: undefined };
  const none = {
    hidden: new Map(),
    released: new Set<string>(),
    beneath: new Map(),
    skippedDocuments: new Map(),
    heldBack: new Map(),
  };
  const noEdits = { editsLeft: new Map(), editsReleased: new Map() };
  const noHold = { hold: undefined, skipped: undefined };
  return { project, ...empty, ...none, ...noEdits, ...noHold, previews: [], warnings: [], ...more };
}

/** What is left as it is, which is nothing to mend. */
export function skippedOf({ projects }: Pick<ReleaseResult, 'projects'>): ProjectOutcome[] {
  return projects.filter(({ skipped }) => skipped !== undefined);
}

export function failedOf({ projects }: Pick<ReleaseResult, 'projects'>): ProjectOutcome[] {
  return projects.filter(({ error }) => error !== undefined);
}

export function conclusionOf({ request, projects, commit }: ReleaseResult): Conclusion {
  if (failedOf({ projects }).length > 0) return 'failed';
  if (request.dryRun) return 'dry-run';
  if (projects.some(({ plan }) => plan && plan.withheld.length > 0)) return 'withheld';
  if (commit) return 'published';
  return projects.some(({ skipped }) => skipped === 'held') ? 'held' : 'unchanged';
}

const plansOf = (projects: readonly ProjectOutcome[]) => projects.map(({ plan }) => plan);

export function countsOf(projects: readonly ProjectOutcome[]): Counts {
  return countsIn(plansOf(projects));
}

/** All documents of some kind, over all projects. */
export function sumOf(result: ReleaseResult, list: 'withheld' | 'drifted' | 'conflicts'): number {
  return sumIn(plansOf(result.projects), list);
}

function codexUrl({ request, codex }: ReleaseResult): string {
  return `${request.trigger.serverUrl}/${codex}`;
}

export function commitUrl(result: ReleaseResult): string {
  return result.commit ? `${codexUrl(result)}/commit/${result.commit}` : '';
}

export function branchUrl(result: ReleaseResult, branch: string): string {
  return `${codexUrl(result)}/tree/${urlPath(branch)}`;
}

/**
 * Everything in which the two sides differ, other projects included. Of two tips, since three dots compare with where the
 * two parted: of what is rolled back they would show nothing.
 */
export function comparisonUrl(result: ReleaseResult): string | undefined {
  const { from, request, branch } = result;
  if (!from || branch === 'would be created') return undefined;
  return `${codexUrl(result)}/compare/${urlPath(request.environment.branch)}..${from.isTip ? urlPath(from.branch) : from.commit}`;
}

/** What the documents that would move were made of, against what they replace, in the project's own repository. */
export function sourceUrl(result: ReleaseResult, { source, published }: ProjectOutcome): string | undefined {
  if (!source?.commit) return undefined;
  const repository = `${result.request.trigger.serverUrl}/${urlPath(source.repository)}`;
  const isComparable = published?.commit && published.commit !== source.commit;
  return isComparable
    ? `${repository}/compare/${published.commit}..${source.commit}`
    : `${repository}/commit/${source.commit}`;
}

/** A document as it stands at a commit of the codex. */
function documentUrl(result: ReleaseResult, commit: string, project: string, path: string): string {
  return `${codexUrl(result)}/blob/${commit}/projects/${project}/${urlPath(path)}`;
}

/** A path's text on either side, where it stands there: what is released, and what stood in the environment before. */
export function textUrls(
  result: ReleaseResult,
  { project, plan, released, beneath, editsLeft }: ProjectOutcome,
  path: string,
): { from: string | undefined; to: string | undefined } {
  const { from, parent } = result;
  const isNew = plan?.changes.some((change) => change.path === path && change.action === 'add');
  return {
    // Beneath a preview, or an edit, another text is at the path.
    from:
      from && released.has(path) && !beneath.has(path) && !editsLeft.has(path)
        ? documentUrl(result, from.commit, project, path)
        : undefined,
    to: parent && !isNew ? documentUrl(result, parent, project, path) : undefined,
  };
}

/** Where the text is that somebody edited in the source. */
export function editUrl({ from, ...result }: ReleaseResult, { project, editsLeft }: ProjectOutcome, path: string) {
  return from && editsLeft.get(path) === 'edited'
    ? documentUrl({ ...result, from }, from.commit, project, path)
    : undefined;
}

/** Where a text stands that the run replaced, and that this tool had not published. */
export function replacedTexts(result: ReleaseResult, one: ProjectOutcome): { path: string; url: string }[] {
  const replaced = (one.plan?.changes ?? []).filter(({ replaces }) => replaces !== undefined);
  return replaced.flatMap(({ path }) => {
    const { to: url } = textUrls(result, one, path);
    return url === undefined ? [] : [{ path, url }];
  });
}

/** The outputs of the action (design section 3.2). */
export function renderReleaseOutputs(result: ReleaseResult): Outputs {
  const { request, projects } = result;
  const failed = failedOf(result).length;
  return renderOutputs(
    conclusionOf(result),
    {
      env: request.environment.name,
      branch: request.environment.branch,
      ...commitValues(codexUrl(result), result.commit),
      'branch-created': result.branch === 'created',
      ...planValues(plansOf(projects)),
      succeeded: projects.length - failed - skippedOf(result).length,
      failed,
      attempts: result.attempts,
    },
    { projects: projects.map((one) => projectJson(result, one)), warnings: result.warnings },
  );
}

function editsJson(edits: ReadonlyMap<string, Edit>) {
  return [...edits].map(([path, edit]) => ({ path, edit }));
}

function projectJson(result: ReleaseResult, one: ProjectOutcome) {
  const { plan, source, published } = one;
  return {
    project: one.project,
    changed: result.commit !== undefined && one.changes,
    ...(one.error !== undefined && { error: one.error }),
    ...(source && { source }),
    ...(published && { published }),
    changes: changesJson(plan?.changes ?? []),
    'withheld-paths': plan?.withheld ?? [],
    'drifted-paths': plan?.drifted ?? [],
    'conflicting-paths': plan?.conflicts ?? [],
    'blocked-paths': plan?.skippedInCodex ?? [],
    replaced: replacedTexts(result, one),
    'left-alone': [...one.skippedDocuments, ...one.heldBack].map(([path, reason]) => ({ path, reason })),
    'edits-left': editsJson(one.editsLeft),
    'edits-released': editsJson(one.editsReleased),
    ...(one.skipped && { skipped: one.skipped }),
    ...(one.hold && { hold: holdJson(one.hold) }),
    'previews-not-released': one.previews.map(previewJson),
    warnings: one.warnings,
  };
}
