import { ALL_COMMITTED, type CheckoutState } from '../codex/pull-plan.ts';
import { pathsOnTheWay, planLinks } from '../documents/links.ts';
import type { Patterns } from '../documents/patterns.ts';
import {
  type CheckoutListing,
  type CheckoutSelection,
  candidatePaths,
  type IndexEntry,
  planCandidates,
  planSelection,
  withoutFetched,
} from '../documents/select.ts';
import { hashBlob } from '../text/bytes.ts';
import { type BlobId, blobId } from '../text/ids.ts';
import { type CommitInfo, parseCommit } from './checkout.ts';
import { expectPieces, type Git } from './exec.ts';
import { createRecordReader, readFetchedOfTree } from './fetch-records.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { parseTreeEntry } from './porcelain.ts';
import { foreignReason, readEnds, readLinks } from './read-documents.ts';

/** A file of a commit, links followed. */
interface CommittedFile {
  readonly id: BlobId;
  readonly text: string;
}

export interface CommittedFiles {
  readonly commit: CommitInfo;
  /** Requested paths that the commit has; `undefined` when git cannot decide, as in a partial clone. */
  readonly files: ReadonlyMap<string, CommittedFile> | undefined;
}

/** Reads files of a commit with one process; follows links, never out of it. `undefined` if it is not here. */
export async function tryReadCommitted(
  git: Git,
  name: string,
  paths: readonly string[],
): Promise<CommittedFiles | undefined> {
  // A name with a line break would be two questions.
  const asked = paths.filter((path) => !path.includes('\n'));
  const input = [name, ...asked.map((path) => `${name}:${path}`)].map((line) => `${line}\n`).join('');
  const { exitCode, stdout } = await git(['cat-file', '--batch', '--follow-symlinks'], { input });
  const answers = [...parseAnswers(stdout)];
  const [first] = answers;
  const commit = first && parseCommit(first.id, first.type, first.content.toString('utf8'));
  if (!commit) return undefined;
  if (exitCode !== 0 || answers.length !== asked.length + 1) return { commit, files: undefined };
  const files = new Map<string, CommittedFile>();
  for (const [index, path] of asked.entries()) {
    const answer = answers[index + 1];
    if (answer?.type !== 'blob') continue;
    files.set(path, { id: hashBlob(answer.content), text: answer.content.toString('utf8') });
  }
  return { commit, files };
}

/** The given paths that exist in a commit's trees; `undefined` when a tree is not available. */
export async function tryListCommitted(
  git: Git,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const { exitCode, stdout } = await git([
    '--literal-pathspecs',
    'ls-tree',
    '-z',
    '--name-only',
    commit,
    '--',
    ...paths,
  ]);
  return exitCode === 0 ? new Set(stdout.toString('utf8').split('\0').filter(Boolean)) : undefined;
}

interface Answer {
  readonly id: string;
  /** `blob`, `commit`, `tree`, or a reason: `missing`, `dangling`, `symlink`, `loop`, `notdir`. */
  readonly type: string;
  readonly content: Buffer;
}

/** `<id> <type> <size>\n<content>\n`; without an object `<name> missing\n`, or `<reason> <size>\n<name>\n`. */
function* parseAnswers(output: Buffer): Generator<Answer> {
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    if (end === -1) return;
    const header = output.subarray(at, end).toString('utf8');
    at = end + 1;
    if (/ (?:missing|ambiguous)$/.test(header)) {
      yield { id: '', type: 'missing', content: Buffer.alloc(0) };
      continue;
    }
    const [, id = '', type, size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(header) ?? [];
    const [, reason = '', length = '0'] = /^(\w+) (\d+)$/.exec(header) ?? [];
    const content = output.subarray(at, at + Number(size ?? length));
    at += content.length + 1;
    yield { id, type: type ?? reason, content };
  }
}

/** Lists a commit without a checkout from its root `tree`; fetches only trees. */
export async function listCommitFiles(store: ObjectStore, project: Remote, tree: string): Promise<CheckoutListing> {
  await store.fetch(project, [tree], 'trees');
  const index = new Map<string, IndexEntry>();
  const undecodable: string[] = [];
  await expectPieces(store.git, ['ls-tree', '-z', '-r', tree], (piece) => {
    const { path, mode, id } = parseTreeEntry(piece);
    if (path !== undefined) index.set(path, { mode, id: blobId(id) });
    else undecodable.push(piece.toString('latin1', piece.indexOf(0x09) + 1));
  });
  return { ...NO_FILES, index, undecodable };
}

const NONE: ReadonlySet<string> = new Set();

/** Without a checkout nothing differs from the commit. */
export const NO_FILES: CheckoutListing = {
  ...{ index: new Map(), undecodable: [], filtered: new Map() },
  ...{ changed: NONE, deleted: NONE, unmerged: NONE, bitAlone: new Map() },
  ...{ untracked: [], ignored: [], nested: [], nestedIgnored: [], nestedSelected: NONE },
};

/** Selects documents of a snapshot; fetches only blobs of links, and of indexes of cache directories. */
export async function selectCommitted(
  store: ObjectStore,
  project: Remote,
  listing: CheckoutListing,
  patterns: Patterns,
): Promise<CheckoutSelection & CheckoutState> {
  const all = planCandidates(listing, patterns);
  const readRecords = createRecordReader(store, project);
  const readFetched = (paths: readonly string[]) => readFetchedOfTree(paths, listing.index, readRecords);
  const candidates = withoutFetched(all, await readFetched(candidatePaths(all)));
  const texts = new Map(await readLinks(store, project, candidates.links));
  const ends = await readEnds(listing, texts, {
    readTexts: (links) => readLinks(store, project, links),
    lookAt: undefined,
  });
  const links = planLinks(listing, ends, foreignReason(await readFetched(pathsOnTheWay(ends)), patterns));
  const selection = planSelection(candidates, links, new Map(), new Map());
  return { ...selection, ...ALL_COMMITTED };
}
