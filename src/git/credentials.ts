import { basicAuthorization } from '../request/token.ts';
import type { GitSetting } from './run.ts';

/**
 * Settings that hand a token to git for one server: in the environment only, never on a command line, in a URL or on
 * disk. The key is the one that actions/checkout writes, and the empty value first drops every header that is already
 * configured, so that there are never two and never another's.
 */
export function tokenSettings(serverUrl: string, token: string | undefined): GitSetting[] {
  const key = `http.${serverUrl}/.extraheader`;
  const clear: GitSetting = [key, ''];
  return token ? [clear, [key, `AUTHORIZATION: basic ${basicAuthorization(token)}`]] : [clear];
}
