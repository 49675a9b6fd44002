import type { Step, Visibility } from '../log.ts';
import { DEFAULT_BRANCHES, settingsOf } from './configuration.ts';
import { branchIn, fileAt, isPullEvent, type Ledger, type Move, manifestAt, type RunFacts } from './ledger.ts';
import { MANIFEST, type ManifestFacts } from './manifests.ts';
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
  resultOf,
  sameRunBefore,
} from './promises-of-reports.ts';

type OfRun = (run: EndedRun, ledger: Ledger, index: number) => boolean;
type RunMove = Move & { readonly run: RunFacts };
type OfMove = (move: RunMove, ledger: Ledger) => boolean;
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
    ledger.faultsOf(run).some((one) => one.fault === fault);
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

/** The steps at which others moved the branch while a run went on. */
const othersMove = (run: EndedRun, ledger: Ledger): number[] =>
  ledger
    .branch(run.request.branch)
    .moves.map(({ step }) => step)
    .filter((step) => step > run.start && step < run.ended && !run.moves.some((own) => own.step === step));
const isOfRun = (ledger: Ledger) => (index: number) => {
  const step = ledger.steps[index];
  return step?.kind === 'branch' && step.by !== 'person';
};
const count = ({ outputs }: EndedRun['end'], name: string) => Number(outputs[name] ?? 0);
const isRollBack = ({ request }: EndedRun): boolean => request.inputs.from?.startsWith('prod@') === true;

/** What the codex's own configuration was while a run went on. */
const rulesOf = (run: EndedRun, ledger: Ledger) => ledger.rulesWithin(ledger.readsFrom(run), run.ended);
const isListed = (run: EndedRun, ledger: Ledger): boolean =>
  rulesOf(run, ledger).some(
    ({ projects, isClosed }) => isClosed || run.request.projects.some((folder) => projects.has(folder.toLowerCase())),
  );
/** By the guard of visibility: others end with the same code. */
const isRefused: OfRun = ({ end }) => /visible to more people/.test(end.error?.message ?? '');
/** Who saw codex and project all the time that a run went on. */
const sees =
  (codex: Visibility, test: (project: Visibility) => boolean): OfRun =>
  (run, ledger) =>
    ledger.codexVisibility.within(run.start, run.ended).every((one) => one === codex) &&
    ledger.project(run.request.repository)?.visibility.within(run.start, run.ended).every(test) === true;
/** GitHub answered late about something whose name is so. */
const metAbout = (run: EndedRun, ledger: Ledger, isMeant: (about: string) => boolean): boolean =>
  ledger.faultsOf(run).some(({ about }) => about !== undefined && isMeant(about));

/** What happens to the manifests of the moves of a run. */
const changesManifest =
  (test: (before: ManifestFacts, after: ManifestFacts) => boolean): OfRun =>
  ({ moves }, ledger) =>
    moves.some((move) => move.tip !== undefined && ofManifests(test)(move as RunMove, ledger));
const hasNewDocuments = (before: ManifestFacts, after: ManifestFacts) =>
  [...after.documents].some(([path, id]) => before.documents.get(path) !== id) ||
  [...before.documents.keys()].some((path) => !after.documents.has(path));
const hasNewPreview = (before: ManifestFacts, after: ManifestFacts) =>
  [...after.previews].some(
    ([key, { date, commit }]) => date !== undefined && before.previews.get(key)?.commit !== commit,
  );
const isOlder = ({ source: before }: ManifestFacts, { source: after }: ManifestFacts, ledger: Ledger): boolean => {
  const [newer, older] = [before.commit, after.commit];
  if (newer === undefined || older === undefined || newer === older) return false;
  return [...ledger.projects.values()].some(({ log }) => log.commits.has(newer) && ledger.contains(log, newer, older));
};

