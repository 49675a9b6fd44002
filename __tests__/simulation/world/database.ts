import { hash } from 'node:crypto';
import type { Files } from '../log.ts';

const FILE = '100644';
export const TREE = '040000';
export const EMPTY_TREE_ID = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface Entry {
  readonly mode: string;
  readonly id: string;
}

export interface NamedEntry extends Entry {
  readonly name: string;
}

/** A tree in git's order, and everything that is asked of it again and again. */
interface StoredTree {
  readonly entries: readonly NamedEntry[];
  bytes?: Buffer;
  /** Path -> file, of everything below. */
  flat?: ReadonlyMap<string, Entry>;
  /** Ids of everything below, itself included. */
  objects?: ReadonlySet<string>;
}

export interface StoredCommit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Seconds. */
  readonly time: number;
  readonly text: string;
  /** Place among all commits: parents come first. */
  readonly index: number;
  /** Bit `index` of each commit that it contains, itself included. */
  readonly contained: bigint;
}

export interface CommitDetails {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly committer?: string;
  readonly message: string;
  /** Seconds. */
  readonly time: number;
}

/** Git's objects of a whole organization, by their real ids. Repositories share it, and each knows which are its own. */
export interface Database {
  readonly writeBlob: (content: string | Buffer) => string;
  readonly readBlob: (id: string) => Buffer | undefined;
  /** Entries in any order. */
  readonly writeTree: (entries: readonly NamedEntry[]) => string;
  /** Writes the trees of a whole working tree: path -> file. */
  readonly writeFlat: (files: ReadonlyMap<string, Entry>) => string;
  readonly writeFiles: (files: Files) => string;
  readonly writeCommit: (details: CommitDetails) => string;
  readonly tree: (id: string) => readonly NamedEntry[] | undefined;
  readonly commit: (id: string) => StoredCommit | undefined;
  readonly typeOf: (id: string) => 'blob' | 'tree' | 'commit' | undefined;
  /** As git writes it. */
  readonly readTree: (id: string) => Buffer;
  readonly flatten: (tree: string) => ReadonlyMap<string, Entry>;
  /** Ids of a tree and of everything below. */
  readonly objectsBelow: (tree: string) => ReadonlySet<string>;
  /** Texts of all files below a tree, by path. */
  readonly filesOf: (tree: string) => Files;
  readonly contains: (commit: string, ancestor: string) => boolean;
  readonly mergeBase: (one: string, other: string) => string | undefined;
  /** Commits of `commit` without those of `excluded`, newest first. */
  readonly commitsSince: (excluded: string | undefined, commit: string) => string[];
  /** The first commits, from the newest, that change a path along their first parents. */
  readonly touching: (path: string, from: string, limit: number) => string[];
  readonly entryAt: (tree: string, path: string) => Entry | undefined;
  /** An independent database with the same objects. */
  readonly copy: () => Database;
}

/** Objects by id, and what is known of them. Only commits differ between a database and its copies: an id says the rest. */
interface Objects {
  readonly blobs: Map<string, Buffer>;
  readonly blobOfText: Map<string, string>;
  readonly texts: Map<string, string>;
  readonly trees: Map<string, StoredTree>;
  /** Serialized entries -> id, so that equal trees are hashed once. */
  readonly treeOfText: Map<string, string>;
  readonly filesOfTree: Map<string, Files>;
}

function noObjects(): Objects {
  return {
    ...{ blobs: new Map(), blobOfText: new Map(), texts: new Map() },
    trees: new Map([[EMPTY_TREE_ID, { entries: [] }]]),
    ...{ treeOfText: new Map(), filesOfTree: new Map() },
  };
}

export function typeOfMode(mode: string): 'blob' | 'tree' | 'commit' {
  if (mode === TREE) return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

function hashObject(type: string, content: Buffer): string {
  return hash('sha1', Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]));
}

