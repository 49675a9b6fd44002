import { encodeMany } from '../codex/join.ts';
import { CodexSyncError } from '../errors.ts';
import { createObjectScan, type ObjectVisitor } from './object-scan.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { expectGit, expectPieces } from './run.ts';

/**
 * Tells how each of the objects begins. Those that neither store nor checkout have (a partial checkout, or none) are fetched from
 * the project's repository, all in one request.
 * @throws CodexSyncError `bad-checkout` when a partial checkout lacks them, and they cannot be had
 */
export async function scanObjects(
  store: ObjectStore,
  project: Remote,
  ids: readonly string[],
  keep: number,
  tell: ObjectVisitor,
): Promise<void> {
  const missing = await scanPresent(store, ids, keep, tell);
  if (missing.length === 0) return;
  const isPartial = Object.keys(store.withCheckout).length > 0;
  await store.fetch(project, missing, 'blobs').catch((error: unknown) => {
    if (!isPartial) throw error;
    throw new CodexSyncError(
      'bad-checkout',
      `The checkout is partial and lacks ${missing.length} of the documents, and ${project.name} did not hand them over ` +
        '("project-token" needs "contents: read"). Give that permission, or check out without "filter".',
      { cause: error },
    );
  });
  await scanPresent(store, missing, keep, tell);
}

/** Content beyond this size is not read: what is looked for stands at the start of small files. */
const LARGEST_READ = 1024 * 1024;
const LINE_BREAK = 0x0a;

/** @returns the ids of those that are not here */
async function scanPresent(
  store: ObjectStore,
  ids: readonly string[],
  keep: number,
  tell: ObjectVisitor,
): Promise<string[]> {
  const scan = createObjectScan(keep, tell);
  if (ids.length === 0) return [];
  const ask = (how: string, asked: readonly string[]) => ({
    args: ['cat-file', how, '--buffer'],
    call: { input: encodeMany(asked, (id) => `${id}\n`), variables: store.withCheckout },
  });
  const sizes = ask('--batch-check', ids);
  const small: string[] = [];
  let answers = 0;
  const sort = (line: Buffer) => {
    // Answers come in the order of the questions.
    const id = ids[answers++] ?? '';
    const [, type, size] = line.toString('latin1').split(' ');
    if (type === 'missing') scan.missing.push(id);
    else if (Number(size) > LARGEST_READ) tell(id, { size: Number(size), start: Buffer.alloc(0) });
    else small.push(id);
  };
  await expectPieces(store.git, sizes.args, sort, { ...sizes.call, separator: LINE_BREAK });
  const contents = ask('--batch', small);
  if (small.length > 0) await expectGit(store.git, contents.args, { ...contents.call, onOutput: scan.read });
  return scan.missing;
}
