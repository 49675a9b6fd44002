import { gitText } from './git.ts';
import { commitBody, readCommits } from './github-answers.ts';
import { changedFiles } from './github-changes.ts';
import { resolveCommit } from './github-compare.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, refuse } from './github-routes.ts';

/** The history of a branch or commit, newest first, or what of it touched a path. */
async function listCommits({ site, repository, query }: Call): Promise<Answer> {
  const { directory } = repository;
  const [sha, path] = [query.get('sha') ?? '', query.get('path') ?? ''];
  const tip = await resolveCommit(directory, sha === '' ? defaultBranchOf(repository) : sha);
  if (tip === undefined) {
    const isEmpty = (await gitText(directory, ['for-each-ref', '--count=1'])) === '';
    return isEmpty ? refuse(409, 'Git Repository is empty.') : refuse(404, `No commit found for SHA: ${sha}`);
  }
  const below = path === '' ? [] : ['--', `:(literal)${path}`];
  const listed = (await gitText(directory, ['rev-list', tip, ...below])).split('\n').filter(Boolean);
  const commits = await readCommits(directory, itemsOf(listed, query));
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/commits`, query, listed.length);
  return { status: 200, headers, body: commits.map((commit) => commitBody(site, repository, commit)) };
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const filesPerPage = 300;

/** A commit by id, by the name of a branch or tag, or by `heads/BRANCH` and `tags/TAG`; tags are followed to it. */
async function resolveRef(repository: Repository, ref: string): Promise<string | undefined> {
  const name = ref === 'HEAD' ? `heads/${defaultBranchOf(repository)}` : ref;
  const full = /^(heads|tags)\//.test(name) ? await resolveCommit(repository.directory, `refs/${name}`) : undefined;
  return full ?? resolveCommit(repository.directory, name);
}

/** One commit with the files that it changed (of a merge: against its first parent), so many a page. */
async function getCommit({ site, repository, parameters: { ref = '' }, query, accept }: Call): Promise<Answer> {
  const sha = await resolveRef(repository, ref);
  const [commit] = sha === undefined ? [] : await readCommits(repository.directory, [sha]);
  if (sha === undefined || commit === undefined) {
    const isEmpty = (await gitText(repository.directory, ['for-each-ref', '--count=1'])) === '';
    return isEmpty ? refuse(409, 'Git Repository is empty.') : refuse(422, `No commit found for SHA: ${ref}`);
  }
  const asSha = /application\/vnd\.github\.(v3\.)?sha/.exec(accept)?.[0];
  if (asSha) return { status: 200, headers: { 'Content-Type': `${asSha}; charset=utf-8` }, body: Buffer.from(sha) };
  const files = await changedFiles(site, repository, commit.parents[0] ?? emptyTree, sha);
  const total = (count: 'additions' | 'deletions') => files.reduce((sum, file) => sum + file[count], 0);
  const [additions, deletions] = [total('additions'), total('deletions')];
  const body = {
    ...commitBody(site, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: itemsOf(files, query, filesPerPage),
  };
  const url = `${site.apiUrl}/repositories/${repository.id}/commits/${encodeURIComponent(ref)}`;
  return { status: 200, headers: linkHeader(url, query, files.length, filesPerPage), body };
}

export const commitOperations: readonly Operation[] = [
  { name: 'GET /repos/{owner}/{repo}/commits', needs: 'read', permissions: ['contents'], answer: listCommits },
  { name: 'GET /repos/{owner}/{repo}/commits/{ref}', needs: 'read', permissions: ['contents'], answer: getCommit },
];
