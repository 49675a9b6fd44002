import { entriesOf } from '../codex/folder-id.ts';
import { EMPTY_MANIFEST, MAX_MANIFEST_BYTES, type Manifest, parseManifest, tooLargeToRead } from '../codex/manifest.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
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
import { announceSmartPush } from '../git/smart-push.ts';
import type { BranchTip, FoundFolder } from '../github/codex-api.ts';
import type { BlobId } from '../text/ids.ts';
import { AT_A_TIME, inParallel, type Session, together } from './session.ts';

export interface ProjectSnapshot {
  readonly folder: CodexFolder;
  readonly manifest: Manifest;
  /** Why the manifest cannot be read, if it exists. */
  readonly warning: string | undefined;
}

/** One project of several; its error does not stop the others. */
export type ProjectReading = ProjectSnapshot | { readonly folder: CodexFolder; readonly error: CodexSyncError };

/** The codex at one tip, read on demand. Without a branch it has no projects. */
export interface Snapshot {
  readonly tip: BranchTip | undefined;
  /**
   * Reads one project. GitHub locates its folder, so that the cost does not grow with the codex.
   * @throws CodexSyncError `conflict` when another kind of entry is at the path of folder or manifest, `newer-manifest`
   */
  readonly project: (name: string) => Promise<ProjectSnapshot>;
  readonly folders: (names: readonly string[]) => Promise<ReadonlyMap<string, CodexFolder>>;
  /** Files of a project that came with GitHub's first answer; `undefined` unless all of them did. Asks nothing. */
  readonly tryHeldDocuments: (
    name: string,
    paths: readonly string[],
  ) => Promise<ReadonlyMap<string, Document> | undefined>;
  /** The names of all projects. The cost grows with the codex. */
  readonly names: () => Promise<readonly string[]>;
}

export function openSnapshot(tip: BranchTip | undefined, session: Session): Snapshot {
  if (!tip) {
    return {
      tip,
      project: async () => NO_PROJECT,
      folders: async () => new Map(),
      tryHeldDocuments: async () => undefined,
      names: async () => [],
    };
  }
  return {
    tip,
    project: (name) => readProjectSnapshot(tip, name, session),
    folders: async (names) => readFound(await findFolders(tip, names, session), { tree: tip.tree }, names, session),
    tryHeldDocuments: (name, paths) => tryHeldDocuments(tip, name, paths, session),
    names: () => listProjects(session.store, session.codex, tip),
  };
}

/** Several tips, whose lists of projects are fetched together. */
export interface ListedSnapshots {
  readonly names: readonly (readonly string[])[];
  /** Reads these projects at each tip, with one fetch for all folders and one for all manifests. */
  readonly projects: (names: readonly string[]) => Promise<ReadonlyMap<string, ProjectReading>[]>;
  readonly differing: () => readonly string[];
}

/** @param tips include the commit if the run will build on them */
export async function listSnapshots(tips: readonly Tip[], session: Session): Promise<ListedSnapshots> {
  const listed = await listTips(tips, session);
  const names = listed.map(({ list }) => [...list.trees.keys()]);
  return {
    names,
    differing() {
      const idsOf = (name: string) => new Set(listed.map(({ list }) => list.trees.get(name)));
      return [...new Set(names.flat())].filter((name) => idsOf(name).size > 1);
    },
    async projects(wanted) {
      const proved = await Promise.all(listed.map((tip) => proveListed(tip, wanted, session)));
      const others = proved.map((found) => wanted.filter((name) => !found.has(name)));
      const read = await readListed(listed, others, session);
      return read.map(
        (found, at) => new Map(wanted.map((name) => [name, proved[at]?.get(name) ?? found.get(name) ?? NO_PROJECT])),
      );
    },
  };
}

type ListedTip = Tip & { readonly list: ProjectList };

async function listTips(tips: readonly Tip[], session: Session): Promise<readonly ListedTip[]> {
  await fetchRoots(tips, session);
  return readProjectLists(session.store, session.codex, tips);
}

