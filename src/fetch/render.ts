import { documentReference } from '../inputs/references.ts';
import { environmentLine, RULE } from '../report/banner.ts';
import type { Console } from '../report/console.ts';
import { fold, markdownCode, markdownLink, markdownText, renderWarnings, urlPath } from '../report/markdown.ts';
import { repositoryName } from '../text/names.ts';
import { SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { type FetchedProject, type FetchResult, workspacePath } from './report.ts';
import type { FetchRequest } from './request.ts';
import { cachePhrase, fetchSentence, indexSentences, leftOutSentences } from './words.ts';

/** Writes the log's end: what each project gave, what needs a look, and where the documents are. */
export function writeFetchLog(result: FetchResult, console: Console): void {
  for (const notice of indexSentences(result.index).notices) console.notice(notice);
  for (const project of result.projects) {
    const { origin, documents, keys } = project;
    const title = `${origin.project} at ${project.commit.slice(0, SHORT_ID)}, Actions cache: ${cachePhrase(project, result)} (${documents.length})`;
    console.group(
      title,
      documents.map(({ path, source }) => {
        const where = printable(workspacePath(result.request, origin, path));
        return source ? `${where} (${source})` : where;
      }),
    );
    if (keys.primary !== undefined) console.debug(`cache key ${keys.primary}`);
  }
  if (result.removed.length > 0) {
    console.group(
      `Removed, not in the codex any more (${result.removed.length})`,
      result.removed.map((path) => printable(path)),
    );
  }
  for (const sentence of warningsOf(result)) console.warning(sentence);
  console.line(RULE);
  console.line(`${icon(result)} COMPLETED: Fetch`);
  console.line(fetchSentence(result));
}

/** The job summary: what was fetched from where, and each document with a link into the codex. */
export function renderFetchSummary(result: FetchResult): string {
  const { request, projects, removed } = result;
  const parts = [
    `## ${icon(result)} Codex Sync: fetch from ${markdownText(request.environment.name)}`,
    `**${markdownText(fetchSentence(result))}**`,
    [
      '| Project | Commit | Documents | Actions cache |',
      '|---|---|---|---|',
      ...projects.map((project) => projectRow(project, result)),
    ].join('\n'),
    ...renderWarnings(warningsOf(result)),
    ...fold(
      request.lookupOnly ? 'Documents that were asked for' : 'Documents',
      ['| Reference | File |', '|---|---|'],
      projects.flatMap((project) => documentRows(project, result)),
    ),
    ...fold(
      'Removed, not in the codex any more',
      [],
      removed.map((path) => `- ${markdownCode(path)}`),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function projectRow(project: FetchedProject, result: FetchResult): string {
  const { origin, commit, documents } = project;
  const link = markdownLink(
    commit.slice(0, SHORT_ID),
    `${result.request.trigger.serverUrl}/${result.codex}/commit/${commit}`,
  );
  return `| ${markdownText(origin.project)} | ${link} | ${documents.length} | ${cachePhrase(project, result)} |`;
}

function documentRows({ origin, commit, documents }: FetchedProject, { request, codex }: FetchResult): string[] {
  const folder = `${request.trigger.serverUrl}/${codex}/blob/${commit}/projects/${origin.project}`;
  return documents.map(({ path }) => {
    const link = markdownLink(documentReference(origin.project, path), `${folder}/${urlPath(path)}`);
    return `| ${link} | ${markdownCode(workspacePath(request, origin, path))} |`;
  });
}

function warningsOf(result: FetchResult): string[] {
  return [...indexSentences(result.index).warnings, ...result.warnings, ...leftOutSentences(result.projects)];
}

function icon({ stale, request }: FetchResult): string {
  if (stale) return '⚠️';
  return request.lookupOnly ? '🔍' : '✅';
}

/** The opening lines of the log. */
export function renderFetchBanner({ codex, environment, references, listedIn, lookupOnly }: FetchRequest): string[] {
  const projects = [...new Set(references.map(({ project }) => project))];
  return [
    '🎯 STARTING: Fetch',
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    `References: ${references.length}${listedIn === undefined ? '' : ` (${printable(listedIn, 200)})`}`,
    ...(lookupOnly ? ['Lookup only: nothing will be written'] : []),
    RULE,
  ];
}
