import { CODEX_CONFIG_FILE, type CodexConfig, parseCodexConfig, placeEnvironment } from '../codex/codex-config.ts';
import type { ProjectSide } from '../codex/effective-tree.ts';
import { EMPTY_MANIFEST, MAX_MANIFEST_BYTES, type Manifest, parseManifest, tooLargeToRead } from '../codex/manifest.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { readBlobs } from '../git/blobs.ts';
import {
  type CodexFolder,
  EMPTY_TREE,
  listProjects,
  NO_FOLDER,
  PROJECTS,
  type ProjectList,
  readFolders,
  readListedFolders,
  readProjectLists,
  type Tip,
} from '../git/codex-folder.ts';
import type { BranchTip, CodexApi, CodexRepository, FoundFolder } from '../github/codex-api.ts';
import type { Environment, SourceEnvironment } from '../inputs/environment.ts';
import { printable } from '../text/printable.ts';
import { AT_A_TIME, inParallel, together } from './parallel.ts';
import type { Session } from './session.ts';

/** A codex with its own configuration. */
export interface OpenedCodex extends CodexRepository {
  readonly config: CodexConfig | undefined;
}

/** A codex, and where the branch of an environment is; `undefined` where there is none of this name. */
export interface FoundCodex {
  readonly codex: OpenedCodex;
  /** On the branch that the codex says. */
  readonly environment: Environment;
  readonly tip: BranchTip | undefined;
}

/** The codex with its own configuration, both asked at once. */
export async function openCodex(codexApi: CodexApi): Promise<OpenedCodex> {
  const [codex, text] = await together([codexApi.readRepository(), codexApi.readDefaultFile(CODEX_CONFIG_FILE)]);
  return { ...codex, config: text === undefined ? undefined : parseCodexConfig(text, codex.fullName) };
}

/**
 * What every run asks first, all at once. The branch is the one that the project names; only where the codex says another one
 * that is read behind it.
 * @throws CodexSyncError `bad-config` where the codex's own configuration cannot be read, or contradicts the project's
 */
export async function readCodex(environment: Environment, codexApi: CodexApi): Promise<FoundCodex> {
  const [codex, tip] = await together([openCodex(codexApi), codexApi.readBranch(environment.branch)]);
  return { codex, ...(await placeTip(environment, codex, tip, codexApi)) };
}

/** An environment on the branch that the codex says, and the tip of that. */
export async function placeTip(
  environment: Environment,
  codex: OpenedCodex,
  tip: BranchTip | undefined,
  codexApi: CodexApi,
): Promise<Pick<FoundCodex, 'environment' | 'tip'>> {
  const placed = placeEnvironment(environment, codex.config, codex);
  const isSame = placed.branch === environment.branch;
  return { environment: placed, tip: isSame ? tip : await codexApi.readBranch(placed.branch) };
}

/**
 * The tip of the branch of an environment that is only read.
 * @param instead what the message proposes besides publishing there
 * @throws CodexSyncError `not-found` when there is no such branch
 */
export function expectTip(
  { name, branch }: Environment,
  { fullName }: CodexRepository,
  tip: BranchTip | undefined,
  instead: string,
): BranchTip {
  if (tip) return tip;
  throw new CodexSyncError(
    'not-found',
    `Branch ${printable(branch)} of ${fullName} (environment ${name}) does not exist: nothing was published there yet. Publish to it first, or ${instead}.`,
  );
}

/** A commit of an environment's branch, and whether the branch stands there now. */
export interface SourceTip extends BranchTip {
  readonly isTip: boolean;
}

/**
 * What `from` names: the tip of the environment's branch, or an earlier commit of that branch.
 * @param found that tip
 * @throws CodexSyncError `not-found` when there is no such branch, or the commit is not in its history (GitHub would serve
 * commits of other branches and of forks all the same)
 */
