import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import type { ConfigSource } from '../inputs/config-file.ts';
import { blobId } from '../text/bytes.ts';
import { printable } from '../text/printable.ts';

/** Where a configuration may stand, best first; of the last one only the `codex:` section is ours. */
export const CONFIG_FILES = [
  '.fractary/plugins/codex/config.json',
  '.fractary/codex.yaml',
  '.fractary/config.yaml',
] as const;
/** The file that several tools share. */
export const SHARED_FILE = '.fractary/config.yaml';

/** The section of a file that is ours, where it is not the whole file. */
export function configSection(file: string): Pick<ConfigSource, 'section'> {
  return file.endsWith(SHARED_FILE) ? { section: 'codex' } : {};
}

/** The project's place on disk. */
export interface ProjectPlace {
  /** Absolute path, links resolved. */
  readonly directory: string;
  /** The root of the repository it lies in, likewise. */
  readonly root: string;
  /** `directory` from the root, with `/`; `.` for the root itself. */
  readonly path: string;
}

/** A configuration's text, and whether it lies inside the project's directory or only in the repository's root. */
export interface ConfigText extends ConfigSource {
  readonly inside: boolean;
}

/**
 * Finds the project's directory and the root of the repository around it.
 * @param withoutCheckout the run needs none, so a package's directory may be missing: it is a name only
 * @throws CodexSyncError `bad-input` when there is no such folder in the workspace; a link that leads out of the
 * workspace is not followed
 */
export async function findProject(
  workspace: string,
  workingDirectory: string,
  withoutCheckout = false,
): Promise<ProjectPlace> {
  const asked = resolve(workspace, workingDirectory);
  const directory = await realpath(asked).catch(() => undefined);
  if (directory === undefined && withoutCheckout && isWithin(workspace, asked)) {
    return { directory: workspace, root: workspace, path: relative(workspace, asked).replaceAll(sep, '/') };
  }
  const isFolder = directory !== undefined && (await lstat(directory)).isDirectory();
  if (!isFolder || !isWithin(await realpath(workspace), directory)) {
    throw new CodexSyncError(
      'bad-input',
      `Input "working-directory" is "${printable(workingDirectory, 200)}".`,
      "Use the path of a folder in the workspace: the project's checkout, or a package in it.",
    );
  }
  const root = await findRepositoryRoot(directory);
  return { directory, root, path: relative(root, directory).replaceAll(sep, '/') || '.' };
}

/**
 * The paths at which a configuration may be, from the root of the repository, best first: the file asked for, or those that
 * are looked for; in the project's directory and in the root. Without those that lead out of the repository.
 */
export function configPaths({ root, path }: ProjectPlace, asked: string | undefined): string[] {
  const names = asked === undefined ? CONFIG_FILES : [asked];
  const folders = path === '.' ? [root] : [resolve(root, path), root];
  const files = folders.flatMap((folder) => names.map((name) => resolve(folder, name)));
  return [...new Set(files)]
    .filter((file) => isWithin(root, file) && file !== root)
    .map((file) => relative(root, file).replaceAll(sep, '/'));
}

/** What the disk holds at those paths, as the ids that git gives to contents; what cannot be read has none. */
export async function readConfigIds(
  { root }: Pick<ProjectPlace, 'root'>,
  paths: readonly string[],
): Promise<Map<string, string | undefined>> {
  const ids = new Map<string, string | undefined>();
  for (const path of paths) {
    const target = await findInside(root, resolve(root, path)).catch(() => null);
    if (target === undefined) continue;
    ids.set(path, target === null ? undefined : blobId(await readFile(target)));
  }
  return ids;
}

/**
 * Reads the configuration: the file asked for, else the first that exists, in the project's directory and then in the
 * repository's root.
 * @param parse turns the text into what is wanted; `undefined` when the file has no section for us, and the search goes on
 * @returns `undefined` when there is none
 * @throws CodexSyncError `bad-input` when the file asked for is missing, or a link leads out of the repository
 */
export async function readConfig<T>(
  place: ProjectPlace,
  asked: string | undefined,
  parse: (text: ConfigText) => T | undefined,
): Promise<T | undefined> {
  const names = asked === undefined ? CONFIG_FILES : [asked];
  const folders = place.directory === place.root ? [place.root] : [place.directory, place.root];
  for (const folder of folders) {
    for (const name of names) {
      const target = await findInside(place.root, resolve(folder, name));
      if (target === undefined) continue;
      const text = await readFile(target, 'utf8');
      const inside = isWithin(place.directory, target);
      const file = relative(place.root, resolve(folder, name)).replaceAll(sep, '/');
      const parsed = parse({ text, file, inside, ...configSection(file) });
      if (parsed !== undefined) return parsed;
    }
  }
  if (asked === undefined) return undefined;
  throw new CodexSyncError(
    'bad-input',
    `Input "config" is "${printable(asked, 200)}", and there is no such file (or no "codex:" section in it).`,
    'Give its path from the working directory or from the root of the repository.',
  );
}

/** The file at `path`, links resolved; `undefined` when there is none. */
async function findInside(root: string, path: string): Promise<string | undefined> {
  const exists = await lstat(path).catch(() => undefined);
  const target = await realpath(path).catch(() => undefined);
  if (target !== undefined && isWithin(root, target)) {
    return (await lstat(target)).isFile() ? target : undefined;
  }
  if (!exists && target === undefined) return undefined;
  throw new CodexSyncError(
    'bad-input',
    `Configuration "${printable(relative(root, path))}" is a link to nothing, or lies outside of the repository.`,
    'Use a file that the repository contains.',
  );
}

/** The folder around this one, or itself, that has a `.git`, whatever that says; `directory` where none has. */
export async function findRepositoryRoot(directory: string): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    const marker = await lstat(join(folder, '.git')).catch(() => undefined);
    if (marker) return folder;
    if (folder === dirname(folder)) return directory;
  }
}

/** Whether a path from the root of the repository lies inside the project's directory. */
export function isInside({ path: directory }: Pick<ProjectPlace, 'path'>, path: string): boolean {
  return directory === '.' || path.startsWith(`${directory}/`);
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
