import * as z from 'zod';
import { CodexSyncError } from '../errors.ts';
import { type BranchName, branchName } from '../text/ids.ts';
import { branchOfRef, isRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';

/** From the largest to the smallest audience. */
export const VISIBILITIES = ['public', 'internal', 'private'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** The facts of every run: the server, and the state of the project's repository. */
interface TriggerFacts {
  /** `owner/name`; `undefined` at a terminal outside of a repository. */
  readonly repository: string | undefined;
  /** Full ref name; `refs/pull/<n>/merge` for a pull request; `undefined` without a ref. */
  readonly ref: string | undefined;
  /** In a workflow GITHUB_SHA, which the runner sets to the commit of the event. */
  readonly commit: string | undefined;
  readonly defaultBranch: BranchName | undefined;
  readonly visibility: Visibility | undefined;
  readonly serverUrl: string;
  readonly apiUrl: string;
}

/** An event of GitHub started a workflow; contains only the facts for the rules of design section 4. */
export interface WorkflowTrigger extends TriggerFacts {
  readonly kind: 'workflow';
  readonly event: string;
  readonly actor: string;
  readonly repository: string;
  /** From the payload; see `subject` for the events that name it in part. */
  readonly pullRequest: PullRequest | undefined;
  readonly subject: Subject;
  /** Only on the event `delete`. */
  readonly deletedBranch: BranchName | undefined;
  /** The run that a `workflow_run` event follows. */
  readonly upstream: UpstreamRun | undefined;
  readonly runUrl: string | undefined;
  /** The workflow's file, with its repository before the path. */
  readonly workflow: string | undefined;
}

export interface TerminalTrigger extends TriggerFacts {
  readonly kind: 'terminal';
  /** The remote `origin` if it is a path on this machine, not a repository on GitHub. */
  readonly localOrigin?: string;
  readonly pullRequest?: undefined;
  readonly deletedBranch?: undefined;
  readonly runUrl?: undefined;
  readonly workflow?: undefined;
}

/** A run for a whole organization publishes one of its repositories; the trigger of that run decides nothing about it. */
export interface OrganizationTrigger extends TriggerFacts {
  readonly kind: 'organization';
  readonly repository: string;
  readonly ref: string;
  readonly commit: string;
  readonly pullRequest?: undefined;
  readonly deletedBranch?: undefined;
  /** From the run for the organization; both are `undefined` at a terminal. */
  readonly runUrl: string | undefined;
  readonly workflow: string | undefined;
}

export type RunTrigger = WorkflowTrigger | TerminalTrigger;
export type Trigger = RunTrigger | OrganizationTrigger;
/** A trigger with a repository. */
export type ProjectTrigger = Trigger & { readonly repository: string };

/**
 * The subject of the event. Some events run on the default branch but concern another commit: the working tree of such a
 * run may come from there.
 */
export type Subject =
  /** Only the ref and the commit of the run. */
  | { readonly kind: 'ref' }
  | {
      readonly kind: 'pull request';
      readonly number: number | undefined;
      /** Its head, when the payload has no number. */
      readonly head: { readonly commit: string; readonly branch: BranchName } | undefined;
    }
  | {
      readonly kind: 'commit';
      readonly commit: string;
      readonly pullRequest: number | undefined;
      readonly branch: BranchName | undefined;
    }
  /** Another commit, which no payload names: that of the run two steps back. */
  | { readonly kind: 'unknown' };

interface UpstreamRun {
  readonly event: string;
  /** A tag on some events. */
  readonly headBranch: string | undefined;
  readonly headCommit: string | undefined;
  readonly headRepository: string | undefined;
}

export interface PullRequest {
  readonly number: number;
  readonly headCommit: string;
  /** `undefined` when the fork was deleted. */
  readonly headRepository: string | undefined;
  readonly headBranch: BranchName | undefined;
  readonly baseBranch: BranchName | undefined;
  /** Tip of the base branch at the time of the event. */
  readonly baseCommit: string | undefined;
  /** Whether the event closed it, and whether it was merged then. */
  readonly closed: boolean;
  readonly merged: boolean;
}

/** A job of a workflow, from the runner; absent values are `undefined`. */
export interface WorkflowContext {
  readonly kind: 'workflow';
  readonly event: string;
  readonly actor: string;
  readonly ref: string | undefined;
  readonly commit: string | undefined;
  readonly repository: string;
  readonly runId: string | undefined;
  /** `owner/name/path@ref` */
  readonly workflowRef: string | undefined;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly payload: unknown;
}

/** A terminal, and the repository around it. */
export interface TerminalContext extends Omit<TriggerFacts, 'visibility'> {
  readonly kind: 'terminal';
  readonly localOrigin?: string;
}

export type RunContext = WorkflowContext | TerminalContext;

const Repository = z.object({ full_name: z.string() });
const Branch = z.string().transform(branchName);
const Side = z.object({ sha: z.string(), ref: Branch.nullish() });
/** A pull request in the list of a run or a check, by their commit; its base may be another repository. */
const NamedPull = z.object({
  number: z.number(),
  head: Side,
  base: Side.extend({ repo: z.object({ url: z.string().nullish() }).nullish() }).nullish(),
});
const Checked = z.object({
  head_sha: z.string().nullish(),
  head_branch: Branch.nullish(),
  pull_requests: z.array(NamedPull).nullish(),
});
const Payload = z.object({
  action: z.string().nullish(),
  ref: z.string().nullish(),
  ref_type: z.string().nullish(),
  issue: z.object({ number: z.number(), pull_request: z.unknown().optional() }).nullish(),
  check_suite: Checked.nullish(),
  check_run: Checked.extend({ check_suite: Checked.nullish() }).nullish(),
  deployment: z.object({ sha: z.string(), ref: z.string().nullish() }).nullish(),
  /** In the event `status`. */
  sha: z.string().nullish(),
  branches: z.array(z.object({ name: Branch })).nullish(),
  repository: z
    .object({
      default_branch: Branch.nullish(),
      visibility: z.enum(VISIBILITIES).nullish(),
      private: z.boolean().nullish(),
    })
    .nullish(),
  pull_request: z
    .object({
      number: z.number(),
      head: Side.extend({ repo: Repository.nullish() }),
      base: Side.nullish(),
      merged: z.boolean().nullish(),
    })
    .nullish(),
  workflow_run: z
    .object({
      event: z.string(),
      head_branch: Branch.nullish(),
      head_sha: z.string().nullish(),
      head_repository: Repository.nullish(),
      pull_requests: z.array(NamedPull).nullish(),
    })
    .nullish(),
});
type ParsedPayload = z.infer<typeof Payload>;

/**
 * Reads the facts for the guards from the event's payload; a terminal has none.
 * @throws CodexSyncError `bad-input` when the payload lacks the form that GitHub documents for its events
 */
export function parseTrigger(context: WorkflowContext): WorkflowTrigger;
export function parseTrigger(context: RunContext): RunTrigger;
export function parseTrigger(context: RunContext): RunTrigger {
  const [serverUrl, apiUrl] = [context.serverUrl, context.apiUrl].map((url) => url.replace(/\/+$/, '')) as [
    string,
    string,
  ];
  if (context.kind === 'terminal') return { ...context, serverUrl, apiUrl, visibility: undefined };
  if (!isRepository(context.repository)) {
    throw new CodexSyncError(
      'bad-input',
      `GITHUB_REPOSITORY is "${printable(context.repository)}".`,
      "Use owner/name: the project's own repository.",
    );
  }
  const parsed = Payload.safeParse(context.payload);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'its root').join(', ');
    throw new CodexSyncError('bad-input', `The event payload of this run is not one that GitHub sends: see ${where}.`);
  }
  const { repository, workflow_run: upstream } = parsed.data;
  const privacy = repository?.private == null ? undefined : repository.private ? 'private' : 'public';
  return {
    kind: 'workflow',
    event: context.event,
    actor: context.actor,
    ref: context.ref,
    commit: context.commit,
    repository: context.repository,
    defaultBranch: repository?.default_branch ?? scheduledBranch(context),
    visibility: repository?.visibility ?? privacy,
    pullRequest: pullRequestOf(parsed.data, context),
    subject: subjectOf(parsed.data, context),
    deletedBranch: deletedBranch(parsed.data, context),
    upstream: upstream
      ? {
          event: upstream.event,
          headBranch: upstream.head_branch ?? undefined,
          headCommit: upstream.head_sha ?? undefined,
          headRepository: upstream.head_repository?.full_name,
        }
      : undefined,
    serverUrl,
    apiUrl,
    runUrl: context.runId && `${serverUrl}/${context.repository}/actions/runs/${context.runId}`,
    workflow: context.workflowRef?.split('@')[0],
  };
}

