import { join } from 'node:path';
import type { Change } from '../codex/changes.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import type { Author } from '../inputs/readers.ts';
import { encodeMany } from '../text/bytes.ts';
import { type BranchName, blobId, type CommitId, commitId, type TreeId, treeId } from '../text/ids.ts';
import { type CodexFolder, EMPTY_TREE, PROJECTS, type Tip } from './codex-folder.ts';
import { expectGit } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { type PushOutcome, parsePush, splitNul } from './porcelain.ts';

const NO_OBJECT = '0'.repeat(40);
const FILE = '100644';
const EXECUTABLE = '100755';
const TREE = '040000';

export interface CommitDetails {
  readonly message: string;
  readonly author: Author;
  readonly now: Date;
}

/** A commit and the branch tip that it builds on (itself or an ancestor); no tip in an empty codex. */
export interface CommitOnTip {
  readonly commit: CommitId;
  readonly tip: CommitId | undefined;
}

/** The base of the next commit in a push: the previous commit, and the trees above the projects. */
export interface CommitBase extends CommitOnTip {
  readonly root: TreeEntries;
  readonly projects: TreeEntries;
}

/** Name -> entry, both as the bytes that `ls-tree` prints and `mktree` reads. */
type TreeEntries = ReadonlyMap<string, Buffer>;

export interface FolderUpdate {
  /** The folder that the plan is based on. */
  readonly folder: CodexFolder;
  readonly changes: readonly Change[];
  /** The manifest's text; `undefined` removes it. */
  readonly manifest: string | undefined;
}

/**
 * Reads the base of a push's first commit: the only part of a run that grows with the number of projects.
 * @throws CodexSyncError `remote-failed` when the tip holds other trees than the planned `folders`
 */
export async function openCommitBase(
  store: ObjectStore,
  codex: Remote,
  { commit, tree }: Required<Tip>,
  folders: ReadonlyMap<string, TreeId | undefined>,
): Promise<CommitBase> {
  const root = await listEntries(store, codex, tree);
  const list = treeOf(root, PROJECTS);
  // Includes the commit, although we do not read it: a push omits content of a commit that both sides have.
  await store.fetch(codex, [...(list === undefined ? [] : [list]), commit], 'alone');
  const projects = await listEntries(store, codex, list);
  for (const [project, planned] of folders) {
    if (treeOf(projects, project) === planned) continue;
    throw new CodexSyncError(
      'remote-failed',
      `GitHub returned two versions of ${PROJECTS}/${project} at commit ${commit} of ${codex.name}, so nothing was published.`,
      'Run it again later.',
    );
  }
  return { commit, tip: commit, root, projects };
}

/**
 * Writes the commit of a plan with plumbing, and does not push. It grafts the project's tree into `projects`, and that
 * into the root; the rest of the codex is neither read nor named. Returns the base of the next commit.
 */
export async function writeCodexCommit(
  store: ObjectStore,
  base: CommitBase,
  { project, tree }: { readonly project: string; readonly tree: TreeId },
  details: CommitDetails,
): Promise<CommitBase> {
  const projects = withTree(base.projects, project, tree);
  const root = withTree(base.root, PROJECTS, await writeTree(store, projects));
  const commit = await writeCommit(store, await writeTree(store, root), base.commit, details);
  return { commit, tip: base.tip, root, projects };
}

export async function writeEmptyCommit(store: ObjectStore, details: CommitDetails): Promise<CommitOnTip> {
  return { commit: await writeCommit(store, await writeTree(store, new Map()), undefined, details), tip: undefined };
}

/**
 * Pushes once. The remote accepts only when the branch is at the tip that the commit builds on, so no commit is lost,
 * and a deleted or renamed branch is not recreated. The lease alone would accept a commit on another base;
 * `CommitOnTip` pairs each commit with its tip.
 * @param isNew whether all documents of the commit are new to the codex. Then git skips its search in all other
 * projects (0.1 s for 5,000 documents). Without the search, git would send a text again that moves into a folder on one
 * side only, and the push would fail when no local store has the content.
 */
