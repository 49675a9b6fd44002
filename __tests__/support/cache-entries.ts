import { randomUUID } from 'node:crypto';

/** What makes an entry unique. */
export interface CachePlace {
  repository: string;
  key: string;
  /** Digest of the cached paths and the compression, made by the client. */
  version: string;
  /** Full ref name. */
  scope: string;
}

export interface CacheEntry extends CachePlace {
  id: number;
  sizeBytes: number;
  createdAt: Date;
  lastAccessedAt: Date;
}

/** An entry with what only the service knows of it. */
export interface StoredEntry extends CacheEntry {
  /** Name of the blob that holds the archive. */
  blob: string;
  /** An upload that nobody finalized is there but cannot be seen. */
  finalized: boolean;
}

export interface CacheEntries {
  /** Oldest first, those under upload included. */
  all: StoredEntry[];
  /** A place for an upload; `undefined` where there is one already, finalized or not. */
  reserve(place: CachePlace): StoredEntry | undefined;
  /** What is stored in this very place. */
  at(place: CachePlace): StoredEntry | undefined;
  /** What a run gets that may read these scopes, in this order. */
  find(
    repository: string,
    scopes: readonly string[],
    keys: readonly string[],
    version: string,
  ): StoredEntry | undefined;
  /** The finalized entry with this id, or the newest one with this key. */
  pick(which: string | number): StoredEntry;
  /** Forgets the entry with this id, or every one with this key, as GitHub does; returns what is gone. */
  remove(which: string | number): StoredEntry[];
}

/** An empty cache. */
export function cacheEntries(): CacheEntries {
  const all: StoredEntry[] = [];
  let nextId = 1;
  const isSame = (one: CachePlace, other: CachePlace) =>
    one.repository === other.repository &&
    one.scope === other.scope &&
    one.version === other.version &&
    one.key === other.key;
  const isMeant = (which: string | number) => (entry: StoredEntry) =>
    entry.finalized && (typeof which === 'number' ? entry.id === which : entry.key === which);

  return {
    all,
    at: (place) => all.find((entry) => isSame(entry, place)),
    reserve(place) {
      if (all.some((entry) => isSame(entry, place))) return undefined;
      const { repository, key, version, scope } = place;
      const now = new Date();
      const [createdAt, lastAccessedAt, blob] = [now, now, randomUUID()];
      const id = nextId++;
      const entry = { id, repository, key, version, scope, sizeBytes: 0, createdAt, lastAccessedAt };
      all.push({ ...entry, blob, finalized: false });
      return all.at(-1);
    },
    find(repository, scopes, keys, version) {
      const seen = all.filter(
        (entry) => entry.finalized && entry.repository === repository && entry.version === version,
      );
      for (const scope of scopes) {
        for (const key of keys) {
          const here = seen.filter((entry) => entry.scope === scope);
          // The list is in the order of creation; two entries may have been made within one tick of the clock.
          const found = here.find((entry) => entry.key === key) ?? here.findLast((entry) => entry.key.startsWith(key));
          if (found !== undefined) return found;
        }
      }
      return undefined;
    },
    pick(which) {
      const found = all.findLast(isMeant(which));
      if (found === undefined) throw new Error(`The cache has no ${which}`);
      return found;
    },
    remove(which) {
      const gone = all.filter(isMeant(which));
      for (const entry of gone) all.splice(all.indexOf(entry), 1);
      return gone;
    },
  };
}
