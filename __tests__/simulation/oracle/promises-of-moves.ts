import type { Visibility } from '../log.ts';
import { type CodexRules, DEFAULT_BRANCHES, linesOf, settingsOf } from './configuration.ts';
import { idOf, matches } from './git-text.ts';
import {
  branchIn,
  documentsAt,
  fileAt,
  isAsVisible,
  isPullEvent,
  type Ledger,
  type Move,
  manifestAt,
  pullOf,
  type RunFacts,
} from './ledger.ts';
import type { ManifestFacts } from './manifests.ts';

/** A promise about each move of a branch of the codex by a run: what it yields is broken. */
export type MovePromise = (move: RunMove, ledger: Ledger) => Iterable<string>;
export type RunMove = Move & { readonly run: RunFacts };

const isCreation = ({ tip }: Move) => tip === undefined;
const short = (text: string | undefined) => (text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 40)));
const touched = ({ folders, manifests }: Move): string[] => [...new Set([...folders.keys(), ...manifests])].sort();
const said = ({ run: { request } }: RunMove, name: string) => request.inputs[name];
const isTrue = (move: RunMove, name: string) => said(move, name)?.toLowerCase() === 'true';

/** A run moves no branch but the one that its environment is mapped to, whatever an unmerged configuration says. */
export function* writesOnlyItsBranch({ branch, run, step }: RunMove, ledger: Ledger): Iterable<string> {
  const { env, branch: mapped, repository } = run.request;
  const start = ledger.readsFrom(run);
  if (ledger.branchesOf(run, start, step).includes(branch)) return;
  // A commit of the release line counts as it was: its own configuration was merged.
  const merged = [...(ledger.project(repository)?.mappings ?? [])].map(
    ({ branches }) => branchIn(branches, env) ?? DEFAULT_BRANCHES[env],
  );
  const isMapped = ledger.rulesWithin(start, step).every(({ branches }) => branches !== undefined);
  if (isMapped || !merged.includes(branch)) yield `${env} is branch ${mapped}, and the run moved ${branch}`;
}

/** Where the codex maps an environment and a project's configuration writes down another branch, nothing is written. */
export function* refusesTwoMappings({ run, step }: RunMove, ledger: Ledger): Iterable<string> {
  const { env, repository, commit } = run.request;
  const project = ledger.project(repository);
  if (!project) return;
  const start = ledger.readsFrom(run);
  const rules = ledger.rulesWithin(start, step);
  // The merged configuration counts, or the one of a commit of the release line.
  const own = [...project.merged.within(start, step), settingsOf(project.commit(commit)?.files)];
  for (const name of new Set([env, 'prod'])) {
    const written = own.map((settings) => branchIn(settings?.branches, name));
    const differs = ({ branches }: CodexRules) =>
      branches !== undefined && written.every((branch) => branch !== undefined && branch !== branches[name]);
    if (rules.every(differs)) yield `the codex maps ${name} to another branch than ${repository}, ${written[0]}`;
  }
}

/** A folder that the codex lists is published by its repository alone, and one that a closed list lacks by none. */
export function* listedFoldersStay(move: RunMove, ledger: Ledger): Iterable<string> {
  const { mode, repository } = move.run.request;
  if (!['sync-project', 'sync-org'].includes(mode)) return;
  const rules = ledger.rulesWithin(ledger.readsFrom(move.run), move.step);
  for (const folder of touched(move)) {
    const source = mode === 'sync-project' ? repository : manifestAt(move.to, folder).source.repository;
    if (source !== undefined && rules.every((one) => !isAllowed(one, folder, source, ledger)))
      yield `the codex does not let ${source} publish projects/${folder}`;
  }
}

function isAllowed({ projects, isClosed }: CodexRules, folder: string, source: string, ledger: Ledger): boolean {
  const owner = projects.get(folder.toLowerCase());
  return owner === undefined ? !isClosed : isOneRepository(owner, source, ledger);
}

/** By any name that it has or had. */
const isOneRepository = (one: string, other: string, ledger: Ledger): boolean =>
  one === other || [...ledger.projects.values()].some(({ names }) => names.includes(one) && names.includes(other));

