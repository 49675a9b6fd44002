import { neverPublished } from './never-published.ts';
import { collisionReason, foldedPath, foldersOf, unholdableReason } from './paths.ts';
import type { Patterns } from './patterns.ts';

/** A document as a git tree holds it. */
export interface Document {
  readonly id: string;
  readonly executable: boolean;
}

/** What git says about the files of the project's checkout; paths are relative to the project's directory. */
export interface CheckoutListing {
  readonly index: ReadonlyMap<string, { readonly mode: string; readonly id: string }>;
  /** Tracked files that the working tree holds otherwise than the index. */
  readonly changed: ReadonlySet<string>;
  /** Those of them whose text is the index's, with the executable bit that they have now. */
  readonly bitAlone: ReadonlyMap<string, Document>;
  readonly deleted: ReadonlySet<string>;
  readonly unmerged: ReadonlySet<string>;
  readonly untracked: readonly string[];
  readonly ignored: readonly string[];
  /** Other repositories in the working tree; git would take them for submodules. */
  readonly nested: readonly string[];
  /** Those that git ignores, where ignored files are asked for. */
  readonly nestedIgnored: readonly string[];
  /** Those of both that hold a file which the patterns would select. */
  readonly nestedSelected: ReadonlySet<string>;
  /** Files that the working tree holds in the clear, and git only through a filter driver -> its name. */
  readonly filtered: ReadonlyMap<string, string>;
  /** Names that are not UTF-8, decoded byte by byte to be shown. */
  readonly undecodable: readonly string[];
}

/** What lies in the working tree at a path, links not followed. */
export type OnDisk =
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'link'; readonly target: string }
  /** Nothing, a folder, or something behind a link: to git a deletion. */
  | { readonly kind: 'gone' };

/** The files that the patterns select, before anything but names, modes and the index was looked at. */
export interface Candidates {
  /** Documents whose content the index knows. */
  readonly indexed: ReadonlyMap<string, Document>;
  /** Symbolic links in the index -> blob id that holds their target. */
  readonly links: ReadonlyMap<string, string>;
  /** Paths at which the working tree has to be asked. */
  readonly onDisk: readonly string[];
  readonly skipped: ReadonlyMap<string, string>;
  readonly unknownBelow: ReadonlyMap<string, string>;
  /** What is no document of the project, by its name; what a fetch wrote too, once that was looked at. Path -> reason. */
  readonly nonDocuments?: ReadonlyMap<string, string>;
}

/** What a run publishes, and what it leaves alone: never published, deleted or overwritten. */
export interface Selection {
  readonly documents: ReadonlyMap<string, Document>;
  /** Path -> reason, for the report. */
  readonly skipped: ReadonlyMap<string, string>;
  /** Folders whose files git does not know, selected or not -> what they are. What was published of them is left alone. */
  readonly unknownBelow?: ReadonlyMap<string, string>;
  /**
   * What the patterns select and is no document of the project, each with its reason: a fetch wrote it, it is of other
   * projects, or some system cannot hold its path. Unlike what is left alone, a copy that an earlier version published is removed.
   */
  readonly nonDocuments?: ReadonlyMap<string, string>;
}

/** The selection of a checkout, with what a pull request's preview has to know of it. */
export interface CheckoutSelection extends Selection {
  /** Documents that are not what git tracks: untracked ones, and those that the working tree changed. */
  readonly untracked: ReadonlySet<string>;
  /** Documents that are symbolic links -> the links that they lead through, and last the file that they are published as. */
  readonly linkTargets: ReadonlyMap<string, readonly string[]>;
}

/** The name of the filter driver that `git lfs install` configures, and that `git lfs track` writes into attributes. */
export const LFS_DRIVER = 'lfs';

/** Why what a fetch wrote is not published. */
export const FETCHED = 'fetched from the codex by this tool';

/** Why a codex that is a project too does not publish what projects published there: it would nest without end. */
export const OF_OTHER_PROJECTS = 'below projects/ of this codex, which holds what projects published';

const ANOTHER_REPOSITORY = 'another repository';
const EXECUTABLE = '100755';
const REGULAR = ['100644', EXECUTABLE];
const LINK = '120000';
const SUBMODULE = '160000';

