import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { type ExecOutput, getExecOutput } from '@actions/exec';
import { which } from '@actions/io';

/**
 * What every entry point does first: report a bug that nothing catches, leave nothing on disk when the run is cancelled, and
 * end the programs that it started.
 */
export function guardProcess(fail: (error: unknown) => Promise<void>): void {
  // Node would rather let its heap grow than tidy it: of fifty thousand documents, to twice of what is held.
  setFlagsFromString('--optimize-for-size');
  // A terminal's pipe may be closed by its reader (`codex-sync status | head`), which is no reason to end a run; anything else
  // that arrives here is a bug of ours.
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') void fail(error).finally(() => process.exit());
  });
  process.on('exit', () => {
    for (const child of running) endProgram(child);
  });
  // What this run left on disk is removed on exit, which a second signal does not break off. A closed terminal does not reach
  // the programs, which lead groups of their own.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

const running = new Set<ChildProcess>();

/**
 * Makes a program the leader of a group of its own, so that `endProgram` ends the programs that it started too: a git that went
 * on could still push what a cancelled run does not report, and write where that run has cleaned up. Windows has no such groups
 * (and would open a window); whoever cancels a job there ends all programs of its console.
 */
export const OWN_GROUP = { detached: process.platform !== 'win32' } as const;

/** Ends a program that was started with `OWN_GROUP` when this process ends. */
export function endWithProcess<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a program and all that it started. */
export function endProgram(child: ChildProcess): void {
  if (!OWN_GROUP.detached || child.pid === undefined) return void child.kill('SIGKILL');
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  /** Milliseconds after which the program is ended. */
  readonly timeout?: number;
  /** Receives standard output piece by piece instead of `stdout`. */
  readonly onOutput?: (piece: Buffer) => void;
}

/** An exit code is data: only the caller knows what it means. */
export interface ProgramOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The exit code of a program that a signal ended: git's own for a fatal error, and no other answer. */
const KILLED = 128;

/**
 * Runs a program that ends by itself after a few lines of text, such as `git version`, with arguments as an array, never through
 * a shell.
 * @throws Error where it is not installed or cannot be started
 */
export function runShortProgram(
  name: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<ExecOutput> {
  return getExecOutput(name, [...args], { ...options, silent: true, ignoreReturnCode: true });
}

/**
 * Runs any other program with arguments as an array, never through a shell. `@actions/exec` keeps output as text to search it for
 * lines (16 MB without a line break took 1.2 s and 200 MB), and hands out no process that a deadline or a cancelled run can end.
 * @throws Error where it is not installed or cannot be started
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { cwd, env, input, timeout, onOutput }: ProgramOptions = {},
): Promise<ProgramOutput> {
  // Windows would look in the current directory first, which may be the checkout of a stranger.
  const path = await which(name, true);
  const child = endWithProcess(spawn(path, args, { cwd, env, ...OWN_GROUP, windowsHide: true }));
  const timer = timeout === undefined ? undefined : setTimeout(() => endProgram(child), timeout);
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', onOutput ?? ((piece) => output.push(piece)));
  child.stderr.on('data', (piece) => errors.push(piece));
  // A program that ends before it has read its input closes the pipe; its exit code says why.
  child.stdin.on('error', () => undefined).end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? KILLED));
  }).finally(() => clearTimeout(timer));
  return { exitCode, stdout: Buffer.concat(output), stderr: Buffer.concat(errors) };
}
