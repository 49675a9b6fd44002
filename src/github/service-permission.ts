import { basicAuthorization } from '../request/token.ts';
import { fetchWithDeadline } from './client.ts';

/** What git asks a server for. */
export type GitService = 'git-upload-pack' | 'git-receive-pack';

/**
 * Whether the server serves the token: the very question that git asks first. Asked where git failed, since git exits
 * alike for a token that may not and for a dead network.
 * @param gitUrl the repository's URL, as git uses it
 * @returns `undefined` when the server did not tell
 */
export async function tryService(gitUrl: string, token: string, service: GitService): Promise<boolean | undefined> {
  const answer = await fetchWithDeadline(`${gitUrl}/info/refs?service=${service}`, {
    headers: { authorization: `basic ${basicAuthorization(token)}` },
  }).catch(() => undefined);
  if (answer?.ok) return true;
  return answer && [401, 403, 404].includes(answer.status) ? false : undefined;
}
