import { nodeId, type Site, timestamp, userBody } from './github-answers.ts';
import { firstCommitDate, type Repository } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, refuse } from './github-routes.ts';

/** Who may deploy to an environment: any branch, unless told. */
export interface EnvironmentOptions {
  /** Every branch that is protected, or those that these patterns name. */
  branches?: 'protected' | readonly BranchPolicy[];
  /** Logins of the users of whom one must agree. */
  reviewers?: readonly string[];
}

/** A pattern of names of branches or tags. */
interface BranchPolicy {
  name: string;
  type: 'branch' | 'tag';
}

export interface EnvironmentRecord extends EnvironmentOptions {
  id: number;
  name: string;
}

export function makeEnvironment(repository: Repository, name: string, options: EnvironmentOptions = {}): void {
  const id = repository.id * 1000 + repository.environments.length + 1;
  repository.environments.push({ ...options, id, name });
}

function policiesOf({ branches }: EnvironmentRecord): readonly BranchPolicy[] {
  return Array.isArray(branches) ? branches : [];
}

function protectionRules(site: Site, { id, branches, reviewers = [] }: EnvironmentRecord) {
  const rule = (kind: number, type: string) => ({ id: id * 10 + kind, node_id: nodeId('GA', id * 10 + kind), type });
  const asked = reviewers.map((login) => ({ type: 'User', reviewer: userBody(site, login, 'User') }));
  return [
    ...(asked.length > 0 ? [{ ...rule(1, 'required_reviewers'), prevent_self_review: false, reviewers: asked }] : []),
    ...(branches === undefined ? [] : [rule(2, 'branch_policy')]),
  ];
}

function environmentBody(site: Site, { fullName }: Repository, environment: EnvironmentRecord) {
  const { id, name, branches } = environment;
  const date = timestamp(firstCommitDate);
  const isProtected = branches === 'protected';
  return {
    id,
    node_id: nodeId('EN', id),
    name,
    url: `${site.apiUrl}/repos/${fullName}/environments/${encodeURIComponent(name)}`,
    html_url: `${site.serverUrl}/${fullName}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    created_at: date,
    updated_at: date,
    can_admins_bypass: true,
    protection_rules: protectionRules(site, environment),
    deployment_branch_policy:
      branches === undefined ? null : { protected_branches: isProtected, custom_branch_policies: !isProtected },
  };
}

function listEnvironments({ site, repository, query }: Call): Answer {
  const { environments, fullName } = repository;
  const shown = itemsOf(environments, query);
  const headers = linkHeader(`${site.apiUrl}/repos/${fullName}/environments`, query, environments.length);
  const bodies = shown.map((environment) => environmentBody(site, repository, environment));
  return { status: 200, headers, body: { total_count: environments.length, environments: bodies } };
}

function environmentOf({ repository, parameters }: Call): EnvironmentRecord | undefined {
  return repository.environments.find(({ name }) => name === parameters.environment_name);
}

function getEnvironment(call: Call): Answer {
  const found = environmentOf(call);
  return found ? { status: 200, body: environmentBody(call.site, call.repository, found) } : refuse(404, 'Not Found');
}

function listPolicies(call: Call): Answer {
  const { site, repository, query } = call;
  const environment = environmentOf(call);
  if (environment === undefined) return refuse(404, 'Not Found');
  const policies = policiesOf(environment).map(({ name, type }, index) => {
    const id = environment.id * 100 + index;
    return { id, node_id: nodeId('GABP', id), name, type };
  });
  const path = `environments/${encodeURIComponent(environment.name)}/deployment-branch-policies`;
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/${path}`, query, policies.length);
  const shown = itemsOf(policies, query);
  return { status: 200, headers, body: { total_count: policies.length, branch_policies: shown } };
}

const base = 'GET /repos/{owner}/{repo}/environments';

export const environmentOperations: readonly Operation[] = [
  { name: base, needs: 'read', permissions: ['actions'], answer: listEnvironments },
  {
    name: `${base}/{environment_name}/deployment-branch-policies`,
    needs: 'read',
    permissions: ['actions'],
    answer: listPolicies,
  },
  { name: `${base}/{environment_name}`, needs: 'read', permissions: ['actions'], answer: getEnvironment },
];
