import { join } from 'node:path';
import type { Change } from '../codex/changes.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import type { Author } from '../inputs/readers.ts';
import { encodeMany } from '../text/bytes.ts';
import { EMPTY_TREE, PROJECTS, type Tip } from './codex-folder.ts';
import { expectGit } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { type PushOutcome, parsePush, splitNul } from './porcelain.ts';

const NO_OBJECT = '0'.repeat(40);
const FILE = '100644';
const EXECUTABLE = '100755';
const TREE = '040000';

/** Everything about a commit but its tree and its parent. */
export interface CommitDetails {
  readonly message: string;
  readonly author: Author;
  readonly now: Date;
}

/** A commit, and the tip of the branch that it was made on: itself or an ancestor of it; `undefined` in an empty codex. */
export interface CommitOnTip {
  readonly commit: string;
  readonly tip: string | undefined;
}

/** What the next commit of a push builds on: the one before it, and what stands in its trees on the way to the projects. */
export interface CommitBase extends CommitOnTip {
  readonly root: TreeEntries;
  readonly projects: TreeEntries;
}

/** Name -> entry, both as the bytes that `ls-tree` gives and `mktree` takes. */
type TreeEntries = ReadonlyMap<string, Buffer>;

/** What a commit makes of the folder of a project. */
export interface FolderUpdate {
  /** The tree that the changes are planned on; `undefined` where nothing stands. */
  readonly tree: string | undefined;
  readonly changes: readonly Change[];
  /** The manifest's text; `undefined` takes it away. */
  readonly manifest: string | undefined;
}

/**
 * What the first commit of a push builds on: the only thing of a run that grows with the number of projects.
 * @param folders project -> tree, as the run planned on them
 * @throws CodexSyncError `remote-failed` where the tip holds others
 */
export async function openCommitBase(
  store: ObjectStore,
  codex: Remote,
  { commit, tree }: Required<Tip>,
  folders: ReadonlyMap<string, string | undefined>,
): Promise<CommitBase> {
  const root = await listEntries(store, codex, tree);
  const list = treeOf(root, PROJECTS);
  // The commit too, though nobody reads it: a push leaves out what a commit holds that both sides have.
  await store.fetch(codex, [...(list === undefined ? [] : [list]), commit], 'alone');
  const projects = await listEntries(store, codex, list);
  for (const [project, planned] of folders) {
    if (treeOf(projects, project) === planned) continue;
    throw new CodexSyncError(
      'remote-failed',
      `GitHub said two things of ${PROJECTS}/${project} at commit ${commit} of ${codex.name}, so nothing was published.`,
      'Run it again later.',
    );
  }
  return { commit, tip: commit, root, projects };
}

/**
 * Writes the commit of a plan by plumbing alone: the tree of the project's folder is grafted into `projects`, and that into
 * the root. What else the codex holds is neither read nor named.
 * @returns the commit, as what the next one of the same push builds on; nothing is pushed
 */
export async function writeCodexCommit(
  store: ObjectStore,
  base: CommitBase,
  { project, tree }: { readonly project: string; readonly tree: string },
  details: CommitDetails,
): Promise<CommitBase> {
  const projects = withTree(base.projects, project, tree);
  const root = withTree(base.root, PROJECTS, await writeTree(store, projects));
  const commit = await writeCommit(store, await writeTree(store, root), base.commit, details);
  return { commit, tip: base.tip, root, projects };
}

/** The first commit of an empty codex: nothing in it. */
export async function writeEmptyCommit(store: ObjectStore, details: CommitDetails): Promise<CommitOnTip> {
  return { commit: await writeCommit(store, await writeId(store, ['mktree'], ''), undefined, details), tip: undefined };
}

/**
 * One push: the remote takes it only if the branch is exactly at the tip that the commit was made on, so nobody's commit is
 * lost, and a branch that is gone or renamed is not created again. The lease alone would let a commit through that does not
 * build on that tip; here a commit comes only with the tip that it was made on.
 * @param isNew whether all documents that the commit brings are new to the codex. Then git need not look for them in every
 * other project, which takes a tenth of a second for five thousand. It would not find a text that moves into a folder that
 * stands on one side alone, and send that again: where nobody has its content here, the push would fail.
 */
