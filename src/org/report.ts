import { previewJson } from '../codex/overlay.ts';
import type { Counts } from '../codex/publication.ts';
import {
  type BranchState,
  type CreatedBranch,
  countsIn,
  holdJson,
  planValues,
  withheldSentence,
} from '../report/changes.ts';
import { urlPath } from '../report/markdown.ts';
import { type Conclusion, commitValues, type Outputs, renderOutputs } from '../report/outputs.ts';
import { projectLists, type SyncProjectResult } from '../sync/report.ts';
import { warningSentences } from '../sync/words.ts';
import type { ChosenRepositories, SkipReason } from './choose.ts';
import type { SyncOrgRequest } from './request.ts';

/** What became of one repository: its project's result, a reason to pass it over, or what was wrong. */
export interface RepositoryOutcome {
  readonly repository: string;
  readonly result: SyncProjectResult | undefined;
  readonly skipped: SkipReason | undefined;
  readonly error: string | undefined;
}

/** How a run of `sync-org` ended, as plain data. */
export interface SyncOrgResult {
  readonly request: SyncOrgRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  readonly choice: ChosenRepositories;
  /** Of every chosen repository, in the order of their names. */
  readonly outcomes: readonly RepositoryOutcome[];
  readonly branch: BranchState;
  /** Where this run created the branch. */
  readonly created?: CreatedBranch;
  /** The last commit that this run made. */
  readonly commit: string | undefined;
  /** Commit of the codex that the first push was planned on. */
  readonly parent: string | undefined;
  /** So many pushes were taken. */
  readonly pushes: number;
  /** How often the most contested push was tried. */
  readonly attempts: number;
  /** Why the run ended before it had looked at every repository. */
  readonly stopped: string | undefined;
  readonly warnings: readonly string[];
}

/** An outcome that says nothing but what is said. */
export function repositoryOutcome(
  repository: string,
  given: Partial<Omit<RepositoryOutcome, 'repository'>>,
): RepositoryOutcome {
  return { repository, result: undefined, skipped: undefined, error: undefined, ...given };
}

/** What a person has to mend; withheld deletions too, since nobody looks at the warnings of each of hundreds. */
export function failureOf({ error, result }: RepositoryOutcome): string | undefined {
  if (error !== undefined || !result?.plan) return error;
  const { withheld } = result.plan;
  if (withheld.length === 0) return undefined;
  return `${withheldSentence(withheld, result.request.threshold)} What its own configuration says comes before them.`;
}

export function failedOf({ outcomes }: Pick<SyncOrgResult, 'outcomes'>): RepositoryOutcome[] {
  return outcomes.filter((one) => failureOf(one) !== undefined);
}

/** What a roll-back holds back. */
export function heldOf({ outcomes }: Pick<SyncOrgResult, 'outcomes'>): RepositoryOutcome[] {
  return outcomes.filter(({ result }) => result?.hold?.kind === 'held');
}

/** What has to do with publishing at all. */
export function publishedOf({ outcomes }: Pick<SyncOrgResult, 'outcomes'>): RepositoryOutcome[] {
  return outcomes.filter(({ skipped }) => skipped === undefined);
}

export function conclusionOf(result: SyncOrgResult): Conclusion {
  if (result.stopped !== undefined || failedOf(result).length > 0) return 'failed';
  if (result.request.dryRun) return 'dry-run';
  if (result.commit) return 'published';
  return heldOf(result).length > 0 ? 'held' : 'unchanged';
}

const plansOf = (outcomes: readonly RepositoryOutcome[]) => outcomes.map(({ result }) => result?.plan);

export function countsOf(outcomes: readonly RepositoryOutcome[]): Counts {
  return countsIn(plansOf(outcomes));
}

/** Whether it has something to commit. */
export function changes({ result }: RepositoryOutcome): boolean {
  return result?.publication !== undefined;
}

function codexUrl({ request, codex }: SyncOrgResult): string {
  return `${request.trigger.serverUrl}/${codex}`;
}

/** What this run, and who published at the same time, changed; a single commit where nothing was there before. */
export function commitsUrl(result: SyncOrgResult): string {
  const { commit, parent } = result;
  if (commit === undefined) return '';
  return parent ? `${codexUrl(result)}/compare/${parent}...${commit}` : `${codexUrl(result)}/commit/${commit}`;
}

export function branchUrl(result: SyncOrgResult): string {
  return `${codexUrl(result)}/tree/${urlPath(result.request.environment.branch)}`;
}

/** The outputs of the action (design section 3.2). */
export function renderSyncOrgOutputs(result: SyncOrgResult): Outputs {
  const { request, outcomes, choice } = result;
  const failed = failedOf(result).length;
  return renderOutputs(
    conclusionOf(result),
    {
      env: request.environment.name,
      branch: request.environment.branch,
      ...commitValues(codexUrl(result), result.commit),
      'branch-created': result.branch === 'created',
      ...planValues(plansOf(outcomes)),
      succeeded: publishedOf(result).length - failed - heldOf(result).length,
      failed,
      attempts: result.attempts,
    },
    {
      // What fits not is left out from the end, so what somebody has to read comes first.
      failures: failedOf(result).map((one) => ({ repository: one.repository, error: failureOf(one) })),
      projects: publishedOf(result).map(projectJson),
      skipped: [...skippedOf(result)].map(([repository, reason]) => ({ repository, reason })),
      'left-out-by-name': choice.leftOut,
      warnings: result.warnings,
    },
  );
}

/** Every repository that was passed over -> why. */
export function skippedOf({ choice, outcomes }: Pick<SyncOrgResult, 'choice' | 'outcomes'>): Map<string, SkipReason> {
  const later = outcomes.flatMap(({ repository, skipped }) => (skipped ? [[repository, skipped] as const] : []));
  return new Map([...choice.skipped, ...later].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function projectJson(one: RepositoryOutcome) {
  const { repository, result } = one;
  const error = failureOf(one);
  return {
    repository,
    ...(error !== undefined && { error }),
    ...(result && {
      project: result.request.project,
      commit: result.run.commit,
      ref: result.run.ref,
      changed: result.commit !== undefined,
      superseded: result.plan === undefined && result.hold === undefined,
      ...(result.hold && { hold: holdJson(result.hold) }),
      ...projectLists(result),
      previews: [...(result.overlayPlan?.overlay.previews.keys() ?? [])].map(previewJson),
      warnings: warningSentences(result),
    }),
  };
}
