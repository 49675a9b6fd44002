import { createHash } from 'node:crypto';
import { compileGlobs, parsePatterns } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import type { ListedRepository } from '../github/organization-api.ts';
import { type Config, DEFAULT_CONFIG } from '../inputs/config.ts';
import { SOURCE_REFS, type SourceRef } from '../inputs/definitions.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import type { Shard } from '../inputs/readers.ts';
import {
  type FoundConfig,
  ownPatterns,
  parseWriting,
  resolveExclusions,
  resolvePatterns,
  type WritingRequest,
} from '../inputs/request.ts';
import type { Trigger, Visibility } from '../inputs/trigger.ts';
import type { SyncProjectRequest } from '../sync/request.ts';
import type { BranchName } from '../text/ids.ts';
import { checkProjectName, repositoryName, sameRepository } from '../text/names.ts';
import { inputName, inputSubject, inputValue, modeName } from '../text/spell-inputs.ts';

export interface SyncOrgRequest extends WritingRequest {
  readonly mode: 'sync-org';
  /** An organization or a user. */
  readonly organization: string;
  /** Globs on names of repositories; empty for all. */
  readonly repositories: readonly string[];
  readonly excluded: readonly string[];
  readonly sourceRef: SourceRef;
  readonly parallel: number;
  readonly shard: Shard;
  /** Defaults for a project whose own configuration has no value. */
  readonly include: readonly string[];
  /** The part of `include` that is not built in. */
  readonly ownInclude: readonly string[];
  readonly exclude: readonly string[];
  readonly allowEmpty: boolean;
  readonly allowPublic: boolean;
  readonly releaseHold: boolean;
}

export interface ProjectSource {
  readonly repository: string;
  readonly defaultBranch: BranchName;
  readonly visibility: Visibility;
  readonly commit: string;
  /** Full name of the branch or the tag. */
  readonly ref: string;
}

/** Within GitHub's limit on concurrent requests, and enough to hide their latency. */
const USUAL_PARALLEL = 5;

/** @throws CodexSyncError `bad-input` or `bad-config`; checks the environment first (NFR2) */
export function parseSyncOrg(inputs: Inputs, found: FoundConfig | undefined, trigger: Trigger): SyncOrgRequest {
  const config = found?.config ?? DEFAULT_CONFIG;
  const environment = resolveEnvironment(inputs.env, config.environments, found?.file);
  checkInputs(inputs, environment);
  const writing = parseWriting(inputs, found, trigger, environment);
  const { codex } = writing;
  return {
    mode: 'sync-org',
    ...writing,
    organization: inputs.organization ?? config.organization ?? codex.slice(0, codex.indexOf('/')),
    repositories: inputs.repositories,
    excluded: inputs.excludeRepositories,
    sourceRef: inputs.sourceRef ?? 'default-branch',
    parallel: inputs.parallel ?? config.parallelRepos ?? USUAL_PARALLEL,
    shard: inputs.shard,
    ...resolvePatterns(inputs, config),
    allowEmpty: inputs.allowEmpty,
    allowPublic: inputs.allowPublic,
    releaseHold: inputs.releaseHold,
  };
}

function checkInputs(inputs: Inputs, environment: Environment): void {
  const { direction, sourceRef } = inputs;
  const [project] = inputs.project;
  if (project !== undefined) {
    throw new CodexSyncError(
      'bad-input',
      `${inputSubject('project')} is "${project}", and "${modeName('sync-org')}" publishes every project under its own name.`,
      `Choose with ${inputName('repositories')}, or use "${modeName('sync-project')}".`,
    );
  }
  if (direction !== undefined && direction !== 'to-codex') {
    throw new CodexSyncError(
      'bad-input',
      `${inputSubject('direction')} is "${direction}", and "${modeName('sync-org')}" has no checkout to pull documents into.`,
      `Use to-codex, or "${modeName('sync-project')}".`,
    );
  }
  if (inputs.includeLfs) {
    throw new CodexSyncError(
      'bad-input',
      `${inputSubject('include-lfs')} is true, and "${modeName('sync-org')}" has no checkout with the contents of Git LFS.`,
      `Leave it out, or use "${modeName('sync-project')}": documents published that way stay.`,
    );
  }
  const given = [
    ...(inputs.onConflict === 'fail' ? [inputValue('on-conflict', 'fail')] : []),
    ...(inputs.adopt ? [inputValue('adopt', 'true')] : []),
    ...(inputs.allowOlder ? [inputValue('allow-older', 'true')] : []),
  ];
  if (given.length > 0) {
    throw new CodexSyncError(
      'bad-input',
      `"${given.join('", "')}" is for one project that a person checks, and "${modeName('sync-org')}" publishes many.`,
      `Leave it out, or use "${modeName('sync-project')}".`,
    );
  }
  if (!environment.production || sourceRef !== undefined) return;
  throw new CodexSyncError(
    'bad-input',
    `${inputSubject('source-ref')} is not given, and "${modeName('sync-org')}" requires it for production (branch ${environment.branch}).`,
    `Use one of: ${SOURCE_REFS.join(', ')}.`,
  );
}

