import type { GivenInputs } from '../__tests__/support/runner-files.ts';
import { CODEX } from './demo-step.ts';

/** A step of a workflow as a scene runs it, without its token. */
export interface SceneStep {
  readonly event: string;
  readonly inputs: GivenInputs;
  /** The output of that name. */
  readonly conclusion: string;
  /** Whether the workflow is one of the codex, and checks nothing out. */
  readonly inCodex?: boolean;
}

const read = { mode: 'fetch', 'codex-repository': CODEX, references: '@codex/widgets/docs/**' } as const;

/** The steps of the six scenes. */
export const STEPS = {
  release: { event: 'release', inputs: { env: 'prod' }, conclusion: 'published' },
  preview: { event: 'pull_request', inputs: { comment: true }, conclusion: 'published' },
  readTest: { event: 'push', inputs: { ...read, env: 'test' }, conclusion: 'fetched' },
  readProduction: { event: 'push', inputs: { ...read, env: 'prod' }, conclusion: 'fetched' },
  refused: { event: 'pull_request', inputs: { env: 'prod' }, conclusion: 'failed' },
  publish: { event: 'push', inputs: { env: 'test' }, conclusion: 'published' },
  promote: {
    event: 'workflow_dispatch',
    inputs: { mode: 'promote', project: 'widgets', env: 'prod', 'codex-repository': CODEX },
    conclusion: 'published',
    inCodex: true,
  },
  organization: {
    event: 'schedule',
    inputs: { mode: 'sync-org', 'codex-repository': CODEX },
    conclusion: 'published',
    inCodex: true,
  },
} as const satisfies Record<string, SceneStep>;
