import { CodexSyncError, type Problem } from '../errors.ts';

/** A check may have several findings. */
const CHECKS = [
  'git',
  'inputs',
  'server',
  'token',
  'checkout',
  'configuration',
  'patterns',
  'workflows',
  'codex',
  'codex-configuration',
  'proposed-configuration',
  'organization',
  'project-folder',
  'write-permission',
  'branches',
  'rules',
  'production-token',
  'project-token',
  'release-line',
  'github-environment',
  'previews',
  'cache',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** A problem of a run's own inputs, checkout or configuration. */
export interface Fault {
  readonly check: CheckName;
  readonly problem: Problem;
}

/** Collects the problems that end a run of any other mode before it starts: `doctor` reports each and continues. */
export interface FaultCollector {
  readonly faults: readonly Fault[];
  readonly add: (check: CheckName, problems: readonly Problem[]) => void;
  /** Returns `undefined` for an error that was collected. */
  readonly attempt: <T>(check: CheckName, act: () => T | Promise<T>) => Promise<T | undefined>;
}

/** @param known problems from before the run */
export function collectFaults(known: readonly Fault[]): FaultCollector {
  const faults = [...known];
  return {
    faults,
    add(check, problems) {
      faults.push(...problems.map((problem) => ({ check, problem })));
    },
    async attempt(check, act) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof CodexSyncError)) throw error;
        faults.push(...error.parts.map((problem) => ({ check, problem })));
        return undefined;
      }
    },
  };
}
