import { setTimeout } from 'node:timers/promises';
import type { Octokit } from '@octokit/rest';
import { isRequestError, type RequestError } from './failures.ts';

/** Answers that stay the same when GitHub is asked again. */
const FINAL = [400, 401, 403, 404, 410, 422, 451];
/** Number of retries after other failures: after 1, 4 and 9 seconds. */
const MAX_RETRIES = 3;
/** Maximum number and length of waits for a rate limit; after them the run fails with this reason. */
const MAX_WAITS = 2;
const LONGEST_WAIT_SECONDS = 60;
/** GitHub's advice where a secondary rate limit names no time. */
const UNNAMED_WAIT_SECONDS = 60;
/** GitHub's advice: a second between two requests that change something. */
const BETWEEN_WRITES_MILLISECONDS = 1000;

/** Options of one request (`request` of Octokit's options). */
interface RequestOptions {
  readonly retries?: number;
  readonly waits?: boolean;
}

export interface Backoff {
  readonly warn: (line: string) => void;
  /** Maximum wait for a rate limit; default: a minute. */
  readonly longestWaitSeconds?: number | undefined;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

interface Limit {
  readonly name: 'rate limit' | 'secondary rate limit';
  readonly seconds: number;
}

/**
 * Asks again after server errors and lost answers, waits for rate limits, and keeps writes of a client apart, by GitHub's
 * best practices for its API. A request that meets none of these is sent at once. (Octokit's plugins send every request
 * through queues that are driven by timers: some 14 idle milliseconds each.)
 */
export function addRetries({ hook }: Pick<Octokit, 'hook'>, backoff: Backoff): void {
  const { warn, longestWaitSeconds = LONGEST_WAIT_SECONDS, sleep = setTimeout } = backoff;
  const waitForTurn = createTurns(sleep);
  hook.wrap('request', async (request, options) => {
    const { retries: maxRetries = MAX_RETRIES, waits: mayWait = true } = (options.request ?? {}) as RequestOptions;
    let [retries, waits] = [0, 0];
    for (;;) {
      if (isWrite(options.method, options.url)) await waitForTurn();
      try {
        return expectAnswer(await request(options));
      } catch (error) {
        if (!isRequestError(error)) throw error;
        const limit = limitOf(error);
        if (limit !== undefined) {
          if (!mayWait || waits >= MAX_WAITS || limit.seconds > longestWaitSeconds) throw error;
          waits += 1;
          warn(`GitHub's ${limit.name} is reached: waiting ${limit.seconds} seconds.`);
          await sleep(limit.seconds * 1000);
        } else {
          if (FINAL.includes(error.status) || retries >= maxRetries) throw error;
          retries += 1;
          await sleep(retries ** 2 * 1000);
        }
      }
    }
  });
}

interface GraphqlAnswer {
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data?: { readonly errors?: readonly { readonly type?: string; readonly message?: string }[] };
}

/** GraphQL answers 200 for a limit and for a failure of the server, too. */
function expectAnswer<Answer>(answer: Answer): Answer {
  const { headers, data } = answer as GraphqlAnswer;
  const errors = Array.isArray(data?.errors) ? data.errors : [];
  const limited = errors.find(({ type }) => type === 'RATE_LIMITED');
  const failed = errors.find(({ message }) => message?.includes('Something went wrong while executing your query'));
  const { message } = limited ?? failed ?? {};
  if (message === undefined) return answer;
  const limit = limited && { 'x-ratelimit-remaining': '0' };
  throw Object.assign(new Error(message), {
    status: limited ? 403 : 500,
    response: { headers: { ...headers, ...limit } },
  });
}

/** A GraphQL question is posted, and changes nothing here; nor does a request for a token. */
function isWrite(method: string, url: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && url !== '/graphql' && !url.endsWith('/access_tokens');
}

function createTurns(sleep: (milliseconds: number) => Promise<unknown>): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + BETWEEN_WRITES_MILLISECONDS;
    if (turn > now) await sleep(turn - now);
  };
}

/** The limit that a request met, and how long GitHub asks to wait. */
function limitOf({ status, message, response }: RequestError): Limit | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const { headers = {} } = response ?? {};
  if (/\bsecondary rate\b/i.test(message))
    return { name: 'secondary rate limit', seconds: Number(headers['retry-after']) || UNNAMED_WAIT_SECONDS };
  if (headers['x-ratelimit-remaining'] !== '0') return undefined;
  const reset = Number(headers['x-ratelimit-reset']) || 0;
  // One second more, so that the limit is reset by then.
  return { name: 'rate limit', seconds: Math.max(0, Math.ceil(reset - Date.now() / 1000) + 1) };
}
