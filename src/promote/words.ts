import type { Change } from '../codex/changes.ts';
import { previewLabel } from '../codex/overlay.ts';
import {
  failureLines,
  heldBackPhrases,
  holdNote,
  iconOf,
  spellInput,
  spellRun,
  withheldSentence,
} from '../report/changes.ts';
import { count, nameSome, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import {
  conclusionOf,
  countsOf,
  failedOf,
  type ProjectOutcome,
  type ReleaseResult,
  skippedOf,
  sumOf,
} from './report.ts';

export function conclusionIcon(result: ReleaseResult): string {
  return iconOf(conclusionOf(result));
}

/** `Promotion`, as the log calls it. */
export function nounOf({ request }: Pick<ReleaseResult, 'request'>): string {
  return request.mode === 'promote' ? 'Promotion' : 'Retirement';
}

/** What happened, in one sentence; what failed is another one. */
export function conclusionSentence(result: ReleaseResult): string {
  const { request, from, projects, commit } = result;
  const { name, branch } = request.environment;
  const place = `${name} (branch ${printable(branch)})`;
  const moving = projects.filter(({ changes }) => changes);
  const noted = moving.filter((one) => isNoted(result, one)).length;
  const { added, modified, deleted } = countsOf(projects);
  const moved = `${count(moving.length - noted, 'project')} (${added} added, ${modified} modified, ${deleted} deleted)`;
  const manifests = `only the manifest of ${count(noted, 'project')}`;
  const numbers = `${moved}${noted > 0 ? `, and ${manifests}` : ''}`;
  const withheld = sumOf(result, 'withheld');
  const be = request.dryRun ? ' would be' : '';
  const isRetired = request.mode === 'retire';
  const closed = request.preview && `the preview of ${previewLabel(request.preview)}`;
  const skipped = skippedOf(result).length;
  const left = skipped > 0 ? `; ${count(skipped, 'project')} left as ${skipped === 1 ? 'it is' : 'they are'}` : '';
  const also = (withheld > 0 ? `; ${count(withheld, 'deletion')}${be} withheld` : '') + left;
  if (request.dryRun) {
    if (moving.length === 0) return `Dry run: nothing in ${place} would change${also}. Nothing was written.`;
    if (noted === moving.length) {
      return `Dry run: ${manifests} would be brought up to date in ${place}${also}. Nothing was written.`;
    }
    const verb = closed
      ? `changed in ${place} by the end of ${closed}`
      : isRetired
        ? `retired from ${place}`
        : `promoted to ${place} from ${sideOf(from)}`;
    return `Dry run: ${numbers} would be ${verb}${also}. Nothing was written.`;
  }
  if (commit === undefined) {
    if (failedOf(result).length + skipped === projects.length) return `Nothing in ${place} was changed${also}.`;
    return result.branch === 'would be created'
      ? `Nothing to ${request.mode}: ${place} does not exist, and would begin with all of that${also}.`
      : `Nothing to ${request.mode}: ${place} is as it should be already${also}.`;
  }
  if (noted === moving.length) {
    return `Brought up to date in ${place}: ${manifests}; the documents are as they should be already${also}.`;
  }
  const verb = closed
    ? `Ended ${closed} in ${place}`
    : isRetired
      ? `Retired from ${place}`
      : `Promoted from ${sideOf(from)} to ${place}`;
  return `${verb}: ${numbers}${also}.`;
}

/** The one error of a run in which not every project went well. */
export function failureSentence(result: ReleaseResult): string | undefined {
  const failed = failedOf(result);
  const [first] = failed;
  if (!first) return undefined;
  if (result.projects.length === 1) return first.error;
  const verb = result.request.mode === 'promote' ? 'promoted' : 'retired';
  return failureLines(
    `${failed.length} of ${result.projects.length} projects were not ${verb}.`,
    failed.map(({ project, error }) => ({ name: project, error })),
  );
}

/** What became of a project, in a few words. */
export function stateOf(result: ReleaseResult, { error, changes, plan, skipped }: ProjectOutcome): string {
  const { request } = result;
  if (error !== undefined) return 'failed';
  if (skipped !== undefined) return skipped === 'held' ? 'held: left as it is' : 'left as it is';
  const state = request.mode === 'promote' ? 'promoted' : request.preview ? 'preview ended' : 'retired';
  const withheld = plan && plan.withheld.length > 0 ? `, ${plan.withheld.length} withheld` : '';
  if (!changes) return `${request.mode === 'promote' ? 'in step' : 'nothing there'}${withheld}`;
  if (isNoted(result, { changes, plan }))
    return `only its manifest ${request.dryRun ? 'would be ' : ''}brought up to date${withheld}`;
  return `${request.dryRun ? 'would be ' : ''}${state}${withheld}`;
}

/** Whether the documents are in step already, and only the manifest did not say so. */
function isNoted({ request }: ReleaseResult, { changes, plan }: Pick<ProjectOutcome, 'changes' | 'plan'>): boolean {
  return request.mode === 'promote' && changes && plan?.changes.length === 0;
}

/** Which commit of which repository documents come from. */
export function sourcePhrase({ source }: ProjectOutcome): string {
  if (!source) return '';
  return `${source.repository}${source.commit ? ` at ${source.commit.slice(0, SHORT_ID)}` : ''}${source.ref ? ` (${source.ref})` : ''}`;
}

/** What a person has to look at, one sentence each. */
export function warningSentences(result: ReleaseResult): string[] {
  return [...result.warnings, ...result.projects.flatMap((one) => projectWarnings(result, one))];
}

function projectWarnings({ request, from }: ReleaseResult, one: ProjectOutcome): string[] {
  const { project, plan, hidden, skippedDocuments, heldBack } = one;
  const name = printable(project);
  const warnings = one.warnings.map((warning) => `${name}: ${warning}`);
  const warn = (paths: readonly string[], sentence: (names: string) => string) => {
    if (paths.length > 0) warnings.push(`${name}: ${sentence(nameSome(paths))}`);
  };
  if (!plan) return warnings;
  const editsOf = (edits: ProjectOutcome['editsLeft']) => [...edits].map(([path, edit]) => `${path} (${edit})`);
  const [source, target] = [from?.environment ?? '', request.environment.name];
  const because = (reason: Change['because']) =>
    plan.changes.filter((change) => change.because === reason).map(({ path }) => path);
  const [restored, replaced] = [because('restored'), because('conflict')];
  const inConflict = plan.conflicts.map(({ path }) => path);
  const kept = plan.drifted.filter((path) => !restored.includes(path) && !inConflict.includes(path));
  const be = request.dryRun ? 'would be ' : '';
  warn(
    [...skippedDocuments].map(([path, reason]) => `${path} (${reason})`),
    (names) => `not released, and left alone in ${target}: ${names}.`,
  );
  const { unpublished, removed } = heldBackPhrases(heldBack, plan.changes);
  warn(unpublished, (names) => `not released, because ${target} keeps another spelling: ${names}.`);
  warn(
    removed,
    (names) => `${be}removed from ${target}, which keeps the spelling that a person wrote there: ${names}.`,
  );
  warn(
    editsOf(one.editsLeft),
    (names) =>
      `changed by somebody in ${source}, and left there: ${names}. ${target} gets what was published; say "${spellInput(request.trigger, 'release-edits', 'true')}" to release the edits.`,
  );
  warn(
    request.environment.production ? [] : editsOf(one.editsReleased),
    (names) =>
      `changed by somebody in ${source}, and promoted to ${target} with the rest: ${names}. So production takes nothing of the project from ${target} until it is published there again.`,
  );
  warn(
    [...hidden].map(([path, key]) => `${path} (${previewLabel(key)})`),
    (names) => `hidden in ${target} by an open preview until that one ends: ${names}.`,
  );
  warn(plan.skippedInCodex, (names) => `left alone, because ${target} has a link or a submodule there: ${names}.`);
  warn(
    because('stood there before'),
    (names) => `stood in ${target} before anything was published there, and ${be}replaced: ${names}.`,
  );
  warn(kept, (names) =>
    request.mode === 'retire'
      ? `edited in ${target} since it was published, and kept there, owned by nobody: ${names}. Remove it by hand if it shall go too.`
      : `edited in ${target} since it was published, and kept as it is there: ${names}. Bring the edit into the project, or undo it in ${target}.`,
  );
  warn(restored, (names) => `removed in ${target} although ${source} has it, and ${be}restored: ${names}.`);
  warn(
    replaced,
    (names) =>
      `changed both in ${source} and in ${target}; what ${source} has ${request.dryRun ? 'would be' : 'is'} released: ${names}.`,
  );
  warn(
    plan.conflicts.filter(({ kept: side }) => side === 'codex').map(({ path }) => path),
    (names) =>
      `changed both in ${source} and in ${target}; what ${target} has stays: ${names}. Bring it into the project.`,
  );
  warn(plan.withheld, () => withheldSentence(plan.withheld, request.threshold, be));
  return warnings;
}

/** What a roll-back holds from now on, and what is held no longer. */
export function holdLines({ request }: ReleaseResult, { hold }: ProjectOutcome): string[] {
  const note = holdNote(hold, request);
  return note === undefined ? [] : [note];
}

/** What to do next, where there is something to do. */
export function nextStep(result: ReleaseResult): string | undefined {
  const { request, projects } = result;
  const conclusion = conclusionOf(result);
  if (conclusion === 'failed') return 'Mend what failed, then run it again: what is done already is not done twice.';
  if (conclusion === 'dry-run' && projects.some(({ changes }) => changes))
    return `Run it without "${spellInput(request.trigger, 'dry-run')}" to ${request.mode} this.`;
  if (sumOf(result, 'withheld') > 0)
    return 'Look at the withheld deletions, then run again with a higher threshold if they are meant.';
  return undefined;
}

/** A run that takes something back: what it does, and how it is said, line by line, in characters of names and ids only. */
export interface WayBack {
  readonly text: string;
  readonly inputs: readonly string[];
}

/**
 * How a run is taken back. What a promotion replaced is promoted again, and what is new goes; what was retired is promoted from
 * the commit before.
 */
export function waysBack(result: ReleaseResult): WayBack[] {
  const { request, projects, commit, parent, from } = result;
  if (commit === undefined || parent === undefined) return [];
  const { name } = request.environment;
  if (request.mode === 'retire') return waysBackOfRetirement(result, parent);
  if (!from) return [];
  const namesOf = (wasThere: boolean) =>
    projects.filter((one) => one.changes && (one.published !== undefined) === wasThere).map(({ project }) => project);
  const [before, added] = [namesOf(true), namesOf(false)];
  const isNamed = before.length <= MAX_NAMED;
  const ways: WayBack[] = [];
  if (before.length > 0) {
    const inputs = { from: `${name}@${parent}`, env: name, 'allow-older': 'true' };
    ways.push({
      text: `To take this back, promote ${isNamed ? '' : 'the same projects '}with`,
      inputs: spellRun(request.trigger, 'promote', isNamed ? before : [], inputs),
    });
  }
  for (const project of added.slice(0, 1)) {
    const others = added.length > 1 ? `, and so each of ${nameSome(added.slice(1))}` : '';
    ways.push({
      text: `New in ${name}, so retire it to take that back${others}, with`,
      inputs: spellRun(request.trigger, 'retire', [project], { env: name }),
    });
  }
  return ways;
}

function waysBackOfRetirement(
  { request, projects }: Pick<ReleaseResult, 'request' | 'projects'>,
  parent: string,
): WayBack[] {
  const { name, production } = request.environment;
  const { preview } = request;
  if (preview !== undefined) {
    return [{ text: `To have the preview back, run the workflow of ${previewLabel(preview)} again.`, inputs: [] }];
  }
  const gone = projects.filter(({ changes, published }) => changes && published?.commit !== undefined);
  const others = production ? '' : ' (previews come back with the next run of their pull requests or branches)';
  return gone.map(({ project }) => ({
    text: `To take this back, promote it from the commit before${others}, with`,
    inputs: spellRun(request.trigger, 'promote', [project], { from: `${name}@${parent}`, env: name }),
  }));
}

/** More names than this leave no room for anything else. */
const MAX_NAMED = 200;

function sideOf(from: ReleaseResult['from']): string {
  return from ? `${from.environment}${from.isTip ? '' : ` at ${from.commit.slice(0, SHORT_ID)}`}` : '';
}