/** The pull request of an event, or of the run that the event follows: there GitHub lists those of the run's head. */
function pullRequestOf(payload: ParsedPayload, context: WorkflowContext): PullRequest | undefined {
  const { action, pull_request, workflow_run } = payload;
  if (pull_request) {
    const { number, head, base, merged } = pull_request;
    const headRepository = head.repo?.full_name;
    const ends = { closed: action === 'closed', merged: merged === true };
    return { number, headRepository, ...sidesOf(head, base), ...ends };
  }
  const followed = isOfPullRequest(workflow_run?.event) ? ownPull(workflow_run?.pull_requests, context) : undefined;
  if (!followed) return undefined;
  const { number, head, base } = followed;
  const headRepository = workflow_run?.head_repository?.full_name;
  return { number, headRepository, ...sidesOf(head, base), closed: false, merged: false };
}

function sidesOf(head: z.infer<typeof Side>, base: z.infer<typeof Side> | null | undefined) {
  const branches = { headBranch: head.ref ?? undefined, baseBranch: base?.ref ?? undefined };
  return { headCommit: head.sha, baseCommit: base?.sha, ...branches };
}

/** The first pull request into this repository: a fork's run also lists pull requests into its parent. */
function ownPull(
  pulls: readonly z.infer<typeof NamedPull>[] | null | undefined,
  { repository }: WorkflowContext,
): z.infer<typeof NamedPull> | undefined {
  const isOwn = (url: string) => url.toLowerCase().endsWith(`/repos/${repository.toLowerCase()}`);
  return pulls?.find(({ base }) => base?.repo?.url == null || isOwn(base.repo.url));
}

