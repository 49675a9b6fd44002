import { CodexSyncError } from '../errors.ts';
import type { BranchName } from '../text/ids.ts';
import { isTag, sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { inputValue, setInput } from '../text/spell-inputs.ts';
import type { Environment } from './environment.ts';
import { runsOnPullRequest, type Trigger, VISIBILITIES, type Visibility } from './trigger.ts';

const REFUSED_BESIDES = ['pull_request_target', 'issue_comment'];
const DEPENDABOT = 'dependabot[bot]';

/**
 * Why a run ends green with one notice, before any other check: GitHub gave it no secrets (a pull request from a fork, or
 * Dependabot's with an empty secret), or it belongs to a merge queue. `undefined` when it continues.
 * @param secret the token, or the private key where an App is named
 */
export function skipReason(trigger: Trigger, secret: string): string | undefined {
  if (trigger.kind === 'workflow' && trigger.event === 'merge_group') {
    return 'Skipped: a merge queue runs before the merge; the push that follows it publishes the documents.';
  }
  if (trigger.ref?.startsWith('refs/heads/gh-readonly-queue/')) {
    return 'Skipped: this ref belongs to a merge queue; the push that follows the merge publishes the documents.';
  }
  if (trigger.kind !== 'workflow') return undefined;
  const isOffReleaseLine = runsOnPullRequest(trigger.event) || !isReleaseLineByName(trigger);
  if (trigger.actor === DEPENDABOT && secret.trim() === '' && isOffReleaseLine) return NO_SECRETS;
  if (!runsOnPullRequest(trigger.event)) return undefined;
  const pull = trigger.pullRequest;
  if (pull && isFork(trigger, pull.headRepository)) {
    const from = pull.headRepository ? printable(pull.headRepository) : 'a deleted fork';
    return `Skipped: pull request #${pull.number} comes from ${from}; documents of a fork are published after the merge.`;
  }
  return undefined;
}

const NO_SECRETS =
  "Skipped: Dependabot's runs get no Actions secrets. Define the token, or the App's private key, as a Dependabot secret to publish them.";

/** Whether payload and name show that a ref is a tag or the default branch. */
function isReleaseLineByName({ ref, defaultBranch }: Trigger): boolean {
  return isTag(ref) || (defaultBranch !== undefined && ref === `refs/heads/${defaultBranch}`);
}

/**
 * The guards that need only the payload (design section 4, "Guards"), for a run that writes. The checkout, not these
 * guards, decides which text a run may publish.
 * @throws CodexSyncError `refused-by-guard`
 */
export function checkEventAndHead(trigger: Trigger, environment: Environment): void {
  checkHead(trigger);
  if (environment.production) checkEvent(trigger, environment);
}

/**
 * Text outside the release line never reaches the codex's default branch, whichever environment maps to it.
 * @param isReleased whether the run publishes documents of the release line
 * @throws CodexSyncError `refused-by-guard`
 */
export function checkOffReleaseLine(
  environment: Environment,
  isReleased: boolean,
  codexDefaultBranch: BranchName,
): void {
  if (isReleased || environment.branch !== codexDefaultBranch) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `${defaultBranchPhrase(environment)}: only commits of the release line are published to it.`,
    `${defaultBranchHint(environment)}, or publish from the default branch or a tag.`,
  );
}

/** Why an environment that is not called production is treated as production. */
function defaultBranchPhrase({ name, branch, production }: Environment): string {
  const counts = production ? '' : ', so it counts as production for unmerged commits';
  return `Branch ${printable(branch)} (environment ${name}) is the default branch of the codex${counts}`;
}

function defaultBranchHint({ name, production, productionBranch }: Environment): string {
  const other = production ? '' : `, make ${printable(productionBranch)} the default branch of the codex`;
  return `Map ${name} to another branch under environments.branches${other}`;
}

/**
 * The guard that needs the codex's default branch: on pull requests that branch is production, whichever environment the
 * configuration of the pull request maps to it.
 * @throws CodexSyncError `refused-by-guard`
 */
