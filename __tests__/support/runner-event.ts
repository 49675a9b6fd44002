import { tryGit } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { repositoryBody, userBody } from './github-answers.ts';

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

/** Ids that HEAD of a checkout names: itself and its parents. */
export async function readHead(workspace: string): Promise<{ sha: string; parents: string[] }> {
  const found = await tryGit(workspace, ['cat-file', '--batch'], { input: 'HEAD\n' });
  const [head = ''] = found.stdout.toString().split('\n\n');
  // `<id> commit <size>`, then the commit itself; `HEAD missing` where there is none, nothing where git fails.
  const sha = /^([0-9a-f]+) commit /.exec(head)?.[1];
  if (sha === undefined) return { sha: '0'.repeat(40), parents: [] };
  return { sha, parents: [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, id = '']) => id) };
}

/** The payload of an event, with the parts that GitHub always sends and this action could read. */
export function eventPayload(github: LocalGitHub, facts: EventFacts, parents: readonly string[]): PayloadChanges {
  const site = { serverUrl: github.serverUrl, apiUrl: github.apiUrl };
  const repository = repositoryBody(site, github.repository(facts.repository));
  const sender = userBody(site, facts.actor, 'User');
  const common = { repository, sender, organization: userBody(site, repository.owner.login) };
  if (isPullRequestEvent(facts.event)) {
    const [base = facts.sha, head = facts.sha] = parents;
    const side = (ref: string, sha: string) => {
      const label = `${repository.owner.login}:${ref}`;
      return { label, ref, sha, user: repository.owner, repo: repository };
    };
    const pullRequest = {
      url: `${repository.url}/pulls/${facts.number}`,
      html_url: `${repository.html_url}/pull/${facts.number}`,
      number: facts.number,
      state: 'open',
      draft: false,
      merged: false,
      merge_commit_sha: facts.sha,
      title: `Pull request ${facts.number}`,
      body: null,
      user: sender,
      head: side(facts.headRef, head),
      base: side(facts.baseRef, base),
    };
    return { ...common, action: 'synchronize', number: facts.number, pull_request: pullRequest };
  }
  const { ref } = facts;
  if (facts.event === 'push') {
    const flags = { created: false, deleted: false, forced: false };
    return { ...common, ...flags, ref, before: '0'.repeat(40), after: facts.sha, base_ref: null };
  }
  if (facts.event === 'workflow_dispatch')
    return { ...common, ref, inputs: null, workflow: '.github/workflows/sync.yml' };
  return { ...common, ref };
}
