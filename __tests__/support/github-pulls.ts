import { gitText, tryGit } from './git.ts';
import { userBody } from './github-answers.ts';
import { changedFiles } from './github-changes.ts';
import { resolveCommit } from './github-compare.ts';
import { opener, pullBody } from './github-pull-bodies.ts';
import { type PullRecord, pullVersion } from './github-pull-store.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, refuse } from './github-routes.ts';

// "Responses include a maximum of 3000 files": whoever wants to know about more must ask git.
const mostFiles = 3000;

/** The changes that a pull request brings: since its head and its base parted, as the page "Files changed" counts. */
async function filesOf({ site, repository }: Call, pull: PullRecord) {
  const { base, head } = pullVersion(pull);
  const parted = (await tryGit(repository.directory, ['merge-base', base, head])).stdout.toString().trim();
  return changedFiles(site, repository, parted === '' ? base : parted, head);
}

/** Whether the head merges into its base as that is now; GitHub does not say of what is closed. */
async function isMergeable({ directory }: Repository, pull: PullRecord): Promise<boolean | null> {
  if (pull.state === 'closed') return null;
  const tried = await tryGit(directory, [
    'merge-tree',
    '--write-tree',
    `refs/heads/${pull.base}`,
    pullVersion(pull).head,
  ]);
  return tried.exitCode === 0;
}

function pullOf({ repository, parameters }: Call): PullRecord | undefined {
  return repository.pulls.get(Number(parameters.pull_number));
}

async function getPull(call: Call): Promise<Answer> {
  const { site, repository } = call;
  const pull = pullOf(call);
  if (pull === undefined) return refuse(404, 'Not Found');
  const { base, head } = pullVersion(pull);
  const files = await filesOf(call, pull);
  const mergeable = await isMergeable(repository, pull);
  const sum = (count: 'additions' | 'deletions') => files.reduce((total, file) => total + file[count], 0);
  const isMerged = pull.merged !== undefined;
  const body = {
    ...pullBody(site, repository, pull),
    merged: isMerged,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? 'unknown' : mergeable ? 'clean' : 'dirty',
    merged_by: isMerged ? userBody(site, opener, 'User') : null,
    comments: repository.comments.filter(({ issue }) => issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: Number(await gitText(repository.directory, ['rev-list', '--count', `${base}..${head}`])),
    additions: sum('additions'),
    deletions: sum('deletions'),
    changed_files: files.length,
  };
  return { status: 200, body };
}

/** `owner:branch`; GitHub leaves a filter without an owner aside. */
function isFrom({ headRepository, head }: PullRecord, filter: string | null): boolean {
  return !filter?.includes(':') || filter.toLowerCase() === `${headRepository.owner}:${head}`.toLowerCase();
}

function listPulls({ site, repository, query }: Call): Answer {
  const [state, base, sort] = [query.get('state') ?? 'open', query.get('base'), query.get('sort') ?? 'created'];
  const measures: Readonly<Record<string, (pull: PullRecord) => number>> = {
    updated: ({ updatedAt }) => updatedAt.getTime(),
    popularity: ({ number }) => repository.comments.filter(({ issue }) => issue === number).length,
  };
  const measure = measures[sort] ?? (({ createdAt }: PullRecord) => createdAt.getTime());
  const found = [...repository.pulls.values()]
    .filter((pull) => (state === 'all' || pull.state === state) && (base === null || pull.base === base))
    .filter((pull) => isFrom(pull, query.get('head')))
    // Those of one tick of the clock stay in the order in which they were opened.
    .sort((one, other) => measure(one) - measure(other));
  const direction = query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc');
  if (direction === 'desc') found.reverse();
  const body = itemsOf(found, query).map((pull) => pullBody(site, repository, pull));
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/pulls`, query, found.length);
  return { status: 200, headers, body };
}

async function listFiles(call: Call): Promise<Answer> {
  const { site, repository, query } = call;
  const pull = pullOf(call);
  if (pull === undefined) return refuse(404, 'Not Found');
  const files = (await filesOf(call, pull)).slice(0, mostFiles);
  const url = `${site.apiUrl}/repos/${repository.fullName}/pulls/${pull.number}/files`;
  const body = itemsOf(files, query);
  return { status: 200, headers: linkHeader(url, query, files.length), body };
}

/** Commits of `to` that `from` does not have. */
async function commitsBetween(directory: string, from: string, to: string): Promise<string[]> {
  return (await gitText(directory, ['rev-list', to, `^${from}`])).split('\n');
}

/** Whether a pull request brings a commit: in one of the states that it was in, or by its merge. */
async function brings({ directory }: Repository, { versions, merged }: PullRecord, commit: string): Promise<boolean> {
  const ranges = versions.map(({ base, head }) => [base, head] as const);
  if (merged !== undefined) ranges.push([merged.before, merged.commit]);
  const lists = await Promise.all(ranges.map(([from, to]) => commitsBetween(directory, from, to)));
  return lists.some((list) => list.includes(commit));
}

/**
 * "Lists the merged pull request that introduced the commit to the repository. If the commit is not present in the default
 * branch, it will return merged and open pull requests associated with the commit."
 */
async function listPullsOfCommit({ site, repository, parameters, query }: Call): Promise<Answer> {
  const { directory } = repository;
  const asked = parameters.commit_sha ?? '';
  const commit = await resolveCommit(directory, asked);
  if (commit === undefined) {
    const isEmpty = (await gitText(directory, ['for-each-ref', '--count=1'])) === '';
    return isEmpty ? refuse(409, 'Git Repository is empty.') : refuse(422, `No commit found for SHA: ${asked}`);
  }
  const branch = `refs/heads/${defaultBranchOf(repository)}`;
  const isIn = (await tryGit(directory, ['merge-base', '--is-ancestor', commit, branch])).exitCode === 0;
  const candidates = [...repository.pulls.values()].filter(
    ({ state, merged }) => merged !== undefined || (state === 'open' && !isIn),
  );
  const isFound = await Promise.all(candidates.map((pull) => brings(repository, pull, commit)));
  const found = candidates.filter((_, index) => isFound[index]);
  const body = itemsOf(found, query).map((pull) => pullBody(site, repository, pull));
  const url = `${site.apiUrl}/repos/${repository.fullName}/commits/${encodeURIComponent(asked)}/pulls`;
  return { status: 200, headers: linkHeader(url, query, found.length), body };
}

export const pullOperations: readonly Operation[] = [
  {
    name: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    needs: 'read',
    permissions: ['pull_requests'],
    answer: listPullsOfCommit,
  },
  { name: 'GET /repos/{owner}/{repo}/pulls', needs: 'read', permissions: ['pull_requests'], answer: listPulls },
  {
    name: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    needs: 'read',
    permissions: ['pull_requests'],
    answer: getPull,
  },
  {
    name: 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files',
    needs: 'read',
    permissions: ['pull_requests'],
    answer: listFiles,
  },
];
