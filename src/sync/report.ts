import type { Change, ChangePlan } from '../codex/changes.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import type { HoldOutcome } from '../codex/hold.ts';
import type { Source } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, previewLabel, pullRequestKey } from '../codex/overlay.ts';
import type { OverlayPlan } from '../codex/plan-documents.ts';
import type { Pull, Pulled } from '../codex/pull-plan.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import { FETCHED, leftOut, OF_OTHER_PROJECTS, type Selection } from '../documents/select.ts';
import { publishes, pullsDocuments } from '../inputs/definitions.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import {
  branchSentence,
  changeCell,
  changeLine,
  heldBackPhrases,
  holdJson,
  holdNote,
  missingSentence,
  undoByPromotion,
  warnAbout,
  withheldSentence,
  withReasons,
} from '../report/changes.ts';
import { environmentLine, productionLine, renderBanner } from '../report/log.ts';
import {
  facts,
  type Link,
  listLinks,
  listNames,
  listReasons,
  type Report,
  type Row,
  type Section,
  type Text,
  type Undo,
} from '../report/model.ts';
import type { Conclusion, Outputs } from '../report/outputs.ts';
import { urlPath } from '../report/summary.ts';
import {
  attemptsFact,
  branchUrl,
  changesTitle,
  commitUrl,
  compareUrl,
  conclusionOf,
  countsOf,
  countsPhrase,
  documentLists,
  documentUrl,
  iconOf,
  placePhrase,
  type RunResult,
  renderWriteOutputs,
  targetFact,
  type WriteResult,
  withheldPhrase,
} from '../report/write-result.ts';
import { branchOfRef, repositoryName, sameRepository } from '../text/names.ts';
import { count, NAMED, nameSome, printable, SHORT_ID } from '../text/phrases.ts';
import { inputName, inputValue, modeName, setInput, spelled, unquotedName } from '../text/spell-inputs.ts';
import type { SyncProjectRequest } from './request.ts';

/** The result of a run of `sync-project`, as plain data. */
export interface SyncProjectResult extends RunResult {
  readonly request: SyncProjectRequest;
  readonly run: RunCommit;
  /** The preview of the run; `undefined` if it publishes `documents`. */
  readonly preview: PreviewKey | undefined;
  /** The reason for a preview, if the ref alone does not give it. */
  readonly because: string | undefined;
  readonly pull: PullRequest | undefined;
  readonly selection: Selection;
  /** `undefined` if the run was superseded. */
  readonly plan: ChangePlan | undefined;
  /** The overlay after the run, and the effect of previews; `undefined` if the run was superseded. */
  readonly overlayPlan: Pick<OverlayPlan, 'overlay' | 'heldBack' | 'hidden' | 'kept'> | undefined;
  /** Previews that the run closes. */
  readonly closed?: readonly PreviewKey[] | undefined;
  /** The planned commit, if there is one. */
  readonly publication: object | undefined;
  /** Source of the documents that were in the codex. */
  readonly published: Source | undefined;
  /** Pulled documents, or planned ones in a dry run; `undefined` if the run does not pull. */
  readonly pulled: Pulled | undefined;
  /** The hold of a roll-back that affects the run. */
  readonly hold?: HoldOutcome | undefined;
}

/** The result as one of several projects, with a single project. */
export function toWriteResult(result: SyncProjectResult): WriteResult {
  const { request, plan } = result;
  return { ...result, projects: [{ project: request.project, error: undefined, plan, hold: undefined }] };
}

function syncConclusion(result: SyncProjectResult): Conclusion {
  if (!result.plan) return result.hold?.kind === 'held' ? 'held' : 'superseded';
  return conclusionOf(toWriteResult(result));
}

/** The opening lines of the log. */
export function renderSyncBanner(request: SyncProjectRequest, configFile: string | undefined): string[] {
  return renderBanner('Project Sync', [
    `Project: ${request.project}`,
    `Codex: ${repositoryName(request.codex)}`,
    environmentLine(request.environment),
    ...productionLine(request.environment, configFile),
    `Direction: ${request.direction}`,
    ...(request.dryRun ? ['Dry run: nothing will be written'] : []),
  ]);
}