/** A branch moves only from the tip that it has to a commit that contains it: nobody's commit is lost. */
export function* movesOnlyForward(move: RunMove, ledger: Ledger): Iterable<string> {
  const { branch, tip, from, to, run } = move;
  if (to === undefined) yield `branch ${branch} was deleted`;
  else if (tip?.id !== from?.id) yield `branch ${branch} moved from ${from?.id} although it was at ${tip?.id}`;
  else if (tip !== undefined && !ledger.contains(ledger.codex, to.id, tip.id))
    yield `branch ${branch} lost commit ${tip.id}`;
  else if (tip === undefined && !isBeginning(move, ledger))
    yield `branch ${branch} was created at ${to.id}, which production did not have during run ${run.request.run}`;
}

/** A branch begins at production, and the first one of all with an empty commit. */
function isBeginning({ to, run, step }: RunMove, ledger: Ledger): boolean {
  if (to?.parents.length === 0 && to.files.size === 0) return true;
  const branches = [...ledger.allBranches()].filter(([name]) => ledger.isProduction(name));
  const start = ledger.readsFrom(run);
  return branches.some(([name]) => ledger.tipsWithin(name, start, step).some(({ id }) => id === to?.id));
}

export function* changesNothingDry({ run, branch }: RunMove): Iterable<string> {
  if (run.request.dryRun) yield `a dry run moved ${branch}`;
}

/** A run changes nothing but the folders of its projects. */
export function* leavesOtherFolders(move: RunMove, ledger: Ledger): Iterable<string> {
  for (const path of move.outside) yield `${path} is in no project's folder, and the run changed it`;
  for (const folder of touched(move))
    if (!isItsOwn(folder, move, ledger)) yield `projects/${folder} is not its project`;
}

function isItsOwn(folder: string, { run }: RunMove, ledger: Ledger): boolean {
  const { mode, projects, repository, inputs } = run.request;
  if (mode === 'sync-org') return ledger.ownersOf(folder).length > 0;
  if (projects.some((name) => name === folder || matches(name, folder))) return true;
  // The merged configuration may change its project's name, and a person the repository's, while the run goes on.
  const project = ledger.project(repository);
  if (mode !== 'sync-project' || inputs.project !== undefined || project === undefined) return false;
  const own = settingsOf(project.commit(run.request.commit)?.files);
  // Where nothing is merged that could say, the run's own configuration counts.
  return project.mayBe(folder) || (run.wasUnconfigured && own.projectName === folder);
}

/** Production takes a text only where the release line had it at that path, or a person put it there. */
export function* releasesOnlyTheLine(move: RunMove, ledger: Ledger): Iterable<string> {
  if (!move.isProduction || isCreation(move)) return;
  for (const [folder, path, text] of arrivals(move)) {
    if (isReleased(folder, path, text, move, ledger)) continue;
    if (writtenIn(folder, path, text, ledger).length > 0) continue;
    yield `production got ${short(text)} at projects/${folder}/${path}, which the release line never had there`;
  }
}

/** An edit that a person made in another environment is released only where the promotion says so. */
export function* releasesEditsOnlyWhenTold(move: RunMove, ledger: Ledger): Iterable<string> {
  if (!move.isProduction || isCreation(move) || isTrue(move, 'release-edits')) return;
  for (const [folder, path, text] of arrivals(move)) {
    if (isReleased(folder, path, text, move, ledger)) continue;
    const where = writtenIn(folder, path, text, ledger);
    if (where.length > 0 && !where.includes(move.branch))
      yield `a person wrote ${short(text)} at projects/${folder}/${path} in ${where.join(', ')}, and it was released`;
  }
}

function* arrivals({ folders }: Move): Iterable<[folder: string, path: string, text: string]> {
  for (const [folder, changes] of folders)
    for (const { path, after } of changes) if (after !== undefined) yield [folder, path, after];
}

function isReleased(folder: string, path: string, text: string, move: RunMove, ledger: Ledger): boolean {
  const there = ledger.branch(move.branch);
  return (
    there.texts.has(`projects/${folder}/${path}\0${text}`) ||
    hasText('released', folder, path, idOf(text), move, ledger)
  );
}

function hasText(
  line: 'released' | 'stable',
  folder: string,
  path: string,
  id: string,
  move: RunMove,
  ledger: Ledger,
): boolean {
  const full = inRepository(path, move);
  return ledger.ownersOf(folder).some((project) => project[line].has(full, id));
}

/** Where a document of the codex is in its repository. */
function inRepository(path: string, move: RunMove): string {
  const directory = said(move, 'working-directory');
  return directory === undefined || directory === '.' ? path : `${directory}/${path}`;
}

function writtenIn(folder: string, path: string, text: string, ledger: Ledger): string[] {
  const key = `projects/${folder}/${path}\0${text}`;
  return [...ledger.allBranches()].filter(([, { persons }]) => persons.has(key)).map(([name]) => name);
}

