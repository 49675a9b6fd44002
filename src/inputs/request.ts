import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE, type Patterns, withUsualReadme } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { isRepository, isTag, repositoryName, sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputPhrase, inputValue, spelled, theInput } from '../text/spell-inputs.ts';
import { type Config, DEFAULT_CONFIG } from './config.ts';
import { type Direction, publishes } from './definitions.ts';
import type { Environment, RefLists } from './environment.ts';
import type { Inputs } from './parse.ts';
import type { Author } from './readers.ts';
import type { ProjectTrigger, RunTrigger, Trigger, WorkflowTrigger } from './trigger.ts';

/** The configuration file that was found. */
export interface FoundConfig {
  readonly config: Config;
  /** The name in messages: the path from the root of the repository. */
  readonly file: string;
  /** Whether it is inside the working directory, not only in the root of the repository. */
  readonly inside: boolean;
}

/**
 * The codex's repository: the input, else the configuration's `organization`/`codex_repo`.
 * @returns `owner/name`
 * @throws CodexSyncError `bad-input` when both are absent
 */
export function resolveCodex(given: string | undefined, found: FoundConfig | undefined): string {
  return given ?? configuredCodex(found?.config ?? DEFAULT_CONFIG, found?.file);
}

function configuredCodex(config: Config, file: string | undefined): string {
  const codex = `${config.organization}/${config.codexRepo}`;
  if (config.organization && config.codexRepo && isRepository(codex)) return codex;
  const lacking = file
    ? `${file} does not name both "organization" and "codex_repo"`
    : 'there is no configuration (.fractary/plugins/codex/config.json, .fractary/codex.yaml, .fractary/config.yaml)';
  throw new CodexSyncError(
    'bad-input',
    `Cannot determine the codex: ${inputPhrase('codex-repository')} is not given, and ${lacking}.`,
    spelled({
      workflow: 'Use owner/name, such as acme/codex.acme.com.',
      terminal: file
        ? `Pass "${inputValue('codex-repository', '<owner>/<name>')}", or complete the file.`
        : `Write a configuration with "codex-sync init", or pass "${inputValue('codex-repository', '<owner>/<name>')}".`,
    }),
  );
}

/** The limit for deletions in one run: a count, and a share of the owned documents in per cent. */
export interface DeletionThreshold {
  readonly count: number;
  readonly percent: number;
}

export const DEFAULT_THRESHOLD: DeletionThreshold = { count: 50, percent: 20 };

export function resolvePatterns(inputs: Inputs, config: Config) {
  const own = given(inputs.include) ?? config.syncPatterns;
  return {
    include: own ?? DEFAULT_INCLUDE,
    ownInclude: ownPatterns(own),
    exclude: given(inputs.exclude) ?? resolveExclusions(config, DEFAULT_EXCLUDE),
  };
}

/** Lists that tools write at first: ours, and that of Fractary's own command line. */
const WRITTEN_BY_TOOLS = [DEFAULT_INCLUDE, DEFAULT_INCLUDE.filter((glob) => glob !== '.claude/**')];

/**
 * The patterns that the project chose. A list with all defaults of a tool began as a copy of them; `init` writes the README
 * file that exists.
 */
export function ownPatterns(include: readonly string[] = []): readonly string[] {
  const usual = withUsualReadme(include);
  const copied = WRITTEN_BY_TOOLS.find((list) => list.every((glob) => usual.includes(glob))) ?? [];
  return include.filter((_, index) => !copied.includes(usual[index] ?? ''));
}

/** The exclusions of a configuration; `usual` if it has none. */
export function resolveExclusions(
  { excludePatterns, moreExclusions = [] }: Pick<Config, 'excludePatterns' | 'moreExclusions'>,
  usual: readonly string[],
): readonly string[] {
  return [...new Set([...(excludePatterns ?? usual), ...moreExclusions])];
}

/** The stable refs, and those of them that may publish to production. */
export function resolveRefs(inputs: Inputs, { environments }: Config): RefLists {
  return {
    stable: given(inputs.stableRefs) ?? environments.stableRefs ?? [],
    production: given(inputs.productionRefs) ?? environments.productionRefs ?? [],
  };
}

function resolveThreshold(inputs: Inputs, config: Config): DeletionThreshold {
  return {
    count: inputs.deletionThreshold ?? config.deletionThreshold ?? DEFAULT_THRESHOLD.count,
    percent: inputs.deletionThresholdPercent ?? config.deletionThresholdPercent ?? DEFAULT_THRESHOLD.percent,
  };
}

/**
 * The project: the input, else the configuration's `project_name`, else the repository's name.
 * @throws CodexSyncError `bad-input` when all are absent, or for a package of a monorepo
 */
