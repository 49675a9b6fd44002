import { previewJson } from '../codex/overlay.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { branchSentence, changeLines, failureLines, holdJson, warnAbout, withheldSentence } from '../report/changes.ts';
import { type Console, environmentLine, productionLine, renderBanner, writeGroup } from '../report/log.ts';
import { facts, type Group, listReasons, type Report, type Row, type Section, type Span } from '../report/model.ts';
import type { Conclusion, Outputs } from '../report/outputs.ts';
import {
  attemptsFact,
  compareUrl,
  conclusionOf,
  countCells,
  countsOf,
  documentsUrl,
  failedOf,
  heldOf,
  iconOf,
  type ProjectOutcome,
  placePhrase,
  renderWriteOutputs,
  targetFact,
  type WriteResult,
} from '../report/write-result.ts';
import { folderUrl, projectLists, replacedTexts, type SyncProjectResult, syncWarnings } from '../sync/report.ts';
import { repositoryName } from '../text/names.ts';
import { count, printable, SHORT_ID, span } from '../text/phrases.ts';
import { inputName, inputValue, modeName, unquotedName } from '../text/spell-inputs.ts';
import { type ChosenRepositories, SKIP_REASONS, type SkipReason, type SyncOrgRequest } from './request.ts';

/** The outcome of one repository: its project's result, a reason to skip it, or an error. */
export interface RepositoryOutcome extends ProjectOutcome {
  readonly repository: string;
  readonly result: SyncProjectResult | undefined;
  readonly skipped: SkipReason | undefined;
}

/** The result of a run of `sync-org`, as plain data. */
export interface SyncOrgResult extends WriteResult {
  readonly request: SyncOrgRequest;
  readonly choice: ChosenRepositories;
  /** The outcome of every chosen repository, sorted by name. */
  readonly projects: readonly RepositoryOutcome[];
  /** Number of accepted pushes. */
  readonly pushes: number;
  /** Reason if the run stopped before it processed every repository. */
  readonly stopped: string | undefined;
  /** A commit that the branch has, or may have, although the run stopped at it. */
  readonly maybePublished?: string | undefined;
}

/** Creates an outcome; other fields are empty. */
export function repositoryOutcome(
  repository: string,
  { result, skipped, error }: Partial<Pick<RepositoryOutcome, 'result' | 'skipped' | 'error'>>,
): RepositoryOutcome {
  const project = result?.request.project ?? repository;
  const { plan, hold } = result ?? {};
  return { repository, project, result, skipped, plan, hold, error: error ?? withheldError(result) };
}

/** Withheld deletions are a failure, because warnings of one among hundreds of repositories are not read. */
function withheldError(result: SyncProjectResult | undefined): string | undefined {
  if (!result?.plan || result.plan.withheld.length === 0) return undefined;
  return `${withheldSentence(result.plan.withheld, result.request.threshold)} The repository's own configuration overrides these inputs.`;
}

function orgConclusion(result: SyncOrgResult): Conclusion {
  return result.stopped === undefined ? conclusionOf(result) : 'failed';
}

/** Repositories that were not skipped. */
function publishedOf({ projects }: Pick<SyncOrgResult, 'projects'>): RepositoryOutcome[] {
  return projects.filter(({ skipped }) => skipped === undefined);
}

/** Whether the repository has something to commit. */
function changes({ result }: RepositoryOutcome): boolean {
  return result?.publication !== undefined;
}

/** The opening lines of the log. */
export function renderSyncOrgBanner(request: SyncOrgRequest, configFile: string | undefined): string[] {
  const { organization, codex, environment, sourceRef, shard, dryRun } = request;
  return renderBanner('Organization Sync', [
    `Organization: ${organization}`,
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    ...productionLine(environment, configFile),
    `Source: ${sourceRef}`,
    ...(shard.count > 1 ? [`Shard: ${shard.index} of ${shard.count}`] : []),
    ...(dryRun ? ['Dry run: nothing will be written'] : []),
  ]);
}

/** Shorter runs need no estimate. */
const LONG_RUN_SECONDS = 30;

/**
 * Reports the progress: a line for each repository after its push was accepted, with its documents folded below.
 * @param now reads the time; called for every report
 */
