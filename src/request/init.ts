import { DEFAULT_CONFIG } from './config.ts';
import type { Inputs } from './inputs.ts';
import { resolvePatterns } from './sync-project.ts';

/** What `init` is told, and what it can only ask or look for. */
export interface InitRequest {
  /** Whose repositories are looked at for a codex. */
  readonly organization: string | undefined;
  /** `owner/name` */
  readonly codex: string | undefined;
  readonly project: string | undefined;
  /** What it is called where nobody says otherwise. */
  readonly usualProject: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** `undefined` where nobody said whether they are wanted. */
  readonly workflows: boolean | undefined;
  readonly force: boolean;
}

/** Joins what was typed with what is around it. */
export function parseInit(
  inputs: Inputs,
  flag: (name: string) => boolean | undefined,
  around: { readonly organization: string | undefined; readonly project: string | undefined },
): InitRequest {
  return {
    organization: inputs.organization ?? around.organization,
    codex: inputs.codexRepository,
    project: inputs.project,
    usualProject: around.project,
    ...resolvePatterns(inputs, DEFAULT_CONFIG),
    workflows: flag('workflows'),
    force: flag('force') ?? false,
  };
}
