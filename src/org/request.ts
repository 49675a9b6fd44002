import { parsePatterns } from '../documents/patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { type Config, DEFAULT_CONFIG } from '../inputs/config.ts';
import { SOURCE_REFS, type SourceRef } from '../inputs/definitions.ts';
import { type Environment, resolveEnvironment } from '../inputs/environment.ts';
import type { Inputs } from '../inputs/parse.ts';
import type { Shard } from '../inputs/readers.ts';
import {
  type DeletionThreshold,
  type FoundConfig,
  ownPatterns,
  resolveCodex,
  resolveExclusions,
  resolvePatterns,
  resolveThreshold,
  type WritingRequest,
} from '../inputs/request.ts';
import type { Trigger, Visibility } from '../inputs/trigger.ts';
import type { SyncProjectRequest } from '../sync/request.ts';
import { checkProjectName, repositoryName } from '../text/names.ts';

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
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
  readonly allowPublic: boolean;
  readonly releaseHold: boolean;
  /** Subject line of the commits, with `<project>` in it. */
  readonly subject: string;
}

export interface ProjectSource {
  readonly repository: string;
  readonly defaultBranch: string;
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
  const codex = resolveCodex(inputs.codexRepository, found);
  return {
    mode: 'sync-org',
    trigger,
    environment,
    codex,
    organization: inputs.organization ?? config.organization ?? codex.slice(0, codex.indexOf('/')),
    repositories: inputs.repositories,
    excluded: inputs.excludeRepositories,
    sourceRef: inputs.sourceRef ?? 'default-branch',
    parallel: inputs.parallel ?? config.parallelRepos ?? USUAL_PARALLEL,
    shard: inputs.shard,
    ...resolvePatterns(inputs, config),
    threshold: resolveThreshold(inputs, config),
    allowEmpty: inputs.allowEmpty,
    allowPublic: inputs.allowPublic,
    releaseHold: inputs.releaseHold,
    reason: inputs.reason,
    author: inputs.author,
    subject: inputs.commitMessage,
    dryRun: inputs.dryRun,
  };
}

function checkInputs(inputs: Inputs, environment: Environment): void {
  const { direction, sourceRef } = inputs;
  const [project] = inputs.project;
  if (project !== undefined) {
    throw new CodexSyncError(
      'bad-input',
      `Input "project" is "${project}", and "mode: sync-org" publishes every project under its own name.`,
      'Choose with "repositories", or use "mode: sync-project".',
    );
  }
  if (direction !== undefined && direction !== 'to-codex') {
    throw new CodexSyncError(
      'bad-input',
      `Input "direction" is "${direction}", and "mode: sync-org" has no checkout to bring documents into.`,
      'Use to-codex, or "mode: sync-project".',
    );
  }
  if (inputs.includeLfs) {
    throw new CodexSyncError(
      'bad-input',
      'Input "include-lfs" is true, and "mode: sync-org" has no checkout with the contents of Git LFS.',
      'Leave it out, or use "mode: sync-project": what that published stays.',
    );
  }
  const given = [
    ...(inputs.onConflict === 'fail' ? ['on-conflict: fail'] : []),
    ...(inputs.adopt ? ['adopt: true'] : []),
    ...(inputs.allowOlder ? ['allow-older: true'] : []),
  ];
  if (given.length > 0) {
    throw new CodexSyncError(
      'bad-input',
      `"${given.join('", "')}" is for one project that somebody looks at, and "mode: sync-org" publishes many.`,
      'Leave it out, or use "mode: sync-project".',
    );
  }
  if (!environment.production || sourceRef !== undefined) return;
  throw new CodexSyncError(
    'bad-input',
    `Input "source-ref" is not given, and "mode: sync-org" publishes to production (branch ${environment.branch}) only what it is told to.`,
    `Use one of: ${SOURCE_REFS.join(', ')}.`,
  );
}

/**
 * Its own configuration decides only name, patterns and thresholds, before the organization's. Edits in the codex stay.
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
    // Not what started the run decides what is published, but what the organization says.
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
