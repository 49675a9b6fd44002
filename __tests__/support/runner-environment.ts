import type { CacheService } from './cache-service.ts';
import type { CacheScope } from './cache-token.ts';
import { FINDS_LOCALHOST } from './find-localhost.ts';
import type { LocalGitHub } from './github.ts';
import { defaultBranchOf } from './github-repositories.ts';
import { isProtected } from './github-rulesets.ts';
import { type EventFacts, isPullRequestEvent } from './runner-event.ts';

/** Where a run's folders and files are. */
export interface RunnerPlaces {
  workspace: string;
  /** Everything else is below this folder. */
  place: string;
  home: string;
  temp: string;
  /** The system's folder for temporary files. */
  system: string;
  /** The file with the event's payload. */
  event: string;
}

let runs = 0;

/**
 * What GitHub lets a run do with caches: everything in its own ref, reading in the base of its pull request and in the
 * default branch.
 */
export function cacheScopes(
  { event, ref, baseRef }: Pick<EventFacts, 'event' | 'ref' | 'baseRef'>,
  defaultBranch: string,
): CacheScope[] {
  const bases = isPullRequestEvent(event) ? [baseRef, defaultBranch] : [defaultBranch];
  const scopes = new Set([ref, ...bases.map((branch) => `refs/heads/${branch}`)]);
  return [...scopes].map((scope) => ({ scope, permission: scope === ref ? 3 : 1 }));
}

function cacheVariables(github: LocalGitHub, facts: EventFacts, cache: CacheService): Record<string, string> {
  const hosted = github.repository(facts.repository);
  const scopes = cacheScopes(facts, defaultBranchOf(hosted));
  return {
    ACTIONS_CACHE_SERVICE_V2: 'True',
    ACTIONS_RESULTS_URL: cache.url,
    ACTIONS_RUNTIME_TOKEN: cache.tokenFor({ repository: hosted.fullName, scopes }),
    // The client speaks version 2 to GitHub only, and to hosts below localhost.
    GITHUB_SERVER_URL: github.serverUrl.replace('127.0.0.1', 'github.localhost'),
    NODE_OPTIONS: FINDS_LOCALHOST,
  };
}

/** The variables that every step on a Linux runner sees, apart from inputs and command files. */
export function runnerEnvironment(
  github: LocalGitHub,
  facts: EventFacts,
  places: RunnerPlaces,
  cache?: CacheService,
): Record<string, string> {
  const { repository, ref, sha } = facts;
  const hosted = github.repository(repository);
  const [owner = ''] = repository.split('/');
  const aboutPullRequest = isPullRequestEvent(facts.event);
  runs += 1;
  return {
    CI: 'true',
    HOME: places.home,
    // Real runners use /tmp; a folder of its own shows what a run leaves behind.
    TMPDIR: places.system,
    LANG: 'C.UTF-8',
    PATH: process.env.PATH ?? '',
    GITHUB_ACTION: '__fractary_codex-sync',
    GITHUB_ACTION_REF: 'v1',
    GITHUB_ACTION_REPOSITORY: 'fractary/codex-sync',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: facts.actor,
    GITHUB_ACTOR_ID: '1',
    GITHUB_API_URL: github.apiUrl,
    GITHUB_BASE_REF: aboutPullRequest ? facts.baseRef : '',
    GITHUB_EVENT_NAME: facts.event,
    GITHUB_EVENT_PATH: places.event,
    GITHUB_GRAPHQL_URL: github.apiUrl.replace(/v3$/, 'graphql'),
    GITHUB_HEAD_REF: aboutPullRequest ? facts.headRef : '',
    GITHUB_JOB: 'sync',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_PROTECTED: `${isProtected(hosted, ref)}`,
    GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: hosted.fullName,
    GITHUB_REPOSITORY_ID: `${hosted.id}`,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: '1',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: `${9_000_000_000 + runs}`,
    GITHUB_RUN_NUMBER: `${runs}`,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: facts.actor,
    GITHUB_WORKFLOW: 'Sync',
    GITHUB_WORKFLOW_REF: `${hosted.fullName}/.github/workflows/sync.yml@${ref}`,
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: places.workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: places.temp,
    RUNNER_TOOL_CACHE: `${places.place}/tools`,
    RUNNER_WORKSPACE: places.place,
    ...(cache === undefined ? {} : cacheVariables(github, facts, cache)),
  };
}
