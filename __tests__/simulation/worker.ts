import { parentPort, workerData } from 'node:worker_threads';
import { addOutcome, emptyTotal, examineSeed } from './examine.ts';
import { seedOfHistory } from './random.ts';

/** A share of the histories: each `step`-th, from `first`, as many as are wanted or until the time is over. */
export interface Share {
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly histories: number;
  readonly minutes: number;
}

const { seed, first, step, histories, minutes } = workerData as Share;
const EVERY = 25;
const end = performance.now() + minutes * 60_000;
let total = emptyTotal();
for (let number = first; number < histories && performance.now() < end; number += step) {
  addOutcome(total, await examineSeed(seedOfHistory(seed, number)));
  if (total.histories < EVERY) continue;
  parentPort?.postMessage(total);
  total = emptyTotal();
}
parentPort?.postMessage(total);
