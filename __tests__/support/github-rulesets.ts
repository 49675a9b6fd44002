import picomatch from 'picomatch';
import { nodeId, type Site, timestamp } from './github-answers.ts';
import { defaultBranchOf, firstCommitDate, type Repository, type RuleRecord } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, refuse } from './github-routes.ts';

type RulesetTarget = 'branch' | 'tag';

/** What a ruleset says; active, and the repository's own, unless told. Like a rule it is listed only, and refuses no push. */
export interface RulesetOptions {
  name: string;
  target: RulesetTarget;
  /** Full refs, globs of such, `~DEFAULT_BRANCH` or `~ALL`. */
  include: readonly string[];
  exclude?: readonly string[];
  rules: readonly Pick<RuleRecord, 'type' | 'parameters'>[];
  enforcement?: 'active' | 'evaluate' | 'disabled';
  /** The organization whose ruleset it is. */
  organization?: string;
}

export interface RulesetRecord extends RulesetOptions {
  id: number;
}

/** Ruleset 1 is the one that single rules are listed of; it is not a ruleset of its own. */
const firstId = 101;

/** Adds a ruleset; returns its number. */
export function makeRuleset(repository: Repository, options: RulesetOptions): number {
  const id = firstId + repository.rulesets.length;
  repository.rulesets.push({ ...options, id });
  return id;
}

function applies(repository: Repository, { include, exclude = [] }: RulesetRecord, ref: string): boolean {
  const names = (pattern: string): boolean => {
    if (pattern === '~ALL') return true;
    if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${defaultBranchOf(repository)}`;
    return picomatch.isMatch(ref, pattern, { dot: true });
  };
  return include.some(names) && !exclude.some(names);
}

function sourceOf(repository: Repository, { organization }: RulesetRecord) {
  const [type, name] =
    organization === undefined
      ? (['Repository', repository.fullName] as const)
      : (['Organization', organization] as const);
  return { ruleset_source_type: type, ruleset_source: name };
}

/** The active rules for a ref, whether there is one or not: those of a branch that are listed singly, and of rulesets. */
function rulesFor(repository: Repository, ref: string): RuleRecord[] {
  const target: RulesetTarget = ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const sets = repository.rulesets.filter(
    (set) => set.target === target && (set.enforcement ?? 'active') === 'active' && applies(repository, set, ref),
  );
  const single = target === 'branch' ? (repository.rules.get(ref.replace('refs/heads/', '')) ?? []) : [];
  const ofSets = sets.flatMap((set) =>
    set.rules.map((rule) => ({ ...rule, ...sourceOf(repository, set), ruleset_id: set.id })),
  );
  return [...single, ...ofSets];
}

/** Whether GitHub calls a ref protected: by a protection of its branch, or by any rule. */
export function isProtected(repository: Repository, ref: string): boolean {
  if (!/^refs\/(heads|tags)\//.test(ref)) return false;
  return repository.protections.has(ref.replace(/^refs\/heads\//, '')) || rulesFor(repository, ref).length > 0;
}

/** A ruleset as lists show it: what it says, and of what, is told of a single one only. */
function summary(site: Site, repository: Repository, set: RulesetRecord) {
  const { ruleset_source_type: type, ruleset_source: source } = sourceOf(repository, set);
  const path = type === 'Organization' ? `orgs/${source}` : `repos/${source}`;
  const page = type === 'Organization' ? `organizations/${source}/settings/rules` : `${source}/rules`;
  const date = timestamp(firstCommitDate);
  return {
    id: set.id,
    name: set.name,
    target: set.target,
    source_type: type,
    source,
    enforcement: set.enforcement ?? 'active',
    node_id: nodeId('RRS', `${repository.id}:${set.id}`),
    _links: {
      self: { href: `${site.apiUrl}/${path}/rulesets/${set.id}` },
      html: { href: `${site.serverUrl}/${page}/${set.id}` },
    },
    created_at: date,
    updated_at: date,
  };
}

function withParents(query: URLSearchParams) {
  return ({ organization }: RulesetRecord) => organization === undefined || query.get('includes_parents') !== 'false';
}

function listRulesets({ site, repository, query }: Call): Answer {
  const targets = query.get('targets')?.split(',');
  const found = repository.rulesets
    .filter(withParents(query))
    .filter(({ target }) => targets?.includes(target) ?? true);
  const body = itemsOf(found, query).map((set) => summary(site, repository, set));
  const headers = linkHeader(`${site.apiUrl}/repos/${repository.fullName}/rulesets`, query, found.length);
  return { status: 200, headers, body };
}

function getRuleset({ site, repository, query, parameters }: Call): Answer {
  const set = repository.rulesets.filter(withParents(query)).find(({ id }) => `${id}` === parameters.ruleset_id);
  if (set === undefined) return refuse(404, 'Not Found');
  const conditions = { ref_name: { include: [...set.include], exclude: [...(set.exclude ?? [])] } };
  return { status: 200, body: { ...summary(site, repository, set), conditions, rules: set.rules } };
}

/** Rules for a name: the branch need not exist. */
function listRules({ site, repository, query, parameters: { branch = '' } }: Call): Answer {
  const rules = rulesFor(repository, `refs/heads/${branch}`);
  const url = `${site.apiUrl}/repos/${repository.fullName}/rules/branches/${encodeURIComponent(branch)}`;
  const body = itemsOf(rules, query);
  return { status: 200, headers: linkHeader(url, query, rules.length), body };
}

export const rulesOperations: readonly Operation[] = [
  {
    name: 'GET /repos/{owner}/{repo}/rules/branches/{branch}',
    needs: 'read',
    permissions: ['metadata'],
    answer: listRules,
  },
  { name: 'GET /repos/{owner}/{repo}/rulesets', needs: 'read', permissions: ['metadata'], answer: listRulesets },
  {
    name: 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}',
    needs: 'read',
    permissions: ['metadata'],
    answer: getRuleset,
  },
];
