import { context } from '@actions/github';
import type { WorkflowContext } from '../inputs/trigger.ts';

export function readRunContext(environment: Readonly<Record<string, string | undefined>>): WorkflowContext {
  return {
    kind: 'workflow',
    event: context.eventName ?? '',
    actor: context.actor ?? '',
    ref: context.ref || undefined,
    commit: context.sha || undefined,
    repository: environment.GITHUB_REPOSITORY ?? '',
    runId: environment.GITHUB_RUN_ID || undefined,
    workflowRef: environment.GITHUB_WORKFLOW_REF || undefined,
    serverUrl: context.serverUrl,
    apiUrl: context.apiUrl,
    payload: context.payload,
  };
}
