import { environmentLine, productionLine, RULE } from '../report/banner.ts';
import { branchSentence, changeLines, DONE, holdNote, whyPhrase } from '../report/changes.ts';
import type { Console } from '../report/console.ts';
import { repositoryName } from '../text/names.ts';
import { count, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { oneWayNotice, pulledTitle } from './pull-report.ts';
import {
  commitUrl,
  compareUrl,
  folderUrl,
  pullsOf,
  replacedInCheckout,
  replacedTexts,
  type SyncProjectResult,
} from './report.ts';
import type { SyncProjectRequest } from './request.ts';
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

/** Writes the log's end: what was selected, what changed, what needs a look, and where it is now. */
export function writeSyncLog(result: SyncProjectResult, console: Console): void {
  const { plan, request, run, selection } = result;
  const where = request.directory === '.' ? '' : `, directory ${printable(request.directory)}`;
  const ref = run.ref ? ` (${printable(run.ref)})` : '';
  console.line(
    `${request.trigger.repository}${where} at ${run.commit.slice(0, SHORT_ID)}${ref}${plan ? `: ${count(selection.documents.size, 'document')} selected` : ''}`,
  );
  const layer = publishesPhrase(result);
  if (layer) console.line(`Publishes: ${layer}`);
  const branch = branchSentence(result.branch, request.environment, result.created);
  if (branch) console.line(branch);

  const group = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) console.group(`${title} (${lines.length})`, lines);
  };
  group(
    'Left alone',
    [...selection.skipped].map(([path, reason]) => `${printable(path)}: ${printable(reason)}`),
  );
  group(
    NON_DOCUMENTS_TITLE,
    [...(selection.nonDocuments ?? [])].map(([path, reason]) => `${printable(path)}: ${printable(reason)}`),
  );
  group(
    HELD_BACK_TITLE,
    [...(result.overlayPlan?.heldBack ?? [])].map(([path, reason]) => `${printable(path)}: ${printable(reason)}`),
  );
  if (plan) {
    group(result.request.dryRun ? 'Changes that would be made' : 'Changes', changeLines(plan.changes, []));
    group(
      'Only in the codex, left alone',
      plan.unowned.map((path) => printable(path)),
    );
    group(
      'Deletions withheld',
      plan.withheld.map((path) => printable(path)),
    );
    group(
      replacedTitle(request),
      replacedTexts(result).map(({ path, url }) => `${printable(path)}: ${url}`),
    );
  }
  const { dryRun } = request;
  const text = { ...DONE, delete: 'removed ' };
  group(
    pulledTitle(request),
    pullsOf(result).map(({ path, action, because }) => `${text[action]} ${printable(path)}${whyPhrase(because)}`),
  );
  group(
    `Texts of the checkout that ${dryRun ? 'would be' : 'were'} replaced`,
    replacedInCheckout(result).map(({ path, url }) => `${printable(path)}: ${url}`),
  );
  group(
    'Changed in the codex, and never brought back',
    [...(plan?.unpulled ?? [])].map(([path, why]) => `${printable(path)}: ${printable(why)}`),
  );
  const notice = oneWayNotice(result);
  if (notice) console.notice(notice);
  for (const sentence of warningSentences(result)) console.warning(sentence);

  console.line(RULE);
  console.line(`${conclusionIcon(result)} COMPLETED: Project Sync`);
  console.line(conclusionSentence(result));
  const held = holdNote(result.hold, request);
  if (held) console.line(held);
  if (result.commit) {
    console.line(`Commit: ${commitUrl(result)}`);
    console.line(`Compare: ${compareUrl(result)}`);
  }
  // A dry run may have looked at what does not exist yet.
  if (!request.dryRun) console.line(`Documents: ${folderUrl(result)}`);
  const next = nextStep(result);
  if (next) console.line(`Next: ${next}`);
}

/** The opening lines of the log, as the specification shows them. */
export function renderBanner(request: SyncProjectRequest, configFile: string | undefined): string[] {
  const { environment } = request;
  return [
    '🎯 STARTING: Project Sync',
    `Project: ${request.project}`,
    `Codex: ${repositoryName(request.codex)}`,
    environmentLine(environment),
    ...productionLine(environment, configFile),
    `Direction: ${request.direction}`,
    ...(request.dryRun ? ['Dry run: nothing will be written'] : []),
    RULE,
  ];
}