export function checkDefaultBranch(trigger: Trigger, environment: Environment, codexDefaultBranch: BranchName): void {
  if (environment.branch !== codexDefaultBranch) return;
  if (environment.production) checkEvent(trigger, environment);
  const followed = refusedIn(trigger);
  if (followed === undefined) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `${defaultBranchPhrase(environment)} and is never published ${followed}.`,
    `${defaultBranchHint(environment)}, or publish it after the merge.`,
  );
}

/**
 * Documents must not become visible to more people than the project (design section 4).
 * @throws CodexSyncError `refused-by-guard`
 */
export function checkVisibility(project: Visibility, codex: Visibility, allowPublic: boolean): void {
  if (allowPublic || !isMoreVisible(codex, project)) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `The project is ${project} and the codex is ${codex}: its documents would be visible to more people.`,
    `If that is intended, ${setInput('allow-public', 'true')}.`,
  );
}

/** Whether more people see `one` than `other`. */
export function isMoreVisible(one: Visibility, other: Visibility): boolean {
  return VISIBILITIES.indexOf(one) < VISIBILITIES.indexOf(other);
}

/** A fork's code that runs with the secrets of the base repository must not choose which documents are published. */
function checkHead(trigger: Trigger): void {
  if (trigger.kind !== 'workflow') return;
  const head = trigger.event === 'pull_request_target' ? trigger.pullRequest : trigger.upstream;
  const watched = trigger.event === 'pull_request_target' || trigger.event === 'workflow_run';
  if (!watched || !head || !isFork(trigger, head.headRepository)) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `Event ${trigger.event} comes from the fork ${printable(head.headRepository ?? '(deleted)')} but has access to this repository's ` +
      'secrets, so nothing is published.',
    'Use the pull_request event, which skips forks.',
  );
}

function checkEvent(trigger: Trigger, { name, branch }: Environment): void {
  const followed = refusedIn(trigger);
  if (followed === undefined) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `Production (branch ${branch}) is never published ${followed}` +
      (name === 'prod'
        ? `. Use ${inputValue('env', 'test')} there, and publish production on a release, a push to the default branch, or by hand.`
        : `, and environment ${name} is mapped to it. Map ${name} to another branch under environments.branches.`),
  );
}

/** `on pull_request`: the event, if production is refused in its runs; else `undefined`. */
function refusedIn(trigger: Trigger): string | undefined {
  if (trigger.kind !== 'workflow') return undefined;
  const upstream = trigger.event === 'workflow_run' ? trigger.upstream?.event : undefined;
  // No payload has the event of a run that is two steps back.
  const refused = upstream === 'workflow_run' ? upstream : undefined;
  const event = refused ?? [trigger.event, upstream].find((name) => name && isRefusedInProduction(name));
  if (event === undefined) return undefined;
  return event === upstream ? `on a workflow_run that ${event} started` : `on ${event}`;
}

function isRefusedInProduction(event: string): boolean {
  return runsOnPullRequest(event) || REFUSED_BESIDES.includes(event);
}

function isFork(trigger: Trigger, head: string | undefined): boolean {
  return head === undefined || !sameRepository(head, trigger.repository);
}

/**
 * Ensures that Node does not print secrets. With `NODE_DEBUG` it writes the environment of git and the headers of requests
 * to standard error, and both contain the token. Node reads the variable before our code runs, so removing it here would
 * have no effect.
 * @throws CodexSyncError `bad-input`
 */
export function checkNodeDebug({ NODE_DEBUG: value = '' }: Readonly<Record<string, string | undefined>>): void {
  if (value === '') return;
  throw new CodexSyncError(
    'bad-input',
    `The variable NODE_DEBUG is "${printable(value, 60)}": Node would print tokens.`,
    `Unset it, then run this again. ` + 'For details of a run use --verbose, or debug logging of the workflow.',
  );
}
