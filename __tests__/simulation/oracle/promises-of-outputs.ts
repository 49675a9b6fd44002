import type { Commit } from '../log.ts';
import { selects, settingsOf } from './configuration.ts';
import { idOf } from './git-text.ts';
import { type DocumentChange, documentsAt, fileAt, type Ledger, type Move, manifestAt } from './ledger.ts';
import { MANIFEST, type ManifestFacts } from './manifests.ts';
import { hasOtherSpelling, isPreviewed } from './promises-of-moves.ts';
import {
  branchOf,
  commitsOf,
  type EndedRun,
  heldProjects,
  isGreen,
  isObject,
  type Json,
  leftOf,
  listOf,
  mayBeFolders,
  NEVER,
  number,
  output,
  pathsOf,
  projectsOf,
  type ReportPromise,
  reports,
  resultOf,
  sourcesOf,
  stableHead,
  statesOf,
  tellsAll,
  writes,
} from './promises-of-reports.ts';

/** An id, nothing, or what the history does not tell. */
type Text = string | undefined | 'unknown';
/** What the project has at a path, where a run compares it with the codex at a commit. */
type Side = (path: string, there: Commit, folder: string) => Text;

/** A project's part of a report, and all that it may have been planned on. */
interface Comparison {
  readonly folder: string;
  readonly folders: readonly string[];
  readonly json: Json;
  readonly states: readonly Commit[];
  readonly sides: readonly Side[];
}

const isTrue = ({ request }: EndedRun, name: string) => request.inputs[name]?.toLowerCase() === 'true';
const idAt = (commit: Commit | undefined, folder: string, path: string): string | undefined => {
  const text = fileAt(commit, folder, path);
  return text === undefined ? undefined : idOf(text);
};
const isRetry = ({ request }: EndedRun, ledger: Ledger) =>
  ledger.steps.some((step) => step.kind === 'fault' && step.run === request.run && step.fault === 'lostAnswer');

const UNKNOWN: Side = () => 'unknown';

/** The codex as it was when the last plan of a run was made. */
function plannedOn(run: EndedRun, folder: string, ledger: Ledger): Commit[] {
  const made = commitsOf(run);
  if (run.request.mode !== 'sync-org')
    return made.length > 0 ? made.slice(-1).flatMap(({ from }) => from ?? []) : statesOf(run, ledger);
  const own = made.filter(({ folders, manifests }) => folders.has(folder) || manifests.has(folder));
  return own.length > 0 ? own.slice(-1).flatMap(({ from }) => from ?? []) : statesOf(run, ledger);
}

function* comparisonsOf(run: EndedRun, ledger: Ledger): Iterable<Comparison> {
  for (const [folder, json] of projectsOf(run)) {
    const folders = run.request.mode === 'sync-project' ? mayBeFolders(run, ledger) : [folder];
    yield { ...{ folder, folders, json }, states: plannedOn(run, folder, ledger), sides: sidesOf(run, json, ledger) };
  }
}

function sidesOf(run: EndedRun, json: Json, ledger: Ledger): Side[] {
  const { mode, inputs } = run.request;
  const isPlanned = json.error === undefined && json.skipped === undefined && json.superseded !== true;
  if (!isPlanned || heldProjects(run).length > 0 || output(run, 'superseded') === 'true') return [UNKNOWN];
  if (mode === 'sync-project' && output(run, 'conclusion') !== 'skipped')
    return [sideOf(stableHead(run, ledger), inputs)];
  if (mode === 'sync-org') {
    const heads = [...ledger.projects.values()].flatMap((project) => project.commit(String(json.commit)) ?? []);
    return [sideOf(heads[0], {})];
  }
  if (mode === 'promote') {
    const withEdits = releasesEdits(run, ledger);
    return sourcesOf(run, ledger).map((source) => sideOfSource(source, withEdits));
  }
  return [UNKNOWN];
}

