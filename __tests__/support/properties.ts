/**
 * Runs before every test file: FC_SEED is the seed of all properties, FC_RUNS the number of their runs. A property that
 * fails prints its seed.
 */
export {};

const { FC_SEED: seed, FC_RUNS: runs } = process.env;
// Most test files have no properties, and need not wait for fast-check.
if (seed || runs) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...(seed && { seed: Number(seed) }), ...(runs && { numRuns: Number(runs) }) });
}
