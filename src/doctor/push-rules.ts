import { isReleaseRef, namesTags, parseRefGlobs, type RefGlobs } from '../codex/stable-refs.ts';
import { compileGlobs, isGlob } from '../documents/patterns.ts';
import type {
  BranchProtection,
  BranchRule,
  DeploymentEnvironment,
  ListedBranch,
  TagRuleset,
  Unavailable,
} from '../github/rules-api.ts';
import { MODES, writes } from '../inputs/modes.ts';
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { Tristate } from '../text/tristate.ts';
import { notLookedAt, ok, warning } from './checks.ts';
import type { Check } from './report.ts';

/** Rules that an ordinary push of new commits never breaks. */
const HARMLESS = ['deletion', 'non_fast_forward', 'required_linear_history', 'copilot_code_review', 'tag_name_pattern'];

/** Rules that matter only when the branch must be created. */
const ON_CREATION = ['creation', 'branch_name_pattern'];

/** Rules that may refuse a push of an unsigned commit without a pull request. An unknown rule may. */
export function planRefusals(rules: readonly BranchRule[], exists: boolean): BranchRule[] {
  return rules.filter(({ type }) => !HARMLESS.includes(type) && !(exists && ON_CREATION.includes(type)));
}

const HEADS = 'refs/heads/';
const TAGS = 'refs/tags/';
/** The pattern of rulesets for every tag: `*` and `**` alone do not match a slash. */
export const ALL_TAGS = `${TAGS}**/*`;
const COVERS_ALL_TAGS = ['~ALL', ALL_TAGS];

/** Whether a pattern certainly matches all that another one matches; beyond `*`, the answer is no. */
function covers(pattern: string, entry: string): boolean {
  if (pattern === entry) return true;
  if (!isGlob(entry)) return compileGlobs([pattern])(entry);
  const [, folder] = /^([^*?[\]{}()|\\]*\/)\*\*$/.exec(pattern) ?? [];
  if (folder !== undefined) return entry.startsWith(folder);
  return [pattern, entry].every((one) => !/\*\*|[?[\]{}()|\\]/.test(one)) && compileGlobs([pattern])(entry);
}

function splitEntries(list: readonly string[]) {
  const away = list.filter((entry) => entry.startsWith('!')).map((entry) => entry.slice(1));
  const given = list.filter((entry) => !entry.startsWith('!'));
  return { away, left: given.filter((entry) => !away.some((pattern) => covers(pattern, entry))) };
}

/** The tags on the release line: all tags, or the entries that name tags. */
export function releaseTags(list: readonly string[]): string[] {
  const { away, left } = splitEntries(list);
  if (namesTags(parseRefGlobs(list))) return left.filter((entry) => entry.startsWith(TAGS));
  return away.some((pattern) => covers(pattern, ALL_TAGS)) ? [] : [ALL_TAGS];
}

export function releaseBranches(list: readonly string[]): string[] {
  return splitEntries(list).left.filter((entry) => !entry.startsWith(TAGS));
}

/** Tags that no ruleset protects from `action`. A ruleset with exclusions does not count. */
export function openTags(
  tags: readonly string[],
  rulesets: readonly TagRuleset[],
  action: 'creation' | 'update',
): string[] {
  const patterns = rulesets
    .filter(({ rules, exclude }) => rules.includes(action) && exclude.length === 0)
    .flatMap(({ include }) => include)
    // At the end of a pattern GitHub's `**` matches only as much as `*`.
    .map((pattern) => pattern.replace(/\/\*\*$/, '/*'));
  if (patterns.some((pattern) => COVERS_ALL_TAGS.includes(pattern))) return [];
  return tags.filter((tag) => !patterns.some((pattern) => covers(pattern, tag)));
}

/** Returns a branch name that an entry matches, to read its rules; `undefined` if none is found. */
export function exampleBranch(entry: string): string | undefined {
  if (!isGlob(entry)) return entry.startsWith(HEADS) ? entry.slice(HEADS.length) : undefined;
  const given = entry.startsWith(HEADS) ? entry : entry.replace(/^refs\/\*+(?:\/|$)/, HEADS);
  const ref = (given === HEADS ? `${HEADS}*` : given).replace(/\*+/g, 'codex-sync-doctor').replaceAll('?', 'x');
  // A glob matches itself, so a result that is still a glob is no name.
  const isExample = ref.startsWith(HEADS) && !isGlob(ref) && compileGlobs([entry])(ref);
  return isExample ? ref.slice(HEADS.length) : undefined;
}

export interface BranchesOfEntry {
  readonly entry: string;
  readonly isGlob: boolean;
  readonly protectedBranches: readonly string[];
  readonly unprotectedBranches: readonly string[];
  /** Rulesets for a branch of such a name; `undefined` if not read. */
  readonly rules: readonly BranchRule[] | Unavailable | undefined;
}

