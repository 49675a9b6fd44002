// Prints the logs of some histories, as text of which every byte follows from the seeds: for the test that a seed is one
// history in every process. `guarded`: clocks, random numbers and timers throw while the histories go on.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { drawHistory, playHistory } from './histories/draw.ts';
import type { WorldLog } from './log.ts';

const [first = '1', count = '1', mode = ''] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);

/** What was called although it must not be: an error alone could be caught. */
const called: string[] = [];

function forbidden(name: string): () => never {
  return () => {
    const error = new Error(`${name} was called while a simulated run went on`);
    called.push(error.stack ?? error.message);
    throw error;
  };
}

/** Everything that tells two processes apart, except what a run is given. The scheduler alone waits for microtasks. */
function forbid(): void {
  const { setImmediate: immediately } = globalThis;
  const RealDate = Date;
  class GivenDate extends RealDate {
    static override now = forbidden('Date.now');
    constructor(...given: readonly unknown[]) {
      if (given.length === 0) forbidden('new Date()')();
      super(...(given as [number]));
    }
  }
  const immediate = (...given: Parameters<typeof setImmediate>) => {
    if (new Error().stack?.split('\n').slice(2, 5).join().includes('scheduler.ts')) return immediately(...given);
    return forbidden('setImmediate')();
  };
  Object.assign(globalThis, {
    Date: GivenDate,
    ...{ setTimeout: forbidden('setTimeout'), setInterval: forbidden('setInterval'), setImmediate: immediate },
  });
  Math.random = forbidden('Math.random');
  performance.now = forbidden('performance.now');
  process.hrtime = Object.assign(forbidden('process.hrtime'), { bigint: forbidden('process.hrtime.bigint') });
  for (const name of ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync'] as const)
    Object.assign(crypto, { [name]: forbidden(`crypto.${name}`) });
  globalThis.crypto.getRandomValues = forbidden('crypto.getRandomValues');
  globalThis.crypto.randomUUID = forbidden('crypto.randomUUID');
  Object.assign(timers, { setTimeout: forbidden('timers.setTimeout'), setInterval: forbidden('timers.setInterval') });
  syncBuiltinESMExports();
}

const asText = ({ steps, codex, projects, seed }: WorldLog) =>
  JSON.stringify({ seed, steps, codex, projects }, (_, value) => (value instanceof Map ? [...value] : value));

if (mode === 'guarded') forbid();
const logs: string[] = [];
for (const seed of seeds) logs.push(asText(await playHistory(drawHistory(seed))));
if (called.length > 0) {
  process.stderr.write(`${called[0]}\n`);
  process.exitCode = 1;
}
process.stdout.write(`${logs.join('\n')}\n`);