/** What `documents` names is a text of a stable ref, of another environment's `documents`, or of a person. */
export function* documentsAreStable(move: RunMove, ledger: Ledger): Iterable<string> {
  if (isCreation(move)) return;
  for (const folder of move.manifests) {
    const before = manifestAt(move.from, folder).documents;
    for (const [path, id] of manifestAt(move.to, folder).documents) {
      if (before.get(path) === id || hasText('stable', folder, path, id, move, ledger)) continue;
      const edit = `projects/${folder}/${path}\0${id}`;
      if ([...ledger.allBranches()].some(([, { personIds }]) => personIds.has(edit))) continue;
      if (wasDocument(folder, path, id, ledger, move)) continue;
      yield `documents of projects/${folder} name ${short(fileAt(move.to, folder, path))} (${id}) at ${path}, which no stable ref ever had there`;
    }
  }
}

/** What was once in `documents` was judged then. */
function wasDocument(folder: string, path: string, id: string, ledger: Ledger, { to }: Move): boolean {
  return [...ledger.allBranches()].some(([, { moves }]) =>
    moves.some((one) => one.to !== to && manifestAt(one.to, folder).documents.get(path) === id),
  );
}

/** Every blob id in a manifest is in the history of its branch. */
export function* manifestsNameHistory(move: RunMove, ledger: Ledger): Iterable<string> {
  const { ids } = ledger.branch(move.branch);
  for (const folder of move.manifests) {
    const { documents, previews } = manifestAt(move.to, folder);
    for (const named of [documents, ...[...previews.values()].map((preview) => preview.documents)])
      for (const [path, id] of named)
        if (id !== null && !ids.has(id))
          yield `projects/${folder} names blob ${id} at ${path}, which ${move.branch} never had`;
  }
}

/** Pull requests, comments on them and what they start never reach production. */
export function* pullsStayOut({ isProduction, run }: RunMove): Iterable<string> {
  if (isProduction && isPullEvent(run.request.trigger)) yield `${run.request.trigger.event} moved production`;
}

/** A fork's pull request writes nothing. */
export function* forksStayOut({ run, branch }: RunMove, ledger: Ledger): Iterable<string> {
  const { repository, trigger } = run.request;
  const pull = ledger.project(repository)?.pulls.get(trigger.number ?? 0);
  if (pull?.fork && trigger.event.startsWith('pull_request')) yield `the pull request of a fork moved ${branch}`;
}

/** Only what the tool published is deleted. */
export function* deletesOnlyItsOwn(move: RunMove): Iterable<string> {
  for (const [folder, changes] of move.folders) {
    const { documents, previews } = manifestAt(move.from, folder);
    for (const { path, after } of changes) {
      if (after !== undefined || documents.has(path)) continue;
      if ([...previews.values()].some((preview) => preview.documents.has(path))) continue;
      yield `projects/${folder}/${path} was deleted, and the manifest does not name it`;
    }
  }
}

/** A stable run deletes no more documents than the thresholds allow. */
export function* guardsDeletions(move: RunMove, ledger: Ledger): Iterable<string> {
  const { mode, inputs, repository, commit, trigger } = move.run.request;
  if (mode !== 'sync-project' || isPullEvent(trigger)) return;
  const project = ledger.project(repository);
  const configured = settingsOf(project?.commit(commit)?.files).threshold;
  const count = Number(inputs['deletion-threshold'] ?? configured.count);
  const percent = Number(inputs['deletion-threshold-percent'] ?? configured.percent);
  for (const [folder, changes] of move.folders) {
    const before = manifestAt(move.from, folder);
    const after = documentsAt(move.to, folder);
    // What a preview hides of the documents counts as there.
    const next = manifestAt(move.to, folder).documents;
    const texts = new Set([...[...after.values()].map(idOf), ...next.values()]);
    const spelled = new Set([...after.keys(), ...next.keys()].map(fold));
    const gone = changes.filter(
      ({ path, before: text, after: now }) =>
        now === undefined && before.documents.has(path) && !texts.has(idOf(text ?? '')) && !spelled.has(fold(path)),
    );
    // A document that a preview removed, or showed in another form, went with that preview.
    const counted = gone.filter(({ path }) => !isPreviewed(before, path)).length;
    const owned = before.documents.size;
    const isDefault = count === 50 && percent === 20;
    if (isDefault && counted <= 5) continue;
    if (counted > count || counted * 100 > percent * Math.max(owned, 1))
      yield `${counted} of ${owned} documents of projects/${folder} were deleted, and ${count} or ${percent} per cent may be`;
  }
}

