import { CodexSyncError } from '../errors.ts';
import { parseCacheDir } from '../fetch/request.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import { type FoundConfig, resolveCodex, resolveProject, resolveRefs } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';

/** A run of `doctor`, checked. */
export interface DoctorRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  /** Its folder in the codex; `undefined` where nothing names it. */
  readonly project: string | undefined;
  /** The refs that belong to the release line besides the default branch and tags, and what names them. */
  readonly productionRefs: readonly string[];
  readonly refsFrom: 'input' | 'config' | 'nothing';
  /** The configuration's file; `undefined` where there is none. */
  readonly file: string | undefined;
  /** Why the merged configuration is not known, and what to do; the one on disk is what is looked at then. */
  readonly unmerged: string | undefined;
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
  places: { readonly workspace: string; readonly directory: string },
  trigger: Trigger,
  unmerged?: string,
): DoctorRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const { environments } = config;
  const { production: productionRefs } = resolveRefs(inputs, config);
  const isGiven = inputs.productionRefs.length > 0;
  return {
    trigger,
    unmerged,
    project: tryProject(inputs, found, places.directory, trigger),
    productionRefs,
    refsFrom: isGiven ? 'input' : productionRefs.length > 0 ? 'config' : 'nothing',
    environment: resolveEnvironment(inputs.env, environments, found?.file),
    codex: resolveCodex(inputs.codexRepository, found),
    file: found?.file,
    notices: found?.notices ?? [],
    warnings: found?.warnings ?? [],
    cacheDir: parseCacheDir(inputs.cacheDir, places.workspace),
    useCache: inputs.useCache,
  };
}

/** A run that publishes ends where nothing names the project; here only what is published of it is not looked at. */
function tryProject(...asked: Parameters<typeof resolveProject>): string | undefined {
  try {
    return resolveProject(...asked);
  } catch (error) {
    if (error instanceof CodexSyncError) return undefined;
    throw error;
  }
}
