import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { type Environment, type Environments, resolveEnvironment } from './environment.ts';

/** Where documents would be released from: what stands in an environment, or stood there at a commit of the codex. */
export interface SourceEnvironment {
  readonly environment: Environment;
  /** Full id of a commit of the codex; `undefined` for the branch's tip. */
  readonly commit: string | undefined;
}

/**
 * Reads the input `from`: `<env>` or `<env>@<codex commit>`.
 * @param configFile where an environment can be added, for the message
 * @throws CodexSyncError `bad-input` with one sentence
 */
export function parseSourceEnvironment(
  from: string,
  environments: Environments,
  configFile?: string,
): SourceEnvironment {
  const at = from.indexOf('@');
  const name = (at === -1 ? from : from.slice(0, at)).trim();
  const commit = at === -1 ? undefined : from.slice(at + 1).trim();
  if (name === '' || (commit !== undefined && !/^[0-9a-f]{40}$/i.test(commit))) {
    throw new CodexSyncError(
      'bad-input',
      `Input "from" is "${printable(from, 150)}". Use an environment, such as test, or with the full id of a commit of the codex (40 hexadecimal digits) <env>@<commit>.`,
    );
  }
  return { environment: resolveEnvironment(name, environments, configFile), commit: commit?.toLowerCase() };
}
