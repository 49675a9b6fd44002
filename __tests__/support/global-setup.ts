import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GIT_SERVER } from './start-git.ts';

/** Before all tests: one small program starts git for all of them, until jest ends. */
export default async function startGitServer(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'git-server-'));
  const socket = process.platform === 'win32' ? `\\\\.\\pipe\\git-server-${process.pid}` : join(folder, 'socket');
  const program = fileURLToPath(new URL('./git-server.ts', import.meta.url));
  const server = spawn(process.execPath, [program, socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await once(server.stdout, 'data');
  for (const handle of [server, server.stdin, server.stdout])
    if ('unref' in handle) (handle as { unref(): void }).unref();
  process.env[GIT_SERVER] = socket;
}
