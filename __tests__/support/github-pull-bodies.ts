import { nodeId, repositoryBody, type Site, timestamp, userBody } from './github-answers.ts';
import { type CommentRecord, type PullRecord, pullVersion } from './github-pull-store.ts';
import type { Repository } from './github-repositories.ts';

/** Who opens the pull requests here. */
export const opener = 'mona';

function sideBody(site: Site, repository: Repository, ref: string, sha: string, isFork: boolean) {
  const user = userBody(site, repository.owner, isFork ? 'User' : repository.account.type);
  const repo = repository.deleted ? null : { ...repositoryBody(site, repository), fork: isFork || repository.fork };
  return { label: `${repository.owner}:${ref}`, ref, sha, user, repo };
}

function linksOf(site: Site, repository: Repository, number: number, head: string) {
  const url = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.serverUrl}/${repository.fullName}/pull/${number}`;
  return {
    self: `${url}/pulls/${number}`,
    html,
    issue: `${url}/issues/${number}`,
    comments: `${url}/issues/${number}/comments`,
    review_comments: `${url}/pulls/${number}/comments`,
    review_comment: `${url}/pulls/comments{/number}`,
    commits: `${url}/pulls/${number}/commits`,
    statuses: `${url}/statuses/${head}`,
  };
}

/** What a pull request is called here: the words that GitHub proposes, with the number that tests know it by. */
export function pullTitle(number: number): string {
  return `Pull request ${number}`;
}

/** A pull request as lists and webhooks show it. */
export function pullBody(site: Site, repository: Repository, pull: PullRecord) {
  const { number, merged } = pull;
  const version = pullVersion(pull);
  const links = linksOf(site, repository, number, version.head);
  const isFork = pull.headRepository.id !== repository.id;
  return {
    url: links.self,
    id: repository.id * 100_000 + number,
    node_id: nodeId('PR', `${repository.id}:${number}`),
    html_url: links.html,
    diff_url: `${links.html}.diff`,
    patch_url: `${links.html}.patch`,
    issue_url: links.issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number,
    state: pull.state,
    locked: false,
    title: pullTitle(number),
    user: userBody(site, opener, 'User'),
    body: null,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: timestamp(pull.createdAt),
    updated_at: timestamp(pull.updatedAt),
    closed_at: pull.closedAt === undefined ? null : timestamp(pull.closedAt),
    merged_at: merged === undefined ? null : timestamp(merged.at),
    // Until it is merged, the commit that shows whether it can be.
    merge_commit_sha: merged?.commit ?? version.merge,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: sideBody(site, pull.headRepository, pull.head, version.head, isFork),
    base: sideBody(site, repository, pull.base, version.base, false),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: 'MEMBER',
    auto_merge: null,
    draft: false,
  };
}

/** A comment on a pull request. */
export function commentBody({ apiUrl, serverUrl }: Site, { fullName }: Repository, comment: CommentRecord) {
  const url = `${apiUrl}/repos/${fullName}/issues`;
  const { login, type } = comment.user;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url: `${url}/comments/${comment.id}`,
    html_url: `${serverUrl}/${fullName}/pull/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${url}/${comment.issue}`,
    body: comment.body,
    user: userBody({ apiUrl, serverUrl }, login, type),
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    author_association: type === 'Bot' ? 'NONE' : 'MEMBER',
    performed_via_github_app: null,
  };
}