export function reportSync(result: SyncProjectResult): Report {
  const { request, run, selection, plan } = result;
  const { trigger, directory } = request;
  const where = directory === '.' ? '' : `, directory ${printable(directory)}`;
  const ref = refPhrase(result);
  const selected = plan ? `: ${count(selection.documents.size, 'document')} selected` : '';
  const layer = publishesPhrase(result);
  const notice = oneWayNotice(result);
  const lists = listsOf(result);
  return {
    name: 'Project Sync',
    icon: iconOf(syncConclusion(result)),
    heading: [request.project, { own: ' → ' }, request.environment.name],
    conclusion: conclusionSentence(result),
    log: [
      `${trigger.repository}${where} at ${run.commit.slice(0, SHORT_ID)}${printable(ref)}${selected}`,
      layer && `Publishes: ${layer}`,
      branchSentence(result.branch, request.environment, result.created),
      ...[lists.skipped, lists.nonDocuments, lists.heldBack, lists.changes, lists.unowned, lists.withheld],
      ...[lists.replaced, lists.pulled, lists.replacedInCheckout, lists.unpulled],
      notice === undefined ? undefined : { level: 'notice', text: notice },
    ],
    overview: [factsOf(result, layer, notice)],
    warnings: syncWarnings(result),
    note: holdNote(result.hold, request),
    sections: [
      ...[lists.changes, lists.replaced, lists.pulled, ...unnamed(lists.refused), lists.unpulled],
      ...(plan ? unnamed(lists.withheld, lists.drifted, lists.conflicts, lists.skippedInCodex) : []),
      ...(plan ? [...unnamed(lists.nonDocuments, lists.skipped, lists.heldBack), lists.unowned] : []),
    ],
    links: {
      Commit: commitUrl(result),
      Compare: compareUrl(result),
      // In a dry run the folder may not exist yet.
      Documents: request.dryRun ? undefined : folderUrl(result),
    },
    next: nextStep(result),
    undo: undoOf(result),
  };
}

/** ` (refs/heads/main)`. At a terminal the remote decides about the ref, so the local branch may have another name. */
function refPhrase({ request: { trigger }, run }: SyncProjectResult): string {
  if (run.ref === undefined) return '';
  const local = trigger.kind === 'terminal' && trigger.ref !== run.ref ? branchOfRef(trigger.ref) : undefined;
  return ` (${run.ref}${local === undefined ? '' : `, checked out as ${local}`})`;
}

/** Lists too long for the warnings, which name only the first documents. */
function unnamed(...lists: readonly Section[]): Section[] {
  return lists.filter(({ rows }) => rows.length > NAMED);
}

function factsOf(result: SyncProjectResult, layer: string | undefined, notice: string | undefined): Section {
  const { request, run, plan, selection } = result;
  const { serverUrl, repository } = request.trigger;
  const both = publishes(request.direction);
  const source = { text: run.commit.slice(0, SHORT_ID), url: `${serverUrl}/${repository}/commit/${run.commit}` };
  const folder = { text: `projects/${request.project}`, url: folderUrl(result) };
  const moved = [
    ...(both ? [countsPhrase(countsOf([result]))] : []),
    ...(pullsDocuments(request.direction) ? [`${pullsOf(result).length} pulled`] : []),
  ];
  return facts({
    [both ? 'From' : 'Project']: [`${repository} at `, source, refPhrase(result)],
    [both ? 'To' : 'Codex']: [...targetFact(result), ', folder ', folder],
    Publishes: layer,
    Direction: notice,
    // A superseded run stops before its documents are compared.
    Documents: plan && { own: `${selection.documents.size} selected: ${moved.join(', ')}` },
    Commit: commitFact(result),
    Attempts: attemptsFact(result),
  });
}

function commitFact(result: SyncProjectResult): Text | undefined {
  const [commit, compare] = [commitUrl(result), compareUrl(result)];
  if (!result.commit || !commit || !compare) return undefined;
  return [{ text: result.commit.slice(0, SHORT_ID), url: commit }, ' (', { text: 'compare', url: compare }, ')'];
}

/** GitHub accepts 1 MB a step: three lists may have this size, one half of it, the others a fifth. */
const MAX_BYTES = 165_000;

