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
import { printable } from '../text/phrases.ts';
import { inputSubject, inputValue, sentence, setInput, spelled, typedValue } from '../text/spell-inputs.ts';

/** Seconds that a fetched document stays fresh: one week. */
const DEFAULT_TTL = 604_800;

export interface FetchRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  readonly codex: string;
  /** The owner of the projects in the codex. */
  readonly organization: string;
  readonly references: readonly Reference[];
  /** The key and the file of the references, if they are not an input. */
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

/** @throws CodexSyncError `bad-input` or `bad-config`; checks the environment first (NFR2) */
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
      `${inputSubject('dry-run')} is "true", but it applies only to publishing.`,
      `${sentence(setInput('lookup-only', 'true'))} to look up documents without writing them.`,
    );
  }
  if (!inputs.useCache && (inputs.failOnCacheMiss || inputs.lookupOnly)) {
    const other = inputs.lookupOnly ? 'lookup-only' : 'fail-on-cache-miss';
    throw new CodexSyncError(
      'bad-input',
      `${spelled({ workflow: 'Inputs ', terminal: '' })}"${inputValue('use-cache', 'false')}" and "${inputValue(other, 'true')}" contradict each other: without the Actions cache there is nothing to look up.`,
      'Give only one of them.',
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

function chooseReferences(
  inputs: Inputs,
  found: FoundConfig | undefined,
  { codex, organization, trigger: { repository } }: Pick<FetchRequest, 'codex' | 'organization' | 'trigger'>,
): { references: WrittenReference[]; listedIn: string | undefined } {
  const given = splitReferences(inputs.references);
  const configured = found?.config.references;
  if (given.length > 0 || !configured) return { references: given, listedIn: undefined };
  const project = found.config.projectName ?? (repository === undefined ? undefined : repositoryName(repository));
  const placeholders = { org: organization, project, codex_repo: repositoryName(codex) };
  const references = expandReferences(configured, found.file, placeholders);
  return { references, listedIn: `${configured.key} of ${found.file}` };
}

const MAX_CACHE_DIR_LENGTH = 1000;

/** @throws CodexSyncError `bad-input` when the path is not below the workspace */
export function parseCacheDir(given: string, workspace: string): string {
  const below = isAbsolute(given) ? relative(workspace, given) : given;
  const path = posix.normalize(below.replaceAll(sep, '/')).replace(/\/$/, '');
  // File systems limit the length of paths, and documents are below this folder.
  if (pathProblem(path) === undefined && path.length <= MAX_CACHE_DIR_LENGTH) return path;
  throw new CodexSyncError(
    'bad-input',
    `${inputSubject('cache-dir')} is "${printable(typedValue('cache-dir', given), 200)}".`,
    `Use the path of a folder below ${spelled({ workflow: 'the workspace', terminal: 'the root of the repository' })}, such as .fractary/plugins/codex/cache (at most 1,000 characters).`,
  );
}

export interface CacheListRequest {
  readonly trigger: Trigger;
  /** `undefined` for all. */
  readonly environment: Environment | undefined;
  readonly cacheDir: string;
}

/** @throws CodexSyncError `bad-input` or `bad-config`; only an environment given as input narrows the list */
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
