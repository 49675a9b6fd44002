import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';

/**
 * Makes sure that Node does not print what this program does. With `NODE_DEBUG` it writes the environment of git and the
 * headers of requests to standard error, and both carry the token. Node reads the variable before any code of ours runs, so
 * that to remove it here would change nothing.
 * @throws CodexSyncError `bad-input`
 */
export function checkNodeDebug({ NODE_DEBUG: value = '' }: Readonly<Record<string, string | undefined>>): void {
  if (value === '') return;
  throw new CodexSyncError(
    'bad-input',
    `The variable NODE_DEBUG is "${printable(value, 60)}": Node would print tokens. Unset it, then run this again. ` +
      'For details of a run use --verbose, or debug logging of the workflow.',
  );
}
