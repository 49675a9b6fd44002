import { type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
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
import { MODES, writes } from '../inputs/readers.ts';
import type { BranchName, Tristate } from '../text/ids.ts';
import { branchOfRef } from '../text/names.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputPhrase, tokenName } from '../text/spell-inputs.ts';
import { advice, notLookedAt, ok, warning } from './checks.ts';
import type { Check } from './report.ts';
import type { DoctorRequest } from './request.ts';

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
export function exampleBranch(entry: string): BranchName | undefined {
  if (!isGlob(entry)) return branchOfRef(entry);
  const given = entry.startsWith(HEADS) ? entry : entry.replace(/^refs\/\*+(?:\/|$)/, HEADS);
  const ref = (given === HEADS ? `${HEADS}*` : given).replace(/\*+/g, 'codex-sync-doctor').replaceAll('?', 'x');
  // A glob matches itself, so a result that is still a glob is no name.
  const isExample = ref.startsWith(HEADS) && !isGlob(ref) && compileGlobs([entry])(ref);
  return isExample ? branchOfRef(ref) : undefined;
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
  defaultBranch: BranchName,
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
      `GitHub did not report whether the ${who} may push to ${codex}.`,
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
    update: 'updates are restricted',
    creation: 'creations are restricted',
    required_status_checks: 'status checks have to pass first',
    required_signatures: 'commits have to be signed',
    required_deployments: 'deployments have to succeed first',
    merge_queue: 'changes come through a merge queue only',
    workflows: 'workflows have to pass first',
    code_scanning: 'code scanning has to pass first',
    file_path_restriction: 'some paths are refused',
    file_extension_restriction: 'some file extensions are refused',
    max_file_size: 'large files are refused',
    max_file_path_length: 'long paths are refused',
    commit_message_pattern: 'commit messages have to match a pattern',
    commit_author_email_pattern: 'the addresses of authors have to match a pattern',
    committer_email_pattern: 'the addresses of committers have to match a pattern',
  }),
);

/** Values that decide what a rule refuses. */
const PARAMETERS = [
  'restricted_file_paths',
  'restricted_file_extensions',
  'max_file_size',
  'max_file_path_length',
  'operator',
  'pattern',
];

