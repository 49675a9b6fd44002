import { basicAuthorization } from '../inputs/token.ts';
import type { GitSetting } from './run.ts';

/**
 * Settings that hand a token to git for one repository: in the environment only, never on a command line, in a URL or on
 * disk. The first key is the one that actions/checkout writes; git lets the most specific one win, so the repository's
 * own URL says the same. The empty value drops every header that is already configured: there are never two, and never
 * another's. The longest rewriting wins too, so that a user's `insteadOf` brings neither ssh nor another credential.
 */
export function tokenSettings(serverUrl: string, repositoryUrl: string, token: string | undefined): GitSetting[] {
  const header = token ? `AUTHORIZATION: basic ${basicAuthorization(token)}` : undefined;
  const ownUrl: GitSetting[] = [
    [`url.${repositoryUrl}.insteadOf`, repositoryUrl],
    [`url.${repositoryUrl}.pushInsteadOf`, repositoryUrl],
  ];
  const headers = [`${serverUrl}/`, repositoryUrl].flatMap((url): GitSetting[] => {
    const key = `http.${url}.extraheader`;
    return header
      ? [
          [key, ''],
          [key, header],
        ]
      : [[key, '']];
  });
  return [...headers, ...ownUrl];
}
