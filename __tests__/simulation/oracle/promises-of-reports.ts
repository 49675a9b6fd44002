import type { Commit, Files, RepositoryLog, RunEnd, Step } from '../log.ts';
import { DEFAULT_BRANCHES, linesOf, selects, settingsOf } from './configuration.ts';
import { idOf, matches } from './git-text.ts';
import {
  type DocumentChange,
  documentsAt,
  fileAt,
  isPullEvent,
  type Ledger,
  type Move,
  manifestAt,
  pullOf,
  type RunFacts,
} from './ledger.ts';
import type { ManifestFacts } from './manifests.ts';
import { fold, hasOtherSpelling, isPreviewed } from './promises-of-moves.ts';

/** A promise about each run that ended: what it yields is broken. */
export type ReportPromise = (run: EndedRun, ledger: Ledger) => Iterable<string>;
export type EndedRun = RunFacts & { readonly end: RunEnd; readonly ended: number };

export type Json = Readonly<Record<string, unknown>>;

export const output = ({ end }: EndedRun, name: string): string => String(end.outputs[name] ?? '');
export const number = (run: EndedRun, name: string): number => Number(output(run, name) || 0);
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function resultOf({ end }: EndedRun): Json {
  const { result } = end.outputs;
  if (isObject(result)) return result;
  try {
    const parsed = JSON.parse(String(result));
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

export const listOf = (json: Json, name: string): readonly unknown[] => (Array.isArray(json[name]) ? json[name] : []);
export const pathsOf = (json: Json, name: string): string[] =>
  listOf(json, name).map((one) => (isObject(one) ? String(one.path) : String(one)));

/** The folder of a run for one project: where it wrote, since a configuration may be merged while it runs. */
function folderOf(run: EndedRun): string {
  const written = commitsOf(run).flatMap(({ folders, manifests }) => [...folders.keys(), ...manifests]);
  return written[0] ?? run.request.projects[0] ?? '';
}

/** The folders that a run may have meant: the configuration of its own commit, or the merged one, names them. */
export function mayBeFolders(run: EndedRun, ledger: Ledger): string[] {
  const { inputs, repository, commit, mode } = run.request;
  const project = ledger.project(repository);
  if (mode !== 'sync-project' || inputs.project !== undefined || !project) return [folderOf(run)];
  const named = settingsOf(project.commit(commit)?.files).projectName;
  return [
    folderOf(run),
    ...(named === undefined ? [] : [named]),
    ...project.names.map((name) => name.split('/')[1] ?? ''),
  ];
}

/** Project's folder -> its part of the result. */
export function projectsOf(run: EndedRun): Map<string, Json> {
  const result = resultOf(run);
  if (run.request.mode === 'sync-project') return new Map([[folderOf(run), result]]);
  return new Map(listOf(result, 'projects').flatMap((one) => (isObject(one) ? [[String(one.project), one]] : [])));
}

/** A commit of the release line is published by its own configuration: the report says where. */
export function branchOf(run: EndedRun): string {
  const said = output(run, 'branch');
  return (writes(run) && said) || run.request.branch || said;
}

/** The states of its branch that a run may have read. A late answer may be from before it began. */
export function statesOf(run: EndedRun, ledger: Ledger, branch = branchOf(run)): Commit[] {
  const start = ledger.readsFrom(run);
  const tips = ledger.tipsWithin(branch, start, run.ended);
  // A branch that is missing begins as production is.
  const isMissing = tips.length === 0 || ledger.branch(branch).tip === undefined;
  return isMissing ? [...tips, ...ledger.tipsWithin(ledger.codexDefault, start, run.ended)] : tips;
}

/** A report was made at all. */
export const reports = ({ end }: EndedRun) => !end.killed;
export const isGreen = (run: EndedRun) => reports(run) && run.end.error === undefined;
/** A run for many projects tells of each what it did, even if some failed. */
export const tellsAll = (run: EndedRun) =>
  isGreen(run) || (reports(run) && listOf(resultOf(run), 'projects').length > 0);
export const writes = ({ request }: EndedRun) =>
  ['sync-project', 'promote', 'retire', 'sync-org'].includes(request.mode);
/** Moves of the run that made commits: a branch's creation from another makes none. */
export const commitsOf = ({ moves }: EndedRun): Move[] => moves.filter(({ tip }) => tip !== undefined);

/**
 * `changed` and `commit-sha` are the commit that the run made. Where a run fails, its message names a commit of which it does not
 * know whether the codex has it.
 */
export function* namesItsCommit(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!reports(run) || !writes(run)) return;
  const [made, sha] = [reportedCommits(run).at(-1)?.to?.id, output(run, 'commit-sha')];
  if (made !== undefined && wasMisled(run, ledger)) return;
  if ((output(run, 'changed') === 'true') !== (made !== undefined))
    yield `it says changed: ${output(run, 'changed')}, and ${made === undefined ? 'it made no commit' : `made ${made}`}`;
  else if (sha !== (made ?? '')) yield `it says commit-sha ${sha}, and made ${made}`;
}

/** The answer to its push was lost, and GitHub answered from before it: then it fails, and knows of no commit. */
function wasMisled(run: EndedRun, ledger: Ledger): boolean {
  const faults = ledger.faultsOf(run).map(({ fault }) => fault);
  const lost = faults.indexOf('lostAnswer');
  return run.end.error !== undefined && lost >= 0 && faults.indexOf('stale', lost) > 0;
}

/** Without those that the message of a failed run names as unknown. */
const reportedCommits = (run: EndedRun): Move[] =>
  commitsOf(run).filter(({ to }) => to === undefined || !run.end.error?.message.includes(to.id));

/** As often as a branch must have moved before a run may give up, five minutes long. */
const MANY_RACES = 10;

/** A lost race means to plan again: it ends no run, and neither does what others published. */
export function* racesEndNoRun(run: EndedRun, ledger: Ledger): Iterable<string> {
  const { error } = run.end;
  if (
    error?.code !== 'remote-failed' ||
    ledger.steps.some((step) => step.kind === 'fault' && step.run === run.request.run)
  )
    return;
  const { moves } = ledger.branch(run.request.branch || output(run, 'branch'));
  if (moves.filter(({ step }) => step > run.start && step < run.ended).length < MANY_RACES)
    yield `nothing went wrong at GitHub, and the run ended with: ${error.message}`;
}

const ACTIONS = [
  ['add', 'added'],
  ['modify', 'modified'],
  ['delete', 'deleted'],
] as const;

function actionOf({ before, after }: Pick<DocumentChange, 'before' | 'after'>): string {
  if (before === undefined) return 'add';
  return after === undefined ? 'delete' : 'modify';
}

/** `files-added`, `-modified` and `-deleted` count the changes that the report lists, which another promise compares. */
export function* countsItsChanges(run: EndedRun): Iterable<string> {
  if (!tellsAll(run) || !writes(run)) return;
  const changes = [...projectsOf(run).values()].flatMap((json) => listOf(json, 'changes').filter(isObject));
  for (const [action, name] of ACTIONS) {
    const listed = changes.filter((change) => change.action === action).length;
    if (number(run, `files-${name}`) !== listed)
      yield `it says files-${name}: ${number(run, `files-${name}`)}, and lists ${listed}`;
  }
}

/** The conclusion is what happened. */
export function* concludesTruly(run: EndedRun): Iterable<string> {
  if (!reports(run)) return;
  const conclusion = output(run, 'conclusion');
  if ((conclusion === 'failed') !== (run.end.error !== undefined))
    yield `conclusion ${conclusion}, and the run ended ${run.end.error === undefined ? 'green' : `with ${run.end.error.code}`}`;
  if (run.end.error !== undefined || !writes(run)) return;
  const made = commitsOf(run).length;
  const withheld = number(run, 'deletions-withheld');
  const { dryRun } = run.request;
  const wrong =
    (conclusion === 'published' && (made === 0 || withheld > 0)) ||
    (['unchanged', 'superseded', 'skipped', 'held'].includes(conclusion) && made > 0) ||
    (conclusion === 'withheld') !== (withheld > 0 && !dryRun) ||
    (conclusion === 'dry-run' && !dryRun) ||
    (dryRun && ['published', 'unchanged', 'withheld'].includes(conclusion));
  if (wrong) yield `conclusion ${conclusion}, with ${made} commits, ${withheld} deletions withheld, dry run ${dryRun}`;
  if (conclusion === 'held' && heldProjects(run).length === 0)
    yield 'conclusion held, and it lists nothing as held back';
}

/** Projects that a roll-back holds back, as the report lists them, with commit and ref that were to be published. */
export function heldProjects(run: EndedRun): { folder: string; commit: string | undefined; ref: string | undefined }[] {
  const { commit, trigger } = run.request;
  return [...projectsOf(run)].flatMap(([folder, json]) => {
    const isHeld = [json.hold, ...listOf(json, 'holds')].some((hold) => isObject(hold) && hold.kind === 'held');
    if (!isHeld) return [];
    // What a job checks out need not be what its event names.
    const ref = trigger.sha === undefined || trigger.sha === commit ? trigger.ref : undefined;
    if (run.request.mode === 'sync-project') return [{ folder, commit, ref }];
    return [{ folder, commit: textOf(json.commit), ref: textOf(json.ref) }];
  });
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/**
 * A project is held back only in production, where a roll-back took back its commit, a later one, or a text that it still has;
 * and then it stays as it is.
 */
export function* holdsTruly(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!reports(run)) return;
  const { dirty } = run.request;
  const branch = branchOf(run);
  const states = statesOf(run, ledger);
  for (const { folder, commit, ref } of heldProjects(run)) {
    if (!ledger.isProduction(branch)) yield `it holds projects/${folder} back in ${branch}, which is not production`;
    if (commitsOf(run).some(({ folders, manifests }) => folders.has(folder) || manifests.has(folder)))
      yield `it holds projects/${folder} back, and changed it`;
    const folders = run.request.mode === 'sync-project' ? mayBeFolders(run, ledger) : [folder];
    const holds = states.flatMap((tip) => folders.flatMap((one) => manifestAt(tip, one).held ?? []));
    const project = [...ledger.projects.values()].find(({ log }) => log.commits.has(commit ?? ''));
    if (holds.length === 0) yield `it holds projects/${folder} back, and no roll-back is there`;
    // Nothing orders what GitHub does not answer about, and what another repository had.
    if (run.request.mode === 'promote' || isDisturbed(run, ledger) || dirty || !project || commit === undefined)
      continue;
    if (holds.some((held) => !project.log.commits.has(held.commit) || holdsBack(held, commit, ref, project))) continue;
    if (holds.length > 0) yield `it holds ${commit} of projects/${folder} back, which has nothing that was taken back`;
  }

  function holdsBack(held: Held, commit: string, ref: string | undefined, { log }: { readonly log: RepositoryLog }) {
    if (ledger.contains(log, held.commit, commit)) return true;
    if (ref?.startsWith('refs/tags/') && ref !== held.ref) return false;
    const settings = settingsOf(log.commits.get(commit)?.files);
    const directory = run.request.inputs['working-directory'];
    return [...held.documents].some(([path, id]) => {
      const text = log.commits.get(commit)?.files.get(directory ? `${directory}/${path}` : path);
      const isSelected = text !== undefined && selects(path, run.request.inputs, settings);
      return isSelected ? idOf(text) === id : id === null;
    });
  }
}

type Held = NonNullable<ManifestFacts['held']>;

/** A superseded run found something newer: another head, a closed pull request, a commit that contains its own. */
export function* supersedesTruly(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!isGreen(run) || run.request.mode !== 'sync-project') return;
  const isSaid = output(run, 'superseded') === 'true';
  if (isSaid !== (output(run, 'conclusion') === 'superseded'))
    yield `superseded ${output(run, 'superseded')}, conclusion ${output(run, 'conclusion')}`;
  if (isSaid && !foundNewer(run, ledger)) yield 'it says superseded, and nothing newer was there';
}

