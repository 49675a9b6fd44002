import { CodexSyncError } from '../errors.ts';
import { ITEMS } from './answer-shapes.ts';
import type { Client } from './client.ts';
import { answerWords, isRequestError } from './failures.ts';
import { PAGE_SIZE, readPages } from './pages.ts';
import type { BranchRule, DeploymentEnvironment, ListedBranch, TagRuleset, Untold } from './rules.ts';

/** What GitHub tells of who may change the release line of a project, and use its secrets. Nothing here fails. */
export interface ProjectRulesApi {
  /** The active rulesets for tags, those of the organization included. */
  readonly tryTagRulesets: () => Promise<readonly TagRuleset[] | Untold>;
  /** The first branches, in the order of their names; whether these are all. */
  readonly tryBranches: () => Promise<BranchList | Untold>;
  /** The active rules of rulesets for a name, which need not be that of a branch. */
  readonly tryRules: (branch: string) => Promise<readonly BranchRule[] | Untold>;
  readonly tryEnvironments: () => Promise<readonly DeploymentEnvironment[] | Untold>;
}

export interface BranchList {
  readonly branches: readonly ListedBranch[];
  readonly isComplete: boolean;
}

const RULESETS = { name: 'rulesets', item: ITEMS.ruleset, maxPages: 5 };
const RULES = { name: 'rules', item: ITEMS.rule, maxPages: 20 };
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

  async function refsOf(environment: string): Promise<readonly string[] | Untold> {
    const asked = { ...named, environment_name: environment, per_page: PAGE_SIZE };
    const { data } = await client.rest.repos.listDeploymentBranchPolicies(asked);
    if (data.total_count > data.branch_policies.length) return { untold: `more than ${PAGE_SIZE} patterns` };
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
        return untold(error);
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
        return untold(error);
      }
    },

    async tryRules(branch) {
      try {
        const asking = { ...named, branch, per_page: PAGE_SIZE };
        const rules = await readPages(client.paginate.iterator(client.rest.repos.getBranchRules, asking), RULES);
        return rules.map(({ type, ruleset_id: id, ruleset_source: source }) => ({ type, id, source }));
      } catch (error) {
        return untold(error);
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
            return { name, refs: await refsOf(name).catch(untold) };
          }),
        );
      } catch (error) {
        return untold(error);
      }
    },
  };
}

function untold(error: unknown): Untold {
  if (error instanceof CodexSyncError) return { untold: error.message };
  if (!isRequestError(error)) throw error;
  return { untold: `${error.status}: ${answerWords(error)}` };
}
