import type { Change } from '../codex/changes.ts';
import { branchOf, type PreviewKey, previewLabel, pullRequestKey } from '../codex/overlay.ts';
import { FETCHED, OF_OTHER_PROJECTS } from '../documents/select.ts';
import { publishes } from '../inputs/definitions.ts';
import {
  heldBackPhrases,
  iconOf,
  missingSentence,
  spellInput,
  spellMode,
  withheldSentence,
} from '../report/changes.ts';
import { count, nameSome, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';
import { broughtBackSentence, commitStep, pulledPhrase, refusedSentence } from './pull-report.ts';
import { conclusionOf, countsOf, pullsOf, type SyncProjectResult } from './report.ts';
import type { SyncProjectRequest } from './request.ts';

export function conclusionIcon(result: SyncProjectResult): string {
  return iconOf(conclusionOf(result));
}

/** What happened, in one sentence. */
export function conclusionSentence(result: SyncProjectResult): string {
  const { request, run, plan, pull, preview } = result;
  const place = `${request.environment.name} (branch ${printable(request.environment.branch)})`;
  const counts = countsOf(result);
  const empty = counts.added + counts.modified + counts.deleted === 0;
  const be = request.dryRun ? ' would be' : '';
  const closed = pull?.closed ? '' : closedPhrase(result);
  const numbers = empty
    ? closed === ''
      ? 'no document changed, the manifest was brought up to date'
      : 'no document changed'
    : `${counts.added} added, ${counts.modified} modified, ${counts.deleted} deleted`;
  const withheld = plan && plan.withheld.length > 0 ? `; ${count(plan.withheld.length, 'deletion')}${be} withheld` : '';
  if (plan && !publishes(request.direction)) return broughtBackSentence(result, place, withheld);
  const also = withheld + closed + pulledPhrase(result);
  const differs = plan && plan.drifted.length + plan.conflicts.length + plan.skippedInCodex.length > 0;
  switch (conclusionOf(result)) {
    case 'superseded':
      if (!pull && !preview && result.published === undefined)
        return `Superseded: no open pull request has commit ${run.commit.slice(0, SHORT_ID)} as its head. Nothing was changed.`;
      if (!pull && preview && result.published === undefined) {
        return `Superseded: the preview of a pull request shows commit ${run.commit.slice(0, SHORT_ID)} already. Nothing was changed.`;
      }
      if (pull && (result.published?.commit ?? run.commit) === run.commit) {
        return `Superseded: pull request #${pull.number} was closed, or has a newer head than commit ${run.commit.slice(0, SHORT_ID)}. Nothing was changed.`;
      }
      return `Superseded: a newer commit of ${printable(run.ref)} (${result.published?.commit?.slice(0, SHORT_ID)}) is published in ${place} already. Nothing was changed.`;
    case 'held':
      return `Held: a roll-back holds back what commit ${run.commit.slice(0, SHORT_ID)} would publish to ${place}. Nothing was changed.`;
    case 'dry-run':
      if (result.publication && empty)
        return `Dry run: no document of ${place} would change, only the manifest${also}. Nothing was written.`;
      if (result.publication) return `Dry run: ${numbers} would be published to ${place}${also}. Nothing was written.`;
      if (also) return `Dry run: nothing would be published to ${place}${also}. Nothing was written.`;
      return differs
        ? `Dry run: nothing would be published to ${place}: what differs there is kept as it is. Nothing was written.`
        : `Dry run: ${place} is up to date. Nothing was written.`;
    case 'unchanged':
      if (pull?.closed && pull.merged && result.overlayPlan?.overlay.previews.has(pullRequestKey(pull.number))) {
        return `Pull request #${pull.number} was merged: its preview in ${place} stays until its base is published.`;
      }
      if (pull?.closed) return `Pull request #${pull.number} has no preview in ${place}. Nothing was changed.`;
      if (preview) return `Nothing to publish: ${place} has what ${previewName(preview)} changes already.`;
      if (pulledPhrase(result)) return `Nothing to publish to ${place}${also}.`;
      if (differs) {
        return `Nothing to publish to ${place}: what differs there is kept as it is.`;
      }
      return `Nothing to publish: ${place} has the documents of commit ${run.commit.slice(0, SHORT_ID)} already.`;
    default:
      if (result.commit && pull?.closed)
        return `Removed the preview of pull request #${pull.number} from ${place}: ${numbers}.`;
      if (result.commit && preview)
        return `Published the preview of ${previewName(preview)} to ${place}: ${numbers}${also}.`;
      return result.commit ? `Published to ${place}: ${numbers}${also}.` : `Nothing published to ${place}${also}.`;
  }
}

function closedPhrase({ closed = [], request }: SyncProjectResult): string {
  if (closed.length === 0) return '';
  return `; ${request.dryRun ? 'would end' : 'ended'} the preview${closed.length > 1 ? 's' : ''} of ${nameSome(closed.map(previewLabel))}`;
}

/** Heads the list of what the run replaced in the codex. */
export function replacedTitle({ dryRun }: SyncProjectRequest): string {
  return `Texts of the codex that ${dryRun ? 'would be' : 'were'} replaced`;
}

/** Heads the list of what the patterns select and is no document of the project. */
export const NON_DOCUMENTS_TITLE = 'Not published, and removed where an earlier version published it';

/** Heads the list of documents that another spelling keeps out of the codex. */
export const HELD_BACK_TITLE = 'Not published, because the codex keeps another spelling';

/** Which layer the run is about, and what else lies there; `undefined` where there are no previews. */
export function publishesPhrase({ preview: own, because, overlayPlan }: SyncProjectResult): string | undefined {
  const others = [...(overlayPlan?.overlay.previews.keys() ?? [])].filter((key) => key !== own);
  const named = others.map(previewLabel).join(', ');
  if (own === undefined) return named ? `documents, beneath the previews of ${named}` : undefined;
  const why = because === undefined ? '' : `, since ${because}`;
  return `preview of ${previewName(own)}${why}${named ? `, beside those of ${named}` : ''}`;
}

/** In a sentence: `pull request #12`, or `branch feature`. */
function previewName(key: PreviewKey): string {
  return branchOf(key) === undefined ? `pull request ${previewLabel(key)}` : `branch ${previewLabel(key)}`;
}

/** What a person has to look at, one sentence each. */
export function warningSentences(result: SyncProjectResult): string[] {
  const { plan, request, selection } = result;
  const warnings = [...result.warnings];
  const warn = (paths: readonly string[], sentence: (names: string) => string) => {
    if (paths.length > 0) warnings.push(sentence(nameSome(paths)));
  };
  const skipped = [...selection.skipped].map(([path, reason]) => `${printable(path)} (${printable(reason)})`);
  warn(skipped, (names) => `Left alone, neither published nor deleted: ${names}.`);
  const nonDocuments = [...(selection.nonDocuments ?? [])];
  const thatAre = (why: string) => nonDocuments.filter(([, reason]) => reason === why).map(([path]) => path);
  warn(
    thatAre(FETCHED),
    (names) =>
      `Not published, because it was ${FETCHED}: ${names}. Name the cache directory under "exclude" (exclude_patterns).`,
  );
  warn(
    thatAre(OF_OTHER_PROJECTS),
    (names) =>
      `Not published, because it is ${OF_OTHER_PROJECTS}: ${names}. Name "projects/**" under "exclude" (exclude_patterns).`,
  );
  warn(
    nonDocuments
      .filter(([, reason]) => reason !== FETCHED && reason !== OF_OTHER_PROJECTS)
      .map(([path, reason]) => `${printable(path, 200)} (${printable(reason)})`),
    (names) => `Not published, because not every system can hold it: ${names}. Rename it.`,
  );
  const { unpublished, removed } = heldBackPhrases(result.overlayPlan?.heldBack ?? new Map(), plan?.changes ?? []);
  warn(unpublished, (names) => `${HELD_BACK_TITLE}: ${names}.`);
  warn(
    removed,
    (names) =>
      `${request.dryRun ? 'Would be removed' : 'Removed'} from the codex, which keeps the spelling that a person wrote there: ${names}.`,
  );
  if (result.hold?.kind === 'held') warnings.push(result.hold.sentence);
  if (!plan) return warnings;

  const because = (reason: Change['because']) =>
    plan.changes.filter((change) => change.because === reason).map(({ path }) => path);
  const restored = because('restored');
  const inConflict = plan.conflicts.map(({ path }) => path);
  const pulled = new Set(pullsOf(result).map(({ path }) => path));
  const waiting = [...plan.withheld, ...(result.pulled?.refused.keys() ?? [])];
  const reported = new Set([...restored, ...inConflict, ...pulled, ...waiting]);
  const gone = new Set(plan.removedThere);
  const kept = plan.drifted.filter((path) => !reported.has(path));
  const conflicts = (side: 'project' | 'codex', isPulled = false) =>
    plan.conflicts.filter(({ path, kept }) => kept === side && pulled.has(path) === isPulled).map(({ path }) => path);
  const hidden = [...(result.overlayPlan?.hidden ?? [])].map(
    ([path, key]) => `${printable(path)} (${previewLabel(key)})`,
  );
  warn(hidden, (names) => `Hidden on the branch by a newer preview until that one ends: ${names}.`);
  warn(
    publishes(request.direction) ? (result.overlayPlan?.kept ?? []) : [],
    (names) => `Edited in the codex in a preview that ended; kept there, and owned by nobody: ${names}.`,
  );
  warn(plan.skippedInCodex, (names) => `Left alone, because the codex has a link or a submodule there: ${names}.`);
  warn(
    because('stood there before'),
    (names) =>
      `Stood in the codex before anything was published there, and ${request.dryRun ? 'would be ' : ''}replaced: ${names}.`,
  );
  warn(
    kept.filter((path) => !gone.has(path)),
    (names) =>
      `Edited in the codex since it was published, and kept as it is there: ${names}. Bring the edit into the project, or undo it in the codex.`,
  );
  warn(
    kept.filter((path) => gone.has(path)),
    (names) =>
      `Removed in the codex since it was published, and kept in the project: ${names}. Remove it in the project too, or publish it again.`,
  );
  warn(restored, (names) => `Removed in the codex although the project has it, and restored: ${names}.`);
  const ours = conflicts('project');
  warn(
    publishes(request.direction) ? ours : [],
    (names) =>
      `Changed both in the project and in the codex; the project's version ${request.dryRun ? 'would be' : 'is'} published: ${names}.`,
  );
  const left = publishes(request.direction) ? [] : ours;
  warn(
    left.filter((path) => !gone.has(path)),
    (names) =>
      `Changed both in the project and in the codex, and left as they are on both sides: ${names}. Publish the project's version, or say "on-conflict: codex".`,
  );
  warn(
    left.filter((path) => gone.has(path)),
    (names) =>
      `Changed in the project and removed in the codex, and left as they are on both sides: ${names}. Publish the project's version, or remove it in the project too.`,
  );
  warn(
    conflicts('codex', true),
    (names) =>
      `Changed both in the project and in the codex; the codex's version ${request.dryRun ? 'would come' : 'comes'} into the checkout: ${names}.`,
  );
  warn(
    conflicts('codex'),
    (names) =>
      `Changed both in the project and in the codex; the codex's version stays: ${names}. Bring it into the project.`,
  );
  const missing = plan.missingGenerated ?? new Map<string, string>();
  const guarded = plan.withheld.filter((path) => !missing.has(path));
  warn(guarded, () => withheldSentence(guarded, request.threshold));
  warn([...missing.keys()], () => missingSentence(missing));
  const refused = refusedSentence(result);
  return refused ? [...warnings, refused] : warnings;
}

/** What to do next, where there is something to do. */
export function nextStep(result: SyncProjectResult): string | undefined {
  const steps = [commitStep(result), publishStep(result)].filter((step) => step !== undefined);
  return steps.length > 0 ? steps.join(' ') : undefined;
}

function publishStep(result: SyncProjectResult): string | undefined {
  const conclusion = conclusionOf(result);
  const withheld = result.plan !== undefined && result.plan.withheld.length > 0;
  const { trigger } = result.request;
  const dryRun = spellInput(trigger, 'dry-run');
  if (conclusion === 'dry-run' && !result.publication && pullsOf(result).length > 0)
    return `Run it without "${dryRun}" to bring this into the checkout.`;
  if (conclusion === 'dry-run' && result.publication) return `Run it without "${dryRun}" to publish this.`;
  if (withheld && result.plan?.withheld.length === result.plan?.missingGenerated?.size)
    return 'Generate the documents that are missing before this step, then run it again.';
  if (withheld && (result.plan?.otherwiseSelected ?? []).length > 0)
    return 'Give all workflows of the project the same patterns. If the deletions are meant, run once with a higher threshold.';
  if (withheld) return 'Look at the withheld deletions, then run again with a higher threshold if they are meant.';
  const { because, pull, preview } = result;
  if (conclusion === 'published' && preview) {
    if (pull?.closed) return undefined;
    // A branch may be the default one, whose documents are not the preview's because something is in no commit.
    if (because !== undefined && !pull)
      return 'Once that is committed and merged, the next run of the default branch ends the preview. Nothing of it is released before.';
    return pull
      ? 'The preview ends with the pull request. If that is merged, the next run of its base branch publishes what was merged.'
      : 'The preview ends when the branch is merged or deleted, or with "retire". Nothing of it is released before the merge.';
  }
  if (conclusion === 'published' && result.publication && !result.request.environment.production) {
    return `To bring this to production, publish the release with "${spellInput(trigger, 'env', 'prod')}", or promote it ("${spellMode(trigger, 'promote')}").`;
  }
  return undefined;
}
