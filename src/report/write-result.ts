import type { ChangePlan } from '../codex/changes.ts';
import type { HoldOutcome } from '../codex/hold.ts';
import { type Counts, countChanges } from '../codex/publication.ts';
import type { Environment } from '../inputs/environment.ts';
import type { WritingRequest } from '../inputs/request.ts';
import { repositoryName } from '../text/names.ts';
import { count, printable } from '../text/phrases.ts';
import { type BranchState, branchNote, type CreatedBranch, changesJson } from './changes.ts';
import type { Link, Span } from './model.ts';
import { type Conclusion, commitValues, type Outputs, type OutputValues, renderOutputs } from './outputs.ts';
import { urlPath } from './summary.ts';

/** The outcome of one project in a run that writes to the codex. */
export interface ProjectOutcome {
  readonly project: string;
  /** Reason of a failure, complete or partial; `undefined` on success. */
  readonly error: string | undefined;
  readonly plan: ChangePlan | undefined;
  /** The hold of a roll-back that the run found, set or lifted. */
  readonly hold: HoldOutcome | undefined;
}

/** The result of a run that writes to the codex, without the outcomes of its projects. */
export interface RunResult {
  readonly request: WritingRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  readonly branch: BranchState;
  /** Set if this run created the branch. */
  readonly created?: CreatedBranch;
  /** Commit of the codex on which the first push was planned. */
  readonly parent: string | undefined;
  /** The last commit that this run made. */
  readonly commit: string | undefined;
  /** Number of push attempts; of several pushes, the highest number. */
  readonly attempts: number;
  readonly warnings: readonly string[];
}

/** The complete result, as plain data; a run for a single project has one outcome. */
export interface WriteResult extends RunResult {
  readonly projects: readonly ProjectOutcome[];
}

export function conclusionOf({ request, projects, commit }: WriteResult): Conclusion {
  if (failedOf(projects).length > 0) return 'failed';
  if (request.dryRun) return 'dry-run';
  if (sumOf(projects, 'withheld') > 0) return 'withheld';
  if (commit !== undefined) return 'published';
  return heldOf(projects).length > 0 ? 'held' : 'unchanged';
}

export function iconOf(conclusion: Conclusion): string {
  if (conclusion === 'failed') return '❌';
  if (conclusion === 'withheld' || conclusion === 'held') return '⚠️';
  return conclusion === 'dry-run' ? '🔍' : '✅';
}

export function failedOf<One extends Pick<ProjectOutcome, 'error'>>(projects: readonly One[]): One[] {
  return projects.filter(({ error }) => error !== undefined);
}

/** Projects that a roll-back holds back. */
export function heldOf<One extends Pick<ProjectOutcome, 'hold'>>(projects: readonly One[]): One[] {
  return projects.filter(({ hold }) => hold?.kind === 'held');
}

type Planned = Pick<ProjectOutcome, 'plan'>;

export function countsOf(projects: readonly Planned[]): Counts {
  return countChanges(projects.flatMap(({ plan }) => plan?.changes ?? []));
}

/** The same counts, as three cells of a table. */
export function countCells(one: Planned): string[] {
  const { added, modified, deleted } = countsOf([one]);
  return [`${added}`, `${modified}`, `${deleted}`];
}

/** Number of documents of one kind in all projects. */
export function sumOf(projects: readonly Planned[], list: 'withheld' | 'drifted' | 'conflicts'): number {
  return projects.reduce((sum, { plan }) => sum + (plan?.[list].length ?? 0), 0);
}

/** `test (branch test)` */
export function placePhrase({ name, branch }: Environment): string {
  return `${name} (branch ${printable(branch)})`;
}

export function countsPhrase({ added, modified, deleted }: Counts): string {
  return `${added} added, ${modified} modified, ${deleted} deleted`;
}

/** `; 2 deletions would be withheld`; empty if there are none. */
export function withheldPhrase({ request, projects }: WriteResult): string {
  const number = sumOf(projects, 'withheld');
  return number > 0 ? `; ${count(number, 'deletion')}${request.dryRun ? ' would be' : ''} withheld` : '';
}

