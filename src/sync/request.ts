import type { DecidedConfig } from '../codex/merged-config.ts';
import { type Patterns, parsePatterns } from '../documents/patterns.ts';
import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { ConflictRule, Direction } from '../inputs/definitions.ts';
import { type RefLists, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import {
  checkRepository,
  type FoundConfig,
  otherProjectsFinder,
  parseWriting,
  resolvePatterns,
  resolveProject,
  resolveRefs,
  triggerOf,
  type WritingRequest,
} from '../inputs/request.ts';
import type { ProjectTrigger, RunTrigger } from '../inputs/trigger.ts';
import { sameRepository } from '../text/names.ts';

/** A run of `sync-project`, checked as far as possible before any request. */
export interface SyncProjectRequest extends WritingRequest {
  readonly trigger: ProjectTrigger;
  readonly project: string;
  /** The project's directory in its repository; `.` for the root. */
  readonly directory: string;
  readonly direction: Direction;
  readonly patterns: Patterns;
  readonly includeLfs: boolean;
  readonly refs: RefLists;
  /** Set if the default branch has no configuration, so that the run's own allows only a preview. */
  readonly previewsOnly: DecidedConfig['previewsOnly'];
  readonly onConflict: ConflictRule;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  /** Lifts the hold of a roll-back, and makes none. */
  readonly releaseHold: boolean;
  readonly adopt: boolean;
  /** Whether the codex's configuration lists the project for this repository. */
  readonly isListed: boolean;
  readonly allowPublic: boolean;
  readonly comment: boolean;
}

/**
 * Precedence: input, configuration, default. Checks the environment first (NFR2).
 * @throws CodexSyncError `bad-input` or `bad-config`, `bad-checkout` if there is no repository
 */
export function parseSyncProject(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  given: RunTrigger,
): SyncProjectRequest {
  const trigger = triggerOf(given, inputs.projectRepository);
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, config.environments, found?.file);
  checkRepository(trigger);
  const project = resolveProject(inputs, found, directory, trigger);
  const writing = parseWriting(inputs, found, trigger, environment);
  return {
    ...writing,
    trigger,
    project,
    directory,
    direction: inputs.direction ?? config.syncDirection ?? 'to-codex',
    patterns: parsePatterns(
      { ...resolvePatterns(inputs, config), includeIgnored: inputs.includeIgnored },
      otherProjectsFinder(trigger.repository, writing.codex, directory),
    ),
    includeLfs: inputs.includeLfs,
    refs: resolveRefs(inputs, config),
    previewsOnly: false,
    onConflict: inputs.onConflict,
    allowEmpty: inputs.allowEmpty,
    allowOlder: inputs.allowOlder,
    releaseHold: inputs.releaseHold,
    adopt: inputs.adopt,
    isListed: false,
    allowPublic: inputs.allowPublic,
    comment: inputs.comment,
    subject: writing.subject.replaceAll('<project>', project),
  };
}

/** Adapts the request if the codex has another name on GitHub, and is the project itself. */
export function withCodexName(request: SyncProjectRequest, codex: string): SyncProjectRequest {
  const { directory, patterns, trigger } = request;
  if (sameRepository(request.codex, codex) || !sameRepository(trigger.repository, codex)) return request;
  return { ...request, patterns: parsePatterns(patterns, otherProjectsFinder(trigger.repository, codex, directory)) };
}
