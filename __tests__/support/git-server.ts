/**
 * Starts git for the tests, as a program of its own: what a process has to copy of itself to start another grows with its
 * memory, and a worker of jest with its hundreds of megabytes would do nothing else half of the time.
 *
 *     node git-server.ts <socket>
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';

const LARGEST_CALL = 16 * 1024 * 1024;

interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether somebody talks with it while it runs. */
  readonly talks: boolean;
}

const server = createServer({ maxHeaderSize: LARGEST_CALL }, (request, response) => {
  const call = JSON.parse(decodeURIComponent(`${request.headers['x-call']}`)) as Call;
  response.writeHead(200, { trailer: 'x-ended' });
  if (call.talks || process.platform === 'win32') talk(call, request, response);
  else void ask(call, request, response);
});

function end(response: ServerResponse, exitCode: number, stderr: string, stdout?: Buffer): void {
  response.addTrailers({ 'x-ended': encodeURIComponent(JSON.stringify({ exitCode, stderr })) });
  response.end(stdout);
}

function talk({ args, cwd, env }: Call, request: IncomingMessage, response: ServerResponse): void {
  response.flushHeaders();
  const child = spawn('git', args, { cwd, env });
  const stderr: Buffer[] = [];
  child.stdout.pipe(response, { end: false });
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  child.on('error', (error) => end(response, -1, String(error)));
  child.on('close', (code) => end(response, code ?? -1, Buffer.concat(stderr).toString()));
  // git may leave without having read everything; its exit code says what happened.
  child.stdin.on('error', () => request.resume());
  request.pipe(child.stdin);
}

/** A shell that starts git over and over: it is so small that this takes it a third of what it takes Node. */
interface Shell {
  readonly child: ChildProcess;
  readonly files: Readonly<Record<'stdin' | 'stdout' | 'stderr', string>>;
}

/** Beside the socket: whoever started this removes both. */
const socket = process.argv[2] ?? '';
const place = dirname(socket);
const idle: Shell[] = [];
let shells = 0;

function startShell(): Shell {
  shells += 1;
  const name = (kind: string) => join(place, `${shells}-${kind}`);
  const files = { stdin: name('in'), stdout: name('out'), stderr: name('err') };
  return { child: spawn('/bin/sh', [], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] }), files };
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

async function ask({ args, cwd, env }: Call, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const input = await buffer(request);
  const shell = idle.pop() ?? startShell();
  const { stdin, stdout, stderr } = shell.files;
  if (input.length > 0) writeFileSync(stdin, input);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`);
  const git = [...variables, 'git', ...args.map(quote)].join(' ');
  const from = input.length > 0 ? stdin : '/dev/null';
  shell.child.stdin?.write(
    `if cd ${quote(cwd)}; then ${git} <${quote(from)} >${quote(stdout)} 2>${quote(stderr)}; echo $?; else echo -1; fi\n`,
  );
  const code = await new Promise<number>((resolve) => {
    shell.child.stdout?.once('data', (said: Buffer) => resolve(Number(said)));
  });
  // Of a signal the shell makes a number above those with which git ends.
  if (code === -1 || code > 129) end(response, -1, code === -1 ? `There is no ${cwd}` : readFileSync(stderr, 'utf8'));
  else end(response, code, readFileSync(stderr, 'utf8'), readFileSync(stdout));
  idle.push(shell);
}

// A connection that waits is never closed: whoever asks for the next git at that moment would be told that it broke.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.listen(socket, () => process.stdout.write('ready\n'));
// Whoever started it is gone.
process.stdin.resume().on('end', () => process.exit());