const releasesEdits = (run: EndedRun, ledger: Ledger) =>
  !ledger.isProduction(branchOf(run)) || isTrue(run, 'release-edits');

function sideOf(head: Commit | undefined, inputs: Readonly<Record<string, string>>): Side {
  if (head === undefined) return UNKNOWN;
  const settings = settingsOf(head.files);
  return (path) => {
    if (NEVER.test(path)) return 'unknown';
    const text = selects(path, inputs, settings) ? head.files.get(path) : undefined;
    return text === undefined ? undefined : idOf(text);
  };
}

/** What an environment releases: what was published, and an edit where it is asked for. */
function sideOfSource(source: Commit, withEdits: boolean): Side {
  return (path, there, folder) => {
    const manifest = manifestAt(source, folder);
    const [published, shown] = [manifest.documents.get(path), idAt(source, folder, path)];
    if (NEVER.test(path) || isPreviewed(manifest, path)) return 'unknown';
    // An edit in a closed preview has no owner, and is left.
    if (published === undefined) return shown === undefined ? undefined : 'unknown';
    if (published === shown || withEdits) return shown;
    // An edit that was released before is not taken back.
    return manifestAt(there, folder).documents.get(path) === shown ? 'unknown' : published;
  };
}

/** A document that the manifest names and no preview hides, and that is not what was published any more. */
interface Edit {
  readonly path: string;
  readonly base: string;
  readonly there: string | undefined;
}

function editsIn(commit: Commit, folder: string): Edit[] {
  const manifest = manifestAt(commit, folder);
  return [...manifest.documents].flatMap(([path, base]): Edit[] => {
    const there = idAt(commit, folder, path);
    return there === base || isPreviewed(manifest, path) ? [] : [{ path, base, there }];
  });
}

/** Everything that the manifest says of a path: of its documents, and of each preview. */
function namedAt({ documents, previews }: ManifestFacts, path: string): (string | null)[] {
  return [documents, ...[...previews.values()].map((preview) => preview.documents)].flatMap((one) => {
    const id = one.get(path);
    return id === undefined ? [] : [id];
  });
}

const fewest = (lists: readonly (readonly string[])[]): readonly string[] =>
  [...lists].sort((one, other) => one.length - other.length)[0] ?? [];

/** Of all states and sides that a run may have had, those that explain its report best. */
function* leastWrong(
  run: EndedRun,
  ledger: Ledger,
  wrong: (comparison: Comparison, there: Commit, folder: string, side: Side) => readonly string[],
): Iterable<string> {
  for (const comparison of comparisonsOf(run, ledger)) {
    const { states, folders, sides } = comparison;
    yield* fewest(
      states.flatMap((there) =>
        folders.flatMap((folder) => sides.map((side) => wrong(comparison, there, folder, side))),
      ),
    );
  }
}

/** `drifted` are the owned documents that people edited or removed in the codex, unless the project has the same. */
export const driftsTruly: ReportPromise = function* (run, ledger) {
  if (!tellsAll(run) || !writes(run)) return;
  yield* countsList(run, 'drifted', 'drifted-paths');
  yield* leastWrong(run, ledger, ({ json }, there, folder, side) => {
    const [listed, left] = [new Set(pathsOf(json, 'drifted-paths')), leftAloneIn(json)];
    const unlisted = editsIn(there, folder).filter((edit) => {
      const ours =
        run.request.mode === 'retire' && run.request.inputs.preview === undefined
          ? edit.base
          : side(edit.path, there, folder);
      if (run.request.mode === 'retire' && edit.there === undefined) return false;
      return ours !== 'unknown' && ours !== edit.there && !listed.has(edit.path) && !left.has(edit.path);
    });
    const manifest = manifestAt(there, folder);
    const false_ = [...listed].filter((path) => {
      const now = idAt(there, folder, path) ?? null;
      return !namedAt(manifest, path).some((id) => id !== now);
    });
    return [
      ...unlisted.map(
        ({ path }) => `projects/${folder}/${path} was edited in ${branchOf(run)}, and drifted-paths lacks it`,
      ),
      ...false_.map((path) => `drifted-paths has ${path}, and projects/${folder}/${path} is as it was published`),
    ];
  });
};

