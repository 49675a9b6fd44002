import type { Inputs } from './inputs.ts';
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE } from './patterns.ts';

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
  const lines = (given: readonly string[], usual: readonly string[]) => (given.length > 0 ? given : usual);
  return {
    organization: inputs.organization ?? around.organization,
    codex: inputs.codexRepository,
    project: inputs.project,
    usualProject: around.project,
    include: lines(inputs.include, DEFAULT_INCLUDE),
    exclude: lines(inputs.exclude, DEFAULT_EXCLUDE),
    workflows: flag('workflows'),
    force: flag('force') ?? false,
  };
}
