import { createHash } from 'node:crypto';
import { seedCodex } from '../../__tests__/support/codex.ts';
import { gitText } from '../../__tests__/support/git.ts';
import type { LocalGitHub } from '../../__tests__/support/github.ts';
import { firstCommitDate, sizeOf } from '../../__tests__/support/github-repositories.ts';

/** The token that may write to a codex. */
export function tokenOf(codex: string): string {
  return `github_pat_of_${codex.replaceAll(/\W/g, '_')}`;
}

/** As a runner in another city sees GitHub: on a local server only this makes requests count. */
export const LATENCY = 30;

/** A codex whose branch `test` has so many projects of one document each, packed. */
export async function hostCodex(github: LocalGitHub, projects: number): Promise<string> {
  const name = `acme/codex-of-${projects}`;
  await github.createRepository(name, { files: { 'README.md': '# Codex\n' } });
  await seedCodex(github, name, { projects, documentsPerProject: 1, branch: 'test' });
  await packCodex(github, name);
  github.addToken(tokenOf(name), { [name]: 'write' });
  return name;
}

/** What GitHub does from time to time. */
export async function packCodex(github: LocalGitHub, codex: string): Promise<void> {
  await github.git(codex, 'repack', '-a', '-d', '-q');
}

/** Bytes that the codex takes on the server, to the begun kilobyte. */
export function keptBytes(github: LocalGitHub, codex: string): number {
  return sizeOf(github.repository(codex)) * 1024;
}

/** Bytes of a tree, or another object, as git hashes it. */
export async function objectBytes(github: LocalGitHub, codex: string, object: string): Promise<number> {
  return Number(await github.git(codex, 'cat-file', '-s', object));
}

/** What a project is filed under where `projects` is sharded: two hexadecimal digits that its name alone decides. */
export function shardOf(project: string): string {
  return createHash('sha256').update(project.toLowerCase()).digest('hex').slice(0, 2);
}

/** Gives the codex a branch `sharded`, on which `test` stands as `projects/<two digits>/<project>`. */
export async function shardCodex(github: LocalGitHub, codex: string): Promise<void> {
  const directory = github.directory(codex);
  const shards = new Map<string, string[]>();
  for (const line of (await gitText(directory, ['ls-tree', 'test:projects'])).split('\n')) {
    const shard = shardOf(line.slice(line.indexOf('\t') + 1));
    shards.set(shard, [...(shards.get(shard) ?? []), line]);
  }
  const batch = [...shards.values()].map((lines) => `${lines.join('\n')}\n\n`).join('');
  const trees = (await gitText(directory, ['mktree', '--batch'], { input: batch })).split('\n');
  const under = (entries: readonly string[]) => gitText(directory, ['mktree'], { input: `${entries.join('\n')}\n` });
  const projects = await under([...shards.keys()].map((name, index) => `040000 tree ${trees[index]}\t${name}`));
  const root = await under([`040000 tree ${projects}\tprojects`]);
  const env = {
    GIT_AUTHOR_NAME: 'Mona',
    GIT_AUTHOR_EMAIL: 'mona@example.org',
    GIT_AUTHOR_DATE: firstCommitDate,
    GIT_COMMITTER_NAME: 'Mona',
    GIT_COMMITTER_EMAIL: 'mona@example.org',
    GIT_COMMITTER_DATE: firstCommitDate,
  };
  const commit = await gitText(directory, ['commit-tree', '-m', 'Shard the projects', root], { env });
  await github.git(codex, 'update-ref', 'refs/heads/sharded', commit);
  await packCodex(github, codex);
}
