import type { BranchProtection, BranchRule, Unavailable } from '../github/rules-api.ts';
import { MODES, writes } from '../inputs/modes.ts';
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { notLookedAt, ok, warning } from './checks.ts';
import type { Check } from './report.ts';

/** Who acts in the codex, and how it gets the permission to push. */
export interface Actor {
  /** `token in "token"`, without the article. */
  readonly who: string;
  readonly isApp: boolean;
  /** What gives it the permission, in a sentence. */
  readonly advice: string;
}

const WRITING = MODES.filter(writes);
const NEEDED = `Needed by ${WRITING.slice(0, -1).join(', ')} and ${WRITING.at(-1)}; reading is enough for the others and for every dry run.`;

/** @param answer whether it may push; `undefined` where nobody told */
export function writeCheck(codex: string, { who, advice }: Actor, answer: boolean | undefined): Check {
  if (answer) return ok('write-permission', `The ${who} may push to ${codex}.`);
  if (answer === undefined) {
    return warning(
      'write-permission',
      `GitHub did not tell whether the ${who} may push to ${codex}.`,
      'Run it again later.',
    );
  }
  return noWriteCheck(`The ${who} may read ${codex}, but not push to it.`, advice);
}

/** The same where the reason is known. */
export function noWriteCheck(message: string, hint: string): Check {
  return warning('write-permission', `${message} ${NEEDED}`, hint);
}

/** What a rule asks of a push, where its name does not say it. */
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

/** What stands between an ordinary push and the branch. */
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

/** A rule by what it asks, with its ruleset. */
export function rulePhrase({ type, id, source }: BranchRule): string {
  const asks = RULES.get(type);
  const ruleset = id === undefined ? undefined : `ruleset ${id}`;
  const from = [ruleset, source && `of ${source}`].filter(Boolean).join(' ');
  const details = [asks && type, from].filter(Boolean).join(', ');
  return `${asks ?? type}${details && ` (${details})`}`;
}
