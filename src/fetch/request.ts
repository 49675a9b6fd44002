import { isAbsolute, posix, relative, sep } from 'node:path';
import { pathProblem } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import {
  checkReferences,
  expandReferences,
  type Reference,
  splitReferences,
  type WrittenReference,
} from '../inputs/references.ts';
import { type FoundConfig, resolveCodex } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { repositoryName } from '../text/names.ts';
import { printable } from '../text/printable.ts';

/** Seconds that a fetched document counts as fresh: a week. */
const DEFAULT_TTL = 604_800;

/** A run of `fetch`, checked before any request. */
export interface FetchRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  /** Whose documents the codex holds. */
  readonly organization: string;
  readonly references: readonly Reference[];
  /** The key and the file that list them, where the input does not. */
  readonly listedIn: string | undefined;
  /** Below the workspace, with `/`. */
  readonly cacheDir: string;
  readonly useCache: boolean;
  readonly fallbackToStale: boolean;
  readonly failOnCacheMiss: boolean;
  readonly lookupOnly: boolean;
  /** Seconds. */
  readonly ttl: number;
}

/**
 * Joins inputs and configuration. The environment is checked first (NFR2).
 * @throws CodexSyncError `bad-input` or `bad-config`
 */
export function parseFetch(
  inputs: Inputs,
  found: FoundConfig | undefined,
  workspace: string,
  trigger: Trigger,
): FetchRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, config.environments, found?.file);
  const codex = resolveCodex(inputs.codexRepository, found);
  const organization = config.organization ?? codex.slice(0, codex.indexOf('/'));
  if (inputs.dryRun) {
    throw new CodexSyncError(
      'bad-input',
      'Input "dry-run" is "true", which is for publishing. To look without writing documents, say "lookup-only: true".',
    );
  }
  if (!inputs.useCache && (inputs.failOnCacheMiss || inputs.lookupOnly)) {
    const other = inputs.lookupOnly ? 'lookup-only' : 'fail-on-cache-miss';
    throw new CodexSyncError(
      'bad-input',
      `Inputs "use-cache: false" and "${other}: true" contradict each other: without the Actions cache there is nothing to look up. Give only one of them.`,
    );
  }
  const { references, listedIn } = chooseReferences(inputs, found, { codex, organization, trigger });
  return {
    trigger,
    environment,
    codex,
    organization,
    references: checkReferences(references, organization),
    listedIn,
    cacheDir: parseCacheDir(inputs.cacheDir, workspace),
    useCache: inputs.useCache,
    fallbackToStale: inputs.fallbackToStale ?? config.cache?.fallbackToStale ?? true,
    failOnCacheMiss: inputs.failOnCacheMiss,
    lookupOnly: inputs.lookupOnly,
    ttl: config.cache?.defaultTtl ?? DEFAULT_TTL,
  };
}

/** The input's references; where it names none, those of the configuration. */
function chooseReferences(
  inputs: Inputs,
  found: FoundConfig | undefined,
  { codex, organization, trigger: { repository } }: Pick<FetchRequest, 'codex' | 'organization' | 'trigger'>,
): { references: WrittenReference[]; listedIn: string | undefined } {
  const given = splitReferences(inputs.references);
  const configured = found?.config.references;
  if (given.length > 0 || !configured) return { references: given, listedIn: undefined };
  const project = found.config.projectName ?? (repository === '' ? undefined : repositoryName(repository));
  const placeholders = { org: organization, project, codex_repo: repositoryName(codex) };
  const references = expandReferences(configured, found.file, placeholders);
  return { references, listedIn: `${configured.key} of ${found.file}` };
}

const MAX_CACHE_DIR_LENGTH = 1000;

/**
 * The cache directory, as a path below the workspace.
 * @throws CodexSyncError `bad-input` when it lies elsewhere
 */
export function parseCacheDir(given: string, workspace: string): string {
  const below = isAbsolute(given) ? relative(workspace, given) : given;
  const path = posix.normalize(below.replaceAll(sep, '/')).replace(/\/$/, '');
  // Systems have limits of their own, and documents go below it.
  if (pathProblem(path) === undefined && path.length <= MAX_CACHE_DIR_LENGTH) return path;
  throw new CodexSyncError(
    'bad-input',
    `Input "cache-dir" is "${printable(given, 200)}". Use the path of a folder below the workspace, such as .fractary/plugins/codex/cache (at most 1,000 characters).`,
  );
}

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
