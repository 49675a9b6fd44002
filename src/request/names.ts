/** What a value looks like, and how a message completes the sentence "Use …". */
export interface Rule {
  pattern: RegExp;
  accepted: string;
}

/** A folder below `projects/` of the codex, so never a way out of it and never git's own folder. */
export const PROJECT_NAME: Rule = {
  pattern: /^(?!\.{1,2}$|\.[gG][iI][tT]$)[A-Za-z0-9._-]{1,100}$/,
  accepted: 'a name of 1 to 100 letters, digits, ".", "_" or "-", other than ".", ".." and ".git"',
};

/** `default` and `branches` are keys of the section that environments stand in. */
export const ENVIRONMENT_NAME: Rule = {
  pattern: /^(?!(?:default|branches)$)[a-z0-9][a-z0-9._-]{0,63}$/,
  accepted:
    'a name of 1 to 64 lower-case letters, digits, ".", "_" or "-" that starts with a letter or digit and is not ' +
    '"default" or "branches"',
};

/** The rules of `git check-ref-format --branch`; a full ref name would silently become `refs/heads/refs/heads/…`. */
export const BRANCH_NAME: Rule = {
  pattern:
    /^(?!(?:@|HEAD)$|refs\/|[-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\p{Cc}\p{Cs}\s~^:?*[\\]+(?<![/.])$/u,
  accepted: 'a branch name that git allows, without "refs/heads/" (such as "main" or "docs/test")',
};

/** Underscores stand in the names of enterprise-managed users. */
export const ORGANIZATION: Rule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/,
  accepted: 'the name of a GitHub organization or user (1 to 39 letters, digits or "-")',
};

export const REPOSITORY_NAME: Rule = {
  pattern: /^(?!\.{1,2}$)(?!.*\.[gG][iI][tT]$)[A-Za-z0-9._-]{1,100}$/,
  accepted: 'the name of a repository alone, without its owner and without ".git"',
};

/** The sentence that says which project names are accepted, or `undefined` when `name` is one. */
export function checkProjectName(name: string): string | undefined {
  return PROJECT_NAME.pattern.test(name) ? undefined : `Use ${PROJECT_NAME.accepted}.`;
}

/** Whether `text` is `owner/name` as GitHub spells repositories; `.git` at the end is git's habit, not part of a name. */
export function isRepository(text: string): boolean {
  const [owner = '', name = '', ...rest] = text.split('/');
  return rest.length === 0 && ORGANIZATION.pattern.test(owner) && REPOSITORY_NAME.pattern.test(name);
}

/** GitHub compares owners and names without regard to case. */
export function sameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The part behind the slash of `owner/name`. */
export function repositoryName(repository: string): string {
  return repository.slice(repository.indexOf('/') + 1);
}