function foundNewer(run: EndedRun, ledger: Ledger): boolean {
  const { repository, trigger, commit = '', projects } = run.request;
  const project = ledger.project(repository);
  if (!project) return true;
  // The head of a pull request's merge is its second parent.
  const withHead = (id: string) => [id, ...(project.commit(id)?.parents.slice(1) ?? [])];
  const own = [...withHead(commit), ...(trigger.about === undefined ? [] : withHead(trigger.about))];
  const pulls = [...project.pulls.values()];
  if (isPullEvent(trigger)) {
    const pull = project.pulls.get(pullOf(trigger) ?? 0);
    if (pull === undefined || pull.state !== 'open' || !own.includes(pull.head)) return true;
    // GitHub may tell of the head, or the state, from before.
    const since = ledger.readsFrom(run);
    const { number } = trigger;
    const isOf = (step: Step) => step.kind === 'pull' && step.repository === repository && step.number === number;
    if (since < run.start && ledger.steps.slice(since, run.start).some(isOf)) return true;
    // A job that starts late may check out a newer head than the one that its event is about.
    if (!withHead(trigger.about ?? trigger.sha ?? commit).includes(pull.head)) return true;
  }
  // GitHub may tell of a branch from before it was forced back.
  const branchOfRef = /^refs\/heads\/(.+)$/s.exec(trigger.ref)?.[1];
  const isMove = (step: Step) =>
    step.kind === 'branch' && step.repository === repository && step.branch === branchOfRef;
  if (ledger.steps.slice(Math.min(ledger.readsFrom(run), run.start), run.start).some(isMove)) return true;
  // A pull request was closed, or got a new head, while it ran: its state now is the later one.
  if (trigger.ref.startsWith('refs/') && !own.includes(project.refs.get(trigger.ref) ?? '') && !isPullEvent(trigger))
    return true;
  const folders = [...projects, ...mayBeFolders(run, ledger)];
  for (const { source, previews } of statesOf(run, ledger).flatMap((tip) =>
    folders.map((one) => manifestAt(tip, one)),
  )) {
    for (const other of [source.commit, ...[...previews.values()].map((preview) => preview.commit)]) {
      if (other === undefined) continue;
      if (own.some((id) => id !== other && ledger.contains(project.log, other, id))) return true;
      if (previews.size > 0 && own.includes(other) && pulls.length > 0) return true;
    }
  }
  return false;
}

