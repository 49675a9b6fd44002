import { devNull } from 'node:os';
import { join } from 'node:path';
import { createObjectScan } from './object-scan.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { expectGit, type GitSetting } from './run.ts';

// Bytes as they are in the codex, whatever the user's or the machine's configuration says about line ends and filters.
const AS_THEY_ARE: readonly GitSetting[] = [
  ['core.autocrlf', 'false'],
  ['core.eol', 'lf'],
  ['core.attributesFile', devNull],
  ['core.sparseCheckout', 'false'],
];

/**
 * Writes blobs of the codex into files named by their ids. Those that the store lacks are fetched, all in one request.
 * @param directory a folder of our own, in which a file named by an id is that blob
 */
export async function writeBlobs(
  store: ObjectStore,
  codex: Remote,
  ids: readonly string[],
  directory: string,
): Promise<void> {
  if (ids.length === 0) return;
  await store.fetch(codex, ids, 'blobs');
  const variables = {
    GIT_INDEX_FILE: join(store.directory, 'blobs-index'),
    GIT_WORK_TREE: directory,
    GIT_ATTR_NOSYSTEM: '1',
  };
  const input = ids.map((id) => `100644 ${id}\t${id}\0`).join('');
  await expectGit(store.git, ['read-tree', '--empty'], { variables });
  await expectGit(store.git, ['update-index', '-z', '--index-info'], { variables, input });
  await expectGit(store.git, ['checkout-index', '--all', '--force'], { variables, settings: AS_THEY_ARE });
}

/**
 * Reads blobs of the codex as texts. Those that the store lacks are fetched, all in one request.
 * @param maxBytes of a blob that is read
 * @returns id -> text; without those that are larger
 */
export async function readBlobs(
  store: ObjectStore,
  codex: Remote,
  ids: readonly string[],
  maxBytes: number,
): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  await store.fetch(codex, wanted, 'blobs');
  const texts = new Map<string, string>();
  const scan = createObjectScan(maxBytes, (id, { size, start }) => {
    if (size <= maxBytes) texts.set(id, start.toString('utf8'));
  });
  const input = wanted.map((id) => `${id}\n`).join('');
  await expectGit(store.git, ['cat-file', '--batch', '--buffer'], { input, onOutput: scan.read });
  return texts;
}
