import { MANIFEST_FILE } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { BlobId, TreeId } from '../text/ids.ts';
import type { CodexEntry } from './changes.ts';
import { hashTrees, openTrees } from './folder-trees.ts';
import { effectiveTree, type Overlay } from './overlay.ts';

/** The id that git gives a folder with these files, by path; `undefined` where a path is also another one's folder. */
export function folderId(files: Iterable<readonly [path: string, file: Document]>): TreeId | undefined {
  const trees = openTrees(files);
  return trees && hashTrees(trees);
}

/**
 * The files of a project's folder, if its id proves that they are exactly what its manifest says: no file was edited, added
 * or removed, and none is executable.
 * @param tree the folder's id
 * @param manifest the manifest's blob
 */
export function entriesOf(
  overlay: Overlay,
  tree: TreeId,
  manifest: BlobId,
): ReadonlyMap<string, CodexEntry> | undefined {
  const effective = effectiveTree(overlay);
  const entries = new Map<string, { readonly document: Document }>();
  for (const path of effective.paths) {
    const { id } = effective.at(path);
    if (id !== undefined) entries.set(path, { document: { id, executable: false } });
  }
  const files = [...entries].map(([path, { document }]) => [path, document] as const);
  return folderId([...files, [MANIFEST_FILE, { id: manifest, executable: false }]]) === tree ? entries : undefined;
}
