import * as z from 'zod';
import { CodexSyncError } from '../errors.ts';
import { isRepository } from './names.ts';
import { printable } from './printable.ts';

/** From what everybody sees to what the fewest see. */
export const VISIBILITIES = ['public', 'internal', 'private'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** What started the run, as far as the rules of design section 4 ask: the event, the ref and who sent it. */
export interface Trigger {
  readonly event: string;
  readonly actor: string;
  /** Full ref name; `refs/pull/<n>/merge` for a pull request. Empty where nothing names one. */
  readonly ref: string;
  /** What the runner says the event is about: GITHUB_SHA. */
  readonly commit: string;
  /** `owner/name`; empty at a terminal outside of any. */
  readonly repository: string;
  readonly defaultBranch: string | undefined;
  readonly visibility: Visibility | undefined;
  readonly pullRequest: PullRequest | undefined;
  /** The run that a `workflow_run` event follows. */
  readonly upstream: UpstreamRun | undefined;
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** `undefined` at a terminal. */
  readonly runUrl: string | undefined;
}

export interface UpstreamRun {
  readonly event: string;
  readonly headBranch: string | undefined;
  readonly headCommit: string | undefined;
  readonly headRepository: string | undefined;
}

export interface PullRequest {
  readonly number: number;
  readonly headCommit: string;
  /** `undefined` when the fork was deleted. */
  readonly headRepository: string | undefined;
  /** Tip of the branch that it goes into, as the event saw it. */
  readonly baseCommit: string | undefined;
  /** Whether the event is that it was closed, and whether it was merged then. */
  readonly closed: boolean;
  readonly merged: boolean;
}

/** The words of a run, as the runner hands them over. */
export interface RunContext {
  readonly event: string;
  readonly actor: string;
  readonly ref: string;
  readonly commit: string;
  readonly repository: string;
  readonly runId: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly payload: unknown;
}

const Repository = z.object({ full_name: z.string() });
const Payload = z.object({
  action: z.string().nullish(),
  repository: z
    .object({
      default_branch: z.string().nullish(),
      visibility: z.enum(VISIBILITIES).nullish(),
      private: z.boolean().nullish(),
    })
    .nullish(),
  pull_request: z
    .object({
      number: z.number(),
      head: z.object({ sha: z.string(), repo: Repository.nullish() }),
      base: z.object({ sha: z.string() }).nullish(),
      merged: z.boolean().nullish(),
    })
    .nullish(),
  workflow_run: z
    .object({
      event: z.string(),
      head_branch: z.string().nullish(),
      head_sha: z.string().nullish(),
      head_repository: Repository.nullish(),
      pull_requests: z
        .array(
          z.object({
            number: z.number(),
            head: z.object({ sha: z.string() }),
            base: z.object({ sha: z.string() }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});
type ParsedPayload = z.infer<typeof Payload>;

/**
 * Reads what the guards need from the event's payload.
 * @throws CodexSyncError `bad-input` when the payload is not of the form that GitHub documents for its events.
 */
export function parseTrigger(context: RunContext): Trigger {
  // At a terminal there is no event, and there need not be a repository.
  const isNowhere = atTerminal(context) && context.repository === '';
  if (!isNowhere && !isRepository(context.repository)) {
    throw new CodexSyncError(
      'bad-input',
      `GITHUB_REPOSITORY is "${printable(context.repository)}". Use owner/name: the project's own repository.`,
    );
  }
  const parsed = Payload.safeParse(context.payload);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'its root').join(', ');
    throw new CodexSyncError('bad-input', `The event payload of this run is not one that GitHub sends: see ${where}.`);
  }
  const { repository, workflow_run: upstream } = parsed.data;
  const privacy = repository?.private == null ? undefined : repository.private ? 'private' : 'public';
  const serverUrl = context.serverUrl.replace(/\/+$/, '');
  return {
    event: context.event,
    actor: context.actor,
    ref: context.ref,
    commit: context.commit,
    repository: context.repository,
    defaultBranch: repository?.default_branch ?? scheduledBranch(context),
    visibility: repository?.visibility ?? privacy,
    pullRequest: pullRequestOf(parsed.data),
    upstream: upstream
      ? {
          event: upstream.event,
          headBranch: upstream.head_branch ?? undefined,
          headCommit: upstream.head_sha ?? undefined,
          headRepository: upstream.head_repository?.full_name,
        }
      : undefined,
    serverUrl,
    apiUrl: context.apiUrl.replace(/\/+$/, ''),
    runUrl: context.runId ? `${serverUrl}/${context.repository}/actions/runs/${context.runId}` : undefined,
  };
}

/** Whether a person typed a command, and no event started it. */
export function atTerminal({ event }: Pick<Trigger, 'event'>): boolean {
  return event === '';
}

/** The pull request of an event, or of the run that the event follows: GitHub names there those of its head. */
function pullRequestOf({ action, pull_request, workflow_run }: ParsedPayload): PullRequest | undefined {
  if (pull_request) {
    const { number, head, base, merged } = pull_request;
    const headRepository = head.repo?.full_name;
    const ends = { closed: action === 'closed', merged: merged === true };
    return { number, headCommit: head.sha, headRepository, baseCommit: base?.sha, ...ends };
  }
  const followed = workflow_run?.event.startsWith('pull_request') ? workflow_run.pull_requests?.[0] : undefined;
  if (!followed) return undefined;
  const { number, head, base } = followed;
  const headRepository = workflow_run?.head_repository?.full_name;
  return { number, headCommit: head.sha, headRepository, baseCommit: base?.sha, closed: false, merged: false };
}

/** A schedule runs on the default branch only, and its payload names no repository. */
function scheduledBranch({ event, ref }: RunContext): string | undefined {
  return event === 'schedule' ? /^refs\/heads\/(.+)$/.exec(ref)?.[1] : undefined;
}

/**
 * The ref that a run publishes for: its own, but for a `workflow_run`, which runs on the default branch and follows
 * another run. Of that one the payload tells the branch or the tag without saying which: a release has a tag.
 */
export function publishedRef({ event, ref, upstream }: Trigger): string {
  if (event !== 'workflow_run' || !upstream?.headBranch) return ref;
  return `refs/${upstream.event === 'release' ? 'tags' : 'heads'}/${upstream.headBranch}`;
}

/**
 * The ref of a commit that is checked out. Events that run on the base branch see its ref, whatever they check out: the
 * head of a pull request must not pass for the base.
 */
export function refOfCommit(trigger: Trigger, commit: string): string {
  const { event, pullRequest, upstream } = trigger;
  if (event === 'pull_request_target' && commit === pullRequest?.headCommit)
    return `refs/pull/${pullRequest.number}/head`;
  return commit === upstream?.headCommit ? publishedRef(trigger) : trigger.ref;
}

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_review', 'pull_request_review_comment'];

/** Whether the event is about a pull request and runs on it: on the merge that GitHub made of its head. */
export function runsOnPullRequest(event: string): boolean {
  return PULL_REQUEST_EVENTS.includes(event);
}

/** Whether the run is on a branch or on none, but may be about a pull request, and may have that checked out. */
export function runsBesidePullRequest({ event, ref, upstream }: Trigger): boolean {
  if (event.startsWith('deployment')) return ref === '';
  if (event !== 'workflow_run') return event === 'pull_request_target' || event === 'issue_comment';
  return upstream !== undefined && /^(?:pull_request|issue_comment|workflow_run)/.test(upstream.event);
}

/** Whether a ref is a tag or the branch that the payload names as default (any branch, where it names none). */
export function isReleaseLine(ref: string, defaultBranch: string | undefined): boolean {
  if (ref.startsWith('refs/tags/')) return true;
  return defaultBranch === undefined ? ref.startsWith('refs/heads/') : ref === `refs/heads/${defaultBranch}`;
}
