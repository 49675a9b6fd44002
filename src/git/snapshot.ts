import { ALL_COMMITTED, type CheckoutState } from '../codex/pull-plan.ts';
import { pathsOnTheWay, planLinks } from '../documents/links.ts';
import type { Patterns } from '../documents/patterns.ts';
import {
  type CheckoutListing,
  type CheckoutSelection,
  candidatePaths,
  planCandidates,
  planSelection,
  withoutFetched,
} from '../documents/select.ts';
import { createRecordReader, readFetchedOfTree } from './fetch-records.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { parseTreeEntry } from './porcelain.ts';
import { expectPieces } from './run.ts';
import { foreignReason, readEnds, readLinks } from './selection.ts';

/**
 * Lists a commit that nobody checked out, fetched as its trees alone.
 * @param tree root tree of the commit
 */
export async function readSnapshot(store: ObjectStore, project: Remote, tree: string): Promise<CheckoutListing> {
  await store.fetch(project, [tree], 'trees');
  const index = new Map<string, { mode: string; id: string }>();
  const undecodable: string[] = [];
  await expectPieces(store.git, ['ls-tree', '-z', '-r', tree], (piece) => {
    const { path, mode, id } = parseTreeEntry(piece);
    if (path !== undefined) index.set(path, { mode, id });
    else undecodable.push(piece.toString('latin1', piece.indexOf(0x09) + 1));
  });
  const none: ReadonlySet<string> = new Set();
  return {
    index,
    undecodable,
    ...{ changed: none, deleted: none, unmerged: none, bitAlone: new Map(), filtered: new Map() },
    ...{ untracked: [], ignored: [], nested: [], nestedIgnored: [], nestedSelected: none },
  };
}

/** The documents of a snapshot that the patterns select; of blobs only links are fetched, to see where they lead, and indexes of cache directories. */
export async function selectSnapshot(
  store: ObjectStore,
  project: Remote,
  listing: CheckoutListing,
  patterns: Patterns,
): Promise<CheckoutSelection & CheckoutState> {
  const all = planCandidates(listing, patterns);
  const readRecords = createRecordReader(store, project);
  const readFetched = (paths: readonly string[]) => readFetchedOfTree(paths, listing.index, readRecords);
  const candidates = withoutFetched(all, await readFetched(candidatePaths(all)));
  const texts = new Map(await readLinks(store, project, candidates.links));
  const ends = await readEnds(listing, texts, {
    readTexts: (links) => readLinks(store, project, links),
    lookAt: undefined,
  });
  const links = planLinks(listing, ends, foreignReason(await readFetched(pathsOnTheWay(ends)), patterns));
  const selection = planSelection(candidates, links, new Map(), new Map());
  return { ...selection, ...ALL_COMMITTED };
}
