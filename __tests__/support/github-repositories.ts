import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { commitFiles, type FileChange } from './commit-files.ts';
import { gitText } from './git.ts';
import type { Account } from './github-accounts.ts';
import type { EnvironmentRecord } from './github-environments.ts';
import type { CommentRecord, PullRecord } from './github-pull-store.ts';
import type { ReleaseRecord } from './github-releases.ts';
import type { RulesetRecord } from './github-rulesets.ts';

export const visibilities = ['public', 'internal', 'private'] as const;
export type Visibility = (typeof visibilities)[number];

export interface RepositoryOptions {
  visibility?: Visibility;
  defaultBranch?: string;
  /** One initial commit with these files; without them the repository is empty. */
  files?: Readonly<Record<string, FileChange>>;
  /** A bare repository that it begins as: its branches are copied, its objects are used where they lie. */
  like?: string;
  archived?: boolean;
  fork?: boolean;
  /** What is said of its size, in kilobytes; GitHub counts late, so that there can be files in a repository of size 0. */
  size?: number;
  /** When the initial commit was made. */
  date?: string;
}

/** A hosted repository: what git itself does not keep. */
export interface Repository {
  id: number;
  owner: string;
  /** What the owner is. */
  account: Account;
  name: string;
  fullName: string;
  /** What it was called before, oldest first; whoever was let in by one of these names still is. */
  formerNames: string[];
  visibility: Visibility;
  archived: boolean;
  fork: boolean;
  size: number | undefined;
  /** The bare repository. */
  directory: string;
  createdAt: Date;
  /** Branch -> what the remote says when somebody pushes to it; nothing where pushes pass, as those of administrators do. */
  protections: Map<string, string | undefined>;
  /** Branch -> status checks that its protection requires, where there are some. */
  requiredChecks: Map<string, readonly string[]>;
  /** Branch -> active rules of rulesets, which are listed only: what refuses a push is a protection. */
  rules: Map<string, RuleRecord[]>;
  /** Whole rulesets, in the order in which they were made. */
  rulesets: RulesetRecord[];
  environments: EnvironmentRecord[];
  /** Old branch name -> new one. */
  renamedBranches: Map<string, string>;
  /** Branches that were deleted, oldest first. */
  deletions: { ref: string; before: string; timestamp: string }[];
  /** By number, in the order in which they were opened. */
  pulls: Map<number, PullRecord>;
  /** Of every pull request, oldest first. */
  comments: CommentRecord[];
  /** Oldest first. */
  releases: ReleaseRecord[];
  /** Nobody finds it any more, but the pull requests that it was the head of remember it. */
  deleted: boolean;
}

/** A rule of a ruleset, as it is listed for a branch. */
export interface RuleRecord {
  type: string;
  parameters?: Readonly<Record<string, unknown>>;
  ruleset_source_type: 'Repository' | 'Organization';
  ruleset_source: string;
  ruleset_id: number;
}

export const firstCommitDate = '2026-01-01T00:00:00Z';

/** The name of the branch that a clone checks out, born or not. */
export function defaultBranchOf(repository: Repository): string {
  return readFileSync(join(repository.directory, 'HEAD'), 'utf8').trim().replace('ref: refs/heads/', '');
}

/** Kilobytes of what git keeps, begun ones counted; 0 of an empty repository. */
export function sizeOf({ directory, size }: Pick<Repository, 'directory'> & Partial<Pick<Repository, 'size'>>): number {
  if (size !== undefined) return size;
  const entries = readdirSync(join(directory, 'objects'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)));
  return Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / 1024);
}

