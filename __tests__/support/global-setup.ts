import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TESTS_KEPT } from './kept.ts';
import { GIT_SERVER } from './start-git.ts';

const MEMORY = '/dev/shm';
const ROOM = 2 * 1024 ** 3;

/** A folder in memory, where the system has one with room in which programs (hooks) can be started. */
function makeFolderInMemory(): string | undefined {
  let folder: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < ROOM) return undefined;
    folder = mkdtempSync(join(MEMORY, 'codex-sync-tests-'));
    const program = join(folder, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
    execFileSync(program);
    rmSync(program);
    return folder;
  } catch {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

/**
 * Puts what tests write for themselves into memory: git waits for the disk whenever it writes a ref, and what is thrown away
 * in a minute need not survive a loss of power.
 */
function writeInMemory(): void {
  const folder = makeFolderInMemory();
  if (folder === undefined) return;
  process.env[TESTS_KEPT] = tmpdir();
  process.env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

/** Before all tests. */
export default async function prepare(): Promise<void> {
  writeInMemory();
  await startGitServer();
}

/** One small program starts git for all tests, until jest ends. */
async function startGitServer(): Promise<void> {
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