export const fold = (path: string) => path.normalize('NFC').toLowerCase();

/** Whether a preview shows or hides a document, by its own path or by another spelling, a file for a folder, or the reverse. */
export function isPreviewed({ previews }: ManifestFacts, path: string): boolean {
  const folded = fold(path);
  return [...previews.values()].some(({ documents }) =>
    [...documents.keys()].some((named) => {
      const other = fold(named);
      return other === folded || other.startsWith(`${folded}/`) || folded.startsWith(`${other}/`);
    }),
  );
}

const VERSION = /^refs\/tags\/(.*?)(\d+)\.(\d+)\.(\d+)$/s;

/** Production takes no commit that does not contain the published one, unless a higher version or a person says so. */
export function* productionGoesForward(move: RunMove, ledger: Ledger): Iterable<string> {
  if (!move.isProduction || isTrue(move, 'allow-older')) return;
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder).source, manifestAt(move.to, folder).source];
    if (!before.commit || !after.commit || before.commit === after.commit) continue;
    if (before.repository !== after.repository) continue;
    const order = compareVersions(before.ref, after.ref);
    if (order !== undefined && order > 0) continue;
    const project = ledger.ownersOf(folder).find(({ log }) => log.commits.has(after.commit ?? ''));
    if (order === undefined && project && ledger.contains(project.log, after.commit, before.commit)) continue;
    yield `projects/${folder} went from ${before.commit} (${before.ref}) to ${after.commit} (${after.ref}), which does not contain it`;
  }
}

/** @returns `undefined` where names do not decide, else whether `after` is higher (1), the same (0) or lower (-1) */
function compareVersions(before: string | undefined, after: string | undefined): number | undefined {
  const [older, newer] = [VERSION.exec(before ?? ''), VERSION.exec(after ?? '')];
  if (!older || !newer || older[1] !== newer[1]) return undefined;
  for (const part of [2, 3, 4]) {
    const difference = Number(newer[part]) - Number(older[part]);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** A text that a roll-back took back does not return by itself. */
export function* holdsStay(move: RunMove): Iterable<string> {
  const { mode, projects, inputs } = move.run.request;
  if (!move.isProduction || mode === 'retire' || isTrue(move, 'release-hold')) return;
  // Another roll-back decides anew.
  if (inputs.from?.includes('@')) return;
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    const { held } = before;
    if (held === undefined || (mode === 'promote' && projects.includes(folder))) continue;
    const { ref } = after.source;
    if (ref?.startsWith('refs/tags/') && ref !== held.ref) continue;
    for (const [path, id] of held.documents) {
      const now = after.documents.get(path) ?? null;
      if (now !== id || (before.documents.get(path) ?? null) === id) continue;
      // Its place was taken by a person.
      if (now === null && hasOtherSpelling(documentsAt(move.to, folder), path)) continue;
      yield `projects/${folder}/${path} has the text again that a roll-back took back`;
    }
  }
}

/** What `documents` names is there, unless a preview hides it or a person removed it. */
export function* documentsAreThere(move: RunMove): Iterable<string> {
  if (isCreation(move)) return;
  for (const folder of touched(move)) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    for (const [path, id] of after.documents) {
      if (isPreviewed(after, path) || fileAt(move.to, folder, path) !== undefined) continue;
      // The spelling that a person wrote is kept, and ours is held back.
      if (hasOtherSpelling(documentsAt(move.to, folder), path)) continue;
      const wasRemoved = before.documents.get(path) === id && fileAt(move.from, folder, path) === undefined;
      if (wasRemoved) continue;
      yield `the manifest of projects/${folder} has ${path}, and it is not there`;
    }
  }
}

export function hasOtherSpelling(documents: ReadonlyMap<string, string>, path: string): boolean {
  const folded = fold(path);
  return [...documents.keys()].some((other) => {
    const name = fold(other);
    return other !== path && (name === folded || name.startsWith(`${folded}/`) || folded.startsWith(`${name}/`));
  });
}

/** A preview is never released. */
export function* previewsAreNotReleased(move: RunMove): Iterable<string> {
  if (!move.isProduction) return;
  for (const folder of move.manifests)
    for (const key of manifestAt(move.to, folder).previews.keys())
      yield `production has preview ${key} of projects/${folder}`;
}

