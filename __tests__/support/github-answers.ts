import { gitBytes } from './git.ts';
import { type AccountType, accountId } from './github-accounts.ts';
import { defaultBranchOf, type Repository, sizeOf } from './github-repositories.ts';

/** Where the answers' links point. */
export interface Site {
  serverUrl: string;
  apiUrl: string;
}

/** GitHub's dates: UTC, whole seconds. */
export function timestamp(date: Date | string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`;
}

export function nodeId(kind: string, id: string | number): string {
  return `${kind}_${Buffer.from(`${id}`).toString('base64url')}`;
}

/** An owner, as every body names it. */
export function userBody({ serverUrl, apiUrl }: Site, login: string, type: AccountType = 'Organization') {
  const id = accountId(login);
  const url = `${apiUrl}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId(type === 'Organization' ? 'O' : 'U', id),
    avatar_url: `${serverUrl}/avatars/u/${id}`,
    gravatar_id: '',
    url,
    html_url: `${serverUrl}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

// Endpoints that a repository's body names, with the template that follows the repository's own address.
const endpoints: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** A repository as webhooks and every API operation show it. */
export function repositoryBody(site: Site, repository: Repository) {
  const url = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.serverUrl}/${repository.fullName}`;
  const { host } = new URL(site.serverUrl);
  const counts = { forks: 0, forks_count: 0, open_issues: 0, open_issues_count: 0, stargazers_count: 0 };
  const date = timestamp(repository.createdAt);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.visibility !== 'public',
    owner: userBody(site, repository.owner, repository.account.type),
    html_url: html,
    description: null,
    fork: repository.fork,
    url,
    ...Object.fromEntries(Object.entries(endpoints).map(([name, template]) => [name, `${url}${template}`])),
    created_at: date,
    updated_at: date,
    pushed_at: date,
    git_url: `git://${host}/${repository.fullName}.git`,
    ssh_url: `git@${host}:${repository.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: sizeOf(repository),
    ...counts,
    watchers: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.visibility,
    default_branch: defaultBranchOf(repository),
  };
}

const unsigned = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];

export interface CommitFacts {
  sha: string;
  tree: string;
  parents: string[];
  author: { name: string; email: string; date: string };
  committer: { name: string; email: string; date: string };
  message: string;
}

/** Reads commits by full id, in the order given. */
export async function readCommits(directory: string, ids: readonly string[]): Promise<CommitFacts[]> {
  if (ids.length === 0) return [];
  const args = ['log', '--no-walk=unsorted', '-z', `--format=tformat:${fields.join('%x00')}`, '--stdin'];
  const values = (await gitBytes(directory, args, { input: `${ids.join('\n')}\n` })).toString().split('\0');
  // git says each commit once, however often it is asked for.
  const found = new Map<string, CommitFacts>();
  for (let start = 0; start + fields.length <= values.length; start += fields.length) {
    const part = (at: number) => values[start + at] ?? '';
    const person = (at: number) => ({ name: part(at), email: part(at + 1), date: timestamp(part(at + 2)) });
    const parents = part(2).split(' ').filter(Boolean);
    const message = part(9).trimEnd();
    found.set(part(0), { sha: part(0), tree: part(1), parents, author: person(3), committer: person(6), message });
  }
  return ids.map((id) => found.get(id)).filter((commit) => commit !== undefined);
}

/** A commit of the Git database: `GET …/git/commits/{sha}`. */
export function gitCommitBody(site: Site, { fullName }: Repository, commit: CommitFacts) {
  const url = `${site.apiUrl}/repos/${fullName}/git`;
  const html = `${site.serverUrl}/${fullName}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${url}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: `${html}/${sha}` })),
    verification: unsigned,
  };
}

/** A commit as branches and comparisons show it. */
export function commitBody(site: Site, { fullName }: Repository, commit: CommitFacts) {
  const url = `${site.apiUrl}/repos/${fullName}`;
  const html = `${site.serverUrl}/${fullName}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    // No account has these people's addresses.
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: `${html}/${sha}` })),
  };
}
