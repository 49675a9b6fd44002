import type { Environment } from './environment.ts';
import type { Author } from './input-values.ts';
import type { Trigger } from './trigger.ts';

/** What every run says that commits to the codex. */
export interface WritingRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  readonly author: Author;
  readonly dryRun: boolean;
}
