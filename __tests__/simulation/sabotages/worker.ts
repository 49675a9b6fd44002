import { enableCompileCache, registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type Finding, type Sabotage, sabotaged, urlOf } from './sabotages.ts';

export interface SabotagedShare {
  /** `undefined` for the product as it is. */
  readonly sabotage: Sabotage | undefined;
  /** Seeds of histories, in their order; of each list, they are played until one breaks a promise. */
  readonly lists: readonly (readonly number[])[];
  /** Whether to shrink the first history of each list that fails, and tell it. */
  readonly tells: boolean;
}

const { sabotage, lists, tells } = workerData as SabotagedShare;
// Every worker loads the same modules.
enableCompileCache();
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
const { drawHistory } = await import('../histories/draw.ts');
const { examineSeed, shorten, tell } = await import('../examine.ts');
const findings: Finding[] = [];
for (const seeds of lists) findings.push(await find(seeds));
parentPort?.postMessage(findings);

async function find(seeds: readonly number[]): Promise<Finding> {
  let [histories, runs] = [0, 0];
  for (const seed of seeds) {
    const outcome = await examineSeed(seed);
    histories += 1;
    runs += outcome.runs;
    if (outcome.violations.length === 0) continue;
    const found = { seed, violations: outcome.violations };
    return { histories, runs, found, ...(tells && { story: (await tell(await shorten(drawHistory(seed)))).story }) };
  }
  return { histories, runs, found: undefined };
}
