import type { Commit } from '../log.ts';
import { selects, settingsOf } from './configuration.ts';
import { idOf } from './git-text.ts';
import { fileAt, isPullEvent, type Ledger, manifestAt } from './ledger.ts';
import { isPreviewed } from './promises-of-moves.ts';
import {
  branchOf,
  type EndedRun,
  isGreen,
  listOf,
  mayBeFolders,
  NEVER,
  number,
  output,
  pathsOf,
  type ReportPromise,
  resultOf,
  stableHead,
  statesOf,
} from './promises-of-reports.ts';

/** A run that was killed has no report, but may have written. */
const wroteOf = ({ end }: EndedRun): ReadonlyMap<string, string | null> => end.wrote ?? new Map();

function directionOf({ request }: EndedRun, ledger: Ledger): string {
  const { inputs, repository, commit } = request;
  return inputs.direction || settingsOf(ledger.project(repository)?.commit(commit)?.files).direction || 'to-codex';
}

/** The path of a document in the project's folder; `undefined` where it is outside of the working directory. */
function documentOf({ request }: EndedRun, path: string): string | undefined {
  const directory = request.inputs['working-directory'] || '.';
  if (directory === '.') return path;
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
}

/** Only a run that pulls writes into its checkout, and no dry run and no run that publishes a preview does. */
export const writesOnlyWhenAsked: ReportPromise = function* (run, ledger) {
  const { mode, dryRun, trigger } = run.request;
  const [path] = wroteOf(run).keys();
  if (path === undefined) return;
  if (dryRun) yield `a dry run wrote ${path} into the checkout`;
  if (mode !== 'sync-project') yield `a run of ${mode} wrote ${path} into the checkout`;
  else if (directionOf(run, ledger) === 'to-codex')
    yield `direction is to-codex, and the run wrote ${path} into the checkout`;
  // A run that only pulls publishes no preview, and compares what is checked out.
  if (isPullEvent(trigger) && directionOf(run, ledger) !== 'from-codex')
    yield `a run for a pull request wrote ${path} into the checkout`;
};

/** What is written into the checkout is a document of the run's environment as it was during the run, and no preview's. */
export const writesItsEnvironment: ReportPromise = function* (run, ledger) {
  const [states, folders] = [statesOf(run, ledger), mayBeFolders(run, ledger)];
  for (const [full, text] of wroteOf(run)) {
    const path = documentOf(run, full) ?? '';
    const isThere = (tip: Commit, folder: string) => {
      const there = fileAt(tip, folder, path) ?? null;
      if (there !== text) return false;
      const manifest = manifestAt(tip, folder);
      if (text === null) return !isPreviewed(manifest, path) || manifest.documents.has(path);
      const id = idOf(text);
      const isShown = [...manifest.previews.values()].some(({ documents }) => documents.get(path) === id);
      const isPersons = ledger.branch(branchOf(run)).persons.has(`projects/${folder}/${path}\0${text}`);
      return !isShown || isPersons || manifest.documents.get(path) === id;
    };
    if (!states.some((tip) => folders.some((folder) => isThere(tip, folder))))
      yield `it ${text === null ? 'removed' : 'wrote'} ${full} in the checkout, and ${branchOf(run)} never was so during the run`;
  }
};

/** Text of the checkout that is in no commit is never overwritten or removed, and what a person removed stays away. */
export const keepsUncommitted: ReportPromise = function* (run) {
  const { dirty, gone } = run.request;
  for (const path of wroteOf(run).keys()) {
    if (dirty?.has(path)) yield `${path} of the checkout was in no commit, and the run wrote over it`;
    if (gone?.includes(path)) yield `a person removed ${path}, and the run brought it back`;
  }
};

/** What may come back into a project (design section 4, "Pulling"). */
const EXTENSIONS = /[^/]\.(?:md|mdx|markdown|txt|rst|adoc|html|png|jpe?g|gif|svg|webp|pdf|csv)$/i;

/** Only documents that the patterns select come back: nothing that a program reads, and nothing outside. */
export const writesOnlyDocuments: ReportPromise = function* (run, ledger) {
  const { repository, commit, inputs } = run.request;
  const settings = settingsOf(ledger.project(repository)?.commit(commit)?.files);
  for (const full of wroteOf(run).keys()) {
    const path = documentOf(run, full);
    if (path === undefined) yield `${full} is outside of the working directory, and the run wrote it`;
    else if (!selects(path, inputs, settings))
      yield `the patterns do not select ${path}, and the run wrote it into the checkout`;
    else if (!EXTENSIONS.test(path) || NEVER.test(path) || /(?:^|\/)\.[^/]*\//.test(path))
      yield `${path} is no document that may come back, and the run wrote it into the checkout`;
  }
};

/** `pulled` counts what was written, and `pulls` lists it. */
export const tellsWhatItWrote: ReportPromise = function* (run) {
  if (run.end.killed || run.request.mode !== 'sync-project') return;
  const wrote = [...wroteOf(run).keys()].map((path) => documentOf(run, path) ?? path).sort();
  if (!run.request.dryRun && number(run, 'pulled') !== wrote.length)
    yield `it says pulled: ${number(run, 'pulled')}, and wrote ${wrote.length} files of the checkout`;
  if (!isGreen(run)) return;
  const listed = pathsOf(resultOf(run), 'pulls').sort();
  if (number(run, 'pulled') !== listed.length)
    yield `it says pulled: ${output(run, 'pulled')}, and lists ${listed.length}`;
  if (!run.request.dryRun && listed.join('\n') !== wrote.join('\n'))
    yield `it lists ${listed.join(', ') || 'nothing'} as pulled, and wrote ${wrote.join(', ') || 'nothing'}`;
};

/** What only the codex changed comes back, or the report says why not. */
export const bringsBackEdits: ReportPromise = function* (run, ledger) {
  if (run.request.mode !== 'sync-project' || !stableHead(run, ledger)) return;
  if (directionOf(run, ledger) === 'to-codex') return;
  const result = resultOf(run);
  const told = new Set(
    ['pulls', 'not-pulled', 'withheld-paths', 'conflicting-paths', 'changes', 'left-alone'].flatMap((name) =>
      pathsOf(result, name),
    ),
  );
  for (const path of listOf(result, 'drifted-paths').map(String))
    if (!told.has(path))
      yield `${path} was edited in the codex, and the report does not say that it came back, or why not`;
};
