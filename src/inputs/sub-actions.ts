import { INPUTS, type InputDefinition, type InputName, inputsOfMode } from './definitions.ts';
import type { Mode } from './readers.ts';

const REPOSITORY = 'fractary/codex-sync';

interface SubActionDefinition {
  readonly mode: Mode;
  readonly description: string;
}

/** The actions beside the one in the root. Each runs one mode and accepts only the inputs of that mode. */
export const SUB_ACTIONS = {
  fetch: {
    mode: 'fetch',
    description: "Fetch documents of one environment from the organization's codex.",
  },
  promote: {
    mode: 'promote',
    description: "Release documents from one environment of the organization's codex to another one.",
  },
  organization: {
    mode: 'sync-org',
    description: "Publish the documents of every repository of an organization into the organization's codex.",
  },
} as const satisfies Readonly<Record<string, SubActionDefinition>>;

export type SubAction = keyof typeof SUB_ACTIONS;

/** The name in a workflow's `uses`, without the version. */
export function actionName(subAction?: SubAction): string {
  return subAction === undefined ? REPOSITORY : `${REPOSITORY}/${subAction}`;
}

/** The inputs that an action accepts. */
export function inputsOfAction(subAction?: SubAction): [InputName, InputDefinition][] {
  if (subAction === undefined) return Object.entries(INPUTS) as [InputName, InputDefinition][];
  return inputsOfMode(SUB_ACTIONS[subAction].mode);
}
