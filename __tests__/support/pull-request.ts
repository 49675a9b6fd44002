import { someone } from './commit-files.ts';
import { gitBytes } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { pullTitle } from './github-pull-bodies.ts';
import { findPull, type PullRecord, type PullVersion, pullVersion } from './github-pull-store.ts';
import { defaultBranchOf } from './github-repositories.ts';
import { commitTree, dateAfter, mergeTrees, rebaseCommits, service } from './merge-commits.ts';

export interface PullRequestOptions {
  number?: number;
  /** The branch it goes into; the one that it went into before, else the default branch, unless told. */
  base?: string;
  /** The branch that it brings. */
  head: string;
  /** The fork where that branch is; the same repository unless told. */
  headRepository?: string;
}

export interface PullRequest {
  number: number;
  /** Tips of the two branches. */
  base: string;
  head: string;
  /** The commit that `refs/pull/N/merge` names: first parent `base`, second `head`. */
  merge: string;
  /** `refs/pull/N/merge`. */
  ref: string;
}

export const mergeMethods = ['merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/** The commit that shows whether a head merges into its base; what merges the same is the same commit. */
async function testMerge(github: LocalGitHub, fullName: string, base: string, head: string): Promise<PullVersion> {
  const directory = github.directory(fullName);
  const tree = await mergeTrees(directory, base, head);
  const date = await github.git(fullName, 'show', '--no-patch', '--format=%cI', head);
  const [message, by] = [`Merge ${head} into ${base}\n`, { ...service, date }];
  const merge = await commitTree(directory, { tree, parents: [base, head], message, author: by, committer: by });
  return { base, head, merge };
}

/**
 * Opens a pull request, or brings it up to date after a push to its head or its base, or reopens it:
 * `refs/pull/N/head` and `refs/pull/N/merge`, as GitHub does. Nothing happens where nothing moved.
 */
export async function openPullRequest(
  github: LocalGitHub,
  fullName: string,
  options: PullRequestOptions,
): Promise<PullRequest> {
  const repository = github.repository(fullName);
  const { directory } = repository;
  const { number = 1, headRepository = fullName } = options;
  const before = repository.pulls.get(number);
  if (before?.merged !== undefined) throw new Error(`Pull request ${number} of ${fullName} is merged`);
  const base = options.base ?? before?.base ?? defaultBranchOf(repository);
  const baseTip = await github.git(fullName, 'rev-parse', '--verify', `refs/heads/${base}`);
  const head = await github.git(headRepository, 'rev-parse', '--verify', `refs/heads/${options.head}`);
  const source = github.repository(headRepository);
  if (source !== repository) {
    await gitBytes(directory, ['fetch', '--quiet', '--no-tags', source.directory, `refs/heads/${options.head}`]);
  }
  const version = await testMerge(github, fullName, baseTip, head);
  await github.git(fullName, 'update-ref', `refs/pull/${number}/head`, head);
  await github.git(fullName, 'update-ref', `refs/pull/${number}/merge`, version.merge);
  const now = new Date();
  const versions = before?.versions ?? [];
  const isNews = before?.state !== 'open' || versions.at(-1)?.merge !== version.merge;
  if (versions.at(-1)?.merge !== version.merge) versions.push(version);
  const { createdAt = now, updatedAt = now } = before ?? {};
  const sides = { base, head: options.head, headRepository: source };
  const dates = { createdAt, updatedAt: isNews ? now : updatedAt };
  repository.pulls.set(number, { number, ...sides, versions, state: 'open', ...dates });
  return { number, ...version, ref: `refs/pull/${number}/merge` };
}

/** What a pull request leaves when it closes: its head stays, what it would have become goes. */
async function close(github: LocalGitHub, fullName: string, pull: PullRecord): Promise<Date> {
  await github.git(fullName, 'update-ref', '-d', `refs/pull/${pull.number}/merge`);
  const now = new Date();
  Object.assign(pull, { state: 'closed', closedAt: now, updatedAt: now });
  return now;
}

/** Closes a pull request without merging it; one that is closed stays as it is. */
export async function closePullRequest(github: LocalGitHub, fullName: string, number: number): Promise<void> {
  const pull = findPull(github.repository(fullName), number);
  if (pull.state === 'open') await close(github, fullName, pull);
}

/** The commit that the base branch is moved to. */
async function mergeOf(github: LocalGitHub, fullName: string, pull: PullRecord, tip: string, how: MergeMethod) {
  const { directory } = github.repository(fullName);
  const { head } = pullVersion(pull);
  const date = await dateAfter(directory, tip, head);
  if (how === 'rebase') return rebaseCommits(directory, tip, head, someone, date);
  const title = pullTitle(pull.number);
  const source = `${pull.headRepository.owner}/${pull.head}`;
  const message = {
    merge: `Merge pull request #${pull.number} from ${source}\n\n${title}\n`,
    squash: `${title} (#${pull.number})\n`,
  }[how];
  const parents = how === 'merge' ? [tip, head] : [tip];
  const tree = await mergeTrees(directory, tip, head);
  const [author, committer] = [
    { ...someone, date },
    { ...service, date },
  ];
  return commitTree(directory, { tree, parents, message, author, committer });
}

/**
 * Merges a pull request at the head that it was last brought up to, into its base branch as that is now; returns the
 * commit that the base branch names then (`merge_commit_sha`). Dates follow the commits, not the clock.
 */
export async function mergePullRequest(
  github: LocalGitHub,
  fullName: string,
  number: number,
  how: MergeMethod,
): Promise<string> {
  const pull = findPull(github.repository(fullName), number);
  if (pull.state !== 'open') throw new Error(`Pull request ${number} of ${fullName} is closed`);
  const branch = `refs/heads/${pull.base}`;
  const tip = await github.git(fullName, 'rev-parse', '--verify', branch);
  const commit = await mergeOf(github, fullName, pull, tip, how);
  // Only if nobody pushed meanwhile.
  await github.git(fullName, 'update-ref', branch, commit, tip);
  pull.merged = { at: await close(github, fullName, pull), commit, before: tip };
  return commit;
}
