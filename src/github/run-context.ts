import { apiOf, checkAddresses, type WorkflowContext } from '../inputs/trigger.ts';

/**
 * What the runner says about the job.
 * @throws CodexSyncError `bad-input` where a variable has another server than an address
 */
export async function readRunContext(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WorkflowContext> {
  const { GITHUB_SERVER_URL, GITHUB_API_URL } = environment;
  const serverUrl = GITHUB_SERVER_URL || 'https://github.com';
  checkAddresses(serverUrl, GITHUB_API_URL || 'https://api.github.com');
  // Loaded only now, because it parses these addresses while it loads; a terminal does without it.
  const { context } = await import('@actions/github');
  return {
    kind: 'workflow',
    event: context.eventName ?? '',
    actor: context.actor ?? '',
    ref: context.ref || undefined,
    commit: context.sha || undefined,
    repository: environment.GITHUB_REPOSITORY ?? '',
    runId: environment.GITHUB_RUN_ID || undefined,
    workflowRef: environment.GITHUB_WORKFLOW_REF || undefined,
    serverUrl,
    apiUrl: GITHUB_API_URL || apiOf(serverUrl),
    payload: context.payload,
  };
}
