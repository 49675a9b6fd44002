import { CodexSyncError } from '../errors.ts';
import { type CodexFolder, NO_FOLDER } from '../git/codex-folder.ts';
import type { CodexQuestion } from '../github/codex-api.ts';
import { MAX_DOCUMENTS } from '../github/codex-question.ts';
import type { Reference } from '../inputs/references.ts';
import { expectTip, type Foreseen, type FoundCodex, questionAbout } from '../publish/codex.ts';
import { openSnapshot, type Snapshot } from '../publish/snapshot.ts';
import { repositoryName } from '../text/names.ts';
import { nearestPath, printable } from '../text/phrases.ts';
import { inputName, spelled } from '../text/spell-inputs.ts';
import type { DocumentsOrigin } from './cache-index.ts';
import type { FetchRequest } from './request.ts';
import { type Resolution, type ResolvedDocument, resolveReferences } from './resolve.ts';
import type { FetchSession } from './session.ts';

export interface Question {
  readonly origin: DocumentsOrigin;
  readonly references: readonly Reference[];
}

export interface Answer extends Question {
  readonly commit: string;
  readonly documents: ReadonlyMap<string, ResolvedDocument>;
  readonly leftOut: ReadonlyMap<string, string>;
}

export function planQuestions({ codex, organization, environment, references }: FetchRequest): Question[] {
  const byProject = Map.groupBy(references, ({ project }) => project);
  return [...byProject].map(([project, asked]) => ({
    origin: { codex, organization, project, environment: environment.name, branch: environment.branch },
    references: asked,
  }));
}

/** What a fetch asks about the codex before it begins. */
export function fetchQuestion(request: FetchRequest): CodexQuestion {
  return questionAbout(request.environment, foresee(planQuestions(request)));
}

/** Few documents that are named by path come by themselves. Otherwise the folder has to tell which ones there are. */
export function foresee(questions: readonly Question[]): Required<Pick<Foreseen, 'projects' | 'documents'>> {
  const projects: string[] = [];
  const documents: [project: string, path: string][] = [];
  for (const { origin, references } of questions) {
    const isFew = documents.length + references.length <= MAX_DOCUMENTS;
    if (isFew && references.every(({ glob }) => !glob))
      documents.push(...references.map(({ path }): [string, string] => [origin.project, path]));
    else projects.push(origin.project);
  }
  return { projects, documents };
}

/** @throws CodexSyncError `not-found` with every unresolved reference, `remote-failed` if the codex is unreachable */
export async function askCodex(
  request: FetchRequest,
  questions: readonly Question[],
  { codex: repository, tip: found }: Pick<FoundCodex, 'codex' | 'tip'>,
  session: FetchSession,
): Promise<Answer[]> {
  const { environment } = request;
  const tip = expectTip(environment, repository, found, 'fetch from another environment');
  const snapshot = openSnapshot(tip, session);
  const held = new Map<Question, Resolution>();
  for (const question of questions) {
    const resolution = await resolveHeld(question, snapshot, session);
    if (resolution) held.set(question, resolution);
  }
  const names = questions.filter((question) => !held.has(question)).map(({ origin }) => origin.project);
  const folders = names.length > 0 ? await snapshot.folders(names) : new Map<string, CodexFolder>();
  const missing: string[] = [];
  const answers: Answer[] = [];
  for (const question of questions) {
    const { origin, references } = question;
    const folder = folders.get(origin.project) ?? NO_FOLDER;
    const listed = new Map([...folder.entries].map(([path, { document }]) => [path, document]));
    const resolution = held.get(question) ?? resolveReferences(references, listed, session.rules);
    answers.push({ origin, references, commit: tip.commit, ...resolution });
    if (resolution.missing.length === 0) continue;
    const hint = await createHint(snapshot, folder, origin, resolution.leftOut);
    missing.push(...resolution.missing.map((reference) => `${printable(reference.text)}${hint(reference)}`));
  }
  if (missing.length === 0) return answers;
  throw new CodexSyncError(
    'not-found',
    `Not in ${repository.fullName}, environment ${environment.name} (branch ${printable(environment.branch)}): ` +
      `${missing.join('; ')}.`,
    `Correct ${placeOf(request, missing.length)}, or publish the documents there first.`,
  );
}

/** References to paths, each of which came with GitHub's answer, need no list of the folder; `undefined` for others. */
async function resolveHeld(
  { origin, references }: Question,
  snapshot: Snapshot,
  { rules }: FetchSession,
): Promise<Resolution | undefined> {
  const paths = references.map(({ path }) => path);
  const held = await snapshot.tryHeldDocuments(origin.project, paths);
  const resolution = held && resolveReferences(references, held, rules);
  return resolution?.missing.length === 0 ? resolution : undefined;
}

/** Where the references are. */
function placeOf({ listedIn }: FetchRequest, number: number): string {
  if (listedIn !== undefined) return printable(listedIn, 200);
  return spelled({ workflow: inputName('references'), terminal: number === 1 ? 'the reference' : 'the references' });
}

/** Explains an unresolved reference: it names no document, or resembles another path or project. */
async function createHint(
  snapshot: Snapshot,
  folder: CodexFolder,
  { project, codex }: DocumentsOrigin,
  leftOut: ReadonlyMap<string, string>,
) {
  const paths = [...folder.entries].filter(([, { document }]) => document).map(([path]) => path);
  const projects = folder.tree === undefined ? await snapshot.names() : [];
  return ({ path, glob }: Reference): string => {
    if (folder.tree === undefined) {
      // References can name the codex itself, but its documents need publishing like those of any project.
      if (project.toLowerCase() === repositoryName(codex).toLowerCase()) {
        return ` (no project ${project}: the codex's own documents are in projects/${project} once its repository publishes them)`;
      }
      const other = nearestPath(project, projects);
      return ` (no project ${project}${other ? `; did you mean ${printable(other)}?` : ''})`;
    }
    const problem = leftOut.get(path);
    if (problem) return ` (${problem})`;
    if (glob) return ' (no document matches)';
    const other = nearestPath(path, paths);
    return other ? ` (did you mean ${printable(other)}?)` : '';
  };
}
