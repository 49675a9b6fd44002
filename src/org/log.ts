import { environmentLine, productionLine, RULE } from '../report/banner.ts';
import { branchSentence, changeLines } from '../report/changes.ts';
import type { Console } from '../report/console.ts';
import { replacedTexts } from '../sync/report.ts';
import { repositoryName } from '../text/names.ts';
import { count } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import type { ChosenRepositories } from './choose.ts';
import { branchUrl, commitsUrl, type RepositoryOutcome, type SyncOrgResult, skippedOf } from './report.ts';
import type { SyncOrgRequest } from './request.ts';
import {
  conclusionIcon,
  conclusionSentence,
  failureSentence,
  lookAt,
  nextStep,
  progressPhrase,
  skippedPhrase,
  stateOf,
  warningSentences,
} from './words.ts';

/** Shorter runs are over before anybody asks how long they take. */
const LONG_RUN_SECONDS = 30;

/**
 * Writes what happens while it happens: one line a repository once its push landed, with its documents folded below.
 * @param now the time; asked as often as something happened
 */
export function followSyncOrg(console: Console, now: () => Date) {
  const start = now().getTime();
  let [all, done, read] = [0, 0, 0];
  return {
    chosen({ chosen, skipped, leftOut, elsewhere }: ChosenRepositories): void {
      all = chosen.length;
      console.line(
        [
          `${count(all, 'repository', 'repositories')} to publish`,
          ...(skipped.size > 0 ? [`${skipped.size} passed over (${skippedPhrase(skipped)})`] : []),
          ...(leftOut.length > 0 ? [`${leftOut.length} left out by name`] : []),
          ...(elsewhere > 0 ? [`${elsewhere} in the shares of other jobs`] : []),
        ].join(', '),
      );
    },

    read(repository: string): void {
      read += 1;
      console.progress(`Read ${read} of ${all}: ${printable(repository)}`);
    },

    finished(outcomes: readonly RepositoryOutcome[]): void {
      for (const one of outcomes) {
        done += 1;
        writeOutcome(`[${`${done}`.padStart(`${all}`.length)}/${all}] ${printable(one.repository)}: `, one, console);
      }
      const seconds = (now().getTime() - start) / 1000;
      if (seconds >= LONG_RUN_SECONDS && done < all) console.line(progressPhrase(done, all, seconds));
    },
  };
}

function writeOutcome(title: string, one: RepositoryOutcome, console: Console): void {
  const { result } = one;
  const lines = [
    ...(result ? changeLines(result.plan?.changes ?? [], replacedTexts(result)) : []),
    ...lookAt(one).map((sentence) => `⚠️ ${sentence}`),
  ];
  const state = stateOf(one).replace(/\s*\n\s*/g, ' ');
  if (lines.length > 0) console.group(`${title}${state}`, lines);
  else console.line(`${title}${state}`);
}

/** Writes the log's end: what was passed over, what needs a look, and where it is now; then what failed, as an error. */
export function writeSyncOrgLog(result: SyncOrgResult, console: Console): void {
  const { request, branch } = result;
  const created = branchSentence(branch, request.environment, result.created);
  if (created) console.line(created);
  const skipped = skippedOf(result);
  if (skipped.size > 0) {
    console.group(
      `Passed over (${skippedPhrase(skipped)})`,
      [...skipped].map(([name, reason]) => `${printable(name)}: ${reason}`),
    );
  }
  for (const sentence of warningSentences(result)) console.warning(sentence);

  console.line(RULE);
  console.line(`${conclusionIcon(result)} COMPLETED: Organization Sync`);
  console.line(conclusionSentence(result));
  if (result.commit) console.line(`Commits: ${commitsUrl(result)}`);
  if (branch !== 'would be created' && !request.dryRun) console.line(`Documents: ${branchUrl(result)}`);
  const next = nextStep(result);
  if (next) console.line(`Next: ${next}`);
  const failure = failureSentence(result);
  if (failure === undefined) return;
  console.error(failure);
  console.fail();
}

/** The opening lines of the log. */
export function renderSyncOrgBanner(request: SyncOrgRequest, configFile: string | undefined): string[] {
  const { organization, codex, environment, sourceRef, shard, dryRun } = request;
  return [
    '🎯 STARTING: Organization Sync',
    `Organization: ${organization}`,
    `Codex: ${repositoryName(codex)}`,
    environmentLine(environment),
    ...productionLine(environment, configFile),
    `Source: ${sourceRef}`,
    ...(shard.count > 1 ? [`Share: ${shard.index} of ${shard.count}`] : []),
    ...(dryRun ? ['Dry run: nothing will be written'] : []),
    RULE,
  ];
}
