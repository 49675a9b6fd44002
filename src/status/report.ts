import { previewJson, previewLabel } from '../codex/overlay.ts';
import type { SourceEnvironment } from '../inputs/environment.ts';
import { heldJson } from '../report/changes.ts';
import { environmentLine, renderBanner } from '../report/log.ts';
import { listTexts, type Report, type Row } from '../report/model.ts';
import { type Outputs, renderOutputs } from '../report/outputs.ts';
import { MAX_LIST_BYTES, urlPath } from '../report/summary.ts';
import { isDate } from '../text/bytes.ts';
import { isRepository, repositoryName } from '../text/names.ts';
import { count, nameSome, printable, SHORT_ID, span } from '../text/phrases.ts';
import { tokenPhrase } from '../text/spell-inputs.ts';
import {
  MAX_ASKED,
  PROJECT_STATES,
  type ProjectState,
  type ProjectStatus,
  type SourceState,
  sourceRepository,
} from './plan.ts';
import type { StatusRequest } from './request.ts';

/** An environment, or one as it was at a commit: `test`, `prod@0123456789ab`. */
export function environmentLabel({ environment, commit }: SourceEnvironment): string {
  return commit === undefined ? environment.name : `${environment.name}@${commit.slice(0, SHORT_ID)}`;
}

function stateLabels({ from, environment }: StatusRequest): Record<ProjectState, string> {
  return {
    waiting: 'waiting',
    'only-in-from': `only in ${environmentLabel(from)}`,
    older: `older than ${environment.name}`,
    problem: 'cannot be compared',
    'only-in-env': `only in ${environment.name}`,
    edited: `edited in ${environment.name}`,
    unpublished: 'nothing published',
    'in-step': 'in step',
  };
}

function statusSentence({ request, projects }: StatusResult): string {
  const pair = `${environmentLabel(request.from)} and ${request.environment.name}`;
  if (projects.length === 0) return `${pair} have no projects.`;
  const differing = projects.filter(({ state }) => state !== 'in-step');
  if (differing.length === 0) return `${pair} are in step: ${count(projects.length, 'project')}.`;
  const labels = stateLabels(request);
  const parts = PROJECT_STATES.flatMap((state) => {
    const those = projects.filter((one) => one.state === state);
    if (those.length === 0) return [];
    const counts = totalPhrase(those);
    return [`${those.length} ${labels[state]}${counts && ` (${counts})`}`];
  });
  const verb = differing.length === 1 ? 'differs' : 'differ';
  return `${differing.length} of ${count(projects.length, 'project')} ${verb} between ${pair}: ${parts.join(', ')}.`;
}

/** `2 added, 1 deleted`; empty if nothing would move. */
function totalPhrase(statuses: readonly ProjectStatus[]): string {
  const total = (what: 'added' | 'modified' | 'deleted') => statuses.reduce((sum, { counts }) => sum + counts[what], 0);
  const actions = ['added', 'modified', 'deleted'] as const;
  return actions.flatMap((what) => (total(what) > 0 ? [`${total(what)} ${what}`] : [])).join(', ');
}

function warningSentences({ projects, warnings }: StatusResult): string[] {
  const broken = projects.filter(({ state }) => state === 'problem').map(({ project }) => project);
  if (broken.length === 0) return [...warnings];
  return [
    ...warnings,
    `${count(broken.length, 'project')} cannot be compared: ${nameSome(broken)}. The table gives the reason; their documents are not counted.`,
  ];
}

const WAITING: readonly ProjectState[] = ['waiting', 'only-in-from', 'older'];

/** The start of a project's wait: the date of its last published source commit, and the time since then. */
function sincePhrase({ state, source }: ProjectStatus, now: Date): string {
  if (!WAITING.includes(state) || source?.date === undefined || !isDate(source.date)) return '';
  const seconds = (now.getTime() - Date.parse(source.date)) / 1000;
  const ago = seconds < 0 ? '' : ` (${span(seconds)})`;
  return `${source.date.slice(0, 16).replace('T', ' ')}${ago}`;
}

