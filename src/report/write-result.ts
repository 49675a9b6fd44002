import type { ChangePlan } from '../codex/changes.ts';
import type { HoldOutcome } from '../codex/hold.ts';
import { type Counts, countChanges } from '../codex/publication.ts';
import type { Environment } from '../inputs/environment.ts';
import type { WritingRequest } from '../inputs/request.ts';
import { repositoryName } from '../text/names.ts';
import { count } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { type BranchState, branchNote, type CreatedBranch, changesJson } from './changes.ts';
import { urlPath } from './markdown.ts';
import type { Link, Span } from './model.ts';
import { type Conclusion, commitValues, type Outputs, type OutputValues, renderOutputs } from './outputs.ts';

/** What became of one project in a run that writes to the codex. */
export interface ProjectOutcome {
  readonly project: string;
  /** Why it could not be done, or not all of it; `undefined` when it went well. */
  readonly error: string | undefined;
  readonly plan: ChangePlan | undefined;
  /** The hold of a roll-back that the run met, made or lifted. */
  readonly hold: HoldOutcome | undefined;
}

/** How a run ended that writes to the codex, as plain data. */
export interface WriteResult {
  readonly request: WritingRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  readonly projects: readonly ProjectOutcome[];
  readonly branch: BranchState;
  /** Where this run created the branch. */
  readonly created?: CreatedBranch;
  /** Commit of the codex that the first push was planned on. */
  readonly parent: string | undefined;
  /** The last commit that this run made. */
  readonly commit: string | undefined;
  /** How often the most contested push was tried. */
  readonly attempts: number;
  readonly warnings: readonly string[];
}

/** A result of which the projects do not matter. */
type Written = Omit<WriteResult, 'projects'>;

export function conclusionOf({ request, projects, commit }: Omit<WriteResult, 'warnings'>): Conclusion {
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

/** What a roll-back holds back. */
export function heldOf<One extends Pick<ProjectOutcome, 'hold'>>(projects: readonly One[]): One[] {
  return projects.filter(({ hold }) => hold?.kind === 'held');
}

type Planned = Pick<ProjectOutcome, 'plan'>;

export function countsOf(projects: readonly Planned[]): Counts {
  return countChanges(projects.flatMap(({ plan }) => plan?.changes ?? []));
}

/** All documents of some kind, over all projects. */
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

/** `; 2 deletions would be withheld`; empty where none are. */
export function withheldPhrase({ request, projects }: Pick<WriteResult, 'request' | 'projects'>): string {
  const number = sumOf(projects, 'withheld');
  return number > 0 ? `; ${count(number, 'deletion')}${request.dryRun ? ' would be' : ''} withheld` : '';
}

export function changesTitle({ dryRun }: Pick<WritingRequest, 'dryRun'>): string {
  return dryRun ? 'Changes that would be made' : 'Changes';
}

export function codexUrl({ request, codex }: Pick<WriteResult, 'request' | 'codex'>): string {
  return `${request.trigger.serverUrl}/${codex}`;
}

export function commitUrl(result: Written): string {
  return result.commit === undefined ? '' : `${codexUrl(result)}/commit/${result.commit}`;
}

export function branchUrl(result: Written, branch = result.request.environment.branch): string {
  return `${codexUrl(result)}/tree/${urlPath(branch)}`;
}

/** A document as it stands at a commit of the codex. */
export function documentUrl(result: Written, commit: string, project: string, path: string): string {
  return `${codexUrl(result)}/blob/${commit}/projects/${project}/${urlPath(path)}`;
}

/** Where a run writes to, as a fact of the summary. */
export function targetFact(result: Written): Span[] {
  const { environment } = result.request;
  return [
    `${repositoryName(result.codex)}, branch `,
    { text: environment.branch, url: branchUrl(result) },
    branchNote(result.branch, environment, result.created),
  ];
}

/** Where the documents are; not before the branch exists, and not after a dry run. */
export function documentsLink(result: Written): Link[] {
  if (result.branch === 'would be created' || result.request.dryRun) return [];
  return [{ text: 'Documents', url: branchUrl(result) }];
}

/** The outputs that all runs have which write to the codex (design section 3.2). */
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

/** The outputs about the commit that a run made. */
export function publishedValues(result: WriteResult): OutputValues {
  const counts = countsOf(result.projects);
  return {
    ...commitValues(codexUrl(result), result.commit),
    'files-added': counts.added,
    'files-modified': counts.modified,
    'files-deleted': counts.deleted,
  };
}

/** What a run did with the documents of a project, as the lists of `result` begin. */
export function planJson(plan: ChangePlan | undefined) {
  return {
    changes: changesJson(plan?.changes ?? []),
    'withheld-paths': plan?.withheld ?? [],
    'drifted-paths': plan?.drifted ?? [],
    'conflicting-paths': plan?.conflicts ?? [],
  };
}