export async function pushCommit(
  store: ObjectStore,
  codex: Remote,
  { commit, tip }: CommitOnTip,
  branch: BranchName,
  isNew: boolean,
): Promise<PushOutcome> {
  const ref = `refs/heads/${branch}`;
  // An empty old value: the branch must not exist.
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

/**
 * The commit that git itself names as the tip of a branch: GitHub's API may still answer from before a push.
 * @returns `undefined` without the branch, or without an answer
 */
export async function tryReadTip(store: ObjectStore, codex: Remote, branch: BranchName): Promise<string | undefined> {
  const settings = await codex.settings();
  const { exitCode, stdout } = await store.git(['ls-remote', '--quiet', codex.url, `refs/heads/${branch}`], {
    settings,
  });
  return exitCode === 0 ? /^([0-9a-f]{40})\t/.exec(stdout.toString('latin1'))?.[1] : undefined;
}

/** Writes a project's tree, with an index that holds nothing else. */
export async function writeFolderTree(
  store: ObjectStore,
  { folder, changes, manifest }: FolderUpdate,
): Promise<TreeId> {
  const variables = { GIT_INDEX_FILE: join(store.directory, 'project-index') };
  const write = (files: readonly IndexedFile[]) =>
    expectGit(store.git, ['update-index', '-z', '--index-info'], { variables, input: indexInfo(files) });
  const writeTree = async () =>
    treeId((await expectGit(store.git, ['write-tree', '--missing-ok'], { variables })).toString('latin1').trim());
  const { tree } = folder;
  const open = async () => {
    const isKnown = tree !== undefined && store.has(tree);
    await expectGit(store.git, ['read-tree', isKnown ? tree : '--empty'], { variables });
    if (tree === undefined || isKnown) return;
    // Its trees were never fetched: git writes them again, so that a push knows what the codex has.
    const entries = [...folder.entries].map(([path, { document }]) => ({ path, document }));
    await write([...entries, manifestEntry(folder.manifest)]);
    if ((await writeTree()) !== tree) throw new Error(`The entries of tree ${tree} are not known`);
  };
  const [id] = await Promise.all([
    manifest === undefined ? undefined : writeId(store, ['hash-object', '-w', '--stdin'], manifest),
    open(),
  ]);
  // Deletions first: a folder may replace a deleted file, and the reverse.
  const deleted = changes.filter(({ document }) => !document);
  await write([...deleted, ...changes.filter(({ document }) => document), manifestEntry(id)]);
  return writeTree();
}

type IndexedFile = Pick<Change, 'path' | 'document'>;

function manifestEntry(id: string | undefined): IndexedFile {
  return { path: MANIFEST_FILE, document: id === undefined ? undefined : { id: blobId(id), executable: false } };
}

function indexInfo(inOrder: readonly IndexedFile[]): Buffer {
  return encodeMany(inOrder, ({ path, document }) =>
    document ? `${document.executable ? EXECUTABLE : FILE} ${document.id}\t${path}\0` : `0 ${NO_OBJECT}\t${path}\0`,
  );
}

async function listEntries(store: ObjectStore, codex: Remote, tree: TreeId | undefined): Promise<TreeEntries> {
  if (tree === undefined || tree === EMPTY_TREE) return new Map();
  await store.fetch(codex, [tree], 'alone');
  // Names stay bytes, so that non-UTF-8 names pass unchanged.
  return new Map(
    splitNul(await store.listTree(tree)).map((line) => [line.toString('latin1', line.indexOf(0x09) + 1), line]),
  );
}

/** The id of a folder in it. */
function treeOf(entries: TreeEntries, name: string): TreeId | undefined {
  const id = /^040000 tree ([0-9a-f]+)\t/.exec(entries.get(name)?.toString('latin1') ?? '')?.[1];
  return id === undefined ? undefined : treeId(id);
}

/** A folder in it replaced, added, or removed where nothing is left in that. */
function withTree(entries: TreeEntries, name: string, tree: TreeId): TreeEntries {
  const changed = new Map(entries);
  if (tree === EMPTY_TREE) changed.delete(name);
  else changed.set(name, Buffer.from(`${TREE} tree ${tree}\t${name}`));
  return changed;
}

async function writeTree(store: ObjectStore, entries: TreeEntries): Promise<TreeId> {
  const lines = [...entries.values()].flatMap((line) => [line, Buffer.from([0])]);
  return treeId(await writeId(store, ['mktree', '-z', '--missing'], Buffer.concat(lines)));
}

async function writeCommit(
  store: ObjectStore,
  tree: TreeId,
  parent: CommitId | undefined,
  details: CommitDetails,
): Promise<CommitId> {
  const { message, author, now } = details;
  const date = `${Math.floor(now.getTime() / 1000)} +0000`;
  const id = await writeId(store, ['commit-tree', ...(parent ? ['-p', parent] : []), '-F', '-', tree], message, {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  });
  return commitId(id);
}

async function writeId(
  store: ObjectStore,
  args: readonly string[],
  input: string | Buffer,
  variables: Record<string, string> = {},
): Promise<string> {
  return (await expectGit(store.git, args, { input, variables })).toString('latin1').trim();
}
