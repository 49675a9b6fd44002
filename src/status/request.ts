import { CodexSyncError } from '../errors.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import {
  type Environment,
  parseSourceEnvironment,
  resolveEnvironment,
  type SourceEnvironment,
} from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import { type FoundConfig, resolveCodex } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { printable } from '../text/phrases.ts';
import { inputName, inputValue, spelled } from '../text/spell-inputs.ts';

export interface StatusRequest {
  readonly trigger: Trigger;
  /** The environment to release from. */
  readonly from: SourceEnvironment;
  /** The environment to compare with. */
  readonly environment: Environment;
  readonly codex: string;
  /** The owner of the projects in the codex. */
  readonly organization: string;
}

/**
 * Status compares for a release, so `env` defaults to production, not to the configured environment (often `from`).
 * @throws CodexSyncError `bad-input` or `bad-config`
 */
export function parseStatus(inputs: Inputs, found: FoundConfig | undefined, trigger: Trigger): StatusRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env ?? 'prod', config.environments, found?.file);
  const from = parseSourceEnvironment(inputs.from, config.environments, found?.file);
  const { branch } = environment;
  if (from.commit === undefined && from.environment.branch === branch) {
    throw new CodexSyncError(
      'bad-input',
      `${spelled({ workflow: 'Inputs ', terminal: '' })}${inputName('from')} (${from.environment.name}) and ${inputName('env')} (${environment.name}) both mean branch ${printable(branch)} of the codex, ` +
        'so there is nothing to compare.',
      `Name two environments, or an earlier commit of one: "${inputValue('from', '<env>@<commit>')}".`,
    );
  }
  const codex = resolveCodex(inputs.codexRepository, found);
  const organization = inputs.organization ?? config.organization ?? codex.slice(0, codex.indexOf('/'));
  return { trigger, from, environment, codex, organization };
}
