import {
  type OrganizationTrigger,
  parseTrigger,
  type TerminalTrigger,
  type WorkflowContext,
} from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';

/** A push to main, whose payload says nothing. */
export const CONTEXT: WorkflowContext = {
  kind: 'workflow',
  event: 'push',
  actor: 'octocat',
  ref: 'refs/heads/main',
  commit: 'c'.repeat(40),
  repository: 'acme/widgets',
  runId: '7',
  workflowRef: 'acme/widgets/.github/workflows/docs.yml@refs/heads/main',
  serverUrl: 'https://github.com',
  apiUrl: 'https://api.github.com',
  payload: {},
};

/** A push to the default branch. */
export const PUSH = parseTrigger({ ...CONTEXT, payload: { repository: { default_branch: 'main' } } });

/** A person on the default branch. */
export const TYPED: TerminalTrigger = {
  kind: 'terminal',
  ref: 'refs/heads/main',
  commit: CONTEXT.commit,
  repository: CONTEXT.repository,
  defaultBranch: branchName('main'),
  visibility: undefined,
  serverUrl: CONTEXT.serverUrl,
  apiUrl: CONTEXT.apiUrl,
};

/** A repository that a run for its organization publishes. */
export const OF_ORGANIZATION: OrganizationTrigger = {
  ...TYPED,
  kind: 'organization',
  repository: CONTEXT.repository,
  ref: 'refs/tags/v1.0.0',
  commit: 'c'.repeat(40),
  runUrl: undefined,
  workflow: undefined,
};
