import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Author } from '../inputs/readers.ts';
import { hashBlob, hashCommit, hashTree } from '../text/bytes.ts';
import { type BlobId, type CommitId, type TreeId, treeId } from '../text/ids.ts';
import { decodeName, type TreeEntry } from './porcelain.ts';

/** An object of our own making: its content is what git stores, and its id the hash of that. */
export type GitObject =
  | { readonly type: 'blob'; readonly id: BlobId; readonly content: Buffer }
  | { readonly type: 'tree'; readonly id: TreeId; readonly content: Buffer }
  | { readonly type: 'commit'; readonly id: CommitId; readonly content: Buffer };

export interface CommitDetails {
  readonly message: string;
  readonly author: Author;
  readonly now: Date;
}

export function blobObject(content: Buffer) {
  return { type: 'blob' as const, id: hashBlob(content), content };
}

export function treeObject(content: Buffer) {
  return { type: 'tree' as const, id: hashTree(content), content };
}

/** The commit that `git commit-tree` would write; its author is the committer too. */
export function commitObject(tree: TreeId, parent: CommitId | undefined, { message, author, now }: CommitDetails) {
  const who = `${withoutCrud(author.name)} <${withoutCrud(author.email)}> ${Math.floor(now.getTime() / 1000)} +0000`;
  const parents = parent === undefined ? [] : [`parent ${parent}`];
  const content = Buffer.from(
    [`tree ${tree}`, ...parents, `author ${who}`, `committer ${who}`, '', message].join('\n'),
  );
  return { type: 'commit' as const, id: hashCommit(content), content };
}

/** As git leaves out of a name what would be in the way of reading it: at both ends punctuation, within what ends it. */
function withoutCrud(name: string): string {
  return name.replace(/^[\0- ,:;<>"\\']+|[\0- ,:;<>"\\']+$/g, '').replace(/[\n<>]/g, '');
}

const [SPACE, SLASH] = [0x20, 0x2f];
const ID_BYTES = 20;
const FOLDER = '40000';

/** An entry of a tree: where it begins, its mode, the bytes of its name, and where the next one begins, behind its id. */
interface RawEntry {
  readonly start: number;
  readonly mode: string;
  readonly name: Buffer;
  readonly end: number;
}

function* entriesOf(tree: Buffer): Generator<RawEntry> {
  for (let start = 0; start < tree.length; ) {
    const space = tree.indexOf(SPACE, start);
    const nul = tree.indexOf(0, space);
    const end = nul + 1 + ID_BYTES;
    if (space === -1 || nul === -1 || end > tree.length) throw new Error('A tree ends within an entry');
    yield { start, mode: tree.toString('latin1', start, space), name: tree.subarray(space + 1, nul), end };
    start = end;
  }
}

function idOf(tree: Buffer, { end }: RawEntry): string {
  return tree.toString('hex', end - ID_BYTES, end);
}

/** The entries of a tree, as `git ls-tree` names them. */
export function readTree(tree: Buffer): TreeEntry[] {
  return Array.from(entriesOf(tree), (entry) => ({
    mode: entry.mode.padStart(6, '0'),
    type: typeOf(entry.mode),
    id: idOf(tree, entry),
    path: decodeName(entry.name),
  }));
}

function typeOf(mode: string): 'tree' | 'commit' | 'blob' {
  if (mode === FOLDER) return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

/** The tree with these entries in any order; `undefined` where a name is not known. */
export function renderTree(entries: readonly TreeEntry[]): Buffer | undefined {
  const rendered: { readonly key: Buffer; readonly entry: Buffer }[] = [];
  for (const { mode, id, path } of entries) {
    if (path === undefined) return undefined;
    const name = Buffer.from(path);
    const digits = mode.replace(/^0+/, '');
    rendered.push({ key: keyOf(name, digits), entry: renderEntry(digits, name, id) });
  }
  rendered.sort((one, other) => Buffer.compare(one.key, other.key));
  return Buffer.concat(rendered.map(({ entry }) => entry));
}

function renderEntry(mode: string, name: Buffer, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} `), name, Buffer.of(0), Buffer.from(id, 'hex')]);
}

/** What git orders by: the name's bytes, a folder's with a slash. */
function keyOf(name: Buffer, mode: string): Buffer {
  return mode === FOLDER ? Buffer.concat([name, Buffer.of(SLASH)]) : name;
}

/** The id of a folder in a tree. */
export function folderIn(tree: Buffer, name: string): TreeId | undefined {
  const bytes = Buffer.from(name);
  for (const entry of entriesOf(tree))
    if (entry.mode === FOLDER && entry.name.equals(bytes)) return treeId(idOf(tree, entry));
  return undefined;
}

/** A tree with a folder added, replaced (whatever has its name), or removed (`undefined`); all else is the same bytes. */
export function graftFolder(tree: Buffer, name: string, folder: TreeId | undefined): Buffer {
  const bytes = Buffer.from(name);
  let place: number | undefined;
  let replaced = { start: tree.length, end: tree.length };
  for (const entry of entriesOf(tree)) {
    if (entry.name.equals(bytes)) replaced = entry;
    if (place === undefined && isBehind(entry, bytes)) place = entry.start;
  }
  const added = folder === undefined ? Buffer.alloc(0) : renderEntry(FOLDER, bytes, folder);
  place ??= tree.length;
  return replaced.start < place
    ? Buffer.concat([tree.subarray(0, replaced.start), tree.subarray(replaced.end, place), added, tree.subarray(place)])
    : Buffer.concat([
        tree.subarray(0, place),
        added,
        tree.subarray(place, replaced.start),
        tree.subarray(replaced.end),
      ]);
}

/** Whether an entry comes behind a folder of this name. */
function isBehind({ name, mode }: RawEntry, folder: Buffer): boolean {
  const common = Math.min(name.length, folder.length);
  const order = name.compare(folder, 0, common, 0, common);
  return order === 0 ? Buffer.compare(keyOf(name, mode), keyOf(folder, FOLDER)) > 0 : order > 0;
}

const PACK_TYPES = { commit: 1, tree: 2, blob: 3 } as const;
const HEADER_BYTES = 12;
const deflateAsync = promisify(deflate);

/** A pack of these objects, each whole: for `git index-pack`, or a push. */
export async function renderPack(objects: readonly GitObject[]): Promise<Buffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const entries = await Promise.all(
    objects.map(async ({ type, content }) => [packHeader(type, content.length), await deflateAsync(content)]),
  );
  const pack = Buffer.concat([header, ...entries.flat()]);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

/** Type and size: four bits of the size in the first byte, seven in each other one, the lowest first. */
function packHeader(type: GitObject['type'], size: number): Buffer {
  const bytes: number[] = [];
  let byte = (PACK_TYPES[type] << 4) | (size & 0x0f);
  for (let left = Math.floor(size / 16); left > 0; left = Math.floor(left / 128)) {
    bytes.push(byte | 0x80);
    byte = left & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}
