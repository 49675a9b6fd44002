import { answerFromFiles } from './ref-files.ts';
import { startGit } from './start-git.ts';

const SETTINGS = {
  // A checkout made by another user id (containers) is still ours.
  'safe.directory': '*',
  // What is made for a test is thrown away before it needs tidying: a process less behind each commit, fetch and push.
  'maintenance.auto': 'false',
  'gc.auto': '0',
  'receive.autogc': 'false',
};

function asVariables(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings);
  const named = entries.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: `${entries.length}`, ...Object.fromEntries(named) };
}

/** What git may know of the machine that runs the tests: nothing but where programs are. */
export function cleanGitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...asVariables(SETTINGS),
  };
}

export interface GitOptions {
  /** Added to the clean environment. */
  env?: Record<string, string>;
  /** Standard input. */
  input?: string | Buffer;
}

export interface GitResult {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs git in a directory and returns how it ended; never throws for an exit code. */
export async function tryGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const known = options.env?.GIT_DIR === undefined ? answerFromFiles(directory, args) : undefined;
  if (known !== undefined) return { exitCode: known.exitCode, stdout: Buffer.from(known.stdout), stderr: '' };
  const child = startGit(args, { cwd: directory, env: { ...cleanGitEnvironment(), ...options.env } });
  const stdout: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stdin.end(options.input ?? '');
  const { exitCode, stderr } = await child.closed;
  return { exitCode, stdout: Buffer.concat(stdout), stderr };
}

/** Runs git in a directory and returns its output as bytes; throws with git's own words when it fails. */
export async function gitBytes(directory: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const result = await tryGit(directory, args, options);
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')} ended with ${result.exitCode}: ${result.stderr}`);
  return result.stdout;
}

/** Runs git in a directory and returns its output as text without the newlines at its end. */
export async function gitText(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(directory, args, options)).toString().replace(/\n+$/, '');
}
