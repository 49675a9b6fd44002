import { CodexSyncError } from '../errors.ts';
import { type Config, DEFAULT_CONFIG } from './config.ts';
import { isRepository } from './names.ts';

/** The configuration that was found, and where. */
export interface FoundConfig {
  readonly config: Config;
  /** As shown in messages: the path from the root of the repository. */
  readonly file: string;
  /** Whether it lies inside the working directory, and not only in the root of the repository. */
  readonly inside: boolean;
}

/**
 * Which repository is the codex: the input, else the configuration's `organization`/`codex_repo`.
 * @returns `owner/name`
 * @throws CodexSyncError `bad-input` when neither says
 */
export function resolveCodex(given: string | undefined, found: FoundConfig | undefined): string {
  return given ?? configuredCodex(found?.config ?? DEFAULT_CONFIG, found?.file);
}

function configuredCodex(config: Config, file: string | undefined): string {
  const codex = `${config.organization}/${config.codexRepo}`;
  if (config.organization && config.codexRepo && isRepository(codex)) return codex;
  const lacking = file
    ? `${file} does not name both "organization" and "codex_repo"`
    : 'there is no configuration (.fractary/plugins/codex/config.json, .fractary/codex.yaml, .fractary/config.yaml)';
  throw new CodexSyncError(
    'bad-input',
    `Which repository is the codex? Input "codex-repository" is not given and ${lacking}. Use owner/name, such as acme/codex.acme.com.`,
  );
}
