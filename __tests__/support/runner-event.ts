import { tryGit } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { repositoryBody, type Site, userBody } from './github-answers.ts';
import { pullBody, pullTitle } from './github-pull-bodies.ts';
import type { PullRecord, PullVersion } from './github-pull-store.ts';
import type { Repository } from './github-repositories.ts';
import type { ResolvedSubject } from './runner-subject.ts';
import { subjectPayload } from './runner-subject-payload.ts';

/** What of a pull request's activity starts a run. */
const pullActions = ['opened', 'synchronize', 'reopened', 'closed'] as const;
export type PullAction = (typeof pullActions)[number];

type RepositoryBody = ReturnType<typeof repositoryBody>;

/** What happened, as far as the event names it. */
export interface EventFacts {
  event: string;
  /** Full ref name, as in GITHUB_REF. */
  ref: string;
  sha: string;
  /** `owner/name` of the repository that the workflow runs in. */
  repository: string;
  actor: string;
  /** Number of the pull request, for events about one. */
  number: number;
  /** What the pull request goes into, and where it comes from. */
  baseRef: string;
  headRef: string;
  /** What happened to the pull request. */
  action: PullAction;
  /** The state of its branches then, where the local GitHub knows the pull request. */
  version?: PullVersion;
  /** What the event is about, where the test says so. */
  subject?: ResolvedSubject;
}

/** JSON that a test lays over the standard payload; `undefined` removes a key. */
export type PayloadChanges = { readonly [key: string]: unknown };

/** Lays one JSON object over another: objects are merged, anything else is replaced. */
export function mergePayload(standard: PayloadChanges, changes: PayloadChanges): PayloadChanges {
  const isObject = (value: unknown): value is PayloadChanges =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const result: Record<string, unknown> = { ...standard };
  for (const [key, value] of Object.entries(changes)) {
    const before = result[key];
    result[key] = isObject(before) && isObject(value) ? mergePayload(before, value) : value;
  }
  return result;
}

export function isPullRequestEvent(event: string): boolean {
  return event.startsWith('pull_request');
}

/**
 * GITHUB_REF and GITHUB_SHA of a run for a pull request: its merge commit, gone or not; where the run is for its closing
 * and it was merged, the branch that it was merged into, and what that was moved to.
 */
export function pullRequestRef(pull: PullRecord, action: PullAction, version: PullVersion) {
  if (action === 'closed' && pull.merged) return { ref: `refs/heads/${pull.base}`, sha: pull.merged.commit };
  return { ref: `refs/pull/${pull.number}/merge`, sha: version.merge };
}

/** Ids that HEAD of a checkout names: itself and its parents. */
export async function readHead(workspace: string): Promise<{ sha: string; parents: string[] }> {
  const found = await tryGit(workspace, ['cat-file', '--batch'], { input: 'HEAD\n' });
  const [head = ''] = found.stdout.toString().split('\n\n');
  // `<id> commit <size>`, then the commit itself; `HEAD missing` where there is none, nothing where git fails.
  const sha = /^([0-9a-f]+) commit /.exec(head)?.[1];
  if (sha === undefined) return { sha: '0'.repeat(40), parents: [] };
  return { sha, parents: [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, id = '']) => id) };
}

/** What a pull request's payload says where the local GitHub knows none of that number: read from the checkout. */
function unknownPull(site: Site, facts: EventFacts, repository: RepositoryBody, parents: readonly string[]) {
  const [base = facts.sha, head = facts.sha] = parents;
  const side = (ref: string, sha: string) => {
    const label = `${repository.owner.login}:${ref}`;
    return { label, ref, sha, user: repository.owner, repo: repository };
  };
  return {
    url: `${repository.url}/pulls/${facts.number}`,
    html_url: `${repository.html_url}/pull/${facts.number}`,
    number: facts.number,
    state: facts.action === 'closed' ? 'closed' : 'open',
    draft: false,
    merged: false,
    merged_at: null,
    merge_commit_sha: facts.sha,
    title: pullTitle(facts.number),
    body: null,
    user: userBody(site, facts.actor, 'User'),
    head: side(facts.headRef, head),
    base: side(facts.baseRef, base),
  };
}

/** The payload's part on a pull request that the local GitHub knows, as it was when the event happened. */
function knownPull(site: Site, repository: Repository, pull: PullRecord, { action, version }: EventFacts) {
  const isClosed = action === 'closed';
  const merged = isClosed ? pull.merged : undefined;
  const closedAt = isClosed ? (pull.closedAt ?? pull.updatedAt) : undefined;
  const { merged: _, closedAt: __, ...still } = pull;
  const then: PullRecord = {
    ...still,
    state: isClosed ? 'closed' : 'open',
    versions: version === undefined ? pull.versions : [version],
    ...(closedAt && { closedAt }),
    ...(merged && { merged }),
  };
  return { ...pullBody(site, repository, then), merged: merged !== undefined };
}

/** Where the head was before, as `synchronize` says besides where it is. */
function movedHead(pull: PullRecord, { action, version }: EventFacts) {
  if (action !== 'synchronize' || version === undefined) return {};
  const earlier = pull.versions.slice(0, pull.versions.lastIndexOf(version));
  const before = earlier.findLast(({ head }) => head !== version.head)?.head;
  return before === undefined ? {} : { before, after: version.head };
}

/** An organization as webhooks name it. */
function organizationBody(site: Site, login: string) {
  const { id, node_id, avatar_url } = userBody(site, login);
  const url = `${site.apiUrl}/orgs/${login}`;
  return {
    login,
    id,
    node_id,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url,
    description: '',
  };
}

/** The payload of an event, with the parts that GitHub always sends and this action could read. */
export function eventPayload(github: LocalGitHub, facts: EventFacts, parents: readonly string[]): PayloadChanges {
  const site = { serverUrl: github.serverUrl, apiUrl: github.apiUrl };
  const hosted = github.repository(facts.repository);
  const repository = repositoryBody(site, hosted);
  const sender = userBody(site, facts.actor, 'User');
  const isOrganization = hosted.account.type === 'Organization';
  const common = {
    repository,
    sender,
    ...(isOrganization && { organization: organizationBody(site, hosted.owner) }),
  };
  if (isPullRequestEvent(facts.event)) {
    const { action, number } = facts;
    const known = hosted.pulls.get(number);
    if (known === undefined) {
      return { ...common, action, number, pull_request: unknownPull(site, facts, repository, parents) };
    }
    const pullRequest = knownPull(site, hosted, known, facts);
    return { ...common, action, number, ...movedHead(known, facts), pull_request: pullRequest };
  }
  const { ref, subject } = facts;
  const about = subject && subjectPayload(site, hosted, facts.event, subject);
  if (about !== undefined) {
    // A schedule is by no one.
    const { sender: _, ...impersonal } = common;
    return { ...(facts.event === 'schedule' ? impersonal : common), ...about };
  }
  if (facts.event === 'push') {
    const flags = { created: false, deleted: false, forced: false };
    return { ...common, ...flags, ref, before: '0'.repeat(40), after: facts.sha, base_ref: null };
  }
  if (facts.event === 'workflow_dispatch')
    return { ...common, ref, inputs: null, workflow: '.github/workflows/sync.yml' };
  return { ...common, ref };
}
