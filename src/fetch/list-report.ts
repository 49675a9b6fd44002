import type { ActionsCacheEntry } from '../github/project-api.ts';
import { documentReference } from '../inputs/references.ts';
import { RULE } from '../report/banner.ts';
import type { Console } from '../report/console.ts';
import { fold, markdownCode, markdownText, renderWarnings } from '../report/markdown.ts';
import { type Outputs, renderOutputs } from '../report/outputs.ts';
import { alignColumns, bytes, count, SHORT_ID, span } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { type CachedDocument, type CacheIndex, pathOnDisk } from './cache-index.ts';
import { indexSentences } from './report.ts';
import type { CacheListRequest } from './request.ts';

/** How a document in the cache directory is: as it was fetched (fresh, or older than its time), changed, or gone. */
export const CACHE_STATES = ['fresh', 'expired', 'changed', 'missing'] as const;
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
  /** Entries of the Actions cache; `undefined` when nobody told. */
  readonly caches: readonly ActionsCacheEntry[] | undefined;
}

type Row = CacheListResult['rows'][number];

/** The log: totals, a line a document, the entries of the Actions cache. */
export function writeCacheListLog(result: CacheListResult, console: Console): void {
  console.line('📦 CODEX CACHE STATUS');
  console.line(RULE);
  for (const line of totals(result)) console.line(line);
  const { notices, warnings } = indexSentences(result.found);
  for (const notice of notices) console.notice(notice);
  for (const warning of warnings) console.warning(warning);
  const lines = alignColumns(HEAD, result.rows.map(columns));
  if (result.rows.length > 0) console.group(`Documents (${result.rows.length})`, lines);
  const caches = result.caches ?? [];
  if (caches.length > 0) {
    const given = caches.map(({ key, ref, size, createdAt }) => `${key}  ${ref}  ${bytes(size)}  ${createdAt}`);
    console.group(
      `Actions caches of this repository (${caches.length})`,
      given.map((line) => printable(line)),
    );
  }
}

/** The job summary: the same as tables. */
export function renderCacheListSummary(result: CacheListResult): string {
  const { notices, warnings } = indexSentences(result.found);
  const rows = result.rows.map((row) => `| ${columns(row).map(markdownText).join(' | ')} |`);
  const caches = (result.caches ?? []).map(
    ({ key, ref, size, createdAt }) =>
      `| ${markdownCode(key)} | ${markdownText(ref)} | ${bytes(size)} | ${markdownText(createdAt)} |`,
  );
  const parts = [
    '## 📦 Codex Sync: cache',
    totals(result)
      .map((line) => `- ${markdownText(line)}`)
      .join('\n'),
    ...renderWarnings([...notices, ...warnings]),
    ...fold('Documents', [`| ${HEAD.join(' | ')} |`, `|${HEAD.map(() => '---|').join('')}`], rows),
    ...fold('Actions caches of this repository', ['| Key | Ref | Size | Created |', '|---|---|---|---|'], caches),
  ];
  return `${parts.join('\n\n')}\n`;
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

const HEAD = ['Reference', 'Environment', 'Size', 'Commit', 'Age', 'State'];

function columns({ document, age, state }: Row): string[] {
  return [
    printable(documentReference(document.project, document.path)),
    document.environment,
    bytes(document.size),
    document.commit.slice(0, SHORT_ID),
    span(age),
    state,
  ];
}

function totals({ request, rows, caches }: CacheListResult): string[] {
  const size = rows.reduce((sum, { document }) => sum + document.size, 0);
  const states = CACHE_STATES.map((state) => [state, rows.filter((row) => row.state === state).length] as const);
  const shown = states.filter(([state, number]) => number > 0 || state === 'fresh');
  return [
    `Directory: ${printable(request.cacheDir)}`,
    ...(request.environment ? [`Environment: ${request.environment.name}`] : []),
    `Documents: ${rows.length} (${bytes(size)}): ${shown.map(([state, number]) => `${number} ${state}`).join(', ')}`,
    caches === undefined
      ? 'Actions cache: not listed (GitHub did not tell; "project-token" needs "actions: read")'
      : `Actions cache: ${count(caches.length, 'entry', 'entries')} of this repository under codex/`,
  ];
}
