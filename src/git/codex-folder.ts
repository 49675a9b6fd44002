import { devNull } from 'node:os';
import { join } from 'node:path';
import type { CodexEntry } from '../codex/changes.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { LFS_DRIVER } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import { type BlobId, blobId, type CommitId, type TreeId, treeId } from '../text/ids.ts';
import { expectGit, expectPieces, type Git } from './exec.ts';
import { readFilters } from './listing.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { readTree } from './objects.ts';
import { parseTreeEntry, type TreeEntry } from './porcelain.ts';

/** Git knows the empty tree without an object. */
export const EMPTY_TREE = treeId('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
export const PROJECTS = 'projects';

/** A root tree to read, with its commit when the next commit builds on it. */
export interface Tip {
  readonly tree: TreeId;
  readonly commit?: CommitId;
}

export interface CodexFolder {
  /** `undefined` for no folder. */
  readonly tree: TreeId | undefined;
  /** Without the manifest. */
  readonly entries: ReadonlyMap<string, CodexEntry>;
  readonly manifest: BlobId | undefined;
  /** A sentence about an obstacle in place of a folder or the manifest: publication is impossible there. */
  readonly problem: string | undefined;
}

export const NO_FOLDER: CodexFolder = {
  tree: undefined,
  entries: new Map(),
  manifest: undefined,
  problem: undefined,
};

/** Reads project folders in one fetch; `trees` maps a project to its tree, if it has one. */
export async function readFolders(
  store: ObjectStore,
  codex: Remote,
  trees: ReadonlyMap<string, TreeId>,
): Promise<Map<string, CodexFolder>> {
  await store.fetch(codex, [...trees.values()], 'trees');
  const contents = new Map([...trees.keys()].map((name) => [name, createContent(codex, name)]));
  await listTrees(store, trees, (name, entry) => contents.get(name)?.add(entry));
  return new Map([...contents].map(([name, { content }]) => [name, { ...content(), tree: trees.get(name) }]));
}

/**
 * Reads `projects/<project>` of several projects at a tip, in three dependent fetches. Only the list of projects grows
 * with the codex. A damaged folder gets a `problem`, which concerns its own project only.
 */
export async function readListedFolders(
  store: ObjectStore,
  codex: Remote,
  { tree: root, commit }: Tip,
  names: readonly string[],
): Promise<Map<string, CodexFolder>> {
  const above = await readChildren(store, codex, root, [PROJECTS]);
  const projects = above.trees.get(PROJECTS);
  // Together: the commit comes without the root, through which git would reach `projects` and omit it a second time.
  if (projects && commit) await store.fetch(codex, [projects, commit], 'alone');
  const below = projects ? await readChildren(store, codex, projects, names) : NO_PROJECTS;
  const found = await readFolders(store, codex, below.trees);
  const folderOf = (name: string): CodexFolder => {
    const skippedInCodex = below.others.has(name)
      ? `${PROJECTS}/${name}`
      : above.others.has(PROJECTS)
        ? PROJECTS
        : undefined;
    if (skippedInCodex !== undefined) return { ...NO_FOLDER, problem: skippedSentence(codex, skippedInCodex) };
    return found.get(name) ?? NO_FOLDER;
  };
  return new Map(names.map((name) => [name, folderOf(name)]));
}

/** Folders with their ids, and the names of other entries. */
export interface ProjectList {
  readonly trees: ReadonlyMap<string, TreeId>;
  readonly others: ReadonlySet<string>;
}

/** @throws CodexSyncError `conflict` when `projects` is a file in one of the root trees */
export async function readProjectLists<Listed extends Tip>(
  store: ObjectStore,
  codex: Remote,
  tips: readonly Listed[],
): Promise<(Listed & { readonly list: ProjectList })[]> {
  const fetchAll = (ids: readonly string[]) =>
    store.fetch(
      codex,
      ids.filter((id) => id !== EMPTY_TREE),
      'alone',
    );
  await fetchAll(tips.map(({ tree }) => tree));
  const above = await Promise.all(tips.map(({ tree }) => readChildren(store, codex, tree, [PROJECTS])));
  if (above.some(({ others }) => others.has(PROJECTS))) {
    throw new CodexSyncError('conflict', skippedSentence(codex, PROJECTS));
  }
  const lists = above.map(({ trees }) => trees.get(PROJECTS) ?? EMPTY_TREE);
  await fetchAll([...lists, ...tips.flatMap(({ commit }) => commit ?? [])]);
  return Promise.all(
    tips.map(async (tip, index) => ({ ...tip, list: await readChildren(store, codex, lists[index] ?? EMPTY_TREE) })),
  );
}

const NO_PROJECTS: ProjectList = { trees: new Map(), others: new Set() };

export async function listProjects(store: ObjectStore, codex: Remote, tip: Tip): Promise<string[]> {
  const { trees } = await readChildren(store, codex, tip.tree, [PROJECTS]);
  const projects = trees.get(PROJECTS);
  return projects === undefined ? [] : [...(await readChildren(store, codex, projects)).trees.keys()];
}

function skippedSentence(codex: Remote, path: string): string {
  return `The codex ${codex.name} has a file where the folder "${path}" should be. Remove it there, then run this again.`;
}

/** Lists everything below several trees with one call: below one new tree that holds them by number. */
async function listTrees(
  store: ObjectStore,
  trees: ReadonlyMap<string, TreeId>,
  record: (name: string, entry: TreeEntry) => void,
): Promise<void> {
  const list = (tree: TreeId, reported: (entry: TreeEntry) => void) =>
    expectPieces(store.git, ['ls-tree', '-z', '-r', tree], (piece) => reported(parseTreeEntry(piece)));
  const names = [...trees.keys()];
  const [only, tree] = [...trees][0] ?? [];
  if (only === undefined || tree === undefined) return;
  if (names.length === 1) return list(tree, (entry) => record(only, entry));
  const input = [...trees.values()].map((id, number) => `040000 tree ${id}\t${number}\0`).join('');
  const all = treeId((await expectGit(store.git, ['mktree', '-z'], { input })).toString('latin1').trim());
  await list(all, (entry) => {
    const slash = entry.path?.indexOf('/') ?? -1;
    const name = names[Number(entry.path?.slice(0, slash))];
    if (name !== undefined) record(name, { ...entry, path: entry.path?.slice(slash + 1) });
  });
}

function createContent(codex: Remote, project: string) {
  const entries = new Map<string, CodexEntry>();
  let manifest: BlobId | undefined;
  let problem: string | undefined;
  return {
    add(entry: TreeEntry): void {
      const { id, path } = entry;
      if (isInManifestsPlace(entry))
        problem = `The codex ${codex.name} has no regular file where the manifest "${PROJECTS}/${project}/${MANIFEST_FILE}" should be. Remove that entry, then run this again.`;
      else if (path === MANIFEST_FILE) manifest = blobId(id);
      if (path !== undefined && path !== MANIFEST_FILE) entries.set(path, { document: document(entry) });
    },
    content: (): Pick<CodexFolder, 'entries' | 'manifest' | 'problem'> => ({ entries, manifest, problem }),
  };
}

async function readChildren(
  store: ObjectStore,
  codex: Remote,
  parent: TreeId,
  names?: readonly string[],
): Promise<{ trees: Map<string, TreeId>; others: Set<string> }> {
  const trees = new Map<string, TreeId>();
  const others = new Set<string>();
  if (parent === EMPTY_TREE) return { trees, others };
  await store.fetch(codex, [parent], 'alone');
  const wanted = names && new Set(names);
  for (const { path, type, id } of readTree(await store.readTree(parent))) {
    if (path === undefined || wanted?.has(path) === false) continue;
    if (type === 'tree') trees.set(path, treeId(id));
    else others.add(path);
  }
  return { trees, others };
}

/** A folder, a link or a submodule: the next manifest would silently replace it. */
function isInManifestsPlace(entry: TreeEntry): boolean {
  if (entry.path === MANIFEST_FILE) return document(entry) === undefined;
  return entry.path?.startsWith(`${MANIFEST_FILE}/`) ?? false;
}

function document({ type, mode, id }: TreeEntry): CodexEntry['document'] {
  if (type !== 'blob' || mode === '120000') return undefined;
  return { id: blobId(id), executable: mode === '100755' };
}

const ATTRIBUTES = '.gitattributes';

/** Paths that the codex's attributes, if it has any, assign to Git LFS. `tip` was read before. */
export async function listKeptInLfs(
  store: ObjectStore,
  codex: Remote,
  tip: Tip,
  {
    project,
    folder,
    paths,
  }: { readonly project: string; readonly folder: CodexFolder; readonly paths: readonly string[] },
): Promise<string[]> {
  const files = new Map<string, string>();
  const list = async (tree: TreeId) => readTree(await store.readTree(tree));
  const add = (path: string, id: string | undefined) => id !== undefined && files.set(path, id);
  const isFile = ({ type, mode }: { readonly type: string; readonly mode: string }) =>
    type === 'blob' && mode !== '120000';
  const root = await list(tip.tree);
  add(ATTRIBUTES, root.find((entry) => entry.path === ATTRIBUTES && isFile(entry))?.id);
  const projects = root.find(({ path, type }) => path === PROJECTS && type === 'tree');
  const below = projects ? await list(treeId(projects.id)) : [];
  add(`${PROJECTS}/${ATTRIBUTES}`, below.find((entry) => entry.path === ATTRIBUTES && isFile(entry))?.id);
  for (const [path, { document }] of folder.entries)
    if (path === ATTRIBUTES || path.endsWith(`/${ATTRIBUTES}`)) add(`${PROJECTS}/${project}/${path}`, document?.id);
  if (files.size === 0 || paths.length === 0) return [];

  await store.fetch(codex, [...files.values()], 'blobs');
  const variables = { GIT_INDEX_FILE: join(store.directory, 'attributes-index'), GIT_ATTR_NOSYSTEM: '1' };
  const input = [...files].map(([path, id]) => `100644 ${id}\t${path}\0`).join('');
  await expectGit(store.git, ['read-tree', '--empty'], { variables });
  await expectGit(store.git, ['update-index', '-z', '--index-info'], { variables, input });
  const inCodex: Git = (args, call) =>
    store.git(args, { ...call, variables, settings: [['core.attributesFile', devNull]] });
  const filters = await readFilters(
    inCodex,
    paths.map((path) => `${PROJECTS}/${project}/${path}`),
    'index',
  );
  return paths.filter((path) => filters.get(`${PROJECTS}/${project}/${path}`) === LFS_DRIVER);
}
