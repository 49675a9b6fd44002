import { devNull } from 'node:os';
import { join } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { encodeMany } from '../text/bytes.ts';
import { type BlobId, blobId } from '../text/ids.ts';
import { tokenName } from '../text/spell-inputs.ts';
import { expectGit, expectPieces, type GitSetting } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';

// Exact bytes: user and machine settings for line ends and filters do not apply.
const AS_THEY_ARE: readonly GitSetting[] = [
  ['core.autocrlf', 'false'],
  ['core.eol', 'lf'],
  ['core.attributesFile', devNull],
  ['core.sparseCheckout', 'false'],
];

/** Writes blobs into `directory` (ours), each into a file named by its id. Missing blobs come in one fetch. */
export async function writeBlobs(
  store: ObjectStore,
  codex: Remote,
  ids: readonly BlobId[],
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

/** Reads blobs as texts by id, without those over `maxBytes`. Missing blobs come in one fetch. */
export async function readBlobs(
  store: ObjectStore,
  codex: Remote,
  ids: readonly BlobId[],
  maxBytes: number,
): Promise<Map<BlobId, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  await store.fetch(codex, wanted, 'blobs');
  const texts = new Map<BlobId, string>();
  const scan = createObjectScan(maxBytes, (id, { size, start }) => {
    if (size <= maxBytes) texts.set(id, start.toString('utf8'));
  });
  const input = wanted.map((id) => `${id}\n`).join('');
  await expectGit(store.git, ['cat-file', '--batch', '--buffer'], { input, onOutput: scan.read });
  return texts;
}

/**
 * Reads the start of each object; missing ones come in one fetch from the project.
 * @throws CodexSyncError `bad-checkout` when a partial checkout lacks objects and the fetch fails
 */
export async function scanObjects(
  store: ObjectStore,
  project: Remote,
  ids: readonly BlobId[],
  keep: number,
  record: ObjectVisitor,
): Promise<void> {
  const missing = await scanPresent(store, ids, keep, record);
  if (missing.length === 0) return;
  const isPartial = Object.keys(store.withCheckout).length > 0;
  await store.fetch(project, missing, 'blobs').catch((error: unknown) => {
    if (!isPartial) throw error;
    throw new CodexSyncError(
      'bad-checkout',
      `The checkout is partial and lacks ${missing.length} of the documents, and ${project.name} did not return them ` +
        `(${tokenName('project-token')} needs "contents: read").`,
      'Give that permission, or check out without "filter".',
      { cause: error },
    );
  });
  await scanPresent(store, missing, keep, record);
}

/**
 * Packs those of the blobs that are here, the checkout's included, as they are stored; `undefined` where they are larger
 * together, or there are none.
 */
export async function packBlobs(
  { git, withCheckout }: Pick<ObjectStore, 'git' | 'withCheckout'>,
  ids: readonly BlobId[],
  maxBytes: number,
): Promise<{ readonly pack: Buffer | undefined } | undefined> {
  const listed = (all: readonly BlobId[]) => ({
    input: encodeMany(all, (id) => `${id}\n`),
    variables: withCheckout,
  });
  if (ids.length === 0) return { pack: undefined };
  const found: BlobId[] = [];
  let total = 0;
  const record = (line: Buffer) => {
    const [id = '', type, size] = line.toString('latin1').split(' ');
    if (type !== 'blob') return;
    found.push(blobId(id));
    total += Number(size);
  };
  const args = ['cat-file', '--batch-check', '--buffer'];
  await expectPieces(git, args, record, { ...listed(ids), separator: LINE_BREAK });
  if (total > maxBytes) return undefined;
  if (found.length === 0) return { pack: undefined };
  return { pack: await expectGit(git, ['pack-objects', '--stdout', '--quiet', '--window=0'], listed(found)) };
}

/** Larger content is not read: every marker that we look for is at the start of small files. */
const LARGEST_READ = 1024 * 1024;
const LINE_BREAK = 0x0a;

async function scanPresent(
  store: ObjectStore,
  ids: readonly BlobId[],
  keep: number,
  record: ObjectVisitor,
): Promise<BlobId[]> {
  const scan = createObjectScan(keep, record);
  if (ids.length === 0) return [];
  const ask = (how: string, asked: readonly BlobId[]) => ({
    args: ['cat-file', how, '--buffer'],
    call: { input: encodeMany(asked, (id) => `${id}\n`), variables: store.withCheckout },
  });
  const sizes = ask('--batch-check', ids);
  const small: BlobId[] = [];
  let answers = 0;
  const sort = (line: Buffer) => {
    // Git answers in the order of the questions.
    const id = ids[answers++];
    if (id === undefined) return;
    const [, type, size] = line.toString('latin1').split(' ');
    if (type === 'missing') scan.missing.push(id);
    else if (Number(size) > LARGEST_READ) record(id, { size: Number(size), start: Buffer.alloc(0) });
    else small.push(id);
  };
  await expectPieces(store.git, sizes.args, sort, { ...sizes.call, separator: LINE_BREAK });
  const contents = ask('--batch', small);
  if (small.length > 0) await expectGit(store.git, contents.args, { ...contents.call, onOutput: scan.read });
  return scan.missing;
}

/** The first bytes of an object, and its whole size in bytes. */
export interface ObjectStart {
  readonly size: number;
  readonly start: Buffer;
}

export type ObjectVisitor = (id: BlobId, object: ObjectStart) => void;

/**
 * Reads the output of `git cat-file --batch` in pieces: `<id> <type> <size>\n<content>\n`, or `<id> missing\n`. It
 * keeps the first `keep` bytes of one object at a time, so memory depends on neither number nor size of the documents.
 */
export function createObjectScan(keep: number, record: ObjectVisitor) {
  const missing: BlobId[] = [];
  let line = '';
  let object: { id: BlobId; size: number; left: number; start: Buffer } | undefined;

  function endHeader(): void {
    const [name = '', type, size = ''] = line.split(' ');
    const id = blobId(name);
    line = '';
    if (type === 'missing') missing.push(id);
    // The line break after the content counts as its last byte.
    else object = { id, size: Number(size), left: Number(size) + 1, start: Buffer.alloc(Math.min(keep, Number(size))) };
  }

  function read(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (!object) {
        const end = piece.indexOf(0x0a, at);
        line += piece.subarray(at, end === -1 ? piece.length : end).toString('latin1');
        if (end === -1) return;
        at = end + 1;
        endHeader();
        continue;
      }
      const taken = Math.min(object.left, piece.length - at);
      // `copy` drops bytes beyond the end of `start`.
      piece.copy(object.start, object.size + 1 - object.left, at, at + taken);
      object.left -= taken;
      at += taken;
      if (object.left > 0) continue;
      record(object.id, { size: object.size, start: object.start });
      object = undefined;
    }
  }

  return { read, missing };
}