/** All lists of a run, for the log, the summary, or both. */
function listsOf(result: SyncProjectResult) {
  const { request, plan, overlayPlan, selection } = result;
  const be = request.dryRun ? 'would be' : 'were';
  const list = (title: string, rows: readonly Row[], limit = MAX_BYTES / 5): Section => ({ title, rows, limit });
  return {
    skipped: list('Skipped', listReasons(selection.skipped)),
    nonDocuments: list(NON_DOCUMENTS_TITLE, listReasons(selection.nonDocuments ?? [])),
    heldBack: list(HELD_BACK_TITLE, listReasons(overlayPlan?.heldBack ?? [])),
    changes: changesOf(result),
    unowned: list('Only in the codex, kept there', listNames(plan?.unowned ?? []), MAX_BYTES),
    withheld: list('Deletions withheld', listNames(plan?.withheld ?? [])),
    drifted: list('Edited or removed in the codex', listNames(plan?.drifted ?? [])),
    conflicts: list(
      'Changed on both sides',
      listReasons((plan?.conflicts ?? []).map(({ path, kept }) => [path, `the ${kept}'s version`])),
    ),
    skippedInCodex: list('Skipped, a link or a submodule of the codex', listNames(plan?.skippedInCodex ?? [])),
    replaced: list(`Texts of the codex that ${be} replaced`, listLinks(replacedTexts(result)), MAX_BYTES),
    pulled: pulledOf(result),
    replacedInCheckout: list(`Texts of the checkout that ${be} replaced`, listLinks(replacedInCheckout(result))),
    refused: list('Not pulled into the checkout', listReasons(result.pulled?.refused ?? [])),
    unpulled: list('Changed in the codex, and never pulled', listReasons(plan?.unpulled ?? [])),
  };
}

function changesOf(result: SyncProjectResult): Section {
  const { request, commit, plan } = result;
  const rows = (plan?.changes ?? []).map((change) => {
    const { path, action } = change;
    const shown =
      commit !== undefined && action !== 'delete'
        ? { text: path, url: documentUrl(result, commit, request.project, path) }
        : { code: path };
    return { line: changeLine(change), cells: [changeCell(change), shown] };
  });
  return { title: changesTitle(request), columns: ['', 'Document'], rows, limit: MAX_BYTES };
}

/** Each pulled document, with its text in the codex and the replaced text of the project. */
function pulledOf(result: SyncProjectResult): Section {
  const at = result.commit ?? result.parent;
  const { project, dryRun } = result.request;
  const replaced = new Map(replacedInCheckout(result).map(({ text, url }) => [text, url]));
  const rows = pullsOf(result).map((pull) => {
    const { path, action } = pull;
    const shown =
      at && action !== 'delete' ? { text: path, url: documentUrl(result, at, project, path) } : { code: path };
    const before = replaced.get(path);
    const cells = [
      changeCell(pull, 'removed'),
      shown,
      before === undefined ? '' : { text: 'replaced text', url: before },
    ];
    return { line: changeLine(pull, 'removed'), cells };
  });
  const title = dryRun ? 'Would be pulled from the codex' : 'Pulled from the codex';
  return { title, columns: ['', 'Document', ''], rows, limit: MAX_BYTES / 2 };
}

