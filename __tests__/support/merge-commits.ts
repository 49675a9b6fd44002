import type { Person } from './commit-files.ts';
import { gitText, tryGit } from './git.ts';

/** GitHub, where it commits itself. */
export const service: Person = { name: 'GitHub', email: 'noreply@github.com' };

interface Signature extends Person {
  date: string;
}

export interface MergeCommit {
  tree: string;
  parents: readonly string[];
  message: string;
  author: Signature;
  committer: Signature;
}

/** The tree of two commits merged; throws with the paths in conflict, as GitHub then offers no merge. */
export async function mergeTrees(directory: string, ours: string, theirs: string): Promise<string> {
  const merged = await tryGit(directory, ['merge-tree', '--write-tree', '--name-only', '--no-messages', ours, theirs]);
  const [tree = '', ...paths] = merged.stdout.toString().trim().split('\n');
  if (merged.exitCode === 0) return tree;
  throw new Error(`${theirs} does not merge into ${ours}: ${paths.join(', ') || merged.stderr}`);
}

/** Makes a commit without moving a ref; the same words at the same time are the same commit. */
export function commitTree(directory: string, commit: MergeCommit): Promise<string> {
  const { author, committer } = commit;
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  };
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return gitText(directory, ['commit-tree', ...parents, commit.tree], { env, input: commit.message });
}

/** A second after the later of two commits: what merges them is younger than both, whatever the clock says. */
export async function dateAfter(directory: string, one: string, other: string): Promise<string> {
  const args = ['log', '--no-walk', '--format=%cI', one, other];
  const dates = (await gitText(directory, args)).split('\n').map((date) => new Date(date).getTime());
  return new Date(Math.max(...dates) + 1000).toISOString();
}

/**
 * Puts the commits of a head that its base lacks on top of the base one by one, as "Rebase and merge" does: new ids even
 * where nothing moved, merges left out, what the base has already left out. Returns the last one.
 */
export async function rebaseCommits(directory: string, base: string, head: string, committer: Person, date: string) {
  const args = ['rev-list', '--reverse', '--topo-order', '--no-merges', `${base}..${head}`];
  const by = { ...committer, date };
  let tip = base;
  for (const commit of (await gitText(directory, args)).split('\n').filter(Boolean)) {
    const facts = await gitText(directory, ['show', '--no-patch', '--format=%P%n%T%n%an%n%ae%n%aI%n%B', commit]);
    const [parent = '', , name = '', email = '', authored = '', ...message] = facts.split('\n');
    const before = await gitText(directory, ['rev-parse', `${tip}^{tree}`]);
    // A commit that holds the tip's tree on top of this commit's parent: merging with it applies just this commit.
    const staged = { tree: before, parents: [parent], message: 'Stage\n', author: by, committer: by };
    const stage = await commitTree(directory, staged);
    const tree = await mergeTrees(directory, stage, commit);
    if (tree === before) continue;
    const author = { name, email, date: authored };
    const text = `${message.join('\n')}\n`;
    tip = await commitTree(directory, { tree, parents: [tip], message: text, author, committer: by });
  }
  return tip;
}
