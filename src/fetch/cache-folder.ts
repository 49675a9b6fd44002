import { INDEX_FILE, OLD_INDEX_FILE } from '../documents/never-published.ts';
import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { ExposedFiles } from '../git/working-tree.ts';
import { INPUTS } from '../inputs/definitions.ts';
import { hashBlob } from '../text/bytes.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputSubject } from '../text/spell-inputs.ts';
import {
  type CachedDocument,
  type CacheIndex,
  type DocumentsOrigin,
  expiresAt,
  isOfTheFuture,
  KEY_PREFIX,
  keyEnvironment,
  originFolder,
  parseIndex,
  pathOnDisk,
  planIndex,
  planRemovals,
  renderIndex,
} from './cache-index.ts';
import type { Answer, Question } from './lookup.ts';
import type { CacheListResult, CacheState, FetchedDocument } from './report.ts';
import type { CacheListRequest } from './request.ts';
import type { CacheListSession, FetchSession } from './session.ts';

export interface CacheWrite {
  readonly document: Omit<CachedDocument, 'size'>;
  readonly executable: boolean;
}

export interface CacheFolder {
  readonly documents: readonly CachedDocument[];
  readonly found: CacheIndex['found'];
  /** After a killed run the index may list too much, which is harmless: every use verifies. Returns removed paths. */
  readonly write: (questions: readonly Question[], planWrites: readonly CacheWrite[]) => Promise<string[]>;
}

export function planWrites(
  { origin, commit, documents }: { origin: DocumentsOrigin; commit: string; documents: ReadonlyMap<string, Document> },
  ttl: number,
  cachedAt: string,
): CacheWrite[] {
  return [...documents].map(([path, { id, executable }]) => ({
    document: { ...origin, path, commit, blob: id, cachedAt, ttl },
    executable,
  }));
}

export function listWritten(
  documents: ReadonlyMap<string, Document>,
  { blobs }: Pick<FetchSession, 'blobs'>,
): FetchedDocument[] {
  return [...documents].map(([path, { id }]) => ({ path, blob: id, source: blobs.source(id) }));
}

/** Takes contents that the cache directory already has at the answer's paths. */
export async function takeFromDirectory(answers: readonly Answer[], session: FetchSession): Promise<void> {
  for (const { origin, documents } of answers) {
    for (const [path, { id }] of documents) {
      if (session.blobs.source(id) !== undefined) continue;
      const content = await session.directory.read(pathOnDisk({ ...origin, path }));
      await session.blobs.offer(id, content, 'cache directory');
    }
  }
}

/** Keeps an index of the earlier tool under another name when it writes a new one. */
export async function openCacheFolder(session: Pick<FetchSession, 'directory' | 'blobs'>): Promise<CacheFolder> {
  const { documents, found } = parseIndex(await session.directory.readIndex());
  return {
    documents,
    found,
    async write(questions, written) {
      // First, so that a killed run leaves nothing that git would add.
      await session.directory.ensureIgnored();
      // Without an index of this tool the folder may hold documents of another branch, from before a remap.
      const before = parseIndex(await session.directory.readIndex()).found;
      if (before === 'damaged' || before === 'nothing') {
        for (const { origin } of questions) await session.directory.clear(originFolder(origin));
      }
      if (before === 'old layout') await session.directory.keepOldIndex();
      const added = written.map(({ document }) => ({ ...document, size: session.blobs.size(document.blob) }));
      // Read again, since other runs may have written it; written first, so that later runs know a killed run's files.
      const known = parseIndex(await session.directory.readIndex()).documents;
      await session.directory.writeIndex(renderIndex(planIndex(known, [], added)));
      const removed = questions.flatMap(({ origin, references }) => {
        const answer = new Set(added.filter(({ project }) => project === origin.project).map(({ path }) => path));
        return planRemovals(known, origin, references, answer);
      });
      const gone: string[] = [];
      for (const document of removed)
        if (await session.directory.remove(pathOnDisk(document))) gone.push(pathOnDisk(document));
      for (const { document, executable } of written) {
        await session.directory.write(pathOnDisk(document), session.blobs.file(document.blob), executable);
      }
      const now = parseIndex(await session.directory.readIndex()).documents;
      await session.directory.writeIndex(renderIndex(planIndex(now, removed, added)));
      const placed = new Set(added.map(pathOnDisk));
      return gone.filter((path) => !placed.has(path));
    },
  };
}

/**
 * A fetch makes git ignore the whole folder, which would hide new files of others there from git and from a publication.
 * @throws CodexSyncError `bad-input` when git has, or would add, a file of the folder that no fetch wrote
 */
export function checkOtherFiles(
  cacheDir: string,
  { committed, unignored }: ExposedFiles,
  { documents, found }: Pick<CacheFolder, 'documents' | 'found'>,
): void {
  // The default is named for the cache; and an index that cannot be read does not say which files are fetched.
  if (cacheDir === INPUTS['cache-dir'].default || found === 'damaged' || found === 'old layout') return;
  const ours = new Set([INDEX_FILE, OLD_INDEX_FILE, ...documents.map(pathOnDisk)].map((path) => `${cacheDir}/${path}`));
  // Files such as .gitkeep only keep the folder in git.
  const others = [...committed, ...unignored].filter((path) => !ours.has(path) && !path.startsWith(`${cacheDir}/.git`));
  if (others.length === 0) return;
  throw new CodexSyncError(
    'bad-input',
    `${inputSubject('cache-dir')} is "${printable(cacheDir)}", a folder with files of its own: ${nameSome(others)}.`,
    'Use a new or empty folder: git ignores everything in a cache directory.',
  );
}

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
  if (hashBlob(content) !== document.blob) return 'changed';
  return now.toISOString() < expiresAt(document) && !isOfTheFuture(document, now) ? 'fresh' : 'expired';
}
