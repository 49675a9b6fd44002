import { spawnSync } from 'node:child_process';

const ROUNDS = 15;
/** A command that is typed has to feel like one. */
const MOST_TIMES = 6;

/** How long the terminal command takes to start, in starts of an empty Node; in turns, so that both see the same machine. */
export function benchStart(): boolean {
  const commands = { empty: ['--eval', '0'], command: ['dist/cli.js', '--version'] };
  const times: Record<keyof typeof commands, number[]> = { empty: [], command: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(commands) as (keyof typeof commands)[]) {
      const start = process.hrtime.bigint();
      const { status } = spawnSync(process.execPath, commands[name]);
      times[name].push(Number(process.hrtime.bigint() - start) / 1e6);
      if (status !== 0) throw new Error(`${commands[name].join(' ')} ended with exit code ${status}`);
    }
  }
  const [empty, command] = [middle(times.empty), middle(times.command)];
  const ratio = command / empty;
  process.stdout.write(
    `Start of codex-sync: ${command.toFixed(0)} ms, ${ratio.toFixed(1)} times an empty Node (${empty.toFixed(0)} ms, ${ROUNDS} rounds)\n`,
  );
  return ratio < MOST_TIMES;
}

/** The middle one, or the later of two. */
export function middle(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
}
