import { devNull } from 'node:os';
import { CodexSyncError } from '../errors.ts';
import { runProgram, runShortProgram } from '../programs.ts';
import { printable } from '../text/phrases.ts';
import { createCutter } from './porcelain.ts';

/** A setting in git's environment, which overrides every file. */
export type GitSetting = readonly [key: string, value: string];

/**
 * The oldest tested git. Before 2.31 git ignores all settings of a run, including the token and the ones against hooks;
 * before 2.34 it has no `add --sparse`; before 2.38 it ignores `safe.directory` from a run.
 */
const OLDEST_GIT = { major: 2, minor: 39 } as const;
const INSTALL_GIT = `Install git ${OLDEST_GIT.major}.${OLDEST_GIT.minor} or newer on the machine that runs this.`;

export interface GitOptions {
  readonly directory: string;
  /** The process environment, from which we remove git's own variables and the action's inputs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly settings?: readonly GitSetting[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Allowed protocols; none in a checkout, because its remotes are not ours to contact. */
  readonly protocols: 'none' | 'http:https';
  readonly debug: (line: string) => void;
}

export interface GitCall {
  readonly input?: string | Buffer;
  /** Variables for this call only, such as `GIT_INDEX_FILE`. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly settings?: readonly GitSetting[];
  /** Receives standard output in pieces instead of `stdout`, for answers too large to keep. */
  readonly onOutput?: (piece: Buffer) => void;
}

/** An exit code is data: only the caller knows its meaning. */
interface GitOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git with an argument array, never through a shell. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<GitOutput>;

// Never run anything that a checkout configures (design section 4, "Credentials"): hooks, the fsmonitor daemon,
// credential helpers, signing programs. `safe.directory` lets git read another user's checkout (a container) without a
// change of global configuration.
const ALWAYS: readonly GitSetting[] = [
  ['core.hooksPath', devNull],
  // This file defines the parents of commits, and git does not verify it.
  ['core.commitGraph', 'false'],
  ['core.fsmonitor', 'false'],
  ['credential.helper', ''],
  ['push.gpgSign', 'false'],
  ['core.safecrlf', 'false'],
  ['safe.directory', '*'],
];

// Of git's own variables, those of the network and of the user's configuration stay, with all variables of other
// programs (proxies, HOME, PATH).
const KEPT = /^GIT_(?:SSL_|PROXY_SSL_|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$|EXEC_PATH$)/;
const REMOVED = /^(?:GIT_|INPUT_|ACTIONS_|SSH_ASKPASS)/;

export function createGit(options: GitOptions): Git {
  const base = baseEnvironment(options.environment, options.protocols);
  return async (args, call = {}) => {
    const settings = [...ALWAYS, ...(options.settings ?? []), ...(call.settings ?? [])];
    options.debug(`git ${args.join(' ')}`);
    const { exitCode, stdout, stderr } = await runProgram('git', args, {
      cwd: options.directory,
      env: { ...base, ...options.variables, ...settingVariables(settings), ...call.variables },
      ...(call.input !== undefined && { input: call.input }),
      ...(call.onOutput && { onOutput: call.onOutput }),
    }).catch(failToStart);
    const text = stderr.toString('utf8');
    if (exitCode !== 0) options.debug(`git exited with ${exitCode}: ${text}`);
    return { exitCode, stdout, stderr: text };
  };
}

function failToStart(error: unknown): never {
  // The first sentence gives the reason, the others general advice.
  const [reason = ''] = String(error instanceof Error ? error.message : error).split('. ');
  throw new CodexSyncError('bad-checkout', `Git cannot be started: ${printable(reason, 200)}.`, INSTALL_GIT);
}

/** Returns the standard output of a call that has no reason to fail; a failure throws. */
export async function expectGit(git: Git, args: readonly string[], call?: GitCall): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await git(args, call);
  if (exitCode !== 0) throw new Error(`git ${args[0]} exited with ${exitCode}: ${stderr.trim()}`);
  return stdout;
}

/** The same for a long output that is not kept: `take` receives it in pieces. */
export async function expectPieces(
  git: Git,
  args: readonly string[],
  take: (piece: Buffer) => void,
  { separator = 0, ...call }: GitCall & { readonly separator?: number } = {},
): Promise<void> {
  const { read, end } = createCutter(separator, take);
  await expectGit(git, args, { ...call, onOutput: read });
  end();
}

function baseEnvironment(environment: GitOptions['environment'], protocols: string): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (!REMOVED.test(entry[0]) || KEPT.test(entry[0])),
  );
  return {
    ...Object.fromEntries(kept),
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_ASKPASS: '',
    // Replaced objects are another way to give a commit false parents.
    GIT_GRAFT_FILE: devNull,
    GIT_HTTP_LOW_SPEED_LIMIT: '100',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    // Since git 2.44; before, only the protocols stop git from fetching a missing object from a configured remote.
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

function settingVariables(settings: readonly GitSetting[]): Record<string, string> {
  const variables = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...Object.fromEntries(variables), GIT_CONFIG_COUNT: String(settings.length) };
}

/** Returns git's version, empty when unknown; throws `bad-checkout` for a missing or too old git. */
export async function checkGit({
  directory,
  environment,
  debug,
}: Pick<GitOptions, 'directory' | 'environment' | 'debug'>): Promise<string> {
  debug('git version');
  const env = { ...baseEnvironment(environment, 'none'), ...settingVariables(ALWAYS) };
  const { stdout } = await runShortProgram('git', ['version'], { cwd: directory, env }).catch(failToStart);
  const [, version = '', major, minor] = /^git version ((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
  // An unknown version is a custom build, not an old one.
  if (version === '' || Number(major) > OLDEST_GIT.major) return version;
  if (Number(major) === OLDEST_GIT.major && Number(minor) >= OLDEST_GIT.minor) return version;
  throw new CodexSyncError('bad-checkout', `Git ${printable(version, 50)} is too old.`, INSTALL_GIT);
}
