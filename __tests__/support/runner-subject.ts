import { tryGit } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { type CommitFacts, readCommits } from './github-answers.ts';
import { resolveCommit } from './github-compare.ts';
import { findPull, type PullRecord, pullVersion } from './github-pull-store.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';

/** What an event is about, as far as a test says it: the default branch as it is, unless told. */
export interface EventSubject {
  /** The tip of what is named, unless told. */
  sha?: string;
  /** Short name; of a pull request its head's. */
  branch?: string;
  /** In the place of a branch. */
  tag?: string;
  /** Number of one that the local GitHub knows. */
  pullRequest?: number;
  /** Number of an issue that is no pull request, for `issues` and `issue_comment`. */
  issue?: number;
  /** For `workflow_run`: the event of the run that it follows; `pull_request` or `push` unless told. */
  event?: string;
}

/** The same, with all that follows from it. */
export interface ResolvedSubject {
  sha: string;
  branch: string | undefined;
  tag: string | undefined;
  /** Where that branch is: the fork of a fork's pull request. */
  head: Repository;
  pull: PullRecord | undefined;
  issue: number;
  event: string;
  commit: CommitFacts | undefined;
  /** Branches whose history has the commit, in git's order. */
  containing: { name: string; sha: string }[];
}

/** Events about no branch of their own, or not the one that they run for: "Last commit on default branch". */
const onDefaultBranch = new Set([
  'branch_protection_rule',
  'check_run',
  'check_suite',
  'delete',
  'discussion',
  'discussion_comment',
  'fork',
  'gollum',
  'issue_comment',
  'issues',
  'label',
  'milestone',
  'page_build',
  'public',
  // Since 2025-12-08, whatever the pull request goes into.
  'pull_request_target',
  'repository_dispatch',
  'schedule',
  'status',
  'watch',
  'workflow_run',
]);

/** Where a run for an event stands, as "Events that trigger workflows" documents it. */
export interface EventPlace {
  ref: string;
  sha: string;
}

/** Of the events that run on the default branch whatever they are about; nothing where that is not born yet. */
export async function defaultPlace(hosted: Repository, event: string): Promise<EventPlace | undefined> {
  if (!onDefaultBranch.has(event)) return undefined;
  const ref = `refs/heads/${defaultBranchOf(hosted)}`;
  const sha = await resolveCommit(hosted.directory, ref);
  return sha === undefined ? undefined : { ref, sha };
}

/** Of an event that runs on what it is about. */
export function subjectPlace(event: string, subject: ResolvedSubject): EventPlace {
  const { sha, branch, tag, pull } = subject;
  const ref = tag !== undefined ? `refs/tags/${tag}` : branch !== undefined ? `refs/heads/${branch}` : '';
  if (event !== 'merge_group') return { ref, sha };
  const { base, number } = pull === undefined ? { base: branch ?? '', number: 1 } : pull;
  return { ref: `refs/heads/gh-readonly-queue/${base}/pr-${number}-${mergeGroupBase(subject)}`, sha };
}

/** What a merge group goes onto. */
export function mergeGroupBase({ pull, commit, sha }: ResolvedSubject): string {
  return pull === undefined ? (commit?.parents[0] ?? sha) : pullVersion(pull).base;
}

/** The name that the event's commit is looked up by, in the place where it is. */
function namedBy({ branch, tag }: EventSubject, pull: PullRecord | undefined, event: string): string | undefined {
  if (pull !== undefined) return event === 'merge_group' ? pullVersion(pull).merge : pullVersion(pull).head;
  if (tag !== undefined) return `refs/tags/${tag}`;
  return branch === undefined ? undefined : `refs/heads/${branch}`;
}

/** Works out what a test said, from what the local GitHub holds. */
export async function resolveSubject(
  github: LocalGitHub,
  fullName: string,
  event: string,
  about: EventSubject,
): Promise<ResolvedSubject> {
  const hosted = github.repository(fullName);
  const { directory } = hosted;
  const pull = about.pullRequest === undefined ? undefined : findPull(hosted, about.pullRequest);
  const isNamed = about.sha !== undefined || about.tag !== undefined || pull !== undefined;
  const branch = about.branch ?? pull?.head ?? (isNamed ? undefined : defaultBranchOf(hosted));
  // What a `delete` is about is gone: its commit is not looked for.
  const name = event === 'delete' ? undefined : namedBy({ ...about, ...(branch && { branch }) }, pull, event);
  const found = about.sha ?? (name === undefined ? undefined : await resolveCommit(directory, name));
  if (found === undefined && event !== 'delete' && (about.tag ?? about.branch) !== undefined)
    throw new Error(`${fullName} has no ${name}`);
  if (event === 'release' && about.tag === undefined) throw new Error('Say which tag is released');
  const sha = found ?? '0'.repeat(40);
  const isThere = (await tryGit(directory, ['cat-file', '-e', `${sha}^{commit}`])).exitCode === 0;
  const format = '--format=%(objectname) %(refname:lstrip=2)';
  const listed = isThere
    ? await tryGit(directory, ['for-each-ref', format, '--contains', sha, 'refs/heads/'])
    : undefined;
  const lines = listed?.stdout.toString().split('\n').filter(Boolean) ?? [];
  return {
    sha,
    branch,
    tag: about.tag,
    head: pull?.headRepository ?? hosted,
    pull,
    issue: about.issue ?? about.pullRequest ?? 1,
    event: about.event ?? (pull === undefined ? 'push' : 'pull_request'),
    commit: isThere ? (await readCommits(directory, [sha]))[0] : undefined,
    containing: lines.map((line) => ({ sha: line.slice(0, 40), name: line.slice(41) })),
  };
}
