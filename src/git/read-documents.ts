import type { CheckoutState } from '../codex/pull-plan.ts';
import { sameDocument } from '../codex/three-way.ts';
import { type LinkEnd, pathsOnTheWay, planLinks, resolveLinks } from '../documents/links.ts';
import { CONTENT_START, unpublishableContent } from '../documents/never-published.ts';
import type { Patterns } from '../documents/patterns.ts';
import {
  type CheckoutListing,
  type CheckoutSelection,
  candidatePaths,
  FETCHED,
  filesToStage,
  indexedDocument,
  isRegular,
  isSubmodule,
  LFS_DRIVER,
  nonDocumentReason,
  OF_OTHER_PROJECTS,
  type OnDisk,
  planCandidates,
  planSelection,
  withLfsContents,
  withoutFetched,
} from '../documents/select.ts';
import {
  explainUnmatched,
  findUnmatched,
  isUnexplained,
  type UnmatchedPattern,
} from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { BlobId } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { scanObjects } from './blobs.ts';
import { type Checkout, readPointers } from './checkout.ts';
import { createRecordReader } from './fetch-records.ts';
import { findSelected } from './listing.ts';
import type { ObjectStore, Remote } from './object-store.ts';

/** Linux's limit for the target of a symbolic link. */
const LONGEST_TARGET = 4096;

/**
 * Selects documents of the checkout; reads only changed ones, and writes their content into the store.
 * @throws CodexSyncError `bad-checkout` for a file of the working tree that GitHub would refuse
 */
export async function readSelection(
  checkout: Checkout,
  store: ObjectStore,
  project: Remote,
  { patterns, includeLfs }: { readonly patterns: Patterns; readonly includeLfs: boolean },
): Promise<ReadSelection> {
  const [found, stagedPaths] = await Promise.all([checkout.list(patterns.ignoredUnder), checkout.tryListStaged()]);
  const listed = { ...found, nestedSelected: await findSelected(checkout.directory, found, patterns) };
  const listing = includeLfs ? { ...listed, filtered: withoutLfs(listed.filtered) } : listed;
  const all = planCandidates(listing, patterns);
  const readRecords = createRecordReader(store, project);
  const readFetched = (paths: readonly string[]) => checkout.readFetched(paths, listing.index, readRecords);
  const candidates = withoutFetched(all, await readFetched(candidatePaths(all)));
  const disk = await checkout.lookAt(candidates.onDisk);
  const texts = new Map([...(await readLinks(store, project, candidates.links)), ...linksOn(disk)]);
  const ends = await readEnds(listing, texts, {
    readTexts: (links) => readLinks(store, project, links),
    lookAt: checkout.lookAt,
  });
  const links = planLinks(listing, ends, foreignReason(await readFetched(pathsOnTheWay(ends)), patterns));
  for (const [path, found] of await checkout.lookAt([...links.changed.values()])) disk.set(path, found);
  for (const [path, found] of disk) if (found.kind === 'file') checkSize(path, found.size);
  const { bitAlone } = listing;
  const files = filesToStage(disk).filter((path) => !bitAlone.has(path));
  const staged = new Map([...(await checkout.stage(files, store, 'as indexed')), ...bitAlone]);
  const planned = planSelection(candidates, links, disk, staged);
  const contents = includeLfs ? await readLfsContents(checkout, store, project, listing, planned) : new Map();
  const selection = withLfsContents(planned, listing, contents);
  const state = stateOf(listing, stagedPaths, selection);
  const unmatched = findUnmatched(listing, selection, patterns);
  const ignored = unmatched.some(isUnexplained) ? await checkout.listIgnoredFolders() : [];
  return {
    ...selection,
    ...state,
    uncommittedDocuments: uncommittedDocuments(listing, state, selection, patterns),
    unmatched: explainUnmatched(unmatched, listing, ignored),
  };
}

/** We read Git LFS files ourselves, so no driver has to run for them. */
function withoutLfs(filtered: CheckoutListing['filtered']): Map<string, string> {
  return new Map([...filtered].filter(([, driver]) => driver !== LFS_DRIVER));
}

/** Writes Git LFS contents that the working tree has; returns path of a tracked file -> blob id. */
async function readLfsContents(
  checkout: Checkout,
  store: ObjectStore,
  project: Remote,
  { index }: CheckoutListing,
  { documents, linkTargets }: CheckoutSelection,
): Promise<Map<string, BlobId>> {
  const files = new Set([...documents.keys()].map((path) => linkTargets.get(path)?.at(-1) ?? path));
  const ids = new Map<string, BlobId>();
  for (const path of await checkout.listLfsPaths([...files].filter((path) => index.has(path)))) {
    const entry = index.get(path);
    if (entry && isRegular(entry.mode)) ids.set(path, entry.id);
  }
  const pointers = await readPointers(store, project, ids);
  const disk = await checkout.lookAt([...pointers.keys()]);
  for (const [path, { size }] of pointers) {
    const found = disk.get(path);
    if (found?.kind !== 'file' || found.size !== size) pointers.delete(path);
    else checkSize(path, size);
  }
  return checkout.writeLfsContents(pointers, store);
}

export interface ReadSelection extends CheckoutSelection, CheckoutState {
  /** Selected documents that differ from HEAD, and those of HEAD that the working tree lacks. */
  readonly uncommittedDocuments: ReadonlySet<string>;
  readonly unmatched: readonly UnmatchedPattern[];
}

