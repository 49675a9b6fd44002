import type { Document } from '../documents/select.ts';
import {
  type CachedDocument,
  type CacheIndex,
  parseIndex,
  pathOnDisk,
  planIndex,
  planRemovals,
  renderIndex,
} from './cache-index.ts';
import { type Origin, originFolder } from './cache-key.ts';
import type { Answer, Question } from './lookup.ts';
import type { FetchedDocument } from './report.ts';
import type { FetchSession } from './session.ts';

/** What a run puts into the cache directory. */
export interface CacheWrite {
  readonly document: Omit<CachedDocument, 'size'>;
  readonly executable: boolean;
}

/** The cache directory with its index. */
export interface CacheFolder {
  readonly documents: readonly CachedDocument[];
  readonly found: CacheIndex['found'];
  /**
   * Removes what must not be there any more, and writes documents whose contents the pool has. A run that is killed
   * leaves an index that promises too much at worst: every use of it verifies.
   * @returns the paths of what was removed
   */
  readonly write: (questions: readonly Question[], planWrites: readonly CacheWrite[]) => Promise<string[]>;
}

/** The documents of an answer, or of a copy of one, as deliveries. */
export function planWrites(
  { origin, commit, documents }: { origin: Origin; commit: string; documents: ReadonlyMap<string, Document> },
  ttl: number,
  cachedAt: string,
): CacheWrite[] {
  return [...documents].map(([path, { id, executable }]) => ({
    document: { ...origin, path, commit, blob: id, cachedAt, ttl },
    executable,
  }));
}

/** The same as the report tells them. */
export function listWritten(
  documents: ReadonlyMap<string, Document>,
  { blobs }: Pick<FetchSession, 'blobs'>,
): FetchedDocument[] {
  return [...documents].map(([path, { id }]) => ({ path, blob: id, source: blobs.source(id) }));
}

/** Takes over what the cache directory holds already at the very places of an answer. */
export async function takeFromDirectory(answers: readonly Answer[], session: FetchSession): Promise<void> {
  for (const { origin, documents } of answers) {
    for (const [path, { id }] of documents) {
      if (session.blobs.source(id) !== undefined) continue;
      const content = await session.directory.read(pathOnDisk({ ...origin, path }));
      await session.blobs.offer(id, content, 'cache directory');
    }
  }
}

/** Opens the cache directory; an index of the earlier tool is put aside when a new one is written. */
export async function openCacheFolder(session: Pick<FetchSession, 'directory' | 'blobs'>): Promise<CacheFolder> {
  const { documents, found } = parseIndex(await session.directory.readIndex());
  return {
    documents,
    found,
    async write(questions, written) {
      // First of all: a run that is killed leaves nothing that git would take.
      await session.directory.ensureIgnored();
      // Without an index of ours, nobody knows whose documents an origin's folder holds: another branch's, after a remap.
      const before = parseIndex(await session.directory.readIndex()).found;
      if (before === 'damaged' || before === 'nothing') {
        for (const { origin } of questions) await session.directory.clear(originFolder(origin));
      }
      if (before === 'old layout') await session.directory.keepOldIndex();
      const added = written.map(({ document }) => ({ ...document, size: session.blobs.size(document.blob) }));
      // Read again, since other runs may have written it; and said before it is done, so that a run that is killed leaves
      // nothing behind that no later run knows of.
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
