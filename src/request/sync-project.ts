import { CodexSyncError } from '../errors.ts';
import { type FoundConfig, resolveCodex } from './codex.ts';
import { type Config, DEFAULT_CONFIG } from './config.ts';
import type { Direction } from './direction.ts';
import { resolveEnvironment } from './environment.ts';
import type { ConflictRule } from './input-definitions.ts';
import type { Inputs } from './inputs.ts';
import { repositoryName } from './names.ts';
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE, type Patterns, parsePatterns } from './patterns.ts';
import { printable } from './printable.ts';
import type { Trigger } from './trigger.ts';
import type { WritingRequest } from './writing.ts';

/** Above which deletions are withheld: a count, and a share of the owned documents in per cent. */
export interface DeletionThreshold {
  readonly count: number;
  readonly percent: number;
}

/** A run of `sync-project`, checked: everything that words, configuration and payload can say before any request. */
export interface SyncProjectRequest extends WritingRequest {
  readonly project: string;
  /** The project's directory in its repository; `.` for the root. */
  readonly directory: string;
  readonly direction: Direction;
  readonly patterns: Patterns;
  readonly productionRefs: readonly string[];
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  readonly adopt: boolean;
  readonly allowPublic: boolean;
  readonly comment: boolean;
  readonly subject: string;
}

/**
 * Joins inputs and configuration (precedence: input, configuration, default). The environment is checked first (NFR2).
 * @throws CodexSyncError `bad-input` or `bad-config`, `bad-checkout` where there is no repository
 */
export function parseSyncProject(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  trigger: Trigger,
): SyncProjectRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, config.environments, found?.file);
  if (trigger.repository === '') {
    throw new CodexSyncError(
      'bad-checkout',
      'No repository with a remote "origin" on GitHub is around this folder. Run this in a checkout of the project, or add its remote: git remote add origin <url>.',
    );
  }
  const project = resolveProject(inputs, found, directory, trigger);
  return {
    trigger,
    environment,
    codex: resolveCodex(inputs.codexRepository, found),
    project,
    directory,
    direction: inputs.direction ?? config.syncDirection ?? 'to-codex',
    patterns: parsePatterns({ ...resolvePatterns(inputs, config), includeIgnored: inputs.includeIgnored }),
    productionRefs: inputs.productionRefs,
    onConflict: inputs.onConflict,
    threshold: resolveThreshold(inputs, config),
    allowEmpty: inputs.allowEmpty,
    allowOlder: inputs.allowOlder,
    adopt: inputs.adopt,
    allowPublic: inputs.allowPublic,
    comment: inputs.comment,
    author: inputs.author,
    subject: inputs.commitMessage.replaceAll('<project>', project),
    dryRun: inputs.dryRun,
  };
}

/** Which documents. */
export function resolvePatterns(inputs: Inputs, config: Config) {
  return {
    include: given(inputs.include) ?? config.syncPatterns ?? DEFAULT_INCLUDE,
    exclude: given(inputs.exclude) ?? config.excludePatterns ?? DEFAULT_EXCLUDE,
  };
}

/** Above which deletions are withheld. */
export function resolveThreshold(inputs: Inputs, config: Config): DeletionThreshold {
  return {
    count: inputs.deletionThreshold ?? config.deletionThreshold ?? 50,
    percent: inputs.deletionThresholdPercent ?? config.deletionThresholdPercent ?? 20,
  };
}

/**
 * Which project: the input, else the configuration's `project_name`, else the repository's name.
 * @throws CodexSyncError `bad-input` where nothing names it, or a package of a monorepo
 */
export function resolveProject(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  trigger: Trigger,
): string {
  const named = inputs.project ?? configuredProject(found, directory);
  if (named !== undefined) return named;
  if (trigger.repository !== '') return repositoryName(trigger.repository);
  throw new CodexSyncError(
    'bad-input',
    `Which project? Input "project" is not given, and no repository with a remote "origin" on GitHub is around this folder. Say "--project", or run this in a checkout of the project.`,
  );
}

function configuredProject(found: FoundConfig | undefined, directory: string): string | undefined {
  if (directory === '.') return found?.config.projectName;
  if (found?.inside && found.config.projectName) return found.config.projectName;
  throw new CodexSyncError(
    'bad-input',
    `"${printable(directory)}" is a package of the repository, and nothing says which project it is. Give the input "project", ` +
      `or "project_name" in a configuration inside ${printable(directory)}.`,
  );
}

/** An input without a line is not given; a configured list may be empty (`exclude_patterns: []`). */
function given(lines: readonly string[]): readonly string[] | undefined {
  return lines.length > 0 ? lines : undefined;
}
