import {
  type CommitFacts,
  commitBody,
  nodeId,
  repositoryBody,
  type Site,
  timestamp,
  userBody,
} from './github-answers.ts';
import { opener, pullTitle } from './github-pull-bodies.ts';
import { type PullRecord, pullVersion } from './github-pull-store.ts';
import { releaseBody } from './github-releases.ts';
import { defaultBranchOf, firstCommitDate, type Repository } from './github-repositories.ts';
import { isProtected } from './github-rulesets.ts';
import { mergeGroupBase, type ResolvedSubject, subjectPlace } from './runner-subject.ts';

/** What a payload is made of. */
interface Material {
  site: Site;
  hosted: Repository;
  subject: ResolvedSubject;
}

const date = timestamp(firstCommitDate);
const app = (site: Site) => ({
  id: 15368,
  slug: 'github-actions',
  node_id: nodeId('A', 15368),
  owner: userBody(site, 'github'),
  name: 'GitHub Actions',
  description: null,
  external_url: 'https://help.github.com/en/actions',
  html_url: 'https://github.com/apps/github-actions',
  created_at: date,
  updated_at: date,
  permissions: { checks: 'write', contents: 'write' },
  events: ['push'],
});

const urlOf = ({ site, hosted }: Material) => `${site.apiUrl}/repos/${hosted.fullName}`;
const pageOf = ({ site, hosted }: Material) => `${site.serverUrl}/${hosted.fullName}`;
const numberOf = ({ hosted }: Material, kind: number) => hosted.id * 1_000_000 + kind;

const shown = ['id', 'node_id', 'name', 'full_name', 'private', 'owner', 'description', 'fork', 'url'];

/** A repository as it is named within something else: what it is, and the addresses of what it has. */
function minimalRepository(site: Site, repository: Repository) {
  const isShown = ([key]: [string, unknown]) =>
    shown.includes(key) || (key.endsWith('_url') && !/^(clone|git|mirror|ssh|svn)_url$/.test(key));
  return Object.fromEntries(Object.entries(repositoryBody(site, repository)).filter(isShown));
}

function reactions(url: string) {
  const none = { '+1': 0, '-1': 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };
  return { url: `${url}/reactions`, total_count: 0, ...none };
}

function headCommit({ commit }: ResolvedSubject) {
  if (commit === undefined) return null;
  const person = ({ name, email }: CommitFacts['author']) => ({ name, email });
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.committer.date,
    author: person(commit.author),
    committer: person(commit.committer),
  };
}

/**
 * The open pull requests whose head is the branch or the commit: "the returned pull requests do not necessarily indicate
 * pull requests that triggered the run". A fork's is never named.
 */
function pullRequests(material: Material) {
  const { site, hosted, subject } = material;
  const side = (ref: string, sha: string) => ({
    ref,
    sha,
    repo: { id: hosted.id, url: `${site.apiUrl}/repos/${hosted.fullName}`, name: hosted.name },
  });
  const isMeant = (pull: PullRecord) =>
    pull.state === 'open' &&
    pull.headRepository === hosted &&
    subject.head === hosted &&
    (pull.head === subject.branch || pullVersion(pull).head === subject.sha);
  return [...hosted.pulls.values()].filter(isMeant).map((pull) => {
    const { base, head } = pullVersion(pull);
    const { number } = pull;
    return {
      url: `${urlOf(material)}/pulls/${number}`,
      id: hosted.id * 100_000 + number,
      number,
      head: side(pull.head, head),
      base: side(pull.base, base),
    };
  });
}

function workflowBody(material: Material) {
  const id = numberOf(material, 1);
  return {
    id,
    node_id: nodeId('W', id),
    name: 'CI',
    path: '.github/workflows/ci.yml',
    state: 'active',
    created_at: date,
    updated_at: date,
    url: `${urlOf(material)}/actions/workflows/${id}`,
    html_url: `${pageOf(material)}/blob/${defaultBranchOf(material.hosted)}/.github/workflows/ci.yml`,
    badge_url: `${pageOf(material)}/workflows/CI/badge.svg`,
  };
}

