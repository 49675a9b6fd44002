import type { Restored } from '../cache/actions-cache.ts';
import { CodexSyncError } from '../errors.ts';
import type { BlobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { inputName } from '../text/spell-inputs.ts';
import {
  type CacheKeys,
  type CopyRecord,
  type DocumentsOrigin,
  isAnswerKey,
  originFolder,
  parseRecord,
  planCacheKeys,
  planLookup,
  planSaveKey,
  renderRecord,
  sameOrigin,
} from './cache-index.ts';
import type { Answer, Question } from './lookup.ts';
import type { FetchRequest } from './request.ts';
import type { FetchSession } from './session.ts';

export interface FoundEntry<Asked extends Question = Question> {
  /** The question, with or without the codex's answer. */
  readonly asked: Asked;
  readonly keys: CacheKeys;
  readonly matchedKey: string | undefined;
  /** The entry's record; `undefined` if it cannot be unpacked or parsed. */
  readonly record: CopyRecord | undefined;
}

export interface FoundEntries<Asked extends Question = Question> {
  readonly entries: readonly FoundEntry<Asked>[];
  /** `undefined` when the Actions cache was not asked. */
  readonly restored: Restored | undefined;
}

/** Looks for all projects at once: for the answer's entry, else for the newest of the question. */
export async function lookUpEntries<Asked extends Question & Partial<Answer>>(
  { useCache, lookupOnly }: FetchRequest,
  questions: readonly Asked[],
  session: FetchSession,
): Promise<FoundEntries<Asked>> {
  const all = questions.map((asked) => ({
    asked,
    name: originFolder(asked.origin),
    keys: planCacheKeys(asked.origin, asked.references, asked.documents),
  }));
  const wanted = all.map(({ name, keys }) => ({ name, keys: planLookup(keys) }));
  const restored = useCache ? await session.cache.restore(wanted, lookupOnly) : undefined;
  const entries = all.map(async ({ asked, name, keys }) => {
    const text = await restored?.readRecord(name);
    return {
      asked,
      keys,
      matchedKey: restored?.keys.get(name),
      record: text === undefined ? undefined : parseRecord(text),
    };
  });
  return { entries: await Promise.all(entries), restored };
}

/** @throws CodexSyncError `cache-miss` when a project has no entry to restore, and `fail-on-cache-miss` is set */
export function checkMisses({ failOnCacheMiss, lookupOnly }: FetchRequest, { entries, restored }: FoundEntries): void {
  const missed = entries.filter(({ matchedKey, record }) => matchedKey === undefined || (!record && !lookupOnly));
  if (!failOnCacheMiss || missed.length === 0) return;
  const why = missed.map(({ keys, matchedKey }) =>
    matchedKey === undefined
      ? (keys.primary ?? `${keys.question}…`)
      : `${matchedKey} (found, but it cannot be restored)`,
  );
  const trouble =
    restored?.trouble === undefined ? '' : `, and did not work as expected (${printable(restored.trouble)})`;
  throw new CodexSyncError(
    'cache-miss',
    `The Actions cache has nothing for ${why.join(', ')}${trouble}.`,
    `Run a fetch without ${inputName('fail-on-cache-miss')} first, on this branch or the default branch.`,
  );
}

/** The codex's blob ids decide; the record only locates files. Returns whether the entry is damaged or misnamed. */
export async function takeEntry(
  entry: FoundEntry<Answer>,
  restored: Restored,
  session: FetchSession,
): Promise<boolean> {
  const { asked: answer, matchedKey: key, keys, record } = entry;
  if (key === undefined) return false;
  if (!record) return true;
  const wanted = new Set([...answer.documents.values()].map(({ id }) => id));
  const held = new Set([...record.documents.values()].map(({ id }) => id).filter((id) => wanted.has(id)));
  const whole = await takeBlobs(session, restored, answer.origin, held);
  const foreign = key.startsWith(keys.question) && !sameOrigin(record, answer.origin);
  return !whole || foreign || (isAnswerKey(keys, key) && held.size < wanted.size);
}

/** Proves each content by its hash; returns whether all were correct. */
export async function takeBlobs(
  session: FetchSession,
  restored: Restored,
  origin: DocumentsOrigin,
  ids: Iterable<BlobId>,
): Promise<boolean> {
  let whole = true;
  for (const id of ids) {
    const content = await restored.readBlob(originFolder(origin), id);
    whole = (await session.blobs.offer(id, content, 'Actions cache')) && whole;
  }
  return whole;
}

export interface TakenEntry extends FoundEntry<Answer> {
  /** Whether it was unusable in part. */
  readonly damaged: boolean;
}

/** @returns saved keys by `originFolder`; a replacement for a damaged entry needs a unique suffix */
export async function saveEntries(
  taken: readonly TakenEntry[],
  now: Date,
  session: FetchSession,
): Promise<{ keys: ReadonlyMap<string, string>; trouble: string | undefined }> {
  const entries = taken.flatMap(({ asked: { origin, commit, documents }, keys, matchedKey: found, damaged }) => {
    const key = damaged || !isAnswerKey(keys, found) ? planSaveKey(keys, found, now) : undefined;
    if (key === undefined) return [];
    const record = renderRecord({ ...origin, commit, cachedAt: now.toISOString(), documents });
    const ids = new Set([...documents.values()].map(({ id }) => id));
    return [{ name: originFolder(origin), key, record, ids }];
  });
  if (entries.length === 0) return { keys: new Map(), trouble: undefined };
  const { names, trouble } = await session.cache.save(entries, session.blobs);
  const saved = entries.filter(({ name }) => names.has(name));
  return { keys: new Map(saved.map(({ name, key }) => [name, key])), trouble };
}