/** Further notes about a project, for the last column. */
function statusNotes(status: ProjectStatus, result: StatusResult): string[] {
  const { state, drifted, conflicts, skipped, previews, envSource, problem, editsLeft } = status;
  const { name: env } = result.request.environment;
  const from = environmentLabel(result.request.from);
  const numbers = previews.map(previewLabel).join(', ');
  const newer = state === 'older' && envSource?.commit ? envSource.commit.slice(0, SHORT_ID) : undefined;
  return [
    problem === undefined ? undefined : printable(problem),
    newer &&
      `${env} has commit ${newer}${envSource?.date && isDate(envSource.date) ? ` of ${envSource.date.slice(0, 10)}` : ''}`,
    drifted > 0 ? `${count(drifted, 'document')} edited in ${env}` : undefined,
    conflicts > 0 ? `${conflicts} of them changed on both sides` : undefined,
    lineNote(status, result),
    heldNote(status, result),
    editsLeft > 0 ? `${count(editsLeft, 'document')} edited in ${from}, not to be released` : undefined,
    skipped > 0 ? `${count(skipped, 'path')} skipped` : undefined,
    previews.length > 0 ? `${previews.length === 1 ? 'preview' : 'previews'} open: ${numbers}` : undefined,
    sourceNote(status, result),
  ].filter((note) => note !== undefined);
}

/** Notes that production does not accept a project, because it was not all published from the release line. */
function lineNote({ line, source }: ProjectStatus, { request }: StatusResult): string | undefined {
  const { from, environment } = request;
  if (line !== 'stable' || !environment.production || from.environment.branch === environment.branch) return undefined;
  const ref = source?.ref === undefined ? 'an unknown ref' : printable(source.ref);
  return `published from ${ref}, not all from the release line: ${environment.name} does not accept it`;
}

function heldNote({ held }: ProjectStatus, { request }: StatusResult): string | undefined {
  if (held === undefined) return undefined;
  const { commit, ref, since, reason } = held;
  const of = `${commit.slice(0, SHORT_ID)}${ref === undefined ? '' : ` (${printable(ref)})`}`;
  const day = isDate(since) ? ` since ${since.slice(0, 10)}` : '';
  return `a roll-back of ${request.environment.name} holds back ${of}${day}${reason === undefined ? '' : `: ${printable(reason)}`}`;
}

/** Whether the token sees no source repository. The cause is then the token, not the repositories. */
function seesNone({ sources }: StatusResult): boolean {
  const reported = [...sources.values()].filter((state) => state !== 'unknown');
  return reported.length > 1 && reported.every((state) => state === 'not-found');
}

const SOURCE_NOTES: Partial<Record<SourceState, string>> = {
  archived: 'is archived',
  renamed: 'was renamed or moved',
  'not-found': 'not found',
};

function sourceNote(status: ProjectStatus, result: StatusResult): string | undefined {
  const repository = sourceRepository(status);
  const note = SOURCE_NOTES[sourceStateOf(status, result) ?? 'there'];
  if (repository === undefined || note === undefined || seesNone(result)) return undefined;
  const own = `${result.request.organization}/`.toLowerCase();
  const name = repository.toLowerCase().startsWith(own) ? repositoryName(repository) : repository;
  return name === status.project ? `repository ${note}` : `repository ${name} ${note}`;
}

/** Unknown facts about the source repositories, with reasons. */
function sourceSentences(result: StatusResult): string[] {
  const { sources, projects } = result;
  const number = (state: SourceState) => [...sources.values()].filter((one) => one === state).length;
  const [missing, unknown] = [number('not-found'), number('unknown')];
  const repositories = (some: number) => count(some, 'source repository', 'source repositories');
  const sentences: string[] = [];
  if (seesNone(result)) {
    sentences.push(
      `The ${tokenPhrase('token')} sees none of the ${repositories(missing)}, so it is unknown which are deleted or archived. Give it "metadata: read" on them.`,
    );
  } else if (missing > 0) {
    sentences.push(
      `${repositories(missing)} not found: deleted, or hidden from the ${tokenPhrase('token')} ("metadata: read").`,
    );
  }
  if (unknown > 0) {
    sentences.push(
      `The state of ${repositories(unknown)} is unknown: a run asks about at most ${MAX_ASKED}, and stops when GitHub does not answer.`,
    );
  }
  if (projects.some(({ state }) => state === 'in-step')) {
    sentences.push('Source repositories of projects without differences are not checked.');
  }
  return sentences;
}

/** The result of a run of `status`, as plain data. */
export interface StatusResult {
  readonly request: StatusRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  /** The commits of the codex that were compared. */
  readonly from: string;
  readonly env: string;
  /** Waiting projects come first. */
  readonly projects: readonly ProjectStatus[];
  /** Source repositories of the projects that differ, in lower case. */
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly now: Date;
  readonly warnings: readonly string[];
}

/** State of a project's source repository; `undefined` for an up-to-date project, whose repository is not checked. */
function sourceStateOf(status: ProjectStatus, { sources }: StatusResult): SourceState | undefined {
  const repository = sourceRepository(status);
  return repository === undefined ? undefined : sources.get(repository.toLowerCase());
}

