import { type Direction, publishes } from './direction.ts';
import type { Environment } from './environment.ts';
import type { Trigger } from './trigger.ts';
import type { Author } from './values.ts';

/** What every run says that commits to the codex. */
export interface WritingRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  readonly author: Author;
  readonly dryRun: boolean;
  /** Why it is done, in one line. */
  readonly reason: string | undefined;
}

/** What a run does in the codex. */
export type CodexAccess = 'read' | 'write';

/** The least that a run must be allowed in the codex; a request that knows no dry run only reads. */
export function codexAccess(request: { readonly dryRun?: boolean; readonly direction?: Direction }): CodexAccess {
  return request.dryRun === false && publishes(request.direction ?? 'to-codex') ? 'write' : 'read';
}
