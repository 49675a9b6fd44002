import { isAboutDocuments, pushRefusalSentence } from '../codex/push-refusal.ts';
import { CodexSyncError } from '../errors.ts';
import { type CommitOnTip, pushCommit } from '../git/codex-commit.ts';
import { printable } from '../text/printable.ts';
import type { PublishingWorld } from './session.ts';

const PATIENCE_MILLISECONDS = 5 * 60 * 1000;
const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** How a push ended that may be tried again. */
export type Pushed =
  | { readonly kind: 'landed' }
  /** Another run was faster. */
  | { readonly kind: 'lost' }
  /** The connection broke, and the commit may have landed; git's words. */
  | { readonly kind: 'unanswered'; readonly words: string };

/**
 * Pushes once.
 * @param isNew whether all documents that it brings are new to the codex
 * @throws CodexSyncError `remote-refused` or `documents-refused` with the remote's words, or `no-permission`; all are final
 */
export async function pushOnce(
  world: PublishingWorld,
  commit: CommitOnTip,
  branch: string,
  isNew: boolean,
): Promise<Pushed> {
  const outcome = await pushCommit(world.store, world.codex, commit, branch, isNew);
  switch (outcome.kind) {
    case 'refused':
      throw new CodexSyncError(
        isAboutDocuments(outcome) ? 'documents-refused' : 'remote-refused',
        pushRefusalSentence(outcome, { codex: world.codex.name, url: world.codex.url, branch }),
      );
    case 'unanswered':
      await world.codexApi.checkPush();
      return outcome;
    case 'lost-race':
      return { kind: 'lost' };
    default:
      return outcome;
  }
}

/**
 * How long a run goes on: the function that this returns waits between two attempts, with full jitter under a cap that
 * grows with the attempts, so that many runs at one branch spread out. After five minutes it throws CodexSyncError
 * `remote-failed` instead, with what went wrong last.
 */
export function createPatience(world: Pick<PublishingWorld, 'now' | 'random' | 'sleep'>, where: string) {
  const end = world.now().getTime() + PATIENCE_MILLISECONDS;
  return async (attempts: number, last: Exclude<Pushed, { readonly kind: 'landed' }>): Promise<void> => {
    const pause = world.random() * Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** attempts);
    if (world.now().getTime() + pause > end) {
      const why =
        last.kind === 'lost' ? 'other runs were always faster' : `the last answer was: ${printable(last.words, 300)}`;
      throw new CodexSyncError(
        'remote-failed',
        `After ${attempts} attempts in five minutes nothing could be published to ${where}: ${why}. Run it again later.`,
      );
    }
    await world.sleep(pause);
  };
}