/** `conflicts` are the documents that both sides changed. */
export const conflictsTruly: ReportPromise = function* (run, ledger) {
  if (!tellsAll(run) || !writes(run)) return;
  yield* countsList(run, 'conflicts', 'conflicting-paths');
  yield* leastWrong(run, ledger, ({ json }, there, folder, side) => {
    const [listed, left] = [new Set(pathsOf(json, 'conflicting-paths')), leftAloneIn(json)];
    const unlisted = editsIn(there, folder).filter(({ path, base, there: now }) => {
      const ours = side(path, there, folder);
      return ours !== 'unknown' && ours !== now && ours !== base && !listed.has(path) && !left.has(path);
    });
    const false_ = [...listed].filter((path) => !mayConflict(path, there, folder, side));
    return [
      ...unlisted.map(({ path }) => `both sides changed projects/${folder}/${path}, and conflicting-paths lacks it`),
      ...false_.map((path) => `conflicting-paths has ${path}, and only one side changed projects/${folder}/${path}`),
    ];
  });
};

function mayConflict(path: string, there: Commit, folder: string, side: Side): boolean {
  const manifest = manifestAt(there, folder);
  const [ours, theirs] = [side(path, there, folder), idAt(there, folder, path)];
  // Of two spellings one is the person's, and what the other has may be nobody's.
  if (hasOtherSpelling(documentsAt(there, folder), path)) return true;
  if (ours !== 'unknown' && ours === theirs) return false;
  const [base, ...more] = namedAt(manifest, path);
  // What was never published has no base: two texts differ.
  if (base === undefined) return theirs !== undefined && ours !== undefined;
  if (more.length > 0 || isPreviewed(manifest, path)) return [base, ...more].some((id) => id !== (theirs ?? null));
  return theirs !== base && ours !== base;
}

const leftAloneIn = (json: Json): Set<string> =>
  leftOf({ 'left-alone': json['left-alone'], 'blocked-paths': json['blocked-paths'] });

function* countsList(run: EndedRun, name: string, list: string): Iterable<string> {
  const listed = [...projectsOf(run).values()].reduce((sum, json) => sum + pathsOf(json, list).length, 0);
  if (number(run, name) !== listed) yield `it says ${name}: ${number(run, name)}, and lists ${listed}`;
}

/** Documents that a move changed although a person had edited them: what the manifest names is another text. */
function replacedEdits({ from, folders }: Move): (DocumentChange & { readonly folder: string })[] {
  return [...folders].flatMap(([folder, changes]) => {
    const manifest = manifestAt(from, folder);
    return changes.flatMap((change) => {
      const { path, before } = change;
      const base = manifest.documents.get(path);
      if (before === undefined || manifest.documents.size === 0 || isPreviewed(manifest, path)) return [];
      return base === idOf(before) ? [] : [{ ...change, folder }];
    });
  });
}

