import { context } from '@actions/github';
import type { RunContext } from '../inputs/trigger.ts';

/** What GitHub's runner says about this run. */
export function readRunContext(environment: Readonly<Record<string, string | undefined>>): RunContext {
  return {
    event: context.eventName ?? '',
    actor: context.actor ?? '',
    ref: context.ref ?? '',
    commit: context.sha ?? '',
    repository: environment.GITHUB_REPOSITORY ?? '',
    runId: environment.GITHUB_RUN_ID ?? '',
    workflowRef: environment.GITHUB_WORKFLOW_REF ?? '',
    serverUrl: context.serverUrl,
    apiUrl: context.apiUrl,
    payload: context.payload,
  };
}
