import { CodexSyncError } from '../errors.ts';
import { checkItems, type Shape } from './answer-shapes.ts';

/** The most items that a page has. */
export const PAGE_SIZE = 100;

/** One page, as `paginate.iterator` gives it. */
interface Page<Item> {
  readonly url: string;
  readonly data: readonly Item[];
}

/**
 * Reads all pages of a list. GitHub names the next page in each answer: a fault there would make a list that never ends.
 * @param list its name for messages, what is read of an item, and the most pages that it can have
 * @throws CodexSyncError `remote-failed` where there are more pages, or where one comes twice
 */
export async function readPages<Item>(
  pages: AsyncIterable<Page<Item>>,
  list: { readonly name: string; readonly item: Shape; readonly maxPages: number },
): Promise<Item[]> {
  const items: Item[] = [];
  const beginnings = new Set<string>();
  let count = 0;
  for await (const { url, data } of pages) {
    checkItems(list.item, url, data);
    const [first] = data;
    const beginning = JSON.stringify(first);
    if (first !== undefined && beginnings.has(beginning)) throw endless(list.name, 'repeats itself');
    beginnings.add(beginning);
    count += 1;
    if (count > list.maxPages) throw endless(list.name, `does not end after ${items.length} entries`);
    items.push(...data);
  }
  return items;
}

function endless(name: string, problem: string): CodexSyncError {
  return new CodexSyncError('remote-failed', `GitHub's list of ${name} ${problem}. Run it again later.`);
}