export async function readSource(
  { environment, commit }: SourceEnvironment,
  codex: CodexRepository,
  found: BranchTip | undefined,
  codexApi: CodexApi,
): Promise<SourceTip> {
  const tip = expectTip(environment, codex, found, 'name another environment as "from"');
  if (commit === undefined || commit === tip.commit) return { ...tip, isTip: true };
  const earlier = await codexApi.readCommit(commit);
  if (earlier && (await codexApi.contains(tip.commit, earlier.commit))) return { ...earlier, isTip: false };
  throw new CodexSyncError(
    'not-found',
    `Commit ${commit} (input "from") is not in the history of branch ${printable(environment.branch)} of ${codex.fullName}. Use the full id of a commit of that branch.`,
  );
}

/** So many folders are asked for by name: that takes no more requests than the trees on the way to all of them. */
const MAX_BY_NAME = 3;

/**
 * Reads the folders of projects at a tip. Of a few, GitHub is asked where they are, so that nothing is read which grows with
 * the codex. Of many, or where GitHub knows no such folder, git reads the list of all projects.
 */
export async function readCodexFolders(
  tip: BranchTip,
  names: readonly string[],
  session: Session,
): Promise<Map<string, CodexFolder>> {
  return readFoundFolders(await findFolders(tip, names, session), { tree: tip.tree }, names, session);
}

/** Where the folders are, as GitHub tells; `undefined` where it does not know all of them, or they are many. */
export async function findFolders(
  { commit, tree }: BranchTip,
  names: readonly string[],
  { codexApi }: Session,
): Promise<ReadonlyMap<string, FoundFolder> | undefined> {
  if (names.length > MAX_BY_NAME || tree === EMPTY_TREE) return undefined;
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
  session: Session,
): Promise<Map<string, CodexFolder>> {
  const { store, codex } = session;
  if (found) return readFolders(store, codex, new Map([...found].map(([name, { tree }]) => [name, tree])));
  await fetchRoots([tip], session);
  return readListedFolders(store, codex, tip, names);
}

/** Lists the projects at several tips, as `readProjectLists` does. */
export async function listTips<Listed extends Tip>(tips: readonly Listed[], session: Session) {
  await fetchRoots(tips, session);
  return readProjectLists(session.store, session.codex, tips);
}

/**
 * Brings the root trees of tips: GitHub's API says in one request what git needs two for, and the tree's own id proves it.
 * What it does not say, or not exactly (a name that is not UTF-8), git fetches when it is read.
 */
export async function fetchRoots(tips: readonly Tip[], { store, codexApi }: Session): Promise<void> {
  const missing = new Set(tips.map(({ tree }) => tree).filter((tree) => tree !== EMPTY_TREE && !store.has(tree)));
  await together(
    [...missing].map(async (tree) => {
      const entries = await codexApi.tryTree(tree);
      if (entries) await store.tryWriteTree(tree, entries);
    }),
  );
}

/** A tip of the codex, and the projects in it. */
export interface ListedTip {
  /** How messages name it. */
  readonly label: string;
  readonly branch: string;
  readonly tree: string;
  readonly list: ProjectList;
}

/**
 * Reads the folders and manifests of these projects at each of the tips: one fetch for all folders, one for all
 * manifests.
 * @returns for each tip, project -> what stands there
 */
export async function readProjects(
  tips: readonly ListedTip[],
  names: readonly string[],
  session: Session,
): Promise<Map<string, ProjectSide>[]> {
  const { folders, texts } = await readFoldersAt(tips, names, session);
  return tips.map((tip, index) => {
    const found = folders[index];
    return new Map(names.map((name) => [name, sideOf(name, found?.get(name) ?? NO_FOLDER, texts, tip)]));
  });
}

/** The same, as they are; `texts` has the manifests by their ids. */
export async function readFoldersAt(
  tips: readonly Pick<ListedTip, 'tree' | 'list'>[],
  names: readonly string[],
  { store, codex }: Session,
): Promise<{ folders: ReadonlyMap<string, CodexFolder>[]; texts: ReadonlyMap<string, string> }> {
  await store.fetch(
    codex,
    tips.flatMap(({ list }) => names.flatMap((name) => list.trees.get(name) ?? [])),
    'trees',
  );
  const folders: ReadonlyMap<string, CodexFolder>[] = [];
  for (const tip of tips) folders.push(await readListedFolders(store, codex, tip, names));
  const manifests = folders.flatMap((found) => [...found.values()].flatMap(({ manifest }) => manifest ?? []));
  return { folders, texts: await readBlobs(store, codex, manifests, MAX_MANIFEST_BYTES) };
}

