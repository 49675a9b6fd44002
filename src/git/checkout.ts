import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { utcSeconds } from '../codex/manifest.ts';
import {
  type CheckoutListing,
  type Document,
  LFS_DRIVER,
  type LfsPointer,
  type OnDisk,
  POINTER_START,
  parseLfsPointer,
} from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { type BlobId, blobId, type CommitId, commitId, type Tristate } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { spelled, theInput } from '../text/spell-inputs.ts';
import { scanObjects } from './blobs.ts';
import { createGit, type Git, type GitOptions, type GitSetting } from './exec.ts';
import { type RecordReader, readFetched, type Tracked } from './fetch-records.ts';
import { listFiles, listIgnoredFolders, readFilters, stageCopies } from './listing.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { decodeName, lastMessage, splitNul } from './porcelain.ts';
import {
  type Flagged,
  findUnchanged,
  lookAt,
  type StagingStore,
  stageFiles,
  tryReadNamedBlobId,
} from './working-tree.ts';

export interface CommitInfo {
  readonly id: CommitId;
  readonly parents: readonly string[];
  /** Committer date, UTC, as `2026-11-22T10:00:00Z`. */
  readonly date: string;
}

export interface History {
  readonly head: CommitInfo;
  /** `undefined` when the local history cannot decide. */
  readonly contains: (commit: string, ancestor: string) => Promise<Tristate>;
  /** Commits of `commit` without those of `ancestor`, newest first; `undefined` without enough local history. */
  readonly tryCommitsSince: (ancestor: string, commit: string) => Promise<CommitInfo[] | undefined>;
  /** `undefined` without such a ref or without a repository. */
  readonly tryResolve: (ref: string) => Promise<string | undefined>;
  /** Paths below the project's directory that differ; `undefined` when a commit is not available. */
  readonly tryChanged: (from: string, to: string) => Promise<string[] | undefined>;
  /** `undefined` when the local history cannot decide. */
  readonly tryMergeBase: (one: string, other: string) => Promise<string | undefined>;
}

/** The project's checkout. No call runs a program that the checkout configures. */
export interface Checkout extends History {
  readonly directory: string;
  readonly origin: string | undefined;
  /** Git's own folder of this checkout; runs keep their records of the working tree here. */
  readonly gitDirectory: string;
  readonly objects: string;
  readonly readCommit: (id: string) => Promise<CommitInfo | undefined>;
  readonly list: (ignoredUnder: readonly string[]) => Promise<CheckoutListing>;
  readonly lookAt: (paths: readonly string[]) => Promise<Map<string, OnDisk>>;
  readonly stage: (paths: readonly string[], store: StagingStore, flagged: Flagged) => Promise<Map<string, Document>>;
  readonly listLfsPaths: (paths: readonly string[]) => Promise<string[]>;
  readonly writeLfsContents: (
    pointers: ReadonlyMap<string, LfsPointer>,
    store: StagingStore,
  ) => Promise<Map<string, BlobId>>;
  readonly listUnchanged: (ids: ReadonlyMap<string, BlobId>) => Promise<Set<string>>;
  readonly stageCopies: (files: ReadonlyMap<string, string>, store: StagingStore) => Promise<Map<string, Document>>;
  /** Paths below the project's directory whose index entry differs from HEAD; `undefined` without trees. */
  readonly tryListStaged: () => Promise<string[] | undefined>;
  readonly readFetched: (
    paths: readonly string[],
    tracked: Tracked,
    readRecords: RecordReader,
  ) => Promise<(path: string) => boolean>;
  readonly listIgnoredFolders: () => Promise<string[]>;
  readonly listIgnored: (paths: readonly string[]) => Promise<string[]>;
}

/**
 * Opens the checkout at `directory`, possibly below the repository's root. `known` is HEAD, if it was read before.
 * @throws CodexSyncError `bad-checkout` without a checkout or without a commit
 */
