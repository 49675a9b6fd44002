import {
  type CachedDocument,
  OLD_INDEX_FILE,
  parseIndex,
  pathOnDisk,
  planIndex,
  planRemovals,
  renderIndex,
} from '../plan/cache-index.ts';
import type { Origin } from '../plan/cached-copy.ts';
import type { Document } from '../plan/selection.ts';
import type { FetchedDocument } from '../report/fetch.ts';
import type { FetchRequest } from '../request/fetch.ts';
import { documentReference } from '../request/references.ts';
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
  /** What a person should know about it. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /**
   * Removes what must not be there any more, writes documents whose contents the pool has, and then the index, so that
   * an interrupted run leaves an index that promises too much at worst: every use of it verifies.
   */
  readonly deliver: (
    questions: readonly Question[],
    deliveries: readonly Delivery[],
    remove: 'whatever must not be there' | 'only what is of another origin',
  ) => Promise<string[]>;
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

/** The same as a person and the outputs see them. */
export function listDelivered(
  { cacheDir }: FetchRequest,
  origin: Origin,
  documents: ReadonlyMap<string, Document>,
  world: Pick<FetchWorld, 'blobs'>,
): FetchedDocument[] {
  return [...documents].map(([path, { id }]) => ({
    reference: documentReference(origin.project, path),
    path: `${cacheDir}/${pathOnDisk({ ...origin, path })}`,
    blob: id,
    source: world.blobs.source(id),
  }));
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

export async function openShelf(world: Pick<FetchWorld, 'directory' | 'blobs'>): Promise<Shelf> {
  const { documents, found } = parseIndex(await world.directory.readIndex());
  const notices =
    found === 'old layout'
      ? [
          `The cache directory was filled by an earlier tool that knew no environments (index version 3.0). Its documents are left alone and never read; its index is kept as ${OLD_INDEX_FILE}.`,
        ]
      : [];
  const warnings = found === 'damaged' ? ['The index of the cache directory was damaged, and is begun anew.'] : [];
  return {
    documents,
    notices,
    warnings,
    async deliver(questions, delivered, remove) {
      const added = delivered.map(({ document }) => ({ ...document, size: world.blobs.size(document.blob) }));
      const removed = questions.flatMap(({ origin, references }) => {
        const answer = new Map(
          added.filter(({ project }) => project === origin.project).map(({ path }) => [path, true]),
        );
        return planRemovals(documents, origin, remove === 'whatever must not be there' ? references : [], answer);
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
