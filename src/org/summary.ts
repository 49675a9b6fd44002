import { branchNote } from '../report/changes.ts';
import { fold, markdownCode, markdownLink, markdownText, renderFacts, renderWarnings } from '../report/markdown.ts';
import { folderUrl } from '../sync/report.ts';
import { repositoryName } from '../text/names.ts';
import { count, SHORT_ID } from '../text/phrases.ts';
import {
  branchUrl,
  changes,
  commitsUrl,
  countsOf,
  failedOf,
  failureOf,
  publishedOf,
  type RepositoryOutcome,
  type SyncOrgResult,
  skippedOf,
} from './report.ts';
import {
  conclusionIcon,
  conclusionSentence,
  lookAt,
  nextStep,
  skippedPhrase,
  stateOf,
  warningSentences,
} from './words.ts';

/** Of four lists each: with what else there is to say they stay below 900 KB. */
const MAX_BYTES = 185_000;

/** The job summary: what happened, what failed, every project (those that need somebody first), what was passed over. */
export function renderSyncOrgSummary(result: SyncOrgResult): string {
  const { request, stopped } = result;
  const next = nextStep(result);
  const skipped = skippedOf(result);
  const parts = [
    `## ${conclusionIcon(result)} Codex Sync: ${markdownText(request.organization)} → ${markdownText(request.environment.name)}`,
    `**${markdownText(conclusionSentence(result))}**`,
    ...(stopped === undefined ? [] : [`The run ended early: ${markdownText(stopped)}`]),
    factsOf(result),
    ...fold(
      '❌ Failed',
      [],
      failedOf(result).map((one) => `- ${markdownCode(one.repository)}: ${markdownText(failureOf(one) ?? '')}`),
      MAX_BYTES,
    ),
    ...renderWarnings(warningSentences(result)),
    ...fold(
      'Projects',
      ['| Repository | State | Added | Modified | Deleted | Made from | Folder |', '|---|---|---|---|---|---|---|'],
      [...publishedOf(result)].sort((one, other) => rank(one) - rank(other)).map(projectRow),
      MAX_BYTES,
    ),
    ...fold(
      'To look at, by repository',
      [],
      result.outcomes.flatMap((one) =>
        lookAt(one).map((sentence) => `- ${markdownCode(one.repository)}: ${markdownText(sentence)}`),
      ),
      MAX_BYTES,
    ),
    ...fold(
      `Passed over: ${skippedPhrase(skipped)}`,
      [],
      [...skipped].map(([name, reason]) => `- ${markdownCode(name)}: ${reason}`),
      MAX_BYTES,
    ),
    ...(next ? [`**Next:** ${markdownText(next)}`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsOf(result: SyncOrgResult): string {
  const { request, codex, branch, commit, choice, pushes } = result;
  const { leftOut, elsewhere } = choice;
  const target = markdownLink(request.environment.branch, branchUrl(result));
  const repositories = [
    `${choice.chosen.length} of ${markdownText(request.organization)}, ${request.sourceRef}`,
    ...(leftOut.length > 0 ? [`${leftOut.length} left out by name`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} in the shares of other jobs`] : []),
  ];
  const rows = [
    ['From', repositories.join('; ')],
    [
      'To',
      `${markdownText(repositoryName(codex))}, branch ${target}${branchNote(branch, request.environment, result.created)}`,
    ],
    ...(request.shard.count > 1 ? [['Share', `${request.shard.index} of ${request.shard.count}`]] : []),
    ...(commit
      ? [
          [
            'Commits',
            `${markdownLink(commit.slice(0, SHORT_ID), commitsUrl(result))}, in ${count(pushes, 'push', 'pushes')}`,
          ],
        ]
      : []),
  ];
  return renderFacts(rows, result.attempts);
}

/** Failures first, then what has something to look at, what changed, and the rest. */
function rank(one: RepositoryOutcome): number {
  if (failureOf(one) !== undefined) return 0;
  if (lookAt(one).length > 0) return 1;
  return changes(one) ? 2 : 3;
}

function projectRow(one: RepositoryOutcome): string {
  const { repository, result } = one;
  const { added, modified, deleted } = countsOf([one]);
  const run = result?.run;
  const { serverUrl = '', repository: fullName = '' } = result?.request.trigger ?? {};
  const source = run
    ? `${markdownLink(run.commit.slice(0, SHORT_ID), `${serverUrl}/${fullName}/commit/${run.commit}`)} (${markdownText(run.ref)})`
    : '';
  const folder = result ? markdownLink(`projects/${result.request.project}`, folderUrl(result)) : '';
  const state = result ? stateOf(one) : 'failed';
  const cells = [markdownCode(repository), markdownText(state), added, modified, deleted, source, folder];
  return `| ${cells.join(' | ')} |`;
}