export async function pushCommit(
  store: ObjectStore,
  codex: Remote,
  { commit, tip }: CommitOnTip,
  branch: string,
  isNew: boolean,
): Promise<PushOutcome> {
  const ref = `refs/heads/${branch}`;
  // An empty old value: the branch must not be there.
  const lease = `--force-with-lease=${ref}:${tip ?? ''}`;
  const { exitCode, stdout, stderr } = await store.git(
    ['push', '--porcelain', '--no-verify', '--no-follow-tags', lease, codex.url, `${commit}:${ref}`],
    {
      settings: [...(await codex.settings()), ['pack.useSparse', `${isNew}`]],
      variables: store.withCheckout,
    },
  );
  return parsePush(exitCode, stdout.toString('utf8'), stderr);
}

/** Writes the tree of a project's folder, through an index of nothing else. */
export async function writeFolderTree(store: ObjectStore, { tree, changes, manifest }: FolderUpdate): Promise<string> {
  const variables = { GIT_INDEX_FILE: join(store.directory, 'project-index') };
  const [id] = await Promise.all([
    manifest === undefined ? undefined : writeId(store, ['hash-object', '-w', '--stdin'], manifest),
    expectGit(store.git, ['read-tree', ...(tree ? [tree] : ['--empty'])], { variables }),
  ]);
  await expectGit(store.git, ['update-index', '-z', '--index-info'], { variables, input: indexInfo(changes, id) });
  return (await expectGit(store.git, ['write-tree', '--missing-ok'], { variables })).toString('latin1').trim();
}

/** @param manifest blob id; `undefined` takes the manifest away */
function indexInfo(changes: readonly Change[], manifest: string | undefined): Buffer {
  const effective = manifest === undefined ? undefined : { id: manifest, executable: false };
  // Deletions first: a folder may stand where a deleted file was, and the other way round.
  const inOrder = [
    ...changes.filter(({ document }) => !document),
    ...changes.filter(({ document }) => document),
    { path: MANIFEST_FILE, document: effective },
  ];
  return encodeMany(inOrder, ({ path, document }) =>
    document ? `${document.executable ? EXECUTABLE : FILE} ${document.id}\t${path}\0` : `0 ${NO_OBJECT}\t${path}\0`,
  );
}

async function listEntries(store: ObjectStore, codex: Remote, tree: string | undefined): Promise<TreeEntries> {
  if (tree === undefined || tree === EMPTY_TREE) return new Map();
  await store.fetch(codex, [tree], 'alone');
  // Names as their bytes: what is no UTF-8 passes through as it is.
  return new Map(
    splitNul(await store.listTree(tree)).map((line) => [line.toString('latin1', line.indexOf(0x09) + 1), line]),
  );
}

/** The id of a folder in it. */
function treeOf(entries: TreeEntries, name: string): string | undefined {
  return /^040000 tree ([0-9a-f]+)\t/.exec(entries.get(name)?.toString('latin1') ?? '')?.[1];
}

/** A folder in it replaced, added, or removed where nothing is left in that. */
function withTree(entries: TreeEntries, name: string, tree: string): TreeEntries {
  const changed = new Map(entries);
  if (tree === EMPTY_TREE) changed.delete(name);
  else changed.set(name, Buffer.from(`${TREE} tree ${tree}\t${name}`));
  return changed;
}

async function writeTree(store: ObjectStore, entries: TreeEntries): Promise<string> {
  const lines = [...entries.values()].flatMap((line) => [line, Buffer.from([0])]);
  return writeId(store, ['mktree', '-z', '--missing'], Buffer.concat(lines));
}

async function writeCommit(
  store: ObjectStore,
  tree: string,
  parent: string | undefined,
  details: CommitDetails,
): Promise<string> {
  const { message, author, now } = details;
  const date = `${Math.floor(now.getTime() / 1000)} +0000`;
  return writeId(store, ['commit-tree', ...(parent ? ['-p', parent] : []), '-F', '-', tree], message, {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  });
}

async function writeId(
  store: ObjectStore,
  args: readonly string[],
  input: string | Buffer,
  variables: Record<string, string> = {},
): Promise<string> {
  return (await expectGit(store.git, args, { input, variables })).toString('latin1').trim();
}
