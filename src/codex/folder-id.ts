import { MANIFEST_FILE } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import { hashTree } from '../text/bytes.ts';
import type { BlobId, TreeId } from '../text/ids.ts';
import type { CodexEntry } from './changes.ts';
import { effectiveTree, type Overlay } from './overlay.ts';

type Folder = Map<string, Document | Folder>;

/** The id that git gives a folder with these files, by path; `undefined` where a path is also another one's folder. */
export function folderId(files: Iterable<readonly [path: string, file: Document]>): TreeId | undefined {
  const root: Folder = new Map();
  for (const [path, file] of files) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    const folder = parts.reduce<Folder | undefined>(openFolder, root);
    if (!folder || folder.has(name)) return undefined;
    folder.set(name, file);
  }
  return hashFolder(root);
}

function openFolder(folder: Folder | undefined, name: string): Folder | undefined {
  const found = folder?.get(name);
  if (!folder || found) return found instanceof Map ? found : undefined;
  const made: Folder = new Map();
  folder.set(name, made);
  return made;
}

function hashFolder(folder: Folder): TreeId {
  const entries = [...folder].map(([name, entry]) =>
    entry instanceof Map
      ? { key: Buffer.from(`${name}/`), head: `40000 ${name}\0`, id: hashFolder(entry) }
      : { key: Buffer.from(name), head: `${entry.executable ? '100755' : '100644'} ${name}\0`, id: entry.id },
  );
  // Git's order is that of bytes, and a folder's name counts with its slash.
  entries.sort((one, other) => Buffer.compare(one.key, other.key));
  const content = Buffer.concat(entries.flatMap(({ head, id }) => [Buffer.from(head), Buffer.from(id, 'hex')]));
  return hashTree(content);
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