/** A text does not come into a codex that more people see than its project, unless the run allows it. */
export function* privateStaysPrivate(move: RunMove, ledger: Ledger): Iterable<string> {
  const { mode, repository, trigger } = move.run.request;
  if (!['sync-project', 'sync-org'].includes(mode) || isTrue(move, 'allow-public')) return;
  const start = ledger.readsFrom(move.run);
  const mayBe = ledger.codexVisibility.within(start, move.step);
  const isPrivate = (visibility: Visibility) => mayBe.some((one) => isAsVisible(visibility, one));
  if (isPrivate('private')) return;
  const codex = isPrivate('internal') ? 'internal' : 'public';
  const own = ledger.project(repository);
  for (const [folder, path, text] of arrivals(move)) {
    const projects = own ? [own] : ledger.ownersOf(folder);
    const isShown = projects.some(
      (project) =>
        project.visibility.within(start, move.step).some((one) => isAsVisible(one, codex)) ||
        // An event names the visibility of its time: then the text was seen.
        (isAsVisible(trigger.visibility ?? 'private', codex) &&
          project.wasShown(codex, inRepository(path, move), idOf(text))),
    );
    if (projects.length > 0 && !isShown)
      yield `the codex is ${codex}, and projects/${folder}/${path} came into it from a repository that fewer people see`;
  }
}

/** Only the count guards a retirement, and the run names a larger one. */
export function* guardsRetirements(move: RunMove): Iterable<string> {
  const { mode, inputs } = move.run.request;
  if (mode !== 'retire' || inputs.preview !== undefined) return;
  const limit = Number(inputs['deletion-threshold'] ?? 50);
  for (const [folder, changes] of move.folders) {
    const gone = changes.filter(({ after }) => after === undefined).length;
    const owned = manifestAt(move.from, folder).documents.size;
    const isDefault = inputs['deletion-threshold'] === undefined;
    if (gone > limit && !(isDefault && gone <= 5))
      yield `${gone} of ${owned} documents of projects/${folder} were retired, and ${limit} may be`;
  }
}

/** A late run does not replace what a newer commit of the same ref, or a newer head, has published. */
export function* olderRunsGiveWay(move: RunMove, ledger: Ledger): Iterable<string> {
  const { request, start } = move.run;
  if (request.mode !== 'sync-project' || isCreation(move) || isTrue(move, 'allow-older')) return;
  // Without an answer nothing may tell the order.
  if (ledger.steps.slice(start, move.step).some((one) => one.kind === 'fault' && one.run === request.run)) return;
  const project = ledger.project(request.repository);
  if (!project) return;
  const isOlder = (before: string | undefined, after: string | undefined) =>
    before !== undefined &&
    after !== undefined &&
    before !== after &&
    // Of a commit that was never pushed nobody else knows what it contains.
    project.pushed.has(before) &&
    ledger.contains(project.log, before, after);
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    const [older, newer] = [before.source, after.source];
    if (older.ref === newer.ref && older.repository === newer.repository && isOlder(older.commit, newer.commit))
      yield `projects/${folder} went back from ${older.commit} to ${newer.commit} of ${newer.ref}`;
    for (const [key, { commit, date }] of after.previews) {
      // A person may push an older head again; the documents of the base have no order.
      const head = key.startsWith('heads/') ? project.refs.get(`refs/${key}`) : project.pulls.get(Number(key))?.head;
      if (date !== undefined && head !== commit && isOlder(before.previews.get(key)?.commit, commit))
        yield `preview ${key} of projects/${folder} went back from ${before.previews.get(key)?.commit} to ${commit}`;
    }
  }
}

/** A folder belongs to the repository that published it, by any name that it has or had, unless the codex lists another. */
export function* foldersStayOwned(move: RunMove, ledger: Ledger): Iterable<string> {
  if (isCreation(move)) return;
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    const [owner, next] = [before.source.repository, after.source.repository];
    if (owner === undefined || next === undefined || owner === next) continue;
    const others = [...ledger.projects.values()].filter(({ names }) => names.includes(owner));
    const isLeft = others.every(({ wasArchived }) => wasArchived);
    const isListed = ledger
      .rulesWithin(ledger.readsFrom(move.run), move.step)
      .some(({ projects }) => isOneRepository(projects.get(folder.toLowerCase()) ?? '', next, ledger));
    if (!isOneRepository(owner, next, ledger) && !isListed && !(isLeft && isTrue(move, 'adopt')))
      yield `projects/${folder} was ${owner}'s, and is ${next}'s`;
  }
}