export function followSyncOrg(console: Console, now: () => Date) {
  const start = now().getTime();
  let [all, done, read] = [0, 0, 0];
  return {
    chosen({ chosen, skipped, leftOut, elsewhere }: ChosenRepositories): void {
      all = chosen.length;
      console.line(
        [
          `${count(all, 'repository', 'repositories')} to publish`,
          ...(skipped.size > 0 ? [`${skipped.size} skipped (${skippedPhrase(skipped)})`] : []),
          ...(leftOut.length > 0 ? [`${leftOut.length} left out by name`] : []),
          ...(elsewhere > 0 ? [`${elsewhere} in the shards of other jobs`] : []),
        ].join(', '),
      );
    },

    read(repository: string): void {
      read += 1;
      console.progress(`Read ${read} of ${all}: ${printable(repository)}`);
    },

    finished(outcomes: readonly RepositoryOutcome[]): void {
      for (const one of outcomes) {
        done += 1;
        const number = `[${`${done}`.padStart(`${all}`.length)}/${all}]`;
        writeGroup(outcomeGroup(number, one), console);
      }
      const seconds = (now().getTime() - start) / 1000;
      if (seconds >= LONG_RUN_SECONDS && done < all) console.line(progressPhrase(done, all, seconds));
    },
  };
}

function outcomeGroup(number: string, one: RepositoryOutcome): Group {
  const { result, plan } = one;
  const changed = result ? changeLines(plan?.changes ?? [], replacedTexts(result)) : [];
  return {
    title: `${number} ${printable(one.repository)}: ${stateOf(one).replace(/\s*\n\s*/g, ' ')}`,
    lines: [...changed, ...lookAt(one).map((sentence) => `⚠️ ${sentence}`)],
  };
}

/** Limit of each of four lists: with the rest of the summary they stay below 900 KB. */
const MAX_BYTES = 185_000;

/** Failures first, then every project (those to review first), then skipped repositories. */
export function reportSyncOrg(result: SyncOrgResult): Report {
  const { request, stopped, projects } = result;
  const skipped = skippedOf(result);
  const list = (title: string, rows: readonly Row[]): Section => ({ title, rows, limit: MAX_BYTES });
  const failed = failedOf(projects).map(({ repository, error = '' }) => [repository, error] as const);
  return {
    name: 'Organization Sync',
    icon: iconOf(orgConclusion(result)),
    heading: [request.organization, { own: ' → ' }, request.environment.name],
    conclusion: conclusionSentence(result),
    log: [
      branchSentence(result.branch, request.environment, result.created),
      skipped.size === 0
        ? undefined
        : {
            title: `Skipped (${skippedPhrase(skipped)})`,
            lines: [...skipped].map(([name, reason]) => `${printable(name)}: ${reason}`),
          },
    ],
    overview: [
      stopped === undefined ? undefined : [{ own: 'The run ended early: ' }, stopped],
      factsOf(result),
      list('❌ Failed', listReasons(failed)),
    ],
    warnings: warningSentences(result),
    sections: [
      {
        title: 'Projects',
        columns: ['Repository', 'State', 'Added', 'Modified', 'Deleted', 'Source', 'Folder'],
        rows: [...publishedOf(result)].sort((one, other) => rank(one) - rank(other)).map(projectRow),
        limit: MAX_BYTES,
      },
      list(
        'Warnings by repository',
        listReasons(projects.flatMap((one) => lookAt(one).map((sentence) => [one.repository, sentence] as const))),
      ),
      list(`Skipped: ${skippedPhrase(skipped)}`, listReasons(skipped)),
    ],
    links: { Commits: compareUrl(result), Documents: documentsUrl(result) },
    next: nextStep(result),
    failure: failureSentence(result),
  };
}