/** Deletions that were withheld are listed, are still there, and are more than the thresholds allow. */
export function* withholdsTruly(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!isGreen(run) || !writes(run) || run.request.dryRun) return;
  const tips = statesOf(run, ledger);
  let listed = 0;
  for (const [folder, json] of projectsOf(run)) {
    const withheld = pathsOf(json, 'withheld-paths');
    listed += withheld.length;
    const made = commitsOf(run).at(-1)?.to;
    // A run that pulls may withhold the deletion of a file of the checkout.
    const pulls = !['', 'to-codex'].includes(run.request.inputs.direction ?? '');
    for (const path of pulls ? [] : withheld) {
      const states = made ? [made] : tips;
      const folders = run.request.mode === 'sync-project' ? mayBeFolders(run, ledger) : [folder];
      if (!states.some((tip) => folders.some((one) => isAround(tip, one, path))))
        yield `it withheld projects/${folder}/${path}, which is not there`;
      const isOwn = states.some((tip) => folders.some((one) => isOwned(tip, one, path)));
      if (publishesDocuments(run, ledger) && !isOwn)
        yield `it withheld projects/${folder}/${path}, which only a preview published`;
    }
    const { inputs } = run.request;
    const isDefault = inputs['deletion-threshold'] === undefined && inputs['deletion-threshold-percent'] === undefined;
    const isGenerated = inputs['include-ignored'] !== undefined;
    const project = ledger.project(run.request.repository);
    const { threshold } = settingsOf(project?.commit(run.request.commit)?.files);
    const settings = project?.settings.threshold ?? threshold;
    const isPlain = [threshold, settings].every(({ count, percent }) => count === 50 && percent === 20);
    const before = commitsOf(run).at(-1)?.from ?? tips.at(-1);
    if (
      isDefault &&
      isPlain &&
      !isGenerated &&
      hasOnePattern(run, ledger) &&
      withheld.length > 0 &&
      withheld.length <= 5 &&
      before
    )
      yield `it withheld ${withheld.length} deletions of projects/${folder}, which the default always lets pass`;
  }
  if (listed !== number(run, 'deletions-withheld'))
    yield `it says deletions-withheld: ${number(run, 'deletions-withheld')}, and lists ${listed}`;
}