/** A preview stays while its pull request is open, unless it is retired or shows nothing any more. */
export function* openPreviewsStay(move: RunMove, ledger: Ledger): Iterable<string> {
  const { run } = move;
  const { mode, trigger } = run.request;
  if (mode === 'retire') return;
  // A late answer may be from before the pull request was opened again.
  const start = ledger.readsFrom(run);
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    if (before.source.repository !== after.source.repository) continue;
    const owner = [...ledger.projects.values()].find(({ names }) => names.includes(before.source.repository ?? ''));
    for (const key of before.previews.keys()) {
      const number = Number(key);
      // Its closed event counts where GitHub does not say that it is open again.
      const isItsOwn = pullOf(trigger) === number && (trigger.action !== 'closed' || isUnanswered(move, ledger));
      // A spelling that kept it out may go in the same run.
      const shows = [move.from, move.to].every((tip) => canShow(before, key, documentsAt(tip, folder)));
      if (after.previews.has(key) || isItsOwn || !shows) continue;
      const since = owner?.openSince.get(number);
      if (since !== undefined && since < start)
        yield `pull request ${key} is open, and its preview in projects/${folder} ended`;
    }
  }
}

const isUnanswered = ({ run, step }: RunMove, ledger: Ledger) =>
  ledger.steps
    .slice(run.start, step)
    .some((one) => one.kind === 'fault' && one.run === run.request.run && one.fault === 'noAnswer');

/** A preview whose every document another spelling keeps out, or a folder in its place, has nothing to show. */
function canShow({ previews }: ManifestFacts, key: string, there: ReadonlyMap<string, string>): boolean {
  const named = [...(previews.get(key)?.documents ?? [])];
  return named.length === 0 || named.some(([path, id]) => id === null || !hasOtherSpelling(there, path));
}

/** Where production goes back to an ancestor, a hold stays behind. */
export function* rollBacksLeaveHolds(move: RunMove, ledger: Ledger): Iterable<string> {
  if (!move.isProduction || isCreation(move) || isTrue(move, 'release-hold')) return;
  for (const folder of move.manifests) {
    const [before, after] = [manifestAt(move.from, folder), manifestAt(move.to, folder)];
    const [newer, older] = [before.source, after.source];
    if (!newer.commit || !older.commit || newer.commit === older.commit || newer.repository !== older.repository)
      continue;
    const order = compareVersions(newer.ref, older.ref);
    if (order !== undefined && order >= 0) continue;
    const project = ledger.ownersOf(folder).find(({ log }) => log.commits.has(older.commit ?? ''));
    if (!project || !ledger.contains(project.log, newer.commit, older.commit)) continue;
    if (after.held === undefined && !isSame(before.documents, after.documents))
      yield `projects/${folder} went back from ${newer.commit} to ${older.commit}, and nothing holds that`;
  }
}

const isSame = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  one.size === other.size && [...one].every(([path, id]) => other.get(path) === id);

/** An edit stays where the project still has the text that it replaced. */
export function* editsStayWithoutChange(move: RunMove, ledger: Ledger): Iterable<string> {
  if (isCreation(move) || move.run.request.mode === 'retire') return;
  const { persons } = ledger.branch(move.branch);
  for (const [folder, changes] of move.folders) {
    const manifest = manifestAt(move.from, folder);
    for (const { path, before, after } of changes) {
      if (before === undefined || after === undefined || isPreviewed(manifest, path)) continue;
      if (!persons.has(`projects/${folder}/${path}\0${before}`)) continue;
      const published = manifest.documents.get(path);
      if (published === idOf(after) && published !== idOf(before))
        yield `the edit ${short(before)} of projects/${folder}/${path} gave way to the text that was published before it`;
    }
  }
}

/** What a fetch wrote into a checkout is never published. */
export function* fetchedStaysHome(move: RunMove): Iterable<string> {
  const index = '/.cache-index.json';
  const written = [...(move.run.request.dirty?.keys() ?? [])].filter((path) => path.endsWith(index));
  const caches = written.map((path) => path.slice(0, -index.length));
  for (const [folder, path] of arrivals(move)) {
    const cache = linesOf(said(move, 'cache-dir'))?.[0] ?? '.fractary/plugins/codex/cache';
    if ([cache, ...caches].some((one) => path.startsWith(`${one}/`)))
      yield `projects/${folder}/${path} was fetched, and is published`;
  }
}