export function branchesOfEntry(
  entry: string,
  production: RefGlobs,
  branches: readonly ListedBranch[],
  rules: BranchesOfEntry['rules'],
): BranchesOfEntry {
  const isNamed = isGlob(entry) ? compileGlobs([entry]) : (ref: string) => ref === entry;
  const those = branches.filter(({ name }) => isNamed(HEADS + name) && !production.isTakenAway(HEADS + name));
  const names = (isProtected: boolean) =>
    those.filter((branch) => branch.isProtected === isProtected).map(({ name }) => name);
  return {
    ...{ entry, rules, isGlob: isGlob(entry) },
    ...{ protectedBranches: names(true), unprotectedBranches: names(false) },
  };
}

/** Whether only the release line can use an environment's secrets, judged by names. */
export function isLimitedToRelease(
  { refs }: DeploymentEnvironment,
  list: readonly string[],
  defaultBranch: string,
): boolean {
  if (refs === 'protected branches') return true;
  if (refs === 'any' || 'unavailable' in refs) return false;
  const production = parseRefGlobs(list);
  const { away, left } = splitEntries(list);
  const areOnLine = (pattern: string) => {
    const kind = pattern.startsWith(TAGS) ? TAGS : HEADS;
    if (away.some((entry) => entry.startsWith(kind))) return false;
    return (kind === TAGS && !namesTags(production)) || left.some((entry) => covers(entry, pattern));
  };
  const isOnLine = (ref: string) => (isGlob(ref) ? areOnLine(ref) : isReleaseRef(production, ref, defaultBranch));
  return refs.length > 0 && refs.every(isOnLine);
}

export interface Actor {
  /** `token in "token"`, without the article. */
  readonly who: string;
  readonly isApp: boolean;
  /** How to give it the permission, as a sentence. */
  readonly advice: string;
}

const WRITING = MODES.filter(writes);
const NEEDED = `Needed by ${WRITING.slice(0, -1).join(', ')} and ${WRITING.at(-1)}; reading is enough for the others and for every dry run.`;

/** @param answer whether it may push; `undefined` if unknown */
export function writeCheck(codex: string, { who, advice }: Actor, answer: Tristate): Check {
  if (answer === 'yes') return ok('write-permission', `The ${who} may push to ${codex}.`);
  if (answer === 'unknown') {
    return warning(
      'write-permission',
      `GitHub did not tell whether the ${who} may push to ${codex}.`,
      'Run it again later.',
    );
  }
  return noWriteCheck(`The ${who} may read ${codex}, but not push to it.`, advice);
}

export function noWriteCheck(message: string, hint: string): Check {
  return warning('write-permission', `${message} ${NEEDED}`, hint);
}

/** Requirements of rules, for names that do not explain them. */
const RULES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pull_request: 'changes come through pull requests only',
    update: 'nobody may update it',
    creation: 'nobody may create it',
    required_status_checks: 'status checks have to pass first',
    required_signatures: 'commits have to be signed',
    required_deployments: 'deployments have to succeed first',
    merge_queue: 'changes come through a merge queue only',
    workflows: 'workflows have to pass first',
    code_scanning: 'code scanning has to pass first',
  }),
);

export function rulesChecks(
  name: string,
  actor: Actor,
  protection: BranchProtection | undefined,
  refusals: readonly BranchRule[] | Unavailable,
): Check[] {
  const branch = printable(name);
  const checks: Check[] = [];
  const pusher = actor.isApp ? `the ${actor.who}` : `the owner of the ${actor.who}`;
  const unknown = 'GitHub does not tell whether that is done already.';
  if (protection?.isClassic) {
    const required = protection.checks.length > 0 ? ` (required status checks: ${nameSome(protection.checks)})` : '';
    const message = `A branch protection rule covers ${branch}${required}: it may refuse a push.`;
    const hint = `Let ${pusher} bypass it, or take the branch out of it. ${unknown}`;
    checks.push(warning('rules', message, hint));
  }
  if ('unavailable' in refusals) {
    checks.push(notLookedAt('rules', `GitHub does not list the rulesets of the codex (${refusals.unavailable})`));
  } else if (refusals.length > 0) {
    const message = `Rules for ${branch} may refuse a push: ${nameSome(refusals.map(rulePhrase))}.`;
    const hint = `Add ${pusher} to the bypass list of these rulesets, or exclude the branch there. ${unknown}`;
    checks.push(warning('rules', message, hint));
  }
  if (checks.length > 0) return checks;
  if (!protection?.isProtected) return [ok('rules', `None refuses an ordinary push to ${branch}.`)];
  return [ok('rules', `${branch} is protected, but nothing that GitHub tells of it refuses an ordinary push.`)];
}

export function rulePhrase({ type, id, source }: BranchRule): string {
  const asks = RULES.get(type);
  const ruleset = id === undefined ? undefined : `ruleset ${id}`;
  const from = [ruleset, source && `of ${source}`].filter(Boolean).join(' ');
  const details = [asks && type, from].filter(Boolean).join(', ');
  return `${asks ?? type}${details && ` (${details})`}`;
}