export function rulesChecks(
  name: string,
  actor: Actor,
  protection: BranchProtection | undefined,
  refusals: readonly BranchRule[] | Unavailable,
): Check[] {
  const branch = printable(name);
  const checks: Check[] = [];
  const pusher = actor.isApp ? `the ${actor.who}` : `the owner of the ${actor.who}`;
  const unknown = 'GitHub does not report whether that is done already.';
  if (protection?.isClassic) {
    const required = protection.checks.length > 0 ? ` (required status checks: ${nameSome(protection.checks)})` : '';
    const message = `A branch protection rule covers ${branch}${required}: it may refuse a push.`;
    const hint = `Allow ${pusher} to bypass it, or exclude the branch from it. ${unknown}`;
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
  return [ok('rules', `${branch} is protected, but no rule that GitHub lists refuses an ordinary push.`)];
}

function rulePhrase({ type, id, source, parameters = {} }: BranchRule): string {
  const meaning = RULES.get(type);
  const values = PARAMETERS.flatMap((name) => parameters[name] ?? []).map(String);
  const asks = meaning && [meaning, nameSome(values.map((value) => printable(value, 100)))].filter(Boolean).join(': ');
  const ruleset = id === undefined ? undefined : `ruleset ${id}`;
  const from = [ruleset, source && `of ${source}`].filter(Boolean).join(' ');
  const details = [asks && type, from].filter(Boolean).join(', ');
  return `${asks ?? type}${details && ` (${details})`}`;
}

/** The access of a run's token to the production branch, to which the run does not publish. */
export interface ProductionFacts {
  readonly branch: string;
  readonly protection: BranchProtection | undefined;
  readonly rules: readonly BranchRule[] | Unavailable;
  /** `undefined` if GitHub did not answer. */
  readonly mayPush: Tristate;
}

const TWO_TOKENS =
  'Use two tokens: this one, and one for production, which is a secret of a GitHub environment that is limited to the default branch and tags.';

/** Whether the token of runs for other environments can push to production as well. */
export function productionTokenCheck({ isApp }: Actor, environment: string, production: ProductionFacts): Check {
  const check = 'production-token';
  const { protection, rules, mayPush } = production;
  const branch = printable(production.branch);
  const token = `This ${isApp ? 'App' : 'token'}, which ${environment} runs use,`;
  if (mayPush === 'no') return ok(check, `${token} may not push to production (branch ${branch}).`);
  if (mayPush === 'unknown') return notLookedAt(check, 'GitHub did not report whether the token may push at all');
  const refusals = 'unavailable' in rules ? [] : planRefusals(rules, true);
  const reasons = [...(protection?.isClassic ? ['a branch protection rule'] : []), ...refusals.map(rulePhrase)];
  if (reasons.length > 0) {
    const message = `Production (branch ${branch}) has rules that may refuse a push by this ${isApp ? 'App' : 'token'}, which ${environment} runs use: ${nameSome(reasons)}. GitHub does not report whether it may bypass them.`;
    return ok(check, message);
  }
  if ('unavailable' in rules && protection?.isProtected) {
    return notLookedAt(
      check,
      `branch ${branch} is protected, and GitHub does not list the rulesets of the codex (${rules.unavailable})`,
    );
  }
  const message = `${token} may push to production (branch ${branch}): GitHub lists no rule that refuses it.`;
  return warning(
    check,
    message,
    `${TWO_TOKENS} Add a ruleset for ${branch} that refuses every push except by the owner of the production token.`,
  );
}

export function releaseListCheck(
  productionRefs: readonly string[],
  { refsFrom, file }: Pick<DoctorRequest, 'refsFrom' | 'file'>,
  defaultBranch: BranchName,
): Check {
  const check = 'release-line';
  if (refsFrom === 'nothing') {
    const where = file === undefined ? 'there is no configuration' : `${printable(file)} has no production_refs`;
    return ok(check, `It is branch ${printable(defaultBranch)} and all tags: ${where}.`);
  }
  const from = refsFrom === 'input' ? inputPhrase('production-refs') : `production_refs of ${printable(file ?? '')}`;
  return ok(check, `It follows ${from}: ${nameSome(productionRefs)}.`);
}

const TAKE_TAGS_AWAY = 'or take tags off the release line: "!refs/tags/**" in production_refs';

/** Whether everyone with write access can put a release tag on any commit. */
export function tagsCheck(
  repository: string,
  tags: readonly string[],
  rulesets: readonly TagRuleset[] | Unavailable | undefined,
): Check {
  const check = 'release-line';
  if (tags.length === 0 || rulesets === undefined) return ok(check, 'No tag belongs to it.');
  if ('unavailable' in rulesets) {
    const because = `GitHub does not list the rulesets of ${repository} (${rulesets.unavailable}), so it is not known who may create tags`;
    return notLookedAt(check, because, `Restrict that by a ruleset for tags, ${TAKE_TAGS_AWAY}.`);
  }
  const [created, moved] = [openTags(tags, rulesets, 'creation'), openTags(tags, rulesets, 'update')];
  const open = tags.filter((tag) => created.includes(tag) || moved.includes(tag));
  if (open.length === 0) return ok(check, 'Rulesets restrict who may create and move its tags.');
  const actions = [...(created.length > 0 ? ['create'] : []), ...(moved.length > 0 ? ['move'] : [])].join(' and ');
  const those = open.includes(ALL_TAGS) ? 'tags' : `tags (${nameSome(open)})`;
  const message = `Every user who may push to ${repository} can ${actions} ${those}, and the commit of a tag may be published to production: no active ruleset restricts that for all of them.`;
  const hint = `Add a ruleset for tags that restricts creations and updates (Settings, Rules), ${TAKE_TAGS_AWAY}.`;
  return warning(check, message, hint);
}

export function branchesOfEntryCheck(repository: string, found: BranchesOfEntry, isComplete: boolean): Check {
  const check = 'release-line';
  const { entry, isGlob, protectedBranches, unprotectedBranches, rules } = found;
  const name = printable(entry.replace('refs/heads/', ''));
  const protect = `Protect ${name} by a ruleset that restricts creations and updates, or requires a pull request.`;
  const anybody = `every user who may push to ${repository}`;
  if (unprotectedBranches.length > 0) {
    const message = isGlob
      ? `${name} is not protected: ${nameSome(unprotectedBranches)}. Such a branch belongs to the release line only once it is protected.`
      : `${name} is not protected, and belongs to the release line by its name: ${anybody} can publish from it to production.`;
    return warning(check, message, protect);
  }
  const exists = protectedBranches.length > 0;
  const listed = rules !== undefined && !('unavailable' in rules) ? rules : undefined;
  if (!exists && !isComplete) return notLookedAt(check, `${repository} has too many branches to find those of ${name}`);
  if (!exists && !listed) {
    const why =
      rules && 'unavailable' in rules
        ? `GitHub does not list the rulesets of ${repository} (${rules.unavailable})`
        : '';
    return notLookedAt(check, why || `there is no branch ${name} yet, and its rules cannot be read`);
  }
  if (!exists && listed?.length === 0) {
    const message = isGlob
      ? `${name} is not protected: no such branch exists yet, and no ruleset applies to one. It would belong to the release line only once it is protected.`
      : `${name} is not protected, and belongs to the release line by its name: ${anybody} can create it, and publish from it to production.`;
    return warning(check, message, protect);
  }
  if (listed && listed.length > 0 && planRefusals(listed, exists).length === 0) {
    const message = `${name} has rules, but none that refuses an ordinary push: ${anybody} can publish from it to production, unless a classic branch protection rule refuses that.`;
    return warning(check, message, protect);
  }
  return ok(check, `${name} is protected.`);
}

export function branchesUnavailableCheck(repository: string, { unavailable }: Unavailable): Check {
  const because = `GitHub does not list the branches of ${repository} (${unavailable}), so it is not known which are protected`;
  return notLookedAt('release-line', because, `Give ${tokenName('project-token')} the permission "contents: read".`);
}

export function environmentsCheck(
  repository: string,
  environments: readonly DeploymentEnvironment[] | Unavailable,
  productionRefs: readonly string[],
  defaultBranch: BranchName,
): Check {
  const check = 'github-environment';
  const actions = `Give ${tokenName('project-token')} the permission "actions: read".`;
  if ('unavailable' in environments) {
    return notLookedAt(
      check,
      `GitHub does not list the environments of ${repository} (${environments.unavailable})`,
      actions,
    );
  }
  const limited = environments.find((one) => isLimitedToRelease(one, productionRefs, defaultBranch));
  if (limited) {
    const message = `Environment ${printable(limited.name)} of ${repository} is limited to the release line (${refsPhrase(limited)}): keep the token of production there.`;
    const hint =
      limited.refs === 'protected branches'
        ? 'Tags cannot use it: limit it to selected branches and tags, and add them.'
        : '';
    return hint ? advice(check, message, hint) : ok(check, message);
  }
  const unavailable = environments.find(({ refs }) => typeof refs === 'object' && 'unavailable' in refs);
  if (unavailable) {
    const because = `GitHub does not report the limits of environment ${printable(unavailable.name)} of ${repository} (${refsPhrase(unavailable)})`;
    return notLookedAt(check, because, actions);
  }
  const seen = environments.map((one) => `${one.name}: ${refsPhrase(one)}`);
  const there = seen.length === 0 ? 'there is none' : nameSome(seen);
  const message = `No environment of ${repository} is limited to the default branch and tags (${there}), so every branch can use every secret.`;
  const hint = `If this repository publishes to production, create one (Settings, Environments), limit it to ${printable(defaultBranch)} and tags, and keep the token of production only there.`;
  return advice(check, message, hint);
}

function refsPhrase({ refs }: DeploymentEnvironment): string {
  if (refs === 'any') return 'any branch';
  if (refs === 'protected branches') return refs;
  if ('unavailable' in refs) return refs.unavailable;
  const names = refs.map((ref) =>
    ref.replace(/^refs\/(?:heads\/|tags\/)/, (kind) => (kind.endsWith('tags/') ? 'tag ' : '')),
  );
  return refs.length === 0 ? 'nothing' : nameSome(names);
}

/** @param keys of the previews; `undefined` if GitHub answers about pull requests, which is enough */
export function previewsCheck(environment: string, keys: readonly PreviewKey[] | undefined): Check {
  const check = 'previews';
  const pulls = `Give ${tokenName('project-token')} the permission "pull-requests: read"`;
  if (!keys) return ok(check, 'GitHub answers about pull requests, so their previews close with them.');
  const numbers = keys.flatMap((key) => pullRequestOf(key) ?? []);
  if (numbers.length === 0) {
    const message = `GitHub does not answer about pull requests, and ${environment} has no preview of one.`;
    return advice(check, message, `${pulls} before you publish pull requests.`);
  }
  const message = `GitHub does not answer about pull requests, so their previews in ${environment} may stay although they are merged or closed: ${nameSome(numbers.map((number) => `#${number}`))}.`;
  return warning(check, message, `${pulls}.`);
}
