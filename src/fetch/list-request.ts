import type { FoundConfig } from '../inputs/codex.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { parseCacheDir } from './request.ts';

/** A run of `cache-list`, checked. */
export interface CacheListRequest {
  readonly trigger: Trigger;
  /** The only environment to list; `undefined` for all. */
  readonly environment: Environment | undefined;
  /** Below the workspace, with `/`. */
  readonly cacheDir: string;
}

/**
 * Joins inputs and configuration. Only an environment that is asked for narrows the list.
 * @throws CodexSyncError `bad-input` or `bad-config`
 */
export function parseCacheList(
  inputs: Inputs,
  found: FoundConfig | undefined,
  workspace: string,
  trigger: Trigger,
): CacheListRequest {
  const { environments } = found?.config ?? DEFAULT_CONFIG;
  const asked = resolveEnvironment(inputs.env, environments, found?.file);
  return {
    trigger,
    environment: asked.origin === 'input' ? asked : undefined,
    cacheDir: parseCacheDir(inputs.cacheDir, workspace),
  };
}
