import type { Caller, Token, TokenKind } from './github-access.ts';
import type { AccountStore } from './github-accounts.ts';
import type { Site } from './github-answers.ts';
import type { Repository } from './github-repositories.ts';
import { type Answer, refuse } from './github-routes.ts';

/** What the operations on accounts need of the place that they serve. */
export interface AccountWorld {
  site: Site;
  accounts: AccountStore;
  repositories(): readonly Repository[];
}

/** What an operation is told that is about no single repository. */
export interface AccountCall {
  session: AccountWorld;
  caller: Caller;
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

export interface AccountOperation {
  /** As GitHub's official description names it. */
  name: string;
  answer(call: AccountCall): Answer;
}

const refusals: Readonly<Record<TokenKind, string>> = {
  user: 'Resource not accessible by integration',
  installation:
    'You must authenticate with an installation access token in order to list repositories for an installation.',
};

/** Answers the tokens of one kind, and refuses the other and nobody. */
export function onlyFor(
  kind: TokenKind,
  answer: (token: Token, call: AccountCall) => Answer,
): AccountOperation['answer'] {
  return (call) => {
    const { caller } = call;
    if (caller === 'anonymous' || caller === 'unknown') return refuse(401, 'Requires authentication');
    return caller.kind === kind ? answer(caller, call) : refuse(403, refusals[kind]);
  };
}
