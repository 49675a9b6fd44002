import type { Change } from '../codex/changes.ts';
import { placeEnvironment } from '../codex/codex-config.ts';
import { heldSentence, holdAfter, holdOutcome, isRollBack, withHold } from '../codex/hold.ts';
import type { Source } from '../codex/manifest.ts';
import { checkNewFolder } from '../codex/path-clashes.ts';
import { matchesRef, parseRefGlobs } from '../codex/stable-refs.ts';
import { isGlob } from '../documents/patterns.ts';
import { CodexSyncError, type ErrorCode } from '../errors.ts';
import { EMPTY_TREE } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { findBranch } from '../publish/branch.ts';
import {
  checkListed,
  checkWritable,
  type FoundCodex,
  noticeBranch,
  type OpenedCodex,
  readCodex,
  readSource,
  recordBranch,
  tryName,
} from '../publish/codex.ts';
import {
  fetchBeneath,
  type ProjectPublication,
  type Publication,
  publicationOf,
  readRevealed,
} from '../publish/commit.ts';
import { earlierWarnings, firstParent, publishPlan } from '../publish/publish.ts';
import { createHoldReader, createSourceRelationReader } from '../publish/relations.ts';
import type { Session } from '../publish/session.ts';
import { listSnapshots, NO_PROJECT, type ProjectReading, type ProjectSnapshot } from '../publish/snapshot.ts';
import { createdWarnings } from '../report/changes.ts';
import { branchOfRef, checkProjectName } from '../text/names.ts';
import { nearestPath, printable } from '../text/phrases.ts';
import { inputSubject, theInput } from '../text/spell-inputs.ts';
import { withEarlier } from './earlier.ts';
import {
  asksForOrder,
  checkOrder,
  chooseProjects,
  isOrdered,
  lineProblem,
  listUnmatched,
  planPromotion,
  runOf,
} from './plan.ts';
import { outcome, type ReleasedProject, type ReleaseResult, type ReleaseSource } from './report.ts';
import { checkTwoBranches, type PromoteRequest, subjectOf } from './request.ts';

interface PlannedPromotion {
  readonly from: ReleaseSource;
  readonly projects: readonly ReleasedProject[];
  readonly publication: Publication | undefined;
}

interface Sides {
  readonly project: string;
  readonly from: ReleaseSource;
  readonly there: ProjectReading;
  readonly here: ProjectReading;
  /** Names of all projects of the source, and of the target. */
  readonly listed: readonly string[];
  readonly others: readonly string[];
}

/** Errors of one project, which do not stop the others. */
const OF_ONE_PROJECT: readonly ErrorCode[] = [
  'conflict',
  'newer-manifest',
  'not-found',
  'not-owner',
  'nothing-selected',
  'older-commit',
  'refused-by-guard',
  'too-many-documents',
];

/** After this many plans the source moves too fast for the run. */
const MAX_MOVES = 3;

function createPromoter(
  request: PromoteRequest,
  codex: OpenedCodex,
  session: Session,
): (tip: BranchTip | undefined) => Promise<PlannedPromotion> {
  const planProject = createProjectPlanner(request, codex, session);
  const { environment } = request.from;
  let plans = 0;

  return async (tip) => {
    const { tree, ...source } = await readSource(
      request.from,
      codex,
      await session.codexApi.readBranch(environment.branch),
      session.codexApi,
    );
    const from = { environment: environment.name, branch: environment.branch, ...source };
    const snapshots = await listSnapshots([{ tree, commit: from.commit }, tip ?? { tree: EMPTY_TREE }], session);
    const [all = [], others = []] = snapshots.names;
    const listed = all.filter((name) => checkProjectName(name) === undefined);
    const [there, here] = await snapshots.projects(chooseProjects(request.projects, listed));
    // An entry of another kind in place of a manifest must be reported, not skipped.
    const isPublished = ({ folder: { manifest, problem } }: ProjectReading) =>
      manifest !== undefined || problem !== undefined;
    const found = [...(there ?? [])].filter(([name, one]) => request.projects.includes(name) || isPublished(one));
    const names = found.map(([name]) => name);

    const projects = listUnmatched(request.projects, names).map((glob) =>
      outcome(glob, {
        error: `${inputSubject('project')} has "${printable(glob, 100)}", which matches no project with a manifest in ${from.environment} (branch ${printable(from.branch)}).`,
      }),
    );
    const publications: ProjectPublication[] = [];
    for (const project of names) {
      const sides = { from, there: there?.get(project) ?? NO_PROJECT, here: here?.get(project) ?? NO_PROJECT };
      const one = await planProject({ ...sides, project, listed, others }).catch((error: unknown) =>
        failed(project, error),
      );
      projects.push(one.outcome);
      if (one.publication) publications.push(one.publication);
    }
    // A push omits blobs of a tip that server and store both have. If the source keeps moving, the push includes its
    // blobs.
    const isKnown = from.isTip && plans++ < MAX_MOVES;
    const held = [...(here?.values() ?? []), ...(isKnown ? (there?.values() ?? []) : [])].flatMap(blobsOf);
    const blobs = missingBlobs(publications, new Set(held));
    const foldersOfTips = isKnown ? publications.flatMap(({ project }) => there?.get(project)?.folder ?? []) : [];
    const publication = { projects: publications, tips: isKnown ? [from.commit] : [], foldersOfTips, blobs };
    return { from, projects, publication: publications.length > 0 ? publication : undefined };
  };
}

