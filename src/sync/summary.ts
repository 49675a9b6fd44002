import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import { branchNote, holdNote, ICONS, whyPhrase } from '../report/changes.ts';
import {
  fold,
  markdownCode,
  markdownLink,
  markdownText,
  renderFacts,
  renderWarnings,
  urlPath,
} from '../report/markdown.ts';
import { repositoryName } from '../text/names.ts';
import { NAMED, SHORT_ID } from '../text/phrases.ts';
import { MAX_BYTES, oneWayNotice, renderPulled } from './pull-report.ts';
import {
  commitUrl,
  compareUrl,
  countsOf,
  documentUrl,
  folderUrl,
  pullsOf,
  replacedTexts,
  type SyncProjectResult,
} from './report.ts';
import {
  conclusionIcon,
  conclusionSentence,
  HELD_BACK_TITLE,
  NON_DOCUMENTS_TITLE,
  nextStep,
  publishesPhrase,
  replacedTitle,
  warningSentences,
} from './words.ts';

/** The job summary: what happened, where it is, every change, what needs a look, what to do next. */
export function renderSyncSummary(result: SyncProjectResult): string {
  const next = nextStep(result);
  const held = holdNote(result.hold, result.request);
  const parts = [
    `## ${conclusionIcon(result)} Codex Sync: ${markdownText(result.request.project)} → ${markdownText(result.request.environment.name)}`,
    `**${markdownText(conclusionSentence(result))}**`,
    factsOf(result),
    ...renderWarnings(warningSentences(result)),
    ...(held ? [markdownText(held)] : []),
    ...renderChanges(result),
    ...renderReplaced(result),
    ...renderPulled(result),
    ...renderKept(result),
    ...(next ? [`**Next:** ${markdownText(next)}`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsOf(result: SyncProjectResult): string {
  const { request, run, codex, plan, selection } = result;
  const { serverUrl, repository } = request.trigger;
  const counts = countsOf(result);
  const layer = publishesPhrase(result);
  const source = markdownLink(run.commit.slice(0, SHORT_ID), `${serverUrl}/${repository}/commit/${run.commit}`);
  const branch = markdownLink(
    request.environment.branch,
    `${serverUrl}/${codex}/tree/${urlPath(request.environment.branch)}`,
  );
  const both = publishes(request.direction);
  const notice = oneWayNotice(result);
  const published = `${counts.added} added, ${counts.modified} modified, ${counts.deleted} deleted`;
  const pulled = pullsDocuments(request.direction) ? [`${pullsOf(result).length} came back`] : [];
  const rows = [
    [
      both ? 'From' : 'Project',
      `${markdownText(repository)} at ${source}${run.ref ? ` (${markdownText(run.ref)})` : ''}`,
    ],
    [
      both ? 'To' : 'Codex',
      `${markdownText(repositoryName(codex))}, branch ${branch}${branchNote(result.branch, request.environment, result.created)}, folder ${markdownLink(`projects/${request.project}`, folderUrl(result))}`,
    ],
    ...(layer ? [['Publishes', markdownText(layer)]] : []),
    ...(notice ? [['Direction', markdownText(notice)]] : []),
    // What a superseded run would have published was not looked at to the end.
    ...(plan
      ? [['Documents', `${selection.documents.size} selected: ${[...(both ? [published] : []), ...pulled].join(', ')}`]]
      : []),
    ...(result.commit
      ? [
          [
            'Commit',
            `${markdownLink(result.commit.slice(0, SHORT_ID), commitUrl(result))} (${markdownLink('compare', compareUrl(result))})`,
          ],
        ]
      : []),
  ];
  return renderFacts(rows, result.attempts);
}

function renderChanges(result: SyncProjectResult): string[] {
  const changes = result.plan?.changes ?? [];
  const planned = result.request.dryRun;
  const title = planned ? 'Changes that would be made' : 'Changes';
  return fold(title, ['| | Document |', '|---|---|'], changes, MAX_BYTES, ({ path, action, because }) => {
    const shown =
      result.commit && action !== 'delete'
        ? markdownLink(path, documentUrl(result, result.commit, path))
        : markdownCode(path);
    return `| ${ICONS[action]}${whyPhrase(because)} | ${shown} |`;
  });
}

function renderReplaced(result: SyncProjectResult): string[] {
  const rows = replacedTexts(result).map(({ path, url }) => `- ${markdownLink(path, url)}`);
  return fold(replacedTitle(result.request), [], rows, MAX_BYTES);
}

/** The paths that the run did not touch, and why, where the warnings name only the first ones. */
function renderKept({ overlayPlan, plan, selection }: SyncProjectResult): string[] {
  if (!plan) return [];
  const named = (paths: readonly string[]) => paths.map((path) => `- ${markdownCode(path)}`);
  const reasoned = (reasons: ReadonlyMap<string, string>) =>
    [...reasons].map(([path, why]) => `- ${markdownCode(path)}: ${markdownText(why)}`);
  const lists: [string, string[]][] = [
    ['Deletions withheld', named(plan.withheld)],
    ['Edited or removed in the codex', named(plan.drifted)],
    ['Changed on both sides', plan.conflicts.map(({ path, kept }) => `- ${markdownCode(path)}: that of the ${kept}`)],
    ['Left alone, a link or a submodule of the codex', named(plan.skippedInCodex)],
    [NON_DOCUMENTS_TITLE, reasoned(selection.nonDocuments ?? new Map())],
    ['Left alone', reasoned(selection.skipped)],
    [HELD_BACK_TITLE, reasoned(overlayPlan?.heldBack ?? new Map())],
  ];
  const unowned = fold('Only in the codex, left alone', [], named(plan.unowned), MAX_BYTES);
  return [
    ...lists.flatMap(([title, rows]) => (rows.length <= NAMED ? [] : fold(title, [], rows, MAX_BYTES / 5))),
    ...unowned,
  ];
}
