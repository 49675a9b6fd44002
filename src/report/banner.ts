import { repositoryName } from '../request/names.ts';
import { printable } from '../request/printable.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';

export const RULE = '───────────────────────────────────────';

/** The opening lines of the log, as the specification shows them. */
export function renderBanner(request: SyncProjectRequest, configFile: string | undefined): string[] {
  const { environment } = request;
  const byConfiguration = environment.production && environment.origin === 'config';
  return [
    '🎯 STARTING: Project Sync',
    `Project: ${request.project}`,
    `Codex: ${repositoryName(request.codex)}`,
    `Environment: ${environment.name} (branch: ${printable(environment.branch)})`,
    ...(byConfiguration ? [`Production, because environments.default in ${printable(configFile ?? '')} says so`] : []),
    `Direction: ${request.direction}`,
    ...(request.dryRun ? ['Dry run: nothing will be written'] : []),
    RULE,
  ];
}
