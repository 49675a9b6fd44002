import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { Inputs } from '../inputs/parse.ts';
import { resolvePatterns } from '../inputs/request.ts';

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
  /** The flags that were said of what a configuration says. */
  readonly given: readonly string[];
}

/** Joins what was typed with what is around it. */
export function parseInit(
  inputs: Inputs,
  flag: (name: string) => boolean | undefined,
  around: { readonly organization: string | undefined; readonly project: string | undefined },
): InitRequest {
  const { include, exclude } = resolvePatterns(inputs, DEFAULT_CONFIG);
  const about = {
    organization: inputs.organization,
    'codex-repository': inputs.codexRepository,
    project: inputs.project[0],
    include: inputs.include[0],
    exclude: inputs.exclude[0],
  };
  return {
    organization: inputs.organization ?? around.organization,
    codex: inputs.codexRepository,
    project: inputs.project[0],
    usualProject: around.project,
    ...{ include, exclude },
    workflows: flag('workflows'),
    force: flag('force') ?? false,
    given: Object.entries(about).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`])),
  };
}