function sideOf(
  project: string,
  { entries, manifest, problem }: CodexFolder,
  texts: ReadonlyMap<string, string>,
  { label, branch }: ListedTip,
): ProjectSide {
  const place = { environment: label, branch, entries };
  if (problem !== undefined) return { problem: `In ${label}: ${problem}` };
  if (manifest === undefined) return { ...place, manifest: undefined };
  const where = `projects/${project}/${MANIFEST_FILE}`;
  const text = texts.get(manifest);
  if (text === undefined) return { problem: `In ${label}: ${tooLargeToRead(where)}` };
  try {
    const parsed = parseManifest(text, where);
    return parsed
      ? { ...place, manifest: parsed }
      : { problem: `In ${label}: ${where} cannot be read. Publish the project there again, or restore that file.` };
  } catch (error) {
    if (error instanceof CodexSyncError) return { problem: `In ${label}: ${error.message}` };
    throw error;
  }
}

/** What stands in the folder of a project at a tip of the branch, and what its manifest says. */
export interface Published {
  readonly folder: CodexFolder;
  readonly manifest: Manifest;
  /** That the manifest is there and cannot be read. */
  readonly warning: string | undefined;
  /** Names of all projects of the tip; asked only where the project has no folder, when the list is read anyway. */
  readonly listProjects: () => Promise<readonly string[]>;
}

/**
 * @param tip `undefined` where the branch does not exist
 * @throws CodexSyncError `conflict` when something else stands where a folder or the manifest should be
 */
export async function readPublished(
  tip: BranchTip | undefined,
  project: string,
  session: Session,
): Promise<Published> {
  if (!tip) return { ...publishedIn(NO_FOLDER, undefined, project), listProjects: async () => [] };
  const found = await findFolders(tip, [project], session);
  const expected = found?.get(project)?.files.get(MANIFEST_FILE);
  const early = expected === undefined ? undefined : session.codexApi.readText(expected);
  // Told of below, where it was the right one.
  early?.catch(() => {});
  const folder = (await readFoundFolders(found, tip, [project], session)).get(project) ?? NO_FOLDER;
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  const { manifest } = folder;
  const text = early && manifest === expected ? early : manifest && session.codexApi.readText(manifest);
  const list = () => listProjects(session.store, session.codex, tip);
  return { ...publishedIn(folder, await text, project), listProjects: list };
}

/**
 * The same where folders and manifests were read for several projects.
 * @param texts of manifests by their ids; those that are too large are not among them
 * @throws CodexSyncError `too-many-documents` where that is so, `conflict` where something else is in the place of folder or manifest
 */
export function publishedAmong(
  folder: CodexFolder,
  texts: ReadonlyMap<string, string>,
  project: string,
): Omit<Published, 'listProjects'> {
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  const text = folder.manifest === undefined ? undefined : texts.get(folder.manifest);
  if (folder.manifest === undefined || text !== undefined) return publishedIn(folder, text, project);
  throw new CodexSyncError('too-many-documents', tooLargeToRead(`projects/${project}/${MANIFEST_FILE}`));
}

/**
 * @param text of the manifest; `undefined` where there is none
 * @throws CodexSyncError `newer-manifest`
 */
export function publishedIn(
  folder: CodexFolder,
  text: string | undefined,
  project: string,
): Omit<Published, 'listProjects'> {
  if (text === undefined) return { folder, manifest: EMPTY_MANIFEST, warning: undefined };
  const where = `projects/${project}/${MANIFEST_FILE}`;
  const manifest = parseManifest(text, where);
  if (manifest) return { folder, manifest, warning: undefined };
  const warning = `${where} cannot be read, so nothing there counts as published by this tool.`;
  return { folder, manifest: EMPTY_MANIFEST, warning };
}
