import { type ChildProcess, spawnSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

/**
 * What every door does first: a bug that nobody catches is told, a cancelled run leaves nothing on disk, and no program of
 * its goes on.
 */
export function guardProcess(fail: (error: unknown) => Promise<void>): void {
  // Node would rather let its heap grow than tidy it: of fifty thousand documents, to twice of what is held.
  setFlagsFromString('--optimize-for-size');
  // A terminal's pipe may be closed by its reader (`codex-sync status | head`), which is no reason to end a run; anything else
  // that arrives here is a bug of ours.
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') void fail(error).finally(() => process.exit());
  });
  endProgramsOnExit();
  // What this run left on disk is removed on exit, which a second signal does not break off.
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => process.exit(128 + number));
  }
}

/**
 * Lets the programs that this process starts end with it, and those that they started: a git that went on could still push
 * what a cancelled run never told of, and write where that run has cleaned up. `@actions/exec` hands none of them out, but
 * Node tells of each. On Windows only git itself is ended; whoever cancels a job there tells all programs of its console.
 */
function endProgramsOnExit(): void {
  const running = new Set<ChildProcess>();
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    running.add(child);
    child.once('exit', () => running.delete(child));
  });
  process.on('exit', () => {
    if (running.size === 0) return;
    // Looked up before the first is gone, with which the others would lose their parent.
    const below = descendantsOf(process.pid);
    for (const child of running) child.kill('SIGKILL');
    for (const pid of below) tryKill(pid);
  });
}

function descendantsOf(ancestor: number): number[] {
  const all = process.platform === 'linux' ? listFromProc() : listFromPs();
  const below: number[] = [];
  for (let parents = [ancestor]; parents.length > 0; below.push(...parents)) {
    parents = all.flatMap(([pid, parent]) => (parents.includes(parent) ? pid : []));
  }
  return below;
}

type Process = readonly [pid: number, parent: number];

/** Without a program, which a container may lack. */
function listFromProc(): Process[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .flatMap((pid): Process[] => {
      try {
        // `pid (name) state parent …`, where a name may hold anything.
        const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return [[pid, Number(parent)]];
      } catch {
        return [];
      }
    });
}

function listFromPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8', timeout: 2000 });
  return [...(stdout ?? '').matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, parent]) => [Number(pid), Number(parent)]);
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
