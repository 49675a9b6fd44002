import type { Repository } from './github-repositories.ts';

/** One state of a pull request's two branches, and the commit that merges them for its runs. */
export interface PullVersion {
  base: string;
  head: string;
  merge: string;
}

/** What GitHub keeps of a pull request besides its refs. */
export interface PullRecord {
  number: number;
  /** The branch that it goes into. */
  base: string;
  /** The branch that it brings, and the repository where that is. */
  head: string;
  headRepository: Repository;
  /** Every state that it was brought up to, the last one at the end; never empty. */
  versions: PullVersion[];
  state: 'open' | 'closed';
  createdAt: Date;
  updatedAt: Date;
  closedAt?: Date;
  /** When it was merged, the commit that the base branch was moved to, and the one that it named before. */
  merged?: { at: Date; commit: string; before: string };
}

export interface CommentRecord {
  id: number;
  /** Number of the pull request. */
  issue: number;
  body: string;
  /** Who wrote it. */
  user: { login: string; type: 'Bot' | 'User' };
  createdAt: Date;
  updatedAt: Date;
}

/** The state that a pull request is in, or was in when its runs saw this commit: the merge's, or the head's own. */
export function pullVersion({ number, versions }: PullRecord, seen?: string): PullVersion {
  const found = versions.findLast(({ merge, head }) => merge === seen || head === seen) ?? versions.at(-1);
  if (found === undefined) throw new Error(`Pull request ${number} has no commits`);
  return found;
}

/** A pull request that must be there. */
export function findPull(repository: Repository, number: number): PullRecord {
  const found = repository.pulls.get(number);
  if (found === undefined) throw new Error(`${repository.fullName} has no pull request ${number}`);
  return found;
}