/** Where runs for a folder had other patterns, even a few deletions are withheld. */
function hasOnePattern({ request: { projects } }: EndedRun, ledger: Ledger): boolean {
  const used = new Set<string>();
  for (const { request } of ledger.runs.values()) {
    if (request.mode === 'promote' || request.mode === 'sync-org') return false;
    if (request.projects[0] !== projects[0]) continue;
    const { include, exclude } = settingsOf(ledger.project(request.repository)?.commit(request.commit)?.files);
    used.add(JSON.stringify([request.inputs.include ?? include, request.inputs.exclude ?? exclude]));
  }
  return used.size === 1;
}

/** It is there, a preview hides it, or the spelling that a person wrote is there. */
function isAround(tip: Commit, folder: string, path: string): boolean {
  if (fileAt(tip, folder, path) !== undefined || isPreviewed(manifestAt(tip, folder), path)) return true;
  return hasOtherSpelling(documentsAt(tip, folder), path);
}

/** A preview may not hide too many documents of another preview, either. */
function publishesDocuments({ request, start }: EndedRun, ledger: Ledger): boolean {
  const { mode, trigger, repository } = request;
  if (mode !== 'sync-project') return true;
  return !isPullEvent(trigger) && ledger.project(repository)?.isStableRef(trigger.ref, request, start) === true;
}

function isOwned(tip: Commit, folder: string, path: string): boolean {
  const { documents, previews } = manifestAt(tip, folder);
  return documents.has(path) || [...previews.values()].some((one) => one.date === undefined && one.documents.has(path));
}

/** A text that a person wrote in the codex, and no run published there, goes only with its address in the report. */
export function* editsSurvive(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!tellsAll(run) || wasMisled(run, ledger)) return;
  const projects = projectsOf(run);
  for (const move of reportedCommits(run)) {
    const { persons } = ledger.branch(move.branch);
    for (const [folder, changes] of move.folders) {
      for (const { path, before } of changes) {
        if (before === undefined || !persons.has(`projects/${folder}/${path}\0${before}`)) continue;
        if (wasPublished(move, folder, path, idOf(before))) continue;
        const replaced = listOf(projects.get(folder) ?? {}, 'replaced').filter(isObject);
        const urls = replaced.filter((one) => one.path === path).map(({ url }) => String(url));
        if (!urls.some((url) => leadsTo(url, folder, path, before, ledger)))
          yield `the edit ${JSON.stringify(before.slice(0, 40))} of projects/${folder}/${path} is gone, and ${urls.length === 0 ? 'the report does not list it' : `${urls} does not lead to it`}`;
      }
    }
  }
}

