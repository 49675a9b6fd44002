import { join } from 'node:path';
import type { Change } from '../codex/changes.ts';
import { type FolderTrees, hashTrees, openTrees, withFiles } from '../codex/folder-trees.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { encodeMany } from '../text/bytes.ts';
import { type BranchName, type CommitId, type TreeId, treeId } from '../text/ids.ts';
import { type CodexFolder, EMPTY_TREE, PROJECTS, type Tip } from './codex-folder.ts';
import { expectGit } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import {
  blobObject,
  type CommitDetails,
  commitObject,
  folderIn,
  type GitObject,
  graftFolder,
  treeObject,
} from './objects.ts';
import { type PushOutcome, parsePush } from './porcelain.ts';
import { type MadeObjects, trySmartPush } from './smart-push.ts';

const NO_OBJECT = '0'.repeat(40);
const FILE = '100644';
const EXECUTABLE = '100755';

/** A commit and the branch tip that it builds on (itself or an ancestor); no tip in an empty codex. */
export interface CommitOnTip {
  readonly commit: CommitId;
  readonly tip: CommitId | undefined;
  /** Everything that the codex needs for it; `undefined` if only git knows. */
  readonly made?: MadeObjects | undefined;
}

/** The base of the next commit in a push: the previous commit, and the trees above the projects as git writes them. */
export interface CommitBase extends CommitOnTip {
  readonly root: Tree;
  readonly projects: Tree;
}

type Tree = ReturnType<typeof treeObject>;

export interface FolderUpdate {
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
  const root = await readFetched(store, codex, tree);
  const list = folderIn(root.content, PROJECTS);
  // Includes the commit, although we do not read it: a push omits content of a commit that both sides have.
  await store.fetch(codex, [...(list === undefined ? [] : [list]), commit], 'alone');
  const projects = await readFetched(store, codex, list);
  for (const [project, planned] of folders) {
    if (folderIn(projects.content, project) === planned) continue;
    throw new CodexSyncError(
      'remote-failed',
      `GitHub returned two versions of ${PROJECTS}/${project} at commit ${commit} of ${codex.name}, so nothing was published.`,
      'Run it again later.',
    );
  }
  return { commit, tip: commit, root, projects, made: { objects: [], documents: [] } };
}

/**
 * Makes the commit of a plan, and does not push. It grafts the project's tree into `projects`, and that into the root;
 * the rest of the codex is neither read nor named. Returns the base of the next commit.
 */
export function makeCodexCommit(
  store: ObjectStore,
  base: CommitBase,
  { project, tree, made }: { readonly project: string } & FolderTree,
  details: CommitDetails,
): CommitBase {
  // A folder is removed where nothing is left in it.
  const unlessEmpty = (id: TreeId) => (id === EMPTY_TREE ? undefined : id);
  const projects = treeObject(graftFolder(base.projects.content, project, unlessEmpty(tree)), base.projects);
  const root = treeObject(graftFolder(base.root.content, PROJECTS, unlessEmpty(projects.id)), base.root);
  const commit = commitObject(root.id, base.commit, details);
  store.keep([projects, root, commit]);
  const all = base.made &&
    made && {
      objects: [...base.made.objects, ...made.objects, projects, root, commit],
      documents: [...base.made.documents, ...made.documents],
    };
  return { commit: commit.id, tip: base.tip, root, projects, made: all };
}