/** Whether the run that published a folder of a branch last withheld deletions. */
function waitsForDeletions(folder: string, ledger: Ledger, branch: string): boolean {
  const { moves } = ledger.branch(branch);
  const last = moves.findLast(({ to }, index) => {
    const before = moves[index - 1]?.to;
    return fileAt(to, folder, MANIFEST) !== fileAt(before, folder, MANIFEST);
  });
  const publisher = [...ledger.runs.values()].find((run) => run.moves.some(({ step }) => step === last?.step));
  return publisher?.end !== undefined && count(publisher.end, 'deletions-withheld') > 0;
}

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
  'documents are published': all(mode('sync-project'), changesManifest(hasNewDocuments)),
  'a preview is published': all(isPull, changesManifest(hasNewPreview)),
  'a preview beside a person at a terminal': all(atTerminal, hasPreviews),
  'production takes a tag': all(mode('sync-project'), toProduction, isTag, moved),
  'a run is superseded': concludes('superseded'),
  'deletions are withheld': concludes('withheld'),
  'withheld while a preview is open': all(concludes('withheld'), hasPreviews),
  'superseded while deletions are withheld': all(concludes('superseded'), ({ request }, ledger) =>
    request.projects.some((folder) => waitsForDeletions(folder, ledger, request.branch)),
  ),
  'a roll-back holds a run back': (run) => concludes('held')(run) || fails('held')(run),
  'an edit is kept as drift': all(mode('sync-project'), ({ end }) => count(end, 'drifted') > count(end, 'conflicts')),
  'a preview over a drifted document': all(has('drifted'), isPull),
  'both sides changed a document': has('conflicts'),
  'a conflict ends a run': fails('conflict'),
  'an edit is replaced': lists('replaced'),
  'an older commit is refused in production': (run) =>
    fails('older-commit')(run) || /does not contain commit|lower version/.test(run.end.error?.message ?? ''),
  'an older commit replaces a newer one': all(given('allow-older'), ({ moves }, ledger) =>
    moves.some((move) => ofManifests((before, after) => isOlder(before, after, ledger))(move as RunMove, ledger)),
  ),
  'a race is lost': (run, ledger) => count(run.end, 'attempts') > 1 && ledger.faultsOf(run).length === 0,
  'others publish while a run goes on': (run, ledger) => othersMove(run, ledger).some(isOfRun(ledger)),
  'an answer to a push is lost': met('lostAnswer'),
  'an answer is lost, then a race': (run, ledger) =>
    othersMove(run, ledger).some((index) =>
      ledger.steps
        .slice(run.start, index)
        .some((step) => step.kind === 'fault' && step.run === run.request.run && step.fault === 'lostAnswer'),
    ),
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
  'a working tree publishes': all(isDirty, ({ moves, request: { dirty } }) =>
    moves.some(({ folders }) =>
      [...folders.values()].flat().some(({ path, after }) => after !== undefined && dirty?.get(path) === after),
    ),
  ),
  'a working tree is refused': all(fails('refused-by-guard'), ({ end, request: { dirty } }) =>
    [...(dirty?.keys() ?? [])].some((path) => end.error?.message.includes(path)),
  ),
  'another commit is checked out': ({ request }) =>
    request.trigger.sha !== undefined && request.commit !== request.trigger.sha,
  'an unmerged configuration maps test to production': ownConfiguration(({ test }) => test === 'main'),
  'a promotion releases': all(mode('promote'), toProduction, moved, (run) => !isRollBack(run)),
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
  'production is rolled back': all(mode('promote'), isRollBack, moved),
  'a project is retired': all(mode('retire'), moved, ({ request }) => request.inputs.preview === undefined),
  'a preview is retired': all(mode('retire'), moved, ({ request }) => request.inputs.preview !== undefined),
  'an organization is published': all(mode('sync-org'), moved),
  'a fetch during a publication': all(mode('fetch'), (run, ledger) => othersMove(run, ledger).some(isOfRun(ledger))),
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
  'a folder of another repository is refused': all(fails('not-owner'), (run, ledger) => !isListed(run, ledger)),
  'a list of the codex refuses a repository': all(fails('not-owner'), isListed),
  'the codex maps an environment to another branch than by default': all(moved, (run, ledger) =>
    rulesOf(run, ledger).every(({ branches }) => {
      const branch = branches?.[run.request.env];
      return branch !== undefined && branch !== DEFAULT_BRANCHES[run.request.env];
    }),
  ),
  'the codex maps test to production': all(
    moved,
    ({ request }, ledger) => request.env === 'test' && ledger.isProduction(request.branch),
  ),
  'an environment becomes another branch while a run goes on': (run, ledger) =>
    new Set(rulesOf(run, ledger).map(({ branches }) => branches?.[run.request.env] ?? run.ownBranch)).size > 1,
  'a fetch reads the branch that the codex names': all(
    mode('fetch'),
    ({ request: { env, branch }, end }) => branch !== DEFAULT_BRANCHES[env] && (end.fetched?.size ?? 0) > 0,
  ),
  'codex and project map an environment differently': all(fails('bad-config'), (run, ledger) =>
    rulesOf(run, ledger).some(({ branches }) => {
      const written = branchIn(ledger.project(run.request.repository)?.settings.branches, run.request.env);
      return branches !== undefined && written !== undefined && branches[run.request.env] !== written;
    }),
  ),
  'a codex on a branch that is not its production refuses all': all(fails('bad-config'), (run, ledger) =>
    rulesOf(run, ledger).some(({ branches }) => branches !== undefined && branches.prod !== ledger.codexDefault),
  ),
  'an internal codex takes a public or internal project': all(
    moved,
    sees('internal', (visibility) => visibility !== 'private'),
  ),
  'an internal codex refuses a private project': all(
    isRefused,
    sees('internal', (visibility) => visibility === 'private'),
  ),
  'a public codex refuses an internal project': all(
    isRefused,
    sees('public', (visibility) => visibility === 'internal'),
  ),
  'a project of unknown visibility is refused': all(
    isRefused,
    met('noAnswer'),
    ({ request }) => request.trigger.visibility === undefined,
    sees('internal', () => true),
  ),
  'a promotion reads its source from before': all(mode('promote'), (run, ledger) => {
    const { name } = ledger.codex;
    const others = [run.request.branch, ledger.codexDefault].map((branch) => `${name} ${branch}`);
    return metAbout(run, ledger, (about) => about.startsWith(`${name} `) && !others.includes(about));
  }),
  "GitHub answers about a project's branch from before": (run, ledger) =>
    metAbout(run, ledger, (about) => about.startsWith(`${run.request.repository} `) && !about.includes(' #')),
  "GitHub answers about the codex's own configuration from before": (run, ledger) =>
    rulesOf(run, ledger).length > 1 &&
    metAbout(run, ledger, (about) => about === `${ledger.codex.name} ${ledger.codexDefault}`),
  'documents come back into the checkout': all(has('pulled'), ({ request }) => !request.dryRun),
  'a pull leaves text in no commit': (run) =>
    listOf(resultOf(run), 'not-pulled').some(
      (one) =>
        isObject(one) && [...(run.request.dirty?.keys() ?? []), ...(run.request.gone ?? [])].includes(String(one.path)),
    ),
  'a pull writes beside text in no commit': all(isDirty, ({ end }) => (end.wrote?.size ?? 0) > 0),
  'a project without a configuration publishes': all(
    moved,
    mode('sync-project'),
    ({ request, wasUnconfigured }, ledger) =>
      wasUnconfigured &&
      settingsOf(ledger.project(request.repository)?.commit(request.commit)?.files) === settingsOf(undefined),
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
  'a hold and a newer release': (move, ledger) =>
    move.run.request.inputs['release-hold']?.toLowerCase() !== 'true' &&
    ofManifests(
      (before, after) =>
        before.held !== undefined &&
        after.held === undefined &&
        !isOlder(before, after, ledger) &&
        hasNewDocuments(before, after),
    )(move, ledger),
  'a branch is created': ({ tip }) => tip === undefined,
  'a branch is created again': ({ tip, branch, step }, ledger) =>
    tip === undefined && ledger.branch(branch).moves.some((one) => one.step < step),
  'a stable ref publishes to test': (move, ledger) =>
    move.run.request.mode === 'sync-project' &&
    move.run.request.env === 'test' &&
    ofManifests((before, after) => after.source.line === 'stable' && after.source.commit !== before.source.commit)(
      move,
      ledger,
    ),
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
    [...before].some(([full, text]) => {
      const [, folder = '', path = ''] = /^projects\/([^/]+)\/(.+)$/s.exec(full) ?? [];
      return after.get(full) !== text && manifestAt(ledger.codexCommit(from), folder).documents.has(path);
    })
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
