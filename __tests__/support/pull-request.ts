import { gitBytes, gitText } from './git.ts';
import type { LocalGitHub } from './github.ts';

export interface PullRequestOptions {
  number?: number;
  /** The branch it goes into; the default branch unless told. */
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

const service = { name: 'GitHub', email: 'noreply@github.com' };

/** Opens a pull request, or brings its refs up to date: `refs/pull/N/head` and `refs/pull/N/merge`, as GitHub does. */
export async function openPullRequest(
  github: LocalGitHub,
  fullName: string,
  options: PullRequestOptions,
): Promise<PullRequest> {
  const directory = github.directory(fullName);
  const { number = 1, headRepository = fullName } = options;
  const base = await github.git(
    fullName,
    'rev-parse',
    '--verify',
    options.base ? `refs/heads/${options.base}` : 'HEAD',
  );
  const head = await github.git(headRepository, 'rev-parse', '--verify', `refs/heads/${options.head}`);
  if (headRepository !== fullName) {
    const source = github.directory(headRepository);
    await gitBytes(directory, ['fetch', '--quiet', '--no-tags', source, `refs/heads/${options.head}`]);
  }
  const tree = await gitText(directory, ['merge-tree', '--write-tree', base, head]);
  const date = await github.git(fullName, 'show', '--no-patch', '--format=%cI', head);
  const env = {
    GIT_AUTHOR_NAME: service.name,
    GIT_AUTHOR_EMAIL: service.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: service.name,
    GIT_COMMITTER_EMAIL: service.email,
    GIT_COMMITTER_DATE: date,
  };
  const message = `Merge ${head} into ${base}`;
  const merge = await gitText(directory, ['commit-tree', '-p', base, '-p', head, '-m', message, tree], { env });
  await github.git(fullName, 'update-ref', `refs/pull/${number}/head`, head);
  await github.git(fullName, 'update-ref', `refs/pull/${number}/merge`, merge);
  return { number, base, head, merge, ref: `refs/pull/${number}/merge` };
}