/**
 * The project's own configuration decides only name, patterns and thresholds, before the organization's. Keeps edits in
 * the codex.
 * @param merged the configuration of the default branch, which alone decides which refs are stable
 * @throws CodexSyncError `bad-input` when the repository's name is not a valid project name
 */
export function projectRequest(
  request: SyncOrgRequest,
  { repository, defaultBranch, visibility, commit, ref }: ProjectSource,
  own: Config | undefined,
  merged: Config | undefined,
): SyncProjectRequest {
  const { serverUrl, apiUrl, runUrl, workflow } = request.trigger;
  const started = { serverUrl, apiUrl, runUrl, workflow };
  const project = own?.projectName ?? repositoryName(repository);
  const accepted = checkProjectName(project);
  if (accepted !== undefined) {
    throw new CodexSyncError('bad-input', `"${project}" cannot be the name of a project.`, accepted);
  }
  const { environment, codex, author, dryRun, reason, allowEmpty, allowPublic, releaseHold, threshold } = request;
  return {
    // The organization's settings, not the event of the run, decide which documents are published.
    trigger: { kind: 'organization', repository, defaultBranch, visibility, commit, ref, ...started },
    ...{ environment, codex, author, dryRun, reason, allowEmpty, allowPublic, releaseHold, project },
    directory: '.',
    direction: 'to-codex',
    patterns: parsePatterns({
      include: own?.syncPatterns ?? request.include,
      ownInclude: ownPatterns(own?.syncPatterns),
      exclude: resolveExclusions(own ?? {}, request.exclude),
      includeIgnored: [],
    }),
    refs: { stable: merged?.environments.stableRefs ?? [], production: merged?.environments.productionRefs ?? [] },
    previewsOnly: false,
    onConflict: 'codex',
    threshold: {
      count: own?.deletionThreshold ?? threshold.count,
      percent: own?.deletionThresholdPercent ?? threshold.percent,
    },
    allowOlder: false,
    adopt: false,
    includeLfs: false,
    isListed: false,
    comment: false,
    subject: request.subject.replaceAll('<project>', project),
  };
}

/** Why a repository is skipped without an error. */
export const SKIP_REASONS = [
  'the codex itself',
  'archived',
  'disabled',
  'a fork',
  'empty',
  'no release',
  'not on the release line',
  'published from another stable ref',
  'selects no documents',
  'not listed in the codex',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface ChosenRepositories {
  readonly chosen: readonly ListedRepository[];
  readonly skipped: ReadonlyMap<string, SkipReason>;
  /** Names that the globs exclude. */
  readonly leftOut: readonly string[];
  /** Number of repositories in other jobs' shards. */
  readonly elsewhere: number;
  /** Globs that match no repository, which is probably a mistake. */
  readonly unmatched: readonly string[];
}

export function chooseRepositories(
  listed: readonly ListedRepository[],
  { repositories, excluded, shard }: Pick<SyncOrgRequest, 'repositories' | 'excluded' | 'shard'>,
  codex: string,
): ChosenRepositories {
  const isNamed = repositories.length > 0 ? compileGlobs(repositories) : () => true;
  const isExcluded = compileGlobs(excluded);
  // A list that changes while its pages are read contains duplicates.
  const unique = new Map(listed.map((one) => [one.fullName.toLowerCase(), one]));
  const sorted = [...unique.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  const isWanted = ({ name }: ListedRepository) => isNamed(name) && !isExcluded(name);
  const names = sorted.map(({ name }) => name);
  const chosen: ListedRepository[] = [];
  const skipped = new Map<string, SkipReason>();
  let elsewhere = 0;
  for (const one of sorted.filter(isWanted)) {
    const reason = skipReasonOf(one, codex);
    if (!isInShard(one.name, shard)) elsewhere += 1;
    else if (reason) skipped.set(one.name, reason);
    else chosen.push(one);
  }
  return {
    chosen,
    skipped,
    leftOut: sorted.filter((one) => !isWanted(one)).map(({ name }) => name),
    elsewhere,
    unmatched: [...repositories, ...excluded].filter((glob) => !names.some(compileGlobs([glob]))),
  };
}

function skipReasonOf({ fullName, archived, disabled, fork }: ListedRepository, codex: string): SkipReason | undefined {
  if (sameRepository(fullName, codex)) return 'the codex itself';
  if (archived) return 'archived';
  if (disabled) return 'disabled';
  return fork ? 'a fork' : undefined;
}

/** Project in lower case -> the repository of that name, which has precedence over others. */
export function ownNames(listed: readonly ListedRepository[], codex: string): Map<string, string> {
  const possible = listed.filter((one) => skipReasonOf(one, codex) === undefined);
  return new Map(possible.map(({ name }) => [name.toLowerCase(), name]));
}

/** The name alone decides, so that jobs that list at different moments agree, and other repositories do not move it. */
export function isInShard(name: string, { index, count }: Shard): boolean {
  const digest = createHash('sha256').update(name.toLowerCase()).digest();
  return (digest.readUInt32BE(0) % count) + 1 === index;
}

/** As many as GitHub answers about in one question, and pushes of this size are few. */
const BATCH = 20;

export function inBatches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  );
}