export async function openCheckout(
  directory: string,
  temporary: string,
  environment: GitOptions['environment'],
  debug: GitOptions['debug'],
  known?: CommitInfo,
): Promise<Checkout> {
  const plain = createGit({ directory, environment, protocols: 'none', debug });
  const asked = ['--is-shallow-repository', '--git-path', 'objects', '--git-path', 'index'];
  asked.push('--absolute-git-dir', '--show-toplevel', '--show-prefix');
  const [where, { drivers, origin, trustsBits }, head] = await Promise.all([
    plain(['rev-parse', '--path-format=absolute', ...asked]),
    readConfiguration(plain),
    known ?? readCommit(plain, 'HEAD'),
  ]);
  const [shallow = '', objects = '', index = '', gitDirectory = '', top = '', prefix = ''] = where.stdout
    .toString('utf8')
    .split('\n');
  if (where.exitCode !== 0 || objects === '') {
    throw new CodexSyncError(
      'bad-checkout',
      `"${directory}" is not in a git checkout that git can read (${printable(lastMessage(where.stderr))}).`,
      `${spelled({ workflow: 'Run actions/checkout before this step', terminal: 'Run this inside a checkout' })}, or name its path with ${theInput('working-directory')}.`,
    );
  }
  await checkWorkingTree(join(top, prefix), directory);
  const settings = drivers.flatMap(switchedOff);
  const names = new Set(drivers.map((driver) => driver.slice('filter.'.length)));
  const git: Git = (args, call) => plain(args, { ...call, settings: [...settings, ...OWN_INDEX] });
  const place = { top, prefix, gitDirectory, index, objects };
  const unchanged = { directory, prefix, gitDirectory, temporary };
  return {
    directory,
    origin,
    gitDirectory,
    objects,
    head: expectHead(head, directory),
    readCommit: (id) => readCommit(git, id),
    list: (ignoredUnder) => listFiles(git, { ...unchanged, index, drivers: names, trustsBits }, ignoredUnder),
    lookAt: (paths) => lookAt(directory, paths),
    stage: (paths, store, flagged) => stageFiles(git, place, paths, store, flagged),
    listLfsPaths: (paths) => listLfsPaths(git, paths),
    writeLfsContents: (pointers, store) => writeLfsContents(git, directory, pointers, store),
    listUnchanged: (ids) => findUnchanged(git, unchanged, ids, 'unknown'),
    stageCopies: (files, store) => stageCopies(git, place, files, store),
    contains: (commit, ancestor) => contains(git, commit, ancestor, shallow === 'true'),
    async tryCommitsSince(ancestor, commit) {
      const asked = ['rev-list', '--topo-order', `--max-count=${MAX_COMMITS}`, commit, `^${ancestor}`];
      const { exitCode, stdout } = await git(asked);
      const ids = stdout.toString('latin1').split('\n').filter(Boolean);
      if (exitCode !== 0 || ids.length === MAX_COMMITS) return undefined;
      const found = await Promise.all(ids.map((id) => readCommit(git, id)));
      return found.every((one) => one !== undefined) ? found : undefined;
    },
    async tryResolve(ref) {
      const { exitCode, stdout } = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
      return exitCode === 0 ? stdout.toString('latin1').trim() : undefined;
    },
    tryChanged: (from, to) => tryNames(git, ['diff-tree', '-r', ...NAMES_ONLY, from, to, '--']),
    tryListStaged: () => tryNames(git, ['diff-index', '--cached', ...NAMES_ONLY, 'HEAD', '--']),
    readFetched: (paths, tracked, readRecords) => readFetched({ top, prefix }, paths, tracked, readRecords),
    listIgnoredFolders: () => listIgnoredFolders(git),
    async listIgnored(paths) {
      if (paths.length === 0) return [];
      const input = paths.map((path) => `${path}\0`).join('');
      const { exitCode, stdout, stderr } = await git(['check-ignore', '-z', '--stdin'], { input });
      // Exit code 1: no path is ignored.
      if (exitCode <= 1) return namesIn(stdout);
      throw new CodexSyncError(
        'bad-checkout',
        `git cannot determine which files it ignores (${printable(lastMessage(stderr))}).`,
        'Repair the checkout, then run this again.',
      );
    },
    async tryMergeBase(one, other) {
      const { exitCode, stdout } = await git(['merge-base', one, other]);
      return exitCode === 0 ? stdout.toString('latin1').trim() : undefined;
    },
  };
}

/**
 * `core.worktree` redirects git to other files, which would be published instead of the project's.
 * @throws CodexSyncError `bad-checkout` when the working tree is not `directory`
 */
export async function checkWorkingTree(where: string, directory: string): Promise<void> {
  const [taken, expected] = [await realpath(where).catch(() => where), await realpath(directory)];
  if (taken === expected) return;
  throw new CodexSyncError(
    'bad-checkout',
    `Git takes the files of "${printable(directory)}" from "${printable(where)}" ("core.worktree" in the configuration of the checkout).`,
    `Remove that setting, or name the other folder with ${theInput('working-directory')}.`,
  );
}

const NAMES_ONLY = ['-z', '--no-renames', '--no-ext-diff', '--name-only', '--relative'];

/** The names of a `-z` output, without those that are not UTF-8; `undefined` when git fails. */
async function tryNames(git: Git, args: readonly string[]): Promise<string[] | undefined> {
  const { exitCode, stdout } = await git(args);
  return exitCode === 0 ? namesIn(stdout) : undefined;
}

function namesIn(output: Buffer): string[] {
  return splitNul(output)
    .map(decodeName)
    .filter((path) => path !== undefined);
}

// Git then writes a copy of the index as one file, without extra files in the checkout.
const OWN_INDEX: readonly GitSetting[] = [
  ['core.splitIndex', 'false'],
  ['core.untrackedCache', 'false'],
];

/** Maximum number of commits that a job makes before it publishes. */
const MAX_COMMITS = 100;

const ORIGIN = 'remote.origin.url';
const FILE_MODE = 'core.filemode';

interface Configuration {
  /** Sections of filter drivers, such as `filter.lfs`. */
  readonly drivers: string[];
  readonly origin: string | undefined;
  readonly trustsBits: boolean;
}

