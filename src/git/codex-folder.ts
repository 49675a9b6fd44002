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
}

/** What a codex without commits holds. */
export const NO_FOLDER: CodexFolder = {
  root: EMPTY_TREE,
  projects: undefined,
  tree: undefined,
  entries: new Map(),
  manifest: undefined,
};

/**
 * Reads `projects/<project>` below a root tree. Three fetches that depend on each other, none of which grows with the
 * codex but for the list of projects.
 * @throws CodexSyncError `conflict` when a file stands where a folder should be
 */
export async function readCodexFolder(
  store: ObjectStore,
  codex: Remote,
  root: string,
  project: string,
): Promise<CodexFolder> {
  const projects = await childTree(store, codex, root, PROJECTS, PROJECTS);
  const tree = projects && (await childTree(store, codex, projects, project, `${PROJECTS}/${project}`));
  if (!tree) return { root, projects, tree, entries: new Map(), manifest: undefined };
  await store.fetch(codex, [tree], 'trees');
  const listed = parseTree(await expectGit(store.git, ['ls-tree', '-z', '-r', tree]));
  const other = listed.find((entry) => isInManifestsPlace(entry));
  if (other) {
    throw new CodexSyncError(
      'conflict',
      `The codex ${codex.name} has no regular file where the manifest "${PROJECTS}/${project}/${MANIFEST_FILE}" should be. Remove what is there, then run this again.`,
    );
  }
  const entries = new Map<string, CodexEntry>();
  for (const entry of listed) {
    if (entry.path !== undefined && entry.path !== MANIFEST_FILE)
      entries.set(entry.path, { document: document(entry) });
  }
  const manifest = listed.find(({ path }) => path === MANIFEST_FILE)?.id;
  return { root, projects, tree, entries, manifest };
}

async function childTree(
  store: ObjectStore,
  codex: Remote,
  parent: string,
  name: string,
  where: string,
): Promise<string | undefined> {
  if (parent === EMPTY_TREE) return undefined;
  await store.fetch(codex, [parent], 'alone');
  const child = parseTree(await expectGit(store.git, ['ls-tree', '-z', parent])).find(({ path }) => path === name);
  if (!child || child.type === 'tree') return child?.id;
  throw new CodexSyncError(
    'conflict',
    `The codex ${codex.name} has a file where the folder "${where}" should be. Remove it there, then run this again.`,
  );
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
