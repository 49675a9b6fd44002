import type { Change, ChangePlan } from '../codex/changes.ts';
import type { Source } from '../codex/manifest.ts';
import { type PreviewKey, previewJson, previewLabel } from '../codex/overlay.ts';
import { MANIFEST_FILE } from '../documents/paths.ts';
import {
  branchSentence,
  changeCell,
  changeLines,
  failureLines,
  heldBackPhrases,
  holdJson,
  holdNote,
  spellRun,
  undoByPromotion,
  warnAbout,
  withheldSentence,
  withReasons,
} from '../report/changes.ts';
import { environmentLine, renderBanner } from '../report/log.ts';
import {
  facts,
  type Group,
  type Link,
  listLinks,
  listReasons,
  type Report,
  type Row,
  type Section,
  type Span,
  type Text,
  type Undo,
} from '../report/model.ts';
import type { Outputs } from '../report/outputs.ts';
import { urlPath } from '../report/summary.ts';
import {
  attemptsFact,
  branchUrl,
  changesTitle,
  codexUrl,
  commitUrl,
  conclusionOf,
  countCells,
  countsOf,
  countsPhrase,
  documentLists,
  documentsUrl,
  documentUrl,
  failedOf,
  iconOf,
  type ProjectOutcome,
  placePhrase,
  renderWriteOutputs,
  sumOf,
  targetFact,
  type WriteResult,
  withheldPhrase,
} from '../report/write-result.ts';
import type { BranchName } from '../text/ids.ts';
import { repositoryName } from '../text/names.ts';
import { count, nameSome, printable, SHORT_ID } from '../text/phrases.ts';
import { setInput, unquotedName } from '../text/spell-inputs.ts';
import type { Edit } from './plan.ts';
import type { PromoteRequest, ReleaseRequest, RetireRequest } from './request.ts';