function factsOf(result: SyncOrgResult): Section {
  const { request, commit, choice, pushes } = result;
  const { leftOut, elsewhere } = choice;
  const from: Span[] = [`${choice.chosen.length} of ${request.organization}, ${request.sourceRef}`];
  if (leftOut.length > 0) from.push({ own: `; ${leftOut.length} left out by name` });
  if (elsewhere > 0) from.push({ own: `; ${elsewhere} in the shards of other jobs` });
  const commits = compareUrl(result);
  return facts({
    From: from,
    To: targetFact(result),
    Shard: request.shard.count > 1 ? `${request.shard.index} of ${request.shard.count}` : undefined,
    Commits: commit &&
      commits && [{ text: commit.slice(0, SHORT_ID), url: commits }, `, in ${count(pushes, 'push', 'pushes')}`],
    Attempts: attemptsFact(result),
  });
}

/** Failures first, then projects with warnings, then changed ones, then the rest. */
function rank(one: RepositoryOutcome): number {
  if (one.error !== undefined) return 0;
  if (lookAt(one).length > 0) return 1;
  return changes(one) ? 2 : 3;
}

function projectRow(one: RepositoryOutcome): Row {
  const { repository, result } = one;
  const numbers = countCells(one);
  if (!result) return { cells: [{ code: repository }, 'failed', ...numbers, '', ''] };
  const { run, request } = result;
  const { serverUrl, repository: fullName } = request.trigger;
  const source = { text: run.commit.slice(0, SHORT_ID), url: `${serverUrl}/${fullName}/commit/${run.commit}` };
  const folder = { text: `projects/${request.project}`, url: folderUrl(result) };
  return { cells: [{ code: repository }, stateOf(one), ...numbers, [source, ` (${run.ref ?? ''})`], folder] };
}

/** `3 added, 1 modified`, without zero counts. */
function movesOf(outcomes: readonly RepositoryOutcome[]): string {
  const { added, modified, deleted } = countsOf(outcomes);
  const given = [
    [added, 'added'],
    [modified, 'modified'],
    [deleted, 'deleted'],
  ] as const;
  return given.flatMap(([number, text]) => (number > 0 ? [`${number} ${text}`] : [])).join(', ');
}

/** The state of a repository, as a phrase. */
function stateOf(one: RepositoryOutcome): string {
  const { result, skipped, error } = one;
  if (skipped) return `skipped: ${skipped}`;
  if (!result) return `failed: ${error}`;
  const { plan, request, overlayPlan } = result;
  if (!plan) return result.hold?.kind === 'held' ? 'held back by a roll-back' : 'a newer commit is published already';
  const be = request.dryRun ? 'would be ' : '';
  const moves = movesOf([one]) || (changes(one) ? `only the manifest (${MANIFEST_FILE})` : 'unchanged');
  const kept = plan.drifted.length + plan.conflicts.filter(({ path }) => !plan.drifted.includes(path)).length;
  const previews = overlayPlan?.overlay.previews.size ?? 0;
  return [
    changes(one) ? be + moves : moves,
    ...(kept > 0 ? [`${count(kept, 'document')} edited in the codex and kept`] : []),
    ...(previews > 0 ? [`beneath ${count(previews, 'preview')}`] : []),
    ...(error === undefined ? [] : [`failed: ${error}`]),
  ].join(', ');
}

/** Warnings of one repository. */
function lookAt({ result }: RepositoryOutcome): string[] {
  // Withheld deletions are reported as a failure.
  return result ? syncWarnings({ ...result, plan: result.plan && { ...result.plan, withheld: [] } }) : [];
}

/** The conclusion without failures, which have a separate sentence. */
function conclusionSentence(result: SyncOrgResult): string {
  const { request, projects, commit } = result;
  const place = placePhrase(request.environment);
  const moving = projects.filter(changes);
  const numbers = `${count(moving.length, 'project')} (${movesOf(moving) || 'only manifests'})`;
  const held = heldOf(projects).length;
  const rest = publishedOf(result).filter((one) => !changes(one) && one.error === undefined).length - held;
  const back = held > 0 ? `; ${count(held, 'project')} held back by ${held === 1 ? 'a roll-back' : 'roll-backs'}` : '';
  const others = (rest > 0 ? `; ${count(rest, 'project')} had nothing new` : '') + back;
  if (request.dryRun && moving.length > 0) {
    return `Dry run: ${numbers} would be published to ${place}${others}. Nothing was written.`;
  }
  if (request.dryRun) return `Dry run: nothing would be published to ${place}${back}. Nothing was written.`;
  if (commit !== undefined) return `Published to ${place}: ${numbers}${others}.`;
  if (publishedOf(result).length === 0) return `No repository has anything to publish to ${place}.`;
  return rest === 0
    ? `Nothing was published to ${place}${back}.`
    : `Nothing to publish: ${place} has the documents of ${count(rest, 'project')} already${back}.`;
}

