import { copyFile, lstat, readlink, stat, utimes } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { type CheckoutListing, type Document, indexedDocument, type OnDisk } from '../plan/selection.ts';
import { printable } from '../request/printable.ts';
import { decodeName, lastWords, parseListing, splitNul } from './porcelain.ts';
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
  /** What git would commit of regular files of the working tree now; their content is written into `store`. */
  readonly stage: (
    paths: readonly string[],
    store: { readonly directory: string; readonly objects: string },
  ) => Promise<Map<string, Document>>;
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
  const asked = ['--is-shallow-repository', '--git-path', 'objects', '--git-path', 'index'];
  const where = await plain(['rev-parse', '--path-format=absolute', ...asked]);
  const [shallow = '', objects = '', index = ''] = where.stdout.toString('utf8').split('\n');
  if (where.exitCode !== 0 || objects === '') {
    throw new CodexSyncError(
      'bad-checkout',
      `"${directory}" is not in a git checkout. Run actions/checkout before this step, or name its path with the input "working-directory".`,
    );
  }
  const settings = await filterSettings(plain);
  const git: Git = (args, call) => plain(args, { ...call, settings: [...settings, ...OWN_INDEX] });
  return {
    objects,
    head: await readHead(git, directory),
    readCommit: (id) => readCommit(git, id),
    list: (ignoredUnder) => listFiles(git, ignoredUnder),
    lookAt: (paths) => lookAt(directory, paths),
    stage: (paths, store) => stageFiles(git, index, objects, paths, store),
    contains: (commit, ancestor) => contains(git, commit, ancestor, shallow === 'true'),
  };
}

// A copy of the index is written as one file, with nothing beside it in the checkout.
const OWN_INDEX: readonly GitSetting[] = [
  ['core.splitIndex', 'false'],
  ['core.untrackedCache', 'false'],
];

/** Switches off every filter driver that any configuration names: content is what git itself makes of it. */
async function filterSettings(git: Git): Promise<GitSetting[]> {
  const { stdout } = await git(['config', '-z', '--name-only', '--get-regexp', '^filter\\.']);
  const names = splitNul(stdout).map(decodeName);
  if (names.includes(undefined)) {
    throw new CodexSyncError(
      'bad-checkout',
      'The git configuration names a filter driver in letters that are not UTF-8, so it cannot be switched off. Remove it: git config --get-regexp filter',
    );
  }
  const drivers = new Set(names.map((name = '') => name.slice(0, name.lastIndexOf('.'))));
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
  const folders = new Map<string, Promise<boolean>>();
  /** Whether every part of the way is a real folder: what lies behind a link is not the project's. */
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
    else found.set(path, { kind: stats.isFile() ? 'file' : 'other' });
  }
  return found;
}

/**
 * Adds files of the working tree to a copy of the index, so that git itself says what it would commit: end-of-line
 * conversion, executable bits, whatever else it knows. Content goes into `store`; the checkout is not written to.
 */
async function stageFiles(
  git: Git,
  index: string,
  objects: string,
  paths: readonly string[],
  store: { readonly directory: string; readonly objects: string },
): Promise<Map<string, Document>> {
  if (paths.length === 0) return new Map();
  const copy = join(store.directory, 'checkout-index');
  await copyFile(index, copy);
  // Git takes an entry for unchanged by its times, unless the file is as young as the index: so the copy is as old.
  const { atime, mtime } = await stat(index);
  await utimes(copy, atime, mtime);
  const variables = {
    GIT_INDEX_FILE: copy,
    GIT_OBJECT_DIRECTORY: store.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(objects),
  };
  const add = ['--literal-pathspecs', 'add', '--force', '--sparse', '--pathspec-from-file=-', '--pathspec-file-nul'];
  const { exitCode, stderr } = await git(add, { variables, input: paths.map((path) => `${path}\0`).join('') });
  if (exitCode !== 0) {
    throw new CodexSyncError(
      'bad-checkout',
      `git cannot read the working tree: ${printable(lastWords(stderr))}. Mend the checkout, then run this again.`,
    );
  }
  const staged = parseListing(
    await expectGit(git, ['ls-files', '-z', '-t', '--stage'], { variables }),
    Buffer.alloc(0),
  );
  return new Map(
    paths.flatMap((path) => {
      const entry = staged.index.get(path);
      return entry ? [[path, indexedDocument(entry)]] : [];
    }),
  );
}

async function contains(git: Git, commit: string, ancestor: string, shallow: boolean): Promise<boolean | undefined> {
  const { exitCode } = await git(['merge-base', '--is-ancestor', ancestor, commit]);
  if (exitCode === 0) return true;
  // In a shallow checkout a missing path between two commits may just not have been fetched.
  return exitCode === 1 && !shallow ? false : undefined;
}
