import type { DocumentSource } from '../cache/blobs.ts';
import { documentReference } from '../inputs/references.ts';
import { type Outputs, renderList, renderOutputs } from '../report/outputs.ts';
import { type CacheIndex, pathOnDisk } from './cache-index.ts';
import type { CacheKeys } from './cache-key.ts';
import type { Origin } from './cache-record.ts';
import type { FetchRequest } from './request.ts';

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
  const documents = projects.flatMap(({ origin, documents: delivered }) =>
    delivered.map(({ path, blob }) => ({
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
