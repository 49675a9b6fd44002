import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import type { ConfigSource } from '../inputs/config-file.ts';
import { runShortProgram } from '../programs.ts';
import { hashBlob } from '../text/bytes.ts';
import { type BlobId, type BranchName, branchName } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import { inputSubject, spelled, typedValue } from '../text/spell-inputs.ts';
import { createGit, type GitOptions } from './exec.ts';
import type { ObjectStore, Remote } from './object-store.ts';

/** A regular file of a project, links followed. */
export interface ConfigBytes {
  /** Absolute path, links resolved. */
  readonly target: string;
  readonly bytes: Buffer;
}

/** The project's files on disk, as far as a run reads them before it opens anything. */
export interface ProjectDisk {
  readonly findProject: typeof findProject;
  /**
   * `undefined` without a regular file.
   * @throws CodexSyncError `bad-input` for a link out of `root`
   */
  /** @param written the path in a message; default: from the root */
  readonly tryReadFile: (root: string, path: string, written?: string) => Promise<ConfigBytes | undefined>;
}

/** Possible locations of a configuration, best first; in the last one only the `codex:` section is ours. */
export const CONFIG_FILES = [
  '.fractary/plugins/codex/config.json',
  '.fractary/codex.yaml',
  '.fractary/config.yaml',
] as const;
export const SHARED_FILE = '.fractary/config.yaml';

/** Our section of a file; empty when the whole file is ours. */
export function configSection(file: string): Pick<ConfigSource, 'section'> {
  return file.endsWith(SHARED_FILE) ? { section: 'codex' } : {};
}

export interface ProjectPlace {
  /** Absolute path, links resolved. */
  readonly directory: string;
  /** The repository's root; absolute path, links resolved. */
  readonly root: string;
  /** `directory` from the root, with `/`; `.` for the root itself. */
  readonly path: string;
}

/** `inside`: in the project's directory, not only in the repository's root. */
export interface ConfigText extends ConfigSource {
  readonly inside: boolean;
}

/**
 * @param withoutCheckout a package's directory may be missing: it is only a name
 * @throws CodexSyncError `bad-input` when the workspace has no such folder; a link out of the workspace is not followed
 */
async function findProject(
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
      `${inputSubject('working-directory')} is "${printable(typedValue('working-directory', workingDirectory), 200)}".`,
      spelled({
        workflow: "Use the path of a folder in the workspace: the project's checkout, or a package in it.",
        terminal:
          "Use the path of a folder in this repository, from the current folder: the repository's root, or a package in it.",
      }),
    );
  }
  const root = await findRepositoryRoot(directory);
  return { directory, root, path: relative(root, directory).replaceAll(sep, '/') || '.' };
}

/**
 * Paths of a configuration from the repository's root, best first: the requested file or all known names, in the
 * project's directory and in the root. Excludes paths outside the repository.
 */
export function configPaths({ root, path }: ProjectPlace, asked: string | undefined): string[] {
  const names = asked === undefined ? CONFIG_FILES : [asked];
  const folders = path === '.' ? [root] : [resolve(root, path), root];
  const files = folders.flatMap((folder) => names.map((name) => resolve(folder, name)));
  return [...new Set(files)]
    .filter((file) => isWithin(root, file) && file !== root)
    .map((file) => relative(root, file).replaceAll(sep, '/'));
}

/** Git's blob ids of those files on disk; `undefined` for an unreadable file. */
export async function readConfigIds(
  { root }: Pick<ProjectPlace, 'root'>,
  paths: readonly string[],
  { tryReadFile }: Pick<ProjectDisk, 'tryReadFile'>,
): Promise<Map<string, BlobId | undefined>> {
  const ids = new Map<string, BlobId | undefined>();
  for (const path of paths) {
    const found = await tryReadFile(root, resolve(root, path)).catch(() => null);
    if (found === undefined) continue;
    ids.set(path, found === null ? undefined : hashBlob(found.bytes));
  }
  return ids;
}

