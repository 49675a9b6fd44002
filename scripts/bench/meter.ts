/**
 * Runs a command, and writes down what it cost: a program of its own, so that nothing else is counted than the command and
 * what that starts.
 *
 *     node meter.ts <report> <interval in milliseconds> <folder to weigh, or ''> <command…>
 *
 * CPU and memory are read from Linux's /proc; other systems do not tell them.
 */
import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is known only from watching the processes; what a system does not tell is left out. */
export interface Metered {
  /** Seconds since the epoch. */
  readonly started: number;
  /** From the start of the command to its end. */
  readonly seconds: number;
  /** Seconds that the command and all that it started kept a core busy. */
  readonly cpu?: number;
  /** Bytes of all its processes together, at their highest. */
  readonly memory?: number;
  /** Bytes of its largest process, at its highest. */
  readonly largest?: number;
  /** Bytes on disk below the folder, at their highest. */
  readonly disk?: number;
}

const TICKS = 100;
/** A folder is weighed less often than memory: each file of it is looked at. */
const WEIGH_EVERY = 5;

/** Bytes on disk below a folder; what goes away meanwhile counts nothing. */
export function weigh(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(folder, entry.name);
      return sum + (entry.isDirectory() ? weigh(path) : (tryWeighFile(path) ?? 0));
    }, 0);
  } catch {
    return 0;
  }
}

function tryWeighFile(path: string): number | undefined {
  try {
    const { blocks, size } = lstatSync(path);
    return blocks === undefined ? size : blocks * 512;
  } catch {
    return undefined;
  }
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Bytes that the processes of a tree hold now, and the most that each held so far. */
function readMemory(pid: string): { now: number; largest: number } {
  const status = tryRead(`/proc/${pid}/status`);
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  let [now, largest] = [1024 * kilobytes('VmRSS'), 1024 * kilobytes('VmHWM')];
  for (const child of tryRead(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)) {
    const below = readMemory(child);
    now += below.now;
    largest = Math.max(largest, below.largest);
  }
  return { now, largest };
}

/** Seconds of CPU of everything that this process has started and seen end. */
function tryReadCpu(): number | undefined {
  const stat = tryRead('/proc/self/stat');
  // The name of the program, in brackets, may have anything in it; what follows begins with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? undefined : (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function meter([report = '', interval = '', folder = '', program = '', ...args]: readonly string[]): void {
  let [memory, largest, disk, looks] = [0, 0, 0, 0];
  const started = Date.now() / 1000;
  const start = process.hrtime.bigint();
  const child = spawn(program, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const look = () => {
    const found = readMemory(`${child.pid}`);
    memory = Math.max(memory, found.now);
    largest = Math.max(largest, found.largest);
    if (folder !== '' && looks++ % WEIGH_EVERY === 0) disk = Math.max(disk, weigh(folder));
  };
  const timer = setInterval(look, Number(interval));
  child.on('exit', (code) => {
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    clearInterval(timer);
    const cpu = tryReadCpu();
    const metered: Metered = {
      started,
      seconds,
      ...(cpu !== undefined && { cpu }),
      ...(memory > 0 && { memory, largest }),
      ...(folder !== '' && { disk: Math.max(disk, weigh(folder)) }),
    };
    writeFileSync(report, JSON.stringify(metered));
    process.exitCode = code ?? 1;
  });
}

if (import.meta.main) meter(process.argv.slice(2));
