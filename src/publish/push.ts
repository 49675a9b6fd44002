import { CodexSyncError } from '../errors.ts';
import { type CommitOnTip, pushCommit } from '../git/codex-commit.ts';
import { isAboutDocuments, type PushOutcome, pushRefusalSentence } from '../git/porcelain.ts';
import type { BranchName } from '../text/ids.ts';
import { printable } from '../text/phrases.ts';
import type { Session } from './session.ts';

const BACKOFF_MILLISECONDS = 5 * 60 * 1000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** The outcomes that need no error: a refusal is final. */
export type Pushed = Exclude<PushOutcome, { readonly kind: 'refused' }>;
type NotAccepted = Exclude<Pushed, { readonly kind: 'accepted' }>;

type Attempt<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  /** Nothing to push, by an answer that may be from before a push of this run. */
  | { readonly kind: 'unsure' }
  | {
      readonly kind: 'push';
      readonly made: CommitOnTip;
      /** Whether all its documents are new to the codex. */
      readonly isNew: boolean;
      /** The last commit of this run that the branch has already, although its answer was lost. */
      readonly published?: string | undefined;
      readonly result: Result;
    };

/**
 * The only loop that pushes: ends on an accepted push, nothing to push, or after five minutes.
 * @throws CodexSyncError as `pushOnce`, and `remote-failed` after five minutes
 */
export async function pushUntilAccepted<Result>(
  session: Session,
  { branch, codex }: { readonly branch: BranchName; readonly codex: string },
  attempt: (attempts: number, last: NotAccepted | undefined) => Promise<Attempt<Result>>,
): Promise<Result> {
  const wait = createBackoff(session, `branch ${branch} of ${codex}`);
  let doubtful: string | undefined;
  let published: string | undefined;
  let last: NotAccepted | undefined;
  try {
    for (let attempts = 1; ; attempts++) {
      const next = await attempt(attempts, last);
      if (next.kind === 'done') return next.result;
      if (next.kind === 'push') {
        // A later push that is rejected says nothing about an earlier one without an answer.
        if (next.published !== undefined) [published, doubtful] = [next.published, undefined];
        const pushed = await pushOnce(session, next.made, branch, next.isNew);
        if (pushed.kind === 'accepted') return next.result;
        if (pushed.kind === 'unknown') doubtful = next.made.commit;
        last = pushed;
      }
      if (last) await wait(attempts, last);
    }
  } catch (error) {
    const maybePublished = doubtful ?? published;
    if (maybePublished === undefined || !(error instanceof CodexSyncError)) throw error;
    const hint =
      doubtful === undefined
        ? `Branch ${branch} has commit ${published}, which this run published before.`
        : `It is unknown whether branch ${branch} has commit ${doubtful}: check the branch.`;
    throw new CodexSyncError(error.code, error.message, hint, { cause: error, maybePublished });
  }
}

/** @throws CodexSyncError, final: `remote-refused` or `documents-refused` with git's message, or `no-permission` */
async function pushOnce(session: Session, commit: CommitOnTip, branch: BranchName, isNew: boolean): Promise<Pushed> {
  session.progress(`Publishing to branch ${printable(branch)} of ${session.codex.name}`);
  const outcome = await pushCommit(session.store, session.codex, commit, branch, isNew);
  if (outcome.kind === 'refused') {
    throw new CodexSyncError(
      isAboutDocuments(outcome) ? 'documents-refused' : 'remote-refused',
      pushRefusalSentence(outcome, { codex: session.codex.name, url: session.codex.url, branch }),
    );
  }
  if (outcome.kind === 'unknown') await session.codexApi.checkPush();
  return outcome;
}

/** Full jitter under a growing cap spreads out parallel runs. Throws `remote-failed` after five minutes. */
export function createBackoff(session: Pick<Session, 'now' | 'random' | 'sleep'>, where: string) {
  const end = session.now().getTime() + BACKOFF_MILLISECONDS;
  return async (attempts: number, last: NotAccepted): Promise<void> => {
    const pause = session.random() * Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** attempts);
    if (session.now().getTime() + pause > end) {
      const why =
        last.kind === 'rejected'
          ? 'other runs were always faster'
          : `the last answer was: ${printable(last.message, 300)}`;
      throw new CodexSyncError(
        'remote-failed',
        `After ${attempts} attempts in five minutes nothing could be published to ${where}: ${why}.`,
        'Run it again later.',
      );
    }
    await session.sleep(pause);
  };
}