function isOfPullRequest(event: string | undefined): boolean {
  return event?.startsWith('pull_request') ?? false;
}

/** Events that concern only the commit of their run: a run that follows them receives all facts. */
const ABOUT_THEIR_COMMIT = [
  'create',
  'deployment',
  'deployment_status',
  'push',
  'registry_package',
  'release',
  'schedule',
  'workflow_dispatch',
];

function subjectOf(payload: ParsedPayload, context: WorkflowContext): Subject {
  const { check_run, check_suite, deployment, issue, sha, branches, workflow_run: upstream } = payload;
  const checked = (check: z.infer<typeof Checked> | null | undefined): Subject => {
    if (!check?.head_sha) return { kind: 'unknown' };
    const pullRequest = ownPull(check.pull_requests, context)?.number;
    return { kind: 'commit', commit: check.head_sha, pullRequest, branch: check.head_branch ?? undefined };
  };
  switch (context.event) {
    case 'issue_comment':
      return issue?.pull_request == null
        ? { kind: 'unknown' }
        : { kind: 'pull request', number: issue.number, head: undefined };
    case 'repository_dispatch':
      return { kind: 'unknown' };
    case 'workflow_run': {
      const number = ownPull(upstream?.pull_requests, context)?.number;
      const { event = '', head_sha: commit, head_branch: branch } = upstream ?? {};
      if (isOfPullRequest(event) && number !== undefined) return { kind: 'pull request', number, head: undefined };
      if (runsOnPullRequest(event) && commit && branch) {
        return { kind: 'pull request', number: undefined, head: { commit, branch } };
      }
      return ABOUT_THEIR_COMMIT.includes(event) ? checked(upstream) : { kind: 'unknown' };
    }
    case 'check_run':
      return checked({ ...check_run?.check_suite, ...check_run });
    case 'check_suite':
      return checked(check_suite);
    case 'status':
      return checked({ head_sha: sha, head_branch: branches?.length === 1 ? branches[0]?.name : undefined });
    case 'deployment':
    case 'deployment_status':
      return checked({ head_sha: deployment?.sha, head_branch: branchOfDeployment(deployment) });
    default:
      return isOfPullRequest(context.event) && payload.pull_request
        ? { kind: 'pull request', number: payload.pull_request.number, head: undefined }
        : { kind: 'ref' };
  }
}