/** The only error of a run in which repositories failed. */
function failureSentence(result: SyncOrgResult): string | undefined {
  const { stopped } = result;
  const failed = failedOf(result.projects);
  const all = publishedOf(result);
  if (stopped !== undefined) {
    const done = all.length - failed.length;
    return (
      `${stopped}\nThe run ended there, when ${done} of ${count(all.length, 'repository', 'repositories')} were done: ` +
      `${result.commit || result.maybePublished ? 'their published documents stay' : 'nothing was published'}. Run it again to continue.`
    );
  }
  if (failed.length === 0) return undefined;
  return failureLines(
    `${failed.length} of ${count(all.length, 'repository', 'repositories')} failed.`,
    failed.map((one) => ({ name: one.repository, error: one.error })),
  );
}

/** Warnings of the run; warnings of the repositories are listed with each repository. */
function warningSentences(result: SyncOrgResult): string[] {
  const named = result.projects.filter((one) => lookAt(one).length > 0).map(({ repository }) => repository);
  const problem = `Warnings in ${count(named.length, 'repository', 'repositories')}`;
  return [...result.warnings, ...warnAbout(problem, named)];
}

/** `archived: 5, a fork: 2`: numbers of skipped repositories, by reason. */
function skippedPhrase(skipped: ReadonlyMap<string, SkipReason>): string {
  const counts = SKIP_REASONS.map((reason) => [reason, [...skipped.values()].filter((one) => one === reason).length]);
  return counts.flatMap(([reason, number]) => (number ? [`${reason}: ${number}`] : [])).join(', ');
}

function nextStep(result: SyncOrgResult): string | undefined {
  switch (orgConclusion(result)) {
    case 'failed':
      return `Fix the failures, or exclude those repositories with ${inputName('exclude-repositories')}, then run it again: finished repositories are not published twice.`;
    case 'dry-run':
      return result.projects.some(changes) ? `Run it without "${unquotedName('dry-run')}" to publish this.` : undefined;
    case 'published':
      return result.request.environment.production || movesOf(result.projects) === ''
        ? undefined
        : `To bring this to production, promote it ("${modeName('promote')}"), or run this with "${inputValue('env', 'prod')}" and a "${unquotedName('source-ref')}".`;
    default:
      return undefined;
  }
}

/** Progress of a long run, with an estimate from the finished repositories. */
function progressPhrase(done: number, all: number, seconds: number): string {
  const left = (seconds / done) * (all - done);
  return `${done} of ${all} repositories done in ${span(seconds)}, about ${span(left)} left`;
}

/** The outputs of the action (design section 3.2). */
export function renderSyncOrgOutputs(result: SyncOrgResult): Outputs {
  const { projects, choice } = result;
  const failed = failedOf(projects);
  return renderWriteOutputs(
    orgConclusion(result),
    result,
    { succeeded: publishedOf(result).length - failed.length - heldOf(projects).length, failed: failed.length },
    {
      // Entries over the limit are omitted from the end, so failures come first.
      failures: failed.map(({ repository, error }) => ({ repository, error })),
      projects: publishedOf(result).map(projectJson),
      skipped: [...skippedOf(result)].map(([repository, reason]) => ({ repository, reason })),
      'left-out-by-name': choice.leftOut,
    },
  );
}

/** Skipped repository -> reason. */
function skippedOf({ choice, projects }: Pick<SyncOrgResult, 'choice' | 'projects'>): Map<string, SkipReason> {
  const later = projects.flatMap(({ repository, skipped }) => (skipped ? [[repository, skipped] as const] : []));
  return new Map([...choice.skipped, ...later].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function projectJson({ repository, result, error }: RepositoryOutcome) {
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
      warnings: syncWarnings(result),
    }),
  };
}
