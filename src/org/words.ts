import { failureLines, iconOf, spellInput, spellMode } from '../report/changes.ts';
import { warningSentences as projectWarnings } from '../sync/words.ts';
import { count, nameSome, span } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { SKIP_REASONS, type SkipReason } from './choose.ts';
import {
  changes,
  conclusionOf,
  countsOf,
  failedOf,
  failureOf,
  heldOf,
  publishedOf,
  type RepositoryOutcome,
  type SyncOrgResult,
} from './report.ts';

export function conclusionIcon(result: SyncOrgResult): string {
  return iconOf(conclusionOf(result));
}

/** `3 added, 1 modified`: what moves, and nothing that does not. */
export function movesOf(outcomes: readonly RepositoryOutcome[]): string {
  const { added, modified, deleted } = countsOf(outcomes);
  const given = [
    [added, 'added'],
    [modified, 'modified'],
    [deleted, 'deleted'],
  ] as const;
  return given.flatMap(([number, text]) => (number > 0 ? [`${number} ${text}`] : [])).join(', ');
}

/** What became of a repository, in a few words. */
export function stateOf(one: RepositoryOutcome): string {
  const { result, skipped } = one;
  const failure = failureOf(one);
  if (skipped) return `passed over: ${skipped}`;
  if (!result) return `failed: ${failure}`;
  const { plan, request, overlayPlan } = result;
  if (!plan) return result.hold?.kind === 'held' ? 'held back by a roll-back' : 'a newer commit is published already';
  const be = request.dryRun ? 'would be ' : '';
  const moves = movesOf([one]) || (changes(one) ? 'only the manifest' : 'unchanged');
  const kept = plan.drifted.length + plan.conflicts.filter(({ path }) => !plan.drifted.includes(path)).length;
  const previews = overlayPlan?.overlay.previews.size ?? 0;
  return [
    changes(one) ? be + moves : moves,
    ...(kept > 0 ? [`${count(kept, 'document')} edited in the codex left alone`] : []),
    ...(previews > 0 ? [`beneath ${count(previews, 'preview')}`] : []),
    ...(failure === undefined ? [] : [`failed: ${failure}`]),
  ].join(', ');
}

/** What a person has to look at in one repository. */
export function lookAt({ result }: RepositoryOutcome): string[] {
  // What is withheld is told as what failed.
  return result ? projectWarnings({ ...result, plan: result.plan && { ...result.plan, withheld: [] } }) : [];
}

/** What happened, in one sentence; what failed is another one. */
export function conclusionSentence(result: SyncOrgResult): string {
  const { request, outcomes, commit } = result;
  const place = `${request.environment.name} (branch ${printable(request.environment.branch)})`;
  const moving = outcomes.filter(changes);
  const numbers = `${count(moving.length, 'project')} (${movesOf(moving) || 'only manifests'})`;
  const held = heldOf(result).length;
  const rest = publishedOf(result).filter((one) => !changes(one) && failureOf(one) === undefined).length - held;
  const back = held > 0 ? `; ${count(held, 'project')} held back by ${held === 1 ? 'a roll-back' : 'roll-backs'}` : '';
  const others = (rest > 0 ? `; ${count(rest, 'project')} had nothing new` : '') + back;
  if (request.dryRun && moving.length > 0) {
    return `Dry run: ${numbers} would be published to ${place}${others}. Nothing was written.`;
  }
  if (request.dryRun) return `Dry run: nothing would be published to ${place}${back}. Nothing was written.`;
  if (commit !== undefined) return `Published to ${place}: ${numbers}${others}.`;
  if (publishedOf(result).length === 0) return `No repository has anything to publish to ${place}.`;
  return rest === 0
    ? `Nothing was published to ${place}${back}.`
    : `Nothing to publish: ${place} has the documents of ${count(rest, 'project')} already${back}.`;
}

/** The one error of a run in which not every repository went well. */
export function failureSentence(result: SyncOrgResult): string | undefined {
  const { stopped } = result;
  const failed = failedOf(result);
  const all = publishedOf(result);
  if (stopped !== undefined) {
    const done = all.length - failed.length;
    return (
      `${stopped}\nThe run ended there, when ${done} of ${count(all.length, 'repository', 'repositories')} were done: ` +
      `${result.commit ? 'what they published stays' : 'nothing was published'}. Run it again to go on.`
    );
  }
  if (failed.length === 0) return undefined;
  return failureLines(
    `${failed.length} of ${count(all.length, 'repository', 'repositories')} failed.`,
    failed.map((one) => ({ name: one.repository, error: failureOf(one) })),
  );
}

/** What a person has to look at, one sentence each; what is in the repositories stands with them. */
export function warningSentences(result: SyncOrgResult): string[] {
  const named = result.outcomes.filter((one) => lookAt(one).length > 0).map(({ repository }) => repository);
  const look =
    named.length > 0
      ? [`Something to look at in ${count(named.length, 'repository', 'repositories')}: ${nameSome(named)}.`]
      : [];
  return [...result.warnings, ...look];
}

/** `archived: 5, a fork: 2`: how many were passed over, by reason. */
export function skippedPhrase(skipped: ReadonlyMap<string, SkipReason>): string {
  const counts = SKIP_REASONS.map((reason) => [reason, [...skipped.values()].filter((one) => one === reason).length]);
  return counts.flatMap(([reason, number]) => (number ? [`${reason}: ${number}`] : [])).join(', ');
}

/** What to do next, where there is something to do. */
export function nextStep(result: SyncOrgResult): string | undefined {
  const { trigger } = result.request;
  switch (conclusionOf(result)) {
    case 'failed':
      return 'Mend what failed, or leave it out with "exclude-repositories", then run it again: what is done already is not done twice.';
    case 'dry-run':
      return result.outcomes.some(changes)
        ? `Run it without "${spellInput(trigger, 'dry-run')}" to publish this.`
        : undefined;
    case 'published':
      return result.request.environment.production
        ? undefined
        : `To bring this to production, promote it ("${spellMode(trigger, 'promote')}"), or run this with "${spellInput(trigger, 'env', 'prod')}" and a "${spellInput(trigger, 'source-ref')}".`;
    default:
      return undefined;
  }
}

/** How a long run goes: so many done, and how long the others will take if they are like those. */
export function progressPhrase(done: number, all: number, seconds: number): string {
  const left = (seconds / done) * (all - done);
  return `${done} of ${all} repositories done in ${span(seconds)}, about ${span(left)} left`;
}
