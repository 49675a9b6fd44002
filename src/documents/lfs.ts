import { nameSome } from '../text/phrases.ts';
import { IS_LFS_POINTER } from './never-published.ts';
import { type CheckoutListing, type CheckoutSelection, type Document, indexedDocument } from './select.ts';

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
  contents: ReadonlyMap<string, string>,
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
  if (run === 'sync-org') return `${IS_LFS_POINTER}; sync-project with "include-lfs: true" publishes its content`;
  return includeLfs
    ? `${IS_LFS_POINTER}, and the checkout does not have its content: give actions/checkout "lfs: true"`
    : `${IS_LFS_POINTER}; "lfs: true" for actions/checkout with "include-lfs: true" publishes its content`;
}

/** The codex assigns documents to Git LFS that are published as plain files. */
export function lfsWarning(project: string, paths: readonly string[]): string {
  return (
    `The .gitattributes of the codex keep ${nameSome(paths, 3)} in Git LFS, and this run publishes plain files: ` +
    `a checkout of the codex with Git LFS shows them as changed. Add the line "projects/${project}/** !filter !diff !merge" to the .gitattributes in the root of the codex.`
  );
}
