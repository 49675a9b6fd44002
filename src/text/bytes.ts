import { createHash } from 'node:crypto';
import { type BlobId, blobId, type CommitId, commitId, type TreeId, treeId } from './ids.ts';

const BLOCK = 1000;

/** Joins tens of thousands of short texts in blocks, so that their parts need not stay until the end. */
export function joinMany(texts: Iterable<string>): string {
  const blocks: string[] = [];
  let block: string[] = [];
  for (const text of texts) {
    if (block.push(text) < BLOCK) continue;
    blocks.push(block.join(''));
    block = [];
  }
  if (block.length > 0) blocks.push(block.join(''));
  return blocks.join('');
}

/** Encodes tens of thousands of short texts, without a second copy as one text. */
export function encodeMany<Item>(items: Iterable<Item>, render: (item: Item) => string): Buffer {
  let size = 0;
  for (const item of items) size += Buffer.byteLength(render(item));
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const item of items) at += bytes.write(render(item), at);
  return bytes;
}

/** Computes the id that git gives a file with this content. */
export function hashBlob(content: Uint8Array): BlobId {
  return blobId(hashObject('blob', content));
}

/** Computes the id that git gives a folder with these entries, as git writes them. */
export function hashTree(content: Uint8Array): TreeId {
  return treeId(hashObject('tree', content));
}

/** A file or a folder in a tree: its mode as git writes it there, without zeros in front. */
interface NamedEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/** Of a folder in a tree. */
export const FOLDER_MODE = '40000';
export const ID_BYTES = 20;

/** A tree as git writes it, from entries in any order. */
export function encodeTree(entries: readonly NamedEntry[]): Buffer {
  const rendered = entries.map(({ mode, name, id }) => ({
    // A folder's name counts with its slash.
    key: mode === FOLDER_MODE ? `${name}/` : name,
    head: `${mode} ${name}\0`,
    id,
  }));
  sortByBytes(rendered);
  const content = Buffer.allocUnsafe(rendered.reduce((sum, { head }) => sum + Buffer.byteLength(head) + ID_BYTES, 0));
  let at = 0;
  for (const { head, id } of rendered) {
    at += content.write(head, at);
    at += content.write(id, at, 'hex');
  }
  return content;
}

/** From here on the order of JavaScript's texts is not the one of their bytes. */
const UNLIKE_BYTES = /[\ud800-\uffff]/;

function sortByBytes(entries: { readonly key: string }[]): void {
  if (entries.some(({ key }) => UNLIKE_BYTES.test(key)))
    entries.sort((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
  else entries.sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** Computes the id that git gives a commit with this content. */
export function hashCommit(content: Uint8Array): CommitId {
  return commitId(hashObject('commit', content));
}

function hashObject(type: 'blob' | 'tree' | 'commit', content: Uint8Array): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

export const OBJECT_ID = /^[0-9a-f]{40}$/;

/** `undefined` for anything except a JSON object, broken text included. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a text is a date as this tool writes it: UTC, ISO 8601. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
