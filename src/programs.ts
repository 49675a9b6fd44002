import { type ChildProcess, spawnSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Lets the programs that this process starts end with it, and those that they started: a git that went on could still push
 * what a cancelled run never told of, and write where that run has cleaned up. `@actions/exec` hands none of them out, but
 * Node tells of each. On Windows only git itself is ended; whoever cancels a job there tells all programs of its console.
 */
export function endProgramsOnExit(): void {
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
