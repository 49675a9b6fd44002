import { CodexSyncError } from '../errors.ts';
import { ITEMS } from './answer-shapes.ts';
import { type Client, PAGE_SIZE, readPages } from './client.ts';
import { readBranchBody } from './codex-api.ts';
import { type Asked, answerMessage, failRequest, hasStatus, isRequestError } from './failures.ts';

/** What GitHub tells of what may refuse a push to the codex. Every failure is one sentence that names codex and token. */
export interface RulesApi {
  /** How a branch is protected, as far as those see it who may not administrate; `undefined` when there is no such branch. */
  readonly readProtection: (branch: string) => Promise<BranchProtection | undefined>;
  /** The active rules for a name, which need not be that of a branch yet; GitHub's words where it does not list any. */
  readonly tryRules: (branch: string) => Promise<readonly BranchRule[] | Unavailable>;
}

const RULES = { name: 'rules', item: ITEMS.rule, maxPages: 20 };

async function readRules(client: Client, repository: string, branch: string): Promise<BranchRule[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const asking = { owner, repo, branch, per_page: PAGE_SIZE };
  const rules = await readPages(client.paginate.iterator(client.rest.repos.getBranchRules, asking), RULES);
  return rules.map(({ type, ruleset_id: id, ruleset_source: source }) => ({ type, id, source }));
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
        // Older servers know no rules, and private repositories of some plans have none.
        if (!hasStatus(error, 403) && !hasStatus(error, 404)) return failRequest(error, asked);
        return { unavailable: `${error.status}: ${answerMessage(error)}` };
      }
    },
  };
}

/** GitHub did not answer a question, and this is why, in its own words. */
export interface Unavailable {
  readonly unavailable: string;
}

/** A rule of a ruleset that GitHub has for a branch. */
export interface BranchRule {
  /** GitHub's word for it, such as `pull_request`; there may be newer ones than are known here. */
  readonly type: string;
  /** The ruleset's number, and the repository or organization that it belongs to. */
  readonly id: number | undefined;
  readonly source: string | undefined;
}

/** How a branch is protected, as everybody sees it who may read. */
export interface BranchProtection {
  /** By whatever: a ruleset, or a branch protection rule of the kind that was there before. */
  readonly isProtected: boolean;
  /** Whether there is a rule of that kind. */
  readonly isClassic: boolean;
  /** The status checks that this one requires. */
  readonly checks: readonly string[];
}

/** A branch of the project's repository, as its list shows it. */
export interface ListedBranch {
  readonly name: string;
  readonly isProtected: boolean;
}

/** An active ruleset for tags. */
export interface TagRuleset {
  readonly id: number;
  /** Full refs, globs of such, or `~ALL`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The types of its rules. */
  readonly rules: readonly string[];
}

/** A GitHub environment, and which refs may use its secrets; a list is of full names, or patterns of such. */
export interface DeploymentEnvironment {
  readonly name: string;
  readonly refs: 'any' | 'protected branches' | readonly string[] | Unavailable;
}

/** What GitHub tells of who may change the release line of a project, and use its secrets. Nothing here fails. */
export interface ProjectRulesApi {
  /** The active rulesets for tags, those of the organization included. */
  readonly tryTagRulesets: () => Promise<readonly TagRuleset[] | Unavailable>;
  /** The first branches, in the order of their names; whether these are all. */
  readonly tryBranches: () => Promise<BranchList | Unavailable>;
  /** The active rules of rulesets for a name, which need not be that of a branch. */
  readonly tryRules: (branch: string) => Promise<readonly BranchRule[] | Unavailable>;
  readonly tryEnvironments: () => Promise<readonly DeploymentEnvironment[] | Unavailable>;
}

export interface BranchList {
  readonly branches: readonly ListedBranch[];
  readonly isComplete: boolean;
}

const RULESETS = { name: 'rulesets', item: ITEMS.ruleset, maxPages: 5 };
/** Each ruleset and each environment is asked about by itself. */
const MAX_ASKED = 20;
const MAX_BRANCH_PAGES = 10;
/** The name that GitHub proposes, and the workflows of `init` have. */
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
        // Servers that do not know the question list those for branches as well.
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
