import { runInNewContext } from 'node:vm';
import type { Patterns } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { nameSome } from '../text/phrases.ts';

/** Far above what sane patterns take for a hundred thousand paths. */
const LONGEST_MILLISECONDS = 5000;

/**
 * Matches paths once, in bounded time. Globs become regular expressions, and there are some that would go on for years: in
 * a run for many repositories, one of them must not stop the others.
 * @throws CodexSyncError `bad-config`
 */
export function checkMatchingTime(patterns: Patterns, paths: Iterable<string>): void {
  withinMatchingTime(patterns, () => {
    for (const path of paths) patterns.selects(path);
  });
}

/**
 * The same for any other work with patterns.
 * @throws CodexSyncError `bad-config`
 */
export function withinMatchingTime<T>({ include, exclude }: Patterns, match: () => T): T {
  try {
    // Nothing but a context of its own ends a regular expression that runs.
    return runInNewContext('match()', { match }, { timeout: LONGEST_MILLISECONDS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new CodexSyncError(
      'bad-config',
      `Its patterns take longer than ${LONGEST_MILLISECONDS / 1000} seconds to be matched: ${nameSome([...include, ...exclude])}. Write simpler ones.`,
    );
  }
}