/**
 * Reads the requested configuration, else the first one in the project's directory, then in the repository's root, for
 * which `parse` returns a value; `undefined` without one.
 * @throws CodexSyncError `bad-input` when the requested file is missing, or a link leads out of the repository
 */
export async function readConfig<T>(
  place: ProjectPlace,
  asked: string | undefined,
  parse: (text: ConfigText) => T | undefined,
  { tryReadFile }: Pick<ProjectDisk, 'tryReadFile'>,
): Promise<T | undefined> {
  const names = asked === undefined ? CONFIG_FILES : [asked];
  const written = asked === undefined ? undefined : typedValue('config', asked);
  const folders = place.directory === place.root ? [place.root] : [place.directory, place.root];
  for (const folder of folders) {
    for (const name of names) {
      const found = await tryReadFile(place.root, resolve(folder, name), written);
      if (found === undefined) continue;
      const text = found.bytes.toString('utf8');
      const inside = isWithin(place.directory, found.target);
      const file = relative(place.root, resolve(folder, name)).replaceAll(sep, '/');
      const parsed = parse({ text, file, inside, ...configSection(file) });
      if (parsed !== undefined) return parsed;
    }
  }
  if (written === undefined) return undefined;
  throw new CodexSyncError(
    'bad-input',
    `${inputSubject('config')} is "${printable(written, 200)}", and there is no such file (or no "codex:" section in it).`,
    spelled({
      workflow: 'Give its path from the working directory or from the root of the repository.',
      terminal: 'Give its path from the current folder, inside the repository.',
    }),
  );
}

/**
 * Lists the configurations beside a file that was found, in the same folder: only the first counts, and the others look as
 * if they did. A shared file without our section is none.
 */
export async function listShadowedConfigs(
  { root }: Pick<ProjectPlace, 'root'>,
  file: string,
  parse: (text: ConfigText) => unknown,
  { tryReadFile }: Pick<ProjectDisk, 'tryReadFile'>,
): Promise<string[]> {
  const name = CONFIG_FILES.find((one) => file === one || file.endsWith(`/${one}`));
  if (name === undefined) return [];
  const folder = file.slice(0, file.length - name.length);
  const shadowed: string[] = [];
  for (const other of CONFIG_FILES.slice(CONFIG_FILES.indexOf(name) + 1)) {
    const path = folder + other;
    const found = await tryReadFile(root, resolve(root, path)).catch(() => undefined);
    if (found === undefined) continue;
    const text = { text: found.bytes.toString('utf8'), file: path, inside: true, ...configSection(path) };
    if (hasConfiguration(text, parse)) shadowed.push(path);
  }
  return shadowed;
}

function hasConfiguration(text: ConfigText, parse: (text: ConfigText) => unknown): boolean {
  try {
    return parse(text) !== undefined;
  } catch {
    // A broken configuration is one as well.
    return true;
  }
}

async function tryReadFile(root: string, path: string, written?: string): Promise<ConfigBytes | undefined> {
  const target = await findInside(root, path, written);
  return target === undefined ? undefined : { target, bytes: await readFile(target) };
}

async function findInside(root: string, path: string, written = relative(root, path)): Promise<string | undefined> {
  const exists = await lstat(path).catch(() => undefined);
  const target = await realpath(path).catch(() => undefined);
  if (target !== undefined && isWithin(root, target)) {
    return (await lstat(target)).isFile() ? target : undefined;
  }
  if (!exists && target === undefined) return undefined;
  throw new CodexSyncError(
    'bad-input',
    `Configuration "${printable(written, 200)}" is a link to nothing, or is outside of the repository.`,
    'Use a file that the repository contains.',
  );
}

export const PROJECT_DISK: ProjectDisk = { findProject, tryReadFile };

/** The nearest folder from `directory` up with a `.git` of any content; else `directory`. */
export async function findRepositoryRoot(directory: string): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    const marker = await lstat(join(folder, '.git')).catch(() => undefined);
    if (marker) return folder;
    if (folder === dirname(folder)) return directory;
  }
}

