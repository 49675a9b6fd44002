import type { Document } from '../documents/select.ts';
import { encodeTree, FOLDER_MODE, hashTree } from '../text/bytes.ts';
import type { TreeId } from '../text/ids.ts';

/** A folder's files and folders by name. Never changed: a folder and its changed form share what both have. */
export interface FolderTrees {
  readonly entries: ReadonlyMap<string, Document | FolderTrees>;
}

type Entries = Map<string, Document | FolderTrees>;

interface HashedTree {
  readonly id: TreeId;
  /** As git writes it. */
  readonly content: Buffer;
}

/** Receives each tree once, with the one that it was before it changed. */
type TreeVisitor = (tree: HashedTree & { readonly base?: HashedTree }) => void;

const EMPTY: FolderTrees = { entries: new Map() };
const hashed = new WeakMap<FolderTrees, HashedTree>();
/** A folder -> what it was before it changed. */
const origins = new WeakMap<Entries, FolderTrees>();

/** `undefined` where a path is also another one's folder. */
export function openTrees(files: Iterable<readonly [path: string, file: Document]>): FolderTrees | undefined {
  return withFiles(EMPTY, files);
}

/** Adds, replaces and (`undefined`) removes files, and removes folders that are then empty; `undefined` as in `openTrees`. */
export function withFiles(
  trees: FolderTrees,
  files: Iterable<readonly [path: string, file: Document | undefined]>,
): FolderTrees | undefined {
  const own = new Map<Entries, FolderTrees>();
  const copyOf = (folder: FolderTrees): Entries => {
    const { entries } = folder;
    // Many changes of one folder copy it once.
    if (own.has(entries as Entries)) return entries as Entries;
    const copy: Entries = new Map(entries);
    own.set(copy, { entries: copy });
    origins.set(copy, folder);
    return copy;
  };
  const root = copyOf(trees);
  const added: (readonly [path: string, file: Document])[] = [];
  // Removals first: a folder may replace a removed file, and the reverse.
  for (const [path, file] of files) {
    if (file) added.push([path, file]);
    else remove(root, path, copyOf);
  }
  for (const [path, file] of added) if (!add(root, path, file, copyOf)) return undefined;
  return own.get(root);
}

function add(root: Entries, path: string, file: Document, copyOf: (folder: FolderTrees) => Entries): boolean {
  let entries = root;
  let start = 0;
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', start)) {
    const name = path.slice(start, slash);
    const found = entries.get(name) ?? EMPTY;
    if (!isFolder(found)) return false;
    const next = copyOf(found);
    if (next !== found.entries) entries.set(name, { entries: next });
    entries = next;
    start = slash + 1;
  }
  const name = path.slice(start);
  const found = entries.get(name);
  if (found && isFolder(found)) return false;
  entries.set(name, file);
  return true;
}

/** Nothing where there is no such file. */
function remove(entries: Entries, path: string, copyOf: (folder: FolderTrees) => Entries): void {
  const slash = path.indexOf('/');
  const name = slash === -1 ? path : path.slice(0, slash);
  const found = entries.get(name);
  if (!found) return;
  if (slash === -1) {
    if (!isFolder(found)) entries.delete(name);
    return;
  }
  if (!isFolder(found)) return;
  const below = copyOf(found);
  remove(below, path.slice(slash + 1), copyOf);
  if (below.size === 0) entries.delete(name);
  else if (below !== found.entries) entries.set(name, { entries: below });
}

function isFolder(entry: Document | FolderTrees): entry is FolderTrees {
  return 'entries' in entry;
}

/** The id that git gives a folder. `visit` receives its trees, without those that were hashed before. */
export function hashTrees(folder: FolderTrees, visit: TreeVisitor = () => undefined): TreeId {
  const known = hashed.get(folder);
  if (known) return known.id;
  const content = encodeTree(
    Array.from(folder.entries, ([name, entry]) =>
      isFolder(entry)
        ? { mode: FOLDER_MODE, name, id: hashTrees(entry, visit) }
        : { mode: entry.executable ? '100755' : '100644', name, id: entry.id },
    ),
  );
  const id = hashTree(content);
  const tree = { id, content };
  hashed.set(folder, tree);
  const origin = origins.get(folder.entries as Entries);
  const base = origin && hashed.get(origin);
  visit({ ...tree, ...(base && { base }) });
  return id;
}