/** Asks each question once, however often the run plans. */
function createProjectPlanner(request: PromoteRequest, codex: OpenedCodex, session: Session) {
  const { environment, onConflict, threshold, allowEmpty, allowOlder, releaseEdits } = request;
  // The codex's default branch counts as production, whatever environment is mapped to it.
  const production = environment.production || environment.branch === codex.defaultBranch;
  const readRelation = createSourceRelationReader(session);
  const holds = createHoldReader(readRelation);
  const productionRefs = parseRefGlobs(request.productionRefs);

  /** Anyone with write access can create a branch that a glob matches, so GitHub must protect it. */
  async function isNamed({ repository, ref = '', line }: Source): Promise<boolean> {
    const match = !production || line === 'release' ? 'no' : matchesRef(productionRefs, ref);
    const branch = branchOfRef(ref);
    if (match !== 'by glob' || branch === undefined) return match !== 'no';
    const state = await session.projectApiOf(repository).findBranch(branch);
    return state.kind === 'found' && state.isProtected;
  }

  return async (sides: Sides): Promise<{ outcome: ReleasedProject; publication: ProjectPublication | undefined }> => {
    const { project, from } = sides;
    checkFolder(sides);
    const [ours, theirs] = [expectRead(sides.there), expectRead(sides.here)];
    const [there, here] = [ours.folder, theirs.folder];
    const { source } = ours.manifest;
    if (!source) throw new CodexSyncError('not-found', `In ${from.environment} ${ours.warning}`);
    await checkListed(project, source, codex.config, (name) => tryName(name, session));
    const isByName = request.projects.includes(project);
    const published = theirs.manifest.source;
    const about = {
      source,
      published,
      previews: [...ours.manifest.previews.keys()],
      warnings: theirs.warning === undefined ? [] : [theirs.warning],
    };

    const question = {
      project,
      from: { ...from, manifest: ours.manifest, entries: there.entries },
      to: {
        environment: environment.name,
        branch: environment.branch,
        manifest: theirs.manifest,
        entries: here.entries,
      },
      production,
    };
    const problem = lineProblem(question, await isNamed(source));
    if (problem !== undefined) {
      if (isByName) throw new CodexSyncError('refused-by-guard', problem);
      return {
        publication: undefined,
        outcome: outcome(project, { ...about, skipped: 'stable', warnings: [problem] }),
      };
    }

    const promotion = planPromotion({ ...question, releaseEdits, onConflict, threshold, allowEmpty });
    const { overlayPlan, beneath, editsLeft } = promotion;
    const replaces = promotion.manifest !== theirs.manifest && production && isOrdered(published, source);
    const relation = replaces && asksForOrder(published, source) ? await readRelation(published, source) : 'same';
    if (replaces && !allowOlder) checkOrder(relation, published, source);
    const before = theirs.manifest.held;
    const restores = from.branch === environment.branch;
    const run = runOf(source);
    const comparison = await holds.decide(theirs.manifest, environment.production, {
      ...{ ours: run, texts: promotion.released, skipped: promotion.skippedDocuments, isByName },
      releases: request.releaseHold,
    });
    if (comparison.kind === 'held' && before) {
      const place = { project, environment: environment.name };
      const sentence = heldSentence(comparison, { held: before, ours: run }, place);
      const warnings = [...about.warnings, sentence];
      return {
        publication: undefined,
        outcome: outcome(project, {
          ...about,
          skipped: 'held',
          hold: { kind: 'held', hold: before, sentence },
          warnings,
        }),
      };
    }
    const rollsBack = replaces && isRollBack(relation, published, run, restores);
    const makes = rollsBack && environment.production;
    const left = holdAfter(comparison, theirs.manifest, promotion.manifest, {
      ...{ production: environment.production, makes, releaseHold: request.releaseHold },
      relation: makes && !request.releaseHold ? await holds.relationToPublished(theirs.manifest) : 'unknown',
      about: { now: session.now(), runUrl: request.trigger.runUrl, reason: request.reason },
    });

    const next = withHold(promotion.manifest, left);
    const subject = subjectOf(request, project);
    const planned = publicationOf({ project, folder: here, subject, source }, theirs.manifest, next, overlayPlan);
    if (planned && here.tree === undefined) checkNewFolder(project, sides.others);
    // The entry there has another text; only the branch's history has the published one.
    const isCovered = ({ path, document }: Change) =>
      document !== undefined && (beneath.has(path) || editsLeft.has(path));
    const covered = request.dryRun ? [] : overlayPlan.plan.changes.filter(isCovered);
    await fetchBeneath(covered, from.environment, session);
    const revealed = await readRevealed(covered, from.commit, project, session);
    const steps = planned?.steps.map(({ changes, manifest }) => ({
      changes: changes.map((change) => revealed.get(change.path) ?? change),
      manifest,
    }));
    return {
      publication: planned && steps && { ...planned, steps },
      outcome: outcome(project, {
        ...about,
        plan: overlayPlan.plan,
        changes: planned !== undefined,
        hidden: overlayPlan.hidden,
        released: new Set(promotion.released.keys()),
        beneath,
        skippedDocuments: promotion.skippedDocuments,
        heldBack: overlayPlan.heldBack,
        editsLeft,
        editsReleased: promotion.editsReleased,
        hold: environment.production ? holdOutcome(before, left) : undefined,
      }),
    };
  };
}