/** Whether a `.git` of any content is around a folder. */
export async function isInRepository(directory: string): Promise<boolean> {
  const root = await findRepositoryRoot(directory);
  return (await lstat(join(root, '.git')).catch(() => undefined)) !== undefined;
}

/**
 * Reads a file of the repository through links in it, as GitHub does; `undefined` without one.
 * @throws CodexSyncError `bad-input` when a link leads to nothing or out of the repository
 */
export async function tryReadLinked(root: string, path: string): Promise<string | undefined> {
  const top = await realpath(root);
  const target = await findInside(top, resolve(top, path));
  return target && readFile(target, 'utf8');
}

export function isInside({ path: directory }: Pick<ProjectPlace, 'path'>, path: string): boolean {
  return directory === '.' || path.startsWith(`${directory}/`);
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The repository around a folder, read without a request to a server. */
export interface LocalRepository {
  readonly root: string;
  readonly origin: string | undefined;
  /** Full name of the current branch, or of the only tag on the commit; else empty. */
  readonly ref: string | undefined;
  /** Empty before the first commit. */
  readonly commit: string | undefined;
  /** Default branch of `origin` at the last clone. */
  readonly defaultBranch: BranchName | undefined;
}

/** @returns `undefined` outside of any repository */
export async function tryReadLocalRepository(
  options: Pick<GitOptions, 'directory' | 'environment' | 'debug'>,
): Promise<LocalRepository | undefined> {
  const git = createGit({ ...options, protocols: 'none' });
  const ask = async (...args: string[]) => {
    const { exitCode, stdout } = await git(args);
    return exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : undefined;
  };
  const root = await ask('rev-parse', '--show-toplevel');
  if (!root) return undefined;
  const [origin, branch, commit, remoteHead] = await Promise.all([
    ask('remote', 'get-url', 'origin'),
    ask('symbolic-ref', '--quiet', 'HEAD'),
    ask('rev-parse', '--verify', '--quiet', 'HEAD'),
    ask('symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'),
  ]);
  const tags = branch || !commit ? [] : ((await ask('tag', '--points-at', 'HEAD')) ?? '').split('\n').filter(Boolean);
  const [tag] = tags.length === 1 ? tags : [];
  const remoteBranch = /^refs\/remotes\/origin\/(.+)$/.exec(remoteHead ?? '')?.[1];
  const defaultBranch = remoteBranch === undefined ? undefined : branchName(remoteBranch);
  return { root, origin, ref: branch ?? (tag && `refs/tags/${tag}`), commit, defaultBranch };
}

/** The host behind a name for ssh, which may be the user's alias; the name itself when ssh fails. */
export async function readSshHost(name: string, debug: (line: string) => void): Promise<string> {
  const output = await runShortProgram('ssh', ['-G', name]).catch((error: unknown) => debug(String(error)));
  const host = /^hostname (\S+)$/m.exec(output?.stdout ?? '')?.[1];
  return output?.exitCode === 0 && host ? host : name;
}

/** Branches and tags: full ref name -> commit. */
export type RemoteRefs = ReadonlyMap<string, string>;

/** Lists branches and tags with one request, annotated tags by commit; `undefined` without an answer. */
export async function tryListRefs(store: ObjectStore, remote: Remote): Promise<RemoteRefs | undefined> {
  const settings = await remote.settings();
  const { exitCode, stdout } = await store.git(['ls-remote', '--quiet', '--heads', '--tags', remote.url], { settings });
  if (exitCode !== 0) return undefined;
  const refs = new Map<string, string>();
  for (const line of stdout.toString('utf8').split('\n')) {
    const [, id, name, peeled] = /^([0-9a-f]{40})\t(refs\/(?:heads|tags)\/.+?)(\^\{\})?$/.exec(line) ?? [];
    if (id === undefined || name === undefined) continue;
    if (peeled !== undefined || !refs.has(name)) refs.set(name, id);
  }
  return refs;
}
