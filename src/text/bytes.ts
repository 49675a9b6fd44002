import { createHash } from 'node:crypto';

const BLOCK = 1000;

/**
 * Joins tens of thousands of short texts. Block by block, so that what each of them was put together from need not be kept
 * until the last one is there.
 */
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

/** Tens of thousands of short texts as bytes, of which there is no second copy as one text. */
export function encodeMany<Item>(items: Iterable<Item>, render: (item: Item) => string): Buffer {
  let size = 0;
  for (const item of items) size += Buffer.byteLength(render(item));
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const item of items) at += bytes.write(render(item), at);
  return bytes;
}

/** The id that git gives to a content. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
