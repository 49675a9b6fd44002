import type { Client } from './client.ts';
import { type Asked, unlessMissing } from './failures.ts';

/**
 * A branch of the codex as GitHub shows it; `undefined` when there is none of this name.
 * @throws CodexSyncError as `failRequest` does
 */
export async function readBranchBody(client: Client, asked: Asked, branch: string) {
  const [owner = '', repo = ''] = asked.repository.split('/');
  const answer = await client.rest.repos.getBranch({ owner, repo, branch }).catch(unlessMissing(asked));
  // GitHub redirects the old name of a renamed branch to the new one, which may be another environment's.
  return answer?.data.name === branch ? answer.data : undefined;
}
