import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { type FoundConfig, resolveCodex } from './codex.ts';
import { type Config, DEFAULT_CONFIG } from './config.ts';
import type { Direction } from './direction.ts';
import { type RefLists, resolveEnvironment } from './environment.ts';
import type { ConflictRule } from './input-definitions.ts';
import type { Inputs } from './inputs.ts';
import { repositoryName, sameRepository } from './names.ts';
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE, type Patterns, parsePatterns } from './patterns.ts';
import type { Trigger } from './trigger.ts';
import type { WritingRequest } from './writing.ts';

/** Above which deletions are withheld: a count, and a share of the owned documents in per cent. */
export interface DeletionThreshold {
  readonly count: number;
  readonly percent: number;
}

export const DEFAULT_THRESHOLD: DeletionThreshold = { count: 50, percent: 20 };

/** A run of `sync-project`, checked: everything that words, configuration and payload can say before any request. */
export interface SyncProjectRequest extends WritingRequest {
  readonly project: string;
  /** The project's directory in its repository; `.` for the root. */
  readonly directory: string;
  readonly direction: Direction;
  readonly patterns: Patterns;
  /** Whether files that Git LFS keeps are published with their content. */
  readonly includeLfs: boolean;
  readonly refs: RefLists;
  /** Whether the default branch has no configuration, so that what the run says of itself is good for a preview alone. */
  readonly previewsOnly: boolean;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
  readonly allowOlder: boolean;
  /** Lifts the hold of a roll-back, and leaves none. */
  readonly releaseHold: boolean;
  readonly adopt: boolean;
  /** Whether the codex's own configuration lists the project for this repository. */
  readonly isListed: boolean;
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
  given: Trigger,
): SyncProjectRequest {
  const trigger = triggerOf(given, inputs.projectRepository);
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, config.environments, found?.file);
  if (trigger.repository === '') {
    throw new CodexSyncError(
      'bad-checkout',
      'No repository with a remote "origin" on GitHub is around this folder. Run this in a checkout of the project, or add its remote: git remote add origin <url>.',
    );
  }
  const project = resolveProject(inputs, found, directory, trigger);
  const codex = resolveCodex(inputs.codexRepository, found);
  return {
    trigger,
    environment,
    codex,
    project,
    directory,
    direction: inputs.direction ?? config.syncDirection ?? 'to-codex',
    patterns: parsePatterns(
      { ...resolvePatterns(inputs, config), includeIgnored: inputs.includeIgnored },
      otherProjectsFinder(trigger.repository, codex, directory),
    ),
    includeLfs: inputs.includeLfs,
    refs: resolveRefs(inputs, config),
    previewsOnly: false,
    onConflict: inputs.onConflict,
    threshold: resolveThreshold(inputs, config),
    allowEmpty: inputs.allowEmpty,
    allowOlder: inputs.allowOlder,
    releaseHold: inputs.releaseHold,
    reason: inputs.reason,
    adopt: inputs.adopt,
    isListed: false,
    allowPublic: inputs.allowPublic,
    comment: inputs.comment,
    author: inputs.author,
    subject: inputs.commitMessage.replaceAll('<project>', project),
    dryRun: inputs.dryRun,
  };
}

/**
 * The run as far as the checkout's repository goes. Where that is not the workflow's, what started the run says nothing of
 * it: not its commit, its ref, its pull request, its visibility. But a job may write into the working tree what a change
 * holds that was never merged into the workflow's repository either.
 */
function triggerOf(trigger: Trigger, repository: string | undefined): Trigger {
  if (repository === undefined || sameRepository(repository, trigger.repository)) return trigger;
  return {
    ...trigger,
    repository,
    ...{ commit: '', ref: '', defaultBranch: undefined, visibility: undefined },
    ...{ pullRequest: undefined, upstream: undefined, deletedBranch: undefined },
    subject: { kind: isOfMerged(trigger) ? 'ref' : 'unknown' },
  };
}

/** Whether the run is about a commit of the default branch, or about a tag, and about nothing else. */
function isOfMerged({ subject, ref, commit, defaultBranch }: Trigger): boolean {
  const isAbout = subject.kind === 'ref' || (subject.kind === 'commit' && subject.commit === commit);
  const isDefault = defaultBranch !== undefined && ref === `refs/heads/${defaultBranch}`;
  return isAbout && (isDefault || ref.startsWith('refs/tags/'));
}

/** The request where GitHub has another name for the codex than the one that was given, and it is the project itself. */
export function withCodexName(request: SyncProjectRequest, codex: string): SyncProjectRequest {
  const { directory, patterns, trigger } = request;
  if (sameRepository(request.codex, codex) || !sameRepository(trigger.repository, codex)) return request;
  return { ...request, patterns: parsePatterns(patterns, otherProjectsFinder(trigger.repository, codex, directory)) };
}

/** Tells what a codex that is a project too holds of other projects: what it published of those it would publish again. */
function otherProjectsFinder(repository: string, codex: string, directory: string): Patterns['isOfOtherProjects'] {
  if (!sameRepository(repository, codex)) return () => false;
  const prefix = directory === '.' ? '' : `${directory}/`;
  return (path) => `${prefix}${path}`.startsWith('projects/');
}

/** Which documents. */
export function resolvePatterns(inputs: Inputs, config: Config) {
  const own = given(inputs.include) ?? config.syncPatterns;
  return {
    include: own ?? DEFAULT_INCLUDE,
    ownInclude: ownPatterns(own),
    exclude: given(inputs.exclude) ?? resolveExclusions(config, DEFAULT_EXCLUDE),
  };
}

/** Lists that tools write first: ours, and that of Fractary's own command line. */
const WRITTEN_BY_TOOLS = [DEFAULT_INCLUDE, DEFAULT_INCLUDE.filter((glob) => glob !== '.claude/**')];

/** The patterns that were chosen for a project. A list that holds all defaults of a tool began as a copy of them. */
export function ownPatterns(include: readonly string[] = []): readonly string[] {
  const copied = WRITTEN_BY_TOOLS.find((list) => list.every((glob) => include.includes(glob))) ?? [];
  return include.filter((glob) => !copied.includes(glob));
}

/** What a configuration leaves out; `usual` where it does not say. */
export function resolveExclusions(
  { excludePatterns, moreExclusions = [] }: Pick<Config, 'excludePatterns' | 'moreExclusions'>,
  usual: readonly string[],
): readonly string[] {
  return [...new Set([...(excludePatterns ?? usual), ...moreExclusions])];
}

/** Which refs are stable, and which of them may publish to production. */
export function resolveRefs(inputs: Inputs, { environments }: Config): RefLists {
  return {
    stable: given(inputs.stableRefs) ?? environments.stableRefs ?? [],
    production: given(inputs.productionRefs) ?? environments.productionRefs ?? [],
  };
}

/** Above which deletions are withheld. */
export function resolveThreshold(inputs: Inputs, config: Config): DeletionThreshold {
  return {
    count: inputs.deletionThreshold ?? config.deletionThreshold ?? DEFAULT_THRESHOLD.count,
    percent: inputs.deletionThresholdPercent ?? config.deletionThresholdPercent ?? DEFAULT_THRESHOLD.percent,
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
