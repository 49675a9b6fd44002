import type { Caller } from './github-access.ts';
import { type AccountOperation, type AccountWorld, onlyFor } from './github-account-calls.ts';
import type { Account } from './github-accounts.ts';
import { timestamp, userBody } from './github-answers.ts';
import { listOperations } from './github-listing.ts';
import { firstCommitDate } from './github-repositories.ts';
import { type Answer, matchPath, refuse } from './github-routes.ts';

/** What everybody may know of an account; `undefined` is nobody's. */
function answerOf({ site, repositories }: AccountWorld, account: Account | undefined): Answer {
  if (account === undefined) return refuse(404, 'Not Found');
  const open = repositories().filter((one) => one.account === account && one.visibility === 'public');
  const date = timestamp(firstCommitDate);
  const body = {
    ...userBody(site, account.login, account.type),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: open.length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: date,
    updated_at: date,
  };
  return { status: 200, body };
}

const operations: readonly AccountOperation[] = [
  {
    name: 'GET /user',
    answer: onlyFor('user', ({ account = '' }, { session }) => answerOf(session, session.accounts.find(account))),
  },
  {
    name: 'GET /users/{username}',
    answer: ({ session, parameters: { username = '' } }) => answerOf(session, session.accounts.find(username)),
  },
  ...listOperations,
];

/** Lists lead to their next pages by the owner's number. */
function byLogin({ accounts }: AccountWorld, path: string): string {
  const [, kind, id] = /^\/(organizations|user)\/(\d+)\/repos$/.exec(path) ?? [];
  if (id === undefined) return path;
  return `/${kind === 'user' ? 'users' : 'orgs'}/${accounts.findById(Number(id))?.login ?? 'nobody'}/repos`;
}

/** Answers what is asked about accounts and what they hold; `undefined` when the request is about something else. */
export function answerAccount(
  session: AccountWorld,
  method: string,
  path: string,
  caller: Caller,
  query: URLSearchParams,
): { name: string; answer: Answer } | undefined {
  for (const { name, answer } of operations) {
    const [wanted, template = ''] = name.split(' ');
    const parameters = wanted === method ? matchPath(template, byLogin(session, path)) : undefined;
    if (parameters !== undefined) return { name, answer: answer({ session, caller, parameters, query }) };
  }
  return undefined;
}
