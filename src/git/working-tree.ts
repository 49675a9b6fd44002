import { constants } from 'node:fs';
import { copyFile, lstat, readlink, stat, utimes } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Document, indexedDocument, isRegular, type OnDisk } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { expectGit, expectPieces, type Git, type GitCall } from './exec.ts';
import { createListing, decodeName, lastMessage, quoteName, splitNul } from './porcelain.ts';

/** Follows no link. */
export async function lookAt(directory: string, paths: readonly string[]): Promise<Map<string, OnDisk>> {
  const folders = new Map<string, Promise<boolean>>();
  /** Every part of the way must be a real folder: content behind a link is not the project's. */
  function isReached(folder: string): Promise<boolean> {
    if (folder === '.') return Promise.resolve(true);
    const known = folders.get(folder);
    if (known) return known;
    const reached = isReached(posix.dirname(folder)).then(
      async (above) =>
        above &&
        Boolean(
          await lstat(join(directory, folder)).then(
            (stats) => stats.isDirectory(),
            () => false,
          ),
        ),
    );
    folders.set(folder, reached);
    return reached;
  }

  const found = new Map<string, OnDisk>();
  for (const path of paths) {
    const file = join(directory, path);
    const stats = (await isReached(posix.dirname(path))) ? await lstat(file).catch(() => undefined) : undefined;
    if (!stats || stats.isDirectory()) found.set(path, { kind: 'gone' });
    else if (stats.isSymbolicLink()) found.set(path, { kind: 'link', target: await readlink(file) });
    else found.set(path, stats.isFile() ? { kind: 'file', size: stats.size } : { kind: 'other' });
  }
  return found;
}

export async function readExecutable(directory: string, paths: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of paths) {
    const stats = await lstat(join(directory, path)).catch(() => undefined);
    if (stats && (stats.mode & constants.S_IXUSR) !== 0) found.add(path);
  }
  return found;
}

/** The state of an entry with assume-unchanged or skip-worktree, for which git ignores the disk. */
export type Flagged = 'as indexed' | 'as on disk';

export interface StagingStore {
  readonly directory: string;
  readonly objects: string;
}

interface Staged {
  readonly index: string;
  readonly objects: string;
}

/**
 * Adds files of the working tree to a copy of the index, so that git itself produces the committed form: end-of-line
 * conversion, executable bits and the rest. Content goes into `store`; the checkout is not written to.
 * @throws CodexSyncError `bad-checkout` when git cannot read a file
 */
export async function stageFiles(
  git: Git,
  place: Staged,
  paths: readonly string[],
  store: StagingStore,
  flagged: Flagged,
): Promise<Map<string, Document>> {
  const { staged, stderr } = await tryStage(git, place, paths, store, { flagged, sparse: 'ignored' });
  if (staged) return staged;
  throw new CodexSyncError(
    'bad-checkout',
    `git cannot read the working tree: ${printable(lastMessage(stderr))}.`,
    'Mend the checkout, then run this again.',
  );
}

/** The same, where git may refuse. `how` decides about files outside a sparse checkout; no `staged` means failure. */
export async function tryStage(
  git: Git,
  { index, objects }: Staged,
  paths: readonly string[],
  store: StagingStore,
  how: { readonly flagged: Flagged; readonly sparse: 'ignored' | 'as it is' },
): Promise<{ readonly staged: Map<string, Document> | undefined; readonly stderr: string }> {
  if (paths.length === 0) return { staged: new Map(), stderr: '' };
  const copy = join(store.directory, 'checkout-index');
  // Git trusts an entry's times unless the file is as young as the index, so the copy gets the index's age.
  await copyIndex(index, copy, (mtime) => mtime);
  const variables = {
    GIT_INDEX_FILE: copy,
    GIT_OBJECT_DIRECTORY: store.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects),
  };
  if (how.flagged === 'as on disk') await clearFlags(git, variables, paths);
  const everywhere = how.sparse === 'ignored' ? ['--sparse'] : [];
  const add = ['--literal-pathspecs', 'add', '--force', ...everywhere, '--pathspec-from-file=-', '--pathspec-file-nul'];
  const { exitCode, stderr } = await git(add, { variables, input: paths.map((path) => `${path}\0`).join('') });
  // Exit code 1: some files are outside the sparse checkout; the others are staged.
  if (exitCode !== 0 && (how.sparse === 'ignored' || exitCode !== 1)) return { staged: undefined, stderr };
  const { add: addEntry, listed } = createListing();
  await expectPieces(git, ['ls-files', '-z', '-t', '--stage'], addEntry, { variables });
  const { index: indexed } = listed();
  const staged = paths.flatMap((path): [string, Document][] => {
    const entry = indexed.get(path);
    // Where git writes links as text (core.symlinks), the index still records them as links.
    return entry && isRegular(entry.mode) ? [[path, indexedDocument(entry)]] : [];
  });
  return { staged: new Map(staged), stderr };
}

/** Makes git check flagged files again, in the index of `variables`. */
async function clearFlags(
  git: Git,
  variables: NonNullable<GitCall['variables']>,
  paths: readonly string[],
): Promise<void> {
  const wanted = new Set<string | undefined>(paths);
  const listed = splitNul(await expectGit(git, ['ls-files', '-z', '-v'], { variables }));
  // Lower case: assume-unchanged. `S`: skip-worktree.
  const flagged = listed.filter((entry) => /^[a-zS] /.test(entry.subarray(0, 2).toString('latin1')));
  const names = flagged.map((entry) => decodeName(entry.subarray(2))).filter((path) => wanted.has(path));
  if (names.length === 0) return;
  const input = names.map((path) => `${path}\0`).join('');
  // With both flags in one call, git clears only the first.
  for (const flag of ['--no-assume-unchanged', '--no-skip-worktree'])
    await expectGit(git, ['update-index', flag, '-z', '--stdin'], { variables, input });
}

/** Copies an index with the requested age; a checkout without any added file has no index. */
export async function copyIndex(index: string, copy: string, age: (mtime: Date) => Date): Promise<void> {
  const stats = await stat(index).catch(() => undefined);
  if (!stats) return;
  await copyFile(index, copy);
  await utimes(copy, age(stats.mtime), age(stats.mtime));
}