/** Reads projects with git, those of each tip. */
async function readListed(
  listed: readonly ListedTip[],
  wanted: readonly (readonly string[])[],
  { store, codex }: Session,
): Promise<Map<string, ProjectReading>[]> {
  const trees = listed.flatMap(({ list }, at) => (wanted[at] ?? []).flatMap((name) => list.trees.get(name) ?? []));
  await store.fetch(codex, trees, 'trees');
  const folders: ReadonlyMap<string, CodexFolder>[] = [];
  for (const [at, tip] of listed.entries()) folders.push(await readListedFolders(store, codex, tip, wanted[at] ?? []));
  const manifests = folders.flatMap((found) => [...found.values()].flatMap(({ manifest }) => manifest ?? []));
  const texts = await readBlobs(store, codex, manifests, MAX_MANIFEST_BYTES);
  return folders.map((found) => new Map([...found].map(([name, folder]) => [name, parseOneOf(name, folder, texts)])));
}

/** Projects of a list whose folder and manifest came with the answer, and that the folder's id proves: git fetches nothing. */
async function proveListed(
  { commit, list }: ListedTip,
  wanted: readonly string[],
  session: Session,
): Promise<ReadonlyMap<string, ProjectSnapshot>> {
  const proved = new Map<string, ProjectSnapshot>();
  if (commit === undefined) return proved;
  for (const name of wanted) {
    const one = await tryHeldProject({ commit }, name, session);
    if (one && one.folder.tree === list.trees.get(name) && !list.others.has(name)) proved.set(name, one);
  }
  return proved;
}

/** Several projects at one tip. */
interface ProjectReadings {
  readonly projects: ReadonlyMap<string, ProjectReading>;
  /** The names of all projects. The cost grows with the codex. */
  readonly names: () => Promise<readonly string[]>;
}

/** Reads projects: those that GitHub's answer shows whole without a request, the others with the list of all projects. */
export async function readProjects(
  tip: BranchTip | undefined,
  names: readonly string[],
  session: Session,
): Promise<ProjectReadings> {
  if (!tip) return { projects: new Map(), names: async () => [] };
  let listing: Promise<readonly ListedTip[]> | undefined;
  const list = () => {
    listing ??= listTips([tip], session);
    return listing;
  };
  const projects = new Map<string, ProjectReading>();
  for (const name of names) {
    const held = await tryHeldProject(tip, name, session);
    if (held) projects.set(name, held);
  }
  const others = names.filter((name) => !projects.has(name));
  const [read] = others.length > 0 ? await readListed(await list(), [others], session) : [];
  for (const [name, one] of read ?? []) projects.set(name, one);
  return { projects, names: async () => (await list()).flatMap((one) => [...one.list.trees.keys()]) };
}

async function tryHeldProject(
  { commit }: Pick<BranchTip, 'commit'>,
  name: string,
  session: Session,
): Promise<ProjectSnapshot | undefined> {
  const held = await session.codexApi.tryHeldFolder(`${PROJECTS}/${name}`, commit);
  if (!held?.found) return held && NO_PROJECT;
  // A newer manifest is reported beside the others, as any other problem of its project.
  return proveFolder(name, held.found, session).catch(unlessUnexpected);
}

/** The documents that were published of a project, as far as GitHub's answer tells. Asks nothing. */
export async function tryPublished(
  { commit }: BranchTip,
  name: string,
  session: Pick<Session, 'codexApi'>,
): Promise<Manifest['documents'] | undefined> {
  const held = await session.codexApi.tryHeldFolder(`${PROJECTS}/${name}`, commit);
  const read = await readHeldManifest(name, held?.found, session).catch(unlessUnexpected);
  return read?.manifest.documents;
}

function unlessUnexpected(error: unknown): undefined {
  if (!(error instanceof CodexSyncError)) throw error;
}

export const NO_PROJECT: ProjectSnapshot = { folder: NO_FOLDER, manifest: EMPTY_MANIFEST, warning: undefined };

function parseOneOf(name: string, folder: CodexFolder, texts: ReadonlyMap<string, string>): ProjectReading {
  try {
    const text = folder.manifest === undefined ? undefined : texts.get(folder.manifest);
    if (folder.problem === undefined && folder.manifest !== undefined && text === undefined) {
      throw new CodexSyncError('too-many-documents', tooLargeToRead(manifestPath(name)));
    }
    return parseProject(name, folder, text);
  } catch (error) {
    if (error instanceof CodexSyncError) return { folder, error };
    throw error;
  }
}

/** @throws CodexSyncError `conflict`, `newer-manifest` */
export function parseProject(name: string, folder: CodexFolder, text: string | undefined): ProjectSnapshot {
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  if (text === undefined) return { ...NO_PROJECT, folder };
  const where = manifestPath(name);
  const manifest = parseManifest(text, where);
  if (manifest) return { folder, manifest, warning: undefined };
  const warning = `${where} cannot be read, so nothing there counts as published by this tool.`;
  return { folder, manifest: EMPTY_MANIFEST, warning };
}