function conclusionSentence(result: SyncProjectResult): string {
  const { request, run, plan, pull, preview } = result;
  const place = placePhrase(request.environment);
  const empty = (plan?.changes ?? []).length === 0;
  const closed = pull?.closed ? '' : closedPhrase(result);
  const numbers = empty
    ? closed === ''
      ? `no document changed, only the manifest (${MANIFEST_FILE})`
      : 'no document changed'
    : countsPhrase(countsOf([result]));
  const withheld = withheldPhrase(toWriteResult(result));
  if (plan && !publishes(request.direction)) return broughtBackSentence(result, place, withheld);
  const also = withheld + closed + pulledPhrase(result);
  const differs = plan && plan.drifted.length + plan.conflicts.length + plan.skippedInCodex.length > 0;
  switch (syncConclusion(result)) {
    case 'superseded':
      if (!pull && !preview && result.published === undefined)
        return `Superseded: no open pull request has commit ${run.commit.slice(0, SHORT_ID)} as its head. Nothing was changed.`;
      if (!pull && preview && result.published === undefined) {
        return `Superseded: the preview of a pull request shows commit ${run.commit.slice(0, SHORT_ID)} already. Nothing was changed.`;
      }
      if (pull && (result.published?.commit ?? run.commit) === run.commit) {
        return `Superseded: pull request #${pull.number} was closed, or has a newer head than commit ${run.commit.slice(0, SHORT_ID)}. Nothing was changed.`;
      }
      return `Superseded: a newer commit of ${printable(run.ref ?? '')} (${result.published?.commit?.slice(0, SHORT_ID)}) is published in ${place} already. Nothing was changed.`;
    case 'held':
      return `Held: a roll-back holds back commit ${run.commit.slice(0, SHORT_ID)} in ${place}. Nothing was changed.`;
    case 'dry-run':
      if (result.publication && empty)
        return `Dry run: no document of ${place} would change, only the manifest (${MANIFEST_FILE})${also}. Nothing was written.`;
      if (result.publication) return `Dry run: ${numbers} would be published to ${place}${also}. Nothing was written.`;
      if (also) return `Dry run: nothing would be published to ${place}${also}. Nothing was written.`;
      return differs
        ? `Dry run: nothing would be published to ${place}: documents that differ there are kept as they are. Nothing was written.`
        : `Dry run: ${place} is up to date. Nothing was written.`;
    case 'unchanged':
      if (pull?.closed && pull.merged && result.overlayPlan?.overlay.previews.has(pullRequestKey(pull.number))) {
        return `Pull request #${pull.number} was merged: its preview in ${place} stays until its base is published.`;
      }
      if (pull?.closed) return `Pull request #${pull.number} has no preview in ${place}. Nothing was changed.`;
      if (preview) return `Nothing to publish: ${place} already has the changes of ${previewName(preview)}.`;
      if (pulledPhrase(result)) return `Nothing to publish to ${place}${also}.`;
      if (differs) {
        return `Nothing to publish to ${place}: documents that differ there are kept as they are.`;
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
  return `; ${request.dryRun ? 'would close' : 'closed'} the preview${closed.length > 1 ? 's' : ''} of ${nameSome(closed.map(previewLabel))}`;
}

/** `; 2 documents pulled from the codex`; empty if there are none. */
function pulledPhrase(result: SyncProjectResult): string {
  const number = pullsOf(result).length;
  if (number === 0) return '';
  return `; ${count(number, 'document')} ${result.request.dryRun ? 'would be ' : ''}pulled from the codex`;
}

/** The conclusion of a run that only pulls. */
function broughtBackSentence(result: SyncProjectResult, place: string, withheld: string): string {
  const { request, plan, pulled, pull } = result;
  if (pull?.closed) return `Pull request #${pull.number} was closed: nothing is pulled for it from ${place}.`;
  const number = pullsOf(result).length;
  const documents = count(number, 'document');
  const left = plan ? [plan.drifted, plan.conflicts, plan.skippedInCodex, plan.unowned, plan.withheld] : [];
  const never = (plan?.unpulled.size ?? 0) + (pulled?.refused.size ?? 0);
  const differs = never > 0 || left.some((paths) => paths.length > 0);
  const kept = differs ? ': documents that differ stay as they are on both sides' : '';
  if (request.dryRun) {
    const what = number > 0 ? `${documents} would be pulled` : 'nothing would be pulled';
    return `Dry run: ${what} from ${place}${withheld}${number > 0 ? '' : kept}. Nothing was written.`;
  }
  if (number > 0) return `Pulled ${documents} from ${place} into the checkout${withheld}.`;
  return `Nothing was pulled from ${place}${withheld}${kept || ': the checkout has all changes made there'}.`;
}

/** Explains why a run for both directions uses only one; `undefined` otherwise. */
function oneWayNotice({ request, plan, pull }: SyncProjectResult): string | undefined {
  const both = publishes(request.direction) && pullsDocuments(request.direction);
  if (!both || !pull || pull.closed || !plan) return undefined;
  return 'A run for a pull request publishes its preview and pulls nothing from the codex; runs for branches pull.';
}

function commitStep(result: SyncProjectResult): string | undefined {
  if (pullsOf(result).length === 0 || result.request.dryRun) return undefined;
  return 'Commit the pulled documents, for example with peter-evans/create-pull-request.';
}

/** Title of the list of selected files that are no documents of the project. */
const NON_DOCUMENTS_TITLE = 'Not published, and removed where an earlier version published it';

/** Title of the list of documents that another spelling keeps out of the codex. */
const HELD_BACK_TITLE = 'Not published, because the codex keeps another spelling';

/** The published part of the overlay, and the other previews; `undefined` if there are no previews. */
function publishesPhrase({ preview: own, because, overlayPlan }: SyncProjectResult): string | undefined {
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

/** One sentence for each matter to review. */
export function syncWarnings(result: SyncProjectResult): string[] {
  const { hold, plan, overlayPlan } = result;
  return [
    ...result.warnings,
    ...selectionWarnings(result),
    ...spellingWarnings(result, overlayPlan?.heldBack ?? new Map(), plan?.changes ?? []),
    ...(hold?.kind === 'held' ? [hold.sentence] : []),
    ...(plan
      ? [...codexWarnings(result, plan), ...conflictWarnings(result, plan), ...guardWarnings(result, plan)]
      : []),
  ];
}

/** Selected files that cannot be published. */
function selectionWarnings({ selection }: SyncProjectResult): string[] {
  const nonDocuments = [...(selection.nonDocuments ?? [])];
  const thatAre = (why: string) => nonDocuments.filter(([, reason]) => reason === why).map(([path]) => path);
  const unpublishable = nonDocuments
    .filter(([, reason]) => reason !== FETCHED && reason !== OF_OTHER_PROJECTS)
    .map(([path, reason]) => [printable(path, 200), reason] as const);
  return [
    ...warnAbout('Skipped, not published and not deleted', withReasons(selection.skipped)),
    ...warnAbout(
      `Not published, because it was ${FETCHED}`,
      thatAre(FETCHED),
      `Name the cache directory under ${inputName('exclude')} (exclude_patterns).`,
    ),
    ...warnAbout(
      `Not published, because it is ${OF_OTHER_PROJECTS}`,
      thatAre(OF_OTHER_PROJECTS),
      `Name "projects/**" under ${inputName('exclude')} (exclude_patterns).`,
    ),
    ...warnAbout('Not published, because not every system can hold it', withReasons(unpublishable), 'Rename it.'),
  ];
}

function spellingWarnings(
  { request }: SyncProjectResult,
  heldBack: ReadonlyMap<string, string>,
  changes: readonly Change[],
): string[] {
  const { unpublished, removed } = heldBackPhrases(heldBack, changes);
  const did = request.dryRun ? 'Would be removed' : 'Removed';
  return [
    ...warnAbout(HELD_BACK_TITLE, unpublished),
    ...warnAbout(`${did} from the codex, which keeps the spelling that a person wrote there`, removed),
  ];
}

/** Changes that people made in the codex. */
function codexWarnings(result: SyncProjectResult, plan: ChangePlan): string[] {
  const { request, overlayPlan, pulled } = result;
  const because = (reason: Change['because']) =>
    plan.changes.filter((change) => change.because === reason).map(({ path }) => path);
  const restored = because('restored');
  const reported = new Set([
    ...[...restored, ...plan.conflicts.map(({ path }) => path), ...pullsOf(result).map(({ path }) => path)],
    ...[...plan.withheld, ...(pulled?.refused.keys() ?? [])],
  ]);
  const kept = plan.drifted.filter((path) => !reported.has(path));
  const gone = new Set(plan.removedThere);
  const hidden = [...(overlayPlan?.hidden ?? [])].map(([path, key]) => [path, previewLabel(key)] as const);
  return [
    ...warnAbout('Hidden on the branch by a newer preview until that one is closed', withReasons(hidden)),
    ...warnAbout(
      'Edited in the codex in a closed preview; kept there without an owner',
      publishes(request.direction) ? (overlayPlan?.kept ?? []) : [],
    ),
    ...warnAbout('Skipped, because the codex has a link or a submodule there', plan.skippedInCodex),
    ...warnAbout(
      `Was in the codex before anything was published there, and ${request.dryRun ? 'would be' : 'was'} replaced`,
      because('stood there before'),
    ),
    ...warnAbout(
      'Edited in the codex since it was published, and kept as it is there',
      kept.filter((path) => !gone.has(path)),
      'Bring the edit into the project, or undo it in the codex.',
    ),
    ...warnAbout(
      'Removed in the codex since it was published, and kept in the project',
      kept.filter((path) => gone.has(path)),
      'Remove it from the project, or publish it again.',
    ),
    ...warnAbout('Removed in the codex although the project has it, and restored', restored),
  ];
}

/** Documents that changed on both sides. */
function conflictWarnings(result: SyncProjectResult, plan: ChangePlan): string[] {
  const { dryRun, direction } = result.request;
  const pulled = new Set(pullsOf(result).map(({ path }) => path));
  const gone = new Set(plan.removedThere);
  const conflicts = (side: 'project' | 'codex', isPulled = false) =>
    plan.conflicts.filter(({ path, kept }) => kept === side && pulled.has(path) === isPulled).map(({ path }) => path);
  const ours = conflicts('project');
  const left = publishes(direction) ? [] : ours;
  const both = 'Changed both in the project and in the codex';
  return [
    ...warnAbout(
      `${both}; the project's version ${dryRun ? 'would be' : 'is'} published`,
      publishes(direction) ? ours : [],
    ),
    ...warnAbout(
      `${both}, and left as they are on both sides`,
      left.filter((path) => !gone.has(path)),
      `Publish the project's version, or ${setInput('on-conflict', 'codex')}.`,
    ),
    ...warnAbout(
      'Changed in the project and removed in the codex, and left as they are on both sides',
      left.filter((path) => gone.has(path)),
      "Publish the project's version, or remove it from the project.",
    ),
    ...warnAbout(
      `${both}; the codex's version ${dryRun ? 'would be' : 'is'} pulled into the checkout`,
      conflicts('codex', true),
    ),
    ...warnAbout(`${both}; the codex's version stays`, conflicts('codex'), 'Bring it into the project.'),
  ];
}

/** Changes that the run did not make: withheld deletions, and documents that wait for a commit. */
function guardWarnings({ request, pulled }: SyncProjectResult, plan: ChangePlan): string[] {
  const missing = plan.missingGenerated ?? new Map<string, string>();
  const guarded = plan.withheld.filter((path) => !missing.has(path));
  return [
    ...(guarded.length > 0 ? [withheldSentence(guarded, request.threshold)] : []),
    ...(missing.size > 0 ? [missingSentence(missing)] : []),
    ...warnAbout('Not pulled into the checkout', withReasons(pulled?.refused ?? [])),
  ];
}

function nextStep(result: SyncProjectResult): string | undefined {
  const steps = [commitStep(result), publishStep(result)].filter((step) => step !== undefined);
  return steps.length > 0 ? steps.join(' ') : undefined;
}

function publishStep(result: SyncProjectResult): string | undefined {
  const conclusion = syncConclusion(result);
  const withheld = result.plan !== undefined && result.plan.withheld.length > 0;
  const dryRun = unquotedName('dry-run');
  if (conclusion === 'dry-run' && !result.publication && pullsOf(result).length > 0)
    return `Run it without "${dryRun}" to pull this into the checkout.`;
  if (conclusion === 'dry-run' && result.publication) return `Run it without "${dryRun}" to publish this.`;
  if (withheld && result.plan?.withheld.length === result.plan?.missingGenerated?.size)
    return `Generate the documents that are missing ${spelled({ workflow: 'before this step', terminal: 'first' })}, then run it again.`;
  if (withheld && (result.plan?.otherwiseSelected ?? []).length > 0)
    return 'Give all workflows of the project the same patterns. If the deletions are intended, run once with a higher threshold.';
  if (withheld) return 'Review the withheld deletions, then run again with a higher threshold if they are intended.';
  const { because, pull, preview } = result;
  if (conclusion === 'published' && preview) {
    if (pull?.closed) return undefined;
    // The branch may be the default one: its preview then has texts that are in no commit.
    if (because !== undefined && !pull)
      return 'Once that is committed and merged, the next run of the default branch closes the preview. Nothing of it is released before that.';
    return pull
      ? 'The preview is closed with the pull request. If that is merged, the next run of its base branch publishes the merged documents.'
      : 'The preview is closed when the branch is merged or deleted, or by "retire". Nothing of it is released before the merge.';
  }
  const isChanged = (result.plan?.changes ?? []).length > 0;
  if (conclusion === 'published' && isChanged && !result.request.environment.production) {
    return `To bring this to production, publish the release with "${inputValue('env', 'prod')}", or promote it ("${modeName('promote')}").`;
  }
  return undefined;
}

/** The way to undo a publication to production, as after a promotion; empty where the folder had no documents before. */
function undoOf({ request, commit, parent, plan, preview, published }: SyncProjectResult): Undo[] {
  const { environment, project, trigger } = request;
  if (!environment.production || preview !== undefined || commit === undefined || parent === undefined) return [];
  if (plan === undefined || plan.changes.length === 0 || published?.commit === undefined) return [];
  // A promotion does not give a folder back to another repository.
  if (!sameRepository(published.repository, trigger.repository)) return [];
  return [undoByPromotion([project], environment, parent)];
}

/**
 * The message of a failed pull: the cause, and the changes that were already made.
 * @param path the document that could not be written; `undefined` before the first one
 */
export function unfinishedSentence(
  result: SyncProjectResult,
  path: string | undefined,
  why: string,
  done: readonly Pull[],
): string {
  const what = path === undefined ? 'The changes of the codex' : `"${printable(path)}"`;
  const published = result.commit ? `Published before: ${commitUrl(result)}. ` : 'Nothing was published. ';
  const paths = done.map((pull) => pull.path);
  const written = paths.length > 0 ? `Pulled before: ${nameSome(paths)}. ` : 'No file was written. ';
  return `${what} could not be pulled into the checkout: ${why.replace(/\.$/, '')}. ${published}${written}Run this again to pull the rest.`;
}

/** Link to the project's folder on the environment's branch. */
export function folderUrl(result: SyncProjectResult): string {
  return `${branchUrl(result)}/projects/${result.request.project}`;
}

/** Links to replaced texts that this tool had not published, by their paths. */
export function replacedTexts(result: SyncProjectResult): Link[] {
  const { request, parent, plan } = result;
  if (!parent || !plan) return [];
  return plan.changes
    .filter(({ replaces }) => replaces !== undefined)
    .map((change) => ({
      text: change.path,
      url: documentUrl(result, change.parent ?? parent, request.project, change.path),
    }));
}

/** Pulled documents, or planned ones in a dry run. */
function pullsOf({ pulled }: SyncProjectResult): readonly Pull[] {
  return pulled?.pulls ?? [];
}

/** Links to replaced or removed texts of the checkout, at the commit that is checked out. */
function replacedInCheckout(result: SyncProjectResult): Link[] {
  return pullsOf(result)
    .filter(({ replaces }) => replaces !== undefined)
    .map(({ path }) => ({ text: path, url: projectUrl(result.request, result.pulled?.commit ?? '', path) }));
}

function projectUrl({ trigger, directory }: SyncProjectRequest, commit: string, path: string): string {
  const folder = directory === '.' ? '' : `${urlPath(directory)}/`;
  return `${trigger.serverUrl}/${trigger.repository}/blob/${commit}/${folder}${urlPath(path)}`;
}

/** The outputs of the action (design section 3.2). */
export function renderSyncOutputs(result: SyncProjectResult): Outputs {
  const conclusion = syncConclusion(result);
  return renderWriteOutputs(
    conclusion,
    toWriteResult(result),
    { pulled: pullsOf(result).length, superseded: conclusion === 'superseded' },
    { ...projectLists(result), ...pulledLists(result), ...(result.hold && { holds: [holdJson(result.hold)] }) },
  );
}

/** The effects on the documents of a project, as lists of the output `result`. */
export function projectLists(result: SyncProjectResult): Readonly<Record<string, readonly unknown[]>> {
  const { overlayPlan, plan, selection } = result;
  return documentLists(plan, {
    replaced: replacedTexts(result),
    leftAlone: [...leftOut(selection), ...(overlayPlan?.heldBack ?? [])],
    onlyInCodex: plan?.unowned ?? [],
  });
}

/** The pull, as lists of the output `result`. */
function pulledLists(result: SyncProjectResult): Readonly<Record<string, readonly unknown[]>> {
  const urls = new Map(replacedInCheckout(result).map(({ text, url }) => [text, url]));
  const reasons = [...(result.pulled?.refused ?? []), ...(result.plan?.unpulled ?? [])];
  return {
    pulls: pullsOf(result).map(({ path, action, because }) => ({
      path,
      action,
      ...(because && { because }),
      ...(urls.has(path) && { replaced: urls.get(path) }),
    })),
    'not-pulled': reasons.map(([path, reason]) => ({ path, reason })),
  };
}
