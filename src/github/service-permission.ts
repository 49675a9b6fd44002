import { basicAuthorization } from '../inputs/secrets.ts';
import { type Credentials, fetchWithDeadline } from './client.ts';

/** What git asks a server for. */
export type GitService = 'git-upload-pack' | 'git-receive-pack';
export type ServiceAnswer = 'served' | 'unknown' | 'refused' | Moved;

/** The server redirects to another place, which git does not follow: `owner/name` on this server, else an origin. */
export interface Moved {
  readonly movedTo: string;
}

/**
 * Whether the server serves who asks: the very question that git asks first. Asked where git failed, since git exits
 * alike for a token that may not and for a dead network. A token that is not known any more is renewed, if it can be.
 * @param gitUrl the repository's URL, as git uses it
 * @returns `unknown` where it does not know the token (any more); `undefined` when the server did not tell
 */
export async function tryService(
  gitUrl: string,
  credentials: Credentials,
  service: GitService,
): Promise<ServiceAnswer | undefined> {
  const ask = async (token: string) => {
    const headers = { authorization: `basic ${basicAuthorization(token)}` };
    return fetchWithDeadline(`${gitUrl}/info/refs?service=${service}`, { headers }).catch(() => undefined);
  };
  const token = await credentials.tokenFor().catch(() => undefined);
  if (token === undefined) return undefined;
  const first = await ask(token);
  const other = first?.status === 401 ? await credentials.renew(token) : undefined;
  const answer = other === undefined ? first : await ask(other);
  const { status = 0 } = answer ?? {};
  if (status === 200) return 'served';
  if (status === 401) return 'unknown';
  if (status === 403 || status === 404) return 'refused';
  const location = status >= 300 && status < 400 ? (answer?.headers.get('location') ?? '') : '';
  if (location === '' || !URL.canParse(location, gitUrl)) return undefined;
  return { movedTo: placeOf(new URL(location, gitUrl), new URL(gitUrl)) };
}

function placeOf(to: URL, from: URL): string {
  const [, name] = /^\/([^/]+\/[^/]+?)(?:\.git)?\/info\/refs$/.exec(to.pathname) ?? [];
  return name !== undefined && to.origin === from.origin ? name : to.origin;
}
