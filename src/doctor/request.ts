import { type Patterns, parsePatterns } from '../documents/patterns.ts';
import { CodexSyncError, type Problem } from '../errors.ts';
import { parseCacheDir } from '../fetch/request.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import {
  type FoundConfig,
  otherProjectsFinder,
  resolveCodex,
  resolvePatterns,
  resolveProject,
  resolveRefs,
} from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { printable } from '../text/phrases.ts';
import type { CheckName, Fault } from './faults.ts';

/** A value of the run, or why it is not known, as one clause. */
export type Known<T> = T | { readonly unknown: string };

export function isUnknown<T extends object | string>(known: Known<T>): known is { readonly unknown: string } {
  return typeof known === 'object' && 'unknown' in known;
}

export interface DoctorRequest {
  readonly trigger: Trigger;
  readonly environment: Known<Environment>;
  /** `owner/name` */
  readonly codex: Known<string>;
  /** Whether the run has a token or an App for the codex. */
  readonly hasCredentials: boolean;
  /** The project's folder in the codex; `undefined` if no input or configuration names it. */
  readonly project: string | undefined;
  /** Where the project's documents are, from the root of its repository. */
  readonly directory: string;
  /** The refs of the release line besides the default branch and tags, and their origin. */
  readonly productionRefs: Known<readonly string[]>;
  readonly refsFrom: 'input' | 'config' | 'nothing';
  readonly patterns: Known<Patterns>;
  readonly file: string | undefined;
  /** Keys of that file that are not read, because something in them is invalid. */
  readonly leftOut: readonly string[];
  /** Why the merged configuration is not known, and what to do; the one on disk is what is looked at then. */
  readonly unmerged: Problem | undefined;
  /** The problems of inputs, token, checkout and configuration. */
  readonly faults: readonly Fault[];
  /** What its author should know. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  /** `undefined` if the given one cannot be used. */
  readonly cacheDir: string | undefined;
  /** The owner of the repositories to check; `undefined` to check only this one. */
  readonly organization: string | undefined;
  readonly useCache: boolean;
}

/** The keys of a configuration that decide on a value. */
const KEYS = {
  codex: ['organization', 'organizationSlug', 'codex_repo'],
  environments: ['environments', 'sync'],
  patterns: ['sync_patterns', 'exclude_patterns', 'sync'],
  project: ['project_name', 'project'],
} as const;

/** Never fails: a value that is not known becomes a check, and hides only the checks that depend on it. */
export function parseDoctor(
  inputs: Inputs,
  found:
    | (FoundConfig & Pick<DoctorRequest, 'notices' | 'warnings'> & { readonly leftOut?: readonly string[] })
    | undefined,
  { workspace, directory }: { readonly workspace: string; readonly directory: string },
  trigger: Trigger,
  known: { readonly unmerged?: Problem | undefined; readonly faults?: readonly Fault[] } = {},
): DoctorRequest {
  const faults = [...(known.faults ?? [])];
  const config = found?.config ?? DEFAULT_CONFIG;
  const leftOut = found?.leftOut ?? [];
  const isUnread = !found && faults.some(({ check }) => check === 'configuration');

  function whyUnknown(value: keyof typeof KEYS): { readonly unknown: string } | undefined {
    if (isUnread) return { unknown: 'the configuration cannot be read' };
    const key = KEYS[value].find((one) => leftOut.includes(one));
    return key === undefined ? undefined : { unknown: `${key} of ${printable(found?.file ?? '')} is not valid` };
  }

  function attempt<T>(check: CheckName, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      faults.push({ check, problem: error });
      return undefined;
    }
  }

  function findCodex(): Known<string> {
    const unknown = inputs.codexRepository === undefined ? whyUnknown('codex') : undefined;
    if (unknown) return unknown;
    return attempt('codex', () => resolveCodex(inputs.codexRepository, found)) ?? { unknown: 'no codex is configured' };
  }

  function findEnvironment(): Known<Environment> {
    const unknown = whyUnknown('environments');
    if (unknown) return unknown;
    const { environments } = config;
    const environment = attempt('configuration', () => resolveEnvironment(inputs.env, environments, found?.file));
    return environment ?? { unknown: 'the environment is not known' };
  }

  const isGiven = inputs.productionRefs.length > 0;
  const patterns = { ...resolvePatterns(inputs, config), includeIgnored: inputs.includeIgnored };
  const { production } = resolveRefs(inputs, config);
  const codex = findCodex();
  return {
    trigger,
    unmerged: known.unmerged,
    project:
      inputs.project.length === 0 && whyUnknown('project') ? undefined : tryProject(inputs, found, directory, trigger),
    directory,
    productionRefs: (isGiven ? undefined : whyUnknown('environments')) ?? production,
    refsFrom: isGiven ? 'input' : production.length > 0 ? 'config' : 'nothing',
    patterns:
      (inputs.include.length > 0 ? undefined : whyUnknown('patterns')) ??
      parsePatterns(patterns, isUnknown(codex) ? undefined : otherProjectsFinder(trigger.repository, codex, directory)),
    environment: findEnvironment(),
    codex,
    hasCredentials: inputs.app !== undefined || inputs.token !== '',
    file: found?.file,
    leftOut,
    notices: found?.notices ?? [],
    warnings: found?.warnings ?? [],
    cacheDir: attempt('cache', () => parseCacheDir(inputs.cacheDir, workspace)),
    organization: inputs.organization,
    useCache: inputs.useCache,
    faults,
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
