import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { type CodexFolder, EMPTY_TREE, NO_FOLDER } from '../git/codex-folder.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { Change } from '../plan/changes.ts';
import { chooseProjects, listUnmatched } from '../plan/chosen-projects.ts';
import { asksForOrder, checkOrder, planPromotion } from '../plan/promotion.ts';
import { planManifest } from '../plan/publication.ts';
import { nearestPath } from '../plan/resolution.ts';
import { outcome, type ProjectOutcome, type ReleaseSource } from '../report/release.ts';
import { checkProjectName } from '../request/names.ts';
import { printable } from '../request/printable.ts';
import { type PromoteRequest, subjectOf } from '../request/release.ts';
import { type ProjectPublication, type Publication, publicationOf } from './publication.ts';
import { listTips } from './read-folders.ts';
import { readFoldersAt } from './read-projects.ts';
import { publishedAmong } from './read-published.ts';
import { createSourceRelationReader } from './read-run.ts';
import { readSource } from './read-tip.ts';
import { bringBeneath, readReturning } from './returning.ts';
import type { PublishingWorld } from './world.ts';

/** What a promotion would do on one tip of the codex. */
export interface PromotionDraft {
  readonly from: ReleaseSource;
  readonly projects: readonly ProjectOutcome[];
  readonly publication: Publication | undefined;
}

/** A project on both sides, with the texts of all manifests by their ids. */
interface Sides {
  readonly project: string;
  readonly from: ReleaseSource;
  readonly there: CodexFolder;
  readonly here: CodexFolder;
  readonly texts: ReadonlyMap<string, string>;
  /** Names of all projects of the source. */
  readonly listed: readonly string[];
}

/** What is wrong with one project, and no reason to stop for the others. */
const OF_ONE_PROJECT: readonly ErrorCode[] = [
  'conflict',
  'newer-manifest',
  'not-found',
  'not-owner',
  'nothing-selected',
  'older-commit',
];

/** After so many drafts the source moves as fast as a run can look at it. */
const MOST_MOVES = 3;

/** Drafts a promotion on the tip that it is given, as often as the run loses a race. */
export function createPromoter(
  request: PromoteRequest,
  codex: CodexRepository,
  world: PublishingWorld,
): (tip: BranchTip | undefined) => Promise<PromotionDraft> {
  const draftProject = createProjectDrafter(request, world);
  const { environment } = request.from;
  let drafts = 0;

  return async (tip) => {
    const { tree, ...source } = await readSource(
      request.from,
      codex,
      await world.codexApi.readBranch(environment.branch),
      world.codexApi,
    );
    const from = { environment: environment.name, branch: environment.branch, ...source };
    const tips = await listTips([{ tree, commit: from.commit }, tip ?? { tree: EMPTY_TREE }], world);
    const listed = [...(tips[0]?.list.trees.keys() ?? [])].filter((name) => checkProjectName(name) === undefined);
    const { folders, texts } = await readFoldersAt(tips, chooseProjects(request.projects, listed), world);
    const [there, here] = folders;
    // What stands in the place of a manifest is no reason to pass the project over without a word.
    const isPublished = ({ manifest, problem }: CodexFolder) => manifest !== undefined || problem !== undefined;
    const found = [...(there ?? [])].filter(([name, folder]) => request.projects.includes(name) || isPublished(folder));
    const names = found.map(([name]) => name);

    const projects = listUnmatched(request.projects, names).map((glob) =>
      outcome(glob, {
        error: `Input "project" has "${printable(glob, 100)}", which matches no project with a manifest in ${from.environment} (branch ${printable(from.branch)}).`,
      }),
    );
    const publications: ProjectPublication[] = [];
    for (const project of names) {
      const sides = { from, there: there?.get(project) ?? NO_FOLDER, here: here?.get(project) ?? NO_FOLDER };
      const one = await draftProject({ ...sides, project, texts, listed }).catch((error: unknown) =>
        failed(project, error),
      );
      projects.push(one.outcome);
      if (one.publication) publications.push(one.publication);
    }
    // A push takes a blob for known that stands on a tip which server and store both have. While the source moves on all the
    // time, its blobs are brought along instead.
    const isKnown = from.isTip && drafts++ < MOST_MOVES;
    const held = [...(here?.values() ?? []), ...(isKnown ? (there?.values() ?? []) : [])].flatMap(blobsOf);
    const blobs = missingBlobs(publications, new Set(held));
    const publication = { projects: publications, tips: isKnown ? [from.commit] : [], blobs };
    return { from, projects, publication: publications.length > 0 ? publication : undefined };
  };
}

