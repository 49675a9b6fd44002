import { CodexSyncError } from '../errors.ts';
import type { CodexEntry } from '../plan/changes.ts';
import { MANIFEST_FILE } from '../plan/manifest.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { parseTree, type TreeEntry } from './porcelain.ts';
import { expectGit } from './run.ts';

/** Git knows the empty tree without having it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
export const PROJECTS = 'projects';

/** A project's folder in the codex, and the trees on the way to it; `undefined` where nothing stands. */
export interface CodexFolder {
  readonly root: string;
  readonly projects: string | undefined;
  readonly tree: string | undefined;
  /** What stands in it, the manifest aside. */
  readonly entries: ReadonlyMap<string, CodexEntry>;
  /** Blob id of the manifest. */
  readonly manifest: string | undefined;
  /** What stands where a folder or the manifest should be, as a sentence: nothing can be published there. */
  readonly problem: string | undefined;
}

/** What a codex without commits holds. */
export const NO_FOLDER: CodexFolder = {
  root: EMPTY_TREE,
  projects: undefined,
  tree: undefined,
  entries: new Map(),
  manifest: undefined,
  problem: undefined,
};

/**
 * Reads `projects/<project>` below a root tree. Three fetches that depend on each other, none of which grows with the
 * codex but for the list of projects.
 * @throws CodexSyncError `conflict` when something else stands where a folder or the manifest should be
 */
export async function readCodexFolder(
  store: ObjectStore,
  codex: Remote,
  root: string,
  project: string,
): Promise<CodexFolder> {
  const folder = (await readCodexFolders(store, codex, root, [project])).get(project) ?? NO_FOLDER;
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  return folder;
}

/** The same for several projects, in no more fetches; what is wrong with a folder stands in it, for whom it matters. */
export async function readCodexFolders(
  store: ObjectStore,
  codex: Remote,
  root: string,
  names: readonly string[],
): Promise<Map<string, CodexFolder>> {
  const above = await readChildren(store, codex, root, [PROJECTS]);
  const projects = above.trees.get(PROJECTS);
  const below = projects ? await readChildren(store, codex, projects, names) : undefined;
  const trees = below?.trees ?? new Map<string, string>();
  if (trees.size > 0) await store.fetch(codex, [...new Set(trees.values())], 'trees');
  const blocked = (path: string) =>
    `The codex ${codex.name} has a file where the folder "${path}" should be. Remove it there, then run this again.`;
  const folders = new Map<string, CodexFolder>();
  for (const name of names) {
    const isBlocked = below?.others.has(name)
      ? `${PROJECTS}/${name}`
      : above.others.has(PROJECTS)
        ? PROJECTS
        : undefined;
    const tree = trees.get(name);
    const content = tree === undefined ? NO_FOLDER : await readContent(store, codex, name, tree);
    const problem = isBlocked === undefined ? content.problem : blocked(isBlocked);
    folders.set(name, { ...content, root, projects, tree, problem });
  }
  return folders;
}

/** The names of all projects, of which the list was fetched already. */
export async function listProjects(store: ObjectStore, { projects }: CodexFolder): Promise<string[]> {
  if (projects === undefined) return [];
  const entries = parseTree(await expectGit(store.git, ['ls-tree', '-z', projects]));
  return entries.flatMap(({ type, path }) => (type === 'tree' && path !== undefined ? [path] : []));
}

async function readContent(
  store: ObjectStore,
  codex: Remote,
  project: string,
  tree: string,
): Promise<Pick<CodexFolder, 'entries' | 'manifest' | 'problem'>> {
  const listed = parseTree(await expectGit(store.git, ['ls-tree', '-z', '-r', tree]));
  const problem = listed.some(isInManifestsPlace)
    ? `The codex ${codex.name} has no regular file where the manifest "${PROJECTS}/${project}/${MANIFEST_FILE}" should be. Remove what is there, then run this again.`
    : undefined;
  const entries = new Map<string, CodexEntry>();
  for (const entry of listed) {
    if (entry.path !== undefined && entry.path !== MANIFEST_FILE)
      entries.set(entry.path, { document: document(entry) });
  }
  return { entries, manifest: listed.find(({ path }) => path === MANIFEST_FILE)?.id, problem };
}

/** What stands under these names in a tree: folders with their ids, and what is no folder. */
async function readChildren(
  store: ObjectStore,
  codex: Remote,
  parent: string,
  names: readonly string[],
): Promise<{ trees: Map<string, string>; others: Set<string> }> {
  const trees = new Map<string, string>();
  const others = new Set<string>();
  if (parent === EMPTY_TREE) return { trees, others };
  await store.fetch(codex, [parent], 'alone');
  const wanted = new Set(names);
  for (const { path, type, id } of parseTree(await expectGit(store.git, ['ls-tree', '-z', parent]))) {
    if (path === undefined || !wanted.has(path)) continue;
    if (type === 'tree') trees.set(path, id);
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
  return { id, executable: mode === '100755' };
}