/** A text that the manifest names is the tool's own, whoever wrote it first. */
function wasPublished({ from }: Move, folder: string, path: string, id: string): boolean {
  const { documents, previews } = manifestAt(from, folder);
  return [documents, ...[...previews.values()].map((preview) => preview.documents)].some((one) => one.get(path) === id);
}

function leadsTo(url: string, folder: string, path: string, text: string, ledger: Ledger): boolean {
  const [, commit, file] = /\/blob\/([0-9a-f]{40})\/(.+)$/s.exec(url) ?? [];
  if (commit === undefined || file === undefined) return false;
  return (
    decodeURIComponent(file) === `projects/${folder}/${path}` &&
    fileAt(ledger.codexCommit(commit), folder, path) === text
  );
}

/** The commit whose documents a green run of sync-project publishes or pulls, where all that it read is known to be of a stable ref. */
export function stableHead(run: EndedRun, ledger: Ledger): Commit | undefined {
  const { request } = run;
  const { mode, trigger, inputs, commit, repository, dirty, gone } = request;
  if (!isGreen(run) || mode !== 'sync-project' || isPullEvent(trigger)) return undefined;
  const project = ledger.project(repository);
  const head = project?.commit(commit);
  // What is checked out is not what is committed.
  if (!project || !head || dirty || gone || !project.isOn('stable', commit)) return undefined;
  if (!run.wasStable || !project.isStableRef(trigger.ref, request, run.start) || inputs['working-directory'])
    return undefined;
  // At a terminal the ref counts as the remote has it.
  const tip = project.refs.get(trigger.ref);
  // Without an answer it is unknown whether another ref than the default branch is stable.
  const isDefault = trigger.ref === `refs/heads/${project.defaultBranch}`;
  if ((trigger.event === 'terminal' || !isDefault) && isDisturbed(run, ledger)) return undefined;
  // A checkout may have an earlier name of its repository, which git does not follow.
  if (trigger.event === 'terminal' && project.names.length > 1) return undefined;
  if (trigger.event === 'terminal' && !(tip && commit && ledger.contains(project.log, tip, commit))) return undefined;
  return head;
}

/** What a green run on a stable ref selects is there after it, unless a preview hides it or a person edited it. */
export function* publishesItsDocuments(run: EndedRun, ledger: Ledger): Iterable<string> {
  const { inputs, dryRun, commit } = run.request;
  const [conclusion, branch] = [output(run, 'conclusion'), output(run, 'branch') || run.request.branch];
  const head = stableHead(run, ledger);
  if (!head || dryRun || !['published', 'unchanged', 'withheld'].includes(conclusion)) return;
  const settings = settingsOf(head.files);
  if (!['', 'to-codex'].includes(inputs.direction ?? settings.direction ?? '')) return;
  const made = commitsOf(run).at(-1)?.to;
  const states = made ? [made] : statesOf(run, ledger, branch);
  const folders = mayBeFolders(run, ledger);
  const left = leftOf(resultOf(run));
  const missing = states.flatMap((tip) =>
    folders.map((folder) =>
      [...head.files].filter(
        ([path, text]) => selects(path, inputs, settings) && !isThere(tip, folder, path, text, left, branch, ledger),
      ),
    ),
  );
  const fewest = missing.sort((one, other) => one.length - other.length)[0] ?? [];
  for (const [path] of fewest)
    yield `it ended ${conclusion}, and ${path} of commit ${commit} is not in ${branch}, or has another text`;
}

/** Of each repository that an organization's run does not hold back, skip or fail, the documents are there. */
export function* publishesEachProject(run: EndedRun, ledger: Ledger): Iterable<string> {
  const { mode, dryRun } = run.request;
  if (!tellsAll(run) || mode !== 'sync-org' || dryRun) return;
  const branch = branchOf(run);
  const states = [...run.moves.flatMap(({ to }) => to ?? []), ...statesOf(run, ledger)];
  for (const [folder, json] of projectsOf(run)) {
    const commit = textOf(json.commit);
    const head = [...ledger.projects.values()].flatMap((project) => project.commit(commit) ?? [])[0];
    if (!head || json.error !== undefined || json.hold !== undefined || json.superseded === true) continue;
    const settings = settingsOf(head.files);
    const left = leftOf(json);
    const missing = states.map((tip) =>
      [...head.files].filter(
        ([path, text]) => selects(path, {}, settings) && !isThere(tip, folder, path, text, left, branch, ledger),
      ),
    );
    const [fewest = []] = missing.sort((one, other) => one.length - other.length);
    for (const [path] of fewest)
      yield `it does not hold projects/${folder} back, and ${path} of commit ${commit} is not in ${branch}, or has another text`;
  }
}

export const NEVER =
  /(?:^|\/)(?:\.git[^/]*|\.env(?:\.[^/]*)?|\.codex-sync[^/]*|[^/]*\.(?:pfx|p12|ppk)|id_[a-z0-9_]+)(?:\/|$)/i;

