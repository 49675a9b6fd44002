import { CodexSyncError } from '../errors.ts';

/** The runner brings its own; at a terminal it is whatever the machine has. Before 22 the language lacks what we use of it. */
export const OLDEST_NODE = 22;

/**
 * Makes sure that this Node can run a command.
 * @param version as Node tells it: `22.12.0`
 * @throws CodexSyncError `bad-checkout` where it is too old
 */
export function checkNode(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return;
  throw new CodexSyncError(
    'bad-checkout',
    `This is Node ${version}, and codex-sync needs Node ${OLDEST_NODE} or newer. Install it from https://nodejs.org, then run this again.`,
  );
}
