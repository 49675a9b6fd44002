import type { Environment } from '../request/environment.ts';
import type { FetchRequest } from '../request/fetch.ts';
import { repositoryName } from '../request/names.ts';
import { printable } from '../request/printable.ts';
import type { PromoteRequest, RetireRequest } from '../request/release.ts';
import type { StatusRequest } from '../request/status.ts';
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
    environmentLine(environment),
    ...(byConfiguration ? [`Production, because environments.default in ${printable(configFile ?? '')} says so`] : []),
    `Direction: ${request.direction}`,
    ...(request.dryRun ? ['Dry run: nothing will be written'] : []),
    RULE,
  ];
}

/** The same for a promotion or a retirement. */
export function renderReleaseBanner(request: PromoteRequest | RetireRequest): string[] {
  const { mode, codex, environment, projects, dryRun } = request;
  const lines = [
    `🎯 STARTING: ${mode === 'promote' ? 'Promotion' : 'Retirement'}`,
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.map((project) => printable(project)).join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
  ];
  if (request.mode === 'promote') {
    const { environment: from, commit } = request.from;
    lines.push(`From: ${from.name} (branch: ${printable(from.branch)})${commit ? ` at commit ${commit}` : ''}`);
  }
  return [...lines, environmentLine(environment), ...(dryRun ? ['Dry run: nothing will be written'] : []), RULE];
}

/** The same for a fetch. */
export function renderFetchBanner({ codex, environment, references, lookupOnly }: FetchRequest): string[] {
  const projects = [...new Set(references.map(({ project }) => project))];
  return [
    '🎯 STARTING: Fetch',
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    `References: ${references.length}`,
    ...(lookupOnly ? ['Lookup only: nothing will be written'] : []),
    RULE,
  ];
}

/** The same for a status. */
export function renderStatusBanner({ codex, organization, from, environment }: StatusRequest): string[] {
  return [
    '🎯 STARTING: Status',
    `Organization: ${organization}`,
    `Codex: ${repositoryName(codex)}`,
    `From: ${from.environment.name} (branch: ${printable(from.environment.branch)})${from.commit === undefined ? '' : ` at ${from.commit}`}`,
    environmentLine(environment),
    RULE,
  ];
}

function environmentLine({ name, branch }: Environment): string {
  return `Environment: ${name} (branch: ${printable(branch)})`;
}