function expectRead(one: ProjectReading): ProjectSnapshot {
  if ('error' in one) throw one.error;
  return one;
}

/** @throws CodexSyncError if there is nothing to promote, or its path is blocked */
function checkFolder({ project, from, there, here, listed }: Sides): void {
  const problem = there.folder.problem ?? here.folder.problem;
  if (problem !== undefined) throw new CodexSyncError('conflict', problem);
  if (there.folder.manifest !== undefined) return;
  const other = nearestPath(project, listed);
  const meant = other !== undefined && other !== project ? ` Did you mean ${other}?` : '';
  throw new CodexSyncError(
    'not-found',
    `projects/${project} has no manifest in ${from.environment} (branch ${printable(from.branch)}${from.isTip ? '' : ` at commit ${from.commit}`}): nothing was published there.${meant}`,
    `Publish it there first, or correct ${theInput('project')}.`,
  );
}

function failed(project: string, error: unknown): { outcome: ReleasedProject; publication: undefined } {
  if (!(error instanceof CodexSyncError) || !OF_ONE_PROJECT.includes(error.code)) throw error;
  return { outcome: outcome(project, { error: error.message }), publication: undefined };
}

function blobsOf({ folder }: ProjectReading): string[] {
  return [...folder.entries.values()].flatMap(({ document }) => (document ? [document.id] : []));
}

function missingBlobs(publications: readonly ProjectPublication[], held: ReadonlySet<string>): string[] {
  const documents = publications.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes));
  const ids = documents.flatMap(({ document }) => (document ? [document.id] : []));
  return [...new Set(ids)].filter((id) => !held.has(id));
}

/**
 * Publishes projects of one environment in another, in one push, without their repositories or a checkout. Documents
 * that a tip of the codex holds are not transferred. The error of one project stops no other.
 * @throws CodexSyncError when a guard or the remote refuses, or the source is missing; then nothing was published
 */
export async function promote(given: PromoteRequest, session: Session): Promise<ReleaseResult> {
  const foreseen = {
    branches: [given.from.environment.branch],
    projects: given.projects.filter((project) => !isGlob(project)),
  };
  const opened = await readCodex(given.environment, session.codexApi, foreseen);
  const { codex } = opened;
  const request = placePromotion(given, opened, session);
  checkWritable(request, codex);
  const planOn = createPromoter(request, codex, session);
  // A new branch starts as a copy of production, so a promotion from production is done once the branch exists.
  const isReset = request.from.environment.branch === request.environment.productionBranch;
  const found = await findBranch(request, opened, session);
  const first = await planOn(found.tip);
  const isDone = isReset && first.projects.some(({ error }) => error === undefined);
  const {
    planned,
    earlier = [],
    ...outcome
  } = await publishPlan(request, codex, session, {
    ...{ found, planned: first, planAgain: planOn },
    needsBranch: first.publication !== undefined || isDone,
  });
  const warnings = [
    ...earlierWarnings(earlier, request, codex),
    ...createdWarnings(request.environment, outcome.created),
  ];
  const projects = planned.projects.map((one) => withEarlier(one, earlier, outcome.parent));
  return {
    request,
    codex: codex.fullName,
    from: planned.from,
    projects,
    ...outcome,
    ...firstParent(earlier),
    warnings,
  };
}

function placePromotion(request: PromoteRequest, { codex, environment }: FoundCodex, session: Session): PromoteRequest {
  const from = { ...request.from, environment: placeEnvironment(request.from.environment, codex.config, codex) };
  recordBranch(request.environment, environment, codex, session);
  noticeBranch(request.from.environment, from.environment, codex, session);
  checkTwoBranches(from, environment);
  return { ...request, environment, from };
}
