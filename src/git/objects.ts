import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Author } from '../inputs/readers.ts';
import { encodeTree, FOLDER_MODE, hashBlob, hashCommit, hashTree, ID_BYTES } from '../text/bytes.ts';
import { type BlobId, type CommitId, type TreeId, treeId } from '../text/ids.ts';
import { decodeName, type TreeEntry } from './porcelain.ts';

/** An object of our own making: its content is what git stores, and its id the hash of that. */
export type GitObject = (
  | { readonly type: 'blob'; readonly id: BlobId }
  | { readonly type: 'tree'; readonly id: TreeId }
  | { readonly type: 'commit'; readonly id: CommitId }
) & {
  readonly content: Buffer;
  /** An object of the codex, or of the same push, that it differs from by little. */
  readonly base?: { readonly id: string; readonly content: Buffer };
};

export interface CommitDetails {
  readonly message: string;
  readonly author: Author;
  readonly now: Date;
}

export function blobObject(content: Buffer) {
  return { type: 'blob' as const, id: hashBlob(content), content };
}

/** @param base the tree that it was before */
export function treeObject(content: Buffer, base?: { readonly id: TreeId; readonly content: Buffer }) {
  return { type: 'tree' as const, id: hashTree(content), content, ...(base && { base }) };
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
  if (mode === FOLDER_MODE) return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

/** The tree with these entries in any order; `undefined` where a name is not known. */
export function renderTree(entries: readonly TreeEntry[]): Buffer | undefined {
  const named = entries.flatMap(({ mode, id, path }) =>
    path === undefined ? [] : [{ mode: mode.replace(/^0+/, ''), name: path, id }],
  );
  return named.length < entries.length ? undefined : encodeTree(named);
}

function renderEntry(mode: string, name: Buffer, id: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} `), name, Buffer.of(0), Buffer.from(id, 'hex')]);
}

/** What git orders by: the name's bytes, a folder's with a slash. */
function keyOf(name: Buffer, mode: string): Buffer {
  return mode === FOLDER_MODE ? Buffer.concat([name, Buffer.of(SLASH)]) : name;
}

/** The id of a folder in a tree. */
export function folderIn(tree: Buffer, name: string): TreeId | undefined {
  const bytes = Buffer.from(name);
  for (const entry of entriesOf(tree))
    if (entry.mode === FOLDER_MODE && entry.name.equals(bytes)) return treeId(idOf(tree, entry));
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
  const added = folder === undefined ? Buffer.alloc(0) : renderEntry(FOLDER_MODE, bytes, folder);
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
  return order === 0 ? Buffer.compare(keyOf(name, mode), keyOf(folder, FOLDER_MODE)) > 0 : order > 0;
}

const PACK_TYPES = { commit: 1, tree: 2, blob: 3, delta: 7 } as const;
const HEADER_BYTES = 12;
const deflateAsync = promisify(deflate);

/** A pack of these objects, each whole: for `git index-pack`, which may know none of the bases. */
export async function renderPack(objects: readonly GitObject[]): Promise<Buffer> {
  return joinPack(await Promise.all(objects.map(wholeEntry)));
}

/**
 * A pack for a server that has the bases, in which the lists that grow with the codex are what changed in them.
 * @param others a pack of other objects, as git wrote it
 */
export async function renderThinPack(objects: readonly GitObject[], others?: Buffer): Promise<Buffer> {
  const entries = await Promise.all(objects.map(thinEntry));
  if (!others) return joinPack(entries);
  const body = others.subarray(HEADER_BYTES, others.length - ID_BYTES);
  return joinPack([body, ...entries], others.readUInt32BE(8) + entries.length);
}

function joinPack(entries: readonly Buffer[], count = entries.length): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count, 8);
  const pack = Buffer.concat([header, ...entries]);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

async function wholeEntry({ type, content }: GitObject): Promise<Buffer> {
  return Buffer.concat([packHeader(type, content.length), await deflateAsync(content)]);
}

async function thinEntry(object: GitObject): Promise<Buffer> {
  const { base, content } = object;
  const delta = base && deltaOf(base.content, content);
  if (!delta || delta.length > content.length / 2) return wholeEntry(object);
  return Buffer.concat([packHeader('delta', delta.length), Buffer.from(base.id, 'hex'), await deflateAsync(delta)]);
}

const [LONGEST_COPY, LONGEST_INSERT] = [0xffffff, 0x7f];

/** How to make a content of another one that begins and ends in the same way. */
function deltaOf(base: Buffer, content: Buffer): Buffer {
  const shorter = Math.min(base.length, content.length);
  let start = 0;
  while (start < shorter && base[start] === content[start]) start++;
  let end = 0;
  while (end < shorter - start && base[base.length - 1 - end] === content[content.length - 1 - end]) end++;
  const pieces = [sizeBytes(base.length), sizeBytes(content.length), ...copies(0, start)];
  for (let at = start; at < content.length - end; at += LONGEST_INSERT) {
    const piece = content.subarray(at, Math.min(at + LONGEST_INSERT, content.length - end));
    pieces.push(Buffer.of(piece.length), piece);
  }
  return Buffer.concat([...pieces, ...copies(base.length - end, base.length)]);
}

function copies(from: number, to: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = from; at < to; at += LONGEST_COPY) {
    const piece = Buffer.alloc(8);
    piece.writeUInt8(0xff, 0);
    piece.writeUInt32LE(at, 1);
    piece.writeUIntLE(Math.min(LONGEST_COPY, to - at), 5, 3);
    pieces.push(piece);
  }
  return pieces;
}

/** Seven bits in each byte, the lowest first. */
function sizeBytes(size: number): Buffer {
  const bytes: number[] = [];
  let left = size;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** Type and size: four bits of the size in the first byte, seven in each other one, the lowest first. */
function packHeader(type: keyof typeof PACK_TYPES, size: number): Buffer {
  const first = (PACK_TYPES[type] << 4) | (size & 0x0f);
  return size < 16 ? Buffer.of(first) : Buffer.concat([Buffer.of(first | 0x80), sizeBytes(Math.floor(size / 16))]);
}
