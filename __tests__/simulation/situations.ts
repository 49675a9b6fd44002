import { isPullEvent, type Ledger, type Move, manifestAt, type RunFacts } from './ledger.ts';
import type { Step } from './log.ts';
import type { ManifestFacts } from './manifests.ts';
import type { Moment } from './oracle.ts';
import { isPreviewed } from './promises-of-moves.ts';
import {
  changedBeneath,
  type EndedRun,
  isObject,
  type Json,
  listOf,
  output,
  projectsOf,
  sameRunBefore,
} from './promises-of-reports.ts';
import { settingsOf } from './settings.ts';

type OfRun = (run: EndedRun, ledger: Ledger, index: number) => boolean;
type OfMove = (move: Move & { readonly run: RunFacts }, ledger: Ledger) => boolean;
type OfStep = (step: Step, ledger: Ledger, index: number) => boolean;

const concludes =
  (...conclusions: string[]) =>
  (run: EndedRun) =>
    conclusions.includes(output(run, 'conclusion'));
const has = (name: string) => (run: EndedRun) => Number(output(run, name)) > 0;
const fails = (code: string) => (run: EndedRun) => run.end.error?.code === code;
const all =
  (...tests: OfRun[]): OfRun =>
  (run, ledger, index) =>
    tests.every((one) => one(run, ledger, index));
const mode =
  (name: string): OfRun =>
  ({ request }) =>
    request.mode === name;
const given =
  (name: string): OfRun =>
  ({ request }) =>
    request.inputs[name] === 'true';
const isPull: OfRun = ({ request }) => isPullEvent(request.trigger);
const atTerminal: OfRun = ({ request }) => request.trigger.event === 'terminal';
const toProduction: OfRun = ({ request }) => request.env === 'prod';
const isTag: OfRun = ({ request }) => request.trigger.ref.startsWith('refs/tags/');
const met =
  (fault: string): OfRun =>
  (run, ledger) =>
    ledger.steps.some((step) => step.kind === 'fault' && step.run === run.request.run && step.fault === fault);
const lists =
  (name: string): OfRun =>
  (run) =>
    [...projectsOf(run).values()].some((json) => listOf(json, name).length > 0);
const anyProject =
  (test: (json: Json) => boolean): OfRun =>
  (run) =>
    [...projectsOf(run).values()].some(test);
const moved: OfRun = ({ moves }) => moves.some(({ tip }) => tip !== undefined);
const isDirty: OfRun = ({ request }) => (request.dirty?.size ?? 0) > 0;

/** The manifests of a run's folders on its branch, as they are when it ends. */
function manifestsOf({ request: { branch, projects } }: RunFacts, ledger: Ledger): ManifestFacts[] {
  return projects.map((folder) => manifestAt(ledger.branch(branch).tip, folder));
}
const hasPreviews: OfRun = (run, ledger) => manifestsOf(run, ledger).some(({ previews }) => previews.size > 0);

/** Others moved the branch while a run went on. */
const isRaced: OfRun = (run, ledger) =>
  ledger
    .branch(run.request.branch)
    .moves.some(({ step }) => step > run.start && step < run.ended && !run.moves.some((own) => own.step === step));

/** What happens to the manifests of a move. */
const ofManifests =
  (test: (before: ManifestFacts, after: ManifestFacts, folder: string) => boolean): OfMove =>
  ({ manifests, from, to }) =>
    [...manifests].some((folder) => test(manifestAt(from, folder), manifestAt(to, folder), folder));
const gone = (before: ManifestFacts, after: ManifestFacts) =>
  [...before.previews.keys()].filter((key) => !after.previews.has(key));
const pullsOf = (ledger: Ledger, run: RunFacts) => ledger.project(run.request.repository)?.pulls;
const ended =
  (state: string): OfMove =>
  (move, ledger) =>
    ofManifests((before, after) =>
      gone(before, after).some((key) => pullsOf(ledger, move.run)?.get(Number(key))?.state === state),
    )(move, ledger);