export function changesTitle({ dryRun }: Pick<WritingRequest, 'dryRun'>): string {
  return dryRun ? 'Changes that would be made' : 'Changes';
}

export function codexUrl({ request, codex }: RunResult): string {
  return `${request.trigger.serverUrl}/${codex}`;
}

export function commitUrl(result: RunResult): string | undefined {
  return result.commit === undefined ? undefined : `${codexUrl(result)}/commit/${result.commit}`;
}

/** Compares the changes of this run and of simultaneous ones; a single commit if the branch had none before. */
export function compareUrl(result: RunResult): string | undefined {
  const { commit, parent } = result;
  if (commit === undefined || parent === undefined) return commitUrl(result);
  return `${codexUrl(result)}/compare/${parent}...${commit}`;
}

export function branchUrl(result: RunResult, branch = result.request.environment.branch): string {
  return `${codexUrl(result)}/tree/${urlPath(branch)}`;
}

/** A document at a commit of the codex. */
export function documentUrl(result: RunResult, commit: string, project: string, path: string): string {
  return `${codexUrl(result)}/blob/${commit}/projects/${project}/${urlPath(path)}`;
}

/** The target of a run, as a fact of the summary. */
export function targetFact(result: RunResult): Span[] {
  const { environment } = result.request;
  return [
    `${repositoryName(result.codex)}, branch `,
    { text: environment.branch, url: branchUrl(result) },
    branchNote(result.branch, environment, result.created),
  ];
}

/** Link to the documents; `undefined` before the branch exists and after a dry run. */
export function documentsUrl(result: RunResult): string | undefined {
  return result.branch === 'would be created' || result.request.dryRun ? undefined : branchUrl(result);
}

/** The number of push attempts, as a fact of the summary; `undefined` for one attempt. */
export function attemptsFact({ attempts }: RunResult): Span | undefined {
  if (attempts <= 1) return undefined;
  return { own: `${attempts}: others published at the same moment, or the connection broke` };
}

/** The outputs of all runs that write to the codex (design section 3.2). */
export function renderWriteOutputs(
  conclusion: Conclusion,
  result: WriteResult,
  values: OutputValues,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Outputs {
  const { environment } = result.request;
  return renderOutputs(
    conclusion,
    {
      env: environment.name,
      branch: environment.branch,
      ...publishedValues(result),
      'branch-created': result.branch === 'created',
      'deletions-withheld': sumOf(result.projects, 'withheld'),
      drifted: sumOf(result.projects, 'drifted'),
      conflicts: sumOf(result.projects, 'conflicts'),
      attempts: result.attempts,
      ...values,
    },
    { ...lists, warnings: result.warnings },
  );
}

/** The outputs about the commit of a run. */
export function publishedValues(result: WriteResult): OutputValues {
  const counts = countsOf(result.projects);
  return {
    ...commitValues(codexUrl(result), result.commit),
    'files-added': counts.added,
    'files-modified': counts.modified,
    'files-deleted': counts.deleted,
  };
}

/** The effects on the documents of a project, as lists of `result`. */
export function documentLists(
  plan: ChangePlan | undefined,
  more: {
    /** The text of each link is the path. */
    readonly replaced: readonly Link[];
    /** Path -> reason. */
    readonly leftAlone: Iterable<readonly [string, string]>;
    readonly onlyInCodex?: readonly string[];
  },
) {
  return {
    changes: changesJson(plan?.changes ?? []),
    'withheld-paths': plan?.withheld ?? [],
    'drifted-paths': plan?.drifted ?? [],
    'conflicting-paths': plan?.conflicts ?? [],
    ...(more.onlyInCodex && { 'only-in-codex': more.onlyInCodex }),
    'blocked-paths': plan?.skippedInCodex ?? [],
    replaced: more.replaced.map(({ text, url }) => ({ path: text, url })),
    'left-alone': [...more.leftAlone].map(([path, reason]) => ({ path, reason })),
  };
}
