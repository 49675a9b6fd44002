import {
  type CodexFolder,
  EMPTY_TREE,
  PROJECTS,
  readFolders,
  readListedFolders,
  readProjectLists,
  type Tip,
} from '../git/codex-folder.ts';
import type { BranchTip, FoundFolder } from '../github/codex-api.ts';
import { AT_A_TIME, inParallel, together } from './parallel.ts';
import type { CodexWorld } from './session.ts';

/** So many folders are asked for by name: that takes no more requests than the trees on the way to all of them. */
const MOST_BY_NAME = 3;

/**
 * Reads the folders of projects at a tip. Of a few, GitHub is asked where they are, so that nothing is read which grows with
 * the codex. Of many, or where GitHub knows no such folder, git reads the list of all projects.
 */
export async function readCodexFolders(
  tip: BranchTip,
  names: readonly string[],
  world: CodexWorld,
): Promise<Map<string, CodexFolder>> {
  return readFoundFolders(await findFolders(tip, names, world), { tree: tip.tree }, names, world);
}

/** Where the folders are, as GitHub tells; `undefined` where it does not know all of them, or they are many. */
export async function findFolders(
  { commit, tree }: BranchTip,
  names: readonly string[],
  { codexApi }: CodexWorld,
): Promise<ReadonlyMap<string, FoundFolder> | undefined> {
  if (names.length > MOST_BY_NAME || tree === EMPTY_TREE) return undefined;
  const found = new Map<string, FoundFolder>();
  await inParallel(names, AT_A_TIME, async (name) => {
    const folder = await codexApi.tryFolder(`${PROJECTS}/${name}`, commit);
    if (folder) found.set(name, folder);
  });
  return found.size === names.length ? found : undefined;
}

/** Reads the folders that `findFolders` found, or looks for them itself. */
export async function readFoundFolders(
  found: ReadonlyMap<string, FoundFolder> | undefined,
  tip: Tip,
  names: readonly string[],
  world: CodexWorld,
): Promise<Map<string, CodexFolder>> {
  const { store, codex } = world;
  if (found) return readFolders(store, codex, new Map([...found].map(([name, { tree }]) => [name, tree])));
  await bringRoots([tip], world);
  return readListedFolders(store, codex, tip, names);
}

/** Lists the projects at several tips, as `readProjectLists` does. */
export async function listTips<Listed extends Tip>(tips: readonly Listed[], world: CodexWorld) {
  await bringRoots(tips, world);
  return readProjectLists(world.store, world.codex, tips);
}

/**
 * Brings the root trees of tips: GitHub's API says in one request what git needs two for, and the tree's own id proves it.
 * What it does not say, or not exactly (a name that is not UTF-8), git fetches when it is read.
 */
export async function bringRoots(tips: readonly Tip[], { store, codexApi }: CodexWorld): Promise<void> {
  const missing = new Set(tips.map(({ tree }) => tree).filter((tree) => tree !== EMPTY_TREE && !store.has(tree)));
  await together(
    [...missing].map(async (tree) => {
      const entries = await codexApi.tryTree(tree);
      if (entries) await store.tryWriteTree(tree, entries);
    }),
  );
}
