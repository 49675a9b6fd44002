import { type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import type {
  BranchProtection,
  BranchRule,
  DeploymentEnvironment,
  TagRuleset,
  Unavailable,
} from '../github/rules-api.ts';
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { Tristate } from '../text/tristate.ts';
import { advice, notLookedAt, ok, warning } from './checks.ts';
import {
  type Actor,
  ALL_TAGS,
  type BranchesOfEntry,
  isLimitedToRelease,
  openTags,
  planRefusals,
  rulePhrase,
} from './push-rules.ts';
import type { Check } from './report.ts';
import type { DoctorRequest } from './request.ts';

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
  if (mayPush === 'unknown') return notLookedAt(check, 'GitHub did not tell whether the token may push at all');
  const refusals = 'unavailable' in rules ? [] : planRefusals(rules, true);
  const reasons = [...(protection?.isClassic ? ['a branch protection rule'] : []), ...refusals.map(rulePhrase)];
  if (reasons.length > 0) {
    const message = `Production (branch ${branch}) has rules that may refuse a push by this ${isApp ? 'App' : 'token'}, which ${environment} runs use: ${nameSome(reasons)}. GitHub does not tell whether it may bypass them.`;
    return ok(check, message);
  }
  if ('unavailable' in rules && protection?.isProtected) {
    return notLookedAt(
      check,
      `branch ${branch} is protected, and GitHub does not list the rulesets of the codex (${rules.unavailable})`,
    );
  }
  const message = `${token} may push to production (branch ${branch}): GitHub names no rule that refuses it.`;
  return warning(check, message, `${TWO_TOKENS} Let a ruleset for ${branch} refuse every push but that of its owner.`);
}

export function releaseListCheck(
  { productionRefs, refsFrom, file }: Pick<DoctorRequest, 'productionRefs' | 'refsFrom' | 'file'>,
  defaultBranch: string,
): Check {
  const check = 'release-line';
  if (refsFrom === 'nothing') {
    const where = file === undefined ? 'there is no configuration' : `${printable(file)} has no production_refs`;
    return ok(check, `It is branch ${printable(defaultBranch)} and all tags: ${where}.`);
  }
  const from = refsFrom === 'input' ? 'input "production-refs"' : `production_refs of ${printable(file ?? '')}`;
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
  const message = `Anybody who may push to ${repository} can ${actions} ${those}, and what a tag points at may be published to production: no active ruleset restricts that for all of them.`;
  const hint = `Add a ruleset for tags that restricts creations and updates (Settings, Rules), ${TAKE_TAGS_AWAY}.`;
  return warning(check, message, hint);
}

export function branchesOfEntryCheck(repository: string, found: BranchesOfEntry, isComplete: boolean): Check {
  const check = 'release-line';
  const { entry, isGlob, protectedBranches, unprotectedBranches, rules } = found;
  const name = printable(entry.replace('refs/heads/', ''));
  const protect = `Protect ${name} by a ruleset that restricts creations and updates, or asks for a pull request.`;
  const anybody = `anybody who may push to ${repository}`;
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
    return notLookedAt(check, why || `there is no branch ${name} yet, and its rules cannot be asked about`);
  }
  if (!exists && listed?.length === 0) {
    const message = isGlob
      ? `${name} is not protected: there is no such branch yet, and no ruleset is for one. It would belong to the release line only once it is protected.`
      : `${name} is not protected, and belongs to the release line by its name: ${anybody} can create it, and publish from it to production.`;
    return warning(check, message, protect);
  }
  if (listed && listed.length > 0 && planRefusals(listed, exists).length === 0) {
    const message = `${name} has rules, but none that refuses an ordinary push: ${anybody} can publish from it to production, unless a branch protection rule of the older kind refuses that.`;
    return warning(check, message, protect);
  }
  return ok(check, `${name} is protected.`);
}

export function branchesUnavailableCheck(repository: string, { unavailable }: Unavailable): Check {
  const because = `GitHub does not list the branches of ${repository} (${unavailable}), so it is not known which are protected`;
  return notLookedAt('release-line', because, 'Give "project-token" the permission "contents: read".');
}

export function environmentsCheck(
  repository: string,
  environments: readonly DeploymentEnvironment[] | Unavailable,
  productionRefs: readonly string[],
  defaultBranch: string,
): Check {
  const check = 'github-environment';
  const actions = 'Give "project-token" the permission "actions: read".';
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
      limited.refs === 'protected branches' ? 'Tags get nothing of it: limit it to names, and add them.' : '';
    return hint ? advice(check, message, hint) : ok(check, message);
  }
  const unavailable = environments.find(({ refs }) => typeof refs === 'object' && 'unavailable' in refs);
  if (unavailable) {
    const because = `GitHub does not tell what environment ${printable(unavailable.name)} of ${repository} is limited to (${refsPhrase(unavailable)})`;
    return notLookedAt(check, because, actions);
  }
  const seen = environments.map((one) => `${one.name}: ${refsPhrase(one)}`);
  const there = seen.length === 0 ? 'there is none' : nameSome(seen);
  const message = `No environment of ${repository} is limited to the default branch and tags (${there}), so every branch can use every secret.`;
  const hint = `Where this repository publishes to production, create one (Settings, Environments), limit it to ${printable(defaultBranch)} and tags, and keep the token of production there alone.`;
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

const PULLS = 'Give "project-token" the permission "pull-requests: read"';

/** @param keys of the previews; `undefined` if GitHub answers about pull requests, which is enough */
export function previewsCheck(environment: string, keys: readonly PreviewKey[] | undefined): Check {
  const check = 'previews';
  if (!keys) return ok(check, 'GitHub answers about pull requests, so their previews end with them.');
  const numbers = keys.flatMap((key) => pullRequestOf(key) ?? []);
  if (numbers.length === 0) {
    const message = `GitHub does not answer about pull requests, and ${environment} has no preview of one.`;
    return advice(check, message, `${PULLS} before you publish pull requests.`);
  }
  const message = `GitHub does not answer about pull requests, so their previews in ${environment} may stay although they are merged or closed: ${nameSome(numbers.map((number) => `#${number}`))}.`;
  return warning(check, message, `${PULLS}.`);
}