function uncommittedDocuments(
  { deleted, ignored, unmerged }: CheckoutListing,
  { uncommitted }: CheckoutState,
  { documents, skipped }: CheckoutSelection,
  patterns: Patterns,
): ReadonlySet<string> {
  const isDocument = (path: string) => patterns.selectsKnown(path) && nonDocumentReason(path, patterns) === undefined;
  const isGone = (path: string) => deleted.has(path) && !unmerged.has(path) && !skipped.has(path) && isDocument(path);
  return new Set([
    ...[...uncommitted].filter((path) => documents.has(path) || isGone(path)),
    ...ignored.filter((path) => documents.has(path)),
  ]);
}

function stateOf(
  listing: CheckoutListing,
  stagedPaths: readonly string[] | undefined,
  { documents, linkTargets, untracked }: CheckoutSelection,
): CheckoutState {
  const { deleted, ignored, index, nested, nestedIgnored, unmerged } = listing;
  // A file of another length may be the same text with other line ends.
  const isIndexed = (path: string) => {
    const [entry, document] = [index.get(path), documents.get(path)];
    const indexed = entry && isRegular(entry.mode) ? indexedDocument(entry) : undefined;
    return sameDocument(indexed, document);
  };
  const changed = [...untracked].filter((path) => !isIndexed(path));
  const uncommitted = new Set([...changed, ...deleted, ...unmerged]);
  for (const path of ignored) uncommitted.delete(path);
  // A partial checkout without trees cannot list staged files, so every file may be staged.
  for (const path of stagedPaths ?? index.keys()) uncommitted.add(path);
  // A link is published as its target's text, and the patterns need not select the target.
  for (const [path, way] of linkTargets) if (way.some((one) => uncommitted.has(one))) uncommitted.add(path);
  const submodules = [...index.keys()].filter((path) => isSubmodule(index.get(path)?.mode ?? ''));
  const known = [...index.keys(), ...listing.untracked, ...ignored];
  return { uncommitted, foreign: new Set([...nested, ...nestedIgnored, ...submodules]), known };
}

interface LinkReader {
  readonly readTexts: (links: ReadonlyMap<string, BlobId>) => Promise<[string, string][]>;
  readonly lookAt: ((paths: readonly string[]) => Promise<Map<string, OnDisk>>) | undefined;
}

/** Finds the ends of links, and reads the texts of others on the way. `given` maps a link's path to its text. */
export async function readEnds(
  listing: CheckoutListing,
  given: ReadonlyMap<string, string>,
  { readTexts, lookAt }: LinkReader,
): Promise<Map<string, LinkEnd>> {
  const texts = new Map(given);
  const disk = lookAt && new Map<string, OnDisk>();
  for (;;) {
    const ends = resolveLinks(listing, [...given.keys()], { texts, disk });
    const unread = [...ends.values()].flatMap((end) => (end.kind === 'unread' ? [end.path] : []));
    if (unread.length === 0) return ends;
    const links = new Map<string, BlobId>();
    const others: string[] = [];
    for (const path of new Set(unread)) {
      const entry = listing.index.get(path);
      if (entry && !listing.changed.has(path)) links.set(path, entry.id);
      else others.push(path);
    }
    for (const [path, text] of await readTexts(links)) texts.set(path, text);
    for (const [path, found] of (await lookAt?.(others)) ?? []) disk?.set(path, found);
  }
}

export function foreignReason(isFetched: (path: string) => boolean, { isOfOtherProjects }: Patterns) {
  return (path: string) => (isFetched(path) ? FETCHED : isOfOtherProjects(path) ? OF_OTHER_PROJECTS : undefined);
}

function linksOn(disk: ReadonlyMap<string, OnDisk>): [string, string][] {
  return [...disk].flatMap(([path, found]) => (found.kind === 'link' ? [[path, found.target]] : []));
}

/** Reads the targets of links in git: the blob of a link is its target. */
export async function readLinks(
  store: ObjectStore,
  project: Remote,
  links: ReadonlyMap<string, BlobId>,
): Promise<[string, string][]> {
  const targets = new Map<BlobId, string>();
  await scanObjects(store, project, [...new Set(links.values())], LONGEST_TARGET, (id, { start }) =>
    targets.set(id, start.toString('utf8')),
  );
  return [...links].map(([path, id]) => [path, targets.get(id) ?? '']);
}

/** GitHub refuses larger blobs. */
const LARGEST_FILE = 100 * 1024 * 1024;

function checkSize(path: string, size: number): void {
  if (size <= LARGEST_FILE) return;
  throw new CodexSyncError(
    'bad-checkout',
    `"${printable(path)}" has ${Math.ceil(size / 1024 / 1024)} MB, and GitHub refuses files of more than 100 MB.`,
    'Exclude it or make it smaller.',
  );
}

/**
 * @returns blob id -> why a document must not be published for the first time
 * @throws CodexSyncError `bad-checkout` for a document that GitHub would refuse
 */
export async function findUnpublishable(
  store: ObjectStore,
  project: Remote,
  documents: ReadonlyMap<BlobId, string>,
): Promise<Map<BlobId, string>> {
  const unpublishable = new Map<BlobId, string>();
  const tooLarge = new Map<BlobId, number>();
  await scanObjects(store, project, [...documents.keys()], CONTENT_START, (id, { size, start }) => {
    if (size > LARGEST_FILE) tooLarge.set(id, size);
    const reason = unpublishableContent(start.toString('utf8'), size);
    if (reason !== undefined) unpublishable.set(id, reason);
  });
  for (const [id, size] of tooLarge) checkSize(documents.get(id) ?? id, size);
  return unpublishable;
}
