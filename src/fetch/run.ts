import { CodexSyncError } from '../errors.ts';
import { writeBlobs } from '../git/blobs.ts';
import { isMoreVisible } from '../inputs/guards.ts';
import type { Visibility } from '../inputs/trigger.ts';
import { readCodex, recordBranch } from '../publish/codex.ts';
import { count } from '../text/phrases.ts';
import { checkMisses, lookUpEntries, saveEntries, type TakenEntry, takeEntry } from './cache-entries.ts';
import {
  type CacheFolder,
  checkOtherFiles,
  listWritten,
  openCacheFolder,
  planWrites,
  takeFromDirectory,
} from './cache-folder.ts';
import { originFolder } from './cache-index.ts';
import { type Answer, askCodex, foresee, planQuestions } from './lookup.ts';
import {
  damageSentence,
  type FetchedProject,
  type FetchResult,
  notIgnoredSentence,
  readersSentence,
  troubleSentence,
} from './report.ts';
import type { FetchRequest } from './request.ts';
import type { FetchSession } from './session.ts';
import { fetchStale } from './stale.ts';

/**
 * The codex resolves references; caches supply only contents with the blob ids that it names. If the codex is
 * unreachable, a copy of the same environment replaces it.
 * @throws CodexSyncError when a reference does not resolve, nothing can be written, or no copy can replace the codex
 */
export async function fetchDocuments(request: FetchRequest, session: FetchSession): Promise<FetchResult> {
  const cacheFolder = await openCacheFolder(session);
  const exposed = request.lookupOnly ? undefined : await session.tryListExposed(request.cacheDir);
  if (exposed) checkOtherFiles(request.cacheDir, exposed, cacheFolder);
  const result = await fetchCurrentOrStale(request, cacheFolder, session);
  if (exposed?.isIgnored !== false) return result;
  return { ...result, warnings: [...result.warnings, notIgnoredSentence(request.cacheDir)] };
}

async function fetchCurrentOrStale(
  request: FetchRequest,
  cacheFolder: CacheFolder,
  session: FetchSession,
): Promise<FetchResult> {
  try {
    return await fetchCurrent(request, cacheFolder, session);
  } catch (error) {
    const unreachable = error instanceof CodexSyncError && error.code === 'remote-failed';
    if (!unreachable || !request.fallbackToStale || request.lookupOnly) throw error;
    await session.codexApi.checkFetch();
    return fetchStale(request, planQuestions(request), cacheFolder, session, error);
  }
}

async function fetchCurrent(
  given: FetchRequest,
  cacheFolder: CacheFolder,
  session: FetchSession,
): Promise<FetchResult> {
  const opened = await readCodex(given.environment, session.codexApi, foresee(planQuestions(given)));
  const { codex: repository, environment } = opened;
  recordBranch(given.environment, environment, repository, session);
  const request = { ...given, environment };
  const questions = planQuestions(request);
  const answers = await askCodex(request, questions, opened, session);
  const found = await lookUpEntries(request, answers, session);
  checkMisses(request, found);
  const warnings = [
    ...(await readersWarning(request, repository, session)),
    ...(found.restored?.trouble === undefined ? [] : [troubleSentence(found.restored.trouble)]),
  ];
  const common = { request, codex: repository.fullName, stale: false, index: cacheFolder.found };
  if (request.lookupOnly) {
    const projects = found.entries.map(({ asked, ...entry }) =>
      fetched(asked, { ...entry, damaged: false, savedKey: undefined }, session),
    );
    return { ...common, projects, removed: [], warnings };
  }

  const taken: TakenEntry[] = [];
  for (const entry of found.entries) {
    const damaged = found.restored !== undefined && (await takeEntry(entry, found.restored, session));
    if (damaged && entry.matchedKey !== undefined) warnings.push(damageSentence(entry.matchedKey));
    taken.push({ ...entry, damaged });
  }
  await takeFromDirectory(answers, session);
  await takeFromCodex(answers, session);

  const now = session.now();
  const removed = await cacheFolder.write(
    questions,
    answers.flatMap((answer) => planWrites(answer, request.ttl, now.toISOString())),
  );
  const usable = found.restored && found.restored.trouble === undefined;
  const saved = usable ? await saveEntries(taken, now, session) : undefined;
  if (saved?.trouble !== undefined) warnings.push(troubleSentence(saved.trouble));
  const projects = taken.map((entry) =>
    fetched(entry.asked, { ...entry, savedKey: saved?.keys.get(originFolder(entry.asked.origin)) }, session),
  );
  return { ...common, projects, removed, warnings };
}

/** Takes the texts that came with GitHub's answer, and fetches all others in one request for all projects. */
async function takeFromCodex(answers: readonly Answer[], session: FetchSession): Promise<void> {
  const ids = new Set(answers.flatMap(({ documents }) => [...documents.values()].map(({ id }) => id)));
  for (const id of ids) {
    if (session.blobs.source(id) !== undefined) continue;
    const text = await session.codexApi.tryHeldText(id);
    if (text !== undefined) await session.blobs.offer(id, Buffer.from(text), 'codex');
  }
  const missing = [...ids].filter((id) => session.blobs.source(id) === undefined);
  if (missing.length === 0) return;
  session.progress(`Fetching ${count(missing.length, 'document')} from the codex`);
  await writeBlobs(session.store, session.codex, missing, session.blobs.directory);
  session.progress(`Checking ${count(missing.length, 'document')}`);
  const wrong = await session.blobs.prove(missing, 'codex');
  session.progress();
  if (wrong.length > 0) throw new Error(`git wrote other contents than those of the blobs ${wrong.join(', ')}`);
}

function fetched(
  { origin, commit, documents, leftOut }: Answer,
  { keys, matchedKey, damaged, savedKey }: Pick<FetchedProject, 'keys' | 'matchedKey' | 'damaged' | 'savedKey'>,
  session: FetchSession,
): FetchedProject {
  const listed = listWritten(documents, session);
  return { origin, keys, matchedKey, damaged, savedKey, commit, copyOf: undefined, documents: listed, leftOut };
}

/** Everyone who can run a workflow in a repository can read its caches; in a public one, that is everyone. */
async function readersWarning(
  { useCache, trigger }: FetchRequest,
  codex: { readonly fullName: string; readonly visibility: Visibility },
  session: FetchSession,
): Promise<string[]> {
  const { repository } = trigger;
  if (!useCache || repository === undefined || codex.visibility === 'public') return [];
  const own = trigger.visibility ?? (await session.projectApi.tryVisibility());
  return own && isMoreVisible(own, codex.visibility) ? [readersSentence(repository, own, codex)] : [];
}
