import { CodexSyncError } from '../errors.ts';
import { type CommitOnTip, pushCommit } from '../git/codex-commit.ts';
import { isAboutDocuments, pushRefusalSentence } from '../git/push-refusal.ts';
import { printable } from '../text/printable.ts';
import type { Session } from './session.ts';

const BACKOFF_MILLISECONDS = 5 * 60 * 1000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** How a push ended that may be tried again. */
export type Pushed =
  | { readonly kind: 'accepted' }
  /** Another run was faster. */
  | { readonly kind: 'rejected' }
  /** The connection broke, and the commit may have landed; git's words. */
  | { readonly kind: 'unknown'; readonly message: string };

/** What one attempt came to: nothing has to be pushed, or this commit. */
type Attempt<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  /** `isNew`: whether all documents that it brings are new to the codex. */
  | { readonly kind: 'push'; readonly made: CommitOnTip; readonly isNew: boolean; readonly result: Result };

/**
 * The one loop that pushes: attempts again until a push is accepted, there is nothing to push, or five minutes have passed.
 * @param attempt reads, plans and commits; the first one is number 1
 * @throws CodexSyncError as `pushOnce`, and `remote-failed` after five minutes
 */
export async function pushUntilAccepted<Result>(
  session: Session,
  { branch, codex }: { readonly branch: string; readonly codex: string },
  attempt: (attempts: number, last: Pushed | undefined) => Promise<Attempt<Result>>,
): Promise<Result> {
  const wait = createBackoff(session, `branch ${branch} of ${codex}`);
  let doubtful: string | undefined;
  let last: Pushed | undefined;
  try {
    for (let attempts = 1; ; attempts++) {
      const next = await attempt(attempts, last);
      if (next.kind === 'done') return next.result;
      doubtful = undefined;
      last = await pushOnce(session, next.made, branch, next.isNew);
      if (last.kind === 'accepted') return next.result;
      doubtful = last.kind === 'unknown' ? next.made.commit : undefined;
      await wait(attempts, last);
    }
  } catch (error) {
    if (doubtful === undefined || !(error instanceof CodexSyncError)) throw error;
    const doubt = `Whether commit ${doubtful} landed on branch ${branch} is not known: look there.`;
    throw new CodexSyncError(error.code, `${error.message} ${doubt}`, { cause: error });
  }
}

/**
 * Pushes once.
 * @param isNew whether all documents that it brings are new to the codex
 * @throws CodexSyncError `remote-refused` or `documents-refused` with the remote's words, or `no-permission`; all are final
 */
async function pushOnce(session: Session, commit: CommitOnTip, branch: string, isNew: boolean): Promise<Pushed> {
  const outcome = await pushCommit(session.store, session.codex, commit, branch, isNew);
  switch (outcome.kind) {
    case 'refused':
      throw new CodexSyncError(
        isAboutDocuments(outcome) ? 'documents-refused' : 'remote-refused',
        pushRefusalSentence(outcome, { codex: session.codex.name, url: session.codex.url, branch }),
      );
    case 'unknown':
      await session.codexApi.checkPush();
      return outcome;
    case 'rejected':
      return { kind: 'rejected' };
    default:
      return outcome;
  }
}

/**
 * How long a run goes on: the function that this returns waits between two attempts, with full jitter under a cap that
 * grows with the attempts, so that many runs at one branch spread out. After five minutes it throws CodexSyncError
 * `remote-failed` instead, with what went wrong last.
 */
export function createBackoff(session: Pick<Session, 'now' | 'random' | 'sleep'>, where: string) {
  const end = session.now().getTime() + BACKOFF_MILLISECONDS;
  return async (attempts: number, last: Exclude<Pushed, { readonly kind: 'accepted' }>): Promise<void> => {
    const pause = session.random() * Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** attempts);
    if (session.now().getTime() + pause > end) {
      const why =
        last.kind === 'rejected'
          ? 'other runs were always faster'
          : `the last answer was: ${printable(last.message, 300)}`;
      throw new CodexSyncError(
        'remote-failed',
        `After ${attempts} attempts in five minutes nothing could be published to ${where}: ${why}. Run it again later.`,
      );
    }
    await session.sleep(pause);
  };
}