/** Sorts what git listed by what has to be asked next (design section 4, "Which documents"). */
export function planCandidates(listing: CheckoutListing, patterns: Patterns): Candidates {
  const indexed = new Map<string, Document>();
  const links = new Map<string, string>();
  const onDisk: string[] = [];
  const skipped = new Map<string, string>();
  const nonDocuments = new Map<string, string>();

  const known = [...listing.index.keys(), ...listing.untracked].filter(patterns.selectsKnown);
  const paths = known.concat(listing.ignored.filter(patterns.selectsIgnored));
  for (const path of listing.undecodable)
    if (patterns.selectsKnown(path)) skipped.set(path.replace(/[\x80-\xff]/g, showByte), 'its name is not UTF-8');

  const unknownBelow = new Map<string, string>();
  const nested = [
    ...listing.nested.filter(patterns.selectsKnown),
    ...listing.nestedIgnored.filter(patterns.selectsIgnored),
  ];
  for (const path of [...nested, ...listing.nestedSelected]) skipped.set(path, ANOTHER_REPOSITORY);
  for (const path of [...listing.nested, ...listing.nestedIgnored]) unknownBelow.set(path, ANOTHER_REPOSITORY);
  for (const [path, { mode }] of listing.index) if (isSubmodule(mode)) unknownBelow.set(path, 'a submodule');

  const spellings = createSpellings();
  for (const path of paths.filter((path) => !listing.deleted.has(path) || listing.unmerged.has(path)).sort()) {
    const entry = listing.index.get(path);
    const otherSpelling = spellings.find(path);
    const reason = neverPublished(path);
    const nonDocument = nonDocumentReason(path, patterns);
    if (reason) skipped.set(path, reason);
    else if (nonDocument) nonDocuments.set(path, nonDocument);
    else if (listing.filtered.has(path)) skipped.set(path, filteredReason(listing.filtered.get(path) ?? ''));
    else if (listing.unmerged.has(path)) skipped.set(path, 'in an unfinished merge');
    else if (entry && isSubmodule(entry.mode)) skipped.set(path, 'a submodule');
    else if (otherSpelling !== undefined) skipped.set(path, collisionReason(path, otherSpelling));
    else {
      spellings.add(path);
      if (entry === undefined || listing.changed.has(path)) onDisk.push(path);
      else if (entry.mode === LINK) links.set(path, entry.id);
      else indexed.set(path, indexedDocument(entry));
    }
  }
  return { indexed, links, onDisk, skipped, unknownBelow, ...(nonDocuments.size > 0 && { nonDocuments }) };
}

/** Why a file that the working tree holds in the clear is left alone. */
function filteredReason(driver: string): string {
  const hint = driver === LFS_DRIVER ? '; "include-lfs: true" publishes its content' : '';
  return `changed under the filter driver ${driver}, which is not run${hint}`;
}

/** Why what is at a path is no document of the project, whatever it holds. */
export function nonDocumentReason(path: string, { isOfOtherProjects }: Patterns): string | undefined {
  if (isOfOtherProjects(path)) return OF_OTHER_PROJECTS;
  const problem = unholdableReason(path);
  return problem === undefined ? undefined : `its path ${problem}`;
}

/**
 * The names that are taken where neither case nor the Unicode form of letters counts.
 * `find` gives the path that has the name of another, as a file or for one of its folders.
 */
function createSpellings() {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  return {
    find(path: string): string | undefined {
      const folded = foldedPath(path);
      const above = foldersOf(folded).find((folder) => files.has(folder)) ?? '';
      const found = files.get(folded) ?? folders.get(folded) ?? files.get(above);
      // Of a file that became a folder the disk tells what it is.
      return found?.startsWith(`${path}/`) || (found && path.startsWith(`${found}/`)) ? undefined : found;
    },
    add(path: string): void {
      const folded = foldedPath(path);
      files.set(folded, path);
      for (const folder of foldersOf(folded)) folders.set(folder, path);
    },
  };
}

/** The paths that may be published. */
export function candidatePaths({ indexed, links, onDisk }: Candidates): string[] {
  return [...indexed.keys(), ...links.keys(), ...onDisk];
}

/** The candidates without what a fetch wrote. */
export function withoutFetched(candidates: Candidates, isFetched: (path: string) => boolean): Candidates {
  const fetched = new Set(candidatePaths(candidates).filter(isFetched));
  if (fetched.size === 0) return candidates;
  const isOwn = (path: string) => !fetched.has(path);
  return {
    indexed: new Map([...candidates.indexed].filter(([path]) => isOwn(path))),
    links: new Map([...candidates.links].filter(([path]) => isOwn(path))),
    onDisk: candidates.onDisk.filter(isOwn),
    skipped: candidates.skipped,
    unknownBelow: candidates.unknownBelow,
    nonDocuments: new Map([
      ...(candidates.nonDocuments ?? []),
      ...[...fetched].map((path) => [path, FETCHED] as const),
    ]),
  };
}