/** Previews of a pull request, on any branch of the codex. */
function previewed(ledger: Ledger, number: number): (string | undefined)[] {
  return [...ledger.allBranches()].flatMap(([, { moves }]) =>
    moves.flatMap(({ to }) =>
      [...(to?.files ?? [])].flatMap(([path]) => {
        const folder = /^projects\/([^/]+)\/\.codex-sync\.json$/.exec(path)?.[1];
        const preview = folder === undefined ? undefined : manifestAt(to, folder).previews.get(`${number}`);
        return preview === undefined ? [] : [preview.commit];
      }),
    ),
  );
}

const ownConfiguration =
  (test: (branches: Readonly<Record<string, string>>) => boolean): OfRun =>
  ({ request }, ledger) => {
    const project = ledger.project(request.repository);
    const settings = settingsOf(project?.commit(request.commit)?.files);
    return project !== undefined && !project.mappings.has(settings) && test(settings.branches);
  };

/** What must be reached, each often enough that a promise can break there. */
const OF_RUNS: Readonly<Record<string, OfRun>> = {
  'documents are published': all(mode('sync-project'), moved, (run, ledger) => !isPull(run, ledger, 0)),
  'a preview is published': all(isPull, moved),
  'a preview beside a person at a terminal': all(atTerminal, hasPreviews),
  'production takes a tag': all(mode('sync-project'), toProduction, isTag, moved),
  'a run is superseded': concludes('superseded'),
  'deletions are withheld': concludes('withheld'),
  'withheld while a preview is open': all(concludes('withheld'), hasPreviews),
  'withheld and superseded at once': all(concludes('superseded'), (run, ledger) =>
    [...ledger.runs.values()].some(
      (other) =>
        other.ended !== undefined &&
        other.ended > run.start &&
        other.ended < run.ended + 40 &&
        other.end?.outputs.conclusion === 'withheld',
    ),
  ),
  'a roll-back holds a run back': (run) => concludes('held')(run) || fails('held')(run),
  'an edit is kept as drift': all(has('drifted'), mode('sync-project')),
  'a preview over a drifted document': all(has('drifted'), isPull),
  'both sides changed a document': has('conflicts'),
  'a conflict ends a run': fails('conflict'),
  'an edit is replaced': lists('replaced'),
  'an older commit is refused in production': (run) =>
    fails('older-commit')(run) || /does not contain commit|lower version/.test(run.end.error?.message ?? ''),
  'an older commit replaces a newer one': all(given('allow-older'), moved),
  'a race is lost': ({ end }) => Number(end.outputs.attempts ?? 0) > 1,
  'others publish while a run goes on': isRaced,
  'an answer to a push is lost': met('lostAnswer'),
  'an answer is lost, then a race': all(met('lostAnswer'), isRaced),
  'a push breaks': met('pushFails'),
  'a fetch of git breaks': met('fetchFails'),
  'GitHub does not answer': met('noAnswer'),
  'GitHub answers from before': met('stale'),
  'a server refuses a push': fails('remote-refused'),
  'a run is killed before its push': ({ end, moves }) => end.killed && moves.length === 0,
  'a run is killed after its push': ({ end, moves }) => end.killed && moves.length > 0,
  'a fork is skipped': all(isPull, concludes('skipped')),
  'production is refused to a pull request': all(isPull, toProduction, fails('refused-by-guard')),
  'a shallow checkout publishes': all(({ request }) => request.depth === 'shallow', moved),
  'a deep checkout publishes': all(({ request }) => request.depth === 'deep', moved),
  'a working tree publishes': all(isDirty, moved),
  'a working tree is refused': all(isDirty, fails('refused-by-guard')),
  'another commit is checked out': ({ request }) =>
    request.trigger.sha !== undefined && request.commit !== request.trigger.sha,
  'an unmerged configuration maps test to production': ownConfiguration(({ test }) => test === 'main'),
  'a promotion releases': all(mode('promote'), toProduction, moved),
  'a promotion passes previews by': all(mode('promote'), lists('previews-not-released')),
  'a promotion leaves an edit': all(mode('promote'), lists('edits-left')),
  'a promotion releases an edit': all(mode('promote'), lists('edits-released'), moved),
  'a promotion leaves what only a stable ref published': all(
    mode('promote'),
    (run) =>
      anyProject((json) => json.skipped === 'stable')(run, undefined as never, 0) ||
      /release line \(published from/.test(run.end.error?.message ?? ''),
  ),
  'test is reset to production': all(
    mode('promote'),
    ({ request }) => request.inputs.from === 'prod' && request.env === 'test',
    moved,
  ),
  'production is rolled back': all(
    mode('promote'),
    ({ request }) => request.inputs.from?.startsWith('prod@') === true,
    moved,
  ),
  'a project is retired': all(mode('retire'), moved, ({ request }) => request.inputs.preview === undefined),
  'a preview is retired': all(mode('retire'), moved, ({ request }) => request.inputs.preview !== undefined),
  'an organization is published': all(mode('sync-org'), moved),
  'a fetch during a publication': all(mode('fetch'), isRaced),
  'a fetch serves copies': all(mode('fetch'), (run) => output(run, 'stale') === 'true'),
  'a document changes beneath a preview': (run) =>
    [...projectsOf(run)].some(([folder, json]) =>
      listOf(json, 'changes')
        .filter(isObject)
        .some(({ path }) => changedBeneath(run, folder, String(path))),
    ),
  'a dry run, then the run': (run, ledger) =>
    sameRunBefore(run, ledger)?.request.dryRun === true && !run.request.dryRun,
  'a run is repeated': (run, ledger) => sameRunBefore(run, ledger)?.request.dryRun === false && !run.request.dryRun,
  'a folder of another repository is refused': fails('not-owner'),
  'documents come back into the checkout': has('pulled'),
  'a project without a configuration publishes': all(
    moved,
    mode('sync-project'),
    ({ request }) => request.inputs['codex-repository'] !== undefined,
  ),
};

const OF_MOVES: Readonly<Record<string, OfMove>> = {
  'a branch preview is published': ofManifests((before, after) =>
    [...after.previews].some(
      ([key, { date }]) => key.startsWith('heads/') && date !== undefined && !before.previews.has(key),
    ),
  ),
  'the base is published beneath a first preview': ofManifests((before, after) =>
    [...after.previews].some(([key, { date }]) => date === undefined && !before.previews.has(key)),
  ),
  'a merged preview ends': ended('merged'),
  'a closed preview ends': ended('closed'),
  'a preview ends without its closed event': (move, ledger) =>
    !isPullEvent(move.run.request.trigger) && (ended('closed')(move, ledger) || ended('merged')(move, ledger)),
  'two previews show one document': ofManifests((_, { previews }) => {
    const paths = [...previews.values()].flatMap(({ documents }) => [...documents.keys()]);
    return new Set(paths).size < paths.length;
  }),
  'a preview hides a published document': ofManifests((_, after) =>
    [...after.documents.keys()].some((path) => isPreviewed(after, path)),
  ),
  'a roll-back leaves a hold': ofManifests((before, after) => before.held === undefined && after.held !== undefined),
  'a hold and a newer release': ofManifests(
    (before, after) => before.held !== undefined && after.held === undefined && after.source.commit !== undefined,
  ),
  'a branch is created': ({ tip }) => tip === undefined,
  'a branch is created again': ({ tip, branch, step }, ledger) =>
    tip === undefined && ledger.branch(branch).moves.some((one) => one.step < step),
  'a stable ref publishes to test': ofManifests((_, { source }) => source.line === 'stable'),
  'the line becomes released': ofManifests(
    (before, after) => before.source.line === 'stable' && after.source.line === 'release',
  ),
};

const OF_STEPS: Readonly<Record<string, OfStep>> = {
  'merged with a head never previewed': (step, ledger) => {
    if (step.kind !== 'pull' || step.state !== 'merged') return false;
    const heads = previewed(ledger, step.number);
    return heads.length > 0 && !heads.includes(step.head);
  },
  'merged without any preview': (step, ledger) =>
    step.kind === 'pull' && step.state === 'merged' && previewed(ledger, step.number).length === 0,
  'a push drops a published commit': (step, ledger) => {
    if (step.kind !== 'branch' || step.by !== 'person' || !step.from || !step.to) return false;
    const project = ledger.project(step.repository);
    if (!project || ledger.contains(project.log, step.to, step.from)) return false;
    return [...ledger.allBranches()].some(([, { tip }]) =>
      [...(tip?.files.values() ?? [])].some((text) => text.includes(step.from ?? '')),
    );
  },
  'the default branch changes': (step) => step.kind === 'settings' && step.defaultBranch !== undefined,
  'a repository is renamed': (step) => step.kind === 'settings' && step.renamedTo !== undefined,
  'a person edits a published document': (step, ledger) =>
    step.kind === 'branch' && step.by === 'person' && step.repository === ledger.codex.name && isEdit(step, ledger),
  'a manifest is damaged': (step, ledger) =>
    step.kind === 'branch' &&
    step.by === 'person' &&
    step.repository === ledger.codex.name &&
    manifestChanges(step, ledger),
};

function isEdit({ from, to }: Step & { readonly kind: 'branch' }, ledger: Ledger): boolean {
  const [before, after] = [ledger.codexCommit(from)?.files, ledger.codexCommit(to)?.files];
  return (
    before !== undefined &&
    after !== undefined &&
    [...before].some(([path, text]) => path.startsWith('projects/') && after.get(path) !== text)
  );
}

function manifestChanges({ from, to }: Step & { readonly kind: 'branch' }, ledger: Ledger): boolean {
  const [before, after] = [ledger.codexCommit(from)?.files, ledger.codexCommit(to)?.files];
  return (
    before !== undefined &&
    after !== undefined &&
    [...before].some(([path, text]) => path.endsWith('.codex-sync.json') && after.get(path) !== text)
  );
}

export const SITUATIONS: readonly string[] = [OF_RUNS, OF_MOVES, OF_STEPS].flatMap((table) => Object.keys(table));

export type Counts = Map<string, number>;

/** So many runs must reach every situation: the rarest ones happen tens of times in them. */
export const LONG_RUN = 100_000;

/** The situations that a simulation of so many runs should have reached; none where it was too short to tell. */
export function neverReached(counts: ReadonlyMap<string, number>, runs: number): string[] {
  return runs < LONG_RUN ? [] : SITUATIONS.filter((name) => (counts.get(name) ?? 0) === 0);
}

/** A few histories that reach all situations together: each time the one that reaches the most of the rest. */
export function coveringHistories(histories: ReadonlyMap<number, ReadonlyMap<string, number>>): {
  readonly seeds: number[];
  readonly unreached: string[];
} {
  const seeds: number[] = [];
  let unreached: string[] = [...SITUATIONS];
  for (;;) {
    const reaches = ([, counts]: readonly [number, ReadonlyMap<string, number>]) =>
      unreached.filter((name) => counts.has(name)).length;
    const [best] = [...histories].sort((one, other) => reaches(other) - reaches(one));
    if (best === undefined || reaches(best) === 0) return { seeds, unreached };
    seeds.push(best[0]);
    unreached = unreached.filter((name) => !best[1].has(name));
  }
}

/** Counts the situations of each moment of a history. */
export function countSituations(counts: Counts, { step, index, move, ledger }: Moment): void {
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  if (step.kind === 'end') {
    const run = ledger.runs.get(step.run);
    if (run?.end && run.ended !== undefined) {
      const found = { ...run, end: run.end, ended: run.ended };
      for (const [name, test] of Object.entries(OF_RUNS)) if (test(found, ledger, index)) add(name);
    }
  }
  if (move?.run)
    for (const [name, test] of Object.entries(OF_MOVES)) if (test({ ...move, run: move.run }, ledger)) add(name);
  if (step.kind !== 'start' && step.kind !== 'end')
    for (const [name, test] of Object.entries(OF_STEPS)) if (test(step, ledger, index)) add(name);
}
