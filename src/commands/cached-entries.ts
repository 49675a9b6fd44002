import { join } from 'node:path';
import { ENTRY_PATH, type Restored } from '../cache/actions-cache.ts';
import { RECORD_FILE, readPlain, writeEntry } from '../cache/blobs.ts';
import { CodexSyncError } from '../errors.ts';
import { type CacheKeys, planCacheKeys, planLookup } from '../plan/cache-key.ts';
import {
  type CopyRecord,
  type Origin,
  originFolder,
  parseRecord,
  renderRecord,
  sameOrigin,
} from '../plan/cached-copy.ts';
import type { FetchRequest } from '../request/fetch.ts';
import type { Answer, Question } from './ask-codex.ts';
import type { FetchWorld } from './world.ts';

/** What the Actions cache had for one project. */
export interface FoundEntry<Asked extends Question = Question> {
  /** What was asked: with the codex's answer, or without it. */
  readonly asked: Asked;
  readonly keys: CacheKeys;
  /** The key that matched, if any. */
  readonly key: string | undefined;
  /** What the entry says of itself; `undefined` when it could not be unpacked, or says nothing that can be read. */
  readonly record: CopyRecord | undefined;
}

export interface FoundEntries<Asked extends Question = Question> {
  readonly entries: readonly FoundEntry<Asked>[];
  /** `undefined` when the Actions cache was not asked. */
  readonly restored: Restored | undefined;
}

/** Asks the Actions cache for all projects at once: for the entry of the answer, else for the newest of the question. */
export async function lookUpEntries<Asked extends Question & Partial<Answer>>(
  { useCache, lookupOnly }: FetchRequest,
  questions: readonly Asked[],
  world: FetchWorld,
): Promise<FoundEntries<Asked>> {
  const all = questions.map((asked) => ({
    asked,
    name: originFolder(asked.origin),
    keys: planCacheKeys(asked.origin, asked.references, asked.documents),
  }));
  const wanted = all.map(({ name, keys }) => ({ name, keys: planLookup(keys) }));
  const restored = useCache ? await world.cache.restore(wanted, lookupOnly) : undefined;
  const entries = all.map(async ({ asked, name, keys }) => {
    const found = restored?.entries.get(name);
    const text =
      restored && found?.restored && (await readPlain(join(entryFolder(restored, asked.origin), RECORD_FILE)));
    return { asked, keys, key: found?.key, record: text ? parseRecord(text.toString('utf8')) : undefined };
  });
  return { entries: await Promise.all(entries), restored };
}

/** @throws CodexSyncError `cache-miss` when the cache had nothing for a project and the user counts on it */
export function checkMisses({ failOnCacheMiss, lookupOnly }: FetchRequest, { entries }: FoundEntries): void {
  const missed = entries.filter(({ key, record }) => key === undefined || (record === undefined && !lookupOnly));
  if (!failOnCacheMiss || missed.length === 0) return;
  throw new CodexSyncError(
    'cache-miss',
    `The Actions cache has nothing for ${missed.map(({ keys }) => keys.primary).join(', ')} ("fail-on-cache-miss"). Run a fetch without that input first, on this branch or the default branch.`,
  );
}

/**
 * Takes what is right out of an entry. What the codex names is the measure: an entry's own word counts for nothing but
 * to find the files in it.
 * @returns whether the entry is damaged, or not what its key says
 */
export async function takeEntry(entry: FoundEntry<Answer>, restored: Restored, world: FetchWorld): Promise<boolean> {
  const { asked: answer, key, keys, record } = entry;
  if (key === undefined) return false;
  if (!record) return true;
  const wanted = new Set([...answer.documents.values()].map(({ id }) => id));
  const held = new Set([...record.documents.values()].map(({ id }) => id).filter((id) => wanted.has(id)));
  const whole = await takeBlobs(world, restored, answer.origin, held);
  const foreign = key.startsWith(keys.question) && !sameOrigin(record, answer.origin);
  return !whole || foreign || (isAnswer(entry) && held.size < wanted.size);
}

/** Takes contents out of a restored entry, each proved by its hash; whether all of them were right. */
export async function takeBlobs(
  world: FetchWorld,
  restored: Restored,
  origin: Origin,
  ids: Iterable<string>,
): Promise<boolean> {
  let whole = true;
  for (const id of ids) {
    const content = await readPlain(join(entryFolder(restored, origin), id));
    whole = (await world.blobs.offer(id, content, 'Actions cache')) && whole;
  }
  return whole;
}

/** An entry whose contents were looked at. */
export interface TakenEntry extends FoundEntry<Answer> {
  /** Whether it could not be used as it was. */
  readonly damaged: boolean;
}

/**
 * Saves an entry for each project that has none of its answer, or a damaged one. Entries cannot be replaced, so one
 * that stands in for a damaged one has a suffix that no other has.
 * @returns the keys that were saved, by `originFolder`
 */
export async function saveEntries(
  taken: readonly TakenEntry[],
  now: Date,
  world: FetchWorld,
): Promise<{ keys: ReadonlyMap<string, string>; trouble: string | undefined }> {
  const wanted = taken.filter((entry) => entry.damaged || !isAnswer(entry));
  const entries = wanted.map((entry, index) => {
    const { primary = '' } = entry.keys;
    const key = isAnswer(entry) ? `${primary}-${now.getTime().toString(36)}` : primary;
    const name = originFolder(entry.asked.origin);
    return { answer: entry.asked, name, key, directory: join(world.temporary, `entry-${index}`) };
  });
  if (entries.length === 0) return { keys: new Map(), trouble: undefined };
  for (const { answer, name, directory } of entries) {
    const { origin, commit, documents } = answer;
    const plain = [...documents].map(([path, { id, executable }]) => [path, { id, executable }] as const);
    const record = { ...origin, commit, cachedAt: now.toISOString(), documents: new Map(plain) };
    const ids = new Set(plain.map(([, { id }]) => id));
    await writeEntry(join(directory, ENTRY_PATH, ...name.split('/')), renderRecord(record), ids, world.blobs);
  }
  const { names, trouble } = await world.cache.save(
    entries.map(({ name, key, directory }) => ({ name, key, directory })),
  );
  const keys = entries.flatMap(({ name, key }) => (names.has(name) ? [[name, key] as const] : []));
  return { keys: new Map(keys), trouble };
}

/** Whether the key is that of exactly this answer, with or without a suffix. */
function isAnswer({ key, keys: { primary } }: FoundEntry): boolean {
  return key !== undefined && primary !== undefined && (key === primary || key.startsWith(`${primary}-`));
}

function entryFolder({ directory }: Restored, origin: Origin): string {
  return join(directory, ...originFolder(origin).split('/'));
}
