import type { CacheEntry } from './cache-entries.ts';
import { wasCalled } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation } from './github-routes.ts';

/** Whatever can say which caches there are: a CacheService. */
export interface CacheListing {
  entries(): readonly CacheEntry[];
}

const sortings: Readonly<Record<string, (entry: CacheEntry) => number>> = {
  created_at: ({ createdAt }) => createdAt.getTime(),
  last_accessed_at: ({ lastAccessedAt }) => lastAccessedAt.getTime(),
  size_in_bytes: ({ sizeBytes }) => sizeBytes,
};

/** The caches of a repository, the one used last first; `key` is the beginning of a key, `ref` a full name. */
function listCaches({ site, repository, caches, query }: Call): Answer {
  const [key, ref] = [query.get('key') ?? '', query.get('ref')];
  const measure = sortings[query.get('sort') ?? ''] ?? sortings.last_accessed_at;
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  const found = caches
    .flatMap((listing) => listing.entries())
    .filter((entry) => wasCalled(repository, entry.repository) && entry.key.startsWith(key))
    .filter(({ scope }) => ref === null || scope === ref)
    // Of two within one tick of the clock the later one has the higher number.
    .sort((one, other) => sign * ((measure?.(one) ?? 0) - (measure?.(other) ?? 0) || one.id - other.id));
  const listed = itemsOf(found, query).map((entry) => ({
    id: entry.id,
    ref: entry.scope,
    key: entry.key,
    version: entry.version,
    last_accessed_at: entry.lastAccessedAt.toISOString(),
    created_at: entry.createdAt.toISOString(),
    size_in_bytes: entry.sizeBytes,
  }));
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/actions/caches`, query, found.length);
  return { status: 200, headers, body: { total_count: found.length, actions_caches: listed } };
}

export const cachesOperation: Operation = {
  name: 'GET /repos/{owner}/{repo}/actions/caches',
  needs: 'read',
  permissions: ['actions'],
  answer: listCaches,
};
