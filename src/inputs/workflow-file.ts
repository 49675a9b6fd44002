import { parse } from 'yaml';
import { isMap } from './config-schema.ts';

/** The parts of a workflow that decide whether previews of pull requests end. */
export interface WorkflowFacts {
  /** Whether a step publishes a project's documents. */
  readonly publishes: boolean;
  /** The types of its pull request events; `undefined` without such an event. */
  readonly pullRequestTypes: readonly string[] | undefined;
}

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'];
/** GitHub's types of an event that names none. */
const USUAL_TYPES = ['opened', 'synchronize', 'reopened'];
const OUR_ACTION = /^[\w.-]+\/codex-sync@/i;

/** Returns `undefined` for a text that is no workflow. */
export function parseWorkflow(text: string): WorkflowFacts | undefined {
  const workflow = tryParse(text);
  if (!isMap(workflow) || !isMap(workflow.jobs)) return undefined;
  const steps = Object.values(workflow.jobs).flatMap((job): unknown[] =>
    isMap(job) && Array.isArray(job.steps) ? job.steps : [],
  );
  return { publishes: steps.some(isPublishing), pullRequestTypes: typesOf(workflow.on) };
}

function tryParse(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return undefined;
  }
}

/** An expression may be any mode, and so is none of these. */
function isPublishing(step: unknown): boolean {
  if (!isMap(step) || typeof step.uses !== 'string' || !OUR_ACTION.test(step.uses)) return false;
  const { mode = 'sync-project', direction = 'to-codex' } = isMap(step.with) ? step.with : {};
  return mode === 'sync-project' && direction !== 'from-codex';
}

function typesOf(on: unknown): string[] | undefined {
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : isMap(on) ? Object.keys(on) : [];
  const ofPulls = PULL_REQUEST_EVENTS.filter((event) => events.includes(event));
  if (ofPulls.length === 0) return undefined;
  return ofPulls.flatMap((event) => {
    const settings = isMap(on) ? on[event] : undefined;
    const types = isMap(settings) ? settings.types : undefined;
    if (typeof types === 'string') return [types];
    return Array.isArray(types) ? types.map(String) : USUAL_TYPES;
  });
}