export function makeEmptyCommit(store: ObjectStore, details: CommitDetails): CommitOnTip {
  const tree = treeObject(Buffer.alloc(0));
  const commit = commitObject(tree.id, undefined, details);
  store.keep([tree, commit]);
  return { commit: commit.id, tip: undefined };
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
  { commit, tip, made }: CommitOnTip,
  branch: BranchName,
  isNew: boolean,
): Promise<PushOutcome> {
  const ref = `refs/heads/${branch}`;
  const outcome = made && tip && (await trySmartPush(store, codex, { ref, from: tip, to: commit }, made));
  if (outcome) return outcome;
  // An empty old value: the branch must not exist.
  const lease = `--force-with-lease=${ref}:${tip ?? ''}`;
  await store.writeKept();
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

/** A project's folder as it is in the codex, for one or more updates of it. */
export interface OpenedFolder {
  readonly folder: CodexFolder;
  /** `undefined` for a folder with entries that only git can write: a link, a submodule, a name that is not UTF-8. */
  readonly trees: FolderTrees | undefined;
  /** What the codex has for it: its trees, where they are known, and the manifest. */
  readonly held: readonly string[];
}

/** Opens a folder to write it, or what was made of it. */
export function openFolder(store: ObjectStore, folder: CodexFolder): OpenedFolder {
  const { tree, manifest } = folder;
  const held: string[] = manifest === undefined ? [] : [manifest];
  const trees = [...folder.entries.values()].every(({ document }) => document) && openTrees(filesOf(folder));
  if (!trees) return { folder, trees: undefined, held };
  if (tree === undefined) return { folder, trees, held };
  // If its trees were never fetched, git gets them as well, so that a push knows what the codex has.
  const own: GitObject[] = [];
  const id = hashTrees(trees, (one) => own.push({ type: 'tree', ...one }));
  if (id !== tree) return { folder, trees: undefined, held };
  if (!store.has(tree)) store.keep(own);
  return { folder, trees, held: [...held, ...own.map((one) => one.id)] };
}

/** What is made without objects that the codex has. */
export function withoutHeld({ tree, made }: FolderTree, held: ReadonlySet<string>): FolderTree {
  if (made === undefined || held.size === 0) return { tree, made };
  return { tree, made: { ...made, objects: made.objects.filter(({ id }) => !held.has(id)) } };
}

function* filesOf({ entries, manifest }: CodexFolder): Generator<readonly [path: string, file: Document]> {
  for (const [path, { document }] of entries) if (document) yield [path, document];
  if (manifest !== undefined) yield [MANIFEST_FILE, { id: manifest, executable: false }];
}

/** A project's tree, and what was made for it. */
export interface FolderTree {
  readonly tree: TreeId;
  readonly made: MadeObjects | undefined;
}

/** Makes a project's tree. */
export async function makeFolderTree(
  store: ObjectStore,
  opened: OpenedFolder,
  { changes, manifest }: FolderUpdate,
): Promise<FolderTree> {
  const blob = manifest === undefined ? undefined : blobObject(Buffer.from(manifest));
  if (blob) store.keep([blob]);
  const files = [...changes, { path: MANIFEST_FILE, document: blob && { id: blob.id, executable: false } }];
  const trees =
    opened.trees &&
    withFiles(
      opened.trees,
      files.map(({ path, document }) => [path, document]),
    );
  if (!trees) return { tree: await writeByIndex(store, opened.folder, files), made: undefined };
  const objects: GitObject[] = blob ? [blob] : [];
  const tree = hashTrees(trees, (one) => objects.push({ type: 'tree', ...one }));
  store.keep(objects);
  return { tree, made: { objects, documents: changes.flatMap(({ document }) => document?.id ?? []) } };
}

/** All that several folders bring; `undefined` if git wrote one of them. */
export function joinMade(all: readonly FolderTree[]): MadeObjects | undefined {
  const known = all.flatMap(({ made }) => made ?? []);
  if (known.length < all.length) return undefined;
  return {
    objects: known.flatMap(({ objects }) => objects),
    documents: known.flatMap(({ documents }) => documents),
  };
}

/** Has git write a project's tree, with an index that holds nothing else. */
async function writeByIndex(store: ObjectStore, folder: CodexFolder, files: readonly IndexedFile[]): Promise<TreeId> {
  const variables = { GIT_INDEX_FILE: join(store.directory, 'project-index') };
  const write = (all: readonly IndexedFile[]) =>
    expectGit(store.git, ['update-index', '-z', '--index-info'], { variables, input: indexInfo(all) });
  await store.writeKept();
  await expectGit(store.git, ['read-tree', folder.tree ?? '--empty'], { variables });
  // Deletions first: a folder may replace a deleted file, and the reverse.
  await write([...files.filter(({ document }) => !document), ...files.filter(({ document }) => document)]);
  return treeId((await expectGit(store.git, ['write-tree', '--missing-ok'], { variables })).toString('latin1').trim());
}

type IndexedFile = Pick<Change, 'path' | 'document'>;

function indexInfo(inOrder: readonly IndexedFile[]): Buffer {
  return encodeMany(inOrder, ({ path, document }) =>
    document ? `${document.executable ? EXECUTABLE : FILE} ${document.id}\t${path}\0` : `0 ${NO_OBJECT}\t${path}\0`,
  );
}

/** A tree; an empty one for none. */
async function readFetched(store: ObjectStore, codex: Remote, tree: TreeId | undefined): Promise<Tree> {
  if (tree === undefined || tree === EMPTY_TREE) return treeObject(Buffer.alloc(0));
  await store.fetch(codex, [tree], 'alone');
  return { type: 'tree', id: tree, content: await store.readTree(tree) };
}
