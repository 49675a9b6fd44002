import { type Patterns, parsePatterns } from '../documents/patterns.ts';
import { CodexSyncError, type Problem } from '../errors.ts';
import { parseCacheDir } from '../fetch/request.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { InputName } from '../inputs/definitions.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import {
  checkRepository,
  type FoundConfig,
  otherProjectsFinder,
  resolveCodex,
  resolvePatterns,
  resolveProject,
  resolveRefs,
  triggerOf,
} from '../inputs/request.ts';
import type { RunTrigger } from '../inputs/trigger.ts';
import { printable } from '../text/phrases.ts';
import type { CheckName, Fault } from './faults.ts';

/** A value of the run, or why it is not known, as one clause. */
export type Known<T> = T | { readonly unknown: string };

export function isUnknown<T extends object | string | boolean>(known: Known<T>): known is { readonly unknown: string } {
  return typeof known === 'object' && 'unknown' in known;
}

export interface DoctorRequest {
  readonly trigger: RunTrigger;
  /** The project's repository. */
  readonly repository: Known<string>;
  /** Why a checkout here belongs to no repository on GitHub. */
  readonly noRepository: Problem | undefined;
  readonly environment: Known<Environment>;
  /** `owner/name` */
  readonly codex: Known<string>;
  /** Whether the run has a token or an App for the codex. */
  readonly hasCredentials: boolean;
  /** The project's folder in the codex. */
  readonly project: Known<string>;
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
  readonly organization: Known<string> | undefined;
  readonly useCache: Known<boolean>;
  readonly adopt: Known<boolean>;
  readonly allowPublic: Known<boolean>;
}

/** The keys of a configuration that decide on a value. */
const KEYS = {
  codex: ['organization', 'organizationSlug', 'codex_repo'],
  environments: ['environments', 'sync'],
  include: ['sync_patterns', 'sync'],
  exclude: ['exclude_patterns', 'sync'],
  project: ['project_name', 'project'],
} as const;

/** Never fails: a value that is not known becomes a check, and hides only the checks that depend on it. */
export function parseDoctor(
  inputs: Inputs,
  found:
    | (FoundConfig & Pick<DoctorRequest, 'notices' | 'warnings'> & { readonly leftOut?: readonly string[] })
    | undefined,
  { workspace, directory }: { readonly workspace: string; readonly directory: string },
  asked: RunTrigger,
  known: {
    readonly unmerged?: Problem | undefined;
    readonly faults?: readonly Fault[];
    readonly invalid?: ReadonlyMap<InputName, string>;
  } = {},
): DoctorRequest {
  const trigger = triggerOf(asked, inputs.projectRepository);
  const faults = [...(known.faults ?? [])];
  const isFaulty = (...checks: readonly CheckName[]) => faults.some(({ check }) => checks.includes(check));
  const config = found?.config ?? DEFAULT_CONFIG;
  const leftOut = found?.leftOut ?? [];
  const isUnread = !found && isFaulty('configuration');

  /** A run does not use the default in place of an invalid input. */
  function whyInvalid(...names: readonly InputName[]): { readonly unknown: string } | undefined {
    const unknown = names.map((name) => known.invalid?.get(name)).find((because) => because !== undefined);
    return unknown === undefined ? undefined : { unknown };
  }

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
      faults.push(...error.parts.map((problem) => ({ check, problem })));
      return undefined;
    }
  }

  function findCodex(): Known<string> {
    const unknown =
      whyInvalid('codex-repository') ?? (inputs.codexRepository === undefined ? whyUnknown('codex') : undefined);
    if (unknown) return unknown;
    return attempt('codex', () => resolveCodex(inputs.codexRepository, found)) ?? { unknown: 'no codex is configured' };
  }

  function findEnvironment(): Known<Environment> {
    const invalid = whyInvalid('env');
    const unknown = whyUnknown('environments') ?? (inputs.env === undefined ? invalid : undefined);
    if (unknown) return unknown;
    const { environments } = config;
    const environment = attempt('configuration', () => resolveEnvironment(inputs.env, environments, found?.file));
    return invalid ?? environment ?? { unknown: 'the environment is not known' };
  }

  function findRepository(): Known<string> {
    return whyInvalid('project-repository') ?? trigger.repository ?? { unknown: 'this run belongs to no repository' };
  }

  function findNoRepository(): Problem | undefined {
    // Without git nothing shows the repository.
    if (isFaulty('checkout') || !isUnknown(repository) || whyInvalid('project-repository')) return undefined;
    try {
      checkRepository(trigger);
      return undefined;
    } catch (error) {
      if (error instanceof CodexSyncError) return error;
      throw error;
    }
  }

  function findProject(): Known<string> {
    const isNamed = inputs.project.length > 0;
    const unknown = whyInvalid('project') ?? (isNamed ? undefined : whyUnknown('project'));
    if (unknown) return unknown;
    if (!isNamed && isFaulty('checkout')) return { unknown: 'the checkout cannot be used' };
    if (!isNamed && isUnknown(repository)) return repository;
    const project = attempt('project-folder', () => resolveProject(inputs, found, directory, trigger));
    return project ?? { unknown: 'the project is not known' };
  }

  function findPatterns(codex: Known<string>): Known<Patterns> {
    const unknown =
      whyInvalid('include', 'exclude', 'include-ignored') ??
      (inputs.include.length > 0 ? undefined : whyUnknown('include')) ??
      (inputs.exclude.length > 0 ? undefined : whyUnknown('exclude'));
    if (unknown) return unknown;
    const patterns = { ...resolvePatterns(inputs, config), includeIgnored: inputs.includeIgnored };
    const finder = isUnknown(codex) ? undefined : otherProjectsFinder(trigger.repository, codex, directory);
    return parsePatterns(patterns, finder);
  }

  const repository = findRepository();
  const isGiven = inputs.productionRefs.length > 0;
  const { production } = resolveRefs(inputs, config);
  const codex = findCodex();
  return {
    trigger,
    repository,
    noRepository: findNoRepository(),
    unmerged: known.unmerged,
    project: findProject(),
    directory,
    productionRefs: whyInvalid('production-refs') ?? (isGiven ? undefined : whyUnknown('environments')) ?? production,
    refsFrom: isGiven ? 'input' : production.length > 0 ? 'config' : 'nothing',
    patterns: findPatterns(codex),
    environment: findEnvironment(),
    codex,
    hasCredentials: inputs.app !== undefined || inputs.token !== '',
    file: found?.file,
    leftOut,
    notices: found?.notices ?? [],
    warnings: found?.warnings ?? [],
    cacheDir: attempt('cache', () => parseCacheDir(inputs.cacheDir, workspace)),
    organization: whyInvalid('organization') ?? inputs.organization,
    useCache: whyInvalid('use-cache') ?? inputs.useCache,
    adopt: whyInvalid('adopt') ?? inputs.adopt,
    allowPublic: whyInvalid('allow-public') ?? inputs.allowPublic,
    faults,
  };
}