function workflowRun(material: Material) {
  const { site, hosted, subject } = material;
  const [id, suite] = [numberOf(material, 2), numberOf(material, 3)];
  const url = `${urlOf(material)}/actions/runs/${id}`;
  const workflow = workflowBody(material);
  return {
    action: 'completed',
    workflow,
    workflow_run: {
      id,
      name: workflow.name,
      node_id: nodeId('WFR', id),
      // A run for a tag has the tag's name here.
      head_branch: subject.branch ?? subject.tag ?? null,
      head_sha: subject.sha,
      path: workflow.path,
      run_number: 1,
      event: subject.event,
      display_title: subject.commit?.message.split('\n')[0] ?? '',
      status: 'completed',
      conclusion: 'success',
      workflow_id: workflow.id,
      check_suite_id: suite,
      check_suite_node_id: nodeId('CS', suite),
      url,
      html_url: `${pageOf(material)}/actions/runs/${id}`,
      pull_requests: pullRequests(material),
      created_at: date,
      updated_at: date,
      actor: userBody(site, opener, 'User'),
      run_attempt: 1,
      run_started_at: date,
      triggering_actor: userBody(site, opener, 'User'),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${urlOf(material)}/check-suites/${suite}`,
      artifacts_url: `${url}/artifacts`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      workflow_url: workflow.url,
      previous_attempt_url: null,
      head_commit: headCommit(subject),
      repository: minimalRepository(site, hosted),
      head_repository: minimalRepository(site, subject.head),
    },
  };
}

/** "Pushes to a branch in a forked repository are not detected and return […] a null value for `head_branch`." */
function suiteBody(material: Material) {
  const { site, hosted, subject } = material;
  const id = numberOf(material, 3);
  return {
    id,
    node_id: nodeId('CS', id),
    head_branch: subject.head === hosted ? (subject.branch ?? null) : null,
    head_sha: subject.sha,
    status: 'completed',
    conclusion: 'success',
    url: `${urlOf(material)}/check-suites/${id}`,
    before: subject.commit?.parents[0] ?? null,
    after: subject.sha,
    pull_requests: pullRequests(material),
    app: app(site),
    created_at: date,
    updated_at: date,
  };
}

function checkSuite(material: Material) {
  const suite = suiteBody(material);
  const runs = `${suite.url}/check-runs`;
  const more = { latest_check_runs_count: 1, check_runs_url: runs, head_commit: headCommit(material.subject) };
  return { action: 'completed', check_suite: { ...suite, ...more } };
}

function checkRun(material: Material) {
  const id = numberOf(material, 4);
  const url = `${urlOf(material)}/check-runs/${id}`;
  const page = `${pageOf(material)}/runs/${id}`;
  const check_run = {
    id,
    node_id: nodeId('CR', id),
    head_sha: material.subject.sha,
    external_id: '',
    url,
    html_url: page,
    details_url: page,
    status: 'completed',
    conclusion: 'success',
    started_at: date,
    completed_at: date,
    output: { title: null, summary: null, text: null, annotations_count: 0, annotations_url: `${url}/annotations` },
    name: 'build',
    check_suite: suiteBody(material),
    app: app(material.site),
    pull_requests: pullRequests(material),
  };
  return { action: 'completed', check_run };
}

/** "The array includes a maximum of 10 branches." */
const mostBranches = 10;

function status(material: Material) {
  const { site, hosted, subject } = material;
  const branches = subject.containing.slice(0, mostBranches).map(({ name, sha }) => ({
    name,
    commit: { sha, url: `${urlOf(material)}/commits/${sha}` },
    protected: isProtected(hosted, `refs/heads/${name}`),
  }));
  return {
    id: numberOf(material, 5),
    sha: subject.sha,
    name: hosted.fullName,
    target_url: null,
    avatar_url: null,
    context: 'build',
    description: null,
    state: 'success',
    commit: subject.commit ? commitBody(site, hosted, subject.commit) : null,
    branches,
    created_at: date,
    updated_at: date,
  };
}

function deployment(material: Material) {
  const { site, subject } = material;
  const id = numberOf(material, 6);
  const url = `${urlOf(material)}/deployments/${id}`;
  const body = {
    url,
    id,
    node_id: nodeId('DE', id),
    task: 'deploy',
    original_environment: 'production',
    environment: 'production',
    description: null,
    created_at: date,
    updated_at: date,
    statuses_url: `${url}/statuses`,
    repository_url: urlOf(material),
    creator: userBody(site, opener, 'User'),
    sha: subject.sha,
    ref: subject.tag ?? subject.branch ?? subject.sha,
    payload: {},
    transient_environment: false,
    production_environment: true,
    performed_via_github_app: null,
  };
  return { action: 'created', deployment: body, workflow: null, workflow_run: null };
}

function deploymentStatus(material: Material) {
  const about = deployment(material);
  const id = numberOf(material, 7);
  const deployment_status = {
    url: `${about.deployment.statuses_url}/${id}`,
    id,
    node_id: nodeId('DS', id),
    state: 'success',
    creator: userBody(material.site, opener, 'User'),
    description: '',
    environment: about.deployment.environment,
    target_url: '',
    created_at: date,
    updated_at: date,
    deployment_url: about.deployment.url,
    repository_url: urlOf(material),
    performed_via_github_app: null,
  };
  return { ...about, deployment_status };
}

function issueBody(material: Material) {
  const { site, hosted, subject } = material;
  const { issue: number, pull } = subject;
  const page = `${pageOf(material)}/${pull === undefined ? 'issues' : 'pull'}/${number}`;
  const url = `${urlOf(material)}/issues/${number}`;
  const part = pull && {
    url: `${urlOf(material)}/pulls/${number}`,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    merged_at: pull.merged === undefined ? null : timestamp(pull.merged.at),
  };
  return {
    url,
    repository_url: urlOf(material),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    id: hosted.id * 100_000 + number,
    node_id: nodeId('I', `${hosted.id}:${number}`),
    number,
    title: pull === undefined ? `Issue ${number}` : pullTitle(number),
    user: userBody(site, opener, 'User'),
    labels: [],
    state: pull?.state ?? 'open',
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: 0,
    created_at: date,
    updated_at: date,
    closed_at: pull?.closedAt === undefined ? null : timestamp(pull.closedAt),
    author_association: 'MEMBER',
    active_lock_reason: null,
    ...(part && { draft: false, pull_request: part }),
    body: null,
    reactions: reactions(url),
    performed_via_github_app: null,
  };
}

function issueComment(material: Material) {
  const issue = issueBody(material);
  const id = numberOf(material, 8);
  const url = `${urlOf(material)}/issues/comments/${id}`;
  const comment = {
    url,
    html_url: `${issue.html_url}#issuecomment-${id}`,
    issue_url: issue.url,
    id,
    node_id: nodeId('IC', id),
    user: userBody(material.site, opener, 'User'),
    created_at: date,
    updated_at: date,
    author_association: 'MEMBER',
    body: '/publish',
    reactions: reactions(url),
    performed_via_github_app: null,
  };
  return { action: 'created', issue, comment };
}

function release(material: Material) {
  const { site, hosted, subject } = material;
  const tag = subject.tag ?? '';
  const now = { createdAt: new Date(firstCommitDate), publishedAt: new Date(firstCommitDate) };
  const found = hosted.releases.find((one) => one.tag === tag) ?? { tag, draft: false, prerelease: false, ...now };
  return { action: 'published', release: releaseBody(site, hosted, found) };
}

function refFacts({ tag, branch }: ResolvedSubject) {
  return { ref: tag ?? branch ?? '', ref_type: tag === undefined ? 'branch' : 'tag', pusher_type: 'user' };
}

function mergeGroup({ hosted, subject }: Material) {
  const { ref, sha } = subjectPlace('merge_group', subject);
  const base_ref = `refs/heads/${subject.pull?.base ?? subject.branch ?? defaultBranchOf(hosted)}`;
  const commits = { head_sha: sha, head_ref: ref, base_sha: mergeGroupBase(subject), base_ref };
  return { action: 'checks_requested', merge_group: { ...commits, head_commit: headCommit(subject) } };
}

const makers: Readonly<Record<string, (material: Material) => object>> = {
  check_run: checkRun,
  check_suite: checkSuite,
  create: ({ hosted, subject }) => ({
    ...refFacts(subject),
    master_branch: defaultBranchOf(hosted),
    description: null,
  }),
  delete: ({ subject }) => refFacts(subject),
  deployment,
  deployment_status: deploymentStatus,
  issue_comment: issueComment,
  issues: (material) => ({ action: 'opened', issue: issueBody(material) }),
  merge_group: mergeGroup,
  release,
  repository_dispatch: ({ hosted }) => ({
    action: 'publish',
    branch: defaultBranchOf(hosted),
    client_payload: {},
    installation: { id: hosted.id, node_id: nodeId('I', hosted.id) },
  }),
  schedule: () => ({ schedule: '0 3 * * *', workflow: '.github/workflows/sync.yml' }),
  status,
  workflow_run: workflowRun,
};

/** What an event's payload says of what it is about; `undefined` for events whose payloads are made elsewhere. */
export function subjectPayload(
  site: Site,
  hosted: Repository,
  event: string,
  subject: ResolvedSubject,
): object | undefined {
  return makers[event]?.({ site, hosted, subject });
}
