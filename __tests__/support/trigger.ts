import { parseTrigger, type RunContext } from '../../src/inputs/trigger.ts';

/** A push to main, whose payload says nothing. */
export const CONTEXT: RunContext = {
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
