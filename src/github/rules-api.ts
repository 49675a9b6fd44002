import { ITEMS } from './answer-shapes.ts';
import { readBranchBody } from './branch.ts';
import type { Client } from './client.ts';
import { type Asked, answerWords, failRequest, hasStatus } from './failures.ts';
import { PAGE_SIZE, readPages } from './pages.ts';
import type { BranchProtection, BranchRule, Untold } from './rules.ts';

/** What GitHub tells of what may refuse a push to the codex. Every failure is one sentence that names codex and token. */
export interface RulesApi {
  /** How a branch is protected, as far as those see it who may not administrate; `undefined` when there is no such branch. */
  readonly readProtection: (branch: string) => Promise<BranchProtection | undefined>;
  /** The active rules for a name, which need not be that of a branch yet; GitHub's words where it does not list any. */
  readonly tryRules: (branch: string) => Promise<readonly BranchRule[] | Untold>;
}

const RULES = { name: 'rules', item: ITEMS.rule, maxPages: 20 };

export function createRulesApi(client: Client, asked: Asked): RulesApi {
  const [owner = '', repo = ''] = asked.repository.split('/');
  return {
    async readProtection(branch) {
      const body = await readBranchBody(client, asked, branch);
      if (!body) return undefined;
      const { enabled, required_status_checks: required } = body.protection ?? {};
      const checks = required?.enforcement_level === 'off' ? [] : (required?.contexts ?? []);
      return { isProtected: body.protected, isClassic: enabled === true, checks };
    },

    async tryRules(branch) {
      const asking = { owner, repo, branch, per_page: PAGE_SIZE };
      try {
        const rules = await readPages(client.paginate.iterator(client.rest.repos.getBranchRules, asking), RULES);
        return rules.map(({ type, ruleset_id: id, ruleset_source: source }) => ({ type, id, source }));
      } catch (error) {
        // Older servers know no rules, and private repositories of some plans have none.
        if (!hasStatus(error, 403) && !hasStatus(error, 404)) return failRequest(error, asked);
        return { untold: `${error.status}: ${answerWords(error)}` };
      }
    },
  };
}