/** The outputs of the action (design section 3.2). */
export function renderStatusOutputs(result: StatusResult): Outputs {
  const { name, branch } = result.request.environment;
  const projects = result.projects.map((status) => {
    const { project, state, counts, source, envSource, drifted, conflicts, skipped, previews, problem } = status;
    const { line, held, editsLeft } = status;
    // An up-to-date project is not read, so it has no further values.
    if (state === 'in-step' && !source) return { project, state };
    return {
      project,
      state,
      ...counts,
      since: source?.date,
      commit: source?.commit,
      ref: source?.ref,
      line,
      'env-commit': envSource?.commit,
      drifted,
      conflicts,
      'left-alone': skipped,
      'edits-left': editsLeft,
      held: held && heldJson(held),
      previews: previews.map(previewJson),
      repository: (source ?? envSource)?.repository,
      'repository-state': sourceStateOf(status, result),
      problem,
    };
  });
  return renderOutputs('listed', { env: name, branch }, { projects, warnings: warningSentences(result) });
}

const COLUMNS = ['Project', 'State', 'Added', 'Modified', 'Deleted', 'Commit of', 'Commit', 'Notes'];

/** A row for each project that differs, the names of the others, and unknown facts about their repositories. */
export function reportStatus(result: StatusResult): Report {
  const { request, projects } = result;
  const isQuiet = (one: ProjectStatus) => one.state === 'in-step' && statusNotes(one, result).length === 0;
  const reported = projects.filter((one) => !isQuiet(one));
  const quiet = projects.filter(isQuiet).map(({ project }) => project);
  const differences = {
    title: 'Differences and open previews',
    columns: COLUMNS,
    numeric: ['Added', 'Modified', 'Deleted'],
    rows: reported.map((status) => projectRow(status, result, reported.length <= MAX_LINKED)),
    limit: MAX_PROJECT_BYTES,
  };
  const inStepList = { title: 'In step', rows: listTexts(quiet) };
  const notes = sourceSentences(result);
  const url = compareUrl(result);
  return {
    name: 'Status',
    icon: '✅',
    headingIcon: '📊',
    heading: `changes waiting for ${request.environment.name}`,
    conclusion: statusSentence(result),
    log: [`Compare: ${url}`, differences, inStepList, ...notes],
    overview: [{ text: 'Compare the branches', url }],
    warnings: warningSentences(result),
    sections: [differences, inStepList, { rows: listTexts(notes) }],
  };
}

/** The table should name every project: the other list and the warnings leave this much of GitHub's 1 MB. */
const MAX_PROJECT_BYTES = 2.5 * MAX_LIST_BYTES;
/** Links fill three quarters of a row: at most this number of rows with links fits. */
const MAX_LINKED = 1000;

function projectRow(status: ProjectStatus, result: StatusResult, linked: boolean): Row {
  const { request, codex, now } = result;
  const { project, state, counts, source } = status;
  const { serverUrl } = request.trigger;
  const at = state === 'only-in-env' ? result.env : result.from;
  const folder = `${serverUrl}/${codex}/tree/${at}/projects/${urlPath(project)}`;
  const commit = source?.commit?.slice(0, SHORT_ID) ?? '';
  const isOnGitHub = source?.commit !== undefined && isRepository(source.repository);
  const numbers = [counts.added, counts.modified, counts.deleted];
  return {
    cells: [
      linked ? { text: project, url: folder } : project,
      stateLabels(request)[state],
      ...numbers.map((number) => (number === 0 ? '' : `${number}`)),
      { own: sincePhrase(status, now) },
      linked && isOnGitHub
        ? { text: commit, url: `${serverUrl}/${source.repository}/commit/${source.commit}` }
        : commit,
      statusNotes(status, result).join('; '),
    ],
  };
}

/** Two dots compare the commits; three dots compare with the merge base, and would show nothing of a roll-back. */
function compareUrl({ request, codex, from, env }: StatusResult): string {
  return `${request.trigger.serverUrl}/${codex}/compare/${env}..${from}`;
}

/** The opening lines of the log. */
export function renderStatusBanner({ codex, organization, from, environment }: StatusRequest): string[] {
  return renderBanner('Status', [
    `Organization: ${organization}`,
    `Codex: ${repositoryName(codex)}`,
    `${environmentLine(from.environment, 'From')}${from.commit === undefined ? '' : ` at ${from.commit}`}`,
    environmentLine(environment),
  ]);
}
