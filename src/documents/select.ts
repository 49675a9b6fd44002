import type { BlobId } from '../text/ids.ts';
import { nameSome } from '../text/phrases.ts';
import { inputValue, spelled } from '../text/spell-inputs.ts';
import { LFS_POINTER_REASON, neverPublished } from './never-published.ts';
import { collisionReason, foldedPath, foldersOf, unholdableReason } from './paths.ts';
import type { Patterns } from './patterns.ts';

export interface Document {
  readonly id: BlobId;
  readonly executable: boolean;
}

/** Its mode tells a submodule, whose id is a commit's and is not read. */
export interface IndexEntry {
  readonly mode: string;
  readonly id: BlobId;
}

/** Git's answer about the files of a checkout; paths are from the project's directory. */
export interface CheckoutListing {
  readonly index: ReadonlyMap<string, IndexEntry>;
  /** Tracked files that differ from the index in the working tree. */
  readonly changed: ReadonlySet<string>;
  /** Those with the text of the index, and their present executable bit. */
  readonly bitAlone: ReadonlyMap<string, Document>;
  readonly deleted: ReadonlySet<string>;
  readonly unmerged: ReadonlySet<string>;
  readonly untracked: readonly string[];
  readonly ignored: readonly string[];
  /** Other repositories in the working tree; git would take them for submodules. */
  readonly nested: readonly string[];
  /** Those that git ignores, when ignored files are requested. */
  readonly nestedIgnored: readonly string[];
  /** Those of both with a file that the patterns would select. */
  readonly nestedSelected: ReadonlySet<string>;
  /** Files that are clear in the working tree and filtered in git -> name of the filter driver. */
  readonly filtered: ReadonlyMap<string, string>;
  /** Names that are not UTF-8, decoded byte by byte for display. */
  readonly undecodable: readonly string[];
}

/** An entry of the working tree, links not followed. */
export type OnDisk =
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'link'; readonly target: string }
  /** Nothing, a folder, or something behind a link: a deletion for git. */
  | { readonly kind: 'gone' };

/** Selected files, from names, modes and the index alone. */
export interface Candidates {
  /** Documents with content in the index. */
  readonly indexed: ReadonlyMap<string, Document>;
  /** Symbolic links in the index -> blob id of their target. */
  readonly links: ReadonlyMap<string, BlobId>;
  readonly onDisk: readonly string[];
  readonly skipped: ReadonlyMap<string, string>;
  readonly unknownBelow: ReadonlyMap<string, string>;
  /** Path -> why its name is no document; fetched files are added after their check. */
  readonly nonDocuments?: ReadonlyMap<string, string>;
}

/** Published documents, and skipped ones: never published, deleted or overwritten. */
export interface Selection {
  readonly documents: ReadonlyMap<string, Document>;
  readonly skipped: ReadonlyMap<string, string>;
  /** Folders whose files git does not know, selected or not -> their kind. Their published documents are skipped. */
  readonly unknownBelow?: ReadonlyMap<string, string>;
  /**
   * Selected path -> why it is no document of the project: fetched, of other projects, or impossible on some system.
   * Unlike a skipped document, a copy that an earlier version published is removed.
   */
  readonly nonDocuments?: ReadonlyMap<string, string>;
}

export interface CheckoutSelection extends Selection {
  /** Documents that differ from git's tracked files: untracked, or changed in the working tree. */
  readonly untracked: ReadonlySet<string>;
  /** Documents that are symbolic links -> the links on the way, and last the published file. */
  readonly linkTargets: ReadonlyMap<string, readonly string[]>;
}

/** The filter driver of `git lfs install`, and of attributes from `git lfs track`. */
export const LFS_DRIVER = 'lfs';

export const FETCHED = 'fetched from the codex by this tool';

/** A codex that is a project itself does not publish these: it would nest without end. */
export const OF_OTHER_PROJECTS = 'below projects/ of this codex, which holds published documents';

const ANOTHER_REPOSITORY = 'another repository';
const EXECUTABLE = '100755';
const REGULAR = ['100644', EXECUTABLE];
const LINK = '120000';
const SUBMODULE = '160000';

