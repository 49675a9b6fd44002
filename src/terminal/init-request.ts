import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { Inputs } from '../inputs/parse.ts';
import { resolvePatterns } from '../inputs/request.ts';

export interface InitRequest {
  /** Its repositories are searched for a codex. */
  readonly organization: string | undefined;
  /** `owner/name` */
  readonly codex: string | undefined;
  readonly project: string | undefined;
  readonly usualProject: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly workflows: boolean | undefined;
  readonly force: boolean;
  /** Given flags for settings of a configuration. */
  readonly given: readonly string[];
}

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
