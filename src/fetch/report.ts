import { type DocumentSource, SOURCES } from '../cache/directory.ts';
import { documentReference } from '../inputs/references.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { environmentLine, RULE } from '../report/banner.ts';
import type { Console } from '../report/console.ts';
import { fold, markdownCode, markdownLink, markdownText, renderWarnings, urlPath } from '../report/markdown.ts';
import { type Outputs, renderList, renderOutputs } from '../report/outputs.ts';
import { repositoryName } from '../text/names.ts';
import { count, nameSome, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { type CacheIndex, pathOnDisk } from './cache-index.ts';
import { type CacheKeys, isAnswerKey, type Origin } from './cache-key.ts';
import type { FetchRequest } from './request.ts';

/** What happened, in one sentence. */
export function fetchSentence({ request, projects, stale }: FetchResult): string {
  const { environment, lookupOnly, cacheDir } = request;
  const place = `${environment.name} (branch ${printable(environment.branch)})`;
  const documents = projects.flatMap((project) => project.documents);
  if (lookupOnly) {
    const hits = projects.filter(isExactHit).length;
    return `Looked up only: the Actions cache has ${hits} of ${count(projects.length, 'entry', 'entries')} for ${count(documents.length, 'document')} of ${place}. Nothing was written.`;
  }
  if (stale) {
    return `Served ${count(documents.length, 'document')} of ${place} from copies, since the codex could not be reached: ${cacheDir}.`;
  }
  const sources = SOURCES.map((source) => [source, documents.filter((one) => one.source === source).length] as const)
    .filter(([, number]) => number > 0)
    .map(([source, number]) => `${number} from the ${source}`);
  return `Fetched ${count(documents.length, 'document')} of ${place} into ${cacheDir}: ${sources.join(', ')}.`;
}

/** What the Actions cache did for one project, as a phrase. */
export function cachePhrase(project: FetchedProject, { request }: FetchResult): string {
  if (!request.useCache) return 'not used';
  if (project.copyOf !== undefined) return project.matchedKey === undefined ? 'not used' : 'copy served';
  const saved = project.savedKey === undefined ? '' : ', saved';
  if (project.matchedKey === undefined) return `miss${saved}`;
  if (project.damaged) return `damaged entry${saved}`;
  if (isExactHit(project)) return 'hit';
  return isAnswerKey(project.keys, project.matchedKey)
    ? 'hit, of what replaces a damaged entry'
    : `partial hit${saved}`;
}

/** What is odd about the index of the cache directory, if anything: harmless, or to look at. */
export function indexSentences(found: CacheIndex['found']): { notices: string[]; warnings: string[] } {
  const notices =
    found === 'old layout'
      ? [
          'The cache directory was filled by an earlier tool that knew no environments (index version 3.0). Its documents ' +
            'are left alone and never read, since nothing tells their environment.',
        ]
      : [];
  const warnings =
    found === 'damaged' ? ['The index of the cache directory is damaged; what it still tells counts.'] : [];
  return { notices, warnings };
}

export function damageSentence(key: string): string {
  return `The entry ${printable(key)} of the Actions cache could not be restored whole, or is not what its key says; nothing that is wrong in it was used.`;
}

export function troubleSentence(trouble: string): string {
  return `The Actions cache could not be used as it should (${printable(trouble.replace(/[.\s]+$/, ''), 300)}). Documents come from the codex where it fails.`;
}

export function staleSentence(failure: string, projects: readonly FetchedProject[]): string {
  const copies = projects.map(({ origin, copyOf, commit }) => {
    return `${origin.project} as fetched at ${copyOf} (commit ${commit.slice(0, SHORT_ID)})`;
  });
  return `${failure} Copies of the same environment stand in meanwhile: ${copies.join(', ')}. A glob has what the copy holds.`;
}

export function readersSentence(
  repository: string,
  own: Visibility,
  codex: { readonly fullName: string; readonly visibility: Visibility },
): string {
  return (
    `${repository} is ${own} and the codex ${codex.fullName} is ${codex.visibility}: whoever can run a workflow in ${repository}, ` +
    'a pull request from a fork included, can read what is saved in its Actions cache. Say "use-cache: false" if that is not meant.'
  );
}

/** What globs matched that is no document. */
export function leftOutSentences(projects: readonly FetchedProject[]): string[] {
  const all = projects.flatMap(({ origin, leftOut }) =>
    [...leftOut].map(([path, why]) => `${origin.project}/${path} ${why}`),
  );
  return all.length === 0 ? [] : [`Left out of what a glob matched: ${nameSome(all)}.`];
}

/** One document that a run delivered. */
export interface FetchedDocument {
  /** In the project's folder of the codex. */
  readonly path: string;
  readonly blob: string;
  /** `undefined` when it was only looked up. */
  readonly source: DocumentSource | undefined;
}

/** How the fetch of one project's documents ended. */
export interface FetchedProject {
  readonly origin: Origin;
  readonly keys: CacheKeys;
  /** The key of the Actions cache that matched. */
  readonly matchedKey: string | undefined;
  /** Whether that entry could not be used as it was. */
  readonly damaged: boolean;
  /** The key under which an entry was saved. */
  readonly savedKey: string | undefined;
  /** Commit of the codex. */
  readonly commit: string;
  /** When the copy was fetched that stands in for the codex, UTC. */
  readonly copyOf: string | undefined;
  readonly documents: readonly FetchedDocument[];
  /** What globs matched besides -> why it was left out. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** How a run of `fetch` ended, as plain data. */
export interface FetchResult {
  readonly request: FetchRequest;
  /** `owner/name`, as GitHub spells it, or as it was given while the codex cannot be reached. */
  readonly codex: string;
  readonly projects: readonly FetchedProject[];
  /** Paths below the cache directory that were removed. */
  readonly removed: readonly string[];
  /** Whether copies stand in for a codex that cannot be reached. */
  readonly stale: boolean;
  /** How the index of the cache directory was found. */
  readonly index: CacheIndex['found'];
  readonly warnings: readonly string[];
}

/** Whether the entry under the very primary key was found and used; one that replaces a damaged one has another key. */
export function isExactHit({ keys, matchedKey, damaged }: FetchedProject): boolean {
  return keys.primary !== undefined && matchedKey === keys.primary && !damaged;
}

/** Where a document lies below the workspace. */
export function workspacePath({ cacheDir }: FetchRequest, origin: Origin, path: string): string {
  return `${cacheDir}/${pathOnDisk({ ...origin, path })}`;
}

/** The outputs of the action (design section 3.2). */
export function renderFetchOutputs({ request, projects, removed, stale, warnings }: FetchResult): Outputs {
  const lines = (values: readonly (string | undefined)[]) => values.map((value) => value ?? '').join('\n');
  const documents = projects.flatMap(({ origin, documents: written }) =>
    written.map(({ path, blob }) => ({
      reference: documentReference(origin.project, path),
      path: workspacePath(request, origin, path),
      blob,
    })),
  );
  return renderOutputs(
    'fetched',
    {
      env: request.environment.name,
      branch: request.environment.branch,
      'cache-hit': projects.every(isExactHit),
      'cache-primary-key': lines(projects.map(({ keys }) => keys.primary)),
      'cache-matched-key': lines(projects.map(({ matchedKey }) => matchedKey)),
      stale,
      'cache-dir': request.cacheDir,
      documents: renderList(documents),
    },
    { documents, removed, warnings },
  );
}

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