/** Plans one project; what is asked of GitHub is asked once, however often a run plans. */
function createProjectDrafter(request: PromoteRequest, world: PublishingWorld) {
  const { environment, onConflict, threshold, allowEmpty, allowOlder } = request;
  const readRelation = createSourceRelationReader(world.projectApiOf);

  return async (sides: Sides) => {
    const { project, from, there, here, texts } = sides;
    checkFolder(sides);
    const [mine, theirs] = [publishedAmong(there, texts, project), publishedAmong(here, texts, project)];
    const { source } = mine.manifest;
    if (!source) throw new CodexSyncError('not-found', `In ${from.environment} ${mine.warning}`);

    const promotion = planPromotion({
      project,
      from: { ...from, manifest: mine.manifest, entries: there.entries },
      to: {
        environment: environment.name,
        branch: environment.branch,
        manifest: theirs.manifest,
        entries: here.entries,
      },
      onConflict,
      threshold,
      allowEmpty,
    });
    const { layered, beneath } = promotion;
    const next = planManifest(theirs.manifest, layered.layers, source, undefined);
    const about = { project, folder: here, subject: subjectOf(request, project), source };
    const planned = publicationOf(about, theirs.manifest, next, layered);
    const published = theirs.manifest.source;
    if (planned && environment.production && asksForOrder(published, source, allowOlder)) {
      checkOrder(await readRelation(published, source), published, source);
    }
    const isCovered = ({ path, document }: Change) => document !== undefined && beneath.has(path);
    const covered = request.dryRun ? [] : layered.plan.changes.filter(isCovered);
    await bringBeneath(covered, from.environment, world);
    const returning = await readReturning(covered, from.commit, project, world);
    const steps = planned?.steps.map(({ changes, manifest }) => ({
      changes: changes.map((change) => returning.get(change.path) ?? change),
      manifest,
    }));
    return {
      publication: planned && steps && { ...planned, steps },
      outcome: outcome(project, {
        plan: layered.plan,
        changes: planned !== undefined,
        source,
        published,
        hidden: layered.hidden,
        released: promotion.released,
        beneath,
        previews: [...mine.manifest.previews.keys()],
        leftAlone: promotion.leftAlone,
        warnings: theirs.warning === undefined ? [] : [theirs.warning],
      }),
    };
  };
}

/** @throws CodexSyncError where there is nothing that could be promoted, or no place for it */
function checkFolder({ project, from, there, here, listed }: Sides): void {
  const problem = there.problem ?? here.problem;
  if (problem !== undefined) throw new CodexSyncError('conflict', problem);
  if (there.manifest !== undefined) return;
  const other = nearestPath(project, listed);
  const meant = other !== undefined && other !== project ? ` Did you mean ${other}?` : '';
  throw new CodexSyncError(
    'not-found',
    `projects/${project} has no manifest in ${from.environment} (branch ${printable(from.branch)}${from.isTip ? '' : ` at commit ${from.commit}`}): nothing was published there.${meant} ` +
      'Publish it there first, or correct the input "project".',
  );
}

function failed(project: string, error: unknown): { outcome: ProjectOutcome; publication: undefined } {
  if (!(error instanceof CodexSyncError) || !OF_ONE_PROJECT.includes(error.code)) throw error;
  return { outcome: outcome(project, { error: error.message }), publication: undefined };
}

function blobsOf({ entries }: CodexFolder): string[] {
  return [...entries.values()].flatMap(({ document }) => (document ? [document.id] : []));
}

function missingBlobs(publications: readonly ProjectPublication[], held: ReadonlySet<string>): string[] {
  const documents = publications.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes));
  const ids = documents.flatMap(({ document }) => (document ? [document.id] : []));
  return [...new Set(ids)].filter((id) => !held.has(id));
}