async function readConfiguration(git: Git): Promise<Configuration> {
  const asked = '^(filter\\.|remote\\.origin\\.url$|core\\.filemode$)';
  const { stdout } = await git(['config', '-z', '--get-regexp', asked]);
  const drivers = new Set<string>();
  let origin: string | undefined;
  let trustsBits = true;
  for (const piece of splitNul(stdout)) {
    // `<key>\n<value>`; a key without a value has no second line.
    const end = piece.indexOf(0x0a);
    const key = decodeName(end === -1 ? piece : piece.subarray(0, end));
    if (key === undefined) {
      throw new CodexSyncError(
        'bad-checkout',
        'The git configuration names a filter driver in letters that are not UTF-8, so it cannot be switched off.',
        'Remove it: git config --get-regexp filter',
      );
    }
    // The last value counts; a key alone means true.
    if (key === FILE_MODE) trustsBits = end === -1 || !NO.test(piece.toString('latin1', end + 1));
    else if (key === ORIGIN) origin ??= end === -1 ? undefined : decodeName(piece.subarray(end + 1));
    else drivers.add(key.slice(0, key.lastIndexOf('.')));
  }
  return { drivers: [...drivers], origin, trustsBits };
}

const NO = /^(?:false|no|off|0*|)$/i;

/** No driver runs: content is the output of git itself. */
function switchedOff(driver: string): GitSetting[] {
  return [
    [`${driver}.clean`, ''],
    [`${driver}.smudge`, ''],
    [`${driver}.process`, ''],
    [`${driver}.required`, 'false'],
  ];
}

function expectHead(head: CommitInfo | undefined, directory: string): CommitInfo {
  if (head) return head;
  throw new CodexSyncError('bad-checkout', `The checkout in "${directory}" has no commit to publish.`, `Commit first.`);
}

/** Reads the raw object: porcelain would verify signatures with a program that the checkout configures. */
async function readCommit(git: Git, name: string): Promise<CommitInfo | undefined> {
  const { exitCode, stdout } = await git(['cat-file', '--batch'], { input: `${name}\n` });
  const answer = stdout.toString('utf8');
  const [id = '', type = ''] = answer.split(/[ \n]/, 2);
  return exitCode === 0 ? parseCommit(id, type, answer) : undefined;
}

export function parseCommit(id: string, type: string, text: string): CommitInfo | undefined {
  const header = text.slice(0, text.indexOf('\n\n'));
  const seconds = /^committer .* (\d+) [+-]\d{4}$/m.exec(header)?.[1];
  if (type !== 'commit' || seconds === undefined) return undefined;
  return {
    id: commitId(id),
    parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? ''),
    date: utcSeconds(new Date(Number(seconds) * 1000)),
  };
}

async function contains(git: Git, commit: string, ancestor: string, shallow: boolean): Promise<Tristate> {
  const { exitCode } = await git(['merge-base', '--is-ancestor', ancestor, commit]);
  if (exitCode === 0) return 'yes';
  // A shallow checkout may lack the commits between.
  return exitCode === 1 && !shallow ? 'no' : 'unknown';
}

/** Paths that attributes assign to Git LFS, whether it is installed or not. */
async function listLfsPaths(git: Git, paths: readonly string[]): Promise<string[]> {
  const filters = await readFilters(git, paths);
  return paths.filter((path) => filters.get(path) === LFS_DRIVER);
}

export async function readPointers(
  store: ObjectStore,
  project: Remote,
  ids: ReadonlyMap<string, BlobId>,
): Promise<Map<string, LfsPointer>> {
  const pointerOf = new Map<string, LfsPointer>();
  await scanObjects(store, project, [...new Set(ids.values())], POINTER_START, (id, { size, start }) => {
    const pointer = size <= POINTER_START ? parseLfsPointer(start.toString('utf8')) : undefined;
    if (pointer) pointerOf.set(id, pointer);
  });
  const found = [...ids].map(([path, id]) => [path, pointerOf.get(id)] as const);
  return new Map(found.flatMap(([path, pointer]) => (pointer ? [[path, pointer]] : [])));
}

/** Number of files per process. */
const AT_ONCE = 100;

/** Writes files that match their pointers (path on disk -> pointer) into `store`; returns path -> blob id. */
async function writeLfsContents(
  git: Git,
  directory: string,
  pointers: ReadonlyMap<string, LfsPointer>,
  { objects }: StagingStore,
): Promise<Map<string, BlobId>> {
  const named = new Map<string, BlobId>();
  for (const [path, pointer] of pointers) {
    const id = await tryReadNamedBlobId(join(directory, path), pointer);
    if (id !== undefined) named.set(path, id);
  }
  const written = new Map<string, BlobId>();
  const paths = [...named.keys()];
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const some = paths.slice(at, at + AT_ONCE);
    const { stdout } = await git(['hash-object', '-w', '--no-filters', '--', ...some], {
      variables: { GIT_OBJECT_DIRECTORY: objects },
      // Images are compressed already.
      settings: [['core.looseCompression', '0']],
    });
    // A file that changed at this moment does not match its pointer.
    for (const [index, id] of stdout.toString('latin1').split('\n').map(blobId).entries()) {
      const path = some[index];
      if (path !== undefined && named.get(path) === id) written.set(path, id);
    }
  }
  return written;
}
