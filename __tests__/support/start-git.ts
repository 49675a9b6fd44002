import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { PassThrough, type Readable, type Writable } from 'node:stream';

/** Variable with the socket of the program that starts git for the tests; without it git is started here. */
export const GIT_SERVER = 'TESTS_GIT_SERVER';

/** A git under way. */
export interface StartedGit {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when it has ended and all of `stdout` was handed over; -1 where it could not be started, or a signal ended it. */
  readonly closed: Promise<{ readonly exitCode: number; readonly stderr: string }>;
}

interface Place {
  /** Whether somebody talks with it while it runs; what it says is there when it has ended, otherwise. */
  readonly talks?: boolean;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const agent = new Agent({ keepAlive: true });
const LARGEST_ANSWER = 16 * 1024 * 1024;

export function startGit(args: readonly string[], place: Place): StartedGit {
  const socket = process.env[GIT_SERVER];
  return socket === undefined ? startHere(args, place) : startThere(socket, args, place);
}

function startHere(args: readonly string[], { cwd, env }: Place): StartedGit {
  const child = spawn('git', args, { cwd, env });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  // git may leave without having read everything; its exit code says what happened.
  child.stdin.on('error', () => {});
  const closed = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? -1, stderr: Buffer.concat(stderr).toString() }));
  });
  return { stdin: child.stdin, stdout: child.stdout, closed };
}

function startThere(
  socketPath: string,
  args: readonly string[],
  { cwd = process.cwd(), env, talks = false }: Place,
): StartedGit {
  const headers = { 'x-call': encodeURIComponent(JSON.stringify({ args, cwd, env, talks })) };
  const asked = request({ socketPath, agent, method: 'POST', headers, maxHeaderSize: LARGEST_ANSWER });
  const stdout = new PassThrough();
  const closed = new Promise<{ exitCode: number; stderr: string }>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (answer) => {
      answer.on('error', reject);
      answer.pipe(stdout);
      stdout.on('end', () => resolve(JSON.parse(decodeURIComponent(`${answer.trailers['x-ended']}`))));
    });
  });
  return { stdin: asked, stdout, closed };
}
