import type { CacheBlobs } from './cache-blobs.ts';
import type { CacheEntries, CachePlace, StoredEntry } from './cache-entries.ts';
import type { CacheGrant } from './cache-token.ts';

export const cacheMethods = ['GetCacheEntryDownloadURL', 'CreateCacheEntry', 'FinalizeCacheEntryUpload'] as const;
export type CacheMethod = (typeof cacheMethods)[number];

/** What a client sends, in the names of the protocol's definition. */
export interface CacheQuestion {
  key: string;
  restore_keys: string[];
  version: string;
  size_bytes: string;
}

/** Every field is sent, also an empty one; `undefined` for an answer that has no such field. */
export interface CacheAnswer {
  status: number;
  body: Record<string, string | boolean>;
}

export interface CacheWorld {
  entries: CacheEntries;
  blobs: CacheBlobs;
  /** Address before those of archives, without a slash at the end. */
  origin: string;
}

/** An error as twirp says it. */
export function refuseCall(status: number, code: string, msg: string): CacheAnswer {
  return { status, body: { code, msg } };
}

/** The place that a run writes to: the first scope that it may write. */
function placeOf({ repository, scopes }: CacheGrant, { key, version }: CacheQuestion): CachePlace | undefined {
  const own = scopes.find(({ permission }) => (permission & 2) !== 0);
  return own === undefined ? undefined : { repository, scope: own.scope, key, version };
}

function lookUp({ entries, blobs, origin }: CacheWorld, grant: CacheGrant, asked: CacheQuestion): CacheAnswer {
  const readable = grant.scopes.filter(({ permission }) => (permission & 1) !== 0).map(({ scope }) => scope);
  if (readable.length === 0)
    return refuseCall(403, 'permission_denied', 'cache read denied: token has no readable scopes');
  const found = entries.find(grant.repository, readable, [asked.key, ...asked.restore_keys], asked.version);
  if (found === undefined) return { status: 200, body: { ok: false, signed_download_url: '', matched_key: '' } };
  found.lastAccessedAt = new Date();
  const url = `${origin}${blobs.signedPath(found.blob, 'r')}`;
  return { status: 200, body: { ok: true, signed_download_url: url, matched_key: found.key } };
}

function create({ entries, blobs, origin }: CacheWorld, grant: CacheGrant, asked: CacheQuestion): CacheAnswer {
  const place = placeOf(grant, asked);
  const answer = (ok: boolean, url: string, message: string) => ({
    status: 200,
    body: { ok, signed_upload_url: url, message },
  });
  // No twirp error: the client looks for these words at the start of the message.
  if (place === undefined) return answer(false, '', 'cache write denied: token has no writable scopes');
  const reserved = entries.reserve(place);
  if (reserved === undefined)
    return refuseCall(409, 'already_exists', 'cache entry with the same key, version, and scope already exists');
  return answer(true, `${origin}${blobs.signedPath(reserved.blob, 'cw')}`, '');
}

async function finalize({ entries, blobs }: CacheWorld, grant: CacheGrant, asked: CacheQuestion): Promise<CacheAnswer> {
  const place = placeOf(grant, asked);
  const entry: StoredEntry | undefined = place && entries.at(place);
  const size = entry && (await blobs.size(entry.blob));
  if (entry === undefined || size === undefined || entry.finalized)
    return refuseCall(404, 'not_found', 'cache entry not found');
  if (`${size}` !== asked.size_bytes) return refuseCall(400, 'invalid_argument', 'size_bytes is not the size uploaded');
  entry.finalized = true;
  entry.sizeBytes = size;
  return { status: 200, body: { ok: true, entry_id: `${entry.id}`, message: '' } };
}

const methods = { GetCacheEntryDownloadURL: lookUp, CreateCacheEntry: create, FinalizeCacheEntryUpload: finalize };

/** Does what a client asks of the cache. */
export async function answerCall(
  session: CacheWorld,
  method: CacheMethod,
  grant: CacheGrant,
  asked: CacheQuestion,
): Promise<CacheAnswer> {
  if (asked.key === '' || asked.version === '')
    return refuseCall(400, 'invalid_argument', 'key and version are required');
  return methods[method](session, grant, asked);
}