/** `on-conflict` decides: `codex` keeps the text of the codex, `fail` writes nothing. Between an edit and a deletion the edit wins. */
export const obeysOnConflict: ReportPromise = function* (run, ledger) {
  const { mode, inputs, dryRun } = run.request;
  if (mode !== 'sync-project' && mode !== 'promote') return;
  const rule = inputs['on-conflict'] || 'project';
  for (const move of commitsOf(run))
    for (const { folder, path, after } of replacedEdits(move)) {
      if (after === undefined) yield `projects/${folder}/${path} was edited, and the run deleted it`;
      else if (rule !== 'project')
        yield `on-conflict is ${rule}, and the run replaced the edit of projects/${folder}/${path}`;
    }
  if (!tellsAll(run)) {
    const isConflict = reports(run) && rule === 'fail' && run.end.error?.code === 'conflict';
    if (isConflict && commitsOf(run).length > 0 && !isRetry(run, ledger))
      yield 'on-conflict is fail, and the run made a commit although it ended with a conflict';
    return;
  }
  for (const { folder, folders, json, states, sides } of comparisonsOf(run, ledger)) {
    const conflicts = listOf(json, 'conflicting-paths').filter(isObject);
    if (rule === 'fail' && json.error === undefined && conflicts.length > 0)
      yield `on-conflict is fail, and the run did not fail for projects/${folder}, which has ${conflicts.length} conflicts`;
    const made = commitsOf(run).at(-1)?.to;
    if (rule !== 'project' || dryRun || !publishes(run, ledger) || json.error !== undefined) continue;
    const left = leftAloneIn(json);
    const after = made ? [made] : states;
    for (const path of conflicts.map((one) => String(one.path))) {
      const isPublished = after.some((tip) =>
        folders.some((one) =>
          sides.some((side) => {
            const ours = side(path, states[0] ?? tip, one);
            return (
              ours === 'unknown' ||
              ours === undefined ||
              ours === idAt(tip, one, path) ||
              isPreviewed(manifestAt(tip, one), path)
            );
          }),
        ),
      );
      if (!isPublished && !left.has(path))
        yield `on-conflict is project, and projects/${folder}/${path} has not the text of the project`;
    }
  }
};

function publishes(run: EndedRun, ledger: Ledger): boolean {
  const { mode, inputs, repository, commit } = run.request;
  if (mode !== 'sync-project') return true;
  const { direction } = settingsOf(ledger.project(repository)?.commit(commit)?.files);
  return (inputs.direction ?? direction) !== 'from-codex';
}

/** A run of an organization that stops at a push tells only of the pushes before. */
const isStopped = ({ request, end }: EndedRun) => request.mode === 'sync-org' && end.error !== undefined;

/** `attempts` are at least the commits, and more than one only where others were faster or an answer was lost. */
export const countsAttempts: ReportPromise = function* (run, ledger) {
  if (!reports(run) || !writes(run)) return;
  const attempts = number(run, 'attempts');
  const made = commitsOf(run).length;
  const least = run.request.mode === 'sync-org' ? Math.min(made, isStopped(run) ? 0 : 1) : made;
  if (attempts < least) yield `it says attempts: ${attempts}, and made ${made} commits`;
  const own = new Set(run.moves.map(({ step }) => step));
  const others = ledger
    .branch(branchOf(run))
    .moves.filter(({ step }) => step > ledger.readsFrom(run) && step < run.ended && !own.has(step)).length;
  const most = run.request.dryRun ? 0 : 1 + others + ledger.faultsOf(run).length;
  // A green run that made no commit ended because nothing was left to publish.
  const unpushed = isGreen(run) && made === 0 && most > 0 ? 1 : 0;
  if (attempts > most - unpushed)
    yield `it says attempts: ${attempts}, and made ${made} commits; others moved the branch ${others} times, and it met ${ledger.faultsOf(run).length} faults`;
};

/** `branch-created` is true exactly where the run made the branch of its environment. */
export const createsTruly: ReportPromise = function* (run, ledger) {
  if (!reports(run) || !writes(run)) return;
  const created = run.moves.some(({ branch, from }) => from === undefined && branch === branchOf(run));
  const isSaid = output(run, 'branch-created') === 'true';
  if (isSaid === created) return;
  // Without an answer it cannot know that it was the one.
  if (created && (ledger.faultsOf(run).length > 0 || isStopped(run))) return;
  yield `it says branch-created: ${isSaid}, and ${created ? 'created' : 'did not create'} ${branchOf(run)}`;
};