/** What a report lists as left excuses a document, so that each path must have a reason that the log shows. */
export function* leavesWithReason(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!tellsAll(run) || !writes(run)) return;
  const { mode, dirty = new Map<string, string>() } = run.request;
  const project = ledger.project(run.request.repository);
  const states = [
    ...run.moves.flatMap(({ from, to }) => [from, to].flatMap((one) => one ?? [])),
    ...statesOf(run, ledger),
  ];
  for (const [named, json] of projectsOf(run)) {
    const folders = mode === 'sync-project' ? mayBeFolders(run, ledger) : [named];
    const commit = mode === 'sync-project' ? run.request.commit : textOf(json.commit);
    const owners = project ? [project] : [...ledger.projects.values()];
    const head = owners.flatMap((one) => one.commit(commit) ?? [])[0];
    const places = states.flatMap((tip) => folders.map((folder) => ({ tip, folder })));
    const sources = mode === 'promote' ? sourcesOf(run, ledger) : [];
    const all = [...places, ...sources.map((tip) => ({ tip, folder: named }))];
    const own = new Map([...(head?.files ?? []), ...dirty]);
    for (const path of pathsOf(json, 'left-alone'))
      if (!isNoDocument(path, own) && !all.some((place) => isOutspelled(path, place, own)) && !isOthers(path, named))
        yield `it leaves ${path} of projects/${named} alone, and nothing is in its way`;
    for (const path of pathsOf(json, 'blocked-paths'))
      yield `it says that the codex has no document at ${path} of projects/${named}, and no person put a link there`;
    for (const path of [...pathsOf(json, 'drifted-paths'), ...pathsOf(json, 'conflicting-paths')])
      if (!places.some((place) => isEdited(path, place, ledger)))
        yield `it says that the codex changed ${path} of projects/${named}, and no person did`;

    /** An organization's run leaves what another workflow's patterns select; a promotion, what its source has without an owner. */
    function isOthers(path: string, folder: string): boolean {
      const isOwnedThere = places.some(({ tip }) => manifestAt(tip, folder).documents.has(path));
      if (mode === 'sync-org') return isOwnedThere && !(own.has(path) && selects(path, {}, settingsOf(head?.files)));
      const isUnowned = (tip: Commit) =>
        fileAt(tip, folder, path) !== undefined && !manifestAt(tip, folder).documents.has(path);
      return isOwnedThere && sources.some(isUnowned);
    }
  }
}

/** The environment that a promotion or a comparison takes documents from, as it may have been: `test`, or `prod@<commit>`. */
export function sourcesOf(run: EndedRun, ledger: Ledger): Commit[] {
  const { inputs, source } = run.request;
  const [env = '', commit] = (inputs.from ?? 'test').split('@');
  if (commit !== undefined) return [ledger.codexCommit(commit)].flatMap((one) => one ?? []);
  if (source === undefined) return [];
  // It runs in the codex, whose own configuration there is no other beside.
  const from = { ...run, request: { ...run.request, env }, ownBranch: DEFAULT_BRANCHES[env] ?? source };
  return ledger.branchesOf(from, ledger.readsFrom(run), run.ended).flatMap((branch) => statesOf(run, ledger, branch));
}

interface Place {
  readonly tip: Commit;
  readonly folder: string;
}

