import { CodexSyncError } from '../errors.ts';
import { writeBlobs } from '../git/blobs.ts';
import { isMoreVisible } from '../inputs/guards.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { tellPlace } from '../publish/check-codex.ts';
import { readCodex } from '../publish/read-folders.ts';
import { count } from '../text/phrases.ts';
import { checkMisses, lookUpEntries, saveEntries, type TakenEntry, takeEntry } from './cache-entries.ts';
import { deliveries, listDelivered, openShelf, type Shelf, takeFromDirectory } from './cache-folder.ts';
import { originFolder } from './cache-key.ts';
import { type Answer, askCodex, planQuestions } from './lookup.ts';
import { damageSentence, type FetchedProject, type FetchResult, readersSentence, troubleSentence } from './report.ts';
import type { FetchRequest } from './request.ts';
import type { FetchWorld } from './session.ts';
import { fetchStale } from './stale.ts';

/**
 * Brings documents of one environment into the cache directory.
 *
 * The codex says what the references resolve to; only then is anything taken from a cache, and only what has the very
 * blob id that the codex names. While the codex cannot be reached, a copy of the same environment stands in.
 * @throws CodexSyncError when a reference leads nowhere, nothing can be written, or the codex cannot be reached and no
 * copy can stand in
 */
export async function fetchDocuments(request: FetchRequest, world: FetchWorld): Promise<FetchResult> {
  const shelf = await openShelf(world);
  try {
    return await fetchCurrent(request, shelf, world);
  } catch (error) {
    const unreachable = error instanceof CodexSyncError && error.code === 'remote-failed';
    if (!unreachable || !request.fallbackToStale || request.lookupOnly) throw error;
    await world.codexApi.checkFetch();
    return fetchStale(request, planQuestions(request), shelf, world, error);
  }
}

async function fetchCurrent(given: FetchRequest, shelf: Shelf, world: FetchWorld): Promise<FetchResult> {
  const opened = await readCodex(given.environment, world.codexApi);
  const { codex: repository, environment } = opened;
  tellPlace(given.environment, environment, repository, world);
  const request = { ...given, environment };
  const questions = planQuestions(request);
  const answers = await askCodex(request, questions, opened, world);
  const found = await lookUpEntries(request, answers, world);
  checkMisses(request, found);
  const warnings = [
    ...(await readersWarning(request, repository, world)),
    ...(found.restored?.trouble === undefined ? [] : [troubleSentence(found.restored.trouble)]),
  ];
  const common = { request, codex: repository.fullName, stale: false, index: shelf.found };
  if (request.lookupOnly) {
    const projects = found.entries.map(({ asked, ...entry }) =>
      fetched(asked, { ...entry, damaged: false, savedKey: undefined }, world),
    );
    return { ...common, projects, removed: [], warnings };
  }

  const taken: TakenEntry[] = [];
  for (const entry of found.entries) {
    const damaged = found.restored !== undefined && (await takeEntry(entry, found.restored, world));
    if (damaged && entry.matchedKey !== undefined) warnings.push(damageSentence(entry.matchedKey));
    taken.push({ ...entry, damaged });
  }
  await takeFromDirectory(answers, world);
  await takeFromCodex(answers, world);

  const now = world.now();
  const removed = await shelf.deliver(
    questions,
    answers.flatMap((answer) => deliveries(answer, request.ttl, now.toISOString())),
  );
  const usable = found.restored && found.restored.trouble === undefined;
  const saved = usable ? await saveEntries(taken, now, world) : undefined;
  if (saved?.trouble !== undefined) warnings.push(troubleSentence(saved.trouble));
  const projects = taken.map((entry) =>
    fetched(entry.asked, { ...entry, savedKey: saved?.keys.get(originFolder(entry.asked.origin)) }, world),
  );
  return { ...common, projects, removed, warnings };
}

/** What nothing nearer has, in one request for all projects. */
async function takeFromCodex(answers: readonly Answer[], world: FetchWorld): Promise<void> {
  const ids = answers.flatMap(({ documents }) => [...documents.values()].map(({ id }) => id));
  const missing = [...new Set(ids)].filter((id) => world.blobs.source(id) === undefined);
  if (missing.length === 0) return;
  world.progress(`Fetching ${count(missing.length, 'document')} from the codex`);
  await writeBlobs(world.store, world.codex, missing, world.blobs.directory);
  world.progress(`Checking ${count(missing.length, 'document')}`);
  const wrong = await world.blobs.prove(missing, 'codex');
  world.progress();
  if (wrong.length > 0) throw new Error(`git wrote other contents than those of the blobs ${wrong.join(', ')}`);
}

function fetched(
  { origin, commit, documents, leftOut }: Answer,
  { keys, matchedKey, damaged, savedKey }: Pick<FetchedProject, 'keys' | 'matchedKey' | 'damaged' | 'savedKey'>,
  world: FetchWorld,
): FetchedProject {
  const listed = listDelivered(documents, world);
  return { origin, keys, matchedKey, damaged, savedKey, commit, copyOf: undefined, documents: listed, leftOut };
}

/** Caches of a repository are read by whoever can run a workflow there: for a public one, everybody. */
async function readersWarning(
  { useCache, trigger }: FetchRequest,
  codex: { readonly fullName: string; readonly visibility: Visibility },
  world: FetchWorld,
): Promise<string[]> {
  if (!useCache || codex.visibility === 'public') return [];
  const own = trigger.visibility ?? (await world.projectApi.tryVisibility());
  return own && isMoreVisible(own, codex.visibility) ? [readersSentence(trigger.repository, own, codex)] : [];
}