export function resolveProject(
  inputs: Inputs,
  found: FoundConfig | undefined,
  directory: string,
  trigger: Trigger,
): string {
  const named = inputs.project[0] ?? configuredProject(found, directory);
  if (named !== undefined) return named;
  if (trigger.repository !== undefined) return repositoryName(trigger.repository);
  throw new CodexSyncError(
    'bad-input',
    `Cannot determine the project: pass ${theInput('project')}, or run inside a GitHub checkout.`,
  );
}

function configuredProject(found: FoundConfig | undefined, directory: string): string | undefined {
  if (directory === '.') return found?.config.projectName;
  if (found?.inside && found.config.projectName) return found.config.projectName;
  throw new CodexSyncError(
    'bad-input',
    `"${printable(directory)}" is a package of the repository, and its project is not configured.`,
    `Give ${theInput('project')}, or "project_name" in a configuration inside ${printable(directory)}.`,
  );
}

/**
 * If the checkout is not of the workflow's repository, the event's commit, ref, pull request and visibility do not
 * describe it. A job may still write unmerged changes of the workflow's repository into the working tree.
 */
export function triggerOf(trigger: RunTrigger, repository: string | undefined): RunTrigger {
  if (repository === undefined || sameRepository(repository, trigger.repository)) return trigger;
  const unknown = { commit: undefined, ref: undefined, defaultBranch: undefined, visibility: undefined };
  if (trigger.kind === 'terminal') return { ...trigger, repository, ...unknown };
  return {
    ...{ ...trigger, repository, ...unknown },
    ...{ pullRequest: undefined, upstream: undefined, deletedBranch: undefined },
    subject: { kind: isOfMerged(trigger) ? 'ref' : 'unknown' },
  };
}

/** @throws CodexSyncError `bad-checkout` without a repository on GitHub */
export function checkRepository(trigger: RunTrigger): asserts trigger is RunTrigger & ProjectTrigger {
  if (trigger.kind !== 'terminal' || trigger.repository !== undefined) return;
  const { localOrigin } = trigger;
  if (localOrigin !== undefined) {
    throw new CodexSyncError(
      'bad-checkout',
      `The remote "origin" of this repository is a path on this machine (${printable(localOrigin, 200)}), so its repository on GitHub is unknown.`,
      `Name that repository: ${inputValue('project-repository', '<owner>/<name>')}. Or set the remote to its address: git remote set-url origin <url>.`,
    );
  }
  throw new CodexSyncError(
    'bad-checkout',
    'This folder is not in a repository with a remote "origin" on GitHub.',
    'Run this in a checkout of the project, or add its remote: git remote add origin <url>.',
  );
}

/** Whether the run is about a commit of the default branch, or about a tag, and about nothing else. */
function isOfMerged({ subject, ref, commit, defaultBranch }: WorkflowTrigger): boolean {
  const isAbout = subject.kind === 'ref' || (subject.kind === 'commit' && subject.commit === commit);
  const isDefault = defaultBranch !== undefined && ref === `refs/heads/${defaultBranch}`;
  return isAbout && (isDefault || isTag(ref));
}

/** A codex that is a project must not publish its copies of other projects again. */
export function otherProjectsFinder(
  repository: string | undefined,
  codex: string,
  directory: string,
): Patterns['isOfOtherProjects'] {
  if (!sameRepository(repository, codex)) return () => false;
  const prefix = directory === '.' ? '' : `${directory}/`;
  return (path) => `${prefix}${path}`.startsWith('projects/');
}

/** An input without a line is not given; a configured list may be empty (`exclude_patterns: []`). */
function given(lines: readonly string[]): readonly string[] | undefined {
  return lines.length > 0 ? lines : undefined;
}

/** The parameters of every run that commits to the codex. */
export interface WritingRequest {
  readonly trigger: Trigger;
  readonly environment: Environment;
  /** `owner/name` */
  readonly codex: string;
  readonly threshold: DeletionThreshold;
  /** The given author of the commits. */
  readonly author: Author | undefined;
  /** Subject line of the commit; `<project>` in it stands for the project's name. */
  readonly subject: string;
  readonly dryRun: boolean;
  /** The reason for the run, in one line. */
  readonly reason: string | undefined;
}

/** @throws CodexSyncError `bad-input` when no codex is named */
export function parseWriting(
  inputs: Inputs,
  found: FoundConfig | undefined,
  trigger: Trigger,
  environment: Environment,
): WritingRequest {
  const { author, commitMessage: subject, dryRun, reason } = inputs;
  return {
    ...{ trigger, environment, author, subject, dryRun, reason },
    codex: resolveCodex(inputs.codexRepository, found),
    threshold: resolveThreshold(inputs, found?.config ?? DEFAULT_CONFIG),
  };
}

export type CodexAccess = 'read' | 'write';

/** The minimum access of a run; a request without a dry run only reads. */
export function codexAccess(request: { readonly dryRun?: boolean; readonly direction?: Direction }): CodexAccess {
  return request.dryRun === false && publishes(request.direction ?? 'to-codex') ? 'write' : 'read';
}
