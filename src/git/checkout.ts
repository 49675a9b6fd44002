import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import type { CheckoutListing, OnDisk } from '../plan/selection.ts';
import { parseListing, splitNul } from './porcelain.ts';
import { quoteName } from './quote.ts';
import { createGit, expectGit, type Git, type GitOptions, type GitSetting } from './run.ts';

export interface CommitInfo {
  readonly id: string;
  readonly parents: readonly string[];
  /** Committer date, UTC, as `2026-11-22T10:00:00Z`. */
  readonly date: string;
}

/** The project's checkout: what git knows of it, asked without running anything that it configures. */
export interface Checkout {
  /** Where its objects are, for stores that want to reuse them. */
  readonly objects: string;
  readonly head: CommitInfo;
  readonly readCommit: (id: string) => Promise<CommitInfo | undefined>;
  readonly list: (ignoredUnder: readonly string[]) => Promise<CheckoutListing>;
  readonly lookAt: (paths: readonly string[]) => Promise<Map<string, OnDisk>>;
  readonly hash: (paths: readonly string[], objectDirectory: string) => Promise<Map<string, string>>;
  /** Whether `commit` contains `ancestor`; `undefined` when the history that is here cannot tell. */
  readonly contains: (commit: string, ancestor: string) => Promise<boolean | undefined>;
}

/**
 * Opens the checkout at `directory` (the project's directory, which may be below the repository's root).
 * @throws CodexSyncError `bad-checkout` when there is none, or none with a commit
 */
export async function openCheckout(
  directory: string,
  environment: GitOptions['environment'],
  debug: GitOptions['debug'],
): Promise<Checkout> {
  const plain = createGit({ directory, environment, protocols: 'none', debug });
  const where = await plain([
    'rev-parse',
    '--path-format=absolute',
    '--is-shallow-repository',
    '--git-path',
    'objects',
  ]);
  const [shallow = '', objects = ''] = where.stdout.toString('utf8').split('\n');
  if (where.exitCode !== 0 || objects === '') {
    throw new CodexSyncError(
      'bad-checkout',
      `"${directory}" is not in a git checkout. Run actions/checkout before this step, or name its path with the input "working-directory".`,
    );
  }
  const settings = await filterSettings(plain);
  const git: Git = (args, call) => plain(args, { ...call, settings });
  return {
    objects,
    head: await readHead(git, directory),
    readCommit: (id) => readCommit(git, id),
    list: (ignoredUnder) => listFiles(git, ignoredUnder),
    lookAt: (paths) => lookAt(directory, paths),
    hash: (paths, objectDirectory) => hashFiles(git, objects, paths, objectDirectory),
    contains: (commit, ancestor) => contains(git, commit, ancestor, shallow === 'true'),
  };
}

/** Switches off every filter driver that any configuration names: content is what git itself makes of it. */
async function filterSettings(git: Git): Promise<GitSetting[]> {
  const { stdout } = await git(['config', '-z', '--name-only', '--get-regexp', '^filter\\.']);
  const names = splitNul(stdout).map((name) => name.toString('utf8'));
  const drivers = new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))));
  return [...drivers].flatMap((driver): GitSetting[] => [
    [`${driver}.clean`, ''],
    [`${driver}.smudge`, ''],
    [`${driver}.process`, ''],
    [`${driver}.required`, 'false'],
  ]);
}

async function readHead(git: Git, directory: string): Promise<CommitInfo> {
  const head = await readCommit(git, 'HEAD');
  if (head) return head;
  throw new CodexSyncError('bad-checkout', `The checkout in "${directory}" has no commit to publish. Commit first.`);
}

/** Read as the object itself, since porcelain would verify signatures with a program that the checkout configures. */
async function readCommit(git: Git, name: string): Promise<CommitInfo | undefined> {
  const { exitCode, stdout } = await git(['cat-file', '--batch'], { input: `${name}\n` });
  const answer = stdout.toString('utf8');
  const header = answer.slice(0, answer.indexOf('\n\n'));
  const [id = '', type] = answer.split(/[ \n]/, 2);
  const seconds = /^committer .* (\d+) [+-]\d{4}$/m.exec(header)?.[1];
  if (exitCode !== 0 || type !== 'commit' || seconds === undefined) return undefined;
  return {
    id,
    parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? ''),
    date: new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z'),
  };
}

async function listFiles(git: Git, ignoredUnder: readonly string[]): Promise<CheckoutListing> {
  const standard = ['--others', '--exclude-standard'];
  const all = await expectGit(git, [
    'ls-files',
    '-z',
    '-t',
    '--stage',
    '--cached',
    '--modified',
    '--deleted',
    ...standard,
  ]);
  const ignored =
    ignoredUnder.length === 0
      ? Buffer.alloc(0)
      : await expectGit(git, [
          'ls-files',
          '-z',
          '--ignored',
          ...standard,
          '--',
          ...ignoredUnder.map((base) => `:(literal)${base}`),
        ]);
  return parseListing(all, ignored);
}

async function lookAt(directory: string, paths: readonly string[]): Promise<Map<string, OnDisk>> {
  const found = new Map<string, OnDisk>();
  for (const path of paths) {
    const file = join(directory, path);
    const stats = await lstat(file).catch(() => undefined);
    if (stats?.isSymbolicLink()) found.set(path, { kind: 'link', target: await readlink(file) });
    else if (stats?.isFile()) found.set(path, { kind: 'file', executable: (stats.mode & 0o100) !== 0 });
    else found.set(path, { kind: 'other' });
  }
  return found;
}

/** Writes the files' content into `objectDirectory` as git would commit it (end-of-line conversion included). */
async function hashFiles(
  git: Git,
  objects: string,
  paths: readonly string[],
  objectDirectory: string,
): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const output = await expectGit(git, ['hash-object', '-w', '--stdin-paths'], {
    input: paths.map((path) => `${quoteName(path)}\n`).join(''),
    variables: { GIT_OBJECT_DIRECTORY: objectDirectory, GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects) },
  });
  const ids = output.toString('latin1').split('\n');
  return new Map(paths.map((path, index) => [path, ids[index] ?? '']));
}

async function contains(git: Git, commit: string, ancestor: string, shallow: boolean): Promise<boolean | undefined> {
  const { exitCode } = await git(['merge-base', '--is-ancestor', ancestor, commit]);
  if (exitCode === 0) return true;
  // In a shallow checkout a missing path between two commits may just not have been fetched.
  return exitCode === 1 && !shallow ? false : undefined;
}
