import type { Environment } from '../inputs/environment.ts';
import { printable } from '../text/printable.ts';

export const RULE = '───────────────────────────────────────';

/** That the configuration alone chose production. */
export function productionLine({ production, origin }: Environment, configFile: string | undefined): string[] {
  if (!production || origin !== 'config') return [];
  return [`Production, because environments.default in ${printable(configFile ?? '')} says so`];
}

/** The environment and its branch, behind the same word in every mode. */
export function environmentLine({ name, branch }: Environment): string {
  return `Environment: ${name} (branch: ${printable(branch)})`;
}
