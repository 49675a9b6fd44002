/** Whether `text` is `owner/name` as GitHub spells repositories; `.git` at the end is git's habit, not part of a name. */
export function checkRepository(text: string): boolean {
  const match = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})\/([A-Za-z0-9._-]{1,100})$/.exec(text);
  const name = match?.[1];
  return name !== undefined && name !== '.' && name !== '..' && !/\.git$/i.test(name);
}

/** GitHub compares owners and names without regard to case. */
export function sameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The part behind the slash of `owner/name`. */
export function repositoryName(repository: string): string {
  return repository.slice(repository.indexOf('/') + 1);
}
