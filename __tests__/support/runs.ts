import fc from 'fast-check';

/** How often a property runs that needs another number than the hundred of most; more often where FC_RUNS says more. */
export function runs(usual: number): number {
  return Math.max(usual, fc.readConfigureGlobal().numRuns ?? 0);
}
