import { type BranchName, branchName } from './ids.ts';

/** The form of a value, and the end of a message that begins with "Use …". */
export interface Rule {
  pattern: RegExp;
  accepted: string;
}

/** A folder below `projects/`: never a way out of it, and never git's own folder. */
export const PROJECT_NAME: Rule = {
  pattern: /^(?!\.{1,2}$|\.[gG][iI][tT]$)[A-Za-z0-9._-]{1,100}$/,
  accepted: 'a name of 1 to 100 letters, digits, ".", "_" or "-", other than ".", ".." and ".git"',
};

/** Keys of the section of environments, so never names of one; some are reserved for later settings. */
export const RESERVED_ENVIRONMENT_NAMES = [
  'default',
  'branches',
  'stable_refs',
  'production_refs',
  'sites',
  'delivery',
  'gates',
] as const;

export const ENVIRONMENT_NAME: Rule = {
  pattern: new RegExp(`^(?!(?:${RESERVED_ENVIRONMENT_NAMES.join('|')})$)[a-z0-9][a-z0-9._-]{0,63}$`),
  accepted:
    'a name of 1 to 64 lower-case letters, digits, ".", "_" or "-" that starts with a letter or digit and is none of ' +
    RESERVED_ENVIRONMENT_NAMES.map((name) => `"${name}"`).join(', '),
};

/** The rules of `git check-ref-format --branch`; a full ref name would silently become `refs/heads/refs/heads/…`. */
export const BRANCH_NAME: Rule = {
  pattern:
    /^(?!(?:@|HEAD)$|refs\/|[-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\p{Cc}\p{Cs}\s~^:?*[\\]+(?<![/.])$/u,
  accepted: 'a branch name that git allows, without "refs/heads/" (such as "main" or "docs/test")',
};

/** Names of enterprise-managed users contain underscores. */
export const ORGANIZATION: Rule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/,
  accepted: 'the name of a GitHub organization or user (1 to 39 letters, digits or "-")',
};

export const REPOSITORY_NAME: Rule = {
  pattern: /^(?!\.{1,2}$)(?!.*\.[gG][iI][tT]$)[A-Za-z0-9._-]{1,100}$/,
  accepted: 'the name of a repository alone, without its owner and without ".git"',
};

/** A directory of a repository in a manifest: `.`, or a path with `/` between its parts. */
export const PROJECT_DIRECTORY: Rule = {
  pattern: /^(?:\.|(?!\.{1,2}(?:\/|$))[^\p{Cc}\\/]+(?:\/(?!\.{1,2}(?:\/|$))[^\p{Cc}\\/]+)*)$/u,
  accepted: 'a directory of the repository from its root, such as packages/widgets, or "."',
};

export const REPOSITORY: Rule = {
  pattern: new RegExp(`${ORGANIZATION.pattern.source.slice(0, -1)}/${REPOSITORY_NAME.pattern.source.slice(1)}`),
  accepted: 'owner/repository, such as acme/widgets',
};

/** A sentence with the accepted names; `undefined` for a valid name. */
export function checkProjectName(name: string): string | undefined {
  return PROJECT_NAME.pattern.test(name) ? undefined : `Use ${PROJECT_NAME.accepted}.`;
}

/** Whether `text` is `owner/name`; `.git` at the end is git's habit, not part of a name. */
export function isRepository(text: string): boolean {
  return REPOSITORY.pattern.test(text);
}

/** GitHub compares owners and names without regard to case. What has no name is like no other. */
export function sameRepository(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}

export function repositoryName(repository: string): string {
  return repository.slice(repository.indexOf('/') + 1);
}

/** Windows reserves these names for devices, with any extension and in any case. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i;

/** Why a new folder must not have a name (end of "The name …"); names of existing projects stay valid. */
export function folderNameProblem(name: string): string | undefined {
  if (/^\.*$/.test(name)) return 'consists of dots only';
  if (name.endsWith('.')) return 'ends with a dot, which Windows cannot hold';
  if (name.startsWith('-')) return 'begins with "-", which commands take for an option';
  if (DEVICE_NAME.test(name)) return 'is the name of a device on Windows, which cannot hold such a folder';
  return undefined;
}

/** The branch that a full ref names; `undefined` for tags, pull requests and no ref at all. */
export function branchOfRef(ref: string | undefined): BranchName | undefined {
  const name = /^refs\/heads\/(.+)$/s.exec(ref ?? '')?.[1];
  return name === undefined ? undefined : branchName(name);
}

export function isTag(ref: string | undefined): boolean {
  return ref?.startsWith('refs/tags/') ?? false;
}
