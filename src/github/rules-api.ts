import { CodexSyncError } from '../errors.ts';
import type { BranchName } from '../text/ids.ts';
import { type Client, ITEMS, PAGE_SIZE, readPages } from './client.ts';
import { readBranchBody } from './codex-api.ts';
import { type Asked, answerMessage, failRequest, hasStatus, isRequestError } from './failures.ts';

/** Rules of GitHub that may refuse a push to the codex. Every error is one sentence that names codex and token. */
export interface RulesApi {
  /** Protection as non-administrators see it; `undefined` without such a branch. */
  readonly readProtection: (branch: BranchName) => Promise<BranchProtection | undefined>;
  /** Active rules for a name that need not be a branch yet; GitHub's message when it lists none. */
  readonly tryRules: (branch: BranchName) => Promise<readonly BranchRule[] | Unavailable>;
}

const RULES = { name: 'rules', item: ITEMS.rule, maxPages: 20 };

async function readRules(client: Client, repository: string, branch: BranchName): Promise<BranchRule[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const asking = { owner, repo, branch, per_page: PAGE_SIZE };
  const rules = await readPages(client.paginate.iterator(client.rest.repos.getBranchRules, asking), RULES);
  return rules.map(({ type, ruleset_id: id, ruleset_source: source, ...rule }) => {
    const parameters = 'parameters' in rule ? rule.parameters : undefined;
    return { type, id, source, ...(parameters && { parameters: { ...parameters } }) };
  });
}

export function createRulesApi(client: Client, asked: Asked): RulesApi {
  return {
    async readProtection(branch) {
      const body = await readBranchBody(client, asked, branch);
      if (!body) return undefined;
      const { enabled, required_status_checks: required } = body.protection ?? {};
      const checks = required?.enforcement_level === 'off' ? [] : (required?.contexts ?? []);
      return { isProtected: body.protected, isClassic: enabled === true, checks };
    },

    async tryRules(branch) {
      try {
        return await readRules(client, asked.repository, branch);
      } catch (error) {
        // Older servers, and private repositories of some plans, have no rules.
        if (!hasStatus(error, 403) && !hasStatus(error, 404)) return failRequest(error, asked);
        return { unavailable: `${error.status}: ${answerMessage(error)}` };
      }
    },
  };
}

/** GitHub's own message for a missing answer. */
export interface Unavailable {
  readonly unavailable: string;
}

