import { EMPTY_MANIFEST, type Manifest, parseManifest, tooLargeToRead } from '../codex/manifest.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { type CodexFolder, listProjects, NO_FOLDER } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { findFolders, readFoundFolders } from './read-folders.ts';
import type { PublishingWorld } from './session.ts';

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
  world: PublishingWorld,
): Promise<Published> {
  if (!tip) return { ...publishedIn(NO_FOLDER, undefined, project), listProjects: async () => [] };
  const found = await findFolders(tip, [project], world);
  const expected = found?.get(project)?.files.get(MANIFEST_FILE);
  const early = expected === undefined ? undefined : world.codexApi.readText(expected);
  // Told of below, where it was the right one.
  early?.catch(() => {});
  const folder = (await readFoundFolders(found, tip, [project], world)).get(project) ?? NO_FOLDER;
  if (folder.problem !== undefined) throw new CodexSyncError('conflict', folder.problem);
  const { manifest } = folder;
  const text = early && manifest === expected ? early : manifest && world.codexApi.readText(manifest);
  const list = () => listProjects(world.store, world.codex, tip);
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
