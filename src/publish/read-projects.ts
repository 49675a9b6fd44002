import type { ProjectSide } from '../codex/effective-tree.ts';
import { MAX_MANIFEST_BYTES, parseManifest, tooLargeToRead } from '../codex/manifest.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { readBlobs } from '../git/blobs.ts';
import { type CodexFolder, NO_FOLDER, type ProjectList, readListedFolders } from '../git/codex-folder.ts';
import type { CodexWorld } from './session.ts';

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
  world: CodexWorld,
): Promise<Map<string, ProjectSide>[]> {
  const { folders, texts } = await readFoldersAt(tips, names, world);
  return tips.map((tip, index) => {
    const found = folders[index];
    return new Map(names.map((name) => [name, sideOf(name, found?.get(name) ?? NO_FOLDER, texts, tip)]));
  });
}

/** The same, as they are; `texts` has the manifests by their ids. */
export async function readFoldersAt(
  tips: readonly Pick<ListedTip, 'tree' | 'list'>[],
  names: readonly string[],
  { store, codex }: CodexWorld,
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
