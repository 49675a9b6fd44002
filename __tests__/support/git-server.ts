/**
 * Starts git for the tests, as a program of its own: what a process has to copy of itself to start another grows with its
 * memory, and a worker of jest with its hundreds of megabytes would do nothing else half of the time.
 *
 *     node git-server.ts <socket>
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const LARGEST_CALL = 16 * 1024 * 1024;

const server = createServer({ maxHeaderSize: LARGEST_CALL }, (request, response) => {
  const { args, cwd, env } = JSON.parse(decodeURIComponent(`${request.headers['x-call']}`));
  const child = spawn('git', args, { cwd, env });
  const stderr: Buffer[] = [];
  const end = (exitCode: number, words: string) => {
    response.addTrailers({ 'x-ended': encodeURIComponent(JSON.stringify({ exitCode, stderr: words })) });
    response.end();
  };
  response.writeHead(200, { trailer: 'x-ended' }).flushHeaders();
  child.stdout.pipe(response, { end: false });
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  child.on('error', (error) => end(-1, String(error)));
  child.on('close', (code) => end(code ?? -1, Buffer.concat(stderr).toString()));
  // git may leave without having read everything; its exit code says what happened.
  child.stdin.on('error', () => request.resume());
  request.pipe(child.stdin);
});
// A connection that waits is never closed: whoever asks for the next git at that moment would be told that it broke.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.listen(process.argv[2], () => process.stdout.write('ready\n'));
// Whoever started it is gone.
process.stdin.resume().on('end', () => process.exit());
