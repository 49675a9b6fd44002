import { type DocumentSource, SOURCES } from '../cache/directory.ts';
import type { ActionsCacheEntry } from '../github/project-api.ts';
import { documentReference } from '../inputs/references.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { warnAbout } from '../report/changes.ts';
import { environmentLine, RULE, renderBanner } from '../report/log.ts';
import { type Annotation, type Group, listNames, listTexts, type Report, type Row } from '../report/model.ts';
import { type Outputs, renderList, renderOutputs } from '../report/outputs.ts';
import { urlPath, warningSection } from '../report/summary.ts';
import { placePhrase } from '../report/write-result.ts';
import type { BlobId } from '../text/ids.ts';
import { repositoryName } from '../text/names.ts';
import { bytes, count, printable, SHORT_ID, span } from '../text/phrases.ts';
import { sentence, setInput, tokenName } from '../text/spell-inputs.ts';
import {
  type CachedDocument,
  type CacheIndex,
  type CacheKeys,
  type DocumentsOrigin,
  isAnswerKey,
  pathOnDisk,
} from './cache-index.ts';
import type { CacheListRequest, FetchRequest } from './request.ts';

function fetchSentence({ request, projects, stale }: FetchResult): string {
  const { environment, lookupOnly, cacheDir } = request;
  const place = placePhrase(environment);
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

/** The use of the Actions cache for one project, as a phrase. */
function cachePhrase(project: FetchedProject, { request }: FetchResult): string {
  if (!request.useCache) return 'not used';
  if (project.copyOf !== undefined) return project.matchedKey === undefined ? 'not used' : 'copy served';
  const saved = project.savedKey === undefined ? '' : ', new entry saved';
  if (project.matchedKey === undefined) return `miss${saved}`;
  if (project.damaged) return `damaged entry${saved}`;
  if (isExactHit(project)) return 'hit';
  return isAnswerKey(project.keys, project.matchedKey)
    ? 'hit on the replacement of a damaged entry'
    : `partial hit on an older entry${saved}`;
}

/** Problems of the cache directory's index: notices are harmless, warnings need review. */
function indexSentences(found: CacheIndex['found']): { notices: string[]; warnings: string[] } {
  const notices =
    found === 'old layout'
      ? [
          'An earlier tool without environments filled the cache directory (index version 3.0). Its documents ' +
            'are kept and never read, because their environment is unknown.',
        ]
      : [];
  const warnings =
    found === 'damaged' ? ['The index of the cache directory is damaged; its readable entries are used.'] : [];
  return { notices, warnings };
}

/** For a cache directory with a `.gitignore` that no fetch wrote. */
export function notIgnoredSentence(cacheDir: string): string {
  const folder = printable(cacheDir);
  return `Git does not ignore ${folder}, so a commit may contain fetched documents. Add "/${folder}/" to the .gitignore of the repository.`;
}

export function damageSentence(key: string): string {
  return `The entry ${printable(key)} of the Actions cache could not be restored completely, or does not match its key; its wrong contents were not used.`;
}

export function troubleSentence(trouble: string): string {
  return `The Actions cache did not work as expected (${printable(trouble.replace(/[.\s]+$/, ''), 300)}). Documents come from the codex where it fails.`;
}

export function staleSentence(failure: string, projects: readonly FetchedProject[]): string {
  const copies = projects.map(({ origin, copyOf, commit }) => {
    return `${origin.project} as fetched at ${copyOf} (commit ${commit.slice(0, SHORT_ID)})`;
  });
  return `${failure} Copies of the same environment are used instead: ${copies.join(', ')}. A glob matches only documents in the copy.`;
}

export function readersSentence(
  repository: string,
  own: Visibility,
  codex: { readonly fullName: string; readonly visibility: Visibility },
): string {
  return (
    `${repository} is ${own} and the codex ${codex.fullName} is ${codex.visibility}: everyone who can run a workflow in ${repository}, ` +
    `even from a pull request of a fork, can read the documents in its Actions cache. ${sentence(setInput('use-cache', 'false'))} if that is not meant.`
  );
}

/** Paths that globs matched and that are no documents. */
function leftOutSentences(projects: readonly FetchedProject[]): string[] {
  const all = projects.flatMap(({ origin, leftOut }) =>
    [...leftOut].map(([path, why]) => `${origin.project}/${path} ${why}`),
  );
  return warnAbout('Matched by a glob, but skipped', all);
}

/** A document that a run wrote. */
export interface FetchedDocument {
  /** Path in the project's folder of the codex. */
  readonly path: string;
  readonly blob: BlobId;
  /** `undefined` if the document was only looked up. */
  readonly source: DocumentSource | undefined;
}

/** The result of the fetch for one project. */
export interface FetchedProject {
  readonly origin: DocumentsOrigin;
  readonly keys: CacheKeys;
  /** The key of the Actions cache that matched. */
  readonly matchedKey: string | undefined;
  /** Whether that entry was damaged or incomplete. */
  readonly damaged: boolean;
  /** The key under which an entry was saved. */
  readonly savedKey: string | undefined;
  /** Commit of the codex. */
  readonly commit: string;
  /** Fetch time of the copy that replaces the codex, UTC. */
  readonly copyOf: string | undefined;
  readonly documents: readonly FetchedDocument[];
  /** Path that globs matched and that was omitted -> reason. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** The result of a run of `fetch`, as plain data. */
export interface FetchResult {
  readonly request: FetchRequest;
  /** `owner/name` as GitHub spells it, or as given if the codex cannot be reached. */
  readonly codex: string;
  readonly projects: readonly FetchedProject[];
  /** Removed paths below the cache directory. */
  readonly removed: readonly string[];
  /** Whether copies replace a codex that cannot be reached. */
  readonly stale: boolean;
  /** State of the cache directory's index. */
  readonly index: CacheIndex['found'];
  readonly warnings: readonly string[];
}

/** Whether the entry under exactly the primary key was used; the replacement of a damaged entry has another key. */
function isExactHit({ keys, matchedKey, damaged }: FetchedProject): boolean {
  return keys.primary !== undefined && matchedKey === keys.primary && !damaged;
}

/** Path of a document in the workspace. */
function workspacePath({ cacheDir }: FetchRequest, origin: DocumentsOrigin, path: string): string {
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

/** The documents of each project with their locations and links into the codex, and the removed documents. */
export function reportFetch(result: FetchResult): Report {
  const { request, projects, removed } = result;
  const removedList = { title: 'Removed, no longer in the codex', rows: listNames(removed) };
  return {
    name: 'Fetch',
    icon: iconOfFetch(result),
    heading: `fetch from ${request.environment.name}`,
    conclusion: fetchSentence(result),
    log: [
      ...noticesOf(result.index),
      ...projects.flatMap((project) => [projectGroup(project, result), ...keyLine(project)]),
      removedList,
    ],
    overview: [
      {
        columns: ['Project', 'Commit', 'Documents', 'Actions cache'],
        rows: projects.map((project) => projectRow(project, result)),
      },
    ],
    warnings: warningsOf(result),
    sections: [
      {
        title: request.lookupOnly ? 'Requested documents' : 'Documents',
        columns: ['Reference', 'File'],
        rows: projects.flatMap((project) => documentRows(project, result)),
      },
      removedList,
    ],
  };
}

function noticesOf(index: CacheIndex['found']): Annotation[] {
  return indexSentences(index).notices.map((text) => ({ level: 'notice', text }));
}

function projectGroup(project: FetchedProject, result: FetchResult): Group {
  const { origin, commit, documents } = project;
  return {
    title: `${origin.project} at ${commit.slice(0, SHORT_ID)}, Actions cache: ${cachePhrase(project, result)} (${documents.length})`,
    lines: documents.map(({ path, source }) => {
      const where = printable(workspacePath(result.request, origin, path));
      return source ? `${where} (${source})` : where;
    }),
  };
}

function keyLine({ keys }: FetchedProject): Annotation[] {
  return keys.primary === undefined ? [] : [{ level: 'debug', text: `cache key ${keys.primary}` }];
}

function projectRow(project: FetchedProject, result: FetchResult): Row {
  const { origin, commit, documents } = project;
  const url = `${result.request.trigger.serverUrl}/${result.codex}/commit/${commit}`;
  const link = { text: commit.slice(0, SHORT_ID), url };
  return { cells: [origin.project, link, `${documents.length}`, cachePhrase(project, result)] };
}

function documentRows({ origin, commit, documents }: FetchedProject, { request, codex }: FetchResult): Row[] {
  const folder = `${request.trigger.serverUrl}/${codex}/blob/${commit}/projects/${origin.project}`;
  return documents.map(({ path }) => {
    const link = { text: documentReference(origin.project, path), url: `${folder}/${urlPath(path)}` };
    return { cells: [link, { code: workspacePath(request, origin, path) }] };
  });
}

function warningsOf(result: FetchResult): string[] {
  return [...indexSentences(result.index).warnings, ...result.warnings, ...leftOutSentences(result.projects)];
}

function iconOfFetch({ stale, request }: FetchResult): string {
  if (stale) return '⚠️';
  return request.lookupOnly ? '🔍' : '✅';
}

/** The opening lines of the log. */
export function renderFetchBanner({ codex, environment, references, listedIn, lookupOnly }: FetchRequest): string[] {
  const projects = [...new Set(references.map(({ project }) => project))];
  return renderBanner('Fetch', [
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    `References: ${references.length}${listedIn === undefined ? '' : ` (${printable(listedIn, 200)})`}`,
    ...(lookupOnly ? ['Lookup only: nothing will be written'] : []),
  ]);
}

/** State of a document in the cache directory: unchanged (fresh, or past its lifetime), changed, or missing. */
const CACHE_STATES = ['fresh', 'expired', 'changed', 'missing'] as const;
export type CacheState = (typeof CACHE_STATES)[number];

export interface CacheListResult {
  readonly request: CacheListRequest;
  readonly found: CacheIndex['found'];
  readonly rows: readonly {
    readonly document: CachedDocument;
    /** Seconds. */
    readonly age: number;
    readonly state: CacheState;
  }[];
  /** Entries of the Actions cache; `undefined` if GitHub did not answer. */
  readonly caches: readonly ActionsCacheEntry[] | undefined;
}

/** Totals, a row for each document, the entries of the Actions cache. */
export function reportCacheList(result: CacheListResult): Report {
  const { notices, warnings } = indexSentences(result.found);
  const totals = totalLines(result);
  const documents = { title: 'Documents', columns: COLUMNS, rows: result.rows.map(cachedRow) };
  const caches = {
    title: 'Actions caches of this repository',
    columns: ['Key', 'Ref', 'Size', 'Created'],
    rows: (result.caches ?? []).map(cacheRow),
  };
  return {
    icon: '📦',
    heading: 'cache',
    log: [
      '📦 CODEX CACHE STATUS',
      RULE,
      ...totals,
      ...noticesOf(result.found),
      ...warnings.map((text) => ({ level: 'warning', text }) as const),
      documents,
      caches,
    ],
    overview: [{ rows: listTexts(totals) }, warningSection([...notices, ...warnings])],
    // The log shows them before the documents.
    warnings: [],
    sections: [documents, caches],
  };
}

/** The outputs of the action (design section 3.2). */
export function renderCacheListOutputs({ request, rows, caches }: CacheListResult): Outputs {
  const { environment, cacheDir } = request;
  return renderOutputs(
    'listed',
    { env: environment?.name ?? '', branch: environment?.branch ?? '', 'cache-dir': cacheDir },
    {
      documents: rows.map(({ document, age, state }) => ({
        reference: documentReference(document.project, document.path),
        path: `${cacheDir}/${pathOnDisk(document)}`,
        env: document.environment,
        blob: document.blob,
        commit: document.commit,
        'size-bytes': document.size,
        'age-seconds': age,
        state,
      })),
      caches: caches ?? [],
    },
  );
}

const COLUMNS = ['Reference', 'Environment', 'Size', 'Commit', 'Age', 'State'];

function cachedRow({ document, age, state }: CacheListResult['rows'][number]): Row {
  const { environment, commit } = document;
  const reference = printable(documentReference(document.project, document.path));
  return { cells: [reference, environment, bytes(document.size), commit.slice(0, SHORT_ID), span(age), state] };
}

function cacheRow({ key, ref, size, createdAt }: ActionsCacheEntry): Row {
  return {
    line: printable(`${key}  ${ref}  ${bytes(size)}  ${createdAt}`),
    cells: [{ code: key }, ref, bytes(size), createdAt],
  };
}

function totalLines({ request, rows, caches }: CacheListResult): string[] {
  const size = rows.reduce((sum, { document }) => sum + document.size, 0);
  const states = CACHE_STATES.map((state) => [state, rows.filter((row) => row.state === state).length] as const);
  const shown = states.filter(([state, number]) => number > 0 || state === 'fresh');
  return [
    `Directory: ${printable(request.cacheDir)}`,
    ...(request.environment ? [`Environment: ${request.environment.name}`] : []),
    `Documents: ${rows.length} (${bytes(size)}): ${shown.map(([state, number]) => `${number} ${state}`).join(', ')}`,
    caches === undefined
      ? `Actions cache: not listed (GitHub did not answer; ${tokenName('project-token')} needs "actions: read")`
      : `Actions cache: ${count(caches.length, 'entry', 'entries')} of this repository under codex/`,
  ];
}
