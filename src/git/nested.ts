import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Patterns } from '../documents/patterns.ts';
import type { CheckoutListing } from '../documents/select.ts';

/** After as many entries another repository counts as one that holds a selected file: reported once too often is no harm. */
const MAX_ENTRIES = 20_000;

/** The other repositories in a working tree that hold a file which the patterns would select. */
export async function findSelected(
  directory: string,
  { nested, nestedIgnored }: Pick<CheckoutListing, 'nested' | 'nestedIgnored'>,
  { selectsKnown, selectsIgnored }: Patterns,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of nested) if (await holds(directory, path, selectsKnown)) found.add(path);
  for (const path of nestedIgnored) if (await holds(directory, path, selectsIgnored)) found.add(path);
  return found;
}

async function holds(directory: string, folder: string, selects: (path: string) => boolean): Promise<boolean> {
  const folders = [folder];
  let entries = 0;
  for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
    for (const entry of await readdir(join(directory, next), { withFileTypes: true }).catch(() => [])) {
      const path = `${next}/${entry.name}`;
      if (entry.name === '.git') continue;
      entries += 1;
      if (entry.isDirectory()) folders.push(path);
      else if (selects(path) || entries > MAX_ENTRIES) return true;
    }
  }
  return false;
}