// Behaviour of the hosted service that git's own defaults lack. A server never cleans up while a test looks.
const settings: readonly (readonly [string, string])[] = [
  ['core.repositoryFormatVersion', '0'],
  ['core.fileMode', 'true'],
  ['core.bare', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['receive.autogc', 'false'],
  ['receive.fsckObjects', 'true'],
  ['receive.advertisePushOptions', 'true'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

/** Creates a bare repository below `root`, with an initial commit if there are files. */
export async function makeRepository(
  root: string,
  id: number,
  fullName: string,
  account: Account,
  options: RepositoryOptions,
): Promise<Repository> {
  const [owner = '', name = ''] = fullName.split('/');
  if (owner === '' || name === '') throw new Error(`Not owner/name: ${fullName}`);
  const directory = join(root, owner, `${name}.git`);
  // What `git init --bare` makes, without asking it: a process costs more than all the files.
  for (const folder of ['hooks', 'objects', 'refs']) await mkdir(join(directory, folder), { recursive: true });
  const branch = options.defaultBranch ?? 'main';
  writeFileSync(join(directory, 'HEAD'), `ref: refs/heads/${branch}\n`);
  const lines = settings.map(([key, value]) => {
    const [section = '', variable = ''] = key.split('.');
    return `[${section}]\n\t${variable} = ${value}\n`;
  });
  writeFileSync(join(directory, 'config'), lines.join(''));
  if (options.files !== undefined) {
    const details = { message: 'Initial commit', date: options.date ?? firstCommitDate };
    await commitFiles(directory, `refs/heads/${branch}`, options.files, details);
  }
  if (options.like !== undefined) await beginLike(options.like, directory);
  const { visibility = 'private', archived = false, fork = false } = options;
  const size = options.size ?? (options.like === undefined ? undefined : sizeOf({ directory: options.like }));
  const [protections, renamedBranches] = [new Map<string, string | undefined>(), new Map<string, string>()];
  const [requiredChecks, rules] = [new Map<string, readonly string[]>(), new Map<string, RuleRecord[]>()];
  const pulls = new Map<number, PullRecord>();
  const lists = { rulesets: [], environments: [], comments: [], releases: [], deletions: [] };
  const stores = { protections, requiredChecks, rules, renamedBranches, pulls, ...lists };
  return {
    id,
    owner,
    account,
    name,
    fullName,
    formerNames: [],
    visibility,
    archived,
    fork,
    size,
    directory,
    createdAt: new Date(),
    ...stores,
    deleted: false,
  };
}

/** Whether a repository is called so, or was. */
export function wasCalled({ fullName, formerNames }: Repository, name: string): boolean {
  return [fullName, ...formerNames].some((one) => one.toLowerCase() === name.toLowerCase());
}

/** Gives a repository another name, of another owner too; all that it holds stays. */
export function giveName(repository: Repository, fullName: string, account: Account): void {
  const [owner = '', name = ''] = fullName.split('/');
  if (owner === '' || name === '') throw new Error(`Not owner/name: ${fullName}`);
  repository.formerNames.push(repository.fullName);
  Object.assign(repository, { owner, name, fullName, account });
}

async function beginLike(like: string, directory: string): Promise<void> {
  await mkdir(join(directory, 'objects', 'info'));
  writeFileSync(join(directory, 'objects', 'info', 'alternates'), `${join(like, 'objects')}\n`);
  const refs = await gitText(like, ['for-each-ref', '--format=create %(refname) %(objectname)']);
  await gitText(directory, ['update-ref', '--stdin'], { input: `${refs}\n` });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Writes the hook that refuses pushes to the protected branches, in words of the test's choice. */
export function writeProtections(repository: Repository): void {
  const hook = join(repository.directory, 'hooks', 'update');
  rmSync(hook, { force: true });
  const refused = [...repository.protections].flatMap(([branch, message]) =>
    message === undefined ? [] : [[branch, message] as const],
  );
  if (refused.length === 0) return;
  const cases = refused.map(
    ([branch, message]) =>
      `${quote(`refs/heads/${branch}`)}) printf '%s\\n' ${message.split('\n').map(quote).join(' ')} >&2; exit 1 ;;`,
  );
  writeFileSync(hook, `#!/bin/sh\ncase "$1" in\n${cases.join('\n')}\nesac\nexit 0\n`);
  chmodSync(hook, 0o755);
}
