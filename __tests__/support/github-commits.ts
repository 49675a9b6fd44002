import { gitText } from './git.ts';
import { commitBody, readCommits } from './github-answers.ts';
import { resolveCommit } from './github-compare.ts';
import { defaultBranchOf } from './github-repositories.ts';
import { type Answer, type Call, linkHeader, type Operation, pageOf, refuse } from './github-routes.ts';

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
  const { page, perPage } = pageOf(query);
  const commits = await readCommits(directory, listed.slice((page - 1) * perPage, page * perPage));
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/commits`, query, listed.length);
  return { status: 200, headers, body: commits.map((commit) => commitBody(site, repository, commit)) };
}

export const commitsOperation: Operation = {
  name: 'GET /repos/{owner}/{repo}/commits',
  needs: 'read',
  answer: listCommits,
};
