import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Patterns, parsePatterns } from '../../src/documents/patterns.ts';
import type { Selection } from '../../src/documents/select.ts';
import { openCheckout } from '../../src/git/checkout.ts';
import { createObjectStore, type ObjectStore, type Remote } from '../../src/git/object-store.ts';
import { listCommitFiles, selectCommitted } from '../../src/git/read-commit.ts';
import { readSelection } from '../../src/git/read-documents.ts';
import { cleanGitEnvironment } from './git.ts';

const environment = cleanGitEnvironment();
const common = { environment, debug: () => undefined, sleep: async () => undefined };

/** Of what is here nothing has to be fetched. */
const NOWHERE: Remote = { name: 'nowhere', url: 'http://127.0.0.1:1/', settings: async () => [] };

/** Patterns that select everything, unless told. */
export function everything(words: Partial<Parameters<typeof parsePatterns>[0]> = {}): Patterns {
  return parsePatterns({ include: ['**'], exclude: [], includeIgnored: [], ...words });
}

/** What `sync-project` selects of a checkout. */
export async function selectCheckout(
  directory: string,
  temporary: string,
  patterns = everything(),
  { includeLfs = false } = {},
) {
  const place = await mkdtemp(join(temporary, 'run-'));
  const checkout = await openCheckout(directory, place, environment, common.debug);
  const objects = join(place, 'objects.git');
  const store = await createObjectStore({ ...common, directory: objects, checkoutObjects: checkout.objects });
  return { checkout, store, selection: await readSelection(checkout, store, NOWHERE, { patterns, includeLfs }) };
}

/** What `sync-org` selects of a commit on a server, which it knows by its tree. */
export async function selectCommit(remote: Remote, tree: string, temporary: string, patterns = everything()) {
  const place = await mkdtemp(join(temporary, 'run-'));
  const store = await createObjectStore({ ...common, directory: join(place, 'objects.git') });
  return selectTree(store, remote, tree, patterns);
}

/** What a bare clone says of a commit: its objects are here, and nothing is fetched. */
export async function selectBare(bare: string, tree: string, temporary: string, patterns = everything()) {
  const place = await mkdtemp(join(temporary, 'run-'));
  const sharedObjects = join(bare, 'objects');
  const store = await createObjectStore({ ...common, directory: join(place, 'objects.git'), sharedObjects });
  return selectTree({ ...store, fetch: async () => undefined }, NOWHERE, tree, patterns);
}

async function selectTree(store: ObjectStore, remote: Remote, tree: string, patterns: Patterns) {
  return selectCommitted(store, remote, await listCommitFiles(store, remote, tree), patterns);
}

/** Path -> mode and blob id, as `git ls-files --stage` has them. */
export function published({ documents }: Pick<Selection, 'documents'>): Record<string, string> {
  const entries = [...documents].map(([path, { id, executable }]) => [
    path,
    `${executable ? '100755' : '100644'} ${id}`,
  ]);
  return Object.fromEntries(entries.sort());
}
