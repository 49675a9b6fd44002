import { devNull } from 'node:os';
import { join } from 'node:path';
import { LFS_DRIVER } from '../documents/select.ts';
import { type CodexFolder, PROJECTS, type Tip } from './codex-folder.ts';
import { readFilters } from './listing.ts';
import type { ObjectStore, Remote } from './object-store.ts';
import { parseTree } from './porcelain.ts';
import { expectGit, type Git } from './run.ts';

const ATTRIBUTES = '.gitattributes';

/**
 * Those of a project's paths that attributes of the codex give to Git LFS. Git itself reads the attributes; nothing is asked of
 * the codex where it has none.
 * @param tip whose root tree and list of projects were read
 */
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
  const list = async (tree: string) => parseTree(await store.listTree(tree));
  const add = (path: string, id: string | undefined) => id !== undefined && files.set(path, id);
  const isFile = ({ type, mode }: { readonly type: string; readonly mode: string }) =>
    type === 'blob' && mode !== '120000';
  const root = await list(tip.tree);
  add(ATTRIBUTES, root.find((entry) => entry.path === ATTRIBUTES && isFile(entry))?.id);
  const projects = root.find(({ path, type }) => path === PROJECTS && type === 'tree');
  const below = projects ? await list(projects.id) : [];
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
