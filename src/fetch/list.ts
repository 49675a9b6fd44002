import { blobId } from '../text/bytes.ts';
import { type CachedDocument, expiresAt, isOfTheFuture, parseIndex, pathOnDisk } from './cache-index.ts';
import { KEY_PREFIX, keyEnvironment } from './cache-key.ts';
import type { CacheListResult, CacheState } from './report.ts';
import type { CacheListRequest } from './request.ts';
import type { CacheListSession } from './session.ts';

/** Lists the cache directory and, if the token allows it, this repository's entries of the Actions cache. */
export async function listCache(request: CacheListRequest, session: CacheListSession): Promise<CacheListResult> {
  const { environment } = request;
  const { documents, found } = parseIndex(await session.directory.readIndex());
  const now = session.now();
  const asked = documents.filter((document) => !environment || document.environment === environment.name);
  const rows: CacheListResult['rows'][number][] = [];
  // One at a time, because a cache may hold more files than a process may open.
  for (const document of asked) {
    const age = Math.max(0, Math.floor((now.getTime() - Date.parse(document.cachedAt)) / 1000));
    rows.push({ document, age, state: await stateOf(document, now, session) });
  }
  const caches = await session.projectApi.tryCaches(KEY_PREFIX);
  const isAsked = (key: string) => !environment || keyEnvironment(key) === environment.name;
  return { request, found, rows, caches: caches?.filter(({ key }) => isAsked(key)) };
}

async function stateOf(document: CachedDocument, now: Date, session: CacheListSession): Promise<CacheState> {
  const content = await session.directory.read(pathOnDisk(document));
  if (content === undefined) return 'missing';
  if (blobId(content) !== document.blob) return 'changed';
  return now.toISOString() < expiresAt(document) && !isOfTheFuture(document, now) ? 'fresh' : 'expired';
}
