import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { type ExecOutput, getExecOutput } from '@actions/exec';
import { which } from '@actions/io';

/** Prepares an entry point: reports uncaught bugs, cleans up when a run is cancelled, and ends its programs. */
export function guardProcess(fail: (error: unknown) => Promise<void>): void {
  // By default Node grows its heap rather than collects: with 50,000 documents to twice the live size.
  setFlagsFromString('--optimize-for-size');
  // The reader of a terminal's pipe may close it (`codex-sync status | head`), which must not end a run; any other
  // error here is our own bug.
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') void fail(error).finally(() => process.exit());
  });
  process.on('exit', () => {
    for (const child of running) endProgram(child);
  });
  // The exit removes this run's files, and a second signal does not interrupt that. A closed terminal does not reach
  // the programs, which lead groups of their own.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

const running = new Set<ChildProcess>();

/**
 * Makes a program the leader of a group, so that `endProgram` ends its children as well: a git that went on could push
 * unreported changes of a cancelled run, and write where that run has cleaned up. Windows has no such groups (and would
 * open a window); there a cancelled job ends all programs of its console.
 */
export const OWN_GROUP = { detached: process.platform !== 'win32' } as const;

/** Ends a program with `OWN_GROUP` when this process ends. */
export function endWithProcess<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

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
  /** Milliseconds. */
  readonly timeout?: number;
  /** Receives standard output in pieces instead of `stdout`. */
  readonly onOutput?: (piece: Buffer) => void;
}

/** An exit code is data: only the caller knows its meaning. */
export interface ProgramOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** The exit code for a signal: git's own for a fatal error, and for nothing else. */
const KILLED = 128;

/** Runs a program with a short output, never through a shell; throws when it cannot be started. */
export function runShortProgram(
  name: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<ExecOutput> {
  return getExecOutput(name, [...args], { ...options, silent: true, ignoreReturnCode: true });
}

/**
 * Runs any other program with an argument array, never through a shell. `@actions/exec` searches output for lines (16
 * MB without a line break took 1.2 s and 200 MB), and offers no process that a deadline or a cancelled run can end.
 * @throws Error when it is not installed or cannot be started
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { cwd, env, input, timeout, onOutput }: ProgramOptions = {},
): Promise<ProgramOutput> {
  // Windows would search the current directory first, possibly the checkout of a stranger.
  const path = await which(name, true);
  const child = endWithProcess(spawn(path, args, { cwd, env, ...OWN_GROUP, windowsHide: true }));
  const timer = timeout === undefined ? undefined : setTimeout(() => endProgram(child), timeout);
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', onOutput ?? ((piece) => output.push(piece)));
  child.stderr.on('data', (piece) => errors.push(piece));
  // A program that ends before it reads its input closes the pipe; its exit code gives the reason.
  child.stdin.on('error', () => undefined).end(input);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? KILLED));
  }).finally(() => clearTimeout(timer));
  return { exitCode, stdout: Buffer.concat(output), stderr: Buffer.concat(errors) };
}
