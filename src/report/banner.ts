import type { Environment } from '../request/environment.ts';
import { repositoryName } from '../request/names.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { printable } from '../text/printable.ts';

export const RULE = '───────────────────────────────────────';

/** The opening lines of the log, as the specification shows them. */
export function renderBanner(request: SyncProjectRequest, configFile: string | undefined): string[] {
  const { environment } = request;
  return [
    '🎯 STARTING: Project Sync',
    `Project: ${request.project}`,
    `Codex: ${repositoryName(request.codex)}`,
    environmentLine(environment),
    ...productionLine(environment, configFile),
    `Direction: ${request.direction}`,
    ...(request.dryRun ? ['Dry run: nothing will be written'] : []),
    RULE,
  ];
}

/** That the configuration alone chose production. */
export function productionLine({ production, origin }: Environment, configFile: string | undefined): string[] {
  if (!production || origin !== 'config') return [];
  return [`Production, because environments.default in ${printable(configFile ?? '')} says so`];
}

/** The environment and its branch, behind the same word in every mode. */
export function environmentLine({ name, branch }: Environment): string {
  return `Environment: ${name} (branch: ${printable(branch)})`;
}