export interface BranchRule {
  /** GitHub's name, such as `pull_request`; newer, unknown ones are possible. */
  readonly type: string;
  /** The ruleset's number, and its repository or organization. */
  readonly id: number | undefined;
  readonly source: string | undefined;
  /** GitHub's names and values; each type of rule has its own. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Branch protection as every reader sees it. */
export interface BranchProtection {
  /** By a ruleset, or by a classic branch protection rule. */
  readonly isProtected: boolean;
  /** Whether a classic branch protection rule exists. */
  readonly isClassic: boolean;
  /** Status checks that the classic rule requires. */
  readonly checks: readonly string[];
}

export interface ListedBranch {
  readonly name: string;
  readonly isProtected: boolean;
}

export interface TagRuleset {
  readonly id: number;
  /** Full refs, globs of them, or `~ALL`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly string[];
}

/** A GitHub environment, and the refs (full names or patterns) that may use its secrets. */
export interface DeploymentEnvironment {
  readonly name: string;
  readonly refs: 'any' | 'protected branches' | readonly string[] | Unavailable;
}

/** Who may change a project's release line and use its secrets, according to GitHub. No call throws. */
export interface ProjectRulesApi {
  /** Active rulesets for tags, including those of the organization. */
  readonly tryTagRulesets: () => Promise<readonly TagRuleset[] | Unavailable>;
  /** The first branches by name, and whether these are all. */
  readonly tryBranches: () => Promise<BranchList | Unavailable>;
  readonly tryRules: (branch: BranchName) => Promise<readonly BranchRule[] | Unavailable>;
  readonly tryEnvironments: () => Promise<readonly DeploymentEnvironment[] | Unavailable>;
}

interface BranchList {
  readonly branches: readonly ListedBranch[];
  readonly isComplete: boolean;
}

const RULESETS = { name: 'rulesets', item: ITEMS.ruleset, maxPages: 5 };
/** Each ruleset and each environment takes a request. */
const MAX_ASKED = 20;
const MAX_BRANCH_PAGES = 10;
/** GitHub's suggested name, which the workflows of `init` use. */
const USUAL_ENVIRONMENT = 'production';

export function createProjectRulesApi(client: Client, repository: string): ProjectRulesApi {
  const [owner = '', repo = ''] = repository.split('/');
  const named = { owner, repo };

  async function readRuleset(id: number): Promise<TagRuleset> {
    const { data } = await client.rest.repos.getRepoRuleset({ ...named, ruleset_id: id, includes_parents: true });
    const refs = data.conditions && 'ref_name' in data.conditions ? data.conditions.ref_name : undefined;
    const { include = [], exclude = [] } = refs ?? {};
    return { id, include, exclude, rules: (data.rules ?? []).map(({ type }) => type) };
  }

  async function refsOf(environment: string): Promise<readonly string[] | Unavailable> {
    const asked = { ...named, environment_name: environment, per_page: PAGE_SIZE };
    const { data } = await client.rest.repos.listDeploymentBranchPolicies(asked);
    if (data.total_count > data.branch_policies.length) return { unavailable: `more than ${PAGE_SIZE} patterns` };
    return data.branch_policies.map(({ name = '', type }) => `refs/${type === 'tag' ? 'tags' : 'heads'}/${name}`);
  }

  return {
    async tryTagRulesets() {
      try {
        const asking = { ...named, includes_parents: true, targets: 'tag', per_page: PAGE_SIZE };
        const listed = await readPages(client.paginate.iterator(client.rest.repos.getRepoRulesets, asking), RULESETS);
        // Servers without this filter list rulesets for branches as well.
        const active = listed.filter(({ target, enforcement }) => target === 'tag' && enforcement === 'active');
        return await Promise.all(active.slice(0, MAX_ASKED).map(({ id }) => readRuleset(id)));
      } catch (error) {
        return unavailable(error);
      }
    },

    async tryBranches() {
      const branches: ListedBranch[] = [];
      try {
        for (let page = 1; page <= MAX_BRANCH_PAGES; page++) {
          const { data, headers } = await client.rest.repos.listBranches({ ...named, per_page: PAGE_SIZE, page });
          branches.push(...data.map(({ name, protected: isProtected }) => ({ name, isProtected })));
          if (!headers.link?.includes('rel="next"')) return { branches, isComplete: true };
        }
        return { branches, isComplete: false };
      } catch (error) {
        return unavailable(error);
      }
    },

    async tryRules(branch) {
      try {
        return await readRules(client, repository, branch);
      } catch (error) {
        return unavailable(error);
      }
    },

    async tryEnvironments() {
      try {
        const { data } = await client.rest.repos.getAllEnvironments({ ...named, per_page: PAGE_SIZE });
        const rank = ({ name }: { readonly name: string }) => (name === USUAL_ENVIRONMENT ? 0 : 1);
        const environments = (data.environments ?? []).toSorted((one, other) => rank(one) - rank(other));
        return await Promise.all(
          environments.slice(0, MAX_ASKED).map(async ({ name, deployment_branch_policy: policy }) => {
            if (!policy) return { name, refs: 'any' as const };
            if (policy.protected_branches) return { name, refs: 'protected branches' as const };
            return { name, refs: await refsOf(name).catch(unavailable) };
          }),
        );
      } catch (error) {
        return unavailable(error);
      }
    },
  };
}

function unavailable(error: unknown): Unavailable {
  if (error instanceof CodexSyncError) return { unavailable: error.message };
  if (!isRequestError(error)) throw error;
  return { unavailable: `${error.status}: ${answerMessage(error)}` };
}