/** Whether an entry of the index is a regular file. */
export function isRegular(mode: string): boolean {
  return REGULAR.includes(mode);
}

export function isLink(mode: string): boolean {
  return mode === LINK;
}

export function isSubmodule(mode: string): boolean {
  return mode === SUBMODULE;
}

/** A regular file as the index has it. */
export function indexedDocument({ mode, id }: { readonly mode: string; readonly id: string }): Document {
  return { id, executable: mode === EXECUTABLE };
}

/** The regular files among what lies on disk: git still has to be asked what it would commit of them. */
export function filesToStage(disk: ReadonlyMap<string, OnDisk>): string[] {
  return [...disk].filter(([, found]) => found.kind === 'file').map(([path]) => path);
}

/** Where the symbolic links among the candidates lead. */
export interface ResolvedLinks {
  /** Path of each link that is published -> the links that it leads through, and last the file. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  /** Links to a tracked file that is as the index knows it: published as that file's content. */
  readonly documents: ReadonlyMap<string, Document>;
  /** Links to a tracked file that the working tree changed: path of the link -> path of that file. */
  readonly changed: ReadonlyMap<string, string>;
  /** Links that lead through another one which the working tree changed. */
  readonly rerouted: ReadonlySet<string>;
  readonly skipped: ReadonlyMap<string, string>;
  /** Those of the links left alone that lead to a folder. */
  readonly folders: ReadonlySet<string>;
}

/**
 * The selection, once the working tree was asked.
 * @param disk what lies at the candidates' paths, and at those of changed link targets
 * @param staged what git would commit of the regular files among them
 */
export function planSelection(
  candidates: Candidates,
  links: ResolvedLinks,
  disk: ReadonlyMap<string, OnDisk>,
  staged: ReadonlyMap<string, Document>,
): CheckoutSelection {
  const documents = new Map(candidates.indexed);
  for (const [path, document] of links.documents) documents.set(path, document);
  const skipped = new Map([...candidates.skipped, ...links.skipped]);
  const ownFiles = candidates.onDisk.filter((path) => disk.get(path)?.kind !== 'link').map((path) => [path, path]);
  for (const [path = '', file = ''] of [...ownFiles, ...links.changed]) {
    const document = staged.get(file);
    if (document) documents.set(path, document);
    else if (disk.get(file)?.kind !== 'gone') skipped.set(path, 'not a regular file to git');
  }
  const changed = [...candidates.onDisk, ...links.changed.keys(), ...links.rerouted];
  const untracked = new Set(changed.filter((path) => documents.has(path)));
  const { nonDocuments } = candidates;
  const unknownBelow = new Map(candidates.unknownBelow);
  for (const path of links.folders) unknownBelow.set(path, links.skipped.get(path) ?? '');
  const linkTargets = links.targets;
  return { documents, skipped, unknownBelow, untracked, linkTargets, ...(nonDocuments && { nonDocuments }) };
}

/**
 * The selection, in which what was published of another repository, a submodule or a link to a folder is left alone: whether
 * that is still there nothing tells.
 * @param paths what this tool published
 */
export function withUnknown<Selected extends Selection>(selection: Selected, paths: Iterable<string>): Selected {
  const { documents, unknownBelow = new Map() } = selection;
  if (unknownBelow.size === 0) return selection;
  const skipped = new Map(selection.skipped);
  for (const path of paths) {
    const folder = documents.has(path) ? undefined : foldersOf(path).find((one) => unknownBelow.has(one));
    if (folder !== undefined) skipped.set(path, `below ${folder}, which is ${unknownBelow.get(folder)}`);
  }
  return skipped.size === selection.skipped.size ? selection : { ...selection, skipped };
}

/** All that the patterns select and the run does not publish: path -> reason. */
export function leftOut({ skipped, nonDocuments = new Map() }: Selection): ReadonlyMap<string, string> {
  return new Map([...skipped, ...nonDocuments]);
}

/** The selection without the documents whose content must not be published. */
export function withoutUnpublishable(selection: Selection, unpublishable: ReadonlyMap<string, string>): Selection {
  if (unpublishable.size === 0) return selection;
  const documents = new Map(selection.documents);
  const skipped = new Map(selection.skipped);
  for (const [path, { id }] of selection.documents) {
    const reason = unpublishable.get(id);
    if (reason === undefined) continue;
    documents.delete(path);
    skipped.set(path, reason);
  }
  return { ...selection, documents, skipped };
}

function showByte(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16)}`;
}