/** Names that not every system can hold. */
const UNHOLDABLE = /[<>:"|?*\\]/;

/** What is never published, and what a fetch wrote. */
function isNoDocument(path: string, own: Files): boolean {
  if (NEVER.test(path) || UNHOLDABLE.test(path)) return true;
  return [...own.keys()].some((one) => one.endsWith(INDEX) && path.startsWith(one.slice(0, -INDEX.length + 1)));
}

const INDEX = '/.cache-index.json';

/** Another spelling of a document, a file in the place of its folder, or the reverse, is in the codex or in the project. */
function isOutspelled(path: string, { tip, folder }: Place, own: Files): boolean {
  const { documents, previews } = manifestAt(tip, folder);
  const named = [documents, ...[...previews.values()].map((preview) => preview.documents)].flatMap((one) => [
    ...one.keys(),
  ]);
  const others = new Map([...documentsAt(tip, folder), ...own, ...named.map((one) => [one, ''] as const)]);
  return hasOtherSpelling(others, path);
}

/** A person wrote the text that is there, or removed it; or the manifest does not say that it is the project's. */
function isEdited(path: string, { tip, folder }: Place, ledger: Ledger): boolean {
  const there = fileAt(tip, folder, path);
  const branches = [...ledger.allBranches()].map(([, branch]) => branch);
  // Where another spelling is there, a run may have removed it: a codex has one of them.
  if (there === undefined && hasOtherSpelling(documentsAt(tip, folder), path)) return true;
  if (there === undefined) return branches.some(({ removed }) => removed.has(`projects/${folder}/${path}`));
  if (branches.some(({ persons }) => persons.has(`projects/${folder}/${path}\0${there}`))) return true;
  return !manifestAt(tip, folder).documents.has(path);
}

export function leftOf(result: Json): Set<string> {
  return new Set(
    ['left-alone', 'blocked-paths', 'conflicting-paths', 'drifted-paths'].flatMap((name) => pathsOf(result, name)),
  );
}

function isThere(
  tip: Commit,
  folder: string,
  path: string,
  text: string,
  left: ReadonlySet<string>,
  branch: string,
  ledger: Ledger,
): boolean {
  if (NEVER.test(path) || left.has(path)) return true;
  const there = fileAt(tip, folder, path);
  const manifest = manifestAt(tip, folder);
  if (there === text || isPreviewed(manifest, path)) return true;
  return there !== undefined && ledger.branch(branch).persons.has(`projects/${folder}/${path}\0${there}`);
}

/** A dry run says what a run right after it does. */
export function* dryRunsForetell(run: EndedRun, ledger: Ledger): Iterable<string> {
  const before = sameRunBefore(run, ledger);
  if (!before?.request.dryRun || run.request.dryRun) return;
  if (run.end.error || before.end.error) {
    if (run.end.error?.code !== before.end.error?.code)
      yield `the dry run ended with ${before.end.error?.code ?? 'nothing wrong'}, the run with ${run.end.error?.code ?? 'nothing wrong'}`;
    return;
  }
  for (const name of [
    'files-added',
    'files-modified',
    'files-deleted',
    'deletions-withheld',
    'drifted',
    'conflicts',
    'superseded',
  ])
    if (output(run, name) !== output(before, name))
      yield `the dry run said ${name}: ${output(before, name)}, the run ${output(run, name)}`;
}

/** A repetition with nothing new changes nothing. */
export function* repetitionsAreUnchanged(run: EndedRun, ledger: Ledger): Iterable<string> {
  const before = sameRunBefore(run, ledger);
  if (!before || before.request.dryRun || run.request.dryRun || !isGreen(before) || !writes(run)) return;
  if (run.moves.length > 0) yield `it repeats run ${before.request.run}, and moved ${run.moves[0]?.branch}`;
}

/** The run that ended just before this one began, with the same request but for `dry-run`, and with nothing between. */
export function sameRunBefore(run: EndedRun, ledger: Ledger): EndedRun | undefined {
  if (run.end.killed) return undefined;
  const step = ledger.steps[run.start - 1];
  if (step?.kind !== 'end') return undefined;
  const before = ledger.runs.get(step.run);
  if (before?.end === undefined || before.ended === undefined || before.end.killed) return undefined;
  const own = (kind: string) => kind !== 'branch';
  const isAlone = (one: RunFacts, from: number, to: number) =>
    ledger.steps
      .slice(from + 1, to)
      .every(
        (other) =>
          (other.kind === 'branch' && other.by === one.request.run) ||
          (own(other.kind) && 'run' in other && other.run === one.request.run),
      );
  if (!isAlone(before, before.start, before.ended) || !isAlone(run, run.start, run.ended)) return undefined;
  if (isDisturbed(before, ledger) || isDisturbed(run, ledger)) return undefined;
  return sameRequest(before, run) ? (before as EndedRun) : undefined;
}

/**
 * A run that got no answer, or a late one, may do less than it is asked, and so may one that fails at the remote. One that ended
 * green although a fetch or a push failed, or the answer to one was lost, has done all.
 */
function isDisturbed(run: RunFacts, ledger: Ledger): boolean {
  const { code = '' } = run.end?.error ?? {};
  return (
    ['remote-failed', 'remote-refused', 'documents-refused'].includes(code) ||
    ledger.faultsOf(run).some(({ fault }) => ['noAnswer', 'stale'].includes(fault))
  );
}

function sameRequest(one: RunFacts, other: RunFacts): boolean {
  const key = ({ request }: RunFacts) => {
    const { run: _, dryRun: __, inputs, dirty, ...rest } = request;
    const { 'dry-run': ___, ...others } = inputs;
    return JSON.stringify(
      [Object.entries(rest).sort(), Object.entries(others).sort(), [...(dirty ?? [])].sort()].map((part) =>
        part.filter(([name]) => name !== 'at' && name !== 'kind'),
      ),
    );
  };
  return key(one) === key(other);
}

/** A fetch gives texts of its environment as of some moment while it ran, of each project as of one moment. */
export function* fetchesItsEnvironment(run: EndedRun, ledger: Ledger): Iterable<string> {
  const { mode, inputs } = run.request;
  const { fetched } = run.end;
  if (mode !== 'fetch' || !isGreen(run) || fetched === undefined || inputs['lookup-only'] === 'true') return;
  const isStale = output(run, 'stale') === 'true';
  const branches = ledger.branchesOf(run, isStale ? 0 : ledger.readsFrom(run), run.ended);
  const branch = branches.join(' or ');
  const states = branches.flatMap((one) =>
    isStale ? ledger.tipsWithin(one, 0, run.ended) : statesOf(run, ledger, one),
  );
  const folders = new Map<string, Map<string, string>>();
  for (const [reference, text] of fetched) {
    const [folder = '', ...path] = reference.split('/');
    const texts = folders.get(folder) ?? new Map();
    folders.set(folder, texts.set(path.join('/'), text));
  }
  // Copies may be of several earlier runs, which asked for different documents.
  const isServed = (folder: string, texts: Files) =>
    isStale
      ? [...texts].every(([path, text]) => states.some((tip) => fileAt(tip, folder, path) === text))
      : states.some((tip) => has(tip, folder, texts));
  for (const [folder, texts] of folders)
    if (!isServed(folder, texts))
      yield `no state of ${branch} ${isStale ? 'until' : 'during'} run ${run.request.run} has the texts of projects/${folder} that it got`;
  if (isStale) return;
  for (const [folder, glob] of referencesOf(inputs.references)) {
    const got = folders.get(folder) ?? new Map<string, string>();
    if (!states.some((tip) => has(tip, folder, got) && isComplete(tip, folder, glob, got)))
      yield `it asked for ${folder}/${glob}, and got ${[...got.keys()].join(', ') || 'nothing'}, which no state of ${branch} had`;
  }
}

/** Each environment has a folder of its own in the cache directory (design section 3.5). */
export function* fetchesIntoItsFolder(run: EndedRun): Iterable<string> {
  const { mode, env } = run.request;
  if (mode !== 'fetch' || !isGreen(run)) return;
  for (const one of listOf(resultOf(run), 'documents').filter(isObject)) {
    const [, folder, path] = /^(?:@codex|codex:\/\/[^/]+)\/([^/]+)\/(.+)$/s.exec(String(one.reference)) ?? [];
    if (!String(one.path).endsWith(`/${folder}/${env}/${path}`))
      yield `it wrote ${one.reference} of ${env} to ${one.path}`;
  }
}

const has = (tip: Commit, folder: string, texts: Files) =>
  [...texts].every(([path, text]) => fileAt(tip, folder, path) === text);
/** A fetch leaves out what not every system can hold, and the second of two spellings. */
function isComplete(tip: Commit, folder: string, glob: string, got: Files): boolean {
  const spelled = new Set([...got.keys()].map(fold));
  return [...documentsAt(tip, folder).keys()].every(
    (path) =>
      !matches(glob, path) || got.has(path) || spelled.has(fold(path)) || NEVER.test(path) || path.includes('?'),
  );
}

/** `@codex/<project>/<path>` and `codex://<org>/<project>/<path>`. */
function referencesOf(references: string | undefined): [folder: string, glob: string][] {
  return (linesOf(references) ?? []).flatMap((line): [string, string][] => {
    const [, folder, glob] = /^(?:@codex|codex:\/\/[^/]+)\/([^/]+)\/(.+)$/s.exec(line) ?? [];
    return folder === undefined || glob === undefined ? [] : [[folder, glob]];
  });
}

/** Each listed change was made, where it shows or beneath a preview that hides it, and each change is listed. */
export function* listsItsChanges(run: EndedRun, ledger: Ledger): Iterable<string> {
  if (!tellsAll(run) || !writes(run) || run.request.dryRun || wasMisled(run, ledger)) return;
  const made = new Map<string, number>();
  for (const { folders } of reportedCommits(run))
    for (const [folder, changes] of folders)
      for (const change of changes) add(made, `${actionOf(change)} projects/${folder}/${change.path}`, 1);
  for (const [folder, json] of projectsOf(run))
    for (const { action, path } of listOf(json, 'changes').filter(isObject)) {
      const line = `${action} projects/${folder}/${path}`;
      if (made.get(line)) add(made, line, -1);
      else if (!changedBeneath(run, folder, String(path))) yield `it lists "${line}", and its commits did not do that`;
    }
  for (const [line, times] of made) if (times > 0) yield `it did "${line}", and does not list it`;
}

function add(counts: Map<string, number>, key: string, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

/** Whether the manifest says that a document changed which a preview hides. */
export function changedBeneath(run: EndedRun, folder: string, path: string): boolean {
  return commitsOf(run).some(({ from, to }) => {
    const [before, after] = [manifestAt(from, folder), manifestAt(to, folder)];
    if (!isPreviewed(after, path)) return false;
    const named = ({ documents, previews }: ManifestFacts) =>
      JSON.stringify([documents.get(path), [...previews].map(([key, preview]) => [key, preview.documents.get(path)])]);
    return named(before) !== named(after);
  });
}
