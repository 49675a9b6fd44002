import { mayReach, type Patterns } from '../documents/patterns.ts';
import { type IndexEntry, isLink } from '../documents/select.ts';
import type { BlobId } from '../text/ids.ts';
import { folderId } from './folder-id.ts';

/** An entry at the top of a commit's tree. */
interface TopEntry {
  readonly mode: string;
  readonly type: string;
  /** Of a folder, a tree's id. */
  readonly id: BlobId;
  readonly path: string;
}

/**
 * The files of a commit that patterns may select, without a list of its folders: the id of a folder at the top proves that
 * it holds exactly the documents that were published from there. Other files of the commit are missing.
 * @param documents the published ones: path -> blob id
 * @returns `undefined` if another folder may hold a document, or a selected link has to be followed
 */
export function tryKnownFiles(
  top: readonly TopEntry[],
  documents: ReadonlyMap<string, BlobId>,
  { include, selectsKnown }: Pick<Patterns, 'include' | 'selectsKnown'>,
): Map<string, IndexEntry> | undefined {
  const published = documentsByFolder(documents);
  const files = new Map<string, IndexEntry>();
  for (const { mode, type, id, path } of top) {
    // Its name is not UTF-8, or it has to be followed.
    if (path.includes('\ufffd') || (isLink(mode) && selectsKnown(path))) return undefined;
    if (type !== 'tree') {
      files.set(path, { mode, id });
      continue;
    }
    const below = published.get(path);
    if (!below && !include.some((glob) => mayReach(glob, path))) continue;
    const tree: string | undefined = below && folderId(below);
    if (!below || tree !== id) return undefined;
    for (const [name, document] of below) files.set(`${path}/${name}`, { mode: REGULAR, id: document.id });
  }
  return files;
}

const REGULAR = '100644';

/** Folder at the top -> its documents, by their paths in it. */
function documentsByFolder(documents: ReadonlyMap<string, BlobId>) {
  const folders = new Map<string, Map<string, { readonly id: BlobId; readonly executable: false }>>();
  for (const [path, id] of documents) {
    const slash = path.indexOf('/');
    if (slash < 0) continue;
    const folder = path.slice(0, slash);
    const below = folders.get(folder) ?? new Map();
    folders.set(folder, below.set(path.slice(slash + 1), { id, executable: false }));
  }
  return folders;
}
