import type { Relation } from '../codex/commit-order.ts';
import type { Client } from './client.ts';

const RELATION_OF = { ahead: 'newer', behind: 'contained', identical: 'same', diverged: 'diverged' } as const;

/** How `other` stands to `commit`; `undefined` where GitHub did not tell. */
export async function compareCommits(
  client: Client,
  repository: string,
  commit: string,
  other: string,
): Promise<Relation | undefined> {
  const [owner = '', repo = ''] = repository.split('/');
  // The second page of one commit a page: GitHub lists the changed files on the first page only.
  const question = { owner, repo, basehead: `${commit}...${other}`, per_page: 1, page: 2 };
  const answer = await client.rest.repos.compareCommitsWithBasehead(question).catch(() => undefined);
  return answer && RELATION_OF[answer.data.status];
}
