import { gitText, tryGit } from './git.ts';
import { commitBody, readCommits } from './github-answers.ts';
import { changedFiles } from './github-changes.ts';
import type { Repository } from './github-repositories.ts';
import { type Answer, type Call, linkHeader, type Operation, pageOf, refuse } from './github-routes.ts';

/** A branch, tag or commit id -> the commit's id. */
export async function resolveCommit(directory: string, name: string): Promise<string | undefined> {
  const candidates = [`refs/heads/${name}`, `refs/tags/${name}`, ...(/^[0-9a-f]{7,40}$/.test(name) ? [name] : [])];
  // The whole name, or id: no branch of GitHub's is called like a commit.
  if (name.startsWith('refs/') || /^[0-9a-f]{40}$/.test(name)) candidates.unshift(name);
  for (const candidate of candidates) {
    const found = await tryGit(directory, ['rev-parse', '--verify', '--quiet', `${candidate}^{commit}`]);
    if (found.exitCode === 0) return found.stdout.toString().trim();
  }
  return undefined;
}

/** `owner:branch` names the same repository when the owner is its own; networks of forks are not modelled. */
function withoutOwner(repository: Repository, name: string): string {
  const own = `${repository.owner.toLowerCase()}:`;
  return name.toLowerCase().startsWith(own) ? name.slice(own.length) : name;
}

async function compare(call: Call): Promise<Answer> {
  const { site, repository, query } = call;
  const { directory, fullName } = repository;
  const basehead = call.parameters.basehead ?? '';
  const [baseName = '', headName = ''] = basehead.split('...').map((name) => withoutOwner(repository, name));
  const base = await resolveCommit(directory, baseName);
  const head = await resolveCommit(directory, headName);
  if (base === undefined || head === undefined) return refuse(404, 'Not Found');
  const merge = (await tryGit(directory, ['merge-base', base, head])).stdout.toString().trim();
  if (merge === '') return refuse(404, `No common ancestor between ${baseName} and ${headName}.`);

  const counted = await gitText(directory, ['rev-list', '--left-right', '--count', `${base}...${head}`]);
  const [behind = 0, ahead = 0] = counted.split('\t').map(Number);
  const status = ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  const listed = (await gitText(directory, ['rev-list', '--reverse', '--topo-order', `${base}..${head}`])).split('\n');
  const paged = query.has('page') || query.has('per_page');
  const { page, perPage } = paged ? pageOf(query) : { page: 1, perPage: 250 };
  const shown = listed.filter(Boolean).slice((page - 1) * perPage, page * perPage);
  const [baseCommit, mergeCommit, ...commits] = await readCommits(directory, [base, merge, ...shown]);
  if (baseCommit === undefined || mergeCommit === undefined) return refuse(404, 'Not Found');

  const url = `${site.apiUrl}/repos/${fullName}/compare/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}`;
  const html = `${site.serverUrl}/${fullName}/compare`;
  const short = (sha: string) => `${repository.owner}:${sha.slice(0, 7)}`;
  const body = {
    url,
    html_url: `${html}/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}`,
    permalink_url: `${html}/${short(base)}...${short(head)}`,
    diff_url: `${html}/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}.diff`,
    patch_url: `${html}/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}.patch`,
    base_commit: commitBody(site, repository, baseCommit),
    merge_base_commit: commitBody(site, repository, mergeCommit),
    status,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.map((commit) => commitBody(site, repository, commit)),
    ...(page === 1 ? { files: (await changedFiles(site, repository, merge, head)).slice(0, 300) } : {}),
  };
  return { status: 200, headers: paged ? linkHeader(url, query, ahead) : {}, body };
}

export const compareOperation: Operation = {
  name: 'GET /repos/{owner}/{repo}/compare/{basehead}',
  needs: 'read',
  permissions: ['contents'],
  answer: compare,
};
