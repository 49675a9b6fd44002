import { basicAuthorization } from '../request/token.ts';
import { fetchWithDeadline } from './client.ts';

/**
 * Whether the server lets the token push to a repository: the very question that git asks first. Asked after a push
 * that got no answer, since git exits alike for a token that may not write and for a dead network.
 * @param gitUrl the repository's URL, as git uses it
 * @returns `undefined` when the server did not tell
 */
export async function tryMayPush(gitUrl: string, token: string): Promise<boolean | undefined> {
  const answer = await fetchWithDeadline(`${gitUrl}/info/refs?service=git-receive-pack`, {
    headers: { authorization: `basic ${basicAuthorization(token)}` },
  }).catch(() => undefined);
  if (answer?.ok) return true;
  return answer && [401, 403, 404].includes(answer.status) ? false : undefined;
}
