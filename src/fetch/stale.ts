import type { Restored } from '../cache/actions-cache.ts';
import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/phrases.ts';
import { checkMisses, type FoundEntry, lookUpEntries, takeBlobs } from './cache-entries.ts';
import { type CacheFolder, listWritten, planWrites } from './cache-folder.ts';
import { type CachedDocument, isOfTheFuture, pathOnDisk, sameOrigin } from './cache-index.ts';
import type { Question } from './lookup.ts';
import { damageSentence, type FetchedProject, type FetchResult, staleSentence, troubleSentence } from './report.ts';
import type { FetchRequest } from './request.ts';
import { type ResolvedDocument, resolveReferences } from './resolve.ts';
import type { FetchSession } from './session.ts';

/** Fetched documents of one origin, each proved by its hash. */
interface Copy {
  readonly from: 'Actions cache' | 'cache directory';
  readonly documents: ReadonlyMap<string, Document>;
  readonly commit: string;
  readonly cachedAt: string;
}

/**
 * Per project, serves the newest copy of the same codex, environment and branch with every document that a reference
 * names by path (design section 3.5).
 * @throws CodexSyncError the failure itself, with the references that no copy has
 */
export async function fetchStale(
  request: FetchRequest,
  questions: readonly Question[],
  cacheFolder: CacheFolder,
  session: FetchSession,
  failure: CodexSyncError,
): Promise<FetchResult> {
  const found = await lookUpEntries(request, questions, session);
  checkMisses(request, found);
  const served: { entry: FoundEntry; answer: ServedCopy }[] = [];
  const lacking: string[] = [];
  const damaged: string[] = [];
  for (const entry of found.entries) {
    const fromCache = await copyFromCache(entry, found.restored, session);
    if (entry.matchedKey !== undefined && !fromCache) damaged.push(damageSentence(entry.matchedKey));
    const fromDirectory = await copyFromDirectory(entry.asked, cacheFolder, session);
    const copies = [fromCache, fromDirectory].filter((copy) => copy !== undefined);
    const answer = newest(
      copies.map((copy) => serve(copy, entry.asked, session)).filter(({ missing }) => missing.length === 0),
    );
    if (answer) served.push({ entry, answer });
    else lacking.push(...entry.asked.references.map(({ text }) => printable(text)));
  }
  if (lacking.length > 0) {
    const { environment } = request;
    throw new CodexSyncError(
      failure.code,
      failure.message,
      `No copy of environment ${environment.name} (branch ${printable(environment.branch)}) can replace ${lacking.join(', ')}.`,
      { cause: failure },
    );
  }

  const written = served.filter(({ answer }) => answer.copy.from === 'Actions cache');
  const removed = await cacheFolder.write(
    // A copy does not show deletions in the codex, so no reference removes anything.
    questions.map(({ origin }) => ({ origin, references: [] })),
    written.flatMap(({ entry, answer: { copy, documents } }) =>
      planWrites({ origin: entry.asked.origin, commit: copy.commit, documents }, request.ttl, copy.cachedAt),
    ),
  );
  const projects = served.map(({ entry, answer }): FetchedProject => {
    const { copy, documents } = answer;
    const { origin } = entry.asked;
    return {
      origin,
      keys: entry.keys,
      matchedKey: copy.from === 'Actions cache' ? entry.matchedKey : undefined,
      damaged: false,
      savedKey: undefined,
      commit: copy.commit,
      copyOf: copy.cachedAt,
      documents: listWritten(documents, session),
      leftOut: new Map(),
    };
  });
  const { trouble } = found.restored ?? {};
  const warnings = [
    ...(trouble === undefined ? [] : [troubleSentence(trouble)]),
    ...damaged,
    staleSentence(failure.message, projects),
  ];
  return { request, codex: request.codex, projects, removed, stale: true, index: cacheFolder.found, warnings };
}

interface ServedCopy {
  readonly copy: Copy;
  readonly documents: ReadonlyMap<string, ResolvedDocument>;
  readonly missing: readonly unknown[];
}

function serve(copy: Copy, { references }: Question, { rules }: FetchSession): ServedCopy {
  const { documents, missing } = resolveReferences(references, copy.documents, rules);
  // Only the codex knows whether `[id].md` is a name. Taken for a glob, it could match another document.
  const doubtful = references.filter(({ maybeName, path }) => maybeName && !copy.documents.has(path));
  return { copy, documents, missing: [...missing, ...doubtful] };
}

function newest(copies: readonly ServedCopy[]): ServedCopy | undefined {
  return [...copies].sort((one, other) => (one.copy.cachedAt < other.copy.cachedAt ? 1 : -1))[0];
}

/** An entry serves only as a whole: of the same origin, with every file of its record. */
async function copyFromCache(
  { asked: { origin }, record }: FoundEntry,
  restored: Restored | undefined,
  session: FetchSession,
): Promise<Copy | undefined> {
  if (!record || !restored || !sameOrigin(record, origin) || isOfTheFuture(record, session.now())) return undefined;
  const ids = new Set([...record.documents.values()].map(({ id }) => id));
  if (!(await takeBlobs(session, restored, origin, ids))) return undefined;
  return { ...record, from: 'Actions cache' };
}

/** Uses the index's documents whose files still have the recorded content. */
async function copyFromDirectory(
  { origin, references }: Question,
  cacheFolder: CacheFolder,
  session: FetchSession,
): Promise<Copy | undefined> {
  const asked = (path: string) => references.some((reference) => reference.path === path || reference.matches(path));
  const held: CachedDocument[] = [];
  const now = session.now();
  const usable = cacheFolder.documents.filter(
    (one) => sameOrigin(one, origin) && asked(one.path) && !isOfTheFuture(one, now),
  );
  for (const document of usable) {
    const content = await session.directory.read(pathOnDisk(document));
    if (await session.blobs.offer(document.blob, content, 'cache directory')) held.push(document);
  }
  const [oldest] = held.sort((one, other) => (one.cachedAt < other.cachedAt ? -1 : 1));
  if (!oldest) return undefined;
  // The run does not write these files, so executable bits do not matter.
  const documents = new Map(held.map(({ path, blob }) => [path, { id: blob, executable: false }]));
  return { from: 'cache directory', documents, commit: oldest.commit, cachedAt: oldest.cachedAt };
}
