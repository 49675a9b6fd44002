import { CodexSyncError } from '../errors.ts';
import { type Config, DEFAULT_CONFIG } from '../inputs/config.ts';
import type { ConflictRule } from '../inputs/definitions.ts';
import {
  type Environment,
  listEnvironmentNames,
  parseSourceEnvironment,
  resolveEnvironment,
  type SourceEnvironment,
} from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import type { PreviewName } from '../inputs/readers.ts';
import { type FoundConfig, parseWriting, resolveProject, resolveRefs, type WritingRequest } from '../inputs/request.ts';
import type { Trigger } from '../inputs/trigger.ts';
import { printable } from '../text/phrases.ts';
import { inputName, inputSubject, inputValue, modeName, spelled } from '../text/spell-inputs.ts';

/** A run of `promote` or `retire`, checked before any request. */
export interface ReleaseRequest extends WritingRequest {
  readonly mode: 'promote' | 'retire';
  /** Names; in `promote` globs as well. */
  readonly projects: readonly string[];
  /** Ends only this preview of the project. */
  readonly preview?: PreviewName | undefined;
}

export interface PromoteRequest extends ReleaseRequest {
  readonly mode: 'promote';
  readonly from: SourceEnvironment;
  readonly onConflict: ConflictRule;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  readonly releaseEdits: boolean;
  /** Lifts the hold of a roll-back, and makes none. */
  readonly releaseHold: boolean;
  /** Refs of the release line besides the default branch and tags. */
  readonly productionRefs: readonly string[];
}

export interface RetireRequest extends ReleaseRequest {
  readonly mode: 'retire';
  readonly project: string;
  readonly preview: PreviewName | undefined;
}

/** @throws CodexSyncError `bad-input` or `bad-config`; checks the environments first (NFR2) */
export function parsePromote(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  trigger: Trigger,
): PromoteRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = givenEnvironment(inputs, config, found?.file);
  const from = parseSourceEnvironment(inputs.from, config.environments, found?.file);
  checkTwoBranches(from, environment);
  const projects = inputs.project.length > 0 ? inputs.project : [resolveProject(inputs, found, directory, trigger)];
  return {
    mode: 'promote',
    ...parseWriting(inputs, found, trigger, environment),
    from,
    projects: [...new Set(projects)],
    onConflict: inputs.onConflict,
    allowEmpty: inputs.allowEmpty,
    allowOlder: inputs.allowOlder,
    releaseEdits: inputs.releaseEdits,
    releaseHold: inputs.releaseHold,
    productionRefs: resolveRefs(inputs, config).production,
  };
}

/** @throws CodexSyncError `bad-input` if nothing could move */
export function checkTwoBranches(from: SourceEnvironment, environment: Environment): void {
  if (from.commit !== undefined || from.environment.branch !== environment.branch) return;
  throw new CodexSyncError(
    'bad-input',
    `${spelled({ workflow: 'Inputs ', terminal: '' })}${inputName('from')} (${from.environment.name}) and ${inputName('env')} (${environment.name}) are one branch of the codex, ${environment.branch}, so there is nothing to promote.`,
    `Name another environment, or an earlier commit to roll back to: "${inputValue('from', `${environment.name}@<commit>`)}".`,
  );
}

/** @throws CodexSyncError `bad-input` or `bad-config`; checks the environment first (NFR2) */
export function parseRetire(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  trigger: Trigger,
): RetireRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = givenEnvironment(inputs, config, found?.file);
  const { preview } = inputs;
  if (preview !== undefined && environment.production) {
    throw new CodexSyncError(
      'bad-input',
      `${inputSubject('preview')} is "${printable(preview, 150)}", and production (branch ${environment.branch}) has no previews.`,
      `Name another environment as ${inputName('env')}, or leave ${inputName('preview')} out to retire the whole project.`,
    );
  }
  const project = resolveProject(inputs, found, directory, trigger);
  const asked = parseWriting(inputs, found, trigger, environment);
  return { mode: 'retire', ...asked, projects: [project], project, preview };
}

export function subjectOf({ subject }: ReleaseRequest, project: string): string {
  return subject.replaceAll('<project>', project);
}

/** These modes act without a checkout, so no default may choose the environment. */
function givenEnvironment(inputs: Inputs, { environments }: Config, configFile: string | undefined): Environment {
  const environment = resolveEnvironment(inputs.env, environments, configFile);
  if (environment.origin === 'input') return environment;
  const names = listEnvironmentNames(Object.keys(environments.branches)).join(', ');
  throw new CodexSyncError(
    'bad-input',
    `${inputSubject('env')} is not given, and "${modeName(inputs.mode)}" requires it.`,
    `Use one of: ${names}.`,
  );
}
