import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type Finding, SABOTAGES, sabotaged, urlOf } from './sabotages.ts';

export interface SabotagedShare {
  /** Name of a sabotage; `undefined` for the product as it is. */
  readonly sabotage: string | undefined;
  readonly seed: number;
  /** At most so many. */
  readonly histories: number;
  /** Whether to shrink the first history that fails, and tell it. */
  readonly tells: boolean;
}

const { sabotage: name, seed, histories, tells } = workerData as SabotagedShare;
const sabotage = SABOTAGES.find((one) => one.name === name);
if (sabotage) {
  const target = urlOf(sabotage);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      return url === target ? { ...loaded, source: sabotaged(sabotage, String(loaded.source)) } : loaded;
    },
  });
}
// After the hook: both bring the product.
const { drawHistory } = await import('./histories.ts');
const { examineSeed, explain, seedOfHistory } = await import('./simulator.ts');
parentPort?.postMessage(await find());

async function find(): Promise<Finding> {
  let runs = 0;
  for (let number = 0; number < histories; number++) {
    const outcome = await examineSeed(seedOfHistory(seed, number));
    runs += outcome.runs;
    const [first] = outcome.violations;
    if (first === undefined) continue;
    const found = { seed: outcome.seed, promise: first.promise, text: first.text };
    return { histories: number + 1, runs, found, ...(tells && { story: await explain(drawHistory(outcome.seed)) }) };
  }
  return { histories, runs, found: undefined };
}
