import { trafficOf } from '../../__tests__/support/cost.ts';
import type { RecordedRequest } from '../../__tests__/support/github-requests.ts';
import type { Metered } from './meter.ts';

/** What is measured of a run: seconds, those in which the server worked, seconds of CPU, bytes, or how many. */
const FIGURES = [
  'seconds',
  'served',
  'cpu',
  'memory',
  'largest',
  'disk',
  'requests',
  'connections',
  'pushes',
  'up',
  'down',
] as const;
export type Figure = (typeof FIGURES)[number];
/** What a system does not tell is left out. */
export type Figures = Partial<Record<Figure, number>>;
/** Lowest, median and highest of several runs. */
export type Spread = readonly [low: number, median: number, high: number];

/** What some runs at the same time cost, each on a machine of its own: memory and disk are those of the greediest. */
export function figuresOf(runs: readonly Metered[], requests: readonly RecordedRequest[]): Figures {
  const known = (name: 'cpu' | 'memory' | 'largest' | 'disk') =>
    runs.flatMap((run) => (run[name] === undefined ? [] : [run[name]]));
  const first = Math.min(...runs.map(({ started }) => started));
  const [cpu, memory, largest, disk] = [known('cpu'), known('memory'), known('largest'), known('disk')];
  return {
    seconds: Math.max(...runs.map(({ started, seconds }) => started + seconds)) - first,
    served: servedOf(requests),
    ...(cpu.length > 0 && { cpu: cpu.reduce((all, one) => all + one, 0) }),
    ...(memory.length > 0 && { memory: Math.max(...memory) }),
    ...(largest.length > 0 && { largest: Math.max(...largest) }),
    ...(disk.length > 0 && { disk: Math.max(...disk) }),
    ...trafficOf(requests),
    connections: new Set(requests.map(({ connection }) => connection)).size,
  };
}

/** Seconds in which the server was at work on at least one request: what no client can do anything about. */
function servedOf(requests: readonly RecordedRequest[]): number {
  let [all, until] = [0, 0];
  for (const { began, closed } of requests.toSorted((one, other) => one.began - other.began)) {
    all += Math.max(0, closed - Math.max(began, until));
    until = Math.max(until, closed);
  }
  return all / 1000;
}

/** The median is the middle one, or halfway between two. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return [at(0), (at(Math.floor(half)) + at(Math.ceil(half))) / 2, at(sorted.length - 1)];
}

/** Each figure that every run has. */
export function spreadsOf(runs: readonly Figures[]): Partial<Record<Figure, Spread>> {
  const known = FIGURES.map((figure) => {
    const numbers = runs.flatMap((run) => (run[figure] === undefined ? [] : [run[figure]]));
    return [figure, numbers] as const;
  });
  const all = known.filter(([, numbers]) => numbers.length === runs.length);
  return Object.fromEntries(all.map(([figure, numbers]) => [figure, spreadOf(numbers).map(roundFor(figure))]));
}

/** Clocks tell no more than that: milliseconds, and hundredths of a second of CPU. */
function roundFor(figure: Figure): (number: number) => number {
  const parts = figure === 'seconds' || figure === 'served' ? 1000 : figure === 'cpu' ? 100 : 1;
  return (number) => Math.round(number * parts) / parts;
}