/** A deployment has a branch, a tag or a commit; only a branch can have a preview, so the others must not pass for one. */
function branchOfDeployment(deployment: ParsedPayload['deployment']): BranchName | undefined {
  const ref = deployment?.ref ?? '';
  return ref === '' || ref === deployment?.sha || ref.startsWith('refs/tags/')
    ? undefined
    : branchName(ref.replace(/^refs\/heads\//, ''));
}

function deletedBranch({ ref_type, ref }: ParsedPayload, { event }: WorkflowContext): BranchName | undefined {
  return event === 'delete' && ref_type === 'branch' && ref ? branchName(ref) : undefined;
}

/** A schedule runs on the default branch only, and its payload names no repository. */
function scheduledBranch({ event, ref }: WorkflowContext): BranchName | undefined {
  return event === 'schedule' ? branchOfRef(ref) : undefined;
}

/**
 * The commit and the ref of a run: its own, except for `workflow_run`, which runs on the default branch and follows another
 * run. The payload has that run's branch or tag without its kind: a release has a tag.
 */
export function namedBy(trigger: Trigger): Pick<Trigger, 'commit' | 'ref'> {
  const { ref, commit } = trigger;
  const upstream = trigger.kind === 'workflow' && trigger.event === 'workflow_run' ? trigger.upstream : undefined;
  if (!upstream?.headBranch || !upstream.headCommit) return { commit, ref };
  const kind = upstream.event === 'release' ? 'tags' : 'heads';
  return { commit: upstream.headCommit, ref: `refs/${kind}/${upstream.headBranch}` };
}

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_review', 'pull_request_review_comment'];

/** Whether the event concerns a pull request and runs on GitHub's merge of its head. */
export function runsOnPullRequest(event: string): boolean {
  return PULL_REQUEST_EVENTS.includes(event);
}

export function isOnPullRequest(trigger: Trigger): boolean {
  return trigger.kind === 'workflow' && runsOnPullRequest(trigger.event);
}

/** Whether the event concerns only the run's own commit, so that the output of a job belongs to a known commit. */
export function isAboutHead(trigger: Trigger): boolean {
  if (trigger.kind !== 'workflow') return true;
  return trigger.subject.kind === 'ref' && ABOUT_THEIR_COMMIT.includes(trigger.event);
}

/** The remote of a repository on disk. */
export interface Origin {
  /** `owner/name` */
  readonly repository: string;
  /** The host in the remote's spelling; with ssh it may be the user's alias. */
  readonly host: string;
  /**
   * The HTTPS server of the host: with a port only if the remote itself uses HTTPS. Plain HTTP is for this machine only,
   * whatever the remote's URL: anyone on the network path could read the token.
   */
  readonly serverUrl: string;
  readonly ssh: boolean;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3})$/i;
const HOST = /^(?!-)[A-Za-z0-9._-]{1,253}$/;

/**
 * Reads the URL of a remote: `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name`.
 * @returns `undefined` for any URL that is no repository of a GitHub: a path, a bundle, another depth
 */
export function parseOrigin(url: string): Origin | undefined {
  const full = /^(https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(:\d+)?\/(.+)$/i.exec(url);
  const short = /^(?:[^/@:]+@)?([^/:]{2,}):(?!\/\/)\/?(.+)$/.exec(url);
  const [protocol = 'ssh', host = '', port = '', path = ''] = full
    ? [full[1]?.toLowerCase(), full[2], full[3], full[4]]
    : ['ssh', short?.[1], '', short?.[2]];
  const repository = path.replace(/\/$/, '').replace(/\.git$/, '');
  if (!HOST.test(host) || !isRepository(repository)) return undefined;
  const isPlain = protocol === 'http' && LOOPBACK.test(host);
  return {
    repository,
    host: nameOf(host),
    serverUrl: isPlain ? `http://${host}${port}` : serverOf(protocol === 'https' ? host + port : host),
    ssh: protocol === 'ssh',
  };
}

/** Whether the URL of a remote is a path on this machine. */
export function isLocalPath(url: string): boolean {
  return /^(?:file:|[./~]|[A-Za-z]:[\\/])/i.test(url);
}

/** The server behind a host. */
export function serverOf(host: string): string {
  return `https://${nameOf(host).toLowerCase()}`;
}

/** GitHub has a separate host for ssh over the port of https, and one that only redirects to it. */
function nameOf(host: string): string {
  return /^(?:ssh|www)\.github\.com$/i.test(host) ? 'github.com' : host;
}

/**
 * Whether a token may go to a server without the user's consent: a checkout can name any server.
 * @param named the server or host from the user's own environment
 */
export function isKnownServer(serverUrl: string, named: readonly (string | undefined)[]): boolean {
  const { protocol, host } = new URL(serverUrl);
  if (protocol === 'https:' && (host === 'github.com' || host.endsWith('.ghe.com'))) return true;
  return named.some((name) => name === serverUrl || name?.toLowerCase() === host);
}

/** @throws CodexSyncError `bad-input` for an address that cannot be one: its text is from a variable */
export function checkAddresses(serverUrl: string, apiUrl: string): void {
  if (!isAddress(serverUrl)) {
    throw new CodexSyncError(
      'bad-input',
      `The server is "${printable(serverUrl, 100)}".`,
      'Set GITHUB_SERVER_URL to its address, such as https://ghe.acme.com, or GH_HOST to its name.',
    );
  }
  if (!isAddress(apiUrl)) {
    throw new CodexSyncError(
      'bad-input',
      `The server of the API is "${printable(apiUrl, 100)}".`,
      `Set GITHUB_API_URL to its address, such as ${apiOf(serverUrl)}, or leave it empty.`,
    );
  }
}

function isAddress(url: string): boolean {
  return /^https?:/i.test(url) && URL.canParse(url);
}

/** The API URL of a server, as GitHub documents it for github.com, ghe.com and GitHub Enterprise Server. */
export function apiOf(serverUrl: string): string {
  const { protocol, host } = new URL(serverUrl);
  if (host === 'github.com') return 'https://api.github.com';
  return host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}