/** Git compares names as bytes, as if the name of a folder ended in a slash. */
function compareEntries(one: NamedEntry, other: NamedEntry): number {
  const [a, b] = [one, other].map(({ mode, name }) => (mode === TREE ? `${name}/` : name)) as [string, string];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(a + b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function renderTree(entries: readonly NamedEntry[]): Buffer {
  const pieces: Buffer[] = [];
  for (const { mode, name, id } of entries)
    pieces.push(Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(id, 'hex'));
  return Buffer.concat(pieces);
}

export function createDatabase(objects = noObjects(), copied: readonly StoredCommit[] = []): Database {
  const { blobs, blobOfText, texts, trees, treeOfText, filesOfTree } = objects;
  const order: StoredCommit[] = [...copied];
  const commits = new Map(order.map((commit) => [commit.id, commit]));

  function writeBlob(content: string | Buffer): string {
    if (typeof content !== 'string') {
      const id = hashObject('blob', content);
      if (!blobs.has(id)) blobs.set(id, content);
      return id;
    }
    const known = blobOfText.get(content);
    if (known !== undefined) return known;
    const bytes = Buffer.from(content);
    const id = hashObject('blob', bytes);
    blobs.set(id, bytes);
    blobOfText.set(content, id);
    texts.set(id, content);
    return id;
  }

  function textOf(id: string): string {
    const known = texts.get(id);
    if (known !== undefined) return known;
    const text = blobs.get(id)?.toString('utf8');
    if (text === undefined) throw new Error(`There is no blob ${id}.`);
    texts.set(id, text);
    return text;
  }

  function writeTree(given: readonly NamedEntry[]): string {
    if (given.length === 0) return EMPTY_TREE_ID;
    const entries = given.toSorted(compareEntries);
    let key = '';
    for (const { mode, name, id } of entries) key += `${mode} ${name}\0${id}`;
    const known = treeOfText.get(key);
    if (known !== undefined) return known;
    const id = hashObject('tree', renderTree(entries));
    trees.set(id, { entries });
    treeOfText.set(key, id);
    return id;
  }

  function writeFlat(files: ReadonlyMap<string, Entry>): string {
    interface Folder {
      readonly files: NamedEntry[];
      readonly folders: Map<string, Folder>;
    }
    const root: Folder = { files: [], folders: new Map() };
    for (const [path, { mode, id }] of files) {
      let folder = root;
      let start = 0;
      for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', start)) {
        const name = path.slice(start, slash);
        let next = folder.folders.get(name);
        if (!next) {
          next = { files: [], folders: new Map() };
          folder.folders.set(name, next);
        }
        folder = next;
        start = slash + 1;
      }
      folder.files.push({ name: path.slice(start), mode, id });
    }
    const write = ({ files: own, folders }: Folder): string =>
      writeTree([...own, ...[...folders].map(([name, folder]) => ({ name, mode: TREE, id: write(folder) }))]);
    return write(root);
  }

  function stored(id: string): StoredTree {
    const tree = trees.get(id);
    if (!tree) throw new Error(`There is no tree ${id}.`);
    return tree;
  }

  function flatten(id: string): ReadonlyMap<string, Entry> {
    const tree = stored(id);
    if (tree.flat) return tree.flat;
    const flat = new Map<string, Entry>();
    for (const { name, mode, id: below } of tree.entries) {
      if (mode !== TREE) flat.set(name, { mode, id: below });
      else for (const [path, entry] of flatten(below)) flat.set(`${name}/${path}`, entry);
    }
    tree.flat = flat;
    return flat;
  }

  function objectsBelow(id: string): ReadonlySet<string> {
    const tree = stored(id);
    if (tree.objects) return tree.objects;
    const objects = new Set([id]);
    for (const { mode, id: below } of tree.entries) {
      if (mode === TREE) for (const one of objectsBelow(below)) objects.add(one);
      else if (mode !== '160000') objects.add(below);
    }
    tree.objects = objects;
    return objects;
  }

  function expectCommit(id: string): StoredCommit {
    const commit = commits.get(id);
    if (!commit) throw new Error(`There is no commit ${id}.`);
    return commit;
  }

  function contains(commit: string, ancestor: string): boolean {
    const [whole, part] = [commits.get(commit), commits.get(ancestor)];
    return whole !== undefined && part !== undefined && ((whole.contained >> BigInt(part.index)) & 1n) === 1n;
  }

  function entryAt(tree: string, path: string): Entry | undefined {
    let entry: Entry = { mode: TREE, id: tree };
    if (path === '') return entry;
    for (const name of path.split('/')) {
      if (entry.mode !== TREE) return undefined;
      const next = stored(entry.id).entries.find((one) => one.name === name);
      if (!next) return undefined;
      entry = next;
    }
    return entry;
  }

  return {
    writeBlob,
    readBlob: (id) => blobs.get(id),
    writeTree,
    writeFlat,
    writeFiles: (files) =>
      writeFlat(new Map([...files].map(([path, text]) => [path, { mode: FILE, id: writeBlob(text) }]))),
    writeCommit({ tree, parents, author, committer = author, message, time }) {
      const lines = [
        `tree ${tree}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${author} ${time} +0000`,
        `committer ${committer} ${time} +0000`,
        '',
        message,
      ];
      const text = lines.join('\n');
      const id = hashObject('commit', Buffer.from(text));
      if (commits.has(id)) return id;
      const index = order.length;
      let contained = 1n << BigInt(index);
      for (const parent of parents) contained |= expectCommit(parent).contained;
      const commit = { id, tree, parents, time, text, index, contained };
      commits.set(id, commit);
      order.push(commit);
      return id;
    },
    tree: (id) => trees.get(id)?.entries,
    commit: (id) => commits.get(id),
    typeOf: (id) => (blobs.has(id) ? 'blob' : trees.has(id) ? 'tree' : commits.has(id) ? 'commit' : undefined),
    readTree(id) {
      const tree = stored(id);
      tree.bytes ??= renderTree(tree.entries);
      return tree.bytes;
    },
    flatten,
    objectsBelow,
    filesOf(tree) {
      const known = filesOfTree.get(tree);
      if (known) return known;
      const files = new Map<string, string>();
      for (const [path, { mode, id }] of flatten(tree)) if (mode !== '160000') files.set(path, textOf(id));
      filesOfTree.set(tree, files);
      return files;
    },
    contains,
    mergeBase(one, other) {
      const common = (commits.get(one)?.contained ?? 0n) & (commits.get(other)?.contained ?? 0n);
      // Parents come first, so the last common one is below no other.
      return common === 0n ? undefined : order[common.toString(2).length - 1]?.id;
    },
    commitsSince(excluded, commit) {
      let left = expectCommit(commit).contained;
      if (excluded !== undefined) left &= ~expectCommit(excluded).contained;
      const found: string[] = [];
      for (let index = order.length - 1; index >= 0; index--)
        if (((left >> BigInt(index)) & 1n) === 1n) found.push((order[index] as StoredCommit).id);
      return found;
    },
    touching(path, from, limit) {
      const found: string[] = [];
      for (let at: StoredCommit | undefined = expectCommit(from); at && found.length < limit; ) {
        const parent: string | undefined = at.parents[0];
        const before = parent === undefined ? undefined : entryAt(expectCommit(parent).tree, path);
        const after = entryAt(at.tree, path);
        if (before?.id !== after?.id || before?.mode !== after?.mode) found.push(at.id);
        at = parent === undefined ? undefined : expectCommit(parent);
      }
      return found;
    },
    entryAt,
    copy: () => createDatabase(objects, order),
  };
}
