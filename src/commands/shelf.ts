import {
  type CachedDocument,
  type CacheIndex,
  parseIndex,
  pathOnDisk,
  planIndex,
  planRemovals,
  renderIndex,
} from '../plan/cache-index.ts';
import type { Origin } from '../plan/cached-copy.ts';
import type { Document } from '../plan/selection.ts';
import type { FetchedDocument } from '../report/fetch.ts';
import type { Answer, Question } from './ask-codex.ts';
import type { FetchWorld } from './world.ts';

/** What a run puts into the cache directory. */
export interface Delivery {
  readonly document: Omit<CachedDocument, 'size'>;
  readonly executable: boolean;
}

/** The cache directory with its index. */
export interface Shelf {
  readonly documents: readonly CachedDocument[];
  readonly found: CacheIndex['found'];
  /**
   * Removes what must not be there any more, writes documents whose contents the pool has, and then the index, so that
   * an interrupted run leaves an index that promises too much at worst: every use of it verifies.
   */
  readonly deliver: (questions: readonly Question[], deliveries: readonly Delivery[]) => Promise<string[]>;
}

/** The documents of an answer, or of a copy of one, as deliveries. */
export function deliveries(
  { origin, commit, documents }: { origin: Origin; commit: string; documents: ReadonlyMap<string, Document> },
  ttl: number,
  cachedAt: string,
): Delivery[] {
  return [...documents].map(([path, { id, executable }]) => ({
    document: { ...origin, path, commit, blob: id, cachedAt, ttl },
    executable,
  }));
}

/** The same as the report tells them. */
export function listDelivered(
  documents: ReadonlyMap<string, Document>,
  { blobs }: Pick<FetchWorld, 'blobs'>,
): FetchedDocument[] {
  return [...documents].map(([path, { id }]) => ({ path, blob: id, source: blobs.source(id) }));
}

/** Takes over what the cache directory holds already at the very places of an answer. */
export async function takeFromDirectory(answers: readonly Answer[], world: FetchWorld): Promise<void> {
  for (const { origin, documents } of answers) {
    for (const [path, { id }] of documents) {
      if (world.blobs.source(id) !== undefined) continue;
      const content = await world.directory.read(pathOnDisk({ ...origin, path }));
      await world.blobs.offer(id, content, 'cache directory');
    }
  }
}

/** Opens the cache directory; an index of the earlier tool is put aside when a new one is written. */
export async function openShelf(world: Pick<FetchWorld, 'directory' | 'blobs'>): Promise<Shelf> {
  const { documents, found } = parseIndex(await world.directory.readIndex());
  return {
    documents,
    found,
    async deliver(questions, delivered) {
      const added = delivered.map(({ document }) => ({ ...document, size: world.blobs.size(document.blob) }));
      const removed = questions.flatMap(({ origin, references }) => {
        const answer = new Set(added.filter(({ project }) => project === origin.project).map(({ path }) => path));
        return planRemovals(documents, origin, references, answer);
      });
      for (const document of removed) await world.directory.remove(pathOnDisk(document));
      for (const { document, executable } of delivered) {
        await world.directory.write(pathOnDisk(document), world.blobs.file(document.blob), executable);
      }
      if (found === 'old layout') await world.directory.keepOldIndex();
      await world.directory.writeIndex(renderIndex(planIndex(documents, removed, added)));
      return removed.map(pathOnDisk);
    },
  };
}