/** The outcome of one project in a run of `promote` or `retire`. */
export interface ReleasedProject extends ProjectOutcome {
  /** Whether the project has something to commit. */
  readonly changes: boolean;
  /** Source of the documents that move. */
  readonly source: Source | undefined;
  /** Source of the documents that were in the environment. */
  readonly published: Source | undefined;
  /** Documents that an open preview of the environment hides: path -> preview. */
  readonly hidden: ReadonlyMap<string, PreviewKey>;
  /** Paths that the source environment has to release. */
  readonly released: ReadonlySet<string>;
  /** Released documents that an open preview of the source environment hides: path -> preview. */
  readonly beneath: ReadonlyMap<string, PreviewKey>;
  /** Open previews of the source environment, which are never released. */
  readonly previews: readonly PreviewKey[];
  /** Paths that people changed in the source environment: kept there, or released. */
  readonly editsLeft: ReadonlyMap<string, Edit>;
  readonly editsReleased: ReadonlyMap<string, Edit>;
  /** Reason to skip the project, which is no failure: a roll-back holds it, or its documents are not released. */
  readonly skipped: 'held' | 'stable' | undefined;
  /** Path that is not released -> reason. */
  readonly skippedDocuments: ReadonlyMap<string, string>;
  /** Path that the target keeps in another spelling -> reason. */
  readonly heldBack: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** The source environment of a promotion. */
export interface ReleaseSource {
  readonly environment: string;
  readonly branch: BranchName;
  /** Commit of the codex. */
  readonly commit: string;
  /** Whether this commit is the tip of the branch. */
  readonly isTip: boolean;
}

/** The result of a run of `promote` or `retire`, as plain data. */
export interface ReleaseResult extends WriteResult {
  readonly request: ReleaseRequest;
  /** `undefined` for `retire`. */
  readonly from: ReleaseSource | undefined;
  readonly projects: readonly ReleasedProject[];
}

/** Creates an outcome; other fields are empty. */
export function outcome(project: string, more: Partial<ReleasedProject>): ReleasedProject {
  const empty = { error: undefined, plan: undefined, changes: false, source: undefined, published: undefined };
  const none = {
    hidden: new Map(),
    released: new Set<string>(),
    beneath: new Map(),
    skippedDocuments: new Map(),
    heldBack: new Map(),
  };
  const noEdits = { editsLeft: new Map(), editsReleased: new Map() };
  const noHold = { hold: undefined, skipped: undefined };
  return { project, ...empty, ...none, ...noEdits, ...noHold, previews: [], warnings: [], ...more };
}

/** Skipped projects, which are no failures. */
function skippedOf(projects: readonly ReleasedProject[]): ReleasedProject[] {
  return projects.filter(({ skipped }) => skipped !== undefined);
}

/** The opening lines of the log. */
export function renderReleaseBanner(request: PromoteRequest | RetireRequest): string[] {
  const { codex, environment, projects, dryRun } = request;
  const from =
    request.mode === 'promote'
      ? `${environmentLine(request.from.environment, 'From')}${request.from.commit ? ` at commit ${request.from.commit}` : ''}`
      : undefined;
  return renderBanner(nounOf(request), [
    `${projects.length === 1 ? 'Project' : 'Projects'}: ${projects.map((project) => printable(project)).join(', ')}`,
    `Codex: ${repositoryName(codex)}`,
    ...(from === undefined ? [] : [from]),
    environmentLine(environment),
    ...(dryRun ? ['Dry run: nothing will be written'] : []),
  ]);
}

function nounOf({ mode }: ReleaseRequest): string {
  return mode === 'promote' ? 'Promotion' : 'Retirement';
}

/** Limit of each of four lists, and a fifth for two more: with the rest of the summary they stay below 900 KB. */
const MAX_BYTES = 185_000;

/** Failures, all projects, decisions to review, all changes with the texts of both sides, and the way to undo them. */
export function reportRelease(result: ReleaseResult): Report {
  const { request, projects, from } = result;
  const comparison = comparisonUrl(result);
  const failed = failedOf(projects).map(({ project, error = '' }) => [project, error] as const);
  const notes = projects.flatMap((one) => holdNotes(result, one).map((note) => [one.project, note] as const));
  return {
    name: nounOf(request),
    icon: iconOf(conclusionOf(result)),
    heading: [`${nounOf(request)} `, ...(from ? [`${from.environment} → `] : []), request.environment.name],
    conclusion: conclusionSentence(result),
    log: [
      branchSentence(result.branch, request.environment, result.created),
      ...projects.map((one) => projectGroup(result, one)),
    ],
    overview: [factsOf(result, comparison), { title: '❌ Failed', rows: listReasons(failed), limit: MAX_BYTES / 5 }],
    warnings: warningSentences(result),
    sections: [
      {
        title: 'Projects',
        columns: ['Project', 'State', 'Added', 'Modified', 'Deleted', 'Source'],
        rows: projects.map((one) => projectRow(result, one)),
        limit: MAX_BYTES,
      },
      { title: 'Roll-backs', rows: listReasons(notes), limit: MAX_BYTES / 5 },
      textTable('Needs review', decisionRows(result)),
      textTable(changesTitle(request), changeRows(result)),
      replacedList(result),
    ],
    links: { Commit: commitUrl(result), Compare: comparison, Documents: documentsUrl(result) },
    next: nextStep(result),
    undo: undoOf(result),
    failure: failureSentence(result),
  };
}

function projectGroup(result: ReleaseResult, one: ReleasedProject): Group {
  const { plan, previews } = one;
  const source = sourcePhrase(one);
  const title = `${printable(one.project)}: ${stateOf(result, one)}${source ? `, from ${printable(source)}` : ''}`;
  const lines = [
    // The error of a single project is reported below, as the error of the run.
    ...(one.error === undefined || result.projects.length === 1 ? [] : [one.error]),
    ...changeLines(plan?.changes ?? [], replacedTexts(result, one)),
    ...(plan?.withheld ?? []).map((path) => `withheld ${printable(path)}`),
    ...holdNotes(result, one),
    ...(previews.length > 0 ? [`not released: the previews of ${previews.map(previewLabel).join(', ')}`] : []),
  ];
  return { title: lines.length > 0 ? `${title} (${lines.length})` : title, lines };
}

function factsOf(result: ReleaseResult, comparison: string | undefined): Section {
  const { from, codex, commit } = result;
  const url = commitUrl(result);
  return facts({
    From: from && [
      `${repositoryName(codex)}, branch `,
      { text: from.branch, url: branchUrl(result, from.branch) },
      ' at ',
      { code: from.commit.slice(0, SHORT_ID) },
    ],
    [from ? 'To' : 'In']: targetFact(result),
    Compare: comparison === undefined ? undefined : { text: 'all differences between the two', url: comparison },
    Commit: commit && url ? { text: commit.slice(0, SHORT_ID), url } : undefined,
    Attempts: attemptsFact(result),
  });
}

function projectRow(result: ReleaseResult, one: ReleasedProject): Row {
  const url = sourceUrl(result, one);
  const source = sourcePhrase(one);
  const open = one.previews.map(previewLabel).join(', ');
  const state = `${stateOf(result, one)}${open ? `; previews of ${open} not released` : ''}`;
  const made = url === undefined ? source : { text: source, url };
  return { cells: [{ code: one.project }, state, ...countCells(one), made] };
}

function textTable(title: string, rows: readonly Row[]): Section {
  return { title, columns: ['', 'Project', 'Document', 'Texts'], rows, limit: MAX_BYTES };
}

function changeRows(result: ReleaseResult): Row[] {
  return result.projects.flatMap((one) =>
    (one.plan?.changes ?? []).map((change) => textRow(result, one, change.path, changeCell(change))),
  );
}

function replacedList(result: ReleaseResult): Section {
  const { projects, request } = result;
  const links = projects.flatMap((one) =>
    replacedTexts(result, one).map(({ text, url }) => ({ text: `${one.project}/${text}`, url })),
  );
  const title = request.dryRun ? 'Texts that would be replaced' : 'Texts that were replaced';
  return { title, rows: listLinks(links), limit: MAX_BYTES };
}

/** Cases that the planner decided by a rule, with the texts concerned. */
function decisionRows(result: ReleaseResult): Row[] {
  const target = result.request.environment.name;
  const source = result.from?.environment ?? '';
  return result.projects.flatMap((one) => {
    const { plan } = one;
    if (!plan) return [];
    const inConflict = new Map(plan.conflicts.map(({ path, kept }) => [path, kept]));
    const changed = new Set(plan.changes.map(({ path }) => path));
    const drifted = plan.drifted.filter((path) => !inConflict.has(path));
    const row = (path: string, ...decision: Span[]) => textRow(result, one, path, decision);
    return [
      ...[...inConflict].map(([path, kept]) =>
        kept === 'codex'
          ? row(path, { own: '⚔️ changed on both sides: the version in ' }, `${target} stays`)
          : row(path, { own: '⚔️ changed on both sides: released' }),
      ),
      ...drifted.map((path) =>
        row(path, { own: '✏️ edited in ' }, target, { own: changed.has(path) ? ': restored' : ': kept' }),
      ),
      ...plan.withheld.map((path) => row(path, { own: '✋ deletion withheld' })),
      ...[...one.editsLeft].map(([path, edit]) => row(path, { own: `✏️ ${edit} in ` }, source, { own: ': kept there' })),
      ...plan.skippedInCodex.map((path) => row(path, { own: '🔗 a link or a submodule: skipped' })),
    ];
  });
}

function textRow(result: ReleaseResult, one: ReleasedProject, path: string, what: Text): Row {
  const { from, to } = textUrls(result, one, path);
  const covered = one.beneath.get(path);
  const edit = editUrl(result, one, path);
  const source = result.from?.environment ?? '';
  const texts: Span[] = [
    ...(from ? [{ text: source, url: from }] : []),
    ...(covered === undefined ? [] : [`beneath the preview of ${previewLabel(covered)}`]),
    ...(edit ? [{ text: `edit in ${source}`, url: edit }] : []),
    ...(to ? [{ text: result.request.environment.name, url: to }] : []),
  ];
  const apart = texts.flatMap((text, index) => (index === 0 ? [text] : [{ own: ' · ' }, text]));
  return { cells: [what, { code: one.project }, { code: path }, apart] };
}

/** The conclusion without failures, which have a separate sentence. */
function conclusionSentence(result: ReleaseResult): string {
  const { request, from, projects, commit } = result;
  const place = placePhrase(request.environment);
  const moving = projects.filter(({ changes }) => changes);
  const noted = moving.filter((one) => isNoted(result, one)).length;
  const moved = `${count(moving.length - noted, 'project')} (${countsPhrase(countsOf(projects))})`;
  const manifests = `only the manifest (${MANIFEST_FILE}) of ${count(noted, 'project')}`;
  const numbers = `${moved}${noted > 0 ? `, and ${manifests}` : ''}`;
  const isRetired = request.mode === 'retire';
  const closed = request.preview && `the preview of ${previewLabel(request.preview)}`;
  const skipped = skippedOf(projects).length;
  const left = skipped > 0 ? `; ${count(skipped, 'project')} skipped` : '';
  const also = withheldPhrase(result) + left;
  if (request.dryRun) {
    if (moving.length === 0) return `Dry run: nothing in ${place} would change${also}. Nothing was written.`;
    if (noted === moving.length) {
      return `Dry run: ${manifests} would be updated in ${place}${also}. Nothing was written.`;
    }
    const verb = closed
      ? `changed in ${place} by closing ${closed}`
      : isRetired
        ? `retired from ${place}`
        : `promoted to ${place} from ${sideOf(from)}`;
    return `Dry run: ${numbers} would be ${verb}${also}. Nothing was written.`;
  }
  if (commit === undefined) {
    if (failedOf(projects).length + skipped === projects.length) return `Nothing in ${place} was changed${also}.`;
    return result.branch === 'would be created'
      ? `Nothing to ${request.mode}: ${place} does not exist, and would start with all of it${also}.`
      : `Nothing to ${request.mode}: ${place} is up to date${also}.`;
  }
  if (noted === moving.length) {
    return `Updated in ${place}: ${manifests}; the documents are up to date${also}.`;
  }
  const verb = closed
    ? `Closed ${closed} in ${place}`
    : isRetired
      ? `Retired from ${place}`
      : `Promoted from ${sideOf(from)} to ${place}`;
  return `${verb}: ${numbers}${also}.`;
}

/** The only error of a run in which projects failed. */
function failureSentence(result: ReleaseResult): string | undefined {
  const failed = failedOf(result.projects);
  const [first] = failed;
  if (!first) return undefined;
  if (result.projects.length === 1) return first.error;
  const verb = result.request.mode === 'promote' ? 'promoted' : 'retired';
  return failureLines(
    `${failed.length} of ${result.projects.length} projects were not ${verb}.`,
    failed.map(({ project, error }) => ({ name: project, error })),
  );
}

/** The state of a project, as a phrase. */
function stateOf(result: ReleaseResult, { error, changes, plan, skipped }: ReleasedProject): string {
  const { request } = result;
  if (error !== undefined) return 'failed';
  if (skipped !== undefined) return skipped === 'held' ? 'held: skipped' : 'skipped';
  const state = request.mode === 'promote' ? 'promoted' : request.preview ? 'preview closed' : 'retired';
  const withheld = plan && plan.withheld.length > 0 ? `, ${plan.withheld.length} withheld` : '';
  if (!changes) return `${request.mode === 'promote' ? 'up to date' : 'nothing there'}${withheld}`;
  if (isNoted(result, { changes, plan }))
    return `only its manifest ${request.dryRun ? 'would be ' : ''}updated${withheld}`;
  return `${request.dryRun ? 'would be ' : ''}${state}${withheld}`;
}

/** Whether the documents are up to date already, and only the manifest changes. */
function isNoted({ request }: ReleaseResult, { changes, plan }: Pick<ReleasedProject, 'changes' | 'plan'>): boolean {
  return request.mode === 'promote' && changes && plan?.changes.length === 0;
}

/** Repository and commit that the documents come from. */
function sourcePhrase({ source }: ReleasedProject): string {
  if (!source) return '';
  return `${source.repository}${source.commit ? ` at ${source.commit.slice(0, SHORT_ID)}` : ''}${source.ref ? ` (${source.ref})` : ''}`;
}

/** One sentence for each matter to review. */
function warningSentences(result: ReleaseResult): string[] {
  const named = result.projects.flatMap((one) =>
    [...one.warnings, ...(one.plan ? projectWarnings(result, one, one.plan) : [])].map(
      (warning) => `${printable(one.project)}: ${warning}`,
    ),
  );
  return [...result.warnings, ...named];
}

function projectWarnings({ request, from }: ReleaseResult, one: ReleasedProject, plan: ChangePlan): string[] {
  const [source, target] = [from?.environment ?? '', request.environment.name];
  const because = (reason: Change['because']) =>
    plan.changes.filter((change) => change.because === reason).map(({ path }) => path);
  const restored = because('restored');
  const reported = new Set([...restored, ...plan.conflicts.map(({ path }) => path)]);
  const kept = plan.drifted.filter((path) => !reported.has(path));
  const { unpublished, removed } = heldBackPhrases(one.heldBack, plan.changes);
  const hidden = [...one.hidden].map(([path, key]) => [path, previewLabel(key)] as const);
  const be = request.dryRun ? 'would be ' : '';
  const both = `changed both in ${source} and in ${target}`;
  return [
    ...warnAbout(`not released, and not changed in ${target}`, withReasons(one.skippedDocuments)),
    ...warnAbout(`not released, because ${target} keeps another spelling`, unpublished),
    ...warnAbout(`${be}removed from ${target}, which keeps the spelling that a person wrote there`, removed),
    ...warnAbout(
      `changed by hand in ${source}, and kept there`,
      withReasons(one.editsLeft),
      `${target} gets the published text; ${setInput('release-edits', 'true')} to release the edits.`,
    ),
    ...warnAbout(
      `changed by hand in ${source}, and promoted to ${target} with the rest`,
      request.environment.production ? [] : withReasons(one.editsReleased),
      `So production takes nothing of the project from ${target} until it is published there again.`,
    ),
    ...warnAbout(`hidden in ${target} by an open preview until that one is closed`, withReasons(hidden)),
    ...warnAbout(`skipped, because ${target} has a link or a submodule there`, plan.skippedInCodex),
    ...warnAbout(
      `was in ${target} before anything was published there, and ${be || 'was '}replaced`,
      because('stood there before'),
    ),
    ...(request.mode === 'retire'
      ? warnAbout(
          `edited in ${target} since it was published, and kept there without an owner`,
          kept,
          'Remove it by hand if it should be deleted.',
        )
      : warnAbout(
          `edited in ${target} since it was published, and kept as it is there`,
          kept,
          `Bring the edit into the project, or undo it in ${target}.`,
        )),
    ...warnAbout(`removed in ${target} although ${source} has it, and ${be}restored`, restored),
    ...warnAbout(`${both}; the version in ${source} ${be || 'is '}released`, because('conflict')),
    ...warnAbout(
      `${both}; the version in ${target} stays`,
      plan.conflicts.filter(({ kept: side }) => side === 'codex').map(({ path }) => path),
      'Bring it into the project.',
    ),
    ...(plan.withheld.length > 0 ? [withheldSentence(plan.withheld, request.threshold, be)] : []),
  ];
}

/** Notes about a new hold of a roll-back, or a lifted one. */
function holdNotes({ request }: ReleaseResult, { hold }: ReleasedProject): string[] {
  const note = holdNote(hold, request);
  return note === undefined ? [] : [note];
}

function nextStep(result: ReleaseResult): string | undefined {
  const { request, projects } = result;
  const conclusion = conclusionOf(result);
  if (conclusion === 'failed') {
    // The error of a single project has its own advice.
    if (projects.length === 1) return undefined;
    const isPartial = failedOf(projects).length < projects.length;
    return `Fix the failures, then run it again${isPartial ? ': finished projects are not changed twice' : ''}.`;
  }
  if (conclusion === 'dry-run' && projects.some(({ changes }) => changes))
    return `Run it without "${unquotedName('dry-run')}" to ${request.mode} this.`;
  if (sumOf(projects, 'withheld') > 0)
    return 'Review the withheld deletions, then run again with a higher threshold if they are intended.';
  return undefined;
}

/**
 * The way to undo a run. For a promotion: promote replaced projects again from the commit before, and retire new ones.
 * For a retirement: promote the project from the commit before.
 */
function undoOf(result: ReleaseResult): Undo[] {
  const { request, projects, commit, parent, from } = result;
  if (commit === undefined || parent === undefined) return [];
  const { name } = request.environment;
  if (request.mode === 'retire') return undoOfRetirement(result, parent);
  if (!from) return [];
  const namesOf = (wasThere: boolean) =>
    projects.filter((one) => one.changes && (one.published !== undefined) === wasThere).map(({ project }) => project);
  const [before, added] = [namesOf(true), namesOf(false)];
  const steps: Undo[] = [];
  if (before.length > 0) steps.push(undoByPromotion(before, request.environment, parent));
  for (const project of added.slice(0, 1)) {
    const others = added.length > 1 ? `, and each of ${nameSome(added.slice(1))}` : '';
    steps.push({
      text: `New in ${name}: to take that back, retire it${others}, with`,
      inputs: spellRun('retire', [project], { env: name }),
    });
  }
  return steps;
}

function undoOfRetirement({ request, projects }: Pick<ReleaseResult, 'request' | 'projects'>, parent: string): Undo[] {
  const { name, production } = request.environment;
  const { preview } = request;
  if (preview !== undefined) {
    return [{ text: `To restore the preview, run the workflow of ${previewLabel(preview)} again.`, inputs: [] }];
  }
  const gone = projects.filter(({ changes, published }) => changes && published?.commit !== undefined);
  const others = production ? '' : ' (previews are restored by the next run of their pull requests or branches)';
  return gone.map(({ project }) => ({
    text: `To take this back, promote it from the commit before${others}, with`,
    inputs: spellRun('promote', [project], { from: `${name}@${parent}`, env: name }),
  }));
}

function sideOf(from: ReleaseResult['from']): string {
  return from ? `${from.environment}${from.isTip ? '' : ` at ${from.commit.slice(0, SHORT_ID)}`}` : '';
}

/**
 * Compares both sides, including other projects. Two dots compare the tips; three dots compare with the merge base, and
 * would show nothing of a roll-back.
 */
function comparisonUrl(result: ReleaseResult): string | undefined {
  const { from, request, branch } = result;
  if (!from || branch === 'would be created') return undefined;
  return `${codexUrl(result)}/compare/${urlPath(request.environment.branch)}..${from.isTip ? urlPath(from.branch) : from.commit}`;
}

/** Compares the source commits of moving and replaced documents, in the project's own repository. */
function sourceUrl(result: ReleaseResult, { source, published }: ReleasedProject): string | undefined {
  if (!source?.commit) return undefined;
  const repository = `${result.request.trigger.serverUrl}/${urlPath(source.repository)}`;
  const isComparable = published?.commit && published.commit !== source.commit;
  return isComparable
    ? `${repository}/compare/${published.commit}..${source.commit}`
    : `${repository}/commit/${source.commit}`;
}

/** Links to the released text of a path, and to its earlier text in the environment, if they exist. */
function textUrls(
  result: ReleaseResult,
  { project, plan, released, beneath, editsLeft }: ReleasedProject,
  path: string,
): { from: string | undefined; to: string | undefined } {
  const { from, parent } = result;
  const isNew = plan?.changes.some((change) => change.path === path && change.action === 'add');
  return {
    // If a preview or an edit hides the text, the path shows another one.
    from:
      from && released.has(path) && !beneath.has(path) && !editsLeft.has(path)
        ? documentUrl(result, from.commit, project, path)
        : undefined,
    to: parent && !isNew ? documentUrl(result, parent, project, path) : undefined,
  };
}

/** Link to a text that was edited in the source environment. */
function editUrl(result: ReleaseResult, { project, editsLeft }: ReleasedProject, path: string): string | undefined {
  const { from } = result;
  return from && editsLeft.get(path) === 'edited' ? documentUrl(result, from.commit, project, path) : undefined;
}

/** Links to replaced texts that this tool had not published, by their paths. */
function replacedTexts(result: ReleaseResult, one: ReleasedProject): Link[] {
  const replaced = (one.plan?.changes ?? []).filter(({ replaces }) => replaces !== undefined);
  return replaced.flatMap(({ path, parent }) => {
    const url = parent ? documentUrl(result, parent, one.project, path) : textUrls(result, one, path).to;
    return url === undefined ? [] : [{ text: path, url }];
  });
}

/** The outputs of the action (design section 3.2). */
export function renderReleaseOutputs(result: ReleaseResult): Outputs {
  const { projects } = result;
  const failed = failedOf(projects).length;
  return renderWriteOutputs(
    conclusionOf(result),
    result,
    { succeeded: projects.length - failed - skippedOf(projects).length, failed },
    { projects: projects.map((one) => projectJson(result, one)) },
  );
}

function editsJson(edits: ReadonlyMap<string, Edit>) {
  return [...edits].map(([path, edit]) => ({ path, edit }));
}

function projectJson(result: ReleaseResult, one: ReleasedProject) {
  const { plan, source, published } = one;
  return {
    project: one.project,
    changed: result.commit !== undefined && one.changes,
    ...(one.error !== undefined && { error: one.error }),
    ...(source && { source }),
    ...(published && { published }),
    ...documentLists(plan, {
      replaced: replacedTexts(result, one),
      leftAlone: [...one.skippedDocuments, ...one.heldBack],
    }),
    'edits-left': editsJson(one.editsLeft),
    'edits-released': editsJson(one.editsReleased),
    ...(one.skipped && { skipped: one.skipped }),
    ...(one.hold && { hold: holdJson(one.hold) }),
    'previews-not-released': one.previews.map(previewJson),
    warnings: one.warnings,
  };
}
