import { CodexSyncError, type Problem } from '../errors.ts';
import { parseCacheDir } from '../fetch/request.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import { type FoundConfig, resolveCodex, resolveProject, resolveRefs } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';

export interface DoctorRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  readonly codex: string;
  /** The project's folder in the codex; `undefined` if no input or configuration names it. */
  readonly project: string | undefined;
  /** The refs of the release line besides the default branch and tags, and their origin. */
  readonly productionRefs: readonly string[];
  readonly refsFrom: 'input' | 'config' | 'nothing';
  readonly file: string | undefined;
  /** Why the merged configuration is not known, and what to do; the one on disk is what is looked at then. */
  readonly unmerged: Problem | undefined;
  /** What its author should know. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly cacheDir: string;
  readonly useCache: boolean;
}

/** @throws CodexSyncError `bad-input` or `bad-config`, which ends a run of any mode, and so this one */
export function parseDoctor(
  inputs: Inputs,
  found: (FoundConfig & Pick<DoctorRequest, 'notices' | 'warnings'>) | undefined,
  places: { readonly workspace: string; readonly directory: string },
  trigger: Trigger,
  unmerged?: Problem,
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

/** Unlike a publishing run, `doctor` continues without a project and skips its checks. */
function tryProject(...asked: Parameters<typeof resolveProject>): string | undefined {
  try {
    return resolveProject(...asked);
  } catch (error) {
    if (error instanceof CodexSyncError) return undefined;
    throw error;
  }
}