/** A promotion lists each edit of its source as released or as left, and each preview as not released. */
export const tellsEditsAndPreviews: ReportPromise = function* (run, ledger) {
  if (!tellsAll(run) || run.request.mode !== 'promote' || isRetry(run, ledger)) return;
  const withEdits = releasesEdits(run, ledger);
  for (const { folder, json, states } of comparisonsOf(run, ledger)) {
    if (json.error !== undefined) continue;
    const wrong = sourcesOf(run, ledger).flatMap((source) =>
      states.map((there) => [
        ...wrongPreviews(json, 'previews-not-released', folder, [source]),
        ...(json.skipped === undefined ? wrongEdits(json, source, there, folder, withEdits) : []),
      ]),
    );
    yield* fewest(wrong);
  }
};

function wrongPreviews(json: Json, name: string, folder: string, commits: readonly Commit[]): string[] {
  const listed = listOf(json, name).map(String).sort();
  const there = [...new Set(commits.flatMap((one) => [...manifestAt(one, folder).previews.keys()]))].sort();
  if (listed.join() === there.join()) return [];
  return [
    `${name} of projects/${folder} are ${listed.join(', ') || 'none'}, and there are ${there.join(', ') || 'none'}`,
  ];
}

function wrongEdits(json: Json, source: Commit, there: Commit, folder: string, withEdits: boolean): string[] {
  const manifest = manifestAt(source, folder);
  const kindAt = (path: string) => (idAt(source, folder, path) === undefined ? 'removed' : 'edited');
  const left = leftAloneIn(json);
  const isReleased = ({ path, there: id }: Edit) =>
    id !== undefined && manifestAt(there, folder).documents.get(path) === id;
  const edits = editsIn(source, folder).filter((edit) => !left.has(edit.path) && (withEdits || !isReleased(edit)));
  const [own, other] = withEdits ? ['edits-released', 'edits-left'] : ['edits-left', 'edits-released'];
  const listed = new Map(
    listOf(json, own)
      .filter(isObject)
      .map(({ path, edit }) => [String(path), String(edit)]),
  );
  return [
    ...listOf(json, other).map((one) => `${other} of projects/${folder} has ${JSON.stringify(one)}`),
    ...edits.flatMap(({ path }) =>
      listed.get(path) === kindAt(path)
        ? []
        : [
            `projects/${folder}/${path} of the source is ${kindAt(path)}, and ${own} says ${listed.get(path) ?? 'nothing'}`,
          ],
    ),
    ...[...listed.keys()]
      .filter((path) => manifest.documents.get(path) === idAt(source, folder, path) || !manifest.documents.has(path))
      .map((path) => `${own} has ${path}, and nobody edited projects/${folder}/${path} of the source`),
  ];
}

/** A stale copy is given only where the run allows it, and where GitHub did not answer it. */
export const givesStaleOnlyOffline: ReportPromise = function* (run, ledger) {
  if (run.request.mode !== 'fetch' || output(run, 'stale') !== 'true') return;
  if (run.request.inputs['fallback-to-stale']?.toLowerCase() === 'false')
    yield 'fallback-to-stale is false, and it gave a stale copy';
  if (!ledger.faultsOf(run).some(({ fault }) => ['noAnswer', 'fetchFails'].includes(fault)))
    yield 'it gave a stale copy, and GitHub answered each question';
};

/** `status` compares two environments as they were at some moments while it ran. */
export const comparesTruly: ReportPromise = function* (run, ledger) {
  if (run.request.mode !== 'status' || !isGreen(run)) return;
  const listed = listOf(resultOf(run), 'projects').filter(isObject);
  const withEdits = !ledger.isProduction(branchOf(run));
  yield* fewest(
    sourcesOf(run, ledger).flatMap((from) =>
      statesOf(run, ledger).map((env) => {
        const names = [...new Set([...foldersOf(from), ...foldersOf(env)])].sort();
        const said = listed.map(({ project }) => String(project)).sort();
        const wrongNames =
          names.join() === said.join()
            ? []
            : [`it lists ${said.join(', ') || 'nothing'}, and there are ${names.join(', ')}`];
        return [...wrongNames, ...listed.flatMap((json) => wrongStatus(json, from, env, withEdits))];
      }),
    ),
  );
};

