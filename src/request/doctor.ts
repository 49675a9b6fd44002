import { type FoundConfig, resolveCodex } from './codex.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { type Environment, resolveEnvironment } from './environment.ts';
import { parseCacheDir } from './fetch.ts';
import type { Inputs } from './inputs.ts';
import type { Trigger } from './trigger.ts';

/** A run of `doctor`, checked. */
export interface DoctorRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  /** The configuration's file; `undefined` where there is none. */
  readonly file: string | undefined;
  /** What its author should know. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /** Below the workspace, with `/`. */
  readonly cacheDir: string;
  readonly useCache: boolean;
}

/**
 * Joins inputs and configuration. What is wrong with them ends a run of any mode, so it ends this one too.
 * @throws CodexSyncError `bad-input` or `bad-config`
 */
export function parseDoctor(
  inputs: Inputs,
  found: (FoundConfig & Pick<DoctorRequest, 'notices' | 'warnings'>) | undefined,
  workspace: string,
  trigger: Trigger,
): DoctorRequest {
  const { environments } = found?.config ?? DEFAULT_CONFIG;
  return {
    trigger,
    environment: resolveEnvironment(inputs.env, environments, found?.file),
    codex: resolveCodex(inputs.codexRepository, found),
    file: found?.file,
    notices: found?.notices ?? [],
    warnings: found?.warnings ?? [],
    cacheDir: parseCacheDir(inputs.cacheDir, workspace),
    useCache: inputs.useCache,
  };
}
