import { environmentLine, RULE } from '../report/banner.ts';
import type { Console } from '../report/console.ts';
import { fold, MOST_BYTES_A_LIST, markdownLink, markdownText, renderWarnings, urlPath } from '../report/markdown.ts';
import { isRepository, repositoryName } from '../text/names.ts';
import { alignColumns, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { ProjectStatus } from './plan.ts';
import type { StatusResult } from './report.ts';
import type { StatusRequest } from './request.ts';
import { sincePhrase, sourceSentences, stateLabels, statusNotes, statusSentence, statusWarnings } from './words.ts';

const TABLE = 'Differences and open previews';
const HEAD = ['Project', 'State', 'Added', 'Modified', 'Deleted', 'Since', 'Commit', 'Notes'];

/** The log: a line for each project that differs, the names of the others, the result. */
export function writeStatusLog(result: StatusResult, console: Console): void {
  const { told, quiet } = parts(result);
  console.line(`Compare: ${compareUrl(result)}`);
  const labels = stateLabels(result.request);
  const rows = told.map((status) => {
    const { project, state, counts } = status;
    const notes = statusNotes(status, result).join('; ');
    return [printable(project), labels[state], ...numbers(counts), ...origin(status, result), notes];
  });
  if (rows.length > 0) console.group(`${TABLE} (${rows.length})`, alignColumns(HEAD, rows));
  const names = quiet.map(({ project }) => printable(project));
  if (names.length > 0) console.group(`In step (${names.length})`, names);
  for (const sentence of sourceSentences(result)) console.line(sentence);
  for (const sentence of statusWarnings(result)) console.warning(sentence);
  console.line(RULE);
  console.line('✅ COMPLETED: Status');
  console.line(statusSentence(result));
}

/** The job summary: the same as tables, with links. */
export function renderStatusSummary(result: StatusResult, warnings: readonly string[]): string {
  const { request } = result;
  const { told, quiet } = parts(result);
  const head = [`| ${HEAD.join(' | ')} |`, `|${HEAD.map((title) => (isNumber(title) ? '---:|' : '---|')).join('')}`];
  const notes = sourceSentences(result).map((sentence) => `- ${markdownText(sentence)}`);
  const blocks = [
    `## 📊 Codex Sync: what waits for ${markdownText(request.environment.name)}`,
    `**${markdownText(statusSentence(result))}**`,
    markdownLink('Compare the branches', compareUrl(result)),
    ...renderWarnings(warnings),
    ...fold(
      TABLE,
      head,
      told.map((status) => row(status, result, told.length <= MOST_LINKED)),
      MOST_BYTES_FOR_PROJECTS,
    ),
    ...fold(
      'In step',
      [],
      quiet.map(({ project }) => `- ${markdownText(project)}`),
    ),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Every project shall be named: the other list and the warnings leave this much of GitHub's 1 MB. */
const MOST_BYTES_FOR_PROJECTS = 2.5 * MOST_BYTES_A_LIST;
/** Links take three quarters of a row: so many rows that have them fit in there. */
const MOST_LINKED = 1000;

function row(status: ProjectStatus, result: StatusResult, linked: boolean): string {
  const { request, codex } = result;
  const { project, state, counts, source } = status;
  const at = state === 'only-in-env' ? result.env : result.from;
  const folder = `${request.trigger.serverUrl}/${codex}/tree/${at}/projects/${urlPath(project)}`;
  const [since, commit] = origin(status, result);
  const commitUrl =
    source?.commit && isRepository(source.repository)
      ? `${request.trigger.serverUrl}/${source.repository}/commit/${source.commit}`
      : undefined;
  const cells = [
    linked ? markdownLink(project, folder) : markdownText(project),
    markdownText(stateLabels(request)[state]),
    ...numbers(counts),
    since,
    linked && commitUrl ? markdownLink(commit, commitUrl) : commit,
    markdownText(statusNotes(status, result).join('; ')),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Those of which there is something to say, and those that are just in step. */
function parts(result: StatusResult) {
  const isQuiet = (one: ProjectStatus) => one.state === 'in-step' && statusNotes(one, result).length === 0;
  return {
    told: result.projects.filter((one) => !isQuiet(one)),
    quiet: result.projects.filter(isQuiet),
  };
}

function numbers({ added, modified, deleted }: ProjectStatus['counts']): string[] {
  return [added, modified, deleted].map((number) => (number === 0 ? '' : `${number}`));
}

function isNumber(title: string): boolean {
  return ['Added', 'Modified', 'Deleted'].includes(title);
}

/** Since when, and from which commit. */
function origin(status: ProjectStatus, { now }: StatusResult): [string, string] {
  return [sincePhrase(status, now), status.source?.commit?.slice(0, SHORT_ID) ?? ''];
}

/** Of the two commits: three dots would compare with where they parted, and show nothing of a roll-back. */
function compareUrl({ request, codex, from, env }: StatusResult): string {
  return `${request.trigger.serverUrl}/${codex}/compare/${env}..${from}`;
}

/** The opening lines of the log. */
export function renderStatusBanner({ codex, organization, from, environment }: StatusRequest): string[] {
  return [
    '🎯 STARTING: Status',
    `Organization: ${organization}`,
    `Codex: ${repositoryName(codex)}`,
    `From: ${from.environment.name} (branch: ${printable(from.environment.branch)})${from.commit === undefined ? '' : ` at ${from.commit}`}`,
    environmentLine(environment),
    RULE,
  ];
}
