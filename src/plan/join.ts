const BLOCK = 1000;

/**
 * Joins tens of thousands of short texts. Block by block, so that what each of them was put together from need not be kept
 * until the last one is there.
 */
export function joinMany(texts: Iterable<string>, separator = ''): string {
  const blocks: string[] = [];
  let block: string[] = [];
  for (const text of texts) {
    if (block.push(text) < BLOCK) continue;
    blocks.push(block.join(separator));
    block = [];
  }
  if (block.length > 0) blocks.push(block.join(separator));
  return blocks.join(separator);
}