const foldersOf = (commit: Commit): string[] =>
  [...commit.files.keys()].flatMap((path) => /^projects\/([^/]+)\//.exec(path)?.[1] ?? []);

const PUBLISHED = ({ documents, source }: ManifestFacts) => documents.size > 0 || source.commit !== undefined;

function wrongStatus(json: Json, from: Commit, env: Commit, withEdits: boolean): string[] {
  const folder = String(json.project);
  const { state } = json;
  const wrong = (text: string) => [`it says projects/${folder} is ${state}, and ${text}`];
  const [ours, theirs] = [manifestAt(from, folder), manifestAt(env, folder)];
  const [sourceFiles, files] = [documentsAt(from, folder), documentsAt(env, folder)];
  const isEqual =
    sourceFiles.size === files.size &&
    [...files].every(([path, text]) => sourceFiles.get(path) === text) &&
    fileAt(from, folder, MANIFEST) === fileAt(env, folder, MANIFEST);
  if (isEqual) return state === 'in-step' ? [] : wrong('both environments have the same');
  const isDamaged = [from, env].some(
    (one) => fileAt(one, folder, MANIFEST) !== undefined && manifestAt(one, folder).source.repository === undefined,
  );
  if (isDamaged) return state === 'problem' ? [] : wrong('a manifest cannot be read');
  if (state === 'problem') return [];
  const expected = !PUBLISHED(ours)
    ? PUBLISHED(theirs)
      ? ['only-in-env']
      : ['unpublished']
    : PUBLISHED(theirs)
      ? ['waiting', 'older', 'edited', 'in-step']
      : ['only-in-from'];
  if (!expected.includes(String(state))) return wrong(`it should be ${expected.join(', ')}`);
  const held = json.held !== undefined;
  const about = [
    ...wrongPreviews(json, 'previews', folder, [from, env]),
    ...(held === (theirs.held !== undefined) ? [] : wrong(held ? 'nothing is held' : 'a roll-back holds')),
  ];
  if (!PUBLISHED(ours) || !PUBLISHED(theirs)) return about;
  return [...about, ...wrongDifference(json, from, env, withEdits).flatMap(wrong)];
}

function wrongDifference(json: Json, from: Commit, env: Commit, withEdits: boolean): string[] {
  const folder = String(json.project);
  const { state } = json;
  const [ours, theirs] = [manifestAt(from, folder), manifestAt(env, folder)];
  const side = sideOfSource(from, withEdits);
  const releases = [...ours.documents.keys()].filter((path) => {
    if (isPreviewed(theirs, path) || hasOtherSpelling(documentsAt(env, folder), path)) return false;
    const [text, now] = [side(path, env, folder), idAt(env, folder, path)];
    return (
      text !== 'unknown' &&
      text !== undefined &&
      text !== now &&
      (now === undefined || now === theirs.documents.get(path))
    );
  });
  const edits = editsIn(env, folder).filter(({ path, there }) => {
    const text = side(path, env, folder);
    return text !== 'unknown' && text !== there;
  });
  const changes = ['added', 'modified', 'deleted'].reduce((sum, name) => sum + Number(json[name] ?? 0), 0);
  const isSkipped = Number(json['left-alone'] ?? 0) > 0;
  const isWaiting = state === 'waiting' || state === 'older';
  return [
    ...(isWaiting === changes > 0 ? [] : [`counts ${changes} changes`]),
    ...(isWaiting || releases.length === 0 || isSkipped ? [] : [`${releases[0]} would be released`]),
    ...(state !== 'in-step' || edits.length === 0 || isSkipped ? [] : [`${edits[0]?.path} was edited`]),
    ...(Number(json.drifted ?? 0) >= edits.length || isSkipped ? [] : [`${edits.length} documents were edited`]),
  ];
}