/** Sorts listed files by the next check (design section 4, "Which documents"). */
export function planCandidates(listing: CheckoutListing, patterns: Patterns): Candidates {
  const indexed = new Map<string, Document>();
  const links = new Map<string, BlobId>();
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

function filteredReason(driver: string): string {
  const hint = driver === LFS_DRIVER ? `; "${inputValue('include-lfs', 'true')}" publishes its content` : '';
  return `changed under the filter driver ${driver}, which is not run${hint}`;
}

export function nonDocumentReason(path: string, { isOfOtherProjects }: Patterns): string | undefined {
  if (isOfOtherProjects(path)) return OF_OTHER_PROJECTS;
  const problem = unholdableReason(path);
  return problem === undefined ? undefined : `its path ${problem}`;
}

/**
 * Names that are taken without regard to case and Unicode form. `find` returns a path with the same name, as a file or
 * for one of its folders.
 */
function createSpellings() {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  return {
    find(path: string): string | undefined {
      const folded = foldedPath(path);
      const above = foldersOf(folded).find((folder) => files.has(folder)) ?? '';
      const found = files.get(folded) ?? folders.get(folded) ?? files.get(above);
      // The disk decides about a file that became a folder.
      return found?.startsWith(`${path}/`) || (found && path.startsWith(`${found}/`)) ? undefined : found;
    },
    add(path: string): void {
      const folded = foldedPath(path);
      files.set(folded, path);
      for (const folder of foldersOf(folded)) folders.set(folder, path);
    },
  };
}

export function candidatePaths({ indexed, links, onDisk }: Candidates): string[] {
  return [...indexed.keys(), ...links.keys(), ...onDisk];
}

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

export function isRegular(mode: string): boolean {
  return REGULAR.includes(mode);
}

export function isLink(mode: string): boolean {
  return mode === LINK;
}

export function isSubmodule(mode: string): boolean {
  return mode === SUBMODULE;
}

export function indexedDocument({ mode, id }: IndexEntry): Document {
  return { id, executable: mode === EXECUTABLE };
}

/** Git must still convert these regular files to their committed form. */
export function filesToStage(disk: ReadonlyMap<string, OnDisk>): string[] {
  return [...disk].filter(([, found]) => found.kind === 'file').map(([path]) => path);
}

export interface ResolvedLinks {
  /** Published link -> the links on the way, and last the file. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  /** Links to an unchanged tracked file, published as its content. */
  readonly documents: ReadonlyMap<string, Document>;
  /** Links to a changed tracked file: path of the link -> path of the file. */
  readonly changed: ReadonlyMap<string, string>;
  /** Links through a link that the working tree changed. */
  readonly rerouted: ReadonlySet<string>;
  readonly skipped: ReadonlyMap<string, string>;
  readonly folders: ReadonlySet<string>;
}

/**
 * Plans the selection after the look at the working tree. `disk` includes changed link targets, and `staged` has
 * regular files as git would commit them.
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
 * Skips published documents of another repository, a submodule or a link to a folder: no source shows whether they
 * still exist. `paths` are those that this tool published.
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

/** All selected paths that the run does not publish -> reason. */
export function leftOut({ skipped, nonDocuments = new Map() }: Selection): ReadonlyMap<string, string> {
  return new Map([...skipped, ...nonDocuments]);
}

export function withoutUnpublishable(selection: Selection, unpublishable: ReadonlyMap<BlobId, string>): Selection {
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

/** The form of a Git LFS file in git: the name of its content, and the size. */
export interface LfsPointer {
  /** SHA-256 of the content. */
  readonly oid: string;
  readonly size: number;
}

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n(?:ext-\d-\w+ \S+\r?\n)*oid sha256:([0-9a-f]{64})\r?\nsize (\d{1,15})\r?\n?$/;

/** Number of bytes of a blob that decide whether it is a pointer. */
export const POINTER_START = 1024;

/** `undefined` for no pointer, and for one with extensions, which names another content than the file's. */
export function parseLfsPointer(text: string): LfsPointer | undefined {
  const [, oid, size] = POINTER.exec(text) ?? [];
  return oid === undefined || /^ext-/m.test(text) ? undefined : { oid, size: Number(size) };
}

/** Adds contents of Git LFS files (tracked path -> blob id). The pointer's SHA-256 makes them count as committed. */
export function withLfsContents(
  selection: CheckoutSelection,
  listing: CheckoutListing,
  contents: ReadonlyMap<string, BlobId>,
): CheckoutSelection {
  if (contents.size === 0) return selection;
  const documents = new Map(selection.documents);
  const untracked = new Set(selection.untracked);
  for (const [path, document] of selection.documents) {
    const way = selection.linkTargets.get(path);
    const id = contents.get(way?.at(-1) ?? path);
    if (id === undefined) continue;
    documents.set(path, { ...document, id });
    const isAsCommitted = way ? !isRerouted([path, ...way.slice(0, -1)], listing) : hasItsBit(path, document, listing);
    if (isAsCommitted) untracked.delete(path);
  }
  return { ...selection, documents, untracked };
}

function isRerouted(links: readonly string[], { changed, index }: CheckoutListing): boolean {
  return links.some((link) => changed.has(link) || !index.has(link));
}

function hasItsBit(path: string, { executable }: Document, { index }: CheckoutListing): boolean {
  const entry = index.get(path);
  return entry !== undefined && indexedDocument(entry).executable === executable;
}

export function pointerReason(run: 'sync-org' | 'sync-project', includeLfs: boolean): string {
  if (run === 'sync-org')
    return `${LFS_POINTER_REASON}; sync-project with "${inputValue('include-lfs', 'true')}" publishes its content`;
  return includeLfs
    ? `${LFS_POINTER_REASON}, and the checkout does not have its content: ${spelled({ workflow: 'give actions/checkout "lfs: true"', terminal: 'run "git lfs pull"' })}`
    : `${LFS_POINTER_REASON}; ${spelled({ workflow: '"lfs: true" for actions/checkout', terminal: '"git lfs pull"' })} with "${inputValue('include-lfs', 'true')}" publishes its content`;
}

/** The codex assigns documents to Git LFS that are published as plain files. */
export function lfsWarning(project: string, paths: readonly string[]): string {
  return (
    `The .gitattributes of the codex keep ${nameSome(paths, 3)} in Git LFS, and this run publishes plain files: ` +
    `a checkout of the codex with Git LFS shows them as changed. Add the line "projects/${project}/** !filter !diff !merge" to the .gitattributes in the root of the codex.`
  );
}
