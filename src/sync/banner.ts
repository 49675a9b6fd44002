import { environmentLine, productionLine, RULE } from '../report/banner.ts';
import { repositoryName } from '../text/names.ts';
import type { SyncProjectRequest } from './request.ts';
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