function manifestPath(project: string): string {
  return `${PROJECTS}/${project}/${MANIFEST_FILE}`;
}

async function readProjectSnapshot(tip: BranchTip, name: string, session: Session): Promise<ProjectSnapshot> {
  const found = await findFolders(tip, [name], session);
  // A run that may write has something to write into a folder that does not exist.
  if (!found) announceSmartPush(session.store, session.codex);
  const proved = await proveFolder(name, found?.get(name), session);
  if (proved) return proved;
  const expected = found?.get(name)?.files.get(MANIFEST_FILE);
  const early = expected === undefined ? undefined : session.codexApi.readText(expected);
  // Awaited below if it is the right blob; otherwise its rejection is irrelevant.
  early?.catch(() => {});
  const folder = (await listFound(found, tip, [name], session)).get(name) ?? NO_FOLDER;
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  const { manifest } = folder;
  const text = early && manifest === expected ? early : manifest && session.codexApi.readText(manifest);
  return parseProject(name, folder, await text);
}

/** A folder whose manifest came with the answer, and whose id shows that it is what the manifest says: git need not list it. */
async function proveFolder(
  name: string,
  found: FoundFolder | undefined,
  session: Session,
): Promise<ProjectSnapshot | undefined> {
  const read = await readHeldManifest(name, found, session);
  const entries = read && found && entriesOf(read.manifest, found.tree, read.blob);
  if (!entries) return undefined;
  const { manifest, blob } = read;
  return { folder: { tree: found.tree, entries, manifest: blob, problem: undefined }, manifest, warning: undefined };
}

/** @throws CodexSyncError `newer-manifest`; returns `undefined` without the text in the answer, or if it is unreadable */
async function readHeldManifest(
  name: string,
  found: FoundFolder | undefined,
  { codexApi }: Pick<Session, 'codexApi'>,
): Promise<{ readonly manifest: Manifest; readonly blob: BlobId } | undefined> {
  const blob = found?.files.get(MANIFEST_FILE);
  const text = blob && (await codexApi.tryHeldText(blob));
  const manifest = text === undefined ? undefined : parseManifest(text, manifestPath(name));
  return blob && manifest && { manifest, blob };
}

async function tryHeldDocuments(
  { commit }: BranchTip,
  name: string,
  paths: readonly string[],
  { codexApi }: Session,
): Promise<ReadonlyMap<string, Document> | undefined> {
  const held = new Map<string, Document>();
  for (const path of paths) {
    const document = await codexApi.tryHeldFile(`${PROJECTS}/${name}/${path}`, commit);
    if (!document) return undefined;
    held.set(path, document);
  }
  return held;
}

/** Locating this many folders by name takes no more requests than fetching the trees above them. */
const MAX_BY_NAME = 3;

/** Locates folders through GitHub; `undefined` if some are not found or there are too many. */
async function findFolders(
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

/** Reads folders, and has git list those that are not proved. */
async function readFound(
  found: ReadonlyMap<string, FoundFolder> | undefined,
  tip: Tip,
  names: readonly string[],
  session: Session,
): Promise<Map<string, CodexFolder>> {
  if (!found) return listFound(found, tip, names, session);
  const folders = new Map<string, CodexFolder>();
  const others = new Map(found);
  for (const [name, one] of found) {
    const proved = await proveFolder(name, one, session);
    if (!proved) continue;
    folders.set(name, proved.folder);
    others.delete(name);
  }
  return others.size === 0 ? folders : new Map([...folders, ...(await listFound(others, tip, names, session))]);
}

/** Has git list the folders that GitHub located, else finds them in the list of all projects. */
async function listFound(
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

/**
 * Fetches the root trees of tips. GitHub's API needs one request, git two, and the tree's id proves the content. If the
 * API lacks a tree, or returns it inexactly (a name that is not UTF-8), git fetches it on demand.
 */
export async function fetchRoots(tips: readonly Tip[], { store, codexApi }: Session): Promise<void> {
  const missing = new Set(tips.map(({ tree }) => tree).filter((tree) => tree !== EMPTY_TREE && !store.has(tree)));
  await together(
    [...missing].map(async (tree) => {
      const entries = await codexApi.tryTree(tree);
      if (entries) store.tryKeepTree(tree, entries);
    }),
  );
}
